"""Measures of a score on data equal their definitions, and refuse what does not fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from riskslim import RiskScore, evaluate
from riskslim.errors import ScoreError
from riskslim.scores.items import Feature
from riskslim.scores.risk import Training
from riskslim.scores.totals import score_table

pytestmark = pytest.mark.fast


def score_on(X: pd.DataFrame, points: list[int], labels: tuple[str, str]) -> RiskScore:
    features = tuple(
        Feature(name, value, float(X[name].min()), float(X[name].max()), X[name].dtype.kind == "i")
        for name, value in zip(X.columns, points, strict=True)
    )
    ones = np.ones(len(X))
    total = X.to_numpy() @ np.array(points, dtype=float)
    return RiskScore(
        outcome="y",
        labels=labels,
        features=features,
        intercept=-1,
        multiplier=2.0,
        training=Training(len(X), 1, float(len(X)), 1.0),
        table=score_table(features, -1, 2.0, total, ones, ones),
    )


RANDOM = np.random.default_rng(5)
TABLE = pd.DataFrame(RANDOM.integers(0, 3, (300, 2)), columns=["a", "b"])
OUTCOME = np.where(RANDOM.random(300) < 0.4 + 0.1 * TABLE.a, "yes", "no")
WEIGHT = RANDOM.integers(0, 4, 300).astype(float)
SCORE = score_on(TABLE, [2, -1], ("no", "yes"))


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_measures_equal_their_definitions(weight: np.ndarray | None) -> None:
    found = evaluate(SCORE, TABLE, OUTCOME, weight)
    w = np.ones(300) if weight is None else weight
    total, risk, positive = SCORE.total(TABLE), SCORE.predict_proba(TABLE)[:, 1], OUTCOME == "yes"
    assert found.rows == (w > 0).sum()
    assert found.positives == positive[w > 0].sum()
    assert found.loss == pytest.approx(log_loss(positive, risk, sample_weight=w), rel=1e-12)
    assert found.brier == pytest.approx(brier_score_loss(positive, risk, sample_weight=w))
    assert found.auc == pytest.approx(roc_auc_score(positive, risk, sample_weight=w))
    gap = 0.0
    for value in np.unique(total):
        here = total == value
        observed = np.average(positive[here], weights=w[here])
        gap += w[here].sum() * abs(observed - SCORE.risk(value))
    assert found.calibration_error == pytest.approx(gap / w.sum(), rel=1e-12)
    assert [row.low for row in found.table] == np.unique(total[w > 0]).tolist()
    assert sum(row.rows for row in found.table) == found.rows


def test_weights_count_as_repeated_rows() -> None:
    repeated = np.repeat(np.arange(300), WEIGHT.astype(int))
    once = evaluate(SCORE, TABLE, OUTCOME, WEIGHT)
    often = evaluate(SCORE, TABLE.iloc[repeated], OUTCOME[repeated])
    for measure in ("loss", "auc", "calibration_error", "brier"):
        assert getattr(once, measure) == pytest.approx(getattr(often, measure), rel=1e-12)


def test_real_totals_are_compared_in_bands() -> None:
    X = pd.DataFrame({"dose": RANDOM.normal(0, 2, 300)})
    score = score_on(X, [3], ("no", "yes"))
    found = evaluate(score, X, OUTCOME)
    assert len(found.table) <= len(score.table)
    assert sum(row.rows for row in found.table) == 300
    gap = sum(row.weight * abs(row.predicted - row.observed) for row in found.table) / 300
    assert found.calibration_error == pytest.approx(gap)


def test_totals_that_training_did_not_reach_have_rows_of_their_own() -> None:
    rows = pd.DataFrame({"a": [0, 7], "b": [0, 0]})
    assert [row.low for row in evaluate(SCORE, rows, ["yes", "no"]).table] == [0, 14]


def test_one_class_has_no_auc() -> None:
    found = evaluate(SCORE, TABLE, ["yes"] * 300)
    assert found.auc is None
    assert found.positives == 300


@pytest.mark.parametrize(
    ("outcome", "weight", "message"),
    [
        (["yes"] * 299, None, "300 outcomes"),
        (["yes"] * 299 + ["maybe"], None, "row 300 has the outcome 'maybe'"),
        (["yes"] * 300, [1.0], "300 weights"),
        (["yes"] * 300, [1.0] * 299 + [-1.0], "row 300 has the weight -1.0"),
        (["yes"] * 300, [0.0] * 300, "all weights are zero"),
    ],
)
def test_what_does_not_fit_is_refused(
    outcome: list[str], weight: list[float] | None, message: str
) -> None:
    with pytest.raises(ScoreError, match=message):
        evaluate(SCORE, TABLE, outcome, weight)


def test_no_rows_are_refused() -> None:
    with pytest.raises(ScoreError, match="no rows"):
        evaluate(SCORE, TABLE.iloc[:0], [])
