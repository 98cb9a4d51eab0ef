"""Totals as they are added up on paper: values are decimals, and their sums are exact.

A double stands for the shortest decimal that reads back as it, so that 0.1 + 0.2 and 0.3 are one
total. Values that no decimal of 15 digits gives were computed, such as 1/3 or 1 - 0.9, and carry
the rounding errors of that; the part of a total that they make is rounded to 12 digits of the
largest term in it. Either way the total of a person depends on the person and the points
alone, and is rounded once, to the nearest double.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["DecimalColumns", "add_up"]

_DIGITS = 15  # any decimal of so many is told from its neighbours by the nearest double
_KEPT = 12  # digits of computed values that rounding errors have surely left right
_EXACT = 2.0**53  # integers below are doubles, so that a quotient of two is rounded once
_LARGEST = 2.0**62  # integers below are int64, with room for one more term
_SAMPLE = 100  # values that tell the places of most columns
_PLACES = 22  # 10^22 is the largest power of ten that is a double


def add_up(columns: FloatArray, points: IntArray) -> FloatArray:
    """Give sums of points times values, as `DecimalColumns.totals` does, of shape (n,)."""
    return DecimalColumns.of(columns).totals(points)


class DecimalColumns:
    """Columns of numbers, ready to be added up exactly.

    What is known of a column is found when its points are first counted: few of thousands ever are.
    """

    def __init__(self, values: FloatArray) -> None:
        self._values = values
        self._known: dict[int, tuple[int, BoolArray | None]] = {}

    @classmethod
    def of(cls, values: FloatArray) -> DecimalColumns:
        """Take columns.

        Parameters
        ----------
        values : ndarray of shape (n, k)
            Finite.
        """
        return cls(values)

    def totals(self, points: IntArray | FloatArray) -> FloatArray:
        """Give the total of each row.

        Parameters
        ----------
        points : ndarray of shape (k,)
            Points of each column; whole numbers.

        Returns
        -------
        ndarray of shape (n,)
            Equal for rows whose totals are equal on paper, and in their order.
        """
        used = np.flatnonzero(points)
        worth = points[used].astype(np.int64)
        values = self._values[:, used]
        known = [self._column(j) for j in used.tolist()]
        places = np.array([places for places, _ in known], dtype=np.int64)
        computed = [rows for _, rows in known if rows is not None]
        if not computed:
            return _decimal_totals(values, places, worth)
        rows = np.logical_or.reduce(computed)
        totals = np.empty(len(values))
        totals[~rows] = _decimal_totals(values[~rows], _places_of(values[~rows]), worth)
        totals[rows] = _computed_totals(values[rows], worth)
        return totals

    def _column(self, j: int) -> tuple[int, BoolArray | None]:
        """Digits after the point that the decimals of a column need, and what is no decimal."""
        if j not in self._known:
            column = self._values[:, j]
            places, computed = _places(column[:_SAMPLE]), None
            if not _has_places(column, places).all():
                computed = ~_is_decimal(column, _DIGITS)
                places = _places(column[~computed])
                computed = computed if computed.any() else None
            self._known[j] = places, computed
        return self._known[j]


def _computed_totals(values: FloatArray, points: IntArray) -> FloatArray:
    """Add up rows with computed values: among these, also those with more than 12 digits."""
    decimal = np.column_stack([_is_decimal(column, _KEPT) for column in values.T])
    totals = _rounded_sums(np.where(decimal, 0.0, values) * points)
    decimals = np.where(decimal, values, 0.0)
    mixed = decimals.any(axis=1)
    # What is left after the rounding is a decimal too: one more column, worth one point.
    columns = np.column_stack([decimals, totals])[mixed]
    totals[mixed] = _decimal_totals(columns, _places_of(columns), np.append(points, 1))
    return totals


def _places_of(values: FloatArray) -> IntArray:
    return np.array([_places(column) for column in values.T], dtype=np.int64)


def _has_places(column: FloatArray, places: int) -> BoolArray:
    """Whether each value is a whole number, or a decimal of 15 digits with so many places."""
    scale = 10.0**places
    units = np.rint(column * scale)
    short = (np.abs(units) <= 10.0**_DIGITS) & (units / scale == column)
    return np.asarray(short | (column == np.rint(column)))


def _is_decimal(column: FloatArray, most: int) -> BoolArray:
    """Whether each value is whole, or the nearest double to a decimal of so many digits."""
    whole = column == np.rint(column)
    with np.errstate(divide="ignore"):
        digits = np.floor(np.log10(np.abs(np.where(whole, 1.0, column))))
    scale = 10.0 ** np.clip(most - 1 - digits, 0, _PLACES)
    # The product is off by less than a half, the quotient of two exact numbers is rounded once.
    return np.asarray(whole | (np.rint(column * scale) / scale == column))


def _places(column: FloatArray) -> int:
    """Fewest digits after the point that give all of these decimals."""
    left = column
    for places in range(_PLACES):
        left = left[~_has_places(left, places)]
        if not left.size:
            return places
    return _PLACES


def _decimal_totals(values: FloatArray, places: IntArray, points: IntArray) -> FloatArray:
    """Add up decimals, in units of the last digit that any column has."""
    most = int(places.max(initial=0))
    largest = np.abs(values).max(axis=0, initial=1.0)
    reach = 10.0**most * float(largest @ np.abs(points))
    # Beyond 10^15 units, the product of a value and a power of ten is no whole number.
    if reach >= _LARGEST or (most and (largest * 10.0**places > 10.0**_DIGITS).any()):
        return _long_totals(values, places, points)
    if most == 0 and reach < _EXACT:
        # Every partial sum is an integer below 2^53.
        return np.asarray(values @ points.astype(np.float64) + 0.0)
    sums = np.zeros(len(values), dtype=np.int64)
    for column, own, worth in zip(values.T, places.tolist(), points.tolist(), strict=True):
        units = np.rint(column * 10.0**own).astype(np.int64)
        sums += units * (worth * 10 ** (most - own))
    if reach < _EXACT:
        return np.asarray(sums.astype(np.float64) / 10.0**most)
    return _quotients(sums.tolist(), 10**most)


def _long_totals(values: FloatArray, places: IntArray, points: IntArray) -> FloatArray:
    """Add up what 64 bits do not hold, by integers of any length."""
    most = int(places.max(initial=0))
    sums = [0] * len(values)
    for column, own, worth in zip(values.T, places.tolist(), points.tolist(), strict=True):
        factor = worth * 10 ** (most - own)
        units = _long_units(column, own)
        sums = [total + factor * unit for total, unit in zip(sums, units, strict=True)]
    return _quotients(sums, 10**most)


def _long_units(column: FloatArray, places: int) -> list[int]:
    """Give decimals in units of their last digit, whatever their size."""
    near = np.rint(column * 10.0**places)
    short = np.abs(near) <= 10.0**_DIGITS
    units: list[int] = np.where(short, near, 0.0).astype(np.int64).tolist()
    for i in np.flatnonzero(~short).tolist():
        units[i] = int(Decimal(repr(float(column[i]))).scaleb(places))
    return units


def _quotients(sums: list[int], scale: int) -> FloatArray:
    # Python divides integers of any length to the nearest double.
    return np.array([total / scale for total in sums], dtype=np.float64)


def _rounded_sums(terms: FloatArray) -> FloatArray:
    """Add up terms of computed values, rounded to 12 digits of the largest in each row."""
    largest = np.abs(terms).max(axis=1)
    with np.errstate(divide="ignore"):
        digits = np.floor(np.log10(largest))
    places = np.where(largest > 0, _KEPT - 1 - digits, 0.0)
    # Between 10^-300 and 10^300, so that no scale overflows.
    scale = 10.0 ** np.clip(places, 0, 300)
    return np.asarray(np.rint(terms.sum(axis=1) * scale) / scale)
