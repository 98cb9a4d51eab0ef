"""Every search ends when it is told to, with a score; counted in work, not by the clock."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest

from riskslim import Dataset, RiskSLIMProblem, SLIMProblem
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
    begin = time.process_time()
    found = search(problem, stopping(3), pool_tolerance=1e9, pool_limit=10**6)
    assert time.process_time() - begin < _SOON
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
