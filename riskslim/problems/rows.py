"""The one rendering of a statement's parts as linear rows, with 0-1 variables and their big-M."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch

import numpy as np
from scipy.sparse import csr_array

from riskslim.constraints import (
    GroupsUsed,
    Part,
    Predictions,
    RateSums,
    Row,
    Size,
    Step,
    Values,
)
from riskslim.errors import ConstraintError
from riskslim.names import INTERCEPT_NAME
from riskslim.problems.intercept import extreme_scores
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.oracle import ConvexOracle
from riskslim.solvers.program import ConvexProgram

__all__ = ["Columns", "Reach", "RowForm", "row_form", "rows_of", "terms_of"]

_LEAST_GAP = 1e-6  # between scores below a threshold and the threshold, where values have no step


@dataclass(frozen=True, eq=False)
class Reach:
    """Which scores there are: what the big-M of rows depend on.

    Attributes
    ----------
    feature_names : tuple of str
        The d features.
    lower, upper : ndarray of shape (d + 1,)
        Bounds of the points, the intercept's first.
    max_size : int
        At most so many features have points.
    """

    feature_names: tuple[str, ...]
    lower: FloatArray
    upper: FloatArray
    max_size: int


@singledispatch
def rows_of(part: Part, reach: Reach) -> list[Row]:  # noqa: ARG001
    """State a part by rows over points, indicators and 0-1 variables.

    Parameters
    ----------
    part : Part
        What a rule says.
    reach : Reach
        Bounds that hold for every score that the rows are to allow.
    """
    raise TypeError(f"{part!r} is no part of a statement")


@rows_of.register
def _row(part: Row, reach: Reach) -> list[Row]:  # noqa: ARG001
    return [part]


@rows_of.register
def _size(part: Size, reach: Reach) -> list[Row]:
    counted = dict.fromkeys(reach.feature_names, 1.0)
    low = float(part.at_least) if part.at_least > 0 else -np.inf
    high = np.inf if part.at_most is None else float(part.at_most)
    return [Row(part.name, indicators=counted, lower=low, upper=high)]


@rows_of.register
def _step(part: Step, reach: Reach) -> list[Row]:  # noqa: ARG001
    return []  # the grid of the points says it


@rows_of.register
def _values(part: Values, reach: Reach) -> list[Row]:  # noqa: ARG001
    """Choose a number of each feature, or none of them, which leaves 0, by 0-1 variables."""
    others = [value for value in part.among if value]
    least = 1.0 if 0 not in part.among else -np.inf
    rows = []
    for name in part.features:
        switches = {part.switch(name, value): float(value) for value in others}
        one = Row(f"{part.name}[{name}, one]", {}, {}, dict.fromkeys(switches, 1.0), least, 1.0)
        rows += [one, Row(f"{part.name}[{name}, points]", {name: -1.0}, {}, switches, 0.0, 0.0)]
    return rows


@rows_of.register
def _groups(part: GroupsUsed, reach: Reach) -> list[Row]:  # noqa: ARG001
    """State a limit by a 0-1 variable for each group, at least its members' indicators."""
    switches = [part.switch(g) for g in range(len(part.groups))]
    count = Row(part.name, binaries=dict.fromkeys(switches, 1.0), upper=float(part.at_most))
    return [
        count,
        *(
            Row(
                f"{part.name}[{switch[len(part.name) + 2 :]}, {name}]",
                indicators={name: 1.0},
                binaries={switch: -1.0},
                upper=0.0,
            )
            for switch, group in zip(switches, part.groups, strict=True)
            for name in group
        ),
    ]


@rows_of.register
def _predictions(part: Predictions, reach: Reach) -> list[Row]:
    r"""Tie "yes" to the score t of its row: 1 where it reaches r, and 0 where it does not.

    With least <= t <= most over all scores within reach, and no score between r - gap and r:

    .. math:: t \ge r + up (1 - yes), \qquad t \le r - gap + down \cdot yes,

    up = least - r and down = most - r + gap being as tight as the range of t allows.
    """
    data, names = part.data, reach.feature_names
    chosen = np.union1d(part.if_yes, part.if_no)
    features = data.features[chosen]
    least, most = extreme_scores(features, reach.lower[1:], reach.upper[1:], reach.max_size)
    # Scores are multiples of a step: below the threshold is at most the threshold less that.
    gap = data.step or _LEAST_GAP
    first: dict[str, float] = {}
    limit = gap if part.threshold is None else float(part.threshold)  # above 0, not at least 0
    if part.threshold is None:
        first = {INTERCEPT_NAME: 1.0}
        least, most = least + reach.lower[0], most + reach.upper[0]
    if_yes, if_no = set(part.if_yes.tolist()), set(part.if_no.tolist())
    rows = []
    for i, own, low, high in zip(chosen.tolist(), features, least, most, strict=True):
        points = first | {names[j]: float(own[j]) for j in np.flatnonzero(own).tolist()}
        yes, where = part.yes(i), f"{part.name}[{i + 1}"
        up, down = min(float(low) - limit, 0.0), max(float(high) - limit + gap, 0.0)
        if i in if_yes:
            rows.append(Row(f"{where}, yes]", points, {}, {yes: up}, lower=limit + up))
        if i in if_no:
            rows.append(Row(f"{where}, no]", points, {}, {yes: -down}, upper=limit - gap))
    return rows


@rows_of.register
def _rates(part: RateSums, reach: Reach) -> list[Row]:
    meaning = part.predictions
    sums = [
        Row(
            name,
            binaries={meaning.yes(i): float(own[i]) for i in np.flatnonzero(own).tolist()},
            lower=float(low),
            upper=float(high),
        )
        for name, own, low, high in zip(
            part.names, part.coefficients, part.lower, part.upper, strict=True
        )
    ]
    return [*sums, *_predictions(meaning, reach)]


@singledispatch
def _binaries(part: Part, names: tuple[str, ...], points: FloatArray) -> dict[str, bool]:  # noqa: ARG001
    """Values of the 0-1 variables of a part's rows at finished points (intercept first)."""
    return {}


@_binaries.register
def _switches(part: GroupsUsed, names: tuple[str, ...], points: FloatArray) -> dict[str, bool]:
    used = {name for name, value in zip(names, points[1:].tolist(), strict=True) if value}
    return {part.switch(g): not used.isdisjoint(group) for g, group in enumerate(part.groups)}


@_binaries.register
def _chosen(part: Values, names: tuple[str, ...], points: FloatArray) -> dict[str, bool]:
    own = dict(zip(names, points[1:].tolist(), strict=True))
    return {part.switch(j, v): own[j] == v for j in part.features for v in part.among if v}


@_binaries.register
def _yes(part: Predictions, names: tuple[str, ...], points: FloatArray) -> dict[str, bool]:  # noqa: ARG001
    yes = part.predict(points)
    return {part.yes(i): bool(yes[i]) for i in np.union1d(part.if_yes, part.if_no).tolist()}


@_binaries.register
def _rates_yes(part: RateSums, names: tuple[str, ...], points: FloatArray) -> dict[str, bool]:
    return _yes(part.predictions, names, points)


def terms_of(row: Row) -> dict[str, float]:
    """Coefficients of a row by the names of the columns that they belong to."""
    points = {
        "intercept" if name == INTERCEPT_NAME else f"points[{name}]": float(c)
        for name, c in row.points.items()
    }
    used = {f"used[{name}]": float(c) for name, c in row.indicators.items()}
    binaries = {f"binary[{name}]": float(c) for name, c in row.binaries.items()}
    return points | used | binaries | dict(row.columns)


@dataclass(frozen=True, eq=False)
class Columns:
    """Variables of a problem.

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
    """

    feature_names: tuple[str, ...]
    names: tuple[str, ...]
    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray

    @property
    def own(self) -> int:
        """Number of columns that every problem has: 2 d + 1."""
        return 2 * len(self.feature_names) + 1

    @property
    def switches(self) -> IntArray:
        """Pairs (points column, indicator column), of shape (d, 2)."""
        points = np.arange(1, len(self.feature_names) + 1)
        return np.column_stack([points, points + len(self.feature_names)]).astype(np.int64)


@dataclass(frozen=True, eq=False)
class RowForm(Columns):
    """A statement as columns and a matrix.

    Attributes
    ----------
    matrix : csr_array of shape (m, n)
        Rows, without the switches ``lower·used <= points <= upper·used``.
    row_lower, row_upper : ndarray of shape (m,)
        Sides.
    row_names : tuple of str
        One per row.
    parts : tuple of Part
        What the rows say.
    """

    matrix: csr_array
    row_lower: FloatArray
    row_upper: FloatArray
    row_names: tuple[str, ...]
    parts: tuple[Part, ...]

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

    def row(self, i: int) -> tuple[dict[str, float], float, float]:
        """Terms of a row by the names of their columns, and its sides."""
        span = slice(self.matrix.indptr[i], self.matrix.indptr[i + 1])
        places = zip(
            self.matrix.indices[span].tolist(), self.matrix.data[span].tolist(), strict=True
        )
        terms = {self.names[j]: value for j, value in places if value}
        return terms, float(self.row_lower[i]), float(self.row_upper[i])

    def lifted(self, x: FloatArray) -> FloatArray:
        """Complete a point of the statement's columns by the 0-1 variables that its parts bring."""
        values: dict[str, bool] = {}
        if len(x) < len(self.names):
            for part in self.parts:
                values |= _binaries(part, self.feature_names, x[: len(self.feature_names) + 1])
        brought = [values[name[len("binary[") : -1]] for name in self.names[len(x) :]]
        return np.append(x, np.array(brought, dtype=np.float64))

    def in_steps(self, step: IntArray | None) -> RowForm:
        """State the same over points / step, whole numbers again."""
        if step is None:
            return self
        scale = np.ones(len(self.names))
        scale[1 : len(step) + 1] = step
        return replace(
            self,
            lower=np.ceil(self.lower / scale),
            upper=np.floor(self.upper / scale),
            matrix=csr_array(self.matrix.multiply(scale[np.newaxis, :])),
        )

    def program(
        self,
        oracle: ConvexOracle,
        scale: tuple[float, float] | None = None,
        offset: tuple[float, float] | None = None,
    ) -> ConvexProgram:
        """Join an oracle of dimension d + 1 to the rows.

        Parameters
        ----------
        oracle : ConvexOracle
            The loss.
        scale : tuple of float, optional
            Range of t = 1 / multiplier, by which points are multiplied before the oracle
            reads them; None for 1.
        offset : tuple of float, optional
            Range of the intercept times t, where the intercept is real.
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
            offset=offset,
        )


def row_form(columns: Columns, parts: Sequence[Part], reach: Reach) -> RowForm:
    """Render parts as rows over columns; the 0-1 variables that these bring are further columns.

    Parameters
    ----------
    columns : Columns
        Those of the statement.
    parts : sequence of Part
        What is to be rendered.
    reach : Reach
        What the big-M of the rows depend on.

    Raises
    ------
    ConstraintError
        If a row speaks of a feature that is not there, or two rows bear one name.
    """
    rows = [row for part in parts for row in rows_of(part, reach)]
    row_names = tuple(row.name for row in rows)
    if len(set(row_names)) < len(row_names):
        twice = next(name for name in row_names if row_names.count(name) > 1)
        raise ConstraintError(f"two rows of constraints are called {twice!r}; rename one")
    known = set(columns.names)
    brought = dict.fromkeys(f"binary[{name}]" for row in rows for name in row.binaries)
    further = [name for name in brought if name not in known]
    names, count = (*columns.names, *further), len(further)
    places = {name: j for j, name in enumerate(names)}
    return RowForm(
        feature_names=columns.feature_names,
        names=names,
        cost=np.append(columns.cost, np.zeros(count)),
        lower=np.append(columns.lower, np.zeros(count)),
        upper=np.append(columns.upper, np.ones(count)),
        integer=np.append(columns.integer, np.ones(count, dtype=np.bool_)),
        matrix=_matrix([_placed(row, places) for row in rows], len(names)),
        row_lower=np.array([row.lower for row in rows], dtype=np.float64),
        row_upper=np.array([row.upper for row in rows], dtype=np.float64),
        row_names=row_names,
        parts=tuple(parts),
    )


def _placed(row: Row, places: Mapping[str, int]) -> dict[int, float]:
    terms = terms_of(row)
    for name in terms.keys() - places.keys():
        feature = name[name.index("[") + 1 : -1]
        raise ConstraintError(f"{row.name}: speaks of the unknown feature {feature!r}")
    return {places[name]: value for name, value in terms.items()}


def _matrix(rows: list[dict[int, float]], columns: int) -> csr_array:
    indptr = np.cumsum([0, *map(len, rows)])
    indices = [j for row in rows for j in row]
    data = [value for row in rows for value in row.values()]
    matrix = csr_array((data, indices, indptr), shape=(len(rows), columns), dtype=np.float64)
    matrix.sort_indices()
    return matrix
