"""A folder of Parquet files is one table, of which distinct rows alone are held."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskslim import Dataset, count_table
from riskslim.data import grouping
from riskslim.data.grouping import distinct_rows
from riskslim.data.sources import base
from riskslim.errors import DataError
from support.command_line import run


@pytest.fixture
def frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.integers(0, 3, (600, 3)), columns=["A.b", "B", "count_all"])
    frame.insert(0, "Ill", random.integers(0, 2, 600))
    frame["Ratio"] = random.integers(0, 3, 600) / 10
    frame["weight"] = random.integers(0, 3, 600) / 7
    return frame


def folder_of(frame: pd.DataFrame, folder: Path, parts: int = 4) -> Path:
    (folder / "deep").mkdir(parents=True)
    for i, rows in enumerate(np.array_split(np.arange(len(frame)), parts)):
        name = f"deep/p{i}.parquet" if i % 2 else f"p{i}.parquet"
        frame.iloc[rows].to_parquet(folder / name, index=False)
    return folder


@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_the_folder_is_the_table(
    frame: pd.DataFrame,
    tmp_path: Path,
    weights: str | None,
    kind: type,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(base, "_HELD", 50)
    if weights is None:
        frame = frame.drop(columns="weight")
    folder = folder_of(frame.astype({"Ratio": kind}), tmp_path / "parts")
    one = Dataset.from_counts(count_table(folder, "Ill", weights=weights))
    other = Dataset.from_frame(frame, "Ill", weights=weights)
    assert one.feature_names == other.feature_names
    for name in ("features", "positive", "negative", "positive_counts", "negative_counts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)


def test_large_files_are_read_in_the_same_way(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.parquet"
    frame.drop(columns="weight").to_parquet(file)
    folder = folder_of(frame.drop(columns="weight"), tmp_path / "parts")
    texts = {run("fit", path, "--json").stdout.replace(str(path), "") for path in (file, folder)}
    monkeypatch.setattr(grouping, "_LARGE", 100)
    texts.add(run("fit", file, "--json").stdout)
    points = {
        text[text.index('"points"') : text.index("}", text.index('"points"'))] for text in texts
    }
    assert len(points) == 1


def test_folders_named_by_values_are_columns(frame: pd.DataFrame, tmp_path: Path) -> None:
    for year in (2023, 2024):
        place = tmp_path / f"parts/year={year}"
        place.mkdir(parents=True)
        frame.to_parquet(place / "p.parquet", index=False)
    made, rows = distinct_rows(tmp_path / "parts")
    assert sorted(made["year"].unique()) == [2023, 2024]
    assert rows.sum() == 1200


@pytest.mark.parametrize(
    ("column", "message"),
    [("Ill", "the outcome 'Ill' is missing"), ("B", "missing values in 'B'")],
)
def test_blanks_are_refused(frame: pd.DataFrame, tmp_path: Path, column: str, message: str) -> None:
    frame[column] = frame[column].astype("Int64")
    frame.loc[7, column] = pd.NA
    with pytest.raises(DataError, match=message):
        count_table(folder_of(frame, tmp_path / "parts"))


def test_folders_that_are_no_table_are_refused(frame: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"this folder has no \.csv"):
        count_table(tmp_path)
    folder = folder_of(frame, tmp_path / "parts")
    (folder / "more.csv").write_text("a,b\n1,2\n")
    with pytest.raises(
        DataError,
        match=r"several kinds \(.*more\.csv",
    ):
        count_table(folder)
    (folder / "more.csv").unlink()
    (folder / "z.parquet").write_bytes(b"nothing")
    with pytest.raises(DataError, match="cannot be read as one table of Parquet"):
        count_table(folder)
