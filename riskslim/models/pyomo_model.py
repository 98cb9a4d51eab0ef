"""The problem as a Pyomo model, to be read, printed and extended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.models.linearised import linearise

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.problems.rows import RowForm
    from riskslim.problems.statement import Statement
    from riskslim.solvers.program import ConvexProgram

__all__ = ["binary_names", "build_model", "columns_of", "linear_model", "weights_of"]


def build_model(problem: RiskSLIMProblem) -> Any:
    """Build the model; the loss is a variable that the cuts in ``model.cuts`` bound from below.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Its statement is read.

    Returns
    -------
    pyomo.environ.ConcreteModel
    """
    import pyomo.environ as pyo

    model = linear_model(problem)
    model.loss = pyo.Var(bounds=(0, None), doc="logistic loss, at least what the cuts say")
    model.objective = pyo.Objective(
        expr=pyo.quicksum(cost * variable for variable, cost in problem.objective_terms(model)),
        sense=pyo.minimize,
    )
    if problem.scales is not None:
        _add_multiplier(model, problem)
    model.cuts = pyo.ConstraintList(doc="cutting planes: loss >= constant + gradient @ points")
    return model


def linear_model(problem: ScoreProblem) -> Any:
    """Build what both methods share: points, indicators, rules, and what ties them together.

    Parameters
    ----------
    problem : ScoreProblem
        Its statement is read.

    Returns
    -------
    pyomo.environ.ConcreteModel
        Without an objective.
    """
    import pyomo.environ as pyo

    statement = problem.statement.as_rows
    names, d = list(statement.feature_names), len(statement.feature_names)
    bounds = [
        (int(low), int(high)) for low, high in zip(statement.lower, statement.upper, strict=True)
    ]
    index = {name: j for j, name in enumerate(names)}

    model = pyo.ConcreteModel(name=problem.title, doc=repr(problem))
    model.features = pyo.Set(initialize=names, ordered=True, doc="features")
    model.intercept = pyo.Var(domain=pyo.Integers, bounds=bounds[0], doc="points of every row")
    model.points = pyo.Var(
        model.features,
        domain=pyo.Integers,
        bounds=lambda _, name: bounds[1 + index[name]],
        doc="points of a feature",
    )
    model.used = pyo.Var(
        model.features,
        domain=pyo.Binary,
        bounds=lambda _, name: bounds[1 + d + index[name]],
        doc="1 where a feature has points other than 0",
    )
    model.binary = pyo.Var(
        binary_names(statement), domain=pyo.Binary, doc="0-1 variables that rules speak of"
    )
    model.size = pyo.Expression(expr=pyo.quicksum(model.used.values()), doc="features used")
    model.switch_lower = pyo.Constraint(
        model.features,
        rule=lambda m, name: m.points[name] >= bounds[1 + index[name]][0] * m.used[name],
        doc="points below 0 only if used",
    )
    model.switch_upper = pyo.Constraint(
        model.features,
        rule=lambda m, name: m.points[name] <= bounds[1 + index[name]][1] * m.used[name],
        doc="points above 0 only if used",
    )
    _define_multiples(model, problem.statement)
    model.nothing = pyo.Var(bounds=(0, 0), doc="0, for rules that speak of no variable")
    columns = columns_of(model, statement)
    rows = {name: i for i, name in enumerate(statement.row_names)}
    model.rules = pyo.Constraint(
        list(rows),
        rule=lambda m, name: _row(statement, rows[name], columns, m.nothing),
        doc="size, groups and other rules",
    )
    _define_nonzero(model, statement)
    return model


def _add_multiplier(model: Any, problem: RiskSLIMProblem) -> None:
    """Add the products of points and 1 / multiplier, of which the loss is a function."""
    import pyomo.environ as pyo

    program, base = linearise(problem.program()), problem.statement.as_rows
    n, m = len(base.names), len(base.row_names)
    index = {name: j for j, name in enumerate(program.names[n:], start=n)}
    box = {name: (float(program.lower[j]), float(program.upper[j])) for name, j in index.items()}
    model.scaled = pyo.Var(
        list(index),
        domain=lambda _, name: pyo.Binary if program.integer[index[name]] else pyo.Reals,
        bounds=lambda _, name: box[name],
        doc="1 / multiplier, its products with points (weights), and binary digits of points",
    )
    columns = [*columns_of(model, base), *model.scaled.values()]
    rows = {name: i for i, name in enumerate(program.row_names[m:], start=m)}
    model.products = pyo.Constraint(
        list(rows),
        rule=lambda m, name: _row(program, rows[name], columns, m.nothing),
        doc="weights are points / multiplier",
    )


def weights_of(model: Any, problem: RiskSLIMProblem) -> list[Any]:
    """Variables that the loss is a function of: intercept and points, over the multiplier."""
    own = [model.intercept, *model.points.values()]
    if problem.scales is None:
        return own
    names = problem.statement.names[: len(own)]
    return [model.scaled[f"weight[{name}]"] for name in names]


def binary_names(statement: RowForm) -> list[str]:
    """Names of the further 0-1 variables, without the wrapping ``binary[...]``."""
    further = statement.names[2 * len(statement.feature_names) + 1 :]
    return [name.removeprefix("binary[").removesuffix("]") for name in further]


def columns_of(model: Any, statement: RowForm) -> list[Any]:
    """Variables of the model in the order of the statement's columns."""
    names = statement.feature_names
    return [
        model.intercept,
        *(model.points[name] for name in names),
        *(model.used[name] for name in names),
        *(model.binary[name] for name in binary_names(statement)),
    ]


def _define_multiples(model: Any, statement: Statement) -> None:
    """Tie points that are multiples of a number to whole numbers of steps."""
    import pyomo.environ as pyo

    step = statement.step
    names = [
        name for j, name in enumerate(statement.feature_names) if step is not None and step[j] != 1
    ]
    steps = {} if step is None else dict(zip(statement.feature_names, step.tolist(), strict=True))
    model.steps = pyo.Var(names, domain=pyo.Integers, doc="points over what they are multiples of")
    model.multiples = pyo.Constraint(
        names,
        rule=lambda m, name: m.points[name] == steps[name] * m.steps[name],
        doc="points are multiples",
    )


def _define_nonzero(model: Any, statement: RowForm) -> None:
    """Hold indicators at 0 where points are 0, for the features where a rule asks for it.

    The switches make an indicator 1 where points are not 0. The other direction follows from
    the cost, or does not matter, unless a rule is easier to satisfy with the indicator at 1
    ("at least 3 features"). For those features, with ``positive`` 1 where points are above 0,
    the points lie between ``positive + lower (used - positive)`` and
    ``upper positive - (used - positive)``. The searches need no such rows: an indicator
    of theirs says by definition whether points are 0.
    """
    import pyomo.environ as pyo

    boxes = {
        name: (float(statement.lower[j + 1]), float(statement.upper[j + 1]))
        for j, name in enumerate(statement.feature_names)
        if statement.lower[j + 1] <= 0 <= statement.upper[j + 1]
    }
    rewarded = [statement.feature_names[j] for j in statement.rewarded]
    names = [name for name in rewarded if name in boxes]
    both_sides = [name for name in names if boxes[name][0] < 0 < boxes[name][1]]
    model.positive = pyo.Var(both_sides, domain=pyo.Binary, doc="1 where points are above 0")

    def above(m: Any, name: str) -> Any:
        low = boxes[name][0]
        if low == 0:
            return m.points[name] >= m.used[name]
        return m.points[name] >= m.positive[name] + low * (m.used[name] - m.positive[name])

    def below(m: Any, name: str) -> Any:
        high = boxes[name][1]
        if high == 0:
            return m.points[name] <= -m.used[name]
        return m.points[name] <= high * m.positive[name] - (m.used[name] - m.positive[name])

    model.nonzero_above = pyo.Constraint(
        [name for name in names if boxes[name][1] > 0], rule=above, doc="used means not 0"
    )
    model.nonzero_below = pyo.Constraint(
        [name for name in names if boxes[name][0] < 0], rule=below, doc="used means not 0"
    )


def _row(statement: RowForm | ConvexProgram, i: int, columns: list[Any], nothing: Any) -> Any:
    import pyomo.environ as pyo

    span = slice(statement.matrix.indptr[i], statement.matrix.indptr[i + 1])
    terms = zip(statement.matrix.data[span], statement.matrix.indices[span], strict=True)
    # Pyomo takes no constraint of constants alone: of rows of one class each, say.
    parts = [float(coefficient) * columns[j] for coefficient, j in terms if coefficient]
    body = pyo.quicksum(parts or [1.0 * nothing])
    low, high = statement.row_lower[i], statement.row_upper[i]
    if low == high:
        return body == float(low)
    return pyo.inequality(
        float(low) if np.isfinite(low) else None, body, float(high) if np.isfinite(high) else None
    )
