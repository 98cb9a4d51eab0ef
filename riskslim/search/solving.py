"""Solving a problem: search, explain infeasibility, check the answer in integers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.problems.checking import broken_at, outside_bounds
from riskslim.problems.conflicts import infeasible_error, refuse_empty_ranges
from riskslim.problems.multiplier import note_on_range
from riskslim.problems.statement import Statement
from riskslim.search.certify import certify
from riskslim.search.engines import choose_engine, search_with_rates
from riskslim.search.portfolio import Outcome, run
from riskslim.search.solution import Solution
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import SearchOptions, Status

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["solve"]


def solve(
    problem: RiskSLIMProblem, options: SearchOptions, model: Any = None, engine: str = "auto"
) -> Solution:
    """Search for the best score; see `RiskSLIMProblem.solve`."""
    begin = time.monotonic()
    if model is None:
        statement = problem.statement
    else:
        from riskslim.models.translate import translate

        statement = translate(problem, model)
    refuse_empty_ranges(problem, statement)
    stated, statement = statement, statement.without_idle_groups()
    engine = choose_engine(statement, engine)
    if statement.rates and engine != "lcpa":
        single = search_with_rates(problem, statement, options.since(begin))
        outcome = Outcome(single.result, single.proof, single.log)
    else:
        outcome = run(problem, statement.tightened(), options.since(begin), engine)
    if outcome.result.status is Status.INFEASIBLE:
        raise infeasible_error(problem, stated, options.since(begin))
    return _checked(problem, statement, outcome, options, model is None)


def _checked(
    problem: RiskSLIMProblem,
    statement: Statement,
    outcome: Outcome,
    options: SearchOptions,
    own_rules: bool,
) -> Solution:
    """Make a solution of a result, after checking the incumbent without the search's help."""
    result, points = outcome.result, None
    status, bound = result.status, float(result.lower_bound)
    objective, loss, multiplier, note = np.inf, np.inf, 1.0, ""
    if result.point is not None:
        d = problem.data.n_features
        x = np.where(statement.integer, np.rint(result.point), result.point)
        # An indicator that a search left at 1 without need is not a feature that is used.
        x[d + 1 : 2 * d + 1] = x[1 : d + 1] != 0
        broken = [*outside_bounds(statement, x), *broken_at(statement, x)]
        if own_rules:
            broken += problem.violations(x[: d + 1])
        anew = problem.objective(x[: d + 1], 1.0 / result.scale)
        beyond = statement.further or statement.rates or statement.groups
        if problem.multiplier == "free" and not beyond:
            x = _smallest(problem, statement, x)
        multiplier = problem.best_multiplier(x[: d + 1])
        objective = problem.objective(x[: d + 1], multiplier)
        loss = problem.loss(x[: d + 1], multiplier)
        if x[: d + 1].any():
            note = note_on_range(multiplier, problem.scale_range)
        status, bound = certify(
            problem,
            x[: d + 1],
            status,
            objective,
            bound,
            options,
            multiplier=multiplier,
            claimed=(result.objective, anew),
            broken=broken,
        )
        points = x[: d + 1].astype(np.int64)
    return Solution(
        status=status,
        points=points,
        feature_names=problem.data.feature_names,
        objective=float(objective),
        loss=float(loss),
        lower_bound=bound,
        nodes=result.nodes,
        cuts=result.cuts,
        lps=result.lps,
        phase_seconds=dict(result.seconds),
        proof=outcome.proof,
        multiplier=multiplier,
        multiplier_range=problem.scale_range,
        log=outcome.log,
        notes=(note,) if note else (),
    )


def _smallest(problem: RiskSLIMProblem, statement: Statement, x: FloatArray) -> FloatArray:
    """Divide points by a common divisor: with the multiplier divided too it is the same score."""
    d = problem.data.n_features
    objective = problem.objective(x[: d + 1])
    divisor = int(np.gcd.reduce(x[: d + 1].astype(np.int64)))
    for g in range(divisor, 1, -1):
        if divisor % g:
            continue
        smaller = x.copy()
        smaller[: d + 1] /= g
        inside = (smaller >= statement.lower).all() and (smaller <= statement.upper).all()
        if (
            inside
            and not broken_at(statement, smaller)
            and problem.objective(smaller[: d + 1]) <= objective * (1.0 + 1e-15)
        ):
            return smaller
    return x
