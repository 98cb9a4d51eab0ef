"""Intervals of 95 % of shares that were seen in people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riskslim.solvers._typing import FloatArray

__all__ = ["ENOUGH_PEOPLE", "Z95", "people_behind", "places_between", "places_of", "wilson"]

Z95 = 1.959963984540054
"""Quantile of the normal distribution for two-sided intervals of 95 %."""

ENOUGH_PEOPLE = 20
"""With fewer the interval of an observed share is 40 points wide or more: it says little."""


_NARROW = 0.01


def wilson(share: float, count: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share seen in so many people [1]_.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical
       inference", JASA 22 (1927), 209-212.
    """
    base = 1 + Z95**2 / count
    middle = (share + Z95**2 / (2 * count)) / base
    half = Z95 * math.sqrt(share * (1 - share) / count + Z95**2 / (4 * count**2)) / base
    # At the ends the formula gives 0 and 1, up to rounding.
    low = 0.0 if share <= 0.0 else max(0.0, middle - half)
    return low, 1.0 if share >= 1.0 else min(1.0, middle + half)


def places_of(positive: float, people: float) -> int:
    """Decimal places of a percentage that so many people bear: one where the interval is narrow.

    Parameters
    ----------
    positive, people : float
        How many have the outcome, of how many.

    Returns
    -------
    int
        1 where Wilson's interval is less than a percentage point wide, else 0.
    """
    if not people:
        return 0
    return places_between(*wilson(positive / people, people))


def places_between(low: float, high: float) -> int:
    """Decimal places of a percentage with such an interval: 1 where it is narrow, else 0."""
    return int(high - low < _NARROW)


def people_behind(weight: FloatArray) -> float:
    """Effective number of people with weights: sum squared over the sum of squares [1]_.

    Without weights that is their number.

    Parameters
    ----------
    weight : ndarray of shape (n,)
        At least one above 0.

    References
    ----------
    .. [1] L. Kish, "Survey sampling", 1965, section 11.7.
    """
    return math.fsum(weight.tolist()) ** 2 / float(weight @ weight)
