"""Solving a problem: translate, reduce, run an engine, explain what is infeasible, certify."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.errors import OptionError
from riskslim.limits.reserve import after_search
from riskslim.logs import logger_of
from riskslim.problems.checking import as_points, broken_at, broken_by, outside_bounds
from riskslim.problems.conflicts import infeasible_error, refuse_empty_ranges
from riskslim.problems.statement import Statement
from riskslim.search.certify import certified
from riskslim.search.engine import Check, Known, engine_for
from riskslim.search.history import History
from riskslim.search.solution import Solution
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import SearchOptions, SearchResult, Status

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem

__all__ = ["solve"]

_log = logger_of(__name__)


def solve(
    problem: ScoreProblem,
    options: SearchOptions,
    model: Any = None,
    engine: str = "auto",
    start: Any = None,
) -> Solution:
    """Search for the best score; see `RiskSLIMProblem.solve` and `SLIMProblem.solve`."""
    begin = time.monotonic()
    statement = stated = problem.statement if model is None else _translated(problem, model)
    refuse_empty_ranges(problem, stated)
    statement = stated.without_idle_groups()
    check = _check_of(problem, statement, own_rules=model is None)
    known = Known(check, checked_start(problem, start, check))
    searched = engine_for(problem, statement, engine)
    _log.info(
        "search of %d features, %d distinct rows: engine %s, %s",
        *(problem.data.n_features, problem.data.n_distinct, searched.name, _limits_of(options)),
    )
    history = History(problem, options, known.start)
    limits = history.options.since(begin)
    ending = min(after_search(problem.data.n_distinct), limits.time_limit / 2)
    result = searched.run(problem, statement, limits.less(ending), known)
    if result.status is Status.INFEASIBLE and known.start is None:
        raise infeasible_error(problem, stated, options.since(begin))
    result = _with_start(problem, result, known.start)
    reported = None if result.point is None else _smallest(problem, statement, result.point)
    solution = certified(problem, result, options, check, reported=reported)
    for sentence in solution.log:
        _log.info("%s", sentence)
    _log.info(
        "search ended (%s) after %.2f s, %d nodes: objective %.7f, lower bound %.7f",
        *(solution.status, solution.seconds, solution.nodes, solution.objective),
        solution.lower_bound,
    )
    return replace(solution, history=history.ended(solution))


def _limits_of(options: SearchOptions) -> str:
    """Say which limits a search has."""
    limits = []
    if math.isfinite(options.time_limit):
        limits.append(f"at most {options.time_limit:.1f} s")
    if options.node_limit is not None:
        limits.append(f"at most {options.node_limit} nodes")
    return ", ".join(limits) or "no limits"


def _translated(problem: ScoreProblem, model: Any) -> Statement:
    from riskslim.models.translate import translate

    return translate(problem, model)


def _check_of(problem: ScoreProblem, statement: Statement, own_rules: bool) -> Check:
    """Give the check of a finished score: the problem's own rules, or what a model says.

    Where a search gives all columns these are checked as they are. Elsewhere further variables of
    a model are found to the points.
    """
    d = problem.data.n_features

    def check(point: FloatArray) -> list[str]:
        points = point[: d + 1]
        broken = problem.violations(points) if own_rules else []
        if len(point) == len(statement.names):
            x = np.where(statement.integer, np.rint(point), point)
            # An indicator that a search left at 1 without need is not a feature that is used.
            x[d + 1 : 2 * d + 1] = x[1 : d + 1] != 0
            return [*outside_bounds(statement, x), *broken_at(statement, x), *broken]
        return broken if own_rules else broken_by(problem.at_points(statement, points), points)

    return check


def checked_start(problem: ScoreProblem, start: Any, check: Check) -> FloatArray | None:
    """Read a score to start from, and see whether it obeys all rules.

    Parameters
    ----------
    problem : ScoreProblem
        Whose score it is to be.
    start : optional
        Points as `ScoreProblem.objective` takes them, or a solution; None for none.
    check : callable
        Gives the rules that points break.

    Raises
    ------
    OptionError
        It is not a score of these features, or breaks a rule; names what.
    """
    if start is None:
        return None
    given: Any = start.points if isinstance(start, Solution) else start
    points = as_points(given, problem.data.feature_names)
    if problem.has_real_intercept:
        points = problem.best_scale(points)[0]
    broken = problem.violations(points) or check(points)
    if broken:
        raise OptionError(f"start: the score breaks rules; drop or mend it: {'; '.join(broken)}")
    return points


def _with_start(
    problem: ScoreProblem, result: SearchResult, start: FloatArray | None
) -> SearchResult:
    """Keep the start where a search found nothing better, as one that a limit ended at once."""
    if start is None:
        return result
    objective = problem.objective(start)
    if not objective < result.objective:
        return result
    start, multiplier = problem.best_scale(start)
    return replace(result, point=start, objective=objective, scale=1.0 / multiplier)


def _smallest(problem: ScoreProblem, statement: Statement, point: FloatArray) -> FloatArray:
    """Divide points by a common divisor: with the multiplier divided too it is the same score."""
    d = problem.data.n_features
    points = problem.rounded(point[: d + 1])
    if problem.multiplier == "fixed" or statement.further or statement.rates or statement.groups:
        return points
    counted = points[1:] if problem.has_real_intercept else points
    divisor = int(np.gcd.reduce(counted.astype(np.int64)))
    if divisor <= 1:
        return points
    objective = problem.objective(points)
    reach = problem.best_multiplier(points) / problem.scale_range[0]
    for g in range(divisor, 1, -1):
        if divisor % g:
            continue
        x = np.append(points / g, points[1:] != 0)
        if outside_bounds(statement, x) or broken_at(statement, x):
            continue
        # With a real intercept, computed anew, the same objective may differ in the last place.
        same = g <= reach if problem.has_real_intercept else False
        if same or problem.objective(x[: d + 1]) <= objective * (1.0 + 1e-15):
            return x[: d + 1]
    return points
