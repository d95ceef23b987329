"""Several rankers as one P(correct): calibrated each, added as weighted log-odds, weights fitted or given.

    log-odds = bias + sum over rankers of weight * logit(P_ranker(correct))

Works on the recorded numbers alone: changing a blend and selecting again touches no model and no text.
Applied to a group it appends one score named ``blend`` to each candidate, whose details hold every part
that went in. A candidate that one of the rankers has no number for gets none: half a blend is not comparable
with a whole.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verirs.errors import ConfigError, nearest
from verirs.reward import BLEND
from verirs.reward.numbers import calibrate
from verirs.reward.numbers.calibrate import Calibration, applied, cross_fit, fold_of
from verirs.reward.numbers.table import Floats, Table, read
from verirs.stats.links import expit, logit
from verirs.types import Candidate, Group, Score, Verdict

EDGE = 1e-9
CHUNK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend:
    """A fitted blend; everything in it is cross-fitted, so each part has one entry a fold.

    Args:
        rankers: names of the scorers that go in.
        versions: the version of each that it was fitted on; numbers of another version are refused.
        method: how the rankers were calibrated.
        fitted: whether the weights were fitted, or given.
        calibrations: folds x rankers.
        weights: folds x rankers; the same in every fold where they were given.
        bias: one a fold.
    """

    rankers: tuple[str, ...]
    versions: tuple[str, ...]
    method: str
    fitted: bool
    calibrations: tuple[tuple[Calibration, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]

    @property
    def version(self) -> str:
        """Changes whenever the blend decides anything differently."""
        return "1+" + hashlib.sha256(self.to_text().encode()).hexdigest()[:8]

    def to_text(self) -> str:
        """The blend as JSON."""
        row = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        row["calibrations"] = [[c.to_json() for c in fold] for fold in self.calibrations]
        return json.dumps(row, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Blend:
        """The blend that :meth:`to_text` wrote."""
        row = json.loads(text)
        return cls(
            rankers=tuple(row["rankers"]),
            versions=tuple(row["versions"]),
            method=row["method"],
            fitted=row["fitted"],
            calibrations=tuple(tuple(map(calibrate.from_json, fold)) for fold in row["calibrations"]),
            weights=tuple(tuple(fold) for fold in row["weights"]),
            bias=tuple(row["bias"]),
        )

    def chances(self, values: Floats, fold: NDArray[np.int64]) -> Floats:
        """Each ranker's P(correct) by its own calibration; shape of ``values``, rows x rankers."""
        columns = [
            applied([c[r] for c in self.calibrations], values[:, r], fold) for r in range(len(self.rankers))
        ]
        return np.stack(columns, axis=1)

    def log_odds(self, chances: Floats, fold: NDArray[np.int64]) -> Floats:
        """The blend's log-odds of being right; NaN where any part is missing."""
        weights, bias = np.array(self.weights)[fold], np.array(self.bias)[fold]
        return np.asarray(bias + (weights * _odds(chances)).sum(axis=1), dtype=np.float64)

    def apply(self, groups: Iterable[Group]) -> Iterator[Group]:
        """The groups with the blend's score last on each candidate, in place of an older blend's.

        Raises:
            ConfigError: a ranker's numbers are of another version than the blend was fitted on.
        """
        version = self.version
        groups = iter(groups)
        while chunk := list(itertools.islice(groups, CHUNK)):
            found = [self._values(c) for g in chunk for c in g.candidates]
            values = np.array(found, dtype=np.float64).reshape(len(found), len(self.rankers))
            folds = [[fold_of(g.problem.id, len(self.bias))] * len(g.candidates) for g in chunk]
            fold = np.array(list(itertools.chain(*folds)), dtype=np.int64)
            chances = self.chances(values, fold)
            odds = self.log_odds(chances, fold)
            columns = (fold, values, chances, odds, expit(odds))
            rows = zip(*(column.tolist() for column in columns), strict=True)
            for group in chunk:
                candidates = tuple(self._scored(c, version, *next(rows)) for c in group.candidates)
                yield dataclasses.replace(group, candidates=candidates)

    def _values(self, candidate: Candidate) -> list[float]:
        found = {s.scorer: s for s in candidate.scores if s.value is not None and s.verdict == "abstain"}
        out = []
        for name, version in zip(self.rankers, self.versions, strict=True):
            score = found.get(name)
            if score is not None and score.version != version:
                raise ConfigError(
                    f"the blend was fitted on {name} {version}, but this run was scored with "
                    f"{score.version}; fit the blend again"
                )
            out.append(float("nan") if score is None or score.value is None else score.value)
        return out

    def _scored(
        self,
        candidate: Candidate,
        version: str,
        fold: int,
        values: list[float],
        chances: list[float],
        odds: float,
        total: float,
    ) -> Candidate:
        scores = tuple(s for s in candidate.scores if s.scorer != BLEND)
        if total != total:
            return dataclasses.replace(candidate, scores=scores)
        parts = {
            name: {"value": value, "p": p, "weight": weight}
            for name, value, p, weight in zip(self.rankers, values, chances, self.weights[fold], strict=True)
        }
        score = Score(
            scorer=BLEND,
            version=version,
            verdict=Verdict.ABSTAIN,
            value=total,
            details={"log_odds": odds, "bias": self.bias[fold], "parts": parts},
        )
        return dataclasses.replace(candidate, scores=(*scores, score))


def fit_blend(
    groups: Iterable[Group] | Table,
    *,
    rankers: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
    method: str = "platt",
    folds: int = calibrate.FOLDS,
) -> Blend:
    """Fit a blend on verifier-labelled candidates.

    Args:
        groups: candidates with recorded rankers' numbers and verifiers' verdicts.
        rankers: which to blend; ``None`` is those ``weights`` names, or else all there are.
        weights: of the rankers' log-odds; ``None`` fits them, by logistic regression, for each fold on the
            problems outside it. A single ranker has weight 1.
        method: ``platt`` or ``isotonic``.
        folds: how many parts the problems fall into.

    Raises:
        ConfigError: unknown rankers, numbers of several versions, or too few labels.
    """
    if weights is not None:
        rankers = list(rankers or weights)
        if missing := [n for n in weights if n not in rankers] + [n for n in rankers if n not in weights]:
            raise ConfigError(f"weights and rankers differ in {', '.join(missing)}")
    table = groups if isinstance(groups, Table) else read(groups, rankers)
    names = tuple(rankers or table.rankers)
    if unknown := [n for n in names if n not in table.rankers]:
        raise ConfigError(f"no ranker {unknown[0]!r}{nearest(unknown[0], table.rankers)}")
    found = {n: table.versions[table.rankers.index(n)] for n in names}
    if mixed := [f"{n} ({', '.join(v)})" for n, v in found.items() if len(v) > 1]:
        raise ConfigError(f"numbers of several versions cannot be calibrated together: {'; '.join(mixed)}")
    if folds < 2:
        raise ConfigError(f"folds is {folds}; cross-fitting needs at least 2")
    fold = folds_of(table, folds)
    fits = [cross_fit(table.column(n), table.label, fold, method=method, folds=folds) for n in names]
    calibrations = tuple(zip(*fits, strict=True))
    if weights is not None or len(names) == 1:
        given = tuple(1.0 if weights is None else float(weights[n]) for n in names)
        every, bias = (given,) * folds, (0.0,) * folds
    else:
        columns = np.stack([table.column(n) for n in names], axis=1)
        every, bias = _fit_weights(columns, table.label, fold, calibrations)
    return Blend(
        rankers=names,
        versions=tuple(v[0] for v in found.values()),
        method=method,
        fitted=weights is None and len(names) > 1,
        calibrations=calibrations,
        weights=every,
        bias=bias,
    )


def _fit_weights(
    values: Floats,
    labels: Floats,
    fold: NDArray[np.int64],
    calibrations: Sequence[Sequence[Calibration]],
) -> tuple[tuple[tuple[float, ...], ...], tuple[float, ...]]:
    """For each fold, weights and bias fitted with that fold's own calibrations on the rows outside it.

    Using the other folds' calibrations for those rows would be the usual stacking, but they saw this fold.
    """
    usable = ~np.isnan(values).any(axis=1) & ~np.isnan(labels)
    weights, bias = [], []
    for k, own in enumerate(calibrations):
        rows = usable & (fold != k)
        calibrate.enough(labels[rows])
        odds = _odds(np.stack([c(values[rows, r]) for r, c in enumerate(own)], axis=1))
        found, offset = _regression(odds, labels[rows] > 0.5)
        weights.append(tuple(map(float, found)))
        bias.append(offset)
    return tuple(weights), tuple(bias)


def _regression(odds: Floats, right: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Weights and bias of a logistic regression whose weights are not negative.

    A ranker that would get a negative one is left out and the others are fitted again: the higher its number
    the better, so a blend that turns it round follows the noise of its fold.
    """
    from sklearn.linear_model import LogisticRegression

    kept = np.arange(odds.shape[1])
    while True:
        # a unit Gaussian prior on the weights: nothing against thousands of labels, a brake on a few
        columns = odds[:, kept] if len(kept) else np.zeros((len(odds), 1))
        model = LogisticRegression(C=1.0, solver="newton-cholesky", max_iter=1000).fit(columns, right)
        if not len(kept) or (model.coef_[0] >= 0).all():
            break
        kept = np.delete(kept, int(np.argmin(model.coef_[0])))
    weights = np.zeros(odds.shape[1])
    weights[kept] = model.coef_[0][: len(kept)]
    return weights, float(model.intercept_[0])


def folds_of(table: Table, folds: int) -> NDArray[np.int64]:
    """Each row's fold."""
    of_problem = np.array([fold_of(p, folds) for p in table.problems], dtype=np.int64)
    return np.asarray(of_problem[table.problem], dtype=np.int64)


def _odds(chances: Floats) -> Floats:
    return logit(np.clip(chances, EDGE, 1 - EDGE))
