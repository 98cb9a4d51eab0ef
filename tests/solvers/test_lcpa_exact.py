"""The lattice cutting-plane algorithm against brute force on small random problems."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from riskslim.solvers.lcpa import minimise
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import SearchOptions, Status
from support.brute_force import lattice, losses
from support.numpy_loss import NumpyLoss


def build(oracle, lower, upper, cost, rows, fixed_names=()):
    """Points and intercept, then indicators; rows are (on points, on indicators, low, up)."""
    p = oracle.dimension
    d = p - 1
    n = p + d
    lows, ups = np.concatenate([lower, np.zeros(d)]), np.concatenate([upper, np.ones(d)])
    matrix = np.zeros((len(rows), n))
    for i, (on_points, on_indicators, _, _) in enumerate(rows):
        matrix[i, :p], matrix[i, p:] = on_points, on_indicators
    return ConvexProgram(
        oracle=oracle,
        oracle_columns=np.arange(p),
        names=tuple(f"x{j}" for j in range(p)) + tuple(f"used{j}" for j in range(1, p)),
        cost=np.concatenate([np.zeros(p), cost]),
        lower=lows,
        upper=ups,
        integer=np.ones(n, dtype=bool),
        switches=np.column_stack([np.arange(1, p), np.arange(p, n)]),
        matrix=csr_array(matrix),
        row_lower=np.array([r[2] for r in rows], dtype=float),
        row_upper=np.array([r[3] for r in rows], dtype=float),
        row_names=tuple(f"row {i}" for i in range(len(rows))),
    )


def brute_force(program):
    """Least objective over the whole lattice, inf where it holds no feasible point."""
    oracle, p = program.oracle, program.oracle.dimension
    points = lattice(program.lower[:p], program.upper[:p])
    on = (points[:, 1:] != 0).astype(float)
    full = np.column_stack([points, on])
    ok = ((full >= program.lower) & (full <= program.upper)).all(axis=1)
    activity = full @ program.matrix.toarray().T
    ok &= (activity >= program.row_lower - 1e-9).all(axis=1)
    ok &= (activity <= program.row_upper + 1e-9).all(axis=1)
    if not ok.any():
        return math.inf
    points, full = points[ok], full[ok]
    loss = losses(points @ oracle.design.T, oracle.positive, oracle.negative)
    objective = loss + full @ program.cost
    near = np.flatnonzero(objective <= objective.min() + 1e-9)
    return min(program.objective(full[i]) for i in near)


@st.composite
def programs(draw):
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    d = draw(st.integers(1, 6))
    reach = 3 if d <= 3 else (2 if d == 4 else 1)
    n = int(rng.integers(2, 25))
    kind = draw(st.sampled_from(["binary", "integer", "real"]))
    if kind == "binary":
        features = rng.integers(0, 2, (n, d)).astype(float)
    elif kind == "integer":
        features = rng.integers(-3, 6, (n, d)).astype(float)
    else:
        features = np.round(rng.normal(size=(n, d)) * 2, 3)
    positive = rng.integers(0, 4, n).astype(float) + (rng.random(n) if seed % 2 else 0)
    negative = rng.integers(0, 4, n).astype(float)
    positive[0] += 1.0
    lower, upper = -float(reach) * np.ones(d + 1), float(reach) * np.ones(d + 1)
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
    cost = price * (1 + (rng.integers(0, 3, d) if draw(st.booleans()) else 0)) * np.ones(d)
    if draw(st.integers(0, 7)) == 0:
        cost[0] = -0.05
    rows = []
    none, every = np.zeros(d + 1), np.ones(d)
    if draw(st.booleans()):
        low = int(rng.integers(0, 3)) if draw(st.booleans()) else 0
        rows.append((none, every, low, max(low, int(rng.integers(0, d + 1)))))
    if draw(st.booleans()) and d >= 2:  # at most one of a group; all or none of a pair
        group = (rng.random(d) < 0.6).astype(float)
        rows.append((none, group, -math.inf, 1.0))
        if draw(st.booleans()):
            pair = np.zeros(d)
            pair[0], pair[-1] = 1.0, -1.0
            rows.append((none, pair, 0.0, 0.0))
    if draw(st.booleans()):
        on = rng.integers(-2, 3, d + 1).astype(float)
        on = on * 0.1 if draw(st.booleans()) else on
        rows.append((on, rng.integers(-1, 2, d).astype(float), -math.inf, float(on.sum())))
    return build(NumpyLoss(features, positive, negative), lower, upper, cost, rows)


CALM = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}


# Thousands more are tried by hand, see benchmarks/exactness.py.
@settings(max_examples=160, **CALM)
@given(programs())
def test_equal_to_brute_force(program):
    truth = brute_force(program)
    result = minimise(program)
    if math.isinf(truth):
        assert result.status is Status.INFEASIBLE
        assert result.point is None
        return
    assert result.status is Status.OPTIMAL
    assert abs(result.objective - truth) <= 1e-9
    assert result.lower_bound <= truth
    assert result.objective - result.lower_bound <= 1e-9
    assert result.objective == program.objective(result.point)


@settings(max_examples=80, **CALM)
@given(programs(), st.integers(0, 12))
def test_bound_is_valid_at_a_node_limit(program, nodes):
    truth = brute_force(program)
    result = minimise(program, SearchOptions(node_limit=nodes))
    assert result.status in (Status.OPTIMAL, Status.NODE_LIMIT, Status.INFEASIBLE)
    assert result.lower_bound <= truth
    assert result.objective >= truth - 1e-12
    if result.status is Status.INFEASIBLE:
        assert math.isinf(truth)


@settings(max_examples=40, **CALM)
@given(programs(), st.sampled_from([0.0, 0.002, 0.01]))
def test_bound_is_valid_at_a_time_limit(program, seconds):
    truth = brute_force(program)
    result = minimise(program, SearchOptions(time_limit=seconds))
    assert result.lower_bound <= truth
    assert result.objective >= truth - 1e-12
