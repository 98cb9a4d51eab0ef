"""Lower bounds that hold whatever the LP solver's tolerances were.

For any row multipliers y with valid signs, weak duality gives for every x with
``row_lower <= A x <= row_upper`` and ``lower <= x <= upper``

    c'x  >=  sum_i min over the sides of y_i  +  sum_j min(d_j lower_j, d_j upper_j),
    d = c - A'y.

Nothing is assumed of y: it may come from an LP solver that stopped anywhere.
What floating-point arithmetic may add is bounded by gamma_k times the same sum
with absolute values, and subtracted.

References
----------
Neumaier, A. and Shcherbina, O. (2004). Safe bounds in linear and mixed-integer
linear programming. Mathematical Programming 99, 283-296. Sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["RowBlock", "safe_lower_bound"]

_EPS = float(np.finfo(np.float64).eps)


@dataclass
class RowBlock:
    """Rows of a linear program with what the bound needs of them.

    Attributes
    ----------
    matrix, magnitude : ndarray or csr_array of shape (m, k)
        Coefficients and their absolute values.
    lower, upper : ndarray of shape (m,)
        Sides, 0 where a row has none.
    has_lower, has_upper : ndarray of shape (m,)
        1.0 where the side exists, else 0.0.
    columns : slice or ndarray of shape (k,)
        The columns of the program that the matrix speaks of, each once.
    """

    matrix: FloatArray | csr_array
    magnitude: FloatArray | csr_array
    lower: FloatArray
    upper: FloatArray
    has_lower: FloatArray
    has_upper: FloatArray
    columns: slice | IntArray = field(default_factory=lambda: slice(None))

    @classmethod
    def of(cls, matrix: FloatArray | csr_array, lower: FloatArray, upper: FloatArray) -> RowBlock:
        """Take rows with sides that may be infinite."""
        has_lower, has_upper = np.isfinite(lower), np.isfinite(upper)
        return cls(
            matrix,
            abs(matrix),
            np.where(has_lower, lower, 0.0),
            np.where(has_upper, upper, 0.0),
            has_lower.astype(np.float64),
            has_upper.astype(np.float64),
        )

    def set_side(self, row: int, lower: float, upper: float) -> None:
        """Give a row other sides, which may be infinite."""
        for values, has, side in (
            (self.lower, self.has_lower, lower),
            (self.upper, self.has_upper, upper),
        ):
            has[row] = np.isfinite(side)
            values[row] = side if has[row] else 0.0


def safe_lower_bound(
    cost: FloatArray,
    blocks: Sequence[RowBlock],
    lower: FloatArray,
    upper: FloatArray,
    duals: FloatArray,
) -> tuple[float, FloatArray]:
    """Bound ``cost @ x`` from below over the rows and the box, for any row multipliers.

    Parameters
    ----------
    cost, lower, upper : ndarray of shape (n,)
        Cost and finite bounds of the columns.
    blocks : sequence of RowBlock
        The m rows, block after block.
    duals : ndarray of shape (m,)
        Multipliers; parts of an invalid sign count as 0.

    Returns
    -------
    bound : float
        At most ``cost @ x`` for each feasible x; -inf where `duals` are no numbers.
    reduced_cost : ndarray of shape (n,)
        ``cost - A'y`` for the clipped multipliers. Every feasible x costs at
        least ``bound + reduced_cost[j] * (x[j] - lower[j])`` where that is
        positive, and likewise from the upper bound where it is negative.
    """
    if not np.isfinite(duals).all():
        return -np.inf, np.zeros(len(cost))
    reduced, size = cost.copy(), np.abs(cost)
    value = scale = 0.0
    first = 0
    for rows in blocks:
        multipliers = duals[first : first + len(rows.lower)]
        first += len(rows.lower)
        rising = np.maximum(multipliers, 0.0) * rows.has_lower
        falling = np.minimum(multipliers, 0.0) * rows.has_upper
        clipped = rising + falling
        weight = np.abs(clipped)
        reduced[rows.columns] -= clipped @ rows.matrix
        size[rows.columns] += weight @ rows.magnitude
        value += float(rising @ rows.lower + falling @ rows.upper)
        scale += float(weight @ np.maximum(np.abs(rows.lower), np.abs(rows.upper)))
    value += float(np.minimum(reduced * lower, reduced * upper).sum())
    # gamma_k with k = m + n + 16 sums and products, of unit roundoff eps/2: eps
    # in its place leaves a factor of two for the rounding of this very bound.
    scale += float(size @ np.maximum(np.abs(lower), np.abs(upper)))
    bound = float(value - _EPS * (len(duals) + len(cost) + 16) * scale)
    return (bound if np.isfinite(bound) else -np.inf), reduced
