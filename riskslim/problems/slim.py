"""SLIM: the certified best decision score of small integer points."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from riskslim.constraints import Constraint, RateLimit
from riskslim.constraints.rules import rules_in_words
from riskslim.data import Dataset
from riskslim.errors import OptionError
from riskslim.problems import wording
from riskslim.problems.base import ScoreProblem
from riskslim.problems.checking import Points, as_points
from riskslim.problems.coefficients import CoefficientSet
from riskslim.problems.defaults import MAX_COEF, PENALTY
from riskslim.problems.epsilon import cost_of_a_point
from riskslim.problems.inputs import data_and_points
from riskslim.problems.intercept import deciding_range
from riskslim.problems.statement import Statement
from riskslim.search.solution import SLIMSolution, Solution
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.result import SearchOptions
from riskslim.solvers.threshold import ThresholdProblem, count_errors

if TYPE_CHECKING:
    from riskslim.models.program import Program
    from riskslim.scores.decision import DecisionScore
    from riskslim.scores.viable_decisions import ViableDecisions

__all__ = ["SLIMProblem"]


class SLIMProblem(ScoreProblem):
    r"""Minimise the weighted share of errors plus a penalty on the size over integer points.

    .. math::

        \min_\lambda \; \frac1W \sum_i w_i [y_i \langle\lambda, x_i\rangle \le 0]
        + \sum_j C_j [\lambda_j \ne 0] + \varepsilon \sum_j |\lambda_j|

    over integer points within the coefficient set, size limits and constraints. With C0 below
    1 / (N d) the answer is the sparsest of the most accurate scores. Among scores of equal
    errors and terms :math:`\varepsilon` (the paper's C1), which is computed so that it never trades
    either unless it is given, takes the smallest points: coprime ones, wherever the rules allow a
    common divisor to be divided out.

    The score predicts yes where intercept and points together are above 0, else no. As in the
    paper the objective counts a total of exactly 0 as an error for both classes: a negative row
    there is predicted rightly, but has no room to spare. Rules on rates, and the counts in
    `SLIMSolution`, are about predictions.

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
        Penalty of a feature that is used, where the coefficient set gives none: the share of
        errors that a feature must save to be worth it.
    C1 : float, optional
        Penalty of a point: a score of smaller points is preferred to one of fewer errors where it
        saves more. By default so small that it only decides among scores of equal errors and terms.
    max_coef : int
        Size of the points where no coefficient set is given.
    constraints : sequence of Constraint
        Operational constraints.
    w_pos, w_neg : float
        Weight of an error on the positive and on the negative class, on top of the weights of the
        rows. They are scaled so that ``w_pos + w_neg = 2``.
    max_error, max_fpr, max_fnr, min_tpr, min_tnr : float, optional
        Hard limits on rates of the predictions, shares from 0 to 1; each is short for a
        `riskslim.constraints.RateLimit`.

    Attributes
    ----------
    class_factors : tuple of Fraction
        The scaled ``w_pos`` and ``w_neg``.

    Raises
    ------
    OptionError, CoefficientError, ConstraintError
        Naming the option, the feature or the constraint.

    References
    ----------
    Ustun and Rudin, "Supersparse linear integer models for optimized medical scoring systems",
    Machine Learning 102 (2016), sections 2 and 3.
    """

    def __init__(
        self,
        data: Dataset | Any,
        y: Any = None,
        max_size: int | None = None,
        min_size: int = 0,
        C0: float = PENALTY["slim"],
        max_coef: int = MAX_COEF,
        constraints: Sequence[Constraint] = (),
        w_pos: float = 1.0,
        w_neg: float = 1.0,
        max_error: float | None = None,
        max_fpr: float | None = None,
        max_fnr: float | None = None,
        min_tpr: float | None = None,
        min_tnr: float | None = None,
        *,
        coefficients: CoefficientSet | None = None,
        C1: float | None = None,
    ) -> None:
        if C1 is not None and (isinstance(C1, bool) or not (math.isfinite(C1) and C1 >= 0)):
            raise OptionError(f"C1={C1!r}: give a finite number, 0 or more")
        self.C1 = None if C1 is None else float(C1)
        for option, value in (("w_pos", w_pos), ("w_neg", w_neg)):
            if isinstance(value, bool) or not (math.isfinite(value) and value > 0):
                raise OptionError(f"{option}={value!r}: give a positive number")
        parts = Fraction(repr(float(w_pos))), Fraction(repr(float(w_neg)))
        self.class_factors = (2 * parts[0] / sum(parts), 2 * parts[1] / sum(parts))
        limits = (
            ("error", max_error, None),
            ("fpr", max_fpr, None),
            ("fnr", max_fnr, None),
            ("tpr", None, min_tpr),
            ("tnr", None, min_tnr),
        )
        rates = [
            RateLimit(rate, at_most=at_most, at_least=at_least)  # type: ignore[arg-type]
            for rate, at_most, at_least in limits
            if at_most is not None or at_least is not None
        ]
        super().__init__(
            *data_and_points(data, y, coefficients),
            max_size,
            min_size,
            C0,
            max_coef,
            (*constraints, *rates),
        )

    @property
    def title(self) -> Literal["RiskSLIM", "SLIM"]:
        """Name of the method."""
        return "SLIM"

    @property
    def w_pos(self) -> float:
        """Weight of an error on the positive class, scaled."""
        return float(self.class_factors[0])

    @property
    def w_neg(self) -> float:
        """Weight of an error on the negative class, scaled."""
        return float(self.class_factors[1])

    @cached_property
    def positive(self) -> FloatArray:
        """Weight of the positive rows merged into each distinct row, times `w_pos`."""
        return self.data.positive * self.w_pos

    @cached_property
    def negative(self) -> FloatArray:
        """Weight of the negative rows merged into each distinct row, times `w_neg`."""
        return self.data.negative * self.w_neg

    @cached_property
    def total_weight(self) -> float:
        """Sum of all weights with those of the classes, W."""
        return math.fsum([*self.positive.tolist(), *self.negative.tolist()])

    @cached_property
    def epsilon(self) -> float:
        """Cost of a point: C1, or so small that it never trades errors or terms."""
        return cost_of_a_point(self) if self.C1 is None else self.C1

    def _derived_intercept(
        self, lower: FloatArray, upper: FloatArray, max_size: int
    ) -> tuple[int, int]:
        return deciding_range(self.data.features, lower, upper, max_size)

    def with_rules(self, *rules: Constraint) -> SLIMProblem:
        """Return the same problem with further rules."""
        return SLIMProblem(
            self.data,
            coefficients=self.coefficients,
            max_size=self.max_size,
            min_size=self.min_size,
            C0=self.C0,
            C1=self.C1,
            constraints=(*self.given_rules, *rules),
            w_pos=self.w_pos,
            w_neg=self.w_neg,
        )

    def objective_in_words(self) -> list[str]:
        """Lines of the objective, for `repr`."""
        lines = [
            f"minimise  share of errors + {wording.penalty(self)} x size "
            f"+ {self.epsilon:.3g} x sum of |points|"
        ]
        if self.w_pos != self.w_neg:
            lines.append(f"weights   {self.w_pos:g} x positive, {self.w_neg:g} x negative")
        return lines

    def predictions(self, points: Points) -> BoolArray:
        """Who is predicted yes, of shape (n_distinct,).

        Parameters
        ----------
        points : array-like of shape (d + 1,), mapping or score
            The intercept, then the features' points; or points by name, of which
            ``"(Intercept)"`` is one, and 0 where nothing is said; or a score.
        """
        x = as_points(points, self.data.feature_names)
        # Totals are exact, as in `PointScore.total`: a fitted score predicts just that.
        return np.asarray(self.data.decimals.totals(x[1:]) > -x[0])

    def loss(self, points: Points) -> float:
        """Weighted share of errors, a total of 0 being one for both classes.

        Parameters
        ----------
        points : array-like of shape (d + 1,), mapping or score
            Integers: the intercept, then the features' points; or points by name.
        """
        x = as_points(points, self.data.feature_names)
        return math.fsum(count_errors(self._counting, x.astype(np.int64))) / self.total_weight

    def objective(self, points: Points) -> float:
        """Objective of integer points, by compensated summation; parameters as for `loss`."""
        x = as_points(points, self.data.feature_names)
        return self._with_costs(self.loss(x), x)

    def _with_costs(self, loss: float, x: FloatArray | IntArray) -> float:
        terms = self.switch_cost[x[1:] != 0].tolist()
        return math.fsum([loss, *terms, self.epsilon * float(np.abs(x[1:]).sum())])

    def facts_of(
        self,
        points: IntArray | FloatArray,
        multiplier: float | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Say what a solution has of its incumbent; see `ScoreProblem.facts_of`.

        Weight and number of people whose prediction is wrong are among it.
        """
        data, yes = self.data, self.predictions(points)
        false_positives = math.fsum(data.negative[yes].tolist())
        false_negatives = math.fsum(data.positive[~yes].tolist())
        loss = self.loss(points)
        return {
            "objective": self._with_costs(loss, points),
            "loss": loss,
            "errors": math.fsum([false_positives, false_negatives]),
            "false_positives": false_positives,
            "false_negatives": false_negatives,
            "n_false_positives": int(data.negative_counts[yes].sum()),
            "n_false_negatives": int(data.positive_counts[~yes].sum()),
            "notes": self._notes(points, yes, loss),
        }

    def _notes(self, points: IntArray | FloatArray, yes: BoolArray, loss: float) -> tuple[str, ...]:
        """Say where the loss counts an error that is no wrong prediction."""
        wrong = math.fsum([*self.negative[yes].tolist(), *self.positive[~yes].tolist()])
        if loss * self.total_weight <= wrong * (1 + 1e-12):
            return ()
        at_zero = self.data.decimals.totals(points[1:]) == -points[0]
        count = int(self.data.negative_counts[at_zero].sum())
        return (
            f"{count} rows with a negative outcome have a total of exactly 0: they are predicted "
            "no, which is right, but the objective counts them as errors",
        )

    def at_points(self, statement: Statement, points: FloatArray) -> Statement:
        """Hold errors that rows of a model speak of at what they are for given points."""
        from riskslim.models.slim_program import with_errors

        return with_errors(self, statement, points)

    @property
    def solution_type(self) -> type[SLIMSolution]:
        """Class of its solutions."""
        return SLIMSolution

    def score_of(
        self, solution: Solution, rules: tuple[str, ...] | None = None, unit: int | None = None
    ) -> DecisionScore:
        """Make the score of a solution; see `ScoreProblem.score_of`."""
        from riskslim.scores.decision import DecisionScore

        words = rules_in_words(self) if rules is None else rules
        unit = self.unit(solution.points) if unit is None else unit
        return DecisionScore.from_solution(solution, self.data, words, unit)

    def unit(self, points: Points | None) -> int:
        """Largest number of points that people may count as one, without a different decision.

        Points (4, 2, 2) that must exceed 3 decide as (2, 1, 1) that must exceed 1 do: where the
        features that have points are integers, no total lies between. The objective needs the
        larger points, as it counts a total at the threshold as an error of either class;
        people do not.

        Parameters
        ----------
        points : array-like of shape (d + 1,), mapping or score
            Integers: the intercept, then the features' points; or points by name. None where there
            is no score.

        Returns
        -------
        int
            It divides the points of every feature, and the smaller points, with the intercept
            rounded up, obey every bound and rule; 1 where none above does.
        """
        if points is None:
            return 1
        x = as_points(points, self.data.feature_names).astype(np.int64)
        values = self.data.features[:, x[1:] != 0]
        if np.any(values != np.floor(values)):
            return 1
        divisor = int(np.gcd.reduce(x[1:]))
        for unit in range(divisor, 1, -1):
            if divisor % unit == 0 and not self.violations(-(-x // unit)):
                return unit
        return 1

    @cached_property
    def _counting(self) -> ThresholdProblem:
        """Rows and box, by which errors are counted."""
        d = self.data.n_features
        return ThresholdProblem(
            features=self.data.features,
            positive=self.positive,
            negative=self.negative,
            lower=np.ceil(self.statement.lower[: d + 1]),
            upper=np.floor(self.statement.upper[: d + 1]),
            switch_cost=np.zeros(d + 1),
        )

    def to_pyomo(self) -> Any:
        """Build a Pyomo model, to be printed or extended by linear constraints.

        Returns
        -------
        pyomo.environ.ConcreteModel
            With ``points[name]``, ``intercept``, ``used[name]``, ``error[i]`` for each distinct
            row i from 1 on, ``size``, ``objective`` and ``rules[name]``; ``magnitude`` holds
            absolute values of points, and ``both_wrong`` says where a row of both classes has a
            total of 0. Of such a row one class is wrong whatever the points: the lighter one's
            weight is the constant of the objective, and ``error[i]`` is that of the heavier one.
        """
        from riskslim.models.pyomo_model import build_model

        return build_model(self)

    @cached_property
    def linear_program(self) -> Program:
        """What Pyomo and files read."""
        from riskslim.models.slim_program import slim_program

        return slim_program(self, self.statement)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write an LP or MPS file, by the ending of its name.

        Raises
        ------
        OptionError
            If the name ends neither in ``.lp`` nor in ``.mps``.
        """
        from riskslim.models.writing import write_model

        write_model(self.to_pyomo, Path(path))

    def viable_decisions(
        self,
        X: Any = None,
        tolerance: float = 0.01,
        relative: bool = False,
        sample_weight: Any = None,
        options: SearchOptions | None = None,
        **limits: Any,
    ) -> ViableDecisions:
        """Find whom some score near the optimum decides otherwise than the best one.

        For each person who differs in a feature the best score is searched that decides otherwise,
        until one is within the tolerance or none can be: exact for each person, without listing the
        scores.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d), optional
            People, by all features of the table or its raw columns; the table's distinct rows by
            default.
        tolerance : float
            On the objective, above the optimum.
        relative : bool
            Whether it is a share of the optimum.
        sample_weight : array-like of shape (n,), optional
            Of the people in `X`.
        options, **limits
            As for `solve`, for everything together.

        Returns
        -------
        ViableDecisions
            Says for each person whether it is proved; and the scores that were found.

        Raises
        ------
        InfeasibleError, OptionError, ScoreError
            As for `solve`; or the people do not fit the table.
        """
        from riskslim.scores.viable_decisions import find_viable_decisions

        given = SearchOptions.given(options, limits)
        with self.memory_named():
            return find_viable_decisions(self, X, tolerance, relative, sample_weight, given)

    def solve(
        self,
        options: SearchOptions | None = None,
        model: Any = None,
        engine: str = "auto",
        start: Any = None,
        **limits: Any,
    ) -> SLIMSolution:
        """Search for the best score and prove it.

        Parameters
        ----------
        options, model, start, **limits
            As for `RiskSLIMProblem.solve`, and so are the errors; the start is a decision score.
        engine : {"auto", "search", "mip"}
            The search over boxes of points where it can state the problem and a mixed-integer
            program elsewhere, or one of them.

        Returns
        -------
        SLIMSolution
            Checked in integers against every bound and constraint.
        """
        from riskslim.search.solving import solve

        with self.memory_named():
            solution = solve(self, SearchOptions.given(options, limits), model, engine, start)
        assert isinstance(solution, SLIMSolution)
        return solution
