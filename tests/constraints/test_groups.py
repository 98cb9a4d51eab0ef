"""A limit on groups of features takes the search over supports, and means what it says."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest

from riskslim import (
    CoefficientSet,
    Dataset,
    RiskSLIMProblem,
    SearchOptions,
    SLIMProblem,
    Status,
)
from riskslim.constraints import GroupCount, GroupsUsed, Linear, RateLimit, Requires
from riskslim.errors import InfeasibleError
from riskslim.search.engine import engine_for
from riskslim.search.near_optimal import solve_pool
from riskslim.search.searchable import Searchable, over_indicators, searchable
from riskslim.search.sizes import solve_sizes
from riskslim.search.slim_groups import search_within_groups
from riskslim.solvers.groups import GroupLimit

# Groups that share b, and leave d outside: they are stated by 0-1 variables.
SHARED = GroupCount((["a", "b"], ["b", "c"], ["e"]), at_most=1)


def table(seed: int, n: int = 60) -> Dataset:
    random = np.random.default_rng(seed)
    X = random.integers(0, 2, (n, 5)).astype(float)
    y = (X @ random.normal(size=5) + 0.7 * random.normal(size=n) > 0).astype(int)
    y[:2] = 0, 1
    return Dataset.from_arrays(X, y, feature_names=("a", "b", "c", "d", "e"))


def points_of(data: Dataset) -> CoefficientSet:
    return CoefficientSet(data.feature_names, -1, 1).set_intercept(-2, 2)


def make(data: Dataset, *rules, **options) -> RiskSLIMProblem:
    return RiskSLIMProblem(data, points_of(data), constraints=[SHARED, *rules], **options)


def obeying(data: Dataset, *further) -> list[np.ndarray]:
    """All points that use at most one of the groups, and obey further conditions."""
    columns = (range(-2, 3), *[range(-1, 2)] * 5)
    groups = ([1, 2], [2, 3], [5])
    return [
        points
        for points in map(np.array, itertools.product(*columns))
        if sum(bool(points[group].any()) for group in groups) <= 1
        and all(condition(points) for condition in further)
    ]


@pytest.mark.parametrize("multiplier", ["fixed", "free"])
@pytest.mark.parametrize("seed", range(4))
def test_both_engines_prove_the_best_of_a_few_groups(seed, multiplier):
    problem = make(table(seed), multiplier=multiplier)
    assert engine_for(problem, problem.statement, "supports").name == "supports"
    truth = min(problem.objective(points) for points in obeying(problem.data))
    for engine in ("supports", "lcpa", "auto"):
        solution = problem.solve(engine=engine)
        assert solution.status is Status.OPTIMAL
        assert solution.objective == pytest.approx(truth, abs=1e-9)
        assert not problem.violations(solution.points)


def test_other_rules_hold_beside_a_limit_on_groups():
    rules = Requires("a", "d"), Linear({"c": 1, "e": 1}, upper=0)
    problem = make(table(7), *rules, max_size=3)
    conditions = (
        lambda p: p[1] == 0 or p[4] != 0,
        lambda p: p[3] + p[5] <= 0,
        lambda p: np.count_nonzero(p[1:]) <= 3,
    )
    truth = min(problem.objective(points) for points in obeying(problem.data, *conditions))
    solution = problem.solve(engine="supports")
    assert solution.objective == pytest.approx(truth, abs=1e-9)
    assert solution.status is Status.OPTIMAL


def test_limits_on_rates_hold_beside_a_limit_on_groups():
    data = table(2)
    rate = RateLimit("fpr", at_most=0.2)
    problem = make(data, rate)
    negatives = data.negative / data.negative.sum()

    def obeys(points):
        return negatives[data.features @ points[1:] + points[0] > 0].sum() <= 0.2 + 1e-9

    truth = min(problem.objective(points) for points in obeying(data, obeys))
    solution = problem.solve()
    assert "supports" in solution.proof
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(truth, abs=1e-9)
    assert obeys(solution.points)


def test_a_pool_and_a_path_over_sizes_obey_a_limit_on_groups():
    problem = make(table(3))
    objectives = {tuple(p): problem.objective(p) for p in obeying(problem.data)}
    least = min(objectives.values())
    pool = solve_pool(problem, tolerance=0.01)
    assert pool.complete
    found = {tuple(solution.points.tolist()) for solution in pool.solutions}
    assert found == {points for points, value in objectives.items() if value <= least + 0.01}
    for size, solution in solve_sizes(problem).items():
        of_size = [v for p, v in objectives.items() if np.count_nonzero(p[1:]) == size]
        if not of_size:
            assert solution.status is Status.INFEASIBLE
            continue
        assert solution.objective == pytest.approx(min(of_size), abs=1e-9)


def test_groups_that_a_model_states_by_its_own_variables_are_understood():
    data = table(5)
    plain = RiskSLIMProblem(data, points_of(data))
    model = plain.to_pyomo()
    model.on = pyo.Var([0, 1, 2], domain=pyo.Binary)
    model.links = pyo.ConstraintList()
    for group, names in enumerate(("ab", "bc", "e")):
        for name in names:
            model.links.add(2 * model.on[group] >= model.used[name])
    model.limit = pyo.Constraint(expr=3 * sum(model.on.values()) + 3 * model.used["d"] <= 6)
    truth = min(
        plain.objective(points)
        for points in map(np.array, itertools.product(range(-2, 3), *[range(-1, 2)] * 5))
        if sum(bool(points[g].any()) for g in ([1, 2], [2, 3], [5], [4])) <= 2
    )
    for engine in ("supports", "lcpa"):
        solution = plain.solve(model=model, engine=engine)
        assert solution.objective == pytest.approx(truth, abs=1e-9)
    assert "supports" in plain.solve(model=model).proof


@pytest.mark.parametrize("change", ["fixed", "weighted", "least", "tied", "cheap"])
def test_variables_that_say_more_than_a_limit_on_groups_are_left_to_the_cutting_planes(change):
    data = table(1)
    problem = make(data)
    model = problem.to_pyomo()
    switches = [v for v in model.component_data_objects(pyo.Var) if "group" in v.name]
    assert len(switches) == 3
    if change == "fixed":
        switches[0].fix(1)
    elif change == "weighted":
        model.more = pyo.Constraint(expr=switches[0] + 2 * switches[1] <= 2)
    elif change == "least":
        model.more = pyo.Constraint(expr=sum(switches) >= 1)
    elif change == "tied":
        model.more = pyo.Constraint(expr=switches[0] <= model.used["d"])
    else:
        model.more = pyo.Constraint(expr=switches[0] + model.points["a"] <= 1)
    statement = make(data).statement
    assert len(statement.groups) == 1
    solution = problem.solve(model=model)
    assert "cutting planes" in solution.proof
    assert solution.status is Status.OPTIMAL


def test_a_statement_and_its_switches_agree_with_the_limits():
    problem = make(table(0), GroupCount((["c", "d"], ["a", "d", "e"]), at_most=1, name="other"))
    statement, rows = problem.statement, problem.statement.as_rows
    assert statement.names == rows.names[: 2 * 5 + 1]
    assert statement.plain.row_names == ()
    assert statement.groups == (
        GroupLimit(((1, 2), (2, 3), (5,)), 1),
        GroupLimit(((3, 4), (1, 4, 5)), 1),
    )
    for used in itertools.product((0.0, 1.0), repeat=5):
        x = rows.lifted(np.array([1.0, *used, *used]))
        activity = rows.matrix @ x
        holds = bool(np.all((activity <= rows.row_upper) & (activity >= rows.row_lower)))
        on = np.array([True, *used]) != 0
        assert holds == all(limit.holds(on) for limit in statement.groups)


@pytest.mark.parametrize("at_most", [0, 1, 2, 3])
def test_few_choices_of_members_are_stated_over_indicators_and_mean_the_same(at_most):
    data = table(0)
    groups = (["a", "b"], ["b", "c"], ["b", "d", "e"])
    rule = GroupCount(groups, at_most=at_most)
    statement = RiskSLIMProblem(data, points_of(data), constraints=[rule]).statement
    stated = over_indicators(statement, 100)
    assert stated is not None
    plain = replace(statement.without(GroupsUsed), parts=tuple(stated) or statement.parts).as_rows
    assert plain.names == statement.names[: 2 * 5 + 1]
    for used in itertools.product((0.0, 1.0), repeat=5):
        x = plain.lifted(np.array([0.0, *used, *used]))
        on = {name for name, value in zip("abcde", used, strict=True) if value}
        count = sum(bool(on & set(group)) for group in groups)
        assert bool(np.all(plain.matrix @ x <= plain.row_upper)) == (count <= at_most)
    if 0 < at_most < 3:
        assert over_indicators(statement, 2) is None


@pytest.mark.parametrize("seed", range(3))
def test_decisions_of_a_few_groups_equal_brute_force(seed):
    data = table(seed)
    problem = SLIMProblem(data, points_of(data), C0=0.01, constraints=[SHARED])
    truth = min(problem.objective(points) for points in obeying(data))
    for engine in ("search", "mip"):
        solution = problem.solve(engine=engine)
        assert solution.objective == pytest.approx(truth, abs=1e-9)
        assert not problem.violations(solution.points)


def test_conflicts_with_a_limit_on_groups_are_named():
    data = table(0)
    points = points_of(data).set("a", lower=1, upper=1).set("e", lower=1, upper=1)
    with pytest.raises(InfeasibleError, match="at most 1 of the groups"):
        RiskSLIMProblem(data, points, constraints=[SHARED]).solve(SearchOptions())


def decisions(data: Dataset, at_most: int, **options) -> SLIMProblem:
    """Five variables of eight cuts each: too many choices of members for rows over indicators."""
    names = [data.feature_names[8 * g : 8 * g + 8] for g in range(5)]
    rule = GroupCount(tuple(map(tuple, names)), at_most=at_most)
    return SLIMProblem(data, C0=0.001, constraints=[rule], **options)


def wide_table(seed: int) -> Dataset:
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(60, 5))
    X = (numbers[:, :, None] >= np.linspace(-1.2, 1.2, 8)).reshape(60, -1).astype(float)
    y = (numbers @ [1.0, -0.8, 0.5, 0.2, 0.0] + 0.5 * random.normal(size=60) > 0).astype(int)
    names = [f"{variable}{cut}" for variable in "abcde" for cut in range(8)]
    return Dataset.from_arrays(X, y, feature_names=names)


def test_decisions_of_a_few_variables_start_from_a_logistic_score_of_as_few():
    problem = decisions(wide_table(1), at_most=2, max_size=3, max_coef=3)
    relaxed = searchable(problem, problem.statement, leaving_out=True)
    assert isinstance(relaxed, Searchable)
    assert [limit.at_most for limit in relaxed.groups] == [2]
    (run,) = search_within_groups(problem, relaxed, SearchOptions(node_limit=0), problem.violations)
    assert not problem.violations(run.points)
    assert "groups of a logistic score" in run.log[0]
    # a and b carry the outcome: most rows are decided rightly by them alone.
    assert {problem.data.feature_names[j][0] for j in np.flatnonzero(run.points[1:])} == {"a", "b"}
    assert problem.loss(run.points) < 0.25


def test_decisions_take_a_limit_that_the_size_implies_for_none():
    problem = decisions(wide_table(2), at_most=2, max_size=2, max_coef=2)
    solution = problem.solve()
    assert solution.status is Status.OPTIMAL
    assert "boxes" in solution.proof
    free = SLIMProblem(problem.data, C0=0.001, max_size=2, max_coef=2).solve()
    assert solution.objective == pytest.approx(free.objective, abs=1e-9)


@pytest.mark.parametrize("engine", ["supports", "lcpa", "auto"])
def test_risks_take_a_limit_that_the_size_implies_for_none(engine):
    data = table(4)
    free = RiskSLIMProblem(data, points_of(data), max_size=2)
    rule = GroupCount((["a", "b"], ["c", "d"], ["e"]), at_most=2)
    problem = RiskSLIMProblem(data, points_of(data), max_size=2, constraints=[rule])
    assert not problem.statement.without_idle_groups().groups
    solution = problem.solve(engine=engine)
    assert solution.objective == pytest.approx(free.solve().objective, abs=1e-9)
