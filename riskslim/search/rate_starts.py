"""A first score that obeys limits on rates: coordinate descent with the intercept in the open."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from riskslim.constraints import RateSums
from riskslim.problems.checking import broken_rows
from riskslim.problems.statement import Statement
from riskslim.search.lattice import prediction_sums
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.odds import expit
from riskslim.solvers.result import SearchOptions

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["allowed_start"]

_SECONDS = 5.0
_NEWTON = 8
_MANY = 200  # values of a feature's points, beyond which not all are tried

# Violation, objective and points.
_Move = tuple[float, float, FloatArray]


def allowed_start(
    problem: RiskSLIMProblem,
    statement: Statement,
    start: FloatArray,
    multiplier: float,
    options: SearchOptions,
) -> FloatArray | None:
    """Move a good score to one that obeys the limits on rates.

    One feature's points change at a time, and the intercept with them: it decides how many are
    predicted yes, and all of its values are tried at once, since each row turns to "yes" at
    one of them: between two such turns the limits are all alike. Fewer violations come first,
    then a smaller objective.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Gives rows and penalties.
    statement : Statement
        With limits on rates.
    start : ndarray of shape (d + 1,)
        Points that obey all else.
    multiplier : float
        By which scores are divided; it stays.
    options : SearchOptions
        Limit of time, of which this takes 5 seconds at most, and interrupt.

    Returns
    -------
    ndarray of shape (d + 1,) or None
        None where no such score was found.
    """
    descent = _Descent(problem, statement, multiplier)
    best = descent.with_best_intercept(start)
    end = time.monotonic() + min(_SECONDS, options.time_limit)

    def is_over() -> bool:
        return time.monotonic() > end or options.interrupted()

    while not is_over():
        better = sorted(descent.better_than(best, is_over), key=lambda move: move[:2])
        found = next((move for move in better if descent.rows_hold(move[2])), None)
        if found is None:
            break
        best = found
    point = best[2]
    return point if best[0] <= 0.0 and descent.rows_hold(point) else None


class _Descent:
    def __init__(self, problem: RiskSLIMProblem, statement: Statement, multiplier: float) -> None:
        self.data, self.cost = problem.data, problem.switch_cost
        self.statement, sums = statement.without(RateSums), prediction_sums(statement)
        assert sums is not None
        self.sums = sums
        self.multiplier = multiplier
        self.low, self.high = (
            int(ends[0]) for ends in (self.statement.lower, self.statement.upper)
        )

    def better_than(self, best: _Move, is_over: Callable[[], bool]) -> Iterator[_Move]:
        """Yield moves of one feature that violate the limits less, or lower the objective."""
        for j in range(1, len(best[2])):
            for value in self.values(j, best[2][j]):
                if is_over():
                    return
                moved = best[2].copy()
                moved[j] = value
                move = self.with_best_intercept(moved)
                if move[:2] < best[:2]:
                    yield move

    def values(self, j: int, now: float) -> FloatArray:
        """Other points that a feature may have: all where these are few, else at doubling steps."""
        step = 1 if self.statement.step is None else int(self.statement.step[j - 1])
        low = math.ceil(self.statement.lower[j] / step) * step
        high = math.floor(self.statement.upper[j] / step) * step
        if high - low <= _MANY * step:
            values = np.arange(low, high + 1.0, step)
        else:
            far = step * 2.0 ** np.arange(math.log2((high - low) / step))
            values = np.concatenate([now - far, now + far])
        return np.asarray(values[(values >= low) & (values <= high) & (values != now)])

    def rows_hold(self, points: FloatArray) -> bool:
        """Whether all rules but those on rates hold."""
        return not broken_rows(self.statement, points)

    def with_best_intercept(self, points: FloatArray) -> _Move:
        """Violation, objective, and the points with the best intercept."""
        totals = self.data.totals(points[1:])
        first, violation = self._violations(totals)
        last = np.append(first[1:] - 1.0, self.high)
        allowed = violation <= violation.min() + 1e-12
        # The loss is convex in the intercept: the best one is next to its minimiser.
        centre = self._minimiser(totals, points[0])
        ends = np.array([np.floor(centre), np.ceil(centre)])[:, np.newaxis]
        among = np.unique(np.clip(ends, first[allowed], last[allowed]))
        place = int(np.searchsorted(among, centre))
        near = among[max(place - 1, 0) : place + 1]
        losses = [self._loss(totals + b) for b in near]
        k = int(np.argmin(losses))
        best = np.append(near[k], points[1:])
        terms = float(self.cost[points[1:] != 0].sum())
        return float(violation.min()), losses[k] + terms, best

    def _violations(self, totals: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Ranges of the intercept by their first, and how far each is from keeping the limits."""
        sums = self.sums
        # A row says yes from one intercept on.
        turns = np.floor(sums.threshold[sums.with_intercept, np.newaxis] - totals) + 1.0
        turns = np.maximum(turns, self.low)
        first = np.unique(np.append(turns[turns <= self.high], self.low))
        count, excess, turn = len(first), np.zeros(len(first)), iter(turns)
        for r in range(len(sums.lower)):
            if sums.with_intercept[r]:
                range_of = np.searchsorted(first, next(turn))
                steps = np.bincount(range_of, weights=sums.coefficients[r], minlength=count + 1)
                value = np.cumsum(steps)[:count]
            else:
                yes: BoolArray = totals > sums.threshold[r]
                value = np.full(count, float(sums.coefficients[r][yes].sum()))
            excess += np.maximum(sums.lower[r] - value, 0.0) + np.maximum(
                value - sums.upper[r], 0.0
            )
        return first, excess

    def _minimiser(self, totals: FloatArray, b: float) -> float:
        """Give the real intercept of least loss, nearly."""
        weight = self.data.positive + self.data.negative
        for _ in range(_NEWTON):
            risk = expit((totals + b) / self.multiplier)
            slope = float(weight @ risk - self.data.positive.sum())
            curvature = float(weight @ (risk * (1.0 - risk))) / self.multiplier
            if curvature <= 1e-12 * weight.sum():
                b = b - math.copysign(self.multiplier, slope)
                continue
            b = min(max(b - slope / curvature, self.low - 1.0), self.high + 1.0)
        return b

    def _loss(self, scores: FloatArray) -> float:
        scores = scores / self.multiplier
        data = self.data
        summed = data.positive @ np.logaddexp(0.0, -scores)
        summed += data.negative @ np.logaddexp(0.0, scores)
        return float(summed / data.total_weight)
