"""What all runs of a search tell while they run, as one: its clock, incumbent and bound."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from riskslim.logs import logger_of
from riskslim.search.certify import least_objective
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import Progress, SearchOptions

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem
    from riskslim.search.solution import Solution

__all__ = ["History"]

_log = logger_of(__name__)


class History:
    """Keeps each move of incumbent and bound, and passes the progress on.

    The seconds are those since the beginning, the bound only rises and the incumbent's objective
    only falls, whichever run speaks.

    Parameters
    ----------
    problem : ScoreProblem
        Gives the objective of the start.
    options : SearchOptions
        Whom to tell.
    start : ndarray of shape (d + 1,), optional
        The first incumbent.
    """

    def __init__(
        self, problem: ScoreProblem, options: SearchOptions, start: FloatArray | None = None
    ) -> None:
        self._told, self._begin = options, time.monotonic()
        self._lines: list[Progress] = []
        self._now = Progress(0.0, 0, 0, 0, least_objective(problem), math.inf)
        if start is not None:
            self._on_incumbent(replace(self._now, objective=problem.objective(start)))

    @property
    def options(self) -> SearchOptions:
        """The same limits, for runs that are listened to."""
        return replace(self._told, on_progress=self._on_progress, on_incumbent=self._on_incumbent)

    def ended(self, solution: Solution) -> tuple[Progress, ...]:
        """Give all moves up to the end, none of which is beyond the certified ends.

        A run may have told of an objective or a bound before its rounding was taken off.
        """
        seconds = time.monotonic() - self._begin
        bound, objective = solution.lower_bound, solution.objective
        last = Progress(seconds, 0, solution.nodes, solution.cuts, bound, objective)
        self._on_incumbent(last)
        lines = [
            replace(
                line,
                lower_bound=min(line.lower_bound, bound),
                objective=max(line.objective, objective),
            )
            for line in self._lines
            if line.seconds < seconds
        ]
        return (*lines, last)

    def _on_progress(self, line: Progress) -> None:
        self._move(line)
        if self._told.on_progress is not None:
            self._told.on_progress(self._now)

    def _on_incumbent(self, line: Progress) -> None:
        before = self._now.objective
        self._move(line)
        if self._now.objective < before and self._told.on_incumbent is not None:
            self._told.on_incumbent(self._now)

    def _move(self, line: Progress) -> None:
        before = self._now
        objective = min(before.objective, line.objective)
        self._now = replace(
            line,
            seconds=time.monotonic() - self._begin,
            # No bound is above an incumbent: what is, is so by its rounding.
            lower_bound=min(max(before.lower_bound, line.lower_bound), objective),
            objective=objective,
        )
        moved = (self._now.lower_bound, objective) != (before.lower_bound, before.objective)
        if moved:
            self._lines.append(self._now)
            _log.debug(
                "%.1f s: bound %.7f, incumbent %.7f, %d nodes done, %d open",
                *(self._now.seconds, self._now.lower_bound, self._now.objective),
                *(self._now.nodes_done, self._now.nodes_open),
            )
