"""A problem's program as a Pyomo model, to be read, printed, extended and written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.models.linearised import add_products
from riskslim.models.program import Builder, Program, define_multiples, define_switches

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.problems.rows import RowForm

__all__ = [
    "ROWS",
    "add_loss",
    "build_model",
    "changed_errors",
    "columns_of",
    "objective_terms",
    "own_variables",
    "risk_program",
    "weights_of",
]

_VARIABLES = {
    "positive": "1 where points are above 0",
    "steps": "points over what they are multiples of",
    "scaled": "1 / multiplier, its products with points (weights), and binary digits of points",
    "error": "1 where the only, or the heavier, class of a distinct row is wrong",
    "both_wrong": "1 where a row of both classes has a total of 0, an error for either",
    "magnitude": "absolute value of points",
}
ROWS = {
    "switch_lower": "points below 0 only if used",
    "switch_upper": "points above 0 only if used",
    "nonzero_above": "used means not 0",
    "nonzero_below": "used means not 0",
    "multiples": "points are multiples",
    "products": "weights are points / multiplier",
    "magnitude_above": "no less than the points",
    "magnitude_below": "no less than minus the points",
    "right": "right, or counted as an error",
    "other_class": "where the heavier class is wrong, the lighter one is right, or the total is 0",
    "predicted": "errors agree with the predictions that rules speak of",
}
"""Definitions of indicators, multiples, weights and errors, which the searches need not read."""


def risk_program(problem: RiskSLIMProblem) -> Program:
    """State a problem as a program, all but its loss: a function of the points, or of weights.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Its statement is read. Where its multiplier is free, `linearise` says what is added.
    """
    base = problem.statement.as_rows
    program = Builder(base)
    define_switches(program, base, set(base.rewarded))
    define_multiples(program, base, problem.statement.step)
    if problem.scales is not None:
        add_products(program, base, list(range(len(base.feature_names) + 1)), problem.scales)
    return program.program(base)


def build_model(problem: ScoreProblem) -> Any:
    """Build the model of a problem's program.

    Parameters
    ----------
    problem : ScoreProblem
        Its `linear_program` is read.

    Returns
    -------
    pyomo.environ.ConcreteModel
    """
    import pyomo.environ as pyo

    program, form = problem.linear_program, problem.linear_program.form
    names = list(form.feature_names)
    model = pyo.ConcreteModel(name=problem.title, doc=repr(problem))
    model.features = pyo.Set(initialize=names, ordered=True, doc="features")

    def variables(places: dict[Any, int], doc: str) -> Any:
        return pyo.Var(
            list(places),
            domain=lambda _, which: _domain(form, places[which]),
            bounds=lambda _, which: _bounds(form, places[which]),
            doc=doc,
        )

    d, own = len(names), form.own
    is_whole = bool(form.integer[0])
    model.intercept = pyo.Var(
        domain=pyo.Integers if is_whole else pyo.Reals,
        bounds=_bounds(form, 0),
        doc="of every row" if is_whole else "of every row: its weight / scale",
    )
    model.points = variables(dict(zip(names, range(1, d + 1), strict=True)), "points of a feature")
    model.used = variables(
        dict(zip(names, range(d + 1, own), strict=True)),
        "1 where a feature has points other than 0",
    )
    further = len(form.names) - len(program.columns)
    binaries = {form.names[j][len("binary[") : -1]: j for j in range(own, further)}
    model.binary = variables(binaries, "0-1 variables that rules speak of")
    for kind, doc in _VARIABLES.items():
        model.add_component(kind, variables(program.columns_of(kind), doc))
    model.nothing = pyo.Var(bounds=(0, 0), doc="0, for rules that speak of no variable")
    model.size = pyo.Expression(expr=pyo.quicksum(model.used.values()), doc="features used")

    columns = _variables_of(model, program)
    count = len(form.row_names) - len(program.rows)
    rules: dict[Any, int] = dict(zip(form.row_names[:count], range(count), strict=True))
    places = {"rules": rules}
    places |= {kind: program.rows_of(kind) for kind in ROWS}
    for kind, rows in places.items():
        made = pyo.Constraint(
            list(rows),
            rule=lambda m, which, rows=rows: _row(form, rows[which], columns, m.nothing),
            doc=ROWS.get(kind, "size, groups and other rules"),
        )
        model.add_component(kind, made)
    terms = [cost * variable for variable, cost in objective_terms(model, program)]
    model.objective = pyo.Objective(expr=program.offset + pyo.quicksum(terms), sense=pyo.minimize)
    return model


def add_loss(model: Any) -> Any:
    """Let the loss be a variable that the cuts in ``model.cuts`` bound from below."""
    import pyomo.environ as pyo

    model.loss = pyo.Var(bounds=(0, None), doc="logistic loss, at least what the cuts say")
    model.objective.expr += model.loss
    model.cuts = pyo.ConstraintList(doc="cutting planes: loss >= constant + gradient @ points")
    return model


def columns_of(model: Any, names: Sequence[str]) -> list[Any]:
    """Variables of the model by the names of a statement's columns, the intercept's first."""
    named = (name.partition("[") for name in names[1:])
    return [model.intercept, *(getattr(model, kind)[which[:-1]] for kind, _, which in named)]


def _variables_of(model: Any, program: Program) -> list[Any]:
    """Variables of the model in the order of the program's columns."""
    names = program.form.names
    own = [model.component(kind)[which] for kind, which in program.columns]
    return [*columns_of(model, names[: len(names) - len(own)]), *own]


def objective_terms(model: Any, program: Program) -> list[tuple[Any, float]]:
    """Variables in the objective, with their costs."""
    costs = program.form.cost.tolist()
    terms = zip(_variables_of(model, program), costs, strict=True)
    loss = [] if model.component("loss") is None else [(model.loss, 1.0)]
    return [*loss, *((variable, cost) for variable, cost in terms if cost)]


def own_variables(model: Any) -> list[Any]:
    """Variables that constraints must not speak of: all that the program adds, but the errors."""
    loss = [] if model.component("loss") is None else [model.loss]
    return [*loss, *(model.component(kind) for kind in _VARIABLES if kind != "error")]


def changed_errors(model: Any, program: Program) -> list[Any]:
    """Errors whose bounds are not those that the model was made with."""
    made = {i: _bounds(program.form, j) for i, j in program.columns_of("error").items()}
    errors = [(model.error[i], ends) for i, ends in made.items()]
    return [error for error, ends in errors if error.fixed or (error.lb, error.ub) != ends]


def weights_of(model: Any, problem: RiskSLIMProblem) -> list[Any]:
    """Variables that the loss is a function of: intercept and points, over the multiplier."""
    own = [model.intercept, *model.points.values()]
    if problem.scales is None:
        return own
    names = problem.statement.names[: len(own)]
    return [model.scaled[f"weight[{name}]"] for name in names]


def _domain(form: RowForm, j: int) -> Any:
    import pyomo.environ as pyo

    if not form.integer[j]:
        return pyo.Reals
    # Points whose bounds a user may widen are no 0-1 variables, whatever these are.
    is_binary = j > len(form.feature_names) and form.lower[j] >= 0.0 and form.upper[j] <= 1.0
    return pyo.Binary if is_binary else pyo.Integers


def _bounds(form: RowForm, j: int) -> tuple[float | None, float | None]:
    ends = float(form.lower[j]), float(form.upper[j])
    if form.integer[j]:
        return int(ends[0]), int(ends[1])
    low, high = (end if math.isfinite(end) else None for end in ends)
    return low, high


def _row(form: RowForm, i: int, columns: list[Any], nothing: Any) -> Any:
    import pyomo.environ as pyo

    span = slice(form.matrix.indptr[i], form.matrix.indptr[i + 1])
    terms = zip(form.matrix.data[span], form.matrix.indices[span], strict=True)
    # Pyomo takes no constraint of constants alone: of rows of one class each, say.
    parts = [float(coefficient) * columns[j] for coefficient, j in terms if coefficient]
    body = pyo.quicksum(parts or [1.0 * nothing])
    low, high = form.row_lower[i], form.row_upper[i]
    if low == high:
        return body == float(low)
    return pyo.inequality(
        float(low) if np.isfinite(low) else None, body, float(high) if np.isfinite(high) else None
    )
