"""Rows of 0 and 1 are counted as bits, and are the same counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskslim import Counts, count_table
from riskslim.data import bits
from riskslim.data.bits import BitRows
from riskslim.data.sources import table_source
from riskslim.errors import DataError
from riskslim.features.streaming import StreamedTable


def table(d: int, rows: int = 300) -> pd.DataFrame:
    random = np.random.default_rng(d)
    cells = random.random((rows, d)) < np.where(np.arange(d) < 4, 0.5, 0.02)
    frame = pd.DataFrame(cells.astype(int), columns=[f"x{j}" for j in range(d)])
    frame.insert(0, "ill", random.choice(["no", "yes"], rows))
    frame["x1"] = frame["x1"].astype(bool)
    frame["x2"] = frame["x2"] * -0.0 + frame["x2"]
    return frame


def folder_of(frame: pd.DataFrame, folder: Path) -> Path:
    folder.mkdir()
    for place, rows in enumerate(np.array_split(np.arange(len(frame)), 4)):
        frame.iloc[rows].to_parquet(folder / f"{place}.parquet", index=False)
    return folder


def same(one: Counts, other: Counts) -> None:
    assert (one.feature_names, one.labels) == (other.feature_names, other.labels)
    np.testing.assert_array_equal(one.features, other.features, strict=True)
    np.testing.assert_array_equal(one.rows, other.rows, strict=True)


@pytest.mark.parametrize("d", [3, 64, 70, 130])
@pytest.mark.parametrize("held", [10, 1 << 20])
def test_counts_of_bits_are_those_of_the_rows(
    d: int, held: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bits, "_HELD", held)
    frame = table(d)
    folder = folder_of(frame, tmp_path / "parts")
    streamed = StreamedTable(table_source(folder), (), "ill", None)
    made = streamed.counts_of_bits(streamed.names)
    assert made is not None
    whole = count_table(frame, "ill")
    same(made, whole)
    same(count_table(folder, "ill"), whole)
    no = folder_of(frame[frame["ill"] == "no"], tmp_path / "no")
    same(count_table(no, like=whole), count_table(frame[frame["ill"] == "no"], like=whole))


def test_another_number_in_a_later_part_is_counted_too(tmp_path: Path) -> None:
    frame = table(5)
    frame["x0"] = np.where(np.arange(len(frame)) == 290, 2, frame["x0"])
    same(count_table(folder_of(frame, tmp_path / "a"), "ill"), count_table(frame, "ill"))
    frame["x0"] = frame["x0"].where(np.arange(len(frame)) != 290)
    with pytest.raises(DataError, match="missing values in 'x0'"):
        count_table(folder_of(frame, tmp_path / "b"), "ill")


def test_rows_of_other_outcomes_do_not_count(tmp_path: Path) -> None:
    frame = table(5)
    frame.loc[::5, "ill"] = "moved"
    with pytest.warns(UserWarning, match="60 rows are left out"):
        made = count_table(folder_of(frame, tmp_path / "a"), "ill", ("no", "yes"))
    same(made, count_table(frame[frame["ill"] != "moved"], "ill"))


def test_many_rows_of_one_kind_are_summed() -> None:
    held = BitRows(1)
    for _ in range(3):
        held.add(np.array([[0], [1], [1]]), np.array([[200, 0, 3], [0, 70000, 1]]))
    cells, rows = held.counted()
    order = np.argsort(cells[:, 0])
    assert cells[order].tolist() == [[0], [1]]
    assert rows[:, order].tolist() == [[600, 9], [0, 210003]]
