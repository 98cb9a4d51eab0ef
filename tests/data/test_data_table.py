"""Whatever types a table comes in, by blocks or whole, it merges into the same rows."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from riskslim.data import Dataset, csv_tables, merging, reading, table
from riskslim.data.table import Table, narrowed
from riskslim.errors import DataError

pytestmark = pytest.mark.fast

ARRAYS = ("features", "positive", "negative", "positive_counts", "negative_counts")
KINDS = ["bool", "int8", "uint8", "int16", "int32", "int64", "uint64", "float16"]
KINDS += ["float32", "float64", "Int64", "boolean", "object"]
REALS = st.sampled_from([0.0, -0.0, 1.0, 0.5, 0.1, -3.0, 300.0, 70000.0, 1e15, 5e-324, 2.0**49])


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(table, "_BLOCK", 3)
    monkeypatch.setattr(merging, "_BLOCK", 3)
    monkeypatch.setattr(reading, "_BATCH", 3)


@st.composite
def frames(draw):
    """Frame with the outcome first, some weights or None; rows come several times."""
    n, d = draw(st.integers(2, 6)), draw(st.integers(1, 10))
    pick = st.lists(st.integers(0, n - 1), min_size=4, max_size=20)
    chosen = np.array([0, n - 1, *draw(pick)])
    columns = {}
    for j in range(d):
        kind = draw(st.sampled_from(KINDS))
        least = 0 if kind.startswith("u") else -2
        if kind in ("bool", "boolean"):
            cells = draw(st.lists(st.booleans(), min_size=n, max_size=n))
        elif "nt" in kind:
            cells = draw(st.lists(st.integers(least, 100), min_size=n, max_size=n))
        elif kind in ("float16", "float32"):
            halves = st.sampled_from([0.0, -0.0, 0.5, 1.0, 2.25])
            cells = draw(st.lists(halves, min_size=n, max_size=n))
        else:
            cells = draw(st.lists(REALS, min_size=n, max_size=n))
        columns[f"x{j}"] = pd.Series(cells).astype(kind)[chosen].reset_index(drop=True)
    y = np.array([0, 1, *draw(st.lists(st.integers(0, 1), min_size=len(chosen) - 2))])
    y = np.resize(y, len(chosen))
    weights = None
    if draw(st.booleans()):
        weight = st.sampled_from([1.0, 0.1, 0.0, 1e-300, 1e16, 3.0])
        weights = np.array(draw(st.lists(weight, min_size=len(y), max_size=len(y))))
        weights[:2] = 1.0
    return pd.DataFrame({"y": y, **columns}), weights


def reference(frame, weights):
    """Rows as doubles, with the exact weights and the counts of both classes."""
    weights = np.ones(len(frame)) if weights is None else weights
    rows = frame.iloc[:, 1:].astype(np.float64).to_numpy() + 0.0
    found = {}
    for row, label, weight in zip(rows, frame["y"], weights, strict=True):
        if weight > 0:
            sums = found.setdefault(tuple(row.tolist()), [Fraction(0), Fraction(0), 0, 0])
            sums[int(label)] += Fraction(weight)
            sums[2 + int(label)] += 1
    return {row: (float(sums[0]), float(sums[1]), sums[2], sums[3]) for row, sums in found.items()}


def as_dictionary(data):
    columns = (data.negative, data.positive, data.negative_counts, data.positive_counts)
    numbers = zip(*(column.tolist() for column in columns), strict=True)
    return dict(zip(map(tuple, data.features.tolist()), numbers, strict=True))


def assert_same(a, b):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), strict=True)


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames(), st.randoms(use_true_random=False))
def test_a_table_merges_into_its_distinct_rows(case, random):
    frame, weights = case
    X = frame.iloc[:, 1:].astype(np.float64).to_numpy()
    plain = Dataset.from_arrays(X, frame["y"], sample_weight=weights)
    assert as_dictionary(plain) == reference(frame, weights)
    assert not np.signbit(plain.features[plain.features == 0]).any()
    table = frame if weights is None else frame.assign(w=weights)
    column = None if weights is None else "w"
    assert_same(Dataset.from_frame(table, weights=column), plain)
    order = list(range(len(frame)))
    random.shuffle(order)
    assert_same(Dataset.from_frame(table.iloc[order], weights=column), plain)
    narrow = [narrowed(values) for values in X.T]
    assert_same(Dataset.from_arrays(X.copy(order="F"), frame["y"], sample_weight=weights), plain)
    assert all(np.array_equal(a, b) for a, b in zip(narrow, X.T, strict=True))


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, np.float32, np.float64, bool])
def test_forms_of_one_table_are_one_dataset(tmp_path, monkeypatch, dtype):
    monkeypatch.setattr(csv_tables, "_LARGE", 0)
    random = np.random.default_rng(5)
    X = random.integers(0, 2, (100, 3)).astype(dtype)
    y = random.integers(0, 2, 100)
    frame = pd.DataFrame({"y": y, "a": X[:, 0], "b": X[:, 1], "c": X[:, 2]})
    wanted = Dataset.from_arrays(X.astype(np.float64), y)
    assert_same(Dataset.from_arrays(X, y), wanted)
    assert_same(Dataset.from_arrays(np.asfortranarray(X), y), wanted)
    assert_same(Dataset.from_frame(frame), wanted)
    frame.to_parquet(tmp_path / "t.parquet")
    (frame * 1).to_csv(tmp_path / "t.csv", index=False)
    (frame * 1).to_csv(tmp_path / "t.csv.gz", index=False)
    for name in ("t.parquet", "t.csv", "t.csv.gz"):
        assert_same(Dataset.from_file(tmp_path / name), wanted)


@given(st.lists(REALS | st.floats(), max_size=8), st.sampled_from(["f4", "f8", "i8", "u8"]))
def test_narrow_numbers_are_the_same_numbers(cells, kind):
    if kind[0] in "iu":
        cells = [abs(int(cell)) for cell in cells if math.isfinite(cell) and abs(cell) < 2**63]
    with np.errstate(over="ignore"):
        values = np.array(cells).astype(kind)
    smaller = narrowed(values)
    assert smaller.dtype.itemsize <= values.dtype.itemsize
    assert smaller.tolist() == values.tolist() or np.isnan(values.astype(float)).any()
    if np.isnan(values.astype(float)).any():
        assert smaller is values


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ([np.array([0.0, 1.0])], np.int8),
        ([np.array([0.0, 1.0]), np.array([300, 1])], np.int16),
        ([np.array([0.5, 1.0]), np.array([300, 1])], np.float32),
        ([np.array([0.1, 1.0])], np.float64),
        ([np.array([2**60, 1])], np.float32),
        ([np.array([2**60 + 2**20, 1])], np.float64),
        ([np.array([True, False])], np.bool_),
        ([np.array([70000, 1], dtype=np.int32)], np.int32),
        ([np.array([np.inf, 1.0])], np.float64),
    ],
)
def test_rows_take_the_smallest_type_that_holds_them(columns, kind):
    table = Table(columns)
    assert table.narrow() == all(np.isfinite(column).all() for column in columns)
    assert table.dtype == kind


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 4, 9])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_numbers_that_are_not_finite_are_found_in_any_block(bad, row, kind):
    X = np.arange(20, dtype=kind).reshape(10, 2)
    X[row, 1] = bad
    with pytest.raises(DataError, match=rf"'x2' \(row {row + 1}\)"):
        Dataset.from_arrays(X, np.arange(10) % 2)


def test_values_whose_sums_have_no_number_are_refused_by_name():
    X = np.array([[1e308, 1.0], [1.5e308, 1e308], [1e308, 1e307]])
    with pytest.raises(DataError, match=r"beyond 1e\+15 in 'x1' \(up to 1.5e\+308\), 'x2'"):
        Dataset.from_arrays(X, [0, 1, 1])


def test_more_columns_than_numpy_takes_as_arguments():
    X = np.random.default_rng(0).integers(0, 2, (50, 100))
    names = [f"x{j}" for j in range(100)]
    frame = pd.DataFrame(X, columns=names).assign(x5=0.5 * X[:, 5], x7=X[:, 7] > 0)
    frame.insert(0, "y", np.arange(50) % 2)
    plain = Dataset.from_arrays(frame[names].astype(float).to_numpy(), frame["y"])
    np.testing.assert_array_equal(Dataset.from_frame(frame).features, plain.features)


def test_large_csv_is_read_as_a_small_one_is(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    rows = [f"{i % 2},{i % 3},{i}" for i in range(200_000)]
    cases = {
        "whole numbers": rows,
        "a real number late": [*rows, "1,0.5,1"],
        "a word late": [*rows, "1,high,1"],
        "a missing value late": [*rows, "1,,1"],
        "a short row late": [*rows, "1,0"],
        "words": [row + "x" for row in rows],
    }
    for case, lines in cases.items():
        path.write_text("y,a,b\n" + "\n".join(lines) + "\n")
        answers = []
        for large in (0, 1 << 60):
            monkeypatch.setattr(csv_tables, "_LARGE", large)
            try:
                answers.append(reading.read_table(path))
            except DataError as error:
                answers.append(str(error))
        if isinstance(answers[1], str):
            assert answers[0] == answers[1], case
        else:
            pd.testing.assert_frame_equal(answers[0], answers[1], check_dtype=False)


def test_parquet_keeps_what_is_no_plain_number(tmp_path):
    frame = pd.DataFrame(
        {
            "y": [0.0, 1, 1, 0, 1, 0, 0],
            "grows": [1, 2, 3, 400, 5, 70000, 2**40],
            "real": [0.5, 0.25, 1e-3, 1, 1, 1, 1],
            "text": list("abcabca"),
            "none": pd.array([1, 2, None, 4, 5, 6, 7], dtype="Int64"),
            "nan": [1, np.nan, 2, 3, 4, 5, 6.0],
            "date": pd.to_datetime(["2020-01-01"] * 7),
            "kind": pd.Categorical(list("xyxyxyx")),
            "flag": np.arange(7) % 2 == 0,
        },
        index=list("qwertyu"),
    )
    path = tmp_path / "t.parquet"
    frame.to_parquet(path)
    found, wanted = reading.read_table(path), parquet.read_table(path).to_pandas()
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    assert found["y"].dtype == np.int8
    assert found["grows"].dtype == np.int64
    frame.iloc[:0].to_parquet(path)
    assert reading.read_table(path).shape == (0, 9)
