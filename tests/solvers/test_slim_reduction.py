"""Rows that every good decision score has on one side, against all scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from riskslim.solvers.oracle import LatticeRows
from riskslim.solvers.result import SearchOptions
from riskslim.solvers.slim import reduction
from riskslim.solvers.slim.reduction import decided_rows
from riskslim.solvers.threshold import ThresholdProblem
from support.brute_force import decision_scores, totals


def random_problem(seed: int) -> ThresholdProblem:
    """Two or three features, some in tenths; some rows of both classes, some limits and rules."""
    rng = np.random.default_rng(seed)
    d, n = int(rng.integers(2, 4)), int(rng.integers(8, 40))
    x, group = np.unique(rng.integers(0, 3, (n, d)), axis=0, return_inverse=True)
    x = x / rng.choice([1.0, 10.0])
    y = x[group.ravel()] @ rng.normal(size=d) + rng.normal(scale=0.1, size=n) > 0.1
    weight = rng.choice([np.ones(n), rng.integers(1, 4, n), np.round(rng.random(n) + 0.1, 3)])
    lower, upper = -rng.integers(0, 3, d + 1), rng.integers(0, 3, d + 1)
    if rng.random() < 0.2:
        lower[1], upper[1] = 1, 2
    rows = LatticeRows(
        np.r_[0.0, np.ones(d)][np.newaxis], np.zeros((1, d + 1)), np.array([-1.0]), np.array([2.0])
    )
    return ThresholdProblem(
        x,
        np.bincount(group.ravel(), weights=y * weight, minlength=len(x)),
        np.bincount(group.ravel(), weights=~y * weight, minlength=len(x)),
        np.r_[-4.0, lower[1:]],
        np.r_[4.0, upper[1:]],
        np.r_[0.0, rng.choice([0.0, 0.02, 0.1, 1e6], d)],
        max_size=int(rng.integers(1, d + 1)),
        epsilon=float(rng.choice([0.0, 1e-4])),
        rows=rows if rng.random() < 0.3 else None,
        max_false_positive=float(rng.choice([np.inf, 3.0])),
    )


@pytest.mark.parametrize("quads", [True, False])
def test_no_score_as_good_has_a_settled_row_elsewhere(
    quads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reduction, "_PAIRS", reduction._PAIRS if quads else 0)
    settled = looked_at = 0
    for seed in range(30):
        problem = random_problem(seed)
        points, objectives = decision_scores(problem)
        if not len(points):
            continue
        side = np.sign(np.rint(totals(10.0 * points, problem.features))).astype(np.int64)
        known = np.argsort(objectives, kind="stable")[min(seed % 3, len(points) - 1)]
        cutoff = float(objectives[known])
        found = decided_rows(problem, side[known], cutoff, SearchOptions())
        good = objectives <= cutoff + 1e-12
        assert found.complete
        assert np.all(side[good][:, found.decided] == side[known][found.decided])
        assert not found.decided[side[known] == 0].any()
        settled, looked_at = settled + int(found.decided.sum()), looked_at + len(found.decided)
    assert settled > 0.2 * looked_at


def test_a_row_is_settled_only_beyond_all_rounding() -> None:
    x, weight = np.eye(2), np.array([1.0, 1.0])
    problem = ThresholdProblem(
        *(x, weight * [1, 0], weight * [0, 1]),
        *(np.full(3, -1.0), np.full(3, 1.0), np.array([0.0, 0.1, 0.1])),
    )
    side = np.array([1, -1])
    assert decided_rows(problem, side, 0.1, SearchOptions()).decided.all()
    # One error costs as much as the score: it is as good, and has a row elsewhere.
    assert not decided_rows(problem, side, 0.5, SearchOptions()).decided.any()
    assert not decided_rows(problem, side, 0.5 - 1e-10, SearchOptions()).decided.any()
    dear = replace(problem, switch_cost=np.array([0.0, 1e9, 1e9]))
    assert not decided_rows(dear, side, 1e9, SearchOptions()).decided.any()


def test_without_time_rows_stay_open() -> None:
    problem = random_problem(0)
    side = np.ones(len(problem.features), dtype=np.int64)
    found = decided_rows(problem, side, 0.0, SearchOptions(interrupted=lambda: True))
    assert not found.complete
    assert not found.decided.any()
