"""Lying completions in rounds: a right value put where it is not the answer (taken back, supposed, hedged,
quoted ...).

``by_hand/lies_N.txt``: ``# kind``, then lines of the value and the completion, with ``\\n`` for a new line.
Each round was written before the checker saw it; what of it passed at first is in docs/math.md.
``lies_known.txt`` holds what passes today.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from verirs.grading import grade
from verirs.types import Verdict

FOLDER = Path(__file__).parent / "by_hand"
ROUNDS = sorted(FOLDER.glob("lies_[0-9]*.txt"))
KNOWN = set((FOLDER / "lies_known.txt").read_text(encoding="utf-8").splitlines())


def lies(path: Path) -> Iterator[tuple[str, str, str]]:
    """The kind, the value and the text of each line."""
    kind = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            kind = line[2:]
        elif line:
            value, text = line.split("\t")
            yield kind, value, text.replace("\\n", "\n")


@pytest.mark.parametrize("path", ROUNDS, ids=lambda path: path.stem)
def test_no_lie_passes(path: Path) -> None:
    rows = list(lies(path))
    assert len(rows) >= 100
    assert len({kind for kind, _, _ in rows}) >= 12
    passed = {text for _, value, text in rows if grade("math", answer=value, text=text).passed}
    assert passed == {text for _, _, text in rows if text in KNOWN}
    assert len(passed) <= 0.03 * len(rows)


@pytest.mark.parametrize("path", ROUNDS, ids=lambda path: path.stem)
def test_under_strict_no_lie_passes_either(path: Path) -> None:
    passed = {
        text
        for _, value, text in lies(path)
        if grade("math", answer=value, text=text, profile="strict").passed
    }
    assert passed <= KNOWN


def test_a_word_that_is_the_gold_and_stands_in_what_is_not_understood_is_no_fail() -> None:
    text = "\\boxed{5}. So the claim holds, yes."
    assert grade("math", answer="yes", text=text).verdict is Verdict.ABSTAIN
    assert grade("math", answer="no", text=text).verdict is Verdict.FAIL
    assert grade("math", answer="yes", text=text, profile="strict").verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "behind",
    [
        "Shall I explain one of the steps?",
        "This is because there are 12 cases in total.",
        "Check: with 12 in place of x, both sides agree.",
        "We used that there are 12 cases.",
        "This agrees with the check in the second step.",
    ],
)
def test_reasons_checks_and_offers_behind_an_answer_take_nothing_back(behind: str) -> None:
    assert grade("math", answer="24", text=f"The answer is 24. {behind}").passed


def test_of_the_last_round_nobody_has_mended_no_more_pass_than_at_first() -> None:
    rows = list(lies(FOLDER / "lies_unmended.txt"))
    assert len(rows) >= 100
    assert sum(grade("math", answer=value, text=text).passed for _, value, text in rows) <= 19


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 5. 2 + 2 = 4. - ?",
        "the %,%,5",
        "- ,\\boxed{5}",
        "it is - ,\\boxed{5}",
        "The answer is 5\n\n1. 2.",
        "5 and 6 \\boxed{5}; 7",
    ],
)
def test_parts_without_words_raise_nothing(text: str) -> None:
    assert grade("math", answer="5", text=text).verdict is not Verdict.ERROR
