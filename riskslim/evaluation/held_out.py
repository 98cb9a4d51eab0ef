"""Fitting a copy of an estimator to some rows and predicting others, in a process of its own."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from riskslim.errors import DataWarning, RiskSlimError
from riskslim.estimators.selection import (
    RiskSLIMClassifierCV,
    final_step,
    fit_with_weights,
    rows_to_score,
)
from riskslim.scores.log_odds import log_odds
from riskslim.scores.people import groups_of_totals
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["Fitted", "Predictions", "fit_copy", "predict_rows"]


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a fitted estimator says about rows.

    Attributes
    ----------
    risk, margin : ndarray of shape (n,)
        Probability of the positive class, and the logarithm of its odds.
    group : ndarray of int, shape (n,), or None
        Rows of one total; None for a model without totals.
    total : ndarray of shape (n,), or None
        Totals; None for a model without them.
    """

    risk: FloatArray
    margin: FloatArray
    group: IntArray | None
    total: FloatArray | None

    @property
    def order(self) -> FloatArray:
        """What ranks the rows: their totals, or else the margins."""
        return self.margin if self.total is None else self.total


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted copy, what it chose, and how its search ended.

    Attributes
    ----------
    estimator : estimator
        Fitted.
    score : RiskScore or None
        None for a model that is no risk score.
    chosen : dict
        ``size`` and ``C0`` where an inner cross-validation chose them.
    """

    estimator: Any = field(repr=False)
    score: RiskScore | None
    chosen: dict[str, float]


def fit_copy(
    estimator: Any,
    X: Any,
    y: np.ndarray[Any, Any],
    weight: FloatArray | None,
    groups: IntArray | None,
    rows: IntArray,
    where: str,
) -> Fitted:
    """Fit a copy to some rows.

    Parameters
    ----------
    estimator : estimator
        Not changed.
    X, y, weight, groups
        All rows; weight and groups may be None.
    rows : ndarray of int
        Those that are fitted; repeated ones count as often.
    where : str
        For messages: which fold.

    Raises
    ------
    RiskSlimError
        What the fit raises, with `where` before it.
    """
    copy = clone(estimator)
    part = None if weight is None else weight[rows]
    try:
        with warnings.catch_warnings():
            # A feature that is constant in a part of the rows is no news about the data; that
            # a search met its limit is in the result.
            warnings.simplefilter("ignore", DataWarning)
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = _safe_indexing(X, rows)
            if isinstance(copy, RiskSLIMClassifierCV):
                copy.fit(fitted, y[rows], part, None if groups is None else groups[rows])
            else:
                fit_with_weights(copy, fitted, y[rows], part)
    except RiskSlimError as error:
        raise type(error)(f"{where}: {error}") from error
    chosen: dict[str, float] = {}
    if isinstance(copy, RiskSLIMClassifierCV):
        chosen = {"size": copy.best_size_, "C0": copy.best_C0_}
    return Fitted(copy, getattr(final_step(_inner(copy))[1], "score_", None), chosen)


def predict_rows(fitted: Fitted, X: Any, positive_label: Any) -> Predictions:
    """Predict rows by a fitted copy.

    Parameters
    ----------
    fitted : Fitted
        By `fit_copy`.
    X : DataFrame or array-like
        The rows.
    positive_label : label
        Whose probability is the risk.
    """
    estimator, score = _inner(fitted.estimator), fitted.score
    if score is None:
        column = list(estimator.classes_).index(positive_label)
        risk = np.asarray(estimator.predict_proba(X), dtype=np.float64)[:, column]
        return Predictions(risk, log_odds(risk), None, None)
    while isinstance(estimator, Pipeline):
        X, estimator = estimator[:-1].transform(X) if len(estimator) > 1 else X, estimator[-1]
    total = score.total(rows_to_score(score, X))
    margin = score.log_odds(total)
    return Predictions(score.risks(total), margin, groups_of_totals(score, total)[1], total)


def _inner(estimator: Any) -> Any:
    return estimator.estimator_ if isinstance(estimator, RiskSLIMClassifierCV) else estimator
