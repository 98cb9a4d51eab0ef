"""Limits on groups in a statement: the 0-1 variables that say them, read back as what they mean."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, vstack

from riskslim.problems.statement import Statement
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.groups import GroupLimit

__all__ = ["Grouped", "over_indicators", "with_switches", "without_switches"]

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Grouped:
    """A statement whose limits on groups stand apart.

    Attributes
    ----------
    statement : Statement
        Without their rows and 0-1 variables.
    limits : tuple of GroupLimit
        What they say.
    """

    statement: Statement
    limits: tuple[GroupLimit, ...] = ()


def without_switches(statement: Statement) -> Grouped:
    """Take limits on groups out of a statement; leave it as it is where it holds further rules.

    A switch is a free 0-1 variable without cost that stands in two kinds of rows alone: it is at
    least the indicator of each feature of its group, and sums of switches are limited from above.
    Such switches may always be as small as the indicators let them, so that each sum counts the
    groups that are used. An indicator in the sum is a group of one feature.

    Parameters
    ----------
    statement : Statement
        Any.
    """
    members = _members(statement)
    if not members:
        return Grouped(statement)
    own = 2 * len(statement.feature_names) + 1
    limits, taken = [], set[str]()
    for name, columns, coefficients, upper in _rows(statement):
        if columns[-1] < own:
            continue
        taken.add(name)
        if not _is_link(columns, coefficients, own):
            groups = tuple(tuple(members.get(int(j), (_feature(j, own),))) for j in columns)
            # Whole numbers: as many groups as the limit holds, rounded like rows are checked.
            limits.append(GroupLimit(groups, math.floor(upper / coefficients[0] + _ROUNDING)))
    return Grouped(statement.without_rows(taken).trimmed(), tuple(limits))


def over_indicators(statement: Statement, most_rows: int) -> Statement:
    """State limits on groups over indicators alone where that takes no more than so many rows.

    More than so many groups are used exactly if some member of each of so many and one more
    groups is: a row for each such choice of members, in which a member that stands for several
    groups counts as often. The statement stays as it is where there are more, or other variables.

    Parameters
    ----------
    statement : Statement
        Any.
    most_rows : int
        The limit on the rows.
    """
    grouped, d = without_switches(statement), len(statement.feature_names)
    rows, upper = list[FloatArray](), list[float]()
    for limit in grouped.limits:
        for choice in limit.choices():
            if len(rows) == most_rows:
                return statement
            rows.append(np.bincount(choice, minlength=d + 1).astype(np.float64))
            upper.append(float(limit.at_most))
    if not rows:
        return grouped.statement
    counts = np.array(rows)
    bare = grouped.statement
    return replace(
        bare,
        matrix=csr_array(vstack([bare.matrix, np.column_stack([0 * counts, counts[:, 1:]])])),
        row_lower=np.append(bare.row_lower, np.full(len(rows), -math.inf)),
        row_upper=np.append(bare.row_upper, upper),
        row_names=(*bare.row_names, *(f"limit on groups, row {r + 1}" for r in range(len(rows)))),
    )


def with_switches(statement: Statement, points: FloatArray) -> FloatArray:
    """Complete points by their indicators and the least switches of groups.

    Parameters
    ----------
    statement : Statement
        Its further variables, if any, are switches.
    points : ndarray of shape (d + 1,)
        The intercept first.

    Returns
    -------
    ndarray of shape (n,)
        One entry for each column of the statement.
    """
    x = np.zeros(len(statement.names))
    d = len(statement.feature_names)
    x[: d + 1], x[d + 1 : 2 * d + 1] = points, points[1:] != 0
    for column, features in _members(statement).items():
        x[column] = np.any(points[features] != 0)
    return x


def _members(statement: Statement) -> dict[int, list[int]]:
    """Features of the group of each switch; nothing where any further variable is no switch."""
    own = 2 * len(statement.feature_names) + 1
    further = slice(own, None)
    free = (statement.lower[further] == 0) & (statement.upper[further] == 1)
    if not np.all(free & statement.integer[further] & (statement.cost[further] == 0)):
        return {}
    members: dict[int, list[int]] = {j: [] for j in range(own, len(statement.names))}
    for _, columns, coefficients, upper in _rows(statement):
        if columns[-1] < own:
            continue
        if _is_link(columns, coefficients, own) and upper == 0.0:
            members[int(columns[1])].append(_feature(columns[0], own))
        elif not _is_count(columns, coefficients, own, upper):
            return {}
    return members


def _rows(statement: Statement) -> Iterator[tuple[str, FloatArray, FloatArray, float]]:
    """Rows with an upper side alone, turned that way: name, columns in order, coefficients, side.

    A row with another lower side comes without it, as one that is neither link nor count.
    """
    matrix: csr_array = statement.matrix.sorted_indices()
    for i, name in enumerate(statement.row_names):
        span = slice(matrix.indptr[i], matrix.indptr[i + 1])
        stored = matrix.data[span] != 0.0
        columns, coefficients = matrix.indices[span][stored], matrix.data[span][stored]
        if len(columns) == 0:
            continue
        low, high = statement.row_lower[i], statement.row_upper[i]
        if high == math.inf and low > -math.inf:
            low, high, coefficients = -math.inf, -low, -coefficients
        yield name, columns, coefficients, float(high) if low == -math.inf else math.nan


def _is_link(columns: FloatArray, coefficients: FloatArray, own: int) -> bool:
    """Whether a row says that a switch is at least an indicator."""
    if len(columns) != 2 or not own // 2 < columns[0] < own <= columns[1]:
        return False
    # a <= b of a * indicator <= b * switch: a switch of 1 leaves the indicator free.
    return bool(0.0 < coefficients[0] <= -coefficients[1])


def _is_count(columns: FloatArray, coefficients: FloatArray, own: int, upper: float) -> bool:
    """Whether a row limits a sum of switches and indicators from above."""
    same = coefficients[0] > 0.0 and np.all(coefficients == coefficients[0])
    return bool(same and columns[0] > own // 2 and 0.0 <= upper < math.inf)


def _feature(column: float, own: int) -> int:
    """Column of the points of an indicator."""
    return int(column) - own // 2
