"""Beyond what a number is taken for a mistake."""

from __future__ import annotations

__all__ = ["plausible_range"]


def plausible_range(low: float, high: float) -> tuple[float, float]:
    """Give a range that is sure to hold every number that is none by mistake.

    As far beyond the numbers that were seen as these are from one another; and not below 0 where
    none of them is.

    Parameters
    ----------
    low, high : float
        The least and the largest number that were seen.
    """
    span = high - low or abs(high) or 1.0
    return (max(low - span, 0.0) if low >= 0 else low - span), high + span
