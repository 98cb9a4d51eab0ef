"""The recipe of every score: data, rules and weights make a problem, its solution a score.

The command line, the estimators, `build_score` and `distill` all ask here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from riskslim.constraints.cuts import VariableLimit
from riskslim.constraints.prevalence import refuse_moved_predictions
from riskslim.data.outcome import ClassWeight, class_factors
from riskslim.features.courses import TaughtCourses
from riskslim.features.grouping import group_constraints
from riskslim.problems.checklist import Checklist
from riskslim.problems.coefficients import CoefficientSet
from riskslim.problems.defaults import (
    CHECKLIST_RANGE,
    CUTS_EACH,
    DEFAULT_RANGE,
    MAX_COEF,
    MAX_SIZE,
    PENALTY,
)
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.problems.slim import SLIMProblem
from riskslim.scores.origin import variables_of
from riskslim.scores.risk import RiskScore

if TYPE_CHECKING:
    from riskslim.constraints import Constraint
    from riskslim.data import Dataset
    from riskslim.features.binning import Binning
    from riskslim.problems.intercept_mode import Intercept
    from riskslim.problems.multiplier import Multiplier
    from riskslim.scores.decision import DecisionScore
    from riskslim.search.solution import Solution

__all__ = ["MaxSize", "Method", "Recipe", "Task", "weights_in_data"]

MaxSize = int | Literal["auto"] | None
"""At most so many features have points; None for any number."""

Method = Literal["riskslim", "slim"]


def weights_in_data(method: Method, class_weight: ClassWeight) -> ClassWeight:
    """Class weights that a data set is made with: SLIM has them in its objective instead."""
    return class_weight if method == "riskslim" else None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What is asked of a score, whatever the data.

    Attributes
    ----------
    method : {"riskslim", "slim"}
        A risk score or a decision score.
    max_size : int, "auto" or None
        At most so many features have points; None for any number. "auto" is 5, and with
        `max_variables` as many as these may have: three each, or what `at_most` says.
    max_variables : int or None
        At most so many variables have points, with any number of features each: what a card asks
        as one item. Those of a raw table are known; of other features names and values tell.
    min_size : int
        At least so many.
    max_coef : int
        Points lie between minus and plus this, where `coefficients` says nothing.
    coefficients : CoefficientSet or None
        Bounds, signs and penalties by feature name.
    signs : sequence of (pattern, sign)
        Features whose points have a sign or are 0.
    constraints : sequence of Constraint
        Rules, beside those of the groups of features.
    C0 : float or None
        Penalty of a feature; None for that of `PENALTY`.
    C1 : float or None
        Penalty of a point of a decision score; see `SLIMProblem`.
    class_weight : "balanced", dict or None
        Factors on the weights by label.
    checklist : bool
        Whether every item counts one.
    multiplier : {"free", "fixed"}
        Of a risk score.
    multiplier_range : tuple of float or None
        Where it is free; None for the usual one, that of checklists with `checklist`.
    intercept : {"free", "integer"} or None
        Of a risk score; see `RiskSLIMProblem`.
    prevalence : float or None
        Share of positives that the risks of a risk score are corrected to.
    max_fpr, min_tpr, max_error : float or None
        Limits on rates, of a decision score.
    at_most, rising, falling
        Rules of the groups of features that were made of a raw table; see
        `riskslim.features.grouping.group_constraints`.
    """

    method: Method = "riskslim"
    max_size: MaxSize = "auto"
    max_variables: int | None = None
    min_size: int = 0
    max_coef: int = MAX_COEF
    coefficients: CoefficientSet | None = None
    signs: Sequence[tuple[str, str]] = ()
    constraints: Sequence[Constraint] = ()
    C0: float | None = None
    C1: float | None = None
    class_weight: ClassWeight = None
    checklist: bool = False
    multiplier: Multiplier = "free"
    multiplier_range: tuple[float, float] | None = None
    intercept: Intercept | None = None
    prevalence: float | None = None
    max_fpr: float | None = None
    min_tpr: float | None = None
    max_error: float | None = None
    at_most: int | Mapping[str, int] | None = None
    rising: Sequence[str] = ()
    falling: Sequence[str] = ()

    def task(self, data: Dataset) -> Task:
        """State the problem on data.

        Parameters
        ----------
        data : Dataset
            Made with the class weights of `weights_in_data`.

        Raises
        ------
        DataError, OptionError, CoefficientError, ConstraintError
            What is asked does not fit the data.
        """
        rules, checklist = (*self.constraints, *self._grouped(data)), None
        points = self.coefficients
        if self.checklist:
            state = Checklist.of_risks if self.method == "riskslim" else Checklist.of_decisions
            checklist = state(data, rules)
            points, rules = checklist.instead_of(points), checklist.constraints
        shared: dict[str, Any] = {
            "coefficients": self._signed(points, data),
            "max_size": self.size,
            "min_size": self.min_size,
            "C0": PENALTY[self.method] if self.C0 is None else self.C0,
            "max_coef": self.max_coef,
            "constraints": rules,
        }
        if self.method == "slim":
            return Task(self._decisions(data, shared), checklist)
        usual = CHECKLIST_RANGE if self.checklist else DEFAULT_RANGE
        ends = usual if self.multiplier_range is None else self.multiplier_range
        problem = RiskSLIMProblem(
            data,
            multiplier=self.multiplier,
            multiplier_range=ends,
            intercept=self.intercept,
            **shared,
        )
        if self.prevalence is not None:
            refuse_moved_predictions(problem.constraints)
        return Task(problem, checklist, self.prevalence)

    @property
    def size(self) -> int | None:
        """At most so many features have points; None for any number."""
        if self.max_size != "auto":
            return self.max_size
        if self.max_variables is None:
            return MAX_SIZE
        each = self.at_most if isinstance(self.at_most, int) else CUTS_EACH
        return each * self.max_variables

    def _decisions(self, data: Dataset, shared: dict[str, Any]) -> SLIMProblem:
        weights = float(data.negative.sum()), float(data.positive.sum())
        w_neg, w_pos = class_factors(self.class_weight, data.labels, weights, data.source)
        return SLIMProblem(
            data,
            C1=self.C1,
            w_pos=w_pos,
            w_neg=w_neg,
            max_fpr=self.max_fpr,
            min_tpr=self.min_tpr,
            max_error=self.max_error,
            **shared,
        )

    def _grouped(self, data: Dataset) -> tuple[Constraint, ...]:
        if data.binning is not None:
            rules = group_constraints(
                data.binning, self.at_most, self.rising, self.falling, self.max_variables
            )
            return (*rules, *self._taught(data.binning))
        if self.max_variables is None:
            return ()
        return (VariableLimit(variables_of(data), at_most=self.max_variables),)

    def _taught(self, binning: Binning) -> tuple[Constraint, ...]:
        """Let points go as the teacher's risks do, where nothing else is said of single points."""
        if self.coefficients is not None or self.signs or self.constraints or self.checklist:
            return ()
        said = {*self.rising, *self.falling}
        free = {v.label for v in binning.variables if said.isdisjoint((v.label, v.column))}
        courses = {label: rises for label, rises in binning.courses.items() if label in free}
        ordered = binning.ordered
        by_feature = {name: rises for label, rises in courses.items() for name in ordered[label]}
        return (TaughtCourses(by_feature, len(courses)),) if courses else ()

    def _signed(self, points: CoefficientSet | None, data: Dataset) -> CoefficientSet | None:
        if not self.signs:
            return points
        if points is None:
            points = CoefficientSet(lower=-self.max_coef, upper=self.max_coef)
        points = points.for_features(data.feature_names)
        for name, sign in self.signs:
            points = points.set(name, sign=sign)
        return points


@dataclass(frozen=True)
class Task:
    """A problem, and the score that its solution becomes.

    Attributes
    ----------
    problem : RiskSLIMProblem or SLIMProblem
        What is solved.
    checklist : Checklist or None
        Where every item counts one.
    prevalence : float or None
        That risks are corrected to.
    """

    problem: RiskSLIMProblem | SLIMProblem
    checklist: Checklist | None
    prevalence: float | None = None

    def score(self, solution: Solution) -> RiskScore | DecisionScore:
        """Make the score of a solution, turned to points of 0 or more, with its rules in words."""
        problem, named = self.problem, self.checklist
        if named is None:
            score = problem.score_of(solution)
        else:
            score = problem.score_of(solution, named.rules_in_words(problem), named.unit)
        if self.prevalence is not None and isinstance(score, RiskScore):
            score = score.with_prevalence(self.prevalence)
        return score.turned()
