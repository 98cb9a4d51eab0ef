"""Sample weights of raw tables: weight 2 is two equal rows, weight 0 is no row."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.utils.estimator_checks import check_estimator

from riskslim import RiskSLIMClassifier, ScoreBinarizer, SLIMClassifier
from riskslim.cli import main
from riskslim.errors import DataError
from riskslim.features.cuts import choose_cuts
from riskslim.features.raw_table import raw_dataset
from riskslim.features.weighting import weighted_median


def people(seed, n=120):
    rng = np.random.default_rng(seed)
    lactate = rng.gamma(2, 1.1, n).round(1)
    lactate[rng.random(n) < 0.08] = np.nan
    frame = pd.DataFrame(
        {
            "Age": rng.normal(62, 14, n).round(),
            "Lactate": lactate,
            "Sex": rng.choice(["f", "m"], n),
            "Ward": rng.choice(list("ABCDEF"), n, p=[0.3, 0.3, 0.2, 0.1, 0.06, 0.04]),
            "Smoker": rng.choice([0.0, 1.0, np.nan], n, p=[0.48, 0.48, 0.04]),
        }
    )
    died = (rng.random(n) < 1 / (1 + np.exp(-(frame["Age"] - 62) / 8))).astype(int).to_numpy()
    return frame, died, rng.integers(0, 4, n)


def repeated(frame, died, weight):
    rows = np.repeat(np.arange(len(frame)), weight)
    return frame.iloc[rows].reset_index(drop=True), died[rows]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"min_share": 0.1, "blanks": "impute"},
        {"cuts": "quantile", "max_cuts": 6, "rounding": 0.0},
        {"intervals": True, "rounding": 0.1},
        {"max_cuts": 12, "min_share": 0.01, "screen": 5},
    ],
)
def test_weights_are_repeated_rows(options, seed):
    frame, died, weight = people(seed)
    weighted = ScoreBinarizer(**options).fit(frame, died, sample_weight=weight)
    plain = ScoreBinarizer(**options).fit(*repeated(frame, died, weight))
    assert weighted.binning_ == plain.binning_
    # And weights have no unit. (An eighth of each is exact, so that ties remain ties.)
    scaled = ScoreBinarizer(**options).fit(frame, died, sample_weight=weight / 8)
    assert scaled.binning_ == plain.binning_


def test_weights_change_what_is_learned():
    frame, died, _ = people(0)
    heavy = np.where(frame["Age"] > 70, 20.0, 1.0)
    plain = ScoreBinarizer(cuts="quantile", max_cuts=1).fit(frame[["Age"]], died)
    moved = ScoreBinarizer(cuts="quantile", max_cuts=1).fit(frame[["Age"]], died, heavy)
    assert plain.binning_.variables[0].cuts < (65,) < (70,) < moved.binning_.variables[0].cuts


@pytest.mark.parametrize("method", ["tree", "quantile"])
def test_cuts_leave_enough_weight_on_either_side(method):
    rng = np.random.default_rng(3)
    values, codes, weight = rng.normal(size=200), rng.integers(0, 2, 200), rng.gamma(1, 1, 200)
    cuts = choose_cuts(values, np.eye(2)[codes].T * weight, method, 4, 0.15, 0.0)
    assert len(cuts) > 1
    for cut in cuts:
        share = weight[values >= cut].sum() / weight.sum()
        assert 0.15 <= share <= 0.85


def test_categories_and_blanks_count_by_weight():
    ward = ["A"] * 10 + ["B"] * 9 + ["C"]
    lactate = [1.0, 3.0] * 9 + [5.0, None]
    frame = pd.DataFrame({"Ward": ward, "Lactate": lactate})
    names = ScoreBinarizer(cuts="quantile", max_cuts=1, min_share=0.1)
    assert names.fit(frame).groups_["Ward"] == ("Ward: B",)
    assert not any("missing" in name for name in names.binning_.features)
    weight = np.r_[np.ones(19), 10.0]
    assert names.fit(frame, sample_weight=weight).groups_["Ward"] == (
        "Ward: A",
        "Ward: B",
        "Ward: C",
    )
    assert "Lactate missing" in names.binning_.features


def test_blanks_count_as_the_usual_value_by_weight():
    frame = pd.DataFrame({"Sex": ["f", "f", "m", None], "Age": [30.0, 40.0, 50.0, None]})
    binarizer = ScoreBinarizer(cuts="quantile", max_cuts=1, blanks="impute")
    sex, age = binarizer.fit(frame).binning_.variables
    assert (sex.fill, age.fill) == ("f", 40.0)
    sex, age = binarizer.fit(frame, sample_weight=[1, 1, 3, 1]).binning_.variables
    assert (sex.fill, age.fill) == ("m", 50.0)
    sex, age = binarizer.fit(frame, sample_weight=[0, 1, 1, 1]).binning_.variables
    assert (sex.fill, age.fill) == ("f", 45.0)


@pytest.mark.parametrize("seed", range(5))
def test_the_median_of_repeated_rows(seed):
    rng = np.random.default_rng(seed)
    values, weight = rng.integers(0, 9, 12).astype(float), rng.integers(1, 4, 12)
    assert weighted_median(values, 0.1 * weight) == np.median(np.repeat(values, weight))


def test_rows_of_weight_zero_may_hold_anything():
    frame, died, _ = people(1)
    odd = pd.DataFrame([["old", -5, "x", "Z", 0.5]], columns=frame.columns)
    more = pd.concat([odd, frame, odd], ignore_index=True)
    weight = np.r_[0, np.ones(len(frame)), 0]
    outcome = np.r_[0, died, 1]
    fitted = ScoreBinarizer().fit(more, outcome, sample_weight=weight)
    assert fitted.binning_ == ScoreBinarizer().fit(frame, died).binning_
    model = RiskSLIMClassifier(max_size=2, binarizer=ScoreBinarizer())
    alone = model.fit(frame, died).score_.points
    assert model.fit(more, outcome, weight).score_.points == alone


def test_bad_weights_are_refused():
    frame, died, _ = people(2)
    for weight, words in (
        (np.zeros(120), "are zero"),
        (np.full(120, -1.0), "negative"),
        (np.ones(3), "3 sample weights for 120 rows"),
    ):
        with pytest.raises(DataError, match=words):
            ScoreBinarizer().fit(frame, died, sample_weight=weight)


@pytest.mark.parametrize("kind", [RiskSLIMClassifier, SLIMClassifier])
@pytest.mark.parametrize("seed", range(3))
def test_classifiers_pass_their_weights_on(kind, seed):
    frame, died, weight = people(seed)
    model = kind(max_size=2, max_coef=3, binarizer=ScoreBinarizer(max_cuts=3))
    model.fit(frame, died, weight)
    features, objective = model.binarizer_.binning_, model.solution_.objective
    model.fit(*repeated(frame, died, weight))
    assert model.binarizer_.binning_ == features
    assert model.solution_.objective == pytest.approx(objective, abs=1e-9)


def test_probabilities_as_labels_pass_their_weights_on():
    frame, _, weight = people(4)
    shares = np.clip(frame["Age"].to_numpy() / 250, 0, 0.45)
    model = RiskSLIMClassifier(max_size=2, binarizer=ScoreBinarizer(), soft_labels=True)
    features = model.fit(frame, shares, weight).binarizer_.binning_
    assert model.fit(*repeated(frame, shares, weight)).binarizer_.binning_ == features


def test_files_with_weights(tmp_path):
    frame, died, weight = people(5)
    path, twice = tmp_path / "weighted.csv", tmp_path / "repeated.csv"
    frame.assign(Died=died, Weight=weight).to_csv(path, index=False)
    rows, outcome = repeated(frame, died, weight)
    rows.assign(Died=outcome).to_csv(twice, index=False)
    data = raw_dataset(path, ScoreBinarizer(), "Died", weights="Weight")
    assert data.binning == raw_dataset(twice, ScoreBinarizer(), "Died").binning
    arguments = ["check", str(path), "--raw", "--target", "Died", "--weights", "Weight", "--json"]
    seen = json.loads(CliRunner().invoke(main, arguments).stdout)
    told = [name for column in seen["columns"] for name in column["features"]]
    assert tuple(told) == data.binning.features


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@pytest.mark.parametrize("kind", [RiskSLIMClassifier, SLIMClassifier])
def test_scikit_learn_conventions_with_a_binarizer(kind):
    check_estimator(kind(max_size=2, max_coef=2, binarizer=ScoreBinarizer()), on_skip=None)
