"""Answers sorted into classes of equal ones, for majority voting.

Every two answers of a class are equal: where a convention would chain answers that are not (``50``, ``50%``,
``0.5``; ``5 cm``, ``5``, ``5 m``), mathematics comes first (``50%`` is 0.5), then the
join with the most votes.
The classes do not depend on the order of the answers. Every distinct text is read once and no pair is
compared twice under one set of conventions; answers with the same exact number fall together without any
comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

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
    values = [_value(text) for text in texts]
    first: dict[object, int] = {}
    members: dict[int, list[str]] = {}
    for i, value in enumerate(values):
        key = None if value is None else _exact_key(value)
        members.setdefault(i if key is None else first.setdefault(key, i), []).append(texts[i])
    if len(members) <= MAX_DISTINCT:
        votes = {i: sum(counts[text] for text in group) for i, group in members.items()}
        for whole in _cliques(list(members), votes, values, conventions):
            members[whole[0]] = sorted((text for i in whole for text in members.pop(i)), key=_rank)
    groups = sorted(members.values(), key=lambda g: (-sum(counts[t] for t in g), _rank(g[0])))
    label = {text: n for n, group in enumerate(groups) for text in group}
    return Classes(
        tuple(None if a is None else label.get(a.strip()) for a in answers),
        tuple(group[0] for group in groups),
        tuple(sum(counts[t] for t in group) for group in groups),
    )


@dataclass(frozen=True, slots=True)
class Bonds:
    """What further answers cannot change about the classes of these.

    Args:
        together: equal numbers are in one class for ever; ``None`` without an answer.
        linked: different numbers are in different classes for ever; ``None`` without an answer.
    """

    together: tuple[int | None, ...]
    linked: tuple[int | None, ...]


def bonds(answers: Sequence[str | None], conventions: Conventions = DEFAULT) -> Bonds:
    """Which of the answers no other answer can part, and which none can bring together.

    Answers of one exact number stay together. Two answers that are not equal are never in one class, whatever
    stands between them.
    """
    texts = sorted({a.strip() for a in answers if a is not None and a.strip()}, key=_rank)
    values = [_value(text) for text in texts]
    first: dict[object, int] = {}
    keys = [None if value is None else _exact_key(value) for value in values]
    together = [i if key is None else first.setdefault(key, i) for i, key in enumerate(keys)]
    nodes = sorted(set(together))
    # beyond so many only what is together is compared in a class, but a later answer may bring fewer
    parts = _components(nodes, _remembered(values, conventions)) if len(nodes) <= MAX_DISTINCT else [nodes]
    part_of = {i: number for number, part in enumerate(parts) for i in part}
    label = {text: i for i, text in enumerate(texts)}
    found = [None if a is None else label.get(a.strip()) for a in answers]
    return Bonds(
        tuple(None if i is None else together[i] for i in found),
        tuple(None if i is None else part_of[together[i]] for i in found),
    )


def _cliques(
    nodes: list[int], votes: dict[int, int], values: list[Node | None], conventions: Conventions
) -> list[list[int]]:
    """The nodes in sets in which every two are equal."""
    equal = _remembered(values, conventions)
    found = []
    for part in _components(nodes, equal):
        if all(equal(i, j) for i, j in combinations(part, 2)):
            found.append(part)
        else:
            found += _unchained(part, votes, equal, _remembered(values, _strict(conventions)))
    return found


def _strict(conventions: Conventions) -> Conventions:
    """The same without what makes equality depend on how the other side is written."""
    return replace(
        conventions, percent="strict", units="required", base="required", digits=0, gold_rounding=False,
        vectors=False, names=False, tolerance=None,
    )  # fmt: skip


def _unchained(
    part: list[int],
    votes: dict[int, int],
    equal: Callable[[int, int], bool],
    strict: Callable[[int, int], bool],
) -> list[list[int]]:
    """A chain of answers cut into classes: first what is strictly equal, then joins by their votes."""
    groups = [
        one
        for whole in _components(part, strict)
        for one in ([whole] if all(equal(i, j) for i, j in combinations(whole, 2)) else [[i] for i in whole])
    ]
    while True:
        joins = [
            (sum(votes[i] for i in one + two), [-i for i in sorted(one + two)], one, two)
            for one, two in combinations(groups, 2)
            if all(equal(i, j) for i in one for j in two)
        ]
        if not joins:
            return groups
        _, _, one, two = max(joins)
        groups = [group for group in groups if group is not one and group is not two] + [sorted(one + two)]


def _components(nodes: Sequence[int], equal: Callable[[int, int], bool]) -> list[list[int]]:
    """The connected parts of the graph of equal pairs."""
    parts: list[list[int]] = []
    for i in nodes:
        linked = [part for part in parts if any(equal(j, i) for j in part)]
        parts = [part for part in parts if part not in linked] + [
            sorted([i, *(j for part in linked for j in part)])
        ]
    return parts


def _remembered(values: list[Node | None], conventions: Conventions) -> Callable[[int, int], bool]:
    """Equality of two answers by their numbers, every pair compared once."""
    from verirs.math.comparing.forms import apart  # loaded with the first comparison

    known: dict[tuple[int, int], bool] = {}

    def equal(i: int, j: int) -> bool:
        pair = (i, j) if i < j else (j, i)
        if pair not in known:
            one, two = values[pair[0]], values[pair[1]]
            known[pair] = not apart(one, two) and _equal(one, two, conventions)
        return known[pair]

    return equal


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
