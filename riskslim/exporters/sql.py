"""Scores as a SQL query that adds total and risk (or decision) to a table.

One text for SQLite (3.35 or later), DuckDB and PostgreSQL; with reasons SQLite has its own:

- Columns are written with their table. SQLite takes an unknown "name" for text, but refuses an
  unknown "table"."name"; and what the query computes stands in subqueries that hold nothing else,
  so that no column of the table can be taken for it.
- Values become doubles before anything is computed with them: small integers do not overflow, and
  no division is one of integers. A cell that is no number, or no finite one, gives NULL.
- Yes and no are read as text, the one type that PostgreSQL turns booleans and numbers alike into.
- EXP is never asked for a number that a double cannot hold, which is an error in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from riskslim.data.sources.sql import as_double, case
from riskslim.errors import OptionError, ScoreError
from riskslim.exporters.kinds import ByKind
from riskslim.exporters.sql_dialects import DIALECTS, JOINED, Dialect
from riskslim.exporters.sql_points import Names, computed, points_of
from riskslim.exporters.sql_reasons import SqlReasons
from riskslim.exporters.terms import Term, columns_read, free_name, terms
from riskslim.names import nearest, quoted
from riskslim.scores.decision import DecisionScore
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

__all__ = ["sql"]

# exp of anything smaller is 0, which PostgreSQL calls an underflow.
_LEAST_EXPONENT = -745.1332191019411
# 1 + exp(-40) is 1 in doubles, and so is the risk from here on.
_CERTAIN = 40.0


def sql(score: PointScore, table: str = "people", dialect: str = "duckdb", reasons: int = 0) -> str:
    """Write a query that adds total and risk (or the column yes, 1 or 0) to a table.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    table : str
        Name of the table, which has a column for each feature with points, or the raw columns
        that they are made of.
    dialect : {"duckdb", "sqlite", "postgresql", "spark", "bigquery", "snowflake"}
        Of the database; the first three read the same text. With reasons SQLite has its own, as it
        cannot join a row with what is computed of it.
    reasons : int
        So many of the characteristics that cost each person the most points beyond the fewest are
        added too: columns ``reason_1`` and ``reason_1_points`` and so on, NULL where none is left.
        Of those that cost the same the first on the card comes first.

    Returns
    -------
    str
        Standard SQL with ``EXP``, as SQLite (3.35 or later), DuckDB and PostgreSQL have it. The
        total and what it means are the last two columns, before the reasons; where a column that
        the score knows is called so, they are called ``score_total``, ``score_risk`` and
        ``score_yes``. Both are NULL where a cell is NULL that the score has no rule for, or
        holds what its column cannot hold. A category that the score does not know counts as a
        blank of its column, unless the score has points for other ones.

    Raises
    ------
    ScoreError
        It reads columns whose names differ by case alone, which databases take for one.
    OptionError
        There is no such dialect, or `reasons` is no number of them.
    """
    if dialect not in DIALECTS:
        raise OptionError(f"dialect={dialect!r}: {nearest(dialect, list(DIALECTS), 'dialects')}")
    if isinstance(reasons, bool) or not isinstance(reasons, int) or reasons < 0:
        raise OptionError(f"reasons={reasons!r}: give a whole number, 0 or more")
    spoken = DIALECTS[dialect]
    if reasons and dialect in ("duckdb", "postgresql"):
        spoken = JOINED
    _check_names(columns_read(score))
    people = spoken.identifier(table)
    names = Names(spoken, people, *_free_aliases(table, spoken))
    outputs = [spoken.identifier(free_name(name, score)) for name in ("total", score.number_name)]
    named = SqlReasons.of(score, names, reasons)
    if spoken.rows != "subquery":
        return _joined(score, names, outputs, named)
    total = _total(terms(score), names, score.base)
    queries = dict(zip(outputs, (total, _meant(score, total, names.score)), strict=True))
    queries |= named.queries(computed(terms(score), names))
    listed = "".join(f",\n  (\n{query}\n  ) AS {name}" for name, query in queries.items())
    return f"SELECT\n  {people}.*{listed}\nFROM {people};\n"


def _joined(score: PointScore, names: Names, outputs: list[str], reasons: SqlReasons) -> str:
    """Write the query for databases that join each row with what is computed of it."""
    spoken, parts = names.spoken, terms(score)
    # PostgreSQL takes a literal alone for a decimal, with which it then computes for long.
    base = f"CAST({score.base} AS {spoken.double_type})"
    total = " + ".join([base, *(points_of(term, names) for term in parts)])
    made = [*computed(parts, names), spoken.row(names.score, {"total": total})]
    meaning, margin = _meaning(score, names.score)
    if margin is not None:
        made.append(spoken.row(names.odds, {"margin": margin}))
        meaning = meaning.replace(f"{names.score}.margin", f"{names.odds}.margin")
    joined = "\nCROSS JOIN ".join([names.people, *made, *reasons.rows()])
    columns = dict(zip(outputs, (f"{names.score}.total", meaning), strict=True)) | reasons.columns
    listed = "".join(f",\n  {text} AS {name}" for name, text in columns.items())
    return f"SELECT\n  {names.people}.*{listed}\nFROM {joined};\n"


def _free_aliases(table: str, spoken: Dialect) -> tuple[str, ...]:
    """Name what is inside; the table must keep its own name there."""
    inside = ("given", "value", "score", "odds", "lost", "rank")
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


def _total(parts: Sequence[Term], names: Names, base: int) -> str:
    """Write a query of one row with the total of the row of the table that is outside."""
    points = "".join(f"\n      + {points_of(term, names)}" for term in parts)
    made = computed(parts, names)
    source = f"\n    FROM {', '.join(made)}" if made else ""
    return f"    SELECT CAST({base} AS {names.spoken.double_type}){points} AS total{source}"


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
    return case([(f"{total} > {cutoff}", 1), (f"{total} <= {cutoff}", 0)]), None


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
    return case([*steps, (f"{total} IS NOT NULL", risks[-1])])
