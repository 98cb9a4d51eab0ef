"""Rows of a box, with weights whose sums are exact."""

from __future__ import annotations

import math

import numpy as np

from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.slim.problem import ThresholdProblem

__all__ = ["grid_of", "merged_rows", "rounded_down"]


def merged_rows(
    problem: ThresholdProblem, lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Rows that agree on all features that may have points in the box, as one.

    Returns
    -------
    tuple
        Rows, weight of the positive and of the negative class of each, and the columns (of the
        features) that they hold.
    """
    live = np.flatnonzero((lower[1:] != 0.0) | (upper[1:] != 0.0))
    if len(live) == 0:
        x = np.zeros((1, 0))
        inverse = np.zeros(len(problem.features), dtype=np.int64)
    else:
        x, inverse = np.unique(problem.features[:, live], axis=0, return_inverse=True)
        inverse = inverse.ravel()
    grid = grid_of(problem)
    positive, negative = (
        np.bincount(inverse, weights=rounded_down(weight, grid), minlength=len(x)).astype(
            np.float64
        )
        for weight in (problem.positive, problem.negative)
    )
    return np.ascontiguousarray(x), positive, negative, live


def grid_of(problem: ThresholdProblem) -> float:
    """Power of two of whose multiples any sum of weights is exact."""
    return 2.0 ** (math.frexp(problem.total_weight)[1] - 44)


def rounded_down(values: FloatArray, grid: float) -> FloatArray:
    """Round to multiples of the grid, downwards: no weight becomes heavier."""
    rounded: FloatArray = np.floor(values / grid) * grid
    return rounded
