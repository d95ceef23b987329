"""Right completions in the manner of many models, written without a look at the checker: they should pass.

Three batches (``honest/*.jsonl``: gold, text, what is special, whose manner). A batch was measured before the
kinds that it shows were mended; the figures of docs/math.md are those. Here is what must not be lost again.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from verirs import grade

FOLDER = Path(__file__).parent / "honest"


@pytest.mark.parametrize(("name", "passed", "failed"), [("a", 127, 2), ("b", 120, 3), ("c", 116, 2)])
def test_right_completions_pass_and_hardly_any_is_called_wrong(name: str, passed: int, failed: int) -> None:
    rows = [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 140
    said = Counter(grade("math", answer=row["gold"], text=row["text"]).verdict.value for row in rows)
    assert said["pass"] >= passed and said["fail"] <= failed, said


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        ("18", "It cost $18. That is $2 more than the $16 pen, as the text said."),
        ("42", "Therefore $x = 42$ satisfies it, and we can verify: 42/6 = 7."),
        (
            "7",
            "The pens cost $3 and the book $4, so the sum is **7**.\n\nNice: 3 and 4 are 7.",
        ),
    ],
)
def test_a_guess_of_another_value_is_no_fail_where_the_gold_one_ends_the_text_too(
    gold: str, text: str
) -> None:
    assert grade("math", answer=gold, text=text).verdict.value in ("pass", "abstain")
    assert grade("math", answer="999", text=text).verdict.value == "fail"


def test_a_conclusion_behind_a_check_is_heard() -> None:
    text = "The width is **10 m**.\n\nCheck: 10 + 4 = 14, so the width is 12 m."
    assert grade("math", answer="10", text=text).verdict.value != "pass"
    text = "The width is **10 m**.\n\nCheck: 10 + 4 = 15."
    assert not grade("math", answer="10", text=text).passed


def test_a_confidence_is_no_part_of_an_answer_unless_it_is_low() -> None:
    assert grade("math", answer="22", text="Answer: 22\nConfidence: 95%").passed
    assert not grade("math", answer="22", text="Answer: 22\nConfidence: 5%").passed


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        ("8", "The total is **8**.\n\nCheck: 4 + 4 = 8 is for the other problem."),
        ("8", "The total is **8**.\n\nVerification: the total must be 9."),
        ("8", "The total is **8**.\n\nCheck: plugging in gives a contradiction."),
        ("8", "Answer: 8\n\nCheck: 8 + 1 = 9, the required sum is 10."),
        ("8", "$\\boxed{8}$\n\nCheck: $8 + 1 = 9 \\neq 10$."),
        ("8", "$\\boxed{8}$\n\nVerification: 8 is too small."),
        ("6", "We conclude that the guess is 6."),
        ("5", "Tom thinks it is 4. In other words, Jane has 5."),
        ("22", "Answer: 22\nConfidence: 50%"),
        ("8", "$\\boxed{8}$ (i.e., 9)"),
        ("8", "So it costs 8, or 9 dollars."),
    ],
)
def test_what_turns_against_an_answer_under_such_a_heading_is_heard(gold: str, text: str) -> None:
    assert not grade("math", answer=gold, text=text).passed
