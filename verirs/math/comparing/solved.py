"""Whether an equation or inequality is solved: one that only repeats the question is no answer to it."""

from __future__ import annotations

from verirs.math.comparing.forms import INEQUALITIES, SETS, is_number_set
from verirs.math.values import ZERO, Node, symbols

_RELATIONS = INEQUALITIES | {"="}


def unsolved(answer: Node, gold: Node) -> bool:
    """Whether an answer is still to be solved for its one letter and the gold is solved: ``2x + 1 = 5`` for
    2.

    A distance (``|x - 1| < 3``) is a usual way to write an interval, so it is solved. Beside a relation, so
    are
    its multiples (``2x < 6``) and the general form of a line (``y - 3 = 0``).
    """
    letter = _letter(answer)
    if letter is None or _alone(answer, letter):
        return False
    if gold.op == "rel" and _usual(answer):
        return False
    return _solved(gold)


def _usual(rel: Node) -> bool:
    left, right = rel.sides[:2]
    if symbols(right):
        left, right = right, left
    if symbols(right) or len(rel.args) != 3 or not _linear(left):
        return False
    return bool(left.op != "add" or right == ZERO)


def _linear(node: Node) -> bool:
    if node.op == "sym" or not symbols(node):
        return True
    if node.op in ("add", "neg"):
        return all(_linear(x) for x in node.args)
    if node.op != "mul":  # other operations have names among their arguments
        return False
    factors = [x for x in node.args if symbols(x)]
    return len(factors) == 1 and _linear(factors[0])


def _solved(gold: Node) -> bool:
    if gold.op == "seq" and symbols(gold):
        return all(_solved(x) for x in gold.items)
    letter = _letter(gold)
    if letter is not None:
        return _alone(gold, letter)
    return not symbols(gold) or gold.op in SETS or is_number_set(gold)


def _letter(node: Node) -> str | None:
    """The one letter of an equation or of inequalities."""
    if node.op != "rel" or not set(node.signs) <= _RELATIONS:
        return None
    found = symbols(node)
    letter = next(iter(found)) if len(found) == 1 else "()"
    return None if letter.endswith("()") or len(letter) > 1 else letter


def _alone(rel: Node, letter: str) -> bool:
    """Whether the letter stands alone on one side, or in a distance."""
    sides = [x for x in rel.sides if letter in symbols(x)]
    return len(sides) == 1 and (sides[0].op == "abs" or sides[0] == Node("sym", (letter,)))
