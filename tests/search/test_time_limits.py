"""Every search ends when it is told to, with a score; counted in work, not by the clock."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import riskslim.limits.deadline as deadlines
import riskslim.limits.reserve as reserve
from riskslim import Dataset, RiskSLIMProblem, SLIMProblem
from riskslim.scores import path
from riskslim.scores.path import find_path
from riskslim.search.supports import Supports, opening_score
from riskslim.solvers import _native
from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.sizes import search_sizes
from riskslim.solvers.supports import LinearModelProblem, search

# CPU seconds that the end of a search may take, under a sanitizer and on a slow machine too.
_SOON = 20.0


def table(n: int, d: int, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    y = X[:, 0] - X[:, 1] + rng.logistic(size=n) > 0
    return X, y


def linear_model(n: int, d: int, **options: Any) -> LinearModelProblem:
    X, y = table(n, d)
    wide = np.append(50.0, np.full(d, 5.0))
    cost = np.append(0.0, np.full(d, 1e-6))
    return LinearModelProblem(
        X, y.astype(float), (~y).astype(float), -wide, wide, cost, **{"max_size": 5} | options
    )


class Stop:
    """Asked whether to end: yes, from a number of times on."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def stopping(after: int = 0, **options: Any) -> SearchOptions:
    return SearchOptions(interrupted=Stop(after), **options)


@pytest.mark.parametrize("multiplier", [(1.0, 1.0), (0.5, 8.0)])
def test_a_search_without_time_has_the_empty_score(multiplier: tuple[float, float]) -> None:
    found = search(
        linear_model(300, 40, multiplier_range=multiplier), SearchOptions(time_limit=0.0)
    )
    assert found.status is Status.TIME_LIMIT
    assert found.best is not None
    assert 0.0 <= found.lower_bound <= found.best.objective <= math.log(2) + 1e-9


def test_points_within_a_support_are_left_when_the_search_is_told_to_end() -> None:
    """Two supports, and an intercept of a thousand million values: no node of the tree ends it."""
    features, half = np.array([[0.0], [1.0]]), np.array([0.5, 0.5])
    wide = np.array([5e8, 5.0])
    problem = LinearModelProblem(features, half, half, -wide, wide, np.zeros(2))
    begin = time.thread_time()  # not that of threads which other tests may have left
    found = search(problem, stopping(0), pool_tolerance=1e9, pool_limit=10**6)
    assert time.thread_time() - begin < _SOON
    assert found.status is Status.INTERRUPTED
    assert not found.pool_complete
    assert found.best is not None
    assert found.lower_bound <= found.best.objective == pytest.approx(math.log(2))


@pytest.mark.parametrize("threads", [1, 3])
def test_a_wide_table_ends_soon_and_has_a_score_with_features(threads: int) -> None:
    """The fit of the root on all columns takes minutes of its own."""
    begin = time.process_time()
    found = search(linear_model(120, 3000), stopping(40, threads=threads))
    assert time.process_time() - begin < _SOON * threads
    assert found.status is Status.INTERRUPTED
    assert found.best is not None
    assert found.best.size > 0


def test_every_size_of_a_path_that_is_ended_has_its_bound() -> None:
    found = search_sizes(linear_model(400, 300, min_size=1, max_size=3), stopping(3))
    assert sorted(found) == [1, 2, 3]
    assert found[3].status is Status.INTERRUPTED
    for result in found.values():
        assert 0.0 <= result.lower_bound <= (result.best.objective if result.best else math.inf)


def test_no_size_is_begun_that_would_overrun_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches say that each took a hundred seconds more than it was given."""
    limits = []

    def slow(problem: LinearModelProblem, options: SearchOptions, **named: Any) -> Any:
        limits.append(options.time_limit)
        found = search(problem, options, **named)
        return replace(found, seconds=found.seconds | {"total": options.time_limit + 100.0})

    monkeypatch.setattr("riskslim.solvers.sizes.search", slow)
    model = linear_model(50, 6, min_size=1, max_size=4)
    found = search_sizes(model, SearchOptions(time_limit=80.0))
    assert len(limits) == 2  # the opening, and the first size
    assert limits[1] == pytest.approx(20.0, rel=0.5)
    assert found[1].status is Status.OPTIMAL
    for size in (2, 3, 4):
        assert found[size].status is Status.TIME_LIMIT
        best = found[size].best
        assert best is not None
        assert 0.0 <= found[size].lower_bound <= best.objective
    limits.clear()
    search_sizes(model, SearchOptions(time_limit=1e6))
    assert len(limits) == 5


def test_a_path_leaves_time_for_what_sizes_become_after_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = []

    def solved(problem: Any, options: SearchOptions, *_: Any) -> dict[int, Any]:
        given.append(options.time_limit)
        return {}

    monkeypatch.setattr("riskslim.search.sizes.solve_sizes", solved)
    monkeypatch.setattr(deadlines, "_clock", lambda: 0.0)
    monkeypatch.setattr(reserve, "_SECONDS_PER_ROW", 0.5)
    X, y = table(40, 3)
    problem = RiskSLIMProblem(Dataset.from_arrays(X, y), max_size=2)
    rows = problem.data.n_distinct
    find_path(problem, SearchOptions(time_limit=1000.0))
    find_path(problem, SearchOptions(time_limit=20.0))
    find_path(problem, SearchOptions())
    # Two sizes and a table; half of what is left at most.
    assert given == [1000.0 - 2 * 0.5 * rows - path._TABLE_SECONDS, 10.0, math.inf]


def test_a_search_leaves_time_for_the_check_of_its_score(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    class Spied(Supports):
        def run(self, problem: Any, statement: Any, options: SearchOptions, known: Any) -> Any:
            given.append(options.time_limit)
            return super().run(problem, statement, options, known)

    monkeypatch.setattr("riskslim.search.solving.engine_for", lambda *_: Spied())
    monkeypatch.setattr(reserve, "_SECONDS_PER_ROW", 50.0)
    X, y = table(40, 3)
    problem = RiskSLIMProblem(Dataset.from_arrays(X, y), max_size=2)
    for seconds in (1e6, 2e3, math.inf):
        problem.solve(SearchOptions(time_limit=seconds))
    kept = 50.0 * problem.data.n_distinct
    assert given == [pytest.approx(1e6 - kept, abs=5.0), pytest.approx(1e3, abs=5.0), math.inf]


def test_of_very_many_rows_the_first_ones_give_the_first_score() -> None:
    n, first = 1 << 16, 1 << 12
    model = linear_model(n, 6, multiplier_range=(0.5, 8.0))
    part = replace(
        model,
        features=model.features[:first],
        positive=model.positive[:first],
        negative=model.negative[:first],
    )
    small = search(part, SearchOptions(node_limit=0), beam_width=2).best
    found = search(model, SearchOptions(node_limit=0))
    assert small is not None
    assert found.best is not None
    total = small.points[0] + model.features @ small.points[1:]

    def loss(scale: float) -> float:
        up, down = np.logaddexp(0, -scale * total), np.logaddexp(0, scale * total)
        return float(model.positive @ up + model.negative @ down) / n

    scale = _native.best_scale(total, model.positive, model.negative, 1 / 8, 2.0)
    told = loss(scale) + 1e-6 * small.size
    assert found.trace[0][1] == pytest.approx(told, rel=1e-12)
    assert found.best.objective <= told
    for other in (scale * (1 - 1e-4), scale * (1 + 1e-4)):
        assert loss(scale) < loss(other)


def test_cutting_planes_that_end_at_their_root_have_what_the_opening_found() -> None:
    X, y = table(120, 40)
    problem = RiskSLIMProblem(Dataset.from_arrays(X, y), max_size=4, multiplier="free")
    opening = opening_score(problem, problem.statement, SearchOptions(), problem.violations)
    assert opening is not None
    assert np.count_nonzero(opening[1:]) > 0
    solution = problem.solve(SearchOptions(node_limit=1), engine="lcpa")
    assert solution.objective <= problem.objective(opening)


@pytest.mark.parametrize("engine", ["auto", "supports", "lcpa"])
def test_a_fit_that_is_ended_at_once_has_a_score(engine: Any) -> None:
    X, y = table(200, 400)
    problem = RiskSLIMProblem(Dataset.from_arrays(X, y), max_size=4)
    begin = time.process_time()
    solution = problem.solve(stopping(), engine=engine)
    assert time.process_time() - begin < _SOON
    assert solution.status is Status.INTERRUPTED
    assert solution.points is not None
    assert solution.lower_bound <= solution.objective


@pytest.mark.parametrize("engine", ["auto", "search", "mip"])
def test_a_decision_score_that_is_ended_at_once_is_there(engine: Any) -> None:
    X, y = table(500, 30)
    problem = SLIMProblem(Dataset.from_arrays(X, y), max_size=4, C0=0.001)
    begin = time.process_time()
    solution = problem.solve(stopping(), engine=engine)
    assert time.process_time() - begin < _SOON
    assert solution.status is Status.INTERRUPTED
    assert solution.points is not None


def test_coordinate_descent_that_is_told_to_end_gives_the_points_so_far() -> None:
    from riskslim.problems.loss import LogisticLoss

    X, y = table(4000, 60)
    loss = LogisticLoss(X, y.astype(float), (~y).astype(float))
    box = np.full(61, 5.0)
    rows = LatticeRows(np.zeros((0, 61)), np.zeros((0, 61)), np.zeros(0), np.zeros(0))
    arguments = (np.zeros(61), -box, box, np.zeros(61), rows)
    begin = time.process_time()
    points = loss.coordinate_descent(*arguments, stop=lambda: True)
    assert time.process_time() - begin < _SOON
    assert points is not None
    assert loss.value(points) <= loss.value(np.zeros(61))


def test_what_python_raises_while_it_is_asked_is_raised_by_the_search() -> None:
    def broken() -> bool:
        raise LookupError("no answer")

    for threads in (1, 2):
        with pytest.raises(LookupError, match="no answer"):
            search(linear_model(400, 300), SearchOptions(interrupted=broken, threads=threads))


def test_ctrl_c_ends_a_search_with_its_incumbent() -> None:
    def interrupt() -> bool:
        raise KeyboardInterrupt

    found = search(linear_model(400, 300), SearchOptions(interrupted=interrupt))
    assert found.status is Status.INTERRUPTED
    assert found.best is not None


def test_time_spent_before_a_search_is_taken_off_its_limit() -> None:
    now = time.monotonic()
    assert SearchOptions(time_limit=100.0).since(now - 30.0).time_limit == pytest.approx(70, abs=1)
    assert SearchOptions(time_limit=100.0).since(now - 200.0).time_limit == pytest.approx(5.25)
    assert SearchOptions(time_limit=0.1).since(now - 200.0).time_limit == pytest.approx(0.1)
    assert SearchOptions().since(now - 200.0).time_limit == math.inf


@pytest.mark.parametrize("asked", [0, 1, 2, 5, 9, 20, 60])
def test_a_line_that_is_stopped_between_its_trials_leaves_a_score_that_holds(asked: int) -> None:
    X, y = table(60, 5)
    data = Dataset.from_arrays((X > 0.3).astype(float), y)
    problem = RiskSLIMProblem(data, max_size=3, multiplier="free")
    polls = iter([False] * asked)
    solution = problem.solve(SearchOptions(interrupted=lambda: next(polls, True)), engine="lcpa")
    assert solution.status is Status.INTERRUPTED
    assert solution.lower_bound <= solution.objective
    assert problem.objective(solution.points) == pytest.approx(solution.objective, abs=1e-12)
