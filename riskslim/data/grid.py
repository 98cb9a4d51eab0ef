"""The step between scores: of which number all values of a table are multiples."""

from __future__ import annotations

import numpy as np

from riskslim.solvers._typing import FloatArray

__all__ = ["grid_of", "tie_of"]

_DECIMALS = 6
_FINEST = 15
_FIRST = 10_000
_SURE = 1e9  # steps in a value: rounding errors of a total are far below half a step
_TIE = 1e-12  # of the largest value: where totals have no step, what rounding errors may feign


def grid_of(features: FloatArray) -> float | None:
    """Largest number of which 1 and all values are multiples; None where it is too fine to use.

    With integer points and intercept every score is a multiple of it: 1 for whole numbers, 0.5
    where some values are halves.

    Parameters
    ----------
    features : ndarray
        Values of the table.
    """
    values = np.ravel(features)
    largest = float(np.abs(values).max(initial=0.0))
    for decimals in range(_FINEST + 1):
        scale: int = 10**decimals
        if np.rint(largest * scale) >= (2.0**53 if decimals <= _DECIMALS else _SURE):
            return None
        # The first values tell most tables that need more digits.
        if _are_multiples(values[:_FIRST], scale) and _are_multiples(values, scale):
            whole = np.rint(values * scale).astype(np.int64)
            return int(np.gcd(np.gcd.reduce(whole, initial=0), scale)) / scale
    return None


def _are_multiples(values: FloatArray, scale: int) -> bool:
    """Whether all values are multiples of 1 / scale."""
    return bool(np.all(np.rint(values * scale) / scale == values))


def tie_of(features: FloatArray, step: float | None) -> float:
    """By how much a computed total must exceed a whole number to be above it.

    Half a step: exact totals (`riskslim.data.exact_totals`) are equal or differ by at least one.

    Parameters
    ----------
    features : ndarray
        Values of the table.
    step : float or None
        Of which they are multiples, if of any.
    """
    return step / 2.0 if step else _TIE * float(np.abs(features).max(initial=0.0))
