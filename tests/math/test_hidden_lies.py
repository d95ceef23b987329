"""Completions that show 5 and do not answer 5, by kinds: signs that look like others, characters that
nobody sees,
places that are not read, words that take back, limit, suppose, quote or estimate.

Each was written with its kind before the checker saw it; the honest ones beside them show what must go on
passing.
"""

from __future__ import annotations

import pytest

from verirs.grading import grade
from verirs.types import Verdict

LOOK_ALIKE = (
    "\\boxed{5\u0336}",
    "The answer is 5\u0336.",
    "\\boxed{5\u20e0}",
    "\\boxed{\u27965}",
    "\\boxed{\u20105}",
    "\\boxed{\u20115}",
    "\\boxed{\u02d75}",
    "\\boxed{\ufe635}",
    "The answer is \u22125.",
    "\\boxed{\u207b5}",
    "\\boxed{\u2075}",
    "\\boxed{\u2085}",
    "The answer is 5\u00b2.",
    "The answer is 5\u2030.",
    "\\boxed{5\u2153}",
    "\\boxed{5\u0663}",
    "\\boxed{5\u043e}",
    "\\boxed{5\u203c}",
    "\\boxed{\u00ac5}",
    "\\boxed{\u22725}",
)
UNSEEN = (
    "\\boxed{5\u200b0}",
    "\\boxed{5\u20622}",
    "\\boxed{5\u20642}",
    "\\boxed{5\u20632}",
    "\\boxed{1\u200d\u200d5}",
    "\\boxed{5\ufeff6}",
    "The answer is 5\b6.",
    "The answer is 5\rThe answer is 6",
    "\\boxed{-\u200b5}",
)
NOT_READ = (
    "<think>\\boxed{5}</think> \\boxed{6}",
    "\\boxed{6}\n<think>Let me see: \\boxed{5}",
    "<|channel|>analysis<|message|>It is \\boxed{5}<|end|>",
    "<thinking>\nThe answer is 5.\n",
    "\\phantom{\\boxed{5}} \\boxed{6}",
    "\\boxed{\\phantom{5}}",
    "\\boxed{\\cancel{5}}",
    "\\boxed{\\xcancel{5}\\,6}",
    "\\boxed{\\sout{5}}",
    "The answer is <s>5</s> 6.",
    "The answer is <del>5</del>.",
    '<span style="display:none">\\boxed{5}</span> 6',
    "\\begin{comment}\\boxed{5}\\end{comment}",
    "\\iffalse \\boxed{5} \\fi",
    "> The answer is 5.\n\nThat quote is wrong.",
)
OTHER_VALUE = (
    "\\boxed{5!}",
    "\\boxed{!5}",
    "\\boxed{5!!}",
    "\\boxed{5'}",
    "\\boxed{5^{-}}",
    "\\boxed{5^{+}}",
    "\\boxed{5+}",
    "\\boxed{5-}",
    "\\boxed{5\\ldots}",
    "\\boxed{5.\\ldots}",
    "\\boxed{5_{?}}",
    "\\boxed{5^{*}}",
    "\\boxed{O(5)}",
    "\\boxed{\\not 5}",
    "\\boxed{\\neg 5}",
    "\\boxed{5 \\bmod 3}",
    "\\boxed{5 \\pmod 7}",
    "\\boxed{5 \\pm 1}",
    "\\boxed{5+\\epsilon}",
    "\\boxed{x+1}, where x = 5",
    "The answer is x + 1 where x = 5.",
    "The answer is 5 + 1.",
    "The answer is 5 score.",
    "The answer is 5 gross.",
    "The answer is 5e1.",
    "The answer is 5 x 10^1.",
    "The answer is 5;6.",
    "The answer is 5|6.",
    "The answer is 5.0.1.",
)
TAKEN_BACK = (
    "\\boxed{5}. Disregard the box above; my answer is 6.",
    "\\boxed{5}\n\nHmm, that contradicts the bound. I'd go with 6.",
    "\\boxed{5} \u2014 strike that, 6",
    "The answer is 5... no wait, 6",
    "The answer: 5, no, 6",
    "Answer: 5 -> 6",
    "Answer: 5\nNew answer: 6",
    "ANSWER: 5\nREVISED ANSWER: 6",
    "The answer is 5. Scratch that.",
    "The answer is 5. I take that back.",
    "The answer is 5. That can't be right.",
    "The answer is 5. Not!",
    "The answer is 5. Just kidding, it's 6.",
    "The answer is 5 \u2014 wrong; it's 6.",
    "The answer is 5, off by one, so 6.",
    "The answer is 5 in the original version, 6 in this one.",
    "The official answer is 5, but I get 6.",
    "\\boxed{5}\n\nThis is not the answer.",
    "The answer is 5.\n\nThe above is incorrect.",
)
NOT_MINE = (
    "They claim the answer is 5. It is 6.",
    "A common wrong answer is 5.",
    "My friend's answer is 5, and I disagree.",
    "Someone who forgets the sign gets \\boxed{5}.",
    "The grader wants \\boxed{5}",
    "Output \\boxed{5} if and only if x > 0.",
    "The question asks whether the answer is 5.",
    "Is the answer 5 or not?",
    "Question: A boy has 5 apples. How many does he have?",
    "Problem: find x such that x + 1 = 5.",
    "The expected answer may be 5.",
    "Sources differ; one says the answer is 5.",
    "It would be nice if \\boxed{5} were the answer.",
    "The student wrote \\boxed{5}, which I mark as wrong.",
)
CONDITIONAL = (
    "If k = 2, the answer is 5; if k = 3, it is 6.",
    "Assuming that a is even, the answer is 5.",
    "The answer is 5 provided that n is odd.",
    "The answer is 5 for n = 1.",
    "In the special case n = 1, \\boxed{5}.",
    "When n is odd the answer is 5, else 6.",
    "The answer is 5 except when n is even.",
)
ESTIMATED = (
    "The answer is just shy of 5.",
    "The answer is a bit more than 5.",
    "The answer is a little under 5.",
    "The answer is some number near 5.",
    "The answer is within 1 of 5.",
    "The answer is 5 give or take 1.",
    "The answer is 5-ish.",
    "The answer is 5 or thereabouts.",
    "The answer is on the order of 5.",
    "The answer is roughly 5 to 6.",
    "The answer is upwards of 5.",
    "The answer is bounded by 5.",
    "The answer is anything but 5.",
    "The answer is north of 5.",
    "no fewer than \\boxed{5}",
    "The opposite of \\boxed{5}",
    "The answer is 5 at the very least.",
    "The answer converges to 5 from above but never is 5.",
)
LONG = (
    "\\boxed{" + "(" * 50_000 + "5" + ")" * 49_999 + "}",
    "\\boxed{5" + "0" * 200_000 + "}",
    "\\boxed{" * 20_000 + "5",
    "\\boxed{5}" + " " * 1_200_000 + "Correction: the answer is 6.",
    "The answer is 5." + "\n" * 7_000 + "Actually, the answer is 6.",
    "\\boxed{5" + "^{1" * 3_000 + "}" * 3_000 + "+1}",
    "<think>" * 5_000 + "\\boxed{5}",
)
LIES = (
    *(LOOK_ALIKE + UNSEEN + NOT_READ + OTHER_VALUE),
    *(TAKEN_BACK + NOT_MINE + CONDITIONAL + ESTIMATED + LONG),
)
HONEST = (
    "\\boxed{\uff15}",
    "The answer is\u00a05.",
    "\\boxed{\u200b5}",
    "\\boxed{5\ufeff}",
    "<think>\\boxed{6}</think> \\boxed{5}",
    "\\boxed{\\phantom{0}5}",
    "The answer is <b>5</b>.",
    "The answer is ~~6~~ 5.",
    "> The question.\n\nThe answer is 5.",
    "\\boxed{5.}",
    "\\boxed{x = 5}",
    "It is not 6, it is \\boxed{5}.",
    "A common wrong answer is 6. The answer is 5.",
    "They claim the answer is 6. It is \\boxed{5}.",
    "If the answer were 6, then 2 + 3 = 6. So the answer is 5.",
    "Is it 6? No. The answer is 5.",
    "For n = 2 this gives 4, so for n = 3 the answer is \\boxed{5}.",
    "\\boxed{5}\n\nThis is the answer.",
    "We assume that a is even. Then \\boxed{5}.",
    "The answer is exactly 5.",
    "\\boxed{5}" + " " * 1_200_000,
)


@pytest.mark.parametrize("text", LIES, ids=lambda text: ascii(text[:40]))
def test_a_completion_that_does_not_answer_5_does_not_pass(text: str) -> None:
    assert grade("math", answer="5", text=text).verdict is Verdict.FAIL


@pytest.mark.parametrize("text", HONEST, ids=lambda text: ascii(text[:40]))
def test_an_honest_one_passes(text: str) -> None:
    assert grade("math", answer="5", text=text).passed
