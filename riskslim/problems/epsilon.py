"""How much a point may cost so that it never outweighs an error or a feature."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["cost_of_a_point", "least_step"]

_SHARE = 0.9
# Weights whose common measure is smaller than this share of the least one have none in effect.
_FINEST = 1e-6
_COMBINATIONS = 20_000
_EQUAL = Fraction(1, 10**10)  # objectives closer than this are the same to any certificate
_SAME = Fraction(1, 10**13)  # and this is the rounding of weights and penalties


def cost_of_a_point(problem: SLIMProblem) -> float:
    r"""Largest sensible :math:`\varepsilon`, the cost of a point.

    Two scores whose errors and terms cost differently are at least some difference apart; all
    points together may cost 0.9 of the least such difference, so that their number decides among
    scores of equal errors and terms only. The paper bounds that difference by the least
    weight of a row and the least penalty. But sums of some weights may differ by less than any
    of them, and errors be worth nearly as much as terms: where weights and penalties are
    commensurate (all of them multiples of one number) the least difference is computed
    exactly, for every number of features, whatever rules there are, as a model may drop them.
    Elsewhere it can be as small as rounding. Costs within 1e-10 of each other, a tenth of what a
    certificate tells apart, count as equal; all points together cost less than that.

    Parameters
    ----------
    problem : SLIMProblem
        Its data, class weights, penalties and range of points.

    Returns
    -------
    float
        0 where the points cannot differ from 0.

    References
    ----------
    Ustun and Rudin, "Supersparse linear integer models for optimized medical scoring systems",
    Machine Learning 102 (2016), section 2.
    """
    longest = _longest(problem)
    if longest == 0.0:
        return 0.0
    weights = np.concatenate([problem.positive, problem.negative])
    costs = problem.switch_cost[problem.switch_cost > 0]
    least = min(
        float(weights[weights > 0].min()) / problem.total_weight,
        float(costs.min(initial=math.inf)),
    )
    exact = _least_difference(problem)
    return _SHARE * min(least, float(_EQUAL) if exact is None else exact) / longest


def least_step(problem: SLIMProblem) -> float | None:
    """Least difference of two values of the objective; None where it is not known.

    Values of equal errors and terms differ by a multiple of the cost of a point. Others differ by
    the least difference of errors and terms, less what all points cost at most: 0.9 of it, or
    more where that cost was given.

    Parameters
    ----------
    problem : SLIMProblem
        The problem.
    """
    exact = _least_difference(problem)
    if exact is None:
        return None
    rest = exact - problem.epsilon * _longest(problem)
    if rest <= 0.0:
        return None
    return min(rest, problem.epsilon) if problem.epsilon else rest


def _longest(problem: SLIMProblem) -> float:
    """Give the largest sum of absolute points."""
    reach = np.maximum(np.abs(problem.coefficients.lower), np.abs(problem.coefficients.upper))
    return float(reach.sum())


def _least_difference(problem: SLIMProblem) -> float | None:
    """Least positive difference of errors / W plus penalties; None where it is not computed."""
    measure, total = _measure_of_weights(problem)
    if measure is None:
        return None
    costs, counts = np.unique(problem.switch_cost, return_counts=True)
    counts = counts[costs > 0]
    steps = [Fraction(repr(cost)) * total / measure for cost in costs[costs > 0].tolist()]
    # Differences of the numbers of features of each penalty; one sign of the first is enough.
    ranges = [range(-count, count + 1) for count in counts.tolist()]
    if ranges:
        ranges[0] = range(ranges[0].stop)
    if math.prod(map(len, ranges)) > _COMBINATIONS:
        return None
    least = Fraction(1)  # one unit of weight, at equal terms
    for numbers in itertools.product(*ranges):
        dear = sum((n * step for n, step in zip(numbers, steps, strict=True)), Fraction(0))
        apart = abs(dear - round(dear))
        if apart * measure / total > _SAME:
            least = min(least, apart)
    if least * measure / total <= _EQUAL:
        return None
    return float(least * measure / total)


def _measure_of_weights(problem: SLIMProblem) -> tuple[Fraction | None, Fraction]:
    """Largest number of which all weights of rows are multiples, and the weight of all."""
    data, measure, total = problem.data, Fraction(0), Fraction(0)
    finest = math.inf
    for factor, weights in zip(problem.class_factors, (data.positive, data.negative), strict=True):
        values, counts = np.unique(weights[weights > 0], return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            # Sums of weights in tenths, say, are off in the sixteenth digit.
            weight = factor * Fraction(f"{value:.15g}")
            total += count * weight
            finest = min(finest, float(weight))
            measure = Fraction(
                math.gcd(
                    measure.numerator * weight.denominator, weight.numerator * measure.denominator
                ),
                measure.denominator * weight.denominator,
            )
            if measure < _FINEST * finest:
                return None, total
    return measure, total
