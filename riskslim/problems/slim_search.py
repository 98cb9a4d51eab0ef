"""SLIM by the certified search over boxes of points: what it can state, and how."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from riskslim.constraints import RateLimit
from riskslim.constraints.rates import Rate
from riskslim.grid import grid_of
from riskslim.problems.lattice import lattice_rules
from riskslim.problems.statement import Statement
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.threshold import ThresholdProblem, ThresholdResult, search

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["SLIMEngine", "Searchable", "SlimRun", "run_heuristic", "run_search", "searchable"]

SLIMEngine = Literal["auto", "search", "mip"]

_LARGEST = 1e9
_ROUNDING = 1e-9
_SETTLED = (Status.OPTIMAL, Status.INFEASIBLE)


@dataclass(frozen=True)
class SlimRun:
    """What one engine found and proved.

    Attributes
    ----------
    status : Status
        How it ended. Optimal only where incumbent and bound meet.
    points : ndarray of int, shape (d + 1,), or None
        The incumbent.
    lower_bound : float
        On the objective of the problem.
    nodes, lps : int
        Work.
    seconds : dict of str to float
        By phase.
    proof : str
        Where the bound comes from.
    log : tuple of str
        What was done, in short sentences.
    unsettled : bool
        Whether the engine has done what it can, and left a gap.
    """

    status: Status
    points: IntArray | None
    lower_bound: float
    nodes: int
    lps: int
    seconds: dict[str, float]
    proof: str
    log: tuple[str, ...]
    unsettled: bool = False


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

    @property
    def on_negatives(self) -> bool:
        """Whether they speak of negative rows, for which a total of 0 is a right prediction."""
        return any(ends != (0.0, math.inf) for ends in (self.error, self.false_positive))


@dataclass(frozen=True)
class Searchable:
    """A statement as the search over boxes takes it.

    Attributes
    ----------
    statement : Statement
        Points and indicators alone.
    limits : Limits
        What the rules on rates say.
    half_step : float
        Half the distance between two neighbouring scores, where the limits speak of negative rows.
    """

    statement: Statement
    limits: Limits
    half_step: float = 0.0


def searchable(problem: SLIMProblem, statement: Statement) -> Searchable | str:
    """State a problem for the search over boxes, or say what it cannot honour.

    Parameters
    ----------
    problem : SLIMProblem
        Gives data and rules.
    statement : Statement
        Its own, or one that a Pyomo model extended.

    Returns
    -------
    Searchable or str
        The obstacle, in words, where there is one.
    """
    d = problem.data.n_features
    limits, translated = Limits(), set[str]()
    names = set(statement.row_names)
    for rule in problem.constraints:
        if not isinstance(rule, RateLimit) or rule.threshold is not None or rule.group is not None:
            continue
        rows = problem.rows_of(rule.name)
        if not names.issuperset(rows):
            continue
        stated = _limit_of(problem, rule)
        if stated is not None:
            limits = limits.narrowed(*stated)
            translated.update(rows)
    bare = statement.without_rows(translated).trimmed().tightened()
    further = bare.names[2 * d + 1 :]
    held = statement.lower[2 * d + 1 :] != 0, statement.upper[2 * d + 1 :] != 1
    if further or (translated and (held[0].any() or held[1].any())):
        return next(
            (
                rule.describe()
                for rule in problem.constraints
                if translated.isdisjoint(problem.rows_of(rule.name))
                and any(row.binaries for row in rule.rows(problem.setting))
            ),
            f"variables beyond points and indicators ({[*further, 'predictions'][0]!r})",
        )
    if bare.step is not None and len(set(bare.step.tolist())) > 1:
        return "points that are multiples of different numbers"
    if max(np.abs(bare.lower[: d + 1]).max(), np.abs(bare.upper[: d + 1]).max()) > _LARGEST:
        return f"points or an intercept beyond {_LARGEST:g}"
    if not limits.on_negatives:
        return Searchable(bare, limits)
    step = grid_of(problem.data.features)
    if step is None:
        return "limits on false positives with features of many decimals"
    return Searchable(bare, limits, step / 2.0)


def _limit_of(problem: SLIMProblem, rule: RateLimit) -> tuple[str, float, float] | None:
    """State a rule on a rate as limits on a weight of errors; None where it is none."""
    data = problem.data
    positives, negatives = float(data.positive.sum()), float(data.negative.sum())
    low = 0.0 if rule.at_least is None else rule.at_least - _ROUNDING
    high = 1.0 if rule.at_most is None else rule.at_most + _ROUNDING
    rate: Rate = rule.rate
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


def run_search(
    problem: SLIMProblem,
    stated: Searchable,
    options: SearchOptions,
    start: IntArray | None = None,
) -> SlimRun:
    """Search boxes of points for the best score.

    The search counts a total of 0 as an error for both classes, in the objective, where the
    problem does so too, and in the limits, where the problem counts predictions. The two
    differ for negative rows at 0 alone. Where a limit speaks of negative rows there are two
    searches. The first lowers all scores by half a step between scores, which makes errors of
    wrong predictions everywhere: its optimum a bounds the objective from below. The second takes a
    total of 0 for an error everywhere; let its optimum be b. A score without negative rows at
    0 satisfies the limits in either reading, hence costs b or more. Any other has
    a negative row at 0, which the first search does not count: it costs at least a plus the weight
    of the lightest negative row over W. The lesser of the two is a bound.

    Parameters
    ----------
    problem : SLIMProblem
        What to solve.
    stated : Searchable
        By `searchable`.
    options : SearchOptions
        Limits, seed and threads.
    start : ndarray of int, shape (d + 1,), optional
        A good score.
    """
    if not stated.limits.on_negatives:
        return _unshifted(problem, stated, options, start)
    lowered = _search(problem, stated, options, start, stated.half_step)
    base = SlimRun(
        status=lowered.status,
        points=None if lowered.points is None else _points(lowered, stated, problem),
        lower_bound=lowered.lower_bound - problem.epsilon * _scale(stated),
        nodes=lowered.nodes,
        lps=0,
        seconds=lowered.seconds,
        proof=f"search over boxes of points ({lowered.how})",
        log=(_sentence("search over boxes by predictions", lowered),),
    )
    if base.points is None or lowered.status is not Status.OPTIMAL:
        return base
    if problem.objective(base.points) <= base.lower_bound + _gap(options):
        return base
    left = replace(options, time_limit=max(options.time_limit - lowered.seconds["total"], 0.0))
    second = _unshifted(problem, stated, left, base.points)
    lightest = float(problem.negative[problem.negative > 0].min()) / problem.total_weight
    bound = max(base.lower_bound, min(second.lower_bound, base.lower_bound + lightest))
    points = base.points
    if (
        second.points is not None
        and problem.objective(second.points) < problem.objective(points)
        and not problem.violations(second.points)
    ):
        points = second.points
    met = problem.objective(points) <= bound + _gap(options)
    ran_out = second.status in _SETTLED
    return replace(
        base,
        status=Status.OPTIMAL if met else Status.NODE_LIMIT if ran_out else second.status,
        unsettled=ran_out and not met,
        points=points,
        lower_bound=bound,
        nodes=base.nodes + second.nodes,
        seconds={key: base.seconds[key] + second.seconds[key] for key in base.seconds},
        log=(*base.log, *second.log),
    )


def run_heuristic(
    problem: SLIMProblem, stated: Searchable, options: SearchOptions
) -> IntArray | None:
    """Give a good score by the heuristic of the search alone; parameters as for `run_search`."""
    found = _search(problem, stated, replace(options, node_limit=0), None, 0.0)
    return None if found.points is None else _points(found, stated, problem)


def _gap(options: SearchOptions) -> float:
    return min(options.absolute_gap, 1e-9)


def _unshifted(
    problem: SLIMProblem, stated: Searchable, options: SearchOptions, start: IntArray | None
) -> SlimRun:
    found = _search(problem, stated, options, start, 0.0)
    return SlimRun(
        status=found.status,
        points=None if found.points is None else _points(found, stated, problem),
        lower_bound=found.lower_bound,
        nodes=found.nodes,
        lps=0,
        seconds=found.seconds,
        proof=f"search over boxes of points ({found.how})",
        log=(_sentence("search over boxes of points", found),),
    )


def _sentence(name: str, found: ThresholdResult) -> str:
    objective = f"{found.objective:.10g}" if math.isfinite(found.objective) else "none"
    return (
        f"{name}: {found.seconds['total']:.2f} s, objective {objective}, "
        f"bound {found.lower_bound:.10g}, {found.status}"
    )


def _scale(stated: Searchable) -> int:
    """Give the number that all points are multiples of."""
    step = stated.statement.step
    return 1 if step is None else int(step[0])


def _points(found: ThresholdResult, stated: Searchable, problem: SLIMProblem) -> IntArray:
    assert found.points is not None
    points = np.asarray(found.points[: problem.data.n_features + 1], dtype=np.int64).copy()
    points[1:] *= _scale(stated)
    return points


def _search(
    problem: SLIMProblem,
    stated: Searchable,
    options: SearchOptions,
    start: IntArray | None,
    lowered_by: float,
) -> ThresholdResult:
    """Run the search. To lower all scores, a last column of -lowered_by has 1 point."""
    d, scale, statement = problem.data.n_features, _scale(stated), stated.statement.in_steps()
    min_size, max_size, rows = lattice_rules(statement)
    limits = stated.limits
    threshold = ThresholdProblem(
        features=problem.data.features * scale,
        positive=problem.positive,
        negative=problem.negative,
        lower=np.ceil(statement.lower[: d + 1]),
        upper=np.floor(statement.upper[: d + 1]),
        switch_cost=np.append(0.0, statement.cost[d + 1 :]),
        epsilon=problem.epsilon * scale,
        min_size=min_size,
        max_size=max_size,
        rows=rows,
        min_error=limits.error[0],
        max_error=limits.error[1],
        min_false_positive=limits.false_positive[0],
        max_false_positive=limits.false_positive[1],
        min_false_negative=limits.false_negative[0],
        max_false_negative=limits.false_negative[1],
    )
    starts = None
    if start is not None and not np.any(start[1:] % scale):
        starts = np.append(start[:1], start[1:] // scale)[np.newaxis]
    if lowered_by:
        threshold = _lowered(threshold, rows, lowered_by)
        starts = None if starts is None else np.append(starts, [[1]], axis=1)
    return search(threshold, options, starts=starts)


def _lowered(problem: ThresholdProblem, rows: LatticeRows, by: float) -> ThresholdProblem:
    def wider(matrix: FloatArray) -> FloatArray:
        return np.column_stack([matrix, np.zeros(len(matrix))])

    n = len(problem.features)
    return replace(
        problem,
        features=np.column_stack([problem.features, np.full(n, -by)]),
        lower=np.append(problem.lower, 1.0),
        upper=np.append(problem.upper, 1.0),
        switch_cost=np.append(problem.switch_cost, 0.0),
        min_size=problem.min_size + 1,
        max_size=None if problem.max_size is None else problem.max_size + 1,
        rows=replace(
            rows, on_points=wider(rows.on_points), on_indicators=wider(rows.on_indicators)
        ),
    )
