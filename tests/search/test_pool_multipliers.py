"""Pools of a free multiplier: every multiplier within the tolerance counts, and there is an end."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem, ScorePool
from riskslim.constraints import Multiples, PointRange
from riskslim.scores.multiplicity import _Counter, _Moving, _Shifts
from riskslim.solvers.result import SearchOptions


def table(seed: int, n: int = 14, d: int = 2) -> Dataset:
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 3, (n, d)) * 1.0
    outcome = (features @ rng.normal(size=d) + rng.normal(size=n) > 0.5).astype(int)
    outcome[:2] = 0, 1
    return Dataset.from_arrays(features, outcome)


def every_risk(problem: RiskSLIMProblem, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest risk of each row over all points and a fine grid of multipliers."""
    data = problem.data
    box = zip(
        (problem.coefficients.intercept_lower, *problem.coefficients.lower),
        (problem.coefficients.intercept_upper, *problem.coefficients.upper),
        strict=True,
    )
    scales = 1.0 / np.geomspace(*problem.scale_range, 4000)
    points = list(itertools.product(*(range(int(a), int(b) + 1) for a, b in box)))
    found = []
    for own in points:
        if problem.violations(own):
            continue
        scores = problem.scores(np.array(own, dtype=float))
        z = np.outer(scales, scores)
        loss = (np.logaddexp(0, -z) @ data.positive + np.logaddexp(0, z) @ data.negative) / (
            data.total_weight
        )
        found.append((scores, loss + problem.switch_cost[np.array(own[1:]) != 0].sum()))
    best = min(problem.objective(own) for own in points if not problem.violations(own))
    risks = np.concatenate(
        [
            expit(np.outer(scales[objective <= best + tolerance], scores))
            for scores, objective in found
        ]
    )
    return risks.min(axis=0), risks.max(axis=0)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("tolerance", [0.002, 0.02])
def test_ranges_of_risks_are_those_of_all_multipliers(seed, tolerance):
    data = table(seed)
    points = CoefficientSet(data.feature_names, -2, 2).set_intercept(-3, 3)
    problem = RiskSLIMProblem(
        data, points, C0=1e-3, multiplier="free", intercept="integer", multiplier_range=(0.7, 6.0),
        constraints=[Multiples(2, "x2")] if seed % 2 else [],
    )  # fmt: skip
    pool = problem.pool(tolerance, limit=10_000)
    assert pool.complete
    ranges = pool.multiplicity(data.features).ranges
    lowest, highest = every_risk(problem, tolerance)
    # a grid falls short of the ends by its step
    assert (ranges["lowest"].to_numpy() <= lowest + 1e-9).all()
    assert (ranges["highest"].to_numpy() >= highest - 1e-9).all()
    np.testing.assert_allclose(ranges["lowest"], lowest, atol=2e-3)
    np.testing.assert_allclose(ranges["highest"], highest, atol=2e-3)


def test_both_ends_of_a_range_of_multipliers_are_within_the_tolerance_and_no_more():
    problem = RiskSLIMProblem(table(1), max_coef=2, C0=1e-3, multiplier="free", intercept="integer")
    tolerance = 0.01
    pool = problem.pool(tolerance, limit=10_000)
    limit = pool.best.certificate.objective + tolerance
    low, high = problem.scale_range
    strict = 0
    for score, ends in zip(pool, pool.multipliers, strict=True):
        points = [score.intercept, *(feature.points for feature in score.features)]
        assert ends[0] <= score.multiplier <= ends[1]
        if not any(points):
            continue
        for end, further in zip(ends, (ends[0] * 0.999, ends[1] * 1.001), strict=True):
            assert problem.objective(points, end) <= limit + 1e-12
            if low < further < high:
                strict += 1
                assert problem.objective(points, further) > limit
    assert strict >= 2


@pytest.mark.parametrize("max_size", [None, 0, 1])
def test_a_pool_ends_where_the_score_without_features_is_within_the_tolerance(max_size):
    data = Dataset.from_arrays(np.array([[0.0], [0], [0], [0], [1], [1]]), [1, 1, 1, 0, 0, 1])
    problem = RiskSLIMProblem(
        data, max_coef=1, max_size=max_size, C0=1e-3, multiplier="free", intercept="integer",
        multiplier_range=(0.5, 20.0),
    )  # fmt: skip
    pool = problem.pool(0.05, limit=10_000)
    assert pool.complete
    flat = [score.intercept for score in pool if score.size == 0]
    # every intercept above 0 is one score, and 0 itself, at 0.693, is beyond the tolerance
    assert flat == [1]
    index = next(i for i, score in enumerate(pool) if score.size == 0)
    limit = pool.best.certificate.objective + 0.05
    for end in pool.multipliers[index]:
        assert problem.objective([1, 0], end) <= limit + 1e-12


def test_a_table_without_signal_has_a_pool_with_an_end():
    features = np.array([[0.0], [1], [0], [1]] * 5)
    data = Dataset.from_arrays(features, [0, 0, 1, 1] * 5)
    pool = RiskSLIMProblem(
        data, max_coef=1, multiplier="free", intercept="integer", multiplier_range=(0.5, 50.0)
    ).pool(1e-3, limit=10)
    assert pool.status == "optimal"
    assert len(pool) == 10
    assert not pool.complete


@pytest.mark.parametrize("greatest", [100.0, 1e6])
def test_multiples_that_a_rule_on_the_intercept_forbids_are_not_tried_one_by_one(
    monkeypatch, greatest
):
    data = Dataset.from_arrays([[0, 1], [1, 0], [1, 1], [0, 0], [0, 1]], [0, 1, 0, 0, 0])
    rule = PointRange("(Intercept)", at_least=-3, at_most=3)
    problem = RiskSLIMProblem(
        data,
        max_size=0,
        constraints=[rule],
        multiplier="free",
        intercept="integer",
        multiplier_range=(0.5, greatest),
    )
    checks = itertools.count()
    violations = RiskSLIMProblem.violations
    monkeypatch.setattr(
        RiskSLIMProblem, "violations", lambda self, x: (next(checks), violations(self, x))[1]
    )
    pool = problem.pool(0.02)
    assert pool.complete
    assert next(checks) < 50
    (ends,) = pool.multipliers
    best = problem.objective([-1, 0, 0])
    # Points of -1 to -3 reach multipliers of 0.5 / 3 to the greatest.
    assert [problem.objective([-1, 0, 0], m) for m in ends] == pytest.approx([best + 0.02] * 2)


def test_most_people_may_be_told_apart_between_the_ends_of_a_range():
    # at either end one person differs by 0.2 or more, between them two at a time do
    data = Dataset.from_arrays(np.array([[0.0], [1], [1]]), [0, 1, 0])
    problem = RiskSLIMProblem(
        data, max_coef=2, multiplier="free", intercept="integer", multiplier_range=(0.1, 10.0)
    )
    score = problem.pool(0.0)[0]
    margins = np.array([1.0, 1.0])
    moving = _Moving(replace(score, multiplier=1.0), data.features, (1.0, 1.0))
    moving.factors, moving.margin = (0.1, 3.0), margins
    moving.risks = [expit(f * margins) for f in moving.factors]
    # the first differs from 0.2 above its baseline on, the second down to 0.2 below its own
    baseline = np.array([0.45, 0.95])
    counter = _Counter(np.ones(2), _Shifts(baseline, 0.2))
    counter.add(0, moving)
    factors = np.linspace(*moving.factors, 2001)
    risks = expit(np.outer(factors, margins))
    most = (np.abs(risks - baseline) >= 0.2).sum(axis=1).max() / 2
    assert most == 1.0
    assert counter.result().discrepancy == most


def test_a_saved_pool_keeps_its_ranges_and_an_old_one_does_not_claim_them():
    problem = RiskSLIMProblem(table(2), max_coef=2, multiplier="free", intercept="integer")
    pool = problem.pool(0.01, options=SearchOptions())
    again = ScorePool.from_json(pool.to_json())
    assert again.multipliers == pool.multipliers
    assert pool.multiplicity(problem.data.features).complete == pool.complete
    assert not replace(pool, multipliers=()).multiplicity(problem.data.features).complete
    dear = pool.prefer({"x1": 5.0})
    kept = {id(score): ends for score, ends in zip(pool, pool.multipliers, strict=True)}
    assert [kept[id(score)] for score in dear] == list(dear.multipliers)


def test_of_a_real_intercept_a_pool_says_at_least():
    problem = RiskSLIMProblem(table(2), max_coef=2, max_size=1, multiplier="free")
    pool, data = problem.pool(0.01), problem.data
    weight = data.positive + data.negative
    found = pool.multiplicity(data.features, sample_weight=weight)
    assert pool.complete
    assert not found.complete
    exact = problem.viable_ranges(tolerance=0.01)
    assert exact.complete
    assert found.ambiguity <= exact.ambiguity(0.5) + 1e-12
    for end, sign in (("lowest", 1), ("highest", -1)):
        assert (sign * (found.ranges[end] - exact.ranges[end]) >= -1e-9).all()
