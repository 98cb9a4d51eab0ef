"""Merging equal rows into one, with exact sums of their weights."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["exact_sums", "merge_rows"]

_BLOCK = 1 << 14


def merge_rows(features: FloatArray) -> tuple[IntArray, IntArray]:
    """Find the distinct rows of a table.

    Rows are hashed, the hashes sorted, and every row then compared with the
    first of its hash, so that the answer is exact whatever the hash does. The
    order of the groups is that of the hashes: it depends on what the rows say and
    not on where they stand, so that a shuffled table merges into the same one.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Finite, without negative zeros.

    Returns
    -------
    first : ndarray of int, shape (m,)
        A row of each group.
    group : ndarray of int, shape (n,)
        Group of each row.
    """
    hashes = _row_hashes(features)
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    for start in range(0, len(features), _BLOCK):
        block = slice(start, start + _BLOCK)
        if not np.array_equal(features[block], features[first[group[block]]]):
            # Two rows share a hash: compare rows themselves.
            _, first, group = np.unique(features, axis=0, return_index=True, return_inverse=True)
            break
    return first.astype(np.int64), group.reshape(-1).astype(np.int64)


def _row_hashes(features: FloatArray) -> NDArray[np.uint64]:
    """Mix the bits of each row's values into 64 (multiply and shift, as in splitmix64)."""
    n, d = features.shape
    hashes = np.full(n, 0x9E3779B97F4A7C15, dtype=np.uint64)
    multiplier, shift = np.uint64(0xBF58476D1CE4E5B9), np.uint64(29)
    for start in range(0, n, _BLOCK):
        bits = np.ascontiguousarray(features[start : start + _BLOCK].T).view(np.uint64)
        mixed = hashes[start : start + _BLOCK]
        for j in range(d):
            # A double's low bits are often all zero: fold the high ones in first.
            mixed ^= bits[j] ^ (bits[j] >> np.uint64(32))
            mixed *= multiplier
            mixed ^= mixed >> shift
    return hashes


def exact_sums(values: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    """Sum values by group, each sum correctly rounded, whatever the order.

    Each pass splits the values at a common power of two: ``(sigma + v) - sigma`` is the
    part of v that is a multiple of ulp(sigma), and with sigma >= 2·n·max|v| the n parts
    sum without rounding in double precision (Rump, Ogita and Oishi, "Accurate
    floating-point summation part I", 2008, section 3). The rests are split in the next pass.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Finite.
    group : ndarray of int, shape (n,)
        Group of each value.
    n_groups : int
        Number of groups.

    Returns
    -------
    ndarray of shape (n_groups,)
    """
    rest = values.copy()
    parts = []
    while rest.any():
        exponent = math.frexp(float(np.abs(rest).max()))[1] + math.frexp(len(rest))[1] + 1
        if exponent > 1000:
            raise OverflowError("weights too large to be summed")
        sigma = math.ldexp(1.0, exponent)
        high = (sigma + rest) - sigma
        parts.append(np.bincount(group, weights=high, minlength=n_groups))
        rest = rest - high
    if not parts:
        return np.zeros(n_groups)
    if len(parts) == 1:
        return parts[0].astype(np.float64)
    return np.array([math.fsum(column) for column in zip(*parts, strict=True)])
