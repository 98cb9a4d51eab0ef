"""Reject inference: those who were refused have no outcome, and are not like those who were not.

References
----------
D. J. Hand and W. E. Henley, "Can reject inference ever work?", IMA Journal of Mathematics Applied
in Business and Industry 5 (1993), 45-55; N. Siddiqi, "Intelligent Credit Scoring", 2nd edition,
2017, chapter 9.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.frames import as_frame
from riskslim.errors import OptionError
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["fuzzy_augmentation"]


def fuzzy_augmentation(
    X: Any,
    y: ArrayLike,
    rejected: Any,
    risk: ArrayLike,
    *,
    factor: float = 1.0,
    sample_weight: ArrayLike | None = None,
) -> tuple[Any, BoolArray, FloatArray]:
    """Add those who were refused, each as partly bad and partly good.

    Every refused row comes twice: as bad with its risk for a weight, and as good with the rest. A
    risk from a model of the accepted alone adds no information about the outcome, only about who
    applies; what makes a difference is a `factor` above 1, which is an assumption that no data of
    the accepted can test.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n, d)
        Those accepted.
    y : array-like of shape (n,)
        Their outcomes: bools, or 0 and 1, of which 1 is bad.
    rejected : DataFrame or array-like of shape (m, d)
        Those refused, with the same columns.
    risk : array-like of shape (m,)
        Their risk, by a score or a model of the accepted, from 0 to 1.
    factor : float
        By how much the odds of those refused are worse than that: positive.
    sample_weight : array-like of shape (n,), optional
        Of those accepted; 1 each by default.

    Returns
    -------
    X : DataFrame or ndarray of shape (n + 2 m, d)
        Accepted, then refused as bad, then refused as good.
    y : ndarray of bool, shape (n + 2 m,)
    weight : ndarray of shape (n + 2 m,)
        Each refused row weighs 1 in all.

    Raises
    ------
    OptionError
        Shapes, columns or numbers do not fit; names what.

    Examples
    --------
    >>> from riskslim.credit import fuzzy_augmentation
    >>> X, y, weight = fuzzy_augmentation([[0], [1]], [0, 1], [[1]], [0.25])
    >>> y.tolist(), weight.tolist()
    ([False, True, True, False], [1.0, 1.0, 0.25, 0.75])
    """
    accepted, refused = as_frame(X), as_frame(rejected)
    outcome = np.asarray(y)
    known = np.unique(outcome)
    if outcome.ndim != 1 or not np.isin(known, (0, 1)).all():
        raise OptionError("y: give one outcome for each row, 0 or 1 (1 is bad)")
    own = np.ones(len(outcome)) if sample_weight is None else np.asarray(sample_weight, float)
    share = np.asarray(risk, dtype=np.float64)
    for name, given, rows in (
        ("y", outcome, len(accepted)),
        ("sample_weight", own, len(accepted)),
        ("risk", share, len(refused)),
    ):
        if given.shape != (rows,):
            raise OptionError(f"{name}: expected {rows} numbers, one for each row")
    if not ((share >= 0) & (share <= 1)).all():
        raise OptionError("risk: give numbers from 0 to 1")
    if not (math.isfinite(factor) and factor > 0):
        raise OptionError(f"factor={factor!r}: give a positive number")
    share = factor * share / (factor * share + (1.0 - share))
    return (
        _stacked(accepted, refused),
        np.concatenate([outcome == 1, np.ones(len(share), bool), np.zeros(len(share), bool)]),
        np.concatenate([own, share, 1.0 - share]),
    )


def _stacked(accepted: Any, refused: Any) -> Any:
    if not hasattr(accepted, "iloc"):
        first, second = np.asarray(accepted), np.asarray(refused)
        if first.ndim != 2 or first.shape[1:] != second.shape[1:]:
            raise OptionError(f"rejected: expected {first.shape[-1]} columns, those of X")
        return np.concatenate([first, second, second])
    import pandas as pd

    if not hasattr(refused, "iloc") or list(refused.columns) != list(accepted.columns):
        raise OptionError("rejected: give a table with the columns of X, in their order")
    return pd.concat([accepted, refused, refused], ignore_index=True)
