"""Counts, weight of evidence, information value, gains, drift and reasons against definitions."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from riskslim import RiskScore
from riskslim.credit import (
    ScaledScore,
    characteristics,
    find_drift,
    find_gains,
    find_reasons,
    fuzzy_augmentation,
    make_scorecard,
)
from riskslim.errors import OptionError, ScoreError
from riskslim.features import Binning
from riskslim.features.variables import Thresholds
from support.any_bands import scores
from support.raw_scores import of_binning

SCORE = RiskScore.from_points({"Late": 2, "New": 1}, intercept=-3)


def drawn_people(people, seed, rows=60):
    random = np.random.default_rng(seed)
    at = random.integers(0, len(people), rows)
    y = random.integers(0, 2, rows)
    y[:2] = 0, 1
    return people.iloc[at].reset_index(drop=True), y


@given(drawn=scores(), seed=st.integers(0, 9))
@settings(max_examples=40)
def test_attributes_are_counted(drawn, seed):
    score, people = drawn
    X, y = drawn_people(people, seed)
    card = make_scorecard(score, X, y, scaled=ScaledScore.of(score))
    assert card.count == 60
    assert card.bads == y.sum()
    names = list(dict.fromkeys(row.characteristic for row in card.rows))
    assert names == [one.name for one in characteristics(score)]
    for name in names:
        rows = [row for row in card.rows if row.characteristic == name]
        assert sum(row.count for row in rows) == 60
        assert sum(row.bads for row in rows) == y.sum()
        assert card.iv[name] == pytest.approx(sum(row.iv for row in rows))
        for row in rows:
            if 0 < row.bads < row.count:
                good = (row.count - row.bads) / (60 - y.sum())
                bad = row.bads / y.sum()
                assert row.woe == pytest.approx(math.log(good / bad))
                assert row.iv == pytest.approx((good - bad) * math.log(good / bad))


@given(drawn=scores(), seed=st.integers(0, 9))
@settings(max_examples=40)
def test_gains(drawn, seed):
    score, people = drawn
    X, y = drawn_people(people, seed)
    total = score.total(X)
    found = find_gains(score, X, y)
    assert found.gini.value == pytest.approx(2 * roc_auc_score(y, total) - 1)
    above = max(
        0.0, max((total[y == 1] >= t).mean() - (total[y == 0] >= t).mean() for t in set(total))
    )
    assert found.ks == pytest.approx(above)
    if found.gini.value > 0 and above >= ks_2samp(total[y == 1], total[y == 0]).statistic - 1e-9:
        assert found.ks == pytest.approx(ks_2samp(total[y == 1], total[y == 0]).statistic)
    for row in found.rows:
        here = total >= row.low
        assert row.reached == pytest.approx(here.mean())
        assert row.bads_reached == pytest.approx(y[here].sum() / y.sum())
        assert row.lift == pytest.approx(y[here].mean() / y.mean())
        assert row.approved == pytest.approx(1 - here.mean())
        left = y[~here]
        expected = None if not left.size else pytest.approx(left.mean())
        assert row.approved_bad_rate == expected


def test_people_of_whom_a_measurement_is_not_known_have_their_own_attribute():
    # The blank has no points, so that no feature with points tells it from the reference.
    binning = Binning((Thresholds("Age", "Age", "feature", cuts=(65.0, 75.0)),))
    table = pd.DataFrame({"Age": [50.0, 70.0, None, 80.0, None]})
    y = np.array([0, 1, 1, 0, 0])
    score = of_binning(binning, [2, 1, 0], table, y)
    card = make_scorecard(score, table, y)
    counts = {row.attribute: (row.count, row.bads) for row in card.rows}
    assert counts["not known"] == (2, 1)
    assert counts["under 65"] == (1, 0)
    assert sum(count for count, _ in counts.values()) == 5


def test_weights_are_people():
    X, y = [[0, 0], [1, 0], [1, 1]], [0, 1, 0]
    weight = np.array([2, 1, 3])
    twice = np.repeat(X, weight, axis=0), np.repeat(y, weight)
    assert make_scorecard(SCORE, X, y, weight).rows == make_scorecard(SCORE, *twice).rows
    assert find_gains(SCORE, X, y, weight).rows == find_gains(SCORE, *twice).rows
    weighted = find_drift(SCORE, X, X, sample_weight=weight)
    repeated = find_drift(SCORE, twice[0], X)
    assert weighted.totals.index == pytest.approx(repeated.totals.index)


@given(drawn=scores(), seed=st.integers(0, 9))
@settings(max_examples=40)
def test_reasons_sum_to_the_total(drawn, seed):
    score, people = drawn
    X, _ = drawn_people(people, seed)
    total = score.total(X)
    best = find_reasons(score, X)
    least = sum(item.ends[0] for item in score.items)
    assert (best.lost >= 0).all()
    assert best.lost.sum(axis=1).tolist() == (total - least).tolist()
    mean = find_reasons(score, X, against="average", reference=people)
    middle = score.total(people).mean()
    assert mean.lost.sum(axis=1) == pytest.approx(total - middle)
    for row in range(5):
        named = best.of(row)
        points = [reason.points for reason in named]
        assert points == sorted(best.lost[row][best.lost[row] > 0], reverse=True)[:4]
        for reason in named:
            assert reason.is_tied == (list(best.lost[row]).count(reason.points) > 1)


def test_reasons_of_numbers_with_points_for_each_unit():
    data = pd.DataFrame({"y": [0, 1, 0, 1], "Years": [1, 5, 2, 9], "Late": [0, 1, 1, 0]})
    from riskslim import Dataset

    score = RiskScore.from_points({"Years": -2, "Late": 1}, data=Dataset.from_frame(data))
    found = find_reasons(score, pd.DataFrame({"Years": [4], "Late": [1]}))
    assert [(one.characteristic, one.attribute, one.points) for one in found.of(0)] == [
        ("Years", "", 10.0),
        ("Late", "yes", 1.0),
    ]
    with pytest.raises(ScoreError, match="'Years' has points for each unit"):
        make_scorecard(score, data, data["y"])


@given(drawn=scores(), seed=st.integers(0, 9))
@settings(max_examples=30)
def test_drift(drawn, seed):
    score, people = drawn
    X, _ = drawn_people(people, seed)
    same = find_drift(score, X, X)
    assert same.totals.index == 0
    assert all(one.index == 0 for one in same.characteristics)
    found = find_drift(score, X, people, period=["a", "b"] * 30, bands=4)
    for one in (found.totals, *found.characteristics, *found.periods):
        assert sum(cell.expected for cell in one.cells) == pytest.approx(1)
        assert sum(cell.actual for cell in one.cells) == pytest.approx(1)
        assert one.index >= -1e-12
        if all(cell.expected and cell.actual for cell in one.cells):
            parts = [
                (cell.actual - cell.expected) * math.log(cell.actual / cell.expected)
                for cell in one.cells
            ]
            assert one.index == pytest.approx(sum(parts))
    assert found.totals.shift == pytest.approx(score.total(X).mean() - score.total(people).mean())
    assert [one.count for one in found.periods] == [30, 30]


def test_an_index_by_chance_is_exceeded_in_five_of_a_hundred():
    random = np.random.default_rng(0)
    before = random.integers(0, 2, (4000, 2))
    above = 0
    for _ in range(400):
        one = find_drift(SCORE, random.integers(0, 2, (500, 2)), before).totals
        above += one.index > one.by_chance
    assert 8 <= above <= 36  # 20 are expected; this seed has always the same


def test_drift_from_the_people_that_the_score_keeps():
    from riskslim import Dataset

    X = np.array([[0, 0]] * 50 + [[0, 1]] * 30 + [[1, 1]] * 20, dtype=float)
    frame = pd.DataFrame({"y": [0, 1] * 50, "Late": X[:, 0], "New": X[:, 1]})
    score = RiskScore.from_points({"Late": 2, "New": 1}, data=Dataset.from_frame(frame))
    kept, given_ = find_drift(score, X[::2]), find_drift(score, X[::2], X)
    assert kept.totals == given_.totals
    assert kept.characteristics == ()
    with pytest.raises(ScoreError, match="knows of no people"):
        find_drift(SCORE, X)
    with pytest.raises(OptionError, match="bands=1"):
        find_drift(score, X, bands=1)
    with pytest.raises(OptionError, match="period has 3 values for 100 rows"):
        find_drift(score, X, period=[1, 2, 3])


def test_refused_people_are_partly_bad_and_partly_good():
    X, y, weight = fuzzy_augmentation(
        pd.DataFrame({"a": [0, 1]}), [0, 1], pd.DataFrame({"a": [5]}), [0.5], factor=3
    )
    assert X["a"].tolist() == [0, 1, 5, 5]
    assert y.tolist() == [False, True, True, False]
    assert weight.tolist() == [1, 1, 0.75, 0.25]
    for arguments, message in (
        (([[0]], [2], [[1]], [0.5]), "y: give one outcome"),
        (([[0]], [1], [[1]], [1.5]), "risk: give numbers"),
        (([[0]], [1], [[1]], [0.5, 0.5]), "risk: expected 1"),
        (([[0]], [1], [[1, 2]], [0.5]), "rejected: expected 1 columns"),
    ):
        with pytest.raises(OptionError, match=message):
            fuzzy_augmentation(*arguments)
    with pytest.raises(OptionError, match="factor=0"):
        fuzzy_augmentation([[0]], [1], [[1]], [0.5], factor=0)
