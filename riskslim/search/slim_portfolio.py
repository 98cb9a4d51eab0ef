"""SLIM by whichever search can honour a problem, or by one after the other."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from riskslim.problems.statement import Statement
from riskslim.search.engine import Known, bounding_only
from riskslim.search.searchable import searchable
from riskslim.search.slim_groups import search_within_groups
from riskslim.search.slim_mip import run_mip
from riskslim.search.slim_search import Boxes, best_obeying, run_search, with_points
from riskslim.solvers.result import PROVED_GAP, SearchOptions, SearchResult, Status

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["SLIMPortfolio"]

_RELAXED_SECONDS = 30.0  # of the search without the rules that it cannot state


class SLIMPortfolio:
    """The search over boxes of points, and the mixed-integer program for what it cannot state.

    What the search over boxes cannot state it first leaves out: its optimum bounds that of
    the problem from below, and is the problem's where it obeys all rules by itself. The
    mixed-integer program goes on from there.
    """

    name = "auto"
    method = "SLIM"

    def handles(self, problem: SLIMProblem, statement: Statement) -> None:  # noqa: ARG002
        """Take every statement."""
        return

    def run(
        self, problem: SLIMProblem, statement: Statement, options: SearchOptions, known: Known
    ) -> SearchResult:
        """Search boxes, or without the rules that this cannot state and then with them."""
        boxes = Boxes()
        if boxes.handles(problem, statement) is None:
            return boxes.run(problem, statement, options, known)
        relaxed = searchable(problem, statement, leaving_out=True)
        if isinstance(relaxed, str):
            return run_mip(problem, statement, options, known)
        begin = time.monotonic()

        def rest() -> SearchOptions:
            return options.less(time.monotonic() - begin)

        runs = []
        if known.start is not None:
            runs.append(SearchResult(Status.TIME_LIMIT, known.start))
        if relaxed.groups:
            runs += search_within_groups(problem, relaxed, options, known.check)
        share = replace(
            bounding_only(options), time_limit=min(_RELAXED_SECONDS, rest().time_limit / 2)
        )
        first = run_search(problem, relaxed, share, known.check, known.start)
        runs.append(first)
        start = best_obeying(problem, runs, known.check)
        # The search may have charged less for points than the problem does.
        gap = math.inf if start is None else problem.objective(start) - first.lower_bound
        proved = first.status is Status.OPTIMAL and gap <= max(options.absolute_gap, PROVED_GAP)
        if proved or first.status in (Status.INFEASIBLE, Status.INTERRUPTED):
            return _joined(with_points(problem, first, start), runs)
        bound = max(known.bound, first.lower_bound)
        run = run_mip(problem, statement, rest(), replace(known, start=start, bound=bound))
        return _joined(run, [*runs, run])


def _joined(last: SearchResult, runs: list[SearchResult]) -> SearchResult:
    """Give the answer of the last run, and the work of all."""
    seconds: dict[str, float] = {}
    for run in runs:
        for phase, spent in run.seconds.items():
            seconds[phase] = seconds.get(phase, 0.0) + spent
    return replace(
        last,
        nodes=sum(run.nodes for run in runs),
        lps=sum(run.lps for run in runs),
        seconds=seconds,
        log=tuple(sentence for run in runs for sentence in run.log),
    )
