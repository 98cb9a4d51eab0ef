"""Calibration: in the large, slope, and expected calibration error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from riskslim.evaluation.estimates import Estimate, cluster_sums, mean_of, normal
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = [
    "LogisticFit",
    "calibration_error",
    "calibration_in_the_large",
    "calibration_line",
    "fit_intercept",
    "fit_line",
    "risk_bands",
]

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class LogisticFit:
    """Logistic recalibration: ``logit(risk) = intercept + slope * margin``.

    Attributes
    ----------
    intercept, slope : float
        Maximum likelihood.
    """

    intercept: float
    slope: float


def fit_intercept(positive: FloatArray, margin: FloatArray, weight: FloatArray) -> float | None:
    """Intercept a of ``logit(risk) = a + margin``; None with one class only.

    Solves sum w (y - risk) = 0, which has one root and no other extremum: by Newton's steps
    inside a bracket that shrinks to at most three quarters in every second one.

    Parameters
    ----------
    positive : ndarray of shape (n,)
        1 or True for a positive row; shares are allowed.
    margin, weight : ndarray of shape (n,)
        Logarithms of the odds, finite, and weights.
    """
    up, down = float(weight @ positive), float(weight @ (1.0 - positive))
    if not (up > 0 and down > 0):
        return None
    even = math.log(up) - math.log(down)
    # At these ends every risk lies on one side of the share.
    room = 1e-6 + 1e-12 * float(np.abs(margin).max())
    low, high = even - float(margin.max()) - room, even - float(margin.min()) + room
    a, width = min(max(even - float(np.median(margin)), low), high), math.inf
    while True:
        step = _intercept_step(a, positive, margin, weight)
        low, high = (a, high) if step > 0 else (low, a)
        if step == 0 or high - low <= 4 * _EPS * max(abs(low), abs(high), 1e-3):
            return a
        following = a + step
        if not low < following < high or high - low > 0.75 * width:
            following = 0.5 * (low + high)
        if following == a or abs(following - a) <= _EPS * abs(a):
            return following
        a, width = following, high - low


def _intercept_step(
    a: float, positive: FloatArray, margin: FloatArray, weight: FloatArray
) -> float:
    """Give Newton's step for the intercept; its sign is right wherever the risks are.

    Where margins are large most risks are 0 or 1 to the last digit, and the sum of w (y - risk)
    cancels to what these digits left out. So the risks are taken apart: 1 for the rows above
    0, whose weight against that of the positives is an exact sum, and the tails exp(-|a + margin|),
    which decide where that sum is 0, on a common scale so that they do not vanish.
    """
    score = a + margin
    above = score > 0
    whole = math.fsum([*(weight * positive).tolist(), *(-weight[above]).tolist()])
    distance = np.abs(score)
    scale = float(distance[weight > 0].min()) if whole == 0.0 else 0.0
    tail = weight * np.exp(np.maximum(scale - distance, -745.0)) / (1.0 + np.exp(-distance))
    difference = whole + float(tail[above].sum()) - float(tail[~above].sum())
    curvature = float((tail / (1.0 + np.exp(-distance))).sum())
    if curvature > 0.0 and abs(difference) < 1e300 * curvature:
        return difference / curvature
    return math.copysign(math.inf, difference)


def fit_line(positive: FloatArray, margin: FloatArray, weight: FloatArray) -> LogisticFit | None:
    """Fit ``logit(risk) = a + b * margin`` by maximum likelihood.

    Parameters
    ----------
    positive, margin, weight : ndarray of shape (n,)
        As for `fit_intercept`.

    Returns
    -------
    LogisticFit or None
        None where it does not exist: one class, one margin, or classes that a margin
        separates, whose slope would be infinite [1]_.

    References
    ----------
    .. [1] A. Albert and J. A. Anderson, "On the existence of maximum likelihood estimates in
       logistic regression models", Biometrika 71 (1984), 1-10.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    up, down = margin[positive > 0], margin[positive < 1]
    if not (up.size and down.size) or margin.min() == margin.max():
        return None
    if down.max() <= up.min() or up.max() <= down.min():
        return None
    # Standard units, so that one step length suits both parameters.
    centre = float(np.average(margin, weights=weight))
    spread = math.sqrt(float(np.average((margin - centre) ** 2, weights=weight)))
    rows = np.column_stack([np.ones(len(margin)), (margin - centre) / spread])
    share = weight / weight.sum()

    def loss(ab: FloatArray) -> float:
        eta = rows @ ab
        return float(share @ (np.logaddexp(0.0, eta) - positive * eta))

    def gradient(ab: FloatArray) -> FloatArray:
        slope: FloatArray = rows.T @ (share * (expit(rows @ ab) - positive))
        return slope

    def hessian(ab: FloatArray) -> FloatArray:
        risk = expit(rows @ ab)
        curvature: FloatArray = (rows * (share * risk * (1 - risk))[:, None]).T @ rows
        return curvature

    found = minimize(
        loss, np.zeros(2), jac=gradient, hess=hessian, method="trust-exact", options={"gtol": 1e-12}
    ).x
    for _ in range(3):
        # The trust region stops where the loss no longer moves; Newton's steps go on.
        try:
            found = found - np.linalg.solve(hessian(found), gradient(found))
        except np.linalg.LinAlgError:
            return None
    slope = float(found[1]) / spread
    return LogisticFit(float(found[0]) - slope * centre, slope)


def calibration_in_the_large(
    positive: BoolArray, margin: FloatArray, weight: FloatArray, cluster: IntArray | None = None
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
    from scipy.special import expit

    intercept = fit_intercept(positive.astype(np.float64), margin, weight)
    if intercept is None:
        return None
    risk = expit(intercept + margin)
    variance = _sandwich(np.ones((len(margin), 1)), positive, risk, weight, cluster)
    return normal(intercept, math.sqrt(variance[0, 0]))


def calibration_line(
    positive: BoolArray, margin: FloatArray, weight: FloatArray, cluster: IntArray | None = None
) -> tuple[Estimate, Estimate] | None:
    """Intercept and slope of the recalibration; a slope below 1 says risks are too extreme.

    Parameters, intervals and source as for `calibration_in_the_large`.

    Returns
    -------
    intercept, slope : Estimate
        None where `fit_line` finds none.
    """
    from scipy.special import expit

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
    cluster: IntArray | None,
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
    cluster: IntArray | None = None,
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
