"""Rows of a box, with weights whose sums are exact."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.hashing import distinct_rows
from riskslim.solvers.slim.problem import ThresholdProblem

__all__ = ["SplitRows", "grid_of", "merged_rows", "rounded_down", "split_rows"]


@dataclass(frozen=True)
class SplitRows:
    """Rows of a box by class.

    Attributes
    ----------
    x_positive, x_negative : ndarray of shape (p, k), (n, k)
        The live features of the rows of each class.
    positive, negative : ndarray of shape (p,), (n,)
        Their weights.
    both : float
        Weight that is wrong whatever the points: the lighter side of rows of both classes.
    live : ndarray of int, shape (k,)
        Columns of the features that may have points.
    """

    x_positive: FloatArray
    x_negative: FloatArray
    positive: FloatArray
    negative: FloatArray
    both: float
    live: IntArray


def merged_rows(
    problem: ThresholdProblem, lower: FloatArray, upper: FloatArray, every: int = 1
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Rows that agree on all features that may have points in the box, as one.

    Parameters
    ----------
    problem : ThresholdProblem
        Whose rows they are.
    lower, upper : ndarray of shape (d + 1,)
        The box.
    every : int
        Every row by default, or else every second one, third one and so on.

    Returns
    -------
    tuple
        Rows, weight of the positive and of the negative class of each, and the columns (of the
        features) that they hold.
    """
    live = np.flatnonzero((lower[1:] != 0.0) | (upper[1:] != 0.0))
    if len(live) == 0:
        x = np.zeros((1, 0))
        inverse = np.zeros(len(problem.features[::every]), dtype=np.int64)
    else:
        x, inverse = distinct_rows(problem.features[::every, live])
    grid = grid_of(problem)
    positive, negative = (
        np.bincount(inverse, weights=rounded_down(weight[::every], grid), minlength=len(x)).astype(
            np.float64
        )
        for weight in (problem.positive, problem.negative)
    )
    return np.ascontiguousarray(x), positive, negative, live


def split_rows(problem: ThresholdProblem, lower: FloatArray, upper: FloatArray) -> SplitRows:
    """Split the rows of a box by class.

    Where limits price the two kinds of errors, rows of both classes stand on both sides.
    """
    x, positive, negative, live = merged_rows(problem, lower, upper)
    both = np.minimum(positive, negative)
    if min(problem.max_false_negative, problem.max_false_positive) < math.inf:
        both = np.zeros_like(both)
    positive, negative = positive - both, negative - both
    of_positive, of_negative = positive > 0.0, negative > 0.0
    return SplitRows(
        np.ascontiguousarray(x[of_positive]),
        np.ascontiguousarray(x[of_negative]),
        positive[of_positive],
        negative[of_negative],
        math.fsum(both),
        live,
    )


def grid_of(problem: ThresholdProblem) -> float:
    """Power of two of whose multiples any sum of weights is exact."""
    return 2.0 ** (math.frexp(problem.total_weight)[1] - 44)


def rounded_down(values: FloatArray, grid: float) -> FloatArray:
    """Round to multiples of the grid, downwards: no weight becomes heavier."""
    rounded: FloatArray = np.floor(values / grid) * grid
    return rounded
