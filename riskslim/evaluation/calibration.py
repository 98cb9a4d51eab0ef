"""Calibration: in the large, slope, and expected calibration error."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from riskslim.evaluation.estimates import (
    Estimate,
    Merged,
    People,
    by_person,
    cluster_sums,
    mean_of,
    normal,
)
from riskslim.scores.log_odds import fit_intercept, fit_line
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = [
    "band_error",
    "calibration_error",
    "calibration_in_the_large",
    "calibration_line",
    "risk_bands",
]


def calibration_in_the_large(
    positive: BoolArray, margin: FloatArray, weight: FloatArray, cluster: People = None
) -> Estimate | None:
    """Intercept of the recalibration whose slope is 1 [1]_: 0 is ideal, above is risk too low.

    The interval takes the variance of the estimating equation as it is seen in the data
    (sandwich), so it holds with weights and with several rows of one person.

    Parameters
    ----------
    positive, margin, weight, cluster : ndarray of shape (n,)
        Outcomes, logarithms of the predicted odds, weights, person of each row.

    Returns
    -------
    Estimate or None
        None with one class only.

    References
    ----------
    .. [1] B. Van Calster et al., "Calibration: the Achilles heel of predictive analytics", BMC
       Medicine 17 (2019), 230.
    """
    from riskslim.solvers.odds import expit

    intercept = fit_intercept(positive.astype(np.float64), margin, weight)
    if intercept is None:
        return None
    risk = expit(intercept + margin)
    variance = _sandwich(np.ones((len(margin), 1)), positive, risk, weight, cluster)
    return normal(intercept, math.sqrt(variance[0, 0]))


def calibration_line(
    positive: BoolArray, margin: FloatArray, weight: FloatArray, cluster: People = None
) -> tuple[Estimate, Estimate] | None:
    """Intercept and slope of the recalibration; a slope below 1 says risks are too extreme.

    Parameters, intervals and source as for `calibration_in_the_large`.

    Returns
    -------
    intercept, slope : Estimate
        None where `fit_line` finds none.
    """
    from riskslim.solvers.odds import expit

    line = fit_line(positive.astype(np.float64), margin, weight)
    if line is None:
        return None
    rows = np.column_stack([np.ones(len(margin)), margin])
    risk = expit(line.intercept + line.slope * margin)
    error = np.sqrt(np.diag(_sandwich(rows, positive, risk, weight, cluster)))
    return normal(line.intercept, float(error[0])), normal(line.slope, float(error[1]))


def _sandwich(
    rows: FloatArray,
    positive: BoolArray,
    risk: FloatArray,
    weight: FloatArray,
    cluster: People,
) -> FloatArray:
    """Variance of logistic coefficients from the scores of the people."""
    information = (rows * (weight * risk * (1 - risk))[:, None]).T @ rows
    try:
        bread = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        # Every risk is 0 or 1 to the last digit.
        return np.full(information.shape, math.nan)
    scores = rows * (weight * (positive - risk))[:, None]
    people = np.column_stack([cluster_sums(column, cluster) for column in scores.T])
    cluster = by_person(cluster)
    if isinstance(cluster, Merged):
        n = int(cluster.rows.sum())
    else:
        n = len(people) if cluster is None else int(np.unique(cluster).size)
    if n < 2:
        return np.full((rows.shape[1], rows.shape[1]), math.nan)
    # Where nearly every risk is 0 or 1 there is next to no information, and no variance to tell.
    with np.errstate(over="ignore", invalid="ignore"):
        variance: FloatArray = n / (n - 1) * bread @ (people.T @ people) @ bread
    is_one = np.isfinite(variance).all() and (np.diag(variance) >= 0.0).all()
    return variance if is_one else np.full(information.shape, math.nan)


def calibration_error(
    positive: BoolArray,
    risk: FloatArray,
    weight: FloatArray,
    group: IntArray,
    cluster: People = None,
) -> Estimate:
    """Average ``|predicted - observed|`` of groups over people: expected calibration error.

    Groups are the totals of a score [1]_; across folds, the totals of each fold, so that it is
    the mean of the folds' errors. In small groups chance alone moves the
    observed share, and the error is above 0 for the best of scores. The interval is that of
    the differences with their signs as seen (delta method); it does not remove this.

    Parameters
    ----------
    positive, risk, weight : ndarray of shape (n,)
        Outcomes, predicted risks, weights.
    group : ndarray of int, shape (n,)
        Group of each row.
    cluster : ndarray of int, shape (n,), optional
        Person of each row.

    References
    ----------
    .. [1] B. Ustun and C. Rudin, "Learning optimized risk scores", Journal of Machine Learning
       Research 20(150), 2019, section 5.1.
    """
    gaps = weight * (positive - risk)
    sums = np.bincount(group, weights=gaps)
    signs = np.sign(sums)[group]
    return mean_of(signs * (positive - risk), weight, cluster, 0.0, 1.0)


def risk_bands(risk: FloatArray, weight: FloatArray, bands: int = 10) -> IntArray:
    """Group rows by quantiles of their risk, for models whose risks hardly repeat.

    Parameters
    ----------
    risk, weight : ndarray of shape (n,)
        Predicted risks and weights.
    bands : int
        How many groups; fewer distinct risks are a group each.

    Returns
    -------
    ndarray of int, shape (n,)
    """
    values, place = np.unique(risk, return_inverse=True)
    if len(values) <= bands:
        return place.astype(np.int64)
    sums = np.cumsum(np.bincount(place, weights=weight))
    band = np.minimum((sums - 1e-12 * sums[-1]) / sums[-1] * bands, bands - 1).astype(np.int64)
    return np.asarray(band[place])


def band_error(bands: Sequence[tuple[float, float, float]]) -> float:
    """Mean distance of observed shares from mean risks in bands, such as tenths of the risk.

    Totals of a fine score are too many: of the two or three people at one of them all or none
    have the outcome.

    Parameters
    ----------
    bands : sequence of (mean risk, observed share, weight)
        One at least.
    """
    whole = math.fsum(weight for _, _, weight in bands)
    return math.fsum(weight * abs(risk - share) for risk, share, weight in bands) / whole
