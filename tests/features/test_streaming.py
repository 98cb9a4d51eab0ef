"""Raw tables of which no rows are held give what the same tables give that are held."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskslim import Counts, Dataset, RiskScore, ScoreBinarizer, count_table
from riskslim.data import grouping
from riskslim.data.sources import base
from riskslim.data.validation import rows_counted
from riskslim.errors import DataError, DataWarning
from riskslim.features import columns, counting, streaming
from riskslim.features.columns import Column, grouped
from riskslim.languages import language
from riskslim.report.characteristics import characteristics
from riskslim.report.people import ReportPeople
from support.command_line import run

pytestmark = pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")


def table(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    age = random.normal(60, 12, rows).round(1)
    lactate = random.gamma(2, 1.1, rows).round(3)
    lactate[random.random(rows) < 0.1] = np.nan
    lactate[random.random(rows) < 0.06] = -999.0
    age[random.random(rows) < 0.06] = 59.75
    frame = pd.DataFrame(
        {
            "Died": np.where(random.random(rows) < 1 / (1 + np.exp((60 - age) / 8)), "yes", "no"),
            "Age": age,
            "Lactate": lactate,
            "Beds": random.integers(0, 9, rows),
            "Sex": random.choice(["f", "m"], rows),
            "Ward": random.choice(["A", "B", "C", "d", "D", "01", ""], rows),
            "Smoker": random.choice([True, False, None], rows, p=[0.3, 0.6, 0.1]),
            "Zero": random.choice([0.0, -0.0, 1.5], rows),
            "Born": random.choice(["1940-05-01", "1961-02-28", "1950-12-31"], rows),
            "Seen": random.choice(["2024-03-01", "2023-05-02"], rows),
            "Record": np.arange(rows) + 100,
            "Empty": np.full(rows, None, dtype=object),
        }
    )
    frame["When"] = pd.to_datetime("2020-01-01") - pd.to_timedelta(
        random.integers(0, 40000, rows), unit="h"
    )
    return frame


def told(count: Callable[[], Any]) -> tuple[Any, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = count()
    return made, [str(w.message) for w in caught if issubclass(w.category, DataWarning)]


def same(one: Counts, other: Counts) -> None:
    assert one.binning is not None
    assert other.binning is not None
    assert one.binning == other.binning
    assert one.binning.without_ranges().to_record() == other.binning.without_ranges().to_record()
    assert [getattr(v, "seen", ()) for v in one.binning.variables] == [
        getattr(v, "seen", ()) for v in other.binning.variables
    ]
    assert (one.binning.left_out, one.binning.candidates) == (
        *(other.binning.left_out, other.binning.candidates),
    )
    assert (one.labels, one.feature_names) == (other.labels, other.feature_names)
    np.testing.assert_array_equal(one.features, other.features, strict=True)
    np.testing.assert_array_equal(one.rows, other.rows, strict=True)


def folder_of(frame: pd.DataFrame, folder: Path, kind: str = "parquet") -> Path:
    folder.mkdir()
    for place, rows in enumerate(np.array_split(np.arange(len(frame)), 3)):
        part = frame.iloc[rows]
        path = folder / f"{place}.{kind}"
        part.to_csv(path, index=False) if kind == "csv" else part.to_parquet(path, index=False)
    return folder


OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {"drop": ("Seen", "Born", "When")},
    "dates": {"reference_date": "Seen"},
    "codes": {"reference_date": "2024-06-01", "missing": {"Lactate": [-999], "Ward": ["01"]}},
    "special": {"reference_date": "Seen", "special": {"Lactate": ["-999"], "Age": [59.75]}},
    "screened": {"reference_date": "Seen", "max_cuts": 12, "min_share": 0.01, "screen": 5},
    "quantiles": {"reference_date": "Seen", "cuts": "quantile", "blanks": "impute"},
}


@pytest.mark.parametrize(
    ("options", "kind", "many"),
    [
        ("plain", "csv", False),
        ("dates", "parquet", True),
        ("codes", "parquet", False),
        ("codes", "csv", True),
        ("special", "parquet", True),
        ("screened", "parquet", True),
        ("quantiles", "csv", False),
    ],
)
def test_a_streamed_table_gives_the_same(
    tmp_path: Path, kind: str, options: str, many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = table()
    monkeypatch.setattr(base, "_HELD", 50)
    if many:
        for module in (columns, streaming):
            monkeypatch.setattr(module, "MANY", 40)
    file = tmp_path / f"whole.{kind}"
    if kind == "csv":
        frame.to_csv(file, index=False)
    else:
        frame.to_parquet(file, index=False)
    binarizer = ScoreBinarizer(**OPTIONS[options])
    held, said = told(lambda: count_table(file, "Died", binarizer=binarizer))
    folder = folder_of(frame, tmp_path / "parts", kind)
    streamed, heard = told(lambda: count_table(folder, "Died", binarizer=binarizer))
    same(streamed, held)
    assert len(heard) == len(said)
    monkeypatch.setattr(grouping, "_LARGE_RAW", 0)
    same(count_table(file, "Died", binarizer=binarizer), held)
    # Another table with the features of the first, and one class alone.
    other = table(200, seed=1)
    other = other[other["Died"] == "no"]
    like = count_table(folder_of(other, tmp_path / "other", kind), like=held)
    same(like, count_table(other, like=held))


def test_rows_of_other_outcomes_are_left_out(tmp_path: Path) -> None:
    frame = table()
    frame.loc[::7, "Died"] = "moved"
    binarizer, positive = ScoreBinarizer(reference_date="Seen"), ("no", "yes")
    made = count_table(folder_of(frame, tmp_path / "parts"), "Died", positive, binarizer=binarizer)
    same(made, count_table(frame, "Died", positive, binarizer=binarizer))
    assert made.n_rows == (frame["Died"] != "moved").sum()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Beds": ["3", "x", "4", "5"]}, "'Beds' holds numbers, but 'x' in 150 rows"),
        ({"Born": ["1940-05-01", "2040-01-01"]}, "lies after the reference date in rows 2, 4, 6"),
        ({"Died": ["yes", None]}, "the outcome 'Died' is missing in 300 rows"),
    ],
)
def test_what_is_refused_says_how_many_rows(
    tmp_path: Path, change: dict[str, list[Any]], message: str
) -> None:
    frame = table()
    for name, cells in change.items():
        frame[name] = [cells[row % len(cells)] for row in range(len(frame))]
    folder = folder_of(frame, tmp_path / "parts")
    with pytest.raises(DataError, match=message):
        count_table(folder, "Died", binarizer=ScoreBinarizer(reference_date="Seen"))


def test_the_command_line_counts_and_fits_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "t.csv"
    table().drop(columns=["Born", "Seen", "When"]).to_csv(file, index=False)
    asked = ("fit", file, "--raw", "--target", "Died", "--max-size", 2, "--json")
    before = run(*asked).stdout
    monkeypatch.setattr(grouping, "_LARGE_RAW", 0)
    after = run(*asked).stdout
    start, end = before.index('"points"'), before.index('"intercept"')
    assert before[start:end] == after[start:end]


def test_numbers_are_grouped_by_their_first_three_digits() -> None:
    values = pd.Series([0.3, 0.1234, 1.0, 12345.6, -1.2345, 0.0, 8e-7, 99999.0, 99998.0, np.nan])
    wanted = [0.3, 0.123, 1.0, 12300.0, -1.24, 0.0, 8e-7, 99999.0, 99900.0, np.nan]
    np.testing.assert_array_equal(grouped(values).to_numpy(), wanted)
    every = np.arange(-999, 1000) / 100
    np.testing.assert_array_equal(grouped(pd.Series(every)), every)


def test_many_numbers_keep_their_ends_and_number_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MANY", 50)
    numbers = pd.Series(np.random.default_rng(0).permutation(5000) + 12345)
    column = Column.of(numbers, "n")
    assert column.extent is not None
    assert len(column.cells) < 100
    assert (column.extent.least, column.extent.largest) == (12345, 17344)
    assert column.extent.numbers(5000)
    numbers[7] = 12345
    changed = Column.of(numbers, "n").extent
    assert changed is not None
    assert not changed.numbers(5000)


def test_codes_are_none_of_the_numbers_that_a_column_reaches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(columns, "MANY", 50)
    numbers = np.random.default_rng(0).uniform(1000, 50000, 500)
    numbers[:40] = -999
    frame, died = pd.DataFrame({"n": numbers}), np.arange(500) % 2
    (made,) = ScoreBinarizer(missing=(-999,)).fit(frame, died).binning_.variables
    assert made.seen == (numbers[40:].min(), numbers.max())
    assert not made.integer


def test_messages_of_repeated_rows_say_how_many_these_are() -> None:
    frame = pd.DataFrame({"Ward": ["a", "b"] * 20, "Died": [0, 1] * 20})
    binning = ScoreBinarizer().fit(frame[["Ward"]], frame["Died"]).binning_
    rows = pd.DataFrame({"Ward": ["a", "zz", "b", "zz"]})
    with rows_counted(np.array([1, 300, 2, 500])), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        binning.encode(rows)
    assert any("800 rows" in str(one.message) for one in told)


def test_a_weighted_table_with_the_features_of_another_is_read_by_its_distinct_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = table()[["Died", "Age", "Ward"]].assign(weight=1.5)
    frame.to_parquet(tmp_path / "t.parquet", index=False)
    first = count_table(frame, "Died", weights="weight", binarizer=ScoreBinarizer())
    held = count_table(frame, like=first, weights="weight")
    monkeypatch.setattr(grouping, "_LARGE", 0)
    monkeypatch.setattr(counting, "_rows", None)
    same(count_table(tmp_path / "t.parquet", like=first, weights="weight"), held)


def test_features_of_0_and_1_are_bytes() -> None:
    frame = table()
    binarizer = ScoreBinarizer(reference_date="Seen")
    data = Dataset.from_counts(count_table(frame, "Died", binarizer=binarizer))
    assert data.features.dtype == np.int8
    assert Dataset([[0, 1], [1, 0], [2, 1]], [0, 1, 1]).features.dtype == np.float64


def test_characteristics_of_a_table_of_which_no_rows_are_held(tmp_path: Path) -> None:
    frame = table().drop(columns=["Empty", "Record"]).assign(weight=np.arange(600) % 4 * 0.5)
    frame.iloc[:250].to_parquet(tmp_path / "0.parquet")
    frame.iloc[250:].to_parquet(tmp_path / "1.parquet")
    learner = ScoreBinarizer(
        missing={"Lactate": [-999]}, special={"Age": [59.75]}, reference_date="Seen"
    )
    learner.fit(frame.drop(columns=["Died", "weight"]), frame["Died"] == "yes")
    data = count_table(frame.drop(columns="weight"), "Died", "yes", None, learner)
    points = dict.fromkeys(data.feature_names[:3], 1)
    score = RiskScore.from_points(points, intercept=-1, data=Dataset.from_counts(data))
    for weights in (None, "weight"):
        known = None if weights is None else frame["weight"]
        held = ReportPeople.of(score, frame, frame["Died"], known)
        counted = ReportPeople.count(score, tmp_path, "Died", weights)
        lines = [characteristics(score, people.table, language("en")) for people in (held, counted)]
        assert lines[0] == lines[1]
        assert {"59.75", "not known", "A"} <= {line.label for line in lines[0]}
