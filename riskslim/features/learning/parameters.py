"""How features are learned: the parameters, and kinds that were learned before."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from riskslim.features.columns import numbers_among
from riskslim.features.cuts import Method
from riskslim.features.kinds import Kind
from riskslim.features.variables import Blanks

__all__ = ["LearnedKinds", "Learning"]


class LearnedKinds(dict[str, Kind]):
    """Kinds of the columns of a whole table, for learning from parts of it.

    What a column holds says nothing of the outcome, so that it is no leak to tell a fold; and a
    fold that lacks the one row with a 2 would take a count for yes and no, and a rare category
    for a word that nobody ever met. Columns that are not in it are left out.

    Parameters
    ----------
    kinds : mapping of str to str
        By column.
    said : frozenset of str
        Columns whose kind the user said.
    levels : mapping of str to tuple of str
        Categories of the columns that hold some.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind] = MappingProxyType({}),
        said: Any = (),
        levels: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        super().__init__(kinds)
        self.said = frozenset(said)
        self.levels = dict(levels)


@dataclass(frozen=True)
class Learning:
    """How features are learned: the checked parameters of `ScoreBinarizer`."""

    method: Method
    max_cuts: int
    cut_points: Mapping[str, Any] | str | os.PathLike[str] | None
    intervals: bool
    min_share: float
    rounding: float
    blanks: Blanks
    kinds: Mapping[str, str]
    drop: tuple[str, ...]
    reference_date: str | None
    missing: Mapping[str | None, tuple[str, ...]] = field(default_factory=dict)
    special: Mapping[str | None, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_decided(self) -> bool:
        """Whether the kinds of all columns were learned before, from a larger table."""
        return isinstance(self.kinds, LearnedKinds)

    def says(self, name: str) -> bool:
        """Whether the user said what a column holds."""
        return name in (self.kinds.said if isinstance(self.kinds, LearnedKinds) else self.kinds)

    def met(self, name: str) -> tuple[str, ...]:
        """Categories that the whole table holds, where it was looked at before."""
        return self.kinds.levels.get(name, ()) if isinstance(self.kinds, LearnedKinds) else ()

    def codes(self, *columns: str) -> tuple[str, ...]:
        """Codes for missing values in some columns."""
        return _of_columns(self.missing, *columns)

    def specials(self, column: str) -> tuple[str, ...]:
        """Codes in a column that are answers of their own."""
        return _of_columns(self.special, column)

    def kept(self, column: str) -> tuple[float, ...]:
        """Numbers in a column that are codes, and so are never grouped with others."""
        return numbers_among((*self.codes(column), *self.specials(column)))

    def used(self, columns: list[str]) -> list[str]:
        """Columns that may give features."""
        return [name for name in columns if name not in (*self.drop, self.reference_date)]


def _of_columns(codes: Mapping[str | None, tuple[str, ...]], *columns: str) -> tuple[str, ...]:
    """Give the codes of some columns, and those of every column."""
    given = [code for key in (None, *columns) for code in codes.get(key, ())]
    return tuple(dict.fromkeys(given))
