"""The continuous relaxation in cvxpy: a way to the root bound that shares nothing with the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import cvxpy

    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["build_relaxation"]


def build_relaxation(problem: RiskSLIMProblem) -> cvxpy.Problem:
    """Let points and indicators be real within the same bounds, switches and rows.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Its statement is read; the loss is stated on the merged rows.

    Returns
    -------
    cvxpy.Problem
        Not yet solved; its variables are ``intercept``, ``points``, ``used`` and,
        where rows speak of more, ``others``.
    """
    import cvxpy

    cp: Any = cvxpy  # its stubs do not name the functions that it exports
    data, statement = problem.data, problem.statement
    d = data.n_features
    others = len(statement.names) - 2 * d - 1
    intercept = cp.Variable(1, name="intercept")
    points, used = cp.Variable(d, name="points"), cp.Variable(d, name="used")
    parts = [intercept, points, used]
    if others:
        parts.append(cp.Variable(others, name="others"))
    x = cp.hstack(parts)
    scores = data.features @ points + intercept
    loss = (data.positive @ cp.logistic(-scores) + data.negative @ cp.logistic(scores)) / (
        data.total_weight
    )
    low, high = statement.lower[1 : d + 1], statement.upper[1 : d + 1]
    rules = [
        x >= statement.lower,
        x <= statement.upper,
        points >= cp.multiply(low, used),
        points <= cp.multiply(high, used),
    ]
    for sides, sign in ((statement.row_lower, -1.0), (statement.row_upper, 1.0)):
        bounded = np.flatnonzero(np.isfinite(sides))
        if len(bounded):
            rules.append(sign * (statement.matrix[bounded] @ x) <= sign * sides[bounded])
    relaxation: cvxpy.Problem = cp.Problem(cp.Minimize(loss + statement.cost @ x), rules)
    return relaxation
