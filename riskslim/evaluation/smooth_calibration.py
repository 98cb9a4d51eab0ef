"""Calibration as a smooth curve: the observed risk as a spline of the predicted one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskslim.evaluation.estimates import quantiles_of, rows_of
from riskslim.evaluation.judged_people import JudgedPeople
from riskslim.scores.log_odds import log_odds
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    from sklearn.preprocessing import SplineTransformer

__all__ = ["SmoothCurve", "smooth_calibration"]

_RESAMPLES, _POINTS = 100, 60
# A spline of fewer distinct risks is no smooth curve.
_LEAST_RISKS = 5
# The curve ends where people do, this share of them left out at either end.
_TAIL = 0.01
_CURVES = 0.95


@dataclass(frozen=True, eq=False)
class SmoothCurve:
    """Observed risk by predicted one.

    Attributes
    ----------
    predicted, observed, low, high : ndarray of shape (m,)
        Ascending predicted risks; the curve there, and the band that holds 95 % of the curves of
        bootstrap samples at each.
    """

    predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray


def smooth_calibration(people: JudgedPeople, seed: int = 0) -> SmoothCurve | None:
    """Fit the outcome by a cubic spline of the log-odds, linear beyond its outer knots [1]_.

    The band is of a bootstrap of the people: those of one person are drawn together.

    Parameters
    ----------
    people : JudgedPeople
        Outcomes and predicted risks.
    seed : int
        Of the bootstrap.

    Returns
    -------
    SmoothCurve or None
        None with one class, or fewer than five distinct risks.

    References
    ----------
    .. [1] F. E. Harrell, "Regression Modeling Strategies", 2nd ed., Springer, 2015, sections 2.4
       and 10.11.
    """
    margins, place = np.unique(log_odds(people.risk), return_inverse=True)
    cell = 2 * place.ravel() + people.positive
    mass: FloatArray = np.bincount(cell, people.weight, 2 * len(margins)).astype(np.float64)
    if len(margins) < _LEAST_RISKS or min(mass[::2].sum(), mass[1::2].sum()) <= 0:
        return None
    repeats = rows_of(people.merged)
    repeats = np.ones(len(cell), dtype=np.int64) if repeats is None else repeats
    ends = quantiles_of(log_odds(people.risk), repeats, [_TAIL, 1 - _TAIL])
    if ends[0] == ends[1]:
        return None
    at = np.linspace(float(ends[0]), float(ends[1]), _POINTS)
    made = _splines(margins, mass)
    splines, grid = (made.transform(values[:, None]) for values in (margins, at))
    random = np.random.default_rng(seed)
    curves = []
    for weight in _resampled(people, random):
        drawn = np.bincount(cell, weight, len(mass)).astype(np.float64)
        if min(drawn[::2].sum(), drawn[1::2].sum()) > 0:
            curves.append(_fitted(splines, drawn, grid))
    if not curves:
        return None
    tail = (1 - _CURVES) / 2
    low, high = np.quantile(np.array(curves), [tail, 1 - tail], axis=0)
    predicted = 1 / (1 + np.exp(-at))
    return SmoothCurve(predicted, _fitted(splines, mass, grid), low, high)


def _resampled(people: JudgedPeople, random: np.random.Generator) -> Iterator[FloatArray]:
    """Give the weights of the rows in bootstrap samples of the people."""
    merged = people.merged
    if merged is not None:
        rows, weight = merged.rows, people.weight
        mean = weight / rows
        # A sum of weights is drawn with the mean and variance that theirs has, and is positive.
        varies = np.maximum((weight * merged.spread) ** 2 / rows - mean**2, 0.0)
        scale = np.where(varies > 1e-12 * mean**2, varies / mean, 0.0)
        for _ in range(_RESAMPLES):
            drawn = random.multinomial(int(rows.sum()), rows / rows.sum()) * mean
            spread = (scale > 0) & (drawn > 0)
            drawn[spread] = random.gamma(drawn[spread] / scale[spread], scale[spread])
            yield drawn
        return
    everyone = np.arange(len(people.risk)) if people.cluster is None else people.cluster
    cluster = np.unique(everyone, return_inverse=True)[1].ravel()
    persons = int(cluster.max()) + 1
    for _ in range(_RESAMPLES):
        times = np.bincount(random.integers(0, persons, persons), minlength=persons)[cluster]
        yield people.weight * times


def _splines(margins: FloatArray, mass: FloatArray) -> SplineTransformer:
    """Splines with knots where people are."""
    from sklearn.preprocessing import SplineTransformer

    whole = mass[::2] + mass[1::2]
    share = (np.cumsum(whole) - whole / 2) / whole.sum()
    knots = np.unique(np.interp([0.05, 0.35, 0.65, 0.95], share, margins))
    splines = SplineTransformer(degree=3, knots=knots[:, None], extrapolation="linear")
    splines.fit(margins[:, None])
    return splines


def _fitted(splines: FloatArray, mass: FloatArray, grid: FloatArray) -> FloatArray:
    """Fit the masses of negatives and positives at each margin; give risks on the grid."""
    from sklearn.linear_model import LogisticRegression

    kept = mass > 0
    outcome = np.arange(len(mass)) % 2
    model = LogisticRegression(C=1e2, solver="newton-cholesky")
    model.fit(np.repeat(splines, 2, axis=0)[kept], outcome[kept], sample_weight=mass[kept])
    found: FloatArray = model.predict_proba(grid)[:, 1]
    return found
