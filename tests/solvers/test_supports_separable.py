"""The search over supports where the box of the points binds: separable data, few of many features.

There only the limit on the size bounds a subtree, through the fit over its convex hull.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from riskslim.solvers import _native
from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.supports import LinearModelProblem, search
from support.brute_force import risk_scores

QUIET = settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def separable(draw, free=False):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(4, 10))
    n = draw(st.integers(10, 50))
    kind = draw(st.sampled_from(["binary", "counts", "real"]))
    if kind == "binary":
        features = rng.integers(0, 2, (n, d)).astype(float)
    elif kind == "counts":
        features = rng.integers(-2, 4, (n, d)).astype(float)
    else:
        features = np.round(rng.normal(size=(n, d)), 2)
    if draw(st.booleans()):
        features[:, 1] = 1.0 - features[:, 0]
    truth = rng.normal(size=d) * rng.integers(0, 2, d)
    score = features @ truth
    y = score > np.median(score)
    if draw(st.booleans()):  # a few errors
        y = y ^ (rng.random(n) < 0.05)
    weight = rng.integers(1, 4, n) if draw(st.booleans()) else rng.random(n) + 0.1
    lower, upper = -np.ones(d + 1), np.ones(d + 1)
    lower[1:] -= rng.random(d) < 0.1
    upper[1:] *= rng.random(d) < 0.85
    if draw(st.booleans()):
        lower[1] = upper[1] = 1.0
    lower[0], upper[0] = -2.0, 1.0
    cost = np.r_[0.0, np.full(d, draw(st.sampled_from([0.0, 1e-6, 0.01])))]
    rows = None
    if draw(st.booleans()):
        on_indicators = np.zeros((1, d + 1))
        on_indicators[0, 2:4] = 1.0
        rows = LatticeRows(np.zeros((1, d + 1)), on_indicators, np.array([-np.inf]), np.ones(1))
    return LinearModelProblem(
        features,
        weight * y,
        weight * ~y,
        lower,
        upper,
        cost,
        min_size=draw(st.integers(0, 2)),
        max_size=draw(st.integers(2, 3)),
        rows=rows,
        multiplier_range=(0.25, 4.0) if free else (1.0, 1.0),
    )


@pytest.mark.parametrize("free", [False, True])
@QUIET
@given(data=st.data())
def test_optimum_equals_brute_force(free, data):
    problem = data.draw(separable(free))
    lattice, objectives = risk_scores(problem)
    for beam_width in (0, 2):
        result = search(problem, beam_width=beam_width)
        if not len(lattice):
            assert result.status is Status.INFEASIBLE
            continue
        truth = objectives.min()
        assert result.status is Status.OPTIMAL
        assert result.best.objective == pytest.approx(truth, abs=1e-11)
        assert result.lower_bound <= truth + 1e-14
        assert result.best.objective - result.lower_bound <= 1e-9


@settings(QUIET, max_examples=30)
@given(problem=separable())
def test_every_size_and_limits_are_honest(problem):
    lattice, objectives = risk_scores(problem)
    size = (lattice[:, 1:] != 0).sum(axis=1)
    result = search(problem, every_size=True)
    assert sorted(result.by_size) == sorted(set(size.tolist()))
    for s, score in result.by_size.items():
        truth = objectives[size == s].min()
        assert score.objective == pytest.approx(truth, abs=1e-12)
        assert result.lower_bound_by_size[s] <= truth + 1e-14
    for limit in (1, 2, 5):
        limited = search(problem, SearchOptions(node_limit=limit), beam_width=1)
        assert limited.lower_bound <= objectives.min(initial=math.inf) + 1e-14


@pytest.mark.parametrize("free", [False, True])
@settings(QUIET, max_examples=25)
@given(data=st.data())
def test_pool_holds_every_score_within_the_tolerance(free, data):
    problem = data.draw(separable(free))
    lattice, objectives = risk_scores(problem)
    if not len(lattice):
        return
    tolerance = data.draw(st.sampled_from([0.0, 0.02, 0.1])) * objectives.min()
    result = search(problem, pool_tolerance=tolerance, pool_limit=10**6)
    assert result.pool_complete
    found = {tuple(score.points) for score in result.pool}
    for points, objective in zip(lattice, objectives, strict=True):
        within = objective <= objectives.min() + tolerance - 1e-10
        # with a free multiplier, points that share a divisor are the same score, written larger
        divisor = int(np.gcd.reduce(points.astype(int)))
        if within and (not free or divisor <= 1):
            assert tuple(points) in found
    truth = dict(zip(map(tuple, lattice), objectives, strict=True))
    for score in result.pool:
        assert score.objective == pytest.approx(truth[tuple(score.points)], abs=1e-10)


@pytest.mark.parametrize("seed", range(8))
def test_screening_keeps_every_score_that_counts(seed):
    """Screening closes most of these trees: the pool misses a score if it takes one too many."""
    rng = np.random.default_rng(seed)
    d, n = 12, 150
    features = rng.integers(0, 2, (n, d)).astype(float)
    features[:, 6:9] = np.where(rng.random((n, 3)) < 0.85, features[:, :3], features[:, 6:9])
    score = features[:, :4] @ rng.choice([-3.0, 3.0], 4) + 0.5 * rng.normal(size=n)
    y = score > np.median(score)
    problem = LinearModelProblem(
        features,
        y.astype(float),
        (~y).astype(float),
        np.r_[-2.0, -np.ones(d)],
        np.r_[2.0, np.ones(d)],
        np.r_[0.0, np.full(d, 1e-6)],
        max_size=4,
    )
    lattice, objectives = risk_scores(problem)
    for share in (0.0, 0.02, 0.1):
        tolerance = share * objectives.min()
        result = search(problem, pool_tolerance=tolerance, pool_limit=10**6)
        assert result.best.objective == pytest.approx(objectives.min(), abs=1e-13)
        certain = objectives <= objectives.min() + tolerance - 1e-12
        found = {tuple(score.points) for score in result.pool}
        assert {tuple(points) for points in lattice[certain]} <= found


@QUIET
@given(data=st.data())
def test_sparse_fit_bounds_every_choice(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    n, p = data.draw(st.integers(5, 120)), data.draw(st.integers(3, 7))
    columns = rng.normal(size=(n, p))
    if data.draw(st.booleans()):
        columns = (columns > 0).astype(float)
    columns[:, 0] = 1.0
    if p > 4:
        columns[:, 3] = 1.0 - columns[:, 2]
    y = columns @ rng.normal(size=p) > 0
    weight = rng.random(n) / n
    positive, negative = weight * y, weight * ~y
    lower, upper = -5 * rng.random(p), 5 * rng.random(p)
    upper[-1] *= data.draw(st.booleans())
    optional = data.draw(st.integers(1, p - 1))
    chosen = data.draw(st.integers(0, p - optional))
    start = rng.normal(size=p) * data.draw(st.sampled_from([0.0, 3.0]))
    value, bound, base, gain, w = _native.sparse_fit(
        columns, positive, negative, lower, upper, start, optional, chosen, math.inf
    )
    w = np.asarray(w)

    def loss(w):
        s = columns @ w
        return float(positive @ np.logaddexp(0, -s) + negative @ np.logaddexp(0, s))

    def slope(w):
        s = columns @ w
        return columns.T @ (negative / (1 + np.exp(-s)) - positive / (1 + np.exp(s)))

    # w lies in the hull, and value and bound enclose the minimum there
    share = np.where(w > 0, w / np.where(upper > 0, upper, 1), w / np.where(lower < 0, lower, -1))
    assert np.all((w >= lower) & (w <= upper))
    assert share[optional:].sum() <= chosen + 1e-9
    assert value == pytest.approx(loss(w), rel=1e-12)
    assert bound <= value + 1e-15
    assert value - bound <= 2e-3 * value + 1e-9
    # no choice goes below the bound, nor below the tangent with its own gains
    for choice in itertools.combinations(range(optional, p), chosen):
        box = np.zeros((p, 2))
        held = [*range(optional), *choice]
        box[held, 0], box[held, 1] = lower[held], upper[held]
        best = minimize(loss, np.clip(w, *box.T), jac=slope, method="L-BFGS-B", bounds=box).fun
        assert bound <= best + 1e-14
        assert base - sum(gain[j - optional] for j in choice) <= best + 1e-14


def test_memory_limit_ends_with_incumbent_and_honest_bound():
    rng = np.random.default_rng(3)
    features = rng.normal(size=(300, 24))
    score = features[:, :12] @ rng.normal(size=12) * 0.5
    y = rng.random(300) < 1 / (1 + np.exp(-score))
    problem = LinearModelProblem(
        features,
        y.astype(float),
        (~y).astype(float),
        np.full(25, -5.0),
        np.full(25, 5.0),
        np.r_[0.0, np.full(24, 1e-6)],
        max_size=5,
    )
    full = search(problem)
    assert full.status is Status.OPTIMAL
    small = search(problem, SearchOptions(memory_limit=0.004))
    assert small.status is Status.MEMORY_LIMIT
    assert small.nodes < full.nodes
    assert small.best is not None
    assert small.lower_bound <= full.best.objective <= small.best.objective
    ample = search(problem, SearchOptions(memory_limit=64.0))
    assert ample.status is Status.OPTIMAL
    assert ample.best.objective == full.best.objective
