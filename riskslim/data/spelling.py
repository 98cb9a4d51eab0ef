"""How cells are spelled: one text for one value, whatever file or program wrote it.

A reader guesses the type of a column from all of its cells, so that ``01`` is the number 1 in
one file and text in another that has a ward ``1A`` too. What a cell means must not depend on its
neighbours: values are compared by their text first, and by a common spelling where no text is
the same.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.names import visible
from riskslim.solvers._typing import BoolArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BLANK_WORDS",
    "as_read",
    "blank_cells",
    "common_spelling",
    "distinct_cells",
    "each_cell",
    "holding",
    "truths",
    "without_codes",
]

BLANK_WORDS = frozenset(
    {"", "na", "n/a", "#n/a", "<na>", "nan", "nat", "null", "?", ".", "-", "missing"}
)
"""What stands for a blank, without capitals. "None" is not among them: it may be a degree."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"([+-]?)inf(inity)?", re.IGNORECASE)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:.*)?")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?")


def as_read(cell: Any) -> str:
    """Give the text by which people know a cell.

    Whole numbers lose the ``.0`` that a blank in their column gives them, midnight is no part
    of a date, and blanks around and doubled blanks within text say nothing.
    """
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.date):
        return _moment(cell)
    return " ".join(unicodedata.normalize("NFC", str(cell)).split())


def truths(known: Iterable[str]) -> dict[str, str]:
    """Say which categories ``true`` and ``false`` are, as databases keep columns of yes and no.

    Parameters
    ----------
    known : iterable of str
        Categories; one that is itself spelled as true or false speaks for itself.

    Returns
    -------
    dict of str to str
        ``true`` to a category that means yes, ``false`` to one that means no; empty where two do.
    """
    spelled = [(common_spelling(level), level) for level in known]
    if any(text in ("true", "false") for text, _ in spelled):
        return {}
    made = {}
    for truth, words in _TRUTHS.items():
        alike = [level for text, level in spelled if text.casefold() in words]
        if len(alike) == 1:
            made[truth] = alike[0]
    return made


_TRUTHS = {
    "true": ("yes", "y", "ja", "j", "oui", "si", "sí", "sim"),
    "false": ("no", "n", "nein", "non", "não"),
}


def common_spelling(cell: Any) -> str:
    """Give one text to all spellings of a value: ``TRUE`` and True, ``01``, ``1.0`` and 1."""
    if isinstance(cell, datetime.time):
        return cell.isoformat()
    text = visible(as_read(cell))
    if text.casefold() in ("true", "false"):
        return text.casefold()
    if found := _INFINITE.fullmatch(text):
        return f"{'-' if found[1] == '-' else ''}inf"
    for form, spell in (
        (_NUMBER, _number),
        (_TIME, lambda time: datetime.time.fromisoformat(time.zfill(5)).isoformat()),
        (_MOMENT, lambda moment: _moment(datetime.datetime.fromisoformat(moment))),
    ):
        if form.fullmatch(text):
            try:
                return spell(text)
            except (ValueError, InvalidOperation):
                return text
    return text


def _number(text: str) -> str:
    """Spell a number by its digits and exponent, exactly, however large the exponent."""
    sign, digits, exponent = Decimal(text).as_tuple()
    figures = "".join(map(str, digits)).lstrip("0")
    short = figures.rstrip("0")
    if not short:
        return "0"
    return f"{'-' if sign else ''}{short}e{int(exponent) + len(figures) - len(short)}"


def _moment(cell: datetime.date) -> str:
    if isinstance(cell, datetime.datetime) and (cell.time() != datetime.time() or cell.tzinfo):
        return cell.isoformat(sep=" ")
    return f"{cell:%Y-%m-%d}" if cell.year >= 1000 else cell.isoformat()[:10]


def blank_cells(column: pd.Series[Any]) -> BoolArray:
    """Mark cells that say nothing: empty ones, and `BLANK_WORDS`."""
    empty: BoolArray = column.isna().to_numpy(dtype=bool).copy()
    if column.dtype.kind in "biufmM":
        return empty
    empty |= each_cell(column, lambda cell: as_read(cell).casefold() in BLANK_WORDS, bool)
    return empty


def each_cell(column: pd.Series[Any], tell: Callable[[Any], Any], kind: Any) -> Any:
    """Apply a function to every cell, once to each distinct one; True and 1 are distinct.

    Returns
    -------
    ndarray of dtype `kind`, shape (n,)
    """
    place, first = distinct_cells(column)
    made = np.empty(len(first), dtype=kind)
    for at, cell in enumerate(column.iloc[first].astype(object).to_numpy()):
        made[at] = tell(cell)
    return made[place]


def distinct_cells(column: pd.Series[Any]) -> tuple[IntArray, IntArray]:
    """Find the distinct cells of a column; all that are missing are one, True and 1 are two.

    Returns
    -------
    place : ndarray of int, shape (n,)
        Which distinct cell each row holds; they are numbered as they appear.
    first : ndarray of int, shape (m,)
        The first row that holds each.
    """
    import pandas as pd

    keys: Any = column
    if column.dtype == object:
        keys = np.empty(len(column), dtype=object)
        missing = column.isna().to_numpy(dtype=bool)
        keys[:] = [
            None if empty else _key(cell) for cell, empty in zip(column, missing, strict=True)
        ]
    place, distinct = pd.factorize(keys, use_na_sentinel=False)
    first = np.empty(len(distinct), dtype=np.int64)
    # Of several rows the last that is written stays: the first one.
    first[place[::-1]] = np.arange(len(place) - 1, -1, -1)
    return place.astype(np.int64, copy=False), first


def _key(cell: Any) -> Hashable:
    try:
        hash(cell)
    except TypeError:
        return object, repr(cell)
    return cell if type(cell) is str else (type(cell), cell)


def holding(column: pd.Series[Any], codes: Iterable[str]) -> BoolArray:
    """Mark the cells that hold one of some codes, in any spelling."""
    spelled = {common_spelling(code) for code in codes}
    if not spelled:
        return np.zeros(len(column), dtype=bool)
    coded = each_cell(column, lambda cell: common_spelling(cell) in spelled, bool)
    return np.asarray(coded & ~column.isna().to_numpy(dtype=bool), dtype=np.bool_)


def without_codes(column: pd.Series[Any], codes: Iterable[str]) -> pd.Series[Any]:
    """Empty the cells that hold one of some codes for a missing value, in any spelling."""
    coded = holding(column, codes)
    if not coded.any():
        return column
    if column.dtype.kind in "iu":
        return column.astype(float).mask(coded)
    return column.mask(coded) if column.dtype.kind == "f" else column.astype(object).mask(coded)
