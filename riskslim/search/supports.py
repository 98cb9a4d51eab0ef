"""RiskSLIM by the search over supports: what it can state, and how."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from riskslim.constraints import RateSums, Values
from riskslim.problems.statement import Statement
from riskslim.search.engine import Check, Known, bounding_only, described
from riskslim.search.lattice import support_problem
from riskslim.search.values import within_values
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.exact import LARGEST_WHOLE
from riskslim.solvers.result import SearchOptions, SearchResult
from riskslim.solvers.support_result import Pause, SupportsResult

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["Supports", "opening_score", "start_with_rates"]

_PROOF = "search over supports (leaps and bounds, exact search of the points)"


class Supports:
    """The search over supports: orders of magnitude faster than a tree where it applies."""

    name = "supports"
    method = "RiskSLIM"

    def handles(self, problem: RiskSLIMProblem, statement: Statement) -> str | None:
        """Say what it cannot state: variables beyond points and indicators."""
        return _obstacle(problem, statement)

    def run(
        self,
        problem: RiskSLIMProblem,
        statement: Statement,
        options: SearchOptions,
        known: Known,
        pause: Pause | None = None,
    ) -> SearchResult:
        """Search; under limits on rates from a score that obeys them.

        Bounds on the loss ignore the limits and hold all the same; points are checked against
        them as soon as their totals are known well enough. Without a score that obeys the limits
        there would be nothing to compare bounds with, so the best score without them is moved to
        one. Among the values of a list, range by range, it waits for nobody.
        """
        if statement.values:
            return self._within_values(problem, statement, options, known)
        begin = time.monotonic()
        starts = () if known.start is None else (known.start,)
        bound = max(known.bound, 0.0)  # no cost is negative here
        statement = statement.tightened()
        if statement.rates:
            moved = start_with_rates(problem, statement, options)
            starts = starts if moved is None else (*starts, moved)
        before = time.monotonic() - begin
        result = _search(problem, statement, options.less(before), starts, bound, pause)
        total = before + result.seconds["total"]
        return replace(result, seconds=result.seconds | {"total": total})

    def _within_values(
        self,
        problem: RiskSLIMProblem,
        statement: Statement,
        options: SearchOptions,
        known: Known,
    ) -> SearchResult:
        def solve(bare: Statement, options: SearchOptions, known: Known) -> SearchResult:
            return self.run(problem, bare, options, known)

        result = within_values(statement.tightened(), options, known, solve)
        return described(result, "search over supports, range by range", _PROOF)


def _obstacle(problem: RiskSLIMProblem, statement: Statement) -> str | None:
    d = len(statement.feature_names)
    if statement.values and statement.rates:
        name = next(part.name for part in statement.parts if isinstance(part, Values))
        return f"limits on rates where {problem.sentence(name)}"
    if statement.further:
        return f"variables beyond points and indicators ({statement.further[0]!r})"
    if np.any(statement.cost[: d + 1]) or np.any(statement.cost[d + 1 :] < 0):
        return "costs on points, or negative costs of features"
    bounds = statement.lower[: d + 1], statement.upper[: d + 1]
    if any(np.abs(bound).max() >= LARGEST_WHOLE for bound in bounds):
        return f"points or an intercept beyond {LARGEST_WHOLE:g}"
    return None


def _search(
    problem: RiskSLIMProblem,
    statement: Statement,
    options: SearchOptions,
    starts: tuple[FloatArray, ...] = (),
    known_bound: float = 0.0,
    pause: Pause | None = None,
) -> SearchResult:
    from riskslim.solvers.supports import search

    columns = problem.data.n_features + 1

    def told(answer: SupportsResult) -> SearchResult:
        opening = answer.seconds["heuristics"]
        early = [objective for seconds, objective in answer.trace if seconds <= opening]
        heuristics = [f"heuristics: objective {best:.10g} after {opening:.2f} s" for best in early]
        before = () if starts else tuple(heuristics[-1:])
        return described(answer, "search over supports", _PROOF, before)

    answer = search(
        support_problem(problem, statement),
        options,
        starts=np.array([start[:columns] for start in starts]) if starts else None,
        known_bound=known_bound,
        pause=pause and pause.between(told, lambda points: points),
    )
    return told(answer)


def opening_score(
    problem: RiskSLIMProblem, statement: Statement, options: SearchOptions, check: Check
) -> FloatArray | None:
    """Give the score of the opening heuristics, for a search that has none to start from.

    None where these cannot state the problem, or find no score that obeys all rules.
    """
    if Supports().handles(problem, statement) is not None:
        return None
    options = bounding_only(options, is_bound=False)
    if statement.rates:
        point = start_with_rates(problem, statement, options)
    else:
        point = _search(problem, statement, replace(options, node_limit=0)).point
    return None if point is None or check(point) else point


def start_with_rates(
    problem: RiskSLIMProblem, statement: Statement, options: SearchOptions
) -> FloatArray | None:
    """Points that obey limits on rates, from the best score of the heuristics without them."""
    from riskslim.search.rate_starts import allowed_start

    begin = time.monotonic()
    opening = _search(problem, statement.without(RateSums), replace(options, node_limit=0))
    if opening.point is None:
        return None
    rest = options.less(time.monotonic() - begin)
    multiplier = problem.best_multiplier(opening.point)
    return allowed_start(problem, statement, opening.point, multiplier, rest)
