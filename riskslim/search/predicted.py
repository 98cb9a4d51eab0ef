"""Rules on rates as sums over who is predicted yes, for the searches that check points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskslim.constraints import RateLimit, RateParity, Row
from riskslim.constraints.rates import row_of
from riskslim.problems.groups import without_switches
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.supports import PredictionSums

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem

__all__ = ["Predicted", "coefficients_of", "stated_rates", "without_predictions"]


@dataclass(frozen=True)
class Predicted:
    """A statement whose rules on rates stand apart.

    Attributes
    ----------
    statement : Statement
        Without their rows and 0-1 variables.
    sums : PredictionSums
        What they say.
    rules : tuple of (RateLimit or RateParity)
        The rules themselves.
    """

    statement: Statement
    sums: PredictionSums
    rules: tuple[RateLimit | RateParity, ...]


def stated_rates(
    problem: ScoreProblem, statement: Statement
) -> Iterator[tuple[RateLimit | RateParity, list[Row]]]:
    """Rules on rates whose rows all stand in a statement, with these rows."""
    names = set(statement.row_names)
    for rule in problem.constraints:
        if isinstance(rule, RateLimit | RateParity):
            rows = problem.rows_of(rule.name)
            if names.issuperset(row.name for row in rows):
                yield rule, rows


def coefficients_of(rows: list[Row], n: int) -> FloatArray:
    """Coefficients of rows over "yes" on each of n distinct rows, of shape (m, n)."""
    coefficients = np.zeros((len(rows), n))
    for own, row in zip(coefficients, rows, strict=True):
        for name, coefficient in row.binaries.items():
            own[row_of(name)] = coefficient
    return coefficients


def without_predictions(problem: ScoreProblem, statement: Statement) -> Predicted | None:
    """Take the rules on rates out of a statement; None where there are none, or not they alone.

    Parameters
    ----------
    problem : ScoreProblem
        Gives data and rules.
    statement : Statement
        Its own, or one that a Pyomo model extended.
    """
    own = 2 * problem.data.n_features + 1
    rules, sums, cuts = [], list[Row](), list[tuple[float, bool]]()
    taken: set[str] = set()
    for rule, rows in stated_rates(problem, statement):
        rules.append(rule)
        taken.update(row.name for row in rows)
        # The other rows tie "yes" to the totals.
        said = [row for row in rows if not row.points]
        sums += said
        cuts += [rule.cut(problem.data)] * len(said)
    bare = statement.without_rows(taken).trimmed()
    held = np.any(statement.lower[own:] != 0) or np.any(statement.upper[own:] != 1)
    if not rules or held or len(without_switches(bare).statement.names) > own:
        return None
    limits = PredictionSums(
        coefficients=coefficients_of(sums, problem.data.n_distinct),
        threshold=np.array([threshold for threshold, _ in cuts]),
        with_intercept=np.array([included for _, included in cuts], dtype=np.bool_),
        lower=np.array([row.lower for row in sums]),
        upper=np.array([row.upper for row in sums]),
    )
    return Predicted(bare, limits, tuple(rules))
