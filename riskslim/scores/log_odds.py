"""Logarithms of odds: of risks, and moved along a line so that they fit outcomes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from riskslim.solvers._typing import FloatArray

__all__ = [
    "LARGEST_MARGIN",
    "LogisticFit",
    "fit_intercept",
    "fit_line",
    "log_odds",
    "mean_loss",
]

LARGEST_MARGIN = 36.0
"""Risks of 0 and 1 stand for these logarithms of the odds: about the resolution of a double."""

_EPS = float(np.finfo(np.float64).eps)


def log_odds(risk: FloatArray) -> FloatArray:
    """Logarithms of the odds of risks; those of 0 and 1 are cut to `LARGEST_MARGIN`."""
    with np.errstate(divide="ignore"):
        odds: FloatArray = np.log(risk) - np.log1p(-risk)
    return np.clip(odds, -LARGEST_MARGIN, LARGEST_MARGIN)


def mean_loss(margin: FloatArray, positive: FloatArray, negative: FloatArray) -> float:
    """Weighted mean of the logistic loss, by compensated summation.

    Parameters
    ----------
    margin : ndarray of shape (n,)
        Logarithms of the odds.
    positive, negative : ndarray of shape (n,)
        Weight of positive and of negative people at each.
    """
    terms = positive * np.logaddexp(0.0, -margin) + negative * np.logaddexp(0.0, margin)
    weight = math.fsum([*positive.tolist(), *negative.tolist()])
    return math.fsum(terms.tolist()) / weight


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

    from riskslim.solvers.odds import expit

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
