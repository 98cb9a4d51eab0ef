"""Scores as a SQL query that adds total and risk (or decision) to a table.

One text for SQLite (3.35 or later), DuckDB and PostgreSQL:

- Columns are written with their table. SQLite takes an unknown "name" for text, but refuses an
  unknown "table"."name"; and what the query computes stands in subqueries that hold nothing else,
  so that no column of the table can be taken for it.
- Values become doubles before anything is computed with them: small integers do not overflow, and
  no division is one of integers. A cell that is no number, or no finite one, gives NULL.
- Yes and no are read as text, the one type that PostgreSQL turns booleans and numbers alike into.
- EXP is never asked for a number that a double cannot hold, which is an error in PostgreSQL.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from riskslim.errors import OptionError, ScoreError
from riskslim.exporters.kinds import ByKind
from riskslim.exporters.sql_dialects import DIALECTS, Dialect, as_double
from riskslim.exporters.terms import (
    Category,
    Either,
    Measurement,
    Term,
    Value,
    YesNo,
    columns_read,
    free_name,
    terms,
)
from riskslim.names import nearest, quoted
from riskslim.scores.decision import DecisionScore
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

__all__ = ["sql"]

# exp of anything smaller is 0, which PostgreSQL calls an underflow.
_LEAST_EXPONENT = -745.1332191019411
# 1 + exp(-40) is 1 in doubles, and so is the risk from here on.
_CERTAIN = 40.0


def sql(score: PointScore, table: str = "people", dialect: str = "duckdb") -> str:
    """Write a query that adds total and risk (or the column yes, 1 or 0) to a table.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    table : str
        Name of the table, which has a column for each feature with points, or the raw columns
        that they are made of.
    dialect : {"duckdb", "sqlite", "postgresql", "spark", "bigquery", "snowflake"}
        Of the database; the first three read the same text.

    Returns
    -------
    str
        Standard SQL with ``EXP``, as SQLite (3.35 or later), DuckDB and PostgreSQL have it. The
        total and what it means are the last two columns; where a column that the score knows is
        called so, they are called ``score_total``, ``score_risk`` and ``score_yes``. Both are
        NULL where a cell is NULL that the score has no rule for, or holds what its column
        cannot hold. A category that the score does not know counts as a blank of its column,
        unless the score has points for other ones.

    Raises
    ------
    ScoreError
        It reads columns whose names differ by case alone, which databases take for one.
    OptionError
        There is no such dialect.
    """
    if dialect not in DIALECTS:
        raise OptionError(f"dialect={dialect!r}: {nearest(dialect, list(DIALECTS), 'dialects')}")
    spoken = DIALECTS[dialect]
    _check_names(columns_read(score))
    people = spoken.identifier(table)
    names = _Names(spoken, people, *_free_aliases(table, spoken))
    outputs = [spoken.identifier(free_name(name, score)) for name in ("total", score.number_name)]
    if spoken.rows != "subquery":
        return _joined(score, names, outputs)
    total = _total(terms(score), names, score.base)
    return f"""SELECT
  {people}.*,
  (
{total}
  ) AS {outputs[0]},
  (
{_meant(score, total, names.score)}
  ) AS {outputs[1]}
FROM {people};
"""


def _joined(score: PointScore, names: _Names, outputs: list[str]) -> str:
    """Write the query for databases that join each row with what is computed of it."""
    spoken, parts = names.spoken, terms(score)
    total = " + ".join([as_double(score.base), *(_points(term, names) for term in parts)])
    made = [*_computed(parts, names), spoken.row(names.score, {"total": total})]
    meaning, margin = _meaning(score, names.score)
    if margin is not None:
        made.append(spoken.row(names.odds, {"margin": margin}))
        meaning = meaning.replace(f"{names.score}.margin", f"{names.odds}.margin")
    joined = "\nCROSS JOIN ".join([names.people, *made])
    return f"""SELECT
  {names.people}.*,
  {names.score}.total AS {outputs[0]},
  {meaning} AS {outputs[1]}
FROM {joined};
"""


class _Names(NamedTuple):
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
    """

    spoken: Dialect
    people: str
    given: str
    value: str
    score: str
    odds: str

    def raw(self, column: str) -> str:
        """Name a column of the table."""
        return f"{self.people}.{self.spoken.identifier(column)}"

    def is_given(self, column: str) -> str:
        """Name what tells whether its cell says something."""
        return f"{self.given}.{self.spoken.identifier(column)}"

    def of(self, column: str) -> str:
        """Name what its cell says."""
        return f"{self.value}.{self.spoken.identifier(column)}"


def _free_aliases(table: str, spoken: Dialect) -> tuple[str, ...]:
    """Name what is inside; the table must keep its own name there."""
    inside = ("given", "value", "score", "odds")
    mark = "_" if table.casefold() in inside else ""
    return tuple(spoken.identifier(name + mark) for name in inside)


def _check_names(columns: Iterable[str]) -> None:
    known: dict[str, str] = {}
    for name in columns:
        other = known.setdefault(name.casefold(), name)
        if other != name:
            raise ScoreError(
                f"the columns {quoted([other, name])} differ by case alone, which most databases "
                "do not tell apart; fit the score with other names to write it as SQL"
            )


def _total(parts: Sequence[Term], names: _Names, base: int) -> str:
    """Write a query of one row with the total of the row of the table that is outside."""
    points = "".join(f"\n      + {_points(term, names)}" for term in parts)
    made = _computed(parts, names)
    source = f"\n    FROM {', '.join(made)}" if made else ""
    return f"    SELECT CAST({base} AS {names.spoken.double_type}){points} AS total{source}"


def _computed(parts: Sequence[Term], names: _Names) -> list[str]:
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


def _values(term: Term, names: _Names) -> dict[str, str]:
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


def _points(term: Term, names: _Names) -> str:
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
            choices = [(f"{value} >= {as_double(least)}", has) for least, has in term.steps[::-1]]
            choices.append((f"{value} IS NOT NULL", 0))
        case Measurement(reference_is_column=True, reference=str(reference)):
            choices = _of_two_days(term, value, names.of(reference))
        case Measurement():
            choices = _of_day(term, value, names.spoken)
        case Category():
            choices = _of_category(term, value, names.spoken)
    blank = " OR ".join(f"{names.is_given(name)} IS NULL" for name in term.columns)
    return _case([(blank, term.blank), *choices])


def _any_of(term: Either, names: _Names) -> str:
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
    return _case(
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
    # The last year is not complete where the day of the year is still to come.
    years = (
        f"CAST(SUBSTR({end}, 1, 4) AS INTEGER) - CAST(SUBSTR({start}, 1, 4) AS INTEGER) "
        f"- CASE WHEN SUBSTR({end}, 6, 5) < SUBSTR({start}, 6, 5) THEN 1 ELSE 0 END"
    )
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


def _meant(score: PointScore, total: str, name: str) -> str:
    """Write a query of one row that says what a total means; of NULL that is NULL."""
    source = f"FROM (\n{total}\n    ) AS {name}"
    meaning, margin = _meaning(score, name)
    if margin is not None:
        source = f"FROM (SELECT {margin} AS margin\n    {source}) AS {name}"
    return f"    SELECT {meaning}\n    {source}"


_meaning: ByKind[tuple[str, str | None]] = ByKind("in SQL")
"""Write what a total means, and the logarithm of the odds where that is computed first."""


@_meaning.register
def _(score: DecisionScore, name: str) -> tuple[str, str | None]:
    cutoff, total = as_double(score.cutoff), f"{name}.total"
    return _case([(f"{total} > {cutoff}", 1), (f"{total} <= {cutoff}", 0)]), None


@_meaning.register
def _(score: RiskScore, name: str) -> tuple[str, str | None]:
    if score.formula is None:
        return _looked_up(score, f"{name}.total"), None
    intercept, multiplier = score.formula
    margin = f"{name}.margin"
    risk = (
        f"CASE WHEN {margin} < {_LEAST_EXPONENT} THEN 0e0\n"
        f"      WHEN {margin} < 0 THEN EXP({margin}) / (1e0 + EXP({margin}))\n"
        f"      WHEN {margin} < {_CERTAIN} THEN 1e0 / (1e0 + EXP(-{margin}))\n"
        f"      WHEN {margin} >= {_CERTAIN} THEN 1e0 END"
    )
    return risk, f"({name}.total + {as_double(intercept)}) / {as_double(multiplier)}"


def _looked_up(score: RiskScore, total: str) -> str:
    assert score.recalibration is not None
    edges, risks = score.recalibration.edges, score.recalibration.risks
    steps = [
        (f"{total} < {as_double(edge)}", risk) for edge, risk in zip(edges, risks, strict=False)
    ]
    return _case([*steps, (f"{total} IS NOT NULL", risks[-1])])


def _case(cases: Sequence[tuple[str, float | None]]) -> str:
    """Write the first value whose case holds, NULL where none does."""
    whens = "\n        ".join(f"WHEN {case} THEN {_literal(value)}" for case, value in cases)
    return f"CASE {whens} END"


def _literal(value: float | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else as_double(value)
