"""A yes or no that several columns say together: "systolic < 90 or diastolic <= 60"."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.validation import rows_text
from riskslim.errors import DataError, OptionError
from riskslim.features.cuts import as_number
from riskslim.features.kinds import flags, measurements
from riskslim.features.variables import FILL_IN, Cells, Coded
from riskslim.names import nearest, quoted, short
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SIGNS", "AnyOf", "Condition"]

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
"""Comparisons with a number; the last is of a yes or no with 1 or 0."""

_KEYS = {"below": "<", "at_most": "<=", "above": ">", "at_least": ">="}
_YES = "yes"


@dataclass(frozen=True)
class Condition:
    """A comparison of one column.

    Attributes
    ----------
    column : str
        Name in the raw table.
    sign : str
        One of `SIGNS`.
    value : float
        What the cell is compared with.
    """

    column: str
    sign: str
    value: float

    @classmethod
    def read(cls, given: Any, where: str) -> Condition:
        """Read ``{column = "sbp", below = 90}``, or ``{column = "dvt", yes = true}``.

        Raises
        ------
        OptionError
            It means nothing; begins with `where`.
        """
        if not isinstance(given, Mapping) or not isinstance(given.get("column"), str):
            raise OptionError(
                f'{where}: {short(given)} is no condition; give {{ column = "sbp", below = 90 }}'
            )
        compared = [key for key in given if key != "column"]
        keys = (*_KEYS, _YES)
        for key in compared:
            if key not in keys:
                raise OptionError(f"{where}: unknown key {key!r}; {nearest(key, keys, 'keys')}")
        if len(compared) != 1:
            raise OptionError(f"{where}: give one of {', '.join(keys)} for {given['column']!r}")
        (key,) = compared
        if key == _YES:
            if not isinstance(given[key], bool):
                raise OptionError(f"{where}: yes is {short(given[key])}; give true or false")
            return cls(given["column"], "=", float(given[key]))
        value = as_number(given[key])
        if value is None:
            raise OptionError(f"{where}: {key} is {short(given[key])}; give a number")
        return cls(given["column"], _KEYS[key], value)

    def values(self, column: pd.Series[Any], source: str) -> FloatArray:
        """Give what is compared, NaN where it is blank."""
        read = flags if self.sign == "=" else measurements
        return read(column, self.column, source)

    def holds(self, values: FloatArray) -> BoolArray:
        """Compare; of what is not known it does not hold."""
        made: BoolArray = SIGNS[self.sign](values, self.value) & ~np.isnan(values)
        return made


@dataclass(frozen=True)
class AnyOf(Coded):
    """A yes where any of some conditions holds, a no where none does.

    It is known where one holds, or all are known. What is not known is refused.

    Attributes
    ----------
    conditions : tuple of Condition
        At least one; the column of the first is that of the variable.
    """

    conditions: tuple[Condition, ...] = ()

    @property
    def is_yes_no(self) -> bool:
        """Whether it is a yes or no."""
        return True

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return tuple(dict.fromkeys(one.column for one in self.conditions))

    def _own(self) -> tuple[str, ...]:
        return (self.label,)

    def encode(self, frame: pd.DataFrame, source: str) -> Cells:
        """Give the features of every row."""
        met, blank = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
        for one in self.conditions:
            values = one.values(self._cells(frame, one.column), source)
            met |= one.holds(values)
            blank |= np.isnan(values)
        blank &= ~met
        if blank.any() and self.blanks != "feature":
            raise DataError(
                f"{source}: columns {quoted(list(self.columns))} do not tell {self.label!r} in "
                f"{rows_text(blank)}, where one is blank and none is enough; {FILL_IN}"
            )
        return self._joined(met.astype(np.int8)[:, None], blank)
