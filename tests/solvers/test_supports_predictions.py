"""The search over supports under limits on who is predicted yes, against brute force."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from riskslim import Dataset, RiskSLIMProblem
from riskslim.constraints import RateLimit
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.supports import LinearModelProblem, PredictionSums, search
from support.brute_force import risk_scores


def problem(seed: int) -> LinearModelProblem:
    random = np.random.default_rng(seed)
    n, d = int(random.integers(5, 25)), int(random.integers(1, 4))
    x = np.unique(random.integers(0, 4, (n, d)) / random.choice([1, 2]), axis=0)
    n = len(x)
    m = int(random.integers(1, 3))
    coefficients = random.choice([-0.5, 0.0, 0.25, 1.0], (m, n))
    width = np.abs(coefficients).sum(axis=1)
    return LinearModelProblem(
        features=x,
        positive=random.integers(0, 4, n) + (np.arange(n) == 0) * 1.0,
        negative=random.integers(0, 4, n) + (np.arange(n) == 1) * 1.0,
        lower=np.append(-4.0, np.full(d, -2.0)),
        upper=np.append(4.0, np.full(d, 2.0)),
        switch_cost=np.append(0.0, np.full(d, 0.01)),
        max_size=None if random.random() < 0.5 else d - 1,
        predictions=PredictionSums(
            coefficients=coefficients,
            threshold=np.where(random.random(m) < 0.5, 1e-9, 1.0 - 1e-9),
            with_intercept=random.random(m) < 0.6,
            lower=np.where(random.random(m) < 0.5, -np.inf, 0.1 * width),
            upper=0.4 * width,
        ),
    )


def brute_force(p: LinearModelProblem) -> float:
    return float(risk_scores(p)[1].min(initial=np.inf))


@pytest.mark.parametrize("seed", range(80))
def test_equals_brute_force(seed: int) -> None:
    p = problem(seed)
    found, best = search(p, SearchOptions(threads=1 + seed % 2)), brute_force(p)
    if best == np.inf:
        assert found.status is Status.INFEASIBLE
        return
    assert found.status is Status.OPTIMAL
    assert found.best.objective == pytest.approx(best, abs=1e-12)
    assert found.lower_bound <= best + 1e-12


def no_sums(n: int) -> PredictionSums:
    nothing = np.zeros(0)
    return PredictionSums(np.zeros((0, n)), nothing, np.zeros(0, dtype=bool), nothing, nothing)


def test_limits_change_answers_in_this_test() -> None:
    """Without the limits most of the problems above have another optimum."""
    from dataclasses import replace

    free = [brute_force(replace(p, predictions=no_sums(len(p.features)))) for p in CASES]
    limited = [brute_force(p) for p in CASES]
    assert sum(b > a + 1e-9 for a, b in zip(free, limited, strict=True)) > 20


CASES = [problem(seed) for seed in range(40)]


def test_a_node_limit_leaves_a_valid_bound() -> None:
    for seed in range(20):
        p = problem(seed)
        cut, best = search(p, SearchOptions(node_limit=1), beam_width=0), brute_force(p)
        if cut.status is Status.NODE_LIMIT:
            assert cut.lower_bound <= best + 1e-12


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@pytest.mark.parametrize(("largest", "most"), [(2e9, 2), (3.0, 1_000_000)])
def test_limits_on_rates_of_wide_ranges_take_neither_memory_nor_time(largest, most) -> None:
    data = Dataset.from_arrays([[8, largest], [8, 0], [7, 1], [6, 1]], [1, 0, 1, 0])
    limit = RateLimit("tnr", at_most=0.5)
    problem = RiskSLIMProblem(data, max_coef=most, constraints=[limit])
    asked = itertools.count()
    begin = time.process_time()
    found = problem.solve(SearchOptions(interrupted=lambda: next(asked) >= 30))
    assert time.process_time() - begin < 5.0
    assert found.points is not None
    assert not problem.violations(found.points)
    assert found.lower_bound <= problem.objective([0, 0, 0])
