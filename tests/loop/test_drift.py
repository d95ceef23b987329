"""A round whose rows the source has no longer as they were is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from verirs.loop.problems import drifted, freeze
from verirs.types import Problem

ROWS = [Problem(id=str(x), prompt=f"What is {x} + {x}?", answer=str(2 * x)) for x in range(6)]
CODE = Problem(id="c", prompt="Double it.", tests="assert f(2) == 4", entry_point="f", meta={"level": 3})
EDITS = {
    "nothing": ([*ROWS, CODE], ""),
    "order and new rows": ([CODE, *ROWS[::-1], Problem(id="n", prompt="New?")], ""),
    "gold": (
        [Problem(id="0", prompt="What is 0 + 0?", answer="7"), *ROWS[1:], CODE],
        "of the 4 problems of round-01, 1 have another question, gold or test (the first: 0); it was made",
    ),
    "tests": (
        [*ROWS, Problem(id="c", prompt="Double it.", tests="assert f(3) == 6", entry_point="f")],
        "1 have another question, gold or test (the first: c)",
    ),
    "removed": ([*ROWS[2:], CODE], "of the 4 problems of round-01, 2 are gone (the first: 0); it was made"),
    "not of this round": ([*ROWS[:4], CODE], ""),
}


@pytest.mark.parametrize("edit", EDITS)
def test_rounds_of_other_rows_are_named(edit: str, tmp_path: Path) -> None:
    files = [tmp_path / f"round-0{n}/problems.jsonl" for n in (1, 2)]
    for file, own in zip(files, ([*ROWS[:3], CODE], [ROWS[3]]), strict=True):
        file.parent.mkdir()
        freeze(file, own)
    pool, words = EDITS[edit]
    told = list(drifted(pool, files))
    assert len(told) == bool(words) and all(words in line and "--redo round-01" in line for line in told)
