"""When people who were held out ask for another slope, and when they do not."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from riskslim.estimators.held_out_slope import slope_asked_for

ODDS = np.repeat([-2.0, -1.0, 0.0, 1.0, 2.0], 40)


def people(slope, copies=1):
    """Outcomes in the shares that a slope gives, with some rounding."""
    shares = 1 / (1 + np.exp(-slope * ODDS.reshape(5, 40)[:, 0]))
    positive = np.concatenate([np.arange(40) < round(40 * share) for share in shares])
    return np.tile(positive.astype(float), copies), np.tile(ODDS, copies)


def test_risks_that_are_right_stay():
    positive, margin = people(1.0)
    assert slope_asked_for(positive, margin, np.ones(len(margin))) == 1.0


@pytest.mark.parametrize("slope", [0.7, 1.5])
def test_a_clear_slope_is_that_of_logistic_regression(slope):
    positive, margin = people(slope, 5)
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(margin[:, None], positive)
    found = slope_asked_for(positive, margin, np.ones(len(margin)))
    assert found == pytest.approx(float(model.coef_[0, 0]), rel=1e-4)


def test_few_people_are_not_heard_and_weights_count_as_people():
    positive, margin = people(1.3)
    weight = np.ones(len(margin))
    assert slope_asked_for(positive, margin, weight / 10) == 1.0
    assert slope_asked_for(positive, margin, 10 * weight) > 1.2


def test_nothing_is_turned_or_made_endless():
    positive, margin = people(1.0, 5)
    weight = np.ones(len(margin))
    assert slope_asked_for(1 - positive, margin, weight) == 1.0
    assert slope_asked_for(positive, np.zeros(len(margin)), weight) == 1.0
    assert slope_asked_for((margin > 0.5).astype(float), margin, weight) == 1.0
    assert slope_asked_for(positive, 0.01 * margin, weight) == 2.0
    assert slope_asked_for(positive, 9.0 * margin, weight) == 0.5
