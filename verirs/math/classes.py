"""Answers sorted into classes of equal ones, for majority voting.

Equality of answers as judged pair by pair need not be transitive where notation leaves a choice
(``50%`` is 50, and ``50%`` is 0.5); the classes are its transitive closure, so they do not depend on the
order of the answers. Every distinct text is read once and no pair is compared twice; answers with the
same exact number fall together without any comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verirs.math.conventions import DEFAULT, Conventions
from verirs.math.judge import compare_values, read_answer
from verirs.math.values import Node, Refused
from verirs.types import Verdict

MAX_DISTINCT = 256


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of a list of answers.

    Args:
        labels: for every answer its class, or ``None`` where there is no answer. Classes are numbered
            by size, the largest first, ties by ``keys``.
        keys: for every class the shortest of its answers (the first in alphabetical order of those):
            the same whatever the order of the answers.
        sizes: how many answers each class has.
    """

    labels: tuple[int | None, ...]
    keys: tuple[str, ...]
    sizes: tuple[int, ...]


def classes(answers: Sequence[str | None], conventions: Conventions = DEFAULT) -> Classes:
    """Sort bare answers into classes of equal ones.

    ``None`` and blank answers are in no class. Order-invariant: permuting the answers permutes the
    labels. Beyond ``MAX_DISTINCT`` distinct values, only equal texts and equal exact numbers fall together.

    Example:
        >>> classes(["1/2", "0.5", None, "3"]).labels
        (0, 0, None, 1)
    """
    counts: dict[str, int] = {}
    for answer in answers:
        if answer is not None and answer.strip():
            text = answer.strip()
            counts[text] = counts.get(text, 0) + 1
    texts = sorted(counts, key=_rank)
    parent = list(range(len(texts)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    values = [_value(text) for text in texts]
    first: dict[object, int] = {}
    for i, value in enumerate(values):
        key = None if value is None else _exact_key(value)
        if key is not None:
            parent[i] = first.setdefault(key, i)
    from verirs.math.comparing.forms import apart  # loaded with the first comparison

    roots = [i for i in range(len(texts)) if parent[i] == i]
    if len(roots) <= MAX_DISTINCT:
        for n, i in enumerate(roots):
            for j in roots[:n]:
                if (
                    find(i) != find(j)
                    and not apart(values[j], values[i])
                    and _equal(values[j], values[i], conventions)
                ):
                    parent[find(i)] = find(j)
    members: dict[int, list[str]] = {}
    for i, text in enumerate(texts):
        members.setdefault(find(i), []).append(text)
    groups = sorted(members.values(), key=lambda g: (-sum(counts[t] for t in g), _rank(g[0])))
    label = {text: n for n, group in enumerate(groups) for text in group}
    return Classes(
        tuple(None if a is None else label.get(a.strip()) for a in answers),
        tuple(group[0] for group in groups),
        tuple(sum(counts[t] for t in group) for group in groups),
    )


def _rank(text: str) -> tuple[int, str]:
    return len(text), text


_NOTHING = Node("raw", ("",))


def _value(text: str) -> Node | None:
    try:
        return read_answer(text, _NOTHING)
    except Refused:
        return None


def _exact_key(value: Node) -> object:
    """Equal for equal exact numbers and for equal values; ``None`` where it costs too much."""
    from verirs.math.comparing.evaluate import exact

    if value.op in ("int", "dec", "mul", "neg", "add", "inv", "pow"):
        try:
            number = exact(value)
        except Refused:
            return value
        if number is not None:
            return str(number) if number.height_bits() < 4_000 else value
    return value


def _equal(one: Node | None, two: Node | None, conventions: Conventions) -> bool:
    """Either may stand for the gold answer."""
    if one is None or two is None:
        return False
    return any(compare_values(g, a, conventions).verdict is Verdict.PASS for g, a in ((one, two), (two, one)))
