"""The estimator of decision scores keeps scikit-learn's contract, and gives the certified score."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskslim import CoefficientSet, GroupLimit, RiskSLIMClassifier, SLIMClassifier, Status
from riskslim.constraints import Exclude, PointRange, Ranked, RateLimit, Requires
from riskslim.errors import ConstraintError, DataError, InfeasibleError, OptionError
from riskslim.features.binarizer import ScoreBinarizer


@pytest.mark.filterwarnings("ignore:.*rows with a negative outcome:riskslim.errors.DataWarning")
@parametrize_with_checks([SLIMClassifier()])
def test_scikit_learn_checks(estimator: SLIMClassifier, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.Series[Any]]:
    random = np.random.default_rng(1)
    X = pd.DataFrame(random.integers(0, 2, (120, 4)), columns=["age", "sex", "lab", "drug"])
    margin = 2.0 * X.age - 3.0 * X.lab + X.drug + random.logistic(size=120)
    y = pd.Series(np.where(margin > 0, "sick", "healthy"), name="state")
    return X, y


def fitted(table: tuple[pd.DataFrame, pd.Series[Any]], **options: Any) -> SLIMClassifier:
    return SLIMClassifier(**({"max_size": 3, "max_coef": 3} | options)).fit(*table)


def test_fitted_state(table: tuple[pd.DataFrame, pd.Series[Any]]) -> None:
    X, y = table
    model = fitted(table)
    assert model.classes_.tolist() == ["healthy", "sick"]
    assert model.score_.outcome == "state"
    assert model.score_.labels == ("healthy", "sick")
    assert model.solution_.status is Status.OPTIMAL
    linear = X.to_numpy() @ model.coef_[0] + model.intercept_[0]
    np.testing.assert_array_equal(model.decision_function(X), linear)
    np.testing.assert_array_equal(model.predict(X), model.score_.predict(X))
    wrong = (model.predict(X) != y).sum()
    assert model.solution_.errors == wrong
    assert model.score_.false_positive_weight + model.score_.false_negative_weight == wrong
    assert model.score(X, y) == pytest.approx(1 - wrong / len(y))


@pytest.mark.parametrize("class_weight", [None, {"sick": 3.0}, "balanced"])
def test_the_score_is_the_best_of_all(
    table: tuple[pd.DataFrame, pd.Series[Any]], class_weight: Any
) -> None:
    X, y = table
    model = fitted(table, max_coef=2, class_weight=class_weight)
    sign = np.where(y == "sick", 1, -1)
    ratio = {None: 1.0, "balanced": (sign < 0).sum() / (sign > 0).sum()}
    w = np.where(sign > 0, 3.0 if isinstance(class_weight, dict) else ratio[class_weight], 1.0)
    best = math.inf
    for points in itertools.product(range(-2, 3), repeat=4):
        size = np.count_nonzero(points)
        if size <= 3:
            for intercept in range(-7, 8):
                wrong = sign * (X.to_numpy() @ points + intercept) <= 0
                best = min(best, w[wrong].sum() / w.sum() + 0.01 * size)
    # The objective has the cost of points too, which trades neither errors nor features.
    found = model.solution_.loss + 0.01 * model.score_.size
    assert found == pytest.approx(best, abs=1e-12)
    assert math.gcd(int(model.intercept_[0]), *model.score_.points.values()) == 1


def test_limits_on_rates_hold(table: tuple[pd.DataFrame, pd.Series[Any]]) -> None:
    X, y = table
    free = fitted(table)
    fpr = (free.predict(X) == "sick")[y == "healthy"].mean()
    tpr = (free.predict(X) == "sick")[y == "sick"].mean()
    strict = fitted(table, max_fpr=fpr / 2)
    assert (strict.predict(X) == "sick")[y == "healthy"].mean() <= fpr / 2
    assert strict.solution_.loss > free.solution_.loss
    keen = fitted(table, min_tpr=(1 + tpr) / 2)
    assert (keen.predict(X) == "sick")[y == "sick"].mean() >= (1 + tpr) / 2
    assert "false positive rate at most" in "; ".join(strict.score_.rules)
    with pytest.raises(InfeasibleError) as caught:
        fitted(table, max_fpr=0.0, min_tpr=1.0)
    assert sorted(caught.value.conflict) == ["rate(fpr)", "rate(tpr)"]


def test_a_checklist_counts(table: tuple[pd.DataFrame, pd.Series[Any]]) -> None:
    X, y = table
    X = X.assign(no_lab=1 - X.lab)
    model = fitted((X, y), checklist=True)
    assert set(model.score_.points.values()) == {1}
    assert model.score_.is_checklist
    sign = np.where(y == "sick", 1, -1)
    best = math.inf
    for size in range(4):
        for items in itertools.combinations(range(5), size):
            count = X.to_numpy()[:, list(items)].sum(axis=1)
            for least in range(-1, size + 2):
                wrong = (np.where(count >= least, 1, -1) != sign).mean()
                best = min(best, wrong + 0.01 * size)
    assert (model.predict(X) != y).mean() + 0.01 * model.score_.size == pytest.approx(best)
    assert model.score_.rules[0] == "every item counts one"
    assert not any("multiple" in rule for rule in model.score_.rules)
    text = str(model.score_)
    assert f"at least {model.score_.threshold + 1} of these {model.score_.size} hold" in text


def test_checklists_say_what_they_cannot_use(table: tuple[pd.DataFrame, pd.Series[Any]]) -> None:
    X, y = table
    with pytest.raises(DataError, match="checklist needs features of 0 and 1; 'years' has other"):
        SLIMClassifier(checklist=True).fit(X.assign(years=np.arange(len(X))), y)
    with pytest.raises(ConstraintError, match="items of a checklist all count one"):
        fitted(table, checklist=True, constraints=(PointRange("age", at_least=1, at_most=3),))
    with pytest.raises(OptionError, match="checklist=True"):
        fitted(table, checklist=True, coefficients=CoefficientSet(X.columns, 0, 3))
    # Rules on the choice of items are honoured.
    bound = fitted(table, checklist=True, constraints=(Requires("age", "sex"),), min_size=1)
    assert "sex" in bound.score_.points or "age" not in bound.score_.points


def test_pipelines_grids_clones_and_pickles(
    table: tuple[pd.DataFrame, pd.Series[Any]], tmp_path: Path
) -> None:
    X, y = table
    pipeline = make_pipeline(StandardScaler(), SLIMClassifier(max_size=2, max_coef=2))
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.6
    grid = GridSearchCV(SLIMClassifier(max_coef=2), {"max_size": [1, 2]}, cv=3)
    assert grid.fit(X, y).best_estimator_.score_.size <= 2
    model = fitted(table, constraints=(GroupLimit(["age", "sex"], at_most=1),))
    assert not hasattr(clone(model), "score_")
    joblib.dump(model, tmp_path / "model")
    assert joblib.load(tmp_path / "model").score_ == model.score_
    assert "at most 1 of age, sex" in model.score_.rules


def test_weights_are_repetitions(table: tuple[pd.DataFrame, pd.Series[Any]]) -> None:
    X, y = table
    weight = np.random.default_rng(2).integers(0, 3, len(y))
    often = np.repeat(np.arange(len(y)), weight)
    weighted = SLIMClassifier(max_size=2).fit(X, y, sample_weight=weight)
    repeated = SLIMClassifier(max_size=2).fit(X.iloc[often], y.iloc[often])
    assert weighted.score_.points == repeated.score_.points
    assert weighted.solution_.objective == repeated.solution_.objective


def test_a_limit_warns_and_says_the_gap() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(400, 25))
    y = random.integers(0, 2, 400)
    with pytest.warns(ConvergenceWarning, match=r"time limit with a gap"):
        model = SLIMClassifier(max_size=8, time_limit=0.5).fit(X, y)
    assert model.solution_.status is Status.TIME_LIMIT
    assert model.solution_.absolute_gap > 1e-9


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"time_limit": -1}, OptionError, "time_limit"),
        ({"max_size": -1}, OptionError, "max_size"),
        ({"C0": -1.0}, OptionError, "C0"),
        ({"max_fpr": 1.5}, ConstraintError, "at_most=1.5"),
        ({"class_weight": {"well": 2}}, DataError, "well"),
        ({"class_weight": {"sick": 0.0}}, DataError, "positive number"),
        ({"constraints": (GroupLimit("agee", at_most=1),)}, ConstraintError, "age"),
        ({"engine": "lcpa"}, OptionError, "engine='lcpa'"),
        ({"at_most": 1}, OptionError, "binarizer"),
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


def test_a_risk_checklist_gives_the_risk_of_every_count(
    table: tuple[pd.DataFrame, pd.Series[Any]],
) -> None:
    X, y = table
    X = X.assign(no_lab=1 - X.lab)
    model = RiskSLIMClassifier(max_size=3, checklist=True).fit(X, y)
    assert model.solution_.status is Status.OPTIMAL
    assert model.score_.is_checklist
    assert model.score_.rules[0] == "every item counts one"
    assert [row.low for row in model.score_.table] == list(range(model.score_.size + 1))
    best = math.inf
    positive = (y == "sick").to_numpy()
    for size in range(1, 4):
        for items in itertools.combinations(range(5), size):
            count = X.to_numpy()[:, list(items)].sum(axis=1)
            for intercept in range(-3, 1):
                for scale in np.linspace(0.02, 10, 300):
                    margin = scale * np.where(positive, count + intercept, -count - intercept)
                    best = min(best, np.logaddexp(0, -margin).mean())
    assert model.solution_.loss <= best + 1e-9
    assert "Risk checklist for state" in str(model.score_)
    assert "- count) / " in str(model.score_)
    with pytest.raises(OptionError, match="checklist=True"):
        RiskSLIMClassifier(checklist=True, coefficients=CoefficientSet(X.columns, 0, 3)).fit(X, y)


def doubled() -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Give people whom the paper's loss tells apart by points of 2 alone: b and c, or a."""
    X = pd.DataFrame(list(itertools.product((0, 1), repeat=3)), columns=list("abc"))
    return X, (2 * X.a + X.b + X.c >= 2).to_numpy().astype(int)


def test_points_are_printed_in_the_largest_unit_that_decides_alike() -> None:
    X, y = doubled()
    model = SLIMClassifier(max_size=3, C0=0.001).fit(X, y)
    assert model.solution_.points.tolist() == [-3, 4, 2, 2]
    assert model.score_.points == {"a": 2, "b": 1, "c": 1}
    assert model.score_.threshold == 1
    np.testing.assert_array_equal(model.predict(X), y)
    np.testing.assert_array_equal(model.decision_function(X) > 0, y == 1)


def test_the_unit_stays_where_smaller_points_break_a_rule_or_values_are_no_integers() -> None:
    X, y = doubled()
    rule = PointRange("a", at_least=3)
    model = SLIMClassifier(max_size=3, C0=0.001, constraints=[rule]).fit(X, y)
    assert model.score_.points == {"a": 4, "b": 2, "c": 2}
    assert model.score_.threshold == 3
    # A column of decimals that has no points does not matter.
    decimals = X.assign(d=np.arange(len(X)) / 10)
    model = SLIMClassifier(max_size=3, C0=0.001, constraints=[Exclude("d")]).fit(decimals, y)
    assert model.score_.points == {"a": 2, "b": 1, "c": 1}
    model = SLIMClassifier(max_size=3, C0=0.001).fit(X / 2, y)
    assert model.score_.points == dict(zip("abc", model.solution_.points[1:], strict=True))


def test_the_unit_changes_no_decision() -> None:
    random = np.random.default_rng(3)
    units = []
    for _ in range(12):
        X = random.integers(0, 3, (25, 3)).astype(float)
        y = (X @ random.integers(-2, 3, 3) + random.normal(size=25) > 1).astype(int)
        if len(set(y)) < 2:
            continue
        model = SLIMClassifier(max_size=3, max_coef=4, C0=0.001).fit(X, y)
        intercept, *points = model.solution_.points
        np.testing.assert_array_equal(model.predict(X) == 1, X @ points + intercept > 0)
        units.append(np.gcd.reduce(points) // max(1, np.gcd.reduce(model.coef_[0].astype(int))))
    assert max(units) > 1


def test_raw_tables_are_cut_into_items() -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame({"age": random.integers(20, 90, 200), "sex": random.choice(["f", "m"], 200)})
    y = ((X.age > 55) & (random.random(200) > 0.1)).astype(int)
    model = SLIMClassifier(binarizer=ScoreBinarizer(), checklist=True, at_most=1).fit(X, y)
    assert sum(name.startswith("age") for name in model.score_.points) == 1
    assert (model.predict(X) == y).mean() > 0.8
    np.testing.assert_array_equal(model.score_.predict(X), model.predict(X))


@pytest.mark.parametrize(
    "rule", [RateLimit("fpr", at_most=0.2, threshold=2), Ranked([{"age": 1}, {"lab": 1}], by=1)]
)
def test_checklists_refuse_rules_that_count_points(
    table: tuple[pd.DataFrame, pd.Series[Any]], rule: Any
) -> None:
    with pytest.raises(ConstraintError, match="items of a checklist all count one"):
        fitted(table, checklist=True, constraints=(rule,))
