"""SLIM as the arrays of a mixed-integer linear program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from riskslim.models.separation import Separation, separate
from riskslim.problems.rows import RowForm
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.mip import MixedIntegerProgram

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["SlimProgram", "error_name", "state_program", "with_errors"]


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


def state_program(problem: SLIMProblem, statement: Statement) -> SlimProgram:
    """Add errors and absolute values of points to a statement.

    Points count in steps where they are multiples of a number. Rows that agree on all
    features that may have points are not merged anew: the dataset has merged equal rows.

    Parameters
    ----------
    problem : SLIMProblem
        Gives rows, weights and costs.
    statement : Statement
        Its own, or one that a Pyomo model extended, with tightened bounds. Columns ``error[i]``
        of it are the program's own.
    """
    d, total = problem.data.n_features, problem.total_weight
    part = separate(problem, statement)
    step = np.ones(d + 1)
    if statement.step is not None:
        step[1:] = statement.step
    base = statement.as_rows.in_steps(statement.step)
    made = _Builder(base)
    made.cost[d + 1 : 2 * d + 1] = (total * base.cost[d + 1 : 2 * d + 1]).tolist()
    _switches(made, base, d)
    _magnitudes(made, base, d, total * problem.epsilon * step[1:])
    errors = _errors(made, base, part, step, total)
    _predictions(made, base, part, errors)
    return SlimProgram(made.program(total * part.constant), step, d, errors, part)


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


def _switches(made: _Builder, base: RowForm, d: int) -> None:
    """Tie indicators to points, in both directions where some row rewards an indicator of 1."""
    asked = set(base.rewarded)
    for j in range(d):
        point, used = 1 + j, d + 1 + j
        low, high = float(base.lower[point]), float(base.upper[point])
        made.row({point: 1.0, used: -low}, 0.0, np.inf)
        made.row({point: 1.0, used: -high}, -np.inf, 0.0)
        if j not in asked or low > 0.0 or high < 0.0:
            continue
        if low == 0.0:
            made.row({point: 1.0, used: -1.0}, 0.0, np.inf)
        elif high == 0.0:
            made.row({point: 1.0, used: 1.0}, -np.inf, 0.0)
        else:
            # above >= 0: points lie within 1..high where above = 1, within low..-1 where it is 0.
            above = made.column(0.0, 0.0, 1.0, integer=True)
            made.row({point: 1.0, above: -1.0 + low, used: -low}, 0.0, np.inf)
            made.row({point: 1.0, above: -high - 1.0, used: 1.0}, -np.inf, 0.0)


def _magnitudes(made: _Builder, base: RowForm, d: int, cost: FloatArray) -> None:
    """Charge absolute values of points: points themselves where the sign is known."""
    for j in range(d):
        point = 1 + j
        low, high = float(base.lower[point]), float(base.upper[point])
        if low >= 0.0:
            made.cost[point] = float(cost[j])
        elif high <= 0.0:
            made.cost[point] = -float(cost[j])
        else:
            size = made.column(float(cost[j]), 0.0, max(-low, high))
            made.row({size: 1.0, point: -1.0}, 0.0, np.inf)
            made.row({size: 1.0, point: 1.0}, 0.0, np.inf)


def _errors(
    made: _Builder, base: RowForm, part: Separation, step: FloatArray, total: float
) -> IntArray:
    """Tie the errors to the scores; in both directions where a row of the user asks for them."""
    known = {name: j for j, name in enumerate(base.names)}
    right, wrong, both = part.surely_right, part.surely_wrong, part.both
    gamma = part.step
    # Rows over whole numbers: tolerances are then far from any difference that matters.
    scale = 1.0 / gamma if gamma else 1.0
    columns = np.empty(len(part.sign), dtype=np.int64)
    for i, sign in enumerate(part.sign.tolist()):
        cost, bounds = total * float(part.cost[i]), (float(wrong[i]), float(not right[i]))
        error = known.get(error_name(i), -1)
        asked = error >= 0
        if asked:
            made.cost[error] = cost
            made.bound(error, *bounds)
        else:
            error = made.column(cost, *bounds, integer=True)
        columns[i] = error
        # Where the heavier class is surely wrong, the lighter one still is too at a total of 0.
        if right[i] or (wrong[i] and not both[i]):
            continue
        least, most = float(part.least[i]), float(part.most[i])
        terms = {0: sign * scale}
        for j in np.flatnonzero(part.features[i]).tolist():
            terms[1 + j] = sign * scale * float(part.features[i, j]) * float(step[1 + j])
        made.row(terms | {error: (gamma - least) * scale}, gamma * scale, np.inf)
        if both[i]:
            zero = made.column(total * float(part.cost_at_zero[i]), 0.0, 1.0)
            made.row(
                terms | {error: (most + gamma) * scale, zero: -gamma * scale},
                -np.inf,
                most * scale,
            )
        elif asked or (part.cost_at_zero[i] > 0.0):
            made.row(terms | {error: most * scale}, -np.inf, most * scale)
    return columns


def _predictions(made: _Builder, base: RowForm, part: Separation, errors: IntArray) -> None:
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
            made.row({yes: 1.0, int(errors[i]): 1.0}, 1.0, 1.0)
        else:
            made.row({yes: 1.0, int(errors[i]): -1.0}, -np.inf, 0.0)


class _Builder:
    """Columns and rows of a statement, and more of both."""

    def __init__(self, base: RowForm) -> None:
        self._base = base
        self.cost = [0.0] * len(base.names)
        self._lower, self._upper = base.lower.tolist(), base.upper.tolist()
        self._integer = base.integer.tolist()
        self._data: list[float] = []
        self._indices: list[int] = []
        self._indptr = [0]
        self._sides: list[tuple[float, float]] = []

    def column(self, cost: float, lower: float, upper: float, *, integer: bool = False) -> int:
        self.cost.append(cost)
        self._lower.append(lower)
        self._upper.append(upper)
        self._integer.append(integer)
        return len(self.cost) - 1

    def bound(self, column: int, lower: float, upper: float) -> None:
        self._lower[column] = max(self._lower[column], lower)
        self._upper[column] = min(self._upper[column], upper)

    def row(self, terms: dict[int, float], lower: float, upper: float) -> None:
        for j, coefficient in terms.items():
            if coefficient:
                self._indices.append(j)
                self._data.append(coefficient)
        self._indptr.append(len(self._data))
        self._sides.append((lower, upper))

    def program(self, constant: float) -> MixedIntegerProgram:
        given = self._base.matrix
        matrix = csr_array(
            (
                np.concatenate([given.data, self._data]),
                np.concatenate([given.indices, np.array(self._indices, dtype=np.int64)]),
                np.concatenate([given.indptr, np.array(self._indptr[1:]) + given.indptr[-1]]),
            ),
            shape=(given.shape[0] + len(self._sides), len(self.cost)),
        )
        sides = np.array(self._sides, dtype=np.float64).reshape(-1, 2)
        return MixedIntegerProgram(
            cost=np.array(self.cost),
            lower=np.array(self._lower),
            upper=np.array(self._upper),
            integer=np.array(self._integer, dtype=np.bool_),
            matrix=matrix,
            row_lower=np.append(self._base.row_lower, sides[:, 0]),
            row_upper=np.append(self._base.row_upper, sides[:, 1]),
            offset=constant,
        )
