"""The continuous relaxation in cvxpy: a way to the root bound that shares nothing with the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import cvxpy

    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.problems.rows import RowForm

__all__ = ["build_relaxation"]


def build_relaxation(problem: RiskSLIMProblem) -> cvxpy.Problem:
    """Let points and indicators be real within the same bounds, switches and rows.

    A free multiplier m enters by t = 1/m and w = t·points: the loss is convex in w, and bounds,
    switches and rows hold after multiplication by t, so that all but the loss is linear in w, t
    and the indicators times t. These products are relaxed by McCormick's rows.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Its statement is read; the loss is stated on the merged rows.

    Returns
    -------
    cvxpy.Problem
        Not yet solved. Its variables are ``intercept``, ``points``, ``used`` and, where rows
        speak of more, ``others``; where the multiplier is free, all but ``used`` are times t, and
        ``scale`` is t.
    """
    import cvxpy

    cp: Any = cvxpy  # its stubs do not name the functions that it exports
    data, statement = problem.data, problem.statement.as_rows
    d = data.n_features
    others = len(statement.names) - 2 * d - 1
    intercept = cp.Variable(1, name="intercept")
    points, used = cp.Variable(d, name="points"), cp.Variable(d, name="used")
    rest = [cp.Variable(others, name="others")] if others else []
    scores = data.features @ points + intercept
    loss = (data.positive @ cp.logistic(-scores) + data.negative @ cp.logistic(scores)) / (
        data.total_weight
    )
    of_used = slice(d + 1, 2 * d + 1)
    cost = statement.cost[of_used] @ used
    if problem.scales is None:
        rules = _linear_part(cp, statement, intercept, points, used, rest, 1.0)
    else:
        low, high = problem.scales
        t, product = cp.Variable(name="scale"), cp.Variable(d, name="used times scale")
        rules = [
            *_linear_part(cp, statement, intercept, points, product, rest, t),
            *(t >= low, t <= high),
            *(
                used >= statement.lower[d + 1 : 2 * d + 1],
                used <= statement.upper[d + 1 : 2 * d + 1],
            ),
            *(product >= low * used, product <= high * used),
            *(product >= t - high * (1 - used), product <= t - low * (1 - used)),
        ]
        rules += _on_indicators_alone(statement, used)
    relaxation: cvxpy.Problem = cp.Problem(cp.Minimize(loss + cost), rules)
    return relaxation


def _linear_part(
    cp: Any, statement: RowForm, intercept: Any, points: Any, used: Any, rest: list[Any], t: Any
) -> list[Any]:
    """Bounds, switches and rows of variables that are all times t."""
    d = len(statement.feature_names)
    x = cp.hstack([intercept, points, used, *rest])
    low, high = statement.lower[1 : d + 1], statement.upper[1 : d + 1]
    rules = [
        x >= statement.lower * t,
        x <= statement.upper * t,
        points >= cp.multiply(low, used),
        points <= cp.multiply(high, used),
    ]
    for sides, sign in ((statement.row_lower, -1.0), (statement.row_upper, 1.0)):
        bounded = np.flatnonzero(np.isfinite(sides))
        if len(bounded):
            rules.append(sign * (statement.matrix[bounded] @ x) <= sign * sides[bounded] * t)
    return rules


def _on_indicators_alone(statement: RowForm, used: Any) -> list[Any]:
    """Rows that speak of nothing but indicators hold for them without t as well."""
    d = len(statement.feature_names)
    matrix = statement.matrix.toarray()
    inside = matrix[:, d + 1 : 2 * d + 1]
    alone = np.abs(matrix).sum(axis=1) == np.abs(inside).sum(axis=1)
    rules = []
    for sides, sign in ((statement.row_lower, -1.0), (statement.row_upper, 1.0)):
        bounded = np.flatnonzero(np.isfinite(sides) & alone)
        if len(bounded):
            rules.append(sign * (inside[bounded] @ used) <= sign * sides[bounded])
    return rules
