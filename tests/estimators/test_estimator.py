"""The estimator keeps scikit-learn's contract, and gives the certified score."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskslim import CoefficientSet, GroupLimit, RiskSLIMClassifier, Status
from riskslim.errors import ConstraintError, DataError, DataWarning, InfeasibleError, OptionError
from support.brute_force import lattice, losses, totals


# Scikit-learn's small tables are separable more often than not.
@pytest.mark.filterwarnings("ignore:the loss still falls:riskslim.errors.DataWarning")
@parametrize_with_checks([RiskSLIMClassifier()])
def test_scikit_learn_checks(estimator: RiskSLIMClassifier, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series[Any]]:
    random = np.random.default_rng(1)
    X = pd.DataFrame(random.integers(0, 2, (120, 4)), columns=["age", "sex", "lab", "drug"])
    margin = 2.0 * X.age - 3.0 * X.lab + random.logistic(size=120)
    y = pd.Series(np.where(margin > 0, "sick", "healthy"), name="state")
    return X, y


def fitted(table: tuple[pd.DataFrame, pd.Series[Any]], **options: Any) -> RiskSLIMClassifier:
    return RiskSLIMClassifier(**({"max_size": 2, "max_coef": 3} | options)).fit(*table)


def test_fitted_state(table: tuple[pd.DataFrame, pd.Series[Any]]) -> None:
    X, y = table
    model = fitted(table)
    assert model.classes_.tolist() == ["healthy", "sick"]
    assert model.feature_names_in_.tolist() == list(X.columns)
    assert model.score_.outcome == "state"
    assert model.score_.labels == ("healthy", "sick")
    assert model.solution_.status is Status.OPTIMAL
    assert model.solution_.absolute_gap <= 1e-9
    assert model.coef_.shape == (1, 4)
    assert np.count_nonzero(model.coef_) == model.score_.size == 2
    linear = X.to_numpy() @ model.coef_[0] + model.intercept_[0]
    np.testing.assert_allclose(model.decision_function(X), linear)
    np.testing.assert_array_equal(model.predict_proba(X), model.score_.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X), model.score_.predict(X))
    loss = log_loss(y == "sick", model.predict_proba(X)[:, 1])
    assert model.solution_.loss == pytest.approx(loss, rel=1e-12)


@pytest.mark.fast
def test_the_score_is_the_best_of_all(table: tuple[pd.DataFrame, pd.Series[Any]]) -> None:
    X, y = table
    model = fitted(table, max_coef=2, max_size=2, multiplier="fixed")
    points = lattice([-8] + [-2] * 4, [8] + [2] * 4, max_size=2)
    loss = losses(totals(points, X), y == "sick", y != "sick")
    best = (loss + 1e-6 * (points[:, 1:] != 0).sum(axis=1)).min()
    assert model.solution_.objective == pytest.approx(best, abs=1e-12)


def test_the_multiplier_is_free_unless_fixed(table: tuple[pd.DataFrame, pd.Series[Any]]) -> None:
    X, y = table
    free, fixed = fitted(table), fitted(table, multiplier="fixed")
    assert fixed.solution_.multiplier == 1.0
    assert free.solution_.loss < fixed.solution_.loss
    assert free.score_.multiplier == free.solution_.multiplier != 1.0
    points = np.array([feature.points for feature in free.score_.features])
    np.testing.assert_array_equal(free.coef_[0], points / free.score_.multiplier)
    loss = log_loss(y == "sick", free.predict_proba(X)[:, 1])
    assert free.solution_.loss == pytest.approx(loss, rel=1e-12)
    narrow = fitted(table, multiplier_range=(0.9, 1.2))
    assert 0.9 <= narrow.solution_.multiplier <= 1.2


def test_a_multiplier_at_its_end_warns() -> None:
    X = np.array([[0, 1], [1, 1], [0, 0], [1, 0]] * 3)
    with pytest.warns(DataWarning, match=r"lower end 0\.5"):
        model = RiskSLIMClassifier().fit(X, X[:, 0])
    assert model.score_.multiplier == 0.5


@pytest.mark.filterwarnings("ignore:the loss still falls:riskslim.errors.DataWarning")
def test_pipelines_grids_and_calibration(table: tuple[pd.DataFrame, pd.Series[Any]]) -> None:
    X, y = table
    pipeline = make_pipeline(StandardScaler(), RiskSLIMClassifier(max_size=2, max_coef=2))
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.6
    grid = GridSearchCV(
        RiskSLIMClassifier(max_coef=2), {"max_size": [1, 2]}, cv=3, scoring="neg_log_loss", n_jobs=2
    )
    assert grid.fit(X, y).best_estimator_.score_.size <= 2
    calibrated = CalibratedClassifierCV(RiskSLIMClassifier(max_size=1, max_coef=2), cv=3)
    assert calibrated.fit(X, y).predict_proba(X).shape == (120, 2)


def test_clone_and_pickle(table: tuple[pd.DataFrame, pd.Series[Any]], tmp_path: Path) -> None:
    points = CoefficientSet(table[0].columns, -2, 2).set("lab", sign="-")
    model = fitted(table, coefficients=points, constraints=(GroupLimit(["age", "sex"], at_most=1),))
    copy = clone(model)
    assert copy.get_params()["max_coef"] == 3
    assert not hasattr(copy, "score_")
    joblib.dump(model, tmp_path / "model")
    again = joblib.load(tmp_path / "model")
    assert again.score_ == model.score_
    assert again.score_.rules == (
        *("points from -2 to 2", "lab from -2 to 0"),
        "multiplier from 0.5 to 1000 and any intercept",
        "at most 2 features",
        "at most 1 of age, sex",
    )


def test_weights_are_repetitions_and_classes_may_weigh(
    table: tuple[pd.DataFrame, pd.Series[Any]],
) -> None:
    X, y = table
    weight = np.random.default_rng(2).integers(0, 3, len(y))
    often = np.repeat(np.arange(len(y)), weight)
    weighted = RiskSLIMClassifier(max_size=2, max_coef=3).fit(X, y, sample_weight=weight)
    repeated = RiskSLIMClassifier(max_size=2, max_coef=3).fit(X.iloc[often], y.iloc[often])
    assert weighted.score_.points == repeated.score_.points
    assert weighted.solution_.objective == repeated.solution_.objective
    heavy = fitted(table, class_weight={"sick": 20.0})
    assert heavy.predict_proba(X)[:, 1].mean() > fitted(table).predict_proba(X)[:, 1].mean()


def test_threads_and_seeds_do_not_change_the_optimum(
    table: tuple[pd.DataFrame, pd.Series[Any]],
) -> None:
    one = fitted(table)
    for options in ({"n_jobs": 2}, {"random_state": 7}, {"random_state": np.random.RandomState(3)}):
        assert fitted(table, **options).solution_.objective == one.solution_.objective


def test_a_limit_warns_and_says_the_gap() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(400, 25))
    y = random.integers(0, 2, 400)
    with pytest.warns(ConvergenceWarning, match=r"time limit with a gap"):
        model = RiskSLIMClassifier(max_size=8, time_limit=0.5, engine="lcpa").fit(X, y)
    assert model.solution_.status is Status.TIME_LIMIT
    assert model.solution_.absolute_gap > 1e-9


def test_progress_goes_to_standard_error(
    table: tuple[pd.DataFrame, pd.Series[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    fitted(table, verbose=True)
    captured = capsys.readouterr()
    assert captured.out == ""


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"time_limit": -1}, OptionError, "time_limit"),
        ({"random_state": "x"}, OptionError, "random_state"),
        ({"max_size": -1}, OptionError, "max_size"),
        ({"C0": -1.0}, OptionError, "C0"),
        ({"multiplier": 1.0}, OptionError, "multiplier=1.0"),
        ({"multiplier_range": (1.0, 0.5)}, OptionError, "multiplier_range"),
        ({"class_weight": {"well": 2}}, DataError, "well"),
        ({"constraints": (GroupLimit("agee", at_most=1),)}, ConstraintError, "age"),
    ],
)
def test_wrong_parameters_are_named(
    table: tuple[pd.DataFrame, pd.Series[Any]],
    options: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        fitted(table, **options)


def test_contradicting_rules_are_named(table: tuple[pd.DataFrame, pd.Series[Any]]) -> None:
    rules = (GroupLimit(["age", "sex", "lab"], at_least=3, name="three"),)
    with pytest.raises(InfeasibleError) as caught:
        fitted(table, constraints=rules)
    assert set(caught.value.conflict) == {"three", "size"}
