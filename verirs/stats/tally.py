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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from verirs.records import RunSummary, ScorerCounts, SelectionCounts
from verirs.stats.answers import votes
from verirs.stats.arrays import Floats
from verirs.stats.calibration import expected_error
from verirs.stats.counts import ProblemCounts
from verirs.stats.curves import Rows, curves, doubling, estimate, estimates, plotted
from verirs.stats.intervals import RESAMPLES
from verirs.types import Candidate, Group, Problem, Selection, Verdict, is_ranking

Classes = Callable[[Problem, Sequence[Candidate]], Sequence[int | None]]


class Tally:
    """Streaming counts of a run.

    Args:
        classes: gives the answer classes of a group's candidates for majority votes, ``None`` to
            count no majorities; by default equal answers, none for programs.
    """

    def __init__(self, classes: Classes | None = votes):
        self._problems: list[ProblemCounts] = []
        self._rankers: dict[str, int] = {}
        self.verdicts: Counter[Verdict] = Counter()
        self.errors: Counter[str] = Counter()
        self.rejections: Counter[str] = Counter()
        self.truncated = 0
        self.tokens = 0
        self.accepted = 0
        self.pairs = 0
        self.problems_accepted = 0
        self._verified = self._solved = 0
        self._selected = False
        self._unverified = array("d")
        self._classes = classes
        self._scorers: dict[tuple[str, str], Counter[Verdict]] = {}
        self._seconds: defaultdict[tuple[str, str], float] = defaultdict(float)

    def add(self, item: Group | Selection, first: int | None = None) -> None:
        """Count one group, or one selection (then also what was accepted and why not).

        Args:
            first: only samples below this index are in the estimates and curves. Give it where the verdicts
                decided how many samples there are: the first so many are the same for all problems.
        """
        if isinstance(item, Selection):
            self._add_selection(item)
            item = item.group
        verified = []
        seen: set[Verdict] = set()
        for candidate in item.candidates:
            verdict = candidate.verdict
            self.verdicts[verdict] += 1
            self.truncated += candidate.completion.finish_reason == "length"
            self.tokens += candidate.completion.tokens or 0
            self._add_scores(candidate)
            seen.add(verdict)
            told = verdict is Verdict.PASS or verdict is Verdict.FAIL
            if told and (first is None or candidate.completion.index < first):
                verified.append(candidate)
        self._verified += not seen.isdisjoint((Verdict.PASS, Verdict.FAIL))
        self._solved += Verdict.PASS in seen
        classes: Sequence[int | None] = [None] * len(verified)
        if self._classes is not None:
            classes = self._classes(item.problem, verified)
        self._problems.append(ProblemCounts.of(item.problem.id, verified, classes))

    @property
    def ranker(self) -> str:
        """The key of the last ranker in the stack, whose numbers the curves are about; empty without one."""
        judges = {
            name for (name, _), said in self._scorers.items() if said[Verdict.PASS] + said[Verdict.FAIL]
        }
        places = {name: place for name, place in self._rankers.items() if name not in judges}
        return max(places, key=lambda name: places[name], default="")

    @property
    def problems(self) -> list[ProblemCounts]:
        """What was counted of each problem. A candidate that the last ranker gave no number has none."""
        ranker = self.ranker
        return [p if p.ranker == ranker else replace(p, ranker=ranker) for p in self._problems]

    def extend(self, items: Iterable[Group | Selection]) -> Tally:
        """Add all; returns itself."""
        for item in items:
            self.add(item)
        return self

    def join(self, later: Tally) -> None:
        """Count what another tally counted of later problems."""
        self._problems += later._problems
        for name, place in later._rankers.items():
            self._rankers[name] = max(place, self._rankers.get(name, 0))
        self.verdicts.update(later.verdicts)
        self.errors.update(later.errors)
        self.rejections.update(later.rejections)
        self.truncated += later.truncated
        self.tokens += later.tokens
        self.accepted += later.accepted
        self.pairs += later.pairs
        self.problems_accepted += later.problems_accepted
        self._verified += later._verified
        self._solved += later._solved
        self._selected = self._selected or later._selected
        self._unverified.extend(later._unverified)
        for key, counts in later._scorers.items():
            self._scorers.setdefault(key, Counter()).update(counts)
            self._seconds[key] += later._seconds[key]

    def _add_selection(self, selection: Selection) -> None:
        self._selected = True
        self.accepted += len(selection.accepted)
        self.problems_accepted += bool(selection.accepted)
        self._unverified.extend(
            math.nan if (v := c.value) is None else v
            for c in selection.accepted
            if c.verdict is Verdict.ABSTAIN
        )
        self.pairs += len(selection.pairs)
        self.rejections.update(r.reason for r in selection.rejected)

    def _add_scores(self, candidate: Candidate) -> None:
        for place, score in enumerate(candidate.scores):
            if is_ranking(score):
                self._rankers[score.scorer] = max(place, self._rankers.get(score.scorer, 0))
            key = (score.scorer, score.version)
            counts = self._scorers.get(key)
            if counts is None:
                counts = self._scorers[key] = Counter()
            counts[score.verdict] += 1
            self._seconds[key] += score.seconds
            if score.verdict is Verdict.ERROR:
                self.errors[f"{score.scorer}: {error_type(score.reason)}"] += 1

    # ---- the summary --------------------------------------------------------------------------------

    def summary(
        self,
        ks: Sequence[int] | None = None,
        *,
        resamples: int = RESAMPLES,
        seed: int = 0,
        passes: Mapping[str, Floats] | None = None,
        method: str = "",
    ) -> RunSummary:
        """Everything that was counted; ``rankers``, ``rows`` and ``origin`` are left to the caller.

        Args:
            ks: at which k the curves are given; by default 1, 2, 4, ... and the largest n.
            resamples: of the bootstrap.
            seed: of the bootstrap and of the draws.
            passes: pass@1, pass@2 ... of problems, by id, where the samples in the tally are not all that is
                known; the others' are of the samples in the tally. The pass rate is then the mean of pass@1.
            method: how ``passes`` was computed.
        """
        problems = self.problems
        verified = [p for p in problems if p.n]
        completions = self.verdicts.total()
        passed, failed = self.verdicts[Verdict.PASS], self.verdicts[Verdict.FAIL]
        largest = max((p.n for p in verified), default=0)
        ks = [k for k in (ks or doubling(largest)) if 1 <= k <= largest]
        found = estimates(verified, seed)
        plain, rate = found["pass@k"], ratio(passed, passed + failed)
        if passes is not None:
            rows = zip(verified, plain.rows, strict=True)
            found["pass@k"] = Rows(method, [passes.get(p.problem_id, row) for p, row in rows])
            firsts = [float(row[0]) for row in found["pass@k"].rows]
            rate = round(math.fsum(firsts) / len(firsts), 6) if firsts else None
        return RunSummary(
            problems=len(problems),
            problems_verified=self._verified,
            problems_solved=self._solved,
            completions=completions,
            verdicts=_told(self.verdicts),
            left_out=completions - passed - failed,
            pass_rate=rate,
            truncated=self.truncated,
            tokens=self.tokens,
            errors=dict(self.errors.most_common(20)),
            scorers=self._scorer_counts(),
            selection=self._selection_counts() if self._selected else None,
            estimates={
                name: estimate(rows, ks, resamples=resamples, seed=seed) for name, rows in found.items()
            },
            curves=curves(
                problems,
                ks=plotted(largest),
                found=found,
                passes=plain.rows,
                resamples=resamples,
                seed=seed,
            ),
        )

    def _selection_counts(self) -> SelectionCounts:
        return SelectionCounts(
            accepted=self.accepted,
            acceptance=ratio(self.accepted, self.verdicts.total()),
            accepted_per_problem=ratio(self.accepted, len(self._problems)),
            problems_accepted=self.problems_accepted,
            rejected=dict(self.rejections.most_common()),
            pairs=self.pairs,
            unverified=len(self._unverified),
            expected_error=self._expected_error(),
        )

    def _expected_error(self) -> float | None:
        """The share of wrong ones to expect among the unverified; ``None`` if a value is no probability."""
        if self._unverified and all(0.0 <= v <= 1.0 for v in self._unverified):
            return round(expected_error(self._unverified), 6)
        return None

    def _scorer_counts(self) -> tuple[ScorerCounts, ...]:
        return tuple(
            ScorerCounts(
                scorer=name,
                version=version,
                verdicts=_told(counts),
                seconds=round(self._seconds[name, version], 3),
            )
            for (name, version), counts in sorted(self._scorers.items())
        )


def _told(counts: Counter[Verdict]) -> dict[Verdict, int]:
    """By verdict; ``unwanted`` only where there are some: most stacks have no scorer that says it."""
    return {v: counts[v] for v in Verdict if v is not Verdict.UNWANTED or counts[v]}


def ratio(part: int, whole: int) -> float | None:
    """part/whole rounded to six places; ``None`` of nothing."""
    return round(part / whole, 6) if whole else None


def error_type(reason: str) -> str:
    """An error's reason without what varies from one to the next: numbers, and what follows a colon."""
    head = reason.split(":", 1)[0].split("\n", 1)[0].strip()
    return re.sub(r"\d+(\.\d+)?", "#", head)[:60] or "unknown"
