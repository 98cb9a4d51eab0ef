"""Rows of a linear program in the making: few entries each, however many columns there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["LpRows"]


class LpRows:
    """Rows over a number of columns, one after the other.

    Attributes
    ----------
    width : int
        Columns.
    lower, upper : list of float
        Sides, which may be infinite.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.lower: list[float] = []
        self.upper: list[float] = []
        self._columns: list[IntArray] = []
        self._values: list[FloatArray] = []

    def add(
        self,
        columns: Sequence[int] | IntArray,
        values: Sequence[float] | FloatArray | float,
        lower: float,
        upper: float,
    ) -> int:
        """Append a row and give its number.

        Parameters
        ----------
        columns : sequence of int
            Each once.
        values : sequence of float, or float
            Of these columns; 0 for an entry that is to be set later.
        lower, upper : float
            Sides.
        """
        at = np.asarray(columns, dtype=np.int64)
        self._columns.append(at)
        self._values.append(np.broadcast_to(np.asarray(values, dtype=np.float64), at.shape))
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.lower) - 1

    def matrix(self) -> csr_array:
        """Give the coefficients, zeros included, in the order in which they were added."""
        starts = np.cumsum([0, *map(len, self._columns)])
        entries = np.concatenate(self._values), np.concatenate(self._columns), starts
        return csr_array(entries, shape=(len(self.lower), self.width))
