"""SLIM as a mixed-integer linear program: stated here once, for HiGHS, Pyomo and files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from riskslim.models.program import Builder, Program, define_multiples, define_switches
from riskslim.models.separation import Separation, separate
from riskslim.problems.rows import RowForm
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.mip import MixedIntegerProgram

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["SlimProgram", "error_name", "slim_program", "state_program", "with_errors"]


def error_name(i: int) -> str:
    """Name of the 0-1 variable of a distinct row, counted from 1."""
    return f"error[{i + 1}]"


@dataclass(frozen=True, eq=False)
class SlimProgram:
    """A program and how points are read off its columns.

    Attributes
    ----------
    program : MixedIntegerProgram
        Objective in units of weight: the problem's times W.
    step : ndarray of shape (d + 1,)
        Points are the first columns times these.
    d : int
        Number of features.
    errors : ndarray of int
        Columns of the rows' errors.
    separation : Separation
        Which rows they are.
    """

    program: MixedIntegerProgram
    step: FloatArray
    d: int
    errors: IntArray
    separation: Separation

    def points(self, x: FloatArray) -> FloatArray:
        """Whole points nearest to a solution."""
        whole: FloatArray = np.rint(x[: self.d + 1]) * self.step
        return whole

    def start(self, points: FloatArray) -> FloatArray:
        """Values of points and of the errors that they make; NaN for what else there is."""
        x = np.full(len(self.program.cost), np.nan)
        x[: self.d + 1] = points / self.step
        x[self.d + 1 : 2 * self.d + 1] = points[1:] != 0
        part = self.separation
        scores = part.sign * (part.features @ points[1:] + points[0])
        x[self.errors] = scores <= part.tie
        return x


def slim_program(problem: SLIMProblem, statement: Statement) -> Program:
    """State the problem over its points; see `_state`. What Pyomo and files read.

    Parameters
    ----------
    problem : SLIMProblem
        Gives rows, weights and costs.
    statement : Statement
        Its own.
    """
    return _state(problem, statement, separate(problem, statement), None)[0]


def state_program(problem: SLIMProblem, statement: Statement) -> SlimProgram:
    """State the problem for HiGHS: points count in steps where they are multiples of a number.

    Parameters
    ----------
    problem : SLIMProblem
        Gives rows, weights and costs.
    statement : Statement
        Its own, or one that a Pyomo model extended, with tightened bounds. Columns ``error[i]``
        of it are the program's own.
    """
    d, total = problem.data.n_features, problem.total_weight
    part, step = separate(problem, statement), np.ones(d + 1)
    if statement.step is not None:
        step[1:] = statement.step
    program, errors = _state(problem, statement, part, step)
    form = program.form
    arrays = MixedIntegerProgram(
        cost=total * form.cost,
        lower=form.lower,
        upper=form.upper,
        integer=form.integer,
        matrix=form.matrix,
        row_lower=form.row_lower,
        row_upper=form.row_upper,
        offset=total * program.offset,
    )
    return SlimProgram(arrays, step, d, errors, part)


def _state(
    problem: SLIMProblem, statement: Statement, part: Separation, step: FloatArray | None
) -> tuple[Program, IntArray]:
    """Add errors and absolute values of points to a statement, and give the columns of the errors.

    Rows that agree on all features that may have points are not merged anew: the dataset has
    merged equal rows.
    """
    scale = np.ones(problem.data.n_features + 1) if step is None else step
    base = statement.as_rows.in_steps(None if step is None else statement.step)
    program = Builder(base)
    define_switches(program, base, set(base.rewarded))
    if step is None:
        define_multiples(program, base, statement.step)
    _magnitudes(program, base, problem.epsilon * scale[1:])
    errors = _errors(program, base, part, scale)
    _predictions(program, base, part, errors)
    return program.program(base, part.constant), errors


def with_errors(problem: SLIMProblem, statement: Statement, points: FloatArray) -> Statement:
    """Hold the errors that rows of a model speak of at what they are for given points.

    Parameters
    ----------
    problem : SLIMProblem
        Gives rows and weights.
    statement : Statement
        May have columns ``error[i]``.
    points : ndarray of shape (d + 1,)
        The intercept, then the features' points.
    """
    known = {name: j for j, name in enumerate(statement.names)}
    asked = [i for i in range(problem.data.n_distinct) if error_name(i) in known]
    if not asked:
        return statement
    part = separate(problem, statement)
    lower, upper = statement.lower.copy(), statement.upper.copy()
    for i in asked:
        score = part.sign[i] * (part.features[i] @ points[1:] + points[0])
        wrong, at = float(score <= part.tie), known[error_name(i)]
        # Where its own bounds say otherwise no value is left: the points break them.
        lower[at], upper[at] = max(lower[at], wrong), min(upper[at], wrong)
    return replace(statement, lower=lower, upper=upper)


def _magnitudes(program: Builder, base: RowForm, cost: FloatArray) -> None:
    """Charge absolute values of points: points themselves where the sign is known."""
    for j, name in enumerate(base.feature_names):
        point = 1 + j
        low, high = float(base.lower[point]), float(base.upper[point])
        if low >= 0.0:
            program.cost[point] = float(cost[j])
        elif high <= 0.0:
            program.cost[point] = -float(cost[j])
        else:
            size = program.column(("magnitude", name), 0.0, max(-low, high), cost=float(cost[j]))
            program.row(("magnitude_above", name), {size: 1.0, point: -1.0}, 0.0, np.inf)
            program.row(("magnitude_below", name), {size: 1.0, point: 1.0}, 0.0, np.inf)


def _errors(program: Builder, base: RowForm, part: Separation, step: FloatArray) -> IntArray:
    """Tie the errors to the scores; in both directions where a row of the user asks for them."""
    known = {name: j for j, name in enumerate(base.names)}
    right, wrong, both = part.surely_right, part.surely_wrong, part.both
    gamma = part.step
    # Rows over whole numbers: tolerances are then far from any difference that matters.
    scale = 1.0 / gamma if gamma else 1.0
    columns = np.empty(len(part.sign), dtype=np.int64)
    for i, sign in enumerate(part.sign.tolist()):
        cost, low, high = float(part.cost[i]), float(wrong[i]), float(not right[i])
        error = known.get(error_name(i), -1)
        asked = error >= 0
        if asked:
            program.cost[error] = cost
            program.lower[error] = max(program.lower[error], low)
            program.upper[error] = min(program.upper[error], high)
        else:
            error = program.column(("error", i + 1), low, high, cost=cost, integer=True)
        columns[i] = error
        # Where the heavier class is surely wrong, the lighter one still is too at a total of 0.
        if right[i] or (wrong[i] and not both[i]):
            continue
        least, most = float(part.least[i]), float(part.most[i])
        terms = {0: sign * scale}
        for j in np.flatnonzero(part.features[i]).tolist():
            terms[1 + j] = sign * scale * float(part.features[i, j]) * float(step[1 + j])
        program.row(
            ("right", i + 1), terms | {error: (gamma - least) * scale}, gamma * scale, np.inf
        )
        at_most = terms | {error: most * scale}
        if both[i]:
            at_zero = float(part.cost_at_zero[i])
            zero = program.column(("both_wrong", i + 1), 0.0, 1.0, cost=at_zero)
            at_most = terms | {error: (most + gamma) * scale, zero: -gamma * scale}
        if both[i] or asked or part.cost_at_zero[i] > 0.0:
            program.row(("other_class", i + 1), at_most, -np.inf, most * scale)
    return columns


def _predictions(program: Builder, base: RowForm, part: Separation, errors: IntArray) -> None:
    """Tie errors to the predictions that rules on rates speak of, where both are there.

    A positive row is wrong where it is not predicted yes; a negative one where it is, or has a
    total of 0. The rows follow from what both mean, and help the solver.
    """
    known = {name: j for j, name in enumerate(base.names)}
    for i, sign in enumerate(part.sign.tolist()):
        yes = known.get(f"binary[yes[{i + 1}]]")
        if yes is None or not part.step:
            continue
        if sign > 0:
            program.row(("predicted", i + 1), {yes: 1.0, int(errors[i]): 1.0}, 1.0, 1.0)
        else:
            program.row(("predicted", i + 1), {yes: 1.0, int(errors[i]): -1.0}, -np.inf, 0.0)
