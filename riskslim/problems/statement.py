"""The one statement of a problem's linear part, which every rendering of it reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, vstack

from riskslim.constraints import Row
from riskslim.errors import ConstraintError
from riskslim.names import INTERCEPT_NAME
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.oracle import ConvexOracle
from riskslim.solvers.program import ConvexProgram

__all__ = ["Statement", "state", "with_exact_indicators"]


@dataclass(frozen=True, eq=False)
class Statement:
    """Variables and rows of a problem, all but the loss.

    Columns are the intercept, the points of the d features, their indicators,
    then binaries and whatever else rows speak of.

    Attributes
    ----------
    feature_names : tuple of str
        The d features.
    names : tuple of str
        One per column: ``intercept``, ``points[...]``, ``used[...]``, ``binary[...]``.
    cost, lower, upper : ndarray of shape (n,)
        Linear cost and bounds.
    integer : ndarray of bool, shape (n,)
        Which columns are integer.
    matrix : csr_array of shape (m, n)
        Rows, without the switches ``lower·used <= points <= upper·used``.
    row_lower, row_upper : ndarray of shape (m,)
        Sides.
    row_names : tuple of str
        One per row.
    """

    feature_names: tuple[str, ...]
    names: tuple[str, ...]
    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray
    matrix: csr_array
    row_lower: FloatArray
    row_upper: FloatArray
    row_names: tuple[str, ...]

    @property
    def switches(self) -> IntArray:
        """Pairs (points column, indicator column), of shape (d, 2)."""
        points = np.arange(1, len(self.feature_names) + 1)
        return np.column_stack([points, points + len(self.feature_names)]).astype(np.int64)

    def program(self, oracle: ConvexOracle) -> ConvexProgram:
        """Join an oracle of dimension d + 1 to the statement."""
        return ConvexProgram(
            oracle=oracle,
            oracle_columns=np.arange(len(self.feature_names) + 1, dtype=np.int64),
            names=self.names,
            cost=self.cost,
            lower=self.lower,
            upper=self.upper,
            integer=self.integer,
            switches=self.switches,
            matrix=self.matrix,
            row_lower=self.row_lower,
            row_upper=self.row_upper,
            row_names=self.row_names,
        )

    def with_intercept(self, low: int, high: int) -> Statement:
        """Return a copy with these bounds of the intercept."""
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[0], upper[0] = low, high
        return replace(self, lower=lower, upper=upper)


def state(
    feature_names: tuple[str, ...],
    lower: FloatArray,
    upper: FloatArray,
    switch_cost: FloatArray,
    rows: Sequence[Row],
) -> Statement:
    """State features and rows as columns and a matrix; the intercept is still without bounds.

    Parameters
    ----------
    feature_names : tuple of str
        The d features.
    lower, upper, switch_cost : ndarray of shape (d,)
        Bounds of the points and the cost of using each feature.
    rows : sequence of Row
        The rules.

    Returns
    -------
    Statement

    Raises
    ------
    ConstraintError
        If a row speaks of a feature that is not there, or two rows bear one name.
    """
    d = len(feature_names)
    binaries = list(dict.fromkeys(name for row in rows for name in row.binaries))
    points = {INTERCEPT_NAME: 0} | {name: j + 1 for j, name in enumerate(feature_names)}
    used = {name: d + 1 + j for j, name in enumerate(feature_names)}
    extra = {name: 2 * d + 1 + j for j, name in enumerate(binaries)}
    data, indices, indptr = [], [], [0]
    for row in rows:
        for columns, terms in (
            (points, row.points),
            (used, row.indicators),
            (extra, row.binaries),
        ):
            for name, coefficient in terms.items():
                if name not in columns:
                    raise ConstraintError(f"{row.name}: speaks of the unknown feature {name!r}")
                indices.append(columns[name])
                data.append(float(coefficient))
        indptr.append(len(data))
    row_names = tuple(row.name for row in rows)
    if len(set(row_names)) < len(row_names):
        twice = next(name for name in row_names if row_names.count(name) > 1)
        raise ConstraintError(f"two rows of constraints are called {twice!r}; rename one")
    n = 2 * d + 1 + len(binaries)
    matrix = csr_array((data, indices, indptr), shape=(len(rows), n), dtype=np.float64)
    matrix.sort_indices()
    forced, never = (lower > 0) | (upper < 0), (lower == 0) & (upper == 0)
    statement = Statement(
        feature_names=feature_names,
        names=(
            "intercept",
            *(f"points[{name}]" for name in feature_names),
            *(f"used[{name}]" for name in feature_names),
            *(f"binary[{name}]" for name in binaries),
        ),
        cost=np.concatenate([np.zeros(d + 1), switch_cost, np.zeros(len(binaries))]),
        lower=np.concatenate([[-np.inf], lower, forced.astype(float), np.zeros(len(binaries))]),
        upper=np.concatenate([[np.inf], upper, (~never).astype(float), np.ones(len(binaries))]),
        integer=np.ones(n, dtype=np.bool_),
        matrix=matrix,
        row_lower=np.array([row.lower for row in rows], dtype=np.float64),
        row_upper=np.array([row.upper for row in rows], dtype=np.float64),
        row_names=row_names,
    )
    return with_exact_indicators(statement)


def with_exact_indicators(statement: Statement) -> Statement:
    """Add rows that hold an indicator at 0 where its points are 0, where some row asks for it.

    The switches make an indicator 1 where points are not 0. The other direction, 0 where
    points are 0, follows from a cost, or does not matter, unless a row is easier to satisfy
    with the indicator at 1 ("at least 3 features"). For these features, with u = 1 where
    points are positive (a binary ``positive[...]``; a constant where the range is on one
    side of 0) the points lie between ``u + lower·(used - u)`` and ``upper·u - (used - u)``.
    """
    d = len(statement.feature_names)
    rewarded = _rewarded(statement)
    done = set(statement.row_names)
    data: list[float] = []
    indices: list[int] = []
    indptr = [0]
    names: list[str] = []
    columns: list[str] = []
    ends: list[tuple[float, float]] = []
    n = len(statement.names)
    for j in range(d):
        name, low, high = statement.feature_names[j], statement.lower[j + 1], statement.upper[j + 1]
        above, below = f"nonzero_above[{name}]", f"nonzero_below[{name}]"
        if not rewarded[j] or low > 0 or high < 0 or above in done or below in done:
            continue
        if low < 0 < high:
            u = n + len(columns)
            columns.append(f"binary[positive[{name}]]")
            terms = (
                (above, {j + 1: 1.0, d + 1 + j: -low, u: low - 1.0}, (0.0, math.inf)),
                (below, {j + 1: 1.0, d + 1 + j: 1.0, u: -high - 1.0}, (-math.inf, 0.0)),
            )
        elif high > 0:
            terms = ((above, {j + 1: 1.0, d + 1 + j: -1.0}, (0.0, math.inf)),)  # type: ignore[assignment]
        else:
            terms = ((below, {j + 1: 1.0, d + 1 + j: 1.0}, (-math.inf, 0.0)),)  # type: ignore[assignment]
        for row_name, coefficients, sides in terms:
            names.append(row_name)
            ends.append(sides)
            indices += coefficients.keys()
            data += coefficients.values()
            indptr.append(len(data))
    if not names:
        return statement
    width, extra = n + len(columns), len(columns)
    old = statement.matrix
    wide = csr_array((old.data, old.indices, old.indptr), shape=(old.shape[0], width))
    new = csr_array((data, indices, indptr), shape=(len(names), width))
    matrix = csr_array(vstack([wide, new], format="csr"))
    matrix.sort_indices()
    return replace(
        statement,
        names=(*statement.names, *columns),
        cost=np.append(statement.cost, np.zeros(extra)),
        lower=np.append(statement.lower, np.zeros(extra)),
        upper=np.append(statement.upper, np.ones(extra)),
        integer=np.append(statement.integer, np.ones(extra, dtype=np.bool_)),
        matrix=matrix,
        row_lower=np.append(statement.row_lower, [low for low, _ in ends]),
        row_upper=np.append(statement.row_upper, [high for _, high in ends]),
        row_names=(*statement.row_names, *names),
    )


def _rewarded(statement: Statement) -> BoolArray:
    """Features whose indicator some row is easier to satisfy with at 1 than at 0."""
    d = len(statement.feature_names)
    rewarded = np.zeros(d, dtype=np.bool_)
    matrix = statement.matrix.tocoo()
    rows, columns = matrix.coords
    low = np.isfinite(statement.row_lower[rows])
    high = np.isfinite(statement.row_upper[rows])
    helps = ((matrix.data > 0) & low) | ((matrix.data < 0) & high)
    # The rows that define indicators are not rules that they could help.
    own = np.array([name.startswith("nonzero_") for name in statement.row_names], dtype=np.bool_)
    of_indicators = (columns > d) & (columns <= 2 * d)
    rewarded[columns[helps & of_indicators & ~own[rows]] - d - 1] = True
    return rewarded
