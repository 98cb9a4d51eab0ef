"""Merging equal rows into one, with exact sums of their weights."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from riskslim.data.table import Table
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["class_totals", "exact_sums", "merge_rows", "soft_totals"]

_BLOCK = 1 << 14


def merge_rows(table: Table) -> tuple[FloatArray, IntArray]:
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
        The distinct rows, without negative zeros.
    group : ndarray of int, shape (n,)
        Which of them each row is.
    """
    rows, group = _merged(table)
    hashes = _hashes(rows.view(np.uint64))
    order = np.argsort(hashes)
    if (np.diff(hashes[order]) == 0).any():
        order = np.lexsort((*rows.T, hashes))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    for start in range(0, len(group), _BLOCK):
        span = slice(start, start + _BLOCK)
        group[span] = place[group[span]]
    return rows[order], group


def _merged(table: Table) -> tuple[FloatArray, IntArray]:
    """Give the distinct rows as they appear, and which of them each row is."""
    import pandas as pd

    hashes = np.empty(table.shape[0], dtype=np.uint64)
    for span, words in table.words():
        hashes[span] = _hashes(words)
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


def _hashes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix the words of each row into 64 bits (multiply and shift, as in splitmix64)."""
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


def class_totals(
    group: IntArray, is_positive: BoolArray, weight: FloatArray | None, n_groups: int
) -> tuple[IntArray, FloatArray]:
    """Count and weigh the rows of each class in each group.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
        Group of each row.
    is_positive : ndarray of bool, shape (n,)
        Its class.
    weight : ndarray of shape (n,) or None
        Its weight, 0 or more; None for 1 each.
    n_groups : int
        Number of groups.

    Returns
    -------
    counts : ndarray of int, shape (2, n_groups)
        Rows with a weight, of the negative and of the positive class.
    sums : ndarray of shape (2, n_groups)
        Their weights, correctly rounded.

    Raises
    ------
    OverflowError
        If the weights are too large to be summed.
    """
    counts = np.empty((2, n_groups), dtype=np.int64)
    sums = np.empty((2, n_groups))
    for label, members in enumerate((~is_positive, is_positive)):
        rows = members if weight is None else members & (weight > 0)
        groups = group[rows]
        counts[label] = np.bincount(groups, minlength=n_groups)
        sums[label] = counts[label]
        if weight is not None:
            sums[label] = exact_sums(weight[rows], groups, n_groups)
    return counts, sums


def soft_totals(
    group: IntArray, shares: FloatArray, weight: FloatArray | None, n_groups: int
) -> FloatArray:
    """Weigh rows that count as both classes in part.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
        Group of each row.
    shares : ndarray of shape (n,)
        Its share of the positive class.
    weight : ndarray of shape (n,) or None
        Its weight, 0 or more; None for 1 each.
    n_groups : int
        Number of groups.

    Returns
    -------
    ndarray of shape (2, n_groups)
        Sums of ``weight * (1 - share)`` and of ``weight * share``, correctly rounded.

    Raises
    ------
    OverflowError
        If the weights are too large to be summed.
    """
    weight = np.ones(len(shares)) if weight is None else weight
    return np.array([exact_sums(weight * part, group, n_groups) for part in (1.0 - shares, shares)])


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
