"""Which features a cell has, told by a query: one whole number for every pattern of features.

No rule of a variable is written again. Where a column is known by its distinct cells, the features
of each are told by `Variable.encode`, and the query compares a row's cell with these. The numbers
of a measurement are compared with its cuts, and `encode` tells the features on either side.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from riskslim.data.sources.sql import SqlColumn, SqlSource, case
from riskslim.errors import DataWarning
from riskslim.features.columns import Column, numbers_among
from riskslim.features.variables import Cells, Thresholds, Variable, codes_apart
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Coded", "class_of", "coded"]

_LISTED = 20_000  # a query names so many cells of a column at most
_STEPS = 64  # and compares a row with so many, one after the other
_LARGEST = 1.7976931348623157e308


class Coded(NamedTuple):
    """The patterns of features that the cells of a column have.

    Attributes
    ----------
    sql : str
        The number of a row's pattern.
    patterns : ndarray of int8, shape (s, f)
        The features of each.
    """

    sql: str
    patterns: Cells


def coded(
    variable: Variable,
    column: Column,
    value: str,
    read: SqlColumn,
    texts: Mapping[Any, str],
    source: SqlSource,
) -> Coded | None:
    """Write which pattern of features a row has; None where its cells are too many to be named.

    Parameters
    ----------
    variable : Variable
        Of one column.
    column : Column
        Its distinct cells.
    value : str
        What a query calls `SqlColumn.value` of it.
    read : SqlColumn
        How it is read.
    texts : mapping
        Of days, moments and truths: how the database writes each cell.
    source : SqlSource
        The table.

    Raises
    ------
    DataError
        Some cell is none of those that the variable knows; says how many rows hold it.
    """
    import pandas as pd

    with column.told():
        patterns = variable.encode(column.frame(), source.name)
    cells = column.cells
    blank = cells.isna().to_numpy(dtype=bool)
    if read.kind == "number":
        cells = pd.Series(cells.to_numpy(dtype=np.float64, na_value=np.nan))
        write: Any = source.number
        is_blank = f"{value} IS NULL OR {value} > {source.number(_LARGEST)}"  # NaN is the largest
    else:
        write = _written(texts, source)
        is_blank = f"{value} IS NULL"
    empty = patterns[blank][:1]
    if read.kind == "number" and isinstance(variable, Thresholds) and variable.reference is None:
        steps: _Steps | None = _steps(variable, value, cells.to_numpy(), source)
    elif column.extent is not None or (
        read.kind == "moment" and not isinstance(variable, Thresholds)
    ):
        return None  # the cells are those of groups
    else:
        steps = _of_cells(value, cells[~blank], patterns[~blank], write, read.kind != "text")
    if steps is None:
        return None
    conditions, features = steps
    if len(empty):
        conditions, features = [is_blank, *conditions], np.concatenate([empty, features])
    known, place = np.unique(features, axis=0, return_inverse=True)
    numbers = place.reshape(-1).tolist()
    return Coded(case(list(zip(conditions, numbers, strict=False)), numbers[-1]), known)


_Steps = tuple[list[str], Cells]
"""Conditions, of which the first that holds tells, and the features of each and of all others."""


def _steps(variable: Thresholds, value: str, cells: FloatArray, source: SqlSource) -> _Steps:
    """Compare a number with codes that the table holds, and then with cuts."""
    import pandas as pd

    codes = [code for code in numbers_among(codes_apart(variable)) if code in cells]
    cuts = sorted(variable.cuts, reverse=True)
    below = np.nextafter(cuts[-1], -np.inf)
    while below in codes:
        below = np.nextafter(below, -np.inf)
    probes = pd.DataFrame({variable.column: [*codes, *cuts, float(below)]}, dtype=np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        features = variable.encode(probes, source.name)
    conditions = [f"{value} = {source.number(code)}" for code in codes]
    return conditions + [f"{value} >= {source.number(cut)}" for cut in cuts], features


def _of_cells(
    value: str, cells: pd.Series[Any], patterns: Cells, write: Any, is_ordered: bool
) -> _Steps | None:
    """Compare a cell with those of the table: with ends of runs of one pattern, or with all."""
    if is_ordered:
        order = np.argsort(cells.to_numpy(), kind="stable")
        cells, patterns = cells.iloc[order], patterns[order]
        changes = (patterns[1:] != patterns[:-1]).any(axis=1)
        equal = (cells.to_numpy()[1:] == cells.to_numpy()[:-1]).astype(bool)
        if (changes & equal).any():
            return None  # one double of two whole numbers that are different categories
        starts = np.append(0, np.flatnonzero(changes) + 1)
        if len(starts) <= _STEPS:
            ends = starts[::-1]
            return [f"{value} >= {write(cells.iloc[at])}" for at in ends[:-1]], patterns[ends]
    known, place, number = np.unique(patterns, axis=0, return_inverse=True, return_counts=True)
    most = int(np.argmax(number))
    if len(cells) - number[most] > _LISTED:
        return None
    conditions, features = [], []
    for which in [one for one in range(len(known)) if one != most]:
        listed = ", ".join(map(write, cells[place.reshape(-1) == which]))
        conditions.append(f"{value} IN ({listed})")
        features.append(known[which])
    return conditions, np.array([*features, known[most]], dtype=np.int8)


def _written(texts: Mapping[Any, str], source: SqlSource) -> Any:
    return lambda cell: source.spelling.quoted(texts.get(cell, cell))


def class_of(values: Any, codes: IntArray, value: str, source: SqlSource) -> str | None:
    """Write the class of a row, -1 for one that does not count; None for days and moments.

    Parameters
    ----------
    values : Array of PyArrow, of length m
        Values of the outcome.
    codes : ndarray of int, shape (m,)
        Their classes.
    value : str
        What a query compares them by.
    source : SqlSource
        The table.
    """
    from pyarrow import types

    if types.is_boolean(values.type):
        write: Any = lambda cell: "'true'" if cell else "'false'"  # noqa: E731
    elif types.is_string(values.type):
        write = source.spelling.quoted
    elif types.is_integer(values.type) or types.is_floating(values.type):
        write = source.number
    else:
        return None
    cells = [(cell, code) for cell, code in zip(values.to_pylist(), codes, strict=True)]
    listed = [[write(cell) for cell, code in cells if code == label] for label in (0, 1)]
    return case(
        [(f"{value} IN ({', '.join(one)})", label) for label, one in enumerate(listed) if one], -1
    )
