"""What a search gives back, and the limits it runs under."""

from __future__ import annotations

import enum
import math
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from riskslim.solvers import _native
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.parts import ALL_PARTS, Part

__all__ = ["ENDED", "PROVED_GAP", "Progress", "Reporter", "SearchOptions", "SearchResult", "Status"]

# What "proved optimal" means, whatever gap a search may stop at.
PROVED_GAP = 1e-9

_MOMENT_SHARE, _MOMENT = 0.05, 0.25


class Status(enum.StrEnum):
    """How a search ended.

    A score is proved optimal at an absolute gap of at most 1e-9. Where a wider gap was allowed and
    met, that is the gap limit; where everything was searched and the rounding of the bounds
    leaves a wider gap, the precision limit.
    """

    OPTIMAL = "optimal"
    GAP_LIMIT = "gap limit"
    PRECISION_LIMIT = "precision limit"
    TIME_LIMIT = "time limit"
    NODE_LIMIT = "node limit"
    MEMORY_LIMIT = "memory limit"
    INTERRUPTED = "interrupted"
    INFEASIBLE = "infeasible"


# What a limit that ended a native search makes of its status.
ENDED = {
    _native.End.time: Status.TIME_LIMIT,
    _native.End.nodes: Status.NODE_LIMIT,
    _native.End.interrupted: Status.INTERRUPTED,
    _native.End.memory: Status.MEMORY_LIMIT,
}


@dataclass(frozen=True)
class Progress:
    """One line of a search's log."""

    seconds: float
    nodes_open: int
    nodes_done: int
    cuts: int
    lower_bound: float
    objective: float

    @property
    def relative_gap(self) -> float:
        """Gap over the incumbent's objective; infinite without an incumbent."""
        if not math.isfinite(self.objective):
            return math.inf
        return (self.objective - self.lower_bound) / max(abs(self.objective), 1e-300)


@dataclass(frozen=True)
class SearchOptions:
    """Limits and settings that every search reads.

    Attributes
    ----------
    time_limit : float
        Seconds of wall-clock time.
    node_limit : int or None
        Nodes of the tree.
    memory_limit : float or None
        MiB that the open nodes may take; the search over supports keeps to it. The data and the
        work space of the threads come on top.
    absolute_gap : float
        A search may stop when incumbent minus lower bound is at most this. A gap above 1e-9 is no
        proof: the answer then has the status "gap limit". With 0 a search goes on until
        nothing is left; bound and objective may still differ by their rounding, which is proved
        optimal where it is at most 1e-9.
    relative_gap : float
        The same, relative to the incumbent; 0 switches it off.
    seed : int
        Of every pseudo-random choice.
    threads : int
        Used where they do not change the answer.
    on_progress : callable or None
        Called with a `Progress` now and then.
    on_incumbent : callable or None
        Called with a `Progress` whenever a better incumbent is seen.
    interrupted : callable
        Polled; True ends the search with the incumbent and its honest gap.
    parts : collection of Part or str
        Parts of the searches for risk scores that are used; all of them by default. What is left
        out costs time and never an answer: for benchmarks.

    Raises
    ------
    ValueError
        There is no such part.
    """

    time_limit: float = math.inf
    node_limit: int | None = None
    memory_limit: float | None = None
    absolute_gap: float = 1e-9
    relative_gap: float = 0.0
    seed: int = 0
    threads: int = 1
    on_progress: Callable[[Progress], None] | None = None
    on_incumbent: Callable[[Progress], None] | None = None
    interrupted: Callable[[], bool] = lambda: False
    parts: Collection[Part] = ALL_PARTS

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", frozenset(map(Part, self.parts)))

    @classmethod
    def given(cls, options: SearchOptions | None, limits: Mapping[str, Any]) -> SearchOptions:
        """Give options with some of them in keywords.

        Parameters
        ----------
        options : SearchOptions, optional
            Those of a search by default.
        limits : mapping
            Attributes of this class that hold instead, by name.
        """
        return replace(cls() if options is None else options, **limits)

    def less(self, seconds: float) -> SearchOptions:
        """Give the same limits with so many seconds less, none below 0."""
        return replace(self, time_limit=max(self.time_limit - seconds, 0.0))

    def since(self, begin: float) -> SearchOptions:
        """Give the same limits less the time since then, which was spent on getting there.

        A search whose time is up before it begins still has a moment, so that there is a score:
        a twentieth of the limit, and a quarter of a second, at most the limit itself.

        Parameters
        ----------
        begin : float
            On the clock of `time.monotonic`.
        """
        moment = min(self.time_limit, _MOMENT_SHARE * self.time_limit + _MOMENT)
        left = self.time_limit - (time.monotonic() - begin)
        return replace(self, time_limit=max(left, moment) if math.isfinite(left) else left)


class Reporter:
    """Tells of a search while it runs: of a better incumbent at once, of the rest now and then.

    Parameters
    ----------
    options : SearchOptions
        Whom to tell.
    every : float
        Seconds between two lines of progress.
    """

    def __init__(self, options: SearchOptions, every: float = 1.0) -> None:
        self._options, self._every = options, every
        self._begin = self._said = time.monotonic()
        self._best = math.inf

    def look(self, objective: float, line: Callable[[float], Progress]) -> None:
        """Tell what is due.

        Parameters
        ----------
        objective : float
            Of the incumbent; infinite without one.
        line : callable
            Makes what is told from the seconds since the beginning.
        """
        options, now = self._options, time.monotonic()
        is_better = options.on_incumbent is not None and objective < self._best
        is_due = options.on_progress is not None and self._due(now)
        if not (is_better or is_due):
            return
        progress = line(now - self._begin)
        if is_better and options.on_incumbent is not None:
            self._best = objective
            options.on_incumbent(progress)
        if is_due and options.on_progress is not None:
            self._said = now
            options.on_progress(progress)

    def _due(self, now: float) -> bool:
        return now - self._said >= self._every


@dataclass(frozen=True)
class SearchResult:
    """Incumbent, lower bound and what it took: the answer of every search.

    Attributes
    ----------
    status : Status
        How the search ended; `Status.OPTIMAL` within the gap that its options allow.
    point : ndarray of shape (n,) or None
        The incumbent: the intercept, the features' points, then what other columns there are.
    objective, oracle_value : float
        Of the incumbent, recomputed from its integers; infinite without one.
    lower_bound : float
        No feasible point has an objective below it; rigorous.
    nodes, cuts, lps : int
        Tree nodes processed, cuts made, linear programs solved.
    seconds : dict of str to float
        Wall-clock seconds by phase; ``"total"`` is all of it.
    scale : float
        The t of the incumbent, 1 where the program leaves none to choose.
    proof : str
        Where the bound comes from.
    log : tuple of str
        What was done, in short sentences.
    """

    status: Status
    point: FloatArray | None = None
    objective: float = math.inf
    oracle_value: float = math.inf
    lower_bound: float = -math.inf
    nodes: int = 0
    cuts: int = 0
    lps: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    scale: float = 1.0
    proof: str = ""
    log: tuple[str, ...] = ()

    @property
    def points(self) -> IntArray | None:
        """The incumbent in whole numbers; None without one."""
        return None if self.point is None else np.rint(self.point).astype(np.int64)
