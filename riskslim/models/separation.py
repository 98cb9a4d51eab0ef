"""Rows that a mixed-integer program tells right from wrong: 0-1 variables and their tight M."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskslim.problems.intercept import extreme_scores
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["Separation", "separate"]


@dataclass(frozen=True, eq=False)
class Separation:
    r"""What the errors on each distinct row cost, and how they are tied to its score.

    Of a row that holds both classes one is wrong whatever the points: the lighter one's weight is
    unavoidable and stands once in `constant`. Let t be the score of a row in the direction
    of its heavier class (its only one), with least <= t <= most over all points that the bounds
    and the limit on the size allow. The 0-1 variable e says that this class is wrong:

    .. math:: t + (\gamma - least) e \ge \gamma .

    Where e = 1 the lighter class is right, unless t = 0, which is an error for both; a variable z
    says so:

    .. math:: t + (most + \gamma) e - \gamma z \le most .

    Scores are multiples of the step :math:`\gamma`, so that nothing lies between 0 and it, and the
    two M are as tight as the range of t allows. Where the values have no common step,
    :math:`\gamma` is 0 and a total of 0 counts as right: then the program is a relaxation, and
    only its bound is used.

    Attributes
    ----------
    features : ndarray of shape (n, d)
        Distinct rows.
    sign : ndarray of shape (n,)
        1 where the positive class is the heavier one, else -1.
    cost : ndarray of shape (n,)
        What e = 1 costs, as a share of W.
    cost_at_zero : ndarray of shape (n,)
        What z = 1 costs; 0 for rows of one class.
    constant : float
        Share of errors that is unavoidable.
    least, most : ndarray of shape (n,)
        Range of t.
    step : float
        :math:`\gamma`.
    tie : float
        What a computed score must exceed to be above 0.
    """

    features: FloatArray
    sign: FloatArray
    cost: FloatArray
    cost_at_zero: FloatArray
    constant: float
    least: FloatArray
    most: FloatArray
    step: float
    tie: float

    @property
    def surely_right(self) -> BoolArray:
        """Rows whose heavier class no points get wrong."""
        return np.asarray(self.least >= max(self.step, np.finfo(float).tiny))

    @property
    def surely_wrong(self) -> BoolArray:
        """Rows whose heavier class no points get right."""
        return np.asarray(self.most <= 0.0 if self.step else self.most < 0.0)

    @property
    def both(self) -> BoolArray:
        """Rows of both classes, whose total may be 0."""
        return np.asarray(
            (self.cost_at_zero > 0.0) & (self.least <= 0.0) & (self.most >= 0.0) & (self.step > 0)
        )


def separate(problem: SLIMProblem, statement: Statement) -> Separation:
    """Tell rows apart under the bounds of a statement.

    Parameters
    ----------
    problem : SLIMProblem
        Gives rows and weights.
    statement : Statement
        Its bounds of points and intercept; points count as they stand, not in steps.
    """
    d = problem.data.n_features
    features, total = problem.data.features, problem.total_weight
    lower, upper = statement.lower[: d + 1], statement.upper[: d + 1]
    smallest, largest = extreme_scores(features, lower[1:], upper[1:], statement.size[1])
    smallest, largest = smallest + lower[0], largest + upper[0]
    positive = problem.positive >= problem.negative
    lighter = np.minimum(problem.positive, problem.negative)
    return Separation(
        features=features,
        sign=np.where(positive, 1.0, -1.0),
        cost=np.abs(problem.positive - problem.negative) / total,
        cost_at_zero=lighter / total,
        constant=float(np.sum(lighter) / total),
        least=np.where(positive, smallest, -largest),
        most=np.where(positive, largest, -smallest),
        step=problem.data.step or 0.0,
        tie=problem.data.tie,
    )
