"""Checking integer points against a statement, without a solver's tolerances."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from riskslim.constraints import GroupsUsed, Part, RateSums, Size, Step, Values
from riskslim.errors import OptionError
from riskslim.names import INTERCEPT_NAME, nearest
from riskslim.problems.rows import RowForm
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import FloatArray

__all__ = [
    "Points",
    "as_points",
    "broken_at",
    "broken_by",
    "broken_rows",
    "complete",
    "outside_bounds",
]

_ROUNDING = 1e-9


class HasPoints(Protocol):
    """A score."""

    intercept: int

    @property
    def points(self) -> Mapping[str, int]:
        """Points by feature."""


Points = ArrayLike | Mapping[str, float] | HasPoints
"""Points of a score: of shape (d + 1,), intercept first; or by name, where the intercept is
``"(Intercept)"`` and what is left out has 0 points; or those of a score."""


def as_points(points: Points, feature_names: Sequence[str]) -> FloatArray:
    """Give points as an array of d + 1 numbers.

    Raises
    ------
    OptionError
        If they are not as many, or name something else than features.
    """
    own = getattr(points, "points", None)
    if isinstance(own, Mapping):
        points = {INTERCEPT_NAME: getattr(points, "intercept", 0), **own}
    d = len(feature_names)
    if isinstance(points, Mapping):
        names = (INTERCEPT_NAME, *feature_names)
        for name in points:
            if name not in names:
                raise OptionError(f"points of {name!r}: {nearest(name, names, 'features')}")
        points = [points.get(name, 0) for name in names]
    x = np.asarray(points, dtype=np.float64)
    if x.shape != (d + 1,):
        raise OptionError(
            f"points have shape {x.shape}; give {d + 1} numbers: the intercept, then {d} features"
        )
    return x


def complete(rows: RowForm, points: FloatArray) -> FloatArray | None:
    """Add indicators and other variables to points so that all rows hold, if they can.

    Indicators say where points are not 0. Further variables are found by a
    mixed-integer program over them alone.
    """
    x = np.zeros(len(rows.names))
    x[: rows.own] = _with_indicators(points)
    rest = slice(rows.own, None)
    if np.any(rows.lower[rest] > rows.upper[rest]):
        return None
    if len(x) > rows.own:
        from scipy.optimize import Bounds, LinearConstraint, milp

        done = rows.matrix[:, : rows.own] @ x[: rows.own]
        answer = milp(
            np.zeros(len(x) - rows.own),
            integrality=rows.integer[rest].astype(int),
            bounds=Bounds(rows.lower[rest], rows.upper[rest]),
            constraints=LinearConstraint(
                rows.matrix[:, rest], rows.row_lower - done, rows.row_upper - done
            ),
        )
        if answer.x is None:
            return None
        x[rest] = np.where(rows.integer[rest], np.rint(answer.x), answer.x)
    return x


def outside_bounds(statement: Statement, x: FloatArray) -> list[str]:
    """Names of the columns whose value lies outside their bounds."""
    outside = (x < statement.lower) | (x > statement.upper)
    return [name for name, out in zip(statement.names, outside, strict=True) if out]


def broken_at(statement: Statement, x: FloatArray) -> list[str]:
    """Names of what a point of all columns breaks: typed parts and rows."""
    points = x[: len(statement.feature_names) + 1]
    return [*_broken_parts(statement, points), *_broken_rows_at(statement.tied, x)]


def broken_rows(statement: Statement, points: FloatArray) -> list[str]:
    """Names of the parts and rows that points break, whatever further variables may do."""
    broken, rows = _broken_parts(statement, points), statement.tied
    x = complete(rows, points)
    if x is not None:
        return [*broken, *_broken_rows_at(rows, x)]
    # No further variables satisfy all rows: name those that speak of points alone, if
    # they are broken, or else all that speak of further variables, or these themselves.
    x = np.zeros(len(rows.names))
    x[: rows.own] = _with_indicators(points)
    further = np.diff(rows.matrix[:, rows.own :].tocsr().indptr) > 0
    plain = {name for name, more in zip(rows.row_names, further, strict=True) if not more}
    broken += [name for name in _broken_rows_at(rows, x) if name in plain]
    others = [name for name in rows.row_names if name not in plain]
    return broken or others or list(rows.names[rows.own :])


def broken_by(statement: Statement, points: FloatArray) -> list[str]:
    """Names of all that points break: parts and rows, and bounds."""
    own = zip(
        statement.names, _with_indicators(points), statement.lower, statement.upper, strict=False
    )
    outside = [name for name, value, low, high in own if not low <= value <= high]
    return [*broken_rows(statement, points), *outside]


def _with_indicators(points: FloatArray) -> FloatArray:
    return np.append(points, points[1:] != 0)


def _broken_parts(statement: Statement, points: FloatArray) -> list[str]:
    names = statement.feature_names
    return [part.name for part in statement.parts if _is_broken(part, names, points)]


@singledispatch
def _is_broken(part: Part, names: tuple[str, ...], points: FloatArray) -> bool:  # noqa: ARG001
    """Whether finished points (intercept first) break a part; rows are asked by themselves."""
    return False


@_is_broken.register
def _size(part: Size, names: tuple[str, ...], points: FloatArray) -> bool:  # noqa: ARG001
    size = int(np.count_nonzero(points[1:]))
    return size < part.at_least or (part.at_most is not None and size > part.at_most)


@_is_broken.register
def _step(part: Step, names: tuple[str, ...], points: FloatArray) -> bool:
    return bool(np.any(points[1:][np.isin(names, part.features)] % part.of))


@_is_broken.register
def _values(part: Values, names: tuple[str, ...], points: FloatArray) -> bool:
    return not np.all(np.isin(points[1:][np.isin(names, part.features)], part.among))


@_is_broken.register
def _groups(part: GroupsUsed, names: tuple[str, ...], points: FloatArray) -> bool:
    used = set(np.array(names)[points[1:] != 0].tolist())
    return sum(not used.isdisjoint(group) for group in part.groups) > part.at_most


@_is_broken.register
def _rates(part: RateSums, names: tuple[str, ...], points: FloatArray) -> bool:  # noqa: ARG001
    return part.is_broken(points)


def _broken_rows_at(rows: RowForm, point: FloatArray) -> list[str]:
    """Names of the rows that do not hold at a point of the statement's columns.

    A row of whole numbers is decided exactly; any other within its rounding.
    """
    broken = []
    x, matrix = rows.lifted(point), rows.matrix
    for i, name in enumerate(rows.row_names):
        span = slice(matrix.indptr[i], matrix.indptr[i + 1])
        terms = matrix.data[span] * x[matrix.indices[span]]
        activity = math.fsum(terms)
        sides = (rows.row_lower[i], rows.row_upper[i])
        slack = 0.0
        numbers = (*matrix.data[span], *x[matrix.indices[span]])
        if not all(float(number).is_integer() for number in numbers):
            # 0.1 + 0.2 <= 0.3 would fail by the rounding of the numbers alone.
            extent = np.maximum(np.abs(rows.lower), np.abs(rows.upper))
            size = float(np.abs(matrix.data[span]) @ extent[matrix.indices[span]])
            slack = _ROUNDING * (1.0 + size + max(abs(s) for s in sides if math.isfinite(s)))
        if not sides[0] - slack <= activity <= sides[1] + slack:
            broken.append(name)
    return broken
