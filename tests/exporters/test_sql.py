"""The SQL of a score gives the score's risks in every database, whatever the columns are."""

import csv
import io
import sqlite3
import warnings

import duckdb
import numpy as np
import pandas as pd
import pytest

from riskslim.credit import find_reasons
from riskslim.errors import DataWarning, ScoreError
from riskslim.exporters.terms import free_name
from support.raw_scores import (
    coded_people,
    coded_score,
    counted_from_0,
    isotonic,
    people,
    raw_score,
    renamed,
)
from support.scores import decision_of, score_of

pytestmark = pytest.mark.filterwarnings(f"ignore::{DataWarning.__module__}.DataWarning")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    pgserver = pytest.importorskip("pgserver", reason="the package pgserver is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server
    server.cleanup()


def quoted(name):
    return '"' + str(name).replace('"', '""') + '"'


def type_of(column):
    if column.dtype == bool:
        return "BOOLEAN"
    return {"i": "INTEGER", "f": "DOUBLE PRECISION"}.get(column.dtype.kind, "TEXT")


def literal(cell):
    if pd.isna(cell):
        return "NULL"
    return "'" + cell.replace("'", "''") + "'" if isinstance(cell, str) else str(cell)


def statements(table, types, name):
    columns = ", ".join(f"{quoted(c)} {types.get(c, type_of(table[c]))}" for c in table.columns)
    rows = ", ".join(
        "(" + ", ".join(map(literal, row)) + ")" for row in table.itertuples(index=False, name=None)
    )
    return [
        f"DROP TABLE IF EXISTS {quoted(name)}",
        f"CREATE TABLE {quoted(name)} ({columns})",
        f"INSERT INTO {quoted(name)} VALUES {rows}",
    ]


def run(engine, query, prepare=(), server=None):
    """Heads and rows of a query, in one of the databases."""
    if engine == "postgres":
        lines = "\n".join(f"{statement};" for statement in prepare)
        inner = query.rstrip().removesuffix(";")
        said = server.psql(
            f"\\set ON_ERROR_STOP on\n{lines}\nCOPY ({inner}) TO STDOUT WITH (FORMAT csv, HEADER);"
        )
        heads, *rows = list(csv.reader(io.StringIO(said[said.index("place") :])))
        return heads, [[None if cell == "" else cell for cell in row] for row in rows]
    connection = sqlite3.connect(":memory:") if engine == "sqlite" else duckdb.connect()
    for statement in prepare:
        connection.execute(statement)
    cursor = connection.execute(query)
    return [entry[0] for entry in cursor.description], cursor.fetchall()


def scored(engine, score, table, types=None, name="people", server=None):
    """The last two columns of every row, in the order of the table."""
    numbered = table.reset_index(drop=True)
    numbered.insert(0, "place", range(len(numbered)))
    prepare = statements(numbered, types or {}, name)
    _, rows = run(engine, score.to_sql(name), prepare, server)
    rows = sorted(rows, key=lambda row: int(row[0]))
    return np.array([[np.nan if x is None else float(x) for x in row[-2:]] for row in rows]).T


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def database(request):
    """Totals and risks of a table, in one of the databases."""
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None

    def give(score, table, types=None, name="people"):
        return scored(request.param, score, table, types, name, server)

    give.engine, give.server = request.param, server
    return give


def test_every_database_names_the_same_reasons(database):
    score, table = raw_score()
    # A table that is called as a part of the query.
    for one, name in ((score, "people"), (counted_from_0(score), "lost")):
        rows = people(table)
        dialect = "postgresql" if database.engine == "postgres" else database.engine
        text = one.to_sql(name, dialect, reasons=3)
        numbered = rows.reset_index(drop=True)
        numbered.insert(0, "place", range(len(rows)))
        prepare = statements(numbered, {}, name)
        heads, asked = run(database.engine, text, prepare, database.server)
        found = find_reasons(one, rows, top=3)
        assert heads[-2:] == ["reason_3", "reason_3_points"]
        assert len(asked) == len(rows)
        for row in asked:
            said = [(a, float(b)) for a, b in zip(row[-6::2], row[-5::2], strict=True) if a]
            place = int(row[heads.index("place")])
            assert said == [(each.characteristic, each.points) for each in found.of(place)]


PLAIN = score_of(["first", "second"], [2, -1])
BOTH = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1]})


@pytest.mark.parametrize(
    "names",
    [
        ["total", "b"],
        ["Total", "RISK"],
        ["score", "margin"],
        ["people", "value"],
        ["given", "log_odds"],
        ["select", 'a"b'],
        ["a'b; --", "score_total"],
        ["age.years", "x\ny"],
    ],
)
def test_features_may_be_called_as_the_query_calls_its_own(database, names):
    score = renamed(PLAIN, names)
    table = BOTH.set_axis(names, axis=1)
    found = database(score, table)
    np.testing.assert_allclose(found[0], score.total(table))
    np.testing.assert_allclose(found[1], score.predict_proba(table)[:, 1], rtol=1e-12)


@pytest.mark.parametrize("name", ["value", "score", "given", "Score", "people"])
def test_the_table_and_its_other_columns_may_be_called_so_too(database, name):
    table = BOTH.set_axis(["first", "second"], axis=1)
    others = {"Total": 200, "risk": 0.5, "score": 7, "value": 9, "given": 1, "margin": 3, "yes": 1}
    found = database(PLAIN, table.assign(**others), name=name)
    np.testing.assert_allclose(found[1], PLAIN.predict_proba(table)[:, 1], rtol=1e-12)
    decision = renamed(decision_of(["a", "b"], [2, -1], intercept=-1), ["yes", "total"])
    table = BOTH.set_axis(["yes", "total"], axis=1)
    found = database(decision, table.assign(score=3, TOTALS=4), name=name)
    np.testing.assert_array_equal(found[1], decision.decides(decision.total(table)))


def test_outputs_are_called_otherwise_where_a_feature_has_their_name():
    score = renamed(PLAIN, ["Total", "score_total"])
    heads, _ = run(
        "duckdb", score.to_sql(), statements(BOTH.set_axis(score.points, axis=1), {}, "people")
    )
    assert heads[-2:] == ["score_score_total", "risk"]
    assert free_name("total", PLAIN) == "total"


def test_a_column_that_the_table_lacks_is_an_error(database):
    with pytest.raises(Exception, match=r"(?i)second|exit status"):
        database(PLAIN, BOTH.set_axis(["first", "secnd"], axis=1))


def test_names_that_differ_by_case_alone_are_refused():
    with pytest.raises(ScoreError, match="'BP', 'bp' differ by case alone"):
        renamed(PLAIN, ["BP", "bp"]).to_sql()


@pytest.mark.parametrize("kind", ["feature", "impute", "refuse"])
@pytest.mark.parametrize("reference", ["2030-02-28", "Seen"])
def test_a_score_of_a_raw_table_reads_the_raw_columns(database, kind, reference):
    score, table = raw_score(kind, reference)
    rows = people(table, blanks=kind != "refuse")
    for one in (score, isotonic(score, table), counted_from_0(score)):
        total, risk = database(one, rows)
        np.testing.assert_array_equal(total, one.total(rows))
        np.testing.assert_allclose(risk, one.predict_proba(rows)[:, 1], rtol=1e-12)


def test_intervals_and_joined_levels_are_read_from_raw_columns(database):
    score, table = raw_score(intervals=True, min_share=0.06)
    assert any(name.endswith(": other") for name in score.points)
    rows = people(table)
    np.testing.assert_array_equal(database(score, rows)[0], score.total(rows))


def test_codes_for_missing_values_and_other_spellings_of_categories(database):
    score, table = coded_score()
    rows = coded_people(table).astype({"grade": str, "Stroke": str})
    found = database(score, rows, {"Age": "DOUBLE PRECISION"})
    np.testing.assert_array_equal(found[0], score.total(rows))
    numbers = table.astype({"grade": int, "Stroke": int})
    types = {"Age": "DECIMAL(9, 2)", "grade": "DECIMAL(9, 2)", "Born": "DATE"}
    if database.engine == "sqlite":
        types = {"grade": "REAL"}
    np.testing.assert_array_equal(database(score, numbers, types)[0], score.total(numbers))


def test_days_without_separators(database):
    score, table = raw_score()
    rows = people(table).astype({"Born": object})
    whole = rows["Born"].notna()
    rows.loc[whole, "Born"] = rows.loc[whole, "Born"].str[:10].str.replace("-", "")
    for column in ("TEXT", "INTEGER"):
        found = database(score, rows, {"Born": column})
        np.testing.assert_array_equal(found[0], score.total(rows))


def test_raw_columns_of_the_types_that_databases_have(database):
    score, table = raw_score()
    rows = people(table)
    types = {"Age": "REAL", "Lactate": "DECIMAL(6, 1)", "total": "SMALLINT", "grade": "SMALLINT"}
    typed = rows
    if database.engine != "sqlite":
        types |= {"Born": "TIMESTAMP", "Stroke": "BOOLEAN"}
        typed = rows.assign(Stroke=rows["Stroke"].map({0.0: "false", 1.0: "true"}))
    np.testing.assert_array_equal(database(score, typed, types)[0], score.total(rows))


def test_a_blank_without_a_rule_gives_null(database):
    score, table = raw_score("refuse")
    for name in table.columns:
        row = table.head(1).astype(object)
        row[name] = None
        assert np.isnan(
            database(
                score,
                row,
                dict.fromkeys(["Age", "Lactate", "Stroke", "total", "Risk"], "DOUBLE PRECISION"),
            )
        ).all(), name


@pytest.mark.parametrize("junk", ["yes", "abc", "12 mg", "2024-01-01", "-", "", "1 or 2", "0x10"])
def test_text_in_a_column_of_numbers_is_no_number(junk):
    values = score_of(["visits", "a"], [2, 1], values=6)
    for score in (values, renamed(PLAIN, ["visits", "a"])):
        table = pd.DataFrame({"visits": [junk, "1"], "a": [1, 1]})
        (first, second), _ = scored("sqlite", score, table)
        assert np.isnan(first)
        assert second == score.total(table.tail(1))[0]


def test_a_birthday_that_is_no_day_or_to_come_gives_null(database):
    score, table = raw_score("impute")
    rows = pd.concat([table.head(1)] * 5, ignore_index=True)
    rows["Born"] = ["31.12.1950", "2030-03-01", "1950-1-1", "born 1950-", "1950-01-01"]
    assert np.isnan(database(score, rows)[0]).tolist() == [True] * 4 + [False]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("TINYINT", 120),
        ("SMALLINT", 30000),
        ("INTEGER", 1_000_000_000),
        ("BIGINT", 4_000_000_000_000_000_000),
        ("REAL", 0.1),
        ("DECIMAL(5, 2)", 1.25),
        ("DOUBLE PRECISION", 1e300),
    ],
)
@pytest.mark.parametrize("points", [5, -5])
def test_values_are_doubles_before_they_are_computed_with(database, column, value, points):
    if database.engine == "postgres" and column == "TINYINT":
        pytest.skip("PostgreSQL has no such type")
    score = renamed(score_of(["x", "z"], [points, 1], intercept=0, values=9), ["x", "z"])
    table = pd.DataFrame({"x": [value, 0], "z": [0, 0]})
    total, risk = database(score, table, {"x": column, "z": "SMALLINT"})
    np.testing.assert_allclose(total, score.total(table), rtol=1e-15)
    np.testing.assert_allclose(risk, score.predict_proba(table)[:, 1], rtol=1e-12)


@pytest.mark.parametrize("column", ["BOOLEAN", "INTEGER", "REAL", "DECIMAL(4, 2)", "VARCHAR(9)"])
def test_yes_and_no_of_every_type(database, column):
    prepare = [
        "DROP TABLE IF EXISTS people",
        f"CREATE TABLE people (place INTEGER, first {column}, second {column})",
        "INSERT INTO people VALUES (0, '1', '0'), (1, '0', '1'), (2, NULL, '0')",
    ]
    _, found = run(database.engine, PLAIN.to_sql(), prepare, database.server)
    found = sorted(found, key=lambda row: int(row[0]))
    assert [None if row[-2] is None else float(row[-2]) for row in found] == [2.0, -1.0, None]


def test_yes_and_no_that_a_view_computes():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE raw (age, sex)")
    connection.execute("INSERT INTO raw VALUES (70, 'm'), (50, 'f')")
    connection.execute(
        "CREATE VIEW people AS SELECT age >= 65 AS first, sex = 'f' AS second FROM raw"
    )
    assert [row[-2] for row in connection.execute(PLAIN.to_sql())] == [2.0, -1.0]


@pytest.mark.parametrize("margin", [0, 1, 36, 37, 40, 709, 744, 745, 746, 800, 1e6, 1e300])
@pytest.mark.parametrize("sign", [1, -1])
def test_risks_near_0_and_1_are_the_doubles_that_they_should_be(database, margin, sign):
    score = renamed(score_of(["x", "z"], [1, 1], intercept=0, values=9), ["x", "z"])
    table = pd.DataFrame({"x": [sign * float(margin)], "z": [0.0]})
    (risk,) = database(score, table)[1]
    assert risk == pytest.approx(score.predict_proba(table)[0, 1], rel=1e-12, abs=5e-324)


def test_numbers_that_are_none_give_null(postgres):
    score = score_of(["visits", "a"], [2, 1], values=6)
    prepare = [
        "DROP TABLE IF EXISTS people",
        "CREATE TABLE people (place INTEGER, visits DOUBLE PRECISION, a DOUBLE PRECISION)",
        "INSERT INTO people VALUES (0, 'NaN', 1), (1, 'Infinity', 1), (2, 1, 1)",
    ]
    _, rows = run("postgres", score.to_sql(), prepare, postgres)
    assert [row[-1] is None for row in rows] == [True, True, False]
    _, rows = run("duckdb", score.to_sql(), prepare)
    assert [row[-1] is None for row in rows] == [True, True, False]
