"""How one column of a raw table becomes features of 0 and 1: learned once, then plain data."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from riskslim.data.spelling import holding, without_codes
from riskslim.data.validation import rows_text
from riskslim.errors import DataError, DataWarning
from riskslim.features.cuts import number_text
from riskslim.features.dates import ages
from riskslim.features.kinds import flags, levels, measurements
from riskslim.features.plausible import plausible_range
from riskslim.names import quoted
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FILL_IN",
    "Blanks",
    "Cells",
    "Coded",
    "Flag",
    "Levels",
    "Thresholds",
    "Variable",
    "codes_apart",
]

Blanks = Literal["feature", "impute", "refuse"]
Cells = NDArray[np.int8]

FILL_IN = "fill it in, drop the rows, ask for ranges (predict --unknown, total_ranges)"
"""What to do about a cell of which the score says nothing."""


class Variable(Protocol):
    """What is common to the ways in which a column becomes features."""

    @property
    def column(self) -> str:
        """Name in the raw table."""

    @property
    def label(self) -> str:
        """Name of the variable: the column's, or ``Age`` for a date of birth."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features of 0 and 1."""

    @property
    def ordered(self) -> tuple[str, ...]:
        """Those that follow one another along a measurement, from low to high."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Codes that stand for a blank."""

    @property
    def blanks(self) -> Blanks:
        """What a blank means; a feature of its own comes last."""

    @property
    def fill(self) -> Any:
        """What a blank counts as, where it is filled in."""

    @property
    def filled(self) -> str:
        """The same as people call it."""

    @property
    def is_yes_no(self) -> bool:
        """Whether it is a yes or no."""

    def with_label(self, label: str) -> Variable:
        """Call the variable otherwise."""

    def with_missing(self, missing: tuple[str, ...]) -> Variable:
        """Take some codes for blanks."""

    def encode(self, frame: pd.DataFrame, source: str) -> Cells:
        """Give the features of every row, of shape (n, len(features))."""


@dataclass(frozen=True)
class Coded:
    """What the kinds of variables share: the column, and what a blank means.

    Attributes
    ----------
    column, label : str
        Name in the raw table, and on the card.
    blanks : {"feature", "impute", "refuse"}
        Blanks are a feature of their own, count as `fill`, or are an error.
    fill : float, str or None
        What a blank counts as, where it is no feature.
    had_blanks : bool
        Whether there were any when this was learned.
    missing : tuple of str
        Codes that stand for a blank, such as ``-999``, in any spelling.
    """

    column: str
    label: str
    blanks: Blanks = "impute"
    fill: Any = None
    had_blanks: bool = False
    missing: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (self.column,)

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Names of the features of 0 and 1."""
        blank = (f"{self.label} missing",) if self.blanks == "feature" else ()
        return (*self._own(), *self._apart(), *blank)

    @property
    def ordered(self) -> tuple[str, ...]:
        """Features that follow one another along a measurement: none."""
        return ()

    def with_label(self, label: str) -> Self:
        """Call the variable, and so its features, otherwise."""
        return replace(self, label=label)

    def with_missing(self, missing: tuple[str, ...]) -> Self:
        """Take some codes for blanks."""
        return replace(self, missing=missing)

    def _own(self) -> tuple[str, ...]:
        raise NotImplementedError

    def _apart(self) -> tuple[str, ...]:
        """Name the features of answers that are no values."""
        return ()

    def _cells(self, frame: pd.DataFrame, column: str) -> pd.Series[Any]:
        """Give a column, blank where it holds a code for a missing value."""
        return without_codes(frame[column], self.missing)

    def _joined(self, cells: Cells, blank: BoolArray) -> Cells:
        return np.column_stack([cells, blank]) if self.blanks == "feature" else cells

    @property
    def is_yes_no(self) -> bool:
        """Whether it is a yes or no."""
        return False

    @property
    def filled(self) -> str:
        """What a cell counts as that is not known, where that is filled in."""
        return number_text(self.fill) if isinstance(self.fill, float) else str(self.fill)

    def _check_blanks(self, blank: BoolArray, source: str) -> None:
        if not blank.any() or self.blanks == "feature":
            return
        if self.blanks == "refuse":
            raise DataError(
                f"{source}: column {self.column!r} is blank in {rows_text(blank)}; {FILL_IN}, "
                "or choose another way with blanks than to refuse them"
            )
        if not self.had_blanks:
            fill = self.filled if isinstance(self.fill, float) else repr(self.fill)
            _warn(
                f"{source}: column {self.column!r} is blank in {rows_text(blank)}, as no row was "
                f"that the score was learned from; it counts as {fill}"
            )


@dataclass(frozen=True)
class Thresholds(Coded):
    """A measurement that is cut at points.

    Attributes
    ----------
    cuts : tuple of float
        Ascending.
    unit : str
        Of the measurement; empty where there is none.
    intervals : bool
        Whether the features are intervals that exclude one another, the lowest being the
        reference, rather than thresholds that are passed one after another.
    integer : bool
        Whether all values were whole numbers.
    reference : str or None
        For dates: the date, or the column of dates, up to which years are counted.
    reference_is_column : bool
        Which of the two.
    seen : tuple of two floats, or empty
        The least and the largest that it was learned from, where that is known.
    limits : tuple of two floats, or empty
        What people say that it can be; beyond them is a mistake.
    special : tuple of pairs of str
        Codes that are answers of their own and no values, and what they are called. Each is a
        feature; it passes no threshold, and is no blank.
    """

    cuts: tuple[float, ...] = ()
    unit: str = ""
    intervals: bool = False
    integer: bool = False
    reference: str | None = None
    reference_is_column: bool = False
    seen: tuple[float, ...] = field(default=(), compare=False)
    limits: tuple[float, ...] = ()
    special: tuple[tuple[str, str], ...] = ()

    @property
    def plausible(self) -> tuple[float, float]:
        """Beyond what numbers it is a mistake.

        Where nobody says so: further from those that it was learned from than they are from one
        another, or below 0 where none of them, or no cut, is.
        """
        if self.limits:
            return self.limits[0], self.limits[1]
        if self.seen:
            return plausible_range(self.seen[0], self.seen[1])
        return 0.0 if self.cuts[0] > 0 else -math.inf, math.inf

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        other = (self.reference,) if self.reference is not None else ()
        return (self.column, *other) if self.reference_is_column else (self.column,)

    @property
    def ordered(self) -> tuple[str, ...]:
        """Features along the measurement, from low to high."""
        return self._own()

    def _own(self) -> tuple[str, ...]:
        unit = f" {self.unit}" if self.unit else ""
        shown = [number_text(cut) for cut in self.cuts]
        names = [f"{self.label} >= {cut}{unit}" for cut in shown]
        if self.intervals:
            for place, (low, high) in enumerate(pairwise(self.cuts)):
                whole = self.integer and low.is_integer() and high.is_integer()
                if whole:
                    end = f" to {number_text(high - 1)}" if high > low + 1 else ""
                    names[place] = f"{self.label} {shown[place]}{end}{unit}"
                else:
                    names[place] = f"{self.label} {shown[place]} to <{shown[place + 1]}{unit}"
        return tuple(names)

    @property
    def special_features(self) -> tuple[str, ...]:
        """Features of the special codes."""
        return tuple(f"{self.label}: {called}" for _, called in self.special)

    def _apart(self) -> tuple[str, ...]:
        return self.special_features

    def specials(self, frame: pd.DataFrame) -> BoolArray:
        """Whether each row holds each of the special codes, shape (n, s)."""
        found = [holding(frame[self.column], [code]) for code, _ in self.special]
        return np.column_stack(found) if found else np.zeros((len(frame), 0), dtype=bool)

    def values(self, frame: pd.DataFrame, source: str) -> FloatArray:
        """Give the measurement of every row, NaN where it is blank or special."""
        column = without_codes(self._cells(frame, self.column), [code for code, _ in self.special])
        if self.reference is None:
            return measurements(column, self.column, source)
        is_column = self.reference_is_column
        other = self._cells(frame, self.reference) if is_column else self.reference
        return ages(column, other, self.column, source)

    def encode(self, frame: pd.DataFrame, source: str) -> Cells:
        """Give the features of every row."""
        values = self.values(frame, source)
        special = self.specials(frame)
        blank = np.isnan(values) & ~special.any(axis=1)
        self._check_blanks(blank, source)
        if self.blanks != "feature" and blank.any():
            values = np.where(blank, float(self.fill), values)
        # A comparison with NaN is false: a blank passes no threshold.
        cells = (values[:, None] >= np.array(self.cuts)[None, :]).astype(np.int8)
        if self.intervals and len(self.cuts) > 1:
            cells[:, :-1] -= cells[:, 1:]
        return self._joined(np.column_stack([cells, special]).astype(np.int8), blank)


@dataclass(frozen=True)
class Flag(Coded):
    """A column of yes and no, which is a feature as it stands."""

    @property
    def is_yes_no(self) -> bool:
        """Whether it is a yes or no."""
        return True

    def _own(self) -> tuple[str, ...]:
        return (self.label,)

    def encode(self, frame: pd.DataFrame, source: str) -> Cells:
        """Give the features of every row."""
        values = flags(self._cells(frame, self.column), self.column, source)
        blank = np.isnan(values)
        self._check_blanks(blank, source)
        fill = 0.0 if self.blanks == "feature" or self.fill is None else float(self.fill)
        cells = np.where(blank, fill, values).astype(np.int8)
        return self._joined(cells[:, None], blank)


@dataclass(frozen=True)
class Levels(Coded):
    """A column of categories.

    Attributes
    ----------
    levels : tuple of str
        Categories that are features.
    rest : tuple of str
        Other categories that were met.
    other : bool
        Whether the rest is one feature, which holds categories that were never met too.
    names : tuple of str
        What the categories are called, first those that are features, then the others; empty
        where they are called as in the table.
    """

    levels: tuple[str, ...] = ()
    rest: tuple[str, ...] = field(default=(), repr=False)
    other: bool = False
    names: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """What the categories are called."""
        return self.names[: len(self.levels)] or self.levels

    @property
    def filled(self) -> str:
        """What a cell counts as that is not known, where that is filled in."""
        called = zip((*self.levels, *self.rest), (*self.shown, *self.shown_rest), strict=True)
        return dict(called).get(self.fill, str(self.fill))

    @property
    def shown_rest(self) -> tuple[str, ...]:
        """What the other categories that were met are called."""
        return self.names[len(self.levels) :] or self.rest

    def _own(self) -> tuple[str, ...]:
        names = [f"{self.label}: {level}" for level in self.shown]
        if self.other:
            other = "other" if "other" not in self.shown else "any other"
            names.append(f"{self.label}: {other}")
        return tuple(names)

    def encode(self, frame: pd.DataFrame, source: str) -> Cells:
        """Give the features of every row."""
        known = (*self.levels, *self.rest)
        cells = levels(self._cells(frame, self.column), known)
        blank = np.array([cell is None for cell in cells], dtype=bool)
        self._check_blanks(blank, source)
        met = frozenset(known)
        new = ~blank & np.array([cell not in met for cell in cells], dtype=bool)
        if new.any():
            self._tell_new(cells, new, source)
        if not self.other:
            # A word that was never met says as little as a blank.
            blank |= new
        if self.blanks != "feature":
            cells = np.where(blank, self.fill, cells)
        made = np.column_stack([cells == level for level in self.levels]).astype(np.int8)
        if self.other:
            made = np.column_stack([made, ~blank & ~np.isin(cells, self.levels)])
        return self._joined(made.astype(np.int8), blank)

    def _tell_new(self, cells: Any, new: BoolArray, source: str) -> None:
        """Warn of categories that were never met, or refuse them where blanks are refused."""
        shown = quoted(sorted(set(cells[new].tolist())), 3)
        told = (
            f"{source}: column {self.column!r} has categories that the score does not know "
            f"({shown} in {rows_text(new)})"
        )
        if self.other:
            _warn(f"{told}; they count as {self.features[len(self.levels)]}")
        elif self.blanks == "refuse":
            raise DataError(f"{told}, which say as little as a blank; {FILL_IN}")
        elif self.blanks == "feature":
            _warn(f"{told}; they count as not known")
        else:
            _warn(f"{told}; they count as a blank, as {self.filled!r}")


def codes_apart(variable: Variable) -> tuple[str, ...]:
    """Give the codes of a variable that are no values: blanks, and special ones."""
    special = variable.special if isinstance(variable, Thresholds) else ()
    return (*variable.missing, *(code for code, _ in special))


def _warn(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=4)
