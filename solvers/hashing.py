"""Distinct rows by hash: exact whatever the hash does, in the time of one sort of numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["distinct_rows", "row_hashes"]

_BLOCK = 1 << 14


def row_hashes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix the words of each row into 64 bits (multiply and shift, as in splitmix64).

    Parameters
    ----------
    words : ndarray of uint64, shape (n, w)

    Returns
    -------
    ndarray of uint64, shape (n,)
    """
    hashes = np.full(len(words), 0x9E3779B97F4A7C15, dtype=np.uint64)
    multiplier, shift = np.uint64(0xBF58476D1CE4E5B9), np.uint64(29)
    for start in range(0, len(words), _BLOCK):
        bits = np.ascontiguousarray(words[start : start + _BLOCK].T)
        mixed = hashes[start : start + _BLOCK]
        for word in bits:
            # A double's low bits are often all zero: fold the high ones in first.
            mixed ^= word ^ (word >> np.uint64(32))
            mixed *= multiplier
            mixed ^= mixed >> shift
    return hashes


def distinct_rows(x: FloatArray) -> tuple[FloatArray, IntArray]:
    """Find the distinct rows of a matrix, in an order that depends on what they say alone.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Finite.

    Returns
    -------
    rows : ndarray of shape (m, d)
        The distinct rows, without negative zeros.
    group : ndarray of int, shape (n,)
        Which of them each row is.
    """
    rows = np.ascontiguousarray(x, dtype=np.float64) + 0.0
    _, first, group = np.unique(
        row_hashes(rows.view(np.uint64)), return_index=True, return_inverse=True
    )
    distinct = rows[first]
    if not np.array_equal(distinct[group], rows):
        distinct, group = np.unique(rows, axis=0, return_inverse=True)  # two rows share a hash
    return distinct, group.reshape(-1).astype(np.int64, copy=False)
