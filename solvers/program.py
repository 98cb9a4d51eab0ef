"""The problem that every search of this package solves, as plain arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from scipy.sparse import csr_array

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.oracle import ConvexOracle

__all__ = ["ConvexProgram"]


@dataclass(frozen=True)
class ConvexProgram:
    """Minimise a convex oracle plus a linear cost over a mixed-integer linear set.

    ::

        minimise    oracle(x[oracle_columns]) + cost @ x
        over        row_lower <= matrix @ x <= row_upper
                    lower <= x <= upper,   x[j] integer where integer[j]
                    x[indicator] in {0, 1} is 1 where x[point] != 0 and 0 where it is 0,
                    for each pair (point, indicator) of switches

    The switch rows ``lower * indicator <= point <= upper * indicator`` are not
    part of `matrix`: a search states them with the bounds it has tightened. For
    a point that is not integer, "1 where it is 0" cannot be stated by closed
    sets and is not asked for.

    Attributes
    ----------
    oracle : ConvexOracle
        The convex part, of dimension p.
    oracle_columns : ndarray of shape (p,)
        The columns that it reads, in its order.
    names : tuple of str
        One per column.
    cost, lower, upper : ndarray of shape (n,)
        Linear cost and bounds of the columns; integer columns have finite bounds.
    integer : ndarray of bool, shape (n,)
        Which columns are integer.
    switches : ndarray of shape (s, 2)
        Pairs (point column, indicator column).
    matrix : csr_array of shape (m, n)
        Row coefficients.
    row_lower, row_upper : ndarray of shape (m,)
        Sides of the rows.
    row_names : tuple of str
        One per row.
    """

    oracle: ConvexOracle
    oracle_columns: IntArray
    names: tuple[str, ...]
    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray
    switches: IntArray
    matrix: csr_array
    row_lower: FloatArray
    row_upper: FloatArray
    row_names: tuple[str, ...] = field(default=())
    scale: tuple[float, float] | None = None

    def objective(self, point: FloatArray) -> float:
        """Objective at a point of all n columns, all of it by compensated summation."""
        return self.total(self.oracle.value(point[self.oracle_columns]), point)

    def total(self, oracle_value: float, point: FloatArray) -> float:
        """Objective at a point where the oracle's value is known."""
        return math.fsum([oracle_value, *(self.cost * point).tolist()])
