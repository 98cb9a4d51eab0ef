"""Equal rows are merged into one, whatever their order, with exact sums."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim.data import Dataset, merging
from riskslim.data.merging import exact_sums, merge_rows
from riskslim.data.table import Table

pytestmark = pytest.mark.fast

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
DISTINCT = {
    "adult": 8551,
    "bankruptcy": 103,
    "breastcancer": 449,
    "compas": 206,
    "haberman": 283,
    "heart": 303,
    "mammo": 104,
    "spambase": 4207,
}


@given(st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=1, max_size=60))
def test_merging_is_a_partition_into_equal_rows(rows):
    features = np.array(rows, dtype=np.float64)
    distinct, group = merge_rows(Table(features))
    assert len(distinct) == len({tuple(row) for row in rows})
    np.testing.assert_array_equal(distinct[group], features)


def test_rows_that_share_a_hash_stay_apart(monkeypatch):
    features = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
    monkeypatch.setattr(merging, "row_hashes", lambda words: np.zeros(len(words), dtype=np.uint64))
    distinct, group = merge_rows(Table(features))
    assert len(distinct) == 3
    np.testing.assert_array_equal(distinct[group], features)


def test_negative_zero_is_zero():
    data = Dataset.from_arrays([[0.0, 1.0], [-0.0, 1.0], [1.0, 2.0]], [0, 1, 0])
    assert data.n_distinct == 2


numbers = st.floats(0, 1e30, allow_subnormal=False) | st.sampled_from([0.1, 1e-300, 1e16, 1.0])


@given(st.lists(st.tuples(numbers, st.integers(0, 2)), min_size=1, max_size=40))
def test_sums_are_correctly_rounded(pairs):
    values = np.array([value for value, _ in pairs])
    group = np.array([g for _, g in pairs])
    wanted = [float(sum(Fraction(v) for v, g in pairs if g == k)) for k in range(3)]
    assert exact_sums(values, group, 3).tolist() == wanted


def test_sums_do_not_depend_on_the_order():
    rng = np.random.default_rng(0)
    values = rng.lognormal(sigma=20, size=2000)
    group = rng.integers(0, 7, size=2000)
    order = rng.permutation(2000)
    sums = exact_sums(values, group, 7)
    assert sums.tolist() == exact_sums(values[order], group[order], 7).tolist()
    assert sums.tolist() == [math.fsum(values[group == k]) for k in range(7)]


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_a_shuffled_table_merges_into_the_same_one(seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 3, size=(50, 3)) + np.array([0, 0.5, 0])
    X[0] = 0
    y = np.append([0, 1], rng.integers(0, 2, size=48))
    w = rng.random(50)
    order = rng.permutation(50)
    a = Dataset.from_arrays(X, y, sample_weight=w)
    b = Dataset.from_arrays(X[order], y[order], sample_weight=w[order])
    for name in ("features", "positive", "negative", "positive_counts", "negative_counts"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_weights_are_the_same_as_repeated_rows():
    rng = np.random.default_rng(1)
    X, y = rng.integers(0, 2, size=(30, 4)), np.arange(30) % 2
    w = rng.integers(0, 4, size=30)
    a = Dataset.from_arrays(X, y, sample_weight=w)
    b = Dataset.from_arrays(np.repeat(X, w, axis=0), np.repeat(y, w))
    np.testing.assert_array_equal(a.features, b.features)
    np.testing.assert_array_equal(a.positive, b.positive)
    np.testing.assert_array_equal(a.negative, b.negative)


@pytest.mark.skipif(not DATA.is_dir(), reason="public data sets are not beside the project")
@pytest.mark.parametrize(("name", "distinct"), DISTINCT.items())
def test_distinct_rows_of_public_data(name, distinct):
    assert Dataset.from_file(DATA / f"{name}.csv").n_distinct == distinct
