"""Problems that stand in a set more than once: equal, nearly equal, or the same with other numbers.

Equal ones differ in case, layout and spaces alone; every sign counts, a minus above all. Nearly equal are
problems that share most of their runs of words and have the same numbers and signs; variants are those with
other numbers or signs. A group is known by its first problem, and each later one is compared with the first
alone, so one pass is enough and memory holds hashes, no texts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from verirs.curation.grams import Grams, Hasher
from verirs.curation.words import digest, key, masked, signs, words
from verirs.types import Problem, to_json

ALIKE = 0.7
"""Share of all runs of two problems that both have, from which on they are nearly equal."""
_SKETCH = 8
"""Hash functions of a sketch: of two problems that share 0.7 none of eight agrees in 1 of 15,000 cases."""
_BATCH = 512
_ODD = tuple((2 * n * 0x5851F42D4C957F2D + 1) & (2**64 - 1) for n in range(1, _SKETCH + 1))
_CROWD = 64
"""So many problems that share one run are compared; a run that more have is a set's own phrase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """What a problem is to an earlier one, by that one's id; empty where there is none.

    Args:
        duplicate_of: equal to it.
        similar_to: nearly equal to it.
        variant_of: the same with other numbers or signs.
        conflict: equal to another whose gold is another.
    """

    duplicate_of: str = ""
    similar_to: str = ""
    variant_of: str = ""
    conflict: bool = False


def asked(problem: Problem) -> str:
    """The text by which a problem is compared: its last message of a user, without the run's template."""
    said = [m["content"] for m in problem.prompt if m["role"] == "user"]
    return said[-1] if said else "\n".join(m["content"] for m in problem.prompt)


def twins(problems: Iterable[Problem], same_gold: Callable[[str, str], bool]) -> dict[str, Twin]:
    """The problems that have an earlier twin, and those whose equals have other golds, by id.

    Args:
        same_gold: whether two golds of equal problems are the same answer.
    """
    found: dict[str, Twin] = {}
    equal: dict[bytes, str] = {}
    golds: dict[str, str | None] = {}
    apart: set[str] = set()
    near = _Near()
    left = iter(problems)
    while batch := list(islice(left, _BATCH)):
        fresh: list[Problem] = []
        for problem in batch:
            first = equal.setdefault(_whole(problem), problem.id)
            if first == problem.id:
                golds[first] = problem.answer
                fresh.append(problem)
                continue
            found[problem.id] = Twin(duplicate_of=first)
            known = golds[first]
            if known is None:
                golds[first] = problem.answer
            elif problem.answer not in (None, known) and not same_gold(known, problem.answer):
                apart.add(first)
        found |= near.add(fresh)
    for name in [*apart, *(n for n, twin in found.items() if twin.duplicate_of in apart)]:
        twin = found.get(name, Twin())
        found[name] = Twin(
            duplicate_of=twin.duplicate_of,
            similar_to=twin.similar_to,
            variant_of=twin.variant_of,
            conflict=True,
        )
    return found


def _whole(problem: Problem) -> bytes:
    """Equal for equal problems: all messages, the function that is asked for, choices; not gold and tests."""
    said = [(m["role"], key(m["content"]).hex()) for m in problem.prompt]
    return digest(json.dumps([said, problem.entry_point, to_json(problem.meta.get("choices"))]))


class _Near:
    """Groups of problems that are nearly equal, or differ in numbers; one problem stands for each."""

    def __init__(self) -> None:
        self._hasher = Hasher()
        self._ids: list[str] = []
        self._runs: list[Grams] = []
        self._signs: list[bytes] = []
        self._drills: dict[bytes, int] = {}
        self._buckets: dict[int, list[int]] = {}

    def add(self, problems: list[Problem]) -> dict[str, Twin]:
        """Those of the problems that have an earlier one like them."""
        texts = [asked(p) for p in problems]
        runs, starts = self._hasher([words(text) for text in texts])
        sketches = _sketches(runs, starts)
        found: dict[str, Twin] = {}
        for number, (problem, text) in enumerate(zip(problems, texts, strict=True)):
            own = np.unique(runs[starts[number] : starts[number + 1]])
            told = digest(json.dumps(sorted(signs(text).items())))
            drill, sketch = masked(text), sketches[number]
            other = self._drills.get(drill)
            if other is None:
                other = self._like(own, sketch)
            if other is None:
                self._keep(problem.id, own, told, drill, sketch)
            elif self._signs[other] == told and _alike(own, self._runs[other]):
                found[problem.id] = Twin(similar_to=self._ids[other])
            else:
                found[problem.id] = Twin(variant_of=self._ids[other])
        return found

    def _like(self, own: Grams, sketch: list[int]) -> int | None:
        near = sorted({place for bucket in sketch for place in self._buckets.get(bucket, ())})
        return next((place for place in near if _alike(own, self._runs[place])), None)

    def _keep(self, name: str, own: Grams, told: bytes, drill: bytes, sketch: list[int]) -> None:
        place = len(self._ids)
        self._ids.append(name)
        self._runs.append(own)
        self._signs.append(told)
        self._drills.setdefault(drill, place)
        for bucket in sketch:
            known = self._buckets.setdefault(bucket, [])
            if len(known) < _CROWD:
                known.append(place)


def _alike(a: Grams, b: Grams) -> bool:
    small, large = sorted((len(a), len(b)))
    if not small or small < ALIKE * large:
        return False
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared >= ALIKE * (small + large - shared)


def _sketches(runs: Grams, starts: NDArray[np.int64]) -> list[list[int]]:
    """Of each text the least of its runs under each hash function (MinHash); none of one without words."""
    lengths = np.diff(starts)
    full = np.flatnonzero(lengths)
    out: list[list[int]] = [[] for _ in lengths]
    if not len(full):
        return out
    for number, odd in enumerate(_ODD):
        mixed = runs * np.uint64(odd)
        least = np.minimum.reduceat(mixed ^ (mixed >> np.uint64(29)), starts[:-1][full])
        for place, value in zip(full.tolist(), least.tolist(), strict=True):
            out[place].append(value * _SKETCH + number)
    return out
