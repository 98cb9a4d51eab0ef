"""What the field calls things: problems and data sets of arrays, points by name, known scores."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from riskslim import (
    CoefficientSet,
    Dataset,
    RiskScore,
    RiskSLIMClassifier,
    RiskSLIMProblem,
    SearchOptions,
    SLIMProblem,
)
from riskslim.errors import DataError, OptionError, ScoreError

ROWS = [[0, 0], [0, 1], [1, 0], [1, 1]] * 5
OUTCOME = [0, 0, 1, 1, 0, 1, 1, 1, 0, 0] * 2


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=["Age", "Smoker"])


def test_a_data_set_takes_what_scikit_learn_takes(frame: pd.DataFrame) -> None:
    outcome = pd.Series(OUTCOME, name="Died")
    named = Dataset(frame, outcome)
    assert (named.feature_names, named.outcome_name) == (("Age", "Smoker"), "Died")
    for X in (ROWS, np.array(ROWS), np.array(ROWS, dtype=np.int8), csr_array(ROWS)):
        data = Dataset(X, OUTCOME)
        assert (data.feature_names, data.outcome_name) == (("x1", "x2"), "outcome")
        assert np.array_equal(data.features, named.features)
        assert np.array_equal(data.positive, named.positive)
    assert Dataset(frame, OUTCOME, ["a", "b"]).feature_names == ("a", "b")
    assert Dataset(frame, OUTCOME, sample_weight=[2.0] * 20).total_weight == 40


def test_a_data_set_is_copied_whole(frame: pd.DataFrame) -> None:
    data = Dataset(frame, OUTCOME)
    for again in (copy.copy(data), copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert again.feature_names == data.feature_names
        assert np.array_equal(again.negative_counts, data.negative_counts)


def test_a_column_that_is_no_number_is_refused_by_name(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="'Smoker'"):
        Dataset(frame.assign(Smoker="often"), OUTCOME)
    with pytest.raises(DataError, match="one value for each row"):
        Dataset(frame, OUTCOME[:-1])


@pytest.mark.parametrize("kind", [RiskSLIMProblem, SLIMProblem])
def test_a_problem_takes_features_and_outcome(kind: type, frame: pd.DataFrame) -> None:
    whole = kind(Dataset(frame, OUTCOME), max_size=2).solve()
    apart = kind(frame, OUTCOME, max_size=2).solve()
    assert apart.objective == whole.objective
    assert apart.points_by_name == whole.points_by_name


def test_a_problem_has_one_outcome_and_one_set_of_coefficients(frame: pd.DataFrame) -> None:
    data = Dataset(frame, OUTCOME)
    points = CoefficientSet(data.feature_names, -2, 2)
    for problem in (RiskSLIMProblem(data, points), RiskSLIMProblem(data, coefficients=points)):
        assert problem.coefficients.upper.tolist() == [2, 2]
    assert RiskSLIMProblem(frame, OUTCOME, coefficients=points).coefficients.lower[0] == -2
    with pytest.raises(OptionError, match="holds its outcome"):
        RiskSLIMProblem(data, OUTCOME)
    with pytest.raises(OptionError, match="the outcome is missing"):
        RiskSLIMProblem(frame)
    with pytest.raises(OptionError, match="given twice"):
        RiskSLIMProblem(data, points, coefficients=points)


def test_points_are_given_by_name(frame: pd.DataFrame) -> None:
    problem = RiskSLIMProblem(frame, OUTCOME, max_size=1, C0=0.25)
    assert problem.loss({"Age": 2}) == problem.loss([0, 2, 0])
    assert problem.objective({"Age": 2, "(Intercept)": -1}) == problem.objective([-1, 2, 0])
    assert problem.objective({}) == pytest.approx(np.log(2))
    assert problem.violations({"Age": 1}) == []
    assert problem.violations({"Age": 1, "Smoker": 9}) == problem.violations([0, 1, 9]) != []
    with pytest.raises(OptionError, match="did you mean 'Smoker'"):
        problem.loss({"Smokr": 1})


def test_points_are_those_of_a_score(frame: pd.DataFrame) -> None:
    fitted = RiskSLIMClassifier(max_size=2, multiplier="fixed").fit(frame, OUTCOME)
    problem = RiskSLIMProblem(frame, OUTCOME, max_size=2)
    assert problem.objective(fitted.score_) == fitted.solution_.objective
    decisions = SLIMProblem(frame, OUTCOME)
    solution = decisions.solve(SearchOptions())
    assert solution.points is not None
    assert decisions.loss(dict(solution.points_by_name) | {"(Intercept)": solution.intercept}) == (
        solution.loss
    )


def test_a_known_score_predicts_prints_and_is_saved() -> None:
    score = RiskScore.from_points(
        {"Age >= 65": 2, "Smoker": 1, "Sport": -1}, intercept=-2, multiplier=0.5, outcome="Died"
    )
    assert score.size == 3
    assert [row.low for row in score.table] == [-1, 0, 1, 2, 3]
    people = pd.DataFrame({"Age >= 65": [1, 0], "Smoker": [1, 0], "Sport": [0, 1]})
    assert score.predict_proba(people)[:, 1] == pytest.approx(1 / (1 + np.exp([-2.0, 6.0])))
    assert RiskScore.from_json(score.to_json()) == score
    card = str(score)
    assert "Risk score for Died" in card
    assert "Trained on" not in card
    for to in ("markdown", "html", "csv", "sql", "python", "xlsx", "calculator"):
        assert score.export(to)


def test_a_known_score_shows_the_people_of_data(frame: pd.DataFrame) -> None:
    data = Dataset(frame, pd.Series(OUTCOME, name="Died"))
    fitted = RiskSLIMProblem(data, max_size=2).solve()
    found = RiskScore.from_solution(fitted, data)
    named = {name: int(value) for name, value in fitted.points_by_name.items()}
    score = RiskScore.from_points(named, intercept=found.intercept, data=data)
    assert (score.table, score.features, score.training) == (
        found.table,
        found.features,
        found.training,
    )
    assert score.certificate is None


def test_a_known_score_of_many_points_has_bands() -> None:
    score = RiskScore.from_points({f"x{j}": 2**j for j in range(12)}, multiplier=100.0)
    assert not score.has_every_total
    assert RiskScore.from_json(score.to_json()) == score


def test_what_is_no_score_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(ScoreError, match=r"points of 'a' must be a whole number, not 0\.5"):
        RiskScore.from_points({"a": 0.5})  # type: ignore[dict-item]
    with pytest.raises(ScoreError, match="the data has no feature 'Agee'; did you mean 'Age'"):
        RiskScore.from_points({"Agee": 1}, data=Dataset(frame, OUTCOME))
    with pytest.raises(ScoreError, match="multiplier must be a positive number"):
        RiskScore.from_points({"a": 1}, multiplier=0.0)
    with pytest.raises(ScoreError, match="one class only"):
        RiskScore.from_points({"a": 1}).with_prevalence(0.1)
