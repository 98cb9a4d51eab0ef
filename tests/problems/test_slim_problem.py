"""SLIM problems: objective, certificate, counts, limits on rates, conflicts."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from riskslim import (
    CoefficientSet,
    Dataset,
    RiskSLIMProblem,
    SearchOptions,
    SLIMProblem,
    SLIMSolution,
)
from riskslim.constraints import Classed, GroupLimit, Multiples, PointRange, RateLimit
from riskslim.constraints.rules import rules_in_words
from riskslim.errors import InfeasibleError, OptionError

pytestmark = pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")


def table(seed: int, n: int = 40, d: int = 3, weights: bool = False) -> Dataset:
    random = np.random.default_rng(seed)
    X = random.integers(0, 3, (n, d)).astype(float)
    y = (X @ random.integers(-2, 3, d) + random.normal(scale=1.5, size=n) > 0.5).astype(int)
    y[:2] = 0, 1
    weight = random.integers(1, 4, n) if weights else None
    return Dataset.from_arrays(X, y, sample_weight=weight)


def lattice(problem: SLIMProblem, most: int) -> np.ndarray:
    d = problem.data.n_features
    low, high = problem.statement.lower[0], problem.statement.upper[0]
    ranges = [np.arange(low - 2, high + 3), *([np.arange(-most, most + 1)] * d)]
    return np.array(list(itertools.product(*ranges)), dtype=float)


def primary(problem: SLIMProblem, points: np.ndarray) -> np.ndarray:
    """Errors and terms, without the cost of points, by the definition."""
    scores = points[:, :1] + points[:, 1:] @ problem.data.features.T
    errors = (scores <= 0) @ problem.positive + (scores >= 0) @ problem.negative
    return errors / problem.total_weight + (points[:, 1:] != 0) @ problem.switch_cost


@pytest.mark.parametrize("seed", range(12))
def test_no_score_has_fewer_errors_and_terms_or_smaller_points(seed: int) -> None:
    data = table(seed, weights=seed % 2 == 1)
    problem = SLIMProblem(
        data, max_coef=3, C0=(0.01, 0.03)[seed % 2], max_size=(None, 2)[seed // 2 % 2],
        w_pos=(1, 3)[seed // 4 % 2],
    )  # fmt: skip
    solution = problem.solve()
    points = lattice(problem, 3)
    points = points[(points[:, 1:] != 0).sum(axis=1) <= problem.statement.size[1]]
    values = primary(problem, points)
    best = np.isclose(values, values.min(), rtol=0, atol=1e-12)
    shortest = np.abs(points[best, 1:]).sum(axis=1).min()
    found = solution.points.astype(float)
    assert solution.status == "optimal"
    assert solution.absolute_gap <= 1e-9
    assert primary(problem, found[np.newaxis])[0] == pytest.approx(values.min(), abs=1e-12)
    assert np.abs(found[1:]).sum() == shortest
    assert np.gcd.reduce(solution.points) == 1
    assert solution.objective == pytest.approx(values.min() + problem.epsilon * shortest, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_a_small_penalty_gives_the_sparsest_of_the_most_accurate(seed: int) -> None:
    data = table(seed + 50)
    problem = SLIMProblem(data, max_coef=3, C0=0.9 / (data.n_rows * data.n_features))
    points = lattice(problem, 3)
    scores = points[:, :1] + points[:, 1:] @ data.features.T
    errors = (scores <= 0) @ data.positive + (scores >= 0) @ data.negative
    sizes = (points[:, 1:] != 0).sum(axis=1)
    solution = problem.solve()
    assert solution.loss * data.n_rows == pytest.approx(errors.min())
    assert solution.size == sizes[errors == errors.min()].min()


def test_counts_are_those_of_the_predictions() -> None:
    data = table(3, weights=True)
    problem = SLIMProblem(data, w_pos=3, w_neg=1)
    solution = problem.solve()
    assert isinstance(solution, SLIMSolution)
    assert (problem.w_pos, problem.w_neg) == (1.5, 0.5)
    yes = data.features @ solution.points[1:] + solution.points[0] > 0
    assert solution.false_positives == data.negative[yes].sum()
    assert solution.false_negatives == data.positive[~yes].sum()
    assert solution.errors == solution.false_positives + solution.false_negatives
    assert solution.n_errors == data.negative_counts[yes].sum() + data.positive_counts[~yes].sum()
    shown = solution.to_dict()
    assert shown["errors"] == solution.errors
    assert "multiplier" not in shown
    assert "false negatives" in repr(solution)


def test_a_negative_at_zero_costs_an_error_but_is_predicted_no() -> None:
    data = Dataset.from_arrays([[0.0], [1.0]], [0, 1])
    points = CoefficientSet(data.feature_names, 1, 1).set_intercept(0, 0)
    solution = SLIMProblem(data, points, C0=0.0).solve()
    assert solution.loss == 0.5
    assert solution.errors == 0
    assert "predicted no" in solution.notes[0]
    limited = SLIMProblem(data, points, C0=0.0, max_fpr=0.0).solve()
    assert limited.status == "optimal"
    assert limited.loss == 0.5


def allowed_by(problem: SLIMProblem, points: np.ndarray) -> np.ndarray:
    """What the limits of the tests below mean, by predictions."""
    data = problem.data
    yes = points[:, :1] + points[:, 1:] @ data.features.T > 0
    fpr = yes @ data.negative / data.negative.sum()
    fnr = ~yes @ data.positive / data.positive.sum()
    error = (yes @ data.negative + ~yes @ data.positive) / data.total_weight
    rates = {"fpr": fpr, "fnr": fnr, "error": error, "tpr": 1 - fnr, "tnr": 1 - fpr}
    allowed = np.ones(len(points), dtype=bool)
    for rule in problem.constraints:
        if isinstance(rule, RateLimit):
            value = rates[rule.rate]
            allowed &= value <= (1 if rule.at_most is None else rule.at_most) + 1e-9
            allowed &= value >= (0 if rule.at_least is None else rule.at_least) - 1e-9
    return allowed


@pytest.mark.parametrize("seed", range(40))
def test_limits_on_rates_equal_brute_force(seed: int) -> None:
    random = np.random.default_rng(seed)
    data = table(seed + 100, n=int(random.integers(5, 30)), d=2, weights=seed % 3 == 0)
    chosen = random.choice(["max_fpr", "max_fnr", "max_error", "min_tpr", "min_tnr"], 2, False)
    limits = {name: float(np.round(random.uniform(0.0, 0.4), 2)) for name in chosen}
    limits = {name: 1 - v if name.startswith("min") else v for name, v in limits.items()}
    points = CoefficientSet(data.feature_names, -2, 2).set_intercept(-3, 3)
    rules = [RateLimit("fpr", at_least=0.1, name="some")] if seed % 7 == 0 else []
    problem = SLIMProblem(data, points, constraints=rules, **limits)
    every = np.array(list(itertools.product(range(-3, 4), range(-2, 3), range(-2, 3))), dtype=float)
    every = every[allowed_by(problem, every)]
    if not len(every):
        with pytest.raises(InfeasibleError) as caught:
            problem.solve()
        assert caught.value.conflict
        return
    solution = problem.solve()
    best = min(primary(problem, every) + problem.epsilon * np.abs(every[:, 1:]).sum(axis=1))
    assert solution.lower_bound <= best + 1e-12
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best, abs=1e-9)
    assert problem.violations(solution.points) == []


def test_a_limit_that_bites_is_kept_and_named_in_words() -> None:
    data = table(1)
    free = SLIMProblem(data).solve()
    problem = SLIMProblem(data, max_fpr=0.0, constraints=[Multiples(2)])
    assert free.false_positives > 0
    assert len(problem.violations(free.points)) >= 1
    solution = problem.solve()
    assert solution.false_positives == 0
    assert "false positive rate at most 0" in rules_in_words(problem)
    assert not np.any(solution.points[1:] % 2)


def test_contradicting_rules_are_named() -> None:
    data = table(2)
    problem = SLIMProblem(
        data,
        constraints=[
            Classed({"x1": 1}, positive=True),
            Classed({"x1": 1}, positive=False, name="no"),
            GroupLimit("x*", at_most=2),
        ],
    )
    with pytest.raises(InfeasibleError) as caught:
        problem.solve()
    assert set(caught.value.conflict) == {"classed({x1: 1})", "no"}
    assert set(problem.conflict()) == {"classed({x1: 1})", "no"}


def test_a_limit_of_time_keeps_incumbent_and_honest_gap() -> None:
    data = table(9, n=300, d=6)
    solution = SLIMProblem(data).solve(SearchOptions(time_limit=0.0))
    assert solution.status == "time limit"
    assert 0 <= solution.lower_bound <= SLIMProblem(data).solve().objective <= solution.objective


def test_weights_of_classes_and_engines_are_checked() -> None:
    data = table(0)
    for wrong in (0, -1, math.nan, math.inf):
        with pytest.raises(OptionError, match="w_pos"):
            SLIMProblem(data, w_pos=wrong)
    with pytest.raises(OptionError, match="engine"):
        SLIMProblem(data).solve(engine="supports")
    assert "share of errors" in repr(SLIMProblem(data))


@pytest.mark.parametrize("method", [RiskSLIMProblem, SLIMProblem])
def test_a_range_without_a_multiple_is_a_conflict(method) -> None:
    rules = [PointRange("x1", at_least=1, at_most=2), Multiples(3, "x1"), Multiples(2, "x2")]
    with pytest.raises(InfeasibleError) as caught:
        method(table(0), constraints=rules).solve()
    assert set(caught.value.conflict) == {"range(x1)", "multiples(3: x1)"}
