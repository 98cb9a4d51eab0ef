"""Solving a SLIM problem: choose the engine, explain infeasibility, check in integers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from riskslim.errors import OptionError, RiskSlimError
from riskslim.problems.checking import broken_rows
from riskslim.problems.conflicts import infeasible_error
from riskslim.problems.slim_search import SLIMEngine, SlimRun, run_search, searchable
from riskslim.problems.statement import Statement
from riskslim.slim_solution import SLIMSolution
from riskslim.solvers._typing import IntArray
from riskslim.solvers.result import SearchOptions, Status

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["solve"]


def solve(
    problem: SLIMProblem, options: SearchOptions, model: Any = None, engine: str = "auto"
) -> SLIMSolution:
    """Search for the best score; see `SLIMProblem.solve`."""
    if engine not in get_args(SLIMEngine):
        raise OptionError(f"engine={engine!r}: give one of {', '.join(get_args(SLIMEngine))}")
    if model is None:
        statement = problem.statement
    else:
        from riskslim.problems.translate import translate

        statement = translate(problem, model)
    stated = searchable(problem, statement)
    if isinstance(stated, str):
        raise OptionError(f"engine={engine!r} cannot honour this: {stated}")
    run = run_search(problem, stated, options)
    if run.status is Status.INFEASIBLE:
        raise infeasible_error(problem, statement)
    return _checked(problem, statement, run, options, own_rules=model is None)


def _checked(
    problem: SLIMProblem,
    statement: Statement,
    run: SlimRun,
    options: SearchOptions,
    own_rules: bool,
) -> SLIMSolution:
    """Make a solution of a run, after checking the incumbent without the engine's help."""
    facts: dict[str, Any] = {"objective": math.inf, "loss": math.inf}
    points, notes = run.points, []
    if points is not None:
        broken = (
            problem.violations(points)
            if own_rules
            else broken_rows(statement, points.astype(np.float64))
        )
        if broken:
            raise RiskSlimError(
                "the search returned a score that breaks its constraints, which is an error in "
                f"this package; please report it: {'; '.join(broken)}"
            )
        facts = {
            "objective": problem.objective(points),
            "loss": problem.loss(points),
            **_predicted_wrongly(problem, points),
        }
        notes = _notes(problem, points)
    solution = SLIMSolution(
        status=run.status,
        points=points,
        feature_names=problem.data.feature_names,
        lower_bound=float(run.lower_bound),
        nodes=run.nodes,
        cuts=0,
        lps=run.lps,
        phase_seconds=dict(run.seconds),
        proof=run.proof,
        log=run.log,
        notes=tuple(notes),
        **facts,
    )
    if solution.status is Status.OPTIMAL and solution.absolute_gap > options.absolute_gap:
        raise RiskSlimError(
            f"the search ended as optimal at a gap of {solution.absolute_gap:g}, which is an error "
            "in this package; please report it"
        )
    return solution


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
    at_zero = ~yes & (np.abs(problem.scores(points.astype(np.float64))) <= 1e-9)
    count = int(data.negative_counts[at_zero].sum())
    return [
        f"{count} rows with a negative outcome have a total of exactly 0: they are predicted no, "
        "which is right, but the objective counts them as errors"
    ]
