"""Rules that cannot hold together, named and said in words."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from riskslim.constraints import Step
from riskslim.errors import InfeasibleError
from riskslim.problems.rows import RowForm
from riskslim.problems.statement import Statement
from riskslim.solvers.result import SearchOptions

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem

__all__ = ["conflict_names", "infeasible_error", "refuse_empty_ranges"]


def conflict_names(
    problem: ScoreProblem, statement: Statement, options: SearchOptions | None = None
) -> tuple[str, ...]:
    """Name the constraints and bounds of an irreducible conflict, each once.

    Rows whose coefficients follow from other rules are stated as if none of these held, and so
    is the range of the intercept: what is named conflicts by itself.
    """
    from riskslim.solvers.highs import conflict, infeasible

    options, begin = SearchOptions() if options is None else options, time.monotonic()
    rows, wider = _by_themselves(problem, statement)
    names = conflict(rows, problem.rule_of, wider=wider, options=options)
    if names or statement.step is None:
        return names

    def stepped(parts: list[Step]) -> RowForm:
        return rows.in_steps(replace(statement, parts=tuple(parts)).step)

    # Possible but for points being multiples of a number: which of these rules take part?
    stepping = [part for part in statement.parts if isinstance(part, Step)]
    for part in list(stepping):
        others = [other for other in stepping if other is not part]
        if infeasible(stepped(others), options=options.since(begin)):
            stepping = others
    left = options.since(begin)
    names = conflict(stepped(stepping), problem.rule_of, wider=wider, options=left)
    return (*names, *(part.name for part in stepping)) if names else ()


def _by_themselves(
    problem: ScoreProblem, statement: Statement
) -> tuple[RowForm, dict[int, tuple[float, float]]]:
    """State rules without what follows from others; and the intercept's range without bounds."""
    from riskslim.solvers.highs import natural_bounds

    lower, upper = statement.lower.copy(), statement.upper.copy()
    for column, ends in natural_bounds(statement.plain, lower, upper).items():
        lower[column], upper[column] = ends
    alone, wider = problem.standing_alone(statement, lower, upper)
    return alone, {} if wider is None else {0: wider}


def refuse_empty_ranges(problem: ScoreProblem, statement: Statement) -> None:
    """Raise where rules leave some points, or the size, no value; multiples of a number included.

    Raises
    ------
    InfeasibleError
        Names the rules.
    """
    inside = statement.tightened().plain.in_steps(statement.step)
    least, most = statement.size
    if least > most or np.any(inside.lower > inside.upper):
        raise infeasible_error(problem, statement)


def infeasible_error(
    problem: ScoreProblem,
    statement: Statement | None = None,
    options: SearchOptions | None = None,
) -> InfeasibleError:
    """Make the error of a problem without any score: names what cannot hold together.

    What the limit of time leaves no room to spare is named too.
    """
    options = SearchOptions() if options is None else options
    statement = problem.statement if statement is None else statement
    # What could not be proved in time again: no smaller set is known than all of them.
    names = conflict_names(problem, statement, options) or tuple(
        rule.name for rule in problem.constraints
    )
    sentences = [problem.sentence(name) for name in names]
    listed = "".join(f"\n  - {sentence}" for sentence in sentences)
    return InfeasibleError(
        "no score satisfies all constraints; these cannot hold together, so drop or loosen "
        f"one of them:{listed}",
        conflict=names,
    )
