"""Both searches in turn: what they pass on, when they stop, and what is said about it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from riskslim import Dataset, RiskSLIMProblem, SearchOptions, Status
from riskslim.search.cutting_planes import CuttingPlanes
from riskslim.search.engine import Known, described
from riskslim.search.portfolio import Portfolio
from riskslim.solvers.result import Progress, SearchResult
from riskslim.solvers.support_result import Pause

PROBLEM = RiskSLIMProblem(Dataset.from_arrays([[0.0], [1.0], [0.0], [1.0]], [0, 1, 0, 0]))
GOOD, BETTER = np.array([-1.0, 1.0, 1.0]), np.array([-1.0, 2.0, 1.0])


def result(status: Status, point: Any, objective: float, bound: float) -> SearchResult:
    return SearchResult(status, point, objective, objective, bound, 1, 2, 3, {"total": 0.5})


PROOFS = {
    "supports": ("search over supports", "search over supports (leaps and bounds)"),
    "lcpa": ("lattice cutting planes", "lattice cutting planes (one tree)"),
}


class Actor:
    """An engine that says what the script wants."""

    method = "RiskSLIM"

    def __init__(self, script: Script, name: str) -> None:
        self.script, self.name = script, name

    def handles(self, *_: Any) -> None:
        return

    def run(
        self, _: Any, __: Any, options: SearchOptions, known: Known, pause: Pause | None = None
    ) -> SearchResult:
        if self.name == "supports":
            return self._wait(options, known, pause or Pause(math.inf, lambda _: None))
        if options.on_progress is not None:
            options.on_progress(Progress(1.0, 0, 0, 0, 0.0, math.inf))
        answer = self._answer("lcpa", options, known.start, known.bound)
        if self.name == "root":
            return CuttingPlanes(only_root=True)._described(answer)
        return described(answer, *PROOFS["lcpa"])

    def _wait(self, options: SearchOptions, known: Known, pause: Pause) -> SearchResult:
        """Answer at each pause that lies before the time limit, and at the end."""
        heuristics = ("heuristics: objective 0.7 after 0.10 s",)
        left, seconds, start = options.time_limit, pause.after, known.start
        while True:
            limits = replace(options, time_limit=min(seconds, left))
            answer = self._answer("supports", limits, start, known.bound)
            answer = described(answer, *PROOFS["supports"], before=heuristics)
            left -= seconds
            if answer.status is not Status.TIME_LIMIT or not left > 1.0:
                return answer
            onward = pause.aside(answer)
            if onward is None:
                return answer
            seconds = onward.seconds
            start = None if onward.starts is None else onward.starts[0]

    def _answer(self, engine: str, *told: Any) -> SearchResult:
        self.script.calls.append((self.name, *told))
        return self.script.answers[engine].pop(0)


class Script:
    """Engines that say what a test wants, and remember what they were given."""

    def __init__(self, supports: list[SearchResult], lcpa: list[SearchResult]) -> None:
        self.answers = {"supports": supports, "lcpa": lcpa}
        self.calls: list[tuple[str, SearchOptions, Any, Any]] = []

    def run(self, **options: Any) -> SearchResult:
        portfolio = Portfolio(*(Actor(self, name) for name in ("supports", "lcpa", "root")))
        settings, known = SearchOptions(**options), Known(PROBLEM.violations)
        return portfolio.run(PROBLEM, PROBLEM.statement, settings, known)

    @property
    def order(self) -> list[str]:
        return [call[0] for call in self.calls]


def test_a_first_slice_that_proves_is_all() -> None:
    script = Script([result(Status.OPTIMAL, GOOD, 0.5, 0.5)], [])
    outcome = script.run()
    assert script.order == ["supports"]
    assert outcome.status is Status.OPTIMAL
    assert "leaps and bounds" in outcome.proof
    assert outcome.log[0].startswith("engine auto chose the search over supports")
    assert outcome.log[1] == "heuristics: objective 0.7 after 0.10 s"
    assert outcome.log[2].startswith("search over supports: 0.50 s, objective 0.5, bound 0.5")


def test_a_weaker_root_leaves_the_time_to_the_search_over_supports() -> None:
    script = Script(
        [
            result(Status.TIME_LIMIT, GOOD, 0.5, 0.3),
            result(Status.OPTIMAL, BETTER, 0.45, 0.45),
        ],
        [result(Status.NODE_LIMIT, GOOD, 0.5, 0.2)],
    )
    outcome = script.run(time_limit=100.0)
    assert script.order == ["supports", "root", "supports"]
    assert script.calls[0][1].time_limit == 10.0
    assert script.calls[1][1].node_limit == 1
    assert script.calls[2][1].time_limit == 90.0
    assert script.calls[1][2] is GOOD
    assert script.calls[1][3] == 0.3
    assert script.calls[2][2] is None  # it has the best points itself
    assert outcome.status is Status.OPTIMAL
    assert outcome.point is BETTER
    # The last word of a search that waited counts all that it did.
    assert (outcome.nodes, outcome.cuts, outcome.lps) == (2, 4, 6)
    assert "leaps and bounds" in outcome.proof
    assert "the search over supports has the rest (bound by supports 0.3, by" in outcome.log[0]


def test_a_root_that_is_stronger_by_a_hair_has_no_turn() -> None:
    script = Script(
        [result(Status.TIME_LIMIT, GOOD, 0.5, 0.3), result(Status.OPTIMAL, GOOD, 0.5, 0.5)],
        [result(Status.NODE_LIMIT, GOOD, 0.5, 0.31)],
    )
    script.run(time_limit=100.0)
    assert script.order == ["supports", "root", "supports"]


def test_a_stronger_root_makes_them_take_turns() -> None:
    script = Script(
        [result(Status.TIME_LIMIT, GOOD, 0.5, 0.0), result(Status.TIME_LIMIT, BETTER, 0.45, 0.1)],
        [
            result(Status.NODE_LIMIT, GOOD, 0.5, 0.2),
            result(Status.TIME_LIMIT, BETTER, 0.48, 0.4),
            result(Status.OPTIMAL, BETTER, 0.45, 0.45),
        ],
    )
    lines: list[Progress] = []
    outcome = script.run(on_progress=lines.append)
    assert script.order == ["supports", "root", "lcpa", "supports", "lcpa"]
    assert [call[1].time_limit for call in script.calls[2:]] == [20.0, 40.0, 80.0]
    assert np.array_equal(script.calls[3][2], BETTER[:2])  # without the indicator
    assert script.calls[4][2] is BETTER
    assert outcome.status is Status.OPTIMAL
    assert "cutting planes" in outcome.proof
    # Lines of later runs go on from what is known.
    assert [line.lower_bound for line in lines] == [0.0, 0.2, 0.4]
    assert [line.objective for line in lines] == [0.5, 0.5, 0.45]


def test_cutting_planes_that_stand_still_are_left() -> None:
    script = Script(
        [result(Status.TIME_LIMIT, GOOD, 0.5, 0.0), result(Status.OPTIMAL, GOOD, 0.5, 0.5)],
        [result(Status.NODE_LIMIT, GOOD, 0.5, 0.2), result(Status.TIME_LIMIT, GOOD, 0.5, 0.21)],
    )
    outcome = script.run()
    assert script.order == ["supports", "root", "lcpa", "supports"]
    assert math.isinf(script.calls[-1][1].time_limit)
    assert outcome.status is Status.OPTIMAL


def test_a_bound_of_one_closes_the_gap_of_the_other() -> None:
    script = Script(
        [result(Status.TIME_LIMIT, GOOD, 0.5, 0.1)],
        [result(Status.NODE_LIMIT, None, math.inf, 0.5 - 1e-10)],
    )
    outcome = script.run()
    assert script.order == ["supports", "root"]
    assert outcome.status is Status.OPTIMAL
    assert outcome.point is GOOD
    assert "root bound" in outcome.proof


def test_a_bound_alone_is_no_optimum() -> None:
    script = Script(
        [result(Status.NODE_LIMIT, None, math.inf, 0.1)],
        [result(Status.NODE_LIMIT, None, math.inf, 0.2)],
    )
    outcome = script.run(node_limit=5)
    assert script.order == ["supports", "root"]
    assert script.calls[0][1].node_limit == 5
    assert math.isinf(script.calls[0][1].time_limit)
    assert outcome.status is Status.NODE_LIMIT
    assert outcome.point is None
    assert "root bound" in outcome.proof


def test_ctrl_c_ends_all() -> None:
    script = Script(
        [result(Status.TIME_LIMIT, GOOD, 0.5, 0.1)],
        [result(Status.INTERRUPTED, GOOD, 0.5, 0.05)],
    )
    outcome = script.run()
    assert outcome.status is Status.INTERRUPTED
    assert outcome.lower_bound == 0.1
    assert "search over supports, which was cut short" in outcome.proof


def test_a_tree_without_memory_is_not_asked_again() -> None:
    script = Script(
        [result(Status.TIME_LIMIT, GOOD, 0.5, 0.0), result(Status.OPTIMAL, GOOD, 0.5, 0.5)],
        [result(Status.NODE_LIMIT, GOOD, 0.5, 0.2), result(Status.MEMORY_LIMIT, GOOD, 0.5, 0.3)],
    )
    outcome = script.run()
    assert script.order == ["supports", "root", "lcpa", "supports"]
    assert math.isinf(script.calls[-1][1].time_limit)
    assert outcome.status is Status.OPTIMAL


def test_without_memory_for_supports_the_tree_has_the_rest() -> None:
    script = Script(
        [result(Status.MEMORY_LIMIT, GOOD, 0.5, 0.3)],
        [result(Status.NODE_LIMIT, GOOD, 0.5, 0.2), result(Status.MEMORY_LIMIT, GOOD, 0.5, 0.25)],
    )
    outcome = script.run()
    assert script.order == ["supports", "root", "lcpa"]
    assert math.isinf(script.calls[-1][1].time_limit)
    assert outcome.status is Status.MEMORY_LIMIT
    assert outcome.lower_bound == 0.3


def test_a_tree_that_ends_at_a_gap_of_its_rounding_hands_over():
    script = Script(
        [result(Status.TIME_LIMIT, GOOD, 0.5, 0.0), result(Status.OPTIMAL, GOOD, 0.5, 0.5)],
        [result(Status.NODE_LIMIT, GOOD, 0.5, 0.2), result(Status.OPTIMAL, GOOD, 0.5, 0.5 - 1e-6)],
    )
    outcome = script.run()
    assert script.order == ["supports", "root", "lcpa", "supports"]
    assert outcome.status is Status.OPTIMAL
    assert "leaps and bounds" in outcome.proof
    assert outcome.lower_bound == 0.5


def test_a_gap_of_rounding_that_nobody_closes_in_time_is_no_optimum():
    script = Script(
        [result(Status.TIME_LIMIT, GOOD, 0.5, 0.0), result(Status.TIME_LIMIT, GOOD, 0.5, 0.0)],
        [result(Status.OPTIMAL, GOOD, 0.5, 0.5 - 1e-6)],
    )
    outcome = script.run(time_limit=100.0)
    assert script.order == ["supports", "root", "supports"]
    assert outcome.status is Status.TIME_LIMIT
    assert outcome.lower_bound == 0.5 - 1e-6
