"""The step between scores: of which number all values of a table are multiples."""

from __future__ import annotations

import numpy as np

from riskslim.solvers._typing import FloatArray

__all__ = ["grid_of"]

_DECIMALS = 6


def grid_of(features: FloatArray) -> float | None:
    """Largest number of which 1 and all values are multiples; None beyond six decimals.

    With integer points and intercept every score is a multiple of it: 1 for whole numbers, 0.5
    where some values are halves.

    Parameters
    ----------
    features : ndarray
        Values of the table.
    """
    values = np.unique(features)
    for decimals in range(_DECIMALS + 1):
        scale: int = 10**decimals
        whole = np.rint(values * scale)
        if np.all(whole / scale == values) and np.abs(whole).max(initial=0.0) < 2.0**53:
            measure: int = np.gcd.reduce(np.append(whole.astype(np.int64), scale))
            return int(measure) / scale
    return None
