"""What a Pyomo model says is all that counts: nothing derived from a rule outlives the rule."""

from __future__ import annotations

import itertools

import numpy as np
import pyomo.environ as pyo
import pytest

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem, SLIMProblem
from riskslim.constraints import Classed, Multiples, RateLimit
from riskslim.errors import ConstraintError, InfeasibleError
from riskslim.models.translate import translate

FEATURES = np.array([[0, 0.0], [1, 0], [0, 1], [1, 1]] * 3)
OUTCOME = [0, 0, 1, 1] * 3


def wide_table(seed: int) -> Dataset:
    """Totals far from 0, so that the intercept has to reach far once more features may be used."""
    rng = np.random.default_rng(seed)
    features = rng.integers(2, 6, (12, 3)) * 1.0
    noisy = features.sum(axis=1) + 0.7 * rng.normal(size=12)
    return Dataset.from_arrays(features, (noisy > np.median(noisy)).astype(int))


def least(problem, obeys=lambda points: True) -> float:
    """Best objective over all points, by trying each."""
    reach = range(-40, 41)
    d, most = problem.data.n_features, int(problem.coefficients.upper.max())
    best = np.inf
    for own in itertools.product(range(-most, most + 1), repeat=d):
        totals = problem.data.features @ np.array(own)
        # the objective is smallest next to where totals change their sign
        near = {b for t in totals for b in (int(-t) - 1, int(-t), int(-t) + 1)} & set(reach)
        for b in near if problem.title == "SLIM" else reach:
            points = np.array([b, *own], dtype=float)
            if obeys(points):
                best = min(best, problem.objective(points))
    return best


@pytest.mark.parametrize("method", [RiskSLIMProblem, SLIMProblem])
def test_a_deactivated_size_rule_leaves_no_range_behind(method):
    for seed in range(3):
        data = wide_table(seed)
        problem = method(data, max_coef=1, max_size=1, C0=1e-4)
        model = problem.to_pyomo()
        model.rules["size"].deactivate()
        solution = problem.solve(model=model)
        assert solution.objective == pytest.approx(least(problem), abs=1e-12)


@pytest.mark.parametrize("method", [RiskSLIMProblem, SLIMProblem])
def test_a_deactivated_size_rule_loosens_the_rows_of_a_rate(method):
    data = wide_table(3)
    rule = RateLimit("fpr", at_most=0.5, threshold=3)
    problem = method(data, max_coef=1, max_size=1, C0=1e-4, constraints=[rule])
    model = problem.to_pyomo()
    model.rules["size"].deactivate()
    solution = problem.solve(model=model)
    (part,) = rule.rows(problem.setting)
    expected = least(problem, lambda points: not part.is_broken(points))
    assert solution.objective == pytest.approx(expected, abs=1e-12)


def test_a_changed_row_of_a_rate_is_read_as_it_was_changed():
    rule = RateLimit("positive", at_most=0.9)
    problem = SLIMProblem(Dataset.from_arrays(FEATURES, OUTCOME), max_coef=1, constraints=[rule])
    model = problem.to_pyomo()
    row = model.rules[rule.name]
    row.set_value(row.body <= 0.0)
    solution = problem.solve(model=model)
    assert not problem.predictions(solution.points).any()


@pytest.mark.parametrize("engine", ["search", "mip", "auto"])
@pytest.mark.parametrize("how", ["fix", "setlb"])
@pytest.mark.parametrize("own_variable", [False, True])
def test_a_feature_that_a_model_holds_in_use_has_points(engine, how, own_variable):
    problem = SLIMProblem(Dataset.from_arrays(FEATURES, OUTCOME), max_coef=2, C0=0.01)
    model = problem.to_pyomo()
    getattr(model.used["x1"], how)(1)
    if own_variable:
        model.z = pyo.Var(domain=pyo.Binary)
        model.row = pyo.Constraint(expr=model.z + model.used["x2"] >= 1)
        engine = "mip" if engine == "search" else engine
    solution = problem.solve(model=model, engine=engine)
    assert set(solution.points_by_name) == {"x1", "x2"}


def test_a_fixed_error_that_no_row_speaks_of_is_obeyed():
    problem = SLIMProblem(Dataset.from_arrays(FEATURES, OUTCOME), max_coef=2)
    model = problem.to_pyomo()
    free = problem.solve()
    wrong = next(i for i in model.error if not model.error[i].fixed and model.error[i].ub == 1)
    model.error[wrong].fix(1)
    assert free.loss == 0.0
    assert problem.solve(model=model).loss > 0.0


@pytest.mark.parametrize("engine", ["auto", "mip"])
def test_a_limit_on_errors_that_a_model_states_is_no_limit_on_groups(engine):
    problem = SLIMProblem(wide_table(1), max_coef=1, max_size=1)
    data, free = problem.data, problem.solve()
    sign = np.where(problem.positive >= problem.negative, 1, -1)
    wrong = sign * problem.scores(free.points.astype(float)) <= 0
    model = problem.to_pyomo()
    model.few = pyo.Constraint(expr=sum(model.error[i + 1] for i in np.flatnonzero(wrong)) <= 0)

    def obeys(points):
        scores = points[0] + data.features @ points[1:]
        return (sign * scores > 0)[wrong].all() and (points[1:] != 0).sum() <= 1

    solution = problem.solve(model=model, engine=engine)
    assert solution.objective == pytest.approx(least(problem, obeys), abs=1e-12)
    assert solution.objective > free.objective


@pytest.mark.parametrize("method", [RiskSLIMProblem, SLIMProblem])
def test_a_limit_on_the_size_that_a_model_states_is_one(method):
    problem = method(Dataset.from_arrays(FEATURES, OUTCOME), max_coef=2)
    model = problem.to_pyomo()
    model.few = pyo.Constraint(expr=model.size <= 1)
    assert translate(problem, model).size == (0, 1)
    assert problem.solve(model=model).size <= 1
    model.none = pyo.Constraint(expr=model.size <= -1)
    with pytest.raises(InfeasibleError, match="none"):
        problem.solve(model=model)


def test_a_deactivated_rule_on_multiples_no_longer_holds():
    data = Dataset.from_arrays(FEATURES, OUTCOME)
    points = CoefficientSet(data.feature_names, -2, 2).set_intercept(-1, 1)
    problem = SLIMProblem(data, points, constraints=[Multiples(2)])
    model = problem.to_pyomo()
    for row in model.multiples.values():
        row.deactivate()
    assert problem.solve(model=model).points_by_name == {"x2": 2}
    for upper in model.points.values():
        upper.setub(1)
    assert problem.solve(model=model).points_by_name != {"x2": 2}


def test_a_deactivated_definition_is_refused():
    problem = SLIMProblem(Dataset.from_arrays(FEATURES, OUTCOME))
    model = problem.to_pyomo()
    model.switch_upper["x1"].deactivate()
    with pytest.raises(ConstraintError, match="switch_upper"):
        problem.solve(model=model)
    model = problem.to_pyomo()
    model.points["x1"].domain = pyo.Reals
    with pytest.raises(ConstraintError, match="whole numbers"):
        problem.solve(model=model)


@pytest.mark.parametrize("method", [RiskSLIMProblem, SLIMProblem])
def test_a_named_conflict_cannot_hold_by_itself(method):
    data = Dataset.from_arrays(FEATURES, OUTCOME)
    rule = RateLimit("positive", at_least=0.5, threshold=1)
    with pytest.raises(InfeasibleError) as caught:
        method(data, max_size=0, constraints=[rule]).solve()
    assert set(caught.value.conflict) == {"size", rule.name}
    assert method(data, constraints=[rule]).solve().points is not None


@pytest.mark.parametrize("method", [RiskSLIMProblem, SLIMProblem])
def test_a_given_range_of_the_intercept_takes_part_in_a_conflict(method):
    data = Dataset.from_arrays(FEATURES, OUTCOME)
    points = CoefficientSet(data.feature_names, -1, 1).set_intercept(-1, 0)
    rule = Classed({}, positive=True)
    with pytest.raises(InfeasibleError) as caught:
        method(data, points, constraints=[rule]).solve()
    assert set(caught.value.conflict) == {rule.name, "bounds of intercept"}
    assert "intercept between -1 and 0" in str(caught.value)
