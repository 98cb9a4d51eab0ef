r"""How far given points can move a person's risk and stay near the optimum.

With t = 1/m and the log odds v of the intercept, the loss of the log odds t z + v is convex in
(t, v), z being the totals. So what given points leave is a convex set, and the largest log odds
t z + v of a person in it are a concave problem of two variables: for each t the largest v is a
root, v(t), which is concave, with the slope -L_t / L_v.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from riskslim.search.multiplier_ranges import multipliers_within
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.odds import expit

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["log_odds_within"]

_BISECTIONS = 26
_NEWTON = 60
_WITHIN = 1e-13  # of the loss, as rounding leaves it
_EPS = float(np.finfo(np.float64).eps)


def log_odds_within(
    problem: RiskSLIMProblem,
    points: IntArray | FloatArray,
    multiplier: float,
    limit: float,
    rows: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Give the least and the greatest log odds of people by given points near the optimum.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Gives data, rules, and the range of the multiplier.
    points : ndarray of shape (d + 1,)
        The intercept, then the features' points.
    multiplier : float
        One at which they are within the limit.
    limit : float
        On the objective.
    rows : ndarray of shape (n, d)
        Features of the people.

    Returns
    -------
    low, high : ndarray of shape (n,)
        Over every multiplier, and every intercept where it is real; attained, to rounding.
    """
    least, greatest = multipliers_within(problem, points, multiplier, limit)
    if not problem.has_real_intercept:
        scores = points[0] + rows @ points[1:]
        ends = scores / least, scores / greatest
        return np.minimum(*ends), np.maximum(*ends)
    totals, place = np.unique(rows @ points[1:], return_inverse=True)
    data, cost = problem.data, math.fsum(problem.switch_cost[points[1:] != 0].tolist())
    own = data.totals(points[1:])
    times = 1.0 / greatest, 1.0 / least
    given = (points[0] + totals) / multiplier
    high = _Side(own, data.positive, data.negative, limit - cost).highest(totals, *times)
    # The least log odds are the greatest of the other class.
    low = -_Side(-own, data.negative, data.positive, limit - cost).highest(-totals, *times)
    low, high = np.minimum(low, given), np.maximum(high, given)
    return low[place], high[place]


class _Side:
    """The largest v at each t, and so the largest log odds."""

    def __init__(
        self, totals: FloatArray, positive: FloatArray, negative: FloatArray, limit: float
    ) -> None:
        self._z, cell = np.unique(totals, return_inverse=True)
        self._positive = np.bincount(cell, positive).astype(np.float64)
        self._negative = np.bincount(cell, negative).astype(np.float64)
        weight = float(self._positive.sum() + self._negative.sum())
        self._positive /= weight
        self._negative /= weight
        self._limit = limit
        share = float(self._negative.sum())
        # By Jensen the loss is at least share * softplus(t mean + v) over the negatives.
        self._mean = float(self._negative @ self._z) / share
        self._end = math.log(math.expm1(min(limit / share, 700.0)))

    def highest(self, totals: FloatArray, first: float, last: float) -> FloatArray:
        """Give the largest t z + v for each of some totals z, over t from first to last."""
        n = len(totals)
        low, high = np.full(n, first), np.full(n, last)
        best = np.full(n, -np.inf)
        start, slope, at = np.full(n, np.inf), np.zeros(n), low
        for t in (low, high):
            v, _ = self._root(t, start)
            best = np.maximum(best, t * totals + v)
        for _ in range(_BISECTIONS if first < last else 0):
            t = 0.5 * (low + high)
            # v is concave: its tangent lies above it.
            v, slope = self._root(t, start + slope * (t - at))
            start, at = np.where(np.isfinite(v), v, np.inf), t
            best = np.maximum(best, t * totals + v)
            rising = totals + slope > 0.0
            low, high = np.where(rising, t, low), np.where(rising, high, t)
        return best

    def _root(self, t: FloatArray, start: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the largest v with a loss within the limit, and its slope in t.

        From the right of the root Newton's method falls to it, as the loss is convex; from its left
        it jumps there. -inf where no v was seen within the limit.
        """
        far = self._end - t * self._mean
        v = np.where(np.isfinite(start), np.minimum(start, far), far)
        for _ in range(_NEWTON):
            odds = t[:, None] * self._z + v[:, None]
            losses = np.logaddexp(0.0, -odds) @ self._positive
            losses += np.logaddexp(0.0, odds) @ self._negative
            up = expit(odds) * self._negative
            down = expit(-odds) * self._positive
            by_v = (up - down).sum(axis=1)
            slopes = np.where(by_v > 0, by_v, 1.0)
            following = np.where(by_v > 0, v - (losses - self._limit) / slopes, far)
            if np.all(np.abs(following - v) <= 8 * _EPS * (1.0 + np.abs(v))):
                break
            v = np.minimum(following, far)
        slope = -((up - down) @ self._z) / slopes
        return np.where(losses <= self._limit + _WITHIN, v, -np.inf), slope
