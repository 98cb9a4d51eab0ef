"""One check of every answer, whichever engine, path or pool it comes from, and its status."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.errors import InternalError
from riskslim.search.engine import Check
from riskslim.search.solution import Solution
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.result import PROVED_GAP, SearchOptions, SearchResult, Status

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem

__all__ = ["bound_rounding", "certified", "certify", "least_objective", "rounding"]

_UNIT = 2.0**-53
# A gap up to ten times that of a proof is told, beyond it "optimal" is a broken promise.
_SLIGHT = 10.0 * PROVED_GAP
_TERM = 32.0  # units in the last place of a term of the loss: two evaluations of 8 each, and sums

_MULTIPLIER = 1e-9  # of the largest one, by which a search may leave the range by rounding
_DEFECT = (
    "the search returned a score that does not hold, which is an error in this package; "
    "please report it: {}"
)


def certified(
    problem: ScoreProblem,
    result: SearchResult,
    options: SearchOptions,
    check: Check,
    *,
    reported: FloatArray | None = None,
    multiplier: float | None = None,
    is_best: bool = True,
) -> Solution:
    """Make the solution of a search's answer, after checking it without the search's help.

    Parameters
    ----------
    problem : ScoreProblem
        What was solved.
    result : SearchResult
        Its answer.
    options : SearchOptions
        With the gaps that were allowed.
    check : callable
        Gives the rules that points break.
    reported : ndarray of shape (d + 1,), optional
        The same score in other points, which the solution has in place of the search's.
    multiplier : float, optional
        Of the solution; the best one by default.
    is_best : bool
        Whether the search says that it is the best score. Another one of a pool is not proved
        optimal, unless its gap says so: it is left at a gap.

    Raises
    ------
    InternalError
        It does not hold; see `certify`.
    """
    status, bound = result.status, max(float(result.lower_bound), least_objective(problem))
    facts: dict[str, Any] = {"objective": math.inf, "loss": math.inf}
    points: IntArray | FloatArray | None = None
    if result.point is not None:
        x = problem.rounded(result.point[: problem.data.n_features + 1])
        least, most = problem.scale_range
        own = min(max(1.0 / result.scale, least), most)
        final = x if reported is None or np.array_equal(reported, x) else reported
        broken = [*check(result.point), *(check(final) if final is not x else ())]
        if abs(own - 1.0 / result.scale) > _MULTIPLIER * most:
            broken.append(f"multiplier {1.0 / result.scale!r}")
        if multiplier is None:
            final, multiplier = problem.best_scale(final)
        else:
            multiplier = min(max(multiplier, least), most)
        points = final if problem.has_real_intercept else final.astype(np.int64)
        facts = problem.facts_of(points, multiplier)
        anew = facts["objective"]
        if multiplier != own or not np.array_equal(final, x):
            found = x if problem.has_real_intercept else x.astype(np.int64)
            anew = problem.facts_of(found, own)["objective"]
        if status is Status.OPTIMAL and not is_best and facts["objective"] - bound > PROVED_GAP:
            status = Status.GAP_LIMIT
        status, bound = certify(
            problem,
            final,
            status,
            facts["objective"],
            bound,
            options,
            multiplier=facts.get("multiplier", 1.0),
            claimed=(result.objective, anew),
            broken=broken,
        )
    elif status is Status.OPTIMAL:
        raise InternalError(_DEFECT.format("it is optimal, and there is none"))
    return problem.solution_type(
        status=status,
        points=points,
        feature_names=problem.data.feature_names,
        lower_bound=bound,
        nodes=result.nodes,
        cuts=result.cuts,
        lps=result.lps,
        phase_seconds=dict(result.seconds),
        proof=result.proof,
        log=(*problem.remarks, *result.log),
        multiplier_range=problem.scale_range,
        entropy=problem.data.entropy,
        problem=problem,
        **facts,
    )


def certify(
    problem: ScoreProblem,
    points: FloatArray,
    status: Status,
    objective: float,
    lower_bound: float,
    options: SearchOptions,
    *,
    multiplier: float = 1.0,
    claimed: tuple[float, float] | None = None,
    broken: Sequence[str] = (),
) -> tuple[Status, float]:
    """Check what a search says of its incumbent, and give its status and its lower bound.

    Optimal means a gap of at most 1e-9. A search that ended at a wider gap that its options allow
    has the status "gap limit"; one that ran to its end, and whose bound is lower by the rounding
    of its sums or by little else, "precision limit": it is told with its gap, not thrown away.

    Parameters
    ----------
    problem : ScoreProblem
        Whose score it is.
    points : ndarray of shape (d + 1,)
        The incumbent: the intercept, then the features' points.
    status : Status
        As the search says.
    objective : float
        Of the points, recomputed.
    lower_bound : float
        As the search says.
    options : SearchOptions
        With the gaps that were allowed.
    multiplier : float
        By which the score is divided.
    claimed : tuple of float, optional
        The objective as the search says, and the same recomputed at the search's multiplier.
    broken : sequence of str
        Rules, rows and bounds that the points break.

    Returns
    -------
    status : Status
    lower_bound : float
        Not above the objective: the rounding of either is taken off.

    Raises
    ------
    InternalError
        The points break something although they are an answer, the objective differs from the
        recomputed one, the bound is above it, or the search says that it is optimal at a gap far
        beyond what was allowed and what rounding explains. Each of these is a defect of the
        package.
    """
    faults = list(broken)
    slack = rounding(problem, points, multiplier)
    if claimed is not None and not abs(claimed[0] - claimed[1]) <= slack:
        faults.append(f"the objective {claimed[0]!r} is {claimed[1]!r} when computed anew")
    if claimed is not None and not objective <= claimed[1] + slack:
        faults.append(f"the objective {objective!r} is above {claimed[1]!r}, which was found")
    if not math.isfinite(objective):
        faults.append(f"the objective {objective!r} is not finite")
    if not lower_bound <= objective + slack:
        faults.append(f"the lower bound {lower_bound!r} is above the objective {objective!r}")
    bound = min(max(lower_bound, least_objective(problem)), objective)
    gap = objective - bound
    if status is Status.OPTIMAL and not gap <= PROVED_GAP:
        status = _within(gap, objective, options)
        explained = max(_SLIGHT, bound_rounding(problem))
        if status is Status.PRECISION_LIMIT and not gap <= explained:
            faults.append(f"the search ended as optimal at a gap of {gap:g}")
    if status is Status.INFEASIBLE:
        faults.append("no score obeys all rules, says the search, and this one does")
    if faults:
        raise InternalError(_DEFECT.format("; ".join(faults)))
    return status, bound


def least_objective(problem: ScoreProblem) -> float:
    """Bound the objective from below without any search: neither loss is below 0."""
    return float(np.minimum(problem.switch_cost, 0.0).sum())


def _within(gap: float, objective: float, options: SearchOptions) -> Status:
    allowed = max(options.absolute_gap, options.relative_gap * abs(objective))
    return Status.GAP_LIMIT if gap <= allowed else Status.PRECISION_LIMIT


def rounding(problem: ScoreProblem, points: FloatArray, multiplier: float = 1.0) -> float:
    r"""Bound how far two computations of the objective of the same points may be apart.

    With u the unit roundoff: every term of a compensated sum is right to a few u. A score is a
    sum of k products, off by at most (k + 2) u times the sum of their absolute values, and
    the logistic loss moves by no more than its score does.

    Parameters
    ----------
    problem : ScoreProblem
        Whose objective it is.
    points : ndarray of shape (d + 1,)
        The intercept, then the features' points.
    multiplier : float
        By which the score is divided.
    """
    used = np.flatnonzero(points[1:])
    sizes = problem.data.mean_sizes[used]
    extent = abs(points[0]) + float(np.abs(points[1:][used]) @ sizes)
    costs = float(problem.switch_cost[used].sum())
    scores = 2.0 * (len(used) + 3.0) * extent / multiplier
    # The loss is at most log 2 plus the mean absolute score; errors are at most all.
    off: float = _UNIT * (scores + _TERM * (1.0 + extent / multiplier + costs))
    return off


def bound_rounding(problem: ScoreProblem) -> float:
    r"""Bound by how much the rounding of its sums may lower a search's bound.

    A bound is a sum over n rows, each at most 1 plus the largest score S of the box, that errs by
    at most (n + 2 d) u times the sum (Higham, "Accuracy and stability of numerical
    algorithms", section 4.2); four such sums (value, slope, and both ends of the box) stand behind
    one bound. Under a real intercept a leaf's bound is a plane over the whole range of log odds, up
    to S wide, and its slope is such a sum too: along a plateau, where nothing narrows the range,
    its error is taken S times.

    Parameters
    ----------
    problem : ScoreProblem
        With its bounds of points and intercept.
    """
    data, statement = problem.data, problem.statement
    d = data.n_features
    reach = np.maximum(np.abs(statement.lower[: d + 1]), np.abs(statement.upper[: d + 1]))
    largest = np.abs(data.features).max(axis=0, initial=0.0)
    score = float(reach[0] + reach[1:] @ largest) / problem.scale_range[0]
    count = data.n_distinct + 2.0 * d + 64.0
    largest_term = 1.0 + score + float(problem.switch_cost.sum())
    wide = 1.0 + score if problem.has_real_intercept else 1.0
    return 4.0 * _UNIT * count * largest_term * wide
