"""Prices of the limits on false positives and false negatives, for the tree's bound.

With at most F false positives, every feasible score costs at least what it costs with a price p
on each false positive, minus p F. Any price gives a bound; the best one is where the score that is
cheapest at that price just meets the limit. The heuristic finds it well enough.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from riskslim.solvers.slim.native import grow_tree
from riskslim.solvers.slim.problem import ThresholdProblem

__all__ = ["limit_prices"]

_PRICES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_EFFORT = 0.25


def limit_prices(
    problem: ThresholdProblem,
    seed: int,
    deadline: float,
    poll: Callable[[int, int, float, float], bool],
) -> tuple[float, float]:
    """Prices per weight of the limits on false negatives and on false positives.

    Each limit is priced on its own, from the smallest price up, until the bound that the price
    promises falls; 0 for a limit that is not there or does not bind.
    """
    limits = (problem.max_false_negative, problem.max_false_positive)
    if min(limits) == math.inf:
        return 0.0, 0.0
    best, chosen = _promise(problem, (0.0, 0.0), limits, seed, deadline, poll), (0.0, 0.0)
    for side, limit in enumerate(limits):
        if limit == math.inf:
            continue
        for price in _PRICES:
            prices = (price, chosen[1]) if side == 0 else (chosen[0], price)
            value = _promise(problem, prices, limits, seed, deadline, poll)
            if value <= best or time.monotonic() > deadline:
                break
            best, chosen = value, prices
    return chosen


def _promise(
    problem: ThresholdProblem,
    prices: tuple[float, float],
    limits: tuple[float, float],
    seed: int,
    deadline: float,
    poll: Callable[[int, int, float, float], bool],
) -> float:
    """Value of the best score that the heuristic finds at these prices, less what they pay back."""
    positive = problem.positive * (1.0 + prices[0])
    negative = problem.negative * (1.0 + prices[1])
    share = problem.total_weight / math.fsum([*positive, *negative])
    priced = replace(
        problem,
        positive=positive,
        negative=negative,
        switch_cost=problem.switch_cost * share,
        epsilon=problem.epsilon * share,
        min_error=0.0,
        max_error=math.inf,
        min_false_positive=0.0,
        max_false_positive=math.inf,
        min_false_negative=0.0,
        max_false_negative=math.inf,
    )
    found = grow_tree(
        priced,
        problem.lower,
        problem.upper,
        prices=(0.0, 0.0),
        known=None,
        starts=np.zeros((0, len(problem.lower))),
        effort=_EFFORT,
        seed=seed,
        threads=1,
        time_limit=deadline - time.monotonic(),
        node_limit=0,
        poll=poll,
    ).incumbent
    if found is None:
        return -math.inf
    paid = sum(p * limit for p, limit in zip(prices, limits, strict=True) if p > 0.0)
    return found.value - paid
