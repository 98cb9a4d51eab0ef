"""Reals of 16 and 32 bits stand for the decimal that they are written as, not for their binary.

A file may hold 0.7 as a real of 32 bits. As a double that is 0.699999988, below a cut at 0.7, where
the same table in a CSV file has 0.7: one person would have two risks. So a short real becomes the
double of the shortest decimal that reads back as it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskslim.solvers._typing import FloatArray

__all__ = ["as_written", "is_short"]

_PLACES = 22  # 10^22 is the largest power of ten that is a double
_DIGITS = 9  # so many tell any two reals of 32 bits apart


def is_short(dtype: Any) -> bool:
    """Say whether a type, of NumPy or of pandas, holds reals of fewer than 64 bits."""
    numpy_dtype = getattr(dtype, "numpy_dtype", dtype)
    return (
        isinstance(numpy_dtype, np.dtype) and numpy_dtype.kind == "f" and numpy_dtype.itemsize < 8
    )


def as_written(values: NDArray[Any]) -> FloatArray | NDArray[Any]:
    """Give short reals as the doubles of their shortest decimals.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Of 16 or 32 bits.

    Returns
    -------
    ndarray of shape (n,)
        `values` themselves, where they are the same as doubles: whole, or halves, say.
    """
    with np.errstate(invalid="ignore"):
        left = np.flatnonzero(np.isfinite(values) & (values != np.rint(values)))
    if not left.size:
        return values
    doubles: FloatArray = values.astype(np.float64)
    exponents = np.floor(np.log10(np.abs(doubles[left]))).astype(np.int64)
    for digits in range(1, _DIGITS + 1):
        # An integer below 2^53 over a power of ten that is a double is rounded once.
        places = digits - 1 - exponents
        power = 10.0 ** np.clip(places, 0, _PLACES)
        rounded = np.rint(doubles[left] * power) / power
        is_it = (places >= 0) & (places <= _PLACES) & (rounded.astype(values.dtype) == values[left])
        doubles[left[is_it]] = rounded[is_it]
        left, exponents = left[~is_it], exponents[~is_it]
    doubles[left] = [float(str(value)) for value in values[left]]
    return values if np.array_equal(doubles, values, equal_nan=True) else doubles
