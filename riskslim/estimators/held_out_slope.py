"""Whether people who were held out ask for steeper or flatter risks than a fit has."""

from __future__ import annotations

from riskslim.scores.log_odds import fit_intercept, fit_line, mean_loss
from riskslim.solvers._typing import FloatArray

__all__ = ["slope_asked_for"]

# Twice the gain in log-likelihood that a slope must bring: chi-squared of one degree of freedom,
# 5 %.
_LEAST_GAIN = 3.841
# Steeper or flatter by more is the noise of few people.
_STEEPEST = 2.0


def slope_asked_for(positive: FloatArray, margin: FloatArray, weight: FloatArray) -> float:
    """Give the calibration slope of held-out predictions, or 1 where they do not ask for one.

    They do where the likelihood ratio of a recalibrated slope and intercept [1]_ against an
    intercept alone is significant at 5 %.

    Parameters
    ----------
    positive : ndarray of shape (n,)
        Outcomes, 0 or 1.
    margin : ndarray of shape (n,)
        Logarithms of the odds, predicted without the person.
    weight : ndarray of shape (n,)
        What each person counts.

    Returns
    -------
    float
        Between 1/2 and 2. 1 as well where the risk falls as the margin rises.

    References
    ----------
    .. [1] D. R. Cox, "Two further applications of a model for binary regression", Biometrika 45
       (1958), 562-565; E. W. Steyerberg, "Clinical prediction models", 2nd edition, 2019,
       chapter 15.
    """
    line, shift = fit_line(positive, margin, weight), fit_intercept(positive, margin, weight)
    if line is None or shift is None or line.slope <= 0:
        return 1.0
    up, down = weight * positive, weight * (1.0 - positive)
    level = mean_loss(margin + shift, up, down)
    gain = level - mean_loss(line.intercept + line.slope * margin, up, down)
    if 2.0 * gain * float(weight.sum()) < _LEAST_GAIN:
        return 1.0
    return min(max(line.slope, 1.0 / _STEEPEST), _STEEPEST)
