"""Merging equal rows into one, with exact sums of their weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskslim.data.table import Table
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.hashing import row_hashes

__all__ = ["canonical_order", "exact_parts", "exact_sum", "exact_sums", "merge_rows", "rounded"]

_BLOCK = 1 << 14


def merge_rows(table: Table) -> tuple[NDArray[Any], IntArray]:
    """Find the distinct rows of a table.

    Rows are hashed, and every row is then compared with the first of its hash, so
    that the answer is exact whatever the hash does. The groups are ordered by the
    hash of their values as doubles: the order depends on what the rows say and
    neither on where they stand nor on the types of the columns, so that a shuffled
    table merges into the same one.

    Parameters
    ----------
    table : Table
        Finite numbers.

    Returns
    -------
    rows : ndarray of shape (m, d)
        The distinct rows, without negative zeros: bytes where all are 0 and 1, or else doubles.
    group : ndarray of int, shape (n,)
        Which of them each row is.
    """
    rows, group = _merged(table)
    order = canonical_order(len(rows), rows.__getitem__)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    for start in range(0, len(group), _BLOCK):
        span = slice(start, start + _BLOCK)
        group[span] = place[group[span]]
    return rows[order], group


def canonical_order(length: int, rows: Callable[[slice], NDArray[Any]]) -> IntArray:
    """Order distinct rows by the hash of their values as doubles.

    Parameters
    ----------
    length : int
        How many there are.
    rows : callable
        Gives some of them.
    """
    hashes = np.empty(length, dtype=np.uint64)
    for start in range(0, length, _BLOCK):
        span = slice(start, start + _BLOCK)
        hashes[span] = row_hashes(np.ascontiguousarray(rows(span), np.float64).view(np.uint64))
    order = np.argsort(hashes)
    if (np.diff(hashes[order]) == 0).any():
        order = np.lexsort((*rows(slice(None)).T, hashes))
    return order


def _merged(table: Table) -> tuple[NDArray[Any], IntArray]:
    """Give the distinct rows as they appear, and which of them each row is."""
    import pandas as pd

    hashes = np.empty(table.shape[0], dtype=np.uint64)
    for span, words in table.words():
        hashes[span] = row_hashes(words)
    group, distinct = pd.factorize(hashes)
    del hashes
    known = np.empty((len(distinct), table.n_words), dtype=np.uint64)
    last = -1
    for span, words in table.words():
        of_block = group[span]
        # Groups are numbered as they appear: a new one exceeds all before it.
        new = np.flatnonzero(of_block > np.maximum.accumulate(np.append(last, of_block[:-1])))
        known[of_block[new]] = words[new]
        last = max(last, int(of_block.max()))
        if not np.array_equal(words, known[of_block]):
            # Two rows share a hash: compare rows themselves.
            rows, group = np.unique(table.all_rows(), axis=0, return_inverse=True)
            return rows, group.reshape(-1).astype(np.int64)
    return table.from_words(known), group.astype(np.int64, copy=False)


def exact_sums(values: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    """Sum values by group, each sum correctly rounded, whatever the order.

    Parameters as for `exact_parts`.

    Returns
    -------
    ndarray of shape (n_groups,)
    """
    return rounded(exact_parts(values, group, n_groups))


def rounded(parts: FloatArray) -> FloatArray:
    """Add up the columns of parts of shape (k, m), each sum correctly rounded."""
    if len(parts) == 1:
        sums: FloatArray = parts[0]
        return sums
    return np.array([math.fsum(column) for column in parts.T])


def exact_parts(values: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    """Sum values by group without rounding: each sum as several doubles that add up to it.

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
    ndarray of shape (k, n_groups)
        k is 1 at least; the exact sum of a column is that of its group's values.

    Raises
    ------
    OverflowError
        If the values are too large to be summed.
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
    return np.array(parts, dtype=np.float64) if parts else np.zeros((1, n_groups))


def exact_sum(values: FloatArray) -> float:
    """Sum values, correctly rounded, whatever their order; as `exact_sums` does."""
    return float(exact_sums(values, np.zeros(len(values), dtype=np.int64), 1)[0])
