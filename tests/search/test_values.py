"""Points among lists of values: every engine against all such points, and what cannot take them."""

import itertools

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskslim import (
    CoefficientSet,
    Dataset,
    RiskScore,
    RiskSLIMClassifier,
    RiskSLIMProblem,
    SLIMProblem,
    Status,
)
from riskslim.cli import main
from riskslim.constraints import Include, PointValues
from riskslim.errors import ConstraintError, InfeasibleError, OptionError
from riskslim.search.engine import engines_of

pytestmark = pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")

NAMES = ("a", "b", "c")
LIST = [-10, -5, -1, 0, 1, 5, 10]


def table(seed, n=25):
    random = np.random.default_rng(seed)
    X = random.integers(0, 3, (n, 3)).astype(float)
    X[0], X[1] = 0.0, 1.0
    y = (X @ random.normal(size=3) + random.normal(size=n) > 0.5).astype(int)
    y[:2] = 0, 1
    return Dataset.from_arrays(X, y, feature_names=NAMES)


def best(problem, lists):
    points = itertools.product(range(-6, 7), *lists)
    limit = len(NAMES) if problem.max_size is None else problem.max_size
    costs = [problem.objective(p) for p in points if np.count_nonzero(p[1:]) <= limit]
    return min(costs, default=np.inf)


values = st.lists(st.integers(-9, 9), min_size=1, max_size=5, unique=True)


@pytest.mark.parametrize(
    ("kind", "engine"),
    [
        (RiskSLIMProblem, "auto"),
        (RiskSLIMProblem, "supports"),
        (RiskSLIMProblem, "lcpa"),
        (SLIMProblem, "search"),
        (SLIMProblem, "mip"),
    ],
)
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 99), lists=st.tuples(values, values, values), max_size=st.integers(1, 3))
def test_the_best_points_are_those_of_all_values(kind, engine, seed, lists, max_size):
    points = CoefficientSet(NAMES).set_intercept(-6, 6)
    for name, own in zip(NAMES, lists, strict=True):
        points = points.set(name, values=own)
    problem = kind(table(seed), points, max_size=max_size, C0=0.01)
    if engines_of(problem.title)[engine].handles(problem, problem.statement):
        engine = "auto"
    truth = best(problem, lists)
    if truth == np.inf:
        with pytest.raises(InfeasibleError):
            problem.solve(engine=engine)
        return
    solution = problem.solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(truth, abs=1e-9)
    assert solution.lower_bound <= truth + 1e-12
    assert all(v in own for v, own in zip(solution.points[1:], lists, strict=True))


@pytest.mark.parametrize("engine", ["supports", "lcpa"])
@pytest.mark.parametrize("seed", range(3))
def test_with_a_free_multiplier_too(engine, seed):
    lists = [[-7, -2, 0, 3], [0, 1, 5], [-4, 4, 0]]
    points = CoefficientSet(NAMES).set_intercept(-6, 6)
    for name, own in zip(NAMES, lists, strict=True):
        points = points.set(name, values=own)
    problem = RiskSLIMProblem(
        table(seed), points, multiplier="free", multiplier_range=(0.5, 9.0), C0=0.01
    )
    solution = problem.solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(best(problem, lists), abs=1e-9)
    assert problem.violations(solution.points) == []


@pytest.mark.parametrize("seed", range(8))
def test_with_limits_on_rates_too(seed):
    data, lists = table(seed), [[-7, -2, 0, 3], [0, 1, 5], [-4, 3, 0]]
    points = CoefficientSet(NAMES).set_intercept(-9, 9)
    for name, own in zip(NAMES, lists, strict=True):
        points = points.set(name, values=own)
    problem = SLIMProblem(data, points, max_fpr=0.15, C0=0.01)

    def allows(p):
        yes = data.features @ np.array(p[1:]) + p[0] > 0
        return data.negative[yes].sum() <= 0.15 * data.negative.sum() + 1e-12

    every = itertools.product(range(-9, 10), *lists)
    truth = min(problem.objective(p) for p in every if allows(p))
    solution = problem.solve(engine="search")
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(truth, abs=1e-9)
    assert solution.lower_bound <= truth + 1e-12


def test_one_list_for_any_data_and_the_rules_of_the_score_say_it():
    data = table(4)
    solution = RiskSLIMProblem(data, CoefficientSet(values=LIST), max_size=2).solve()
    same = RiskSLIMProblem(data, max_size=2, max_coef=10, constraints=[PointValues(LIST)]).solve()
    assert solution.objective == pytest.approx(same.objective, abs=1e-9)
    said = "points are among -10, -5, -1, 0, 1, 5 and 10"
    assert said in solution.score().rules
    model = RiskSLIMClassifier(coefficients=CoefficientSet(values=LIST), max_size=2)
    model.fit(data.features, data.positive > data.negative)
    assert set(model.score_.points.values()) <= set(LIST)


def test_the_command_line_takes_a_list(tmp_path):
    data = table(8)
    frame = pd.DataFrame(data.features, columns=NAMES)
    frame.insert(0, "y", (data.positive > data.negative).astype(int))
    frame.to_csv(tmp_path / "data.csv", index=False)
    command = ["fit", str(tmp_path / "data.csv"), "-o", str(tmp_path / "score.json")]
    done = CliRunner().invoke(main, [*command, "--values=-10,-5,-1,0,1,5,10"])
    assert done.exit_code == 0, done.output
    score = RiskScore.load(tmp_path / "score.json")
    assert set(score.points.values()) <= set(LIST)
    assert "points are among -10, -5, -1, 0, 1, 5 and 10" in score.rules
    refused = CliRunner().invoke(main, [*command, "--values=1,few"])
    assert refused.exit_code != 0
    assert "'1,few' is no list of whole numbers" in refused.output


def test_the_files_and_the_model_say_the_list(tmp_path):
    problem = RiskSLIMProblem(table(5), CoefficientSet(values=[-4, -1, 0, 3]), max_size=2)
    wanted = problem.solve()
    model = problem.to_pyomo()
    assert problem.solve(model=model).objective == pytest.approx(wanted.objective, abs=1e-9)
    import pyomo.environ as pyo

    model.more = pyo.Constraint(expr=model.points["a"] <= 0)
    solution = problem.solve(model=model)
    signed = problem.changed(coefficients=problem.coefficients.set("a", sign="-")).solve()
    assert solution.objective == pytest.approx(signed.objective, abs=1e-9)
    slim = SLIMProblem(table(5), CoefficientSet(values=[-4, -1, 0, 3]), max_size=2)
    slim.write(tmp_path / "slim.lp")
    assert "points" in (tmp_path / "slim.lp").read_text()


def test_sizes_are_each_proved_and_a_pool_says_that_it_cannot():
    problem = RiskSLIMProblem(table(6), CoefficientSet(values=[-4, -1, 0, 3]).set_intercept(-6, 6))
    path = problem.path()
    assert path.sizes == (1, 2, 3)
    for size, solution in path.solutions.items():
        alone = problem.changed(min_size=size, max_size=size).solve()
        assert solution.objective == pytest.approx(alone.objective, abs=1e-9)
    with pytest.raises(OptionError, match="points among values"):
        problem.pool(tolerance=0.01)


def test_a_limit_ends_it_with_points_of_the_list():
    problem = RiskSLIMProblem(table(7), CoefficientSet(values=LIST))
    for limits in ({"node_limit": 0}, {"node_limit": 1}, {"time_limit": 0.0}):
        solution = problem.solve(**limits)
        assert solution.lower_bound <= problem.solve().objective + 1e-12
        assert solution.points is None or problem.violations(solution.points) == []


def test_values_that_cannot_be_are_refused():
    with pytest.raises(ConstraintError, match="10 is beyond the points that 'a' may have, -5 to 5"):
        RiskSLIMProblem(table(1), constraints=[PointValues([0, 10])]).solve()
    with pytest.raises(ConstraintError, match=r"1\.5 is no whole number"):
        PointValues([0, 1.5])
    with pytest.raises(ConstraintError, match="at least one number"):
        PointValues([])
    rules = [PointValues([0, 2], "a", name="list"), Include("a", name="in")]
    points = CoefficientSet(NAMES).set("a", upper=1)
    with pytest.raises(InfeasibleError) as error:
        RiskSLIMProblem(table(1), points, constraints=rules).solve()
    assert "list" in error.value.conflict
