"""The search over supports against brute force, and its bounds against the truth."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from riskslim.solvers import _native
from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.support_result import SupportScore
from riskslim.solvers.supports import LinearModelProblem, search
from support.brute_force import allowed, by_points, risk_scores


def loss_of(problem: LinearModelProblem, points, multiplier=1.0) -> float:
    scores = (points[0] + problem.features @ np.asarray(points[1:], dtype=float)) / multiplier
    terms = problem.positive * np.logaddexp(0, -scores) + problem.negative * np.logaddexp(0, scores)
    return math.fsum(terms) / math.fsum([*problem.positive, *problem.negative])


@st.composite
def problems(draw, free_multiplier=False, widest=3, most_features=4):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(1, most_features))
    n = draw(st.integers(2, 14))
    kind = draw(st.sampled_from(["binary", "counts", "real"]))
    if kind == "binary":
        features = rng.integers(0, 2, (n, d)).astype(float)
    elif kind == "counts":
        features = rng.integers(0, 4, (n, d)).astype(float)
    else:
        features = np.round(rng.normal(size=(n, d)), 2)
    whole = draw(st.booleans())
    positive = rng.integers(0, 4, n).astype(float) if whole else rng.random(n)
    negative = rng.integers(0, 4, n).astype(float) if whole else rng.random(n)
    positive[0], negative[-1] = 1.0, 1.0
    lower = -rng.integers(0, widest + 1, d + 1).astype(float)
    upper = rng.integers(0, widest + 1, d + 1).astype(float)
    if draw(st.booleans()):  # a box that excludes zero, or a fixed point
        j = int(rng.integers(1, d + 1))
        lower[j], upper[j] = sorted(rng.integers(1, widest + 1, 2))
        if draw(st.booleans()):
            lower[j], upper[j] = -upper[j], -lower[j]
    min_size = draw(st.integers(0, d))
    max_size = draw(st.integers(min_size, d))
    cost = np.full(d + 1, draw(st.sampled_from([0.0, 1e-6, 0.01])))
    cost[1:] *= rng.integers(0, 3, d)
    cost[0] = 0.0
    rows = None
    m = draw(st.integers(0, 2))
    if m:
        on_points = rng.integers(-1, 2, (m, d + 1)).astype(float)
        on_indicators = rng.integers(-1, 2, (m, d + 1)).astype(float)
        on_indicators[:, 0] = 0.0
        if draw(st.booleans()):
            on_points[:] = 0.0
        row_lower = rng.integers(-4, 1, m).astype(float)
        row_upper = rng.integers(0, 5, m).astype(float)
        row_lower[rng.random(m) < 0.3] = -np.inf
        row_upper[rng.random(m) < 0.3] = np.inf
        rows = LatticeRows(on_points, on_indicators, row_lower, row_upper)
    return LinearModelProblem(
        features,
        positive,
        negative,
        lower,
        upper,
        cost,
        min_size,
        max_size,
        rows,
        (0.5, 8.0) if free_multiplier else (1.0, 1.0),
    )


def check_score(problem: LinearModelProblem, score: SupportScore) -> None:
    assert allowed(problem, score.points[None]).all()
    assert np.all(score.points >= problem.lower)
    assert np.all(score.points <= problem.upper)
    assert score.loss == pytest.approx(
        loss_of(problem, score.points, score.multiplier), rel=1e-13, abs=1e-15
    )


def check_against(problem, result, objectives, tolerance) -> None:
    if not objectives:
        assert result.status is Status.INFEASIBLE
        assert result.best is None
        return
    truth = min(objectives.values())
    assert result.status is Status.OPTIMAL
    check_score(problem, result.best)
    assert result.best.objective == pytest.approx(truth, abs=tolerance)
    assert result.lower_bound <= truth + 1e-15
    assert result.best.objective - result.lower_bound <= 1e-9


QUIET = settings(
    max_examples=120,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@QUIET
@given(problem=problems())
def test_fixed_multiplier_equals_brute_force(problem):
    objectives = by_points(risk_scores(problem))
    for beam_width in (0, 3):
        result = search(problem, beam_width=beam_width)
        check_against(problem, result, objectives, 1e-13)


@settings(QUIET, max_examples=30)
@given(problem=problems(free_multiplier=True, widest=2, most_features=3))
def test_free_multiplier_equals_brute_force(problem):
    objectives = by_points(risk_scores(problem))
    for beam_width in (0, 3):
        result = search(problem, beam_width=beam_width)
        check_against(problem, result, objectives, 1e-10)
        if result.best is not None:
            smallest, largest = problem.multiplier_range
            assert smallest - 1e-12 <= result.best.multiplier <= largest + 1e-12


@settings(QUIET, max_examples=40)
@given(problem=problems())
def test_every_size_equals_brute_force(problem):
    objectives = by_points(risk_scores(problem))
    by_size: dict[int, float] = {}
    for points, objective in objectives.items():
        size = int(np.count_nonzero(points[1:]))
        by_size[size] = min(objective, by_size.get(size, math.inf))
    result = search(problem, every_size=True)
    assert sorted(result.by_size) == sorted(by_size)
    for size, score in result.by_size.items():
        check_score(problem, score)
        assert score.size == size
        assert score.objective == pytest.approx(by_size[size], abs=1e-13)
        assert result.lower_bound_by_size[size] <= by_size[size] + 1e-15


@settings(QUIET, max_examples=40)
@given(problem=problems(free_multiplier=True, widest=2, most_features=3), beam=st.booleans())
def test_a_real_intercept_equals_brute_force_at_every_size(problem, beam):
    rows = problem.rows
    if rows is not None:
        on_points = rows.on_points.copy()
        on_points[:, 0] = 0.0
        rows = replace(rows, on_points=on_points)
    problem = replace(problem, rows=rows, log_odds_range=(-400.0, 400.0))
    points, objectives = risk_scores(problem)
    sizes = np.count_nonzero(points[:, 1:], axis=1)
    result = search(problem, every_size=True, beam_width=3 * beam)
    assert sorted(result.by_size) == sorted(set(sizes.tolist()))
    for size, score in result.by_size.items():
        least = objectives[sizes == size].min()
        assert score.size == size
        assert score.objective == pytest.approx(least, abs=1e-11)
        assert least - 1e-10 <= result.lower_bound_by_size[size] <= least + 1e-12
        own = loss_of(problem, score.points, score.multiplier)
        assert score.loss == pytest.approx(own, rel=1e-11, abs=1e-13)


@settings(QUIET, max_examples=40)
@given(
    problem=problems(), share=st.sampled_from([0.0, 0.05, 0.3]), limit=st.sampled_from([3, 10**6])
)
def test_pool_is_complete(problem, share, limit):
    objectives = by_points(risk_scores(problem))
    if not objectives:
        return
    best = min(objectives.values())
    tolerance = share * best
    result = search(problem, pool_tolerance=tolerance, pool_limit=limit)
    expected = sorted(v for v in objectives.values() if v <= best + tolerance + 1e-12)
    certain = [v for v in expected if v <= best + tolerance - 1e-12]
    assert len(result.pool) <= limit
    assert result.pool_complete == (len(expected) <= limit) or len(certain) < len(expected)
    assert len(result.pool) >= min(limit, len(certain))
    found = [score.objective for score in result.pool]
    assert found == sorted(found)
    np.testing.assert_allclose(found, expected[: len(found)], atol=1e-12)
    for score in result.pool:
        check_score(problem, score)


@settings(QUIET, max_examples=20)
@given(problem=problems(), free=st.booleans())
def test_threads_do_not_change_the_answer(problem, free):
    if free:
        problem = LinearModelProblem(**{**problem.__dict__, "multiplier_range": (0.5, 8.0)})
    alone = search(problem, SearchOptions(threads=1), beam_width=2)
    together = search(problem, SearchOptions(threads=3), beam_width=2)
    assert alone.status is together.status
    assert alone.lower_bound == together.lower_bound
    if alone.best is not None:
        np.testing.assert_array_equal(alone.best.points, together.best.points)
        assert alone.best.objective == together.best.objective
        assert alone.best.multiplier == together.best.multiplier


@QUIET
@given(data=st.data())
def test_bounded_fit_brackets_the_minimum(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    n, p = data.draw(st.integers(1, 300)), data.draw(st.integers(1, 7))
    columns = rng.normal(size=(n, p)) * 10.0 ** rng.integers(-1, 3)
    columns[:, 0] = 1.0
    if p > 3:
        columns[:, 2] = columns[:, 1]  # collinear
    positive, negative = rng.random(n) / n, rng.random(n) / n
    lower, upper = -rng.random(p) * 3, rng.random(p) * 3
    value, bound, w = _native.bounded_fit(columns, positive, negative, lower, upper, math.inf)
    w = np.asarray(w)

    def loss(w):
        s = columns @ w
        return float(positive @ np.logaddexp(0, -s) + negative @ np.logaddexp(0, s))

    def slope(w):
        s = columns @ w
        return columns.T @ (negative / (1 + np.exp(-s)) - positive / (1 + np.exp(s)))

    assert value == pytest.approx(loss(w), rel=1e-12)
    assert np.all(w >= lower)
    assert np.all(w <= upper)
    other = minimize(
        loss, w * 0.9, jac=slope, method="L-BFGS-B", bounds=list(zip(lower, upper, strict=True))
    )
    assert bound <= min(other.fun, loss(w)) + 1e-15
    assert value - bound <= 1e-9 * max(value, 1.0)


def test_node_limit_leaves_an_honest_gap():
    rng = np.random.default_rng(5)
    features = rng.integers(0, 2, (400, 14)).astype(float)
    score = features[:, :5] @ [2.0, -1.0, 1.0, 1.0, -2.0]
    y = rng.random(400) < 1 / (1 + np.exp(-score))
    problem = LinearModelProblem(
        features,
        y.astype(float),
        (~y).astype(float),
        np.r_[-20.0, np.full(14, -5.0)],
        np.r_[20.0, np.full(14, 5.0)],
        np.r_[0.0, np.full(14, 1e-6)],
        max_size=5,
    )
    full = search(problem)
    assert full.status is Status.OPTIMAL
    stopped = search(problem, SearchOptions(time_limit=0.0))
    assert stopped.status in (Status.TIME_LIMIT, Status.OPTIMAL)
    assert stopped.lower_bound <= full.best.objective
    asked = search(problem, SearchOptions(interrupted=lambda: True, time_limit=30.0))
    assert asked.lower_bound <= full.best.objective


def test_refuses_what_it_cannot_solve():
    good = {
        "features": np.eye(2),
        "positive": np.ones(2),
        "negative": np.ones(2),
        "lower": -np.ones(3),
        "upper": np.ones(3),
        "switch_cost": np.zeros(3),
    }
    LinearModelProblem(**good)
    with pytest.raises(ValueError, match="positive"):
        LinearModelProblem(**{**good, "positive": np.ones(3)})
    with pytest.raises(ValueError, match="integers"):
        LinearModelProblem(**{**good, "lower": -0.5 * np.ones(3)})
    with pytest.raises(ValueError, match="column 0"):
        LinearModelProblem(**{**good, "lower": 2 * np.ones(3)})
    with pytest.raises(ValueError, match="switch_cost"):
        LinearModelProblem(**{**good, "switch_cost": np.ones(3)})
    with pytest.raises(ValueError, match="multiplier_range"):
        LinearModelProblem(**good, multiplier_range=(0.0, 1.0))


def test_a_real_intercept_needs_a_free_multiplier_and_no_rule_on_it():
    good = {
        "features": np.eye(2),
        "positive": np.ones(2),
        "negative": np.ones(2),
        "lower": -np.ones(3),
        "upper": np.ones(3),
        "switch_cost": np.zeros(3),
        "multiplier_range": (0.5, 2.0),
        "log_odds_range": (-9.0, 9.0),
    }
    assert search(LinearModelProblem(**good)).best is not None
    rows = LatticeRows(np.eye(1, 3), np.zeros((1, 3)), np.array([0.0]), np.array([1.0]))
    for words, change in (
        ("range of the multiplier", {"multiplier_range": (1.0, 1.0)}),
        ("least, greatest", {"log_odds_range": (1.0, -1.0)}),
        ("both classes", {"negative": np.zeros(2)}),
        ("must not speak", {"rows": rows}),
    ):
        with pytest.raises(ValueError, match=words):
            LinearModelProblem(**(good | change))
