"""Starts of the coordinate search: rounded real scores.

Random changes find points of few features fast, and miss those whose features work together. The
real coefficients of logistic regression with an L1 penalty, over a range of penalties, point at
these: scaled into the box of the points and rounded they are poor scores that end in good ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.odds import expit
from riskslim.solvers.slim.problem import ThresholdProblem

__all__ = ["rounded_starts"]

_PENALTIES = (0.03, 0.01, 0.003, 0.001, 0.0003, 0.0)  # per standard deviation, loss a row
_QUANTILES = (1.0, 0.95, 0.8)  # of the coefficients: what is scaled to the end of its range
_ITERATIONS = 60  # of each fit: starts need no precision
_ROWS = 1 << 16  # at most: rows that were merged stand in the order of a hash


def rounded_starts(problem: ThresholdProblem, stopped: Callable[[], bool]) -> FloatArray:
    """Round logistic coefficients into the box.

    Parameters
    ----------
    problem : ThresholdProblem
        Rows, box and greatest size; rules and limits are left to the search.
    stopped : callable
        True ends the fits early.

    Returns
    -------
    ndarray of shape (s, d + 1)
        Integers within the box, distinct, at most `max_size` of them not zero where the box
        allows it.
    """
    low, high = problem.lower, problem.upper
    features = problem.features[:_ROWS]
    scale = features.std(axis=0)
    live = np.flatnonzero(((low[1:] < 0.0) | (high[1:] > 0.0)) & (scale > 0.0))
    if len(live) == 0:
        return np.zeros((0, len(low)))
    x = features[:, live] / scale[live]
    reach = np.r_[high[live + 1], -low[live + 1]]  # of positive, of negative points
    k, start = len(live), np.zeros(2 * len(live) + 1)
    starts = []
    for penalty in _PENALTIES:
        if stopped():
            break
        start = _fit(x, problem, penalty, reach, start, stopped)
        parts = start[1:] / np.r_[scale[live], scale[live]]
        share = np.divide(parts, reach, out=np.zeros(2 * k), where=reach > 0.0)
        if not np.any(share > 0.0):
            continue
        for quantile in _QUANTILES:
            factor = 1.0 / np.quantile(share[share > 0.0], quantile)
            points = np.zeros(len(low))
            points[0] = np.round(factor * start[0])
            points[live + 1] = np.round(factor * (parts[:k] - parts[k:]))
            if problem.max_size is not None:
                strength = np.abs(points[1:]) * scale
                points[1 + np.argsort(-strength, kind="stable")[problem.max_size :]] = 0.0
            starts.append(np.clip(points, low, high))
    return np.unique(np.array(starts), axis=0) if starts else np.zeros((0, len(low)))


def _fit(
    x: FloatArray,
    problem: ThresholdProblem,
    penalty: float,
    reach: FloatArray,
    start: FloatArray,
    stopped: Callable[[], bool],
) -> FloatArray:
    """Intercept, positive and negative parts of the penalised coefficients."""
    # Most programs end without it, and it takes long to load.
    from scipy.optimize import minimize

    k, n = x.shape[1], len(x)
    total = math.fsum([*problem.positive[:n].tolist(), *problem.negative[:n].tolist()])
    positive, negative = problem.positive[:n] / total, problem.negative[:n] / total

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        scores = point[0] + x @ (point[1 : k + 1] - point[k + 1 :])
        value = positive @ np.logaddexp(0.0, -scores) + negative @ np.logaddexp(0.0, scores)
        slope = negative * expit(scores) - positive * expit(-scores)
        gradient = slope @ x
        parts = np.r_[slope.sum(), gradient + penalty, penalty - gradient]
        return float(value + penalty * point[1:].sum()), parts

    def watch(_: FloatArray) -> None:
        if stopped():
            raise StopIteration

    bounds = [(None, None), *((0.0, None if end > 0.0 else 0.0) for end in reach)]
    options = {"maxiter": _ITERATIONS}
    found: FloatArray = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options, callback=watch
    ).x
    return found
