"""One check of every answer, whichever engine, path or pool it comes from, and its status."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from riskslim.errors import RiskSlimError
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import PROVED_GAP, SearchOptions, Status

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem

__all__ = ["bound_rounding", "certify", "rounding"]

_UNIT = 2.0**-53
_TERM = 32.0  # units in the last place of a term of the loss: two evaluations of 8 each, and sums


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
    of its sums, "precision limit".

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
    RiskSlimError
        The points break something, the objective differs from the recomputed one, the bound is
        above it, or the gap is beyond what was allowed and what rounding explains. Each of
        these is an error of the package.
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
    # Neither loss is below 0.
    least = float(np.minimum(problem.switch_cost, 0.0).sum())
    bound = min(max(lower_bound, least), objective)
    gap = objective - bound
    if status is Status.OPTIMAL and not gap <= PROVED_GAP:
        status = _within(gap, objective, options)
        if status is Status.PRECISION_LIMIT and not gap <= bound_rounding(problem):
            faults.append(f"the search ended as optimal at a gap of {gap:g}")
    if faults:
        raise RiskSlimError(
            "the search returned a score that does not hold, which is an error in this package; "
            f"please report it: {'; '.join(faults)}"
        )
    return status, bound


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
    data = problem.data
    weight = data.positive + data.negative
    used = np.flatnonzero(points[1:])
    extent = abs(points[0]) + (
        float(weight @ np.abs(data.features[:, used] * points[1:][used]).sum(axis=1))
        / float(weight.sum())
    )
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
    one bound.

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
    return 4.0 * _UNIT * count * (1.0 + score + float(problem.switch_cost.sum()))
