"""Rows that are the same but for the outcome: no score can tell them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.spelling import as_read, each_cell
from riskslim.solvers._typing import BoolArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Contradictions", "contradictions", "contradictions_of_frame"]


@dataclass(frozen=True)
class Contradictions:
    """Rows of both outcomes that agree in everything else.

    Attributes
    ----------
    rows : int
        How many rows there are with one of the other outcome that is the same.
    least_errors : int
        Rows that every rule of these columns calls wrongly at least: of equal rows it says one
        thing, so that those of the rarer outcome, or more, are wrong.
    """

    rows: int
    least_errors: int

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows are the same as others but for the outcome; every score that "
            f"says yes or no is wrong about {self.least_errors:,} of them at least"
        )


def contradictions(negative: IntArray, positive: IntArray) -> Contradictions:
    """Count them, given how many rows of each class each distinct row stands for."""
    both = (negative > 0) & (positive > 0)
    rows = int((negative + positive)[both].sum())
    return Contradictions(rows, int(np.minimum(negative, positive)[both].sum()))


def contradictions_of_frame(frame: pd.DataFrame, is_positive: BoolArray) -> Contradictions:
    """Count them in a raw table, whose cells are the same where they read the same.

    Parameters
    ----------
    frame : DataFrame of shape (n, d)
        Without the outcome.
    is_positive : ndarray of bool, shape (n,)
        The outcome.
    """
    group = np.zeros(len(frame), dtype=np.int64)
    for place in range(frame.shape[1]):
        codes = np.unique(_texts(frame.iloc[:, place]), return_inverse=True)[1]
        group = np.unique(group * (len(frame) + 1) + codes, return_inverse=True)[1]
    size = int(group.max(initial=-1)) + 1
    counts = [np.bincount(group[rows], minlength=size) for rows in (~is_positive, is_positive)]
    return contradictions(*counts)


def _texts(column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    if column.dtype.kind in "iub":
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(each_cell(column, as_read, object)).astype(str)
