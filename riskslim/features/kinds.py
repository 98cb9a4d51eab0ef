"""What a column of a raw table holds: numbers, yes or no, categories, dates, or nothing."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from riskslim.data.validation import numeric_column, rows_text
from riskslim.errors import DataError
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "Kind", "ages", "flags", "kind_of", "levels", "numbers"]

Kind = Literal["number", "flag", "category", "date", "blank"]
KINDS = tuple(kind for kind in get_args(Kind) if kind != "blank")

# What stands for a blank among categories; "none" may be a category of its own ("none, mild").
_BLANK_WORDS = {"", "na", "n/a", "#n/a", "nan", "null", "?", ".", "-", "missing"}
_ISO_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([ T].*)?")
_OTHER_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}([ T].*)?")
_COMMA_NUMBER = re.compile(r"[+-]?\d{1,3}(,\d{3})*(,\d+|\.\d+)?")


def kind_of(column: pd.Series[Any], name: str, source: str) -> Kind:
    """Tell what a column holds.

    Parameters
    ----------
    column : Series of shape (n,)
        Of any type.
    name, source : str
        Of the column and of the table, for messages.

    Returns
    -------
    str
        ``"flag"`` for booleans and for numbers that are all 0 or 1; ``"blank"`` where no cell
        says anything.

    Raises
    ------
    DataError
        It holds complex numbers, durations, numbers among text, numbers with commas, or dates
        that are not written year first.
    """
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return "category" if column.notna().any() else "blank"
    if pd.api.types.is_bool_dtype(kind):
        return "flag" if column.notna().any() else "blank"
    if pd.api.types.is_timedelta64_dtype(kind):
        raise DataError(
            f"{source}: column {name!r} holds durations; turn them into numbers (days, say)"
        )
    if pd.api.types.is_datetime64_any_dtype(kind):
        return "date" if column.notna().any() else "blank"
    if pd.api.types.is_numeric_dtype(kind):
        return _kind_of_numbers(numbers(column, name, source))
    return _kind_of_objects(column, name, source)


def _kind_of_numbers(values: FloatArray) -> Kind:
    known = values[~np.isnan(values)]
    if not len(known):
        return "blank"
    return "flag" if np.isin(known, (0.0, 1.0)).all() else "number"


def _kind_of_objects(column: pd.Series[Any], name: str, source: str) -> Kind:
    import pandas as pd

    blank = _blank(column)
    if blank.all():
        return "blank"
    rows = np.flatnonzero(~blank)
    cells = column.astype(object).iloc[rows]
    if all(isinstance(cell, bool | np.bool_) for cell in cells):
        return "flag"
    if all(isinstance(cell, datetime.date | np.datetime64) for cell in cells):
        return "date"
    text = [str(cell).strip() for cell in cells]
    parsed = pd.to_numeric(pd.Series(text, dtype=object), errors="coerce").to_numpy(float)
    is_number = ~np.isnan(parsed)
    if is_number.all():
        return _kind_of_numbers(parsed)
    if all(map(_ISO_DATE.fullmatch, text)):
        return "date"
    if all(map(_OTHER_DATE.fullmatch, text)):
        raise DataError(
            f"{source}: column {name!r} holds dates such as {text[0]!r}, of which day and month "
            "cannot be told apart; write them as year-month-day (2024-03-31)"
        )
    with_comma = [bool(_COMMA_NUMBER.fullmatch(cell)) for cell in text]
    if all(a or b for a, b in zip(is_number, with_comma, strict=True)):
        first = next(cell for cell in text if "," in cell)
        raise DataError(
            f"{source}: column {name!r} holds numbers with commas such as {first!r}; write them "
            "without separators of thousands, and with a decimal point"
        )
    if is_number.mean() >= 0.5:
        where = np.zeros(len(column), dtype=bool)
        where[rows[~is_number]] = True
        first = text[int(np.argmin(is_number))]
        raise DataError(
            f"{source}: column {name!r} holds numbers, but {first!r} in {rows_text(where)}; "
            "correct or empty these cells, or say that the column is a category"
        )
    return "category"


def _blank(column: pd.Series[Any]) -> BoolArray:
    empty: BoolArray = column.isna().to_numpy(dtype=bool).copy()
    rest = column.astype(object).to_numpy()[~empty]
    empty[~empty] = [str(cell).strip().casefold() in _BLANK_WORDS for cell in rest]
    return empty


def numbers(column: pd.Series[Any], name: str, source: str) -> FloatArray:
    """Give a column's numbers, NaN where it is blank.

    Raises
    ------
    DataError
        A cell is no number, or infinite; names the rows.
    """
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    values = numeric_column(column, name, source)
    infinite = np.isinf(values)
    if infinite.any():
        raise DataError(
            f"{source}: column {name!r} is infinite in {rows_text(infinite)}; give a finite "
            "number, or leave the cell empty"
        )
    return values


def flags(column: pd.Series[Any], name: str, source: str) -> FloatArray:
    """Give 1 for yes, 0 for no and NaN for blank.

    Raises
    ------
    DataError
        A cell is neither; names the rows.
    """
    values = numbers(column, name, source)
    odd = ~np.isnan(values) & ~np.isin(values, (0.0, 1.0))
    if odd.any():
        raise DataError(
            f"{source}: column {name!r} is yes or no, but {values[odd][0]:g} in {rows_text(odd)}; "
            "give 1 for yes and 0 for no"
        )
    return values


def levels(column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Give a column's categories as text, None where it is blank.

    Whole numbers lose the ``.0`` that a blank in their column gives them.
    """
    blank = _blank(column)
    cells = column.astype(object).to_numpy()
    return np.array(
        [None if empty else _level(cell) for cell, empty in zip(cells, blank, strict=True)],
        dtype=object,
    )


def _level(cell: Any) -> str:
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def ages(born: pd.Series[Any], reference: Any, name: str, source: str) -> FloatArray:
    """Count completed years from dates to a reference date.

    Parameters
    ----------
    born : Series of shape (n,)
        Dates, or text as year-month-day.
    reference : Series of shape (n,) or date
        The later dates, or the one for all.
    name, source : str
        Of the column and of the table.

    Returns
    -------
    ndarray of shape (n,)
        NaN where either date is blank.

    Raises
    ------
    DataError
        A cell is no date, or lies after the reference date.
    """
    import pandas as pd

    start = _dates(born, name, source)
    end = (
        _dates(reference, str(reference.name), source)
        if isinstance(reference, pd.Series)
        else pd.Series(pd.Timestamp(reference), index=start.index)
    )
    years = (end.dt.year - start.dt.year).to_numpy(dtype=float, na_value=np.nan)
    ahead = (end.dt.month < start.dt.month) | (
        (end.dt.month == start.dt.month) & (end.dt.day < start.dt.day)
    )
    values: FloatArray = years - ahead.to_numpy(dtype=float)
    late = (end < start).to_numpy()
    if late.any():
        raise DataError(
            f"{source}: column {name!r} lies after the reference date in {rows_text(late)}; "
            "correct the dates, or give a later reference date"
        )
    return values


def _dates(column: pd.Series[Any], name: str, source: str) -> pd.Series[Any]:
    import pandas as pd

    column = column.reset_index(drop=True)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        made = column
    else:
        blank = _blank(column)
        cells = column.astype(object).mask(blank, None)
        made = pd.to_datetime(cells, errors="coerce", format="ISO8601")
        odd = made.isna().to_numpy() & ~blank
        if odd.any():
            raise DataError(
                f"{source}: column {name!r} holds {str(cells[int(np.argmax(odd))])!r}, which is no "
                f"date (no date in {rows_text(odd)}); write it as year-month-day (2024-03-31)"
            )
    return made.dt.tz_localize(None) if getattr(made.dt, "tz", None) is not None else made
