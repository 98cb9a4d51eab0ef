"""Families of nested cuts: which of them a support uses is chosen before its cuts."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import minimize

from riskslim.solvers import _native
from riskslim.solvers.groups import GroupLimit
from riskslim.solvers.parts import ALL_PARTS, Part
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.supports import LinearModelProblem, search

WITHOUT = ALL_PARTS - {Part.FAMILIES}


def cuts(seed: int, n: int, variables: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """0/1 cuts of measurements, of which three matter, and outcomes."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, variables))
    at = np.quantile(values, np.linspace(0.1, 0.9, each), axis=0).T
    features = (values[:, :, None] > at).astype(float).reshape(n, -1)
    logit = 1.5 * (values[:, 0] > 0.3) - 1.3 * (values[:, 1] > -0.2) + 1.0 * (values[:, 2] > 0.6)
    positive = (rng.random(n) < 1 / (1 + np.exp(0.3 - logit))).astype(float)
    return features, positive


def stated(seed: int, *, free: bool = True, at_most: int | None = None) -> LinearModelProblem:
    """Sixteen measurements of five cuts, at most three of all."""
    features, positive = cuts(seed, 200, 16, 5)
    d = features.shape[1]
    lower, upper = np.full(d + 1, -5.0), np.full(d + 1, 5.0)
    groups = []
    if at_most is not None:
        columns = np.arange(1, d + 1).reshape(16, 5)
        groups = [GroupLimit(tuple((int(j),) for j in some), at_most) for some in columns]
    return LinearModelProblem(
        features,
        positive,
        1.0 - positive,
        lower,
        upper,
        np.append(0.0, np.full(d, 1e-6)),
        0,
        3,
        None,
        (0.5, 1000.0) if free else (1.0, 1.0),
        groups=tuple(groups),
    )


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("at_most", [None, 1, 2])
@pytest.mark.parametrize("threads", [1, 2])
def test_families_first_prove_the_same_optimum(free, at_most, threads):
    problem = stated(1, free=free, at_most=at_most)
    found = search(problem, SearchOptions(threads=threads))
    plain = search(problem, SearchOptions(parts=WITHOUT))
    assert found.status is plain.status is Status.OPTIMAL
    assert found.objective == pytest.approx(plain.objective, abs=1e-12)
    assert found.nodes != plain.nodes  # families were chosen first


@pytest.mark.parametrize("limit", [1, 2, 5, 20, 60])
def test_a_search_that_stops_amid_families_has_a_bound(limit):
    problem = stated(2)
    optimum = search(problem, SearchOptions(parts=WITHOUT))
    stopped = search(problem, SearchOptions(node_limit=limit))
    assert stopped.lower_bound <= optimum.objective + 1e-12
    assert stopped.objective >= optimum.objective - 1e-12


def test_families_of_few_cuts_are_left_alone():
    features, positive = cuts(3, 400, 20, 2)
    d = features.shape[1]
    problem = LinearModelProblem(
        features,
        positive,
        1.0 - positive,
        np.full(d + 1, -5.0),
        np.full(d + 1, 5.0),
        np.append(0.0, np.full(d, 1e-6)),
        0,
        3,
        None,
        (0.5, 1000.0),
    )
    found, plain = search(problem), search(problem, SearchOptions(parts=WITHOUT))
    assert (found.nodes, found.objective) == (plain.nodes, plain.objective)


def loss(w: np.ndarray, x: np.ndarray, sign: np.ndarray) -> tuple[float, np.ndarray]:
    z = sign * (w[0] + x @ w[1:])
    slope = -sign / (1 + np.exp(z)) / len(sign)
    return float(np.logaddexp(0, -z).mean()), np.append(slope.sum(), x.T @ slope)


def least(x: np.ndarray, sign: np.ndarray, end: float) -> float:
    box = [(-end, end)] * (1 + x.shape[1])
    start = np.zeros(1 + x.shape[1])
    return float(minimize(loss, start, (x, sign), jac=True, bounds=box, tol=1e-12).fun)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("falling", [False, True])
def test_bounds_of_families_are_below_every_support(seed, falling):
    features, positive = cuts(seed, 150, 4, 3)
    if falling:
        features = 1.0 - features
    sign = 2.0 * positive - 1.0
    ends = np.full(13, 3.0)
    whole = least(features, sign, 3.0)
    given = (features, positive, 1.0 - positive, -ends, ends)
    above, bound, w, families = _native.family_fit(*given, whole - 1e-3, 12)
    assert above
    assert whole - 1e-3 < bound <= whole + 1e-9
    assert loss(np.array(w), features, sign)[0] == pytest.approx(whole, abs=2e-3)
    assert [sorted(f) for f in families] == [[3 * v + c for c in (1, 2, 3)] for v in range(4)]
    ones = features.sum(axis=0)
    assert all((np.diff(ones[np.array(f) - 1]) <= 0).all() for f in families)
    pairs = min(least(features[:, list(p)], sign, 3.0) for p in combinations(range(12), 2))
    above, bound, *_ = _native.family_fit(*given, whole + 1e-3, 2)
    assert not above
    assert bound <= pairs + 1e-9


@pytest.mark.parametrize("m", [1, 7, 8, 9, 31, 100])
def test_equations_of_a_definite_matrix_are_solved(m):
    rng = np.random.default_rng(m)
    root = rng.normal(size=(m, m))
    matrix = root @ root.T + 0.1 * np.eye(m)
    right = rng.normal(size=m)
    found = _native.solve_definite(np.triu(matrix) + np.tril(np.full((m, m), 9.0), -1), right)
    assert np.allclose(found, np.linalg.solve(matrix, right), rtol=1e-8, atol=1e-10)
