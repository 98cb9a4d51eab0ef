"""Risks whose logarithms of odds are in the hundreds and more: most are 0 or 1 to all digits."""

import math
import warnings
from decimal import Decimal, localcontext

import numpy as np
import pytest

from riskslim.evaluation.calibration import (
    calibration_in_the_large,
    calibration_line,
    fit_intercept,
    fit_line,
)
from riskslim.problems.multiplier import best_multiplier


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_an_intercept_between_two_far_margins_lies_half_way():
    margin = np.array([-800.0, -800.0, 1000.0, 1000.0])
    outcome = np.array([0.0, 0.0, 1.0, 1.0])
    # expit(-(1000 + a)) = expit(-800 + a)
    assert fit_intercept(outcome, margin, np.ones(4)) == pytest.approx(-100.0, abs=1e-9)


def test_an_intercept_follows_the_weights_of_far_margins():
    # 3 exp(-(1000 + a)) = exp(-800 + a), where both sides are far below the smallest double
    a = fit_intercept(np.array([0.0, 1.0]), np.array([-800.0, 1000.0]), np.array([1.0, 3.0]))
    assert a == pytest.approx(-100.0 + math.log(3.0) / 2.0, abs=1e-9)


def test_weights_whose_shares_round_to_one_still_have_an_intercept():
    a = fit_intercept(np.array([0.0, 1.0]), np.zeros(2), np.array([1e-12, 1e12]))
    assert a == pytest.approx(24.0 * math.log(10.0), rel=1e-12)


@pytest.mark.parametrize("scale", [1.0, 30.0, 100.0])
def test_the_intercept_is_where_expected_and_observed_cross(scale):
    rng = np.random.default_rng(int(scale))
    for _ in range(12):
        margin = np.rint(scale * rng.normal(size=12))
        outcome = (margin + scale * rng.normal(size=12) * rng.integers(0, 2) > 0).astype(float)
        if len(set(outcome)) < 2:
            continue
        weight = 10.0 ** rng.uniform(-9, 9, 12) if rng.random() < 0.5 else np.ones(12)
        a = fit_intercept(outcome, margin, weight)
        room = 1e-9 * max(1.0, abs(a))
        assert _excess(a - room, outcome, margin, weight) < 0
        assert _excess(a + room, outcome, margin, weight) > 0


def _excess(a, outcome, margin, weight):
    """Sum of w (risk - y), with more digits than the risks next to 0 and 1 differ in."""
    with localcontext(prec=600):
        return sum(
            Decimal(w) * (1 / (1 + (-Decimal(a) - Decimal(m)).exp()) - Decimal(y))
            for y, m, w in zip(outcome.tolist(), margin.tolist(), weight.tolist(), strict=True)
        )


@pytest.mark.parametrize("scale", [1e3, 1e6])
def test_calibration_of_far_margins_is_a_number_or_unknown_without_a_warning(scale):
    rng = np.random.default_rng(1)
    for _ in range(40):
        margin = scale * rng.normal(size=40)
        positive = margin + scale * rng.normal(size=40) * rng.choice([0.01, 0.1, 1.0]) > 0
        weight = np.ones(40)
        assert math.isfinite(calibration_in_the_large(positive, margin, weight).value)
        line, both = fit_line(positive * 1.0, margin, weight), None
        if line is not None:
            both = calibration_line(positive, margin, weight)
            assert both[1].value == pytest.approx(line.slope)


def test_a_multiplier_of_large_scores_is_where_the_loss_is_least():
    rng = np.random.default_rng(2)
    for scale in (1e-6, 1.0, 1e6, 1e12):
        scores = scale * rng.normal(size=50)
        positive = (scores + scale * rng.normal(size=50) > 0) * 1.0
        m = best_multiplier(scores, positive, 1.0 - positive, (1e-6, 1e6))

        def loss(m, scores=scores, positive=positive):
            z = scores / m
            return float(np.sum(np.logaddexp(0.0, z) - positive * z))

        for other in (m * (1 - 1e-4), m * (1 + 1e-4)):
            if 1e-6 <= other <= 1e6:
                assert loss(m) <= loss(other) * (1 + 1e-14)
