"""A problem as the search over supports reads it: points, sizes and rows as plain arrays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from riskslim.problems.groups import without_switches
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import BoolArray
from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.supports import LinearModelProblem, PredictionSums

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["lattice_rules", "size_limits", "support_problem", "without_idle_limits"]


def support_problem(
    problem: RiskSLIMProblem, statement: Statement, predictions: PredictionSums | None = None
) -> LinearModelProblem:
    """State a problem for the search over supports.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Gives the data and the range of the multiplier.
    statement : Statement
        Its own, or one that a Pyomo model extended; without further variables but switches of
        groups.
    predictions : PredictionSums, optional
        What rules on rates say.

    Returns
    -------
    LinearModelProblem
    """
    data, d = problem.data, problem.data.n_features
    grouped = without_switches(statement)
    min_size, max_size, rows = lattice_rules(grouped.statement)
    return LinearModelProblem(
        features=data.features,
        positive=data.positive,
        negative=data.negative,
        lower=np.ceil(statement.lower[: d + 1]),
        upper=np.floor(statement.upper[: d + 1]),
        switch_cost=np.append(0.0, statement.cost[d + 1 : 2 * d + 1]),
        min_size=min_size,
        max_size=max_size,
        rows=rows,
        multiplier_range=problem.scale_range,
        step=None if statement.step is None else np.append(1, statement.step),
        predictions=predictions,
        groups=tuple(limit for limit in grouped.limits if not limit.is_implied(max_size)),
    )


def without_idle_limits(statement: Statement) -> Statement:
    """Take limits on groups out of a statement where the limit on the size implies them all."""
    grouped = without_switches(statement)
    most = size_limits(statement)[1]
    idle = all(limit.is_implied(most) for limit in grouped.limits)
    return grouped.statement if idle else statement


def lattice_rules(statement: Statement) -> tuple[int, int, LatticeRows]:
    """Limits on the size, and all other rows over points and indicators.

    Parameters
    ----------
    statement : Statement
        Without further variables.
    """
    d = len(statement.feature_names)
    min_size, max_size, is_size = size_limits(statement)
    others = statement.matrix[np.flatnonzero(~is_size)].toarray()
    # Bounds of indicators, where a Pyomo model fixed one, are rows to the searches.
    bound = np.flatnonzero((statement.lower[d + 1 :] > 0) | (statement.upper[d + 1 :] < 1))
    held = np.zeros((len(bound), d + 1))
    held[np.arange(len(bound)), bound + 1] = 1.0
    on_indicators = np.column_stack([np.zeros(len(others)), others[:, d + 1 :]])
    rows = LatticeRows(
        on_points=np.vstack([others[:, : d + 1], np.zeros_like(held)]),
        on_indicators=np.vstack([on_indicators, held]),
        row_lower=np.append(statement.row_lower[~is_size], statement.lower[d + 1 :][bound]),
        row_upper=np.append(statement.row_upper[~is_size], statement.upper[d + 1 :][bound]),
    )
    return min_size, max_size, rows


def size_limits(statement: Statement) -> tuple[int, int, BoolArray]:
    """Limits on the number of features, and the rows that say nothing else."""
    d = len(statement.feature_names)
    matrix = statement.matrix.toarray()
    counted = np.zeros(matrix.shape[1])
    counted[d + 1 : 2 * d + 1] = 1.0
    is_size = np.all(matrix == counted, axis=1)
    least = max(0.0, *statement.row_lower[is_size], 0.0)
    most = min(float(d), *statement.row_upper[is_size], float(d))
    if least > most:
        # No score at all: left to the rows, so that the search itself says so.
        return 0, d, np.zeros_like(is_size)
    return math.ceil(least), math.floor(most), is_size
