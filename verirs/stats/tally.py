"""Counts a run while it streams by: feed it groups or selections, ask for the summary at the end.

Keeps a few numbers a candidate (right or wrong, value, answer class, length), never a text: about
20 bytes a candidate.

How verdicts count, everywhere in the summary: ``n`` of a problem is its number of *verified*
candidates, ``pass`` or ``fail``. ``error`` and ``abstain`` are no failures; they are left out and
their number is shown beside. That is unbiased only if errors strike right and wrong candidates
alike; watch ``left_out``. A truncated candidate that its verifier called wrong is wrong.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from verirs.select.answers import answer_classes
from verirs.stats.arrays import Floats
from verirs.stats.draws import weighted_majority_curve
from verirs.stats.estimators import EXACT_LIMIT, best_curve, majority_curve, pass_curve
from verirs.stats.intervals import RESAMPLES, Interval, bootstrap
from verirs.types import Candidate, Group, Problem, Selection, Verdict, is_ranking

Classes = Callable[[Problem, Sequence[Candidate]], Sequence[int | None]]
NO_CLASS = -1


@dataclass(frozen=True, slots=True)
class ProblemCounts:
    """What is kept of one problem. The arrays hold its verified candidates, in order of index."""

    problem_id: str
    right: array[int]
    values: array[float]
    """NaN where no ranker gave a number."""
    classes: array[int]
    """:data:`NO_CLASS` where no answer was extracted."""
    lengths: array[int]
    """In characters."""

    @property
    def n(self) -> int:
        return len(self.right)

    @property
    def c(self) -> int:
        return sum(self.right)


class Tally:
    """Streaming counts of a run.

    Args:
        classes: gives the answer classes of a group's candidates for majority votes, ``None`` to
            count no majorities; by default equal answers.
    """

    def __init__(self, classes: Classes | None = answer_classes):
        self.problems: list[ProblemCounts] = []
        self.verdicts: Counter[Verdict] = Counter()
        self.errors: Counter[str] = Counter()
        self.rejections: Counter[str] = Counter()
        self.truncated = 0
        self.tokens = 0
        self.accepted = 0
        self.pairs = 0
        self.problems_accepted = 0
        self._selected = False
        self._classes = classes
        self._scorers: dict[tuple[str, str], Counter[str]] = {}
        self._seconds: defaultdict[tuple[str, str], float] = defaultdict(float)

    def add(self, item: Group | Selection) -> None:
        """Count one group, or one selection (then also what was accepted and why not)."""
        if isinstance(item, Selection):
            self._add_selection(item)
            item = item.group
        verified = []
        for candidate in item.candidates:
            verdict = candidate.verdict
            self.verdicts[verdict] += 1
            self.truncated += candidate.completion.finish_reason == "length"
            self.tokens += candidate.completion.tokens or 0
            self._add_scores(candidate)
            if verdict is Verdict.PASS or verdict is Verdict.FAIL:
                verified.append(candidate)
        classes: Sequence[int | None] = [None] * len(verified)
        if self._classes is not None:
            classes = self._classes(item.problem, verified)
        self.problems.append(
            ProblemCounts(
                item.problem.id,
                array("b", [c.verdict is Verdict.PASS for c in verified]),
                array("d", [ranking(c) for c in verified]),
                array("i", [NO_CLASS if label is None else label for label in classes]),
                array("i", [len(c.completion.text) for c in verified]),
            )
        )

    def extend(self, items: Iterable[Group | Selection]) -> Tally:
        """Add all; returns itself."""
        for item in items:
            self.add(item)
        return self

    def _add_selection(self, selection: Selection) -> None:
        self._selected = True
        self.accepted += len(selection.accepted)
        self.problems_accepted += bool(selection.accepted)
        self.pairs += len(selection.pairs)
        self.rejections.update(r.reason for r in selection.rejected)

    def _add_scores(self, candidate: Candidate) -> None:
        for score in candidate.scores:
            key = (score.scorer, score.version)
            counts = self._scorers.setdefault(key, Counter())
            counts[score.verdict.value] += 1
            self._seconds[key] += score.seconds
            if score.verdict is Verdict.ERROR:
                self.errors[f"{score.scorer}: {error_type(score.reason)}"] += 1

    # ---- the summary --------------------------------------------------------------------------------

    def summary(
        self, ks: Sequence[int] | None = None, *, resamples: int = RESAMPLES, seed: int = 0
    ) -> dict[str, Any]:
        """Everything as one JSON-ready dict; shares are in 0 .. 1.

        Args:
            ks: at which k the curves are given; by default 1, 2, 4, ... and the largest n.
            resamples: of the bootstrap.
            seed: of the bootstrap and of the draws.
        """
        verified = [p for p in self.problems if p.n]
        completions = self.verdicts.total()
        passed, failed = self.verdicts[Verdict.PASS], self.verdicts[Verdict.FAIL]
        largest = max((p.n for p in verified), default=0)
        ks = [k for k in (ks or doubling(largest)) if 1 <= k <= largest]
        out: dict[str, Any] = {
            "problems": len(self.problems),
            "problems_verified": len(verified),
            "problems_solved": sum(1 for p in verified if p.c),
            "completions": completions,
            "verdicts": {v.value: self.verdicts[v] for v in Verdict},
            "left_out": completions - passed - failed,
            "pass_rate": ratio(passed, passed + failed),
            "truncated": self.truncated,
            "tokens": self.tokens,
            "errors": dict(self.errors.most_common(20)),
            "scorers": self._scorer_rows(),
        }
        if self._selected:
            out["accepted"] = self.accepted
            out["acceptance"] = ratio(self.accepted, completions)
            out["yield"] = ratio(self.accepted, len(self.problems))
            out["problems_accepted"] = self.problems_accepted
            out["rejected"] = dict(self.rejections.most_common())
            out["pairs"] = self.pairs
        out.update(self._curves(verified, ks, resamples, seed))
        return out

    def _scorer_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "scorer": name,
                "version": version,
                **{v.value: counts[v.value] for v in Verdict},
                "seconds": round(self._seconds[name, version], 3),
            }
            for (name, version), counts in sorted(self._scorers.items())
        ]

    def _curves(
        self, verified: Sequence[ProblemCounts], ks: Sequence[int], resamples: int, seed: int
    ) -> dict[str, Any]:
        curves = {"pass@k": [pass_curve(p.n, p.c) for p in verified]}
        methods = {"pass@k": "exact"}
        if self._classes is not None and any(c != NO_CLASS for p in verified for c in p.classes):
            curves["maj@k"] = [majority(p, seed) for p in verified]
            methods["maj@k"] = "exact" if all(p.n <= EXACT_LIMIT for p in verified) else "draws"
        if any(v == v for p in verified for v in p.values):
            curves["best@k"] = [best_curve(p.right, p.values) for p in verified]
            methods["best@k"] = "exact, ties shared"
        out: dict[str, Any] = {}
        for name, rows in curves.items():
            bands = bootstrap(at(rows, ks), resamples=resamples, seed=seed) if ks and rows else []
            out[name] = {
                "method": methods[name],
                "at": {str(k): as_json(b) for k, b in zip(ks, bands, strict=False)},
            }
        return out


def ranking(candidate: Candidate) -> float:
    """The last ranker's number, NaN without one. A gate's own number is no ranking: it knows the verdict."""
    return next(
        (float(s.value) for s in reversed(candidate.scores) if is_ranking(s) and s.value is not None),
        math.nan,
    )


def majority(counts: ProblemCounts, seed: int = 0) -> Floats:
    """maj@k of one problem: exact, or by draws for very many samples."""
    classes = [None if c == NO_CLASS else c for c in counts.classes]
    if counts.n <= EXACT_LIMIT:
        return majority_curve(counts.right, classes)
    return weighted_majority_curve(counts.right, classes, [1.0] * counts.n, seed=seed)


def at(curves: Sequence[Floats], ks: Sequence[int]) -> Floats:
    """Curves of unequal length as a table (problems x ks), NaN where k is above a problem's n."""
    return np.array([[curve[k - 1] if k <= len(curve) else np.nan for k in ks] for curve in curves])


def doubling(largest: int) -> list[int]:
    """1, 2, 4, ... up to ``largest``, which always closes the list."""
    ks = [1 << i for i in range(largest.bit_length()) if 1 << i <= largest]
    return [*ks, largest] if ks and ks[-1] != largest else ks


def as_json(interval: Interval) -> dict[str, float | int]:
    """Rounded to six places, so that summaries compare as text."""
    return {
        "mean": round(interval.mean, 6),
        "low": round(interval.low, 6),
        "high": round(interval.high, 6),
        "problems": interval.problems,
    }


def ratio(part: int, whole: int) -> float | None:
    """part/whole rounded to six places; ``None`` of nothing."""
    return round(part / whole, 6) if whole else None


def error_type(reason: str) -> str:
    """An error's reason without what varies from one to the next: numbers, and what follows a colon."""
    head = reason.split(":", 1)[0].split("\n", 1)[0].strip()
    return re.sub(r"\d+(\.\d+)?", "#", head)[:60] or "unknown"
