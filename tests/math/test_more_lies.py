"""A second table of completions that show 12 and do not answer 12, written after the first was mended.

At first 36 of 116 passed. Words that deny are more than any list has, so the rules now ask what is known, not
what is bad: which words may lead to an answer, and what may follow it.
"""

from __future__ import annotations

import pytest

from verirs.grading import grade

ABROAD = (
    "La respuesta podría ser 12.",
    "La respuesta está cerca de 12.",
    "Die Antwort liegt nahe bei 12.",
    "Die Antwort könnte 12 sein.",
    "La réponse est inférieure à 12.",
    "La réponse serait 12 si x était pair.",
    "A resposta não é 12.",
    "A resposta é o dobro de 12.",
    "La risposta è circa 12 meno 2.",
    "答案可能是12。",
    "答案是12的两倍。",
    "答案是12减1。",
    "答案不会超过12。",
    "答えは12ではない。",
    "答えは12の半分です。",
    "정답은 12가 아니다.",
    "Ответ близок к 12.",
    "Ответ не 12.",
    "Het antwoord is kleiner dan 12.",
    "Odpowiedź to nie 12.",
)
CHANGED = (
    "The answer is 12 minus 1.",
    "The answer is 12 plus 1.",
    "The answer is 12 take away 1.",
    "The answer is 12 and a half.",
    "The answer is 12 point 5.",
    "The answer is 12 over 5.",
    "The answer is 12 to the fifth.",
    "The answer is 12 choose 2.",
    "The answer is 12 mod 5.",
    "The answer is 12 in base 3.",
    "The answer is the 12th.",
    "The answer is 12 less than 20.",
    "The answer is 12 hundredths.",
    "The answer is 12 percent of 50.",
    "The answer is 12k.",
    "The answer is 12 dozen.",
    "The answer is 12'000.",
    "The answer is 12 000.",
    "The answer is 1 2.",
    "\\boxed{12} \\cdot 10^3",
    "\\boxed{12}^\\circ C - 5",
    "\\boxed{12}k",
    "2\\boxed{12}",
    "\\frac{\\boxed{12}}{5}",
    "\\sqrt{\\boxed{12}}",
    "|\\boxed{12} - 20|",
    "\\boxed{12}\\boxed{3}",
    "\\boxed{12 \\quad 13}",
    "\\boxed{12 \\to 13}",
    "\\boxed{12 \\text{ take } 1}",
    "\\boxed{12 \\text{ or so}}",
    "\\boxed{\\lnot 12}",
    "\\boxed{>12}",
    "\\boxed{12^{+}}",
    "\\boxed{12.\\overline{5}}",
    "\\boxed{12\\tfrac12}",
)
SEVERAL = (
    "Options: 10, 11, 12",
    "Candidates: 11, 12, 13.",
    "Either way, 12 or 13.",
    "The answer is in {11, 12}.",
    "The answer is 12 | The answer is 13",
    "Answer: 12\nFinal: 13",
    "The answer is 12/13.",
    "The answer is 12, 13.",
    "The answer is 12 & 13.",
    "First answer: 12. Second answer: 13.",
    "The answer: a) 12 b) 13",
    "\\boxed{12}\n\nSo the answer is 13.",
    "\\boxed{12} is the first solution, the second one is 13.",
    "\\boxed{12} \\vee \\boxed{13}",
    "I have two answers: 12 and 13.",
    "| case | answer |\n|---|---|\n| even | 12 |\n| odd | 13 |",
)
SOMEONE_ELSE = (
    '"The answer is 12" is what the hint claims, which I could not reproduce.',
    "As the question says, the answer cannot exceed 12.",
    "Legend has it that the answer is 12.",
    "The solution manual claims 12.",
    "Some textbooks give 12 as the answer.",
    "According to Bob, the answer is 12, but he is wrong.",
    "I was told that the answer is 12.",
    "You may think the answer is 12.",
    "Most people answer 12.",
    "Suppose someone says the answer is 12.",
    "Can we conclude that the answer is 12?",
)
UNSURE = (
    "I don't know, but probably 12.",
    "My guess: 12",
    "Let me guess: 12",
    "I cannot solve this. 12?",
    "The answer is 12 at best.",
    "The answer is 12 as n grows.",
    "The answer is 12 if rounding is allowed, else 11.",
    "The answer tends to 12.",
    "The answer is close to 12.",
    "The answer is about 12 to 13.",
    "The answer is no bigger than 12.",
    "The answer is at any rate below 12.",
    "The answer is a number with 12 digits.",
    "The answer has 12 factors.",
    "The answer has the form 12k.",
    "Unless I am mistaken about the sign, in which case it is 11, the answer is 12.",
)
TAKEN_BACK = (
    "\\boxed{12}\n\nOh no, I misread the problem. It asks for the area: 36.",
    "\\boxed{12}. Hmm, wait. Let me recompute. 3 times 5 is 15.",
    "The answer is 12. On reflection it must be 13.",
    "The answer is 12. I retract this.",
    "The answer is 12. That was a test; the real answer is 13.",
    "The answer is 12.\nErr, 13.",
    "The answer is 12. My bad, 13.",
    "The answer is 12.\n\nP.S. The answer above is off by one.",
    "The answer is 12. This does not satisfy the equation.",
    "\\boxed{12} does not satisfy the equation.",
    "\\boxed{12} fails the check.",
    "The answer is 12, which contradicts x < 10.",
    "\\boxed{12}, but we need the negative root.",
    "\\boxed{12} -- no.",
    "\\cancel{\\boxed{12}} \\boxed{13}",
    "The answer is [12](wrong).",
)
IDIOM = ("The answer is 12 on a good day.",)
LIES = (*ABROAD, *CHANGED, *SEVERAL, *SOMEONE_ELSE, *UNSURE, *TAKEN_BACK, *IDIOM)
HONEST = (
    "La respuesta es 12.",
    "Die Antwort ist 12.",
    "答案是12。",
    "答えは12です。",
    "The answer is 12 minutes.",
    "The answer is 12 points.",
    "\\boxed{12} is the only solution, since 13 fails.",
    "\\boxed{12}\n\nSo the answer is 12.",
    "\\boxed{12}, because 12 is the least such number.",
    "I know that many say 13. The answer is 12.",
    "After checking the sign twice, the answer is 12.",
    "The answer is 12. This satisfies the equation.",
    "\\boxed{12}\n\nLet me double check: 3 * 4 = 12. Yes.",
    "\\boxed{12}. Note that 13 does not satisfy the equation.",
    "So there are 12 of them.",
    "The number with 12 digits is large. The answer is 12.",
    "Not 13 but \\boxed{12}.",
)


@pytest.mark.parametrize("text", LIES, ids=lambda text: ascii(text[:40]))
def test_a_completion_that_does_not_answer_12_does_not_pass(text: str) -> None:
    assert not grade("math", answer="12", text=text).passed


@pytest.mark.parametrize("text", HONEST, ids=lambda text: ascii(text[:40]))
def test_an_honest_one_passes(text: str) -> None:
    assert grade("math", answer="12", text=text).passed
