"""Checking integer points against the rows of a statement, without a solver's tolerances."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from riskslim.errors import OptionError
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import FloatArray

__all__ = [
    "as_points",
    "broken_by",
    "broken_rows",
    "broken_rows_at",
    "complete",
    "outside_bounds",
]

_ROUNDING = 1e-9


def as_points(points: ArrayLike, d: int) -> FloatArray:
    """Give points as an array of d + 1 numbers.

    Raises
    ------
    OptionError
        If they are not as many.
    """
    x = np.asarray(points, dtype=np.float64)
    if x.shape != (d + 1,):
        raise OptionError(
            f"points have shape {x.shape}; give {d + 1} numbers: the intercept, then {d} features"
        )
    return x


def complete(statement: Statement, points: FloatArray) -> FloatArray | None:
    """Add indicators and other variables to points so that all rows hold, if they can.

    Indicators say where points are not 0. Further variables are found by a
    mixed-integer program over them alone.
    """
    d = len(statement.feature_names)
    x = np.zeros(len(statement.names))
    x[: d + 1] = points
    x[d + 1 : 2 * d + 1] = points[1:] != 0
    rest = slice(2 * d + 1, None)
    if np.any(statement.lower[rest] > statement.upper[rest]):
        return None
    if len(x) > 2 * d + 1:
        from scipy.optimize import Bounds, LinearConstraint, milp

        done = statement.matrix[:, : 2 * d + 1] @ x[: 2 * d + 1]
        answer = milp(
            np.zeros(len(x) - 2 * d - 1),
            integrality=statement.integer[rest].astype(int),
            bounds=Bounds(statement.lower[rest], statement.upper[rest]),
            constraints=LinearConstraint(
                statement.matrix[:, 2 * d + 1 :],
                statement.row_lower - done,
                statement.row_upper - done,
            ),
        )
        if answer.x is None:
            return None
        x[rest] = np.where(statement.integer[rest], np.rint(answer.x), answer.x)
    return x


def outside_bounds(statement: Statement, x: FloatArray) -> list[str]:
    """Names of the columns whose value lies outside their bounds."""
    outside = (x < statement.lower) | (x > statement.upper)
    return [name for name, out in zip(statement.names, outside, strict=True) if out]


def broken_rows_at(statement: Statement, x: FloatArray) -> list[str]:
    """Names of the rows that do not hold at a point of all columns.

    A row of whole numbers is decided exactly; any other within its rounding.
    """
    broken = []
    matrix = statement.matrix
    for i, name in enumerate(statement.row_names):
        span = slice(matrix.indptr[i], matrix.indptr[i + 1])
        terms = matrix.data[span] * x[matrix.indices[span]]
        activity = math.fsum(terms)
        sides = (statement.row_lower[i], statement.row_upper[i])
        slack = 0.0
        numbers = (*matrix.data[span], *x[matrix.indices[span]])
        if not all(float(number).is_integer() for number in numbers):
            # 0.1 + 0.2 <= 0.3 would fail by the rounding of the numbers alone.
            extent = np.maximum(np.abs(statement.lower), np.abs(statement.upper))
            size = float(np.abs(matrix.data[span]) @ extent[matrix.indices[span]])
            slack = _ROUNDING * (1.0 + size + max(abs(s) for s in sides if math.isfinite(s)))
        if not sides[0] - slack <= activity <= sides[1] + slack:
            broken.append(name)
    return broken


def broken_rows(statement: Statement, points: FloatArray) -> list[str]:
    """Names of the rows that points break, whatever further variables may do."""
    x = complete(statement, points)
    if x is not None:
        return broken_rows_at(statement, x)
    # No further variables satisfy all rows: name those that speak of points alone, if
    # they are broken, or else all that speak of further variables, or these themselves.
    d = len(statement.feature_names)
    x = np.zeros(len(statement.names))
    x[: d + 1], x[d + 1 : 2 * d + 1] = points, points[1:] != 0
    further = np.diff(statement.matrix[:, 2 * d + 1 :].tocsr().indptr) > 0
    plain = {name for name, more in zip(statement.row_names, further, strict=True) if not more}
    broken = [name for name in broken_rows_at(statement, x) if name in plain]
    others = [name for name in statement.row_names if name not in plain]
    return broken or others or list(statement.names[2 * d + 1 :])


def broken_by(statement: Statement, points: FloatArray) -> list[str]:
    """Names of all that points break: rows, bounds, and that they are multiples of a number."""
    d = len(statement.feature_names)
    x = np.concatenate([points, points[1:] != 0])
    own = zip(statement.names, x, statement.lower, statement.upper, strict=False)
    outside = [name for name, value, low, high in own if not low <= value <= high]
    steps = np.ones(d, dtype=np.int64) if statement.step is None else statement.step
    off = [
        f"{statement.names[j + 1]} in steps of {steps[j]}"
        for j in np.flatnonzero(points[1:] % steps).tolist()
    ]
    return [*broken_rows(statement, points), *outside, *off]
