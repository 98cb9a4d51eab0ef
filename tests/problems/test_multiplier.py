"""The free multiplier: the best one of given points, and problems that choose it."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp, minimize_scalar

from riskslim import (
    AllOrNone,
    CoefficientSet,
    Dataset,
    GroupLimit,
    Linear,
    RiskSLIMProblem,
    SearchOptions,
    Status,
)
from riskslim.errors import ConstraintError, InfeasibleError, OptionError
from riskslim.models.linearised import linearise
from riskslim.models.translate import translate
from riskslim.problems.defaults import DEFAULT_RANGE
from riskslim.problems.intercept import derived_bounds
from riskslim.problems.multiplier import best_multiplier
from support.brute_force import best_risk

NAMES = ("a", "b", "c", "d")
RANGES = [(0.5, 8.0), (0.25, 1.5), (2.0, 50.0), DEFAULT_RANGE]


def random_data(seed: int, d: int, n: int = 30) -> Dataset:
    random = np.random.default_rng(seed)
    X = random.integers(0, 3, (n, d)).astype(float)
    X[:, 0] += random.integers(0, 2, n) * 0.5
    X[0], X[1] = 0.0, 1.0
    noise = random.choice([0.0, 1.0, 4.0])
    y = (X @ random.normal(size=d) + noise * random.normal(size=n) > 0.5).astype(int)
    y[:2] = 0, 1
    return Dataset.from_arrays(
        X, y, feature_names=NAMES[:d], sample_weight=random.integers(1, 4, n).astype(float)
    )


@st.composite
def problems(draw: st.DrawFn, most: int = 3) -> RiskSLIMProblem:
    d = draw(st.integers(1, most))
    data = random_data(draw(st.integers(0, 2**32 - 1)), d)
    points = CoefficientSet(data.feature_names, -2, 2).set_intercept(-5, 5)
    box = draw(st.sampled_from(["plain", "positive", "excludes zero", "fixed"]))
    if box == "positive":
        points = points.set("a", sign="+")
    elif box == "excludes zero":
        points = points.set("a", lower=1, upper=2)
    elif box == "fixed":
        points = points.set(data.feature_names[-1], fixed=draw(st.integers(-2, 2)))
    rules = [Linear({"a": 1, "(Intercept)": 1}, lower=-3, upper=2, name="sum")]
    if d > 1:
        rules += [
            GroupLimit(("a", "b"), at_most=1, name="group"),
            AllOrNone(("a", "b"), name="all or none"),
            Linear({"a": 1}, {"b": 2}, lower=0, name="mixed"),
        ]
    return RiskSLIMProblem(
        data,
        points,
        max_size=draw(st.integers(1, d)),
        min_size=draw(st.integers(0, 1)),
        C0=draw(st.sampled_from([0.0, 1e-6, 0.01])),
        constraints=draw(
            st.lists(st.sampled_from(rules), unique_by=lambda rule: rule.name, max_size=2)
        ),
        multiplier="free",
        multiplier_range=draw(st.sampled_from(RANGES)),
    )


def losses(scores: Any, data: Dataset) -> Any:
    return (
        np.logaddexp(0, -scores) @ data.positive + np.logaddexp(0, scores) @ data.negative
    ) / data.total_weight


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.sampled_from(RANGES))
def test_the_best_multiplier_of_points(seed: int, multiplier_range: tuple[float, float]) -> None:
    data = random_data(seed, 2)
    points = np.random.default_rng(seed).integers(-4, 5, 3)
    problem = RiskSLIMProblem(
        data, multiplier="free", multiplier_range=multiplier_range, intercept="integer"
    )
    m, (low, high) = problem.best_multiplier(points), multiplier_range
    assert low <= m <= high
    scores = points[0] + data.features @ points[1:]
    found = minimize_scalar(
        lambda t: float(losses(scores * t, data)), bounds=(1 / high, 1 / low), method="bounded"
    )
    ends = [float(losses(scores / end, data)) for end in (low, high)]
    assert problem.loss(points) <= min(found.fun, *ends) * (1 + 1e-14)
    assert problem.loss(points) == pytest.approx(float(losses(scores / m, data)), rel=1e-13)
    assert problem.objective(points) == problem.objective(points, m)
    if low < m < high:
        risk = 1 / (1 + np.exp(-scores / m))
        slope = scores @ (risk * (data.positive + data.negative) - data.positive)
        assert abs(slope) <= 1e-12 * np.abs(scores) @ (data.positive + data.negative)


def test_ends_of_the_range_are_honoured() -> None:
    ones = np.ones(2)
    separable, useless = np.array([-1.0, 1.0]), np.array([1.0, -1.0])
    up, down = np.array([0.0, 1.0]), np.array([1.0, 0.0])
    assert best_multiplier(separable, up, down, (0.3, 7.0)) == 0.3
    assert best_multiplier(useless, up, down, (0.3, 7.0)) == 7.0
    assert best_multiplier(1e6 * separable, up, down, (0.3, 7.0)) == 0.3
    # The loss of scores of 0 does not depend on it.
    assert best_multiplier(np.zeros(2), ones, ones, (0.3, 7.0)) == 1.0
    assert best_multiplier(np.zeros(2), ones, ones, (3.0, 7.0)) == 3.0
    # 3 of 4 positive: the logarithm of the odds is log 3 at a score of 2.
    exact = best_multiplier(np.array([2.0]), np.array([3.0]), np.array([1.0]), (0.3, 7.0))
    assert exact == pytest.approx(2 / math.log(3), rel=1e-15)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"multiplier": "free "}, "give one of fixed, free"),
        ({"multiplier": 2.0}, "multiplier=2.0"),
        ({"multiplier": "free", "multiplier_range": (0.0, 1.0)}, "multiplier_range=(0.0, 1.0)"),
        ({"multiplier": "free", "multiplier_range": (2.0, 1.0)}, "the smaller first"),
        ({"multiplier": "free", "multiplier_range": (2.0, 2.0)}, "the smaller first"),
        ({"multiplier": "free", "multiplier_range": (1.0, math.nan)}, "nan"),
        ({"multiplier": "free", "multiplier_range": (1.0, math.inf)}, "inf"),
        ({"multiplier": "free", "multiplier_range": (1.0,)}, "smallest and the largest"),
        ({"multiplier": "free", "multiplier_range": 3}, "multiplier_range=3"),
        ({"multiplier": "free", "multiplier_range": "ab"}, "multiplier_range='ab'"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError) as caught:
        RiskSLIMProblem(random_data(0, 2), **options)
    assert words in str(caught.value)


def test_the_range_is_read_only_where_the_multiplier_is_free() -> None:
    problem = RiskSLIMProblem(random_data(0, 2), multiplier_range=(-1.0, 0.0))
    assert problem.scale_range == (1.0, 1.0)
    assert problem.best_multiplier([1, 2, 3]) == 1.0
    assert problem.loss([1, 2, 3]) == problem.loss([1, 2, 3], 1.0)
    with pytest.raises(OptionError, match="multiplier=-2"):
        problem.loss([1, 2, 3], -2.0)
    text = repr(RiskSLIMProblem(random_data(0, 2), multiplier="free"))
    assert "multiplier m in 0.5..1000" in text


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(0.5, 8.0), (0.9, 1.1), (1.0, 40.0)]))
def test_the_best_intercept_of_every_choice_is_kept(
    seed: int, multiplier_range: tuple[float, float]
) -> None:
    random = np.random.default_rng(seed)
    data, points = random_data(seed, 2, n=8), CoefficientSet(NAMES[:2], -2, 2)
    max_size = int(random.integers(0, 3))
    low, high = derived_bounds(
        data.features,
        data.positive,
        data.negative,
        points.lower,
        points.upper,
        max_size,
        multiplier_range,
    )
    wide = np.arange(low - 40, high + 41)
    inside = (wide >= low) & (wide <= high)
    multipliers = [*multiplier_range, *random.uniform(*multiplier_range, 3)]
    for choice in itertools.product(range(-2, 3), repeat=2):
        if np.count_nonzero(choice) <= max_size:
            scores = wide[:, None] + data.features @ choice
            for m in multipliers:
                values = losses(scores / m, data)
                assert values[inside].min() <= values.min() + 1e-15


def test_bounds_of_the_intercept_grow_with_the_range() -> None:
    data = random_data(3, 3)
    sizes = []
    for multiplier_range in [(1.0, 1.5), (0.5, 8.0), (0.5, 100.0)]:
        problem = RiskSLIMProblem(
            data, multiplier="free", multiplier_range=multiplier_range, intercept="integer"
        )
        sizes.append((problem.statement.lower[0], problem.statement.upper[0]))
    lower, upper = zip(*sizes, strict=True)
    assert np.isfinite(sizes).all()
    assert list(lower) == sorted(lower, reverse=True)
    assert list(upper) == sorted(upper)


@settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(problems())
def test_the_search_over_supports_proves_the_optimum(problem: RiskSLIMProblem) -> None:
    check(problem, "supports")


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(problems(most=2))
def test_the_cutting_planes_prove_the_optimum(problem: RiskSLIMProblem) -> None:
    check(problem, "lcpa")


def check(problem: RiskSLIMProblem, engine: Any) -> None:
    truth = best_risk(problem)
    if truth == math.inf:
        with pytest.raises(InfeasibleError):
            problem.solve(engine=engine)
        return
    solution = problem.solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(truth, abs=1e-9)
    assert solution.lower_bound <= truth + 1e-12
    assert solution.absolute_gap <= 1e-9
    assert solution.points is not None
    assert solution.multiplier == problem.best_multiplier(solution.points)
    assert solution.multiplier_range == problem.scale_range
    limited = problem.solve(SearchOptions(node_limit=1), engine=engine)
    assert limited.lower_bound <= truth + 1e-12


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_the_linearised_rows_leave_exactly_the_products(seed: int) -> None:
    """With integer points and a scale given, weights can be nothing but their products."""
    random = np.random.default_rng(seed)
    points = CoefficientSet(NAMES[:2], -2, 5).set_intercept(-7, 20).set("b", lower=1)
    problem = RiskSLIMProblem(
        random_data(seed, 2), points, multiplier="free", multiplier_range=(0.4, 30.0)
    )
    program = linearise(problem.program())
    assert program.scale is None
    x = np.array([random.integers(-7, 21), random.integers(-2, 6), random.integers(1, 6)])
    t = float(random.uniform(1 / 30, 1 / 0.4))
    lower, upper = program.lower.copy(), program.upper.copy()
    at = [0, 1, 2, 3, 4, program.names.index("scale")]
    lower[at] = upper[at] = [*x, *(x[1:] != 0), t]
    for sign in (1.0, -1.0):
        found = milp(
            sign * np.isin(np.arange(len(lower)), program.oracle_columns).astype(float),
            integrality=program.integer.astype(int),
            bounds=Bounds(lower, upper),
            constraints=LinearConstraint(program.matrix, program.row_lower, program.row_upper),
        )
        np.testing.assert_allclose(found.x[program.oracle_columns], t * x, atol=1e-6)


@settings(max_examples=10)
@given(problems())
def test_the_relaxation_bounds_the_objective(problem: RiskSLIMProblem) -> None:
    truth, bound = best_risk(problem), problem.relaxation().solve()
    assert bound <= truth + 1e-6


def test_the_written_file_bounds_the_problem(tmp_path: Path) -> None:
    rules = [AllOrNone(["a", "b"])]
    problem = RiskSLIMProblem(
        random_data(1, 3), max_size=2, constraints=rules, multiplier="free", max_coef=3
    )
    path = tmp_path / "problem.mps"
    problem.write(path)
    highs = highspy.Highs()
    highs.silent()
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    highs.run()
    optimum = highs.getInfo().objective_function_value
    assert 0.0 < optimum <= problem.solve().objective + 1e-7


def test_a_model_is_extended_by_rules_on_points() -> None:
    problem = RiskSLIMProblem(random_data(2, 3), max_size=2, max_coef=3, multiplier="free")
    model = problem.to_pyomo()
    statement = translate(problem, model)
    assert statement.names == problem.statement.names
    assert statement.as_rows.row_names == problem.statement.as_rows.row_names
    np.testing.assert_array_equal(statement.lower, problem.statement.lower)
    model.mine = pyo.Constraint(expr=model.points["a"] + model.points["b"] == 1)
    solution = problem.solve(model=model)
    points = solution.points_by_name
    assert points.get("a", 0) + points.get("b", 0) == 1
    rule = Linear({"a": 1, "b": 1}, lower=1, upper=1)
    same = replace_rules(problem, rule).solve()
    assert solution.objective == pytest.approx(same.objective, abs=1e-12)
    model.wrong = pyo.Constraint(expr=model.scaled["scale"] <= 1)
    with pytest.raises(ConstraintError, match="points and indicators instead"):
        problem.solve(model=model)


def replace_rules(problem: RiskSLIMProblem, rule: Linear) -> RiskSLIMProblem:
    return RiskSLIMProblem(
        problem.data, max_size=2, max_coef=3, constraints=[rule], multiplier="free"
    )


def test_separable_data_end_at_the_range_and_say_so() -> None:
    data = Dataset.from_arrays([[0, 1], [1, 1], [0, 0], [1, 0]] * 3, [0, 1, 0, 1] * 3)
    solution = RiskSLIMProblem(data, multiplier="free").solve()
    assert solution.status is Status.OPTIMAL
    assert solution.multiplier == 0.5
    assert "may be separable" in solution.notes[0]
    assert "lower end 0.5" in repr(solution)
    large = Dataset.from_arrays([[0.0], [1e4], [2e4], [3e4]], [0, 1, 0, 1])
    solution = RiskSLIMProblem(large, min_size=1, multiplier="free").solve()
    assert solution.multiplier == 1000.0
    assert "upper end 1000" in solution.notes[0]
    fixed = RiskSLIMProblem(data).solve()
    assert (fixed.notes, fixed.multiplier, fixed.multiplier_range) == ((), 1.0, (1.0, 1.0))


def test_free_is_never_worse_than_fixed() -> None:
    data = random_data(11, 4, n=120)
    fixed = RiskSLIMProblem(data, max_size=3).solve()
    free = RiskSLIMProblem(data, max_size=3, multiplier="free").solve()
    assert free.objective <= fixed.objective
    assert free.points is not None
    threads = RiskSLIMProblem(data, max_size=3, multiplier="free").solve(SearchOptions(threads=3))
    np.testing.assert_array_equal(free.points, threads.points)
    assert (free.multiplier, free.objective) == (threads.multiplier, threads.objective)
    assert replace(threads, log=(), phase_seconds={}).notes == free.notes
