"""`positive=` names the class that the score is about; classes and columns stay scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score

from riskslim import RiskSLIMClassifier, RiskSLIMClassifierCV, SLIMClassifier
from riskslim.errors import OptionError

dice = np.random.default_rng(3)
X = dice.integers(0, 2, (200, 3))
Y = np.where(dice.random(200) < 0.15 + 0.3 * X[:, 0] + 0.3 * X[:, 1], "ill", "well")


@pytest.mark.parametrize("kind", [RiskSLIMClassifier, SLIMClassifier])
def test_the_score_is_about_the_class_that_is_named(kind) -> None:
    usual = kind(max_size=2).fit(X, Y)
    named = kind(max_size=2, positive="ill").fit(X, Y)
    renamed = kind(max_size=2).fit(X, np.where(Y == "ill", "zill", Y))
    assert usual.score_.labels == ("ill", "well")
    assert named.score_.labels == ("well", "ill")
    assert named.score_.points == renamed.score_.points
    assert named.classes_.tolist() == ["ill", "well"]
    assert (named.predict(X) == np.where(renamed.predict(X) == "zill", "ill", "well")).all()
    assert (named.predict(X) == named.score_.predict(X)).all()
    assert (named.decision_function(X) == -renamed.decision_function(X)).all()
    line = X @ named.coef_[0] + named.intercept_[0]
    above = named.decision_function(X)
    assert np.sign(line[above != 0]).tolist() == np.sign(above[above != 0]).tolist()


def test_risks_stand_in_the_order_of_the_classes() -> None:
    named = RiskSLIMClassifier(max_size=2, positive="ill").fit(X, Y)
    risks = named.predict_proba(X)
    assert risks[:, 0].tolist() == named.score_.predict_proba(X)[:, 1].tolist()
    assert np.exp(named.predict_log_proba(X)) == pytest.approx(risks)
    assert roc_auc_score(Y == "well", risks[:, 1]) > 0.6
    scores = cross_val_score(named, X, Y, scoring="roc_auc", cv=3)
    assert scores.min() > 0.5
    assert X @ named.coef_[0] + named.intercept_[0] == pytest.approx(named.decision_function(X))


def test_choosing_a_size_knows_it_too() -> None:
    weights = {"ill": 3.0, "well": 1.0}
    template = RiskSLIMClassifier(max_size=2, positive="ill", class_weight=weights)
    found = RiskSLIMClassifierCV(template, cv=3, random_state=0).fit(X, Y)
    other = RiskSLIMClassifierCV(
        RiskSLIMClassifier(max_size=2, class_weight={"zill": 3.0, "well": 1.0}),
        cv=3,
        random_state=0,
    ).fit(X, np.where(Y == "ill", "zill", Y))
    assert found.fold_losses_ == other.fold_losses_
    assert found.score_.labels == ("well", "ill")


def test_a_value_that_the_outcome_lacks_is_refused() -> None:
    with pytest.raises(OptionError, match="the outcome is 'ill' and 'well'"):
        RiskSLIMClassifier(positive="dead").fit(X, Y)
    with pytest.raises(OptionError, match="soft labels are probabilities"):
        RiskSLIMClassifier(positive=1, soft_labels=True).fit(X, dice.random(200))
