"""Texts that let a scorer of answers load what it needs: modules and patterns that come with their first use.

A worker that answers its first request, or a trainer in its first step, would pay for them otherwise.
"""

from __future__ import annotations

from verirs.parts import ScorerPart
from verirs.running.scoring import Item, safely
from verirs.system.patterns import compile_all
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
    # what stands around an answer
    (
        "Question: how many? We do not know the other problem, so take half of it (3 + 4 = 7), not 8.\n\n"
        "Therefore, Tom has a total of \\(\\boxed{7}\\) apples (3 red - 4 green), since he pays one. "
        "The answer is not wrong. 3 + 4 = 7. This matches our first number of apples. It is 7 - 0 for him.",
        "7",
    ),
    (
        "So the value at last of this is near to \\boxed{12} dollars a day. We made no mistake.\n"
        "Explanation: he has 3 bags.\nWait, it is 4 times 3 for the boxes, so 4 * 3 = 12. So he has 12.",
        "12",
    ),
    (r"We get \(\boxed{3}\) for x and then 4 for y, so \(\boxed{4}\) is the other answer: 4.", "4"),
    (
        "Step 1: 5% of 20 is 1.\nHe pays US$ 20 + 1 = $21 (20 and 1), so no more than x = 21 in all.",
        "21",
    ),
    (
        "Let me check. She has 3 hours and 20 minutes, and depends on 2 (of 5) days. 2 + 2x = 4 at x = 1.",
        "1",
    ),
    (
        "The result is as follows: he has 5 of 8 apples that are left in it, which is 3 less (not 4).",
        "5",
    ),
    ("Answer: She was 3, and then it is \\$4.50 or 5 dollars because of the 10-pound weight. I said 6?", "5"),
    ("Answer: (A) 3 + 4 days, 2 weeks\nThus the sum is 7 and the rest 8, in total 15 \\\n= 15", "15"),
    ("$x + 1 = 3$ and 2 of the boys, so 3. Wait, if it were 4 cents, they have 12 of 14.", "12"),
    (
        "So she has $\\boxed{5}$ cakes.\n\nThis matches the conditions for all the boys. I hope this helps!",
        "5",
    ),
    (
        "The number of cups that he fills (2 + 3 = 5) is \\(\\boxed{5}\\) cups for Tom - all of them: so 5.",
        "5",
    ),
    (r"\(\boxed{6}\) sells the cups and each + $\boxed{5}$.", "5"),
    ("The answer is the number 5 of the boys, with 3 girls, because 5 is near 4 and he has 12.", "5"),
    (
        "The answer: 5 as he has 3 and then 2. Thus he has = 5 apples, and that is what was asked, 3 + 2",
        "5",
    ),
    (
        "The solution is to walk. The answers differ. She walked 12 miles and 3 + 4 more. How many is it?",
        "12",
    ),
    ("He has 10 and Amy has 5 more.\nSo, in the end, Amy would have 15 and 3 pens.\n10+5=15", "15"),
    ("He pays 12 Rs 5 for $ 5.\n% a line\n```output\n5\n```", "5"),
    ("\u0130t is 5 \u20ac, \u53ef\u80fd, \u6240\u4ee5 5", "5"),
    ("", "1"),
)


def load(part: ScorerPart) -> None:
    """Judge the texts above; what comes out is not looked at. Then compile what patterns they did not use."""
    items: list[Item] = [(Problem(id="warm", answer=gold), Completion(text=text)) for text, gold in _PAIRS]
    safely(part, items)
    compile_all()
