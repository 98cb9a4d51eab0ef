"""The best score that leaves few people without a way: a rule for training.

Whether a prediction is fixed depends on the points through what each person can change, which is
no linear rule. But scores come in the order of their objectives from a pool, and each is looked at
in milliseconds: the first one that keeps the rule is the best one that does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from riskslim.errors import InfeasibleError, LimitError, OptionError
from riskslim.recourse.actions import Actions
from riskslim.recourse.result import fixed_predictions, target_of
from riskslim.scores.risk import RiskScore
from riskslim.solvers.result import SearchOptions

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["ScoreWithRecourse", "best_with_recourse"]


@dataclass(frozen=True, eq=False)
class ScoreWithRecourse:
    """The best score of which at most so many predictions are fixed.

    Attributes
    ----------
    score : RiskScore
        Its rules say this one.
    fixed : float
        Share of the people whose prediction is fixed.
    unruled : float
        The same of the best score without the rule.
    looked_at : int
        Scores that were looked at, in the order of their objectives.
    is_proved : bool
        Whether no score with a smaller objective, each at its best multiplier and intercept, keeps
        the rule.
    """

    score: RiskScore
    fixed: float
    unruled: float
    looked_at: int
    is_proved: bool


def best_with_recourse(
    problem: RiskSLIMProblem,
    X: Any,
    actions: Mapping[str, Any] | str | os.PathLike[str] | Actions,
    target_risk: float,
    at_most: float,
    *,
    wanted: Literal["low", "high"] = "low",
    tolerance: float = 0.05,
    limit: int = 1000,
    options: SearchOptions | None = None,
    **limits: Any,
) -> ScoreWithRecourse:
    """Find the best score of which at most a share of some people have fixed predictions.

    Parameters
    ----------
    problem : RiskSLIMProblem
        With all other rules.
    X : DataFrame or array-like of shape (n, d)
        The people, as the scores read them.
    actions, target_risk, wanted
        As for `find_recourse`.
    at_most : float
        Share of the people, from 0 to 1.
    tolerance : float
        Look at scores whose objective is at most so much above the optimum.
    limit : int
        Look at so many of them.
    options, **limits
        As for `RiskSLIMProblem.pool`.

    Raises
    ------
    OptionError
        A number or the actions mean nothing.
    InfeasibleError
        No score that was looked at keeps the rule; says the smallest share.
    LimitError
        The same, where a limit ended the search or the looking.
    KeyboardInterrupt
        The same, where Ctrl-C did.
    """
    if isinstance(at_most, bool) or not 0 <= at_most <= 1:
        raise OptionError(f"at_most={at_most!r}: give a share from 0 to 1")
    chosen = Actions.read(actions)
    begin, options = time.monotonic(), SearchOptions.given(options, limits)
    pool = problem.pool(tolerance, limit=limit, options=options)
    is_whole = pool.status == "optimal"
    shares: list[float] = []
    for score in pool:
        if options.interrupted() or time.monotonic() - begin >= options.time_limit:
            is_whole = False
            break
        fixed = fixed_predictions(score, X, chosen, target_risk, wanted)
        shares.append(float(fixed.mean()))
        if shares[-1] <= at_most:
            target, _ = target_of(score, target_risk, wanted)
            rule = f"at most {at_most:.4g} of {len(fixed):,} people cannot reach {target}"
            return ScoreWithRecourse(
                replace(score, rules=(*score.rules, rule)),
                shares[-1],
                shares[0],
                len(shares),
                is_whole,
            )
    least = f"; the smallest share is {min(shares):.1%}" if shares else ""
    if options.interrupted():
        raise KeyboardInterrupt
    if not is_whole:
        raise LimitError(
            f"stopped at a limit after {len(shares):,} scores, none of which keeps the fixed "
            f"predictions at {at_most:.1%}{least}; raise the limit"
        )
    raise InfeasibleError(
        f"none of the {len(shares):,} scores within {pool.tolerance:.4g} of the optimum keeps the "
        f"fixed predictions at {at_most:.1%}{least}; give a larger tolerance, limit or share",
        ("fixed predictions",),
    )
