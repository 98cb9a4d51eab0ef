"""What is learned from of a raw table: the distinct cells of each column, and how many rows.

A column's kind, its blanks, levels and cuts follow from how many rows of each class hold which
cell. So a table of any number of rows is learned from as one that is held: see
`riskslim.features.streaming` for tables of which no rows are held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from riskslim.data.merging import exact_sums
from riskslim.data.spelling import common_spelling, distinct_cells
from riskslim.data.validation import rows_at, rows_counted
from riskslim.features.suspects import look_like_codes
from riskslim.features.weighting import without_idle_rows
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.features.variables import Thresholds

__all__ = [
    "MANY",
    "Column",
    "Extent",
    "FrameTable",
    "RawTable",
    "grouped",
    "is_grouped",
    "numbers_among",
]

MANY = 1 << 17
"""More distinct numbers or moments than this are grouped."""

_DIGITS = 3
_NUMBER = re.compile("0|-?[0-9]+e-?[0-9]{1,2}")  # as `common_spelling` has them


@dataclass(frozen=True)
class Extent:
    """What is known of the numbers of a column, whether or not they are grouped.

    Attributes
    ----------
    least, largest : float
        Of all numbers; NaN without any.
    whole : bool
        Whether all are whole numbers.
    total : int
        Their sum modulo 2^64, where they are.
    """

    least: float = np.nan
    largest: float = np.nan
    whole: bool = True
    total: int = 0

    @classmethod
    def of(cls, values: FloatArray, rows: IntArray) -> Self:
        """Tell it of numbers, NaN among them, and how many rows hold each."""
        known = ~np.isnan(values)
        values, rows = values[known], rows[known]
        if not len(values):
            return cls()
        whole = bool(np.all(values == np.floor(values)) and np.abs(values).max() < 2**62)
        total = 0
        if whole:
            each = values.astype(np.int64).view(np.uint64) * rows.astype(np.uint64)
            total = int(each.sum(dtype=np.uint64))
        return cls(float(values.min()), float(values.max()), whole, total)

    @classmethod
    def of_cells(
        cls, cells: pd.Series[Any], rows: IntArray, codes: tuple[float, ...] = ()
    ) -> Self | None:
        """Tell it of cells that are grouped where many, but for codes; None of moments."""
        if cells.dtype.kind == "M":
            return None
        values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        return cls.of(np.where(np.isin(values, codes), np.nan, values), rows)

    def __add__(self, other: Extent) -> Extent:
        """Tell it of both together."""
        return Extent(
            float(np.fmin(self.least, other.least)),
            float(np.fmax(self.largest, other.largest)),
            self.whole and other.whole,
            (self.total + other.total) % 2**64,
        )

    def numbers(self, rows: int) -> bool:
        """Whether the numbers are as many whole ones, from first to last, as there are rows."""
        if not (self.whole and self.largest - self.least == rows - 1):
            return False
        ends = int(self.least) + int(self.largest)
        return (rows * ends // 2) % 2**64 == self.total


@dataclass(frozen=True, eq=False)
class Column:
    """Distinct cells of a column, and how many rows of each class hold them.

    Where a measurement or a moment has more than 131,072 distinct values, values are grouped: by
    their first three digits, and by days. That depends on nothing but the values.

    Attributes
    ----------
    name : str
        The column's.
    cells : Series of shape (m,)
        Of the type of the column.
    rows : ndarray of int, shape (k, m)
        Of each class, or of all as one.
    weights : ndarray of shape (k, m)
        What they weigh: sums that are correctly rounded.
    place : ndarray of int, shape (n,), or None
        Which cell each row of the table holds, -1 for rows that weigh nothing; None where rows are
        not held.
    extent : Extent or None
        Of numbers that are grouped, and no codes.
    """

    name: str
    cells: pd.Series[Any]
    rows: IntArray
    weights: FloatArray
    place: IntArray | None = field(default=None, repr=False)
    extent: Extent | None = None

    @classmethod
    def of(
        cls,
        column: pd.Series[Any],
        name: str,
        codes: IntArray | None = None,
        weight: FloatArray | None = None,
        kept: tuple[float, ...] = (),
    ) -> Column:
        """Take a column that is held.

        Parameters
        ----------
        column : Series of shape (n,)
            Of any type.
        name : str
            What it is called.
        codes : ndarray of int, shape (n,), optional
            Class of each row.
        weight : ndarray of shape (n,), optional
            What each row counts; those of weight 0 are left out.
        kept : tuple of float
            Numbers that are not grouped with others.
        """
        if weight is None or (used := weight > 0).all():
            place, first = distinct_cells(column)
        else:
            of_used, at = distinct_cells(column[used])
            place = np.full(len(column), -1)
            place[used], first = of_used, np.flatnonzero(used)[at]
        cells = column.iloc[first].reset_index(drop=True)
        extent = None
        if len(cells) > MANY and is_grouped(cells):
            rows = np.bincount(place[place >= 0], minlength=len(cells))
            extent = Extent.of_cells(cells, rows, kept)
            where, first = distinct_cells(groups := grouped(cells, kept))
            cells = groups.iloc[first].reset_index(drop=True)
            place = np.append(where, -1)[place]
        at, m = place[place >= 0], len(cells)
        k = 1 if codes is None else int(codes.max()) + 1
        if codes is not None:
            at = at * k + codes[place >= 0]
        rows = np.bincount(at, minlength=m * k).reshape(m, k).T
        if weight is None:
            weights = rows.astype(np.float64)
        else:
            weights = exact_sums(weight[place >= 0], at, m * k).reshape(m, k).T
        return cls(name, cells, rows, weights, place, extent)

    @property
    def count(self) -> IntArray:
        """How many rows hold each cell, of shape (m,)."""
        total: IntArray = self.rows.sum(axis=0)
        return total

    @property
    def weight(self) -> FloatArray:
        """What they weigh, of shape (m,)."""
        total: FloatArray = self.weights.sum(axis=0)
        return total

    @contextmanager
    def told(self) -> Iterator[None]:
        """Let messages about cells name the rows that hold them, or say how many these are."""
        if self.place is None:
            with rows_counted(self.count):
                yield
        else:
            with rows_at(self.place, len(self.cells)):
                yield

    def frame(self) -> pd.DataFrame:
        """Give the distinct cells as a table of one column."""
        return self.cells.to_frame(self.name)


class RawTable(Protocol):
    """What is learned from of a table."""

    @property
    def source(self) -> str:
        """What the table is called in messages."""

    @property
    def names(self) -> list[str]:
        """Names of the columns."""

    @property
    def has_classes(self) -> bool:
        """Whether rows have classes."""

    def look(self, kept: Mapping[str, tuple[float, ...]]) -> None:
        """Prepare for a look at some columns, and say which numbers are not grouped with others."""

    def column(self, name: str) -> Column:
        """Give the distinct cells of a column."""

    def years(self, made: Thresholds) -> Column:
        """Give the distinct numbers of years from a column of dates to another column."""


@dataclass(frozen=True, eq=False)
class FrameTable:
    """A table that is held, as `RawTable`.

    Attributes
    ----------
    frame : DataFrame of shape (n, d)
        With text as names.
    source : str
        What it is called in messages.
    codes : ndarray of int, shape (n,), or None
        Class of each row.
    weight : ndarray of shape (n,) or None
        What each row counts; those of weight 0 are left out.
    """

    frame: pd.DataFrame
    source: str
    codes: IntArray | None = None
    weight: FloatArray | None = None
    _columns: dict[str, Column] = field(default_factory=dict, repr=False)
    _years: dict[str, Column] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return list(self.frame.columns)

    @property
    def has_classes(self) -> bool:
        """Whether rows have classes."""
        return self.codes is not None

    def look(self, kept: Mapping[str, tuple[float, ...]]) -> None:
        """Take the distinct cells of some columns."""
        for name, numbers in kept.items():
            column = self.frame[name]
            self._columns[name] = Column.of(column, name, self.codes, self.weight, numbers)

    def column(self, name: str) -> Column:
        """Give the distinct cells of a column."""
        if name not in self._columns:
            self.look({name: ()})
        return self._columns[name]

    def years(self, made: Thresholds) -> Column:
        """Give the distinct numbers of years from a column of dates to another column."""
        import pandas as pd

        if made.column not in self._years:
            frame = self.frame
            if self.weight is not None:
                frame = without_idle_rows(frame, self.weight)
            years = pd.Series(made.values(frame, self.source))
            self._years[made.column] = Column.of(years, made.column, self.codes, self.weight)
        return self._years[made.column]


def is_grouped(cells: pd.Series[Any]) -> bool:
    """Whether many distinct cells of a type are grouped."""
    from pandas.api import types

    kind = cells.dtype
    if types.is_bool_dtype(kind) or types.is_complex_dtype(kind):
        return False
    return types.is_numeric_dtype(kind) or types.is_datetime64_any_dtype(kind)


def numbers_among(codes: Iterable[str]) -> tuple[float, ...]:
    """Give the numbers among some codes, in any spelling."""
    spelled = map(common_spelling, codes)
    return tuple(float(one) for one in spelled if _NUMBER.fullmatch(one))


def grouped(cells: pd.Series[Any], codes: tuple[float, ...] = ()) -> pd.Series[Any]:
    """Round moments down to days, and numbers to three digits, but for codes and what may be."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        days: pd.Series[Any] = cells.dt.normalize()
        return days
    values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    kept = ~np.isfinite(values) | look_like_codes(values) | np.isin(values, codes)
    return pd.Series(np.where(kept, values, _rounded_down(np.where(kept, 1.0, values))))


def _rounded_down(values: FloatArray) -> FloatArray:
    """Give the largest number of three digits that is not above each, up to rounding."""
    size = np.where(values == 0.0, 1.0, np.abs(values))
    exponent = np.clip(np.floor(np.log10(size)) - (_DIGITS - 1), -300.0, 300.0)
    low, high = np.minimum(exponent, 0.0), np.maximum(exponent, 0.0)
    up, down = 10.0**-low, 10.0**high
    # A quotient that is whole but for its rounding is whole.
    digits = np.floor(values * up / down + 1e-9)
    rounded: FloatArray = digits * down / up
    return rounded
