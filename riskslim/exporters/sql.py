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
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from riskslim.data.spelling import BLANK_WORDS
from riskslim.errors import ScoreError
from riskslim.exporters.kinds import ByKind
from riskslim.exporters.terms import (
    Category,
    Either,
    Measurement,
    Term,
    Value,
    YesNo,
    code_numbers,
    columns_read,
    free_name,
    terms,
)
from riskslim.names import quoted
from riskslim.scores.decision import DecisionScore
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

__all__ = ["sql"]

_DOUBLE = "DOUBLE PRECISION"
# exp of anything smaller is 0, which PostgreSQL calls an underflow.
_LEAST_EXPONENT = -745.1332191019411
# 1 + exp(-40) is 1 in doubles, and so is the risk from here on.
_CERTAIN = 40.0
_LARGEST = "1.7e308"
_DIGITS = "0123456789"
# Blanks around the text of a cell, which say nothing: space, tab, no-break space.
_SPACES = " \t\u00a0"


def sql(score: PointScore, table: str = "people") -> str:
    """Write a query that adds total and risk (or the column yes, 1 or 0) to a table.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    table : str
        Name of the table, which has a column for each feature with points, or the raw columns
        that they are made of.

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
    """
    _check_names(columns_read(score))
    people = _identifier(table)
    names = _Names(people, *_free_aliases(table))
    outputs = [_identifier(free_name(name, score)) for name in ("total", score.number_name)]
    total = _total(terms(score), names, score.base)
    return f"""SELECT
  {people}.*,
  (
{total}
  ) AS {outputs[0]},
  (
{_meaning(score, total, names.score)}
  ) AS {outputs[1]}
FROM {people};
"""


class _Names(NamedTuple):
    """Quoted names of the table and of what the query makes of its cells.

    Attributes
    ----------
    people : str
        The table.
    given : str
        1 for each cell that says something, NULL for a blank.
    value : str
        What the cell says, NULL where its column cannot hold it.
    score : str
        The total, and the logarithm of the odds.
    """

    people: str
    given: str
    value: str
    score: str

    def raw(self, column: str) -> str:
        """Name a column of the table."""
        return f"{self.people}.{_identifier(column)}"

    def is_given(self, column: str) -> str:
        """Name what tells whether its cell says something."""
        return f"{self.given}.{_identifier(column)}"

    def of(self, column: str) -> str:
        """Name what its cell says."""
        return f"{self.value}.{_identifier(column)}"


def _free_aliases(table: str) -> tuple[str, ...]:
    """Name what is inside; the table must keep its own name there."""
    mark = "_" if table.casefold() in ("given", "value", "score") else ""
    return tuple(_identifier(name + mark) for name in ("given", "value", "score"))


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
    values = {name: text for term in parts for name, text in _values(term, names).items()}
    cells = {
        name: _given(names.raw(name), term)
        for term in parts
        if not isinstance(term, Value)
        for name in term.columns
    }
    made = [
        *([_row(names.value, values)] if values else []),
        *([_row(names.given, cells)] if cells else []),
    ]
    source = f"\n    FROM {', '.join(made)}" if made else ""
    return f"    SELECT CAST({base} AS {_DOUBLE}){points} AS total{source}"


def _row(alias: str, columns: Mapping[str, str]) -> str:
    made = ",\n".join(f"      {text} AS {_identifier(name)}" for name, text in columns.items())
    return f"(SELECT\n{made}\n    ) AS {alias}"


def _values(term: Term, names: _Names) -> dict[str, str]:
    """Write what each cell of a term says."""
    if isinstance(term, Either):
        return {
            one.column: (_yes_no if one.sign == "=" else _number)(names.raw(one.column))
            for one in term.conditions
        }
    match term:
        case Value(feature) if not feature.is_binary:
            write = _number
        case Value() | YesNo():
            write = _yes_no
        case Measurement(reference=None):
            write = _number
        case Measurement():
            write = _day
        case Category(levels=levels):
            write = _words if any(" " in level for level in levels) else _text
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
            choices = [(f"{value} >= {_double(least)}", has) for least, has in term.steps[::-1]]
            choices.append((f"{value} IS NOT NULL", 0))
        case Measurement(reference_is_column=True, reference=str(reference)):
            choices = _of_two_days(term, value, names.of(reference))
        case Measurement():
            choices = _of_day(term, value)
        case Category():
            choices = _of_category(term, value)
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
        f"({names.is_given(one.column)} IS NOT NULL AND {value} {one.sign} {_double(one.value)})"
        for value, one in compared
    ]
    known = [f"{names.is_given(name)} IS NOT NULL" for name in term.columns]
    return _case(
        [(" OR ".join(nonsense), None), (" OR ".join(holds), term.yes), (" AND ".join(known), 0)]
    )


def _of_day(term: Measurement, day: str) -> list[tuple[str, int | None]]:
    """Compare the day with the last one on which a person of a step was born."""
    last = datetime.date.fromisoformat(str(term.reference)[:10])
    return [
        (f"{day} > {_quoted(last.isoformat())}", None),
        *((f"{day} <= {_quoted(_born(last, least))}", has) for least, has in term.steps[::-1]),
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
        *((f"{years} >= {_double(least)}", has) for least, has in term.steps[::-1]),
        (f"{start} <= {end}", 0),
    ]


def _of_category(term: Category, value: str) -> list[tuple[str, int | None]]:
    points = term.spellings
    ways = {has: [level for level in points if points[level] == has] for has in points.values()}
    return [
        *(
            (f"{value} IN ({_listed(levels)})", has)
            for has, levels in ways.items()
            if has != term.other or term.numbers
        ),
        *((f"{_as_number(value)} = {_double(level)}", has) for level, has in term.numbers.items()),
        # What another system leaves at the end of a line, a control character, is no category.
        (f"SUBSTR({value}, LENGTH({value}), 1) >= ' '", term.other),
    ]


def _number(column: str) -> str:
    """Write a finite number as a double, also one in a column of text; anything else is NULL.

    Databases cast a text that says no number to some number, or end the query: only what is
    spelled as one is cast. A number of single precision is the one that it is written as: 0.1,
    not 0.10000000149. (Of a double, SQLite writes 15 digits alone.)
    """
    double = f"CAST({column} AS {_DOUBLE})"
    written = f"CAST(CAST({column} AS TEXT) AS {_DOUBLE})"
    return (
        f"CASE WHEN {_says_number(_text(column))} THEN\n"
        f"        CASE WHEN {double} BETWEEN -{_LARGEST} AND {_LARGEST} THEN\n"
        f"        CASE WHEN ABS({double} - {written}) <= 1e-12 * ABS({double})\n"
        f"        THEN {double} ELSE {written} END END END"
    )


def _says_number(text: str) -> str:
    """Ask whether a text is digits with one point at most, a sign before, an exponent after."""
    unsigned = f"LTRIM({text}, '+-')"
    # What follows the digits.
    rest = f"LOWER(LTRIM({unsigned}, '{_DIGITS}.'))"
    exponent = f"LTRIM(LTRIM(SUBSTR({rest}, 2), '+-'), '{_DIGITS}')"
    return (
        f"LENGTH({text}) - LENGTH({unsigned}) <= 1\n"
        f"        AND LENGTH({text}) - LENGTH(REPLACE({text}, '.', '')) <= 1\n"
        f"        AND LTRIM({unsigned}, '.') <> '' AND {unsigned} NOT LIKE 'e%'\n"
        f"        AND ({rest} = '' OR ({rest} LIKE 'e%' AND {exponent} = ''\n"
        f"        AND RTRIM({text}, '{_DIGITS}') <> {text}))"
    )


def _yes_no(column: str) -> str:
    """Write 1 or 0 of a boolean, the number of a number, and NULL of anything else."""
    text = f"LOWER({_text(column)})"
    rest = f"LTRIM(LTRIM({text}, '-'), '{_DIGITS}.')"
    return (
        f"CASE WHEN {text} IN ('1', '1.0', 'true') THEN 1e0\n"
        f"        WHEN {text} IN ('0', '0.0', 'false') THEN 0e0\n"
        f"        WHEN RTRIM({text}, '{_DIGITS}') <> {text}\n"
        f"        AND ({rest} = '' OR {rest} LIKE 'e%') THEN CAST({text} AS {_DOUBLE}) END"
    )


def _given(column: str, term: Measurement | YesNo | Category | Either) -> str:
    """Write 1 for a cell that says something; no word for a blank, unless it is a category."""
    text = _text(column)
    cases = (
        [f"{text} IN ({_listed(term.words)})"] if isinstance(term, Category) and term.words else []
    )
    codes = code_numbers(term.codes)
    if codes:
        of_code = f"{_as_number(text)} IN ({', '.join(map(_double, codes))})"
        cases = [f"CASE WHEN {of_code} THEN 1 ELSE 0 END = 0 AND ({case})" for case in cases]
    words = sorted({*BLANK_WORDS, *(code.lower() for code in term.codes)})
    usual = f"LOWER({text}) NOT IN ({_listed(words)})"
    if codes:
        usual += f"\n        AND CASE WHEN {of_code} THEN 1 ELSE 0 END = 0"
    whens = "\n        ".join(f"WHEN {case} THEN 1" for case in [*cases, usual])
    return f"CASE {whens} END"


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(_quoted, texts))


def _as_number(text: str) -> str:
    """Write the number that a text of digits says, else NULL."""
    is_number = (
        f"LTRIM(LTRIM({text}, '+-'), '{_DIGITS}.') = '' AND RTRIM({text}, '{_DIGITS}') <> {text}"
    )
    return f"CASE WHEN {is_number} THEN CAST({text} AS {_DOUBLE}) END"


def _text(column: str) -> str:
    return f"TRIM(CAST({column} AS TEXT), '{_SPACES}')"


def _words(column: str) -> str:
    """Write the words of a text: doubled blanks, up to eight of them, are one."""
    words = f"REPLACE({_text(column)}, '\t', ' ')"
    for _ in range(3):
        words = f"REPLACE({words}, '  ', ' ')"
    return words


def _day(column: str) -> str:
    """Write the day of a date, which the order of texts then puts where it belongs."""
    text = _text(column)
    day = f"SUBSTR({text}, 1, 10)"
    packed = f"SUBSTR({text}, 1, 4) || '-' || SUBSTR({text}, 5, 2) || '-' || SUBSTR({text}, 7, 2)"
    return (
        f"CASE WHEN {day} LIKE '____-__-__'\n"
        f"        AND LTRIM(REPLACE({day}, '-', ''), '{_DIGITS}') = '' THEN {day}\n"
        f"        WHEN ({text} LIKE '________' OR {text} LIKE '________.0')\n"
        f"        AND LTRIM(SUBSTR({text}, 1, 8), '{_DIGITS}') = '' THEN {packed} END"
    )


def _meaning(score: PointScore, total: str, name: str) -> str:
    """Write a query of one row that says what a total means; of NULL that is NULL."""
    return _select(score, f"FROM (\n{total}\n    ) AS {name}", name)


_select: ByKind[str] = ByKind("in SQL")
"""Write a query of one row that says what a total means; of NULL that is NULL."""


@_select.register
def _(score: DecisionScore, source: str, name: str) -> str:
    cutoff, total = _double(score.cutoff), f"{name}.total"
    decided = _case([(f"{total} > {cutoff}", 1), (f"{total} <= {cutoff}", 0)])
    return f"    SELECT {decided}\n    {source}"


@_select.register
def _(score: RiskScore, source: str, name: str) -> str:
    if score.formula is not None:
        return _of_margin(*score.formula, source, name)
    return f"    SELECT {_looked_up(score, f'{name}.total')}\n    {source}"


def _of_margin(intercept: float, multiplier: float, source: str, name: str) -> str:
    margin = f"{name}.margin"
    risk = (
        f"CASE WHEN {margin} < {_LEAST_EXPONENT} THEN 0e0\n"
        f"      WHEN {margin} < 0 THEN EXP({margin}) / (1e0 + EXP({margin}))\n"
        f"      WHEN {margin} < {_CERTAIN} THEN 1e0 / (1e0 + EXP(-{margin}))\n"
        f"      WHEN {margin} >= {_CERTAIN} THEN 1e0 END"
    )
    odds = f"({name}.total + {_double(intercept)}) / {_double(multiplier)} AS margin"
    return f"    SELECT {risk}\n    FROM (SELECT {odds}\n    {source}) AS {name}"


def _looked_up(score: RiskScore, total: str) -> str:
    assert score.recalibration is not None
    edges, risks = score.recalibration.edges, score.recalibration.risks
    steps = [(f"{total} < {_double(edge)}", risk) for edge, risk in zip(edges, risks, strict=False)]
    return _case([*steps, (f"{total} IS NOT NULL", risks[-1])])


def _case(cases: Sequence[tuple[str, float | None]]) -> str:
    """Write the first value whose case holds, NULL where none does."""
    whens = "\n        ".join(f"WHEN {case} THEN {_literal(value)}" for case, value in cases)
    return f"CASE {whens} END"


def _literal(value: float | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else _double(value)


def _double(value: float) -> str:
    """Write a number that SQL takes for a double, not for a decimal of its own precision."""
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
