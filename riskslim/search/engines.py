"""Which search takes a problem: both prove what they say, they differ in what they can state."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from riskslim.constraints import RateSums
from riskslim.errors import OptionError
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.exact import LARGEST_WHOLE
from riskslim.solvers.result import SearchOptions, SearchResult, Status

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = [
    "PROOFS",
    "Engine",
    "Run",
    "choose_engine",
    "cutting_planes",
    "search_supports",
    "search_with_rates",
]

Engine = Literal["auto", "supports", "lcpa"]

# How an engine that ran to its end proved the optimum.
PROOFS = {
    "supports": "search over supports (leaps and bounds, exact search of the points)",
    "lcpa": "lattice cutting planes (one tree, bounds from safe LP duals)",
}
_NAMES = {"supports": "search over supports", "lcpa": "lattice cutting planes"}


@dataclass(frozen=True)
class Run:
    """One run of one engine.

    Attributes
    ----------
    engine : str
        ``"supports"`` or ``"lcpa"``.
    result : SearchResult
        What it found and proved.
    heuristics : tuple of (float, float), optional
        Best objective of the opening heuristics, and the seconds that they took.
    only_root : bool
        Whether it was asked for the bound of the root alone.
    """

    engine: str
    result: SearchResult
    heuristics: tuple[float, float] | None = None
    only_root: bool = False

    @property
    def proof(self) -> str:
        """Where its lower bound comes from."""
        if self.result.status in (Status.OPTIMAL, Status.INFEASIBLE):
            return PROOFS[self.engine]
        if self.only_root:
            return "root bound of the lattice cutting planes (safe LP duals)"
        return f"least bound of the open nodes of the {_NAMES[self.engine]}, which was cut short"

    @property
    def log(self) -> tuple[str, ...]:
        """What was done, in short sentences."""
        result = self.result
        sentences = []
        if self.heuristics is not None:
            objective, seconds = self.heuristics
            sentences.append(f"heuristics: objective {_number(objective)} after {seconds:.2f} s")
        name = _NAMES[self.engine] + (", root alone" if self.only_root else "")
        ended = "" if self.only_root else f", {result.status}"
        sentences.append(
            f"{name}: {result.seconds['total']:.2f} s, objective {_number(result.objective)}, "
            f"bound {_number(result.lower_bound)}{ended}"
        )
        return tuple(sentences)


def _number(value: float) -> str:
    return f"{value:.10g}" if math.isfinite(value) else "none"


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
    obstacle = _obstacle(statement)
    if engine == "supports" and obstacle:
        raise OptionError(f"engine='supports' cannot honour {obstacle}; use 'auto' or 'lcpa'")
    if engine == "auto":
        return "lcpa" if obstacle else "auto"
    return engine


def _obstacle(statement: Statement) -> str:
    """Say what the search over supports cannot state, or nothing."""
    d = len(statement.feature_names)
    if statement.further:
        return f"variables beyond points and indicators ({statement.further[0]!r})"
    if np.any(statement.cost[: d + 1]) or np.any(statement.cost[d + 1 :] < 0):
        return "costs on points, or negative costs of features"
    bounds = statement.lower[: d + 1], statement.upper[: d + 1]
    if any(np.abs(bound).max() >= LARGEST_WHOLE for bound in bounds):
        return f"points or an intercept beyond {LARGEST_WHOLE:g}"
    return ""


def cutting_planes(
    problem: RiskSLIMProblem,
    statement: Statement,
    options: SearchOptions,
    start: FloatArray | None = None,
    only_root: bool = False,
) -> Run:
    """Run the lattice cutting-plane algorithm, from a point of all columns if one is known."""
    from riskslim.search.level_set import within_level_set
    from riskslim.solvers.lcpa import minimise

    begin = time.monotonic()
    start = _empty_score(problem, statement) if start is None else start
    statement = within_level_set(problem, statement, start, options.time_limit)
    rows, start = statement.as_rows, statement.as_rows.lifted(start)
    left = max(options.time_limit - (time.monotonic() - begin), 0.0)
    options = replace(options, time_limit=left)
    step = np.ones(len(rows.names))
    if statement.step is not None:
        step[1 : len(statement.step) + 1] = statement.step
    program = rows.in_steps(statement.step).program(
        problem.oracle(options.threads, statement.step, _never_used(statement)), problem.scales
    )
    result = minimise(program, options, () if np.any(start % step) else (start / step,))
    if result.point is not None:
        result = replace(result, point=(result.point * step)[: len(statement.names)])
    return Run("lcpa", result, only_root=only_root)


def _never_used(statement: Statement) -> BoolArray:
    """Features without points: their values, however large, have no part in a cut."""
    d = len(statement.feature_names)
    never: BoolArray = (statement.lower[1 : d + 1] == 0) & (statement.upper[1 : d + 1] == 0)
    return never


def _empty_score(problem: RiskSLIMProblem, statement: Statement) -> FloatArray:
    """No points, and the intercept next to the logarithm of the odds: a first incumbent."""
    data, point = problem.data, np.zeros(len(statement.names))
    odds = math.log(data.positive.sum() / data.negative.sum())
    low, high = problem.scale_range
    multiplier = min(max(1.0, low), high)
    point[0] = np.clip(np.rint(multiplier * odds), statement.lower[0], statement.upper[0])
    return point


def search_supports(
    problem: RiskSLIMProblem,
    statement: Statement,
    options: SearchOptions,
    start: FloatArray | None = None,
    known_bound: float = 0.0,
) -> Run:
    """Run the search over supports, from a point of all columns if one is known."""
    from riskslim.search.lattice import support_problem
    from riskslim.solvers.supports import search

    d = problem.data.n_features
    answer = search(
        support_problem(problem, statement),
        options,
        starts=None if start is None else start[np.newaxis, : d + 1].astype(np.int64),
        known_bound=known_bound,
    )
    point, objective, loss, scale = None, math.inf, math.inf, 1.0
    if answer.best is not None:
        point = np.append(answer.best.points, answer.best.points[1:] != 0).astype(np.float64)
        objective, loss = answer.best.objective, answer.best.loss
        scale = 1.0 / answer.best.multiplier
    opening = answer.seconds["heuristics"]
    early = [found for seconds, found in answer.trace if seconds <= opening]
    return Run(
        "supports",
        SearchResult(
            status=answer.status,
            point=point,
            objective=objective,
            oracle_value=loss,
            lower_bound=answer.lower_bound,
            nodes=answer.nodes,
            cuts=0,
            lps=0,
            seconds=answer.seconds,
            scale=scale,
        ),
        heuristics=(early[-1], opening) if early and start is None else None,
    )


def search_with_rates(
    problem: RiskSLIMProblem, statement: Statement, options: SearchOptions
) -> Run:
    """Run the search over supports under limits on rates, from a score that obeys them.

    Bounds on the loss ignore the limits and hold all the same; points are checked against
    them as soon as their totals are known well enough. Without a score that obeys the limits there
    would be nothing to compare bounds with, so the best score without them is moved to one.
    """
    begin = time.monotonic()
    statement = statement.tightened()
    start = start_with_rates(problem, statement, options)
    left = replace(options, time_limit=max(options.time_limit - (time.monotonic() - begin), 0.0))
    found = search_supports(problem, statement, left, start)
    seconds = found.result.seconds | {"total": time.monotonic() - begin}
    return replace(found, result=replace(found.result, seconds=seconds))


def start_with_rates(
    problem: RiskSLIMProblem, statement: Statement, options: SearchOptions
) -> FloatArray | None:
    """Points that obey limits on rates, from the best score of the heuristics without them."""
    from riskslim.search.rate_starts import allowed_start

    begin = time.monotonic()
    free = statement.without(RateSums)
    opening = search_supports(problem, free, replace(options, node_limit=0))
    if opening.result.point is None:
        return None
    points = opening.result.point[: problem.data.n_features + 1]
    left = max(options.time_limit - (time.monotonic() - begin), 0.0)
    multiplier = problem.best_multiplier(points)
    return allowed_start(problem, statement, points, multiplier, replace(options, time_limit=left))
