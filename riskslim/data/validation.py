"""What a table must be before a score can be fitted to it, and what deserves a warning."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.spelling import blank_cells
from riskslim.errors import DataError, DataWarning
from riskslim.names import INTERCEPT_NAME, LONGEST_NAME, quoted, short, visible
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.data.table import Table

__all__ = [
    "LARGEST_SCORE",
    "LARGEST_VALUE",
    "TOO_LARGE",
    "check_names",
    "check_numbers",
    "number_of_rows",
    "numeric_column",
    "repeats_of",
    "rows_after",
    "rows_at",
    "rows_counted",
    "rows_text",
    "warn_of_oddities",
]

LARGEST_SCORE = 1_000_000
"""Scores are looked up in a table where they are integers up to about this size."""

LARGEST_VALUE = 1e15
"""Values of features lie within plus and minus this: of longer numbers not every digit is held, and
points times them are no longer exact."""

TOO_LARGE = (
    "drop the column if it is an identifier; divide it by a power of ten if it is a measurement; "
    "or cut it into bands of 0 and 1, as a raw table's columns are (--raw, or a ScoreBinarizer)"
)
"""What to do about values too large to be weighed."""

_NEW_FEATURES = (
    "correct the cell, or drop the column; categories become features of 0 and 1 where the table "
    "is read as a raw one (--raw, or a ScoreBinarizer)"
)

_TYPICAL_POINTS = 5
_BOOLEANS = {"true": 1.0, "false": 0.0}


_repeats: ContextVar[IntArray | None] = ContextVar("repeats", default=None)


@contextmanager
def rows_counted(repeats: IntArray | None) -> Iterator[None]:
    """Let messages say how many rows are meant, where only distinct rows are known and no places.

    Parameters
    ----------
    repeats : ndarray of int, shape (m,), or None
        How many rows of the table each distinct one is; None where every row is known.
    """
    token = _repeats.set(repeats)
    try:
        yield
    finally:
        _repeats.reset(token)


_after: ContextVar[tuple[int, int]] = ContextVar("after", default=(0, 0))


@contextmanager
def rows_after(before: int, length: int) -> Iterator[None]:
    """Let messages about so many rows count those of the same table that stand before them."""
    token = _after.set((before, length))
    try:
        yield
    finally:
        _after.reset(token)


_places: ContextVar[tuple[int, IntArray] | None] = ContextVar("places", default=None)


@contextmanager
def rows_at(place: IntArray, length: int) -> Iterator[None]:
    """Let messages about so many distinct rows name the rows of the table that they stand for.

    Parameters
    ----------
    place : ndarray of int, shape (n,)
        Which distinct row each row is; -1 for none.
    length : int
        How many distinct rows there are.
    """
    token = _places.set((length, place))
    try:
        yield
    finally:
        _places.reset(token)


def _on_rows(where: BoolArray) -> BoolArray:
    """Mark the rows of the table that marked distinct rows stand for, where these are known."""
    known = _places.get()
    if known is None or known[0] != len(where):
        return where
    rows: BoolArray = np.append(where, False)[known[1]]
    return rows


def number_of_rows(where: BoolArray) -> int:
    """Count the rows of the table that a mask holds."""
    where = _on_rows(where)
    repeats = repeats_of(len(where))
    return int(where.sum() if repeats is None else repeats[where].sum())


def repeats_of(length: int) -> IntArray | None:
    """Give how many rows each of so many distinct rows is, where no others are known."""
    repeats = _repeats.get()
    return repeats if repeats is not None and len(repeats) == length else None


def rows_text(where: BoolArray, limit: int = 3) -> str:
    """Say which rows a mask holds, counted from 1: ``rows 3, 7, 12 and 40 more``.

    Where only distinct rows are known it says how many they are.
    """
    where = _on_rows(where)
    if repeats_of(len(where)) is not None:
        number = number_of_rows(where)
        return "1 row" if number == 1 else f"{number:,} rows"
    before, length = _after.get()
    rows = np.flatnonzero(where) + 1 + (before if length == len(where) else 0)
    if len(rows) == 1:
        return f"row {rows[0]}"
    shown = [str(row) for row in rows[:limit]]
    if len(rows) > limit:
        return f"rows {', '.join(shown)} and {len(rows) - limit} more"
    return f"rows {', '.join(shown[:-1])} and {shown[-1]}"


def check_names(names: Sequence[str], source: str) -> None:
    """Refuse column names that are empty, look alike, or are the intercept's own.

    Two names that differ in blanks, in characters without a shape or in the way an accent is
    composed are one name to whoever fills in the score.

    Raises
    ------
    DataError
        Naming the columns.
    """
    seen: dict[str, int] = {}
    looks: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if not visible(name):
            raise DataError(
                f"{source}: column {position} has no name; name it, or drop it "
                "if it only numbers the rows"
            )
        if len(name) > LONGEST_NAME or not _is_text(name):
            raise DataError(
                f"{source}: column {position} is called {short(name)}, which is no name (it has "
                f"{len(name):,} characters, or half a one); give it a name of at most "
                f"{LONGEST_NAME:,} characters"
            )
        if name in seen:
            raise DataError(
                f"{source}: two columns are called {name!r} (columns {seen[name]} and "
                f"{position}); give each its own name"
            )
        seen[name] = position
        other = looks.setdefault(visible(name), position)
        if other != position:
            raise DataError(
                f"{source}: columns {other} and {position} look alike, {names[other - 1]!a} and "
                f"{name!a}: they differ in blanks or invisible characters alone; give each a name "
                "of its own"
            )
        if name.strip().casefold() == INTERCEPT_NAME.casefold():
            raise DataError(
                f"{source}: column {position} is called {name!r}, which is the name of the "
                "intercept; every score has one already: drop or rename the column"
            )


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def numeric_column(
    column: pd.Series[Any], name: str, source: str, advice: str = _NEW_FEATURES
) -> FloatArray:
    """Numbers of one column; missing values become NaN.

    Parameters
    ----------
    column : Series of shape (n,)
        Of any type.
    name, source : str
        Of the column and of the table, for messages.
    advice : str
        What to do about a cell that is neither, unless it is a number with a comma.

    Raises
    ------
    DataError
        Where a cell is neither a number nor missing, with its row and what it says.
    """
    import pandas as pd

    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
        if pd.api.types.is_complex_dtype(column.dtype):
            raise DataError(f"{source}: column {name!r} holds complex numbers; give real ones")
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_timedelta64_dtype(
        column.dtype
    ):
        raise DataError(_no_dates(name, source))
    cells = column.astype(object)
    numbers: FloatArray = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64).copy()
    odd = np.isnan(numbers) & ~blank_cells(column)
    # A column of TRUE and FALSE alone is read as 1 and 0, beside other cells it is text.
    numbers[odd] = [_BOOLEANS.get(str(cell).strip().casefold(), np.nan) for cell in cells[odd]]
    odd &= np.isnan(numbers)
    if odd.any():
        first = cells.iloc[int(np.argmax(odd))]
        if isinstance(first, datetime.date | datetime.time):
            raise DataError(_no_dates(name, source))
        raise DataError(
            f"{source}: column {name!r} holds {first!r}{_place(odd)}, which "
            f"is not a number (not a number in {rows_text(odd)}); {_advice(str(first), advice)}"
        )
    return numbers


def _place(where: BoolArray) -> str:
    where = _on_rows(where)
    return "" if repeats_of(len(where)) is not None else f" in {rows_text(_first(where))}"


def _first(where: BoolArray) -> BoolArray:
    first = np.zeros(len(where), dtype=bool)
    first[np.argmax(where)] = True
    return first


def _no_dates(name: str, source: str) -> str:
    return (
        f"{source}: column {name!r} holds dates or times; turn it into a number "
        "(an age, say), read the table as a raw one, or drop the column"
    )


def _advice(cell: str, usual: str) -> str:
    is_number = cell.replace(",", "", 1).lstrip("+-").isdigit()
    return "write decimal numbers with a point" if is_number else usual


def check_numbers(table: Table, names: Sequence[str], source: str) -> None:
    """Refuse missing and infinite values, and settle the type of the table's rows.

    Raises
    ------
    DataError
        Naming the columns and the first rows concerned.
    """
    if table.narrow():
        _refuse_large(table, names, source)
        return
    for wrong, what, advice in (
        (np.isnan, "missing values", "fill them in, or drop the rows or columns"),
        (np.isinf, "infinite values", "replace them by finite numbers, or drop the rows"),
    ):
        columns = [j for j in range(len(names)) if wrong(table.column(j)).any()]
        if columns:
            shown = "; ".join(
                f"{names[j]!r} ({rows_text(wrong(table.column(j)))})" for j in columns[:3]
            )
            more = f"; and {len(columns) - 3} more columns" if len(columns) > 3 else ""
            raise DataError(f"{source}: {what} in {shown}{more}; {advice}")


def _refuse_large(table: Table, names: Sequence[str], source: str) -> None:
    if table.dtype.itemsize < 4 or table.largest() <= LARGEST_VALUE:
        return
    reach = [float(np.abs(table.column(j)).max()) for j in range(len(names))]
    columns = [j for j in range(len(names)) if reach[j] > LARGEST_VALUE]
    shown = ", ".join(f"{names[j]!r} (up to {reach[j]:.3g})" for j in columns[:3])
    more = f" and {len(columns) - 3} more columns" if len(columns) > 3 else ""
    raise DataError(
        f"{source}: values beyond {LARGEST_VALUE:g} in {shown}{more}, too large for points times "
        f"them to be exact; {TOO_LARGE}"
    )


def warn_of_oddities(features: FloatArray, names: Sequence[str], source: str) -> None:
    """Warn of features that are constant, copies of others, or very large.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Distinct rows are enough.
    names : sequence of str
        Of the features.
    source : str
        Where the table came from.
    """
    smallest, largest = features.min(axis=0), features.max(axis=0)
    constant = smallest == largest
    if constant.any():
        _warn(
            f"{source}: constant features, which no score needs: "
            f"{quoted([names[j] for j in np.flatnonzero(constant).tolist()])}"
        )
    copies = _copies(features, np.flatnonzero(~constant))
    if copies:
        shown = ", ".join(f"{names[b]!r} of {names[a]!r}" for a, b in copies[:5])
        more = f" and {len(copies) - 5} more" if len(copies) > 5 else ""
        _warn(
            f"{source}: features that are copies of others ({shown}{more}): "
            "which of them a score uses is arbitrary"
        )
    reach = np.maximum(np.abs(smallest), np.abs(largest))
    large = reach > LARGEST_SCORE / _TYPICAL_POINTS
    if large.any():
        first = int(np.argmax(large))
        shown = quoted([names[j] for j in np.flatnonzero(large).tolist()])
        _warn(
            f"{source}: values so large that scores overflow the look-up table, and that one "
            f"point decides a risk, in {shown} "
            f"(up to {reach[first]:g}): rescale them, or cut them into ranges"
        )


def _copies(features: FloatArray, candidates: IntArray) -> list[tuple[int, int]]:
    """Pairs (original, copy) of equal columns."""
    # Equal columns have equal products with any vector; only those are compared in full.
    # Not with signs: among thousands of 0/1 columns many have the same sum of these.
    vector = np.random.default_rng(0).random(len(features))
    with np.errstate(over="ignore", invalid="ignore"):
        products = np.array([np.dot(vector, features[:, j]) for j in candidates])
    first: dict[float, list[int]] = {}
    copies = []
    for j, product in zip(candidates.tolist(), products.tolist(), strict=True):
        alike = first.setdefault(product, [])
        for original in alike:
            if np.array_equal(features[:, original], features[:, j]):
                copies.append((original, j))
                break
        else:
            alike.append(j)
    return copies


def _warn(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=6)
