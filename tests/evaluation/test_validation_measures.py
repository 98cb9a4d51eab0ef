"""Measures with intervals equal brute force, scikit-learn and published numbers."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, confusion_matrix, log_loss, roc_auc_score

from riskslim.evaluation.calibration import (
    calibration_error,
    calibration_in_the_large,
    calibration_line,
    risk_bands,
)
from riskslim.evaluation.discrimination import auc, auc_covariance, auc_influence, compare_auc
from riskslim.evaluation.estimates import mean_of, share_of, wilson
from riskslim.evaluation.operating_points import operating_point
from riskslim.evaluation.performance import measure_risks
from riskslim.scores.log_odds import log_odds


def sample(seed: int, n: int = 60) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    positive = random.random(n) < 0.4
    positive[:2] = True, False
    margin = np.round(random.normal(size=n) + positive, 1)
    other = np.round(random.normal(size=n) + 0.5 * positive, 1)
    weight = random.integers(1, 4, n).astype(float)
    return positive, margin, other, weight


def kernel(x: float, y: float) -> float:
    return 1.0 if x > y else 0.5 if x == y else 0.0


def delong_by_definition(positive: np.ndarray, scores: list[np.ndarray]) -> np.ndarray:
    """Covariance as the paper's equations 4 and 5 state it, element by element."""
    up, down = np.flatnonzero(positive), np.flatnonzero(~positive)
    v10 = np.array([[np.mean([kernel(s[i], s[j]) for j in down]) for i in up] for s in scores])
    v01 = np.array([[np.mean([kernel(s[i], s[j]) for i in up]) for j in down] for s in scores])
    return np.cov(v10) / len(up) + np.cov(v01) / len(down)


@pytest.mark.parametrize("seed", range(5))
def test_delong_equals_its_definition(seed: int) -> None:
    positive, first, second, _ = sample(seed)
    one = np.ones(len(positive))
    found = [auc_influence(positive, score, one) for score in (first, second)]
    influence = np.column_stack([part[1] for part in found])
    expected = delong_by_definition(positive, [first, second])
    assert auc_covariance(influence, positive) == pytest.approx(expected, rel=1e-10)
    for (area, _), score in zip(found, (first, second), strict=True):
        assert area == pytest.approx(roc_auc_score(positive, score), abs=1e-12)
    test = compare_auc(positive, first, second)
    error = math.sqrt(expected[0, 0] + expected[1, 1] - 2 * expected[0, 1])
    difference = roc_auc_score(positive, first) - roc_auc_score(positive, second)
    assert test.z == pytest.approx(difference / error, rel=1e-9)
    assert test.p_value == pytest.approx(2 * norm.sf(abs(difference / error)), rel=1e-9)
    estimate = auc(positive, first)
    assert estimate.low == pytest.approx(estimate.value - 1.959964 * math.sqrt(expected[0, 0]))


def test_auc_weights_are_those_of_scikit_learn() -> None:
    positive, margin, _, weight = sample(7)
    assert auc(positive, margin, weight).value == pytest.approx(
        roc_auc_score(positive, margin, sample_weight=weight), abs=1e-12
    )


def test_auc_across_folds_counts_pairs_within_folds() -> None:
    positive, margin, _, weight = sample(8)
    fold = np.arange(len(positive)) % 3
    right = pairs = 0.0
    for i, j in product(np.flatnonzero(positive), np.flatnonzero(~positive)):
        if fold[i] == fold[j]:
            pairs += weight[i] * weight[j]
            right += weight[i] * weight[j] * kernel(margin[i], margin[j])
    assert auc(positive, margin, weight, fold).value == pytest.approx(right / pairs, rel=1e-12)
    # Moving a whole fold up changes no pair.
    shifted = auc(positive, margin + 10 * fold, weight, fold)
    assert shifted == auc(positive, margin, weight, fold)


def test_repeated_rows_of_a_person_do_not_narrow_the_interval() -> None:
    positive, margin, _, _ = sample(9)
    once = auc(positive, margin)
    twice = np.repeat(np.arange(len(positive)), 2)
    found = auc(positive[twice], margin[twice], cluster=twice)
    assert found.value == pytest.approx(once.value)
    assert (found.low, found.high) == pytest.approx((once.low, once.high))
    naive = auc(positive[twice], margin[twice])
    assert naive.high - naive.low < 0.8 * (once.high - once.low)


def test_degenerate_areas() -> None:
    one = np.ones(4)
    assert auc(np.ones(4, dtype=bool), one) is None
    assert auc(np.array([True, True, False, False]), one).value == 0.5
    lonely = auc(np.array([True, False, False, False]), np.arange(4.0))
    assert lonely.value == 0.0
    assert math.isnan(lonely.low)
    same = compare_auc(np.array([True, True, False, False]), np.arange(4.0), np.arange(4.0))
    assert (same.z, same.p_value) == (0.0, 1.0)
    # One fold has one class only: its rows are in no pair.
    found = auc(
        np.array([True, True, True, False]), np.array([0.0, 5, 2, 1]), None, np.array([0, 0, 1, 1])
    )
    assert found.value == 1.0


def test_delong_interval_covers() -> None:
    random = np.random.default_rng(11)
    truth = norm.cdf(1 / math.sqrt(2))
    hits = 0
    for _ in range(400):
        positive = np.repeat([True, False], 60)
        found = auc(positive, random.normal(size=120) + positive)
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / 400 <= 0.98


@pytest.mark.parametrize("seed", range(4))
def test_recalibration_equals_scikit_learn(seed: int) -> None:
    positive, margin, _, weight = sample(seed, 200)
    found = calibration_line(positive, margin, weight)
    reference = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(
        margin[:, None], positive, sample_weight=weight
    )
    assert found[1].value == pytest.approx(reference.coef_[0, 0], rel=1e-5)
    assert found[0].value == pytest.approx(reference.intercept_[0], abs=1e-5)
    large = calibration_in_the_large(positive, margin, weight)
    best = minimize(
        lambda a: weight @ np.logaddexp(0, np.where(positive, -1, 1) * (a + margin)), [0.0]
    )
    assert large.value == pytest.approx(best.x[0], abs=1e-4)
    risk = 1 / (1 + np.exp(-(large.value + margin)))
    assert weight @ risk == pytest.approx(weight @ positive, rel=1e-10)


def test_recalibration_interval_is_near_the_information() -> None:
    random = np.random.default_rng(3)
    margin = random.normal(size=4000)
    positive = random.random(4000) < 1 / (1 + np.exp(-margin))
    _, slope = calibration_line(positive, margin, np.ones(4000))
    risk = 1 / (1 + np.exp(-margin))
    rows = np.column_stack([np.ones(4000), margin])
    information = (rows * (risk * (1 - risk))[:, None]).T @ rows
    error = math.sqrt(np.linalg.inv(information)[1, 1])
    assert (slope.high - slope.low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.05)
    assert slope.low < 1 < slope.high


def test_no_slope_where_there_is_none() -> None:
    positive = np.array([True, True, False, False])
    one = np.ones(4)
    assert calibration_line(positive, one, one) is None
    assert calibration_line(positive, np.array([2.0, 1, 0, -1]), one) is None
    assert calibration_line(positive, np.array([2.0, 1, 1, -1]), one) is None
    assert calibration_line(np.ones(4, dtype=bool), np.arange(4.0), one) is None
    assert calibration_in_the_large(np.ones(4, dtype=bool), np.arange(4.0), one) is None


def test_calibration_error_is_that_of_the_paper() -> None:
    positive, _, _, weight = sample(5)
    group = np.arange(len(positive)) % 5
    risk = np.array([0.1, 0.3, 0.5, 0.6, 0.9])[group]
    expected = sum(
        weight[group == g].sum()
        * abs(np.average(positive[group == g], weights=weight[group == g]) - risk[group == g][0])
        for g in range(5)
    )
    found = calibration_error(positive, risk, weight, group)
    assert found.value == pytest.approx(expected / weight.sum(), rel=1e-12)
    assert 0 <= found.low <= found.value <= found.high


def test_risk_bands_hold_equal_weight() -> None:
    random = np.random.default_rng(0)
    risk, weight = random.random(1000), random.random(1000)
    sums = np.bincount(risk_bands(risk, weight), weights=weight)
    assert len(sums) == 10
    assert sums == pytest.approx(weight.sum() / 10, rel=0.05)
    few = risk_bands(np.array([0.5, 0.1, 0.5]), np.ones(3))
    assert few.tolist() == [1, 0, 1]


def test_shares_and_means() -> None:
    hits = np.array([1.0, 1, 0, 1, 0])
    one = np.ones(5)
    found = share_of(hits, one)
    assert (found.low, found.high) == wilson(0.6, 5)
    assert share_of(hits, np.zeros(5)) is None
    # Five rows of one person say what one says.
    assert share_of(np.ones(5), one, np.zeros(5, dtype=int)).low == wilson(1.0, 1.0)[0]
    mean = mean_of(hits, one)
    error = np.std(hits, ddof=1) / math.sqrt(5)
    assert mean.high - mean.value == pytest.approx(1.959964 * error)


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_operating_points_equal_the_confusion_matrix(threshold: float) -> None:
    positive, margin, _, weight = sample(4)
    risk = 1 / (1 + np.exp(-margin))
    called = risk >= threshold
    found = operating_point(positive, called, weight, threshold)
    tn, fp, fn, tp = confusion_matrix(positive, called, sample_weight=weight).ravel()
    assert found.sensitivity.value == pytest.approx(tp / (tp + fn))
    assert found.specificity.value == pytest.approx(tn / (tn + fp))
    assert found.ppv.value == pytest.approx(tp / (tp + fp))
    assert found.npv.value == pytest.approx(tn / (tn + fn))
    odds = threshold / (1 - threshold)
    assert found.net_benefit.value == pytest.approx((tp - odds * fp) / weight.sum())
    nobody = operating_point(positive, np.zeros(len(positive), dtype=bool), weight, threshold)
    assert nobody.ppv is None
    assert nobody.net_benefit.value == 0


@pytest.mark.parametrize("weighted", [False, True])
def test_performance_equals_scikit_learn(weighted: bool) -> None:
    positive, margin, _, weight = sample(6)
    weight = weight if weighted else np.ones(len(margin))
    risk = 1 / (1 + np.exp(-margin))
    found = measure_risks(positive, risk, weight)
    assert found.brier.value == pytest.approx(
        brier_score_loss(positive, risk, sample_weight=weight)
    )
    assert found.log_loss.value == pytest.approx(log_loss(positive, risk, sample_weight=weight))
    assert found.auc.value == pytest.approx(roc_auc_score(positive, risk, sample_weight=weight))
    ratio = (weight @ risk) / (weight @ positive)
    assert found.expected_over_observed == pytest.approx(ratio)
    assert log_odds(np.array([0.0, 0.5, 1.0])).tolist() == [-36.0, 0.0, 36.0]
