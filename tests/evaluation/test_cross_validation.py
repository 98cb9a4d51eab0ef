"""Cross-validation: no row is judged by what has seen it, and folds are as they were asked for."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskslim import (
    RiskSLIMClassifier,
    RiskSLIMClassifierCV,
    ScoreBinarizer,
    cross_validate_score,
)
from riskslim.errors import DataError, DataWarning, OptionError
from riskslim.evaluation.bootstrap import draw
from riskslim.evaluation.folds import split_rows


def table(seed: int = 0, n: int = 240, noise: bool = False) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.integers(0, 2, (n, 5)), columns=list("abcde"))
    margin = np.zeros(n) if noise else 2 * X.a - 1.5 * X.b + X.c - 0.5
    return X, (random.random(n) < 1 / (1 + np.exp(-margin))).astype(int)


class Memory(TransformerMixin, BaseEstimator):
    """Adds the outcome of every row that it was fitted to: a leak, if rows come back."""

    def fit(self, X, y):
        self.seen_ = {
            tuple(row): label for row, label in zip(X.to_numpy().tolist(), y, strict=True)
        }
        return self

    def transform(self, X):
        known = [self.seen_.get(tuple(row), 0) for row in X.to_numpy().tolist()]
        return X[["a"]].assign(known=known)


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@parametrize_with_checks([RiskSLIMClassifierCV(RiskSLIMClassifier(max_size=2), cv=2)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_folds_are_those_of_scikit_learn() -> None:
    X, y = table()
    model = RiskSLIMClassifier(max_size=3)
    found = cross_validate_score(model, X, y, cv=4, random_state=3)
    right = pairs = loss = 0.0
    final = model.fit(X, y).score_
    whole = final.total(X)
    totals = [row.low for row in final.table]
    called = np.zeros((len(totals), len(y)), dtype=bool)
    for fit, held in StratifiedKFold(4, shuffle=True, random_state=3).split(X, y):
        own = clone(model).fit(X.iloc[fit], y[fit])
        risk = own.predict_proba(X.iloc[held])[:, 1]
        seen, held_out = own.score_.total(X.iloc[fit]), own.score_.total(X.iloc[held])
        for row, total in zip(called, totals, strict=True):
            # The fold cuts where it calls the same share of the people that it was fitted to.
            share = (whole[fit] >= total).mean()
            cuts = [-np.inf, *(low.low for low in own.score_.table), np.inf]
            cut = min(
                cuts,
                key=lambda c: (
                    abs((seen >= c).mean() - share),
                    abs(own.score_.log_odds(np.array(c)) - final.log_odds(np.array(total))),
                ),
            )
            row[held] = held_out >= cut
        here = y[held].sum() * (len(held) - y[held].sum())
        pairs += here
        right += here * roc_auc_score(y[held], risk)
        loss -= np.log(np.where(y[held] == 1, risk, 1 - risk)).sum()
    assert found.measures.auc.value == pytest.approx(right / pairs, rel=1e-12)
    assert found.measures.log_loss.value == pytest.approx(loss / len(y), rel=1e-12)
    assert sum(fold.rows for fold in found.folds) == len(y)
    assert found.is_proved
    assert found.score.points == final.points
    assert [point.total for point in found.operating_points] == totals
    for point, row in zip(found.operating_points, called, strict=True):
        assert point.sensitivity.value == pytest.approx(row[y == 1].mean())
        assert point.specificity.value == pytest.approx((~row)[y == 0].mean())
        assert point.risk == found.score.risk(point.total)


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_an_area_of_one_half(seed: int) -> None:
    X, y = table(seed, 300, noise=True)
    found = cross_validate_score(RiskSLIMClassifierCV(RiskSLIMClassifier(max_size=3)), X, y)
    assert found.measures.auc.low <= 0.5 <= found.measures.auc.high


def test_steps_before_the_score_never_see_held_out_rows() -> None:
    random = np.random.default_rng(1)
    X = pd.DataFrame({"a": random.integers(0, 2, 200), "who": np.arange(200)})
    y = random.integers(0, 2, 200)
    pipeline = Pipeline([("recall", Memory()), ("score", RiskSLIMClassifier(max_size=2))])
    found = cross_validate_score(RiskSLIMClassifierCV(pipeline, cv=3), X, y, cv=4)
    assert found.apparent.auc.value > 0.95
    assert found.measures.auc.low <= 0.5 <= found.measures.auc.high


def test_a_person_is_never_on_both_sides() -> None:
    random = np.random.default_rng(2)
    person = np.repeat(np.arange(50), 6)
    X = pd.DataFrame({"a": random.integers(0, 2, 300), "who": person})
    y = random.integers(0, 2, 50)[person]
    pipeline = Pipeline([("recall", Memory()), ("score", RiskSLIMClassifier(max_size=2))])
    X = X.assign(a=0)
    leaky = cross_validate_score(pipeline, X, y, cv=4)
    assert leaky.measures.auc.value > 0.95
    grouped = cross_validate_score(pipeline, X, y, groups=person, cv=4)
    assert grouped.measures.auc.value == pytest.approx(0.5)
    assert grouped.people == 50
    inner = RiskSLIMClassifierCV(pipeline, cv=3)
    nested = cross_validate_score(inner, X, y, groups=person, cv=4)
    assert nested.measures.auc.value == pytest.approx(0.5)
    for fit, held in split_rows(y == 1, person, 4, 0):
        assert not set(person[fit]) & set(person[held])


def test_a_binarizer_in_a_pipeline_learns_from_each_fold() -> None:
    random = np.random.default_rng(3)
    raw = pd.DataFrame({"noise": random.normal(size=240), "code": random.choice(list("abc"), 240)})
    y = random.integers(0, 2, 240)
    pipeline = Pipeline(
        [
            ("bin", ScoreBinarizer(max_cuts=8, min_share=0.01).set_output(transform="pandas")),
            ("score", RiskSLIMClassifier(max_size=3)),
        ]
    )
    found = cross_validate_score(RiskSLIMClassifierCV(pipeline, cv=3), raw, y, cv=4)
    assert found.apparent.auc.value > 0.53
    assert found.measures.auc.low <= 0.5 <= found.measures.auc.high
    inside = RiskSLIMClassifier(max_size=3, binarizer=ScoreBinarizer(max_cuts=8, min_share=0.01))
    other = cross_validate_score(RiskSLIMClassifierCV(inside, cv=3), raw, y, cv=4)
    assert other.measures == found.measures


def test_a_splitter_that_parts_a_person_is_refused() -> None:
    X, y = table(11, 60)
    folds = _Given(list(StratifiedKFold(3).split(X, y)))
    with pytest.raises(DataError, match="one person on both sides"):
        cross_validate_score(
            RiskSLIMClassifier(max_size=2), X, y, groups=np.arange(60) // 2, cv=folds
        )


def test_a_fold_with_one_class_has_no_area_of_its_own() -> None:
    X, y = table(12, 90)
    order = np.argsort(y, kind="stable")
    held = [order[:20], order[20::2]]
    folds = [(np.setdiff1d(np.arange(90), part), part) for part in held]
    found = cross_validate_score(RiskSLIMClassifier(max_size=2), X, y, cv=folds)
    assert found.folds[0].auc is None
    assert found.measures.auc.value == pytest.approx(found.folds[1].auc)


class _Given:
    def __init__(self, folds):
        self.folds = folds

    def split(self, X, y, groups):
        return iter(self.folds)


def test_the_answer_does_not_depend_on_the_number_of_jobs() -> None:
    X, y = table(4, 150)
    model = RiskSLIMClassifierCV(RiskSLIMClassifier(max_size=2), cv=3)
    one, two = (
        cross_validate_score(model, X, y, cv=3, repeats=2, bootstrap=2, n_jobs=jobs)
        for jobs in (1, 2)
    )
    assert json.dumps(one.to_dict()) == json.dumps(two.to_dict())
    assert len(one.folds) == 6
    mean = np.mean([part.brier.value for part in one.by_repeat])
    assert one.measures.brier.value == pytest.approx(mean)


def test_inner_choice_is_that_of_exhaustive_fits() -> None:
    X, y = table(5)
    penalties = (0.001, 0.05)
    found = RiskSLIMClassifierCV(
        RiskSLIMClassifier(max_size=3), C0s=penalties, cv=3, rule="best"
    ).fit(X, y)
    for (size, penalty), losses in found.fold_losses_.items():
        folds = StratifiedKFold(3, shuffle=True, random_state=0).split(X, y)
        for (fit, held), loss in zip(folds, losses, strict=True):
            model = RiskSLIMClassifier(max_size=size, C0=penalty).fit(X.iloc[fit], y[fit])
            risk = model.predict_proba(X.iloc[held])[:, 1]
            own = -np.log(np.where(y[held] == 1, risk, 1 - risk)).mean()
            assert own == pytest.approx(loss, rel=1e-6)
    means = {key: np.mean(losses) for key, losses in found.fold_losses_.items()}
    assert (found.best_size_, found.best_C0_) == min(means, key=means.get)
    assert found.score_.size <= found.best_size_


def test_weights_are_repeated_rows_where_folds_keep_them_together() -> None:
    X, y = table(6, 120)
    weight = np.random.default_rng(0).integers(0, 3, 120)
    twice = np.repeat(np.arange(120), weight)
    model = RiskSLIMClassifier(max_size=2)

    class ByRow:
        def split(self, X, y, groups):
            for fold in range(3):
                held = groups % 3 == fold
                yield np.flatnonzero(~held), np.flatnonzero(held)

    rows = np.arange(120)
    one = cross_validate_score(model, X, y, sample_weight=weight, groups=rows, cv=ByRow())
    kept = np.unique(twice, return_inverse=True)[1]
    two = cross_validate_score(model, X.iloc[twice], y[twice], groups=kept, cv=ByRow())
    for name in ("auc", "brier", "log_loss", "calibration_slope", "calibration_error"):
        assert getattr(one.measures, name).value == pytest.approx(getattr(two.measures, name).value)
        assert getattr(one.measures, name).low == pytest.approx(getattr(two.measures, name).low)
    assert one.operating_points[1].ppv.low == pytest.approx(two.operating_points[1].ppv.low)


def test_optimism_is_mean_gain_of_the_resample() -> None:
    X, y = table(7, 100)
    model = RiskSLIMClassifier(max_size=3)
    found = cross_validate_score(model, X, y, cv=3, bootstrap=4)
    gains = []
    for rows in draw(y == 1, None, 4, 0):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            fitted = clone(model).fit(X.iloc[rows], y[rows])
        gains.append(
            roc_auc_score(y[rows], fitted.decision_function(X.iloc[rows]))
            - roc_auc_score(y, fitted.decision_function(X))
        )
    assert found.optimism.optimism["auc"] == pytest.approx(np.mean(gains))
    assert found.optimism.corrected["auc"] == pytest.approx(
        roc_auc_score(y, model.fit(X, y).decision_function(X)) - np.mean(gains)
    )
    # The slope on its own rows is 1 but for the integers, so that optimism lowers it.
    assert found.optimism.corrected["calibration_slope"] < found.apparent.calibration_slope.value


def test_resamples_draw_people_with_all_their_rows() -> None:
    person = np.array([0, 0, 1, 1, 1, 2, 3, 3])
    positive = np.array([1, 0, 0, 0, 0, 1, 0, 0], dtype=bool)
    for rows in draw(positive, person, 20, 1):
        drawn = np.bincount(person[rows], minlength=4) / np.bincount(person)
        assert (drawn == drawn.astype(int)).all()
        assert drawn[[0, 2]].sum() == 2
        assert drawn[[1, 3]].sum() == 2


def test_other_classifiers_are_judged_the_same_way() -> None:
    X, y = table(8)
    found = cross_validate_score(
        LogisticRegression(), X, np.where(y == 1, "ill", "well"), positive="ill"
    )
    assert found.score is None
    assert found.operating_points == ()
    assert found.measures.auc.value > 0.7
    assert found.folds[0].size is None
    json.dumps(found.to_dict())


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"cv": 1}, OptionError, "cv=1"),
        ({"cv": 100}, OptionError, "one of the classes has only"),
        ({"repeats": 0}, OptionError, "repeats=0"),
        ({"thresholds": (0.5, 1.0)}, OptionError, "thresholds"),
        ({"groups": [1, 2]}, DataError, "groups, one for each row"),
        ({"groups": [None] + [1] * 59}, DataError, "the group is missing in 1 rows.*row 1"),
        ({"groups": [1] * 60}, DataError, "needs two people of each class"),
        ({"sample_weight": [-1.0] * 60}, DataError, "negative"),
    ],
)
def test_what_cannot_be_done_is_said(change: dict, error: type, text: str) -> None:
    X, y = table(9, 60)
    with pytest.raises(error, match=text):
        cross_validate_score(RiskSLIMClassifier(max_size=2), X, y, **change)


def test_an_error_names_its_fold() -> None:
    X, y = table(10, 60)
    with pytest.raises(OptionError, match="all rows: time_limit"):
        cross_validate_score(RiskSLIMClassifier(max_size=2, time_limit=-1), X, y, cv=3)
