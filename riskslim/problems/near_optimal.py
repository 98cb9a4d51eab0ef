"""Every score that is nearly as good as the best one."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.errors import OptionError
from riskslim.problems.conflicts import infeasible_error, refuse_empty_ranges
from riskslim.problems.engines import choose_engine, start_with_rates
from riskslim.problems.lattice import support_problem
from riskslim.problems.predicted import without_predictions
from riskslim.problems.sizes import checked_solution
from riskslim.solution import Solution
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.supports import SupportsResult, search

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.solvers.supports import LinearModelProblem

__all__ = ["NearOptimal", "check_pool_options", "solve_pool"]

_PROOF = "search over supports that keeps every score within the tolerance"


@dataclass(frozen=True, eq=False)
class NearOptimal:
    """The scores within a tolerance of the optimum.

    Attributes
    ----------
    solutions : tuple of Solution
        Best first: by objective, then size, then points. Each has the lower bound of the optimum.
    status : Status
        Of the search; optimal where it ran to its end.
    complete : bool
        Whether no other score lies within the tolerance.
    tolerance : float
        Absolute, on the objective.
    lower_bound : float
        No score has an objective below it.
    """

    solutions: tuple[Solution, ...]
    status: Status
    complete: bool
    tolerance: float
    lower_bound: float


def check_pool_options(tolerance: Any, limit: Any) -> tuple[float, int]:
    """Give tolerance and limit of a pool.

    Raises
    ------
    OptionError
        The tolerance is no finite number from 0, or the limit no whole number from 1.
    """
    number = isinstance(tolerance, int | float) and not isinstance(tolerance, bool)
    if not (number and math.isfinite(tolerance) and tolerance >= 0):
        raise OptionError(f"tolerance={tolerance!r}: give a finite number, 0 or more")
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise OptionError(f"limit={limit!r}: give a whole number of scores, 1 or more")
    return float(tolerance), limit


def solve_pool(
    problem: RiskSLIMProblem,
    tolerance: float,
    relative: bool = False,
    limit: int = 1000,
    options: SearchOptions | None = None,
) -> NearOptimal:
    r"""Find every score whose objective is within a tolerance of the optimum.

    Bounds of the intercept that are derived from the data keep the best intercept of every
    choice of points, but not every good one. So the search runs with one integer more on
    either derived side. For given points the objective falls with the intercept before
    the derived range and grows beyond it (it is convex in the intercept, for every
    multiplier): if no score within the tolerance has the intercept at a widened end, none has
    one beyond. Else that side is widened further and the search runs again.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Without variables beyond points and indicators, but for those of rules on rates.
    tolerance : float
        On the objective; where `relative`, as a share of the optimum.
    relative : bool
        Whether the tolerance is a share.
    limit : int
        At most so many scores; the best ones, and of equals those with fewer features, then
        by points.
    options : SearchOptions, optional
        Limits, seed and threads.

    Returns
    -------
    NearOptimal

    Raises
    ------
    InfeasibleError
        If no score satisfies all constraints.
    OptionError
        A number is out of its range, or the search over supports cannot state the problem.
    """
    tolerance, limit = check_pool_options(tolerance, limit)
    options = SearchOptions() if options is None else options
    statement, sums, starts = problem.statement, None, None
    refuse_empty_ranges(problem, statement)
    predicted = without_predictions(problem, statement)
    if predicted is not None:
        statement, sums = predicted.statement, predicted.sums
    if choose_engine(statement, "auto") == "lcpa":
        # The one clear error says what stands in the way.
        choose_engine(statement, "supports")
    begin = time.monotonic()
    nodes = 0

    def left() -> SearchOptions:
        """Limits less what was used."""
        limits = replace(
            options, time_limit=max(options.time_limit - (time.monotonic() - begin), 0.0)
        )
        if options.node_limit is None:
            return limits
        return replace(limits, node_limit=max(options.node_limit - nodes, 0))

    stated = support_problem(problem, statement, sums)
    if predicted is not None:
        moved = start_with_rates(problem, predicted, options)
        starts = None if moved is None else moved[np.newaxis].astype(np.int64)
    # The heuristics alone as a rule: the search for the pool proves the optimum as well.
    opening = search(stated, replace(options, node_limit=0), starts=starts)
    if opening.best is None:
        opening = search(stated, left())
        nodes += opening.nodes
    if opening.status is Status.INFEASIBLE:
        raise infeasible_error(problem)
    found, start, wider = opening, opening.best, [1, 1]
    while start is not None:
        stated = support_problem(problem, statement.with_intercept(*_widened(problem, wider)), sums)
        found = search(
            stated,
            left(),
            # A share of an objective that is not below the optimum's is no less.
            pool_tolerance=tolerance * start.objective if relative else tolerance,
            # One more than asked for says that there are more.
            pool_limit=limit + 1,
            starts=start.points[np.newaxis],
            beam_width=0,
        )
        nodes += found.nodes
        ends = _at_ends(problem, stated, found)
        if found.status is not Status.OPTIMAL or not any(ends):
            break
        wider = [2 * wide if reached else wide for wide, reached in zip(wider, ends, strict=True)]
    if relative and found.best is not None:
        tolerance *= found.best.objective
    return _result(problem, found, tolerance, limit, options, nodes, time.monotonic() - begin)


def _widened(problem: RiskSLIMProblem, wider: list[int]) -> tuple[int, int]:
    """Bounds of the intercept, wider on the sides that nobody gave."""
    given, statement = problem.coefficients, problem.statement
    low, high = int(statement.lower[0]), int(statement.upper[0])
    if given.intercept_lower is None:
        low -= wider[0]
    if given.intercept_upper is None:
        high += wider[1]
    return low, high


def _at_ends(
    problem: RiskSLIMProblem, stated: LinearModelProblem, found: SupportsResult
) -> tuple[bool, bool]:
    """Whether some score of the pool, or a multiple of it, has the intercept at a widened end.

    With a free multiplier a multiple of the points is the same score, of which the pool keeps
    the smallest.
    """
    given = problem.coefficients
    at_low = at_high = False
    for score in found.pool:
        points = score.points
        step = points // max(1, int(np.gcd.reduce(points)))
        while np.all(points >= stated.lower) and np.all(points <= stated.upper):
            at_low |= given.intercept_lower is None and points[0] == stated.lower[0]
            at_high |= given.intercept_upper is None and points[0] == stated.upper[0]
            if problem.multiplier == "fixed" or not points.any():
                break
            points = points + step
    return at_low, at_high


def _result(
    problem: RiskSLIMProblem,
    found: SupportsResult,
    tolerance: float,
    limit: int,
    options: SearchOptions,
    nodes: int,
    seconds: float,
) -> NearOptimal:
    scores = found.pool or (() if found.best is None else (found.best,))
    highest = min((score.objective for score in scores), default=math.inf) + tolerance
    within = [score for score in scores if score.objective <= highest]
    solutions = [
        checked_solution(
            problem,
            found,
            score,
            _PROOF,
            options,
            is_best=score is scores[0],
            nodes=nodes,
            seconds=seconds,
        )
        for score in within[:limit]
    ]
    return NearOptimal(
        solutions=tuple(solutions),
        status=found.status,
        complete=found.status is Status.OPTIMAL and len(within) <= limit,
        tolerance=tolerance,
        lower_bound=found.lower_bound,
    )
