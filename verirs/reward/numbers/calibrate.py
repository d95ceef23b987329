"""Turns a ranker's number into P(correct): Platt scaling or isotonic regression, cross-fitted by problem.

Fitting uses scikit-learn; applying needs numpy only, so a recorded calibration works anywhere. Cross-fitted
means: problems fall into folds by a hash of their id, and a problem's numbers are turned by the calibration
fitted on the other folds. So no candidate, labelled or not, is ever judged by a fit that saw its problem.

A calibration holds for candidates like those it was fitted on: the same policy, prompts and kind of problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from verirs.errors import ConfigError, nearest, need
from verirs.reward.labels import share
from verirs.stats.links import Floats, expit, logit

Method = Literal["platt", "isotonic"]
FOLDS = 5


class Calibration(Protocol):
    """A fitted, monotone map from a ranker's number to P(correct)."""

    def __call__(self, values: Floats) -> Floats:
        """P(correct) of each value; NaN stays NaN."""
        ...

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Platt:
    """P = 1 / (1 + exp(-(slope * value + intercept))); the slope is never negative."""

    slope: float
    intercept: float

    def __call__(self, values: Floats) -> Floats:
        return expit(self.slope * values + self.intercept)

    def to_json(self) -> dict[str, Any]:
        return {"method": "platt", "slope": self.slope, "intercept": self.intercept}


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Piecewise linear through (values, chances), constant beyond the ends; chances never fall."""

    values: tuple[float, ...]
    chances: tuple[float, ...]

    def __call__(self, values: Floats) -> Floats:
        out = np.interp(values, self.values, self.chances)
        return np.where(np.isnan(values), np.nan, out)

    def to_json(self) -> dict[str, Any]:
        return {"method": "isotonic", "values": list(self.values), "chances": list(self.chances)}


def from_json(row: Mapping[str, Any]) -> Calibration:
    """The calibration that ``to_json`` wrote."""
    if row["method"] == "platt":
        return Platt(float(row["slope"]), float(row["intercept"]))
    return Isotonic(tuple(map(float, row["values"])), tuple(map(float, row["chances"])))


def fit_platt(values: Floats, labels: Floats) -> Platt:
    """Platt's sigmoid with his smoothed targets (Platt 1999), so that it stays finite on separable data.

    A target is t = (n1 + 1) / (n1 + 2) for right and 1 / (n0 + 2) for wrong; each sample enters the logistic
    regression twice, as right with weight t and as wrong with weight 1 - t, which is the same likelihood.

    A ranker's number says "the higher the better", so a slope below zero is noise or a useless ranker: then
    all have the same chance. It would turn the ranker round, in some folds and not in others.
    """
    from sklearn.linear_model import LogisticRegression

    right, n = labels > 0.5, len(labels)
    target = np.where(right, (right.sum() + 1) / (right.sum() + 2), 1 / ((~right).sum() + 2))
    base = logit(np.array([target.mean()]))[0]
    centre, scale = float(values.mean()), float(values.std())
    if scale == 0.0:
        return Platt(0.0, float(base))
    scaled = ((values - centre) / scale)[:, None]
    model = LogisticRegression(C=1e8, solver="newton-cholesky", max_iter=1000)
    model.fit(
        np.concatenate([scaled, scaled]),
        np.repeat([1, 0], n),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    slope = float(model.coef_[0, 0]) / scale
    if slope <= 0.0:
        return Platt(0.0, float(base))
    return Platt(slope, float(model.intercept_[0]) - slope * centre)


def fit_isotonic(values: Floats, labels: Floats) -> Isotonic:
    """The best non-decreasing fit in squared error (pool adjacent violators).

    Chances are kept 1 / (n + 2) off 0 and 1: a finite sample never proves certainty, and a log-odds must
    stay finite.
    """
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(increasing=True, out_of_bounds="clip").fit(values, labels)
    edge = 1 / (len(labels) + 2)
    chances = np.clip(model.y_thresholds_, edge, 1 - edge)
    return Isotonic(tuple(map(float, model.X_thresholds_)), tuple(map(float, chances)))


FITS: Mapping[str, Callable[[Floats, Floats], Calibration]] = {"platt": fit_platt, "isotonic": fit_isotonic}


def fold_of(problem_id: str, folds: int = FOLDS) -> int:
    """Which fold a problem is in; it depends on the id alone."""
    return int(share(f"fold {problem_id}") * folds)


def cross_fit(
    values: Floats, labels: Floats, fold: NDArray[np.int64], *, method: str = "platt", folds: int = FOLDS
) -> tuple[Calibration, ...]:
    """One calibration a fold, each fitted on the labelled rows of all other folds.

    Args:
        values: shape ``(rows,)``, NaN where there is none.
        labels: 1, 0, or NaN, shape ``(rows,)``.
        fold: each row's fold, shape ``(rows,)``.

    Raises:
        MissingExtra: scikit-learn is not installed.
        ConfigError: an unknown method, or too few labelled rows to fit on.
    """
    need("sklearn", "rm", "calibration")
    if method not in FITS:
        raise ConfigError(f"unknown calibration {method!r}{nearest(method, FITS)} (known: {', '.join(FITS)})")
    usable = ~np.isnan(values) & ~np.isnan(labels)
    fits = []
    for k in range(folds):
        rows = usable & (fold != k)
        enough(labels[rows])
        fits.append(FITS[method](values[rows], labels[rows]))
    return tuple(fits)


def enough(labels: Floats) -> None:
    """Check that there are both right and wrong candidates to fit on.

    Raises:
        ConfigError: with what is missing, and the usual cause.
    """
    right, wrong = int((labels > 0.5).sum()), int((labels <= 0.5).sum())
    if right and wrong:
        return
    cause = (
        "; rankers saw only what the verifiers accepted: score the run with rank = 'all' first"
        if right
        else ""
    )
    raise ConfigError(
        f"calibration needs ranked candidates that verifiers called right and ones they called wrong, in "
        f"several problems; without one fold of problems there are {right} right and {wrong} wrong{cause}"
    )


def applied(calibrations: Sequence[Calibration], values: Floats, fold: NDArray[np.int64]) -> Floats:
    """Each value turned by its fold's calibration."""
    out = np.full(len(values), np.nan)
    for k, calibration in enumerate(calibrations):
        out[fold == k] = calibration(values[fold == k])
    return out
