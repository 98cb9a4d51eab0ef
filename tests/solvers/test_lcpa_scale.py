"""A scale that is chosen together with the points, against brute force."""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.special import expit

from riskslim.data import Dataset
from riskslim.problems.coefficients import CoefficientSet
from riskslim.problems.loss import LogisticLoss
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.solvers.lcpa import minimise
from riskslim.solvers.lcpa.ray import best_scale
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.supports import LinearModelProblem, search
from support.brute_force import losses
from support.numpy_loss import NumpyLoss

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def best_along(oracle, points, low, high):
    """Best loss of each point over the scales."""
    scores = points @ oracle.design.T
    return losses(scores, oracle.positive, oracle.negative, (1.0 / high, 1.0 / low))


def brute_force(program):
    """Least objective over the lattice and all scales; every column is integer."""
    p = program.oracle.dimension
    indicators = program.switches[:, 1]
    free = np.setdiff1d(np.arange(len(program.names)), indicators)
    axes = [np.arange(program.lower[j], program.upper[j] + 1) for j in free]
    if any(len(a) == 0 for a in axes):
        return math.inf
    full = np.zeros((math.prod(len(a) for a in axes), len(program.names)))
    full[:, free] = list(itertools.product(*axes))
    full[:, indicators] = full[:, program.switches[:, 0]] != 0
    ok = ((full >= program.lower) & (full <= program.upper)).all(axis=1)
    activity = full @ program.matrix.toarray().T
    ok &= (activity >= program.row_lower - 1e-9).all(axis=1)
    ok &= (activity <= program.row_upper + 1e-9).all(axis=1)
    if not ok.any():
        return math.inf
    full = full[ok]
    points, place = np.unique(full[:, :p], axis=0, return_inverse=True)
    loss = best_along(program.oracle, points, *program.scale)[np.ravel(place)]
    return float((loss + full @ program.cost).min())


def build(oracle, lower, upper, cost, rows, scale, extra=()):
    """Points, indicators and further integer columns (low, up, cost); rows over all of them."""
    p = oracle.dimension
    d = p - 1
    n = p + d + len(extra)
    return ConvexProgram(
        oracle=oracle,
        oracle_columns=np.arange(p),
        names=tuple(f"x{j}" for j in range(n)),
        cost=np.concatenate([cost, [e[2] for e in extra]]),
        lower=np.concatenate([lower, np.zeros(d), [e[0] for e in extra]]),
        upper=np.concatenate([upper, np.ones(d), [e[1] for e in extra]]),
        integer=np.ones(n, dtype=bool),
        switches=np.column_stack([np.arange(1, p), np.arange(p, p + d)]),
        matrix=csr_array(np.array([r[0] for r in rows], dtype=float).reshape(len(rows), n)),
        row_lower=np.array([r[1] for r in rows], dtype=float),
        row_upper=np.array([r[2] for r in rows], dtype=float),
        row_names=tuple(f"row {i}" for i in range(len(rows))),
        scale=scale,
    )


SCALES = [(1e-3, 2.0), (0.3, 0.7), (1.0, 1.0), (0.25, 0.25), (0.5, 50.0), (1e-6, 1e-2)]


@st.composite
def programs(draw, native=False):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(1, 4))
    reach = (4, 3, 2, 1)[d - 1]
    n = int(rng.integers(2, 25))
    kind = draw(st.sampled_from(["binary", "integer", "real", "wide"]))
    if kind == "binary":
        features = rng.integers(0, 2, (n, d)).astype(float)
    elif kind == "integer":
        features = rng.integers(-3, 6, (n, d)).astype(float)
    else:
        features = np.round(rng.normal(size=(n, d)) * (20.0 if kind == "wide" else 2.0), 3)
    positive = rng.integers(0, 4, n).astype(float)
    negative = rng.integers(0, 4, n).astype(float)
    positive[0] += 1.0
    lower, upper = -float(reach) * np.ones(d + 1), float(reach) * np.ones(d + 1)
    lower[0], upper[0] = -6.0, 6.0
    for j in range(1, d + 1):
        shape = rng.integers(0, 9)
        if shape == 0:
            lower[j] = 0.0
        elif shape == 1:
            upper[j] = 0.0
        elif shape == 2:
            lower[j] = 1.0  # excludes zero
        elif shape == 3:
            lower[j] = upper[j] = float(rng.integers(-reach, reach + 1))  # fixed
    price = draw(st.sampled_from([0.0, 1e-6, 0.01, 0.1]))
    cost = np.zeros(2 * d + 1)
    cost[d + 1 :] = price * (1 + (rng.integers(0, 3, d) if draw(st.booleans()) else 0))
    if draw(st.integers(0, 5)) == 0:
        cost[rng.integers(0, 2 * d + 1)] = float(rng.choice([-0.05, 0.02, -0.3]))
    extra = []
    if draw(st.integers(0, 3)) == 0:
        extra.append((-1.0, 3.0, float(rng.choice([0.0, 0.02, -0.01]))))
    width = 2 * d + 1 + len(extra)
    rows = []
    if draw(st.booleans()):
        low = int(rng.integers(0, 3)) if draw(st.booleans()) else 0
        every = np.zeros(width)
        every[d + 1 : 2 * d + 1] = 1.0
        rows.append((every, low, max(low, int(rng.integers(0, d + 1)))))
    if draw(st.booleans()) and d >= 2:
        pair = np.zeros(width)
        pair[d + 1], pair[2 * d] = 1.0, -1.0 if draw(st.booleans()) else 1.0
        rows.append((pair, 0.0, max(0.0, pair[2 * d])))
    if draw(st.booleans()) or extra:
        on = rng.integers(-2, 3, width).astype(float)
        on = on * 0.1 if draw(st.booleans()) else on
        rows.append((on, -math.inf, float(np.abs(on).sum()) * rng.choice([0.0, 0.3, 1.0])))
    loss = LogisticLoss if native else NumpyLoss
    program = build(
        NumpyLoss(features, positive, negative),
        lower,
        upper,
        cost,
        rows,
        draw(st.sampled_from(SCALES)),
        extra,
    )
    return program, dataclasses.replace(program, oracle=loss(features, positive, negative))


CALM = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}


def same_as_brute_force(truth, program):
    result = minimise(program)
    if math.isinf(truth):
        assert result.status is Status.INFEASIBLE
        assert result.point is None
        return
    assert result.status is Status.OPTIMAL
    assert abs(result.objective - truth) <= 1e-9
    assert result.lower_bound <= truth + 1e-15
    assert result.objective - result.lower_bound <= 1e-9
    assert program.scale[0] <= result.scale <= program.scale[1]
    assert result.objective == program.objective(result.point, result.scale)


@settings(max_examples=80, **CALM)
@given(programs())
def test_equal_to_brute_force(both):
    same_as_brute_force(brute_force(both[0]), both[1])


@settings(max_examples=60, **CALM)
@given(programs(native=True))
def test_equal_to_brute_force_with_the_native_loss_and_its_heuristics(both):
    same_as_brute_force(brute_force(both[0]), both[1])


@settings(max_examples=30, **CALM)
@given(programs(), st.integers(0, 12))
def test_bound_is_valid_at_a_node_limit(both, nodes):
    truth = brute_force(both[0])
    result = minimise(both[1], SearchOptions(node_limit=nodes))
    assert result.status in (Status.OPTIMAL, Status.NODE_LIMIT, Status.INFEASIBLE)
    assert result.lower_bound <= truth + 1e-15
    assert result.objective >= truth - 1e-12
    if result.status is Status.INFEASIBLE:
        assert math.isinf(truth)


@settings(max_examples=20, **CALM)
@given(programs())
def test_a_range_of_one_scale_is_the_program_of_scaled_features(both):
    """At t = 1 the two kinds of program are one."""
    fixed = dataclasses.replace(both[1], scale=None)
    free = dataclasses.replace(both[1], scale=(1.0, 1.0))
    first, second = minimise(fixed), minimise(free)
    assert first.status is second.status
    if first.point is not None:
        assert first.objective == pytest.approx(second.objective, abs=1e-9)
        assert second.scale == 1.0


@settings(max_examples=120, **CALM)
@given(programs(native=True), st.integers(0, 2**32 - 1), st.sampled_from([1.0, 50.0]))
def test_best_scale_of_points(both, seed, size):
    reference, program = both
    rng = np.random.default_rng(seed)
    points = np.round(rng.normal(size=program.oracle.dimension) * 3)
    points[0] = np.round(points[0] * size)
    low, high = program.scale
    ray = best_scale(program.oracle, points, low, high, float(rng.uniform(low, high)))
    truth = float(best_along(reference.oracle, points[None, :], low, high)[0])
    assert low <= ray.scale <= high
    assert ray.value == program.oracle.value(ray.scale * points)
    assert ray.bound <= truth * (1 + 1e-15)
    assert ray.value - ray.bound <= 1e-12 * (1 + truth)


@pytest.mark.parametrize("seed", range(6))
def test_a_real_column_with_a_cost(seed):
    """An excess over a linear function of the points, cheap or dear, against a sweep by hand."""
    rng = np.random.default_rng(seed)
    features = rng.integers(-2, 4, (30, 2)).astype(float)
    labels = rng.random(30) < expit(features @ rng.normal(size=2) - 1)
    positive, negative = labels + (np.arange(30) == 0), 1.0 - labels
    price = float(rng.choice([0.02, -0.03, 0.2]))
    on, room = rng.integers(-2, 3, 3).astype(float), 0.75
    base = build(
        LogisticLoss(features, positive, negative),
        np.array([-4.0, -3.0, -3.0]),
        np.array([4.0, 3.0, 3.0]),
        np.array([0.0, 0.0, 0.0, 0.01, 0.01]),
        [(np.array([*-on, 0.0, 0.0, 1.0]), -0.5, room - 0.5)],
        SCALES[seed % 4],
        [(0.0, 5.0, price)],
    )
    program = dataclasses.replace(base, integer=np.arange(6) < 5)
    points = np.array(list(itertools.product(range(-4, 5), range(-3, 4), range(-3, 4))), float)
    low = np.maximum(points @ on - 0.5, 0.0)
    high = np.minimum(points @ on - 0.5 + room, 5.0)
    points, low, high = (a[low <= high] for a in (points, low, high))
    loss = best_along(NumpyLoss(features, positive, negative), points, *program.scale)
    cost = 0.01 * (points[:, 1:] != 0).sum(axis=1) + np.minimum(price * low, price * high)
    truth = float((loss + cost).min())
    result = minimise(program, SearchOptions(node_limit=5_000))
    assert result.status is Status.OPTIMAL
    # rows with real columns give way by 1e-9 of their size
    assert result.objective == pytest.approx(truth, abs=1e-8)
    assert result.lower_bound <= truth + 1e-15
    assert result.objective - result.lower_bound <= 1e-9


@pytest.mark.parametrize("case", ["bankruptcy:3", "haberman:3", "mammo:3"])
def test_agrees_with_the_search_over_supports(case):
    name, size = case.split(":")
    path = DATA / f"{name}.csv"
    if not path.is_file():
        pytest.skip(f"no public data at {DATA}")
    data = Dataset.from_file(path)
    d = data.n_features
    points = CoefficientSet(data.feature_names).set_intercept(-1000, 1000)
    base = RiskSLIMProblem(data, points, max_size=int(size)).program()
    result = minimise(dataclasses.replace(base, scale=(1 / 1000, 2.0)))
    other = search(
        LinearModelProblem(
            data.features,
            data.positive,
            data.negative,
            base.lower[: d + 1],
            base.upper[: d + 1],
            np.append(0.0, base.cost[d + 1 :]),
            max_size=int(size),
            multiplier_range=(0.5, 1000.0),
        ),
        SearchOptions(),
    )
    assert result.status is other.status is Status.OPTIMAL
    assert result.objective == pytest.approx(other.best.objective, abs=1e-9)
    assert max(result.lower_bound, other.lower_bound) <= min(result.objective, other.best.objective)


def problem(d=10, size=4, n=200):
    rng = np.random.default_rng(3)
    features = rng.integers(0, 3, (n, d)).astype(float)
    labels = rng.random(n) < 1 / (1 + np.exp(1.5 - features[:, :3] @ [1.1, -0.8, 0.6]))
    return RiskSLIMProblem(Dataset.from_arrays(features, labels.astype(int)), max_size=size)


def test_start_points_are_taken_at_their_best_scale():
    program = dataclasses.replace(problem(size=2).program(), scale=(0.01, 2.0))
    best = minimise(program)
    assert best.status is Status.OPTIMAL
    stopped = minimise(program, SearchOptions(interrupted=lambda: True), [best.point])
    assert stopped.status is Status.INTERRUPTED
    assert stopped.objective == pytest.approx(best.objective, abs=1e-12)
    assert stopped.scale == pytest.approx(best.scale, rel=1e-5)


def test_interrupts_end_with_an_honest_gap():
    base = problem()
    program = dataclasses.replace(base.program(), scale=(0.001, 2.0))
    truth = minimise(program)
    assert truth.status is Status.OPTIMAL

    class Impatient(LogisticLoss):
        asked = 0

        def minorant(self, point, lower, upper):
            Impatient.asked += 1
            if Impatient.asked == 150:
                raise KeyboardInterrupt
            return super().minorant(point, lower, upper)

    data = base.data
    oracle = Impatient(data.features, data.positive, data.negative)
    stopped = minimise(dataclasses.replace(program, oracle=oracle))
    assert stopped.status is Status.INTERRUPTED
    assert stopped.lower_bound <= truth.objective
    assert stopped.objective >= truth.objective - 1e-12


@pytest.mark.parametrize("scale", [(0.0, 1.0), (2.0, 1.0), (1.0, math.inf), (math.nan, 1.0)])
def test_a_range_that_is_none_is_refused(scale):
    with pytest.raises(ValueError, match="scale"):
        dataclasses.replace(problem().program(), scale=scale)
