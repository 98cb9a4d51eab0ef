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

from dataclasses import dataclass

import numpy as np

from riskslim.solvers._typing import FloatArray

__all__ = ["RowBlock", "safe_lower_bound"]

_EPS = float(np.finfo(np.float64).eps)


@dataclass
class RowBlock:
    """Dense rows of a linear program with what the bound needs of them.

    Attributes
    ----------
    matrix, magnitude : ndarray of shape (m, n)
        Coefficients and their absolute values.
    lower, upper : ndarray of shape (m,)
        Sides, 0 where a row has none.
    has_lower, has_upper : ndarray of shape (m,)
        1.0 where the side exists, else 0.0.
    """

    matrix: FloatArray
    magnitude: FloatArray
    lower: FloatArray
    upper: FloatArray
    has_lower: FloatArray
    has_upper: FloatArray

    @classmethod
    def of(cls, matrix: FloatArray, lower: FloatArray, upper: FloatArray) -> RowBlock:
        """Take rows with sides that may be infinite."""
        has_lower, has_upper = np.isfinite(lower), np.isfinite(upper)
        return cls(
            matrix,
            np.abs(matrix),
            np.where(has_lower, lower, 0.0),
            np.where(has_upper, upper, 0.0),
            has_lower.astype(np.float64),
            has_upper.astype(np.float64),
        )


def safe_lower_bound(
    cost: FloatArray,
    rows: RowBlock,
    lower: FloatArray,
    upper: FloatArray,
    duals: FloatArray,
) -> tuple[float, FloatArray]:
    """Bound ``cost @ x`` from below over the rows and the box, for any row multipliers.

    Parameters
    ----------
    cost, lower, upper : ndarray of shape (n,)
        Cost and finite bounds of the columns.
    rows : RowBlock
        The m rows.
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
    rising = np.maximum(duals, 0.0) * rows.has_lower
    falling = np.minimum(duals, 0.0) * rows.has_upper
    clipped = rising + falling
    reduced = cost - clipped @ rows.matrix
    value = (
        rising @ rows.lower
        + falling @ rows.upper
        + np.minimum(reduced * lower, reduced * upper).sum()
    )
    # gamma_k with k = m + n + 16 sums and products, of unit roundoff eps/2: eps
    # in its place leaves a factor of two for the rounding of this very bound.
    weight = np.abs(clipped)
    extent = np.maximum(np.abs(lower), np.abs(upper))
    scale = weight @ np.maximum(np.abs(rows.lower), np.abs(rows.upper)) + (
        (np.abs(cost) + weight @ rows.magnitude) @ extent
    )
    bound = float(value - _EPS * (len(duals) + len(cost) + 16) * scale)
    return (bound if np.isfinite(bound) else -np.inf), reduced
