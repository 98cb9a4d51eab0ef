"""What a column of a raw table holds: numbers, yes or no, categories, dates, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from riskslim.data.spelling import (
    BLANK_WORDS,
    as_read,
    blank_cells,
    common_spelling,
    each_cell,
    truths,
)
from riskslim.data.validation import number_of_rows, numeric_column, rows_text
from riskslim.errors import DataError
from riskslim.features.dates import are_packed_days, is_other_date, is_written_as_day
from riskslim.names import quoted
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "Kind", "flags", "kind_of", "levels", "measurements", "numbers"]

Kind = Literal["number", "flag", "category", "date", "blank"]
KINDS = tuple(kind for kind in get_args(Kind) if kind != "blank")

_COMMA_NUMBER = re.compile(r"[+-]?\d{1,3}(,\d{3})*(,\d+|\.\d+)?|[+-]?\d+,\d+")


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
        ``"flag"`` for booleans and for numbers that are all 0 or 1; ``"date"`` for numbers too
        that are days without separators (19400131); ``"blank"`` where no cell says anything.

    Raises
    ------
    DataError
        It holds complex numbers, durations, numbers or dates among text, numbers with commas, or
        dates that are not written year first.
    """
    import pandas as pd

    kind = column.dtype
    if blank_cells(column).all():
        return "blank"
    if isinstance(kind, pd.CategoricalDtype):
        return "category"
    if pd.api.types.is_bool_dtype(kind):
        return "flag"
    if pd.api.types.is_timedelta64_dtype(kind):
        raise DataError(
            f"{source}: column {name!r} holds durations; turn them into numbers (days, say)"
        )
    if pd.api.types.is_datetime64_any_dtype(kind):
        return "date"
    if pd.api.types.is_numeric_dtype(kind):
        return _kind_of_numbers(numbers(column, name, source))
    return _kind_of_objects(column, name, source)


def _kind_of_numbers(values: FloatArray) -> Kind:
    known = values[~np.isnan(values)]
    if np.isin(known, (0.0, 1.0)).all():
        return "flag"
    return "date" if are_packed_days(known) else "number"


def _kind_of_objects(column: pd.Series[Any], name: str, source: str) -> Kind:
    rows = np.flatnonzero(~blank_cells(column))
    cells = column.astype(object).iloc[rows]
    if all(common_spelling(cell) in ("true", "false") for cell in set(map(as_read, cells))):
        return "flag"
    text = [as_read(cell) for cell in cells]
    parsed = _parsed(text)
    is_number = ~np.isnan(parsed)
    if is_number.all():
        return _kind_of_numbers(parsed)
    is_date = each_cell(cells, is_written_as_day, bool)
    if is_date.all():
        return "date"
    _refuse_other_dates(text, name, source)
    _refuse_commas(text, is_number, name, source)
    for what, is_it in (("numbers", is_number), ("dates", is_date)):
        where = np.zeros(len(column), dtype=bool)
        where[rows[is_it]] = True
        share = number_of_rows(where)
        where[rows] = ~where[rows]
        if share >= number_of_rows(where):
            odd = quoted(list(dict.fromkeys(np.array(text, dtype=object)[~is_it])), 3)
            raise DataError(
                f"{source}: column {name!r} holds {what}, but {odd} in {rows_text(where)}; correct "
                "or empty these cells, say that they are codes for a missing value (missing= or "
                "--missing), or that the column is a category"
            )
    return "category"


def _parsed(text: Sequence[str]) -> FloatArray:
    import pandas as pd

    return pd.to_numeric(pd.Series(text, dtype=object), errors="coerce").to_numpy(float)


def _refuse_other_dates(text: Sequence[str], name: str, source: str) -> None:
    if all(map(is_other_date, set(text))):
        raise DataError(
            f"{source}: column {name!r} holds dates such as {text[0]!r}, of which day and month "
            "may be mistaken; write them as year-month-day (2024-03-31)"
        )


def _refuse_commas(text: Sequence[str], is_number: BoolArray, name: str, source: str) -> None:
    with_comma = [bool(_COMMA_NUMBER.fullmatch(cell)) for cell in text]
    if all(a or b for a, b in zip(is_number, with_comma, strict=True)):
        first = next(cell for cell in text if "," in cell)
        raise DataError(
            f"{source}: column {name!r} holds numbers with commas such as {first!r}; write them "
            "without separators of thousands, and with a decimal point"
        )


def numbers(
    column: pd.Series[Any],
    name: str,
    source: str,
    advice: str = "write the number alone, or empty the cell",
) -> FloatArray:
    """Give a column's numbers, NaN where it is blank; advice on cells that are none.

    Raises
    ------
    DataError
        A cell is no number, or infinite; names the rows.
    """
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    values = numeric_column(column, name, source, advice)
    infinite = np.isinf(values)
    if infinite.any():
        raise DataError(
            f"{source}: column {name!r} is infinite in {rows_text(infinite)}; give a finite "
            "number, or leave the cell empty"
        )
    return values


def measurements(column: pd.Series[Any], name: str, source: str) -> FloatArray:
    """Give the numbers of a measurement, NaN where it is blank; true is no measurement.

    Raises
    ------
    DataError
        As `numbers`.
    """
    values = numbers(column, name, source)
    if column.dtype.kind in "iufM":
        return values
    truth = ~blank_cells(column) & each_cell(
        column, lambda cell: common_spelling(cell) in ("true", "false"), bool
    )
    if truth.any():
        raise DataError(
            f"{source}: column {name!r} holds {column[truth].iloc[0]!r} in {rows_text(truth)}, "
            "where a number is expected; correct the cells, or empty them"
        )
    return values


def flags(column: pd.Series[Any], name: str, source: str) -> FloatArray:
    """Give 1 for yes, 0 for no and NaN for blank.

    Raises
    ------
    DataError
        A cell is neither; names the rows.
    """
    values = numbers(column, name, source, "give 1 for yes and 0 for no, or empty the cell")
    odd = ~np.isnan(values) & ~np.isin(values, (0.0, 1.0))
    if odd.any():
        raise DataError(
            f"{source}: column {name!r} is yes or no, but {values[odd][0]:g} in {rows_text(odd)}; "
            "give 1 for yes and 0 for no (or say that it is a number, kinds=, before it is learned)"
        )
    return values


def levels(column: pd.Series[Any], known: Iterable[str] = ()) -> np.ndarray[Any, Any]:
    """Give a column's categories as text, None where it is blank.

    A cell that is spelled as none of the known categories is the one that has the same common
    spelling, where there is one such; what a cell is never depends on the others.

    Parameters
    ----------
    column : Series of shape (n,)
        Of any type.
    known : iterable of str
        Categories that were met before. A word for a blank that is one of them is a category.

    Returns
    -------
    ndarray of object, shape (n,)
    """
    spelled = {level: level for level in known}
    common: dict[str, list[str]] = {}
    for level in spelled:
        common.setdefault(common_spelling(level), []).append(level)

    for truth, level in truths(spelled).items():
        common[truth] = [level]

    def level_of(cell: Any) -> str | None:
        text = as_read(cell)
        if text in spelled:
            return text
        if text.casefold() in BLANK_WORDS:
            return None
        alike = common.get(common_spelling(cell), ())
        return alike[0] if len(alike) == 1 else text

    made = each_cell(column, level_of, object)
    made[column.isna().to_numpy(dtype=bool)] = None
    return np.asarray(made)
