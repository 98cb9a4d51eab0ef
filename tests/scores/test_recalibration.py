"""Recalibrated risks: the arithmetic, what the score says of it, and that points stay."""

from __future__ import annotations

import json
import math
from importlib import resources
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from riskslim import Dataset, RiskScore, RiskSLIMClassifier, Solution, Status, evaluate
from riskslim.cli import main
from riskslim.cli.exit_codes import ExitCode
from riskslim.errors import OptionError, ScoreError

SCHEMA = json.loads(
    resources.files("riskslim.exporters").joinpath("score.schema.json").read_text("utf-8")
)


def people(
    seed: int, n: int, shift: float = 0.0, slope: float = 1.0
) -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.integers(0, 2, (n, 4)), columns=list("abcd"))
    margin = shift + slope * (2 * X.a - 1.5 * X.b + X.c - 0.7)
    return X, pd.Series((random.random(n) < 1 / (1 + np.exp(-margin))).astype(int), name="ill")


@pytest.fixture(scope="module")
def score() -> RiskScore:
    found: RiskScore = RiskSLIMClassifier(max_size=3).fit(*people(0, 400)).score_
    return found


X, Y = people(1, 600, shift=-1.0, slope=0.6)
WEIGHT = np.random.default_rng(5).integers(0, 3, 600).astype(float)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_intercept_alone_matches_the_expected_number(score: RiskScore, weight: object) -> None:
    found = score.recalibrate(X, Y, "intercept", weight)
    w = np.ones(600) if weight is None else WEIGHT
    assert w @ found.predict_proba(X)[:, 1] == pytest.approx(w @ Y)
    assert found.formula[1] == score.multiplier
    assert found.points == score.points
    shifts = found.log_odds(found.total(X)) - score.log_odds(score.total(X))
    assert np.ptp(shifts) < 1e-12


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_intercept_and_multiplier_are_logistic_regression(score: RiskScore, weight: object) -> None:
    found = score.recalibrate(X, Y, "logistic", weight)
    total = score.total(X)[:, None]
    reference = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000)
    reference.fit(total, Y, sample_weight=weight)
    assert found.predict_proba(X) == pytest.approx(reference.predict_proba(total), abs=1e-6)
    # Again on the same data changes nothing.
    again = found.recalibrate(X, Y, "logistic", weight)
    assert again.formula == pytest.approx(found.formula, rel=1e-6)
    assert evaluate(found, X, Y, weight).performance.calibration_slope.value == pytest.approx(1)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_isotonic_risks_are_those_of_scikit_learn(score: RiskScore, weight: object) -> None:
    found = score.recalibrate(X, Y, "isotonic", weight)
    total = score.total(X)
    reference = IsotonicRegression(y_min=0, y_max=1).fit(total, Y, sample_weight=weight)
    rows = slice(None) if weight is None else WEIGHT > 0
    assert found.predict_proba(X)[rows, 1] == pytest.approx(reference.predict(total)[rows])
    assert found.risk(-1e9) == found.recalibration.risks[0]
    assert found.risk(1e9) == found.recalibration.risks[-1]
    assert (np.diff(found.risks(np.arange(-20.0, 20.0, 0.25))) >= 0).all()


def test_the_table_shows_the_new_people(score: RiskScore) -> None:
    found = score.recalibrate(X, Y, "logistic", data="ours.csv")
    total = score.total(X)
    assert sum(row.weight for row in found.table) == 600
    for row in found.table:
        assert row.weight == (total == row.low).sum()
        assert row.positive_weight == Y[total == row.low].sum()
    assert found.training == score.training
    for to in ("text", "markdown", "html", "latex"):
        text = " ".join(found.export(to).replace("\\", "").split())
        assert "ours.csv: 600 rows" in text
        assert "intercept and multiplier were changed" in text
        assert "points are as trained" in text
    assert "ours.csv" in found.export("text", "de")
    assert f"of {(total == found.table[2].low).sum()}" in str(found)


def test_values_outside_training_join_the_table() -> None:
    frame = pd.DataFrame({"ill": [0, 1, 0, 1, 1, 0] * 20, "falls": [0, 1, 2, 2, 1, 0] * 20})
    score = RiskSLIMClassifier(max_size=1).fit(frame[["falls"]], frame.ill).score_
    more = pd.DataFrame({"falls": [0, 1, 2, 5, 5, 0]})
    found = score.recalibrate(more, [0, 0, 1, 1, 0, 1], "intercept")
    totals = [row.low for row in found.table]
    assert totals == sorted(totals)
    assert 5 * score.points["falls"] in totals
    with pytest.raises(ScoreError, match="cannot be reached"):
        score.recalibrate(pd.DataFrame({"falls": [0.5, 1, 2]}), [0, 1, 1], "intercept")


@pytest.mark.parametrize("method", ["intercept", "logistic", "isotonic"])
def test_round_trip(score: RiskScore, method: str, tmp_path: Path) -> None:
    found = score.recalibrate(X, Y, method, data="<ours>")
    found.save(tmp_path / "score.json")
    again = RiskScore.load(tmp_path / "score.json")
    assert again == found
    jsonschema.validate(json.loads(found.to_json()), SCHEMA)
    assert again.to_json() == found.to_json()
    assert again.predict_proba(X).tolist() == found.predict_proba(X).tolist()
    record = json.loads(found.to_json())
    record["recalibration"]["data"] = 3
    with pytest.raises(ScoreError, match="'data'"):
        RiskScore.from_json(json.dumps(record))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"edges": [1.0, 0.0], "risks": [0.1, 0.2, 0.3]}, "rise with the total"),
        ({"risks": [0.9, 0.1]}, "rise with the total"),
        ({"method": "magic"}, "unknown"),
        ({"prevalence": 0.5}, "belongs to the method"),
        ({"secret": 1}, "unknown keys"),
    ],
)
def test_files_that_say_nothing_sensible(score: RiskScore, change: dict, text: str) -> None:
    record = json.loads(score.recalibrate(X, Y, "isotonic").to_json())
    record["recalibration"] |= change
    with pytest.raises(ScoreError, match=text):
        RiskScore.from_json(json.dumps(record))


def test_risks_changed_by_hand_are_noticed(score: RiskScore) -> None:
    record = json.loads(score.recalibrate(X, Y, "logistic").to_json())
    record["recalibration"]["intercept"] += 0.5
    with pytest.raises(ScoreError, match="changed by hand"):
        RiskScore.from_json(json.dumps(record))


def test_prevalence_corrects_a_case_control_sample() -> None:
    population = people(7, 40_000, shift=-3.0)
    sick = np.flatnonzero(population[1] == 1)
    well = np.random.default_rng(0).choice(
        np.flatnonzero(population[1] == 0), len(sick), replace=False
    )
    rows = np.concatenate([sick, well])
    model = RiskSLIMClassifier(max_size=3).fit(population[0].iloc[rows], population[1].iloc[rows])
    share = float(population[1].mean())
    corrected = model.score_.with_prevalence(share)
    before, after = (evaluate(one, *population).performance for one in (model.score_, corrected))
    assert before.expected_over_observed > 3
    # As near as the integer intercept is in the sample itself.
    own = evaluate(model.score_, population[0].iloc[rows], population[1].iloc[rows]).performance
    bias = own.calibration_in_the_large.value
    assert after.calibration_in_the_large.low < bias < after.calibration_in_the_large.high
    assert after.expected_over_observed == pytest.approx(1, abs=0.1)
    shift = math.log(share / (1 - share))
    assert corrected.formula[0] == pytest.approx(
        model.score_.intercept + shift * model.score_.multiplier
    )
    assert corrected.points == model.score_.points
    observed = sum(row.positive_weight for row in corrected.table)
    assert observed / sum(row.weight for row in corrected.table) == pytest.approx(share)
    assert RiskScore.from_json(corrected.to_json()) == corrected
    jsonschema.validate(json.loads(corrected.to_json()), SCHEMA)
    assert "50.0%" in " ".join(str(corrected).split())
    assert "of whom" in " ".join(str(corrected).split())


def test_class_weights_are_part_of_the_sample_odds() -> None:
    X, y = people(8, 5000, shift=-2.0)
    model = RiskSLIMClassifier(max_size=3, class_weight="balanced").fit(X, y)
    corrected = model.score_.with_prevalence(float(y.mean()))
    assert corrected.predict_proba(X)[:, 1].mean() == pytest.approx(y.mean(), rel=0.05)


@pytest.mark.parametrize("method", ["intercept", "logistic", "isotonic"])
def test_real_totals(method: str) -> None:
    random = np.random.default_rng(9)
    frame = pd.DataFrame(random.normal(5, 2, (200, 2)).round(2), columns=["lactate", "age"])
    frame.insert(0, "ill", (random.random(200) < 0.4).astype(int))
    solution = Solution(
        status=Status.OPTIMAL,
        points=np.array([-8, 2, 1]),
        feature_names=("lactate", "age"),
        objective=0.5,
        loss=0.5,
        lower_bound=0.5,
        nodes=1,
        cuts=0,
        lps=0,
        phase_seconds={"total": 0.1},
        proof="by hand",
        multiplier=2.0,
    )
    score = RiskScore.from_solution(solution, Dataset.from_frame(frame))
    X = pd.DataFrame(random.normal(5, 2, (300, 2)).round(2), columns=["lactate", "age"])
    margin = 0.3 * (score.total(X) - 14)
    y = (random.random(300) < 1 / (1 + np.exp(-margin))).astype(int)
    found = score.recalibrate(X, y, method, data="new.csv")
    assert not found.has_every_total
    assert sum(row.weight for row in found.table) == 300
    assert RiskScore.from_json(found.to_json()) == found
    total = score.total(X)
    for row in found.table:
        low = -np.inf if row.low is None else row.low
        inside = (total >= low) & (total < (np.inf if row.high is None else row.high))
        assert row.weight == inside.sum()
    names: dict[str, object] = {}
    exec(found.export("python"), names)
    risks = [names["risk"](row) for row in X.head(50).to_dict("records")]
    assert risks == pytest.approx(found.predict_proba(X.head(50))[:, 1])
    assert "new.csv" in found.export("markdown").replace("\\", "")


def test_what_cannot_be_done_is_said(score: RiskScore) -> None:
    with pytest.raises(OptionError, match="'intercept', 'logistic', 'isotonic'"):
        score.recalibrate(X, Y, "platt")
    with pytest.raises(ScoreError, match="one class only"):
        score.recalibrate(X, np.zeros(600, dtype=int))
    with pytest.raises(ScoreError, match="falls as the total rises"):
        score.recalibrate(
            X, 1 - (score.predict_proba(X)[:, 1] > np.random.default_rng(0).random(600))
        )
    with pytest.raises(ScoreError, match="separate the classes"):
        score.recalibrate(X, (score.total(X) > 0).astype(int))
    with pytest.raises(OptionError, match="share between 0 and 1"):
        score.with_prevalence(1.0)
    with pytest.raises(ScoreError, match="changed already"):
        score.recalibrate(X, Y).with_prevalence(0.1)


def run(*arguments: object) -> object:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_command(score: RiskScore, tmp_path: Path) -> None:
    score.save(tmp_path / "score.json")
    data = X.assign(ill=Y, w=WEIGHT)
    data.to_csv(tmp_path / "ours.csv", index=False)
    for method in ("intercept", "logistic", "isotonic"):
        output = tmp_path / f"{method}.json"
        result = run(
            "recalibrate", tmp_path / "score.json", tmp_path / "ours.csv", "--weights", "w",
            "--method", method, "-o", output,
        )  # fmt: skip
        assert result.exit_code == ExitCode.OK, result.output
        assert RiskScore.load(output) == score.recalibrate(X, Y, method, WEIGHT, data="ours.csv")
        assert "Before" in result.stdout
    result = run("recalibrate", tmp_path / "score.json", tmp_path / "ours.csv", "--json")
    found = json.loads(result.stdout)
    assert found["after"]["calibration_slope"]["value"] == pytest.approx(1)
    result = run("recalibrate", tmp_path / "score.json", "--prevalence", "0.01", "--json")
    assert json.loads(result.stdout)["score"]["recalibration"]["prevalence"] == 0.01
    assert run("recalibrate", tmp_path / "score.json").exit_code == ExitCode.USAGE
    result = run("recalibrate", tmp_path / "score.json", tmp_path / "ours.csv", "--target", "il")
    assert result.exit_code == ExitCode.DATA
    assert "did you mean 'ill'" in result.stderr


def test_fit_with_a_prevalence(tmp_path: Path) -> None:
    data = X.assign(ill=Y)
    data.to_csv(tmp_path / "sample.csv", index=False)
    result = run(
        "fit", tmp_path / "sample.csv", "--target", "ill", "--max-size", 2, "--prevalence", 0.02,
        "-o", tmp_path / "score.json",
    )  # fmt: skip
    assert result.exit_code == ExitCode.OK, result.output
    found = RiskScore.load(tmp_path / "score.json")
    plain = RiskSLIMClassifier(max_size=2).fit(X, Y)
    assert found.points == plain.score_.points
    assert (
        found.predict_proba(X).tolist()
        == plain.score_.with_prevalence(0.02).predict_proba(X).tolist()
    )
    assert found.certificate.objective == plain.solution_.objective
    model = RiskSLIMClassifier(max_size=2, prevalence=0.02).fit(X, Y)
    assert model.predict_proba(X) == pytest.approx(found.predict_proba(X))
    assert model.decision_function(X) == pytest.approx(found.log_odds(found.total(X)))
    margin = X.to_numpy() @ model.coef_[0] + model.intercept_[0]
    assert model.decision_function(X) == pytest.approx(margin)
