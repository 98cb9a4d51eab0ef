"""A first score that obeys limits on rates: coordinate descent with the intercept in the open."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from riskslim.problems.checking import broken_rows_at
from riskslim.problems.groups import with_switches
from riskslim.problems.predicted import Predicted
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["allowed_start"]

_SECONDS = 5.0
_NEWTON = 8


def allowed_start(
    problem: RiskSLIMProblem, predicted: Predicted, start: FloatArray, multiplier: float
) -> FloatArray | None:
    """Move a good score to one that obeys the limits on rates.

    One feature's points change at a time, and the intercept with them: it decides how many are
    predicted yes, and all of its values are tried at once, since each row turns to "yes" at
    one of them. Fewer violations come first, then a smaller objective.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Gives rows and penalties.
    predicted : Predicted
        Limits on rates, and the statement without them.
    start : ndarray of shape (d + 1,)
        Points that obey the statement.
    multiplier : float
        By which scores are divided; it stays.

    Returns
    -------
    ndarray of shape (d + 1,) or None
        None where no such score was found.
    """
    descent = _Descent(problem, predicted, multiplier)
    best, point = descent.with_best_intercept(start), start
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        moves = []
        for j in range(1, len(start)):
            for value in descent.values(j):
                if value == best[2][j]:
                    continue
                moved = best[2].copy()
                moved[j] = value
                moves.append(descent.with_best_intercept(moved))
            if time.monotonic() > end:
                break
        better = sorted((m for m in moves if m[:2] < best[:2]), key=lambda m: m[:2])
        found = next((m for m in better if descent.rows_hold(m[2])), None)
        if found is None:
            break
        best = found
    point = best[2]
    return point if best[0] <= 0.0 and descent.rows_hold(point) else None


class _Descent:
    def __init__(self, problem: RiskSLIMProblem, predicted: Predicted, multiplier: float) -> None:
        self.data, self.cost = problem.data, problem.switch_cost
        self.statement, self.sums = predicted.statement, predicted.sums
        self.multiplier = multiplier
        self.low, self.high = (
            int(ends[0]) for ends in (self.statement.lower, self.statement.upper)
        )
        self.intercepts = np.arange(self.low, self.high + 1, dtype=np.float64)

    def values(self, j: int) -> FloatArray:
        """Points that a feature may have."""
        step = 1 if self.statement.step is None else int(self.statement.step[j - 1])
        low, high = self.statement.lower[j], self.statement.upper[j]
        values: FloatArray = np.arange(math.ceil(low / step), math.floor(high / step) + 1.0) * step
        return values

    def rows_hold(self, points: FloatArray) -> bool:
        """Whether all rules but those on rates hold."""
        return not broken_rows_at(self.statement, with_switches(self.statement, points))

    def with_best_intercept(self, points: FloatArray) -> tuple[float, float, FloatArray]:
        """Violation, objective, and the points with the best intercept."""
        totals = self.data.features @ points[1:]
        violation = self._violations(totals)
        allowed = violation <= violation.min() + 1e-12
        # The loss is convex in the intercept: the best one is next to its minimiser.
        centre = self._minimiser(totals, points[0])
        among = self.intercepts[allowed]
        place = int(np.searchsorted(among, centre))
        near = among[max(place - 1, 0) : place + 1]
        losses = [self._loss(totals + b) for b in near]
        k = int(np.argmin(losses))
        best = np.append(near[k], points[1:])
        terms = float(self.cost[points[1:] != 0].sum())
        return float(violation.min()), losses[k] + terms, best

    def _violations(self, totals: FloatArray) -> FloatArray:
        """How far each intercept is from keeping the limits on rates."""
        count, sums = len(self.intercepts), self.sums
        excess = np.zeros(count)
        for r in range(len(sums.lower)):
            if sums.with_intercept[r]:
                # A row says yes from one intercept on.
                turn = np.floor(sums.threshold[r] - totals) + 1.0 - self.low
                turn = np.clip(turn, 0, count).astype(np.int64)
                steps = np.bincount(turn, weights=sums.coefficients[r], minlength=count + 1)
                value = np.cumsum(steps)[:count]
            else:
                yes: BoolArray = totals > sums.threshold[r]
                value = np.full(count, float(sums.coefficients[r][yes].sum()))
            excess += np.maximum(sums.lower[r] - value, 0.0) + np.maximum(
                value - sums.upper[r], 0.0
            )
        return excess

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
