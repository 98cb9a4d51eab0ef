"""Whom decision scores near the optimum decide otherwise, against every choice of points."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from riskslim import ScorePool, SLIMProblem
from riskslim.errors import OptionError

TOLERANCE = 0.06


def every_score(problem, X):
    """Objective and decisions of every score that the rules allow."""
    low, high = -6, 6
    for points in itertools.product(range(-2, 3), repeat=X.shape[1]):
        for intercept in range(low, high + 1):
            x = np.array((intercept, *points))
            if not problem.violations(x):
                yield problem.objective(x), X @ x[1:] + intercept > 0


@pytest.mark.parametrize("seed", range(3))
def test_against_every_score(seed):
    random = np.random.default_rng(seed)
    X = random.integers(0, 2, (30, 3)).astype(float)
    y = (random.random(30) < 0.25 + 0.5 * X[:, 0]).astype(int)
    weight = random.integers(1, 4, 30)
    problem = SLIMProblem(X, y, max_coef=2, C0=0.01, max_size=2)
    found = problem.viable_decisions(X, tolerance=TOLERANCE, sample_weight=weight)
    every = list(every_score(problem, X))
    best = min(objective for objective, _ in every)
    near = [decided for objective, decided in every if objective <= best + TOLERANCE + 1e-12]
    base = found.decisions["yes"].to_numpy()
    flips = np.any([decided != base for decided in near], axis=0)
    assert found.complete
    np.testing.assert_array_equal(found.decisions["flips"], flips)
    assert found.ambiguity == pytest.approx(weight @ flips / weight.sum())
    largest = max(weight @ (decided != base) for decided in near) / weight.sum()
    assert found.discrepancy <= largest + 1e-12
    kinds = {tuple(score.decides(score.total(X))) for score in found.scores}
    assert len(kinds) == len(found.scores)
    assert found.scores[0].certificate.is_optimal
    for score in found.scores:
        assert score.certificate.objective <= best + TOLERANCE + 1e-12
    pool = ScorePool.from_json(found.pool.to_json())
    assert pool.scores == found.scores
    assert not pool.complete
    assert "not a list of all" in pool.certificate
    assert pool.to_frame()["threshold"].tolist() == [score.threshold for score in pool]
    judged = pool.multiplicity(X, sample_weight=weight)
    assert (judged.ambiguity, judged.discrepancy, judged.complete) == pytest.approx(
        (found.ambiguity, found.discrepancy, False)
    )
    differs = judged.ranges["lowest"] < judged.ranges["highest"]
    np.testing.assert_array_equal(differs, flips)
    with pytest.raises(OptionError, match="of risk scores"):
        pool.multiplicity(X, deviation=0.1)
    table = problem.viable_decisions(tolerance=TOLERANCE)
    assert table.decisions["flips"].any() == flips.any()


def test_without_time_nothing_is_proved_and_numbers_are_refused():
    random = np.random.default_rng(0)
    X, y = random.integers(0, 2, (200, 12)), random.integers(0, 2, 200)
    problem = SLIMProblem(X, y)
    found = problem.viable_decisions(X, tolerance=0.0, time_limit=0.3)
    assert not found.complete
    assert found.to_dict()["complete"] is False
    with pytest.raises(OptionError, match="tolerance=-1"):
        problem.viable_decisions(tolerance=-1)
    with pytest.raises(OptionError, match="sample_weight goes with X"):
        problem.viable_decisions(sample_weight=[1.0])
