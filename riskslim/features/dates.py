"""Dates of a raw table: calendar days as they are written, and whole years between them."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskslim.data.spelling import as_read, blank_cells, each_cell
from riskslim.data.validation import rows_text
from riskslim.errors import DataError
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DateWithoutReferenceError",
    "ages",
    "are_packed_days",
    "calendar_day",
    "is_other_date",
    "is_written_as_day",
]

Days = NDArray[np.datetime64]

_DAY = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?\s*(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
)
_PACKED = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_OTHER = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4}([ T].*)?")
_MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_NAMED = re.compile(
    rf"[0-9]{{1,2}}(st|nd|rd|th)?[ .-]*{_MONTH}[ .,-]*[0-9]{{2,4}}([ T].*)?"
    rf"|{_MONTH}[ .-]*[0-9]{{1,2}}(st|nd|rd|th)?[ ,-]*[0-9]{{4}}([ T].*)?",
    re.IGNORECASE,
)
# Eight digits are taken for a date where all of them are days of these years.
_LIKELY_YEARS = range(1850, 2151)


class DateWithoutReferenceError(DataError):
    """Dates of which no years can be counted, as nobody said up to when."""


def calendar_day(cell: Any) -> datetime.date | None:
    """Give the day of a date, as its writer's calendar had it; None for what is no date.

    The time of day and the offset to universal time change nothing: whoever was born on the
    first of May has their birthday then.
    """
    if isinstance(cell, datetime.datetime):
        return cell.date()
    if isinstance(cell, datetime.date):
        return cell
    text = as_read(cell)
    found = _DAY.fullmatch(text) or _PACKED.fullmatch(text)
    try:
        return datetime.date(*map(int, found.groups()[:3])) if found else None
    except ValueError:
        return None


def is_written_as_day(cell: Any) -> bool:
    """Whether a cell is a date, or text in the form year-month-day, of a day that exists or not."""
    return isinstance(cell, datetime.date) or bool(_DAY.fullmatch(as_read(cell)))


def is_other_date(text: str) -> bool:
    """Whether a text is a date, but none that is written year, month, day."""
    return bool(_OTHER.fullmatch(text) or _NAMED.fullmatch(text))


def are_packed_days(values: FloatArray) -> bool:
    """Whether numbers are days without separators: 19400131, all of them valid."""
    known = np.unique(values)
    if len(known) < 2 or known[0] < 1e7 or known[-1] >= 1e8:
        return False
    days = [calendar_day(value) for value in known.tolist()]
    return all(day is not None and day.year in _LIKELY_YEARS for day in days)


def ages(born: pd.Series[Any], reference: Any, name: str, source: str) -> FloatArray:
    """Count completed years from dates to a reference date, by the calendar.

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

    start = _days(born, name, source)
    end = (
        _days(reference, str(reference.name), source)
        if isinstance(reference, pd.Series)
        else np.full(len(start), np.datetime64(reference, "D"))
    )
    late = end < start
    if late.any():
        raise DataError(
            f"{source}: column {name!r} lies after the reference date in {rows_text(late)} "
            f"({start[late][0]} after {end[late][0]}): what happens after it is not known when a "
            "risk is asked for; drop the column (drop= or --drop), correct the dates, give a later "
            "reference date, or say which date stands for a missing one (missing= or --missing)"
        )
    years: FloatArray = _year(end) - _year(start) - (_day_of_year(end) < _day_of_year(start))
    return np.where(np.isnat(start) | np.isnat(end), np.nan, years)


def _year(days: Days) -> FloatArray:
    return days.astype("datetime64[Y]").astype(np.int64).astype(np.float64)


def _day_of_year(days: Days) -> NDArray[np.int64]:
    """Give month and day as one number that grows from January to December."""
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12
    day = (days - months.astype("datetime64[D]")).astype(np.int64)
    together: NDArray[np.int64] = 32 * month + day
    return together


def _days(column: pd.Series[Any], name: str, source: str) -> Days:
    import pandas as pd

    column = column.reset_index(drop=True)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        if getattr(column.dt, "tz", None) is not None:
            column = column.dt.tz_localize(None)
        made: Days = column.to_numpy(dtype="datetime64[D]")
        return made
    blank = blank_cells(column)
    cells = each_cell(column.mask(blank), calendar_day, object)
    odd = np.array([cell is None for cell in cells], dtype=bool) & ~blank
    if odd.any():
        first = str(column[int(np.argmax(odd))])
        raise DataError(
            f"{source}: column {name!r} holds {first!r}, which is no date (no date in "
            f"{rows_text(odd)}); write it as year-month-day (2024-03-31)"
        )
    days: Days = np.array(
        [None if empty else day for day, empty in zip(cells, blank, strict=True)],
        dtype="datetime64[D]",
    )
    return days
