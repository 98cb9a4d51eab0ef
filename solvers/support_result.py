"""What the search over supports gives back, at its end or while it waits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.result import SearchResult

__all__ = ["Onward", "Pause", "SupportScore", "SupportsResult"]


@dataclass(frozen=True)
class SupportScore:
    """Integer points with their multiplier and objective.

    Attributes
    ----------
    points : ndarray of shape (d + 1,)
        The intercept first; integers, but for an intercept that is real.
    multiplier : float
        Scores are divided by it.
    loss, objective : float
        Recomputed from the points by compensated summation.
    size : int
        Non-zero points without the intercept.
    """

    points: IntArray | FloatArray
    multiplier: float
    loss: float
    objective: float
    size: int


@dataclass(frozen=True)
class SupportsResult(SearchResult):
    """What the search over supports found and proved; attributes as of `SearchResult`, and more.

    Attributes
    ----------
    best : SupportScore or None
        The incumbent, which `point`, `objective`, `oracle_value` and `scale` are those of.
    by_size : dict of int to SupportScore
        The best score of every size, where every size was asked for.
    lower_bound_by_size : dict of int to float
        The bound of each of these sizes.
    pool : tuple of SupportScore
        Every score within the tolerance of the optimum, best first.
    pool_complete : bool
        Whether no other score is that good; False where the limit cut the pool or the search.
    point_nodes : int
        Nodes of the searches for points within supports; `nodes`, which the node limit counts,
        are those of the tree over supports.
    fits, supports, leaves : int
        Fits on whole subtrees, supports fitted, searches for points.
    trace : tuple of (float, float)
        Seconds since the search began and objective, each time the best incumbent fell.
    """

    best: SupportScore | None = None
    by_size: dict[int, SupportScore] = field(default_factory=dict)
    lower_bound_by_size: dict[int, float] = field(default_factory=dict)
    pool: tuple[SupportScore, ...] = ()
    pool_complete: bool = False
    point_nodes: int = 0
    fits: int = 0
    supports: int = 0
    leaves: int = 0
    trace: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        # Also after `replace(result, best=...)`: the incumbent is said in one place.
        best = self.best
        said: dict[str, Any] = {
            "point": None,
            "objective": math.inf,
            "oracle_value": math.inf,
            "scale": 1.0,
        }
        if best is not None:
            said = {
                "point": best.points.astype(np.float64),
                "objective": best.objective,
                "oracle_value": best.loss,
                "scale": 1.0 / best.multiplier,
            }
        for name, value in said.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Onward:
    """How a search that waited goes on.

    Attributes
    ----------
    seconds : float
        Of work until it waits again.
    starts : ndarray of shape (s, d + 1) or None
        Points that were found meanwhile; a real intercept is not read.
    """

    seconds: float = math.inf
    starts: IntArray | FloatArray | None = None


@dataclass(frozen=True)
class Pause:
    """When a search waits, with all that it has in memory, and what happens meanwhile.

    Attributes
    ----------
    after : float
        Seconds until it waits for the first time.
    aside : callable
        Called with the result as it would be if the time were over; says how the search goes on.
        With None its time is over. The time limit goes on running.
    """

    after: float
    aside: Callable[[Any], Onward | None]

    def between(self, told: Callable[[Any], Any], back: Callable[[Any], Any]) -> Pause:
        """Give the pause of a search that solves the same problem stated otherwise.

        Parameters
        ----------
        told, back : callable
            Translate what the search has so far, and the points that it is given.
        """

        def aside(found: Any) -> Onward | None:
            onward = self.aside(told(found))
            return onward and Onward(onward.seconds, back(onward.starts))

        return Pause(self.after, aside)
