"""A SLIM problem as the search over boxes of points reads it, or what stands in its way."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from riskslim.constraints import GroupsUsed, Predictions, RateSums, Row, Values
from riskslim.problems.statement import Statement
from riskslim.solvers.exact import LARGEST_WHOLE
from riskslim.solvers.groups import GroupLimit

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["Limits", "Searchable", "over_indicators", "searchable"]

_GROUP_ROWS = 300  # that state limits on groups


@dataclass(frozen=True)
class Limits:
    """Least and greatest weight of wrong predictions, in units of the objective's weights."""

    error: tuple[float, float] = (0.0, math.inf)
    false_positive: tuple[float, float] = (0.0, math.inf)
    false_negative: tuple[float, float] = (0.0, math.inf)

    def narrowed(self, kind: str, low: float, high: float) -> Limits:
        """Return a copy within further limits on one kind."""
        least, most = getattr(self, kind)
        return replace(self, **{kind: (max(least, low), min(most, high))})


@dataclass(frozen=True)
class Searchable:
    """A statement as the search over boxes takes it.

    Attributes
    ----------
    statement : Statement
        Points and indicators alone.
    limits : Limits
        What rules on rates of the whole say.
    on_negatives : tuple of RateSums
        The same of those that speak of negative rows, as sums over who is predicted yes.
    others : tuple of RateSums
        What all other rules on rates say, as such sums.
    half_step : float
        Half the distance between two neighbouring scores; 0 where the values have no common step.
    groups : tuple of GroupLimit
        Limits on groups that were left out.
    """

    statement: Statement
    limits: Limits = Limits()
    on_negatives: tuple[RateSums, ...] = ()
    others: tuple[RateSums, ...] = ()
    half_step: float = 0.0
    groups: tuple[GroupLimit, ...] = ()


def searchable(
    problem: SLIMProblem, statement: Statement, leaving_out: bool = False
) -> Searchable | str:
    """State a problem for the search over boxes, or say what it cannot honour.

    Parameters
    ----------
    problem : SLIMProblem
        Gives data and rules.
    statement : Statement
        Its own, or one that a Pyomo model extended.
    leaving_out : bool
        Leave out what it cannot honour, where that is possible: a relaxation.

    Returns
    -------
    Searchable or str
        The obstacle, in words, where there is one.
    """
    d = problem.data.n_features
    chosen = over_indicators(statement, _GROUP_ROWS)
    obstacle = _obstacle(problem, statement, chosen is None)
    if obstacle and not leaving_out:
        return obstacle
    limits, on_negatives, others = Limits(), list[RateSums](), list[RateSums]()
    for part in statement.rates:
        if part.threshold is not None:
            continue
        stated = _limit_of(problem, part)
        if stated is None:
            others.append(part)
            continue
        limits = limits.narrowed(*stated)
        if stated[0] != "false_negative":
            on_negatives.append(part)
    groups = statement.groups if chosen is None else ()
    bare = statement.without(RateSums, Predictions, GroupsUsed, Values).of_own_columns()
    bare = replace(bare, parts=(*bare.parts, *(chosen or ()))).tightened()
    # Costs of a point then differ: the least of them is a relaxation.
    if bare.step is not None and len(set(bare.step.tolist())) > 1 and not leaving_out:
        return "points that are multiples of different numbers"
    bounds = bare.lower[: d + 1], bare.upper[: d + 1]
    if any(np.abs(bound).max() >= LARGEST_WHOLE for bound in bounds):
        return f"points or an intercept beyond {LARGEST_WHOLE:g}"
    step = problem.data.step or 0.0
    return Searchable(bare, limits, tuple(on_negatives), tuple(others), step / 2.0, groups)


def over_indicators(statement: Statement, most_rows: int) -> list[Row] | None:
    """State limits on groups over indicators alone; None where it takes more than so many rows.

    More than so many groups are used exactly if some member of each of so many and one more
    groups is: a row for each such choice of members, in which a member that stands for several
    groups counts as often.

    Parameters
    ----------
    statement : Statement
        Any.
    most_rows : int
        The limit on the rows.
    """
    rows: list[Row] = []
    for limit in statement.groups:
        for choice in limit.choices():
            if len(rows) == most_rows:
                return None
            members = Counter(statement.feature_names[j - 1] for j in choice)
            name, most = f"limit on groups, row {len(rows) + 1}", float(limit.at_most)
            rows.append(Row(name, indicators=members, upper=most))
    return rows


def _obstacle(problem: SLIMProblem, statement: Statement, has_groups: bool) -> str:
    """Say what the search cannot state, or nothing."""
    for part in statement.parts:
        by_total = isinstance(part, RateSums) and part.threshold is not None
        if by_total or (isinstance(part, GroupsUsed) and has_groups):
            return problem.sentence(part.name)
        if isinstance(part, Row) and part.binaries:
            return problem.sentence(problem.rule_of(part.name))
    if statement.further:
        return f"variables beyond points and indicators ({statement.further[0]!r})"
    return ""


def _limit_of(problem: SLIMProblem, part: RateSums) -> tuple[str, float, float] | None:
    """State a limit on a rate as limits on a weight of errors; None where it is none."""
    if part.whole is None:
        return None
    data, (rate, low, high) = problem.data, part.whole
    positives, negatives = float(data.positive.sum()), float(data.negative.sum())
    if rate in ("tpr", "tnr"):
        low, high = 1.0 - high, 1.0 - low
    # A rate that all may reach limits nothing.
    low, high = (low if low > 0.0 else 0.0), (high if high < 1.0 else math.inf)
    if rate in ("tpr", "fnr"):
        weight = positives * problem.w_pos
        return "false_negative", low * weight, high * weight
    if rate in ("tnr", "fpr"):
        weight = negatives * problem.w_neg
        return "false_positive", low * weight, high * weight
    if rate == "error" and problem.w_pos == problem.w_neg:
        weight = (positives + negatives) * problem.w_pos
        return "error", low * weight, high * weight
    return None
