"""Whether a black box uses what a table lacks: what a rich student leaves over, beside outcomes."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from riskslim.limits.threads import one_thread
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["FEWEST_ROWS", "UnseenFeatures", "calibrated", "unseen_features"]

FEWEST_ROWS = 500
"""Below, the size of the test is not measured: no verdict is given."""

# Rich: what it has not learned looks as if a feature were missing.
_STUDENT = {"max_iter": 100, "max_depth": 6, "learning_rate": 0.1, "min_samples_leaf": 10}
# Outcomes are noise for the most part: fewer steps.
_OUTCOME = {"max_iter": 60, "max_depth": 4, "learning_rate": 0.1, "min_samples_leaf": 10}


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


def calibrated(
    scale: FloatArray, outcome: FloatArray, weight: FloatArray, fit: IntArray | None = None
) -> FloatArray:
    """Give the observed share of positives along a scale, which never falls: isotonic regression.

    Parameters
    ----------
    scale, outcome, weight : ndarray of shape (n,)
        What a black box says, in any units (deciles, say), outcomes of 0 and 1, and weights.
    fit : ndarray of int, optional
        Rows whose outcomes are used; all by default.
    """
    from sklearn.isotonic import IsotonicRegression

    found = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    used = slice(None) if fit is None else fit
    found.fit(scale[used], outcome[used], sample_weight=weight[used])
    return np.asarray(found.predict(scale), dtype=np.float64)


def unseen_features(
    rows: FloatArray,
    scale: FloatArray,
    outcome: FloatArray,
    weight: FloatArray,
    fold: IntArray,
    seed: int = 0,
) -> UnseenFeatures:
    """Test whether a black box uses what a table lacks.

    The student is boosted trees: a sparse score would leave over what both it and the score of the
    outcomes cannot say, which looks as if features were missing.

    Nothing that is said of a person has seen the person's outcome: the scale too is calibrated on
    the other folds. Calibrated on all outcomes each level of the scale would share the chance
    errors of its own people, and the test would reject three times too often.

    Parameters
    ----------
    rows : ndarray of shape (n, d)
        The table, as numbers; NaN for what is not known.
    scale, outcome, weight : ndarray of shape (n,)
        What the black box says, in any units, outcomes of 0 and 1, and weights.
    fold : ndarray of int, shape (n,)
        Each row's fold; residuals are those of trees that are fitted to the others.
    seed : int
        Of the trees.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    teacher, first, second = np.empty((3, len(outcome)))
    for held in np.unique(fold):
        fit, own = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
        shares = calibrated(scale, outcome, weight, fit)
        teacher[own] = shares[own]
        for left, target, steps in ((first, shares, _STUDENT), (second, outcome, _OUTCOME)):
            trees = HistGradientBoostingRegressor(**steps, random_state=seed)
            with one_thread():
                trees.fit(rows[fit], target[fit], sample_weight=weight[fit])
                left[own] = target[own] - trees.predict(rows[own])
    share = weight / weight.sum()
    products = share * first * second
    spread = math.sqrt(float(products @ products))
    z = float(products.sum()) / spread if spread > 0 else 0.0
    centred = [own - share @ own for own in (first, second)]
    sizes = math.sqrt(float(share @ centred[0] ** 2) * float(share @ centred[1] ** 2))
    correlation = float(share @ (centred[0] * centred[1])) / sizes if sizes > 0 else 0.0
    variance = float(share @ (teacher - share @ teacher) ** 2)
    return UnseenFeatures(
        correlation=correlation,
        p_value=float(2.0 * norm.sf(abs(z))),
        explained=1.0 - float(share @ first**2) / variance if variance > 0 else 0.0,
        rows=len(teacher),
    )
