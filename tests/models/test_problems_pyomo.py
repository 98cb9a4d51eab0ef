"""The Pyomo model says the same as the direct program, and takes a user's own constraints."""

import io
import math

import numpy as np
import pyomo.environ as pyo
import pytest

from riskslim.constraints import AllOrNone, GroupLimit, Linear
from riskslim.data import Dataset
from riskslim.errors import ConstraintError
from riskslim.models.translate import translate
from riskslim.problems.coefficients import CoefficientSet
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.solvers.result import Status

pytestmark = pytest.mark.fast


def make(seed=0, **options):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 3, size=(40, 4))
    y = np.append([0, 1], rng.random(38) < 1 / (1 + np.exp(2 - X[2:] @ [-1, 0.5, 1, 2])))
    names = ["x0", "age:18-20", "a b", "a_b"]
    return RiskSLIMProblem(Dataset.from_arrays(X, y, feature_names=names), **options)


@pytest.fixture
def problem():
    return make(max_size=3, max_coef=3)


def same(a, b):
    a, b = a.as_rows, b.as_rows
    assert a.names == b.names
    assert a.row_names == b.row_names
    for field in ("cost", "lower", "upper", "integer", "row_lower", "row_upper", "switches"):
        np.testing.assert_array_equal(getattr(a, field), getattr(b, field), err_msg=field)
    np.testing.assert_array_equal(a.matrix.toarray(), b.matrix.toarray())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_size": 2, "min_size": 1},
        {
            "constraints": [
                GroupLimit("a*", at_most=1),
                AllOrNone(["x0", "a b"]),
                Linear({"(Intercept)": 1, "x0": 0.5}, {"a_b": 2}, lower=-3, upper=3),
                Linear({"x0": 1, "a_b": 1}, lower=2, upper=2, name="sum"),
            ]
        },
    ],
)
def test_the_model_translates_into_the_direct_program(options):
    problem = make(**options)
    same(translate(problem, problem.to_pyomo()), problem.statement)


def test_ranges_translate_too():
    names = ["x0", "age:18-20", "a b", "a_b"]
    points = CoefficientSet(names).set("x0", fixed=0).set("a*", sign="-").set("a_b", fixed=-2)
    problem = make(coefficients=points.set_intercept(-4, 4), min_size=2)
    same(translate(problem, problem.to_pyomo()), problem.statement)


def test_the_model_prints(problem):
    text = io.StringIO()
    problem.to_pyomo().pprint(ostream=text)
    for words in ("points", "intercept", "used", "loss", "size", "objective", "switch_lower"):
        assert words in text.getvalue()
    assert "age:18-20" in text.getvalue()


def test_own_constraints_hold(problem):
    free = problem.solve()
    wanted = -free.points[4] if free.points[4] else 1
    model = problem.to_pyomo()
    model.mine = pyo.Constraint(expr=model.points["a_b"] == int(wanted))
    solution = problem.solve(model=model)
    assert solution.status is Status.OPTIMAL
    assert solution.points[4] == wanted
    assert solution.objective > free.objective


def test_own_constraints_are_the_same_as_own_classes(problem):
    rule = Linear({"a_b": 1, "x0": -2}, {"a b": 3}, lower=-1, upper=1, name="mine")
    model = problem.to_pyomo()
    model.mine = pyo.Constraint(
        expr=pyo.inequality(
            -1, model.points["a_b"] - 2 * model.points["x0"] + 3 * model.used["a b"], 1
        )
    )
    same(
        translate(problem, model),
        make(max_size=3, max_coef=3, constraints=[rule]).statement,
    )


def test_own_binary_variable(problem):
    """At least 2 points for one of two features, whichever."""
    model = problem.to_pyomo()
    model.which = pyo.Var(domain=pyo.Binary)
    low = -3
    model.first = pyo.Constraint(
        expr=model.points["x0"] >= 2 * model.which + low * (1 - model.which)
    )
    model.second = pyo.Constraint(
        expr=model.points["a b"] >= 2 * (1 - model.which) + low * model.which
    )
    solution = problem.solve(model=model)
    assert solution.status is Status.OPTIMAL
    assert solution.points[1] >= 2 or solution.points[3] >= 2


def test_indicators_are_exact_in_own_constraints(problem):
    model = problem.to_pyomo()
    model.needs = pyo.Constraint(expr=sum(model.used.values()) >= 3)
    solution = problem.solve(model=model)
    assert solution.size == 3


def test_own_rows_on_the_intercept_widen_its_bounds(problem):
    low, high = problem.statement.lower[0], problem.statement.upper[0]
    model = problem.to_pyomo()
    model.mine = pyo.Constraint(expr=model.intercept >= int(high) + 7)
    assert high + 7 <= translate(problem, model).upper[0] <= high + 8
    assert problem.solve(model=model).intercept == high + 7
    own = problem.to_pyomo()
    own.intercept.setlb(-1)
    own.intercept.setub(1)
    statement = translate(problem, own)
    assert (statement.lower[0], statement.upper[0]) == (-1, 1)
    assert low < -1


def test_fixing_and_bounding_variables(problem):
    model = problem.to_pyomo()
    model.points["x0"].fix(2)
    model.points["a b"].setub(0.5)
    model.used["a_b"].fix(0)
    solution = problem.solve(model=model)
    assert solution.points[1] == 2
    assert solution.points[3] <= 0
    assert solution.points[4] == 0


def test_deactivated_rules_do_not_hold():
    problem = make(max_coef=3, constraints=[Linear({"a_b": 1}, lower=3, upper=3, name="mine")])
    model = problem.to_pyomo()
    model.rules["mine"].deactivate()
    free = make(max_coef=3).solve()
    assert free.points[4] != 3 or free.objective <= problem.solve().objective
    assert problem.solve(model=model).objective == free.objective


def quadratic(model):
    model.bad = pyo.Constraint(expr=model.points["x0"] ** 2 <= 4)


def on_the_loss(model):
    model.bad = pyo.Constraint(expr=model.loss <= 0.5)


def unbounded(model):
    model.bad = pyo.Var()
    model.mine = pyo.Constraint(expr=model.bad >= model.points["x0"])


def new_objective(model):
    model.objective.deactivate()
    model.bad = pyo.Objective(expr=model.points["x0"])


def other_costs(model):
    model.objective.set_value(model.loss + model.points["x0"])


def maximise(model):
    model.objective.sense = pyo.maximize


def special_set(model):
    model.bad = pyo.SOSConstraint(var=model.used, sos=1)


def half(model):
    model.points["x0"].fix(0.5)


def empty(model):
    model.points["x0"].setlb(7)


def lost(model):
    model.del_component(model.used)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (quadratic, "bad: is not linear"),
        (on_the_loss, "bad: speaks of loss"),
        (unbounded, "bad: has no finite bounds"),
        (new_objective, "bad: the objective cannot be changed"),
        (other_costs, "objective: the objective cannot be changed"),
        (maximise, "objective: the objective cannot be changed"),
        (special_set, "bad: a SOSConstraint cannot be honoured"),
        (half, "points[x0]: is fixed at 0.5"),
        (empty, "points[x0]: its bounds leave no value"),
        (lost, "not made by to_pyomo()"),
    ],
)
def test_refused_by_name(problem, change, words):
    model = problem.to_pyomo()
    change(model)
    with pytest.raises(ConstraintError) as caught:
        translate(problem, model)
    assert words in str(caught.value)


def test_a_model_of_other_features_is_refused(problem):
    other = RiskSLIMProblem(Dataset.from_arrays([[0, 1], [1, 0]], [0, 1]))
    with pytest.raises(ConstraintError):
        translate(problem, other.to_pyomo())


def test_own_names_may_not_repeat_a_rules(problem):
    model = problem.to_pyomo()
    model.add_component("size_", pyo.Constraint(expr=model.used["x0"] <= 1))
    assert "size_" in translate(problem, model).as_rows.row_names
    assert math.isinf(translate(problem, model).as_rows.row_lower[-1])
