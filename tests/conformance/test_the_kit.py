"""The kit itself: all faults at once, how it is asked, and the page that lists its promises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conformance.third_party import LastWord
from verirs.errors import PartError
from verirs.testing import (
    SUITES,
    ScorerSuite,
    Suite,
    check,
    promises,
)
from verirs.types import Completion, Problem, Score

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"


class Bad(LastWord):
    """Loses scores, and cannot be closed."""

    def score(self, items: Sequence[tuple[Problem, Completion]]) -> list[Score]:
        return super().score(items)[:1]

    def close(self) -> None:
        raise RuntimeError("closed too often")


def test_all_broken_promises_are_told_at_once_with_their_sentence() -> None:
    with pytest.raises(PartError) as caught:
        check(ScorerSuite, Bad)
    said = str(caught.value)
    assert said.startswith("scorer 'last_word' does not keep")
    assert "it gave 1 scores for 4 items" in said
    assert f"test_no_items_no_scores: {promises(ScorerSuite)['test_no_items_no_scores']}" not in said
    assert f"test_close_may_come_twice: {promises(ScorerSuite)['test_close_may_come_twice']}" in said
    assert "teardown_class: After all promises the part is closed." in said
    assert said.count("RuntimeError: closed too often") >= 2


def test_a_suite_without_a_part_or_with_an_unknown_option_says_so() -> None:
    with pytest.raises(PartError, match=r"def make\(self\)"):
        check(ScorerSuite)
    with pytest.raises(TypeError, match="no option 'text'; did you mean texts"):
        check(ScorerSuite, LastWord, text=())


MINE = """
from tests.conformance.test_broken_scorers import TooFew as MyScorer

{block}
"""


def test_three_lines_are_enough_for_pytest(tmp_path: Path) -> None:
    """The page's first block, with a scorer that loses scores."""
    block = PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    (tmp_path / "test_mine.py").write_text(MINE.format(block=block))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "TestMine::test_one_score_an_item_in_order" in done.stdout
    assert "AssertionError: it gave 1 scores for 4 items" in done.stdout
    assert "3 skipped" in done.stdout and "4 passed" in done.stdout


def test_the_kit_needs_no_pytest() -> None:
    program = "import sys, verirs.testing; sys.exit('pytest' in sys.modules or 'torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize("suite", SUITES)
def test_the_page_lists_every_promise(suite: type[Suite]) -> None:
    """docs/testing.md holds the docstrings, word for word, in order."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {suite.__name__}\n")[1].split("\n## ")[0]
    listed = [line for line in section.splitlines() if line.startswith("- `test_")]
    assert listed == [f"- `{name}`: {sentence}" for name, sentence in promises(suite).items()]
    assert all(sentence.endswith(".") for sentence in promises(suite).values())
