"""RiskSLIM: the certified best risk score of small integer points."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.coefficients import CoefficientSet
from riskslim.constraints import Constraint, Row, Setting, SizeLimit, check_constraints
from riskslim.data import Dataset
from riskslim.errors import ConstraintError, OptionError
from riskslim.intercept import derived_bounds, extreme_scores, widen_for_rows
from riskslim.names import INTERCEPT_NAME
from riskslim.problems.checking import as_points, broken_rows
from riskslim.problems.statement import Statement, state
from riskslim.solution import Solution
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import SearchOptions

if TYPE_CHECKING:
    import cvxpy as cp

    from riskslim.loss import LogisticLoss
    from riskslim.problems.engines import Engine

__all__ = ["RiskSLIMProblem"]


class RiskSLIMProblem:
    r"""Minimise the logistic loss plus a penalty on the size over integer points.

    .. math::

        \min_\lambda \; \frac1W \sum_i w_i \log(1 + e^{-y_i \langle\lambda, x_i\rangle})
        + \sum_j C_j [\lambda_j \ne 0]

    over integer points within the coefficient set, size limits and constraints.

    Parameters
    ----------
    data : Dataset
        The table.
    coefficients : CoefficientSet, optional
        Bounds, signs and penalties of the points; ``-max_coef .. max_coef`` by default.
    max_size : int, optional
        At most so many features.
    min_size : int
        At least so many features.
    C0 : float
        Penalty of a feature that is used, where the coefficient set gives none.
    max_coef : int
        Size of the points where no coefficient set is given.
    constraints : sequence of Constraint
        Operational constraints.

    Raises
    ------
    OptionError, CoefficientError, ConstraintError
        Naming the option, the feature or the constraint.

    References
    ----------
    Ustun and Rudin, "Learning Optimized Risk Scores", JMLR 20 (2019), section 2.
    """

    def __init__(
        self,
        data: Dataset,
        coefficients: CoefficientSet | None = None,
        max_size: int | None = None,
        min_size: int = 0,
        C0: float = 1e-6,
        max_coef: int = 5,
        constraints: Sequence[Constraint] = (),
    ) -> None:
        limits: tuple[tuple[str, Any, int], ...] = (
            ("max_size", max_size, 0),
            ("min_size", min_size, 0),
            ("max_coef", max_coef, 1),
        )
        for option, value, least in limits:
            whole = isinstance(value, Real) and value == value // 1
            if value is not None and not (whole and value >= least):
                raise OptionError(f"{option}={value!r}: give a whole number, {least} or more")
        if max_size is not None and min_size > max_size:
            raise OptionError(f"min_size={min_size} is above max_size={max_size}")
        if min_size > data.n_features:
            raise OptionError(f"min_size={min_size}: the data has only {data.n_features} features")
        if not (math.isfinite(C0) and C0 >= 0):
            raise OptionError(f"C0={C0!r}: give a finite number, 0 or more")
        if coefficients is None:
            coefficients = CoefficientSet(data.feature_names, lower=-max_coef, upper=max_coef)
        self.data = data
        self.coefficients = coefficients.for_features(data.feature_names)
        self.max_size = max_size
        self.min_size = min_size
        self.C0 = float(C0)
        self.constraints = check_constraints(
            (*_size_limit(min_size, max_size, data.n_features), *constraints)
        )

    @property
    def switch_cost(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Penalty of using each feature, of shape (d,)."""
        return np.where(np.isnan(self.coefficients.C0), self.C0, self.coefficients.C0)

    @cached_property
    def statement(self) -> Statement:
        """Variables and rows: what every rendering of the problem reads."""
        statement = state(
            self.data.feature_names,
            self.coefficients.lower,
            self.coefficients.upper,
            self.switch_cost,
            [row for rows in self._rows.values() for row in rows],
        )
        return self.with_intercept_bounds(statement)

    @cached_property
    def setting(self) -> Setting:
        """What the constraints are stated over."""
        return self._setting(self.intercept_range(self._plain_statement))

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        """Rows of each constraint, by its name."""
        return {rule.name: rule.rows(self.setting) for rule in self.constraints}

    def _setting(self, intercept: tuple[int, int] | None = None) -> Setting:
        return Setting(
            self.data.feature_names,
            self.coefficients.lower,
            self.coefficients.upper,
            self._size_limit,
            self.data,
            intercept,
        )

    @cached_property
    def _plain_statement(self) -> Statement:
        """All but the constraints that need the range of the intercept to be stated."""
        setting = self._setting()
        plain = [rule for rule in self.constraints if not _needs_intercept(rule)]
        return state(
            self.data.feature_names,
            self.coefficients.lower,
            self.coefficients.upper,
            self.switch_cost,
            [row for rule in plain for row in rule.rows(setting)],
        )

    @cached_property
    def _size_limit(self) -> int:
        sizes = [rule.at_most for rule in self.constraints if isinstance(rule, SizeLimit)]
        return min((size for size in sizes if size is not None), default=self.data.n_features)

    def with_intercept_bounds(self, statement: Statement) -> Statement:
        """Bound the intercept as the coefficient set says, or else by the data and the rows."""
        late = {
            row.name
            for rule in self.constraints
            if _needs_intercept(rule)
            for row in self._rows[rule.name]
        }
        if not late:
            return statement.with_intercept(*self.intercept_range(statement))
        low, high = self.intercept_range(statement.without_rows(late))
        known = self.setting.intercept
        if known is not None and not known[0] <= low <= high <= known[1]:
            raise ConstraintError(
                "rows that were added to the model widen the range of the intercept, which the "
                "limits on rates were stated with; set it: CoefficientSet(...).set_intercept"
                f"({low}, {high})"
            )
        return statement.with_intercept(low, high)

    def intercept_range(self, statement: Statement) -> tuple[int, int]:
        """Range of the intercept that cuts off no optimal score."""
        low, high = self.coefficients.intercept_lower, self.coefficients.intercept_upper
        if low is None or high is None:
            derived = widen_for_rows(
                self._derived_intercept,
                statement.matrix,
                statement.row_lower,
                statement.row_upper,
                statement.lower,
                statement.upper,
                statement.row_names,
            )
            # With one side given the best intercept may be that side itself.
            low = (derived[0] if high is None else min(derived[0], high)) if low is None else low
            high = max(derived[1], low) if high is None else high
        return int(low), int(high)

    @cached_property
    def _derived_intercept(self) -> tuple[int, int]:
        data, coefficients = self.data, self.coefficients
        reach = data.features, coefficients.lower, coefficients.upper, self._size_limit
        low, high = derived_bounds(
            data.features,
            data.positive,
            data.negative,
            coefficients.lower,
            coefficients.upper,
            self._size_limit,
        )
        if any(_needs_intercept(rule) for rule in self.constraints):
            # A limit on predictions may hold the intercept anywhere between "all are predicted
            # no" and "all are predicted yes"; beyond either no prediction changes any more.
            smallest, largest = extreme_scores(*reach)
            low = min(low, math.floor(-largest.max()) - 1)
            high = max(high, math.ceil(-smallest.min()) + 1)
        return low, high

    def program(self, threads: int = 1) -> ConvexProgram:
        """Give the problem as arrays, with the native loss, for the searches.

        Parameters
        ----------
        threads : int
            Of the loss; the answer does not depend on it.
        """
        return self.statement.program(self.oracle(threads))

    def oracle(self, threads: int = 1) -> LogisticLoss:
        """Give the logistic loss of the data, of dimension d + 1."""
        from riskslim.loss import LogisticLoss

        data = self.data
        return LogisticLoss(data.features, data.positive, data.negative, threads=threads)

    def to_pyomo(self) -> Any:
        """Build a Pyomo model, to be printed or extended by linear constraints.

        Returns
        -------
        pyomo.environ.ConcreteModel
            With ``points[name]``, ``intercept``, ``used[name]``, ``loss``, ``size``,
            ``objective``, ``rules[name]``, the switches and the list ``cuts``.
        """
        from riskslim.problems.pyomo_model import build_model

        return build_model(self)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write an LP or MPS file, by the ending of its name.

        The loss enters as the cutting planes of the continuous relaxation, so that the
        optimum of the file is a lower bound on the problem's, and its linear relaxation has
        the bound of the root.

        Raises
        ------
        OptionError
            If the name ends neither in ``.lp`` nor in ``.mps``.
        """
        from riskslim.problems.writing import write_problem

        write_problem(self, path)

    def relaxation(self) -> cp.Problem:
        """Give the continuous relaxation as a cvxpy problem.

        Its optimal value bounds the objective of every score from below.
        """
        from riskslim.problems.relaxation import build_relaxation

        return build_relaxation(self)

    def objective(self, points: ArrayLike) -> float:
        """Objective of integer points, the loss by compensated summation.

        Parameters
        ----------
        points : array-like of shape (d + 1,)
            The intercept, then the features' points.
        """
        x = as_points(points, self.data.n_features)
        return math.fsum([self.loss(x), *self.switch_cost[x[1:] != 0].tolist()])

    def loss(self, points: ArrayLike) -> float:
        """Logistic loss of points, by compensated summation."""
        x = as_points(points, self.data.n_features)
        return self._loss.value(x)

    @cached_property
    def _loss(self) -> LogisticLoss:
        return self.oracle()

    def violations(self, points: ArrayLike) -> list[str]:
        """Check points against every bound and rule.

        Parameters
        ----------
        points : array-like of shape (d + 1,)
            The intercept, then the features' points.

        Returns
        -------
        list of str
            One sentence for each bound or rule that is broken; empty if none is.
        """
        x = as_points(points, self.data.n_features)
        # Bounds of the intercept that are derived are no rule.
        given = self.coefficients
        low = -math.inf if given.intercept_lower is None else given.intercept_lower
        high = math.inf if given.intercept_upper is None else given.intercept_upper
        ranges = zip(
            (INTERCEPT_NAME, *self.data.feature_names),
            x,
            (low, *given.lower),
            (high, *given.upper),
            strict=True,
        )
        broken = []
        for name, value, least, most in ranges:
            if value != np.rint(value):
                broken.append(f"{name}: {value:g} points are not a whole number")
            elif not least <= value <= most:
                broken.append(f"{name}: {value:g} points are not within {least:g} to {most:g}")
        names = dict.fromkeys(self.rule_of(row) for row in broken_rows(self.statement, x))
        for rule in self.constraints:
            # Where rows over further variables only encode what is meant, that itself is asked.
            verdict = _is_broken(rule, x, self.setting)
            if verdict is True:
                names[rule.name] = None
            elif verdict is False:
                names.pop(rule.name, None)
        return broken + [f"{name}: {self.sentence(name)}" for name in names]

    def rule_of(self, row: str) -> str:
        """Name of the constraint that a row belongs to; the row's own where it is nobody's."""
        return self._rules.get(row, row)

    def sentence(self, name: str) -> str:
        """Say in words what a constraint, row or bound of that name asks for."""
        for rule in self.constraints:
            if rule.name == name:
                return rule.describe()
        columns = self.statement.names
        bounds = name.removeprefix("bounds of ")
        if bounds != name and bounds.startswith(("points[", "used[")):
            return self._range_in_words(bounds[bounds.index("[") + 1 : -1])
        if name in columns:
            j = columns.index(name)
            return f"{self.statement.lower[j]:g} <= {name} <= {self.statement.upper[j]:g}"
        return name

    def _range_in_words(self, feature: str) -> str:
        j = self.data.feature_names.index(feature) + 1
        low, high = self.statement.lower[j], self.statement.upper[j]
        if low == high:
            return f"points of {feature} fixed at {low:g}"
        return f"points of {feature} between {low:g} and {high:g}"

    @cached_property
    def _rules(self) -> dict[str, str]:
        return {row.name: rule for rule, rows in self._rows.items() for row in rows}

    def conflict(self) -> tuple[str, ...]:
        """Names of constraints and bounds that cannot hold together; empty if all can."""
        from riskslim.problems.solving import conflict_names

        return conflict_names(self, self.program())

    def solve(
        self,
        options: SearchOptions | None = None,
        model: Any = None,
        engine: Engine = "auto",
    ) -> Solution:
        """Search for the best score and prove it.

        Parameters
        ----------
        options : SearchOptions, optional
            Limits, seed and threads.
        model : pyomo.environ.ConcreteModel, optional
            Made by `to_pyomo` and extended by linear constraints.
        engine : {"auto", "supports", "lcpa"}
            The search over supports where it can state the problem and the lattice
            cutting-plane algorithm elsewhere, or one of them.

        Returns
        -------
        Solution
            Checked in integers against every bound and constraint.

        Raises
        ------
        InfeasibleError
            If no score satisfies all constraints; names those in conflict.
        ConstraintError
            If the model was changed in a way that cannot be honoured.
        OptionError
            If the engine that is asked for cannot honour the problem.
        """
        from riskslim.problems.solving import solve

        return solve(self, options or SearchOptions(), model, engine)

    def __repr__(self) -> str:
        """Objective, ranges and rules as mathematics."""
        lower, upper = self.statement.lower, self.statement.upper
        d = self.data.n_features
        costs = sorted(set(self.switch_cost.tolist()))
        penalty = f"{costs[0]:g}" if len(costs) == 1 else "C0[j]"
        low, high = lower[1 : d + 1], upper[1 : d + 1]
        alike = len(set(low)) == 1 and len(set(high)) == 1
        ranges = f"{low[0]:g}..{high[0]:g}" if alike else f"{low.min():g}..{high.max():g} (by name)"
        lines = [
            f"RiskSLIMProblem on {self.data!r}",
            f"  minimise  logistic loss + {penalty} x size",
            f"  points    {d} features in {ranges}, intercept in {lower[0]:g}..{upper[0]:g}",
        ]
        lines += [f"  rule      {rule.describe()}" for rule in self.constraints]
        return "\n".join(lines)


def _size_limit(min_size: int, max_size: int | None, d: int) -> tuple[SizeLimit, ...]:
    at_most = None if max_size is None or max_size >= d else int(max_size)
    at_least = int(min_size) if min_size > 0 else None
    if at_least is None and at_most is None:
        return ()
    return (SizeLimit(at_least, at_most, name="size"),)


def _needs_intercept(rule: Constraint) -> bool:
    """Whether the rule's rows can be stated only once the range of the intercept is known."""
    return bool(getattr(rule, "needs_intercept", False))


def _is_broken(rule: Constraint, points: FloatArray, setting: Setting) -> bool | None:
    check = getattr(rule, "broken", None)
    return None if check is None else check(points, setting)
