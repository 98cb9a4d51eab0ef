"""The one statement of a problem's linear part, which every rendering of it reads."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from riskslim.constraints import Row
from riskslim.errors import ConstraintError
from riskslim.names import INTERCEPT_NAME
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.oracle import ConvexOracle
from riskslim.solvers.program import ConvexProgram

__all__ = ["Statement", "state", "terms_of"]

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Statement:
    """Variables and rows of a problem, all but the loss.

    Columns are the intercept, the points of the d features, their indicators,
    then binaries and whatever else rows speak of. An indicator is 1 where its
    points are not 0, and 0 where they are; no row says so.

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
    step : ndarray of int, shape (d,), or None
        Points of each feature are multiples of it; None where that is 1 for all.
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
    step: IntArray | None = None

    @property
    def switches(self) -> IntArray:
        """Pairs (points column, indicator column), of shape (d, 2)."""
        points = np.arange(1, len(self.feature_names) + 1)
        return np.column_stack([points, points + len(self.feature_names)]).astype(np.int64)

    @property
    def rewarded(self) -> list[int]:
        """Features whose indicator must be 1, or makes some row easier to satisfy at 1."""
        d = len(self.feature_names)
        held = np.flatnonzero(self.lower[d + 1 : 2 * d + 1] > 0).tolist()
        matrix = self.matrix.tocoo()
        rows, columns = matrix.coords
        low = np.isfinite(self.row_lower[rows])
        high = np.isfinite(self.row_upper[rows])
        helps = ((matrix.data > 0) & low) | ((matrix.data < 0) & high)
        of_indicators = (columns > d) & (columns <= 2 * d)
        return sorted({*held, *(columns[helps & of_indicators] - d - 1).tolist()})

    def program(
        self, oracle: ConvexOracle, scale: tuple[float, float] | None = None
    ) -> ConvexProgram:
        """Join an oracle of dimension d + 1 to the statement.

        Parameters
        ----------
        oracle : ConvexOracle
            The loss.
        scale : tuple of float, optional
            Range of t = 1 / multiplier, by which points are multiplied before the oracle
            reads them; None for 1.
        """
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
            scale=scale,
        )

    def with_intercept(self, low: int, high: int) -> Statement:
        """Return a copy with these bounds of the intercept."""
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[0], upper[0] = low, high
        return replace(self, lower=lower, upper=upper)

    @property
    def largest_size(self) -> int:
        """Most features that the rows leave, by those that count all of them."""
        d, matrix = len(self.feature_names), self.matrix
        most = float(d)
        for i in np.flatnonzero(np.diff(matrix.indptr) == d):
            span = slice(matrix.indptr[i], matrix.indptr[i + 1])
            columns = np.sort(matrix.indices[span])
            counts = np.array_equal(columns, np.arange(d + 1, 2 * d + 1))
            if counts and np.all(matrix.data[span] == 1):
                most = min(most, float(self.row_upper[i]))
        return max(math.floor(most), 0)

    def row(self, i: int) -> tuple[dict[str, float], float, float]:
        """Terms of a row by the names of their columns, and its sides."""
        span = slice(self.matrix.indptr[i], self.matrix.indptr[i + 1])
        places = zip(
            self.matrix.indices[span].tolist(), self.matrix.data[span].tolist(), strict=True
        )
        terms = {self.names[j]: value for j, value in places if value}
        return terms, float(self.row_lower[i]), float(self.row_upper[i])

    def with_rows(self, rows: Mapping[str, Row]) -> Statement:
        """Return a copy in which rows say something else, by their names."""
        places = {name: j for j, name in enumerate(self.names)}
        lower, upper = self.row_lower.copy(), self.row_upper.copy()
        said = []
        for i, name in enumerate(self.row_names):
            terms = self.row(i)[0]
            if name in rows:
                terms = terms_of(rows[name])
                lower[i], upper[i] = rows[name].lower, rows[name].upper
            said.append({places[column]: value for column, value in terms.items()})
        matrix = _matrix(said, len(self.names))
        return replace(self, matrix=matrix, row_lower=lower, row_upper=upper)

    def without_rows(self, names: Collection[str]) -> Statement:
        """Return a copy without some rows."""
        kept = [i for i, name in enumerate(self.row_names) if name not in names]
        return replace(
            self,
            matrix=csr_array(self.matrix[kept]),
            row_lower=self.row_lower[kept],
            row_upper=self.row_upper[kept],
            row_names=tuple(self.row_names[i] for i in kept),
        )

    def trimmed(self) -> Statement:
        """Return a copy without the further variables that no row speaks of."""
        own = 2 * len(self.feature_names) + 1
        kept = np.union1d(np.arange(own), np.unique(self.matrix.indices))
        if len(kept) == len(self.names):
            return self
        return replace(
            self,
            names=tuple(self.names[j] for j in kept),
            cost=self.cost[kept],
            lower=self.lower[kept],
            upper=self.upper[kept],
            integer=self.integer[kept],
            matrix=csr_array(self.matrix[:, kept]),
        )

    def in_steps(self) -> Statement:
        """State the same over points / step, whole numbers again."""
        if self.step is None:
            return self
        d = len(self.feature_names)
        step = np.ones(len(self.names))
        step[1 : d + 1] = self.step
        return replace(
            self,
            lower=np.ceil(self.lower / step),
            upper=np.floor(self.upper / step),
            matrix=csr_array(self.matrix.multiply(step[np.newaxis, :])),
            step=None,
        )

    def tightened(self) -> Statement:
        """Return a copy whose bounds say what rows over one column say, as far as they agree.

        The rows stay: a conflict is explained by the rules' names.
        """
        lower, upper = self.lower.copy(), self.upper.copy()
        for i in np.flatnonzero(np.diff(self.matrix.indptr) == 1):
            at = self.matrix.indptr[i]
            j, a = self.matrix.indices[at], self.matrix.data[at]
            if a == 0.0:
                continue
            low, high = sorted((self.row_lower[i] / a, self.row_upper[i] / a))
            if self.integer[j]:
                low, high = np.ceil(low - _ROUNDING), np.floor(high + _ROUNDING)
            low, high = max(low, lower[j]), min(high, upper[j])
            if low <= high:
                lower[j], upper[j] = low, high
        d = len(self.feature_names)
        points, used = slice(1, d + 1), slice(d + 1, 2 * d + 1)
        forced = (lower[points] > 0) | (upper[points] < 0)
        never = (lower[points] == 0) & (upper[points] == 0)
        if not (np.any(forced & (upper[used] < 1)) or np.any(never & (lower[used] > 0))):
            lower[used] = np.where(forced, 1.0, lower[used])
            upper[used] = np.where(never, 0.0, upper[used])
        unused = upper[used] < 1
        if not np.any(unused & forced):
            lower[points] = np.where(unused, 0.0, lower[points])
            upper[points] = np.where(unused, 0.0, upper[points])
        return replace(self, lower=lower, upper=upper)


def terms_of(row: Row) -> dict[str, float]:
    """Coefficients of a row by the names of the columns that they belong to."""
    points = {
        "intercept" if name == INTERCEPT_NAME else f"points[{name}]": float(c)
        for name, c in row.points.items()
    }
    used = {f"used[{name}]": float(c) for name, c in row.indicators.items()}
    return points | used | {f"binary[{name}]": float(c) for name, c in row.binaries.items()}


def _matrix(rows: list[dict[int, float]], columns: int) -> csr_array:
    indptr = np.cumsum([0, *map(len, rows)])
    indices = [j for row in rows for j in row]
    data = [value for row in rows for value in row.values()]
    matrix = csr_array((data, indices, indptr), shape=(len(rows), columns), dtype=np.float64)
    matrix.sort_indices()
    return matrix


def state(
    feature_names: tuple[str, ...],
    lower: FloatArray,
    upper: FloatArray,
    switch_cost: FloatArray,
    rows: Sequence[Row],
    step: IntArray | None = None,
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
    step : ndarray of int, shape (d,), optional
        Points are multiples of it.

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
    names = (
        "intercept",
        *(f"points[{name}]" for name in feature_names),
        *(f"used[{name}]" for name in feature_names),
        *(f"binary[{name}]" for name in binaries),
    )
    row_names = tuple(row.name for row in rows)
    if len(set(row_names)) < len(row_names):
        twice = next(name for name in row_names if row_names.count(name) > 1)
        raise ConstraintError(f"two rows of constraints are called {twice!r}; rename one")
    places = {name: j for j, name in enumerate(names)}
    placed = []
    for row in rows:
        terms = terms_of(row)
        for name in terms.keys() - places.keys():
            feature = name[name.index("[") + 1 : -1]
            raise ConstraintError(f"{row.name}: speaks of the unknown feature {feature!r}")
        placed.append({places[name]: value for name, value in terms.items()})
    forced, never = (lower > 0) | (upper < 0), (lower == 0) & (upper == 0)
    return Statement(
        feature_names=feature_names,
        names=names,
        cost=np.concatenate([np.zeros(d + 1), switch_cost, np.zeros(len(binaries))]),
        lower=np.concatenate([[-np.inf], lower, forced.astype(float), np.zeros(len(binaries))]),
        upper=np.concatenate([[np.inf], upper, (~never).astype(float), np.ones(len(binaries))]),
        integer=np.ones(len(names), dtype=np.bool_),
        matrix=_matrix(placed, len(names)),
        row_lower=np.array([row.lower for row in rows], dtype=np.float64),
        row_upper=np.array([row.upper for row in rows], dtype=np.float64),
        row_names=row_names,
        step=step,
    )
