"""The best integer points of every size: one search over supports a size, on shared ground.

The opening heuristics run once, for all sizes together, and every size starts
from what they found for it. One tree for all sizes (`search` with `every_size`)
proves the same and is no faster where measured: a bound must then fail against
the cutoff of every size in a node, so that the loose cutoff of a small size keeps
open what its own size had closed. And a tree of its own gives each size a bound
of its own where a limit ends the search.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from riskslim.solvers import _native
from riskslim.solvers._typing import IntArray
from riskslim.solvers.result import Progress, SearchOptions, Status
from riskslim.solvers.support_result import SupportsResult
from riskslim.solvers.supports import LinearModelProblem, search

__all__ = ["search_sizes"]


def search_sizes(
    problem: LinearModelProblem,
    options: SearchOptions | None = None,
    starts: IntArray | None = None,
) -> dict[int, SupportsResult]:
    """Best integer points of every size, each with its own proof.

    Parameters
    ----------
    problem : LinearModelProblem
        With the sizes from `min_size` to `max_size`.
    options : SearchOptions, optional
        Limits for all sizes together. A size may use an equal share of what is left; what it
        does not need goes to the larger ones.
    starts : ndarray of shape (s, d + 1), optional
        Integer points that are known to be good, each for its own size.

    Returns
    -------
    dict of int to SupportsResult
        By ascending size. A size without any score is `Status.INFEASIBLE`; one that a limit
        ended has the best score met and a bound of its own.
    """
    options = SearchOptions() if options is None else options
    most = problem.features.shape[1] if problem.max_size is None else problem.max_size
    sizes = range(problem.min_size, most + 1)
    begin = time.monotonic()
    nodes_left = math.inf if options.node_limit is None else options.node_limit
    opening = search(
        problem,
        replace(
            options,
            node_limit=0,
            time_limit=options.time_limit / 2,
            on_progress=_shifted(options, begin),
        ),
        every_size=True,
        starts=starts,
    )
    results: dict[int, SupportsResult] = {}
    relaxation = _Relaxation(problem, options, begin)
    stopped: Status | None = None
    # By how much searches of this table overrun their limits: none is begun in less time than that.
    beyond = 0.0
    for size in sizes:
        known = opening.by_size.get(size)
        stages = most + 1 - size
        left = options.time_limit - (time.monotonic() - begin)
        if stopped is None and options.interrupted():
            stopped = Status.INTERRUPTED
        elif stopped is None and left <= beyond:
            stopped = Status.TIME_LIMIT
        elif stopped is None and nodes_left < 1:
            stopped = Status.NODE_LIMIT
        alone = replace(problem, min_size=size, max_size=size)
        if stopped is not None:
            found = SupportsResult(stopped, lower_bound=0.0, best=known)
        else:
            share = None if math.isinf(nodes_left) else max(1, int(nodes_left) // stages)
            found = search(
                alone,
                replace(
                    options,
                    node_limit=share,
                    time_limit=left / stages,
                    on_progress=_shifted(options, begin),
                ),
                starts=None if known is None else known.points[np.newaxis],
                beam_width=0,
            )
            beyond = max(beyond, found.seconds["total"] - left / stages)
            nodes_left -= found.nodes
            if found.status is Status.INTERRUPTED:
                stopped = Status.INTERRUPTED
        results[size] = _settled(size, found, relaxation, options)
    return results


def _settled(
    size: int, found: SupportsResult, relaxation: _Relaxation, options: SearchOptions
) -> SupportsResult:
    """Give a search that a limit ended at least the bound of the real relaxation."""
    if found.status in (Status.OPTIMAL, Status.INFEASIBLE):
        return found
    bound = max(found.lower_bound, relaxation.bound(size))
    status: Status = found.status
    if found.best is not None and found.best.objective - bound <= options.absolute_gap:
        status = Status.OPTIMAL
    return replace(found, lower_bound=bound, status=status)


def _loss_bound(problem: LinearModelProblem, stop: Callable[[], bool] | None) -> float:
    """Loss of real coefficients in the hull of the box, over the range of the multiplier.

    By a bounded fit whose bound is rigorous wherever it ends.
    """
    total = math.fsum([*problem.positive.tolist(), *problem.negative.tolist()])
    scales = [1.0 / m for m in problem.multiplier_range]
    # 1/m is rounded: a little wider is a relaxation still.
    ends = np.concatenate(
        [np.multiply.outer(scales, problem.lower), np.multiply.outer(scales, problem.upper)]
    )
    wider = 1e-12 * np.abs(ends).max(axis=0)
    _, bound, _ = _native.bounded_fit(
        np.column_stack([np.ones(len(problem.features)), problem.features]),
        problem.positive / total,
        problem.negative / total,
        ends.min(axis=0) - wider,
        ends.max(axis=0) + wider,
        math.inf,
        stop=stop,
    )
    # 1e-15: the sum of costs that is added is rounded, and the loss is at least 0.
    return max(0.0, float(bound) - 1e-15)


def _least_cost(problem: LinearModelProblem, size: int) -> float:
    cheapest = np.sort(problem.switch_cost[1:])[:size]
    return max(0.0, math.fsum(cheapest) * (1 - 1e-15) - 1e-15)


class _Relaxation:
    """The relaxation's bound for each size: one fit, made when it is first needed."""

    def __init__(self, problem: LinearModelProblem, options: SearchOptions, begin: float) -> None:
        self._problem, self._options, self._begin = problem, options, begin

    def bound(self, size: int) -> float:
        """No score with so many features has an objective below it."""
        return self._loss + _least_cost(self._problem, size)

    @cached_property
    def _loss(self) -> float:
        options = self._options
        end = time.monotonic() + options.since(self._begin).time_limit
        return _loss_bound(self._problem, lambda: time.monotonic() > end or options.interrupted())


def _shifted(options: SearchOptions, begin: float) -> Callable[[Progress], None] | None:
    """Progress lines that count from the start of the first search."""
    tell = options.on_progress
    if tell is None:
        return None
    offset = time.monotonic() - begin
    return lambda progress: tell(replace(progress, seconds=progress.seconds + offset))
