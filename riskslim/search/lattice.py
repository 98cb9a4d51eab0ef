"""A statement as the search over supports reads it: points, sizes and rows as plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.problems.rows import RowForm
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import BoolArray
from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.supports import LinearModelProblem, PredictionSums

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["lattice_rows", "prediction_sums", "stated_over_points", "support_problem"]


def support_problem(problem: RiskSLIMProblem, statement: Statement) -> LinearModelProblem:
    """State a problem for the search over supports.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Gives the data and the range of the multiplier.
    statement : Statement
        Its own, or one that a Pyomo model extended; without further variables.

    Returns
    -------
    LinearModelProblem
    """
    data, max_size = problem.data, statement.size[1]
    return LinearModelProblem(
        features=data.features,
        positive=data.positive,
        negative=data.negative,
        **stated_over_points(statement, statement.plain),
        multiplier_range=problem.scale_range,
        step=None if statement.step is None else np.append(1, statement.step),
        predictions=prediction_sums(statement),
        groups=tuple(limit for limit in statement.groups if not limit.is_implied(max_size)),
        log_odds_range=problem.log_odds_range(statement),
    )


def stated_over_points(statement: Statement, rows: RowForm) -> dict[str, Any]:
    """Give box, costs, sizes and rows, by their names in `LatticeProblem`.

    Parameters
    ----------
    statement : Statement
        Without further variables.
    rows : RowForm
        Its plain rows, perhaps in steps.
    """
    d, (min_size, max_size) = len(rows.feature_names), statement.size
    return {
        "lower": np.ceil(rows.lower[: d + 1]),
        "upper": np.floor(rows.upper[: d + 1]),
        "switch_cost": np.append(0.0, rows.cost[d + 1 : rows.own]),
        "min_size": min_size,
        "max_size": max_size,
        "rows": lattice_rows(rows),
    }


def lattice_rows(rows: RowForm) -> LatticeRows:
    """All rows over points and indicators, but those that the bounds of their one point imply.

    A search without rows is many times as fast, and a sign is a row to `Statement.tightened`,
    which makes it a bound.

    Parameters
    ----------
    rows : RowForm
        The plain rows of a statement without further variables.
    """
    d, matrix = len(rows.feature_names), rows.matrix.toarray()
    # Bounds of indicators, where a Pyomo model fixed one, are rows to the searches.
    lower, upper = rows.lower[d + 1 :], rows.upper[d + 1 :]
    bound = np.flatnonzero((lower > 0) | (upper < 1))
    held = np.zeros((len(bound), d + 1))
    held[np.arange(len(bound)), bound + 1] = 1.0
    kept = ~_implied(rows)
    on_indicators = np.column_stack([np.zeros(len(matrix)), matrix[:, d + 1 :]])
    return LatticeRows(
        on_points=np.vstack([matrix[kept, : d + 1], np.zeros_like(held)]),
        on_indicators=np.vstack([on_indicators[kept], held]),
        row_lower=np.append(rows.row_lower[kept], lower[bound]),
        row_upper=np.append(rows.row_upper[kept], upper[bound]),
    )


def _implied(rows: RowForm) -> BoolArray:
    """Rows over one point that hold wherever this lies within its bounds."""
    matrix, d = rows.matrix, len(rows.feature_names)
    implied = np.zeros(matrix.shape[0], dtype=np.bool_)
    alone = np.flatnonzero(np.diff(matrix.indptr) == 1)
    at = matrix.indptr[alone]
    column, factor = matrix.indices[at], matrix.data[at]
    ends = np.sort([factor * rows.lower[column], factor * rows.upper[column]], axis=0)
    within = (ends[0] >= rows.row_lower[alone]) & (ends[1] <= rows.row_upper[alone])
    implied[alone] = within & (column <= d)
    return implied


def prediction_sums(statement: Statement) -> PredictionSums | None:
    """Give the limits on rates as sums over who is predicted yes."""
    if not statement.rates:
        return None
    cuts = [part.cut for part in statement.rates for _ in part.names]
    return PredictionSums(
        coefficients=np.vstack([part.coefficients for part in statement.rates]),
        threshold=np.array([threshold for threshold, _ in cuts]),
        with_intercept=np.array([included for _, included in cuts], dtype=np.bool_),
        lower=np.concatenate([part.lower for part in statement.rates]),
        upper=np.concatenate([part.upper for part in statement.rates]),
    )
