"""SLIM as a Pyomo model, to be read, printed, extended and written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.models.pyomo_model import linear_model
from riskslim.models.separation import separate
from riskslim.models.writing import write_model

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["build_slim_model", "limited_errors", "slim_objective_terms", "write_slim_problem"]


def build_slim_model(problem: SLIMProblem) -> Any:
    """Build the model, with the big-M of each row as tight as bounds and size allow.

    Parameters
    ----------
    problem : SLIMProblem
        Its statement is read.

    Returns
    -------
    pyomo.environ.ConcreteModel
    """
    import pyomo.environ as pyo

    model, data = linear_model(problem), problem.data
    names = data.feature_names
    part = separate(problem, problem.statement)
    right, wrong, both = part.surely_right, part.surely_wrong, part.both
    rows = range(1, data.n_distinct + 1)
    model.error = pyo.Var(
        rows,
        domain=pyo.Binary,
        bounds=lambda _, i: (int(wrong[i - 1]), int(not right[i - 1])),
        doc="1 where the only, or the heavier, class of a distinct row is wrong",
    )
    model.both_wrong = pyo.Var(
        [i for i in rows if both[i - 1]],
        bounds=(0, 1),
        doc="1 where a row of both classes has a total of 0, an error for either",
    )
    model.magnitude = pyo.Var(
        [n for n in names if model.points[n].lb < 0 < model.points[n].ub],
        domain=pyo.NonNegativeReals,
        doc="absolute value of points",
    )
    model.magnitude_above = pyo.Constraint(
        model.magnitude.index_set(), rule=lambda m, name: m.magnitude[name] >= m.points[name]
    )
    model.magnitude_below = pyo.Constraint(
        model.magnitude.index_set(), rule=lambda m, name: m.magnitude[name] >= -m.points[name]
    )
    gamma = part.step
    scores = {}
    for i in rows:
        own = part.features[i - 1]
        total = pyo.quicksum(
            float(own[j]) * model.points[names[j]] for j in np.flatnonzero(own).tolist()
        )
        scores[i] = float(part.sign[i - 1]) * (model.intercept + total)
    undecided = [i for i in rows if not (right[i - 1] or wrong[i - 1])]

    def right_unless(m: Any, i: int) -> Any:
        return scores[i] + (gamma - float(part.least[i - 1])) * m.error[i] >= gamma

    def other_class(m: Any, i: int) -> Any:
        most = float(part.most[i - 1])
        if not both[i - 1]:
            return scores[i] + most * m.error[i] <= most
        return scores[i] + (most + gamma) * m.error[i] - gamma * m.both_wrong[i] <= most

    model.right = pyo.Constraint(undecided, rule=right_unless, doc="right, or counted as an error")
    # A class that is surely wrong decides no row of both: a total of 0 makes the other wrong too.
    model.other_class = pyo.Constraint(
        [i for i in rows if both[i - 1] or (i in undecided and part.cost_at_zero[i - 1] > 0.0)],
        rule=other_class,
        doc="where the heavier class is wrong, the lighter one is right, unless the total is 0",
    )
    model.objective = pyo.Objective(
        expr=part.constant
        + pyo.quicksum(cost * variable for variable, cost in slim_objective_terms(problem, model)),
        sense=pyo.minimize,
    )
    return model


def slim_objective_terms(problem: SLIMProblem, model: Any) -> list[tuple[Any, float]]:
    """Give the variables of the objective with their costs; parameters as above."""
    part = separate(problem, problem.statement)
    terms = [(model.error[i], float(cost)) for i, cost in enumerate(part.cost.tolist(), 1)]
    terms += [(model.both_wrong[i], float(part.cost_at_zero[i - 1])) for i in model.both_wrong]
    for name, cost in zip(problem.data.feature_names, problem.switch_cost.tolist(), strict=True):
        terms.append((model.used[name], cost))
        if name in model.magnitude:
            terms.append((model.magnitude[name], problem.epsilon))
        else:
            low = problem.statement.lower[problem.data.feature_names.index(name) + 1]
            terms.append((model.points[name], problem.epsilon if low >= 0 else -problem.epsilon))
    return [(variable, cost) for variable, cost in terms if cost]


def limited_errors(problem: SLIMProblem, model: Any) -> list[Any]:
    """Give the errors whose bounds are not those that the model was made with."""
    part = separate(problem, problem.statement)
    ends = zip(part.surely_wrong.tolist(), (~part.surely_right).tolist(), strict=True)
    return [
        model.error[i]
        for i, (low, high) in enumerate(ends, 1)
        if model.error[i].fixed or (model.error[i].lb, model.error[i].ub) != (int(low), int(high))
    ]


def write_slim_problem(problem: SLIMProblem, path: str | os.PathLike[str]) -> None:
    """Write the model; see `SLIMProblem.write`."""
    write_model(problem.to_pyomo, Path(path))
