"""Calls of the native search for scores under the 0-1 loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from riskslim.solvers import _native
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.slim.problem import ThresholdProblem

__all__ = ["Incumbent", "Prices", "TreeRequest", "TreeResult", "grow_tree"]


@dataclass(frozen=True)
class Incumbent:
    """A score with its errors and its value, the objective in units of weight."""

    points: IntArray
    false_positive: float
    false_negative: float
    value: float


@dataclass(frozen=True)
class Prices:
    """Multipliers of limits, in weight per unit; 0 for a limit that the bounds shall ignore.

    Attributes
    ----------
    false_negative, false_positive : float
        Of the greatest weight of each, not negative.
    predictions : tuple of float
        One for each limit on predictions: positive for its upper side, negative for its lower
        one. Empty for none.
    """

    false_negative: float = 0.0
    false_positive: float = 0.0
    predictions: tuple[float, ...] = ()


@dataclass(frozen=True)
class TreeRequest:
    """One search of a box of points, as the native search reads it: by the attributes' names.

    Attributes
    ----------
    problem : ThresholdProblem
        What to solve, whatever its own box.
    lower, upper : ndarray of shape (d + 1,)
        The box.
    poll : callable
        Told nodes, open nodes, the bound and the value of the incumbent now and then; True ends
        the search.
    prices : Prices
        Multipliers of the limits.
    known : Incumbent or None
        The best score so far; it need not lie in the box.
    starts : ndarray of shape (s, d + 1) or None
        Points to be improved.
    rich : list of int or None
        Search supports instead of boxes; these features (from 0) have many values.
    effort : float
        Work of the opening heuristic, a multiple of the usual one; 0 switches it off.
    seed : int
        Of the heuristic.
    threads : int
        Of the tree.
    time_limit : float
        Seconds.
    node_limit : int
        -1 for none; 0 runs the heuristic alone.
    """

    problem: ThresholdProblem
    lower: FloatArray
    upper: FloatArray
    poll: Callable[[int, int, float, float], bool]
    prices: Prices = Prices()
    known: Incumbent | None = None
    starts: FloatArray | None = None
    rich: list[int] | None = None
    effort: float = 0.0
    seed: int = 0
    threads: int = 1
    time_limit: float = math.inf
    node_limit: int = -1


@dataclass(frozen=True)
class TreeResult:
    """What one native search did.

    Attributes
    ----------
    incumbent : Incumbent or None
        The best score known.
    ended : End
        By what; finished where the box was searched out.
    open_bound : float
        Least bound of the boxes left open, in units of weight.
    tie : float
        Values closer than this count as equal.
    nodes, open_nodes : int
        Boxes bounded and left open.
    seeding, seconds : float
        Seconds of the heuristic, and all.
    """

    incumbent: Incumbent | None
    ended: _native.End
    open_bound: float
    tie: float
    nodes: int
    open_nodes: int
    seeding: float
    seconds: float


def grow_tree(request: TreeRequest) -> TreeResult:
    """Search a box of points: the heuristic first, then branch and bound."""
    outcome = _native.search_slim(request)
    incumbent = request.known
    if outcome.best is not None:
        best = outcome.best
        incumbent = Incumbent(
            np.asarray(best.points, dtype=np.int64),
            best.false_positive,
            best.false_negative,
            best.value,
        )
    return TreeResult(
        incumbent,
        outcome.end,
        outcome.open_bound,
        outcome.tie,
        outcome.nodes,
        outcome.open_nodes,
        outcome.seeding,
        outcome.total,
    )
