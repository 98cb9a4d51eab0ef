"""The problem that every search of this package solves, as plain arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

from scipy.sparse import csr_array

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.oracle import ConvexOracle

__all__ = ["ConvexProgram", "LinearPart"]


class LinearPart(Protocol):
    """Columns, switches and rows, as `ConvexProgram` describes them, without an objective."""

    @property
    def names(self) -> tuple[str, ...]:
        """One per column."""

    @property
    def lower(self) -> FloatArray:
        """Lower bounds of the columns."""

    @property
    def upper(self) -> FloatArray:
        """Upper bounds of the columns."""

    @property
    def integer(self) -> BoolArray:
        """Which columns are integer."""

    @property
    def switches(self) -> IntArray:
        """Pairs (point column, indicator column)."""

    @property
    def matrix(self) -> csr_array:
        """Row coefficients."""

    @property
    def row_lower(self) -> FloatArray:
        """Lower sides of the rows."""

    @property
    def row_upper(self) -> FloatArray:
        """Upper sides of the rows."""

    @property
    def row_names(self) -> tuple[str, ...]:
        """One per row."""


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

    With `scale` the oracle reads ``t * x[oracle_columns]``, and t is chosen in that
    range together with x: the multiplier of a score is 1/t. Cost, bounds, switches
    and rows speak of x as ever. With `offset` its first column is real, neither cost nor rows
    speak of it, and of what it reads there, ``t * x[oracle_columns[0]]``, the best value for every
    t and all other columns lies within that range.

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
    scale : tuple of float or None
        Smallest and largest t, positive and finite; None where the oracle reads x as
        it stands.
    offset : tuple of float or None
        Least and greatest of what the oracle reads of its first column, where that is real and
        chosen with t; None where it is a column like others.

    Raises
    ------
    ValueError
        The range of the scale is empty, not positive or not finite, or there is an offset without
        a scale, or one of which a cost or a row speaks.
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
    offset: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.scale is not None and not 0.0 < self.scale[0] <= self.scale[1] < math.inf:
            msg = f"scale={self.scale!r}: give (smallest, largest), positive and finite"
            raise ValueError(msg)
        if self.offset is None:
            return
        column = int(self.oracle_columns[0])
        alone = self.cost[column] == 0.0 and not self.matrix[:, [column]].count_nonzero()
        if self.scale is None or self.integer[column] or not alone:
            msg = "an offset is a real column beside a scale, without a cost, in no row"
            raise ValueError(msg)

    def objective(self, point: FloatArray, scale: float = 1.0) -> float:
        """Objective at a point of all n columns, all of it by compensated summation."""
        return self.total(self.oracle.value(scale * point[self.oracle_columns]), point)

    def total(self, oracle_value: float, point: FloatArray) -> float:
        """Objective at a point where the oracle's value is known."""
        return math.fsum([oracle_value, *(self.cost * point).tolist()])
