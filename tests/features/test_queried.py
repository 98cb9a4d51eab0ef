"""Raw tables that a database counts itself give what the same tables give whose rows are read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from features.test_streaming import OPTIONS, same, table

from riskslim import Counts, DatabaseTable, ScoreBinarizer, count_table
from riskslim.data.sources import table_source
from riskslim.errors import DataError
from riskslim.features import columns, counting, queried, streaming
from riskslim.features.queried import QueriedTable
from riskslim.features.streaming import StreamedTable
from support.command_line import run
from support.databases import in_duckdb

pytestmark = pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")

Store = Callable[[pd.DataFrame], DatabaseTable]


@pytest.fixture
def is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rows leave the database."""

    def refuse(*_: Any) -> None:
        pytest.fail("rows are read")

    monkeypatch.setattr(StreamedTable, "_batches", refuse)


def by_rows(
    data: Any, target: str, binarizer: ScoreBinarizer, monkeypatch: pytest.MonkeyPatch
) -> Counts:
    with monkeypatch.context() as patched:
        patched.setattr(counting, "QueriedTable", StreamedTable)
        return count_table(data, target, binarizer=binarizer)


def test_databases_learn_and_count_the_same(stored: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table(300).drop(columns="Empty")
    frame["Born"] = pd.to_datetime(frame["Born"]).dt.date
    frame.loc[5, "Age"] = 59.999999999999
    for module in (columns, streaming, queried):
        monkeypatch.setattr(module, "MANY", 40)
    data, binarizer = stored(frame), ScoreBinarizer(**OPTIONS["special"])
    held = by_rows(data, "Died", binarizer, monkeypatch)
    monkeypatch.setattr(StreamedTable, "_batches", None)
    same(count_table(data, "Died", binarizer=binarizer), held)
    for module in (columns, streaming, queried):
        monkeypatch.setattr(module, "MANY", 1 << 17)
    same(count_table(data, like=held), held)


def test_groups_that_a_database_makes_otherwise_are_made_anew(
    tmp_path: Path, is_counted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = table(400)[["Died", "Age", "Lactate"]]
    held_there = in_duckdb(frame, tmp_path / "t.duckdb")
    for module in (columns, streaming, queried):
        monkeypatch.setattr(module, "MANY", 40)
    held = count_table(frame, "Died", binarizer=ScoreBinarizer())
    for digits in (1, 2, 3):
        monkeypatch.setattr(queried, "_DIGITS", digits)
        same(count_table(held_there, "Died", binarizer=ScoreBinarizer()), held)


def test_types_of_duckdb_are_compared_as_they_are_read(tmp_path: Path, is_counted: None) -> None:
    """A cell that is a cut is above it, however it is stored; NaN is a blank, and -0 is 0."""
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT i % 2 = 0 AS y, "
            "(i % 5 / 10.0)::DECIMAL(30, 20) + 0.1 AS dec, (i % 5 / 10.0)::FLOAT AS short, "
            "(9007199254740992 + i % 5)::HUGEINT AS huge, "
            "[NULL, 'nan'::DOUBLE, -0.0, 0.0, 1.0][i % 5 + 1] AS z, "
            "CASE i % 3 WHEN 0 THEN 'it''s' WHEN 1 THEN ' it''s ' ELSE chr(228) END AS word, "
            "i % 3 = 0 AS truth FROM range(60) AS r(i)"
        )
        frame = connection.execute("FROM t").df()
    exact = [9007199254740992.0 + x for x in (0, 0, 2, 4, 4)]
    frame["dec"], frame["short"] = frame.index % 5 / 10 + 0.1, [0.0, 0.1, 0.2, 0.3, 0.4] * 12
    frame["dec"], frame["huge"] = frame["dec"].round(1), exact * 12
    cuts = {"dec": {"cuts": [0.2, 0.3]}, "short": {"cuts": [0.1, 0.3]}}
    binarizer = ScoreBinarizer(cut_points=cuts, kinds={"huge": "number"})
    made = count_table(tmp_path / "t.duckdb", "y", binarizer=binarizer)
    same(made, count_table(frame, "y", binarizer=binarizer))
    relation = duckdb.connect().from_df(frame)
    same(made, count_table(relation, "y", binarizer=binarizer))


def test_numbers_of_sqlite_are_those_that_are_stored(tmp_path: Path, is_counted: None) -> None:
    """Its own reading of 17 digits can be the double beside, and some columns mix types."""
    random = np.random.default_rng(0)
    cells = [*random.random(40).tolist(), *(np.nextafter(random.random(40), 2) * 1e-300).tolist()]
    mixed = [2**53 + 1, 0.5, 7, None] * 20
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.execute("CREATE TABLE t (y INT, x REAL, m NUMERIC, w TEXT COLLATE NOCASE)")
        rows = [(i // 2 % 2, cells[i], mixed[i], "aAb"[i % 3]) for i in range(80)]
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    connection.close()
    frame = pd.DataFrame(rows, columns=list("yxmw")).astype({"m": float})
    cuts = {"x": {"cuts": sorted(cells[3:80:7])[1:]}}
    binarizer = ScoreBinarizer(cut_points=cuts, min_share=0)
    made = count_table(tmp_path / "t.db", "y", binarizer=binarizer)
    same(made, count_table(frame, "y", binarizer=binarizer))


def test_what_no_query_tells_is_read_of_the_rows(tmp_path: Path) -> None:
    """Columns of several types, and a category of very many numbers."""
    frame = table(300)[["Died", "Age", "Sex"]]
    frame["Mixed"] = [1, "x", 2.5] * 100
    with sqlite3.connect(tmp_path / "t.db") as connection:
        frame.to_sql("t", connection, index=False)
    connection.close()
    binarizer = ScoreBinarizer(kinds={"Mixed": "category"})
    made = count_table(tmp_path / "t.db", "Died", binarizer=binarizer)
    same(made, count_table(frame, "Died", binarizer=binarizer))


def test_cells_that_are_refused_are_told_by_how_many_rows_hold_them(tmp_path: Path) -> None:
    frame = table(300)[["Died", "Age"]]
    frame["Born"] = [pd.Timestamp("1940-05-01"), pd.Timestamp("2040-01-01")] * 150
    frame["Seen"] = pd.Timestamp("2024-01-01")
    held = in_duckdb(frame, tmp_path / "t.duckdb")
    with pytest.raises(DataError, match="lies after the reference date"):
        count_table(held, "Died", binarizer=ScoreBinarizer(reference_date="Seen"))
    with pytest.raises(DataError, match="'Born' lies after the reference date in 150 rows"):
        count_table(
            held, "Died", binarizer=ScoreBinarizer(reference_date="2024-01-01", drop=["Seen"])
        )


def test_a_table_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    frame = table(100)[["Died", "Age"]]

    def write(rows: int) -> None:
        with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
            connection.register("given", frame[:rows])
            connection.execute("CREATE OR REPLACE TABLE t AS SELECT * FROM given")

    write(100)
    source: Any = table_source(tmp_path / "t.duckdb")
    counted = QueriedTable(source, (), "Died", "yes")
    binning = ScoreBinarizer().fit(frame[["Age"]], frame["Died"] == "yes").binning_
    write(90)
    with pytest.raises(DataError, match="100 rows had an outcome, and 90 were counted"):
        counted.counts(binning)


def test_commands_count_in_the_database(tmp_path: Path, is_counted: None) -> None:
    frame = table(300).drop(columns=["Born", "Seen", "When", "Empty"])
    file, database = tmp_path / "t.csv", tmp_path / "t.sqlite"
    frame.to_csv(file, index=False)
    with sqlite3.connect(database) as connection:
        frame.to_sql("t", connection, index=False)
    connection.close()
    points = []
    for data in (file, database):
        asked = ("fit", data, "--raw", "--target", "Died", "--max-size", 2, "--json")
        ended = run(*asked)
        assert ended.exit_code == 0, ended.output
        points.append(json.loads(ended.stdout)["points"])
    assert points[0] == points[1]


def test_expressions_of_ibis_that_duckdb_computes(tmp_path: Path, is_counted: None) -> None:
    ibis = pytest.importorskip("ibis")
    duckdb = pytest.importorskip("duckdb")
    frame = table(200).drop(columns=["Empty", "Born", "Seen", "When"])
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.register("given", frame)
        connection.execute("CREATE TABLE t AS SELECT * FROM given")
    stays = ibis.duckdb.connect(tmp_path / "t.duckdb").table("t")
    older = stays.filter(stays["Age"] > 50).mutate(twice=stays["Age"] * 2)
    held = frame[frame["Age"] > 50].assign(twice=frame["Age"] * 2)
    binarizer = ScoreBinarizer()
    same(
        count_table(older, "Died", binarizer=binarizer),
        count_table(held, "Died", binarizer=binarizer),
    )
