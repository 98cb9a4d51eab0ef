"""Options that say which kind of score is fitted, and the problem that follows from all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

from riskslim.cli.fit_options import ProblemChoices, bundle

if TYPE_CHECKING:
    from riskslim.constraints import Constraint
    from riskslim.data import Dataset
    from riskslim.problems.checklist import Checklist
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.problems.slim import SLIMProblem
    from riskslim.scores.decision import DecisionScore
    from riskslim.scores.risk import RiskScore
    from riskslim.search.solution import Solution

__all__ = ["MethodChoices", "Task", "method_options"]

_SLIM_C0 = 0.01


@dataclass(frozen=True)
class Task:
    """A problem, and the score that its solution becomes.

    Attributes
    ----------
    problem : RiskSLIMProblem or SLIMProblem
        What is solved.
    checklist : Checklist or None
        Where every item counts one.
    """

    problem: RiskSLIMProblem | SLIMProblem
    checklist: Checklist | None

    def score(self, solution: Solution) -> RiskScore | DecisionScore:
        """Make the score of a solution, with its rules in words."""
        from riskslim.constraints.rules import rules_in_words
        from riskslim.problems.slim import SLIMProblem
        from riskslim.scores.decision import DecisionScore
        from riskslim.scores.risk import RiskScore

        data = self.problem.data
        named = self.checklist
        rules = (rules_in_words if named is None else named.rules_in_words)(self.problem)
        if isinstance(self.problem, SLIMProblem):
            unit = self.problem.unit(solution.points) if named is None else named.unit
            return DecisionScore.from_solution(solution, data, rules, unit)
        return RiskScore.from_solution(solution, data, rules)


@dataclass(frozen=True)
class MethodChoices:
    """What the options of `method_options` ask for."""

    method: Literal["riskslim", "slim"]
    checklist: bool

    def data_weights(self, choices: ProblemChoices) -> Any:
        """Class weights that belong to the data; SLIM has them in its objective."""
        return choices.class_weight if self.method == "riskslim" else None

    def task(
        self, choices: ProblemChoices, table: Dataset, further: tuple[Constraint, ...]
    ) -> Task:
        """Build the problem on a table.

        Parameters
        ----------
        choices : ProblemChoices
            The other options.
        table : Dataset
            The data.
        further : tuple of Constraint
            Rules beside those of the options.

        Raises
        ------
        RiskSlimError
            An option does not fit the table.
        """
        from riskslim.cli.rule_options import constraints_of
        from riskslim.problems.checklist import CHECKLIST_RANGE, Checklist
        from riskslim.problems.multiplier import DEFAULT_RANGE

        rules = (*constraints_of(choices, table), *further)
        coefficients, checklist = choices.coefficients(table), None
        if self.checklist:
            state = Checklist.of_risks if self.method == "riskslim" else Checklist.of_decisions
            checklist = state(table, rules)
            rules = checklist.constraints
            coefficients = choices.with_signs(checklist.coefficients)
        if self.method == "riskslim":
            scales = CHECKLIST_RANGE if self.checklist else DEFAULT_RANGE
            return Task(choices.risk_problem(table, coefficients, rules, scales), checklist)
        return Task(_slim_problem(choices, table, coefficients, rules), checklist)


def _slim_problem(
    choices: ProblemChoices, table: Dataset, coefficients: Any, rules: tuple[Constraint, ...]
) -> SLIMProblem:
    from riskslim.data.outcome import class_factors
    from riskslim.problems.slim import SLIMProblem

    if choices.has_multiplier_options:
        raise click.UsageError(
            "--multiplier and --multiplier-range are for risk scores; drop them with --method slim"
        )
    weights = float(table.negative.sum()), float(table.positive.sum())
    w_neg, w_pos = class_factors(choices.class_weight, table.labels, weights, table.source)
    return SLIMProblem(
        table,
        coefficients,
        max_size=choices.max_size,
        min_size=choices.min_size,
        C0=_SLIM_C0 if choices.c0 is None else choices.c0,
        constraints=rules,
        w_pos=w_pos,
        w_neg=w_neg,
    )


def method_options() -> Callable[[Any], Any]:
    """Add ``--method`` and ``--checklist``; the command receives them as ``method``."""
    options = [
        click.option(
            "--method",
            type=click.Choice(["riskslim", "slim"]),
            default="riskslim",
            show_default=True,
            help="A risk score, which gives the risk of every total; or a decision score, which "
            "says yes above a threshold and makes the fewest errors.",
        ),
        click.option(
            "--checklist",
            is_flag=True,
            help="Every item counts one: the risk of every count, or with --method slim 'yes if "
            "at least 3 of these 7 hold'. Needs features of 0 and 1.",
        ),
    ]
    return bundle(options, "method", MethodChoices)
