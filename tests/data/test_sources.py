"""One table is one table, whichever files, databases and libraries hold it."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv, dataset, feather, parquet

from riskslim import Counts, DatabaseTable, count_table
from riskslim.data import csv_tables
from riskslim.data.reading import read_table
from riskslim.errors import DataError, OptionError
from support.command_line import run
from support.databases import in_duckdb, in_sqlite


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.integers(0, 3, (300, 2)), columns=["A.b", 'B "q" {0}'])
    frame.insert(0, "Ill", random.integers(0, 2, 300))
    frame["Ratio"] = random.integers(0, 4, 300) / 10
    frame["weight"] = random.integers(1, 4, 300) / 7
    return frame


@pytest.fixture(scope="module")
def whole(frame: pd.DataFrame) -> Counts:
    return count_table(frame, "Ill", weights="weight")


def same(one: Counts, other: Counts) -> None:
    assert one.feature_names == other.feature_names
    assert one.labels == other.labels
    np.testing.assert_array_equal(one.features, other.features, strict=True)
    np.testing.assert_array_equal(one.rows, other.rows, strict=True)
    np.testing.assert_array_equal(one.totals, other.totals, strict=True)


def parts_of(frame: pd.DataFrame) -> list[pa.Table]:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return [table.slice(at, 100) for at in range(0, len(frame), 100)]


def csv_bytes_of(table: pa.Table, separator: str = ",") -> bytes:
    sink = pa.BufferOutputStream()
    csv.write_csv(table, sink, csv.WriteOptions(delimiter=separator))
    return sink.getvalue().to_pybytes()


FILES: dict[str, Callable[[pa.Table, Path], Any]] = {
    "csv": lambda table, path: path.write_bytes(csv_bytes_of(table)),
    "csv.gz": lambda table, path: path.write_bytes(gzip.compress(csv_bytes_of(table))),
    "csv.zst": lambda table, path: _zstd(table, path),
    "tsv": lambda table, path: path.write_bytes(csv_bytes_of(table, "\t")),
    "parquet": lambda table, path: parquet.write_table(table, path),
    "feather": lambda table, path: feather.write_feather(table, str(path)),
}


def _zstd(table: pa.Table, path: Path) -> None:
    with pa.CompressedOutputStream(pa.OSFile(str(path), "wb"), "zstd") as stream:
        stream.write(csv_bytes_of(table))


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("how", ["file", "folder", "pattern"])
def test_files(frame: pd.DataFrame, whole: Counts, tmp_path: Path, kind: str, how: str) -> None:
    parts = parts_of(frame)
    if how == "file":
        parts = [pa.concat_tables(parts)]
    for i, part in enumerate(parts):
        FILES[kind](part, tmp_path / f"p{i}.{kind}")
    data = {"file": tmp_path / f"p0.{kind}", "folder": tmp_path, "pattern": tmp_path / "p*"}[how]
    same(count_table(data, "Ill", weights="weight"), whole)
    held = read_table(data)
    assert held.to_numpy().tolist() == frame.to_numpy().tolist()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_folders_that_are_named_by_values(frame: pd.DataFrame, tmp_path: Path, kind: str) -> None:
    for i, part in enumerate(parts_of(frame)):
        folder = tmp_path / f"year={2020 + i}" / "ward=A%20b"
        folder.mkdir(parents=True)
        FILES[kind](part, folder / f"p.{kind}")
    held = read_table(tmp_path)
    assert sorted(held["year"].unique()) == [2020, 2021, 2022]
    assert set(held["ward"]) == {"A b"}


@pytest.mark.parametrize("large", [True, False])
def test_cells_of_csv_files_are_of_one_type_in_all(
    tmp_path: Path, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr(csv_tables, "_LARGE", 0)
    (tmp_path / "a.csv").write_text("y,x,w,n\n0,1,01,\n1,2,2,\n")
    (tmp_path / "b.csv").write_text("x,y,n,w\n0.5,0,7,1A\n,1,8,x\n")
    held = read_table(tmp_path)
    assert held["x"].tolist()[:3] == [1, 2, 0.5]
    assert held["w"].tolist() == ["01", "2", "1A", "x"]
    assert held["n"].tolist()[2:] == [7, 8]
    assert read_table(tmp_path, ["x"])["x"].tolist()[:3] == ["1", "2", "0.5"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_files_of_other_columns_are_refused(frame: pd.DataFrame, tmp_path: Path, kind: str) -> None:
    one, two, _ = parts_of(frame)
    FILES[kind](one, tmp_path / f"a.{kind}")
    FILES[kind](two.drop_columns(["Ratio"]), tmp_path / f"b.{kind}")
    with pytest.raises(DataError, match=r"b\..* and a\..* have other columns .*'Ratio'"):
        count_table(tmp_path, "Ill")


def test_databases(
    frame: pd.DataFrame, whole: Counts, stored: Callable[[pd.DataFrame], DatabaseTable]
) -> None:
    table = stored(frame)
    same(count_table(table, "Ill", weights="weight"), whole)
    query = DatabaseTable(table.address, query='SELECT * FROM "sta""ys" WHERE "Ill" >= 0; ')
    same(count_table(query, "Ill", weights="weight"), whole)
    commented = DatabaseTable(table.address, query='SELECT * FROM "sta""ys" -- all {0} of them')
    same(count_table(commented, "Ill", weights="weight"), whole)
    held = read_table(table)
    assert held.to_numpy().tolist() == frame.to_numpy().tolist()


def test_databases_are_not_written_to(
    frame: pd.DataFrame, stored: Callable[[pd.DataFrame], DatabaseTable]
) -> None:
    table = stored(frame)
    for query in ('DROP TABLE "sta""ys"', 'SELECT 1) AS q; DROP TABLE "sta""ys"; --'):
        with pytest.raises(DataError):
            count_table(DatabaseTable(table.address, query=query), "Ill")
    assert len(read_table(table)) == len(frame)


def test_missing_outcomes_are_refused(
    frame: pd.DataFrame, stored: Callable[[pd.DataFrame], DatabaseTable]
) -> None:
    blank = frame.astype({"Ill": "Int64"})
    blank.loc[[3, 4, 9], "Ill"] = pd.NA
    with pytest.raises(DataError, match="the outcome 'Ill' is missing in 3 rows"):
        count_table(stored(blank), "Ill")


def test_tables_are_named(frame: pd.DataFrame, tmp_path: Path) -> None:
    table = in_duckdb(frame, tmp_path / "t.duckdb")
    with pytest.raises(DataError, match=r"no table 'stay'.*sta"):
        count_table(DatabaseTable(table.address, "stay"))
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(table.address) as connection:
        connection.execute("CREATE SCHEMA clinic; CREATE VIEW clinic.other AS SELECT 1 AS x")
    with pytest.raises(DataError, match=r"say which table is meant with --table.*clinic\.other"):
        count_table(table)
    assert read_table(DatabaseTable(table.address, "clinic.other")).shape == (1, 1)
    with pytest.raises(OptionError, match="two tables"):
        DatabaseTable(table.address, "a", "SELECT 1")


def test_passwords_are_never_shown() -> None:
    pytest.importorskip("adbc_driver_postgresql", reason="ADBC for PostgreSQL is not installed")
    for address in (
        "postgresql://ann:s3cret@127.0.0.1:1/db",
        "postgresql://ann:s3%63ret@127.0.0.1:1/db",
        "postgresql://ann:p@s3cret@127.0.0.1:1/db",
        "postgresql://127.0.0.1:1/db?user=ann&password=s3cret",
        "postgresql://ann:s3cret@127.0.0.1:99999999/db",
        "postgresql://ann:s3cret@[::/db?nonsense=s3cret",
    ):
        with pytest.raises(DataError) as caught:
            count_table(address)
        ended = run("fit", address, "--query", "SELECT 1")
        for shown in (str(caught.value), repr(DatabaseTable(address)), ended.output):
            assert "s3cret" not in shown
            assert "s3%63ret" not in shown


LIBRARIES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "arrow": lambda frame: pa.Table.from_pandas(frame),
    "batch": lambda frame: pa.RecordBatch.from_pandas(frame),
    "reader": lambda frame: pa.Table.from_pandas(frame).to_reader(50),
    "dataset": lambda frame: dataset.dataset(pa.Table.from_pandas(frame)),
    "polars": lambda frame: pytest.importorskip("polars").from_pandas(frame),
    "lazy": lambda frame: pytest.importorskip("polars").from_pandas(frame).lazy(),
    "duckdb": lambda frame: pytest.importorskip("duckdb").connect().from_df(frame),
    "ibis": lambda frame: pytest.importorskip("ibis").memtable(frame),
    "dask": lambda frame: pytest.importorskip("dask.dataframe").from_pandas(frame, npartitions=11),
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_tables_of_other_libraries(frame: pd.DataFrame, whole: Counts, library: str) -> None:
    try:
        table = LIBRARIES[library](frame)
    except ImportError as error:
        pytest.skip(str(error))
    same(count_table(table, "Ill", weights="weight"), whole)
    held = read_table(LIBRARIES[library](frame))
    assert held.to_numpy().tolist() == frame.to_numpy().tolist()


@pytest.mark.parametrize("library", [name for name in LIBRARIES if name != "pandas"])
def test_odd_values(library: str) -> None:
    """-0 is 0, codes of a dictionary are their words, decimals the nearest doubles."""
    table = pa.table(
        {
            "y": pa.array([0, 1, 1, 0] * 5),
            "zero": pa.array([0.0, -0.0, 1.0, 1.0] * 5),
            "decimal": pa.array([Decimal("0.1"), Decimal("0.3")] * 10, pa.decimal128(20, 4)),
            "short": pa.array([0.7, 0.1] * 10, pa.float32()),
        }
    )
    frame = table.to_pandas(
        types_mapper={
            table.schema.field("decimal").type: pd.ArrowDtype(table.schema.field("decimal").type)
        }.get
    )
    try:
        made = LIBRARIES[library](frame)
    except ImportError as error:
        pytest.skip(str(error))
    counts = count_table(made, "y")
    values = {tuple(row) for row in counts.features.tolist()}
    assert values == {(0.0, 0.1, 0.7), (0.0, 0.3, 0.1), (1.0, 0.1, 0.7), (1.0, 0.3, 0.1)}
    assert counts.rows.sum(axis=1).tolist() == [10, 10]
    assert not np.signbit(counts.features).any()


def test_huge_integers_and_numeric(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT i % 2 AS y, SUM(i)::HUGEINT AS h, 1.25::DECIMAL(9, 2) AS d, "
            "CASE i % 3 WHEN 0 THEN 'a' ELSE 'b' END::ENUM ('a', 'b') AS e "
            "FROM range(12) r(i) GROUP BY i"
        )
    held = read_table(tmp_path / "t.duckdb").sort_values("h")
    assert held["h"].tolist() == list(range(12))
    assert set(held["d"]) == {1.25}
    assert set(held["e"]) == {"a", "b"}
    counts = count_table(DatabaseTable(str(tmp_path / "t.duckdb"), query="SELECT y, h, d FROM t"))
    assert sorted(counts.features[:, 0].tolist()) == list(range(12))


def test_numeric_of_postgresql(server: Any) -> None:
    query = "SELECT i % 2 AS y, (i::numeric / 10) AS n FROM generate_series(1, 4) AS g(i)"
    counts = count_table(DatabaseTable(server.get_uri(), query=query))
    assert sorted(counts.features[:, 0].tolist()) == [0.1, 0.2, 0.3, 0.4]


def test_what_fails_while_rows_come_is_told_and_identifiers_are_text(server: Any) -> None:
    query = "SELECT g % 2 AS y, gen_random_uuid() AS u FROM generate_series(1, 9) AS g"
    held = read_table(DatabaseTable(server.get_uri(), query=query))
    assert held["u"].str.fullmatch("[0-9a-f-]{36}").all()
    late = "SELECT g % 2 AS y, 1 / (g - 100000) AS z FROM generate_series(1, 200000) AS g"
    with pytest.raises(DataError, match="division by zero"):
        count_table(DatabaseTable(server.get_uri(), query=late))


def test_cells_of_sqlite_that_are_equal_to_the_eye_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.execute("CREATE TABLE t (y INT, w TEXT COLLATE NOCASE, m)")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?)", [(0, "a", 1), (1, "A", "x"), (1, "A", None)]
        )
    connection.close()
    held = read_table(tmp_path / "t.db")
    assert held["w"].tolist() == ["a", "A", "A"]
    assert held["m"].tolist()[:2] == ["1", "x"]
    from riskslim.data.grouping import distinct_rows

    groups, rows = distinct_rows(tmp_path / "t.db", columns=["y", "w"])
    assert sorted(zip(groups["y"], groups["w"], rows, strict=True)) == [(0, "a", 1), (1, "A", 2)]


def test_rows_of_other_outcomes_are_left_out_of_folders(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    words = frame.drop(columns="weight").assign(Ill=frame["Ill"].map({0: "no", 1: "yes"}))
    words.loc[[5, 250], "Ill"] = "moved"
    for i, part in enumerate(parts_of(words)):
        parquet.write_table(part, tmp_path / f"{i}.parquet")
    with pytest.warns(match="2 rows are left out, whose outcome 'Ill' is 'moved'"):
        counts = count_table(tmp_path, "Ill", ("no", "yes"))
    with pytest.warns(match="2 rows are left out"):
        same(counts, count_table(words, "Ill", ("no", "yes")))


def test_commands_read_databases(frame: pd.DataFrame, tmp_path: Path) -> None:
    table = in_sqlite(frame.drop(columns="weight"), tmp_path / "t.sqlite")
    plain = tmp_path / "t.csv"
    frame.drop(columns="weight").to_csv(plain, index=False)
    asked = ("--max-size", "2", "--c0", "0.0001")
    run("fit", table.address, *asked, "-o", tmp_path / "a.json")
    run("fit", plain, *asked, "-o", tmp_path / "b.json")
    for command in (("predict",), ("evaluate", "--json"), ("check",)):
        score = [] if command[0] == "check" else [tmp_path / "a.json"]
        query = ("--query", 'SELECT * FROM "sta""ys"')
        one = run(command[0], *score, table.address, *command[1:])
        other = run(command[0], *score, table.address, *command[1:], *query)
        assert one.exit_code == 0, one.output
        assert one.stdout == other.stdout
        if score:
            score = [tmp_path / "b.json"]
            plainly = run(command[0], *score, plain, *command[1:]).stdout
            if command[0] == "predict":
                assert one.stdout == plainly
            else:
                # By total the sums of the same numbers are rounded elsewhere.
                found, expected = (json.loads(text)["measures"] for text in (one.stdout, plainly))
                for measure in ("auc", "brier", "log_loss", "calibration_slope"):
                    for end in ("value", "low", "high"):
                        wanted = pytest.approx(expected[measure][end], rel=3e-15)
                        assert found[measure][end] == wanted
    ended = run("predict", tmp_path / "a.json", plain, "--table", "t")
    assert ended.exit_code == 2
    assert "is for databases" in ended.output
