"""What people can change, column by column, as a user says it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from riskslim.errors import OptionError
from riskslim.features.cuts import as_number
from riskslim.files.toml import read_toml
from riskslim.names import nearest, short

__all__ = ["Actions", "ColumnActions", "Condition", "Implication"]

Direction = Literal["none", "up", "down", "both"]
_DIRECTIONS = ("none", "up", "down", "both")
_KEYS = (
    "direction", "at_least", "at_most", "max_change", "step", "values", "measure", "cost",
    "unit_cost", "moves",
)  # fmt: skip
OBSERVED = "observed"


@dataclass(frozen=True)
class ColumnActions:
    """How a column can change.

    Attributes
    ----------
    name : str
        Of the column, or of the variable that is made of it.
    direction : {"none", "up", "down", "both"}
        Which way. A yes or no goes up from no to yes, a category along `values`.
    at_least, at_most : float or None
        Bounds of what a number can be changed to.
    max_change : float or None
        Largest change of a number, or of places along the bands or categories.
    step : float or None
        A number changes in whole steps of so much; None for any amount, or by 1 where the
        variable is known to be a whole number.
    values : tuple, str or None
        What the column can be changed to: numbers or categories, or ``"observed"``, the values
        that the people of the table have.
    measure : {"reach", "observed"}
        Over what responsiveness is a share: over all that the column can be changed to (values, or
        length where any amount goes), or over those of these values that people of the table have.
    cost, unit_cost : float
        Of changing the column at all, and for each unit of the change.
    moves : mapping of str to float
        Other columns of numbers, and by how much they change with each unit of this one.
    """

    name: str
    direction: Direction = "both"
    at_least: float | None = None
    at_most: float | None = None
    max_change: float | None = None
    step: float | None = None
    values: tuple[float | str, ...] | str | None = None
    measure: Literal["reach", "observed"] = "reach"
    cost: float = 1.0
    unit_cost: float = 0.0
    moves: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        where = f"actions of {self.name!r}"
        if self.direction not in _DIRECTIONS:
            raise OptionError(
                f"{where}: direction is {short(self.direction)}; one of {', '.join(_DIRECTIONS)}"
            )
        for key in ("at_least", "at_most", "max_change", "step", "cost", "unit_cost"):
            value = getattr(self, key)
            if value is not None and as_number(value) is None:
                raise OptionError(f"{where}: {key} is {short(value)}; give a finite number")
        for key in ("max_change", "cost", "unit_cost"):
            if (getattr(self, key) or 0) < 0:
                raise OptionError(f"{where}: {key} is {getattr(self, key)!r}; give 0 or more")
        if self.step is not None and self.step <= 0:
            raise OptionError(f"{where}: step is {self.step!r}; give more than 0")
        if self.step is not None and self.values is not None:
            raise OptionError(f"{where}: give step or values, not both")
        low, high = self.at_least, self.at_most
        if low is not None and high is not None and low > high:
            raise OptionError(f"{where}: at_least {low:g} is above at_most {high:g}")
        if isinstance(self.values, str) and self.values != OBSERVED:
            raise OptionError(f"{where}: values is {short(self.values)}; a list, or 'observed'")
        if self.measure not in ("reach", OBSERVED):
            raise OptionError(f"{where}: measure is {short(self.measure)}; 'reach' or 'observed'")
        for name, rate in self.moves.items():
            if not as_number(rate):
                raise OptionError(f"{where}: it moves {name!r} by {short(rate)}; not 0, a number")
        if self.name in self.moves:
            raise OptionError(f"{where}: a column cannot move itself")

    @property
    def is_fixed(self) -> bool:
        """Whether the column cannot change."""
        return self.direction == "none"

    @classmethod
    def of(cls, name: str, given: Any) -> Self:
        """Read the keys of one column.

        Raises
        ------
        OptionError
            One is unknown or means nothing; names the column.
        """
        if isinstance(given, str):
            given = {"direction": given}
        if not isinstance(given, Mapping):
            raise OptionError(f"actions of {name!r}: {short(given)}; give a table of keys")
        for key in given:
            if key not in _KEYS:
                raise OptionError(
                    f"actions of {name!r}: unknown key {key!r}; {nearest(key, _KEYS, 'keys')}"
                )
        made = dict(given)
        values = made.get("values")
        if isinstance(values, Iterable) and not isinstance(values, str):
            made["values"] = _listed(tuple(values), name)
        moves = made.get("moves", {})
        if not isinstance(moves, Mapping):
            raise OptionError(f"actions of {name!r}: moves is {short(moves)}; give columns = rates")
        return cls(name, **made)


def _listed(values: tuple[Any, ...], name: str) -> tuple[float | str, ...]:
    whole = all(isinstance(value, str) for value in values)
    if not values or not (whole or all(as_number(value) is not None for value in values)):
        raise OptionError(
            f"actions of {name!r}: values is {short(list(values))}; give numbers, or categories"
        )
    return values


@dataclass(frozen=True)
class Condition:
    """What holds for some values of a column.

    Attributes
    ----------
    column : str
        Its name.
    at_least, at_most : float
        Bounds of a number; -inf and inf for none.
    levels : tuple of str
        Instead of bounds: the categories for which it holds.
    """

    column: str
    at_least: float = -math.inf
    at_most: float = math.inf
    levels: tuple[str, ...] = ()

    @classmethod
    def of(cls, column: str, given: Any, where: str) -> Self:
        """Read a value, a list of categories, or bounds."""
        if isinstance(given, str):
            return cls(column, levels=(given,))
        if isinstance(given, bool):
            return cls(column, float(given), float(given))
        if as_number(given) is not None:
            return cls(column, float(given), float(given))
        if isinstance(given, Mapping) and given and set(given) <= {"at_least", "at_most"}:
            bounds = {key: as_number(value) for key, value in given.items()}
            if None not in bounds.values():
                low, high = bounds.get("at_least"), bounds.get("at_most")
                return cls(
                    column,
                    -math.inf if low is None else low,
                    math.inf if high is None else high,
                )
        if isinstance(given, list) and given and all(isinstance(one, str) for one in given):
            return cls(column, levels=tuple(given))
        raise OptionError(
            f"{where}: {column!r} is {short(given)}; give a value, a list of categories, or "
            "{ at_least = ..., at_most = ... }"
        )


@dataclass(frozen=True)
class Implication:
    """What a person who changes something must then fulfil.

    Attributes
    ----------
    when, then : tuple of Condition
        Where all of the first hold, all of the others must.
    """

    when: tuple[Condition, ...]
    then: tuple[Condition, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that it speaks of."""
        return tuple(dict.fromkeys(one.column for one in (*self.when, *self.then)))


@dataclass(frozen=True)
class Actions:
    """What people can change.

    Attributes
    ----------
    columns : tuple of ColumnActions
        Those that were named.
    implications : tuple of Implication
        What changes of one column ask of others.
    others : {"none", "both"}
        Whether columns that are not named can change.
    """

    columns: tuple[ColumnActions, ...] = ()
    implications: tuple[Implication, ...] = ()
    others: Literal["none", "both"] = "none"

    def __post_init__(self) -> None:
        """Refuse columns that are moved twice, or move by themselves as well."""
        mover: dict[str, str] = {}
        for one in self.columns:
            for name in one.moves:
                if name in mover:
                    raise OptionError(
                        f"actions: {name!r} is moved by {mover[name]!r} and by {one.name!r}; "
                        "one of them"
                    )
                mover[name] = one.name
        own = {one.name for one in self.columns if not one.is_fixed}
        for name in mover:
            if name in own:
                raise OptionError(
                    f"actions: {name!r} is moved by {mover[name]!r} and has actions of its own; "
                    "drop either"
                )

    @staticmethod
    def read(given: Mapping[str, Any] | str | os.PathLike[str] | Actions) -> Actions:
        """Read actions.

        Parameters
        ----------
        given : mapping, path or Actions
            A mapping, or a TOML file, with a table ``columns`` of a table for each column (keys
            as the attributes of `ColumnActions`; a word alone is its direction), tables
            ``implies`` with ``if`` and ``then``, each of columns and what they are, and
            ``others``, ``"none"`` or ``"both"``.

        Raises
        ------
        OptionError
            The file cannot be read, or something in it means nothing.
        """
        if isinstance(given, Actions):
            return given
        if not isinstance(given, Mapping):
            path = os.fspath(given)
            try:
                given = read_toml(path)[1]
            except ValueError as error:
                raise OptionError(f"actions in {path}: {error}") from error
        known = ("columns", "implies", "others")
        for key in given:
            if key not in known:
                raise OptionError(f"actions: unknown key {key!r}; {nearest(key, known, 'keys')}")
        columns = given.get("columns", {})
        if not isinstance(columns, Mapping):
            raise OptionError(f"actions: columns is {short(columns)}; give a table for each column")
        others = given.get("others", "none")
        if others not in ("none", "both"):
            raise OptionError(f"actions: others is {short(others)}; 'none' or 'both'")
        implies = given.get("implies", [])
        if not isinstance(implies, list):
            raise OptionError("actions: give tables [[implies]] with 'if' and 'then'")
        return Actions(
            tuple(ColumnActions.of(name, one) for name, one in columns.items()),
            tuple(_implication(one, place) for place, one in enumerate(implies, start=1)),
            others,
        )

    def of(self, *names: str) -> ColumnActions:
        """Give the actions of a column by any of its names."""
        for one in self.columns:
            if one.name in names:
                return one
        return ColumnActions(names[0], direction=self.others)


def _implication(given: Any, place: int) -> Implication:
    where = f"actions: implication {place}"
    if not isinstance(given, Mapping) or set(given) != {"if", "then"}:
        raise OptionError(f"{where}: give 'if' and 'then', each of columns and what they are")
    sides = []
    for key in ("if", "then"):
        side = given[key]
        if not isinstance(side, Mapping) or not side:
            raise OptionError(f"{where}: {key!r} is {short(side)}; give columns and what they are")
        sides.append(tuple(Condition.of(name, one, where) for name, one in side.items()))
    return Implication(*sides)
