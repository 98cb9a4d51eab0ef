"""A number of variables, and a teacher's share, that people who are held out choose."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from riskslim import RiskSLIMClassifier, ScoreBinarizer
from riskslim.errors import LimitError
from riskslim.estimators import taught_selection
from riskslim.estimators.taught_selection import TaughtScoreCV


def table(n=150, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=list("ABC"))
    risk = 1 / (1 + np.exp(0.5 - frame.A - frame.B))
    return frame, (rng.random(n) < risk).astype(int).to_numpy()


def choosing(**options):
    score = RiskSLIMClassifier(
        binarizer=ScoreBinarizer(cuts="quantile", max_cuts=4),
        teacher="steps",
        node_limit=1,
        engine="supports",
        time_limit=None,
        random_state=0,
    )
    asked = {"sizes": (1, 2), "shares": (0.0, 1.0), "cv": 3, "repeats": 1} | options
    return TaughtScoreCV(score, **asked)


@pytest.mark.parametrize(("shares", "repeats"), [((1.0,), 3), ((0.0, 0.5, 1.0), 2)])
def test_the_fewer_rows_and_candidates_the_more_often_is_it_split(shares, repeats, monkeypatch):
    X, y = table()
    monkeypatch.setattr(taught_selection, "_QUICK", 2 * 3 * len(y) * 2)
    found = choosing(shares=shares, repeats=None).fit(X, y)
    assert {len(losses) for losses in found.fold_losses_.values()} == {3 * repeats}


@pytest.mark.parametrize("is_protective", [False, True])
def test_the_curve_is_the_loss_of_scores_that_have_not_seen_the_fold(is_protective):
    X, y = table()
    if is_protective:
        # Turned to points of 0 or more: those of whom no feature holds count as well.
        X = -X
    found = choosing(sizes=(2,), shares=(0.0, 1.0)).fit(X, y)
    splits = taught_selection.split_rows(y == 1, None, 3, 0)
    for number, (fit, held) in enumerate(splits):
        for share in (0.0, 1.0):
            alone = choosing().estimator.set_params(teacher_share=share, max_variables=2)
            alone.set_params(binarizer=alone.binarizer.decided(X))
            alone.fit(X.iloc[fit], y[fit])
            risk = alone.predict_proba(X.iloc[held])[:, 1]
            loss = -np.mean(np.where(y[held] == 1, np.log(risk), np.log1p(-risk)))
            assert found.fold_losses_[2, share][number] == pytest.approx(loss, abs=1e-9)


def test_the_best_mean_is_taken_or_the_fewest_within_one_standard_error():
    X, y = table()
    best = choosing(repeats=2).fit(X, y)
    assert all(len(losses) == 6 for losses in best.fold_losses_.values())
    means = {choice: np.mean(losses) for choice, losses in best.fold_losses_.items()}
    assert (best.best_variables_, best.best_share_) == min(means, key=lambda key: means[key])
    fewest = choosing(rule="one-se", repeats=2).fit(X, y)
    assert fewest.best_variables_ <= best.best_variables_
    assert best.score_.certificate.teacher_share == best.best_share_


def test_a_timid_teacher_is_stretched_to_what_held_out_people_show():
    X, y = table(300)
    options = {"sizes": (2,), "shares": (1.0,)}
    as_usual, timid = choosing(**options), choosing(**options)
    timid.estimator.set_params(teacher=LogisticRegression(C=1e-3))
    assert as_usual.fit(X, y).slope_ == 1.0
    assert timid.fit(X, y).slope_ > 1.2
    score = timid.score_
    assert score.multiplier / score.recalibration.multiplier == pytest.approx(timid.slope_)
    assert timid.predict_proba(X)[:, 1].mean() == pytest.approx(y.mean())


def test_people_with_several_rows_stay_on_one_side(monkeypatch):
    X, y = table(60)
    X, y, people = pd.concat([X, X], ignore_index=True), np.tile(y, 2), np.tile(np.arange(60), 2)
    seen = []
    real = taught_selection._held_out

    def watched(template, candidates, rows, fit, held):
        seen.append(set(people[fit]) & set(people[held]))
        return real(template, candidates, rows, fit, held)

    monkeypatch.setattr(taught_selection, "_held_out", watched)
    choosing().fit(X, y, groups=people)
    assert seen == [set()] * 3


@pytest.mark.parametrize("done", [1, 0])
def test_folds_without_time_are_left_out_and_there_is_a_score(monkeypatch, done):
    X, y = table()
    calls = []
    real = taught_selection._held_out

    def slow(*arguments):
        calls.append(None)
        if len(calls) > done:
            raise LimitError
        return real(*arguments)

    monkeypatch.setattr(taught_selection, "_held_out", slow)
    found = choosing().fit(X, y)
    assert found.folds_left_out_ == 3 - done
    assert all(len(losses) == done for losses in found.fold_losses_.values())
    assert found.score_.size > 0
    if done == 0:
        assert (found.best_variables_, found.best_share_) == (2, 1.0)


def test_weights_count_as_rows():
    X, y = table(90)
    weight = np.random.default_rng(1).integers(1, 3, len(y)).astype(float)
    heavy, light = choosing().fit(X, y, weight), choosing().fit(X, y, 10 * weight)
    assert heavy.score_.points == light.score_.points
    for choice, losses in heavy.fold_losses_.items():
        np.testing.assert_allclose(losses, light.fold_losses_[choice], atol=1e-6)
