"""Cells that may not mean what they say: codes for a missing value, numbers that are text."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.spelling import BLANK_WORDS, as_read
from riskslim.features.cuts import number_text
from riskslim.names import quoted
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "blank_words",
    "codes_among_levels",
    "codes_among_numbers",
    "how_text_hides_numbers",
    "look_like_codes",
    "suspected_codes",
]

# -9, -99.9, 888, 9999; and -1, where nothing else is negative.
_CODE = re.compile(r"-?(6+|7+|8+|9+)(\.(6+|7+|8+|9+))?|-1")
_UNKNOWN = {
    *("unknown", "unk", "unknown/missing", "not known", "not available", "not recorded"),
    *("not done", "no data", "n.a.", "n.k.", "nk", "undefined", "#value!", "#ref!", "#div/0!"),
    *("unbekannt", "k.a.", "inconnu", "desconocido", "sconosciuto"),
}
# How often a number of nines must occur among others to be suspected within their range.
_OFTEN = 0.05
_FEW = 5

_QUANTITY = re.compile(
    r"(?P<before>[€$£¥₹]|[A-Z]{3} |[<>≤≥~] ?)?"
    r"[+-]?\d+(?P<inner>([.,'’ \u00a0\u202f]\d+)*)"
    r"(?P<after> ?[^\d\s]\S*( \S+)?)?"
)
_THOUSANDS = r"['’ \u00a0\u202f]"
_TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")
_MONTH = re.compile(r"\d{4}[-/]\d{1,2}|\d{1,2}/\d{4}")
# Fewer distinct quantities are as likely names: "5 mg" and "10 mg".
_DISTINCT = 4


def blank_words(cells: pd.Series[Any], rows: IntArray) -> Counter[str]:
    """Count the words that count as blanks, as they are written.

    Parameters
    ----------
    cells : Series of shape (m,)
        Distinct cells of a column.
    rows : ndarray of int, shape (m,)
        How many rows hold each.
    """
    met: Counter[str] = Counter()
    if cells.dtype.kind in "biufmM":
        return met
    known = cells.notna().to_numpy(dtype=bool)
    for cell, times in zip(cells[known].astype(object), rows[known].tolist(), strict=True):
        text = as_read(cell)
        if text and _is_blank(text):
            met[text] += times
    return met


def _is_blank(text: str) -> bool:
    return text.casefold() in BLANK_WORDS


def codes_among_levels(met: list[str]) -> list[str]:
    """Give the categories that look like codes for a missing value."""
    return [
        level
        for level in met
        if level.casefold() in _UNKNOWN
        or level == "None"
        or (level != "-1" and len(level.strip("-")) > 2 and _CODE.fullmatch(level))
    ]


def look_like_codes(values: FloatArray) -> BoolArray:
    """Mark numbers that may be codes for a missing value, whatever lies beside them."""
    made: BoolArray = np.isin(np.abs(values), suspected_codes())
    return made


@cache
def suspected_codes() -> FloatArray:
    """List the numbers that `_CODE` describes, without their signs, of at most 12 digits."""
    whole = [digit * length for digit in "6789" for length in range(1, 9)]
    parts = ["", *("." + digit * length for digit in "6789" for length in range(1, 5))]
    return np.array([1.0, *(float(first + rest) for first in whole for rest in parts)])


def codes_among_numbers(values: FloatArray, rows: IntArray) -> list[tuple[float, int]]:
    """Give the values that look like codes for a missing value, and how often each occurs.

    One is a number of nines (or sixes, sevens, eights) that lies apart from all others: below
    zero, where they are not, or further from them than they spread; or one of three nines and
    more that occurs more often than any other.

    Parameters
    ----------
    values : ndarray of shape (m,)
        Without NaN.
    rows : ndarray of int, shape (m,)
        How many rows hold each.
    """
    known, place = np.unique(values, return_inverse=True)
    counts = np.bincount(place, weights=rows).astype(np.int64)
    all_rows = int(counts.sum())
    found: list[tuple[float, int]] = []
    while len(known) > 2:
        end = next((end for end in (0, -1) if _stands_apart(known, end)), None)
        if end is None:
            break
        found.append((float(known[end]), int(counts[end])))
        rest = slice(1, None) if end == 0 else slice(None, -1)
        known, counts = known[rest], counts[rest]
    often = int(np.argmax(counts)) if len(known) > _FEW else 0
    if (
        len(known) > _FEW
        and counts[often] >= max(_FEW, _OFTEN * all_rows, 2 * np.sort(counts)[-2])
        and re.fullmatch(r"-?999+(\.9+)?", number_text(float(known[often])))
    ):
        found.append((float(known[often]), int(counts[often])))
    return found


def _stands_apart(known: FloatArray, end: int) -> bool:
    """Whether the smallest (0) or largest (-1) value looks like a code beside the others."""
    value = float(known[end])
    if not _CODE.fullmatch(number_text(value)):
        return False
    others = known[1:] if end == 0 else known[:-1]
    if value < 0 <= others[-1]:
        others = others[others >= 0] if _all_codes(others[others < 0]) else others
    if value < 0:
        spread = others[-1] - others[0]
        # -1 beside 0, 1 and 2 is a step of a scale; beside many counts it is none of them.
        below_all = others[0] >= 0 and (value < -9 or len(others) > _FEW)
        return bool(below_all or others[0] - value > spread)
    return bool(value > 1 and value - others[-1] > others[-1] - others[0])


def _all_codes(values: FloatArray) -> bool:
    return all(_CODE.fullmatch(number_text(float(value))) for value in values)


def how_text_hides_numbers(met: list[str]) -> str | None:
    """Say how categories are written that seem to be numbers, and what to do; None otherwise.

    Parameters
    ----------
    met : list of str
        Distinct categories.
    """
    if len(met) < _DISTINCT:
        return None
    if all(map(_TIME.fullmatch, met)):
        return f"times of day such as {met[0]!r}: turn them into numbers, hours say"
    if all(map(_MONTH.fullmatch, met)):
        return f"months such as {met[0]!r}: write them as dates (2024-03-01), or as numbers"
    found = [_QUANTITY.fullmatch(level) for level in met]
    parts = [match for match in found if match is not None]
    if len(parts) < 0.9 * len(met):
        return None
    around = Counter((part["before"] or "", (part["after"] or "").strip()) for part in parts)
    (before, after), often = around.most_common(1)[0]
    separated = [part for part in parts if re.search(_THOUSANDS, part["inner"])]
    if often < 0.9 * len(parts) or not (before or after or separated):
        return None
    shown = quoted([part.string for part in separated or parts], 2)
    return (
        f"numbers written with {_what_is_around(before.strip(), after)} ({shown}): write the "
        "numbers alone (1000, or 2.5), and what they are measured in into the column's name or a "
        "file of --cut-points"
    )


def _what_is_around(before: str, after: str) -> str:
    if after == "%":
        return "a percent sign"
    if before or after:
        return f"{(before or after)!r} {'before' if before else 'after'} them"
    return "a separator of thousands"
