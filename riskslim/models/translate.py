"""From a Pyomo model that a user may have extended back to a statement."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.constraints import Part, Predictions, RateSums, Row, Step
from riskslim.errors import ConstraintError
from riskslim.models.pyomo_model import (
    ROWS,
    changed_errors,
    columns_of,
    objective_terms,
    own_variables,
)
from riskslim.models.recognised import recognised
from riskslim.problems.rows import RowForm, rows_of, terms_of
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem

__all__ = ["translate"]

_WHOLE = 1e-9


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
        A part whose rows are as they were made is the same part; changed and further rows are
        plain ones.

    Raises
    ------
    ConstraintError
        Naming what cannot be honoured: a constraint that is not linear or speaks of the
        loss, a variable without bounds, another objective, another kind of component.
    """
    import pyomo.environ as pyo

    base, made = problem.statement, problem.statement.as_rows
    try:
        columns = columns_of(model, made.names)
        model_features = list(model.features)
        reserved = own_variables(model)
        objective_terms(model, problem.linear_program)
    except (AttributeError, KeyError) as error:
        raise ConstraintError(
            "the model was not made by to_pyomo() of this problem, or lost parts of it: "
            f"{error}; build it anew and extend that"
        ) from error
    if model_features != list(base.feature_names):
        raise ConstraintError("the model was made for other features; build it anew")
    _check_components(model)
    _check_own(problem, model)
    _check_objective(problem, model)

    places = {id(variable): j for j, variable in enumerate(columns)}
    rows: dict[str, _Read] = {}
    for row in model.component_data_objects(pyo.Constraint, active=True, descend_into=True):
        owner = row.parent_component()
        if owner.parent_block() is model and owner.local_name in ROWS:
            continue
        name = str(row.index()) if owner is model.rules else row.name
        # Rules are read as they were made, whatever is fixed: bounds say that.
        with _unfixed(columns if owner is model.rules else []):
            terms, low, high = _linear_row(row, name)
        terms = [(variable, value) for variable, value in terms if variable is not model.nothing]
        for variable, _ in terms:
            if any(variable.parent_component() is owner for owner in reserved):
                raise ConstraintError(
                    f"{name}: speaks of {variable.name}, which is there for the model's own use; "
                    "limit points and indicators instead"
                )
            if places.setdefault(id(variable), len(columns)) == len(columns):
                columns.append(variable)
        if name in rows:
            raise ConstraintError(f"two constraints are called {name!r}; rename one")
        rows[name] = _Read([(places[id(variable)], value) for variable, value in terms], low, high)
    errors = changed_errors(model, problem.linear_program)
    for variable in errors:
        if places.setdefault(id(variable), len(columns)) == len(columns):
            columns.append(variable)
    # Errors were surely right or wrong under the rules that the model was made with.
    limited = {id(error) for error in errors}
    derived = {id(each) for each in model.error.values()} - limited
    bounds = np.array([(0.0, 1.0) if id(each) in derived else _bounds(each) for each in columns])
    known = len(made.names)
    given = _given_intercept(problem, bounds[0])
    if problem.has_real_intercept:
        _refuse_on_real_intercept(given, rows)
    # A switch holds points within the bounds it was made with, whatever a user sets.
    bounds[1:known, 0] = np.maximum(bounds[1:known, 0], made.lower[1:])
    bounds[1:known, 1] = np.minimum(bounds[1:known, 1], made.upper[1:])
    for variable, (low, high) in zip(columns, bounds, strict=True):
        if low > high:
            raise ConstraintError(f"{variable.name}: its bounds leave no value between them")

    names = [*made.names, *(variable.name for variable in columns[known:])]
    said = {name: row.as_row(name, names) for name, row in rows.items()}
    kept = {name for name, row in _rows(made) if said.get(name) == row}
    changed = [
        replace(row, name=f"{name} (changed)") if name in made.row_names else row
        for name, row in said.items()
        if name not in kept
    ]
    parts = [*_kept_parts(base, model, kept), *changed]
    own = _columns(base, parts, bounds[: len(made.names)], len(columns))
    statement = Statement(
        feature_names=base.feature_names,
        names=tuple(names[j] for j in own),
        cost=np.append(made.cost, np.zeros(len(columns) - known))[own],
        lower=bounds[own, 0],
        upper=bounds[own, 1],
        integer=np.array([not columns[j].is_continuous() for j in own], dtype=np.bool_),
        parts=tuple(parts),
    )
    statement = recognised(statement)
    return statement.with_intercept(*problem.intercept_range(statement, given))


@dataclass(frozen=True)
class _Read:
    """A row of a model: coefficients of columns, and sides."""

    terms: list[tuple[int, float]]
    lower: float
    upper: float

    def as_row(self, name: str, names: list[str]) -> Row:
        columns: dict[str, float] = {}
        for j, value in self.terms:
            columns[names[j]] = columns.get(names[j], 0.0) + value
        return Row(name, columns=columns, lower=self.lower, upper=self.upper)


def _rows(made: RowForm) -> Iterator[tuple[str, Row]]:
    """Give the rows that a model was made with, over columns."""
    for i, name in enumerate(made.row_names):
        terms, low, high = made.row(i)
        yield name, Row(name, columns=terms, lower=low, upper=high)


def _kept_parts(base: Statement, model: Any, kept: set[str]) -> Iterator[Part]:
    """Give what is left of the parts: whole ones as they are, of others the rows that are left."""
    held = {str(name) for name in model.multiples if model.multiples[name].active}
    for part in base.parts:
        rows = rows_of(part, base.reach)
        left = [row for row in rows if row.name in kept]
        if isinstance(part, Step):
            features = [name for name in part.features if name in held or part.of == 1]
            yield replace(part, features=tuple(features))
        elif len(left) == len(rows):
            yield part
        elif isinstance(part, RateSums):
            sums = len(part.names)
            yield from (row for row in rows[:sums] if row.name in kept)
            # Its other rows stay true whatever becomes of the range of scores.
            meaning, names = part.predictions, {row.name for row in left}
            yield replace(
                meaning,
                if_yes=_among(meaning, names, "yes"),
                if_no=_among(meaning, names, "no"),
            )
        else:
            yield from left


def _among(meaning: Predictions, names: set[str], side: str) -> IntArray:
    wanted = [f"{meaning.name}[{i + 1}, {side}]" in names for i in meaning.if_yes.tolist()]
    return meaning.if_yes[np.array(wanted, dtype=np.bool_)]


def _columns(base: Statement, parts: Sequence[Part], bounds: FloatArray, count: int) -> list[int]:
    """Columns of a statement: of the rules' 0-1 variables those that rows speak of.

    One that rows of typed parts alone speak of is a column where its bounds say something.
    """
    names = base.as_rows.names
    spoken, brought = set[str](), set[str]()
    for part in parts:
        for row in rows_of(part, base.reach):
            (spoken if isinstance(part, Row) else brought).update(terms_of(row))
    return [
        j
        for j in range(count)
        if not base.own <= j < len(names)
        or names[j] in spoken
        or (names[j] in brought and tuple(bounds[j]) != (0.0, 1.0))
    ]


def _refuse_on_real_intercept(
    given: tuple[int | None, int | None], rows: Mapping[str, _Read]
) -> None:
    """Refuse bounds and rows that speak of a real intercept, which is the one that fits best."""
    speaking = [name for name, row in rows.items() if any(j == 0 and c for j, c in row.terms)]
    if given != (None, None):
        speaking.append("a bound")
    if speaking:
        raise ConstraintError(
            f"{speaking[0]}: speaks of the intercept, which is real here and the one that fits "
            "best; make the problem with intercept='integer'"
        )


def _given_intercept(problem: ScoreProblem, bounds: FloatArray) -> tuple[int | None, int | None]:
    """Bounds of the intercept, None on a side that is as it was derived."""
    stated, sides = problem.statement, problem.given_intercept
    derived = stated.lower[0], stated.upper[0]
    low, high = (
        None if side is None and bound == end else int(bound)
        for side, bound, end in zip(sides, bounds.tolist(), derived, strict=True)
    )
    return low, high


def _check_own(problem: ScoreProblem, model: Any) -> None:
    """Refuse a model without the definitions that the searches state for themselves.

    Raises
    ------
    ConstraintError
        One of them is deactivated, or points are no longer whole numbers.
    """
    for name in ROWS:
        owner = model.component(name)
        for row in () if owner is None or name == "multiples" else owner.values():
            if not row.active:
                raise ConstraintError(
                    f"{row.name}: defines what the model's own variables mean and cannot be "
                    "deactivated; deactivate rules instead"
                )
    whole = [model.points, model.used, model.binary]
    whole += [model.intercept] if problem.statement.integer[0] else []
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
    own = objective_terms(model, problem.linear_program)
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
