"""Limits on predictions in subgroups, in the search for scores under the 0-1 loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.slim import boxes
from riskslim.solvers.slim.native import Prices, TreeRequest, grow_tree
from riskslim.solvers.slim.prices import limit_prices
from riskslim.solvers.threshold import (
    PredictionLimits,
    ThresholdProblem,
    search,
)
from support.brute_force import best_decision, yes_and_no

SLOW = settings(max_examples=120, suppress_health_check=list(HealthCheck))


def shares_of_yes(problem: ThresholdProblem, points) -> np.ndarray:
    """The limited sums, by brute force."""
    yes, _ = yes_and_no(problem, np.asarray(points, dtype=float)[None])
    return problem.predictions.coefficients @ yes[0]


@st.composite
def problems(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, d = int(rng.integers(4, 24)), int(rng.integers(1, 4))
    scale = rng.choice([1.0, 10.0, 3.0])
    features = rng.integers(0, int(rng.integers(2, 5)), (n, d)) / scale
    features = np.unique(features, axis=0)
    n = len(features)
    positive = rng.integers(0, 4, n).astype(float)
    negative = rng.integers(0, 4, n).astype(float)
    positive[0], negative[-1] = 1.0, 1.0
    if rng.random() < 0.3:
        positive *= 0.37
    m = int(rng.integers(1, 4))
    coefficients = rng.integers(-2, 3, (m, n)).astype(float)
    kind = draw(st.sampled_from(["any", "rate", "parity"]))
    member = rng.random(n) < 0.5
    if kind == "rate":  # of one class in a subgroup
        weights = negative * member
        coefficients = weights[None, :] / max(weights.sum(), 1.0)
    elif kind == "parity":
        shares = [
            (positive + negative) * who / max(((positive + negative) * who).sum(), 1.0)
            for who in (member, ~member)
        ]
        coefficients = (shares[0] - shares[1])[None, :]
    m = len(coefficients)
    reach = np.abs(coefficients).sum(axis=1) + 1e-9
    lower = -reach * rng.random(m) * 0.4
    upper = reach * rng.random(m) * 0.4
    lower[rng.random(m) < 0.5] = -np.inf
    if kind == "any" and rng.random() < 0.4:
        lower[0], upper[0] = 1.0, np.inf
    low, high = -rng.integers(0, 3, d + 1).astype(float), rng.integers(0, 4, d + 1).astype(float)
    low[0], high[0] = -6.0, 6.0
    return ThresholdProblem(
        features, positive, negative, low, high,
        np.r_[0.0, rng.choice([0.0, 0.01, 0.05], d)],
        epsilon=float(rng.choice([0.0, 1e-5])),
        max_size=int(rng.integers(1, d + 1)),
        max_false_positive=float(rng.choice([np.inf, 3.0])),
        predictions=PredictionLimits(coefficients, lower, upper),
    )  # fmt: skip


@SLOW
@given(problems(), st.sampled_from([0.0, 0.01]))
def test_matches_brute_force(problem, effort):
    check(problem, effort)


@settings(SLOW, max_examples=25)
@given(problems())
def test_matches_brute_force_where_linear_programs_bound(problem):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boxes, "_PAIRS", 0)
        patch.setattr(boxes, "_FIRST_NODES", 1)
        check(problem, 0.01)


def check(problem: ThresholdProblem, effort: float) -> None:
    result = search(problem, effort=effort)
    expected = best_decision(problem)
    if expected is None:
        assert result.status == Status.INFEASIBLE
        return
    assert result.status == Status.OPTIMAL
    assert result.objective == pytest.approx(expected[0], abs=1e-12)
    assert tuple(result.points) == expected[1]


@SLOW
@given(problems(), st.integers(0, 2**32 - 1))
def test_any_prices_of_the_limits_bound_every_score(problem, seed):
    rng = np.random.default_rng(seed)
    limits = problem.predictions
    prices = []
    for low, high in zip(limits.lower, limits.upper, strict=True):
        up = rng.integers(0, 4) if np.isfinite(high) else 0
        down = rng.integers(0, 4) if np.isfinite(low) else 0
        prices.append(float(rng.choice([up, -down])) * 1.37)
    request = TreeRequest(
        problem, problem.lower, problem.upper, lambda *now: False,
        prices=Prices(predictions=tuple(prices)), time_limit=60.0,
    )  # fmt: skip
    result = grow_tree(request)
    expected = best_decision(problem)
    assert result.ended == 0
    if expected is None:
        assert result.incumbent is None
    else:
        assert tuple(result.incumbent.points) == expected[1]


def test_prices_of_a_limit_that_binds_are_found():
    problem = two_groups(0)
    prices = limit_prices(problem, 0, np.inf, lambda *now: False)
    assert any(prices.predictions)
    free = replace(problem, predictions=None)
    assert limit_prices(free, 0, np.inf, lambda *now: False) == Prices()


def two_groups(seed: int) -> ThresholdProblem:
    """People of two groups; what tells the outcome also tells the group."""
    rng = np.random.default_rng(seed)
    n = 200
    member = rng.random(n) < 0.5
    x = np.c_[member, rng.integers(0, 4, (n, 4))].astype(float)
    y = x @ np.array([4.0, 2.0, -2.0, 1.0, 0.0]) + rng.normal(0, 2, n) > 3.0
    shares = np.where(member, 1.0 / member.sum(), -1.0 / (~member).sum())
    x, positions = np.unique(x, axis=0, return_inverse=True)
    positions = positions.ravel()
    return ThresholdProblem(
        x,
        np.bincount(positions, weights=y, minlength=len(x)),
        np.bincount(positions, weights=~y, minlength=len(x)),
        np.r_[-30.0, np.full(5, -3.0)],
        np.r_[30.0, np.full(5, 3.0)],
        np.r_[0.0, np.full(5, 0.01)],
        epsilon=1e-6,
        predictions=PredictionLimits(
            np.bincount(positions, weights=shares, minlength=len(x))[None, :],
            np.array([-0.1]),
            np.array([0.1]),
        ),
    )


@pytest.mark.parametrize("seed", range(3))
def test_parity_that_the_best_score_violates_is_kept(seed):
    problem = two_groups(seed)
    free = search(replace(problem, predictions=None))
    assert abs(shares_of_yes(problem, free.points)[0]) > 0.1
    answers = [
        search(problem, SearchOptions(threads=threads, seed=threads), effort=effort)
        for threads, effort in ((1, 1.0), (2, 0.0))
    ]
    assert {a.status for a in answers} == {Status.OPTIMAL}
    assert len({tuple(a.points) for a in answers}) == 1
    assert abs(shares_of_yes(problem, answers[0].points)[0]) <= 0.1 + 1e-9
    assert answers[0].objective > free.objective


def test_a_total_of_zero_predicts_no():
    problem = ThresholdProblem(
        np.array([[0.0], [1.0]]), np.array([0.0, 3.0]), np.array([2.0, 0.0]),
        np.array([0.0, 0.0]), np.array([0.0, 3.0]), np.array([0.0, 0.0]),
        predictions=PredictionLimits(np.array([[1.0, 0.0]]), np.array([0.0]), np.array([0.0])),
    )  # fmt: skip
    result = search(problem)
    assert (result.false_positive, result.false_negative) == (2.0, 0.0)
    assert shares_of_yes(problem, result.points).tolist() == [0.0]
    strict = replace(
        problem,
        predictions=PredictionLimits(np.array([[1.0, 0.0]]), np.array([1.0]), np.array([1.0])),
    )
    assert search(strict).status == Status.INFEASIBLE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lower": np.zeros(2)}, "one row of coefficients"),
        ({"coefficients": np.array([[np.nan]])}, "finite"),
        ({"upper": np.array([np.nan])}, "numbers"),
    ],
)
def test_limits_that_do_not_fit_are_refused(change, message):
    good = PredictionLimits(np.ones((1, 1)), np.zeros(1), np.ones(1))
    with pytest.raises(ValueError, match=message):
        replace(good, **change)


def test_coefficients_of_another_number_of_rows_are_refused():
    with pytest.raises(ValueError, match="one coefficient for each of"):
        replace(
            two_groups(0), predictions=PredictionLimits(np.ones((1, 3)), np.zeros(1), np.ones(1))
        )
