"""Counts against enumeration, resolution bounds against rounding, error bounds against draws."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim.errors import OptionError
from riskslim.scores.bounds import (
    coprime_share,
    count_points,
    generalization_bound,
    resolution_bound,
)

pytestmark = pytest.mark.fast


def round_to_resolution(rho, size, *, by_row):
    """Whole points of at most this size, rounded as the proofs of the bounds round."""
    unit = np.abs(rho[1:]).max() if by_row else np.linalg.norm(rho)
    return np.rint(rho * (size / unit)).astype(int)


ranges = st.tuples(st.integers(-4, 4), st.integers(0, 5)).map(lambda r: (r[0], r[0] + r[1]))


@settings(max_examples=150)
@given(
    st.lists(ranges, min_size=1, max_size=4), st.integers(0, 4), st.integers(0, 2), st.booleans()
)
def test_counts_are_those_of_an_enumeration(box, max_size, min_size, coprime):
    low, high = zip(*box, strict=True)
    expected = 0
    for point in itertools.product(*(range(a, b + 1) for a, b in box)):
        size = sum(value != 0 for value in point[1:])
        if min_size <= size <= max_size:
            expected += not coprime or math.gcd(*point) == 1
    assert count_points(low, high, max_size, min_size, coprime=coprime) == expected


def test_the_share_of_coprime_vectors_nears_its_limit():
    for dimension in (2, 3, 5):
        low, high = [-300] * dimension, [300] * dimension
        share = count_points(low, high) / count_points(low, high, coprime=False)
        assert share == pytest.approx(coprime_share(dimension), rel=5e-3)
    assert coprime_share(2) == pytest.approx(6 / math.pi**2)


def test_counts_of_large_sets_are_exact_integers():
    d = 100
    found = count_points([-20] + [-5] * d, [20] + [5] * d, 5, coprime=False)
    assert found == 41 * sum(math.comb(d, s) * 10**s for s in range(6))


def errors(points, rows, positive):
    scores = points[0] + rows @ points[1:]
    return int((np.where(positive, scores, -scores) <= 0).sum())


@pytest.mark.parametrize("by_row", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_rounding_at_the_bound_loses_no_more_than_it_says(seed, by_row):
    random = np.random.default_rng(seed)
    n, d = int(random.integers(5, 80)), int(random.integers(1, 6))
    rows = random.normal(size=(n, d)) if seed % 2 else random.integers(0, 2, (n, d)).astype(float)
    rho = random.normal(size=d + 1)
    rho[1:][random.random(d) < 0.3] = 0.0
    rho[1] = rho[1] or 1.0
    positive = rho[0] + rows @ rho[1:] + random.normal(size=n) * 0.3 > 0
    for extra in (0, 1, n // 4):
        size = resolution_bound(rho, rows, extra, by_row=by_row)
        assert size is not None
        if by_row:
            assert size <= resolution_bound(rho, rows, extra)
        # Any larger resolution does as well.
        for resolution in (size, size + 1, 3 * size):
            points = round_to_resolution(rho, resolution, by_row=by_row)
            assert np.abs(points[1:]).max() <= resolution
            assert errors(points, rows, positive) <= errors(rho, rows, positive) + extra


def test_below_the_bound_rounding_can_lose():
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    rho = np.array([-1.05, 1.0, 0.1])
    positive = rho[0] + rows @ rho[1:] > 0
    size = resolution_bound(rho, rows, by_row=True)
    assert errors(round_to_resolution(rho, size, by_row=True), rows, positive) == 0
    assert errors(round_to_resolution(rho, 1, by_row=True), rows, positive) > 0


def test_a_margin_of_zero_needs_an_extra_error():
    rows = np.array([[1.0], [3.0]])
    assert resolution_bound([-1.0, 1.0], rows) is None
    assert resolution_bound([-1.0, 1.0], rows, 1) == 2


@pytest.mark.parametrize("rows", [20, 200])
def test_the_error_on_new_people_exceeds_the_bound_no_oftener_than_it_says(rows):
    random = np.random.default_rng(rows)
    cells = np.array(list(itertools.product([0, 1], repeat=2)))
    share, risk = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.3, 0.5, 0.45, 0.7])
    candidates = np.array(
        [p for p in itertools.product(range(-2, 3), repeat=3) if math.gcd(*p) == 1]
    )
    assert len(candidates) == count_points([-2] * 3, [2] * 3)
    yes = candidates[:, [0]] + candidates[:, 1:] @ cells.T > 0
    true_error = np.where(yes, 1 - risk, risk) @ share
    slack = generalization_bound(0.0, rows, math.log(len(candidates)), 0.2)
    failures = 0
    draws = 2000
    for _ in range(draws):
        cell = random.choice(4, size=rows, p=share)
        outcome = random.random(rows) < risk[cell]
        found = (yes[:, cell] != outcome).mean(axis=1)
        failures += bool(np.any(true_error > found + slack))
    assert failures / draws <= 0.2


def test_bounds_by_hand():
    # sqrt((log 8 + log 20) / 200)
    assert generalization_bound(0.1, 100, math.log(8)) == pytest.approx(0.1 + 0.159298)
    assert generalization_bound(0.9, 2) == 1.0
    # Largest norm sqrt 2, P = 2, margin 1/sqrt 5 * |2 - 1|: 2 sqrt 5 / 2 = 2.236...
    assert resolution_bound([-1.0, 2.0], [[1.0], [0.0]]) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: generalization_bound(0.1, 100, delta=0.0), "delta"),
        (lambda: generalization_bound(0.1, 0), "at least one row"),
        (lambda: resolution_bound([1.0, 0.0], [[1.0]]), "no feature"),
        (lambda: resolution_bound([1.0, 1.0], [[1.0, 2.0]]), "do not fit"),
        (lambda: resolution_bound([1.0, 1.0], [[1.0]], 1), "extra_errors=1"),
        (lambda: resolution_bound([1.0, np.nan], [[1.0]]), "finite"),
        (lambda: count_points([1], [0]), "lower <= upper"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(OptionError, match=message):
        call()
