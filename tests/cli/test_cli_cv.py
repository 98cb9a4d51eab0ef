"""``riskslim cv``: what it prints and writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskslim import (
    Dataset,
    RiskSLIMClassifier,
    RiskSLIMClassifierCV,
    ScoreBinarizer,
    cross_validate_score,
)
from riskslim.cli.exit_codes import ExitCode
from support.command_line import printed_object, run


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.integers(0, 2, (120, 3)), columns=["[red]age", "sex", "=drug"])
    margin = 2 * frame["[red]age"] - frame["=drug"] + random.logistic(size=120)
    frame.insert(0, "ill", np.where(margin > 0, "yes", "no"))
    frame["patient"] = np.arange(120) // 2
    frame["weight"] = random.integers(1, 3, 120)
    path = tmp_path_factory.mktemp("data") / "visits.csv"
    frame.to_csv(path, index=False)
    return path


ARGUMENTS = ("--target", "ill", "--positive", "yes", "--groups", "patient", "--weights", "weight")
SMALL = ("--folds", 3, "--inner-folds", 3, "--max-size", 2)


def test_it_is_the_python_function(table: Path, tmp_path: Path) -> None:
    output = tmp_path / "cv.json"
    result = run("cv", table, *ARGUMENTS, *SMALL, "--json", "-o", output)
    assert result.exit_code == ExitCode.OK, result.output
    found = printed_object(result)
    assert json.loads(output.read_text()) == found
    frame = pd.read_csv(table)
    data = Dataset.from_frame(frame.drop(columns="patient"), "ill", "yes", "weight")
    model = RiskSLIMClassifier(max_size=2, time_limit=None)
    expected = cross_validate_score(
        RiskSLIMClassifierCV(model, cv=3),
        frame[list(data.feature_names)],
        frame.ill,
        groups=frame.patient,
        sample_weight=frame.weight,
        positive="yes",
        cv=3,
    )
    assert found == json.loads(json.dumps(expected.to_dict()))
    assert found["kind"] == "cross-validation"
    assert found["data"]["people"] == 60
    assert found["data"]["outcome"] == "ill"


def test_it_prints_every_measure(table: Path) -> None:
    result = run(
        "cv", table, *ARGUMENTS, *SMALL, "--bootstrap", 2, "--repeats", 2, "--c0s", "0.01,0.001"
    )
    assert result.exit_code == ExitCode.OK, result.output
    for words in (
        "AUC",
        "calibration slope",
        "Brier",
        "Corrected",
        "3 folds, repeated 2 times",
        "[red]age",
    ):
        assert words in result.stdout
    assert "of 60 people" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_fixed_size_chooses_nothing(table: Path) -> None:
    found = printed_object(
        run("cv", table, *ARGUMENTS, "--folds", 3, "--max-size", 1, "--fixed-size", "--json")
    )
    assert found["design"]["nested"] is False
    assert all(fold["max_size"] is None and fold["size"] <= 1 for fold in found["folds"])


def test_raw_tables_are_binned_in_every_fold(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    raw = pd.DataFrame(
        {"Age": random.integers(20, 90, 160), "Ward": random.choice(["A", "B"], 160)}
    )
    raw["Lactate"] = np.where(random.random(160) < 0.2, np.nan, random.gamma(2, 1, 160).round(1))
    raw["died"] = (raw.Age / 10 + random.normal(size=160) > 6).astype(int)
    raw.to_csv(tmp_path / "ward.csv", index=False)
    arguments = ("cv", tmp_path / "ward.csv", "--raw", "--target", "died", *SMALL)
    result = run(*arguments, "--rising", "Age", "--json")
    assert result.exit_code == ExitCode.OK, result.output
    model = RiskSLIMClassifier(
        max_size=2, time_limit=None, binarizer=ScoreBinarizer(), rising=("Age",)
    )
    expected = cross_validate_score(
        RiskSLIMClassifierCV(model, cv=3), raw.drop(columns="died"), raw.died, cv=3
    )
    found = printed_object(result)
    assert found["measures"] == json.loads(json.dumps(expected.to_dict()))["measures"]
    assert found["measures"]["auc"]["value"] > 0.7
    result = run(*arguments, "--sign", "Age*=+")
    assert result.exit_code == ExitCode.USAGE
    assert "--rising" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("--target", "il"), ExitCode.DATA, "did you mean 'ill'"),
        (("--target", "ill", "--groups", "who"), ExitCode.DATA, "for the person (--groups)"),
        ((*ARGUMENTS, "--folds", "1"), ExitCode.USAGE, "--folds"),
        ((*ARGUMENTS, "--folds", "90"), ExitCode.USAGE, "people"),
        ((*ARGUMENTS, "--c0s", "a,b"), ExitCode.USAGE, "NUMBER,NUMBER"),
        ((*ARGUMENTS, "--c0s", "0.1", "--fixed-size"), ExitCode.USAGE, "--c0s"),
        ((*ARGUMENTS, "--thresholds", "0,0.5"), ExitCode.USAGE, "between 0 and 1"),
        ((*ARGUMENTS, "--require", "nothing"), ExitCode.USAGE, "nothing"),
    ],
)
def test_what_cannot_be_done_is_said(
    table: Path, arguments: tuple[str, ...], code: ExitCode, text: str
) -> None:
    result = run("cv", table, *arguments)
    assert result.exit_code == code, result.output
    assert text in result.stderr
