"""RiskSLIM by the lattice cutting-plane algorithm, which takes every linear row."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from riskslim.problems.checking import complete
from riskslim.problems.statement import Statement
from riskslim.search.engine import Known, described, sentence
from riskslim.search.level_set import within_level_set
from riskslim.search.supports import opening_score
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.parts import Part
from riskslim.solvers.result import SearchOptions, SearchResult, Status

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["CuttingPlanes"]

_NAME = "lattice cutting planes"
_OPENING_SHARE = 0.25  # of the time, for a score to start from
_PROOF = f"{_NAME} (one tree, bounds from safe LP duals)"


@dataclass(frozen=True)
class CuttingPlanes:
    """The tree of the lattice cutting-plane algorithm.

    Parameters
    ----------
    only_root : bool
        Whether it is asked for the bound of its root alone, by a limit of one node.
    """

    only_root: bool = False

    name = "lcpa"
    method = "RiskSLIM"

    def handles(self, problem: RiskSLIMProblem, statement: Statement) -> None:  # noqa: ARG002
        """Take every statement."""
        return

    def run(
        self,
        problem: RiskSLIMProblem,
        statement: Statement,
        options: SearchOptions,
        known: Known,
    ) -> SearchResult:
        """Grow the tree, within the level set of a first score or of an intercept alone."""
        from riskslim.solvers.lcpa import minimise

        begin = time.monotonic()
        statement = statement.tightened()
        start = known.start
        if start is None and not self.only_root and Part.START_UP in options.parts:
            share = replace(options, time_limit=_OPENING_SHARE * options.time_limit)
            start = opening_score(problem, statement, share, known.check)
        start = _start(problem, statement, start)
        statement = within_level_set(problem, statement, start, options.time_limit)
        options = options.less(time.monotonic() - begin)
        rows = statement.as_rows
        first, step = rows.lifted(start), np.ones(len(rows.names))
        if statement.step is not None:
            step[1 : len(statement.step) + 1] = statement.step
        program = rows.in_steps(statement.step).program(
            problem.oracle(
                options.threads,
                statement.step,
                _never_used(statement),
                look_up=Part.LOOK_UP in options.parts,
            ),
            problem.scales,
            problem.log_odds_range(statement),
        )
        odd = np.any((first % step)[rows.integer])
        rival = known.bound if self.only_root else -math.inf
        result = minimise(program, options, () if odd else (first / step,), rival)
        if result.point is not None:
            result = replace(result, point=(result.point * step)[: len(statement.names)])
        return self._described(result)

    def _described(self, result: SearchResult) -> SearchResult:
        if not self.only_root:
            return described(result, _NAME, _PROOF)
        is_root = result.status not in (Status.OPTIMAL, Status.INFEASIBLE)
        return replace(
            result,
            proof=f"root bound of the {_NAME} (safe LP duals)" if is_root else _PROOF,
            log=(sentence(f"{_NAME}, root alone", result, ended=""),),
        )


def _start(problem: RiskSLIMProblem, statement: Statement, known: FloatArray | None) -> FloatArray:
    """Complete a known score to all columns, or give the score without points."""
    if known is not None and len(known) < len(statement.names):
        found = complete(statement.tied, known)
        known = None if found is None else found[: len(statement.names)]
    return _empty_score(problem, statement) if known is None else known


def _empty_score(problem: RiskSLIMProblem, statement: Statement) -> FloatArray:
    """No points, and the intercept next to the logarithm of the odds: a first incumbent."""
    data, point = problem.data, np.zeros(len(statement.names))
    odds = math.log(data.positive.sum() / data.negative.sum())
    low, high = problem.scale_range
    multiplier = min(max(1.0, low), high)
    if problem.has_real_intercept:
        point[0] = problem.best_scale(point[: data.n_features + 1])[0][0]
        return point
    point[0] = np.clip(np.rint(multiplier * odds), statement.lower[0], statement.upper[0])
    return point


def _never_used(statement: Statement) -> BoolArray:
    """Features without points: their values, however large, have no part in a cut."""
    d = len(statement.feature_names)
    never: BoolArray = (statement.lower[1 : d + 1] == 0) & (statement.upper[1 : d + 1] == 0)
    return never
