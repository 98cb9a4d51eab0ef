"""A problem size by size: the best score of exactly so many features, each proved."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.constraints import Size, Step
from riskslim.errors import InfeasibleError, OptionError
from riskslim.problems.conflicts import infeasible_error, refuse_empty_ranges
from riskslim.problems.statement import Statement
from riskslim.search.certify import certified
from riskslim.search.engine import engine_for
from riskslim.search.lattice import support_problem
from riskslim.search.solution import Solution
from riskslim.search.solving import checked_start
from riskslim.search.supports import Supports
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import SearchOptions, SearchResult, Status

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.solvers.support_result import SupportsResult

__all__ = ["possible_sizes", "solve_sizes"]

_PROOF = "search over supports of this size (leaps and bounds, exact search of the points)"
_RANGE_SECONDS = 5.0


def solve_sizes(
    problem: RiskSLIMProblem,
    options: SearchOptions | None = None,
    engine: str = "auto",
    start: Any = None,
) -> dict[int, Solution]:
    """Prove the best score of every size from `min_size` (at least 1) to `max_size`.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Its own limits on the size say which sizes.
    options : SearchOptions, optional
        Limits for all sizes together; seed and threads.
    engine : {"auto", "supports", "lcpa"}
        As for `RiskSLIMProblem.solve`. The search over supports shares its opening among the
        sizes; the lattice cutting planes, for rules that it cannot state, take one by one.
    start : optional
        A score as for `RiskSLIMProblem.solve`: the first incumbent of its own size.

    Returns
    -------
    dict of int to Solution
        By ascending size. A size that the rules leave no score has the status infeasible.

    Raises
    ------
    InfeasibleError
        If no size has a score; names the constraints in conflict.
    OptionError
        If the limits on the size leave no size from 1 on, or the engine that is asked for
        cannot honour the problem.
    """
    begin = time.monotonic()
    options = SearchOptions() if options is None else options
    d = problem.data.n_features
    first = max(1, problem.min_size)
    last = d if problem.max_size is None else min(int(problem.max_size), d)
    if first > last:
        raise OptionError(
            f"max_size={problem.max_size}: a path over sizes starts at {first}; raise max_size"
        )
    statement = problem.statement
    refuse_empty_ranges(problem, statement)
    low, high = possible_sizes(statement, min(_RANGE_SECONDS, options.time_limit / 8))
    possible = range(max(first, low), min(last, high) + 1)
    engine_for(problem, statement, engine)
    known = checked_start(problem, start, problem.violations)
    if engine in ("auto", Supports.name) and _fits_together(problem, statement):
        found = _together(problem, statement, possible, options.since(begin), known)
    else:
        found = _one_by_one(problem, possible, options.since(begin), engine, known)
    solutions = {
        size: found.get(size) or _no_score(problem, options) for size in range(first, last + 1)
    }
    if all(solution.status is Status.INFEASIBLE for solution in solutions.values()):
        whole = problem.changed(min_size=first, max_size=last)
        raise infeasible_error(whole, options=options.since(begin))
    return solutions


def possible_sizes(statement: Statement, seconds: float = _RANGE_SECONDS) -> tuple[int, int]:
    """Smallest and largest size that the rules may leave; no score has a size outside.

    By two small integer programs without the loss, in which a feature may count as used
    without points: a relaxation. A search that had to find out by itself that a size has
    no score would have no incumbent to bound with, and enumerate. Each has so many seconds.
    """
    d = len(statement.feature_names)
    points, used = slice(1, d + 1), slice(d + 1, 2 * d + 1)
    low = int(np.count_nonzero((statement.lower[points] > 0) | (statement.upper[points] < 0)))
    high = int(np.count_nonzero((statement.lower[points] < 0) | (statement.upper[points] > 0)))
    low, high = max(low, statement.size[0]), min(high, statement.size[1])
    if all(isinstance(part, Size | Step) for part in statement.parts):
        return low, high
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, hstack

    form = statement.as_rows
    rest = csr_array((d, len(form.names) - form.own))
    blank = csr_array((d, 1))
    rows = [LinearConstraint(form.matrix, form.row_lower, form.row_upper)]
    for bounds, sides in ((form.lower, (0.0, np.inf)), (form.upper, (-np.inf, 0.0))):
        switch = -eye_array(d) * bounds[points]
        rows.append(LinearConstraint(hstack([blank, eye_array(d), switch, rest]), *sides))
    cost = np.zeros(len(form.names))
    cost[used] = 1.0
    ends = []
    for sign in (1.0, -1.0):
        answer = milp(
            sign * cost,
            integrality=form.integer.astype(int),
            bounds=Bounds(form.lower, form.upper),
            constraints=rows,
            options={"time_limit": seconds},
        )
        bound = getattr(answer, "mip_dual_bound", None)
        # A whole number within the solver's tolerances, rounded to the safe side.
        ends.append(None if bound is None or not math.isfinite(bound) else float(bound))
    if ends[0] is not None:
        low = max(low, math.ceil(ends[0] - 0.01))
    if ends[1] is not None:
        high = min(high, math.floor(-ends[1] + 0.01))
    return low, high


def _fits_together(problem: RiskSLIMProblem, statement: Statement) -> bool:
    """Whether the search over supports takes all sizes at once: not with rates or values."""
    separate = statement.rates or statement.values
    return not separate and Supports().handles(problem, statement) is None


def _together(
    problem: RiskSLIMProblem,
    statement: Statement,
    sizes: range,
    options: SearchOptions,
    start: FloatArray | None,
) -> dict[int, Solution]:
    from riskslim.solvers.sizes import search_sizes

    if not sizes:
        return {}
    stated = replace(support_problem(problem, statement), min_size=sizes[0], max_size=sizes[-1])
    starts = None if start is None else start[np.newaxis].astype(np.int64)
    return {
        size: _solution(problem, result, options)
        for size, result in search_sizes(stated, options, starts).items()
    }


def _one_by_one(
    problem: RiskSLIMProblem,
    sizes: range,
    options: SearchOptions,
    engine: str,
    start: FloatArray | None,
) -> dict[int, Solution]:
    """Every size by itself, for rules with further variables."""
    begin = time.monotonic()
    solutions: dict[int, Solution] = {}
    for size in sizes:
        left = options.less(time.monotonic() - begin)
        own = replace(left, time_limit=left.time_limit / (sizes[-1] + 1 - size))
        first = start if start is not None and np.count_nonzero(start[1:]) == size else None
        try:
            alone = problem.changed(min_size=size, max_size=size)
            solutions[size] = alone.solve(own, engine=engine, start=first)
        except InfeasibleError:
            solutions[size] = _no_score(problem, options)
    return solutions


def _solution(problem: RiskSLIMProblem, result: SupportsResult, options: SearchOptions) -> Solution:
    multiplier = None if result.best is None else result.best.multiplier
    result = replace(result, proof=_PROOF)
    if result.status is Status.INFEASIBLE:
        result = replace(result, lower_bound=math.inf)
    return certified(problem, result, options, problem.violations, multiplier=multiplier)


def _no_score(problem: RiskSLIMProblem, options: SearchOptions) -> Solution:
    result = SearchResult(
        Status.INFEASIBLE, lower_bound=math.inf, seconds={"total": 0.0}, proof=_PROOF
    )
    return certified(problem, result, options, problem.violations)
