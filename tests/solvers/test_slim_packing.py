"""Bounds by packing pairs of rows: rigorous, and signs go only where they are too dear."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskslim.solvers import _native
from riskslim.solvers.slim.packing import pack
from riskslim.solvers.slim.shared import SharedProgram
from riskslim.solvers.threshold import ThresholdProblem
from support.brute_force import by_points, decision_scores

pytestmark = pytest.mark.fast


def small_problem(seed: int) -> ThresholdProblem:
    rng = np.random.default_rng(seed)
    d, n = int(rng.integers(1, 4)), int(rng.integers(2, 25))
    x = rng.integers(0, int(rng.integers(2, 4)), (n, d)) / rng.choice([1.0, 3.0])
    x, positions = np.unique(x, axis=0, return_inverse=True)
    y = rng.random(n) < 0.5
    weights = rng.integers(1, 4, n) * rng.choice([1.0, 0.37])
    lower, upper = -rng.integers(0, 3, d + 1), rng.integers(0, 3, d + 1)
    if rng.random() < 0.3:
        lower[1], upper[1] = 1, 2
    return ThresholdProblem(
        x,
        np.bincount(positions.ravel(), weights=y * weights, minlength=len(x)),
        np.bincount(positions.ravel(), weights=~y * weights, minlength=len(x)),
        np.r_[-9.0, lower[1:]],
        np.r_[9.0, upper[1:]],
        np.r_[0.0, rng.choice([0.0, 0.02, 0.1], d)],
        epsilon=float(rng.choice([0.0, 1e-4])),
        max_size=int(rng.integers(1, d + 1)),
        max_false_positive=float(rng.choice([math.inf, 2.0, 4.0])),
        max_false_negative=float(rng.choice([math.inf, 3.0])),
    )


def all_values(problem: ThresholdProblem) -> dict[tuple[int, ...], float]:
    """Objective of every feasible score, in units of weight."""
    points, objectives = decision_scores(problem)
    return by_points((points, problem.total_weight * objectives))


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1))
def test_bounds_every_score_and_keeps_those_as_good_as_the_cutoff(seed):
    problem = small_problem(seed)
    values = all_values(problem)
    if not values:
        return
    least = min(values.values())
    for cutoff in (math.inf, least, least + 1.0):
        bound = pack(
            problem,
            problem.lower,
            problem.upper,
            cutoff,
            1e-9,
            math.inf,
            lambda: False,
            lambda lower, upper: math.inf,
        )
        assert bound.value <= least + 1e-9
        for points, value in values.items():
            if value <= cutoff:
                assert np.all(bound.lower <= points)
                assert np.all(bound.upper >= points)


def test_is_tight_where_single_features_decide():
    # four corners, a conflict in each: two errors, or one feature and one error
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    problem = ThresholdProblem(
        x,
        np.array([1.0, 1.0, 8.0, 8.0]),
        np.array([8.0, 8.0, 1.0, 1.0]),
        np.array([-9.0, -5.0, -5.0]),
        np.array([9.0, 5.0, 5.0]),
        np.array([0.0, 0.05, 0.05]),
    )
    bound = pack(
        problem, problem.lower, problem.upper, math.inf, 0.0, math.inf,
        lambda: False, lambda lower, upper: math.inf,
    )  # fmt: skip
    assert abs(bound.value - (4.0 + 0.05 * 36.0)) < 1e-6


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_nearest_pairs_are_the_nearest(seed):
    rng = np.random.default_rng(seed)
    d, p, n, count = (int(rng.integers(1, high)) for high in (5, 9, 9, 3))
    positive = rng.integers(0, 3, (p, d)).astype(float)
    negative = rng.integers(0, 3, (n, d)).astype(float)
    plus, minus = rng.integers(0, 3, (2, d)).astype(float)
    on_positive, on_negative = rng.integers(0, 3, p) / 2.0, rng.integers(0, 3, n) / 2.0
    at_p, at_n, _ = _native.nearest_pairs(
        positive, negative, plus, minus, on_positive, on_negative, count, 3.25
    )
    difference = positive[:, None, :] - negative[None, :, :]
    weight = (difference > 0) @ plus + (difference < 0) @ minus
    weight += on_positive[:, None] + on_negative[None, :]
    chosen = np.zeros((p, n), dtype=bool)
    chosen[at_p, at_n] = True
    assert np.all(weight[chosen] < 3.25)
    for row, mask in [*zip(weight, chosen, strict=True), *zip(weight.T, chosen.T, strict=True)]:
        wanted = np.sort(row[row < 3.25])[:count]
        assert np.array_equal(np.sort(row[mask])[: len(wanted)], wanted)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32 - 1))
def test_a_shared_program_bounds_every_box_and_keeps_what_is_as_good_as_the_cutoff(seed):
    problem = small_problem(seed)
    values = all_values(problem)
    if not values:
        return
    rng = np.random.default_rng(seed)
    program = SharedProgram(problem)
    least = min(values.values())
    for cutoff in (math.inf, least, least + 1.0, least + 1.0):
        lower, upper = problem.lower.copy(), problem.upper.copy()
        for _ in range(3):  # down a branch
            inside = {
                points: value
                for points, value in values.items()
                if np.all(lower <= points) and np.all(upper >= points)
            }
            bound = program.bound(
                lower, upper, cutoff, 1e-9, math.inf,
                lambda: False, lambda lower, upper: math.inf,
            )  # fmt: skip
            assert bound.value <= min(inside.values(), default=math.inf) + 1e-9
            for points, value in inside.items():
                if value <= cutoff:
                    assert np.all(bound.lower <= points)
                    assert np.all(bound.upper >= points)
            j = int(rng.integers(1, len(lower)))
            lower, upper = bound.lower.copy(), bound.upper.copy()
            if rng.random() < 0.5 and lower[j] <= 0.0 <= upper[j]:
                lower[j] = upper[j] = 0.0
            elif upper[j] >= 1.0:
                lower[j] = max(lower[j], 1.0)
