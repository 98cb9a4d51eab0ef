"""Tables that a program broke or somebody made to break one: one clear error, in little memory."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from riskslim.data import csv_bytes
from riskslim.data.reading import read_table
from riskslim.errors import DataError

GOOD = b"Died,Age\n1,40\n0,50\n"


def write_parquet(path: Path, columns: dict[str, Any], metadata: bytes | None = None) -> Path:
    table = pa.table(columns)
    noted = None if metadata is None else {b"pandas": metadata}
    parquet.write_table(table.replace_schema_metadata(noted), path)
    return path


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([[1], [2]]),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
        pa.array([b"a", b"\xff"]),
        pa.array([b"ab", b"cd"], pa.binary(2)),
    ],
)
def test_cells_that_are_no_single_values_are_refused_by_their_column(
    cells: Any, tmp_path: Path
) -> None:
    path = write_parquet(tmp_path / "t.parquet", {"Died": [0, 1], "Nested": cells})
    with pytest.raises(DataError, match="Nested"):
        read_table(path)


@pytest.mark.parametrize(
    "note",
    [
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b'{"index_columns": 3, "columns": []}',
        json.dumps({"index_columns": ["no"], "columns": [{}], "column_indexes": [1]}).encode(),
        b"[" * 100_000,
    ],
)
def test_what_pandas_noted_of_a_table_is_dropped_where_it_cannot_be_read(
    note: bytes, tmp_path: Path
) -> None:
    path = write_parquet(tmp_path / "t.parquet", {"Died": [0, 1], "Age": [40, 50]}, note)
    assert read_table(path)["Age"].tolist() == [40, 50]


def test_text_of_parquet_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    bad = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\x01\0\0\0"), pa.py_buffer(b"\xff")]
    )
    path = write_parquet(tmp_path / "t.parquet", {"Died": [1], "Sex": bad})
    with pytest.raises(DataError, match=r"t\.parquet"):
        read_table(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD + b"1,\xff\xfe\x1b,3\n", "line 4 is not UTF-8"),
        (GOOD.replace(b"Age", b"\xe4ge"), "line 1 is not UTF-8"),
        (GOOD + b"\xc3", "cut short"),
    ],
)
def test_bytes_that_are_no_text_are_found_by_their_line(
    content: bytes, words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, bytes_ in (("t.csv", content), ("t.csv.gz", gzip.compress(content))):
        path = tmp_path / name
        path.write_bytes(bytes_)
        with pytest.raises(DataError, match=words):
            read_table(path)
    assert capfd.readouterr() == ("", "")


def test_an_archive_that_was_cut_short_or_damaged_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(GOOD * 1000)
    middle = len(whole) // 2
    for content in (
        whole[:-9],
        whole[:20],
        whole[:middle] + b"\0\0" + whole[middle + 2 :],
        b"\x1f",
    ):
        path = tmp_path / "t.csv.gz"
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"t\.csv\.gz"):
            read_table(path)


def test_an_archive_is_judged_by_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv.gz"
    rows = b"Died,Age\n" + b"1,40\n0,50\n" * 100
    path.write_bytes(gzip.compress(rows))
    assert csv_bytes.check_bytes(path) == len(rows) > path.stat().st_size
    streamed = []
    monkeypatch.setattr("riskslim.data.csv_tables._LARGE", len(rows) // 2)
    monkeypatch.setattr("riskslim.data.csv_tables._stream_csv", lambda *_: streamed.append(1))
    assert len(read_table(path)) == 200
    assert streamed == [1]


def test_a_small_file_that_holds_gigabytes_is_refused_before_they_are_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_bytes, "_HARMLESS", 1 << 20)
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"Died,Age\n" + b"0,0\n" * (1 << 20)))
    with pytest.raises(DataError, match="100 times"):
        read_table(path)
    path = tmp_path / "t.parquet"
    zeros = pa.array([0], pa.int64()).take(pa.array([0] * (1 << 21)))
    parquet.write_table(pa.table({"Died": zeros, "Age": zeros}), path)
    with pytest.raises(DataError, match="100 times"):
        read_table(path)
