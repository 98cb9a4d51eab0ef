"""Points of the cells of a table, in SQL: what each holds, and the case that holds for it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from typing import NamedTuple

from riskslim.data.sources.sql import as_double, case, years_between
from riskslim.exporters.sql_dialects import Dialect
from riskslim.exporters.terms import Category, Either, Measurement, Term, Value, YesNo

__all__ = ["Names", "computed", "points_of"]


class Names(NamedTuple):
    """Quoted names of the table and of what the query makes of its cells.

    Attributes
    ----------
    spoken : Dialect
        Of the database.
    people : str
        The table.
    given : str
        1 for each cell that says something, NULL for a blank.
    value : str
        What the cell says, NULL where its column cannot hold it.
    score : str
        The total, and the logarithm of the odds.
    odds : str
        That logarithm, where it has a row of its own.
    lost : str
        What each characteristic costs beyond its fewest points.
    rank : str
        How many come before each of them.
    """

    spoken: Dialect
    people: str
    given: str
    value: str
    score: str
    odds: str
    lost: str
    rank: str

    def raw(self, column: str) -> str:
        """Name a column of the table."""
        return f"{self.people}.{self.spoken.identifier(column)}"

    def is_given(self, column: str) -> str:
        """Name what tells whether its cell says something."""
        return f"{self.given}.{self.spoken.identifier(column)}"

    def of(self, column: str) -> str:
        """Name what its cell says."""
        return f"{self.value}.{self.spoken.identifier(column)}"


def computed(parts: Sequence[Term], names: Names) -> list[str]:
    """Write the rows that say what each cell of a row holds, and whether it holds anything."""
    spoken = names.spoken
    values = {name: text for term in parts for name, text in _values(term, names).items()}
    cells = {
        name: spoken.given(names.raw(name), term)
        for term in parts
        if not isinstance(term, Value)
        for name in term.columns
    }
    return [
        *([spoken.row(names.value, values)] if values else []),
        *([spoken.row(names.given, cells)] if cells else []),
    ]


def _values(term: Term, names: Names) -> dict[str, str]:
    """Write what each cell of a term says."""
    spoken = names.spoken
    if isinstance(term, Either):
        return {
            one.column: (spoken.yes_no if one.sign == "=" else spoken.number)(names.raw(one.column))
            for one in term.conditions
        }
    match term:
        case Value(feature) if not feature.is_binary:
            write = spoken.number
        case Value() | YesNo():
            write = spoken.yes_no
        case Measurement(reference=None):
            write = spoken.number
        case Measurement():
            write = spoken.day
        case Category(levels=levels):
            write = spoken.words if any(" " in level for level in levels) else spoken.text
    return {name: write(names.raw(name)) for name in term.columns}


def points_of(term: Term, names: Names) -> str:
    """Write the points of a term, NULL where the cell has none."""
    if isinstance(term, Either):
        return _any_of(term, names)
    value = names.of(term.columns[0])
    choices: list[tuple[str, int | None]]
    match term:
        case Value(feature):
            return f"{feature.points:d} * {value}"
        case YesNo(yes=yes):
            choices = [(f"{value} = 1", yes), (f"{value} = 0", 0)]
        case Measurement(reference=None):
            choices = [(f"{value} = {as_double(code)}", has) for code, has in term.special]
            choices += [(f"{value} >= {as_double(least)}", has) for least, has in term.steps[::-1]]
            choices.append((f"{value} IS NOT NULL", 0))
        case Measurement(reference_is_column=True, reference=str(reference)):
            choices = _of_two_days(term, value, names.of(reference))
        case Measurement():
            choices = _of_day(term, value, names.spoken)
        case Category():
            choices = _of_category(term, value, names.spoken)
    blank = " OR ".join(f"{names.is_given(name)} IS NULL" for name in term.columns)
    return case([(blank, term.blank), *choices])


def _any_of(term: Either, names: Names) -> str:
    """Write the points of a yes, where one condition holds and no cell is nonsense."""
    nonsense = [
        f"({names.is_given(name)} IS NOT NULL AND {names.of(name)} IS NULL)"
        for name in term.columns
    ]
    nonsense += [
        f"{names.of(one.column)} NOT IN (0, 1)" for one in term.conditions if one.sign == "="
    ]
    compared = [(names.of(one.column), one) for one in term.conditions]
    # A cell that stands for a blank may be a number, as -999 is.
    holds = [
        f"({names.is_given(one.column)} IS NOT NULL AND {value} {one.sign} {as_double(one.value)})"
        for value, one in compared
    ]
    known = [f"{names.is_given(name)} IS NOT NULL" for name in term.columns]
    return case(
        [(" OR ".join(nonsense), None), (" OR ".join(holds), term.yes), (" AND ".join(known), 0)]
    )


def _of_day(term: Measurement, day: str, spoken: Dialect) -> list[tuple[str, int | None]]:
    """Compare the day with the last one on which a person of a step was born."""
    last = datetime.date.fromisoformat(str(term.reference)[:10])
    return [
        (f"{day} > {spoken.quoted(last.isoformat())}", None),
        *(
            (f"{day} <= {spoken.quoted(_born(last, least))}", has)
            for least, has in term.steps[::-1]
        ),
        (f"{day} IS NOT NULL", 0),
    ]


def _born(reference: datetime.date, years: float) -> str:
    """Give the last birthday of those who have completed so many years."""
    year = max(reference.year - math.ceil(years), 0)
    return f"{year:04d}-{reference:%m-%d}"


def _of_two_days(term: Measurement, start: str, end: str) -> list[tuple[str, int | None]]:
    years = years_between(start, end)
    return [
        (f"{start} > {end}", None),
        *((f"{years} >= {as_double(least)}", has) for least, has in term.steps[::-1]),
        (f"{start} <= {end}", 0),
    ]


def _of_category(term: Category, value: str, spoken: Dialect) -> list[tuple[str, int | None]]:
    points = term.spellings
    ways = {has: [level for level in points if points[level] == has] for has in points.values()}
    return [
        *(
            (f"{value} IN ({spoken.listed(levels)})", has)
            for has, levels in ways.items()
            if has != term.other or term.numbers
        ),
        *(
            (f"{spoken.as_number(value)} = {as_double(level)}", has)
            for level, has in term.numbers.items()
        ),
        # What another system leaves at the end of a line, a control character, is no category.
        (f"SUBSTR({value}, LENGTH({value}), 1) >= ' '", term.other),
    ]
