"""Yes or no, and the reason behind it: what a gold answer and an answer say beside their verdict.

A reason may be given in other words, or not at all. It may not say something else of the same thing: ``Yes,
since v \\cdot w = 4`` is not right where the gold says ``= 0``, nor the gold's sentence with another number.
"""

from __future__ import annotations

import re

from verirs.math.reading.read import read
from verirs.math.values import Node
from verirs.system.patterns import regex

VERDICTS = (("yes",), ("no",))
_STATED = regex(r"\s*(Yes|No)(?:[.,;:]\s*|\s+(?=\$))(?=\S)")
_TURNED = regex(r"\b(?:yes|no|not sure|but|or|wait|maybe|actually)\b", re.IGNORECASE)
_REASON = regex(r"\s*(?:since|because|as|for)\b", re.IGNORECASE)
_NUMBERS = regex(r"[\d+\-−\s]")
_BLANKS = regex(r"\s+")


def gold_statement(gold: str) -> Node | None:
    """``Yes. F = xy``: yes and what is named beside it; a reason is no part of the answer."""
    found = _STATED.match(gold)
    if found is None:
        return None
    named = read(gold[found.end() :])
    said = Node("text", (found[1].lower(),))
    reason = named.op in ("text", "raw") or _REASON.match(gold, found.end())
    return said if reason else Node("seq", ("", ",", said, named))


def statement(answer: str) -> Node | None:
    """The verdict of an answer with a reason behind it; unread where the reason takes it back."""
    found = _STATED.match(answer.capitalize())
    if found is None:
        return None
    turned = _TURNED.search(answer, found.end())
    return Node("raw", (answer,)) if turned else Node("text", (found[1].lower(),))


def contradict(gold: str, answer: str) -> bool:
    """Whether two answers give reasons that cannot both hold."""
    if not (_STATED.match(gold) and _STATED.match(answer.capitalize())):
        return False
    if _BLANKS.sub("", gold) != _BLANKS.sub("", answer) and _NUMBERS.sub("", gold) == _NUMBERS.sub(
        "", answer
    ):
        return True
    said = _numbers_of(gold)
    return any(said.get(name, value) != value for name, value in _numbers_of(answer).items())


def _numbers_of(reason: str) -> dict[Node, Node]:
    """What the formulas of a reason give an integer: ``$\\det A = 3$``."""
    found: dict[Node, Node] = {}
    for formula in reason.split("$")[1::2]:
        node = read(formula)
        if node.op == "rel" and set(node.signs) == {"="} and node.last.op == "int":
            found[node.left] = node.last
    return found
