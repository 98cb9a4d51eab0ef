"""The cost of a point never trades errors or terms, also where these nearly tie."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from riskslim import CoefficientSet, Dataset, SLIMProblem
from riskslim.constraints import RateLimit
from riskslim.errors import OptionError

pytestmark = pytest.mark.fast

TELLS_APART = 1e-9  # what "optimal" means


def least_errors_and_terms(problem: SLIMProblem, reach: int) -> tuple[float, int]:
    """Errors and terms of the best points, counted one by one, and their least sum of points."""
    data, d = problem.data, problem.data.n_features
    whole = math.fsum([*problem.positive, *problem.negative])
    found = []
    for own in itertools.product(range(-reach, reach + 1), repeat=d):
        totals = data.features @ np.array(own)
        for b in {math.floor(-t) + k for t in totals for k in (-1, 0, 1)}:
            score = totals + b
            errors = [*problem.positive[score <= 0], *problem.negative[score >= 0]]
            terms = problem.switch_cost[np.array(own) != 0]
            found.append((math.fsum([math.fsum(errors) / whole, *terms]), sum(map(abs, own))))
    least = min(value for value, _ in found)
    return least, min(size for value, size in found if value <= least + 1e-13)


def check(problem: SLIMProblem, reach: int) -> None:
    least, smallest = least_errors_and_terms(problem, reach)
    solution = problem.solve()
    own = solution.loss + math.fsum(problem.switch_cost[solution.points[1:] != 0])
    assert own <= least + TELLS_APART
    assert solution.status == "optimal"
    assert solution.lower_bound <= least + problem.epsilon * smallest + 1e-13


@pytest.mark.parametrize("spread", [1e-3, 1e-6, 1e-8, 1e-9, 1e-11])
def test_weights_that_nearly_tie_are_not_traded(spread):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(5, 12))
        features = rng.integers(-3, 4, (n, 2)) * 1.0
        outcome = np.arange(n) % 2
        data = Dataset.from_arrays(features, outcome, sample_weight=1 + spread * rng.random(n))
        check(SLIMProblem(data, max_coef=3, C0=0.0), 3)


def test_penalties_that_nearly_tie_are_not_traded():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        features = rng.integers(0, 2, (12, 3)) * 1.0
        outcome = rng.permutation(np.arange(12) % 2)
        data = Dataset.from_arrays(features, outcome)
        points = CoefficientSet(data.feature_names, -2, 2)
        for name in data.feature_names:
            points = points.set(name, C0=float(1 / 12 + rng.normal() * 1e-7))
        check(SLIMProblem(data, points), 2)


def test_many_different_penalties_are_not_traded():
    rng = np.random.default_rng(0)
    features = rng.integers(0, 2, (14, 12)) * 1.0
    data = Dataset.from_arrays(features, np.arange(14) % 2)
    points = CoefficientSet(data.feature_names, -5, 5)
    for name in data.feature_names:
        points = points.set(name, C0=float(rng.random() * 0.1))
    problem = SLIMProblem(data, points)
    assert problem.epsilon * 5 * 12 < TELLS_APART


def test_weights_in_tenths_have_a_measure_however_they_are_merged():
    weights = [0.1, 0.2, 0.3, 0.1, 0.2, 0.7]
    features = np.array([[0.0], [0], [0], [1], [1], [1]])
    data = Dataset.from_arrays(features, [0, 0, 0, 1, 1, 0], sample_weight=weights)
    problem = SLIMProblem(data, max_coef=2, C0=0.0)
    # 0.1 + 0.2 + 0.3 is 0.6000000000000001: the least difference is still a tenth of 1.6
    assert problem.epsilon * 2 == pytest.approx(0.9 * 0.1 / 1.6)


def test_a_rule_on_a_rate_at_a_threshold_ends_as_optimal_where_weights_have_no_measure():
    rng = np.random.default_rng(4)
    features = rng.integers(0, 2, (10, 2)) * 1.0
    data = Dataset.from_arrays(features, np.arange(10) % 2, sample_weight=rng.uniform(0.5, 1.5, 10))
    rule = RateLimit("tpr", at_most=0.5, threshold=0)
    solution = SLIMProblem(data, max_coef=2, constraints=[rule]).solve()
    assert solution.status == "optimal"
    assert solution.absolute_gap <= TELLS_APART


@pytest.mark.parametrize("cost", [0.0, 1e-5, 0.004, 0.03])
def test_a_given_cost_of_a_point_is_traded(cost):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        features = rng.integers(0, 3, (15, 2)) * 1.0
        outcome = (features @ [2.0, -1.0] + rng.normal(size=15) > 1).astype(int)
        outcome[:2] = 0, 1
        data = Dataset.from_arrays(features, outcome)
        points = CoefficientSet(data.feature_names, -3, 3).set_intercept(-5, 5)
        problem = SLIMProblem(data, points, C0=0.02, C1=cost)
        best = min(
            problem.loss(own) + 0.02 * np.count_nonzero(own[1:]) + cost * np.abs(own[1:]).sum()
            for own in map(np.array, itertools.product(range(-5, 6), *[range(-3, 4)] * 2))
        )
        for engine in ("search", "mip"):
            solution = problem.solve(engine=engine)
            assert solution.objective == pytest.approx(best, abs=1e-9)
            assert solution.lower_bound == pytest.approx(best, abs=2e-9)
            assert solution.status == "optimal"
    rule = RateLimit("fnr", at_most=0.5)
    assert problem.with_rules(rule).epsilon == cost


@pytest.mark.parametrize("cost", [-1.0, math.nan, True])
def test_a_cost_of_a_point_that_is_none_is_refused(cost):
    data = Dataset.from_arrays(np.eye(2), [0, 1])
    with pytest.raises(OptionError, match="C1="):
        SLIMProblem(data, C1=cost)
