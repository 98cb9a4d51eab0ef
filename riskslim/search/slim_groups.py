"""A first decision score that obeys limits on groups: the groups come from a logistic score."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from riskslim.problems.statement import Statement
from riskslim.search.engine import Check, bounding_only
from riskslim.search.lattice import stated_over_points
from riskslim.search.searchable import Searchable
from riskslim.search.slim_search import run_search
from riskslim.solvers._typing import BoolArray
from riskslim.solvers.result import SearchOptions, SearchResult
from riskslim.solvers.supports import LinearModelProblem, search

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["search_within_groups"]

_SECONDS, _SHARE = 10.0, 0.25  # of the time, at most
# Of the logistic score, as the estimators' own.
_MULTIPLIERS = (0.2, 50.0)


def search_within_groups(
    problem: SLIMProblem, stated: Searchable, options: SearchOptions, check: Check
) -> list[SearchResult]:
    """Search for the best score of the groups that the best logistic score found uses.

    Every score of these features alone obeys the limits on groups, which the search over boxes
    need not know then. Its bounds hold for these features alone.

    Parameters
    ----------
    problem : SLIMProblem
        Gives data and weights.
    stated : Searchable
        What the search over boxes can state, with the limits on groups that it leaves out.
    options : SearchOptions
        Limits, of which this takes a share.
    check : callable
        Gives the rules that points break.

    Returns
    -------
    list of SearchResult
        The one run, or none where no logistic score was found.
    """
    seconds = min(_SECONDS, _SHARE * options.time_limit)
    # It minimises another objective, then the problem's own within some features alone.
    options = bounding_only(options, is_bound=False)
    opening = replace(options, time_limit=seconds / 4, node_limit=0)
    found = search(_logistic(problem, stated), opening, beam_width=10)
    if found.best is None:
        return []
    used = found.best.points != 0
    within = replace(stated, statement=_without(stated.statement, ~_open(stated, used)))
    rest = replace(options, time_limit=seconds).less(found.seconds["total"])
    run = run_search(problem, within, rest, check)
    log = tuple(f"within the groups of a logistic score: {sentence}" for sentence in run.log)
    return [replace(run, log=log)]


def _logistic(problem: SLIMProblem, stated: Searchable) -> LinearModelProblem:
    """State a risk score of the same rows, range, size and rules."""
    statement = stated.statement
    points = stated_over_points(statement, statement.plain)
    return LinearModelProblem(
        features=problem.data.features,
        positive=problem.positive,
        negative=problem.negative,
        **(points | {"switch_cost": np.zeros(len(points["lower"]))}),
        multiplier_range=_MULTIPLIERS,
        step=None if statement.step is None else np.append(1, statement.step),
        groups=stated.groups,
    )


def _open(stated: Searchable, used: BoolArray) -> BoolArray:
    """Columns of the points that lie in no group but those that are used."""
    kept = np.ones(len(used), dtype=np.bool_)
    for limit in stated.groups:
        for group in limit.groups:
            if not np.any(used[list(group)]):
                kept[list(group)] = False
    return kept


def _without(statement: Statement, closed: BoolArray) -> Statement:
    """Return a copy in which these columns of the points are 0."""
    d = len(statement.feature_names)
    lower, upper = statement.lower.copy(), statement.upper.copy()
    features = np.flatnonzero(closed)
    for ends in (lower, upper):
        ends[features] = 0.0
        ends[features + d] = 0.0
    return replace(statement, lower=lower, upper=upper)
