"""The measures of predicted risks against outcomes: the one place that computes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from riskslim.evaluation.calibration import (
    calibration_error,
    calibration_in_the_large,
    calibration_line,
    risk_bands,
)
from riskslim.evaluation.discrimination import auc
from riskslim.evaluation.estimates import Estimate, People, average, mean_of
from riskslim.scores.log_odds import log_odds
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = [
    "MEASURES",
    "Performance",
    "average_performance",
    "calibration_table",
    "measure_risks",
]


@dataclass(frozen=True)
class Performance:
    """How well risks predict outcomes, each measure with a 95 % interval.

    Attributes
    ----------
    auc : Estimate or None
        Area under the ROC curve (DeLong); None where one class only was seen.
    calibration_in_the_large : Estimate or None
        Intercept of the logistic recalibration whose slope is 1; 0 is ideal.
    calibration_slope : Estimate or None
        Slope of the logistic recalibration; 1 is ideal. None where it does not exist.
    calibration_intercept : Estimate or None
        Intercept beside that slope.
    calibration_error : Estimate
        Expected calibration error, by total; by tenths of the risks for other models.
    expected_over_observed : float
        Mean predicted risk over the share of positives; infinite without a positive.
    brier : Estimate
        Mean square of the error of the risk.
    log_loss : Estimate
        Mean logistic loss; the number that a fit minimises.
    """

    auc: Estimate | None
    calibration_in_the_large: Estimate | None
    calibration_slope: Estimate | None
    calibration_intercept: Estimate | None
    calibration_error: Estimate
    expected_over_observed: float
    brier: Estimate
    log_loss: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Give every measure as ``{"value", "low", "high"}`` or null, and the plain ratio."""
        return asdict(self)


MEASURES = tuple(item.name for item in fields(Performance) if item.name != "expected_over_observed")
"""The names of the measures that have intervals."""


def measure_risks(
    positive: BoolArray,
    risk: FloatArray,
    weight: FloatArray | None = None,
    *,
    margin: FloatArray | None = None,
    order: FloatArray | None = None,
    group: IntArray | None = None,
    fold: IntArray | None = None,
    cluster: People = None,
) -> Performance:
    """Measure predicted risks against outcomes.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
        Outcomes.
    risk : ndarray of shape (n,)
        Predicted.
    weight : ndarray of shape (n,), optional
        Positive; 1 each by default.
    margin : ndarray of shape (n,), optional
        Logarithms of the odds, where they are known better than from the risk.
    order : ndarray of shape (n,), optional
        What ranks the rows for the AUC, such as totals; the margin by default.
    group : ndarray of int, shape (n,), optional
        Rows of one total, for the calibration error; tenths of the risk by default.
    fold : ndarray of int, shape (n,), optional
        Fold in which each row was held out: ranks are compared within folds, the
        calibration error is the mean of the folds' errors, and everything else is pooled.
    cluster : ndarray of int, shape (n,), optional
        Person of each row.

    Returns
    -------
    Performance
    """
    weight = np.ones(len(risk)) if weight is None else weight
    margin = log_odds(risk) if margin is None else margin
    if group is None:
        group = risk_bands(risk, weight)
    if fold is not None:
        group = np.unique(np.column_stack([fold, group]), axis=0, return_inverse=True)[1].reshape(
            -1
        )
    line = calibration_line(positive, margin, weight, cluster)
    losses = np.logaddexp(0.0, np.where(positive, -margin, margin))
    observed = math.fsum((weight * positive).tolist())
    expected = math.fsum((weight * risk).tolist())
    return Performance(
        auc=auc(positive, margin if order is None else order, weight, fold, cluster),
        calibration_in_the_large=calibration_in_the_large(positive, margin, weight, cluster),
        calibration_slope=line and line[1],
        calibration_intercept=line and line[0],
        calibration_error=calibration_error(positive, risk, weight, group, cluster),
        expected_over_observed=expected / observed if observed > 0 else math.inf,
        brier=mean_of((positive - risk) ** 2, weight, cluster, 0.0, 1.0),
        log_loss=mean_of(losses, weight, cluster, 0.0),
    )


def average_performance(found: Sequence[Performance]) -> Performance:
    """Average the measures of repetitions; see `average`."""
    parts: dict[str, Any] = {
        name: average([getattr(one, name) for one in found]) for name in MEASURES
    }
    ratios = [one.expected_over_observed for one in found]
    return Performance(**parts, expected_over_observed=math.fsum(ratios) / len(ratios))


def calibration_table(
    positive: BoolArray, risk: FloatArray, weight: FloatArray
) -> tuple[tuple[float, float, float], ...]:
    """Mean risk, observed share and weight of the people in each tenth of the risks.

    Parameters
    ----------
    positive, risk, weight : ndarray of shape (n,)
        Outcomes, predicted risks, weights.

    Returns
    -------
    tuple of (predicted, observed, weight)
        By ascending risk.
    """
    group = risk_bands(risk, weight)
    sums = [np.bincount(group, weights=weight * part) for part in (risk, positive, 1.0)]
    return tuple(
        (expected / whole, observed / whole, whole)
        for expected, observed, whole in zip(*(part.tolist() for part in sums), strict=True)
        if whole > 0
    )
