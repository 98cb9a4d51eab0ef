"""A problem size by size: the best score of exactly so many features, each proved."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from riskslim.constraints import Size, Step
from riskslim.errors import InfeasibleError, OptionError
from riskslim.problems.conflicts import infeasible_error, refuse_empty_ranges
from riskslim.problems.multiplier import note_on_range
from riskslim.problems.statement import Statement
from riskslim.search.certify import certify
from riskslim.search.engines import choose_engine
from riskslim.search.lattice import support_problem
from riskslim.search.solution import Solution
from riskslim.solvers.result import PROVED_GAP, SearchOptions, Status
from riskslim.solvers.supports import SupportScore, SupportsResult

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.search.engines import Engine

__all__ = ["checked_solution", "possible_sizes", "solve_sizes"]

_PROOF = "search over supports of this size (leaps and bounds, exact search of the points)"
_RANGE_SECONDS = 5.0


def solve_sizes(
    problem: RiskSLIMProblem, options: SearchOptions | None = None, engine: Engine = "auto"
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
    if choose_engine(statement, engine) == "lcpa" or statement.rates:
        found = _one_by_one(problem, possible, options.since(begin), engine)
    else:
        found = _together(problem, statement, possible, options.since(begin))
    solutions = {
        size: found.get(size) or _no_score(problem, Status.INFEASIBLE)
        for size in range(first, last + 1)
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


def _together(
    problem: RiskSLIMProblem, statement: Statement, sizes: range, options: SearchOptions
) -> dict[int, Solution]:
    from riskslim.solvers.sizes import search_sizes

    if not sizes:
        return {}
    stated = replace(support_problem(problem, statement), min_size=sizes[0], max_size=sizes[-1])
    return {
        size: _solution(problem, found, options)
        for size, found in search_sizes(stated, options).items()
    }


def _one_by_one(
    problem: RiskSLIMProblem, sizes: range, options: SearchOptions, engine: Engine
) -> dict[int, Solution]:
    """Every size by itself, for rules with further variables."""
    begin = time.monotonic()
    solutions: dict[int, Solution] = {}
    for size in sizes:
        left = options.time_limit - (time.monotonic() - begin)
        stages = sizes[-1] + 1 - size
        own = replace(options, time_limit=max(left, 0.0) / stages)
        try:
            alone = problem.changed(min_size=size, max_size=size)
            solutions[size] = alone.solve(own, engine=engine)
        except InfeasibleError:
            solutions[size] = _no_score(problem, Status.INFEASIBLE)
    return solutions


def _solution(problem: RiskSLIMProblem, found: SupportsResult, options: SearchOptions) -> Solution:
    seconds = found.seconds.get("total", 0.0)
    if found.best is None:
        bound = math.inf if found.status is Status.INFEASIBLE else found.lower_bound
        return _no_score(problem, found.status, bound, found.nodes, seconds)
    return checked_solution(problem, found, found.best, _PROOF, options)


def _no_score(
    problem: RiskSLIMProblem,
    status: Status,
    lower_bound: float = math.inf,
    nodes: int = 0,
    seconds: float = 0.0,
) -> Solution:
    return Solution(
        status=status,
        points=None,
        feature_names=problem.data.feature_names,
        objective=math.inf,
        loss=math.inf,
        lower_bound=lower_bound,
        nodes=nodes,
        cuts=0,
        lps=0,
        phase_seconds={"total": seconds},
        proof=_PROOF,
    )


def checked_solution(
    problem: RiskSLIMProblem,
    found: SupportsResult,
    score: SupportScore,
    proof: str,
    options: SearchOptions,
    *,
    is_best: bool = True,
    nodes: int | None = None,
    seconds: float | None = None,
) -> Solution:
    """Make a solution of points, after checking them without the search's help.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Whose rules they must obey.
    found : SupportsResult
        What the search found.
    score : SupportScore
        The score of it.
    proof : str
        Where its bound comes from.
    options : SearchOptions
        With the gaps that were allowed.
    is_best : bool
        Whether the search says that it is the best one. Another one of a pool is not proved
        optimal, unless its gap says so: it is left at a gap.
    nodes, seconds : optional
        Of the solution, where they are not those of the search.

    Raises
    ------
    RiskSlimError
        If they do not hold, which is an error of the package; see `certify`.
    """
    broken = problem.violations(score.points)
    least, most = problem.scale_range
    multiplier = min(max(score.multiplier, least), most)
    if abs(multiplier - score.multiplier) > 1e-9 * most:
        broken.append(f"multiplier {score.multiplier!r}")
    anew = problem.objective(score.points, multiplier)
    status = found.status
    if status is Status.OPTIMAL and not is_best and anew - found.lower_bound > PROVED_GAP:
        status = Status.GAP_LIMIT
    status, bound = certify(
        problem,
        score.points.astype(np.float64),
        status,
        anew,
        found.lower_bound,
        options,
        multiplier=multiplier,
        claimed=(score.objective, anew),
        broken=broken,
    )
    note = note_on_range(multiplier, problem.scale_range) if score.points.any() else ""
    return Solution(
        status=status,
        points=score.points,
        feature_names=problem.data.feature_names,
        objective=anew,
        loss=problem.loss(score.points, multiplier),
        lower_bound=bound,
        nodes=found.nodes if nodes is None else nodes,
        cuts=0,
        lps=0,
        phase_seconds={"total": found.seconds.get("total", 0.0) if seconds is None else seconds},
        proof=proof,
        multiplier=multiplier,
        multiplier_range=problem.scale_range,
        notes=(note,) if note else (),
    )
