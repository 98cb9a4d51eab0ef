"""The opening heuristics of the search over supports, alone: no node of the tree is explored."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.support_result import SupportsResult
from riskslim.solvers.supports import LinearModelProblem, search
from support.brute_force import allowed

QUIET = settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def heuristics(problem: LinearModelProblem, threads: int = 1, **keywords) -> SupportsResult:
    return search(problem, SearchOptions(node_limit=0, threads=threads), **keywords)


def objective_of(problem: LinearModelProblem, points, multiplier: float) -> float:
    points = np.asarray(points, dtype=float)
    scores = (points[0] + problem.features @ points[1:]) / multiplier
    terms = problem.positive * np.logaddexp(0, -scores) + problem.negative * np.logaddexp(0, scores)
    loss = math.fsum(terms) / math.fsum([*problem.positive, *problem.negative])
    return loss + float(problem.switch_cost @ (points != 0))


def obeys(problem: LinearModelProblem, points) -> bool:
    inside = np.all((points >= problem.lower) & (points <= problem.upper))
    return bool(inside and allowed(problem, np.asarray(points)[None]).all())


@st.composite
def problems(draw, rules=True):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, d = draw(st.integers(4, 120)), draw(st.integers(1, 9))
    kind = draw(st.sampled_from(["binary", "counts", "real", "scaled"]))
    if kind == "binary":
        features = rng.integers(0, 2, (n, d)).astype(float)
    elif kind == "counts":
        features = rng.integers(-2, 5, (n, d)).astype(float)
    else:
        features = rng.normal(size=(n, d))
    if kind == "scaled":
        features *= 10.0 ** rng.integers(-4, 4, d)
    if d > 2:
        features[:, 1] = features[:, 0]  # collinear
        features[:, 2] = 1.0  # and constant
    total = features @ rng.normal(size=d)
    noise = draw(st.sampled_from([0.0, 1.0]))  # without any the rows are separable
    y = total + noise * rng.normal(size=n) * (1e-9 + total.std()) > np.median(total)
    weight = rng.integers(1, 4, n).astype(float)
    lower, upper = np.full(d + 1, -5.0), np.full(d + 1, 5.0)
    lower[0], upper[0] = draw(st.sampled_from([(-100.0, 100.0), (0.0, 0.0), (-3.0, 7.0)]))
    sign = rng.integers(0, 4, d)
    lower[1:][sign == 0] = 0.0
    upper[1:][sign == 1] = 0.0
    if draw(st.booleans()):
        lower[d] = 1.0  # a feature that must be in use
        upper[d] = 5.0
    max_size = draw(st.integers(0, d))
    min_size = draw(st.integers(0, max_size))
    cost = np.r_[0.0, rng.integers(0, 3, d) * draw(st.sampled_from([0.0, 1e-6, 0.01]))]
    rows = None
    m = draw(st.integers(0, 2)) if rules else 0
    if m:
        on_points = rng.integers(-1, 2, (m, d + 1)).astype(float)
        on_indicators = rng.integers(-1, 2, (m, d + 1)).astype(float)
        on_indicators[:, 0] = 0.0
        if draw(st.booleans()):
            on_points[:] = 0.0
        rows = LatticeRows(
            on_points,
            on_indicators,
            rng.integers(-6, 2, m).astype(float),
            rng.integers(2, 9, m).astype(float),
        )
    free = draw(st.booleans())
    return LinearModelProblem(
        features,
        weight * y,
        weight * ~y,
        lower,
        upper,
        cost,
        min_size,
        max_size,
        rows,
        (0.5, 1000.0) if free else (1.0, 1.0),
    )


@QUIET
@given(problem=problems(), width=st.sampled_from([1, 3, 10]), every_size=st.booleans())
def test_scores_are_allowed_and_worth_what_they_say(problem, width, every_size):
    result = heuristics(problem, beam_width=width, every_size=every_size)
    scores = list(result.by_size.values()) if every_size else [result.best]
    for score in scores:
        if score is None:
            continue
        assert obeys(problem, score.points)
        assert score.size == np.count_nonzero(score.points[1:])
        low, high = problem.multiplier_range
        assert low - 1e-12 <= score.multiplier <= high + 1e-9
        truth = objective_of(problem, score.points, score.multiplier)
        assert score.objective == pytest.approx(truth, rel=1e-12, abs=1e-15)
    if result.best is not None:
        assert result.lower_bound <= result.best.objective


@settings(QUIET, max_examples=25)
@given(problem=problems(), width=st.sampled_from([2, 10]))
def test_the_same_answer_every_time_and_with_every_number_of_threads(problem, width):
    first = heuristics(problem, beam_width=width)
    for threads in (1, 3):
        again = heuristics(problem, threads=threads, beam_width=width)
        assert (first.best is None) == (again.best is None)
        if first.best is not None:
            np.testing.assert_array_equal(first.best.points, again.best.points)
            assert first.best.multiplier == again.best.multiplier
        assert [entry[1] for entry in first.trace] == [entry[1] for entry in again.trace]


@settings(QUIET, max_examples=40)
@given(problem=problems(rules=False))
def test_never_worse_than_the_best_single_feature(problem):
    """A score of one feature at most, by brute force, at the multiplier 1."""
    forced = np.flatnonzero((problem.lower > 0) | (problem.upper < 0))
    if problem.min_size > 1 or len(forced) > 1 or problem.max_size < 1:
        return
    best = math.inf
    intercepts = range(int(max(problem.lower[0], -20)), int(min(problem.upper[0], 20)) + 1)
    d = problem.features.shape[1]
    for j in forced if len(forced) else range(1, d + 1):
        values = range(int(problem.lower[j]), int(problem.upper[j]) + 1)
        for intercept, value in itertools.product(intercepts, values):
            if value == 0 and problem.min_size == 1:
                continue
            points = np.zeros(d + 1)
            points[0], points[j] = intercept, value
            best = min(best, objective_of(problem, points, 1.0))
    assert heuristics(problem).best.objective <= best + 1e-9


@settings(QUIET, max_examples=40)
@given(problem=problems())
def test_trace_falls_to_the_best(problem):
    result = search(problem, SearchOptions(time_limit=5.0, node_limit=50))
    if result.best is None:
        assert result.trace == ()
        return
    seconds, objectives = zip(*result.trace, strict=True)
    assert list(seconds) == sorted(seconds)
    assert 0.0 <= seconds[0] <= seconds[-1] <= result.seconds["total"]
    assert all(later < earlier for earlier, later in itertools.pairwise(objectives))
    assert objectives[-1] == result.best.objective


def planted(seed: int, n: int = 400, d: int = 14) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 2, (n, d)).astype(float)
    features[:, 5:9] = np.where(rng.random((n, 4)) < 0.8, features[:, :4], features[:, 5:9])
    total = features[:, :6] @ np.array([2.0, -1.0, 1.0, 1.5, -2.0, 0.7])
    return features, rng.random(n) < 1 / (1 + np.exp(0.5 - total))


def plain(features, y, max_size, multiplier_range=(1.0, 1.0), rows=None) -> LinearModelProblem:
    d = features.shape[1]
    return LinearModelProblem(
        features,
        y.astype(float),
        (~y).astype(float),
        np.r_[-50.0, np.full(d, -5.0)],
        np.r_[50.0, np.full(d, 5.0)],
        np.zeros(d + 1),
        max_size=max_size,
        rows=rows,
        multiplier_range=multiplier_range,
    )


@pytest.mark.parametrize("multiplier_range", [(1.0, 1.0), (0.5, 1000.0)])
def test_nearly_always_optimal_on_small_problems(multiplier_range):
    missed = []
    for seed, size in itertools.product(range(8), (2, 4)):
        problem = plain(*planted(seed), size, multiplier_range)
        optimum = search(problem, SearchOptions(time_limit=60.0)).best.objective
        found = heuristics(problem).best.objective
        assert found >= optimum - 1e-12
        if found > optimum + 1e-9:
            missed.append((seed, size, found - optimum))
    assert len(missed) <= 1, missed
    assert all(excess < 1e-3 for *_, excess in missed)


def test_every_size_has_a_good_score():
    features, y = planted(6)
    huge = 1e4 * (y + np.random.default_rng(1).normal(size=len(y)))
    for columns in (features, np.c_[features, huge]):
        problem = plain(columns, y, 5)
        exact = search(problem, SearchOptions(time_limit=60.0), every_size=True).by_size
        found = heuristics(problem, every_size=True).by_size
        assert sorted(found) == sorted(exact) == list(range(6))
        for size, score in found.items():
            assert score.size == size
            assert exact[size].objective - 1e-12 <= score.objective
            assert score.objective <= exact[size].objective + 1e-3


def test_rules_that_good_supports_break_still_leave_a_score():
    """At least two of three columns of noise: the best supports have none of them."""
    features, y = planted(3)
    features[:, 11:] = np.random.default_rng(0).integers(0, 2, (len(y), 3))
    indicators = np.zeros((1, features.shape[1] + 1))
    indicators[0, 12:] = 1.0
    rows = LatticeRows(np.zeros_like(indicators), indicators, np.array([2.0]), np.array([np.inf]))
    problem = plain(features, y, 4, (0.5, 1000.0), rows)
    found = heuristics(problem, beam_width=3).best
    assert found is not None
    assert np.count_nonzero(found.points[12:]) >= 2
    optimum = search(problem, SearchOptions(time_limit=60.0)).best.objective
    assert found.objective <= optimum + 1e-3


def test_columns_of_different_sizes_do_not_mislead():
    """A huge column is best with real coefficients, whose points all round to zero."""
    rng = np.random.default_rng(7)
    features, y = planted(4)
    huge = 1e4 * (y + rng.normal(size=len(y)))
    problem = plain(np.c_[features, huge], y, 3, (0.5, 1000.0))
    without = heuristics(plain(features, y, 3, (0.5, 1000.0))).best.objective
    assert heuristics(problem).best.objective <= without + 1e-9


def test_stops_when_asked_with_an_honest_bound():
    features, y = planted(5, n=2000, d=14)
    problem = plain(features, y, 4)
    full = search(problem, SearchOptions(time_limit=60.0))
    asked: list[int] = []
    stopped = search(
        problem, SearchOptions(interrupted=lambda: asked.append(1) is None), beam_width=200
    )
    assert stopped.status is (Status.INTERRUPTED if asked else Status.OPTIMAL)
    assert stopped.lower_bound <= full.best.objective
    if stopped.best is not None:
        assert obeys(problem, stopped.best.points)
        assert stopped.best.objective >= full.best.objective


def test_tries_beside_the_tree_repeat_and_find_better_points():
    """Of 48 cuts of 4 numbers the opening misses some; tries are pseudo-random, of the seed."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(100, 4))
    levels = np.quantile(values, np.linspace(0.05, 0.95, 12), axis=0)
    cuts = (values[:, :, None] >= levels.T).reshape(100, -1).astype(float)
    total = values @ rng.normal(size=4) + np.sin(3 * values).sum(axis=1) + rng.normal(size=100)
    problem = plain(cuts, total > 0, 7, (0.5, 1000.0))
    opening = heuristics(problem).best.objective
    first, again = (search(problem, SearchOptions(node_limit=6)) for _ in range(2))
    assert first.best.objective < opening - 1e-3
    assert obeys(problem, first.best.points)
    assert np.array_equal(first.best.points, again.best.points)
    assert [objective for _, objective in first.trace] == [
        objective for _, objective in again.trace
    ]
    assert first.fits == again.fits


def test_a_sample_of_very_many_rows_seeds_a_table_in_any_order():
    """Sorted by outcome: the first rows are of one class, a sample by a hash of places is not."""
    rng = np.random.default_rng(0)
    n, d = 1 << 16, 6
    features = rng.normal(size=(n, d)).round(3)
    y = rng.random(n) < 1.0 / (1.0 + np.exp(0.5 - features[:, :3] @ [1.0, -0.7, 0.5]))
    order = np.argsort(y, kind="stable")
    features, y = features[order], y[order]
    counts, end = (y.astype(float), (~y).astype(float)), np.full(d + 1, 5.0)
    problem = LinearModelProblem(
        features, *counts, -end, end, np.zeros(d + 1), max_size=3, multiplier_range=(0.5, 100.0)
    )
    found = heuristics(problem)
    assert np.flatnonzero(found.best.points[1:]).tolist() == [0, 1, 2]
    assert found.best.loss == pytest.approx(
        objective_of(problem, found.best.points, found.best.multiplier), rel=1e-12
    )
    again = heuristics(problem, threads=2)
    assert (again.best.objective, again.best.points.tolist()) == (
        found.best.objective,
        found.best.points.tolist(),
    )
    # As good as with the heuristics on all rows, which fewer rows of the same kind have.
    few = replace(problem, features=features[::4], positive=counts[0][::4], negative=counts[1][::4])
    whole = heuristics(few)
    scores = (whole.best.points[0] + features @ whole.best.points[1:]) / whole.best.multiplier
    loss = np.logaddexp(0.0, np.where(y, -scores, scores)).mean()
    assert found.best.loss <= loss + 1e-9
