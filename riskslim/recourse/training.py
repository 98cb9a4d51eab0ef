"""The best score that leaves few people without a way: a rule for training.

Whether a prediction is fixed depends on the points through what each person can change, which is
no linear rule. But scores come in the order of their objectives from a pool, each at its best
multiplier and intercept. Of given points the rule says that a certain total, the largest that so
many people must come down to, has at most the target's log odds: linear in the two, so that their
best choice under the rule is a convex problem (`held_line`). Its objective is no smaller than the
pool's, so that once a score is found that keeps the rule, only those before it can be better.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from riskslim.errors import InfeasibleError, LimitError, OptionError
from riskslim.recourse.actions import Actions
from riskslim.recourse.held_line import held_line
from riskslim.recourse.result import extreme_totals, target_of
from riskslim.scores.pool import NEAR_OPTIMUM, objective_of
from riskslim.scores.risk import RiskScore
from riskslim.search.solution import Solution
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.odds import logit
from riskslim.solvers.result import PROVED_GAP, SearchOptions, Status

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["ScoreWithRecourse", "best_with_recourse"]

_PROOF = "scores in the order of their objectives, each at the best multiplier and intercept"


@dataclass(frozen=True, eq=False)
class ScoreWithRecourse:
    """The best score of which at most so many predictions are fixed.

    Attributes
    ----------
    score : RiskScore
        Its rules say this one, and its certificate speaks of the scores that keep it.
    fixed : float
        Share of the people whose prediction is fixed.
    unruled : float
        The same of the best score without the rule.
    looked_at : int
        Scores that were looked at, in the order of their objectives.
    """

    score: RiskScore
    fixed: float
    unruled: float
    looked_at: int

    @property
    def is_proved(self) -> bool:
        """Whether no score has a smaller objective, of any points, multiplier and intercept.

        Of those that the other rules allow and that keep this one.
        """
        assert self.score.certificate is not None
        return self.score.certificate.is_optimal


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
    status, is_ended = NEAR_OPTIMUM if pool.status == Status.OPTIMAL else pool.status, False
    search = _Search(problem, X, chosen, target_risk, wanted, at_most)
    for score, multipliers in zip(pool, pool.multipliers, strict=True):
        if objective_of(score) >= search.objective:
            is_ended = True
            break
        if options.interrupted() or time.monotonic() - begin >= options.time_limit:
            status = str(Status.INTERRUPTED if options.interrupted() else Status.TIME_LIMIT)
            break
        search.look(score, multipliers)
    else:
        is_ended = pool.complete
    if search.best is not None:
        # What was not looked at: nothing, or scores from the last one on, or any at all.
        rest = math.inf if is_ended else search.last
        if pool.status != Status.OPTIMAL:
            rest = pool.lower_bound
        if search.objective <= objective_of(pool.best) + pool.tolerance:
            return search.result(rest, status)
    shares = search.shares
    least = f"; the smallest share is {min(shares):.1%}" if shares else ""
    if options.interrupted():
        raise KeyboardInterrupt
    if status != NEAR_OPTIMUM:
        raise LimitError(
            f"stopped at a limit after {len(shares):,} scores, none of which keeps the fixed "
            f"predictions at {at_most:.1%}{least}; raise the limit"
        )
    raise InfeasibleError(
        f"none of the {len(shares):,} scores within {pool.tolerance:.4g} of the optimum keeps the "
        f"fixed predictions at {at_most:.1%}{least}; give a larger tolerance, limit or share",
        ("fixed predictions",),
    )


class _Search:
    """Scores that were looked at, and the best one so far that keeps the rule."""

    def __init__(
        self,
        problem: RiskSLIMProblem,
        X: Any,
        actions: Actions,
        target_risk: float,
        wanted: Literal["low", "high"],
        at_most: float,
    ) -> None:
        self._problem, self._people, self._actions = problem, X, actions
        self._target, self._wanted, self._at_most = target_risk, wanted, at_most
        self._odds = float(logit(target_risk))
        self.best: RiskScore | None = None
        self.objective = self.last = math.inf
        self.shares: list[float] = []
        self._bound = math.inf  # of everything that was looked at and keeps the rule
        self._fixed = math.nan

    def look(self, score: RiskScore, multipliers: tuple[float, float]) -> None:
        """Weigh a score, or its points with the best multiplier and intercept under the rule."""
        self.last = objective_of(score)
        reach, share = self._reach(score)
        self.shares.append(share)
        if share <= self._at_most:
            self._bound = min(self._bound, self.last)
            self._take(score, share)
            return
        points = np.array([score.intercept, *(one.points for one in score.features)])
        needed = self._needed(reach)
        held = held_line(self._problem, points, multipliers, needed, self._odds, self._wanted)
        if held is None:
            return
        self._bound = min(self._bound, held.bound)
        if held.points is not None and held.objective < self.objective:
            moved = self._score(score, held.points, held.multiplier)
            # Counted anew, with what the score itself says of each person.
            self._take(moved, self._reach(moved)[1])

    def result(self, rest: float, status: str) -> ScoreWithRecourse:
        """Give the best one, where no score that was not looked at is below a bound."""
        assert self.best is not None
        assert self.best.certificate is not None
        bound = min(rest, self._bound, self.objective)
        gap = self.objective - bound
        certificate = replace(
            self.best.certificate,
            status=str(Status.OPTIMAL) if gap <= PROVED_GAP else status,
            lower_bound=bound,
            absolute_gap=gap,
            relative_gap=gap / max(self.objective, 1e-300),
            proof=_PROOF,
        )
        target, _ = target_of(self.best, self._target, self._wanted)
        people = f"{np.shape(self._people)[0]} people"
        rule = f"at most {self._at_most:.4g} of {people} cannot reach {target}"
        ruled = replace(self.best, rules=(*self.best.rules, rule), certificate=certificate)
        return ScoreWithRecourse(ruled, self._fixed, self.shares[0], len(self.shares))

    def _take(self, score: RiskScore, share: float) -> None:
        if share <= self._at_most and objective_of(score) < self.objective:
            self.best, self.objective, self._fixed = score, objective_of(score), share

    def _reach(self, score: RiskScore) -> tuple[FloatArray, float]:
        """Give the best total of each person, and for how many it does not do."""
        reach = extreme_totals(score, self._people, self._actions, self._wanted)
        _, accepts = target_of(score, self._target, self._wanted)
        return reach, float(np.mean(~accepts(reach)))

    def _needed(self, reach: FloatArray) -> float:
        """Give the total that must do, for enough people to reach the target."""
        sign, n = 1 if self._wanted == "low" else -1, len(reach)
        may_fail = min(math.floor(self._at_most * n * (1.0 + 1e-12)), n - 1)
        return sign * float(np.sort(sign * reach)[n - may_fail - 1])

    def _score(self, like: RiskScore, points: FloatArray, multiplier: float) -> RiskScore:
        problem, old = self._problem, like.certificate
        assert old is not None
        x = points if problem.has_real_intercept else np.rint(points).astype(np.int64)
        solution = Solution(
            status=Status.GAP_LIMIT,
            points=x,
            feature_names=problem.data.feature_names,
            lower_bound=-math.inf if old.lower_bound is None else old.lower_bound,
            nodes=old.nodes,
            cuts=old.cuts,
            lps=0,
            phase_seconds={"total": old.seconds},
            proof=_PROOF,
            multiplier_range=problem.scale_range,
            entropy=problem.data.entropy,
            problem=problem,
            **problem.facts_of(x, multiplier),
        )
        return problem.score_of(solution)
