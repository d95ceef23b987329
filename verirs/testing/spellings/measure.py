"""How a judge does on the machine's pairs, by notation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from verirs.grading import grade
from verirs.math import equivalent
from verirs.testing.spellings.machine import Pair

PLUS = " + "
Judge = Callable[[Pair], bool]


def verirs_accepts(pair: Pair) -> bool:
    """Whether our checker accepts it, with the default conventions."""
    if pair.whole:
        return bool(grade("math", answer=pair.gold, text=pair.answer))
    return equivalent(pair.gold, pair.answer).passed


def accepting(**options: Any) -> Judge:
    """Our checker with options of the scorer ``math``, such as ``profile="strict"``."""

    def judge(pair: Pair) -> bool:
        place: dict[str, Any] = {} if pair.whole else {"extract": "bare"}
        return bool(grade("math", answer=pair.gold, text=pair.answer, **place, **options))

    return judge


@dataclass
class Count:
    """Of one label: pairs tried, and the first few that were judged wrongly."""

    tried: int = 0
    wrong: int = 0
    examples: list[Pair] = field(default_factory=list)


@dataclass(frozen=True)
class Result:
    """What a judge made of pairs.

    Args:
        equal: right answers tried.
        refused: right answers not accepted.
        different: wrong answers tried.
        accepted: wrong answers accepted.
        by_label: the counts of each label; of a pair with several of them, of all together (``a + b``).
    """

    equal: int
    refused: list[Pair]
    different: int
    accepted: list[Pair]
    by_label: dict[str, Count]

    @property
    def failing(self) -> dict[str, Count]:
        """The labels with something wrong, by name; several together only where none of them fails alone."""
        wrong = {name: count for name, count in sorted(self.by_label.items()) if count.wrong}
        return {n: c for n, c in wrong.items() if PLUS not in n or not wrong.keys() & set(n.split(PLUS))}


def measure(pairs: Iterable[Pair], judge: Judge = verirs_accepts, examples: int = 2) -> Result:
    """Let a judge say of each pair whether it accepts the answer.

    Args:
        pairs: see :mod:`verirs.testing.spellings.machine`.
        judge: our checker, unless given.
        examples: how many wrong judgements of a label to keep.
    """
    by_label: dict[str, Count] = defaultdict(Count)
    equal = different = 0
    refused: list[Pair] = []
    accepted: list[Pair] = []
    for pair in pairs:
        says = judge(pair)
        equal += pair.equal
        different += not pair.equal
        wrong = says is not pair.equal
        if wrong:
            (refused if pair.equal else accepted).append(pair)
        count = by_label[PLUS.join(pair.labels)]
        count.tried += 1
        count.wrong += wrong
        if wrong and len(count.examples) < examples:
            count.examples.append(pair)
    return Result(equal, refused, different, accepted, dict(by_label))
