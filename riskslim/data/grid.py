"""The step between scores: of which number all values of a table are multiples."""

from __future__ import annotations

import numpy as np

from riskslim.solvers._typing import FloatArray

__all__ = ["grid_of", "tie_of"]

_DECIMALS = 6
_FINEST = 15
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
    values = np.unique(features)
    for decimals in range(_FINEST + 1):
        scale: int = 10**decimals
        whole = np.rint(values * scale)
        largest = float(np.abs(whole).max(initial=0.0))
        if largest >= (2.0**53 if decimals <= _DECIMALS else _SURE):
            return None
        if np.all(whole / scale == values):
            measure: int = np.gcd.reduce(np.append(whole.astype(np.int64), scale))
            return int(measure) / scale
    return None


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
