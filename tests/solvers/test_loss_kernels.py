"""The native loss kernels against plain NumPy, and minorants against higher precision."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim.errors import DataError, OptionError
from riskslim.problems.loss import LogisticLoss
from riskslim.solvers._native import LogisticData
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.oracle import ConvexOracle, LatticeHeuristics

pytestmark = pytest.mark.fast

# Long double carries 64 bits on x86; elsewhere the reference is as good as a double.
EXTENDED = np.finfo(np.longdouble).eps < 1e-18


def reference(
    features: FloatArray, positive: FloatArray, negative: FloatArray, points: FloatArray
) -> tuple[float, FloatArray]:
    """Value and gradient in long double, summed exactly."""
    x = np.column_stack([np.ones(len(features)), features]).astype(np.longdouble)
    s = x @ points.astype(np.longdouble)
    e = np.exp(-np.abs(s))
    tail = np.log1p(e)
    losses = positive * (tail + np.maximum(-s, 0)) + negative * (tail + np.maximum(s, 0))
    near, far = 1 / (1 + e), e / (1 + e)
    up = np.where(s > 0, near, far)
    slopes = negative * up - positive * np.where(s > 0, far, near)
    weight = (positive.astype(np.longdouble) + negative).sum()
    return float(losses.sum() / weight), (x.T @ slopes / weight).astype(np.float64)


def gradient_scale(features: FloatArray, positive: FloatArray, negative: FloatArray) -> FloatArray:
    """Mean size of each column: what errors of a gradient are relative to."""
    weights = positive + negative
    sizes = np.column_stack([np.ones(len(features)), np.abs(features)])
    return np.asarray(weights @ sizes / weights.sum())


def random_table(
    seed: int, rows: int, columns: int, kind: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    if kind == "binary":
        features = rng.integers(0, 2, (rows, columns)).astype(float)
    elif kind == "int8":
        features = rng.integers(-128, 128, (rows, columns)).astype(float).clip(-127, 127)
    elif kind == "int16":
        features = rng.integers(-9000, 9000, (rows, columns)).astype(float)
    else:
        features = rng.normal(size=(rows, columns)) * 10.0 ** rng.integers(-2, 4, columns)
    positive = rng.integers(0, 4, rows) * rng.choice([1.0, 0.37], rows)
    negative = rng.integers(0, 4, rows) * rng.choice([1.0, 0.37], rows)
    positive[0] = 1.0
    return features, positive, negative


tables = st.tuples(
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 7, 8, 9, 64, 511, 512, 513, 1500]),
    st.integers(0, 9),
    st.sampled_from(["binary", "int8", "int16", "real"]),
)


@settings(max_examples=150)
@given(tables, st.booleans(), st.sampled_from([0.1, 1.0, 50.0]))
def test_agrees_with_the_reference(
    table: tuple[int, int, int, str], integer_points: bool, size: float
) -> None:
    features, positive, negative = random_table(*table)
    rng = np.random.default_rng(table[0] + 1)
    points = rng.normal(size=features.shape[1] + 1) * size
    if integer_points:
        points = np.round(points)
    loss = LogisticLoss(features, positive, negative)
    expected, expected_gradient = reference(features, positive, negative, points)
    value, gradient = loss.value_and_gradient(points)
    # Rounding of the scores is inherent: it moves the mean loss by at most this much.
    scale = gradient_scale(features, positive, negative)
    inherent = 4 * np.finfo(float).eps * float(scale @ np.abs(points))
    assert value == pytest.approx(expected, rel=1e-12, abs=inherent + 1e-300)
    assert loss.native.value(points) == value
    np.testing.assert_array_less(np.abs(gradient - expected_gradient), 1e-12 * scale + 1e-300)
    assert loss.value(points) == pytest.approx(expected, rel=2e-15)
    scores = points[0] + features @ points[1:]
    assert loss.value_from_scores(scores) == pytest.approx(
        expected, rel=1e-12, abs=inherent + 1e-300
    )


@pytest.mark.skipif(not EXTENDED, reason="long double is no wider than double here")
def test_compensated_value_is_accurate_to_the_last_places() -> None:
    rng = np.random.default_rng(5)
    features = rng.normal(size=(3000, 20)) * 100
    positive, negative = rng.random(3000), rng.random(3000)
    for points in (rng.normal(size=21), np.round(rng.normal(size=21) * 3)):
        expected, _ = reference(features, positive, negative, points)
        value = LogisticLoss(features, positive, negative).value(points)
        assert abs(value - expected) <= 3 * math.ulp(expected)


def test_storage_is_the_narrowest_that_holds_every_value() -> None:
    weight = np.ones(3)
    for top, storage in (
        (127.0, "int8"),
        (128.0, "int16"),
        (32767.0, "int16"),
        (32768.0, "float64"),
    ):
        for sign in (1.0, -1.0):
            features = np.array([[0.0], [1.0], [sign * top]])
            assert LogisticData(features, weight, weight).storage == storage
    assert LogisticData(np.array([[0.5], [1.0], [2.0]]), weight, weight).storage == "float64"


@pytest.mark.parametrize("integer_points", [False, True])
def test_every_storage_gives_the_same(integer_points: bool) -> None:
    features, positive, negative = random_table(11, 1300, 6, "int8")
    points = np.random.default_rng(2).normal(size=7)
    if integer_points:
        points = np.round(points * 3)
    stored = [
        LogisticData(features, positive, negative, storage)
        for storage in ("int8", "int16", "float64")
    ]
    assert [data.storage for data in stored] == ["int8", "int16", "float64"]
    (value, gradient), *others = [data.value_and_gradient(points) for data in stored]
    for other_value, other_gradient in others:
        assert other_value == pytest.approx(value, rel=1e-13)
        np.testing.assert_allclose(other_gradient, gradient, rtol=1e-11, atol=1e-13 * 127)


def test_threads_do_not_change_a_bit() -> None:
    for kind in ("binary", "real"):
        features, positive, negative = random_table(3, 70_001, 5, kind)
        points = np.random.default_rng(4).normal(size=6)
        results = []
        for threads in (1, 2, 3, 4, 9):
            loss = LogisticLoss(features, positive, negative, threads=threads)
            value, gradient = loss.value_and_gradient(points)
            results.append((value, gradient.tobytes(), loss.value(points)))
            results[-1] += (loss.native.value(points, threads),)
        assert all(result == results[0] for result in results)


def test_merging_rows_does_not_change_the_loss() -> None:
    rng = np.random.default_rng(8)
    features = rng.integers(0, 3, (4000, 4)).astype(float)
    positive = (rng.random(4000) < 0.4) * rng.integers(1, 5, 4000).astype(float)
    negative = (positive == 0) * rng.integers(1, 5, 4000).astype(float)
    distinct, index = np.unique(features, axis=0, return_inverse=True)
    index = index.ravel()
    merged = LogisticLoss(distinct, np.bincount(index, positive), np.bincount(index, negative))
    plain = LogisticLoss(features, positive, negative)
    points = rng.normal(size=5)
    value, gradient = plain.value_and_gradient(points)
    merged_value, merged_gradient = merged.value_and_gradient(points)
    assert merged_value == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(merged_gradient, gradient, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("size", [30.0, 700.0, 740.0, 1000.0, 1e5, 1e15, 1e300, math.inf])
def test_extreme_scores_are_safe(size: float) -> None:
    loss = LogisticLoss(np.zeros((2, 0)), np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    # Each label once on its right side and once on its wrong side.
    right = loss.value_from_scores(np.array([size, -size]))
    wrong = loss.value_from_scores(np.array([-size, size]))
    expected = float(np.log1p(np.exp(np.longdouble(-size))))
    assert right == pytest.approx(expected, rel=1e-12, abs=5e-324)
    if math.isinf(size):
        assert wrong >= np.finfo(float).max
    else:
        assert wrong == pytest.approx(size + expected, rel=1e-15)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_large_points_and_features_do_not_overflow(scale: float) -> None:
    features = np.array([[1000.0, 15841.0], [-1000.0, 3.0], [7.0, -15841.0]]) * scale
    positive, negative = np.array([1.0, 0.0, 2.0]), np.array([0.0, 1.0, 0.0])
    loss = LogisticLoss(features, positive, negative)
    for points in (np.array([-1e5, 100.0, 5.0]), np.array([0.0, 1e6, -1e6])):
        expected, expected_gradient = reference(features, positive, negative, points)
        value, gradient = loss.value_and_gradient(points)
        assert value == pytest.approx(expected, rel=1e-13)
        assert loss.value(points) == pytest.approx(expected, rel=1e-15)
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-12)


@pytest.mark.skipif(not EXTENDED, reason="long double is no wider than double here")
@settings(max_examples=120)
@given(tables, st.booleans(), st.sampled_from([0.1, 1.0, 20.0]), st.sampled_from([0.0, 5.0, 1e6]))
def test_minorants_lie_below_the_loss(
    table: tuple[int, int, int, str], integer_points: bool, size: float, reach: float
) -> None:
    features, positive, negative = random_table(*table)
    rng = np.random.default_rng(table[0] + 2)
    dimension = features.shape[1] + 1
    points = rng.normal(size=dimension) * size
    if integer_points:
        points = np.round(points)
    lower = points - reach * rng.random(dimension)
    upper = points + reach * rng.random(dimension)
    minorant = LogisticLoss(features, positive, negative).minorant(points, lower, upper)
    corners = np.where(rng.random((6, dimension)) < 0.5, lower, upper)
    inside = lower + (upper - lower) * rng.random((6, dimension))
    near = points + (inside - points) * 1e-6
    slope = minorant.gradient.astype(np.longdouble)
    for other in (points, *corners, *inside, *near):
        truth, _ = reference(features, positive, negative, other)
        bound = np.longdouble(minorant.constant) + slope @ other.astype(np.longdouble)
        # The reference itself is rounded: to a double, and at the size of the terms.
        terms = abs(truth) + float(np.abs(slope) @ np.abs(other))
        assert float(bound) <= truth + 1e-17 * terms + 2 * math.ulp(truth)
    # A bound is of use only if it is close to the loss where it was taken.
    scale = gradient_scale(features, positive, negative)
    allowed = 1e-13 * (1 + minorant.value + float(scale @ (np.abs(points) + upper - lower)))
    at_point = float(np.longdouble(minorant.constant) + slope @ points.astype(np.longdouble))
    assert minorant.value - at_point <= allowed


def test_minorant_covers_a_wide_intercept() -> None:
    features, positive, negative = random_table(21, 2000, 3, "real")
    points = np.array([0.3, 0.1, -0.2, 0.05])
    lower, upper = np.full(4, -5.0), np.full(4, 5.0)
    narrow = LogisticLoss(features, positive, negative).minorant(points, lower, upper)
    lower[0], upper[0] = -1e5, 1e5
    wide = LogisticLoss(features, positive, negative).minorant(points, lower, upper)
    assert 0.0 < narrow.constant - wide.constant < 1e-9
    lower[0] = -math.inf
    assert (
        LogisticLoss(features, positive, negative).minorant(points, lower, upper).constant
        == -math.inf
    )


def test_the_gradient_is_the_derivative() -> None:
    features, positive, negative = random_table(31, 600, 4, "real")
    features /= np.abs(features).max(axis=0)
    loss = LogisticLoss(features, positive, negative)
    points = np.array([0.2, -1.0, 0.5, 2.0, -0.3])
    _, gradient = loss.value_and_gradient(points)
    for j in range(5):
        step = np.zeros(5)
        step[j] = 1e-5
        slope = (loss.value(points + step) - loss.value(points - step)) / 2e-5
        assert gradient[j] == pytest.approx(slope, abs=1e-9)


def test_is_what_the_searches_ask_for() -> None:
    loss = LogisticLoss(np.eye(3), np.ones(3), np.ones(3))
    assert isinstance(loss, ConvexOracle)
    assert isinstance(loss, LatticeHeuristics)
    assert loss.dimension == 4
    assert loss.total_weight == 6.0


def test_arrays_of_any_layout_are_read_right() -> None:
    features, positive, negative = random_table(41, 300, 5, "int8")
    points = np.arange(-3.0, 3.0)
    expected = LogisticLoss(features, positive, negative).value(points)
    fortran = LogisticLoss(np.asfortranarray(features), positive, negative)
    strided = LogisticLoss(
        np.repeat(features, 2, axis=0)[::2],
        np.repeat(positive, 3)[::3],
        negative.astype(np.float32),
    )
    assert fortran.value(np.repeat(points, 2)[::2]) == expected
    assert strided.value(points) == pytest.approx(expected, rel=1e-6)


def test_the_table_may_be_changed_afterwards() -> None:
    features, positive, negative = random_table(51, 300, 5, "real")
    loss = LogisticLoss(features, positive, negative)
    before = loss.value(np.ones(6))
    features[:], positive[:] = 0.0, 0.0
    assert loss.value(np.ones(6)) == before


@pytest.mark.parametrize(
    ("features", "positive", "negative", "message"),
    [
        (np.zeros((0, 2)), [], [], "at least one row"),
        ([[1.0], [math.nan]], [1, 1], [1, 1], "feature 1 of distinct row 2 is nan"),
        ([[1.0, 2.0], [1.0, -math.inf]], [1, 1], [1, 1], "feature 2 of distinct row 2 is -inf"),
        ([[1.0], [1e200]], [1, 1], [1, 1], "rescale the column"),
        ([[1.0], [2.0]], [1, -1], [1, 1], "positive weights .* distinct row 2 is -1.0"),
        ([[1.0], [2.0]], [1, 1], [math.nan, 1], "negative weights .* distinct row 1 is nan"),
        ([[1.0], [2.0]], [0, 0], [0, 0], "all weights are zero"),
        ([[1.0], [2.0]], [1, 1, 1], [1, 1], r"positive must have shape \(2,\)"),
    ],
)
def test_refuses_tables_that_have_no_loss(
    features: object, positive: object, negative: object, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        LogisticLoss(np.array(features), np.array(positive), np.array(negative))


def test_refuses_wrong_options_and_lengths() -> None:
    with pytest.raises(OptionError, match="threads"):
        LogisticLoss(np.eye(2), np.ones(2), np.ones(2), threads=0)
    loss = LogisticLoss(np.eye(2), np.ones(2), np.ones(2))
    with pytest.raises(ValueError, match="points must have length 3, not 2"):
        loss.value(np.zeros(2))
    with pytest.raises(ValueError, match="scores must have length 2, not 3"):
        loss.value_from_scores(np.zeros(3))
    with pytest.raises(ValueError, match="storage"):
        LogisticData(np.eye(2), np.ones(2), np.ones(2), "int4")


@pytest.mark.skipif(not EXTENDED, reason="long double is no wider than double here")
@pytest.mark.parametrize("integer", [False, True])
def test_kernel_errors_are_half_of_what_minorants_assume(integer: bool) -> None:
    rng = np.random.default_rng(61)
    scores = np.concatenate(
        [rng.normal(size=4000) * 10.0 ** rng.integers(-8, 3, 4000), np.linspace(-2, 2, 4001)]
    )
    if integer:
        scores = np.arange(-760.0, 761.0)
    # Features of 0.5 keep even integer points away from the table.
    one = np.ones(1)
    data = LogisticData(np.full((1, 1), 1.0 if integer else 0.5), one, 0 * one)
    assumed = 8 * 2.0**-53
    for s in scores:
        value, gradient = data.value_and_gradient(np.array([s, 0.0]))
        e = np.exp(-np.abs(np.longdouble(s)))
        loss = np.log1p(e) + max(-np.longdouble(s), np.longdouble(0))
        slope = -(e if s > 0 else np.longdouble(1)) / (1 + e)
        assert abs(value - loss) <= assumed / 2 * loss + 5e-324
        assert abs(gradient[0] - slope) <= assumed / 2 * abs(slope) + 5e-324
