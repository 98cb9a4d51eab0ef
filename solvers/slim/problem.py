"""The problem of the search for scores under the 0-1 loss, as plain arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.exact import LARGEST_WHOLE
from riskslim.solvers.lattice import LatticeProblem
from riskslim.solvers.slim.predictions import PredictionLimits

__all__ = ["ThresholdProblem", "count_errors"]

_MARGIN = 1e-14  # of the sizes of a total's terms: far above the rounding of any sum of a few dozen
_LIMITS = ("error", "false_positive", "false_negative")


@dataclass(frozen=True)
class ThresholdProblem(LatticeProblem):
    """Sparse integer points of a score under the 0-1 loss, as plain arrays.

    ::

        minimise    (1/W) * weight of the rows that are wrong
                    + sum_j switch_cost_j [points_j != 0] + epsilon * sum_(j>=1) |points_j|
        where       s_i = points_0 + features_i . points_(1..d)
                    a positive row is wrong where s_i <= margin, a negative one where s_i >= -margin
        over        lower <= points <= upper, integer,
                    min_size <= number of non-zero points without the intercept <= max_size,
                    the rows, the limits on the weight of the errors, and those on predictions

    A total of 0 is an error for both classes. The answer is unique: among points whose
    objectives are equal (up to 1e-12 of the largest value that the objective can have), those
    with the smallest sum of absolute points win, then the intercept nearest to zero, then the
    lexicographic order of the points, the intercept first.

    Attributes
    ----------
    features, positive, negative, lower, upper, switch_cost, min_size, max_size, rows
        As in `LatticeProblem`.
    epsilon : float
        Cost of a point. The paper takes it so small that it never trades errors or terms,
        ``epsilon < min(smallest weight / W, smallest cost) / largest sum of points``, which
        makes the answer coprime; any value that is not negative is honoured.
    min_error, max_error : float
        Limits on the weight of all errors.
    min_false_positive, max_false_positive, min_false_negative, max_false_negative : float
        Limits on the weight of the negative and of the positive rows that are wrong.
    predictions : PredictionLimits or None
        Limits on sums over the rows that are predicted yes (their total exceeds the margin),
        such as the rates of subgroups and the differences between these.

    Raises
    ------
    ValueError
        Arrays that do not fit together, bounds that are not integers, values out of range.
    """

    epsilon: float = 0.0
    min_error: float = 0.0
    max_error: float = math.inf
    min_false_positive: float = 0.0
    max_false_positive: float = math.inf
    min_false_negative: float = 0.0
    max_false_negative: float = math.inf
    predictions: PredictionLimits | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.total_weight > 0.0:
            raise ValueError("positive and negative must not be all zero")
        if not 0.0 <= self.epsilon < math.inf:
            raise ValueError("epsilon must be finite and not negative")
        for name in _LIMITS:
            if math.isnan(getattr(self, f"min_{name}")) or math.isnan(getattr(self, f"max_{name}")):
                raise ValueError(f"min_{name} and max_{name} must be numbers")
        if self.predictions is not None:
            self._check_sums(self.predictions.coefficients)
        # The intercept's sum with a total has the right sign however it is rounded.
        if self.whole_features and self.largest_total - self.farthest >= LARGEST_WHOLE:
            raise ValueError("totals of integer features must stay below 2^53 to be exact")

    @cached_property
    def total_weight(self) -> float:
        """W, the weight of all rows."""
        return math.fsum([*self.positive.tolist(), *self.negative.tolist()])

    @cached_property
    def whole_features(self) -> bool:
        """Whether every feature is an integer, so that totals are exact."""
        return bool(np.all(self.features == np.floor(self.features)))

    @property
    def farthest(self) -> float:
        """Largest absolute value of the intercept."""
        return float(max(abs(self.lower[0]), abs(self.upper[0])))

    @cached_property
    def largest_total(self) -> float:
        """A bound on the absolute total of any row at any points of the box."""
        reach = np.maximum(np.abs(self.lower), np.abs(self.upper))
        rows = np.abs(self.features) @ reach[1:]
        return float(reach[0] + rows.max(initial=0.0))

    @property
    def margin(self) -> float:
        """What a total must exceed to be right, as a share of its size; 0 for integer features.

        Totals of real features carry the rounding of the data and of the sum. A total within
        1e-14 of the sum of the absolute values of its terms, the intercept not among them, counts
        as 0, so that a row that is counted as right is right however its total is summed. Terms of
        other rows, or of features without points, have no part in it, however large they are.
        """
        return 0.0 if self.whole_features else _MARGIN

    def margins(self, points: IntArray) -> FloatArray:
        """Give what the total of each row must exceed with these points, of shape (n,)."""
        sizes: FloatArray = np.abs(self.features) @ np.abs(points[1:]).astype(np.float64)
        return self.margin * sizes

    def objective(self, points: IntArray, errors: float) -> float:
        """Objective of points whose errors are known, by compensated summation."""
        on = points != 0
        on[0] = False
        length = float(np.abs(points[1:]).sum())
        return math.fsum([errors / self.total_weight, *self.switch_cost[on], self.epsilon * length])


def count_errors(problem: ThresholdProblem, points: IntArray) -> tuple[float, float]:
    """Weight of the false positives and of the false negatives of given points.

    Parameters
    ----------
    problem : ThresholdProblem
        The rows and their margin.
    points : ndarray of shape (d + 1,)
        Integers, the intercept first; within the box, the totals are exact or near enough.

    Returns
    -------
    tuple of float
        ``(false_positive, false_negative)``, decided in exact arithmetic where a total of real
        features is near the margin.
    """
    above, below = _sides(problem, points)
    return math.fsum(problem.negative[~below]), math.fsum(problem.positive[~above])


def _sides(problem: ThresholdProblem, points: IntArray) -> tuple[BoolArray, BoolArray]:
    """Rows whose total is above the margin, and those below its negative."""
    d = problem.features.shape[1]
    values = np.asarray(points)
    if values.shape != (d + 1,) or not np.all(values == np.floor(values)):
        raise ValueError(f"points must be {d + 1} integers, the intercept first")
    margin = problem.margins(values)
    totals = problem.features @ values[1:].astype(np.float64) + float(values[0])
    above, below = totals > margin, totals < -margin
    if not problem.whole_features:
        # The plain sum of a row is off by far less than its margin.
        for i in np.flatnonzero(np.abs(totals) <= 2.0 * margin):
            total = Fraction(int(values[0])) + sum(
                Fraction(float(x)) * int(p)
                for x, p in zip(problem.features[i], values[1:], strict=True)
            )
            limit = Fraction(float(margin[i]))
            above[i], below[i] = total > limit, total < -limit
    return above, below
