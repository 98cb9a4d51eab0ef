"""Risks that held-out people ask to be steeper: the points and the people stay."""

import json
from importlib import resources

import jsonschema
import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore, RiskSLIMClassifier
from riskslim.scores.recalibration import stretched

SCHEMA = json.loads(
    resources.files("riskslim.exporters").joinpath("score.schema.json").read_text("utf-8")
)
RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.integers(0, 2, (300, 3)), columns=list("abc"))
Y = (RNG.random(300) < 1 / (1 + np.exp(0.5 - 2 * X.a + 1.5 * X.b))).astype(int).to_numpy()
WEIGHT = RNG.integers(0, 3, 300).astype(float)


@pytest.fixture(scope="module", params=[None, WEIGHT], ids=["rows", "weights"])
def fitted(request):
    return RiskSLIMClassifier(max_size=2).fit(X, Y, request.param).score_, request.param


@pytest.mark.parametrize("slope", [0.7, 1.4])
def test_log_odds_are_multiplied_and_the_level_is_that_of_the_outcomes(fitted, slope):
    score, weight = fitted
    found = stretched(score, X, Y, slope, weight)
    counts = np.ones(300) if weight is None else weight
    assert counts @ found.predict_proba(X)[:, 1] == pytest.approx(counts @ Y)
    total = np.unique(score.total(X))
    steps = np.diff(found.log_odds(total)) / np.diff(score.log_odds(total))
    np.testing.assert_allclose(steps, slope)
    assert (found.points, found.table, found.certificate, found.intercept, found.multiplier) == (
        *(score.points, score.table, score.certificate, score.intercept, score.multiplier),
    )
    assert found.counts_people == score.counts_people


def test_the_file_and_the_cards_say_so(fitted):
    score, weight = fitted
    found = stretched(score, X, Y, 1.25, weight)
    again = RiskScore.from_json(found.to_json())
    assert again == found
    jsonschema.validate(json.loads(found.to_json()), SCHEMA)
    for text in (str(found), found.to_html()):
        assert "calibration slope of 1.25" in " ".join(text.split())
    # The people of its table are those of the training.
    assert "in the training data" in found.to_calculator()
    record = json.loads(found.to_json())
    record["recalibration"]["multiplier"] *= 2
    with pytest.raises(Exception, match="changed by hand"):
        RiskScore.from_json(json.dumps(record))


def test_it_moves_with_the_points_and_to_a_prevalence(fitted):
    score, weight = fitted
    found = stretched(score, X, Y, 1.25, weight)
    np.testing.assert_allclose(found.signed().predict_proba(X), found.predict_proba(X))
    rare = found.with_prevalence(0.01)
    moved = rare.log_odds(rare.total(X)) - found.log_odds(found.total(X))
    assert np.ptp(moved) == pytest.approx(0.0, abs=1e-12)
    assert moved[0] < 0
