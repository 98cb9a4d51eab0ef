"""SLIM as a mixed-integer program: tight M, checked answers, safe bounds, models and files."""

from __future__ import annotations

import itertools
import math

import highspy
import numpy as np
import pytest

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem, SearchOptions, SLIMProblem
from riskslim.constraints import GroupCount, Multiples, RateLimit
from riskslim.errors import ConstraintError, InfeasibleError, LimitError, OptionError
from riskslim.models.separation import separate
from riskslim.models.slim_program import state_program
from riskslim.problems.epsilon import least_step
from riskslim.search import slim_mip
from riskslim.search.engine import Known
from riskslim.search.slim_mip import _Found
from riskslim.solvers.mip import minimise_program
from riskslim.solvers.result import Progress

pyo = pytest.importorskip("pyomo.environ")
pytestmark = pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")


def table(seed: int, n: int = 40, d: int = 3, scale: float = 1.0) -> Dataset:
    random = np.random.default_rng(seed)
    X = random.integers(0, 3, (n, d)) * scale
    y = (X @ random.integers(-2, 3, d) + scale * random.normal(scale=1.5, size=n) > 0.5).astype(int)
    y[:2] = 0, 1
    return Dataset.from_arrays(X, y)


def lattice(low: int, high: int, most: int, d: int) -> np.ndarray:
    ranges = [range(low, high + 1), *([range(-most, most + 1)] * d)]
    return np.array(list(itertools.product(*ranges)), dtype=float)


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.1])
@pytest.mark.parametrize("seed", range(4))
def test_rows_cost_what_points_get_wrong(seed: int, scale: float) -> None:
    """At every point of the lattice the least cost of the program is the objective."""
    data = table(seed, n=25, d=2, scale=scale)
    points = CoefficientSet(data.feature_names, -2, 2).set_intercept(-3, 3)
    problem = SLIMProblem(data, points, max_size=1 + seed % 2)
    stated = state_program(problem, problem.statement)
    program = stated.program
    for p in lattice(-3, 3, 2, 2)[:: 1 + 2 * (seed % 2)]:
        if (p[1:] != 0).sum() > problem.statement.size[1]:
            continue
        held = minimise_program(_held(program, p), SearchOptions())
        assert held.status == "optimal"
        assert held.lower_bound / problem.total_weight == pytest.approx(
            problem.objective(p), abs=1e-9
        )


def _held(program, points):
    from dataclasses import replace

    lower, upper = program.lower.copy(), program.upper.copy()
    lower[: len(points)] = upper[: len(points)] = points
    return replace(program, lower=lower, upper=upper)


def test_big_m_is_the_range_that_bounds_and_size_leave() -> None:
    data = Dataset.from_arrays([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [1.0, 0.0, 0.0]], [1, 0, 1])
    points = CoefficientSet(data.feature_names, -2, 3).set_intercept(-1, 4)
    part = separate(SLIMProblem(data, points, max_size=1), SLIMProblem(data, points, 1).statement)
    every = lattice(-1, 4, 3, 3)
    every = every[((every[:, 1:] >= -2).all(axis=1)) & ((every[:, 1:] != 0).sum(axis=1) <= 1)]
    t = (every[:, :1] + every[:, 1:] @ data.features.T) * part.sign
    assert part.least.tolist() == t.min(axis=0).tolist()
    assert part.most.tolist() == t.max(axis=0).tolist()
    assert part.step == 1.0


def test_contradicting_rows_are_counted_once() -> None:
    data = Dataset.from_arrays([[1.0]] * 5 + [[0.0]] * 2, [1, 1, 1, 0, 0, 0, 1])
    problem = SLIMProblem(data)
    part = separate(problem, problem.statement)
    assert part.constant == pytest.approx(3 / 7)
    assert sorted(part.cost.tolist()) == pytest.approx([0.0, 1 / 7])
    for engine in ("mip", "search"):
        solution = problem.solve(engine=engine)
        assert solution.loss == pytest.approx(3 / 7)
    with pytest.raises(InfeasibleError):
        SLIMProblem(data, max_error=0.3).solve(engine="mip")


@pytest.mark.parametrize("intercept", [(0, 0), (-2, 0)])
def test_a_total_of_zero_is_wrong_for_both_classes_where_one_is_wrong_anyway(
    tmp_path, intercept
) -> None:
    data = Dataset.from_arrays([[2], [3], [3], [3]], [0, 1, 1, 0])
    points = CoefficientSet(data.feature_names, -2, 0).set_intercept(*intercept)
    problem = SLIMProblem(data, points, constraints=[GroupCount(("x1",), at_most=0)])
    found = problem.solve(engine="mip")
    assert found.status == "optimal"
    best = min(problem.objective([b, 0]) for b in range(intercept[0], 1))
    assert found.objective == pytest.approx(best, abs=1e-12)
    problem.write(tmp_path / "problem.lp")
    highs = highspy.Highs()
    highs.silent()
    highs.readModel(str(tmp_path / "problem.lp"))
    highs.run()
    assert highs.getInfo().objective_function_value == pytest.approx(best, abs=1e-7)


@pytest.mark.parametrize("seed", range(8))
def test_both_engines_agree(seed: int) -> None:
    data = table(seed + 20, n=60, d=4)
    problem = SLIMProblem(data, max_coef=3, max_size=3, max_fnr=0.3 if seed % 2 else None)
    found = {engine: problem.solve(engine=engine) for engine in ("search", "mip")}
    assert {s.status for s in found.values()} == {"optimal"}
    assert found["mip"].objective == pytest.approx(found["search"].objective, abs=1e-11)
    assert np.gcd.reduce(found["mip"].points) == 1
    assert found["mip"].lower_bound <= found["search"].objective
    assert "mixed-integer" in found["mip"].proof


def test_a_program_that_is_not_stated_in_time_leaves_the_start() -> None:
    problem = SLIMProblem(table(3, n=60, d=4), max_coef=3)
    start = np.array([0, 1, 0, 0, 0])

    def slow(*_: object) -> None:
        raise LimitError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(slim_mip, "state_program", slow)
        ended = slim_mip.run_mip(
            problem,
            problem.statement,
            SearchOptions(time_limit=60.0),
            Known(lambda _: [], start, 0.01),
        )
    assert ended.status == "time limit"
    assert ended.points.tolist() == start.tolist()
    assert ended.lower_bound == 0.01


def test_values_without_a_common_step_leave_an_honest_gap_or_a_proof() -> None:
    random = np.random.default_rng(5)
    X = random.normal(size=(30, 2))
    y = (X @ [1.0, -0.7] + random.normal(scale=0.5, size=30) > 0).astype(int)
    problem = SLIMProblem(Dataset.from_arrays(X, y), max_coef=3)
    solution = problem.solve(engine="mip")
    best = problem.solve(engine="search")
    assert best.status == "optimal"
    assert solution.lower_bound <= best.objective <= solution.objective + 1e-12
    if solution.status == "optimal":
        assert solution.objective == pytest.approx(best.objective, abs=1e-9)


def test_what_the_search_cannot_state_the_program_takes_over() -> None:
    data = table(3, d=4)
    # So many choices of members that they need 0-1 variables of their own.
    pairs = itertools.combinations(("x1", "x2", "x3", "x4"), 2)
    triples = itertools.combinations(("x1", "x2", "x3", "x4"), 3)
    rule = GroupCount((*pairs, *triples), at_most=6)
    problem = SLIMProblem(data, constraints=[rule])
    with pytest.raises(OptionError, match="groups"):
        problem.solve(engine="search")
    solution = problem.solve()
    assert solution.status == "optimal"
    assert problem.violations(solution.points) == []
    mixed = SLIMProblem(data, constraints=[Multiples(2, "x1"), Multiples(3, "x2")])
    with pytest.raises(OptionError, match="different numbers"):
        mixed.solve(engine="search")
    assert mixed.solve().status == "optimal"
    at = SLIMProblem(data, constraints=[RateLimit("tpr", at_least=0.6, threshold=2)])
    solution = at.solve()
    assert solution.status == "optimal"
    total = data.features @ solution.points[1:]
    assert data.positive[total >= 2].sum() >= 0.6 * data.positive.sum()


def test_interrupt_and_limits_keep_the_incumbent_and_a_valid_bound() -> None:
    data = table(11, n=200, d=6)
    problem = SLIMProblem(data)
    truth = problem.solve().objective
    lines: list[Progress] = []
    stopped = problem.solve(SearchOptions(interrupted=lambda: True), engine="mip")
    assert stopped.status == "interrupted"
    limited = problem.solve(SearchOptions(time_limit=2.5, on_progress=lines.append), engine="mip")
    assert limited.status in ("time limit", "optimal")
    nodes = problem.solve(SearchOptions(node_limit=1), engine="mip")
    for solution in (stopped, limited, nodes):
        assert 0.0 <= solution.lower_bound <= truth + 1e-12
        assert solution.objective >= truth - 1e-12
        assert solution.points is not None
    assert all(line.lower_bound <= truth + 1e-9 for line in lines)


def test_the_model_says_what_the_problem_says_and_its_files_too(tmp_path) -> None:
    data = table(1)
    problem = SLIMProblem(data, max_fpr=0.2, constraints=[Multiples(2, "x1")])
    best = problem.solve().objective
    model = problem.to_pyomo()
    assert set(model.error) == set(range(1, data.n_distinct + 1))
    assert {"size", "objective", "rules", "used", "points"} <= {
        component.local_name for component in model.component_objects()
    }
    for engine in ("auto", "mip"):
        assert problem.solve(model=problem.to_pyomo(), engine=engine).objective == pytest.approx(
            best, abs=1e-11
        )
    for ending in ("lp", "mps"):
        file = tmp_path / f"problem.{ending}"
        problem.write(file)
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("mip_rel_gap", 0.0)
        highs.readModel(str(file))
        highs.run()
        assert highs.getInfo().objective_function_value == pytest.approx(best, abs=1e-7)
    with pytest.raises(OptionError, match="kind of file"):
        problem.write(tmp_path / "problem.txt")


def test_a_model_may_be_extended_by_rows_over_points_and_errors() -> None:
    data = table(1, n=30, d=2)
    points = CoefficientSet(data.feature_names, -2, 2).set_intercept(-3, 3)
    problem = SLIMProblem(data, points)
    every = lattice(-3, 3, 2, 2)
    scores = every[:, :1] + every[:, 1:] @ data.features.T
    heavier = np.where(data.positive >= data.negative, 1, -1)
    wrong = scores * heavier <= 0
    values = np.array([problem.objective(p) for p in every])

    model = problem.to_pyomo()
    model.own = pyo.Constraint(expr=model.points["x1"] + model.points["x2"] <= -1)
    allowed = every[:, 1] + every[:, 2] <= -1
    for engine in ("auto", "search", "mip"):
        solution = problem.solve(model=model, engine=engine)
        assert solution.objective == pytest.approx(values[allowed].min(), abs=1e-9)

    model = problem.to_pyomo()
    some = list(range(1, 1 + data.n_distinct // 2))
    model.many = pyo.Constraint(expr=sum(model.error[i] for i in some) >= 3)
    model.error[data.n_distinct].fix(0)
    allowed = (wrong[:, : len(some)].sum(axis=1) >= 3) & ~wrong[:, -1]
    assert values[allowed].min() > values.min()
    solution = problem.solve(model=model)
    assert solution.objective == pytest.approx(values[allowed].min(), abs=1e-9)
    with pytest.raises(OptionError, match="error"):
        problem.solve(model=model, engine="search")


def test_a_model_that_was_changed_otherwise_is_refused() -> None:
    problem = SLIMProblem(table(0))
    model = problem.to_pyomo()
    model.objective.deactivate()
    model.other = pyo.Objective(expr=model.intercept)
    with pytest.raises(ConstraintError, match="objective cannot be changed"):
        problem.solve(model=model)
    model = problem.to_pyomo()
    model.own = pyo.Constraint(expr=model.magnitude["x1"] <= 1)
    with pytest.raises(ConstraintError, match="model's own use"):
        problem.solve(model=model)
    with pytest.raises(ConstraintError, match="not made by"):
        problem.solve(model=RiskSLIMProblem(problem.data).to_pyomo())


@pytest.mark.parametrize("w_pos", [1.0, 2.0, 0.3])
@pytest.mark.parametrize("C0", [0.0, 0.01, 0.037])
def test_no_two_values_of_the_objective_are_closer_than_the_least_step(
    w_pos: float, C0: float
) -> None:
    data = table(4, n=17, d=2)
    problem = SLIMProblem(data, max_coef=2, C0=C0, w_pos=w_pos)
    step = least_step(problem)
    assert step is not None
    values = np.unique([problem.objective(p) for p in lattice(-9, 9, 2, 2)])
    apart = np.diff(values)
    assert apart[apart > 1e-12].min() >= step * (1 - 1e-9)
    assert not math.isnan(problem.epsilon)


def test_real_values_and_points_of_different_steps_still_reach_the_best_score() -> None:
    """HiGHS takes a score of nothing for right within its tolerances: it is no answer."""
    rng = np.random.default_rng(62)
    X, y = rng.normal(size=(12, 2)), np.array([0, 1] * 6)
    problem = SLIMProblem(
        Dataset.from_arrays(X, y), max_coef=3, C0=0.0, constraints=[Multiples(2, "x2")]
    )
    solution = problem.solve()
    box = itertools.product(range(-12, 13), range(-3, 4), (-2, 0, 2))
    best = min(problem.objective(points) for points in box)
    assert solution.points is not None
    assert solution.objective == pytest.approx(best, abs=1e-12)
    assert solution.lower_bound <= best


def test_a_score_without_points_is_an_incumbent_too() -> None:
    problem = SLIMProblem(Dataset.from_arrays([[0.1234567], [0.7654321]], [0, 1]), C0=0.0)
    program = state_program(problem, problem.statement)
    found = _Found(problem, program, problem.violations)
    found.offer(np.zeros(2))
    assert found.points is not None
    assert found.objective == problem.objective([0, 0])
