"""What a black box says beside outcomes: differences, their intervals, and what a table lacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from riskslim import RiskSLIMClassifier, ScoreBinarizer
from riskslim.errors import DataError, OptionError
from riskslim.workflows.audit import audit, calibrated
from riskslim.workflows.unseen_features import unseen_features
from support.command_line import printed_object, run


def people(seed: int, hidden: float = 0.0) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.integers(0, 2, (1500, 4)), columns=["Young", "Priors", "Male", "Noise"])
    z = rng.normal(0, 1, 1500)
    box = 1.6 * X.Young + 0.8 * X.Priors + hidden * z
    y = rng.random(1500) < expit(-1 + 0.4 * X.Young + 1.2 * X.Priors + 0.5 * X.Male + hidden * z)
    deciles = pd.qcut(box + 1e-6 * z, 10, labels=False) + 1 if hidden else 2 * box
    return X, pd.Series(deciles, name="deciles"), pd.Series(y.astype(int), name="again")


MODEL = RiskSLIMClassifier(max_size=3)


def test_a_black_box_is_compared_feature_by_feature() -> None:
    X, deciles, y = people(0)
    found = audit(X, deciles, y, estimator=MODEL, resamples=60)
    rows = found.differences
    assert {"Young", "Priors"} <= set(rows.index)
    # Age weighs more in the black box than in the outcomes, and sex less.
    assert rows.low["Young"] > 0
    assert rows.difference["Male"] < 0
    assert (rows.low <= rows.difference).all()
    assert (rows.difference <= rows.high).all()
    shares = calibrated(deciles.to_numpy(float), y.to_numpy(float), np.ones(len(y)))
    both = np.r_[np.ones(len(X)), np.zeros(len(X))]
    names = list(rows.index)
    plain = LogisticRegression(C=1e8, tol=1e-10, max_iter=1000)
    twice = pd.concat([X[names]] * 2)
    student = plain.fit(twice, both, sample_weight=np.r_[shares, 1 - shares]).coef_[0]
    np.testing.assert_allclose(rows.student, student, atol=1e-3)
    np.testing.assert_allclose(rows.outcome, plain.fit(X[names], y).coef_[0], atol=1e-3)
    assert found.unseen.p_value > 0.01
    assert found.unseen.rows == len(X)
    assert found.unseen.tells


def test_what_the_table_lacks_is_seen_in_what_is_left_over() -> None:
    X, deciles, y = people(1, hidden=0.9)
    # What is dropped is no feature of the table: here the black box in other words.
    model = RiskSLIMClassifier(max_size=3, binarizer=ScoreBinarizer(drop=["Said"]))
    found = audit(X.assign(Said=deciles), deciles, y, estimator=model, resamples=20)
    assert found.unseen.correlation > 0.1
    assert found.unseen.p_value < 1e-4
    assert found.to_dict()["unseen"]["correlation"] == found.unseen.correlation


def test_nobody_is_told_of_by_the_own_outcome() -> None:
    # A scale of chance alone: calibrated on all outcomes, its levels would have those of their
    # people, and the correlation would be large.
    rng = np.random.default_rng(0)
    y, scale = rng.integers(0, 2, 400).astype(float), np.arange(400.0) // 4
    rows, fold = rng.integers(0, 2, (400, 2)).astype(float), np.arange(400) % 5
    found = unseen_features(rows, scale, y, np.ones(400), fold)
    assert abs(found.correlation) < 0.15
    assert not found.tells
    both = calibrated(scale, y, np.ones(400))
    assert np.corrcoef(both, y)[0, 1] > 0.1
    left_out = calibrated(scale, y, np.ones(400), np.flatnonzero(fold != 0))
    changed = np.where(fold == 0, 1 - y, y)
    np.testing.assert_array_equal(
        left_out, calibrated(scale, changed, np.ones(400), np.flatnonzero(fold != 0))
    )


def test_calibration_takes_any_scale_that_rises() -> None:
    X, deciles, y = people(2)
    plain = calibrated(deciles.to_numpy(float), y.to_numpy(float), np.ones(len(y)))
    other = calibrated(np.exp(deciles.to_numpy(float)), y.to_numpy(float), np.ones(len(y)))
    np.testing.assert_array_equal(plain, other)
    assert np.all((plain >= 0) & (plain <= 1))
    assert plain.mean() == pytest.approx(y.mean())
    with pytest.raises(DataError, match="a higher risk"):
        audit(X, -y.to_numpy(float), y)
    with pytest.raises(DataError, match="one finite number"):
        audit(X, deciles[:-1], y)
    with pytest.raises(OptionError, match="resamples"):
        audit(X, deciles, y, resamples=3)


def test_the_command_prints_the_comparison(tmp_path: Path) -> None:
    X, deciles, y = people(0)
    X.assign(deciles=deciles, again=y).to_csv(tmp_path / "scored.csv", index=False)
    command = ["distill", tmp_path / "scored.csv", "--teacher", "deciles", "--target", "again"]
    command += ["--audit", "--max-size", 3]
    shown = run(*command, "--resamples", 40)
    assert shown.exit_code == 0, shown.output
    assert "Young" in shown.output
    assert "is not seen to use what the table lacks" in " ".join(shown.output.split())
    found = printed_object(run(*command, "--resamples", 40, "--json"))
    assert {row["feature"] for row in found["differences"]} >= {"Young", "Priors"}
    assert run(*command[:4], "--audit").exit_code == 2
