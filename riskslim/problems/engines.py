"""Which search takes a problem: both prove what they say, they differ in what they can state."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from riskslim.errors import OptionError
from riskslim.problems.lattice import obstacle as find_obstacle
from riskslim.problems.lattice import support_problem
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import SearchOptions, SearchResult, Status

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["PROOFS", "Engine", "choose_engine", "run"]

Engine = Literal["auto", "supports", "lcpa"]

# Seconds that the search over supports has before the cutting planes are asked.
_SLICE = 10.0

PROOFS = {
    "auto": "search over supports (leaps and bounds), and the root bound of the lattice "
    "cutting planes",
    "supports": "search over supports (leaps and bounds, exact search of the points)",
    "lcpa": "lattice cutting planes (one tree, bounds from safe LP duals)",
}


def choose_engine(statement: Statement, engine: str) -> str:
    """Name the search that takes a statement.

    The search over supports is orders of magnitude faster where it applies; the
    lattice cutting-plane algorithm takes every linear row over any variables.

    Parameters
    ----------
    statement : Statement
        Variables and rows.
    engine : {"auto", "supports", "lcpa"}
        What was asked for.

    Returns
    -------
    str
        ``"auto"`` where either search applies, else ``"supports"`` or ``"lcpa"``.

    Raises
    ------
    OptionError
        There is no such engine, or it cannot honour the statement.
    """
    if engine not in get_args(Engine):
        raise OptionError(f"engine={engine!r}: give one of {', '.join(get_args(Engine))}")
    obstacle = find_obstacle(statement)
    if engine == "supports" and obstacle:
        raise OptionError(f"engine='supports' cannot honour {obstacle}; use 'auto' or 'lcpa'")
    if engine == "auto":
        return "lcpa" if obstacle else "auto"
    return engine


def run(
    problem: RiskSLIMProblem, statement: Statement, options: SearchOptions, engine: str
) -> SearchResult:
    """Run the chosen search.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Gives the data.
    statement : Statement
        Its own, or one that a Pyomo model extended.
    options : SearchOptions
        Limits, seed and threads.
    engine : str
        As `choose_engine` names it.
    """
    if engine == "lcpa":
        return _cutting_planes(problem, statement, options)
    if engine == "supports":
        return _search_supports(problem, statement, options)
    return _portfolio(problem, statement, options)


def _portfolio(
    problem: RiskSLIMProblem, statement: Statement, options: SearchOptions
) -> SearchResult:
    """Search over supports; where that takes long, ask the cutting planes for a bound as well.

    Most problems end within the first slice. For one that does not, the root of the
    lattice cutting-plane tree bounds the objective within a second or so, also where the
    bounds of the other search are slow to leave zero. Either bound holds, so the larger does.
    """
    begin = time.monotonic()
    first = _search_supports(
        problem, statement, replace(options, time_limit=min(_SLICE, options.time_limit / 2))
    )
    left = options.time_limit - (time.monotonic() - begin)
    if first.status in (Status.OPTIMAL, Status.INFEASIBLE, Status.INTERRUPTED) or left <= 0:
        return first
    start = () if first.point is None else (first.point,)
    root = _cutting_planes(
        problem, statement, replace(options, node_limit=1, time_limit=left / 2), start
    )
    runs = [first, root]
    left = options.time_limit - (time.monotonic() - begin)
    settled = root.status in (Status.OPTIMAL, Status.INFEASIBLE, Status.INTERRUPTED)
    if first.status is Status.TIME_LIMIT and not settled and left > 0:
        best = min(runs, key=lambda run: run.objective).point
        runs.append(
            _search_supports(
                problem, statement, replace(options, time_limit=left), best, root.lower_bound
            )
        )
    best_run = min(runs, key=lambda run: run.objective)
    status = runs[-1].status
    if status is Status.NODE_LIMIT:
        status = first.status
    return SearchResult(
        status=status,
        point=best_run.point,
        objective=best_run.objective,
        oracle_value=best_run.oracle_value,
        lower_bound=max(run.lower_bound for run in runs),
        nodes=sum(run.nodes for run in runs),
        cuts=root.cuts,
        lps=root.lps,
        seconds={
            "supports": sum(run.seconds["total"] for run in runs if run is not root),
            "cutting planes": root.seconds["total"],
            "total": time.monotonic() - begin,
        },
    )


def _cutting_planes(
    problem: RiskSLIMProblem,
    statement: Statement,
    options: SearchOptions,
    start: tuple[FloatArray, ...] = (),
) -> SearchResult:
    from riskslim.solvers.lcpa import minimise

    return minimise(statement.program(problem.oracle(options.threads)), options, start)


def _search_supports(
    problem: RiskSLIMProblem,
    statement: Statement,
    options: SearchOptions,
    start: FloatArray | None = None,
    known_bound: float = 0.0,
) -> SearchResult:
    from riskslim.solvers.supports import search

    d = problem.data.n_features
    answer = search(
        support_problem(problem, statement),
        options,
        starts=None if start is None else start[np.newaxis, : d + 1].astype(np.int64),
        known_bound=known_bound,
    )
    point = None
    if answer.best is not None:
        points = answer.best.points.astype(np.float64)
        point = np.concatenate([points, points[1:] != 0])
    return SearchResult(
        status=answer.status,
        point=point,
        objective=math.inf if answer.best is None else answer.best.objective,
        oracle_value=math.inf if answer.best is None else answer.best.loss,
        lower_bound=answer.lower_bound,
        nodes=answer.nodes,
        cuts=0,
        lps=0,
        seconds=answer.seconds,
    )
