"""The best multiplier and intercept of given points that keep a total on one side of a risk.

Of a score with points a, multiplier m and intercept b the log odds of a total z are t z + v with
t = 1/m and v = b/m. "The total r has at most the log odds L" is t r + v <= L, linear in (t, v), in
which the loss is convex. So where the best line breaks it, the best one that keeps it has t r + v =
L: the loss is then a convex function of t alone. An integer intercept ties v to t, and the limit is
an end of the range of t.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from riskslim.problems.multiplier import ProfiledLoss, best_multiplier
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["HeldLine", "held_line"]

_HALVINGS = 200
_MULTIPLES = 1000
_INSIDE = 1e-13  # of the multiplier, so that rounding takes no total across


class HeldLine(NamedTuple):
    """Points with a multiplier and an intercept.

    Attributes
    ----------
    bound : float
        No multiplier and intercept of the points, or of a multiple, that keep the total on its
        side and are within the given multipliers have a smaller objective.
    objective : float
        Of the best ones.
    multiplier : float
        Within the problem's range, where there are points.
    points : ndarray of shape (d + 1,) or None
        The intercept, then the features' points: the given ones, or a multiple of them. None where
        the rules allow no multiple that goes with such a multiplier.
    """

    bound: float
    objective: float
    multiplier: float
    points: FloatArray | None


def held_line(
    problem: RiskSLIMProblem,
    points: IntArray | FloatArray,
    multipliers: tuple[float, float],
    total: float,
    log_odds: float,
    wanted: str,
) -> HeldLine | None:
    """Find the best multiplier and intercept at which a total has low, or high, enough log odds.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Whose loss, rules and range of multipliers count.
    points : ndarray of shape (d + 1,)
        The intercept, then the features' points; at their best multiplier and intercept the
        total is on the wrong side.
    multipliers : tuple of float
        Least and greatest multiplier to look at, for these points.
    total : float
        Without the intercept.
    log_odds : float
        What it may have at most, or at least.
    wanted : {"low", "high"}
        Which.

    Returns
    -------
    HeldLine or None
        None where no multiplier among these does it.
    """
    least, most = 1.0 / multipliers[1], 1.0 / multipliers[0]
    data = problem.data
    totals = data.totals(points[1:])
    if problem.has_real_intercept:
        t, slack = _on_line(
            ProfiledLoss(totals, data.positive, data.negative), total, log_odds, least, most
        )
        x = np.append(log_odds / t - total, points[1:])
    else:
        found = _ends(float(points[0]) + total, log_odds, wanted, least, most)
        if found is None:
            return None
        x, slack = points.astype(np.float64), 0.0
        weights = data.positive, data.negative
        t = 1.0 / best_multiplier(problem.scores(x), *weights, (1.0 / found[1], 1.0 / found[0]))
    objective = problem.objective(x, 1.0 / t)
    multiple = _allowed(problem, x, 1.0 / t)
    own = None if multiple is None else multiple * x
    return HeldLine(objective - slack, objective, (multiple or 1.0) / t, own)


def _on_line(
    loss: ProfiledLoss, total: float, log_odds: float, least: float, most: float
) -> tuple[float, float]:
    """Give the best t of the lines through a point, and how much less another one could have."""
    low, high = least, most
    for _ in range(_HALVINGS):
        t = 0.5 * (low + high)
        if loss.slope_through(t, total, log_odds) > 0.0:
            high = t
        else:
            low = t
        if high - low <= 4.0 * np.spacing(high):
            break
    t = min((low, high), key=lambda own: abs(loss.slope_through(own, total, log_odds)))
    slope = loss.slope_through(t, total, log_odds)
    # A convex function lies above its tangent.
    reach = t - least if slope > 0.0 else most - t
    return t, abs(slope) * reach


def _ends(
    margin: float, log_odds: float, wanted: str, least: float, most: float
) -> tuple[float, float] | None:
    """Give the range of t in which t times a margin is at most, or at least, the log odds."""
    if wanted == "high":
        margin, log_odds = -margin, -log_odds
    if margin > 0.0:
        most = min(most, log_odds / margin * (1.0 - math.copysign(_INSIDE, log_odds)))
    elif margin < 0.0:
        least = max(least, log_odds / margin * (1.0 + _INSIDE))
    elif log_odds < 0.0:
        return None
    return (least, most) if 0.0 < least <= most else None


def _allowed(problem: RiskSLIMProblem, x: FloatArray, multiplier: float) -> float | None:
    """Give the least multiple of points that the rules allow with as large a multiplier."""
    low, high = problem.scale_range
    whole = np.rint(x[1:] if problem.has_real_intercept else x).astype(np.int64)
    divisor = max(int(np.gcd.reduce(whole)), 1)
    own = multiplier / divisor
    near = 1e-12  # an end of the range is within it
    first = max(math.ceil(low / own * (1.0 - near)), 1)
    for c in range(first, min(math.floor(high / own * (1.0 + near)), first + _MULTIPLES) + 1):
        points = np.rint(x / divisor * c).astype(np.int64)
        if problem.has_real_intercept:
            points[0] = 0
        if _is_beyond(problem, points):
            return None
        if not problem.violations(points):
            return c / divisor
    return None


def _is_beyond(problem: RiskSLIMProblem, points: IntArray) -> bool:
    """Whether points leave their bounds, as every larger multiple does."""
    given = problem.coefficients
    above = points[1:] > np.maximum(given.upper, 0)
    return bool(np.any(above | (points[1:] < np.minimum(given.lower, 0))))
