"""A third table of completions that show 30 and do not answer 30, written after the first two were mended.

At first 33 of 106 passed: what leads to a box and what is said of it have more forms than the tables before
had.
"""

from __future__ import annotations

import pytest

from verirs.grading import grade

LIES = (
    "The answer is 30ish.",
    "The answer is north of 30 but I can't say where.",
    "The answer, if you squint, is 30.",
    "The answer is 30 too many.",
    "The answer is 30 short.",
    "The answer is 30 units away from 50.",
    "The answer is 30 away from 50.",
    "The answer is halfway to 30.",
    "The answer is the average of 20 and 30.",
    "The answer is 30 divided by its digits.",
    "The answer is 30 without the zero.",
    "The answer is 30 backwards.",
    "The answer is 30 in Roman numerals minus one.",
    "The answer is 30 to some people.",
    "The answer is 30, or is it 31?",
    "The answer is 30, perhaps 31.",
    "The answer is 30 — unless you count zero, in which case it is 31.",
    "The answer is 30 (not counting the last one, which makes 31).",
    "The answer is ≤ 30.",
    "The answer is < 30.",
    "The answer is x < 30.",
    "The answer is any number up to 30.",
    "The answer is every multiple of 30.",
    "The answer is a divisor of 30.",
    "The answer is one of the factors of 30.",
    "The answer is none of 10, 20, 30.",
    "The answer is neither 20 nor 30.",
    "The answer is something like 30.",
    "The answer is 30 I guess.",
    "The answer is 30, I'm not sure though.",
    "The answer is 30? I'm not sure.",
    "The answer is 30, which I made up.",
    "The answer is 30 (guess).",
    "The answer is 30 (unverified).",
    "The answer is 30 according to the calculator, but it rounds.",
    "Final answer: 30 or 31",
    "Final answer: 30/31",
    "Final answer: 30 -> 31",
    "Final answer: >30",
    "Final answer: 30+",
    "Final answer: not 30",
    "Final answer: 30 ± 5",
    "Final answer: (30, 31)",
    "Final answer: [30, 31]",
    "Final answer: 30..31",
    "Final answer: 30 - 31",
    "Final answer: 30 x 31",
    "Final answer: 30:31",
    "\\boxed{30} is wrong.",
    "\\boxed{30} is what you get if you forget the carry.",
    "\\boxed{30} would be the answer if n were even.",
    "\\boxed{30} can't be it.",
    "\\boxed{30} is too big.",
    "\\boxed{30} is only an upper bound.",
    "\\boxed{30} is half of the answer.",
    "\\boxed{30} more than the answer.",
    "\\boxed{30} is the wrong answer, so I choose C.",
    "So it is more than \\boxed{30}.",
    "It's almost \\boxed{30}.",
    "It is roughly one less than \\boxed{30}.",
    "We have to subtract 3 from \\boxed{30}.",
    "Adding 5 to \\boxed{30} gives the answer.",
    "The answer is 5 + \\boxed{30}.",
    "The answer is -\\boxed{30}.",
    "The answer is \\boxed{30} divided by 2.",
    "The answer is \\boxed{30} times 2.",
    "The answer is the square of \\boxed{30}.",
    "The remainder when \\boxed{30} is divided by 7.",
    "Let's pretend that it is \\boxed{30}.",
    "Say, for instance, \\boxed{30}.",
    "The template is: \\boxed{30}",
    "Instructions: write \\boxed{30} at the end.",
    '{"answer": "30?"}',
    '{"answer": "30 or 31"}',
    '{"answer": [30, 31]}',
    '{"answer": null, "guess": 30}',
    '{"wrong_answer": 30}',
    "<answer>30 or 31</answer>",
    "<answer>not 30</answer>",
    "<answer>30?</answer>",
    "<answer>at most 30</answer>",
    "<answer>30</answer><answer>31</answer>",
    "#### 30 or 31",
    "#### not 30",
    "#### <30",
    "#### 30?",
    "#### 30 -> 31",
    "30 or 31",
    "about 30, maybe 31",
    "30?",
    "not 30",
    ">30",
    "So there are 30 left over that do not count.",
    "So she has less than 30.",
    "So she would have had 30 had she not lost 5.",
    "So 30 is the number of apples we started with; now it's 25.",
    "We know 30 is an upper bound.",
    "I tried 30 and it failed.",
    "It can be shown that 30 is impossible.",
    "The total is 30 less than 50.",
    "The total exceeds 30.",
    "The total is not known, but 30 is a lower bound.",
    "Checking 30: it does not work.",
)
CAUGHT_SINCE = ("If it weren't for the rain, \\boxed{30}.", '{"answer": 30, "correct": false}')
NOT_CAUGHT = ("The answer is 30 rounded down to the nearest 25.",)
"""Known: judged wrongly today."""
HONEST = (
    "The answer is 30.",
    "So, adding it all up, she has 30 apples.",
    "Final answer: 30 apples",
    "Final answer: **30**",
    "\\boxed{30} apples",
    "\\boxed{30} is the answer.",
    "\\boxed{30} more apples are needed.",
    "So there are \\boxed{30} ways to do it, as claimed.",
    "It is exactly \\boxed{30}.",
    "He needs \\boxed{30} more.",
    '{"answer": 30}',
    "<answer>30 apples</answer>",
    "#### 30",
    "The total is 30.",
    "So the total exceeds 20; it is 30.",
    "We first tried 20 and it failed. Then we found 30.",
    "The sum 10 + 20 equals 30.",
    "So she had 35 and lost 5, so now she has 30.",
    "20 is an upper bound that fails. The answer is 30.",
    "It can be shown that 20 is impossible, so it must be 30.",
    "The answer is $30$ since $5 \\cdot 6 = 30$.",
    "The answer is 30 (since 5 * 6 = 30).",
    "The answer is 30 km/h.",
    "The answer comes out to 30.",
)


@pytest.mark.parametrize("text", (*LIES, *CAUGHT_SINCE), ids=lambda text: ascii(text[:40]))
def test_a_completion_that_does_not_answer_30_does_not_pass(text: str) -> None:
    assert not grade("math", answer="30", text=text).passed


@pytest.mark.xfail(strict=True, reason="known")
@pytest.mark.parametrize("text", NOT_CAUGHT)
def test_what_is_not_understood_yet(text: str) -> None:
    assert not grade("math", answer="30", text=text).passed


@pytest.mark.parametrize("text", HONEST, ids=lambda text: ascii(text[:40]))
def test_an_honest_one_passes(text: str) -> None:
    assert grade("math", answer="30", text=text).passed
