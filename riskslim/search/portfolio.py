"""Both searches in turn: each starts from the other's incumbent, and the larger bound holds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from riskslim.limits.reserve import before_search
from riskslim.problems.statement import Statement
from riskslim.search.cutting_planes import CuttingPlanes
from riskslim.search.engine import Engine, Known, number
from riskslim.search.supports import Supports
from riskslim.solvers.result import PROVED_GAP, Progress, SearchOptions, SearchResult, Status
from riskslim.solvers.support_result import Onward, Pause

if TYPE_CHECKING:
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["Portfolio"]

# Of the gap of the search over supports: what the cutting planes must come below to have a turn.
_CLEARLY = 0.9
# Seconds of the first slice; each later one is twice the one before.
_SLICE = 10.0


class _Waiting(Engine["RiskSLIMProblem"], Protocol):
    """The search over supports, which can wait for others with all that it has in memory."""

    def run(
        self,
        problem: RiskSLIMProblem,
        statement: Statement,
        options: SearchOptions,
        known: Known,
        pause: Pause | None = None,
    ) -> SearchResult:
        """Search within the limits; wait when the pause says so."""


@dataclass(frozen=True)
class Portfolio:
    """The search that can honour a problem, or both in turn.

    Most problems end within the first slice of the search over supports. For one that does
    not, the root of the lattice cutting-plane tree bounds the objective within a second or so,
    also where the bounds of the other search are slow to leave zero (separable data). It ends
    early where it cannot pass the bound of the other. Where its bound is clearly the larger one the
    two searches take turns, in slices that double, for as long as each slice of the cutting planes
    halves their gap. Otherwise the search over supports has the rest of the time. It has it too
    where the other one has come to its end and the
    rounding of its cuts leaves a gap. While the cutting planes have their turn it waits, with its
    tree in memory, and goes on from there; only among the values of a list does it begin anew.
    The log says which search had the time, and why.

    Parameters
    ----------
    supports, tree, root : Engine
        The search over supports, the lattice cutting planes, and these for their root alone.
    """

    supports: _Waiting = field(default_factory=Supports)
    tree: Engine[RiskSLIMProblem] = field(default_factory=CuttingPlanes)
    root: Engine[RiskSLIMProblem] = field(default_factory=lambda: CuttingPlanes(only_root=True))

    name = "auto"
    method = "RiskSLIM"

    def handles(self, problem: RiskSLIMProblem, statement: Statement) -> str | None:
        """Take what either search takes."""
        return self.tree.handles(problem, statement)

    def run(
        self,
        problem: RiskSLIMProblem,
        statement: Statement,
        options: SearchOptions,
        known: Known,
    ) -> SearchResult:
        """Run one search, or both."""
        obstacle = self.supports.handles(problem, statement)
        if obstacle is not None:
            why = f"the lattice cutting planes: the search over supports cannot state {obstacle}"
            return _chosen(self.tree.run(problem, statement, options, known), why)
        alone = None
        if statement.rates:
            alone = "it checks limits on rates as it searches points"
        elif options.time_limit / 4 < before_search(
            problem.data.n_distinct, problem.data.n_features
        ):
            alone = "of so little time neither search would come beyond its beginning with a half"
        if alone is not None:
            result = self.supports.run(problem, statement, options, known)
            return _chosen(result, f"the search over supports alone: {alone}")
        race = _Race(self, problem, statement, options, known)
        if options.node_limit is not None:
            # Slices of time would let the clock decide how many nodes there are.
            race.run("supports", options.time_limit / 2)
            if not race.is_over:
                race.run("root", race.left)
        elif statement.values:
            for seconds in race.turns():
                race.run("supports", seconds)
        else:
            race.run_waiting()
        return race.outcome()


def _chosen(result: SearchResult, why: str) -> SearchResult:
    return replace(result, log=(f"engine auto chose {why}", *result.log))


@dataclass
class _Race:
    """Runs so far, and what they know together."""

    portfolio: Portfolio
    problem: RiskSLIMProblem
    statement: Statement
    options: SearchOptions
    known: Known
    runs: list[tuple[str, SearchResult]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    begin: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the time limit."""
        return self.options.time_limit - (time.monotonic() - self.begin)

    def slice(self, length: float) -> float:
        """Seconds of the next run: so many, or all that are left where few would remain."""
        return length if self.left > 2 * length else self.left

    @property
    def results(self) -> list[SearchResult]:
        """What the runs said, in their order."""
        return [result for _, result in self.runs]

    def of(self, *engines: str) -> list[SearchResult]:
        """Give what the runs of some engines said."""
        return [result for engine, result in self.runs if engine in engines]

    @property
    def best(self) -> SearchResult:
        """The first result with the best incumbent."""
        return min(self.results, key=lambda result: result.objective)

    @property
    def objective(self) -> float:
        """Of the best incumbent, infinite without one."""
        return min((result.objective for result in self.results), default=math.inf)

    @property
    def bounding(self) -> SearchResult:
        """The result with the largest bound; of equals one that ran to its end."""
        return max(self.results, key=lambda r: (r.lower_bound, r.status == Status.OPTIMAL))

    @property
    def bound(self) -> float:
        """The largest bound."""
        return max([self.known.bound, *(result.lower_bound for result in self.results)])

    @property
    def prefers_cutting_planes(self) -> bool:
        """Whether their bound is clearly larger and still moves, or the other has no memory.

        Without rows both relax to the same hull: a bound that is larger by a hair is a tie.
        """
        if self.has_ended("tree", "root") or self.has_ended("supports"):
            return not self.has_ended("tree", "root")
        tree, other = self.of("tree", "root"), self.of("supports")
        gap = self.best.objective - other[-1].lower_bound
        if self.best.objective - tree[-1].lower_bound >= _CLEARLY * gap:
            return False
        gaps = [self.best.objective - result.lower_bound for result in tree]
        return len(gaps) == 1 or gaps[-1] <= 0.5 * gaps[-2]

    def has_ended(self, *engines: str) -> bool:
        """Whether an engine would end as it did: at its memory limit, or with nothing left."""
        ends = (Status.MEMORY_LIMIT, Status.OPTIMAL)
        return any(result.status in ends for result in self.of(*engines))

    @property
    def gap(self) -> float:
        """Between the best incumbent and the largest bound."""
        return self.objective - self.bound

    @property
    def is_closed(self) -> bool:
        """Whether incumbent and bound, of whichever runs, are within the gap of each other."""
        objective = self.best.objective
        allowed = max(self.options.absolute_gap, self.options.relative_gap * abs(objective))
        return self.best.point is not None and self.gap <= allowed

    @property
    def is_settled(self) -> bool:
        """Whether the last run has proved the optimum.

        The search over supports has nothing left then, and no other one would come nearer. The
        cutting planes may have nothing left either, at a gap that the rounding of cuts leaves.
        """
        (name, last), gap = self.runs[-1], self.gap
        return last.status is Status.OPTIMAL and (name == "supports" or gap <= PROVED_GAP)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do, or no time to do it."""
        name, last = self.runs[-1]
        ends = (Status.INFEASIBLE, Status.INTERRUPTED)
        searched = name == "supports" and last.status is Status.PRECISION_LIMIT
        done = self.is_settled or self.is_closed or last.status in ends or searched
        return done or self.left <= 0

    @property
    def status(self) -> Status:
        """How the runs ended together."""
        if self.is_closed or self.is_settled:
            return Status.OPTIMAL
        first, last = self.results[0].status, self.results[-1].status
        told = (Status.INFEASIBLE, Status.INTERRUPTED, Status.MEMORY_LIMIT, Status.PRECISION_LIMIT)
        if last in told:
            return last
        return first if self.options.node_limit is not None else Status.TIME_LIMIT

    def turns(self) -> Iterator[float]:
        """Run the cutting planes whenever the search over supports has had so many seconds."""
        yield min(_SLICE, self.options.time_limit / 2)
        if not self.is_over:
            self.run("root", min(2 * _SLICE, self.left / 2))
        length = 2 * _SLICE
        while not self.is_over and self.prefers_cutting_planes:
            self._say("the lattice cutting planes have a turn")
            self.run("tree", self.left if self.has_ended("supports") else self.slice(length))
            if not self.is_over and not self.has_ended("supports"):
                yield self.slice(2 * length) if self.prefers_cutting_planes else self.left
            length *= 4
        if not self.is_over and not self.has_ended("supports"):
            self._say("the search over supports has the rest")
            yield self.left

    def _say(self, choice: str) -> None:
        """Say what comes next, and by which bounds it was chosen."""
        planes = max(result.lower_bound for result in self.of("tree", "root"))
        own = max(result.lower_bound for result in self.of("supports"))
        seconds = time.monotonic() - self.begin
        self.reasons.append(
            f"engine auto after {seconds:.2f} s: {choice} (bound by supports "
            f"{number(own)}, by cutting planes {number(planes)})"
        )

    def run(self, name: str, seconds: float) -> None:
        """Run one of the engines for so long, from what is known."""
        engine: Engine[RiskSLIMProblem] = getattr(self.portfolio, name)
        known = self.known
        if self.runs:
            best = self.best.point
            start = known.start if best is None else best
            known = replace(known, start=start, bound=self.bound)
        options = self._options(seconds)
        if name == "root":
            options = replace(options, node_limit=1)
        self.runs.append((name, engine.run(self.problem, self.statement, options, known)))

    def run_waiting(self) -> None:
        """Run the search over supports, which waits while the others have their turns."""
        turns = self.turns()
        ends = False

        def aside(found: SearchResult) -> Onward | None:
            nonlocal ends
            self._note(found)
            seconds = next(turns, None)
            ends = seconds is None
            better = self.best.point if self.objective < found.objective else None
            columns = self.problem.data.n_features + 1
            starts = None if better is None else better[np.newaxis, :columns]
            return None if seconds is None else Onward(seconds, starts)

        pause = Pause(next(turns), aside)
        options = self._options(self.options.time_limit)
        result = self.portfolio.supports.run(
            self.problem, self.statement, options, self.known, pause
        )
        if ends:  # by what the others said, which stands
            place = next(i for i, (name, _) in enumerate(self.runs) if name == "supports")
            self.runs[place] = "supports", result
        else:
            self._note(result)
        for _ in turns:  # of those that go on without it
            pass

    def _note(self, result: SearchResult) -> None:
        """Keep the last word of a search that waits."""
        self.runs = [run for run in self.runs if run[0] != "supports"]
        self.runs.append(("supports", result))

    def _options(self, seconds: float) -> SearchOptions:
        show = self.options.on_progress
        shown = None if show is None else self._continued(show)
        return replace(self.options, time_limit=seconds, on_progress=shown)

    def _continued(self, show: Callable[[Progress], None]) -> Callable[[Progress], None]:
        """Let the progress of a run go on from what is known."""
        begin = time.monotonic() - self.begin

        def show_all(line: Progress) -> None:
            show(
                replace(
                    line,
                    seconds=begin + line.seconds,
                    lower_bound=max(self.bound, line.lower_bound),
                    objective=min(self.objective, line.objective),
                )
            )

        return show_all

    def outcome(self) -> SearchResult:
        """Put the runs together."""
        results = self.results
        if len(results) == 1:
            # An incumbent may meet its bound before the search itself knows of it.
            met = results[0].point is not None and self.gap <= PROVED_GAP
            only = replace(results[0], status=Status.OPTIMAL) if met else results[0]
            return _chosen(only, "the search over supports: it ended before another had a turn")
        spent = {
            "supports": math.fsum(r.seconds["total"] for r in self.of("supports")),
            "cutting planes": math.fsum(r.seconds["total"] for r in self.of("tree", "root")),
        }
        last = results[-1]
        return replace(
            self.best,
            status=self.status,
            lower_bound=self.bound,
            nodes=sum(result.nodes for result in results),
            cuts=sum(result.cuts for result in results),
            lps=sum(result.lps for result in results),
            seconds=spent | {"total": time.monotonic() - self.begin},
            proof=(last if last.status is Status.OPTIMAL else self.bounding).proof,
            log=(*self.reasons, *(text for result in results for text in result.log)),
        )
