"""Calls of the native search for scores under the 0-1 loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskslim.solvers import _native
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.slim.predictions import PredictionLimits
from riskslim.solvers.slim.problem import ThresholdProblem

__all__ = ["Incumbent", "Prices", "TreeResult", "grow_tree"]

_LIMITS = ("error", "false_positive", "false_negative")


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
class TreeResult:
    """What one native search did.

    Attributes
    ----------
    incumbent : Incumbent or None
        The best score known.
    ended : int
        0 searched out, 1 time limit, 2 node limit, 3 interrupted.
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
    ended: int
    open_bound: float
    tie: float
    nodes: int
    open_nodes: int
    seeding: float
    seconds: float


def grow_tree(
    problem: ThresholdProblem,
    lower: FloatArray,
    upper: FloatArray,
    *,
    prices: Prices,
    known: Incumbent | None,
    starts: FloatArray,
    effort: float,
    seed: int,
    threads: int,
    time_limit: float,
    node_limit: int,
    poll: Callable[[int, int, float, float], bool],
) -> TreeResult:
    """Search a box of points: the heuristic first, then branch and bound.

    `node_limit` is -1 for none; 0 runs the heuristic alone. `known`
    need not lie in the box.
    """
    best_known = starts[:0] if known is None else known.points[None, :].astype(np.float64)
    rows, predictions = _rows(problem), _predictions(problem)
    limits = [
        value
        for name in _LIMITS
        for value in (getattr(problem, f"min_{name}"), getattr(problem, f"max_{name}"))
    ]
    raw: dict[str, Any] = _native.search_slim(
        _doubles(problem.features),
        _doubles(problem.positive),
        _doubles(problem.negative),
        _doubles(lower),
        _doubles(upper),
        _doubles(problem.switch_cost * problem.total_weight),
        problem.epsilon * problem.total_weight,
        _doubles(rows.on_points),
        _doubles(rows.on_indicators),
        _doubles(rows.row_lower),
        _doubles(rows.row_upper),
        _doubles(predictions.coefficients),
        _doubles(predictions.lower),
        _doubles(predictions.upper),
        _doubles(limits),
        problem.min_size,
        problem.features.shape[1] if problem.max_size is None else problem.max_size,
        problem.margin,
        problem.largest_total,
        prices.false_negative,
        prices.false_positive,
        _doubles(prices.predictions or np.zeros(len(predictions.lower))),
        _doubles(starts),
        _doubles(best_known),
        seed & 0x7FFFFFFF,
        max(1, threads),
        max(0.0, min(time_limit, 1e18)),
        node_limit,
        effort,
        poll,
    )
    found = raw["best"]
    incumbent = known
    if found is not None:
        incumbent = Incumbent(
            np.asarray(found["points"], dtype=np.int64),
            float(found["false_positive"]),
            float(found["false_negative"]),
            float(found["value"]),
        )
    return TreeResult(
        incumbent,
        raw["why"],
        float(raw["open_bound"]),
        float(raw["tie"]),
        raw["nodes"],
        raw["open"],
        raw["seeding"],
        raw["total"],
    )


def _rows(problem: ThresholdProblem) -> LatticeRows:
    if problem.rows is not None:
        return problem.rows
    empty = np.zeros((0, problem.features.shape[1] + 1))
    return LatticeRows(empty, empty, np.zeros(0), np.zeros(0))


def _predictions(problem: ThresholdProblem) -> PredictionLimits:
    if problem.predictions is not None:
        return problem.predictions
    return PredictionLimits(np.zeros((0, len(problem.features))), np.zeros(0), np.zeros(0))


def _doubles(values: Any) -> FloatArray:
    return np.ascontiguousarray(values, dtype=np.float64)
