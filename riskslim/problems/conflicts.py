"""Rules that cannot hold together, named and said in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskslim.errors import InfeasibleError
from riskslim.problems.statement import Statement

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem

__all__ = ["conflict_names", "infeasible_error"]


def conflict_names(problem: ScoreProblem, statement: Statement) -> tuple[str, ...]:
    """Name the constraints and bounds of an irreducible conflict, each once."""
    from riskslim.solvers.highs import conflict

    return conflict(statement, problem.rule_of)


def infeasible_error(problem: ScoreProblem, statement: Statement | None = None) -> InfeasibleError:
    """Make the error of a problem without any score: names what cannot hold together."""
    statement = problem.statement if statement is None else statement
    # What could not be proved in time again: no smaller set is known than all of them.
    names = conflict_names(problem, statement) or tuple(rule.name for rule in problem.constraints)
    sentences = [problem.sentence(name) for name in names]
    listed = "".join(f"\n  - {sentence}" for sentence in sentences)
    return InfeasibleError(
        "no score satisfies all constraints; these cannot hold together, so drop or loosen "
        f"one of them:{listed}",
        conflict=names,
    )
