"""Texts that name 5 and answer it, and texts that name 5 and deny, correct, suppose or limit it."""

from __future__ import annotations

import pytest

from verirs.grading import grade

HONEST = (
    "It does not matter which, so the answer is \\boxed{5}.",
    "Since $x$ is not zero, we have $x = \\boxed{5}$.",
    "If $x$ is even, then it works. Hence \\boxed{5}",
    "Thus we get $\\boxed{5}$ m/s.",
    "The area is $\\boxed{5} \\text{ cm}^2$.",
    "So $a=2$ and $b=3$, so $a+b=\\boxed{5}$.",
    "We could not find more, thus \\(\\boxed{5}\\).",
    "\\boxed{5}%",
    "So $x=\\boxed{5}$, which is the answer is 5.",
    "The answer is \\boxed{5}, which is not 6.",
    "$\\boxed{5}$ is the only one.",
    "Is it 6? No. It is $\\boxed{5}$.",
    "% of people: 5\nThe answer is 5.",
    "The answer is 5. Actually, this can be checked by 2+3.",
    "The answer is 5.\n\nNote: other answers are wrong.",
    "The answer is 5. However, you may also write it as 10/2.",
    "Actually, the answer is 5.",
    "We don't need the rest. She has 5 apples.",
    "I first thought 6. Correction: the answer is 5.",
    "My answer is 5",
    "The final answer is 5 dollars.",
    "The correct answer is (5).",
    "**Answer**\n\n> 5",
    "The answer to question 3 is 5.",
    "The other option is too large, so the answer is 5.",
    "The second answer choice is wrong. So the answer is 5.",
    "1. 3 + 1 = 4\n2. 4 + 1 = 5",
    "1. He has 3.\n2. He gets 2.\nTotal: 5",
    "5 is the answer to the question.",
    "He accepts 5 gifts.",
    "The store accepts returns. She has 5 dollars.",
    "With x = 2, y = 5",
    "Let me box it: $\\boxed{5}$",
    "\\boxed{5}\\n<!-- note -->",
    "The answer is 5. There is no other answer.",
    "Thus, with 3 + 2 = 5, she has 5.",
    "where y = 5",
    "To find the answer we add 2 and 3 to get 5.",
    "The answer can be found by adding: 2 + 3 = 5.",
    "The answer would be 5.",
    "Antwort: 5",
    "Wenn x = 2 ist, dann ist die Antwort 5.",
    "Answer in the form \\boxed{answer}: \\boxed{5}",
    "Put your answer in \\boxed{}. \\boxed{5}",
    "Therefore, the required format: \\boxed{5}",
)
TAKEN_BACK = (
    "The correct answer is certainly not $\\boxed{5}$.",
    "One might guess \\boxed{5}. Actually, the answer is 6.",
    "\\boxed{5}? No.",
    "The answer is 5. Correction: the answer is 6.",
    "The answer is 5. Oops, it should be 6.",
    "The answer is 5. Sorry, it is 6.",
    "The answer is 5. No, it is 6.",
    "The answer is 5. Edit: 6",
    "The answer is 5. On second thought, it is 6.",
    "The answer is 5. I made a mistake: it is 6.",
    "If the answer were 5, then 6.",
    "The answer was thought to be 5.",
    "Nobody knows whether the answer is 5.",
    "The answer should not be 5.",
    "Neither 6 nor 5.",
    "One of 6 and 5.",
    "The answer lies between 4 and 5.",
    "It is wrong that the answer is 5.",
    "$\\boxed{5}$ or possibly $\\boxed{6}$",
    "Either \\boxed{6} or \\boxed{5}.",
    "\\boxed{6} when n is even, \\boxed{5} otherwise.",
    "~~\\boxed{5}~~ 6",
    "The answer is 5 lakh.",
    "The answer is 5 Millionen.",
    "Not quite 5.",
    "Is the answer \\boxed{5}?",
    "Suppose the answer is \\boxed{5}.",
    "For example, \\boxed{5}.",
    "It exceeds \\boxed{5}.",
    "The answer is twice \\boxed{5}.",
    "The answer is one less than \\boxed{5}.",
    "Half of \\boxed{5}",
    "The answer is less than or equal to \\boxed{5}.",
    "Everything except \\boxed{5}",
    "\\boxed{5} is too large.",
    "\\boxed{5} would be wrong.",
    "\\boxed{5} (wrong)",
    "The answer is 5 (wrong).",
    "The answer is 5? Hmm, it is 6.",
    "Rule out 5.",
    "We exclude 5.",
    "It can't be 5.",
    "The answer is greater by 2 than 5.",
    "The sum of the answer and 3 is 5.",
    "The square of the answer is 5.",
    "The answer minus 2 is 5.",
    "The answer times two is 5.",
)


@pytest.mark.parametrize("text", HONEST)
def test_an_answer_is_found(text: str) -> None:
    assert grade("math", answer="5", text=text)


@pytest.mark.parametrize("text", TAKEN_BACK)
def test_a_number_that_is_no_answer_does_not_pass(text: str) -> None:
    assert not grade("math", answer="5", text=text)


def test_what_replaces_an_answer_counts() -> None:
    for text in (
        "The answer is 6. Actually, it is 5.",
        "The answer is 6.\n\nCorrection: 5",
        r"\boxed{6} Oops, it should be 5.",
    ):
        assert grade("math", answer="5", text=text), text
