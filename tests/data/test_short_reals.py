"""Reals of 16 and 32 bits are the decimals that they are written as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskslim import Dataset, RiskSLIMClassifier, ScoreBinarizer
from riskslim.data.reading import read_table
from riskslim.data.short_reals import as_written

FLOATS = st.sampled_from([np.dtype(np.float32), np.dtype(np.float16)])


@given(FLOATS.flatmap(lambda kind: arrays(kind, st.integers(1, 30))))
def test_it_is_the_shortest_decimal_that_reads_back(values: Any) -> None:
    doubles = np.asarray(as_written(values))
    for double, value in zip(doubles, values, strict=True):
        whole = not np.isfinite(value) or value == np.rint(value)
        np.testing.assert_equal(double, float(value) if whole else float(str(value)))


def test_values_that_are_the_same_as_doubles_are_not_copied() -> None:
    values = np.array([0, 1, 0.5, -2.25, np.nan], dtype=np.float32)
    assert as_written(values) is values


@pytest.fixture
def frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    score = np.round(random.random(200), 1)
    ill = (random.random(200) < score).astype(int)
    return pd.DataFrame({"Ratio": score, "Ill": ill})


@pytest.mark.parametrize("kind", ["float32", "Float32", "float[pyarrow]"])
def test_one_person_has_one_risk_however_wide_the_reals_are(frame: pd.DataFrame, kind: str) -> None:
    raw, narrow = frame[["Ratio"]], frame[["Ratio"]].astype(kind)
    assert raw.loc[0, "Ratio"] != float(np.float32(raw.loc[0, "Ratio"]))
    model = RiskSLIMClassifier(
        max_size=3, binarizer=ScoreBinarizer(cut_points={"Ratio": [0.3, 0.7, 0.9]})
    ).fit(raw, frame["Ill"])
    for one, other in ((raw, narrow), (narrow.iloc[:1], raw.iloc[:1])):
        risks = model.predict_proba(one)
        np.testing.assert_array_equal(risks[: len(other)], model.predict_proba(other)[: len(risks)])
        scored = model.score_.predict_proba(one)
        np.testing.assert_array_equal(scored, risks)


def test_a_table_of_short_reals_gives_the_dataset_of_its_decimals(frame: pd.DataFrame) -> None:
    wide = Dataset(frame[["Ratio"]], frame["Ill"])
    for X in (frame[["Ratio"]].astype(np.float32), frame[["Ratio"]].to_numpy(np.float32)):
        np.testing.assert_array_equal(Dataset(X, frame["Ill"]).features, wide.features)


def test_a_parquet_file_says_what_the_csv_file_says(frame: pd.DataFrame, tmp_path: Path) -> None:
    blank = frame["Ratio"].mask(frame.index == 3)
    frame = frame.assign(Blank=blank)
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.astype({"Ratio": np.float32, "Blank": np.float32}).to_parquet(tmp_path / "t.parquet")
    one, other = read_table(tmp_path / "t.csv"), read_table(tmp_path / "t.parquet")
    for name in ("Ratio", "Blank"):
        np.testing.assert_array_equal(one[name], other[name])


def test_doubles_stay_what_they_are(tmp_path: Path) -> None:
    """A double that 32 bits hold exactly is no decimal of 32 bits."""
    values = np.array([0.7, 0.1], dtype=np.float32).astype(np.float64)
    pd.DataFrame({"x": values}).to_parquet(tmp_path / "t.parquet")
    np.testing.assert_array_equal(read_table(tmp_path / "t.parquet")["x"], values)
