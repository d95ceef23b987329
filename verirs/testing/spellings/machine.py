"""The machine: pairs of a gold answer and an answer, of which it is known whether they are the same.

Each pair has labels, the notations that it tries; so what fails is counted by notation. The same seed gives
the same pairs on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from verirs.testing.spellings.catalogue import KINDS, kind
from verirs.testing.spellings.lies import LIES, Lie
from verirs.testing.spellings.texts import ANY, FRAMES, Frame, Spelled
from verirs.testing.spellings.way import Kind, Twist, Way


@dataclass(frozen=True)
class Pair:
    """A judgement whose outcome is known.

    Args:
        gold: the gold answer.
        answer: the answer alone, or the whole text of a completion (``whole``).
        equal: the answer is right.
        labels: what it tries, as ``kind: notation``, ``text: frame``, ``kind: change in notation``,
            ``kind: change against notation`` (the gold has that notation) or ``lie: name``.
    """

    gold: str
    answer: str
    equal: bool
    labels: tuple[str, ...]
    whole: bool = False


def label(of: Kind[Any], way: Way[Any]) -> str:
    return f"{of.name}: {way.name}"


def spell(way: Way[Any], value: Any) -> Spelled | None:
    """A value in a notation, or none where it cannot be written so."""
    text = way.write(value)
    return None if text is None else Spelled(text, way.mode)


def as_answer(of: Kind[Any], way: Way[Any], value: Any) -> Pair | None:
    """The plain spelling is the gold, the notation is the answer."""
    gold, answer = of.ways[0].write(value), way.write(value)
    return Pair(gold, answer, True, (label(of, way),)) if gold and answer else None


def as_gold(of: Kind[Any], way: Way[Any], value: Any) -> Pair | None:
    """The notation is the gold, the plain spelling is the answer."""
    gold, answer = way.write(value), of.ways[0].write(value)
    return Pair(gold, answer, True, (label(of, way),)) if gold and answer else None


def both(of: Kind[Any], way: Way[Any], value: Any, rng: Random) -> Pair | None:
    """A notation against another one of the same value, often in a text."""
    other = rng.choice(of.ways)
    gold, answer = other.write(value), spell(way, value)
    if not gold or not answer or way.names or other.names:
        return None
    labels = (label(of, way), label(of, other))
    if rng.random() < 0.5 or of.name not in ANY:
        return Pair(gold, answer.text, True, labels)
    frame = rng.choice([f for f in FRAMES if of.name in f.kinds])
    return Pair(gold, frame.put(answer), True, (*labels, f"text: {frame.name}"), whole=True)


def framed(of: Kind[Any], frame: Frame, value: Any) -> Pair | None:
    """The plain spelling in a text."""
    answer = spell(of.ways[0], value)
    if answer is None or (frame.name == "json" and "\\" in answer.text):
        return None
    return Pair(answer.text, frame.put(answer), True, (f"text: {frame.name}",), whole=True)


def near(
    of: Kind[Any], twist: Twist[Any], way: Way[Any], value: Any, rng: Random, gold_side: bool
) -> Pair | None:
    """A value against a near miss of it; the notation is the answer's, or the gold's."""
    missed = twist.change(value, rng)
    if missed is None or missed == value:
        return None
    gold_way, answer_way = (way, of.ways[0]) if gold_side else (of.ways[0], way)
    gold, answer = gold_way.write(value), answer_way.write(missed)
    if not gold or not answer:
        return None
    side = "against" if gold_side else "in"
    return Pair(gold, answer, False, (f"{of.name}: {twist.name} {side} {way.name}",))


def lied(of: Kind[Any], lie: Lie, value: Any, rng: Random) -> Pair | None:
    """The right value in a text that does not answer it."""
    wrong = rng.choice(of.twists).change(value, rng)
    if wrong is None or wrong == value:
        return None
    right, false = spell(of.ways[0], value), spell(of.ways[0], wrong)
    if right is None or false is None:
        return None
    return Pair(right.text, lie.put(right, false), False, (f"lie: {lie.name}",), whole=True)


Make = Callable[[Any, Random], Pair | None]


def _tries(of: Kind[Any], number: int, name: str, make: Make) -> Iterator[Pair]:
    """Up to so many pairs of values drawn for a name."""
    rng, found = Random(f"{of.name}/{name}"), 0
    for _ in range(400):
        pair = make(of.draw(rng), rng)
        if pair is not None:
            yield pair
            found += 1
            if found == number:
                return


def every(values: int = 3) -> Iterator[Pair]:
    """Each notation, near miss, text and lie, with up to so many values each (near misses: one); always the
    same pairs."""
    for of in KINDS:
        for way in of.ways:
            for name, number, make in _of_way(of, way, values):
                yield from _tries(of, number, f"{way.name}/{name}", make)
    for frame in FRAMES:
        for of in map(kind, frame.kinds):
            yield from _tries(of, values, f"{frame.name}/frame", _framing(of, frame))
    for lie in LIES:
        for of in map(kind, lie.kinds):
            yield from _tries(of, values, f"{lie.name}/lie", _lying(of, lie))


def _of_way(of: Kind[Any], way: Way[Any], values: int) -> Iterator[tuple[str, int, Make]]:
    if way is not of.ways[0]:
        yield "answer", values, lambda v, _: as_answer(of, way, v)
        yield "gold", values, lambda v, _: as_gold(of, way, v)
    for twist in of.twists:
        for gold_side in (False, True):
            yield f"{twist.name}/{gold_side}", 1, _nearing(of, twist, way, gold_side)


def _nearing(of: Kind[Any], twist: Twist[Any], way: Way[Any], gold_side: bool) -> Make:
    return lambda v, rng: near(of, twist, way, v, rng, gold_side)


def _framing(of: Kind[Any], frame: Frame) -> Make:
    return lambda v, _: framed(of, frame, v)


def _lying(of: Kind[Any], lie: Lie) -> Make:
    return lambda v, rng: lied(of, lie, v, rng)


def pairs(seed: int, number: int) -> Iterator[Pair]:
    """So many pairs at random: six of ten right."""
    for at in range(number):
        rng, pair = Random(f"{seed}/{at}"), None
        while pair is None:
            pair = _one(rng)
        yield pair


def _one(rng: Random) -> Pair | None:
    of = rng.choice(KINDS)
    value, way, dice = of.draw(rng), rng.choice(of.ways), rng.random()
    if dice < 0.2:
        return as_answer(of, way, value)
    if dice < 0.3:
        return as_gold(of, way, value)
    if dice < 0.5:
        return both(of, way, value, rng)
    if dice < 0.6:
        frame = rng.choice(FRAMES)
        of = kind(rng.choice(frame.kinds))
        return framed(of, frame, of.draw(rng))
    if dice < 0.9:
        return near(of, rng.choice(of.twists), way, value, rng, rng.random() < 0.3)
    lie = rng.choice(LIES)
    of = kind(rng.choice(lie.kinds))
    return lied(of, lie, of.draw(rng), rng)
