"""What every kind of score's problem shares: data, points, size, rules and their statement."""

from __future__ import annotations

import abc
import math
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from riskslim.constraints import (
    Constraint,
    Part,
    RateSums,
    Row,
    Setting,
    SizeLimit,
    check_constraints,
)
from riskslim.data import Dataset
from riskslim.errors import OptionError
from riskslim.limits.memory import memory_named
from riskslim.problems import wording
from riskslim.problems.checking import Points, as_points
from riskslim.problems.coefficients import CoefficientSet
from riskslim.problems.exact import refuse_inexact
from riskslim.problems.intercept import widen_for_rows
from riskslim.problems.multiplier import Multiplier
from riskslim.problems.rows import Reach, RowForm, row_form, rows_of
from riskslim.problems.statement import Statement, state
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.scores.decision import DecisionScore
    from riskslim.scores.risk import RiskScore
    from riskslim.search.solution import Solution

if TYPE_CHECKING:
    from riskslim.models.program import Program

__all__ = ["ScoreProblem"]


class ScoreProblem(abc.ABC):
    """Integer points for a table, within a coefficient set, limits on the size and rules.

    The methods differ in the loss: `RiskSLIMProblem` and `SLIMProblem`, whose parameters and errors
    these are.
    """

    multiplier: Multiplier = "fixed"
    has_real_intercept: bool = False
    """Whether the intercept is a real number, chosen with the multiplier."""
    scale_range: tuple[float, float] = (1.0, 1.0)

    def __init__(
        self,
        data: Dataset,
        coefficients: CoefficientSet | None,
        max_size: int | None,
        min_size: int,
        C0: float,
        max_coef: int,
        constraints: Sequence[Constraint],
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
        refuse_inexact(data, self.coefficients, max_size)
        self.max_size = max_size
        self.min_size = min_size
        self.C0 = float(C0)
        self.given_rules = tuple(constraints)
        self.constraints = check_constraints(
            (*self._size_limit(), *self.coefficients.rules, *self.given_rules)
        )

    def _size_limit(self) -> tuple[SizeLimit, ...]:
        """Give the rule that the limits on the size are, unless they say nothing."""
        low, high, d = self.min_size, self.max_size, self.data.n_features
        at_most = None if high is None or (high >= d and low < high) else int(high)
        at_least = int(low) if low > 0 else None
        if at_least is None and (at_most is None or at_most >= d):
            return ()
        taken = {getattr(rule, "name", "") for rule in self.given_rules}
        name = "size of the score" if "size" in taken else "size"
        return (SizeLimit(at_least, at_most, name=name),)

    def memory_named(self) -> AbstractContextManager[None]:
        """Within it a failed allocation is an `OutOfMemoryError` that names the table's size."""
        rows, features = self.data.n_distinct, self.data.n_features
        return memory_named(
            f"{rows:,} distinct rows of {features:,} features",
            "give fewer features, cut measurements into fewer ranges, or use fewer threads",
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a solution's log says of the problem first."""
        return ()

    @property
    def switch_cost(self) -> FloatArray:
        """Penalty of using each feature, of shape (d,)."""
        return np.where(np.isnan(self.coefficients.C0), self.C0, self.coefficients.C0)

    @cached_property
    def statement(self) -> Statement:
        """What every engine and every rendering of the problem reads."""
        coefficients = self.coefficients
        stated = state(
            self.data.feature_names,
            coefficients.lower,
            coefficients.upper,
            self.switch_cost,
            [part for parts in self._parts.values() for part in parts],
        )
        if self.has_real_intercept:
            stated = stated.with_real_intercept()
        return stated.with_intercept(*self.intercept_range(stated, self.given_intercept))

    @cached_property
    def setting(self) -> Setting:
        """What the constraints are stated over."""
        coefficients = self.coefficients
        return Setting(self.data.feature_names, coefficients.lower, coefficients.upper, self.data)

    @cached_property
    def _parts(self) -> dict[str, tuple[Part, ...]]:
        """What each constraint says, by its name."""
        return {rule.name: tuple(rule.rows(self.setting)) for rule in self.constraints}

    @property
    def given_intercept(self) -> tuple[int | None, int | None]:
        """Bounds of the intercept that the coefficient set gives."""
        return self.coefficients.intercept_lower, self.coefficients.intercept_upper

    @property
    def limits_predictions(self) -> bool:
        """Whether a rule is on who has a risk above one half."""
        parts = (part for parts in self._parts.values() for part in parts)
        return any(isinstance(part, RateSums) and part.threshold is None for part in parts)

    def standing_alone(
        self, statement: Statement, lower: FloatArray, upper: FloatArray
    ) -> tuple[RowForm, tuple[float, float] | None]:
        """State every rule as rows that say the same whichever others are left out.

        Parameters
        ----------
        statement : Statement
            The problem's, or one that a model extended.
        lower, upper : ndarray of shape (n,)
            The widest bounds of its columns.

        Returns
        -------
        rows : RowForm
            With the bounds of the intercept that were given, or else without any effect.
        wider : tuple of float or None
            Bounds of the intercept without any effect, where others were given.
        """
        d = self.data.n_features
        derived = self.intercept_range(statement, (None, None))
        ends = statement.lower[0], statement.upper[0]
        free = self.intercept_range(
            replace(statement, lower=lower, upper=upper), (None, None), max_size=d
        )
        kept = tuple(
            new if end == old else end for end, old, new in zip(ends, derived, free, strict=True)
        )
        widest = int(min(free[0], ends[0])), int(max(free[1], ends[1]))
        low, high = lower[: d + 1].copy(), upper[: d + 1].copy()
        low[0], high[0] = widest
        reach = Reach(statement.feature_names, low, high, d)
        alone = row_form(statement.with_intercept(*kept), statement.parts, reach)
        return alone, None if kept == free else widest

    def intercept_range(
        self,
        statement: Statement,
        given: tuple[int | None, int | None],
        max_size: int | None = None,
    ) -> tuple[int, int]:
        """Range of the intercept that cuts off no optimal score.

        Parameters
        ----------
        statement : Statement
            Whose plain rows and bounds, but those of the intercept, are read.
        given : tuple of (int or None)
            Bounds, None where they are to be derived.
        max_size : int, optional
            Limit on the size; the statement's by default.
        """
        (low, high), rows = given, statement.plain
        if low is None or high is None:
            d = self.data.n_features
            derived = widen_for_rows(
                self._derived_intercept(
                    statement.lower[1 : d + 1],
                    statement.upper[1 : d + 1],
                    statement.size[1] if max_size is None else max_size,
                ),
                rows.matrix,
                rows.row_lower,
                rows.row_upper,
                rows.lower,
                rows.upper,
                rows.row_names,
            )
            # With one side given the best intercept may be that side itself.
            low = (derived[0] if high is None else min(derived[0], high)) if low is None else low
            high = max(derived[1], low) if high is None else high
        return int(low), int(high)

    @abc.abstractmethod
    def _derived_intercept(
        self, lower: FloatArray, upper: FloatArray, max_size: int
    ) -> tuple[int, int]:
        """Range of the intercept by the data and the range of the points alone."""

    @abc.abstractmethod
    def objective_in_words(self) -> list[str]:
        """Lines of the objective, for `repr`."""

    @property
    @abc.abstractmethod
    def title(self) -> Literal["RiskSLIM", "SLIM"]:
        """Name of the method."""

    @abc.abstractmethod
    def objective(self, points: Points) -> float:
        """Objective of integer points, the intercept first, by compensated summation."""

    @abc.abstractmethod
    def facts_of(
        self, points: IntArray | FloatArray, multiplier: float | None = None
    ) -> dict[str, Any]:
        """Say what a solution has of its incumbent, by the names of its attributes.

        Parameters
        ----------
        points : ndarray of int, shape (d + 1,)
            The intercept, then the features' points.
        multiplier : float, optional
            By which the score is divided; the best one by default.
        """

    def at_points(self, statement: Statement, points: FloatArray) -> Statement:  # noqa: ARG002
        """Hold further variables of a statement at what they are for given points."""
        return statement

    @property
    @abc.abstractmethod
    def solution_type(self) -> type[Solution]:
        """Class of its solutions."""

    @abc.abstractmethod
    def score_of(
        self, solution: Solution, rules: tuple[str, ...] | None = None, unit: int | None = None
    ) -> RiskScore | DecisionScore:
        """Make the score of a solution.

        Parameters
        ----------
        solution : Solution
            With an incumbent.
        rules : tuple of str, optional
            The constraints in words, where others say them better than the problem.
        unit : int, optional
            Points that people count as one, of a decision score; the most that there may be by
            default.
        """

    def best_scale(self, points: Points) -> tuple[FloatArray, float]:
        """Points with their best intercept where that is real, and the best multiplier."""
        return as_points(points, self.data.feature_names), 1.0

    def best_multiplier(self, points: Points) -> float:
        """Multiplier in the range at which points have the least loss; 1 where it is fixed."""
        return self.best_scale(points)[1]

    def rounded(self, points: FloatArray) -> FloatArray:
        """Round points to whole numbers, all but an intercept that is real."""
        x: FloatArray = np.rint(points)
        if self.has_real_intercept:
            x[0] = points[0]
        return x

    @abc.abstractmethod
    def to_pyomo(self) -> Any:
        """Build a Pyomo model, to be printed or extended by linear constraints."""

    @property
    @abc.abstractmethod
    def linear_program(self) -> Program:
        """What Pyomo and files read."""

    @abc.abstractmethod
    def write(self, path: str | os.PathLike[str]) -> None:
        """Write an LP or MPS file, by the ending of its name."""

    def scores(self, points: FloatArray) -> FloatArray:
        """Intercept plus total of each distinct row, of shape (n_distinct,)."""
        scores: FloatArray = self.data.totals(points[1:]) + points[0]
        return scores

    def violations(self, points: Points) -> list[str]:
        """Check points against every bound and rule.

        Parameters
        ----------
        points : array-like of shape (d + 1,), mapping or score
            The intercept, then the features' points; or points by name, of which
            ``"(Intercept)"`` is one, and 0 where nothing is said; or a score.

        Returns
        -------
        list of str
            One sentence for each bound or rule that is broken; empty if none is.
        """
        return wording.violations(self, as_points(points, self.data.feature_names))

    def rule_of(self, row: str) -> str:
        """Name of the constraint that a row belongs to; the row's own where it is nobody's."""
        return self._rules.get(row, row)

    def rows_of(self, rule: str) -> list[Row]:
        """Rows that state the constraint of that name."""
        reach = self.statement.reach
        return [row for part in self._parts[rule] for row in rows_of(part, reach)]

    def sentence(self, name: str) -> str:
        """Say in words what a constraint, row or bound of that name asks for."""
        return wording.sentence(self, name)

    @cached_property
    def _rules(self) -> dict[str, str]:
        return {row.name: rule for rule in self._parts for row in self.rows_of(rule)}

    def conflict(self) -> tuple[str, ...]:
        """Names of constraints and bounds that cannot hold together; empty if all can."""
        from riskslim.problems.conflicts import conflict_names

        return conflict_names(self, self.statement)

    def __repr__(self) -> str:
        """Objective, ranges and rules as mathematics."""
        return wording.as_mathematics(self)
