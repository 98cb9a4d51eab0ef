"""Prices of the limits, for the tree's bound.

With at most F false positives, every feasible score costs at least what it costs with a price p
on each false positive, minus p F, and so for every other limit. Any price gives a bound; the best
one is where the score that is cheapest at that price just meets the limit. The heuristic finds it
well enough.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.slim.native import Prices, TreeRequest, grow_tree
from riskslim.solvers.slim.problem import ThresholdProblem

__all__ = ["limit_prices"]

_PRICES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_SHARES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)  # of all weight, on all coefficients
_EFFORT = 0.25


def limit_prices(
    problem: ThresholdProblem,
    seed: int,
    deadline: float,
    poll: Callable[[int, int, float, float], bool],
) -> Prices:
    """Find prices of the limits on false negatives, on false positives and on predictions.

    Each limit is priced on its own, from the smallest price up, until the bound that the price
    promises falls; 0 for a limit that is not there or does not bind.
    """
    count = 0 if problem.predictions is None else len(problem.predictions.lower)
    chosen = Prices(predictions=(0.0,) * count)
    best = None
    for ladder in _ladders(problem):
        if best is None:
            best = _promise(problem, chosen, seed, deadline, poll)
        for change in ladder:
            if time.monotonic() > deadline:
                return chosen
            prices = change(chosen)
            value = _promise(problem, prices, seed, deadline, poll)
            if value <= best:
                break
            best, chosen = value, prices
    return chosen


def _ladders(problem: ThresholdProblem) -> Iterator[list[Callable[[Prices], Prices]]]:
    """Prices of each limit, in the order in which they are tried."""

    def of_negatives(price: float) -> Callable[[Prices], Prices]:
        return lambda prices: replace(prices, false_negative=price)

    def of_positives(price: float) -> Callable[[Prices], Prices]:
        return lambda prices: replace(prices, false_positive=price)

    def of_predictions(r: int, price: float) -> Callable[[Prices], Prices]:
        return lambda prices: replace(
            prices, predictions=(*prices.predictions[:r], price, *prices.predictions[r + 1 :])
        )

    if problem.max_false_negative < math.inf:
        yield [of_negatives(price) for price in _PRICES]
    if problem.max_false_positive < math.inf:
        yield [of_positives(price) for price in _PRICES]
    if problem.predictions is None:
        return
    limits = problem.predictions
    for r, row in enumerate(limits.coefficients):
        unit = problem.total_weight / max(float(np.abs(row).sum()), 1e-300)
        for sign, limit in ((1.0, limits.upper[r]), (-1.0, limits.lower[r])):
            if math.isfinite(limit):
                yield [of_predictions(r, sign * share * unit) for share in _SHARES]


def _promise(
    problem: ThresholdProblem,
    prices: Prices,
    seed: int,
    deadline: float,
    poll: Callable[[int, int, float, float], bool],
) -> float:
    """Value of the best score that the heuristic finds at these prices, less what they pay back."""
    positive = problem.positive * (1.0 + prices.false_negative)
    negative = problem.negative * (1.0 + prices.false_positive)
    constant = 0.0
    if any(prices.predictions) and problem.predictions is not None:
        price = np.array(prices.predictions)
        pull = negative - positive + price @ problem.predictions.coefficients
        constant = math.fsum(positive + np.minimum(pull, 0.0))
        positive, negative = np.maximum(-pull, 0.0), np.maximum(pull, 0.0)
    total = math.fsum([*positive, *negative])
    if not total > 0.0:
        return constant - _paid(problem, prices)
    share = problem.total_weight / total
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
        predictions=None,
    )
    request = TreeRequest(
        priced,
        problem.lower,
        problem.upper,
        poll,
        effort=_EFFORT,
        seed=seed & 0x7FFFFFFF,
        time_limit=deadline - time.monotonic(),
        node_limit=0,
    )
    found = grow_tree(request).incumbent
    return -math.inf if found is None else found.value + constant - _paid(problem, prices)


def _paid(problem: ThresholdProblem, prices: Prices) -> float:
    """Give what a score that meets every limit is paid back at most."""
    terms = [
        price * limit
        for price, limit in (
            (prices.false_negative, problem.max_false_negative),
            (prices.false_positive, problem.max_false_positive),
        )
        if price > 0.0
    ]
    if problem.predictions is not None:
        sides: tuple[FloatArray, FloatArray] = problem.predictions.lower, problem.predictions.upper
        terms += [
            price * float(sides[price > 0.0][r])
            for r, price in enumerate(prices.predictions)
            if price != 0.0
        ]
    return math.fsum(terms)
