"""Which multipliers keep given points within a limit on the objective."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from riskslim.problems.loss import LogisticLoss
from riskslim.problems.multiplier import ProfiledLoss
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["multipliers_within"]

_WIDER = 1e-8
_INSIDE = 1e-12  # an end is moved so far toward the best multiplier that rounding cannot matter


def multipliers_within(
    problem: RiskSLIMProblem, given: IntArray | FloatArray, multiplier: float, limit: float
) -> tuple[float, float]:
    r"""Least and greatest multiplier at which points stay within a limit on the objective.

    With t = 1/m the loss of the scores t s_i is convex in t, so what is within the limit is an
    interval around the best t. Points that are c times as large are the same score at c t: their
    multipliers reach from c / most to c / least, and count as far as these larger (or smaller)
    points obey all rules. A real intercept follows to its best at each.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Gives data, rules and the range of the multiplier.
    given : ndarray of shape (d + 1,)
        The intercept, then the features' points.
    multiplier : float
        One at which they are within the limit.
    limit : float
        On the objective.

    Returns
    -------
    least, greatest : float
        For these points: beyond the range of the multiplier where other multiples reach further.
    """
    low, high = problem.scale_range
    points = given.astype(np.int64)
    if problem.has_real_intercept:
        points[0] = 0
    if low == high or not points.any():
        return multiplier, multiplier
    loss = _loss_of_scale(problem, points.astype(np.float64))
    most_loss = limit - math.fsum(problem.switch_cost[points[1:] != 0].tolist())
    best = 1.0 / multiplier
    divisor = int(np.gcd.reduce(points))
    factors = _factors(problem, points // divisor, divisor)
    least, greatest = factors[0] / (divisor * high), factors[-1] / (divisor * low)
    first = _end(loss, most_loss, best, least)
    last = _end(loss, most_loss, best, greatest)
    allowed = [divisor]  # these points themselves obey all rules
    for c in _near(factors, math.ceil(first * divisor * low), upward=True):
        if c >= divisor or _obeys(problem, points // divisor * c):
            allowed.append(c)
            break
    for c in _near(factors, math.floor(last * divisor * high), upward=False):
        if c <= divisor or _obeys(problem, points // divisor * c):
            allowed.append(c)
            break
    smallest, largest = min(allowed), max(allowed)
    first = max(first, smallest / (divisor * high))
    last = min(last, largest / (divisor * low))
    return min(1.0 / last, multiplier), max(1.0 / first, multiplier)


def _near(factors: range, start: int, *, upward: bool) -> Iterable[int]:
    start = min(max(start, factors[0]), factors[-1])
    return range(start, factors[-1] + 1) if upward else range(start, factors[0] - 1, -1)


def _obeys(problem: RiskSLIMProblem, points: IntArray) -> bool:
    return not problem.violations(points)


def _factors(problem: RiskSLIMProblem, coprime: IntArray, divisor: int) -> range:
    """Give the multiples that the rows over points leave, up to the largest within the bounds."""
    most, statement = _largest_factor(problem, coprime, divisor), problem.statement.plain
    own, d = 2 * len(coprime) - 1, len(coprime) - 1
    matrix = statement.matrix
    moved = matrix[:, : d + 1] @ coprime
    still = matrix[:, d + 1 : own] @ (coprime[1:] != 0)
    rows = (moved != 0) & (np.diff(matrix[:, own:].tocsr().indptr) == 0)
    # Wider than the rounding with which rows are checked: what is left is checked one by one.
    extent = np.maximum(np.abs(statement.lower), np.abs(statement.upper))[:own]
    slack = _WIDER * (1.0 + abs(matrix[:, :own]) @ extent)
    lower = statement.row_lower - slack - _WIDER * np.abs(statement.row_lower)
    upper = statement.row_upper + slack + _WIDER * np.abs(statement.row_upper)
    sides = [(side[rows] - still[rows]) / moved[rows] for side in (lower, upper)]
    low, high = np.minimum(*sides), np.maximum(*sides)
    first = math.ceil(np.clip(low.max(initial=1.0), 1.0, divisor))
    return range(first, math.floor(np.clip(high.min(initial=most), divisor, most)) + 1)


def _largest_factor(problem: RiskSLIMProblem, coprime: IntArray, divisor: int) -> int:
    """Give the largest multiple that the bounds of points and a given intercept leave."""
    given = problem.coefficients
    low = -math.inf if given.intercept_lower is None else given.intercept_lower
    high = math.inf if given.intercept_upper is None else given.intercept_upper
    bounds = zip(coprime.tolist(), (low, *given.lower), (high, *given.upper), strict=True)
    reach = [(most if value > 0 else least) / value for value, least, most in bounds if value]
    # An intercept alone may be as large as any: beyond this its risks are 0 or 1.
    return max(divisor, int(min(*reach, 1e3 * max(problem.scale_range[1], divisor), math.inf)))


def _loss_of_scale(problem: RiskSLIMProblem, points: FloatArray) -> Callable[[float], float]:
    """Give the loss as a function of t; people of equal scores count as one."""
    data = problem.data
    if problem.has_real_intercept:
        return ProfiledLoss(data.totals(points[1:]), data.positive, data.negative).mean
    scores, which = np.unique(problem.scores(points), return_inverse=True)
    positive, negative = (
        np.bincount(which, weight, len(scores)).astype(np.float64)
        for weight in (data.positive, data.negative)
    )
    weighed = LogisticLoss(np.zeros((len(scores), 0)), positive, negative)
    return lambda t: weighed.value_from_scores(t * scores)


def _end(loss: Callable[[float], float], limit: float, inside: float, end: float) -> float:
    """Give the scale between one within the limit and an end where the loss leaves it."""
    from scipy.optimize import brentq

    # Asked again, a loss may differ by its rounding, and its sign at an end with it.
    ends = math.log(inside), math.log(end)
    known = {ends[0]: loss(inside) - limit, ends[1]: loss(end) - limit}
    if known[ends[1]] <= 0.0 or known[ends[0]] >= 0.0:
        return end if known[ends[1]] <= 0.0 else inside
    root = math.exp(
        brentq(lambda x: known[x] if x in known else loss(math.exp(x)) - limit, *ends, xtol=1e-13)
    )
    return root + (inside - root) * _INSIDE
