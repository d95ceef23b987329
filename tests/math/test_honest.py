"""Right completions in the manner of many models, written without a look at the checker: they should pass.

Ten batches (``honest/*.jsonl``: gold, text, what is special, whose manner; of the later seven also the
verdict ``now``). A batch was measured before the kinds that it shows were mended; the figures of docs/math.md
are those. Here is what must not be lost again. ``lies_*.jsonl`` are texts that name the gold answer and do
not answer it.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from verirs import Score, grade
from verirs.math import equivalent
from verirs.math.extracting.roundings import says_again

FOLDER = Path(__file__).parent / "honest"


@pytest.mark.parametrize(("name", "passed", "failed"), [("a", 127, 1), ("b", 121, 2), ("c", 120, 1)])
def test_right_completions_pass_and_hardly_any_is_called_wrong(name: str, passed: int, failed: int) -> None:
    rows = [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 140
    said = Counter(grade("math", answer=row["gold"], text=row["text"]).verdict.value for row in rows)
    assert said["pass"] >= passed and said["fail"] <= failed, said


def _rows(name: str) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
        if line
    ]


def _score(row: dict[str, Any]) -> Score:
    options = {"choices": row["choices"]} if "choices" in row else {}
    return grade("math", answer=row["gold"], text=row["text"], **options)


@pytest.mark.parametrize("name", ["d", "e", "f", "g", "h", "i", "j"])
def test_each_right_completion_keeps_its_verdict_or_gets_a_better_one(name: str) -> None:
    rank = {"pass": 0, "abstain": 1, "fail": 2}
    worse = [row["text"] for row in _rows(name) if rank[_score(row).verdict.value] > rank[row["now"]]]
    assert worse == []


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("lies_a", 46),
        ("lies_d", 159),
        ("lies_e", 120),
        ("lies_f", 160),
        ("lies_g", 119),
        ("lies_h", 148),
        ("lies_i", 99),
        ("lies_j", 73),
    ],
)
def test_no_completion_passes_that_only_names_the_answer(name: str, count: int) -> None:
    rows = _rows(name)
    assert len(rows) == count
    assert [row["text"] for row in rows if _score(row).passed] == []


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


def test_a_price_is_for_what_it_is_for() -> None:
    assert equivalent("$5 per person", "5 dollars per person").verdict.value == "pass"
    assert equivalent("$5", "$5 per person").verdict.value == "pass"
    assert equivalent("$5 per group", "$5 per person").verdict.value == "fail"
    assert equivalent("$5", "$5 off").verdict.value == "fail"


@pytest.mark.parametrize(
    ("remark", "answer", "known"),
    [
        ("that's 86,400 seconds", "1,440 minutes", True),
        ("about 0.833, or 83.3 %", "5/6", True),
        ("That's about 241 km", "150 miles", True),
        ("That's about 251 km", "150 miles", False),
        ("i.e. 45\u00b0", "\u03c0/4", True),
        ("i.e., 9", "8", False),
        ("or 8 euros", "8 dollars", False),
    ],
)
def test_a_remark_says_an_answer_again_or_another_one(remark: str, answer: str, known: bool) -> None:
    assert says_again(remark, answer) is known


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        ("18", "36 / 2 = 18. Hannah has 18 stickers. We can check this: 2 x 18 - 6 = 30, as required."),
        ("3.5", "24.50 / 7 = 3.50. A kilogram costs $3.50. As a check, 7 x 3.50 = 24.50, which matches."),
        ("12", "3n = 36. The answer is 12. To verify, 3 x 12 + 5 = 41, which is what the problem says."),
    ],
)
def test_a_last_sentence_that_only_checks_and_holds_is_no_answer(gold: str, text: str) -> None:
    assert grade("math", answer=gold, text=text).passed


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        ("18", "36 / 2 = 18. Hannah has 18 stickers. We can check this: 2 x 18 - 6 = 31, as required."),
        ("18", "36 / 2 = 18. Hannah has 18 stickers. Check: 2 x 18 - 6 = 30, but 31 is required."),
        ("8", "4 + 4 = 8. There are 8. Check: 8 + 1 = 9, the required sum is 10."),
        ("8", "4 + 4 = 8. There are 8. Check: 3 + 3 = 6, which is what the problem says."),
        ("30", "36 / 2 = 18. Hannah has 18 stickers. We can check this: 2 x 18 - 6 = 30, as required."),
    ],
)
def test_a_check_that_fails_or_is_of_something_else_is_heard(gold: str, text: str) -> None:
    assert not grade("math", answer=gold, text=text).passed
