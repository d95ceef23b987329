"""The recorded numbers of a run as arrays: a row a candidate, a column a ranker, labels from the verifiers.

Everything a calibration, a blend or a report needs; no text and no model.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verirs.errors import ConfigError, nearest
from verirs.reward import BLEND
from verirs.reward.labels import LABELS
from verirs.stats.answers import votes
from verirs.types import Candidate, Group, Verdict, is_ranking

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """Args:
    rankers: the columns' names.
    versions: each ranker's versions found, in order of first sight.
    problems: problem ids, in order of first sight.
    problem: for each row the index of its problem; shape ``(rows,)``.
    index: for each row the sample index; shape ``(rows,)``.
    label: 1 verified right, 0 verified wrong, NaN neither; shape ``(rows,)``.
    values: raw numbers, NaN where a ranker has none; shape ``(rows, rankers)``.
    answers: for each row the class of its answer within its problem, -1 without one; shape ``(rows,)``.
    truncated: for each ranker, texts it read with their middle cut.
    errors: for each ranker, texts it gave an error on.
    """

    rankers: tuple[str, ...]
    versions: tuple[tuple[str, ...], ...]
    problems: tuple[str, ...]
    problem: NDArray[np.int64]
    index: NDArray[np.int64]
    label: Floats
    values: Floats
    answers: NDArray[np.int64]
    truncated: tuple[int, ...]
    errors: tuple[int, ...]

    def column(self, ranker: str) -> Floats:
        """One ranker's numbers."""
        return self.values[:, self.rankers.index(ranker)]

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Which rows a verifier called right or wrong."""
        return ~np.isnan(self.label)


def rankings(candidate: Candidate) -> dict[str, float]:
    """A candidate's recorded numbers by ranker; the blend's own is none of them."""
    return {
        s.scorer: float(s.value)
        for s in candidate.scores
        if s.value is not None and math.isfinite(s.value) and is_ranking(s) and s.scorer != BLEND
    }


def read(groups: Iterable[Group], rankers: Sequence[str] | None = None) -> Table:
    """Collect the numbers of all groups.

    Args:
        groups: a run's groups; a problem that comes twice (two runs) is one problem.
        rankers: which to read, in this order; ``None`` is all there are, by name.

    Raises:
        ConfigError: a ranker nobody was scored with, or none at all.
    """
    nan = float("nan")
    ids: dict[str, int] = {}
    rows: list[tuple[int, int, float, int]] = []
    numbers: list[dict[str, float]] = []
    doubtful: list[tuple[int, Candidate]] = []
    versions: dict[str, dict[str, None]] = {}
    judges: set[str] = set()
    cut: dict[str, int] = {}
    broken: dict[str, int] = {}
    for group in groups:
        problem = ids.setdefault(group.problem.id, len(ids))
        same = votes(group.problem, group.candidates)
        for candidate, kind in zip(group.candidates, same, strict=True):
            label = LABELS.get(candidate.verdict)
            if candidate.verdict is Verdict.ERROR:
                doubtful.append((len(rows), candidate))
            at = candidate.completion.index
            rows.append((problem, at, nan if label is None else label, -1 if kind is None else kind))
            numbers.append(rankings(candidate))
            for score in candidate.scores:
                if score.verdict in LABELS:
                    judges.add(score.scorer)
                if score.scorer in numbers[-1]:
                    versions.setdefault(score.scorer, {}).setdefault(score.version)
                    cut[score.scorer] = cut.get(score.scorer, 0) + bool(score.details.get("truncated"))
                else:
                    broken[score.scorer] = broken.get(score.scorer, 0) + (score.verdict == "error")
    for name in judges:  # a gate that abstained beside a number is no ranker
        versions.pop(name, None)
    known = sorted(versions)
    unknown = [name for name in rankers or () if name not in versions]
    if unknown:
        hints = "; ".join(f"no candidate has a number from {n!r}{nearest(n, known)}" for n in unknown)
        raise ConfigError(f"{hints} (rankers found: {', '.join(known) or 'none'})")
    if not known:
        raise ConfigError("no candidate has a ranker's number; score the run with a reward model first")
    for row, candidate in doubtful:
        # a ranker that broke is no reason to forget what the gates said: only right ones would go
        gates = tuple(s for s in candidate.scores if s.scorer not in versions)
        label = LABELS.get(dataclasses.replace(candidate, scores=gates).verdict)
        rows[row] = (*rows[row][:2], nan if label is None else label, rows[row][3])
    names = tuple(rankers or known)
    return Table(
        rankers=names,
        versions=tuple(tuple(versions[n]) for n in names),
        problems=tuple(ids),
        problem=np.array([r[0] for r in rows], dtype=np.int64),
        index=np.array([r[1] for r in rows], dtype=np.int64),
        label=np.array([r[2] for r in rows], dtype=np.float64),
        values=np.array([[row.get(n, nan) for n in names] for row in numbers], dtype=np.float64),
        answers=np.array([r[3] for r in rows], dtype=np.int64),
        truncated=tuple(cut.get(n, 0) for n in names),
        errors=tuple(broken.get(n, 0) for n in names),
    )


def by_problem(table: Table, rows: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Row numbers of each problem that has any of ``rows``, in order of problem."""
    chosen = np.flatnonzero(rows)
    order = chosen[np.argsort(table.problem[chosen], kind="stable")]
    if len(order):
        yield from np.split(order, np.flatnonzero(np.diff(table.problem[order])) + 1)
