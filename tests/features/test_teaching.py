"""Labels that a teacher has a share in: where they come from, and what is said of them."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from riskslim import RiskSLIMClassifier, ScoreBinarizer, cross_validate_score, load_score
from riskslim.errors import OptionError
from riskslim.features import ridge
from riskslim.features.teaching import Teaching, with_level


def table(seed=0, n=160):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("ABCD"))
    frame["Ward"] = rng.choice(["north", "south", None], n)
    logit = frame["A"] + 0.8 * frame["B"] + (frame["Ward"] == "north") - 0.7
    return frame, (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int)


def classifier(**options):
    binarizer = ScoreBinarizer(cuts="quantile", max_cuts=10, min_share=0.02)
    options = {"max_size": 3, "binarizer": binarizer, "teacher": "steps"} | options
    return RiskSLIMClassifier(**options)


def test_no_share_is_no_teacher():
    X, y = table()
    taught = classifier(teacher_share=0.0).fit(X, y)
    alone = classifier(teacher=None).fit(X, y)
    assert taught.score_.points == alone.score_.points
    assert taught.solution_.objective == alone.solution_.objective


def test_the_objective_is_the_cross_entropy_with_the_mixed_labels():
    X, y = table()
    found = classifier(teacher_share=0.75).fit(X, y)
    binning = found.binarizer_.binning_
    labels = Teaching("steps", 0.75).labels(X, binning.encode(X), y == 1, None, binning)
    risk = found.predict_proba(X)[:, 1]
    loss = -np.mean(labels * np.log(risk) + (1 - labels) * np.log1p(-risk))
    assert found.solution_.loss == pytest.approx(loss, abs=1e-12)
    certificate = found.score_.certificate
    against = -np.mean(np.where(y == 1, np.log(risk), np.log1p(-risk)))
    assert certificate.outcome_loss == pytest.approx(against, abs=1e-12)
    assert certificate.teacher_share == 0.75
    # And so it is the one of soft labels that were given.
    given = classifier(teacher=None, soft_labels=True)
    given.binarizer = ScoreBinarizer(
        cut_points={v.column: list(v.cuts) for v in binning.variables if hasattr(v, "cuts")}
    )
    assert given.fit(X, labels).solution_.objective == pytest.approx(
        found.solution_.objective, abs=1e-9
    )


def test_gaps_are_shares_of_what_a_score_can_still_win():
    X, y = table()
    found = classifier(node_limit=1, max_size=8, engine="supports")
    solution = found.fit(X, y).solution_
    assert 0 < solution.entropy < solution.objective
    gap = solution.objective - solution.lower_bound
    assert solution.absolute_gap == pytest.approx(gap)
    assert solution.relative_gap == pytest.approx(
        min(gap / (solution.objective - solution.entropy), 1.0)
    )
    assert solution.relative_gap > gap / solution.objective


def test_labels_have_the_mean_of_the_outcomes():
    X, y = table()
    weight = np.random.default_rng(1).integers(0, 4, len(y)).astype(float)
    binning = classifier().binarizer.fit(X, y).binning_
    for teacher in ("steps", GaussianNB()):
        raw = X if teacher == "steps" else X[list("ABCD")]
        teaching = Teaching(teacher, 0.6)
        labels = teaching.labels(raw, binning.encode(X), y == 1, weight, binning)
        assert weight @ labels == pytest.approx(weight @ y, abs=1e-6)
        assert ((labels >= 0) & (labels <= 1)).all()


def test_a_level_that_is_right_stays():
    risk = np.array([0.1, 0.3, 0.8])
    outcome = np.array([False, False, True])
    weight = np.array([1.0, 1.0, 0.25])
    level = with_level(risk, outcome, weight)
    assert weight @ level == pytest.approx(0.25)
    shift = np.log(level / (1 - level)) - np.log(risk / (1 - risk))
    np.testing.assert_allclose(shift, shift[0])


def test_a_weight_is_as_many_rows():
    X, y = table(n=80)
    weight = np.random.default_rng(2).integers(0, 3, len(y))
    rows = np.repeat(np.arange(len(y)), weight)
    teacher = LogisticRegression(C=0.1)
    plain = {"binarizer": ScoreBinarizer(cut_points={"A": [0.0], "B": [-0.5, 0.5]})}
    numbers = X[["A", "B"]]
    weighted = classifier(teacher=teacher, **plain).fit(numbers, y, sample_weight=weight)
    repeated = classifier(teacher=teacher, **plain).fit(
        numbers.iloc[rows].reset_index(drop=True), y[rows]
    )
    assert weighted.score_.points == repeated.score_.points
    assert weighted.solution_.objective == pytest.approx(repeated.solution_.objective, abs=1e-6)


def test_the_score_speaks_of_the_outcomes(tmp_path):
    X, y = table()
    named = np.where(y == 1, "yes", "no")
    score = classifier().fit(X, named).score_
    assert score.labels == ("no", "yes")
    assert score.training.positives == y.sum()
    assert not score.training.is_soft
    assert "the risks of a smooth model, which stood for the outcomes" in " ".join(
        str(score).split()
    )
    score.save(tmp_path / "s.json")
    assert json.loads((tmp_path / "s.json").read_text())["certificate"]["teacher_share"] == 1.0
    assert load_score(tmp_path / "s.json").certificate == score.certificate


def test_every_fold_has_a_teacher_of_its_own():
    """A teacher that knows its rows by heart says nothing of others."""
    rng = np.random.default_rng(3)
    X = pd.DataFrame(rng.normal(size=(150, 3)), columns=list("ABC"))
    y = rng.integers(0, 2, 150)
    estimator = classifier(teacher=KNeighborsClassifier(1), node_limit=1, engine="supports")
    found = cross_validate_score(estimator, X, y, cv=5)
    assert 0.35 < found.measures.auc.value < 0.65


def test_screening_follows_the_labels_and_says_so():
    X, y = table(n=300)
    binarizer = ScoreBinarizer(cuts="quantile", max_cuts=20, min_share=0.02, screen=12)
    found = classifier(binarizer=binarizer).fit(X, y)
    assert len(found.score_.features) <= 14
    assert any("candidate features the" in rule for rule in found.score_.rules)
    assert found.predict_proba(X).shape == (300, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"teacher": "forest"}, "teacher='forest'"),
        ({"teacher": LogisticRegression}, "give 'steps', or a classifier"),
        ({"teacher_share": 1.5}, "from 0 to 1"),
        ({"soft_labels": True}, "probabilities already"),
    ],
)
def test_what_cannot_teach_is_refused(options, message):
    X, y = table(n=60)
    with pytest.raises(OptionError, match=message):
        classifier(**options).fit(X, y)


def test_risks_of_bytes_are_those_of_doubles_in_blocks_of_any_size(monkeypatch):
    rng = np.random.default_rng(4)
    cells = rng.integers(0, 2, (50, 6)).astype(np.int8)
    positive = rng.random(50) < 0.2 + 0.5 * cells[:, 0]
    model = ridge.Ridge(cells.astype(np.float64), positive, np.ones(50))
    whole = model.risks(cells.astype(np.float64))
    assert np.array_equal(model.risks(cells), whole)
    monkeypatch.setattr(ridge, "_BLOCK", 7)
    assert model.risks(cells) == pytest.approx(whole, rel=1e-14)
