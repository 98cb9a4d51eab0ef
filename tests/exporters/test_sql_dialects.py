"""The query in the words of Spark, BigQuery and Snowflake says what the score says."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore
from riskslim.credit import find_reasons
from riskslim.errors import DataWarning, OptionError
from riskslim.exporters.sql_dialects import DIALECTS
from support.command_line import run
from support.raw_scores import coded_people, coded_score, isotonic, people, raw_score

pytestmark = pytest.mark.filterwarnings(f"ignore::{DataWarning.__module__}.DataWarning")

LAKES = ("spark", "bigquery", "snowflake")
ODD = RiskScore.from_points(
    {"a\\b`c": 2, "it's": -1, "total": 1}, intercept=-1.25, multiplier=1.5, outcome="ill"
)


def odd_table() -> pd.DataFrame:
    rows = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    return pd.DataFrame(rows, columns=["a\\b`c", "it's", "total"])


def cases() -> list[tuple[RiskScore, pd.DataFrame]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score, table = raw_score()
        two_days, dated = raw_score("impute", "Seen")
        intervals, other = raw_score(intervals=True, min_share=0.06)
        coded, codes = coded_score()
        wide = coded_people(codes).astype({"grade": str, "Stroke": str})
    return [
        (ODD, odd_table()),
        (score, people(table)),
        (isotonic(score, table), people(table)),
        (two_days, people(dated)),
        (intervals, people(other)),
        (coded, wide),
    ]


def check(score: RiskScore, table: pd.DataFrame, rows: list[tuple[Any, ...]]) -> None:
    found = np.array(sorted(rows), dtype=float)
    assert found[:, 0].tolist() == list(range(len(table)))
    np.testing.assert_allclose(found[:, 1], score.total(table))
    np.testing.assert_allclose(found[:, 2], score.predict_proba(table)[:, 1], rtol=1e-12)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_parses(dialect: str) -> None:
    sqlglot = pytest.importorskip("sqlglot", reason="sqlglot is not installed")
    name = {"postgresql": "postgres"}.get(dialect, dialect)
    for score, _ in cases():
        # Reasons of few items only: their query is long.
        top = 2 if score.size < 9 else 0
        (tree,) = sqlglot.parse(score.to_sql("my people", dialect, reasons=top), read=name)
        assert tree.selects[0].alias_or_name == "*"
        assert len(tree.selects) == 3 + 2 * top
        assert not list(tree.find_all(sqlglot.exp.Command))


@pytest.mark.parametrize("dialect", ["spark", "snowflake"])
def test_what_another_reader_makes_of_it_gives_the_same(dialect: str) -> None:
    """The text is read as the dialect, written as DuckDB's by sqlglot, and run there."""
    sqlglot = pytest.importorskip("sqlglot", reason="sqlglot is not installed")
    duckdb = pytest.importorskip("duckdb")
    for score, table in cases():
        given = table.reset_index(drop=True)
        given.insert(0, "place", range(len(given)))
        text = score.to_sql("people", dialect, reasons=int(score.size < 16))
        (query,) = sqlglot.transpile(text, read=dialect, write="duckdb")
        with duckdb.connect() as connection:
            connection.register("people", given)
            found = connection.execute(query).fetchall()
        last = -2 if score.size < 16 else len(found[0])
        check(score, table, [(row[0], *row[:last][-2:]) for row in found])
        if score.size >= 16:
            continue
        reasons = find_reasons(score, table, top=1)
        for place, *_, name, points in found:
            wanted = [(one.characteristic, one.points) for one in reasons.of(place)]
            assert [(name, points)] == (wanted or [(None, None)])


@pytest.fixture(scope="module")
def spark() -> Any:
    session = pytest.importorskip("pyspark.sql", reason="Spark is not installed").SparkSession
    try:
        made = (
            session.builder.master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "1")
            .getOrCreate()
        )
    except Exception as error:  # without Java, say
        pytest.skip(f"Spark cannot be started: {error}")
    yield made
    made.stop()


def test_spark_gives_the_same(spark: Any) -> None:
    for score, table in cases():
        given = table.reset_index(drop=True)
        given.insert(0, "place", range(len(given)))
        given = given.astype(object).where(given.notna(), None)
        types = {"i": "bigint", "f": "double", "b": "boolean"}
        schema = ", ".join(
            "`"
            + name.replace("`", "``")
            + "` "
            + ("bigint" if name == "place" else types.get(table[name].dtype.kind, "string"))
            for name in given.columns
        )
        rows = [
            [cell.item() if hasattr(cell, "item") else cell for cell in row]
            for row in given.itertuples(index=False, name=None)
        ]
        spark.createDataFrame(rows, schema).createOrReplaceTempView("people")
        query = score.to_sql("people", "spark").rstrip().removesuffix(";")
        check(score, table, [(row[0], *row[-2:]) for row in spark.sql(query).collect()])


def test_texts_and_names_are_escaped() -> None:
    for dialect in LAKES:
        query = ODD.to_sql('a`b"c', dialect)
        assert ("a``b" in query) == (dialect == "spark")
        assert ("a\\`b" in query) == (dialect == "bigquery")
        assert ('b""c' in query) == (dialect == "snowflake")


def test_the_command_line_names_the_dialect(tmp_path: Any) -> None:
    ODD.save(tmp_path / "score.json")
    printed = run("export", tmp_path / "score.json", "--to", "sql", "--dialect", "spark").stdout
    assert printed == ODD.to_sql(dialect="spark")
    for option in (("--dialect", "spark"), ("--reasons", 2)):
        assert run("export", tmp_path / "score.json", "--to", "text", *option).exit_code == 2
    with pytest.raises(OptionError, match="reasons=-1"):
        ODD.to_sql(reasons=-1)
    with pytest.raises(OptionError, match=r"dialect='sparc'.*spark"):
        ODD.to_sql(dialect="sparc")
