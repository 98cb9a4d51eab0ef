"""Whether a black box uses what a table lacks: what a rich student leaves over, beside outcomes."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from riskslim.limits.threads import one_thread
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["FEWEST_ROWS", "UnseenFeatures", "unseen_features"]

FEWEST_ROWS = 5000
"""Below, what trees have not learned yet of either target is alike, and the test rejects too often.

Of 1,000 rows on which nothing is missing it rejects 17 to 37 times in 100 at 5 %."""

# Rich: what it has not learned looks as if a feature were missing.
_STUDENT = {"max_iter": 300, "max_depth": 6, "learning_rate": 0.08, "min_samples_leaf": 10}


@dataclass(frozen=True)
class UnseenFeatures:
    """The test for features that the black box uses and the table lacks [1]_.

    Where the table holds all that the black box uses, what a student of it leaves over is its own
    error, and is not related to what the outcome leaves over. Where the black box knows more that
    also tells of the outcome, both are large for the same people. The test is that of the
    generalised covariance measure [2]_, on residuals of people whom neither fit has seen.

    Attributes
    ----------
    correlation : float
        Of the two residuals.
    p_value : float
        Of no relation, two-sided.
    explained : float
        Share of the variance of the black box that its student explains.
    rows : int
        Of the table; of fewer than `FEWEST_ROWS` the p value is no evidence.

    References
    ----------
    .. [1] S. Tan, R. Caruana, G. Hooker, Y. Lou, "Distill-and-compare: auditing black-box models
       using transparent model distillation", AIES 2018.
    .. [2] R. D. Shah and J. Peters, "The hardness of conditional independence testing and the
       generalised covariance measure", Annals of Statistics 48 (2020), 1514-1538.
    """

    correlation: float
    p_value: float
    explained: float
    rows: int

    @property
    def tells(self) -> bool:
        """Whether the rows suffice for a verdict."""
        return self.rows >= FEWEST_ROWS

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers."""
        return {**asdict(self), "tells": self.tells}


def unseen_features(
    rows: FloatArray,
    teacher: FloatArray,
    outcome: FloatArray,
    weight: FloatArray,
    fold: IntArray,
    seed: int = 0,
) -> UnseenFeatures:
    """Test whether a black box uses what a table lacks.

    The student is boosted trees: a sparse score would leave over what both it and the score of the
    outcomes cannot say, which looks as if features were missing.

    Parameters
    ----------
    rows : ndarray of shape (n, d)
        The table, as numbers; NaN for what is not known.
    teacher, outcome, weight : ndarray of shape (n,)
        Calibrated probabilities of the black box, outcomes of 0 and 1, and weights.
    fold : ndarray of int, shape (n,)
        Each row's fold; residuals are those of trees that are fitted to the others.
    seed : int
        Of the trees.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    left = []
    for target in (teacher, outcome):
        own = np.empty(len(target))
        for held in np.unique(fold):
            fit = fold != held
            trees = HistGradientBoostingRegressor(**_STUDENT, random_state=seed)
            with one_thread():
                trees.fit(rows[fit], target[fit], sample_weight=weight[fit])
                own[~fit] = target[~fit] - trees.predict(rows[~fit])
        left.append(own)
    first, second = left
    share = weight / weight.sum()
    products = share * first * second
    spread = math.sqrt(float(products @ products))
    z = float(products.sum()) / spread if spread > 0 else 0.0
    centred = [own - share @ own for own in left]
    sizes = math.sqrt(float(share @ centred[0] ** 2) * float(share @ centred[1] ** 2))
    correlation = float(share @ (centred[0] * centred[1])) / sizes if sizes > 0 else 0.0
    variance = float(share @ (teacher - share @ teacher) ** 2)
    return UnseenFeatures(
        correlation=correlation,
        p_value=float(2.0 * norm.sf(abs(z))),
        explained=1.0 - float(share @ first**2) / variance if variance > 0 else 0.0,
        rows=len(teacher),
    )
