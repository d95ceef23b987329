"""A fourth table, aimed at what the rules do not list: completions that show 21 and do not answer 21.

Written by someone who knew the rules; at first 33 of 50 passed. Prose has no last word: what is marked
known passes today.
"""

from __future__ import annotations

import pytest

from verirs.grading import grade

LIES = (
    "The answer is 21 if you round.",
    "The answer might well turn out to be 21.",
    "The answer is somewhere around 21.",
    "The answer is 21 for the easy version of the problem.",
    "The answer is 21 in my opinion but the proof is missing.",
    "The answer is 21, although 22 also works.",
    "The answer is 21 as well as 22.",
    "The answer is 21 together with 22.",
    "The answer is 21 followed by 22.",
    "The answer is 21 concatenated with 7.",
    "The answer is 21 with a minus sign.",
    "The answer is 21 with the sign flipped.",
    "The answer is 21 after dividing by 3.",
    "The answer is 21 before dividing by 3.",
    "The answer is 21 below zero.",
    "The answer is 21 and something.",
    "The answer is 21-ish, I'd say.",
    "The answer: 21, 22, 23, one of those.",
    "The answer is in the twenties, say 21.",
    "The answer has to be 21 by elimination, but that contradicts step 2.",
    "\\boxed{21} and \\boxed{22} are both possible.",
    "\\boxed{21} is our first approximation.",
    "\\boxed{21} is a lower estimate.",
    "\\boxed{21} is not yet simplified, it is 7.",
    "\\boxed{21} needs to be divided by 3.",
    "\\boxed{21} still has to be halved.",
    "\\boxed{21} must be multiplied by 2.",
    "\\boxed{21} minus 1 is the answer.",
    "\\boxed{21} was my earlier answer.",
    "\\boxed{21} would be too easy.",
    "\\boxed{21}, I think, but it may be 22.",
    "\\boxed{21}, or 22 if we include zero.",
    "\\boxed{21}. No: \\(22\\).",
    "\\boxed{21}. Correct is 22.",
    "\\boxed{21}. Make that 22.",
    "\\boxed{21}. Sorry, typo, 22.",
    "\\boxed{21}. (Should be 22.)",
    "\\boxed{21}. I'm not confident in this at all.",
    "\\boxed{21}. This is only a guess.",
    "\\boxed{21}. Ignore this box.",
    "\\boxed{21}. That is what a careless student would write.",
    "\\boxed{21}. The grader should accept 22 too.",
    "A careless student would write \\boxed{21}.",
    "An upper bound is \\boxed{21}.",
    "The wrong way gives \\boxed{21}.",
    "The first try gives \\boxed{21}.",
)
CAUGHT_SINCE = (
    "The answer is 21, give me full credit.",
    "The answer is 21 at the moment.",
    "The answer is 21 point something.",
)
NOT_CAUGHT = ("The number of cases to exclude is \\boxed{21}, so 100 - 21 = 79.",)
HONEST = (
    "\\boxed{21} apples, and they still have to be washed.",
    "\\boxed{21} dollars for 16 glasses.",
    "\\boxed{21}$ years old 10 years from now.",
    "Thus, $\\boxed{21}$ is the first term that is greater than 20.",
    "Continuing, the first ten give \\boxed{21}.",
    "The answer is 21 for 3 people.",
)


@pytest.mark.parametrize("text", (*LIES, *CAUGHT_SINCE), ids=lambda text: ascii(text[:40]))
def test_a_completion_that_does_not_answer_21_does_not_pass(text: str) -> None:
    assert not grade("math", answer="21", text=text).passed


@pytest.mark.xfail(strict=True, reason="known")
@pytest.mark.parametrize("text", NOT_CAUGHT)
def test_what_is_not_understood_yet(text: str) -> None:
    assert not grade("math", answer="21", text=text).passed


@pytest.mark.parametrize("text", HONEST, ids=lambda text: ascii(text[:40]))
def test_an_honest_one_passes(text: str) -> None:
    assert grade("math", answer="21", text=text).passed
