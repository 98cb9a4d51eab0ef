"""The best score that can be proved: among as many candidate features as nodes suffice for.

Among sixty candidates a search finds in its first moments what it still has at the end, and most
of its time goes into a proof that it does not finish. So the score that it finds first is proved
among fewer candidates: the features that it has itself, then more and more of those that the path
of the lasso on the same labels takes first, as long as a limited number of nodes suffices. Every
step has the score of the step before among its own, so that the score only gets better. Which
candidates the proof is among is a rule of the problem, which the score states.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from riskslim.features.lasso_path import LassoPath
from riskslim.features.screening import Screened
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.search.solution import Solution
from riskslim.solvers.parts import Part
from riskslim.solvers.result import SearchOptions, Status

__all__ = ["best_proved", "is_proved_among_kept", "proved_among_more"]

# Candidates beside the features of the score that was found first; then all of them.
_FURTHER = (0, 4, 8, 12, 16, 24, 32, 48)
# The heuristics of the search, and its first node.
_OPENING_NODES = 1


def best_proved(problem: RiskSLIMProblem, options: SearchOptions) -> Solution:
    """Search for a score, and prove it among as many candidates as its limits suffice for.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Of the candidates that screening kept, or of all.
    options : SearchOptions
        Seconds and nodes are those of all searches together.

    Returns
    -------
    Solution
        Of the problem, or of the same one among fewer candidates: `Solution.problem`. Not proved
        only where the limits do not suffice for the features of the score that was found first.
    """
    budget = _Budget(problem, options)
    opening = budget.search(problem, None, _OPENING_NODES)
    if opening is None or opening.points is None or opening.status is Status.OPTIMAL:
        return opening or problem.solve(options, engine="supports")
    proved = _climbed(budget, opening)
    if proved is not None:
        return proved
    whole = budget.search(problem, opening)
    return opening if whole is None else whole


def is_proved_among_kept(solution: Solution, problem: RiskSLIMProblem) -> bool:
    """Whether it is proved among all features of a problem, and screening had left others out."""
    screened = any(isinstance(rule, Screened) for rule in problem.given_rules)
    return screened and solution.problem is problem and solution.status is Status.OPTIMAL


def proved_among_more(
    solution: Solution, problem: RiskSLIMProblem, options: SearchOptions
) -> Solution | None:
    """Prove the best score among candidates of which another problem has some.

    Parameters
    ----------
    solution : Solution
        Of the problem with some of them: where the search begins.
    problem : RiskSLIMProblem
        Of all of them.
    options : SearchOptions
        Limits.

    Returns
    -------
    Solution or None
        None where the limits do not suffice, or there are no more of them.
    """
    assert solution.points is not None
    points = dict(zip(solution.feature_names, solution.points[1:], strict=True))
    names = problem.data.feature_names
    if len(names) <= len(points) or not set(points) <= set(names):
        return None
    start = np.array([solution.points[0], *(points.get(name, 0.0) for name in names)])
    options = replace(options, parts=set(options.parts) - {Part.START_UP})
    found = problem.solve(options, engine="supports", start=start)
    return found if found.status is Status.OPTIMAL else None


class _Budget:
    """Limits that searches one after the other share."""

    def __init__(self, problem: RiskSLIMProblem, options: SearchOptions) -> None:
        self.problem, self._options = problem, options
        self._end = time.monotonic() + options.time_limit
        self._nodes = math.inf if options.node_limit is None else options.node_limit

    def search(
        self, problem: RiskSLIMProblem, start: Solution | None, most: float = math.inf
    ) -> Solution | None:
        """Search on from a solution, which needs no heuristics any more; None at a limit."""
        options, left, nodes = self._options, self._end - time.monotonic(), min(self._nodes, most)
        if left <= 0.0 or nodes <= 0 or options.interrupted():
            return None
        options = replace(
            options,
            time_limit=left,
            node_limit=None if nodes == math.inf else int(nodes),
            parts=set(options.parts) - {Part.START_UP} if start else options.parts,
        )
        found = problem.solve(options, engine="supports", start=start and start.points)
        self._nodes -= found.nodes
        return found

    def among(self, kept: set[str], start: Solution) -> Solution | None:
        """Search among some of the features."""
        return self.search(_narrowed(self.problem, kept), start)


def _climbed(budget: _Budget, opening: Solution) -> Solution | None:
    """Prove a score among more and more candidates; None where its own are too many."""
    own = _used(opening)
    ordered = _by_promise(budget.problem, len(own) + max(_FURTHER))
    others = [name for name in ordered if name not in own]
    best, reached = None, 0
    for further in (*(more for more in _FURTHER if more < len(others)), len(others)):
        found = budget.among({*own, *others[:further]}, best or opening)
        if found is None or found.status is not Status.OPTIMAL:
            break
        best, reached = found, further
    if best is None or found is None or not found.objective < best.objective:
        return best
    # What was found on the way is better: its own features are candidates as well.
    again = budget.among({*own, *others[:reached], *_used(found)}, found)
    return again if again is not None and again.status is Status.OPTIMAL else best


def _used(solution: Solution) -> set[str]:
    assert solution.points is not None
    places = np.flatnonzero(solution.points[1:])
    return {solution.feature_names[j] for j in places}


def _by_promise(problem: RiskSLIMProblem, least: int) -> Sequence[str]:
    """Give all features, those first that the labels ask for first."""
    data = problem.data
    weight = data.positive + data.negative
    path = LassoPath.of(data.features, data.positive / weight, weight)
    return [data.feature_names[j] for j in path.order(least)]


def _narrowed(problem: RiskSLIMProblem, kept: set[str]) -> RiskSLIMProblem:
    """State the same problem with some of the features as candidates, which is a rule of it."""
    names = problem.data.feature_names
    barred = tuple(name for name in names if name not in kept)
    if not barred:
        return problem
    rules = problem.given_rules
    before = [rule for rule in rules if isinstance(rule, Screened)]
    candidates = before[0].candidates if before else len(names)
    rule = Screened(len(names) - len(barred), candidates, "features", barred=barred)
    return problem.changed(constraints=(rule, *(one for one in rules if one not in before)))
