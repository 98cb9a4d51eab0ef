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
from riskslim.constraints import Constraint, Row, SizeLimit, check_constraints
from riskslim.data import Dataset
from riskslim.errors import OptionError
from riskslim.intercept import derived_bounds, widen_for_rows
from riskslim.multiplier import DEFAULT_RANGE, Multiplier, best_multiplier, check_range
from riskslim.problems import wording
from riskslim.problems.checking import as_points
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

        \min_{\lambda, m} \; \frac1W \sum_i w_i \log(1 + e^{-y_i \langle\lambda, x_i\rangle / m})
        + \sum_j C_j [\lambda_j \ne 0]

    over integer points within the coefficient set, size limits and constraints. The multiplier m
    is 1, as in the paper, or free within a range.

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
    multiplier : {"fixed", "free"}
        Whether the multiplier is 1, or chosen with the points.
    multiplier_range : tuple of float
        Smallest and largest multiplier, where it is free.

    Attributes
    ----------
    scale_range : tuple of float
        Range of the multiplier; ``(1.0, 1.0)`` where it is fixed.

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
        multiplier: Multiplier = "fixed",
        multiplier_range: tuple[float, float] = DEFAULT_RANGE,
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
        self.scale_range = check_range(multiplier, multiplier_range)
        self.multiplier: Multiplier = multiplier
        self.constraints = check_constraints(
            (*_size_limit(min_size, max_size, data.n_features), *constraints)
        )

    @property
    def switch_cost(self) -> FloatArray:
        """Penalty of using each feature, of shape (d,)."""
        return np.where(np.isnan(self.coefficients.C0), self.C0, self.coefficients.C0)

    @cached_property
    def statement(self) -> Statement:
        """Variables and rows: what every rendering of the problem reads."""
        names = self.data.feature_names
        rows: list[Row] = [row for rule in self.constraints for row in rule.rows(names)]
        statement = state(
            names, self.coefficients.lower, self.coefficients.upper, self.switch_cost, rows
        )
        return self.with_intercept_bounds(statement)

    def with_intercept_bounds(self, statement: Statement) -> Statement:
        """Bound the intercept as the coefficient set says, or else by the data and the rows."""
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
        return statement.with_intercept(low, high)

    @cached_property
    def _derived_intercept(self) -> tuple[int, int]:
        data, coefficients = self.data, self.coefficients
        sizes = [rule.at_most for rule in self.constraints if isinstance(rule, SizeLimit)]
        return derived_bounds(
            data.features,
            data.positive,
            data.negative,
            coefficients.lower,
            coefficients.upper,
            min((size for size in sizes if size is not None), default=data.n_features),
            self.scale_range,
        )

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

    def objective(self, points: ArrayLike, multiplier: float | None = None) -> float:
        """Objective of integer points, the loss by compensated summation.

        Parameters
        ----------
        points : array-like of shape (d + 1,)
            The intercept, then the features' points.
        multiplier : float, optional
            By default 1 where it is fixed, else the best one in the range.
        """
        x = as_points(points, self.data.n_features)
        return math.fsum([self.loss(x, multiplier), *self.switch_cost[x[1:] != 0].tolist()])

    def loss(self, points: ArrayLike, multiplier: float | None = None) -> float:
        """Logistic loss of points, by compensated summation; parameters as for `objective`."""
        x = as_points(points, self.data.n_features)
        if multiplier is None:
            multiplier = self.best_multiplier(x)
        elif not (math.isfinite(multiplier) and multiplier > 0):
            raise OptionError(f"multiplier={multiplier!r}: give a positive number")
        if multiplier == 1.0:
            return self._loss.value(x)
        return self._loss.value_from_scores(self._scores(x) / multiplier)

    def best_multiplier(self, points: ArrayLike) -> float:
        """Multiplier in the range at which points have the least loss; 1 where it is fixed.

        Parameters
        ----------
        points : array-like of shape (d + 1,)
            The intercept, then the features' points.
        """
        x = as_points(points, self.data.n_features)
        data = self.data
        return best_multiplier(self._scores(x), data.positive, data.negative, self.scale_range)

    def _scores(self, points: FloatArray) -> FloatArray:
        scores: FloatArray = self.data.features @ points[1:] + points[0]
        return scores

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
        return wording.violations(self, as_points(points, self.data.n_features))

    def rule_of(self, row: str) -> str:
        """Name of the constraint that a row belongs to; the row's own where it is nobody's."""
        return self._rules.get(row, row)

    def sentence(self, name: str) -> str:
        """Say in words what a constraint, row or bound of that name asks for."""
        return wording.sentence(self, name)

    @cached_property
    def _rules(self) -> dict[str, str]:
        names = self.data.feature_names
        return {row.name: rule.name for rule in self.constraints for row in rule.rows(names)}

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
        return wording.as_mathematics(self)


def _size_limit(min_size: int, max_size: int | None, d: int) -> tuple[SizeLimit, ...]:
    at_most = None if max_size is None or max_size >= d else int(max_size)
    at_least = int(min_size) if min_size > 0 else None
    if at_least is None and at_most is None:
        return ()
    return (SizeLimit(at_least, at_most, name="size"),)
