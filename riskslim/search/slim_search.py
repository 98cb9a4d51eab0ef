"""SLIM by the certified search over boxes of points."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from riskslim.constraints import RateSums
from riskslim.problems.statement import Statement
from riskslim.search.engine import Check, Known, bounding_only, sentence
from riskslim.search.lattice import stated_over_points
from riskslim.search.searchable import Limits, Searchable, searchable
from riskslim.search.values import within_values
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.highs import infeasible
from riskslim.solvers.result import PROVED_GAP, SearchOptions, SearchResult, Status
from riskslim.solvers.threshold import (
    PredictionLimits,
    ThresholdProblem,
    search,
)

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["Boxes", "best_obeying", "run_heuristic", "run_search", "with_points"]

_SETTLED = (Status.OPTIMAL, Status.PRECISION_LIMIT, Status.INFEASIBLE)


class Boxes:
    """The search over boxes of points."""

    name = "search"
    method = "SLIM"

    def handles(self, problem: SLIMProblem, statement: Statement) -> str | None:
        """Say what it cannot state: variables beyond points and indicators."""
        stated = searchable(problem, statement)
        return stated if isinstance(stated, str) else None

    def run(
        self, problem: SLIMProblem, statement: Statement, options: SearchOptions, known: Known
    ) -> SearchResult:
        """Search, unless rules leave no points at all: it would find that out one by one."""
        if statement.values:

            def solve(bare: Statement, options: SearchOptions, known: Known) -> SearchResult:
                return self.run(problem, bare, options, known)

            return within_values(statement.tightened(), options, known, solve, has_steps=False)
        stated = searchable(problem, statement)
        assert isinstance(stated, Searchable)
        quarter = replace(options, time_limit=options.time_limit / 4)
        rows = stated.statement.as_rows
        if len(rows.row_names) > 1 and infeasible(rows, options=quarter):
            return SearchResult(Status.INFEASIBLE, lower_bound=math.inf, seconds={"total": 0.0})
        return run_search(problem, stated, options, known.check, known.start)


def run_search(
    problem: SLIMProblem,
    stated: Searchable,
    options: SearchOptions,
    check: Check,
    start: FloatArray | None = None,
) -> SearchResult:
    """Search boxes of points for the best score.

    Rules on rates are about predictions, in which a negative row with a total of 0 is right,
    while the objective counts it as an error. The search checks sums over who is predicted yes
    wherever it weighs a score, but bounds boxes without them; limits on the weight of errors, as
    the objective counts them, it bounds with. For limits that speak of negative rows two
    searches with such limits come first. One lowers all scores by half a step between scores, which
    makes errors of wrong predictions everywhere: its optimum a bounds the objective from below. The
    other takes a total of 0 for an error everywhere; let its optimum be b. A score without negative
    rows at 0 satisfies the limits in either reading, hence costs b or more. Any other has
    a negative row at 0, which the first search does not count: it costs at least a plus the weight
    of the lightest negative row over W. The lesser of the two is a bound. Where no score attains
    it a third search checks predictions instead.

    Parameters
    ----------
    problem : SLIMProblem
        What to solve.
    stated : Searchable
        By `searchable`.
    options : SearchOptions
        Limits, seed and threads.
    check : callable
        Gives the rules that points break.
    start : ndarray of int, shape (d + 1,), optional
        A good score.
    """
    if not stated.on_negatives:
        return _one(problem, stated, options, start, "search over boxes of points")
    by_predictions = replace(
        stated,
        limits=Limits(false_negative=stated.limits.false_negative),
        others=(*stated.on_negatives, *stated.others),
        on_negatives=(),
    )
    if not stated.half_step:
        return run_search(problem, by_predictions, options, check, start)
    share = replace(bounding_only(options), time_limit=options.time_limit / 2)
    lowered = _one(problem, stated, share, start, "search with scores lowered", stated.half_step)
    if lowered.status in (Status.INFEASIBLE, Status.INTERRUPTED):
        return lowered
    runs = [lowered]
    bound = lowered.lower_bound
    if not _closed(problem, runs, bound, check):
        rest = bounding_only(_rest(options, runs), is_bound=False)
        runs.append(_one(problem, stated, rest, lowered.point, "search of errors"))
        lightest = float(problem.negative[problem.negative > 0].min()) / problem.total_weight
        bound = max(bound, min(runs[-1].lower_bound, bound + lightest))
    ended = all(run.status in _SETTLED for run in runs)
    if ended and not _closed(problem, runs, bound, check):
        best = best_obeying(problem, runs, check)
        runs.append(run_search(problem, by_predictions, _rest(options, runs), check, best))
        bound = max(bound, runs[-1].lower_bound)
    unsettled = [run.status for run in runs if run.status not in _SETTLED]
    closed = _closed(problem, runs, bound, check)
    return replace(
        with_points(problem, lowered, best_obeying(problem, runs, check)),
        status=Status.OPTIMAL if closed else [*unsettled, runs[-1].status][0],
        lower_bound=bound,
        nodes=sum(run.nodes for run in runs),
        seconds={key: sum(run.seconds[key] for run in runs) for key in lowered.seconds},
        proof=runs[-1].proof,
        log=tuple(line for run in runs for line in run.log),
    )


def with_points(
    problem: SLIMProblem, result: SearchResult, points: FloatArray | None
) -> SearchResult:
    """Give a result another incumbent."""
    objective = math.inf if points is None else problem.objective(points)
    return replace(result, point=points, objective=objective)


def best_obeying(problem: SLIMProblem, runs: list[SearchResult], check: Check) -> FloatArray | None:
    """Give the best points of all runs that obey all rules.

    Those of a run on another problem, such as one with fewer rules, need not.
    """
    points = [run.point for run in runs if run.point is not None]
    obeying = [each for each in points if not check(each)]
    return min(obeying, key=problem.objective, default=None)


def _closed(problem: SLIMProblem, runs: list[SearchResult], bound: float, check: Check) -> bool:
    best = best_obeying(problem, runs, check)
    return best is not None and problem.objective(best) <= bound + PROVED_GAP


def _rest(options: SearchOptions, runs: list[SearchResult]) -> SearchOptions:
    spent = sum(run.seconds["total"] for run in runs)
    return options.less(spent)


def run_heuristic(
    problem: SLIMProblem, stated: Searchable, options: SearchOptions
) -> FloatArray | None:
    """Give a good score by the heuristic of the search alone; parameters as for `run_search`."""
    return _search(problem, stated, replace(options, node_limit=0), None, 0.0).point


def _one(
    problem: SLIMProblem,
    stated: Searchable,
    options: SearchOptions,
    start: FloatArray | None,
    name: str,
    lowered_by: float = 0.0,
) -> SearchResult:
    """Run one search; the column that lowers scores costs a point of its own."""
    result = _search(problem, stated, options, start, lowered_by)
    log = (sentence(name, result),)
    if lowered_by or _scale(stated).max() > 1:
        # Its own objective is another one: scores are lowered, or a point costs the least step.
        result = with_points(problem, result, result.point)
    extra = problem.epsilon * int(_scale(stated).min()) if lowered_by else 0.0
    return replace(
        result,
        lower_bound=result.lower_bound - extra,
        proof=f"search over boxes of points ({result.proof})",
        log=log,
    )


def _scale(stated: Searchable) -> IntArray:
    """Give the number that the points of each feature are multiples of."""
    step = stated.statement.step
    return np.ones(len(stated.statement.feature_names), dtype=np.int64) if step is None else step


def _search(
    problem: SLIMProblem,
    stated: Searchable,
    options: SearchOptions,
    start: FloatArray | None,
    lowered_by: float,
) -> SearchResult:
    """Run the search. To lower all scores, a last column of -lowered_by has 1 point."""
    begin = time.monotonic()
    scale, limits = _scale(stated), stated.limits
    plain = stated.statement.plain.in_steps(stated.statement.step)
    threshold = ThresholdProblem(
        features=problem.data.features if np.all(scale == 1) else problem.data.features * scale,
        positive=problem.positive,
        negative=problem.negative,
        **stated_over_points(stated.statement, plain),
        epsilon=problem.epsilon * int(scale.min()),
        min_error=limits.error[0],
        max_error=limits.error[1],
        min_false_positive=limits.false_positive[0],
        max_false_positive=limits.false_positive[1],
        min_false_negative=limits.false_negative[0],
        max_false_negative=limits.false_negative[1],
        predictions=_predictions(stated.others),
    )
    starts = None
    if start is not None and not np.any(start[1:] % scale):
        starts = np.append(start[:1], start[1:] // scale).astype(np.int64)[np.newaxis]
    if lowered_by:
        threshold = _lowered(threshold, lowered_by)
        starts = None if starts is None else np.append(starts, [[1]], axis=1)
    result = search(threshold, options.since(begin), starts=starts)
    point = result.point
    return replace(
        result, point=None if point is None else point[: len(scale) + 1] * np.append(1, scale)
    )


def _predictions(parts: tuple[RateSums, ...]) -> PredictionLimits | None:
    """Give sums over who is predicted yes as limits of the search."""
    if not parts:
        return None
    return PredictionLimits(
        np.vstack([part.coefficients for part in parts]),
        np.concatenate([part.lower for part in parts]),
        np.concatenate([part.upper for part in parts]),
    )


def _lowered(problem: ThresholdProblem, by: float) -> ThresholdProblem:
    rows = problem.rows

    def wider(matrix: FloatArray) -> FloatArray:
        return np.column_stack([matrix, np.zeros(len(matrix))])

    n = len(problem.features)
    return replace(
        problem,
        features=np.column_stack([problem.features, np.full(n, -by)]),
        lower=np.append(problem.lower, 1.0),
        upper=np.append(problem.upper, 1.0),
        switch_cost=np.append(problem.switch_cost, 0.0),
        min_size=problem.min_size + 1,
        max_size=None if problem.max_size is None else problem.max_size + 1,
        rows=rows
        and replace(rows, on_points=wider(rows.on_points), on_indicators=wider(rows.on_indicators)),
    )
