"""Derived bounds of the intercept cut off no optimal score: against brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim.constraints import Linear
from riskslim.data import Dataset
from riskslim.problems import intercept as intercepts
from riskslim.problems.coefficients import CoefficientSet
from riskslim.problems.intercept import derived_bounds, extreme_scores
from riskslim.problems.problem import RiskSLIMProblem


def loss(data, intercepts, scores):
    """Loss for each intercept (rows) at the scores of one choice of points."""
    s = np.asarray(intercepts, dtype=float)[:, None] + scores
    return (
        np.logaddexp(0, -s) @ data.positive + np.logaddexp(0, s) @ data.negative
    ) / data.total_weight


def random_data(rng, d):
    n = int(rng.integers(3, 12))
    X = np.round(rng.normal(scale=2, size=(n, d)), int(rng.integers(0, 2)))
    y = np.append([0, 1], rng.integers(0, 2, size=n - 2))
    names = [f"x{j}" for j in range(d)]
    return Dataset.from_arrays(X, y, names, sample_weight=rng.integers(1, 50, size=n))


def random_coefficients(rng, data):
    points = CoefficientSet(data.feature_names, lower=-2, upper=2)
    for name in data.feature_names:
        low, high = sorted(rng.integers(-2, 3, size=2).tolist())
        points = points.set(name, lower=low, upper=high)
    return points


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@settings(max_examples=80)
@given(st.integers(0, 2**32 - 1))
def test_best_intercept_of_every_choice_of_points_is_kept(seed):
    rng = np.random.default_rng(seed)
    data = random_data(rng, 3)
    points = random_coefficients(rng, data)
    max_size = int(rng.integers(((points.lower > 0) | (points.upper < 0)).sum(), 4))
    low, high = derived_bounds(
        data.features, data.positive, data.negative, points.lower, points.upper, max_size
    )
    wide = np.arange(low - 25, high + 26)
    inside = (wide >= low) & (wide <= high)
    box = [range(int(a), int(b) + 1) for a, b in zip(points.lower, points.upper, strict=True)]
    for choice in itertools.product(*box):
        if np.count_nonzero(choice) <= max_size:
            values = loss(data, wide, data.features @ choice)
            assert values[inside].min() <= values.min() + 1e-15


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 4, 1 << 13]))
def test_bounds_by_levels_of_many_rows_hold_those_of_each_row(seed, levels):
    rng = np.random.default_rng(seed)
    data = random_data(rng, 3)
    points = random_coefficients(rng, data)
    given_all = data.features, data.positive, data.negative, points.lower, points.upper, 3
    for multipliers in ((1.0, 1.0), (0.5, 20.0)):
        low, high = derived_bounds(*given_all, multipliers)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(intercepts, "_MANY_ROWS", 0)
            patched.setattr(intercepts, "_LEVELS", levels)
            wider = derived_bounds(*given_all, multipliers)
        assert wider[0] <= low <= high <= wider[1]
        if levels == 1 << 13:
            assert wider[0] >= low - 1
            assert wider[1] <= high + 1


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@settings(max_examples=120)
@given(st.integers(0, 2**32 - 1))
def test_rows_on_the_intercept_widen_the_bounds(seed):
    """The best score under a row that holds the intercept lies within the bounds."""
    rng = np.random.default_rng(seed)
    data = random_data(rng, 2)
    points = random_coefficients(rng, data)
    coefficients = {"(Intercept)": float(rng.choice([-2, -1, 1, 2]))}
    coefficients |= {name: float(rng.integers(-3, 4)) for name in data.feature_names}
    side = float(rng.integers(-30, 31))
    sides = [{"lower": side}, {"upper": side}, {"lower": side, "upper": side + 1}]
    rule = Linear(coefficients, **sides[int(rng.integers(3))])
    problem = RiskSLIMProblem(data, points, constraints=[rule])
    low, high = problem.statement.lower[0], problem.statement.upper[0]
    wide = np.arange(min(low, -60) - 10, max(high, 60) + 11)
    best, best_inside = math.inf, math.inf
    box = [range(int(a), int(b) + 1) for a, b in zip(points.lower, points.upper, strict=True)]
    for choice in itertools.product(*box):
        activity = coefficients["(Intercept)"] * wide + sum(
            coefficients[name] * value
            for name, value in zip(data.feature_names, choice, strict=True)
        )
        allowed = (activity >= rule.lower) & (activity <= rule.upper)
        values = loss(data, wide, data.features @ choice) + 1e-6 * np.count_nonzero(choice)
        values[~allowed] = math.inf
        best = min(best, values.min())
        best_inside = min(best_inside, values[(wide >= low) & (wide <= high)].min())
    assert best_inside <= best + 1e-15


def test_one_given_side_is_kept_and_reachable():
    data = Dataset.from_arrays([[0], [1], [0], [1]], [0, 0, 0, 1])
    high = CoefficientSet(["x1"]).set_intercept(lower=40)
    statement = RiskSLIMProblem(data, high).statement
    assert (statement.lower[0], statement.upper[0]) == (40, 40)
    low = CoefficientSet(["x1"]).set_intercept(upper=-40)
    statement = RiskSLIMProblem(data, low).statement
    assert (statement.lower[0], statement.upper[0]) == (-40, -40)


def test_flat_mean_risk_is_bounded_with_certainty():
    """Scores far apart leave the mean risk flat between them, where no root can be computed."""
    data = Dataset.from_arrays([[-1000.0], [1000.0]], [0, 1])
    low, high = derived_bounds(
        data.features, data.positive, data.negative, np.array([1.0]), np.array([1.0]), 1
    )
    assert low <= 0 <= high
    assert low < -900
    assert high > 900


def test_rare_outcome():
    data = Dataset.from_arrays(
        [[0.0], [1.0]], [0, 1], sample_weight=[1.0, 1e-12], feature_names=["a"]
    )
    low, high = derived_bounds(
        data.features, data.positive, data.negative, np.array([0.0]), np.array([0.0]), 0
    )
    assert low <= math.log(1e-12) <= high
    assert high - low <= 2


def test_extreme_scores_take_the_strongest_features_row_by_row():
    rows = np.array([[1.0, 2.0, 3.0], [3.0, -2.0, 1.0]])
    lower, upper = np.array([-1.0, -1.0, 2.0]), np.array([1.0, 1.0, 3.0])
    smallest, largest = extreme_scores(rows, lower, upper, 2)
    assert smallest.tolist() == [6 - 2, 2 - 3]
    assert largest.tolist() == [9 + 2, 3 + 3]


def test_extreme_scores_of_bytes_are_those_of_doubles():
    random = np.random.default_rng(0)
    rows = random.integers(0, 2, (200, 9)).astype(np.int8)
    for size in (0, 1, 3, 9):
        lower = random.integers(-4, 3, 9).astype(np.float64)
        upper = lower + random.integers(0, 5, 9)
        made = extreme_scores(rows, lower, upper, size)
        np.testing.assert_array_equal(made, extreme_scores(rows.astype(float), lower, upper, size))


def test_the_loss_of_a_large_table_is_that_of_the_features_with_points(monkeypatch):
    random = np.random.default_rng(1)
    for X in (random.integers(0, 2, (300, 6)), random.normal(size=(300, 6))):
        y = random.integers(0, 2, 300)
        points = np.array([-1.0, 0, 2, 0, 0, -3, 0])
        whole = RiskSLIMProblem(Dataset(X, y)).loss(points)
        monkeypatch.setattr("riskslim.problems.problem._LARGE", 0)
        assert RiskSLIMProblem(Dataset(X, y)).loss(points) == whole
        assert RiskSLIMProblem(Dataset(X, y)).loss(np.zeros(7)) == pytest.approx(math.log(2))
        monkeypatch.undo()
