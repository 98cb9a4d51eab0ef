"""Points counted from 0 on: the same risks for everybody, whatever the bands."""

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from riskslim import RiskScore
from riskslim.scores.recalibration import Recalibration
from support.any_bands import scores


@settings(max_examples=100)
@given(scores())
def test_listed_totals_are_those_of_all_people_and_turning_changes_no_risk(case):
    score, people = case
    turned = score.turned()
    for one in (score, turned):
        listed = [row.low for row in one.table]
        assert listed == sorted(set(one.total(people).tolist()))
        bands = [[band.points for band in item.bands] or [0, item.features[0].points]
                 for item in one.items]  # fmt: skip
        assert listed == sorted({sum(chosen) for chosen in product(*bands)})
    np.testing.assert_array_equal(turned.predict_proba(people), score.predict_proba(people))
    assert turned.total(people).min() == 0
    assert all(min(band.points for band in item.bands) == 0 for item in turned.items if item.bands)
    assert RiskScore.from_json(turned.to_json()) == turned
    assert turned.turned() == turned
    assert turned.signed() == score
    assert turned.start == score.start


def test_looked_up_and_shifted_risks_turn_along():
    score = RiskScore.from_points({"a": -3, "b": 2}, intercept=1, multiplier=1.5)
    frame = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1]})
    for other in (
        Recalibration("isotonic", None, None, (-2.0, 1.0), (0.1, 0.2, 0.6)),
        Recalibration("logistic", -0.25, 1.25),
    ):
        changed = score.with_risks(other)
        np.testing.assert_array_equal(
            changed.turned().predict_proba(frame), changed.predict_proba(frame)
        )
        assert changed.turned().signed() == changed


def test_shifts_of_what_has_no_bands_are_refused():
    text = RiskScore.from_points({"a": -3}).turned().to_json()
    raw = json.loads(text)
    raw["shifts"] = [{"feature": "b", "points": 3}]
    with pytest.raises(Exception, match="each must begin an item with bands"):
        RiskScore.from_json(json.dumps(raw))
