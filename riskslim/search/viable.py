r"""Between which risks every score near the optimum judges a person, without listing the scores.

Let u > 0 weigh a person as one more row of the positive class, in units of the table's weight. A
score whose loss and cost are at most the limit c, and that gives the person a risk above r, has

    loss + cost + u softplus(-log odds) <= c + u softplus(-logit r),

so it is in the pool of *that* problem, which is one of the same kind with one row more, within the
difference of the right side and its optimum. Where r is nearly the largest risk that pool is small,
whatever the size of the level set. The best objective p of the problem bounds every risk too:
softplus(-log odds) >= (p - c) / u. The least risk is the largest one of the negative class.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskslim.errors import OptionError
from riskslim.search.near_optimal import check_pool_options, solve_pool
from riskslim.search.reach import log_odds_within
from riskslim.search.solution import Solution
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.odds import expit
from riskslim.solvers.result import SearchOptions

if TYPE_CHECKING:
    from riskslim.data import Dataset
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["ViableLogOdds", "viable_log_odds"]

_SLACK = 1e-12  # of objectives that two problems evaluate
_FACTORS = np.array([1.0, 2.0, 0.5])  # on the weight of a person, to choose among
_LOOKED_AT = 30
_WIDEST = 10  # times the limit, where the limit does not suffice for a person


@dataclass(frozen=True, eq=False)
class ViableLogOdds:
    """Least and greatest log odds of people over the scores near the optimum.

    Attributes
    ----------
    best : Solution
        The score that the limit is above of.
    limit : float
        On the objective.
    baseline, low, high : ndarray of shape (n,)
        Of the best score; the least and the greatest, attained.
    least, greatest : ndarray of shape (n,)
        What is proved: no score near the optimum has less, or more. Equal to `low` and `high`, but
        for rounding, where the search ended.
    exact : ndarray of bool, shape (n,)
        Where it did.
    """

    best: Solution
    limit: float
    baseline: FloatArray
    low: FloatArray
    high: FloatArray
    least: FloatArray
    greatest: FloatArray
    exact: BoolArray


def viable_log_odds(
    problem: RiskSLIMProblem,
    rows: FloatArray,
    tolerance: float,
    relative: bool = False,
    limit: int = 1000,
    options: SearchOptions | None = None,
) -> ViableLogOdds:
    """Search for the least and the greatest log odds of people near the optimum.

    Parameters
    ----------
    problem : RiskSLIMProblem
        As for a pool, and without limits on rates.
    rows : ndarray of shape (n, d)
        Features of the people; equal rows are looked at once.
    tolerance : float
        On the objective; where `relative`, as a share of the optimum.
    relative : bool
        Whether the tolerance is a share.
    limit : int
        At most so many scores are held at a time. Where the pool has no more, it is listed, which
        answers for everybody at once.
    options : SearchOptions, optional
        Limits for all of it, seed and threads.

    Returns
    -------
    ViableLogOdds

    Raises
    ------
    InfeasibleError
        If no score satisfies all constraints.
    OptionError
        A number is out of its range, or the search cannot state the problem.
    """
    begin = time.monotonic()
    tolerance, limit = check_pool_options(tolerance, limit)
    options = SearchOptions() if options is None else options
    if problem.statement.rates:
        raise OptionError(
            "viable ranges: limits on rates depend on the table, to which each person is added; "
            "drop them, or take the ranges of a pool"
        )
    pool = solve_pool(problem, tolerance, relative, limit, options)
    if not pool.solutions:
        raise OptionError("viable ranges: the limits ended the search before it found a score")
    best = pool.solutions[0]
    highest = best.objective + pool.tolerance
    distinct, place = np.unique(rows, axis=0, return_inverse=True)
    place = place.ravel()
    assert best.points is not None
    baseline = (best.points[0] + distinct @ best.points[1:]) / best.multiplier
    low, high = baseline.copy(), baseline.copy()
    for solution in pool.solutions:
        if _is_over(options, begin):
            break
        _widen(problem, solution, highest, distinct, low, high)
    else:
        if pool.complete:
            ends = (low[place], high[place])
            every = np.ones(len(rows), dtype=np.bool_)
            return ViableLogOdds(best, highest, baseline[place], *ends, *ends, every)
    one = _Search(problem, highest, best, limit, options, begin)
    greatest, is_top = one.ends(distinct, baseline, high, positive=True)
    least, is_bottom = one.ends(distinct, -baseline, -low, positive=False)
    return ViableLogOdds(
        best,
        highest,
        baseline[place],
        low=-least[0][place],
        high=greatest[0][place],
        least=-least[1][place],
        greatest=greatest[1][place],
        exact=(is_top & is_bottom)[place],
    )


def _widen(
    problem: RiskSLIMProblem,
    solution: Solution,
    highest: float,
    rows: FloatArray,
    low: FloatArray,
    high: FloatArray,
) -> None:
    assert solution.points is not None
    if solution.objective > highest:
        return
    least, most = log_odds_within(problem, solution.points, solution.multiplier, highest, rows)
    np.minimum(low, least, out=low)
    np.maximum(high, most, out=high)


def _is_over(options: SearchOptions, begin: float) -> bool:
    return time.monotonic() - begin >= options.time_limit or options.interrupted()


class _Search:
    """The search for the ends of one person after the other."""

    def __init__(
        self,
        problem: RiskSLIMProblem,
        highest: float,
        best: Solution,
        limit: int,
        options: SearchOptions,
        begin: float,
    ) -> None:
        self._problem, self._highest, self._best = problem, highest, best
        self._limit, self._options, self._begin = limit, options, begin

    def ends(
        self, rows: FloatArray, baseline: FloatArray, known: FloatArray, *, positive: bool
    ) -> tuple[tuple[FloatArray, FloatArray], BoolArray]:
        """Give attained and proved log odds of a class, and where they are the same."""
        reached, proved = known.copy(), np.full(len(rows), np.inf)
        exact = np.zeros(len(rows), dtype=np.bool_)
        for at, row in enumerate(rows):
            if self._is_over():
                break
            reached[at], proved[at], exact[at] = self._end(row, baseline[at], known[at], positive)
        return (reached, proved), exact

    def _is_over(self) -> bool:
        return _is_over(self._options, self._begin)

    def _end(
        self, row: FloatArray, baseline: float, known: float, positive: bool
    ) -> tuple[float, float, bool]:
        """Give the attained and the proved log odds of a person in a class."""
        reached, proved, limit = known, math.inf, self._limit
        share = self._share(known, baseline)
        while limit <= self._limit * _WIDEST:
            tried: list[tuple[float, float, RiskSLIMProblem, float, float]] = []
            for own in share * _FACTORS:
                if self._is_over():
                    return reached, max(proved, reached), False
                weighed, unit = _weighed(self._problem, row, own, positive)
                left = self._options.since(self._begin)
                solution = weighed.solve(left, engine="supports")
                bound = self._bound(solution.lower_bound * unit, own)
                reached = self._with(solution, row, reached, positive)
                tried.append((bound, own, weighed, unit, solution.lower_bound))
            proved, before = min(proved, *(one[0] for one in tried)), reached
            # The weight whose bound is the best leaves the least between bound and optimum.
            _, share, weighed, unit, bound = min(tried, key=lambda one: one[:2])
            # What is better has this objective at most, in the other problem's units.
            most = (self._highest + share * math.log1p(math.exp(-reached))) / unit
            tolerance = max(most - bound, 0.0) + _SLACK * (1.0 + most)
            left = self._options.since(self._begin)
            pool = solve_pool(weighed, tolerance, False, limit, left)
            # A part of them will do where there are more: another round follows.
            for one in pool.solutions if pool.complete else pool.solutions[:_LOOKED_AT]:
                most = (self._highest + share * math.log1p(math.exp(-reached))) / unit
                if one.objective > most + _SLACK * (1.0 + most):
                    break
                reached = self._with(one, row, reached, positive)
            if pool.complete:
                return reached, reached, True
            if reached <= before:
                limit *= _WIDEST
        return reached, max(proved, reached), False

    def _share(self, reached: float, baseline: float) -> float:
        """Choose the weight at which the ends of the level set are optimal, or nearly so.

        The loss is quadratic around the optimum, so that the log odds grow with the root of the
        tolerance: their slope at its end is half of their change over it.
        """
        change = max(reached - baseline, 1e-3)
        slack = max(self._highest - self._best.objective, 1e-9)
        return min(max(2.0 * slack / (change * float(expit(-reached))), 1e-9), 1e3)

    def _bound(self, objective: float, share: float) -> float:
        """Give the log odds that softplus(-log odds) >= (objective - highest) / share leaves."""
        floor = (objective - self._highest) / share
        return -math.log(math.expm1(floor)) if floor > 0 else math.inf

    def _with(self, solution: Solution, row: FloatArray, reached: float, positive: bool) -> float:
        """Give the log odds that a score's points reach near the optimum, if they do."""
        if solution.points is None:
            return reached
        points, multiplier = self._problem.best_scale(solution.points)
        objective = self._problem.objective(points, multiplier)
        if objective > self._highest:
            return reached
        low, high = log_odds_within(
            self._problem, points, multiplier, self._highest, row[np.newaxis]
        )
        return max(reached, float(high[0] if positive else -low[0]))


def _weighed(
    problem: RiskSLIMProblem, row: FloatArray, share: float, positive: bool
) -> tuple[RiskSLIMProblem, float]:
    """Give the problem with a person of a class added, and what one unit of its objective is."""
    data, own = problem.data, share * problem.data.total_weight
    at = np.flatnonzero((data.features == row).all(axis=1))
    changed = _with_weight(data, row, at, own, positive)
    unit = 1.0 + share
    costs = problem.coefficients.with_costs(problem.switch_cost / unit)
    return problem.changed(data=changed, coefficients=costs), unit


def _with_weight(
    data: Dataset, row: FloatArray, at: IntArray, own: float, positive: bool
) -> Dataset:
    features, weights = data.features, [data.positive.copy(), data.negative.copy()]
    counts = [data.positive_counts.copy(), data.negative_counts.copy()]
    if not len(at):
        features = np.vstack([features, row])
        weights = [np.append(one, 0.0) for one in weights]
        counts = [np.append(one, 0) for one in counts]
    place = int(at[0]) if len(at) else len(features) - 1
    weights[0 if positive else 1][place] += own
    counts[0 if positive else 1][place] += 1
    return data._replace(
        features=features,
        positive=weights[0],
        negative=weights[1],
        positive_counts=counts[0],
        negative_counts=counts[1],
        outcomes=None,
        teacher_share=0.0,
        is_integer=data.is_integer and bool(np.array_equal(row, np.rint(row))),
    )
