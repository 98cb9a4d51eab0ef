"""Certified search over supports: which features to use is the hard part, so branch on that.

The search proves the best integer points of a sparse logistic score. It goes
depth first over supports by leaps and bounds (Furnival and Wilson,
"Regressions by leaps and bounds", Technometrics 16, 1974), with the loss that
real coefficients in the same box can reach on a support and all remaining
features as the bound of a subtree, and searches the integer points of every
support that survives.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from riskslim.solvers import _native
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.groups import GroupLimit
from riskslim.solvers.lattice import LatticeProblem
from riskslim.solvers.parts import Part
from riskslim.solvers.result import ENDED, Progress, Reporter, SearchOptions, Status
from riskslim.solvers.support_result import Onward, Pause, SupportScore, SupportsResult

__all__ = [
    "LinearModelProblem",
    "PredictionSums",
    "SupportsRequest",
    "search",
]

Starts = IntArray | FloatArray | None

# Rounding that no bound below accounts for: evaluating an objective that is a compensated sum.
_EVALUATION = 1e-15


@dataclass(frozen=True)
class PredictionSums:
    """Limits on sums over the rows that are predicted yes: rates, and differences of rates.

    ``lower_r <= sum_i coefficients_ri [total_i > threshold_r] <= upper_r``, the total being
    that of the points, and the intercept where `with_intercept` says so.

    Attributes
    ----------
    coefficients : ndarray of shape (m, n)
        One column for each row of the features; of any sign.
    threshold, lower, upper : ndarray of shape (m,)
        Infinite sides where there is no limit.
    with_intercept : ndarray of bool, shape (m,)
        Whether the total includes the intercept.
    """

    coefficients: FloatArray
    threshold: FloatArray
    with_intercept: BoolArray
    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True)
class LinearModelProblem(LatticeProblem):
    """Sparse integer points of a logistic score, as plain arrays.

    ::

        minimise    (1/W) sum_i [ positive_i log(1 + exp(-s_i)) + negative_i log(1 + exp(s_i)) ]
                    + sum_j switch_cost_j [points_j != 0]
        where       s_i = (points_0 + features_i . points_(1..d)) / multiplier
        over        lower <= points <= upper, integer,
                    min_size <= number of non-zero points without the intercept <= max_size,
                    the rows, and the multiplier in its range

    With `log_odds_range` the intercept is real, and chosen with the multiplier: the points have it
    as log odds times the multiplier, rows do not speak of it, and its bounds are not read.

    Attributes
    ----------
    features, positive, negative, lower, upper, switch_cost, min_size, max_size, rows
        As in `LatticeProblem`.
    multiplier_range : tuple of float
        Smallest and largest multiplier, ``(1, 1)`` for a fixed one.
    step : ndarray of int, shape (d + 1,), or None
        Points are multiples of these; of 1 by default.
    predictions : PredictionSums or None
        Limits on rates. Bounds on losses ignore them, which keeps the bounds valid; points are
        checked against them as far as their totals are known.
    groups : tuple of GroupLimit
        Limits on how many groups of features are used.
    log_odds_range : tuple of float or None
        Least and greatest ``points_0 / multiplier`` where the intercept is real; they hold the best
        one of all points at every multiplier. None where the intercept is an integer.
    """

    multiplier_range: tuple[float, float] = (1.0, 1.0)
    step: IntArray | None = None
    predictions: PredictionSums | None = None
    groups: tuple[GroupLimit, ...] = ()
    log_odds_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        d = self.features.shape[1]
        if self.step is not None and (self.step.shape != (d + 1,) or np.any(self.step < 1)):
            raise ValueError(f"step must have {d + 1} entries, each 1 or more")
        smallest, largest = self.multiplier_range
        if not 0.0 < smallest <= largest < math.inf:
            raise ValueError("multiplier_range must be (smallest, largest), positive and finite")
        if smallest == largest != 1.0:
            raise ValueError("a fixed multiplier is 1")
        if self.predictions is not None:
            self._check_sums(self.predictions.coefficients)
        for limit in self.groups:
            limit.check(d + 1)
        if self.log_odds_range is not None:
            self._check_real_intercept(*self.log_odds_range)

    def _check_real_intercept(self, low: float, high: float) -> None:
        if not -math.inf < low <= high < math.inf:
            raise ValueError("log_odds_range must be (least, greatest), finite")
        if self.multiplier_range[0] == self.multiplier_range[1]:
            raise ValueError("a real intercept needs a range of the multiplier")
        if not (self.positive.sum() > 0.0 and self.negative.sum() > 0.0):
            raise ValueError("a real intercept needs weights of both classes")
        if self.rows is not None and np.any(self.rows.on_points[:, 0]):
            raise ValueError("rows must not speak of a real intercept")
        if self.predictions is not None and np.any(self.predictions.with_intercept):
            raise ValueError("predictions must not speak of a real intercept")


def _in_steps(problem: LinearModelProblem, step: IntArray) -> LinearModelProblem:
    """State the same problem over points / step, whole numbers again.

    The intercept's step stays with its own column, which is not part of `features`: it must
    be 1.
    """
    if step[0] != 1:
        raise ValueError("the step of the intercept must be 1")
    rows = problem.rows
    return replace(
        problem,
        features=problem.features * step[1:],
        lower=np.ceil(problem.lower / step),
        upper=np.floor(problem.upper / step),
        rows=None if rows is None else replace(rows, on_points=rows.on_points * step),
        step=None,
    )


def _with_points(result: SupportsResult, changed: Callable[[Any], Any]) -> SupportsResult:
    def with_points(score: SupportScore) -> SupportScore:
        return replace(score, points=changed(score.points))

    return replace(
        result,
        best=None if result.best is None else with_points(result.best),
        by_size={size: with_points(score) for size, score in result.by_size.items()},
        pool=tuple(map(with_points, result.pool)),
    )


def _intercept_alone(problem: LinearModelProblem) -> LinearModelProblem:
    """State a problem whose scores use no feature without the features: all rows are one row.

    With a free multiplier every intercept has a multiplier of nearly the same loss, and each of
    them is looked at.
    """
    rows, sums = problem.rows, problem.predictions
    if sums is not None:  # all rows are predicted alike
        sums = replace(sums, coefficients=sums.coefficients.sum(axis=1, keepdims=True))
    return replace(
        problem,
        features=np.zeros((1, 0)),
        positive=np.array([math.fsum(problem.positive.tolist())]),
        negative=np.array([math.fsum(problem.negative.tolist())]),
        lower=problem.lower[:1],
        upper=problem.upper[:1],
        switch_cost=problem.switch_cost[:1],
        rows=rows
        and replace(rows, on_points=rows.on_points[:, :1], on_indicators=rows.on_indicators[:, :1]),
        step=None,
        predictions=sums,
        groups=(),
    )


def search(
    problem: LinearModelProblem,
    options: SearchOptions | None = None,
    *,
    every_size: bool = False,
    pool_tolerance: float = 0.0,
    pool_limit: int = 0,
    starts: Starts = None,
    beam_width: int = 10,
    known_bound: float = 0.0,
    pause: Pause | None = None,
) -> SupportsResult:
    """Best integer points, proved, by branching on supports.

    Nodes are closed only when their rigorous lower bound exceeds the incumbent, so that every
    score that ties with the optimum is met and the answer (objective, then size, with a real
    intercept the sum of the points' sizes, then points in lexicographic order) does not depend
    on the number of threads. The gap limits of the options
    are therefore not needed: a search that ends by itself has a gap of rounding size.

    Parameters
    ----------
    problem : LinearModelProblem
        What to solve.
    options : SearchOptions, optional
        Limits on time, nodes and memory, threads, interrupt.
    every_size : bool
        Prove the best score of every size from `min_size` to `max_size` in one run.
    pool_tolerance : float
        Keep every score whose objective is within this of the optimum.
    pool_limit : int
        At most so many scores in the pool; 0 for no pool.
    starts : ndarray of shape (s, d + 1), optional
        Integer points that are known to be good; a real intercept is not read.
    beam_width : int
        Supports that the opening heuristic keeps per size; 0 switches it off.
    known_bound : float
        A lower bound that another search proved, for the progress lines.
    pause : Pause, optional
        When the search waits, with all that it has in memory, and what happens meanwhile.

    Returns
    -------
    SupportsResult
        Incumbent, bound and what it took.

    Raises
    ------
    ValueError
        `every_size` together with a pool.
    """
    if every_size and pool_limit:
        raise ValueError("a pool is kept for the overall optimum: ask for every_size or pool_limit")
    options = SearchOptions() if options is None else options
    again = partial(
        search,
        options=options,
        every_size=every_size,
        pool_tolerance=pool_tolerance,
        pool_limit=pool_limit,
        beam_width=beam_width,
        known_bound=known_bound,
    )
    if problem.step is not None and np.any(problem.step != 1):
        step = problem.step
        result = again(
            _in_steps(problem, step),
            starts=_starts_in_steps(starts, step),
            pause=pause
            and pause.between(
                lambda found: _with_points(found, lambda points: points * step),
                lambda starts: _starts_in_steps(starts, step),
            ),
        )
        return _with_points(result, lambda points: points * step)
    d = problem.features.shape[1]
    may_be_zero = np.all((problem.lower[1:] <= 0.0) & (problem.upper[1:] >= 0.0))
    if problem.max_size == 0 and d and may_be_zero:
        zeros = np.zeros(d, dtype=np.int64)
        return _with_points(
            again(_intercept_alone(problem)), lambda points: np.append(points, zeros)
        )
    is_real = problem.log_odds_range is not None
    pause = Pause(math.inf, lambda _: None) if pause is None else pause

    def aside(outcome: _native.SupportsOutcome) -> Onward | None:
        onward = pause.aside(_result(outcome, request))
        return onward and replace(onward, starts=_without_intercept(onward.starts, is_real))

    request = SupportsRequest(
        problem,
        options,
        every_size,
        pool_tolerance,
        pool_limit,
        _without_intercept(starts, is_real),
        beam_width if Part.START_UP in options.parts else 0,
        _poll(options, known_bound),
        pause.after,
        aside,
    )
    return _result(_native.search_supports(request), request)


def _starts_in_steps(starts: Starts, step: IntArray) -> Starts:
    return None if starts is None else starts[np.all(starts % step == 0, axis=1)] // step


def _without_intercept(starts: Starts, is_real: bool) -> Starts:
    """Give 0 for a real intercept, which the search chooses itself."""
    if starts is None or not is_real:
        return starts
    kept: IntArray | FloatArray = starts * np.append(0, np.ones(starts.shape[1] - 1, np.int64))
    return kept


@dataclass(frozen=True)
class SupportsRequest:
    """What the native search reads, by the names of the attributes."""

    problem: LinearModelProblem
    options: SearchOptions
    every_size: bool
    pool_tolerance: float
    pool_limit: int
    starts: Starts
    beam_width: int
    poll: Callable[[int, int, float], bool]
    pause_after: float
    aside: Callable[[_native.SupportsOutcome], Onward | None]


def _result(outcome: _native.SupportsOutcome, request: SupportsRequest) -> SupportsResult:
    finished = outcome.end == _native.End.finished
    is_real = request.problem.log_odds_range is not None
    scores = [_score(score, is_real) for score in outcome.best]
    open_bound = math.inf if finished else outcome.open_bound
    proved = [min(_lowered(score.bound), open_bound) for score in outcome.best]
    best = min(scores, key=lambda s: (s.objective, s.size, tuple(s.points)), default=None)
    searched = Status.INFEASIBLE if best is None else Status.OPTIMAL
    return SupportsResult(
        status=ENDED.get(outcome.end, searched),
        best=best,
        # Without a limit every other score was shown to lie above the incumbent.
        lower_bound=min([*proved, open_bound]),
        by_size={s.size: s for s in scores} if request.every_size else {},
        lower_bound_by_size=(
            {s.size: bound for s, bound in zip(scores, proved, strict=True)}
            if request.every_size
            else {}
        ),
        pool=tuple(_score(score, is_real) for score in outcome.pool),
        pool_complete=request.pool_limit > 0 and finished and not outcome.truncated,
        nodes=outcome.nodes,
        point_nodes=outcome.point_nodes,
        fits=outcome.fits,
        supports=outcome.supports,
        leaves=outcome.leaves,
        seconds={
            "heuristics": outcome.seeding,
            "tree": outcome.total - outcome.seeding,
            "total": outcome.total,
        },
        trace=tuple(outcome.trace),
    )


def _lowered(bound: float) -> float:
    """Leave room for the rounding of an objective, none of which is below 0."""
    return max(bound - _EVALUATION * max(1.0, bound), 0.0)


def _poll(options: SearchOptions, bound: float) -> Callable[[int, int, float], bool]:
    """Make what the search calls some twenty times a second: progress, and whether to stop.

    The bound of the line is the one known before the search; its own stands in the
    result, once the open nodes have said theirs.
    """
    reporter = Reporter(options)

    def poll(nodes: int, nodes_open: int, objective: float) -> bool:
        reporter.look(
            objective, lambda seconds: Progress(seconds, nodes_open, nodes, 0, bound, objective)
        )
        return options.interrupted()

    return poll


def _score(score: _native.SupportScore, is_real: bool) -> SupportScore:
    points: Any = np.asarray(score.points, dtype=np.int64)
    if is_real:
        points = points.astype(np.float64)
        points[0] = score.log_odds * score.multiplier
    return SupportScore(
        points=points,
        multiplier=score.multiplier,
        loss=score.loss,
        objective=score.objective,
        size=score.size,
    )
