"""When a search stops, and what it says while it runs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from riskslim.solvers.result import Progress, Reporter, SearchOptions, Status

__all__ = ["Limits"]

_PROGRESS_SECONDS = 0.5


class Limits:
    """Clock, limits and gap of a search.

    Attributes
    ----------
    stopped : Status or None
        The limit that ended the search, once one has.
    """

    def __init__(self, options: SearchOptions) -> None:
        self.options = options
        self.stopped: Status | None = None
        self._started = time.perf_counter()
        self._reporter = Reporter(options, _PROGRESS_SECONDS)

    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._started

    def gap(self, objective: float) -> float:
        """Gap at which a search with this incumbent is done."""
        relative = self.options.relative_gap
        return max(
            self.options.absolute_gap,
            relative * abs(objective) if relative > 0.0 and math.isfinite(objective) else 0.0,
        )

    def reached(self, nodes: int, objective: float, progress: Callable[[float], Progress]) -> bool:
        """Whether to stop; `progress`, given the seconds, is passed on where it is due."""
        if self.stopped is not None:
            return True
        options = self.options
        now = time.perf_counter()
        if options.interrupted():
            self.stopped = Status.INTERRUPTED
        elif now - self._started >= options.time_limit:
            self.stopped = Status.TIME_LIMIT
        elif options.node_limit is not None and nodes >= options.node_limit:
            self.stopped = Status.NODE_LIMIT
        self._reporter.look(objective, progress)
        return self.stopped is not None
