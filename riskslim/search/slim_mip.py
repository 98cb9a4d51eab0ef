"""SLIM by HiGHS's mixed-integer solver, whose answers are checked and whose bound is made safe."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack

from riskslim.data.validation import TOO_LARGE
from riskslim.errors import DataError, LimitError
from riskslim.limits.deadline import Deadline
from riskslim.models.slim_program import SlimProgram, state_program
from riskslim.problems.epsilon import least_step
from riskslim.problems.statement import Statement
from riskslim.search.engine import Check, Known, bounding_only
from riskslim.search.searchable import searchable
from riskslim.search.slim_search import run_heuristic
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.mip import minimise_program
from riskslim.solvers.result import (
    PROVED_GAP,
    Progress,
    Reporter,
    SearchOptions,
    SearchResult,
    Status,
)

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["MixedInteger", "run_mip"]

# What HiGHS's tolerances (1e-10 on rows and integrality) may hide of a bound, as a share of it.
_TRUST = 1e-7

# Of a big-M and of a score's terms: times HiGHS's tolerance for whole numbers it must stay below 1,
# or scores are off by whole points; and from 1e15 on HiGHS refuses a row.
_LARGEST_COEFFICIENT = 1e9
# By how much a score must be better to refute a proof, and what that is at least in a row's units.
_MARGIN = 0.9 * PROVED_GAP
_ROW_MARGIN = 1e-6

_HEURISTIC_SHARE = 0.25  # of the time, for a score to start from


class MixedInteger:
    """The mixed-integer program, by HiGHS."""

    name = "mip"
    method = "SLIM"

    def handles(self, problem: SLIMProblem, statement: Statement) -> None:  # noqa: ARG002
        """Take every statement."""
        return

    def run(
        self, problem: SLIMProblem, statement: Statement, options: SearchOptions, known: Known
    ) -> SearchResult:
        """Minimise, from a score of the heuristic of the search over boxes where it finds one."""
        begin = time.monotonic()
        relaxed = searchable(problem, statement, leaving_out=True)
        if not isinstance(relaxed, str):
            share = replace(options, time_limit=_HEURISTIC_SHARE * options.time_limit)
            best = run_heuristic(problem, relaxed, bounding_only(share, is_bound=False))
            starts = [start for start in (known.start, best) if start is not None]
            obeying = [start for start in starts if not known.check(start)]
            known = replace(
                known, start=min(obeying or starts, key=problem.objective, default=None)
            )
            options = options.since(begin)
        return run_mip(problem, statement, options, known)


def run_mip(
    problem: SLIMProblem, statement: Statement, options: SearchOptions, known: Known
) -> SearchResult:
    """Minimise by HiGHS.

    Each of its solutions is rounded to whole points, which are checked against every rule and
    whose errors are counted anew: no error hides within a big-M's tolerance. Its bound is lowered
    by what the tolerances may hide, and raised again to the next value that the objective can
    have: the incumbent is proved where the bound exceeds all attainable values below it.

    Parameters
    ----------
    problem : SLIMProblem
        What to solve.
    statement : Statement
        Its own, or one that a Pyomo model extended.
    options : SearchOptions
        Limits, seed, progress and interrupt.
    known : Known
        A score to start from, a lower bound, and the check of points.
    """
    begin, start = time.monotonic(), known.start
    try:
        whole_time = Deadline.after(options.time_limit)
        with replace(whole_time, last=whole_time.end).held():
            stated = state_program(problem, statement.tightened())
    except LimitError:
        return _not_stated(problem, known, time.monotonic() - begin)
    options = options.since(begin)
    found = _Found(problem, stated, known.check, options)
    whole = None
    if start is not None:
        found.offer(start)
        whole = stated.start(start)
    if float(np.abs(stated.program.matrix.data).max(initial=0.0)) > _LARGEST_COEFFICIENT:
        return _without_program(problem, found, known.bound)
    result = minimise_program(
        stated.program, _in_units(options, problem.total_weight, found), whole, found.read
    )
    if result.point is not None:
        found.read(result.point)
    if result.status is Status.INFEASIBLE and found.points is None:
        return _run(Status.INFEASIBLE, found, math.inf, result)
    allowed = max(options.absolute_gap, PROVED_GAP)
    bound = max(known.bound, _safe_bound(problem, result, found.objective))
    while result.status is Status.OPTIMAL and found.objective - bound > allowed:
        # HiGHS may end at a bound below its optimum: ask whether anything is better.
        left = options.less(result.seconds["total"])
        before = found.objective
        result, better = _nothing_better(problem, stated, left, found, result)
        bound = max(bound, better)
        if not found.objective < before:
            break
    met = found.objective - bound <= allowed
    ran_out = result.status in (Status.OPTIMAL, Status.INFEASIBLE)
    status = Status.OPTIMAL if met else Status.PRECISION_LIMIT if ran_out else result.status
    return _run(status, found, bound, result)


def _not_stated(problem: SLIMProblem, known: Known, seconds: float) -> SearchResult:
    """Give the start back where the time was over before the program was stated."""
    start = known.start
    if start is not None and known.check(start):
        start = None
    return SearchResult(
        status=Status.TIME_LIMIT,
        point=start,
        objective=math.inf if start is None else problem.objective(start),
        lower_bound=known.bound,
        seconds={"mip": seconds, "total": seconds},
        proof="none: the time was over before the mixed-integer program was stated",
        log=(f"mixed-integer program: not stated within {seconds:.2f} s",),
    )


def _without_program(problem: SLIMProblem, found: _Found, bound: float) -> SearchResult:
    """Give what is known where scores are too large for HiGHS's tolerances, or say so.

    Raises
    ------
    DataError
        Nothing is known: names the feature of the largest values.
    """
    if found.points is None:
        data = problem.data
        reach = np.abs(data.features).max(axis=0)
        name = data.feature_names[int(np.argmax(reach))]
        raise DataError(
            f"{data.source}: the mixed-integer program that these rules need cannot hold scores of "
            f"{name!r} (values up to {reach.max():.3g}); {TOO_LARGE}"
        )
    return SearchResult(
        status=Status.PRECISION_LIMIT,
        point=found.points,
        objective=found.objective,
        lower_bound=min(bound, found.objective),
        seconds={"mip": 0.0, "total": 0.0},
        proof="none: scores are too large for a mixed-integer program",
        log=("mixed-integer program: not run, scores are too large for its tolerances",),
    )


def _nothing_better(
    problem: SLIMProblem,
    stated: SlimProgram,
    options: SearchOptions,
    found: _Found,
    first: SearchResult,
) -> tuple[SearchResult, float]:
    """Ask for a better score than the incumbent, and give the bound that there is none.

    Better by half the least difference of two values, where that is known: then nothing lies
    between. Elsewhere, or where the difference is lost in a proof's gap, better by nearly
    that gap. The row is scaled so that HiGHS's tolerances are far below what it asks for.
    """
    if found.points is None:
        return first, 0.0
    step = least_step(problem)
    exact = step is not None and step / 2.0 > _MARGIN
    margin = step / 2.0 if step is not None and exact else _MARGIN
    total, program = problem.total_weight, stated.program
    scale = max(1.0, _ROW_MARGIN / (margin * total))
    below = ((found.objective - margin) * total - program.offset) * scale
    second = minimise_program(
        replace(
            program,
            matrix=csr_array(vstack([program.matrix, csr_array(scale * program.cost[np.newaxis])])),
            row_lower=np.append(program.row_lower, -np.inf),
            row_upper=np.append(program.row_upper, below),
        ),
        _in_units(options, total, found),
        on_solution=found.read,
    )
    if second.point is not None:
        found.read(second.point)
    both = replace(
        second,
        nodes=first.nodes + second.nodes,
        lps=first.lps + second.lps,
        seconds={"total": first.seconds["total"] + second.seconds["total"]},
    )
    if second.status is Status.INFEASIBLE:
        bound = _just_below(found.objective) if exact else found.objective - margin
        return replace(both, status=first.status), bound
    return both, 0.0


def _just_below(objective: float) -> float:
    """Leave room for the rounding of one sum."""
    return objective - 1e-12 * max(1.0, abs(objective))


def _run(status: Status, found: _Found, bound: float, result: SearchResult) -> SearchResult:
    seconds = result.seconds["total"]
    return replace(
        result,
        status=status,
        point=found.points,
        objective=found.objective,
        lower_bound=bound,
        seconds={"mip": seconds, "total": seconds},
        proof="mixed-integer program (HiGHS; errors counted in integers, bound made safe)",
        log=(
            f"mixed-integer program: {seconds:.2f} s, {result.nodes} nodes, "
            f"HiGHS says {result.status}",
        ),
    )


def _safe_bound(problem: SLIMProblem, result: SearchResult, objective: float) -> float:
    """Lower HiGHS's bound by what it may hide, and raise it to the next attainable value."""
    if not math.isfinite(result.lower_bound):
        return 0.0  # nothing is known, or HiGHS finds no solution where there is one
    bound = max(
        0.0,
        (result.lower_bound - _TRUST * max(1.0, abs(result.lower_bound))) / problem.total_weight,
    )
    step = least_step(problem)
    # No value lies between objective - step and objective, up to rounding.
    if step is not None and bound > objective - step * (1.0 - 1e-6):
        return _just_below(objective)
    return min(bound, objective)


def _in_units(options: SearchOptions, total: float, found: _Found) -> SearchOptions:
    """Let progress speak of the problem's objective instead of weight, and of checked points."""
    show = options.on_progress
    if show is None:
        return options

    def divided(line: Progress) -> None:
        bound = max(line.lower_bound, 0.0) / total
        show(replace(line, lower_bound=bound, objective=found.objective))

    return replace(options, on_progress=divided)


@dataclass
class _Found:
    """The best score so far, counted in integers."""

    problem: SLIMProblem
    stated: SlimProgram
    check: Check
    options: SearchOptions = field(default_factory=SearchOptions)
    points: FloatArray | None = None
    objective: float = math.inf
    seen: set[bytes] = field(default_factory=set)
    reporter: Reporter = field(init=False)

    def __post_init__(self) -> None:
        self.reporter = Reporter(replace(self.options, on_progress=None))

    def read(self, x: FloatArray) -> None:
        """Take a solution of HiGHS."""
        self.offer(self.stated.points(x))

    def offer(self, points: FloatArray) -> None:
        """Take points, and their smallest form, if they obey all rules and are better."""
        whole = points.astype(np.int64)
        divisor = max(int(np.gcd.reduce(whole)), 1)  # 0 where all points are
        for g in range(divisor, 0, -1):
            if divisor % g:
                continue
            form = np.asarray(whole // g, dtype=np.float64)
            if form.tobytes() in self.seen:
                continue
            self.seen.add(form.tobytes())
            objective = self.problem.objective(form)
            if objective < self.objective and not self.check(form):
                self.points, self.objective = form, objective
                self.reporter.look(
                    objective, lambda seconds: Progress(seconds, 0, 0, 0, 0.0, self.objective)
                )
                break
