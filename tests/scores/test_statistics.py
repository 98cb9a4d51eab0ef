"""Measures agree with what they mean: repeated rows, one class, folds, and other libraries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.isotonic import IsotonicRegression

from riskslim import (
    CoefficientSet,
    RiskScore,
    RiskSLIMClassifier,
    SLIMClassifier,
    compare_scores,
    cross_validate_score,
    evaluate,
)
from riskslim.errors import ScoreError
from riskslim.evaluation.estimates import share_of
from riskslim.evaluation.matched_cuts import Cuts, shares_from
from riskslim.evaluation.operating_points import operating_point
from riskslim.report.measures import decision_curve, measure
from riskslim.report.people import ReportPeople
from riskslim.scores.log_odds import fit_intercept
from riskslim.scores.recalibration import Recalibration, _isotonic
from riskslim.workflows.distil import measure_fidelity

pytestmark = pytest.mark.fast


def people(seed: int, n: int = 120) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.integers(0, 2, (n, 3)), columns=["a", "b", "c"])
    risk = 0.15 + 0.3 * frame.a + 0.3 * frame.b
    return frame, (random.random(n) < risk).astype(int).to_numpy()


@pytest.fixture(scope="module")
def score() -> RiskScore:
    found: RiskScore = RiskSLIMClassifier(max_size=3).fit(*people(0)).score_
    return found


@pytest.mark.parametrize("seed", range(30))
def test_one_class_has_no_calibration_whatever_the_weights(score: RiskScore, seed: int) -> None:
    random = np.random.default_rng(seed)
    frame, _ = people(seed, 20)
    weight = random.uniform(0.1, 3, 20)
    for label in (0, 1):
        found = evaluate(score, frame, np.full(20, label), sample_weight=weight)
        assert found.performance.calibration_in_the_large is None
        assert found.performance.calibration_slope is None
        assert found.auc is None
        first = found.operating_points[0]
        assert (first.called, first.sensitivity is None) == (1.0, label == 0)
        assert first.ppv.value == label
        assert first.treat_all == (1.0 if label else -first.risk / (1 - first.risk))
        assert fit_intercept(np.full(20, float(label)), random.normal(size=20), weight) is None


@pytest.mark.parametrize("seed", range(30))
def test_a_share_of_hits_alone_is_one(seed: int) -> None:
    weight = np.random.default_rng(seed).uniform(0.1, 3, 17)
    found = share_of(np.ones(17), weight)
    assert (found.value, found.high) == (1.0, 1.0)
    called = operating_point(weight > 1, np.ones(17, dtype=bool), weight, 0.2)
    assert (called.called, called.sensitivity.value, called.specificity.value) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize("seed", range(20))
def test_rank_correlation_of_weights_is_that_of_repeated_rows(seed: int) -> None:
    random = np.random.default_rng(seed)
    teacher, risk = random.integers(1, 9, (2, 12)) / 10
    weight = random.integers(1, 5, 12)
    rows = np.repeat(np.arange(12), weight)
    margin = np.log(risk / (1 - risk))
    found = measure_fidelity(teacher, risk, margin, weight.astype(float))
    expected = spearmanr(teacher[rows], risk[rows]).statistic
    assert found.rank_correlation == pytest.approx(expected, abs=1e-12)
    assert measure_fidelity(teacher, risk, margin, 0.3 * weight).rank_correlation == pytest.approx(
        expected, abs=1e-12
    )
    constant = np.full(12, 0.1 + 0.2)
    assert measure_fidelity(constant, risk, margin, random.random(12)).rank_correlation is None


@pytest.mark.parametrize("seed", range(20))
def test_isotonic_risks_of_decimals_are_those_of_the_own_total(seed: int) -> None:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(random.integers(-30, 31, (60, 3)) / 10, columns=["a", "b", "c"])
    outcome = (random.random(60) < 1 / (1 + np.exp(-frame.a - frame.b))).astype(int).to_numpy()
    fitted: RiskScore = RiskSLIMClassifier(max_size=3, min_size=2).fit(frame, outcome).score_
    found = fitted.recalibrate(frame, outcome, "isotonic")
    total = fitted.total(frame)
    expected = IsotonicRegression().fit(total, outcome).predict(total)
    assert found.predict_proba(frame)[:, 1] == pytest.approx(expected, abs=1e-12)
    for value in np.unique(total):
        assert len(set(found.predict_proba(frame)[total == value, 1])) == 1


def test_isotonic_risks_step_between_neighbouring_doubles() -> None:
    low = 0.3
    high = float(np.nextafter(low, 1))
    total = np.array([low, high] * 20)
    positive = (total == high) & (np.arange(40) < 20)
    edges, risks = _isotonic(total, positive, np.ones(40))
    found = Recalibration("isotonic", None, None, edges, risks)
    assert found.step_risks(np.array([low, high])).tolist() == [0.0, 0.5]


def test_recalibration_after_an_isotonic_one_starts_from_its_risks(score: RiskScore) -> None:
    frame, outcome = people(1, 400)
    isotonic = score.recalibrate(frame, outcome, "isotonic")
    for method in ("intercept", "logistic"):
        again = isotonic.recalibrate(frame, outcome, method)
        assert again.predict_proba(frame) == pytest.approx(isotonic.predict_proba(frame), abs=1e-9)
        assert RiskScore.from_json(again.to_json()) == again
    others, other_outcome = people(2, 400)
    other_outcome = other_outcome | (np.arange(400) % 3 == 0)
    moved = isotonic.recalibrate(others, other_outcome, "intercept")
    assert moved.predict_proba(others)[:, 1].mean() == pytest.approx(other_outcome.mean())
    shifts = moved.log_odds(moved.total(others)) - isotonic.log_odds(isotonic.total(others))
    assert np.ptp(shifts) < 1e-9
    assert shifts[0] > 0.1
    with pytest.raises(ScoreError, match="changed already"):
        isotonic.with_prevalence(0.1)


def test_everyone_is_called_from_the_smallest_total_on() -> None:
    frame, outcome = people(3, 200)
    found = cross_validate_score(RiskSLIMClassifier(max_size=2), frame, outcome, cv=4, repeats=2)
    first = found.operating_points[0]
    assert first.total == found.score.table[0].low
    assert (first.called, first.sensitivity.value, first.specificity.value) == (1.0, 1.0, 0.0)
    called = [point.called for point in found.operating_points]
    assert called == sorted(called, reverse=True)


def test_folds_of_one_score_have_the_operating_points_of_that_score() -> None:
    frame, outcome = people(4, 200)
    points = CoefficientSet(["a", "b", "c"]).set("a", fixed=2).set("b", fixed=1)
    points = points.set("c", fixed=-1)
    model = RiskSLIMClassifier(coefficients=points, max_size=None)
    found = cross_validate_score(model, frame, outcome, cv=5)
    # The folds choose other intercepts, and so other risks for the same totals.
    assert len({fold.points["a"] for fold in found.folds}) == 1
    own = {point.total: point for point in evaluate(found.score, frame, outcome).operating_points}
    for point in found.operating_points:
        if point.total in own:
            expected = own[point.total]
            assert point.called == pytest.approx(expected.called)
            assert point.sensitivity.value == pytest.approx(expected.sensitivity.value)
            assert point.specificity.value == pytest.approx(expected.specificity.value)


def test_cuts_are_matched_by_share_and_then_by_odds(score: RiskScore) -> None:
    frame, _ = people(0)
    total = score.total(frame)
    cuts = Cuts.of(score, total, np.ones(len(total)))
    for value in np.unique(total):
        share = shares_from(total, np.ones(len(total)), np.array([value]))[0]
        assert share == pytest.approx((total >= value).mean())
        assert cuts.nearest(share, float(score.log_odds(np.array([value]))[0])) == value
    assert cuts.nearest(0.0, 50.0) == np.inf


# Widths of intervals count people, and numbers of rows are what differs.
OF_PEOPLE = {"low", "high", "rows", "positives", "false_positives", "false_negatives", "notes"}
OF_PEOPLE |= {"z", "p_value"}


def figures(found: object, path: str = "") -> dict[str, float]:
    """Every number of a result by its path, but those that count people."""
    if isinstance(found, dict):
        parts = {key: value for key, value in found.items() if key not in OF_PEOPLE}
    elif isinstance(found, list | tuple):
        parts = dict(enumerate(found))
    else:
        return {} if found is None or isinstance(found, str) else {path: float(found)}
    return {k: v for key, part in parts.items() for k, v in figures(part, f"{path}.{key}").items()}


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")  # of rows at the threshold
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("step", [1, 10])
def test_a_row_of_weight_three_is_three_rows(seed: int, step: int) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(-3 * step, 3 * step + 1, (50, 3)) / step
    frame = pd.DataFrame(values, columns=["a", "b", "c"])
    risk = 1 / (1 + np.exp(-(frame.a - frame.b)))
    outcome = (random.random(50) < risk).astype(int).to_numpy()
    weight = random.integers(1, 4, 50)
    again = np.repeat(np.arange(50), weight)
    both = (frame, outcome), (frame.iloc[again], outcome[again])
    first, other = (
        RiskSLIMClassifier(max_size=size, max_coef=3, multiplier="fixed").fit(*both[0]).score_
        for size in (1, 3)
    )
    decisions = SLIMClassifier(max_size=2, max_coef=3).fit(*both[0]).score_
    scores = {"first": first, "other": other}
    found = [
        {
            "risks": evaluate(other, *data, sample_weight=own).to_dict(),
            "decisions": evaluate(decisions, *data, sample_weight=own).to_dict(),
            "comparison": compare_scores(
                scores, *data, sample_weight=own, cutoffs=(0.3, 0.6)
            ).to_dict(),
            "decision_curve": [
                curve.tolist()
                for curve in decision_curve(
                    measure(other, ReportPeople.of(other, *data, own)).people,
                    np.array([0.1, 0.4, 0.8]),
                )
            ],
            "recalibrated": [
                first.recalibrate(*data, method, own).predict_proba(frame)[:, 1].tolist()
                for method in ("intercept", "logistic", "isotonic")
            ],
        }
        for data, own in zip(both, (weight, None), strict=True)
    ]
    weighted, repeated = figures(found[0]), figures(found[1])
    assert len(weighted) > 100
    assert weighted == pytest.approx(repeated, abs=1e-7, nan_ok=True)
