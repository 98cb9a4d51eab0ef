"""The tree over supports: families of equal scores, deep supports, bounds of a search cut short."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskslim.solvers import _native
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.support_result import Onward, Pause
from riskslim.solvers.supports import LinearModelProblem, search
from support.brute_force import risk_scores

pytestmark = pytest.mark.fast

QUIET = settings(
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def dummy_problems(draw: st.DrawFn) -> LinearModelProblem:
    """Dummies of two questions (they sum to one), a count and a copy; some points are forced."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(8, 40))
    first, second = rng.integers(0, 3, n), rng.integers(0, 2, n)
    columns = [first == 0, first == 1, first == 2, second == 0, second == 1]
    extra = draw(st.sampled_from(["none", "count", "copy", "threshold"]))
    if extra == "count":
        columns.append(rng.integers(0, 4, n))
    elif extra == "copy":
        columns.append(columns[0])
    elif extra == "threshold":
        columns.append(np.arange(n) > 0)  # all but one row: nearly the intercept
    features = np.column_stack(columns).astype(float)
    d = features.shape[1]
    truth = features @ rng.integers(-2, 3, d)
    y = rng.random(n) < 1.0 / (1.0 + np.exp(-truth))
    y[:2] = True, False
    lower, upper = np.full(d + 1, -1.0), np.full(d + 1, 1.0)
    if draw(st.booleans()):
        lower[1 + int(rng.integers(d))] = 1.0  # forced in, at one point
    if draw(st.booleans()):
        upper[1] = max(2.0, lower[1])
    max_size = draw(st.integers(2, d))
    return LinearModelProblem(
        features,
        y.astype(float),
        (~y).astype(float),
        lower,
        upper,
        np.r_[0.0, np.full(d, draw(st.sampled_from([0.0, 1e-6, 0.01])))],
        min_size=draw(st.integers(0, 2)),
        max_size=max_size,
        multiplier_range=draw(st.sampled_from([(1.0, 1.0), (0.5, 8.0)])),
    )


@settings(QUIET, max_examples=60)
@given(problem=dummy_problems(), beam_width=st.sampled_from([0, 2]))
def test_families_of_equal_scores_equal_brute_force(problem, beam_width):
    truth = risk_scores(problem)[1].min()
    result = search(problem, beam_width=beam_width)
    assert result.status is Status.OPTIMAL
    assert result.best.objective == pytest.approx(truth, abs=1e-12)
    assert result.lower_bound <= truth + 1e-15
    assert result.best.objective - result.lower_bound <= 1e-9


@settings(QUIET, max_examples=25)
@given(problem=dummy_problems(), nodes=st.integers(0, 6), beam_width=st.sampled_from([0, 2]))
def test_a_search_cut_short_bounds_the_truth_from_the_root_on(problem, nodes, beam_width):
    truth = risk_scores(problem)[1].min()
    result = search(problem, SearchOptions(node_limit=nodes), beam_width=beam_width)
    assert result.lower_bound <= truth + 1e-12
    # no worse than the loss of real coefficients on all features
    total = problem.positive.sum() + problem.negative.sum()
    smallest, largest = problem.multiplier_range
    scales = 1.0 / largest, 1.0 / smallest
    value, _, _ = _native.bounded_fit(
        np.c_[np.ones(len(problem.features)), problem.features],
        problem.positive / total,
        problem.negative / total,
        np.minimum(problem.lower * scales[0], problem.lower * scales[1]),
        np.maximum(problem.upper * scales[0], problem.upper * scales[1]),
        math.inf,
    )
    assert result.lower_bound >= value - 1e-9


def nested_cuts(measurements, cuts, max_size, n=150):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(n, measurements))
    levels = np.linspace(0.1, 0.9, cuts)
    columns = [x[:, j] > np.quantile(x[:, j], q) for j in range(measurements) for q in levels]
    y = rng.random(n) < 1.0 / (1.0 + np.exp(-(x[:, 0] + 0.7 * x[:, 1] - 0.5 * x[:, 2])))
    features = np.column_stack(columns).astype(float)
    lower, upper = np.full(len(columns) + 1, -5.0), np.full(len(columns) + 1, 5.0)
    costs = np.r_[0.0, np.full(len(columns), 1e-6)]
    counts = y.astype(float), (~y).astype(float)
    rules = {"max_size": max_size, "multiplier_range": (0.5, 100.0)}
    return LinearModelProblem(features, *counts, lower, upper, costs, **rules)


@pytest.fixture(scope="module")
def solved():
    problem = nested_cuts(4, 10, 4)
    return problem, search(problem)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_search_that_waits_goes_on_from_where_it_was(solved, threads):
    problem, whole = solved
    told = []

    def aside(found):
        told.append(found)
        return Onward(0.0, whole.best.points[np.newaxis] if len(told) % 2 else None)

    result = search(problem, SearchOptions(threads=threads), pause=Pause(0.0, aside))
    assert told
    assert result.status is Status.OPTIMAL
    assert np.array_equal(result.best.points, whole.best.points)
    assert result.best.objective == whole.best.objective
    for found in told:
        assert found.status is Status.TIME_LIMIT
        assert found.lower_bound <= whole.best.objective <= found.objective
        assert found.nodes <= result.nodes
    bounds = [found.lower_bound for found in told]
    assert bounds == sorted(bounds)


def test_a_search_that_waits_may_be_ended():
    problem = nested_cuts(8, 15, 6)  # takes long
    for pauses in (1, 3):
        told = []

        def aside(found, told=told, pauses=pauses):
            told.append(found)
            return Onward(0.0) if len(told) < pauses else None

        result = search(problem, pause=Pause(0.0, aside))
        assert len(told) == pauses
        assert result.status is Status.TIME_LIMIT
        assert told[-1].lower_bound <= result.lower_bound <= result.objective


def test_what_is_raised_while_a_search_waits_ends_it(solved):
    def aside(found):
        raise LookupError("aside")

    with pytest.raises(LookupError, match="aside"):
        search(solved[0], pause=Pause(0.0, aside))


def test_rows_of_many_values_are_told_apart():
    """Codes of a row that need more than one word of 64 bits."""
    rng = np.random.default_rng(8)
    features = np.round(rng.normal(size=(1500, 6)), 3)
    features[1::2, :5] = features[::2, :5]  # pairs that only the last column tells apart
    y = rng.random(1500) < 1.0 / (1.0 + np.exp(-features[:, 5] + features[:, 0]))
    problem = LinearModelProblem(
        features,
        y.astype(float),
        (~y).astype(float),
        np.full(7, -1.0),
        np.full(7, 1.0),
        np.zeros(7),
        max_size=3,
    )
    truth = risk_scores(problem)[1].min()
    result = search(problem)
    assert result.status is Status.OPTIMAL
    assert result.best.objective == pytest.approx(truth, abs=1e-13)


@settings(QUIET, max_examples=150)
@given(data=st.data())
def test_fits_converge_from_any_start(data):
    """Dummies, thresholds and copies leave the curvature singular; a start may be far out."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    n = data.draw(st.integers(20, 200))
    group = rng.integers(0, 4, n)
    columns = [np.ones(n)] + [group == k for k in range(data.draw(st.integers(1, 4)))]
    for _ in range(data.draw(st.integers(0, 4))):
        columns.append(rng.integers(0, 2, n))
    columns.append(np.arange(n) >= data.draw(st.integers(1, 3)))  # nearly the intercept
    if data.draw(st.booleans()):
        columns.append(columns[1])
    tails = data.draw(st.booleans())
    if tails:  # scores in the flat tails, where the curvature is zero
        columns.append(1000.0 * rng.integers(1, 4, n))
    x = np.column_stack(columns).astype(float)
    p = x.shape[1]
    y = rng.random(n) < 1.0 / (1.0 + np.exp(-np.clip(x @ rng.normal(size=p), -30, 30)))
    wide = data.draw(st.sampled_from([1.0, 5.0, 100.0]))
    lower, upper = np.full(p, -wide), np.full(p, wide)
    lower[0], upper[0] = -50.0, 50.0
    if tails:
        lower[-1], upper[-1] = -1.0, 1.0
    j = int(rng.integers(1, p - 1))
    lower[j] = data.draw(st.sampled_from([-wide, 0.0, 1.0]))
    start = data.draw(st.sampled_from([0.0, 1.0, 30.0])) * rng.normal(size=p)
    start[0] *= 3.0
    value, bound, w = _native.bounded_fit(
        x, y / n, (~y) / n, lower, upper, math.inf, np.clip(start, lower, upper)
    )
    assert np.all(np.asarray(w) >= lower)
    assert np.all(np.asarray(w) <= upper)
    assert value - bound + 1e-13 >= 0.0
    assert value - bound <= 1e-9
