"""Both searches in turn: each starts from the other's incumbent, and the larger bound holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from riskslim.problems.statement import Statement
from riskslim.search.engines import Run, cutting_planes, search_supports
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import PROVED_GAP, Progress, SearchOptions, SearchResult, Status

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["Outcome", "run"]

# Seconds of the first slice; each later one is twice the one before.
_SLICE = 10.0


@dataclass(frozen=True)
class Outcome:
    """What one run or several found and proved together.

    Attributes
    ----------
    result : SearchResult
        The best incumbent, the largest bound, the work of all runs.
    proof : str
        Where the bound comes from.
    log : tuple of str
        What was done, in short sentences.
    """

    result: SearchResult
    proof: str
    log: tuple[str, ...]


def run(
    problem: RiskSLIMProblem, statement: Statement, options: SearchOptions, engine: str
) -> Outcome:
    """Run the chosen search, or both in turn.

    Most problems end within the first slice of the search over supports. For one that does
    not, the root of the lattice cutting-plane tree bounds the objective within a second or so,
    also where the bounds of the other search are slow to leave zero (separable data). Where
    that bound is the larger one the two searches take turns, in slices that double, for as long
    as each slice of the cutting planes halves their gap. Otherwise the search over supports, which
    starts anew in each slice, has the rest of the time.

    Parameters
    ----------
    problem : RiskSLIMProblem
        Gives the data and the range of the multiplier.
    statement : Statement
        Its own, or one that a Pyomo model extended.
    options : SearchOptions
        Limits, seed and threads.
    engine : str
        As `riskslim.search.engines.choose_engine` names it.
    """
    if engine != "auto":
        single = (cutting_planes if engine == "lcpa" else search_supports)(
            problem, statement, options
        )
        return Outcome(single.result, single.proof, single.log)
    race = _Race(problem, statement, options)
    if options.node_limit is not None:
        # Slices of time would let the clock decide how many nodes there are.
        race.supports(options.time_limit / 2)
        if not race.is_over:
            race.cutting_planes(race.left, only_root=True)
        return race.outcome()
    race.supports(min(_SLICE, options.time_limit / 2))
    if not race.is_over:
        race.cutting_planes(min(2 * _SLICE, race.left / 2), only_root=True)
    length = 2 * _SLICE
    while not race.is_over and race.prefers_cutting_planes:
        race.cutting_planes(race.left if race.ran_full("supports") else race.slice(length))
        if not race.is_over and not race.ran_full("supports"):
            race.supports(race.slice(2 * length) if race.prefers_cutting_planes else race.left)
        length *= 4
    if not race.is_over and not race.ran_full("supports"):
        race.supports(race.left)
    return race.outcome()


@dataclass
class _Race:
    """Runs so far, and what they know together."""

    problem: RiskSLIMProblem
    statement: Statement
    options: SearchOptions
    runs: list[Run] = field(default_factory=list)
    begin: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the time limit."""
        return self.options.time_limit - (time.monotonic() - self.begin)

    def slice(self, length: float) -> float:
        """Seconds of the next run: so many, or all that are left where few would remain."""
        return length if self.left > 2 * length else self.left

    @property
    def best(self) -> Run:
        """The first run with the best incumbent."""
        return min(self.runs, key=lambda run: run.result.objective)

    @property
    def bounding(self) -> Run:
        """The run with the largest bound; of equals one that ran to its end."""
        return max(
            self.runs, key=lambda run: (run.result.lower_bound, run.result.status == Status.OPTIMAL)
        )

    @property
    def bound(self) -> float:
        """The largest bound."""
        return max((run.result.lower_bound for run in self.runs), default=0.0)

    @property
    def prefers_cutting_planes(self) -> bool:
        """Whether their bound is the larger one, and still moves, or the other has no memory."""
        if self.ran_full("lcpa") or self.ran_full("supports"):
            return not self.ran_full("lcpa")
        tree = [run.result for run in self.runs if run.engine == "lcpa"]
        other = [run.result for run in self.runs if run.engine == "supports"]
        if tree[-1].lower_bound <= other[-1].lower_bound:
            return False
        gaps = [self.best.result.objective - result.lower_bound for result in tree]
        return len(gaps) == 1 or gaps[-1] <= 0.5 * gaps[-2]

    def ran_full(self, engine: str) -> bool:
        """Whether an engine came to its memory limit, as it would again."""
        full = Status.MEMORY_LIMIT
        return any(run.engine == engine and run.result.status is full for run in self.runs)

    @property
    def gap(self) -> float:
        """Between the best incumbent and the largest bound."""
        return self.best.result.objective - self.bound

    @property
    def is_closed(self) -> bool:
        """Whether incumbent and bound, of whichever runs, are within the gap of each other."""
        objective = self.best.result.objective
        allowed = max(self.options.absolute_gap, self.options.relative_gap * abs(objective))
        return self.best.result.point is not None and self.gap <= allowed

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do, or no time to do it."""
        ends = (Status.OPTIMAL, Status.INFEASIBLE, Status.INTERRUPTED)
        return self.runs[-1].result.status in ends or self.is_closed or self.left <= 0

    @property
    def status(self) -> Status:
        """How the runs ended together."""
        last = self.runs[-1].result.status
        if last is Status.OPTIMAL or self.is_closed:
            return Status.OPTIMAL
        if last in (Status.INFEASIBLE, Status.INTERRUPTED, Status.MEMORY_LIMIT):
            return last
        first = self.runs[0].result.status
        return first if self.options.node_limit is not None else Status.TIME_LIMIT

    def supports(self, seconds: float) -> None:
        """Run the search over supports for so long."""
        options, start = self._options(seconds), self._start()
        self.runs.append(search_supports(self.problem, self.statement, options, start, self.bound))

    def cutting_planes(self, seconds: float, only_root: bool = False) -> None:
        """Run the cutting planes for so long."""
        options, start = self._options(seconds), self._start()
        if only_root:
            options = replace(options, node_limit=1)
        self.runs.append(cutting_planes(self.problem, self.statement, options, start, only_root))

    def _start(self) -> FloatArray | None:
        return self.best.result.point if self.runs else None

    def _options(self, seconds: float) -> SearchOptions:
        shown = self.options.on_progress
        if shown is not None and self.runs:
            shown = self._continued(shown)
        return replace(self.options, time_limit=seconds, on_progress=shown)

    def _continued(self, show: Callable[[Progress], None]) -> Callable[[Progress], None]:
        """Let the progress of a later run go on from what is known."""
        begin = time.monotonic() - self.begin
        bound, objective = self.bound, self.best.result.objective

        def show_all(line: Progress) -> None:
            show(
                replace(
                    line,
                    seconds=begin + line.seconds,
                    lower_bound=max(bound, line.lower_bound),
                    objective=min(objective, line.objective),
                )
            )

        return show_all

    def outcome(self) -> Outcome:
        """Put the runs together."""
        if len(self.runs) == 1:
            only = self.runs[0]
            # An incumbent may meet its bound before the search itself knows of it.
            met = only.result.point is not None and self.gap <= PROVED_GAP
            status = Status.OPTIMAL if met else only.result.status
            return Outcome(replace(only.result, status=status), only.proof, only.log)
        best, results = self.best.result, [run.result for run in self.runs]
        spent = {
            name: sum(r.result.seconds["total"] for r in self.runs if r.engine == engine)
            for engine, name in (("supports", "supports"), ("lcpa", "cutting planes"))
        }
        result = replace(
            best,
            status=self.status,
            lower_bound=self.bound,
            nodes=sum(result.nodes for result in results),
            cuts=sum(result.cuts for result in results),
            lps=sum(result.lps for result in results),
            seconds=spent | {"total": time.monotonic() - self.begin},
        )
        last = self.runs[-1]
        proving = last if last.result.status is Status.OPTIMAL else self.bounding
        return Outcome(result, proving.proof, tuple(text for run in self.runs for text in run.log))
