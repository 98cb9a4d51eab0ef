"""The search over the supports of a limited size against brute force."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskslim.solvers._native import End
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.slim import boxes
from riskslim.solvers.slim.native import TreeRequest, TreeResult, grow_tree
from riskslim.solvers.slim.supports import estimate_supports
from riskslim.solvers.threshold import ThresholdProblem, search
from support.brute_force import best_decision
from support.decision_problems import problems

SLOW = settings(max_examples=120, suppress_health_check=list(HealthCheck))


def over_supports(problem: ThresholdProblem, rich: list[int], **options) -> TreeResult:
    """Search without any start."""
    request = TreeRequest(
        problem, problem.lower, problem.upper, lambda *_: False, rich=rich, **options
    )
    return grow_tree(request)


@SLOW
@given(problems(), st.integers(0, 7), st.integers(1, 2))
def test_matches_brute_force(problem, which, threads):
    rich = [j for j in range(problem.features.shape[1]) if which >> j & 1]
    result = over_supports(problem, rich, threads=threads)
    expected = best_decision(problem)
    assert result.ended == End.finished
    if expected is None:
        assert result.incumbent is None
    else:
        assert tuple(result.incumbent.points) == expected[1]


@SLOW
@given(problems(), st.integers(0, 7), st.integers(1, 8))
def test_a_limit_leaves_a_valid_bound(problem, which, nodes):
    rich = [j for j in range(problem.features.shape[1]) if which >> j & 1]
    result = over_supports(problem, rich, node_limit=nodes)
    expected = best_decision(problem)
    if result.ended == End.finished:
        assert (result.incumbent is None) == (expected is None)
    elif expected is not None:
        assert result.open_bound <= expected[0] * problem.total_weight + 1e-9


def tall(seed: int, d: int = 9) -> ThresholdProblem:
    """Yes and no features, and two of many values, at most four of them in the score."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, (150, d)).astype(float)
    x[:, 2] = np.round(rng.normal(0, 2, 150), 2)
    x[:, 5] = rng.integers(0, 40, 150) / 10.0
    y = x @ rng.integers(-3, 4, d) + rng.normal(0, 2, 150) > 0
    return ThresholdProblem(
        x,
        y.astype(float),
        (~y).astype(float),
        np.r_[-9.0, np.full(d, -2.0)],
        np.r_[9.0, np.full(d, 2.0)],
        np.r_[0.0, np.full(d, 0.001)],
        max_size=3,
        epsilon=1e-5,
    )


def few_and_many_values(seed: int) -> ThresholdProblem:
    """Features of two, of four, of a dozen values and real; some weights and limits."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, (40, 4)).astype(float)
    x[:, 1] = rng.integers(0, 4, 40)
    x[:, 2] = rng.integers(0, 12, 40) / (10.0 if seed % 2 else 1.0)
    x[:, 3] = np.round(rng.normal(size=40), 1)
    y = x @ rng.integers(-3, 4, 4) + rng.normal(0, 2, 40) > 0
    weight = np.round(rng.random(40) + 0.01, 3) if seed % 3 else np.ones(40)
    x, inverse = np.unique(x, axis=0, return_inverse=True)
    positive, negative = (
        np.bincount(inverse.ravel(), weights=weight * side, minlength=len(x)) for side in (y, ~y)
    )
    return ThresholdProblem(
        x,
        positive,
        negative,
        np.r_[-6.0, np.full(4, -3.0)],
        np.r_[6.0, np.full(4, 3.0)],
        np.r_[0.0, np.full(4, 0.01 * (seed % 2))],
        max_size=3,
        epsilon=1e-5,
        max_false_positive=math.inf if seed % 4 else float(np.round(0.4 * negative.sum(), 1)),
    )


@pytest.mark.parametrize("rich", [[], [3], [2, 3], [0]])
@pytest.mark.parametrize("seed", range(6))
def test_points_of_features_of_few_and_many_values_match_brute_force(seed, rich):
    problem = few_and_many_values(seed)
    result = over_supports(problem, rich)
    assert result.ended == End.finished
    assert tuple(result.incumbent.points) == best_decision(problem)[1]


@pytest.fixture
def _supports_soon(monkeypatch):
    """Let boxes settle nothing before the supports are searched."""
    monkeypatch.setattr(boxes, "_FEW_NODES", 1)


pytestmark = pytest.mark.usefixtures("_supports_soon")


@pytest.mark.parametrize("seed", range(3))
def test_boxes_and_supports_agree(seed):
    problem = tall(seed)
    found = search(problem, effort=0.01)
    assert "the cells of supports" in found.proof
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boxes, "estimate_supports", lambda _: None)
        other = search(problem, effort=0.01)
    assert "supports" not in other.proof
    assert found.status == other.status == Status.OPTIMAL
    assert tuple(found.points) == tuple(other.points)
    assert found.objective == other.objective


def test_a_search_of_supports_that_goes_astray_leaves_the_rest_to_boxes():
    problem = tall(0)
    with pytest.MonkeyPatch.context() as patch:
        estimate = replace(estimate_supports(problem), nodes=10)
        patch.setattr(boxes, "estimate_supports", lambda _: estimate)
        found = search(problem, effort=0.01)
    assert found.status == Status.OPTIMAL
    assert tuple(found.points) == tuple(search(problem, effort=0.01).points)


def test_answer_does_not_depend_on_threads_or_weights_in_other_units():
    problem = tall(1)
    once = search(problem, effort=0.0)
    thirds = replace(problem, positive=problem.positive / 3.0, negative=problem.negative / 3.0)
    for other in (
        search(problem, SearchOptions(threads=2, seed=5), effort=0.01),
        search(thirds, effort=0.0),
    ):
        assert other.status == Status.OPTIMAL
        assert tuple(other.points) == tuple(once.points)


def test_an_interrupt_keeps_the_bound_valid():
    problem = tall(2)
    best = search(problem, effort=0.01)
    asked = iter(range(10**9))
    stopped = search(problem, SearchOptions(interrupted=lambda: next(asked) > 4), effort=0.0)
    assert stopped.lower_bound <= best.objective
    assert stopped.objective >= best.objective
    assert stopped.status in {Status.INTERRUPTED, Status.OPTIMAL}


def test_supports_are_counted():
    problem = tall(0)
    found = estimate_supports(problem)
    assert found.rich == [2, 5]
    # 7 features of two values; 2 directions of one rich feature, at least 8 of both
    by_hand = sum(math.comb(7, k) for k in range(4))
    by_hand += 4 * sum(math.comb(7, k) for k in range(3)) + 8 * (1 + 7)
    assert found.supports == by_hand
    # A value that many rows have parts them as well as yes and no do.
    features = problem.features.copy()
    features[::2, 2] = 0.0
    assert estimate_supports(replace(problem, features=features)).rich == [5]
    assert estimate_supports(replace(problem, max_size=None)) is None
    assert estimate_supports(replace(problem, max_size=9)) is None
