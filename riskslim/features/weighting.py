"""Counting rows that weigh something: a row of weight 2 counts as two equal rows do."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskslim.solvers._typing import FloatArray

__all__ = ["SLACK", "is_enough", "weighted_median", "without_idle_rows"]

# Sums of weights are compared up to their rounding: ten rows of weight 0.1 are one row.
SLACK = 1e-9


def is_enough(part: float, whole: float, share: float) -> bool:
    """Whether some rows weigh anything, and at least a share of all."""
    return bool(part > 0 and part >= share * whole * (1 - SLACK))


def weighted_median(values: FloatArray, weight: FloatArray) -> float:
    """Give the median: the middle between the two middle values, where there are two.

    Parameters
    ----------
    values, weight : ndarray of shape (n,)
        Finite numbers and positive weights.
    """
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    half = 0.5 * below[-1]
    low = values[order[np.searchsorted(below, half * (1 - SLACK), side="left")]]
    high = values[order[np.searchsorted(below, half * (1 + SLACK), side="right")]]
    return float(0.5 * (low + high))


def without_idle_rows(X: Any, weight: FloatArray) -> Any:
    """Put a row that counts in the place of each row of weight zero.

    Nothing is learned then from what these rows hold, while all rows keep their numbers, which
    messages speak of.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n, d)
        Rows.
    weight : ndarray of shape (n,)
        Not all zero, none negative.
    """
    from sklearn.utils import _safe_indexing

    used = weight > 0
    if used.all():
        return X
    return _safe_indexing(X, np.where(used, np.arange(len(used)), np.argmax(used)))
