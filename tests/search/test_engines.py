"""The searches prove the same optimum, and a problem finds the one that can honour it."""

from __future__ import annotations

import threading

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from riskslim.errors import InfeasibleError, OptionError
from riskslim.solvers.result import Progress
from support.brute_force import best_risk

NAMES = ("a", "b", "c", "d")


def random_data(random: np.random.Generator, d: int, n: int = 40) -> Dataset:
    X = random.integers(0, 3, (n, d)).astype(float)
    X[:, 0] += random.integers(0, 2, n) * 0.5
    X[0], X[1] = 0.0, 1.0
    y = (X @ random.normal(size=d) + random.normal(size=n) > 0.5).astype(int)
    y[:2] = 0, 1
    return Dataset.from_arrays(
        X, y, feature_names=NAMES[:d], sample_weight=random.integers(1, 4, n).astype(float)
    )


@st.composite
def problems(draw: st.DrawFn) -> RiskSLIMProblem:
    d = draw(st.integers(2, 4))
    data = random_data(np.random.default_rng(draw(st.integers(0, 2**32 - 1))), d)
    points = CoefficientSet(data.feature_names, -2, 2).set_intercept(-4, 4)
    box = draw(st.sampled_from(["plain", "positive", "excludes zero", "fixed"]))
    if box == "positive":
        points = points.set("a", sign="+")
    elif box == "excludes zero":
        points = points.set("a", lower=1, upper=2)
    elif box == "fixed":
        points = points.set("b", fixed=draw(st.integers(-2, 2)))
    rules = draw(
        st.lists(
            st.sampled_from(
                [
                    GroupLimit(("a", "b"), at_most=1, name="group"),
                    AllOrNone(("a", "b"), name="all or none"),
                    Linear({"a": 1, "b": 1}, upper=2, name="sum"),
                    Linear({"a": 1}, {"b": 2}, lower=0, name="mixed"),
                ]
            ),
            unique_by=lambda rule: rule.name,
            max_size=2,
        )
    )
    return RiskSLIMProblem(
        data,
        points,
        max_size=draw(st.integers(1, d)),
        min_size=draw(st.integers(0, 1)),
        C0=draw(st.sampled_from([0.0, 1e-6, 0.01])),
        constraints=rules,
    )


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(problems())
def test_both_engines_prove_the_optimum(problem: RiskSLIMProblem) -> None:
    truth = best_risk(problem)
    for engine in ("supports", "lcpa"):
        if truth == np.inf:
            with pytest.raises(InfeasibleError):
                problem.solve(engine=engine)
            continue
        solution = problem.solve(engine=engine)
        assert solution.status is Status.OPTIMAL
        assert solution.objective == pytest.approx(truth, abs=1e-9)
        assert solution.lower_bound <= truth + 1e-12
        assert solution.absolute_gap <= 1e-9


def test_auto_takes_the_search_that_can_honour_the_problem() -> None:
    problem = RiskSLIMProblem(random_data(np.random.default_rng(0), 4), max_size=3)
    assert "supports" in problem.solve().proof
    model = problem.to_pyomo()
    model.extra = pyo.Var(domain=pyo.Binary)
    model.choice = pyo.Constraint(expr=model.points["a"] >= 2 * model.extra)
    model.taken = pyo.Constraint(expr=model.extra >= 1)
    solution = problem.solve(model=model)
    assert "cutting planes" in solution.proof
    assert solution.points_by_name["a"] >= 2
    with pytest.raises(OptionError, match="'extra'"):
        problem.solve(model=model, engine="supports")


def test_an_unknown_engine_is_refused() -> None:
    problem = RiskSLIMProblem(random_data(np.random.default_rng(0), 2))
    with pytest.raises(OptionError, match="auto, supports, lcpa"):
        problem.solve(engine="magic")  # type: ignore[arg-type]


def hard() -> Dataset:
    """Many features that all matter a little: nothing can be left out early."""
    random = np.random.default_rng(3)
    X = random.normal(size=(1000, 50))
    y = (X @ random.normal(size=50) * 0.3 + random.normal(size=1000) * 0.5 > 0).astype(int)
    return Dataset.from_arrays(X, y)


def test_an_interrupt_gives_the_incumbent_and_an_honest_gap() -> None:
    pressed = threading.Event()
    threading.Timer(1.0, pressed.set).start()
    problem = RiskSLIMProblem(hard(), max_size=15)
    solution = problem.solve(SearchOptions(interrupted=pressed.is_set), engine="supports")
    assert solution.status is Status.INTERRUPTED
    assert solution.points is not None
    assert problem.violations(solution.points) == []
    assert 0 <= solution.lower_bound < solution.objective


def test_threads_do_not_change_the_answer() -> None:
    problem = RiskSLIMProblem(random_data(np.random.default_rng(5), 4, n=200), max_size=3)
    one, three = (problem.solve(SearchOptions(threads=t)) for t in (1, 3))
    assert one.points is not None
    np.testing.assert_array_equal(one.points, three.points)
    assert one.objective == three.objective


def test_a_long_search_asks_the_cutting_planes_for_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskslim.search.portfolio._SLICE", 0.2)
    lines: list[Progress] = []
    problem = RiskSLIMProblem(hard(), max_size=15)
    options = SearchOptions(time_limit=6.0, on_progress=lines.append)
    solution = problem.solve(options)
    assert solution.status is Status.TIME_LIMIT
    assert solution.cuts > 0
    assert any("lattice cutting planes, root alone" in sentence for sentence in solution.log)
    assert 0.0 < solution.lower_bound <= solution.objective
    assert lines
    assert all(line.lower_bound <= solution.lower_bound for line in lines)
