"""Mixed-integer linear programs by HiGHS, with a start, progress and an interrupt.

HiGHS decides within tolerances. What it calls a solution is a suggestion here, to be checked by
whoever asked, and its bound is a number to be lowered by what the tolerances may hide.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from highspy import _core
from scipy.sparse import csr_array

from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.highs import accepted, as_lp, quiet_highs
from riskslim.solvers.result import Progress, Reporter, SearchOptions, SearchResult, Status

__all__ = ["MixedIntegerProgram", "minimise_program"]

_POLL_SECONDS = 0.05
_ITERATIONS = 2_000_000_000
# Between two looks at the clock lie steps of presolve and of the root that may take so long.
_STEP_SHARE, _STEP_SECONDS = 0.25, 1.0


@dataclass(frozen=True)
class MixedIntegerProgram:
    """Minimise ``cost @ x + offset`` over rows, bounds and integer columns.

    Attributes
    ----------
    cost, lower, upper : ndarray of shape (n,)
        Of the columns.
    integer : ndarray of bool, shape (n,)
        Which columns are integer.
    matrix : csr_array of shape (m, n)
        Row coefficients.
    row_lower, row_upper : ndarray of shape (m,)
        Sides of the rows.
    offset : float
        Constant of the objective.
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray
    matrix: csr_array
    row_lower: FloatArray
    row_upper: FloatArray
    offset: float = 0.0


def minimise_program(
    program: MixedIntegerProgram,
    options: SearchOptions,
    start: FloatArray | None = None,
    on_solution: Callable[[FloatArray], None] | None = None,
) -> SearchResult:
    """Minimise by HiGHS at its tightest tolerances, on one thread.

    Parameters
    ----------
    program : MixedIntegerProgram
        What to minimise.
    options : SearchOptions
        Limits of time and nodes, seed, progress and interrupt. The gaps are not read: HiGHS goes on
        until its gap is 0.
    start : ndarray of shape (n,), optional
        Values of integer columns to start from; NaN where none is known. HiGHS completes them.
    on_solution : callable, optional
        Called with each solution that HiGHS improves on.

    Returns
    -------
    SearchResult
        Optimal where HiGHS closed the gap within its tolerances. The point is its solution, within
        them, the lower bound what it says itself, and the linear programs are simplex iterations.
    """
    if options.interrupted():
        # A small program may be done before HiGHS asks for the first time.
        return SearchResult(Status.INTERRUPTED, seconds={"total": 0.0})
    highs = quiet_highs(options.seed)
    highs.setOptionValue("presolve", "choose")
    highs.setOptionValue("simplex_iteration_limit", _ITERATIONS)
    options = replace(options, time_limit=_less_one_step(options.time_limit))
    if math.isfinite(options.time_limit):
        highs.setOptionValue("time_limit", options.time_limit)
    if options.node_limit is not None:
        highs.setOptionValue("mip_max_nodes", options.node_limit)
    accepted(highs.passModel(_as_lp(program)), "the program")
    if start is not None:
        known = np.flatnonzero(~np.isnan(start)).astype(np.int32)
        highs.setSolution(len(known), known, start[known])
    watch = _Watch(options, on_solution)
    kinds = _core.cb.HighsCallbackType
    highs.setCallback(watch, None)
    for kind in (
        kinds.kCallbackMipInterrupt,
        kinds.kCallbackSimplexInterrupt,
        kinds.kCallbackIpmInterrupt,
        kinds.kCallbackMipImprovingSolution,
        kinds.kCallbackMipLogging,
    ):
        highs.startCallback(kind)
    highs.run()
    status = _status(highs.getModelStatus(), watch, options)
    info = highs.getInfo()
    solution = highs.getSolution()
    return SearchResult(
        status=status,
        point=np.asarray(solution.col_value) if solution.value_valid else None,
        lower_bound=math.inf if status is Status.INFEASIBLE else float(info.mip_dual_bound),
        nodes=max(int(info.mip_node_count), 0),
        lps=max(int(info.simplex_iteration_count), 0),
        seconds={"total": time.monotonic() - watch.begin},
    )


def _less_one_step(seconds: float) -> float:
    """Leave time for the step during which HiGHS would come to its limit."""
    return max(seconds - min(_STEP_SHARE * seconds, _STEP_SECONDS), 0.0)


def _as_lp(program: MixedIntegerProgram) -> Any:
    return as_lp(
        program.cost,
        (program.lower, program.upper),
        csr_array(program.matrix),
        (program.row_lower, program.row_upper),
        program.integer,
        program.offset,
    )


def _status(said: Any, watch: _Watch, options: SearchOptions) -> Status:
    meant = highspy.HighsModelStatus
    if said == meant.kOptimal:
        return Status.OPTIMAL
    if said == meant.kInfeasible:
        return Status.INFEASIBLE
    if watch.interrupted:
        return Status.INTERRUPTED
    if watch.late or said == meant.kTimeLimit:
        return Status.TIME_LIMIT
    if options.node_limit is not None or said in (meant.kSolutionLimit, meant.kIterationLimit):
        return Status.NODE_LIMIT
    msg = f"HiGHS ended with the status {said}"
    raise RuntimeError(msg)


class _Watch:
    """What HiGHS calls while it runs."""

    def __init__(
        self, options: SearchOptions, on_solution: Callable[[FloatArray], None] | None
    ) -> None:
        self.options, self.on_solution = options, on_solution
        self.begin = self.polled = time.monotonic()
        self.reporter = Reporter(options)
        self.interrupted = self.late = False

    def __call__(self, kind: Any, _message: str, out: Any, into: Any, _data: object) -> None:
        kinds = _core.cb.HighsCallbackType
        now = time.monotonic()
        if kind == kinds.kCallbackMipImprovingSolution:
            if self.on_solution is not None:
                self.on_solution(np.array(out.mip_solution, dtype=np.float64))
        elif kind == kinds.kCallbackMipLogging:
            nodes = int(out.mip_node_count)
            bound, objective = float(out.mip_dual_bound), float(out.mip_primal_bound)
            self.reporter.look(
                objective, lambda seconds: Progress(seconds, 0, nodes, 0, bound, objective)
            )
        else:
            if now - self.polled >= _POLL_SECONDS:
                self.polled = now
                self.interrupted = self.interrupted or self.options.interrupted()
            # HiGHS itself looks at its limit between two linear programs only
            self.late = now - self.begin > self.options.time_limit
            into.user_interrupt = self.interrupted or self.late
