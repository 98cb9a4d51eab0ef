"""Bounds of points that a known score implies where values are large."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from riskslim.problems.checking import broken_at
from riskslim.problems.statement import Statement
from riskslim.solvers import _native
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["within_level_set"]


def within_level_set(
    problem: RiskSLIMProblem, statement: Statement, start: FloatArray, seconds: float
) -> Statement:
    """Narrow the bounds of points to what a known score leaves.

    No cost is negative, so a score at least as good as the known one has a loss of at most the
    known objective: a convex set of coefficients, and a small one where values are large.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Gives the data and the range of the multiplier.
    statement : Statement
        Its own, or one that a Pyomo model extended.
    start : ndarray of shape (n,)
        A score as a point of all columns; does nothing where it breaks a rule.
    seconds : float
        Limit of time.

    Returns
    -------
    Statement
        With narrower bounds of points where some column is wide, else the same.
    """
    d = len(statement.feature_names)
    cost = statement.cost
    if np.any(cost[: d + 1]) or np.any(cost < 0) or np.any((cost > 0) & (statement.lower < 0)):
        return statement
    outside = np.any(start < statement.lower) or np.any(start > statement.upper)
    if outside or broken_at(statement, start):
        return statement
    data = problem.data
    objective = problem.loss(start[: d + 1]) + float(cost @ start)
    low, high = _native.narrowed_box(
        np.ascontiguousarray(data.features),
        np.ascontiguousarray(data.positive),
        np.ascontiguousarray(data.negative),
        np.ascontiguousarray(statement.lower[: d + 1]),
        np.ascontiguousarray(statement.upper[: d + 1]),
        *problem.scale_range,
        objective * (1.0 + 1e-12),
        min(seconds, 1e18),
    )
    lower, upper = statement.lower.copy(), statement.upper.copy()
    own = slice(1 if problem.has_real_intercept else 0, d + 1)
    lower[own], upper[own] = low[own], high[own]
    return replace(statement, lower=lower, upper=upper).tightened()
