"""Solving a SLIM problem: choose the engine, explain infeasibility, check in integers."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from riskslim.errors import OptionError
from riskslim.models.slim_program import with_errors
from riskslim.problems.checking import broken_by
from riskslim.problems.conflicts import infeasible_error, refuse_empty_ranges
from riskslim.problems.statement import Statement
from riskslim.search.certify import certify
from riskslim.search.slim_groups import search_within_groups
from riskslim.search.slim_mip import run_mip
from riskslim.search.slim_search import (
    Check,
    Searchable,
    SLIMEngine,
    SlimRun,
    run_heuristic,
    run_search,
    searchable,
)
from riskslim.search.slim_solution import SLIMSolution
from riskslim.solvers._typing import IntArray
from riskslim.solvers.highs import infeasible
from riskslim.solvers.result import PROVED_GAP, SearchOptions, Status

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["solve"]

_RELAXED_SECONDS = 30.0  # of the search without the rules that it cannot state


def solve(
    problem: SLIMProblem, options: SearchOptions, model: Any = None, engine: str = "auto"
) -> SLIMSolution:
    """Search for the best score; see `SLIMProblem.solve`."""
    begin = time.monotonic()
    if engine not in get_args(SLIMEngine):
        raise OptionError(f"engine={engine!r}: give one of {', '.join(get_args(SLIMEngine))}")
    if model is None:
        statement = problem.statement
    else:
        from riskslim.models.translate import translate

        statement = translate(problem, model)
    left = options.since(begin)
    run = _run(problem, statement, left, engine, _checker(problem, statement, model))
    if run.status is Status.INFEASIBLE:
        raise infeasible_error(problem, statement, options.since(begin))
    return _checked(problem, run, options, _checker(problem, statement, model))


def _checker(problem: SLIMProblem, statement: Statement, model: Any) -> Check:
    """Give the check of a finished score: its own rules, or what a model says."""
    if model is None:
        return problem.violations
    return lambda points: broken_by(with_errors(problem, statement, points), points)


def _run(
    problem: SLIMProblem, statement: Statement, options: SearchOptions, engine: str, check: Check
) -> SlimRun:
    """Run the chosen engine, or the one that can honour the problem.

    What the search over boxes cannot state it first leaves out: its optimum bounds that of
    the problem from below, and is the problem's where it obeys all rules by itself. The
    mixed-integer program goes on from there.
    """
    refuse_empty_ranges(problem, statement)
    statement = statement.without_idle_groups()
    stated = searchable(problem, statement)
    if isinstance(stated, Searchable) and engine != "mip":
        # Rules that leave no points at all: a search would have to find out one by one.
        rows = stated.statement.as_rows
        if len(rows.row_names) > 1 and infeasible(
            rows, options=replace(options, time_limit=options.time_limit / 4)
        ):
            raise infeasible_error(problem, statement, options)
        return run_search(problem, stated, options, check)
    if engine == "search":
        raise OptionError(f"engine='search' cannot honour this: {stated}; use 'auto' or 'mip'")
    relaxed = searchable(problem, statement, leaving_out=True)
    if isinstance(relaxed, str):
        return run_mip(problem, statement, options, check)
    if engine == "mip":
        start = run_heuristic(problem, relaxed, options)
        return run_mip(problem, statement, options, check, start)
    return _from_relaxed(problem, statement, relaxed, options, check)


def _from_relaxed(
    problem: SLIMProblem,
    statement: Statement,
    relaxed: Searchable,
    options: SearchOptions,
    check: Check,
) -> SlimRun:
    """Search without the rules that the search over boxes cannot state, then with them."""
    end = time.monotonic() + options.time_limit

    def rest() -> SearchOptions:
        return replace(options, time_limit=max(end - time.monotonic(), 0.0))

    runs = []
    if relaxed.groups:
        runs += search_within_groups(problem, relaxed, options, check)
    share = replace(options, time_limit=min(_RELAXED_SECONDS, rest().time_limit / 2))
    first = run_search(problem, relaxed, share, check)
    runs.append(first)
    start = _best_obeying(problem, runs, check)
    # The search may have charged less for points than the problem does.
    gap = math.inf if start is None else problem.objective(start) - first.lower_bound
    proved = first.status is Status.OPTIMAL and gap <= max(options.absolute_gap, PROVED_GAP)
    if proved or first.status in (Status.INFEASIBLE, Status.INTERRUPTED):
        return _joined(replace(first, points=start), runs)
    run = run_mip(problem, statement, rest(), check, start, first.lower_bound)
    return _joined(run, [*runs, run])


def _best_obeying(problem: SLIMProblem, runs: list[SlimRun], check: Check) -> IntArray | None:
    """Give the best points that obey all rules."""
    found = [run.points for run in runs if run.points is not None]
    obeying = [points for points in found if not check(points.astype(np.float64))]
    return min(obeying, key=problem.objective, default=None)


def _joined(last: SlimRun, runs: list[SlimRun]) -> SlimRun:
    """Give the answer of the last run, and the work of all."""
    seconds: dict[str, float] = {}
    for run in runs:
        for phase, spent in run.seconds.items():
            seconds[phase] = seconds.get(phase, 0.0) + spent
    return replace(
        last,
        nodes=sum(run.nodes for run in runs),
        lps=sum(run.lps for run in runs),
        seconds=seconds,
        log=tuple(sentence for run in runs for sentence in run.log),
    )


def _checked(
    problem: SLIMProblem,
    run: SlimRun,
    options: SearchOptions,
    check: Check,
) -> SLIMSolution:
    """Make a solution of a run, after checking the incumbent without the engine's help."""
    facts: dict[str, Any] = {"objective": math.inf, "loss": math.inf}
    points, notes = run.points, []
    status, bound = run.status, float(run.lower_bound)
    if points is not None:
        objective = problem.objective(points)
        status, bound = certify(
            problem,
            points.astype(np.float64),
            status,
            objective,
            bound,
            options,
            claimed=None if run.objective is None else (run.objective, objective),
            broken=check(points.astype(np.float64)),
        )
        facts = {
            "objective": objective,
            "loss": problem.loss(points),
            **_predicted_wrongly(problem, points),
        }
        notes = _notes(problem, points)
    return SLIMSolution(
        status=status,
        points=points,
        feature_names=problem.data.feature_names,
        lower_bound=bound,
        nodes=run.nodes,
        cuts=0,
        lps=run.lps,
        phase_seconds=dict(run.seconds),
        proof=run.proof,
        log=run.log,
        notes=tuple(notes),
        **facts,
    )


def _predicted_wrongly(problem: SLIMProblem, points: IntArray) -> dict[str, Any]:
    """Weight and number of people whose prediction is wrong."""
    data, yes = problem.data, problem.predictions(points)
    false_positives = math.fsum(data.negative[yes].tolist())
    false_negatives = math.fsum(data.positive[~yes].tolist())
    return {
        "errors": math.fsum([false_positives, false_negatives]),
        "false_positives": false_positives,
        "false_negatives": false_negatives,
        "n_false_positives": int(data.negative_counts[yes].sum()),
        "n_false_negatives": int(data.positive_counts[~yes].sum()),
    }


def _notes(problem: SLIMProblem, points: IntArray) -> list[str]:
    """Say where the loss counts an error that is no wrong prediction."""
    data, yes = problem.data, problem.predictions(points)
    wrong = math.fsum([*problem.negative[yes].tolist(), *problem.positive[~yes].tolist()])
    if problem.loss(points) * problem.total_weight <= wrong * (1 + 1e-12):
        return []
    at_zero = data.decimals.totals(points[1:]) == -points[0]
    count = int(data.negative_counts[at_zero].sum())
    return [
        f"{count} rows with a negative outcome have a total of exactly 0: they are predicted no, "
        "which is right, but the objective counts them as errors"
    ]
