"""Certified search for scores under the 0-1 loss: small integer points, fewest errors.

The search proves the best points of a SLIM model (Ustun and Rudin, "Supersparse linear integer
models for optimized medical scoring systems", Machine Learning 102, 2016). It branches on the
ranges of the points. A positive and a negative row whose totals cannot be far enough apart
anywhere in a box are in conflict: at least one of them is wrong. The lightest set of rows that
covers all conflicts is a vertex cover of a bipartite graph, which a maximum flow finds; it bounds
the errors of the whole box, needs no relaxation and no rounding, and is exact once the features'
points are fixed. The intercept is never branched on: it cancels in the differences, and the
best one for given points follows from one sweep over the totals.

Where that tree does not end soon, or has too many pairs of rows to look at, a linear program over
the same conflicts and the costs of the features bounds boxes and takes features out of them
(`riskslim.solvers.slim.packing`).

Limits on the weight of wrong rows count a total of 0 as wrong, as the objective does. Limits on
predictions (`PredictionLimits`) count what the score says: yes above 0, no at 0 and below. Any
rate of a subgroup, and any difference of rates, is a sum over the rows that are predicted yes: with
`y` the weight of the positive and `n` that of the negative rows of a subgroup in each merged row,
the true positive rate has coefficients y / sum(y), the false positive rate n / sum(n), the share
of yes (y + n) / sum(y + n), and the error sum(y) plus coefficients n - y. They are checked exactly
wherever a score is weighed; bounds of boxes take them in by Lagrange multipliers or ignore them,
which keeps them valid either way.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from riskslim.solvers._typing import IntArray
from riskslim.solvers.result import SearchOptions
from riskslim.solvers.slim.boxes import BoxSearch
from riskslim.solvers.slim.predictions import PredictionLimits
from riskslim.solvers.slim.problem import ThresholdProblem, count_errors
from riskslim.solvers.slim.result import ThresholdResult

__all__ = [
    "PredictionLimits",
    "ThresholdProblem",
    "ThresholdResult",
    "count_errors",
    "search",
]


def search(
    problem: ThresholdProblem,
    options: SearchOptions | None = None,
    *,
    starts: IntArray | None = None,
    effort: float = 1.0,
) -> ThresholdResult:
    """Best integer points under the 0-1 loss, proved.

    A box is closed only when its bound exceeds the incumbent's objective, or equals it where
    every point of the box has a larger sum of points: all ties are met, and the answer depends
    neither on the seed nor on the number of threads. The gap limits of the options are not
    needed: a search that ends by itself has a gap of rounding size.

    Parameters
    ----------
    problem : ThresholdProblem
        What to solve.
    options : SearchOptions, optional
        Time and node limits, threads, seed of the opening heuristic, interrupt.
    starts : ndarray of shape (s, d + 1), optional
        Integer points that are known to be good; they are moved into the box and improved.
    effort : float
        Work of the opening heuristic, a multiple of the usual one; 0 switches it off.

    Returns
    -------
    ThresholdResult
        Incumbent, bound and what it took.

    Raises
    ------
    ValueError
        Starts of another width, or an effort that is negative.
    """
    options = SearchOptions() if options is None else options
    n_columns = problem.features.shape[1] + 1
    given = np.zeros((0, n_columns)) if starts is None else np.asarray(starts, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] != n_columns:
        raise ValueError(f"starts must have {n_columns} columns, the intercept first")
    if not effort >= 0.0:
        raise ValueError("effort must not be negative")
    return BoxSearch(_without_dear_features(problem), options).run(given, effort)


def _without_dear_features(problem: ThresholdProblem) -> ThresholdProblem:
    """Leave out features that cost more than all errors together.

    A score of nothing has an objective of at most 1, where the problem allows it. A score with
    such a feature has a higher one. Their costs would take the digits of all others along.
    """
    dear = problem.switch_cost > 1.0
    dear[0] = False
    if not dear.any() or not _allows_nothing(problem):
        return problem
    return replace(
        problem,
        lower=np.where(dear, 0.0, problem.lower),
        upper=np.where(dear, 0.0, problem.upper),
        switch_cost=np.where(dear, 0.0, problem.switch_cost),
    )


def _allows_nothing(problem: ThresholdProblem) -> bool:
    """Whether points and intercept may all be 0; False where that takes more than a look."""
    rows, total = problem.rows, problem.total_weight
    errors = total, math.fsum(problem.negative), math.fsum(problem.positive)
    limits = problem.max_error, problem.max_false_positive, problem.max_false_negative
    least = problem.min_error, problem.min_false_positive, problem.min_false_negative
    return (
        bool(np.all((problem.lower <= 0.0) & (problem.upper >= 0.0)))
        and problem.min_size <= 0
        and problem.predictions is None
        and (rows is None or bool(np.all((rows.row_lower <= 0.0) & (rows.row_upper >= 0.0))))
        and all(low <= e <= high for low, e, high in zip(least, errors, limits, strict=True))
    )
