"""Every score that is nearly as good as the best one."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.errors import OptionError
from riskslim.limits.reserve import after_search
from riskslim.problems.conflicts import infeasible_error, refuse_empty_ranges
from riskslim.problems.multiplier import ProfiledLoss
from riskslim.search.certify import certified
from riskslim.search.engine import engine_for
from riskslim.search.lattice import support_problem
from riskslim.search.multiplier_ranges import multipliers_within
from riskslim.search.solution import Solution
from riskslim.search.solving import checked_start
from riskslim.search.supports import Supports, start_with_rates
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.support_result import SupportsResult
from riskslim.solvers.supports import search

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.problems.statement import Statement
    from riskslim.solvers._typing import IntArray
    from riskslim.solvers.supports import LinearModelProblem

__all__ = ["Pool", "check_pool_options", "solve_pool"]

_PROOF = "search over supports that keeps every score within the tolerance"
# Of as many scores as a short search keeps: their multipliers' ends, and how they disagree.
_DESCRIBED = 4.0


@dataclass(frozen=True, eq=False)
class Pool:
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
    multipliers : tuple of (float, float)
        Least and greatest multiplier at which each solution's points, or a multiple of them that
        the rules allow, are within the tolerance.
    intercepts : tuple of (float, float)
        The best intercepts there, in points, where the intercept is real.
    """

    solutions: tuple[Solution, ...]
    status: Status
    complete: bool
    tolerance: float
    lower_bound: float
    multipliers: tuple[tuple[float, float], ...]
    intercepts: tuple[tuple[float, float], ...] = ()


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
    start: Any = None,
) -> Pool:
    r"""Find every score whose objective is within a tolerance of the optimum.

    Bounds of the intercept that are derived from the data keep the best intercept of every
    choice of points, but not every good one. So the search runs with one integer more on
    either derived side. For given points the objective falls with the intercept before
    the derived range and grows beyond it (it is convex in the intercept, for every
    multiplier): if no score within the tolerance has the intercept at a widened end, none has
    one beyond. Else that side is widened further and the search runs again.

    An intercept alone gives everybody one risk, and with a free multiplier all intercepts of one
    sign give the same risks: there is no end of such scores. So where the intercept's range is
    derived, the best one of either sign, and 0, are found by themselves. A real intercept follows
    the points and the multiplier, so that neither is needed.

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
    start : optional
        A score as for `RiskSLIMProblem.solve`: the first incumbent.

    Returns
    -------
    Pool

    Raises
    ------
    InfeasibleError
        If no score satisfies all constraints.
    OptionError
        A number is out of its range, or the search over supports cannot state the problem.
    """
    begin = time.monotonic()
    tolerance, limit = check_pool_options(tolerance, limit)
    options = SearchOptions() if options is None else options
    options = options.less(
        min(after_search(problem.data.n_distinct, _DESCRIBED), options.time_limit / 2)
    )
    statement = problem.statement
    known = checked_start(problem, start, problem.violations)
    starts = [] if known is None else [known]
    refuse_empty_ranges(problem, statement)
    # Its error says what stands in the way.
    engine_for(problem, statement, Supports.name)
    if statement.values:
        raise OptionError(
            "a pool cannot honour points among values; give a range of points, or multiples of a "
            "number, instead"
        )
    search_pool = _PoolSearch(problem, statement, options, tolerance, relative, limit, begin)
    if statement.rates:
        moved = start_with_rates(problem, statement, search_pool.left)
        starts += [] if moved is None else [moved]
    found = search_pool.run(np.rint(starts).astype(np.int64) if starts else None)
    if found.status is Status.INFEASIBLE:
        raise infeasible_error(problem, options=search_pool.left)
    if relative and found.best is not None:
        tolerance *= found.best.objective
    return _result(problem, found, tolerance, limit, search_pool)


@dataclass
class _PoolSearch:
    """Runs of the search over supports, and what they have spent of the limits."""

    problem: RiskSLIMProblem
    statement: Statement
    options: SearchOptions
    tolerance: float
    relative: bool
    limit: int
    begin: float
    nodes: int = 0

    @property
    def seconds(self) -> float:
        """Wall-clock seconds since the start."""
        return time.monotonic() - self.begin

    @property
    def left(self) -> SearchOptions:
        """Limits less what was used."""
        limits = self.options.since(self.begin)
        if self.options.node_limit is None:
            return limits
        return replace(limits, node_limit=max(self.options.node_limit - self.nodes, 0))

    @property
    def stopped(self) -> Status | None:
        """The limit that is reached, if one is."""
        if self.options.interrupted():
            return Status.INTERRUPTED
        return Status.TIME_LIMIT if self.seconds >= self.options.time_limit else None

    def run(self, starts: IntArray | None) -> SupportsResult:
        """Find the scores within the tolerance."""
        problem, (low, high) = self.problem, self.problem.given_intercept
        endless = problem.intercept == "integer" and problem.multiplier == "free"
        endless &= low is None or high is None
        flat = self._intercepts_alone() if endless else []
        found = self._supports(starts, min_size=1 if endless else 0)
        return _together([found, *flat])

    def _stated(self, wider: Sequence[int], min_size: int) -> LinearModelProblem:
        ends = _widened(self.problem, wider)
        stated = support_problem(self.problem, self.statement.with_intercept(*ends))
        return replace(stated, min_size=max(stated.min_size, min_size))

    def _supports(self, starts: IntArray | None, min_size: int) -> SupportsResult:
        """Find those with at least so many features, over a range of the intercept that does."""
        stated = self._stated([0, 0], min_size)
        if stated.max_size is not None and stated.min_size > stated.max_size:
            return SupportsResult(Status.INFEASIBLE, lower_bound=math.inf)
        # The heuristics alone as a rule: the search for the pool proves the optimum as well.
        opening = search(stated, replace(self.left, node_limit=0), starts=starts)
        if opening.best is None:
            opening = search(stated, self.left)
            self.nodes += opening.nodes
        found, start, wider = opening, opening.best, [1, 1]
        while start is not None:
            stated = self._stated(wider, min_size)
            found = search(
                stated,
                self.left,
                # A share of an objective that is not below the optimum's is no less.
                pool_tolerance=self.tolerance * (start.objective if self.relative else 1.0),
                # One more than asked for says that there are more.
                pool_limit=self.limit + 1,
                starts=start.points[np.newaxis],
                beam_width=0,
            )
            self.nodes += found.nodes
            ends = _at_ends(self.problem, stated, found)
            if found.status is not Status.OPTIMAL or not any(ends):
                break
            wider = [2 * w if reached else w for w, reached in zip(wider, ends, strict=True)]
        return found

    def _intercepts_alone(self) -> list[SupportsResult]:
        """Find the best score without features of either sign, and the one of 0."""
        stated = self._stated([1, 1], 0)
        if stated.min_size > 0 or np.any(stated.lower[1:] > 0) or np.any(stated.upper[1:] < 0):
            return []
        low, high = self.problem.given_intercept
        least = float(min(stated.lower[0], -1.0)) if low is None else float(low)
        most = float(max(stated.upper[0], 1.0)) if high is None else float(high)
        signs = (-math.inf, -1.0), (0.0, 0.0), (1.0, math.inf)
        ranges = [(max(least, first), min(most, last)) for first, last in signs]
        return [self._best_of(stated, *ends) for ends in ranges if ends[0] <= ends[1]]

    def _best_of(self, stated: LinearModelProblem, low: float, high: float) -> SupportsResult:
        lower, upper = stated.lower.copy(), stated.upper.copy()
        lower[0], upper[0] = low, high
        return search(replace(stated, lower=lower, upper=upper, max_size=0), self.left)


def _together(found: list[SupportsResult]) -> SupportsResult:
    """Join runs over different scores; the first is the one that keeps a pool."""
    main, *others = found
    if not others:
        return main
    singles = [each.best for each in others if each.best is not None]
    kept = main.pool or (() if main.best is None else (main.best,))
    pool = sorted([*kept, *singles], key=lambda s: (s.objective, s.size, tuple(s.points)))
    settled = (Status.OPTIMAL, Status.INFEASIBLE)
    cut = [each.status for each in found if each.status not in settled]
    return replace(
        main,
        status=(cut or [Status.OPTIMAL if pool else Status.INFEASIBLE])[0],
        best=pool[0] if pool else None,
        pool=tuple(pool),
        lower_bound=min(each.lower_bound for each in found),
    )


def _widened(problem: RiskSLIMProblem, wider: Sequence[int]) -> tuple[int, int]:
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
    if problem.has_real_intercept:
        return at_low, at_high
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
    search_pool: _PoolSearch,
) -> Pool:
    scores = found.pool or (() if found.best is None else (found.best,))
    highest = min((score.objective for score in scores), default=math.inf) + tolerance
    within = [score for score in scores if score.objective <= highest]
    solutions = [
        certified(
            problem,
            replace(
                found,
                best=score,
                nodes=search_pool.nodes,
                seconds={"total": search_pool.seconds},
                proof=_PROOF,
            ),
            search_pool.options,
            problem.violations,
            # The best one as `solve` gives it, to the last place.
            multiplier=None if score is scores[0] else score.multiplier,
            is_best=score is scores[0],
        )
        for score in within[:limit]
    ]
    multipliers, status = list[tuple[float, float]](), found.status
    for solution in solutions:
        stopped = search_pool.stopped
        if stopped is not None and status is Status.OPTIMAL:
            status = stopped
        own = solution.multiplier, solution.multiplier
        if stopped is None and solution.points is not None:
            own = multipliers_within(problem, solution.points, solution.multiplier, highest)
        multipliers.append(own)
    intercepts = [
        _intercepts_at(problem, solution, own)
        for solution, own in zip(solutions, multipliers, strict=True)
        if problem.has_real_intercept
    ]
    return Pool(
        solutions=tuple(solutions),
        status=status,
        complete=status is Status.OPTIMAL and len(within) <= limit,
        tolerance=tolerance,
        lower_bound=solutions[0].lower_bound if solutions else found.lower_bound,
        multipliers=tuple(multipliers),
        intercepts=tuple(intercepts),
    )


def _intercepts_at(
    problem: RiskSLIMProblem, solution: Solution, multipliers: tuple[float, float]
) -> tuple[float, float]:
    """Give the real intercepts that fit best at two multipliers."""
    assert solution.points is not None
    data = problem.data
    loss = ProfiledLoss(data.totals(solution.points[1:]), data.positive, data.negative)
    least, greatest = map(loss.intercept, multipliers)
    return least, greatest
