"""What of the accepted samples goes into the set: caps and weights by source and difficulty, and a total.

The selectors look at one problem; this looks at all of them. Everything is decided by hashes, values and
counts, so the same run gives the same rows in any order. Two passes over the selections where a number of the
whole set decides; memory holds sixteen bytes a row of these.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from verirs.errors import ConfigError, nearest
from verirs.select.marks import tie_key
from verirs.types import Candidate, Rejection, Selection, Verdict

OVER_SHARE, OF_SOURCE, OF_BAND, OVER_TOTAL = (
    "over its share by difficulty",
    "over the cap of its source",
    "thinned by difficulty",
    "over the total",
)
BANDS = {"hard": 0.25, "normal": 0.75, "easy": 1.0}
"""The highest pass rate of each band; prime-rl's pools."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is wanted.

    Args:
        quota: ``difficulty``: of a problem at most ``most * its share of fails``, rounded up, at least one.
        most: of a problem, of which every sample fails but one; 0 is the number accepted.
        sources: at most so many rows of a source.
        weights: the sources' rows stand in these proportions, also within ``total``; a source without one is
            left out.
        difficulty: the share of the problems of each band that is kept.
        total: at most so many rows in the whole set; 0 is any number.
        order: which the rows of ``total`` and of a source are: those with the greatest values, or any.
        seed: of the hashes.
    """

    quota: str = "equal"
    most: int = 0
    sources: Mapping[str, int] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    difficulty: Mapping[str, float] = field(default_factory=dict)
    total: int = 0
    order: str = "random"
    seed: int = 0

    @property
    def looks_ahead(self) -> bool:
        """Whether a number of the whole set decides."""
        return bool(self.sources or self.weights or self.total)

    def of_problem(self, selection: Selection) -> Selection:
        """What the problem itself decides: its quota, and whether its band is thinned."""
        passes, fails = _counts(selection)
        rate = passes / (passes + fails) if passes + fails else None
        kept = selection.accepted
        if self.difficulty and rate is not None and kept:
            share = self.difficulty.get(band_of(rate), 1.0)
            if _fraction(tie_key(self.seed, selection.group.problem.id, "band")) >= share:
                return dropped(selection, kept, OF_BAND)
        if self.quota == "difficulty" and rate is not None:
            most = self.most or len(kept)
            goal = max(1, math.ceil(most * fails / (passes + fails) - 1e-9))
            return dropped(selection, kept[goal:], OVER_SHARE)
        return selection


class Balancer:
    """Decides row by row, once it has seen them all.

    Args:
        wanted: what.
        value: the number that ranks a candidate.
    """

    def __init__(self, wanted: Balance, value: Callable[[Candidate], float | None] = lambda c: c.value):
        self.wanted, self._value = wanted, value
        self._hashes: dict[str, array[int]] = {}
        self._values: dict[str, array[float]] = {}
        self._cuts: dict[str, tuple[float, int]] = {}
        self._total: tuple[float, int] | None = None

    def look(self, selections: Iterable[Selection]) -> None:
        """The first pass, where one is needed.

        Raises:
            ConfigError: a cap or a weight is for a source of which there is no problem.
        """
        if not self.wanted.looks_ahead:
            return
        seen: set[str] = set()
        for selection in selections:
            source = selection.group.problem.source
            seen.add(source)
            for candidate in self.wanted.of_problem(selection).accepted:
                worth, key = self._worth(selection, candidate)
                self._hashes.setdefault(source, array("Q")).append(key)
                self._values.setdefault(source, array("d")).append(worth)
        for section, names in (("sources", self.wanted.sources), ("weights", self.wanted.weights)):
            if seen and (strange := [name for name in names if name not in seen]):
                known = ", ".join(repr(name) for name in sorted(seen)[:8])
                raise ConfigError(
                    f"balance.{section}.{strange[0]}: no problem's source is called so"
                    f"{nearest(strange[0], seen)} (the column source says {known})"
                )
        self._cut()

    def _worth(self, selection: Selection, candidate: Candidate) -> tuple[float, int]:
        """The lower, the sooner it is taken; and the hash that breaks ties and chooses at random."""
        problem = selection.group.problem.id
        key = tie_key(self.wanted.seed, problem, "row", candidate.completion.index)
        worth = 0.0
        if self.wanted.order == "value":
            value = self._value(candidate)
            worth = -value if value is not None and math.isfinite(value) else math.inf
        return worth, int.from_bytes(key, "big")

    def _cut(self) -> None:
        counts = {source: len(keys) for source, keys in self._hashes.items()}
        limits = limits_of(self.wanted, counts)
        left: list[tuple[float, int]] = []
        for source, keys in self._hashes.items():
            found, limit = sorted(zip(self._values[source], keys, strict=True)), limits[source]
            if limit < len(found):
                self._cuts[source] = found[limit - 1] if limit else (-math.inf, -1)
            left += found[:limit]
        if 0 < self.wanted.total < len(left):
            self._total = sorted(left)[self.wanted.total - 1]
        self._hashes.clear()
        self._values.clear()

    def keep(self, selection: Selection) -> Selection:
        """The selection with what the set has room for."""
        selection = self.wanted.of_problem(selection)
        if not self.wanted.looks_ahead:
            return selection
        of_source, over = [], []
        for candidate in selection.accepted:
            worth, key = self._worth(selection, candidate)
            if (worth, key) > self._cuts.get(selection.group.problem.source, (worth, key)):
                of_source.append(candidate)
            elif self._total is not None and (worth, key) > self._total:
                over.append(candidate)
        return dropped(dropped(selection, of_source, OF_SOURCE), over, OVER_TOTAL)


def limits_of(wanted: Balance, counts: Mapping[str, int]) -> dict[str, int]:
    """How many rows of each source there may be: caps first, then what the weights and the total allow."""
    capped = {source: min(n, wanted.sources.get(source, n)) for source, n in counts.items()}
    if not wanted.weights:
        return capped
    weights = {source: wanted.weights.get(source, 0.0) for source in counts}
    scales = [capped[source] / weight for source, weight in weights.items() if weight > 0]
    if wanted.total and scales:
        scales.append(wanted.total / math.fsum(weights.values()))
    scale = min(scales, default=0.0)
    return {source: min(capped[source], math.floor(scale * weights[source] + 1e-9)) for source in counts}


def band_of(rate: float) -> str:
    """``hard``, ``normal`` or ``easy``."""
    return next(name for name, top in BANDS.items() if rate <= top)


def dropped(selection: Selection, out: Iterable[Candidate], reason: str) -> Selection:
    """The selection without some of its accepted candidates: they are rejected, and in no pair."""
    gone = {c.completion.index for c in out}
    if not gone:
        return selection
    more = [Rejection(candidate=c, reason=reason) for c in selection.accepted if c.completion.index in gone]
    rejected = sorted([*selection.rejected, *more], key=lambda r: r.candidate.completion.index)
    return replace(
        selection,
        accepted=tuple(c for c in selection.accepted if c.completion.index not in gone),
        rejected=tuple(rejected),
        pairs=tuple(p for p in selection.pairs if p.chosen.completion.index not in gone),
    )


def _counts(selection: Selection) -> tuple[int, int]:
    """Passes and fails of the samples that say how hard a problem is."""
    facts = selection.facts
    if facts.get("verified") is not None and facts.get("passes") is not None:
        return int(facts["passes"]), int(facts["verified"]) - int(facts["passes"])
    counts = Counter(c.verdict for c in selection.group.candidates)
    return counts[Verdict.PASS], counts[Verdict.FAIL]


def _fraction(key: bytes) -> float:
    return int.from_bytes(key, "big") / float(1 << 8 * len(key))
