"""RiskSLIM: the certified best risk score of small integer points."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from riskslim.constraints import Constraint
from riskslim.constraints.rules import rules_in_words
from riskslim.data import Dataset
from riskslim.errors import OptionError
from riskslim.problems import wording
from riskslim.problems.base import ScoreProblem
from riskslim.problems.checking import Points, as_points
from riskslim.problems.coefficients import CoefficientSet
from riskslim.problems.defaults import DEFAULT_RANGE, MAX_COEF, PENALTY
from riskslim.problems.inputs import data_and_points
from riskslim.problems.intercept import deciding_range, derived_bounds, log_odds_range
from riskslim.problems.intercept_mode import Intercept, check_intercept, what_holds_intercept
from riskslim.problems.multiplier import (
    Multiplier,
    best_line,
    best_multiplier,
    check_range,
    note_on_range,
)
from riskslim.search.solution import Solution
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import SearchOptions

if TYPE_CHECKING:
    import cvxpy as cp

    from riskslim.models.program import Program
    from riskslim.problems.loss import LogisticLoss
    from riskslim.problems.statement import Statement
    from riskslim.scores.path import ScorePath
    from riskslim.scores.pool import ScorePool
    from riskslim.scores.risk import RiskScore
    from riskslim.scores.viable import ViableRanges

__all__ = ["RiskSLIMProblem"]

_LARGE = 1 << 24  # numbers of a table of which no copy is made for one loss


class RiskSLIMProblem(ScoreProblem):
    r"""Minimise the logistic loss plus a penalty on the size over integer points.

    .. math::

        \min_{\lambda, m} \; \frac1W \sum_i w_i \log(1 + e^{-y_i \langle\lambda, x_i\rangle / m})
        + \sum_j C_j [\lambda_j \ne 0]

    over integer points within the coefficient set, size limits and constraints. The multiplier m
    is 1, as in the paper, or free within a range; then the intercept may be real, chosen with it.

    Parameters
    ----------
    data : Dataset, or DataFrame or array-like of shape (n, d)
        The table, or its features.
    y : array-like of shape (n,), optional
        The outcome, where `data` is no Dataset; after one the coefficient set may stand here.
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
    intercept : {"free", "integer"}, optional
        Whether the intercept is a real number, chosen with a free multiplier, or an integer as the
        points are. By default it is real, unless the multiplier is fixed, or a rule or bounds speak
        of the intercept; a model of Pyomo that does needs "integer".

    Attributes
    ----------
    scale_range : tuple of float
        Range of the multiplier; ``(1.0, 1.0)`` where it is fixed.
    has_real_intercept : bool
        Whether the intercept is a real number.

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
        data: Dataset | Any,
        y: Any = None,
        max_size: int | None = None,
        min_size: int = 0,
        C0: float = PENALTY["riskslim"],
        max_coef: int = MAX_COEF,
        constraints: Sequence[Constraint] = (),
        multiplier: Multiplier = "fixed",
        multiplier_range: tuple[float, float] = DEFAULT_RANGE,
        *,
        coefficients: CoefficientSet | None = None,
        intercept: Intercept | None = None,
    ) -> None:
        self.scale_range = check_range(multiplier, multiplier_range)
        self.multiplier = multiplier
        super().__init__(
            *data_and_points(data, y, coefficients), max_size, min_size, C0, max_coef, constraints
        )
        self._given_mode = check_intercept(intercept, multiplier)
        may_be_real = multiplier == "free" and not self.holds_intercept
        self.has_real_intercept = may_be_real and intercept != "integer"
        if intercept == "free" and not may_be_real:
            raise OptionError(
                "intercept='free': a real intercept is the one that fits best, and "
                f"{self.holds_intercept}; use intercept='integer'"
            )

    def changed(self, **arguments: Any) -> RiskSLIMProblem:
        """Return the same problem but for some arguments, by their names in the constructor."""
        own: dict[str, Any] = {
            "data": self.data,
            "coefficients": self.coefficients,
            "max_size": self.max_size,
            "min_size": self.min_size,
            "C0": self.C0,
            "constraints": self.given_rules,
            "multiplier": self.multiplier,
            "multiplier_range": self.scale_range,
            "intercept": self._given_mode,
        }
        return RiskSLIMProblem(**(own | arguments))

    @property
    def remarks(self) -> tuple[str, ...]:
        """Why the intercept is an integer beside a free multiplier, if a rule makes it so."""
        if self.multiplier == "fixed" or self._given_mode is not None or not self.holds_intercept:
            return ()
        return (f"the intercept is an integer, since {self.holds_intercept}",)

    @property
    def intercept(self) -> Intercept:
        """Whether the intercept is a real number, or an integer."""
        return "free" if self.has_real_intercept else "integer"

    @cached_property
    def holds_intercept(self) -> str:
        """What rule or bound speaks of the intercept, in words; empty if none does."""
        return what_holds_intercept(self._parts, self.given_intercept)

    def log_odds_range(self, statement: Statement) -> tuple[float, float] | None:
        """Range of a real intercept over the multiplier that holds the best one of every score.

        Parameters
        ----------
        statement : Statement
            Whose bounds of points and limit on the size are read.

        Returns
        -------
        tuple of float, or None
            None where the intercept is an integer.
        """
        if not self.has_real_intercept:
            return None
        data, own = self.data, slice(1, self.data.n_features + 1)
        return log_odds_range(
            *(data.features, data.positive, data.negative),
            *(statement.lower[own], statement.upper[own], statement.size[1]),
            self.scale_range,
        )

    @property
    def title(self) -> Literal["RiskSLIM", "SLIM"]:
        """Name of the method."""
        return "RiskSLIM"

    def objective_in_words(self) -> list[str]:
        """Lines of the objective, for `repr`."""
        lines = [f"minimise  logistic loss + {wording.penalty(self)} x size"]
        if self.multiplier == "free":
            least, most = self.scale_range
            score = "(c - total) / m" if self.has_real_intercept else "-score / m"
            lines.append(f"risk      1 / (1 + exp({score})), multiplier m in {least:g}..{most:g}")
            lines += [f"          {remark}" for remark in self.remarks]
        return lines

    def _derived_intercept(
        self, lower: FloatArray, upper: FloatArray, max_size: int
    ) -> tuple[int, int]:
        data = self.data
        low, high = derived_bounds(
            data.features, data.positive, data.negative, lower, upper, max_size, self.scale_range
        )
        if self.limits_predictions:
            # A limit on predictions may hold the intercept anywhere in the range that decides.
            ends = deciding_range(data.features, lower, upper, max_size)
            low, high = min(low, ends[0]), max(high, ends[1])
        return low, high

    def program(self, threads: int = 1) -> ConvexProgram:
        """Give the problem as arrays, with the native loss, for the searches.

        Parameters
        ----------
        threads : int
            Of the loss; the answer does not depend on it.
        """
        return self.statement.as_rows.program(
            self.oracle(threads), self.scales, self.log_odds_range(self.statement)
        )

    @property
    def scales(self) -> tuple[float, float] | None:
        """Range of t = 1 / multiplier, as `ConvexProgram` reads it; None where it is 1."""
        if self.multiplier == "fixed":
            return None
        low, high = self.scale_range
        return 1.0 / high, 1.0 / low

    def oracle(
        self,
        threads: int = 1,
        step: IntArray | None = None,
        without: BoolArray | None = None,
        *,
        look_up: bool = True,
    ) -> LogisticLoss:
        """Give the logistic loss of the data, of dimension d + 1.

        Parameters
        ----------
        threads : int
            Of the loss; the answer does not depend on it.
        step : ndarray of int, shape (d,), optional
            Let points count in steps of so many.
        without : ndarray of bool, shape (d,), optional
            Features that have no points, whose values do not count.
        look_up : bool
            Whether losses of integer scores come from a table.
        """
        from riskslim.problems.loss import LogisticLoss

        data, without = self.data, None if without is None or not without.any() else without
        if step is None and without is None and look_up:
            return self._loss.with_threads(threads)  # large tables are held once
        features = data.features if step is None else data.features * step
        if without is not None:
            features = np.where(without, np.zeros((), features.dtype), features)
        return LogisticLoss(
            features, data.positive, data.negative, threads=threads, look_up=look_up
        )

    def to_pyomo(self) -> Any:
        """Build a Pyomo model, to be printed or extended by linear constraints.

        Returns
        -------
        pyomo.environ.ConcreteModel
            With ``points[name]``, ``intercept``, ``used[name]``, ``loss``, ``size``,
            ``objective``, ``rules[name]``, the switches and the list ``cuts``. Where the
            multiplier is free, ``scaled`` holds its inverse ``"scale"``, the products
            ``"weight[...]"`` that the loss is a function of, and what ties them to the points.
        """
        from riskslim.models.pyomo_model import add_loss, build_model

        return add_loss(build_model(self))

    @cached_property
    def linear_program(self) -> Program:
        """What Pyomo and files read: all but the loss."""
        from riskslim.models.pyomo_model import risk_program

        return risk_program(self)

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
        from riskslim.models.writing import write_problem

        write_problem(self, path)

    def relaxation(self) -> cp.Problem:
        """Give the continuous relaxation as a cvxpy problem.

        Its optimal value bounds the objective of every score from below.
        """
        from riskslim.models.relaxation import build_relaxation

        return build_relaxation(self)

    def objective(self, points: Points, multiplier: float | None = None) -> float:
        """Objective of integer points, the loss by compensated summation.

        Parameters
        ----------
        points : array-like of shape (d + 1,), mapping or score
            The intercept, then the features' points; or points by name, of which
            ``"(Intercept)"`` is one, and 0 where nothing is said; or a score.
        multiplier : float, optional
            By default 1 where it is fixed, else the best one in the range, with the best intercept
            where that is real.
        """
        x = as_points(points, self.data.feature_names)
        return self._with_costs(self.loss(x, multiplier), x)

    def _with_costs(self, loss: float, x: FloatArray | IntArray) -> float:
        return math.fsum([loss, *self.switch_cost[x[1:] != 0].tolist()])

    def loss(self, points: Points, multiplier: float | None = None) -> float:
        """Logistic loss of points, by compensated summation; parameters as for `objective`."""
        from riskslim.problems.loss import LogisticLoss

        x = as_points(points, self.data.feature_names)
        if multiplier is None:
            x, multiplier = self.best_scale(x)
        elif not (math.isfinite(multiplier) and multiplier > 0):
            raise OptionError(f"multiplier={multiplier!r}: give a positive number")
        if multiplier == 1.0:
            if "_loss" in vars(self) or self.data.features.size < _LARGE:
                return self._loss.value(x)
            # The same number, without a copy of every feature.
            used = np.flatnonzero(x[1:])
            data = self.data
            part = LogisticLoss(data.features[:, used], data.positive, data.negative)
            return part.value(x[np.append(0, used + 1)])
        return self._loss_of_scores.value_from_scores(self.scores(x) / multiplier)

    def best_scale(self, points: Points) -> tuple[FloatArray, float]:
        """Points with their best intercept where that is real, and the best multiplier.

        Parameters
        ----------
        points : array-like of shape (d + 1,), mapping or score
            The intercept, then the features' points; or points by name, of which
            ``"(Intercept)"`` is one, and 0 where nothing is said; or a score.

        Returns
        -------
        points : ndarray of shape (d + 1,)
            As given, but for an intercept that is real.
        multiplier : float
            In the range, at which these points have the least loss; 1 where it is fixed.
        """
        x, data = as_points(points, self.data.feature_names), self.data
        weights = data.positive, data.negative
        if not self.has_real_intercept:
            return x, best_multiplier(self.scores(x), *weights, self.scale_range)
        multiplier, intercept = best_line(data.totals(x[1:]), *weights, self.scale_range)
        return np.append(intercept, x[1:]), multiplier

    def facts_of(
        self, points: IntArray | FloatArray, multiplier: float | None = None
    ) -> dict[str, Any]:
        """Say what a solution has of its incumbent; see `ScoreProblem.facts_of`."""
        multiplier = self.best_multiplier(points) if multiplier is None else multiplier
        moves = points[1:] if self.has_real_intercept else points
        note = note_on_range(multiplier, self.scale_range) if moves.any() else ""
        loss = self.loss(points, multiplier)
        return {
            "objective": self._with_costs(loss, points),
            "loss": loss,
            "multiplier": multiplier,
            "notes": (note,) if note else (),
        }

    @property
    def solution_type(self) -> type[Solution]:
        """Class of its solutions."""
        return Solution

    def score_of(
        self,
        solution: Solution,
        rules: tuple[str, ...] | None = None,
        unit: int | None = None,  # noqa: ARG002
    ) -> RiskScore:
        """Make the score of a solution; see `ScoreProblem.score_of`."""
        from riskslim.scores.risk import RiskScore

        words = rules_in_words(self) if rules is None else rules
        return RiskScore.from_solution(solution, self.data, words)

    @cached_property
    def _loss(self) -> LogisticLoss:
        from riskslim.problems.loss import LogisticLoss

        return LogisticLoss(self.data.features, self.data.positive, self.data.negative)

    @cached_property
    def _loss_of_scores(self) -> LogisticLoss:
        """The loss of given scores, which needs no features: those of a large table take long."""
        from riskslim.problems.loss import LogisticLoss

        data = self.data
        return LogisticLoss(np.zeros((data.n_distinct, 0)), data.positive, data.negative)

    def solve(
        self,
        options: SearchOptions | None = None,
        model: Any = None,
        engine: str = "auto",
        start: Any = None,
        **limits: Any,
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
        start : RiskScore, Solution, mapping or array-like of shape (d + 1,), optional
            A score that obeys all rules, or its points: the first incumbent.
        **limits
            Attributes of `SearchOptions`, as in ``time_limit=30, threads=2``.

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
            If the engine that is asked for cannot honour the problem, or the start breaks a rule.
        OutOfMemoryError
            If the memory does not suffice.
        """
        from riskslim.search.solving import solve

        with self.memory_named():
            return solve(self, SearchOptions.given(options, limits), model, engine, start)

    def path(
        self,
        options: SearchOptions | None = None,
        engine: str = "auto",
        cv: int | None = None,
        n_jobs: int | None = None,
        start: Any = None,
        **limits: Any,
    ) -> ScorePath:
        """Prove the best score of every size, from `min_size` (at least 1) to `max_size`.

        Parameters
        ----------
        options : SearchOptions, optional
            Limits for all sizes together, seed and threads. With folds the time is that of all of
            it, half of which is for the folds; the nodes are those of each fold too.
        engine : {"auto", "supports", "lcpa"}
            As for `solve`.
        cv : int, optional
            Folds of a stratified cross-validation, by which a size can be chosen.
        n_jobs : int, optional
            Folds at a time; each takes one thread.
        start : optional
            A score as for `solve`: the first incumbent of its own size.
        **limits
            Attributes of `SearchOptions`, as for `solve`.

        Returns
        -------
        ScorePath
            A size that a limit ended has its own gap, one without a score is infeasible.

        Raises
        ------
        InfeasibleError
            If no size has a score.
        OptionError
            An option is out of its range, or the engine cannot honour the problem.
        """
        from riskslim.scores.path import find_path

        with self.memory_named():
            given = SearchOptions.given(options, limits)
            return find_path(self, given, engine, cv, n_jobs, start)

    def pool(
        self,
        tolerance: float,
        relative: bool = False,
        limit: int = 1000,
        options: SearchOptions | None = None,
        start: Any = None,
        **limits: Any,
    ) -> ScorePool[RiskScore]:
        """Find every score that is nearly as good as the best one.

        Parameters
        ----------
        tolerance : float
            On the objective, 0 or more; where `relative`, as a share of the optimum.
        relative : bool
            Whether the tolerance is a share.
        limit : int
            At most so many scores, the best ones.
        options : SearchOptions, optional
            Limits, seed and threads.
        start : optional
            A score as for `solve`: the first incumbent.
        **limits
            Attributes of `SearchOptions`, as for `solve`.

        Returns
        -------
        ScorePool
            Says whether it is complete.

        Raises
        ------
        InfeasibleError
            If no score satisfies all constraints.
        OptionError
            A number is out of its range, or rules need variables beyond points and indicators,
            which the search over supports cannot state.
        """
        from riskslim.scores.pool import find_pool

        with self.memory_named():
            given = SearchOptions.given(options, limits)
            return find_pool(self, tolerance, relative, limit, given, start)

    def viable_ranges(
        self,
        X: Any = None,
        tolerance: float = 0.01,
        relative: bool = False,
        sample_weight: Any = None,
        limit: int = 1000,
        options: SearchOptions | None = None,
        **limits: Any,
    ) -> ViableRanges:
        """Find the least and the greatest risk of each person over all scores near the optimum.

        Exact, over points, multipliers and intercepts, however many scores there are: where they
        are more than the limit, the ends of each person's range are searched one by one.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d), optional
            People, by all features of the table or its raw columns; the table's distinct rows by
            default.
        tolerance, relative, options, **limits
            As for `pool`.
        sample_weight : array-like of shape (n,), optional
            Of the people in `X`.
        limit : int
            Hold at most so many scores at a time.

        Returns
        -------
        ViableRanges
            Says for each person whether the search ended, and what is proved.

        Raises
        ------
        InfeasibleError, OptionError, ScoreError
            As for `pool`; rules limit rates, which change with each person who is looked at; the
            people do not fit the table.
        """
        from riskslim.scores.viable import find_viable_ranges

        with self.memory_named():
            given = SearchOptions.given(options, limits)
            return find_viable_ranges(self, X, tolerance, relative, sample_weight, limit, given)
