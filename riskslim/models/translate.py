"""From a Pyomo model that a user may have extended back to a statement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from riskslim.errors import ConstraintError
from riskslim.models.pyomo_model import columns_of
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem

__all__ = ["translate"]

_WHOLE = 1e-9
# Definitions of indicators, loss and errors, which the searches state for themselves.
_OWN = (
    "switch_lower", "switch_upper", "nonzero_above", "nonzero_below", "products", "multiples",
    "cuts", "magnitude_above", "magnitude_below", "right", "other_class",
)  # fmt: skip


def translate(problem: ScoreProblem, model: Any) -> Statement:
    """Read bounds, rows and further variables of a model that `build_model` made.

    The user may add linear constraints, linear variables (those that are integer, and
    those that are not, with bounds), fix variables, tighten bounds, and deactivate rules.

    Parameters
    ----------
    problem : ScoreProblem
        The problem that made the model.
    model : pyomo.environ.ConcreteModel
        The model.

    Returns
    -------
    Statement

    Raises
    ------
    ConstraintError
        Naming what cannot be honoured: a constraint that is not linear or speaks of the
        loss, a variable without bounds, another objective, another kind of component.
    """
    import pyomo.environ as pyo

    base = problem.statement
    try:
        columns = columns_of(model, base)
        model_features = list(model.features)
        problem.own_variables(model)
        problem.objective_terms(model)
    except (AttributeError, KeyError) as error:
        raise ConstraintError(
            "the model was not made by to_pyomo() of this problem, or lost parts of it: "
            f"{error}; build it anew and extend that"
        ) from error
    if model_features != list(base.feature_names):
        raise ConstraintError("the model was made for other features; build it anew")
    _check_components(model)
    _check_own(model)
    _check_objective(problem, model)

    reserved = problem.own_variables(model)
    places = {id(variable): j for j, variable in enumerate(columns)}
    data: list[float] = []
    indices: list[int] = []
    indptr, names = [0], []
    sides: list[tuple[float, float]] = []
    for row in model.component_data_objects(pyo.Constraint, active=True, descend_into=True):
        owner = row.parent_component()
        if owner.parent_block() is model and owner.local_name in _OWN:
            continue
        name = str(row.index()) if owner is model.rules else row.name
        # Rules are read as they were made, whatever is fixed: bounds say that.
        with _unfixed(columns if owner is model.rules else []):
            terms, low, high = _linear_row(row, name)
        terms = [(variable, value) for variable, value in terms if variable is not model.nothing]
        for variable, coefficient in terms:
            if any(variable.parent_component() is owner for owner in reserved):
                raise ConstraintError(
                    f"{name}: speaks of {variable.name}, which is there for the model's own use; "
                    "limit points and indicators instead"
                )
            j = places.setdefault(id(variable), len(columns))
            if j == len(columns):
                columns.append(variable)
            indices.append(j)
            data.append(coefficient)
        indptr.append(len(data))
        names.append(name)
        sides.append((low, high))
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ConstraintError(f"two constraints are called {twice!r}; rename one")

    for variable in problem.limited_variables(model):
        if places.setdefault(id(variable), len(columns)) == len(columns):
            columns.append(variable)
    n = len(columns)
    matrix = csr_array((data, indices, indptr), shape=(len(names), n), dtype=np.float64)
    matrix.sum_duplicates()
    derived = problem.derived_bounds(model)
    bounds = np.array([derived.get(id(each)) or _bounds(each) for each in columns])
    known = len(base.names)
    given = _given_intercept(problem, bounds[0])
    # A switch holds points within the bounds it was made with, whatever a user sets.
    bounds[1:known, 0] = np.maximum(bounds[1:known, 0], base.lower[1:])
    bounds[1:known, 1] = np.minimum(bounds[1:known, 1], base.upper[1:])
    for variable, (low, high) in zip(columns, bounds, strict=True):
        if low > high:
            raise ConstraintError(f"{variable.name}: its bounds leave no value between them")
    statement = replace(
        base,
        names=(*base.names, *(variable.name for variable in columns[known:])),
        cost=np.append(base.cost, np.zeros(n - known)),
        lower=bounds[:, 0],
        upper=bounds[:, 1],
        integer=np.array([not variable.is_continuous() for variable in columns], dtype=np.bool_),
        matrix=matrix,
        row_lower=np.array([low for low, _ in sides], dtype=np.float64),
        row_upper=np.array([high for _, high in sides], dtype=np.float64),
        row_names=tuple(names),
        step=_step(base, model),
    )
    return problem.restated(_changed_rows_named(base, statement), given)


def _given_intercept(problem: ScoreProblem, bounds: FloatArray) -> tuple[int | None, int | None]:
    """Bounds of the intercept, None on a side that is as it was derived."""
    stated, sides = problem.statement, problem.given_intercept
    derived = stated.lower[0], stated.upper[0]
    low, high = (
        None if side is None and bound == end else int(bound)
        for side, bound, end in zip(sides, bounds.tolist(), derived, strict=True)
    )
    return low, high


def _step(base: Statement, model: Any) -> IntArray | None:
    """Give what points are multiples of, as far as the model still says so."""
    if base.step is None:
        return None
    held = {str(name) for name in model.multiples if model.multiples[name].active}
    inside = [name in held for name in base.feature_names]
    step = np.where(inside, base.step, 1)
    return step if np.any(step != 1) else None


def _changed_rows_named(base: Statement, statement: Statement) -> Statement:
    """Give rows of rules that no longer say what the rule does another name."""
    made = {name: base.row(i) for i, name in enumerate(base.row_names)}
    names = tuple(
        f"{name} (changed)" if name in made and statement.row(i) != made[name] else name
        for i, name in enumerate(statement.row_names)
    )
    return replace(statement, row_names=names)


def _check_own(model: Any) -> None:
    """Refuse a model without the definitions that the searches state for themselves.

    Raises
    ------
    ConstraintError
        One of them is deactivated, or points are no longer whole numbers.
    """
    for name in _OWN:
        owner = model.component(name)
        for row in () if owner is None or name == "multiples" else owner.values():
            if not row.active:
                raise ConstraintError(
                    f"{row.name}: defines what the model's own variables mean and cannot be "
                    "deactivated; deactivate rules instead"
                )
    whole = (model.intercept, model.points, model.used, model.binary)
    for variable in (each for owner in whole for each in owner.values()):
        if not (variable.is_integer() or variable.is_binary()):
            raise ConstraintError(f"{variable.name}: its domain must stay the whole numbers")


def _check_components(model: Any) -> None:
    import pyomo.environ as pyo

    passive = {
        pyo.Var,
        pyo.Constraint,
        pyo.Objective,
        pyo.Expression,
        pyo.Set,
        pyo.Param,
        pyo.Block,
        pyo.BuildAction,
        pyo.Suffix,
        pyo.RangeSet,
    }
    for component in model.component_objects(active=True, descend_into=True):
        if component.ctype not in passive:
            raise ConstraintError(
                f"{component.name}: a {component.ctype.__name__} cannot be honoured; "
                "state it by linear constraints and binary variables"
            )


def _check_objective(problem: ScoreProblem, model: Any) -> None:
    import pyomo.environ as pyo
    from pyomo.repn import generate_standard_repn

    active = list(model.component_data_objects(pyo.Objective, active=True, descend_into=True))
    advice = "the objective cannot be changed here; set penalties by C0 of the coefficient set"
    if len(active) != 1 or active[0] is not model.objective:
        raise ConstraintError(f"{', '.join(o.name for o in active) or 'no objective'}: {advice}")
    found = generate_standard_repn(model.objective.expr, compute_values=False)
    terms: dict[int, float] = {}
    if found.is_linear():
        for variable, coefficient in zip(found.linear_vars, found.linear_coefs, strict=True):
            terms[id(variable)] = terms.get(id(variable), 0.0) + pyo.value(coefficient)
    own = problem.objective_terms(model)
    wanted = {id(variable): cost for variable, cost in own}
    for fixed in (variable for variable, _ in own if variable.fixed):
        # Its cost has become part of the constant.
        wanted.pop(id(fixed), None)
        terms.pop(id(fixed), None)
    nonzero = {key: cost for key, cost in wanted.items() if cost}
    same_sense = model.objective.sense == pyo.minimize
    if {key: cost for key, cost in terms.items() if cost} != nonzero or not same_sense:
        raise ConstraintError(f"{model.objective.name}: {advice}")


@contextmanager
def _unfixed(variables: Sequence[Any]) -> Iterator[None]:
    """Let variables count as variables even where they are fixed."""
    fixed = [variable for variable in variables if variable.fixed]
    for variable in fixed:
        variable.fixed = False
    try:
        yield
    finally:
        for variable in fixed:
            variable.fixed = True


def _linear_row(row: Any, name: str) -> tuple[list[tuple[Any, float]], float, float]:
    import pyomo.environ as pyo
    from pyomo.repn import generate_standard_repn

    found = generate_standard_repn(row.body, compute_values=True)
    if not found.is_linear():
        raise ConstraintError(f"{name}: is not linear; state it by linear constraints")
    terms = [
        (variable, float(coefficient))
        for variable, coefficient in zip(found.linear_vars, found.linear_coefs, strict=True)
        if coefficient
    ]
    constant = float(found.constant)
    low = pyo.value(row.lower) - constant if row.has_lb() else -math.inf
    high = pyo.value(row.upper) - constant if row.has_ub() else math.inf
    numbers = [constant, *(coefficient for _, coefficient in terms)]
    if not all(map(math.isfinite, numbers)) or math.isnan(low) or math.isnan(high):
        raise ConstraintError(f"{name}: holds a number that is not finite")
    return terms, low, high


def _bounds(variable: Any) -> tuple[float, float]:
    if variable.fixed:
        low = high = float(variable.value)
    else:
        low = -math.inf if variable.lb is None else float(variable.lb)
        high = math.inf if variable.ub is None else float(variable.ub)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ConstraintError(
            f"{variable.name}: has no finite bounds; set both (setlb, setub), so that "
            "lower bounds on the objective can be proved"
        )
    if variable.is_continuous():
        return low, high
    if not (variable.is_integer() or variable.is_binary()):
        raise ConstraintError(
            f"{variable.name}: its domain is neither the integers nor a range of reals"
        )
    low, high = math.ceil(low - _WHOLE), math.floor(high + _WHOLE)
    if variable.fixed and low != high:
        raise ConstraintError(f"{variable.name}: is fixed at {variable.value}, not a whole number")
    return float(low), float(high)
