"""Points among some numbers: a search that knows ranges alone, run on ever smaller ranges."""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from riskslim.constraints import Step, Values
from riskslim.problems.checking import broken_by
from riskslim.problems.statement import Statement
from riskslim.search.engine import Known
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import (
    PROVED_GAP,
    Progress,
    Reporter,
    SearchOptions,
    SearchResult,
    Status,
)

__all__ = ["within_values"]

Solve = Callable[[Statement, SearchOptions, Known], SearchResult]
"""Proves the best points of a statement without limits to values."""

_SETTLED = (Status.OPTIMAL, Status.PRECISION_LIMIT)

_Choices = Mapping[int, tuple[int, ...]]  # the values that are left, by column


def within_values(
    statement: Statement,
    options: SearchOptions,
    known: Known,
    solve: Solve,
    has_steps: bool = True,
) -> SearchResult:
    """Find the best points among the values of a statement.

    A node allows each feature some neighbouring values, and asks for the best points between
    the first and the last of them. Its bound holds for the values, which are fewer. Where all
    points are values the node is done; else a feature whose points lie between two values
    has the lower ones in one node below it and the higher ones in another. The node of the least
    bound comes first, so that the bound of the whole is that of the next node, and nothing is open
    once an incumbent reaches it.

    Parameters
    ----------
    statement : Statement
        With parts of the kind `Values`.
    options : SearchOptions
        Limits, of which the runs have what is left.
    known : Known
        As for an engine.
    solve : callable
        The search without limits to values.
    has_steps : bool
        Whether it knows points that are multiples of different numbers.

    Returns
    -------
    SearchResult
    """
    search = _Search(statement, options, known, solve, has_steps)
    values = statement.values
    if all(values.values()):
        search.open(known.bound, values)
    end = search.run()
    return search.outcome(end)


@dataclass
class _Search:
    statement: Statement
    options: SearchOptions
    known: Known
    solve: Solve
    has_steps: bool
    begin: float = field(default_factory=time.monotonic)
    best: SearchResult | None = None
    nodes: int = 0
    closed: float = math.inf  # the least bound of nodes whose best points are values
    count: Iterator[int] = field(default_factory=itertools.count)
    heap: list[tuple[float, int, _Choices]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reporter = Reporter(self.options)
        self.bare = self.statement.without(Values)

    def open(self, bound: float, choices: _Choices) -> None:
        """Leave a node for later."""
        heapq.heappush(self.heap, (bound, next(self.count), choices))

    @property
    def objective(self) -> float:
        """Of the incumbent."""
        return math.inf if self.best is None else self.best.objective

    @property
    def bound(self) -> float:
        """No points among the values have an objective below it."""
        return min([self.closed, self.objective, *(bound for bound, _, _ in self.heap[:1])])

    @property
    def allowed(self) -> float:
        """The gap at which the search may end."""
        return max(self.options.absolute_gap, PROVED_GAP)

    def run(self) -> Status:
        """Take nodes in turn until nothing is left, or a limit is reached."""
        while self.heap and self.objective - self.heap[0][0] > self.allowed:
            # The node stays for as long as it is searched: its bound is that of the whole.
            bound, _, choices = self.heap[0]
            result = self._solved(choices)
            self.reporter.look(self.objective, self._line)
            heapq.heappop(self.heap)
            bound = max(bound, result.lower_bound)
            if result.status is Status.INFEASIBLE:
                continue
            if result.status not in _SETTLED or result.point is None:
                self.open(bound, choices)
                self._offer(result)
                return Status.PRECISION_LIMIT if result.status in _SETTLED else result.status
            between = _between(result.point, choices)
            if between is None:
                self.closed = min(self.closed, bound)
                self._offer(result)
                continue
            if self.best is None:
                rounded = {j: (_nearest(own, result.point[j]),) for j, own in choices.items()}
                self._offer(self._solved(rounded))
            for values in _parted(choices[between], float(result.point[between])):
                self.open(bound, {**choices, between: values})
        return Status.OPTIMAL

    def _solved(self, choices: _Choices) -> SearchResult:
        """Run the search between the first and the last value of each feature."""
        options = self.options.less(time.monotonic() - self.begin)
        tell = None if options.on_progress is None else self._tell
        options = replace(options, on_progress=tell, on_incumbent=None)
        if options.node_limit is not None:
            options = replace(options, node_limit=max(options.node_limit - self.nodes, 0))
        start = self.known.start if self.best is None else self.best.point
        if start is not None and _is_outside(start, choices):
            start = None
        within = _within(self.bare, choices, self.has_steps)
        columns = len(within.feature_names) + 1

        def check(point: FloatArray) -> list[str]:
            return broken_by(within, point[:columns])

        result = self.solve(within, options, replace(self.known, start=start, check=check))
        self.nodes += result.nodes
        return result

    def _offer(self, result: SearchResult) -> None:
        """Keep points among the values that are better than the incumbent."""
        point = result.point
        if point is None or result.objective >= self.objective:
            return
        if _between(point, self.statement.values) is None:
            self.best = result
            self.reporter.look(self.objective, self._line)

    def _tell(self, _: Progress) -> None:
        self.reporter.look(self.objective, self._line)

    def _line(self, seconds: float) -> Progress:
        return Progress(seconds, len(self.heap), self.nodes, 0, self.bound, self.objective)

    def outcome(self, end: Status) -> SearchResult:
        """Say what was found and proved."""
        best = self.best
        if end is Status.OPTIMAL and best is None:
            end = Status.INFEASIBLE
        elif end is Status.OPTIMAL and self.objective - self.bound > self.allowed:
            end = Status.PRECISION_LIMIT
        return SearchResult(
            status=end,
            point=None if best is None else best.point,
            objective=self.objective,
            oracle_value=math.inf if best is None else best.oracle_value,
            lower_bound=self.bound,
            nodes=self.nodes,
            seconds={"total": time.monotonic() - self.begin},
            scale=1.0 if best is None else best.scale,
        )


def _within(statement: Statement, choices: _Choices, has_steps: bool) -> Statement:
    """Return a copy whose points lie between the first and the last value, in their step."""
    lower, upper, steps = statement.lower.copy(), statement.upper.copy(), list[Step]()
    for j, own in choices.items():
        lower[j], upper[j] = own[0], own[-1]
        step = math.gcd(*own)
        if step > 1 and has_steps:
            steps.append(Step("values", step, (statement.feature_names[j - 1],)))
    return replace(statement, lower=lower, upper=upper, parts=(*statement.parts, *steps))


def _between(point: FloatArray, choices: _Choices) -> int | None:
    """Column of the points that lie farthest from their values; None where all are values."""
    far = {j: abs(_nearest(own, point[j]) - float(point[j])) for j, own in choices.items()}
    worst = max(far, key=lambda j: far[j], default=None)
    return None if worst is None or not far[worst] else worst


def _nearest(values: tuple[int, ...], point: float) -> int:
    return min(values, key=lambda value: abs(value - point))


def _parted(values: tuple[int, ...], point: float) -> list[tuple[int, ...]]:
    """Split values into those below and those above a number."""
    low = tuple(value for value in values if value < point)
    high = tuple(value for value in values if value > point)
    return [part for part in (low, high) if part]


def _is_outside(point: FloatArray, choices: _Choices) -> bool:
    return any(not own[0] <= point[j] <= own[-1] for j, own in choices.items())
