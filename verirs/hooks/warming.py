"""Texts that let a scorer of answers load what it needs: modules and patterns that come with their first use.

A worker that answers its first request, or a trainer in its first step, would pay for them otherwise.
"""

from __future__ import annotations

from verirs.parts import ScorerPart
from verirs.running.scoring import Item, safely
from verirs.types import Completion, Problem

_PAIRS = (
    (r"6 x 7 = 42, so the answer is \boxed{42}.", "42"),
    ("She pays $1,250.50 for them.\n#### 1250.50", "1250.5"),
    ("#### 18 apples", "18"),
    ("The answer is 3/4.", "0.75"),
    (r"\[x = \frac{1}{2} + \sqrt{3}\] Final answer: $\frac{1+2\sqrt{3}}{2}$", r"\frac{1}{2}+\sqrt{3}"),
    (r"It is 50\%, that is \boxed{50\%}", "0.5"),
    (r"<think>Let me see. 5 km?</think> It takes **12.5 hours** in all.", "12.5"),
    (r"\boxed{(1, 2), (3, 4)}", "(3, 4), (1, 2)"),
    (r"\boxed{[0, \infty)}", r"x \ge 0"),
    (r"\boxed{x^2 + 2x + 1}", "(x+1)^2"),
    (r"\boxed{\begin{pmatrix} 1 \\ 2 \end{pmatrix}}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
    (r"The answer is (B) 7.", "B"),
    (r"\boxed{10 \text{ cm}}", "10"),
    (r"x = 4 or x = -4", r"\pm 4"),
    ("Therefore they meet at 3:30 PM.", "3:30"),
    ("There are twelve of them", "12"),
    ("I cannot tell.", "1"),
    ("", "1"),
)


def load(part: ScorerPart) -> None:
    """Judge the texts above; what comes out is not looked at."""
    items: list[Item] = [(Problem(id="warm", answer=gold), Completion(text=text)) for text, gold in _PAIRS]
    safely(part, items)
