"""The search for scores under the 0-1 loss against brute force."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.slim import boxes
from riskslim.solvers.slim.starts import rounded_starts
from riskslim.solvers.threshold import ThresholdProblem, ThresholdResult, count_errors, search
from support.brute_force import allowed, best_decision, yes_and_no
from support.decision_problems import problems

SLOW = settings(max_examples=120, suppress_health_check=list(HealthCheck))


def counted(problem: ThresholdProblem, points) -> tuple[float, float]:
    """Weight of false positives and of false negatives, by brute force."""
    yes, no = yes_and_no(problem, np.asarray(points, dtype=float)[None])
    return float(~no[0] @ problem.negative), float(~yes[0] @ problem.positive)


def check(problem: ThresholdProblem, result: ThresholdResult) -> None:
    expected = best_decision(problem)
    if expected is None:
        assert result.status == Status.INFEASIBLE
        assert result.points is None
        assert math.isinf(result.lower_bound)
        return
    objective, points = expected
    assert result.status == Status.OPTIMAL
    assert tuple(result.points) == points
    assert result.objective == pytest.approx(objective, abs=1e-12)
    assert result.objective - 1e-9 <= result.lower_bound <= result.objective
    false_positive, false_negative = counted(problem, result.points)
    assert result.false_positive == pytest.approx(false_positive, abs=1e-12)
    assert result.false_negative == pytest.approx(false_negative, abs=1e-12)


@SLOW
@given(problems(), st.sampled_from([0.0, 0.01]))
def test_matches_brute_force(problem, effort):
    check(problem, search(problem, effort=effort))


@settings(SLOW, max_examples=25)
@given(problems(widest=2), st.sampled_from([0, 20]))
def test_matches_brute_force_where_linear_programs_bound(problem, pairs):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boxes, "_PAIRS", pairs)
        patch.setattr(boxes, "_FIRST_NODES", 1)
        check(problem, search(problem, effort=0.01))


@SLOW
@given(problems(), st.integers(1, 6))
def test_node_limit_leaves_a_valid_bound(problem, nodes):
    result = search(problem, SearchOptions(node_limit=nodes), effort=0.0)
    expected = best_decision(problem)
    if result.status == Status.NODE_LIMIT:
        assert result.lower_bound <= (math.inf if expected is None else expected[0] + 1e-12)
        assert result.lower_bound <= result.objective
        if result.points is not None:
            assert allowed(problem, result.points[None]).all()
            assert result.objective >= expected[0] - 1e-12
    else:
        check(problem, result)


@SLOW
@given(problems(), st.data())
def test_counts_errors_as_rational_arithmetic_does(problem, data):
    points = np.array(
        [
            data.draw(st.integers(int(a), int(b)))
            for a, b in zip(problem.lower, problem.upper, strict=True)
        ]
    )
    assert count_errors(problem, points) == pytest.approx(counted(problem, points), abs=1e-12)


def rows_and_labels(seed: int, n: int = 120, d: int = 5) -> ThresholdProblem:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, (n, d)).astype(float)
    y = x @ rng.integers(-3, 4, d) + rng.normal(0, 3, n) > 0
    x, positions = np.unique(x, axis=0, return_inverse=True)
    positions = positions.ravel()
    return ThresholdProblem(
        x,
        np.bincount(positions, weights=y, minlength=len(x)),
        np.bincount(positions, weights=~y, minlength=len(x)),
        np.r_[-40.0, np.full(d, -4.0)],
        np.r_[40.0, np.full(d, 4.0)],
        np.r_[0.0, np.full(d, 0.01)],
        epsilon=0.9 * 0.01 / (4 * d) / n,
    )


@pytest.mark.parametrize("seed", range(4))
def test_answer_does_not_depend_on_threads_or_seed(seed):
    problem = rows_and_labels(seed)
    answers = [
        search(problem, SearchOptions(threads=threads, seed=start), effort=effort)
        for threads, start, effort in ((1, 0, 1.0), (2, 7, 0.0), (3, 3, 0.01))
    ]
    assert {a.status for a in answers} == {Status.OPTIMAL}
    assert len({tuple(a.points) for a in answers}) == 1
    assert len({a.objective for a in answers}) == 1


@pytest.mark.parametrize("seed", range(6))
def test_points_are_coprime(seed):
    result = search(rows_and_labels(seed))
    assert np.gcd.reduce(result.points) == 1


def test_starts_are_moved_into_the_box_and_the_interrupt_is_honoured():
    problem = rows_and_labels(1)
    start = np.full((1, 6), 99)
    stopped = search(
        problem,
        SearchOptions(interrupted=lambda: True, node_limit=10**6),
        starts=start,
        effort=50.0,
    )
    assert stopped.status == Status.INTERRUPTED
    assert np.all(stopped.points <= problem.upper)
    assert stopped.lower_bound <= search(problem).objective


def test_a_time_limit_of_nothing_keeps_the_bound_valid():
    result = search(rows_and_labels(2, n=400, d=8), SearchOptions(time_limit=0.0))
    assert result.status == Status.TIME_LIMIT
    assert 0.0 <= result.lower_bound <= result.objective


def test_a_total_of_zero_is_an_error_for_both_classes():
    problem = ThresholdProblem(
        np.array([[0.0]]), np.array([2.0]), np.array([3.0]), np.zeros(2), np.zeros(2), np.zeros(2)
    )
    result = search(problem)
    assert (result.false_positive, result.false_negative) == (3.0, 2.0)


def test_real_features_without_points_count_as_a_total_of_zero():
    problem = ThresholdProblem(
        np.array([[0.15], [0.77]]), np.array([0.0, 2.0]), np.array([1.0, 0.0]),
        np.zeros(2), np.zeros(2), np.zeros(2),
    )  # fmt: skip
    assert search(problem, effort=0.0).errors == 3.0


def test_weights_may_be_far_apart_and_the_ranges_wide():
    problem = replace(
        rows_and_labels(3, n=30, d=2),
        lower=np.array([-1e6, -4.0, -4.0]),
        upper=np.array([1e6, 4.0, 4.0]),
    )
    scaled = replace(problem, features=problem.features * 1000.0)
    near, far = search(problem), search(scaled)
    assert near.errors == far.errors
    heavy = replace(problem, positive=problem.positive * 1e6)
    assert search(heavy).false_negative == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positive": np.ones(3)}, "one weight for each"),
        ({"positive": np.full(100, -1.0)}, "not negative|one weight"),
        ({"lower": np.full(6, -0.5)}, "finite integers"),
        ({"lower": np.full(6, 50.0)}, "lower exceeds upper"),
        ({"switch_cost": np.ones(6)}, "0 for the intercept"),
        ({"epsilon": -1.0}, "epsilon"),
        ({"max_error": math.nan}, "max_error"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(rows_and_labels(0), **change)


@SLOW
@given(problems())
def test_rounded_starts_lie_in_the_box_and_are_not_larger_than_it_allows(problem):
    starts = rounded_starts(problem, lambda: False)
    assert np.all(starts == np.round(starts))
    assert np.all((starts >= problem.lower) & (starts <= problem.upper))
    must = (problem.lower[1:] > 0) | (problem.upper[1:] < 0)
    largest = problem.features.shape[1] if problem.max_size is None else problem.max_size
    assert np.all(((starts[:, 1:] != 0) & ~must).sum(axis=1) <= largest)


def test_a_rounded_start_is_the_best_score_where_features_do_not_differ_in_strength():
    x = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=float)
    votes = x.sum(axis=1)
    problem = ThresholdProblem(
        x, 9.0 * (votes > 1) + 1.0, 9.0 * (votes < 2) + 1.0,
        np.r_[-30.0, np.full(3, -9.0)], np.r_[30.0, np.full(3, 9.0)], np.r_[0.0, np.full(3, 1e-3)],
    )  # fmt: skip
    starts = rounded_starts(problem, lambda: False)
    errors = [sum(count_errors(problem, start)) for start in starts.astype(int)]
    assert min(errors) == search(problem).errors == 8.0


def test_fits_of_starts_end_early_when_the_search_is_stopped():
    calls = iter([False] * 4)
    problem = rows_and_labels(0)
    few = rounded_starts(problem, lambda: next(calls, True))
    assert len(few) < len(rounded_starts(problem, lambda: False))
    assert len(rounded_starts(problem, lambda: True)) == 0
