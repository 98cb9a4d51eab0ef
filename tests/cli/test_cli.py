"""Every command: what it prints, what it writes, and how it exits."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore, cli
from riskslim.cli import main
from riskslim.cli.commands import COMMANDS
from riskslim.cli.exit_codes import ExitCode
from support.command_line import printed_object, run

FIT_KEYS = [
    *("status", "objective", "loss", "lower_bound", "absolute_gap", "relative_gap"),
    *("size", "intercept", "points", "multiplier", "multiplier_range"),
    *("notes", "proof", "log", "seconds", "nodes", "cuts"),
]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.integers(0, 2, (90, 4)), columns=["age", "sex", "lab", "drug"])
    frame["lab"] *= random.integers(1, 4, 90)
    margin = 2 * frame.age - frame.lab + random.logistic(size=90)
    frame.insert(0, "ill", (margin > 0).astype(int))
    return frame


@pytest.fixture(scope="module")
def table(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "table.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def score(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("score") / "score.json"
    result = run("fit", table, "--max-size", 2, "--max-coef", 3, "-o", path)
    assert result.exit_code == ExitCode.OK, result.output
    return path


def test_fit_prints_the_card_and_writes_the_score(table: Path, score: Path) -> None:
    result = run("fit", table, "--target", "ill", "--max-size", 2, "--max-coef", 3)
    loaded = RiskScore.load(score)
    assert result.exit_code == 0
    assert result.stdout == f"{loaded}\n"
    assert "Proved optimal in" in result.stderr
    assert loaded.size == 2
    multiplier = "multiplier from 0.5 to 1000 and any intercept"
    assert loaded.rules == ("points from -3 to 3", multiplier, "at most 2 features")


def test_fit_json_is_one_object_with_the_certificate(table: Path, score: Path) -> None:
    result = run("fit", table, "--max-size", 2, "--max-coef", 3, "--json")
    found = printed_object(result)
    assert list(found) == FIT_KEYS
    loaded = RiskScore.load(score)
    assert found["status"] == "optimal"
    assert found["points"] == loaded.points
    assert found["intercept"] == loaded.intercept
    assert found["absolute_gap"] <= 1e-9
    assert found["objective"] == pytest.approx(found["loss"] + 2e-6, rel=1e-12)


def test_the_same_seed_gives_the_same_bytes_apart_from_times(table: Path, tmp_path: Path) -> None:
    texts = []
    for name, threads in (("a", 1), ("b", 1), ("c", 2)):
        path = tmp_path / name
        run("fit", table, "--seed", 5, "--threads", threads, "-o", path)
        raw = json.loads(path.read_text())
        assert list(raw.pop("run")) == ["seconds"]
        texts.append(json.dumps(raw))
    assert texts[0] == texts[1] == texts[2]


def test_options_of_fit_reach_the_problem(table: Path) -> None:
    found = printed_object(
        run("fit", table, "--json", "--sign", "lab=+", "--sign", "a*=-", "--max-coef", 2)
    )
    assert found["points"].get("lab", 0) >= 0
    assert found["points"].get("age", 0) <= 0
    assert max(map(abs, found["points"].values()), default=0) <= 2
    assert printed_object(run("fit", table, "--json", "--c0", 10))["size"] == 0
    assert printed_object(run("fit", table, "--json", "--c0", 10, "--min-size", 3))["size"] == 3


def test_the_multiplier_of_fit(table: Path, tmp_path: Path) -> None:
    arguments = ("fit", table, "--max-size", 2, "--max-coef", 3)
    fixed = printed_object(run(*arguments, "--multiplier", "fixed", "--json"))
    assert (fixed["multiplier"], fixed["multiplier_range"]) == (1.0, [1.0, 1.0])
    path = tmp_path / "score.json"
    free = run(*arguments, "--multiplier", "free", "--json", "-o", path)
    found = printed_object(free)
    assert found["multiplier_range"] == [0.5, 1000.0]
    assert found["objective"] < fixed["objective"]
    loaded = RiskScore.load(path)
    assert loaded.multiplier == found["multiplier"] not in (0.5, 1.0)
    assert "multiplier from 0.5 to 1000 and any intercept" in loaded.rules
    assert loaded.certificate is not None
    assert loaded.certificate.multiplier_mode == "free"
    written = re.search(r"\) / ([\d.]+)\)", run("show", path).stdout)
    assert written is not None
    assert float(written[1]) == pytest.approx(found["multiplier"], rel=1e-6)
    assert loaded.certificate.has_real_intercept
    integer = printed_object(run(*arguments, "--intercept", "integer", "--json"))
    assert isinstance(integer["intercept"], int)
    assert found["objective"] <= integer["objective"]
    narrow = printed_object(
        run(*arguments, "--multiplier", "free", "--multiplier-range", 0.1, 0.2, "--json")
    )
    assert 0.1 <= narrow["multiplier"] <= 0.2


def test_an_end_of_the_range_is_noted(table: Path) -> None:
    result = run("fit", table, "--multiplier", "free", "--multiplier-range", 20, 30, "-v")
    assert result.exit_code == ExitCode.OK
    assert "Note: the loss still falls as the multiplier does" in result.stderr
    assert "lower end 20" in result.stderr
    assert "search over supports: " in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--multiplier", "fixed", "--multiplier-range", 1, 2), "--multiplier-range is for"),
        (("--multiplier", "free", "--multiplier-range", 2, 1), "the smaller first"),
        (("--multiplier", "free", "--multiplier-range", 0, 1), "multiplier_range=(0.0, 1.0)"),
        (("--multiplier", "loose"), "'loose' is not one of"),
    ],
)
def test_wrong_multipliers_are_usage_errors(
    table: Path, arguments: tuple[object, ...], words: str
) -> None:
    result = run("fit", table, *arguments)
    assert result.exit_code == ExitCode.USAGE
    assert words in result.stderr


def test_weights_classes_and_labels_of_fit(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "weighted.parquet"
    frame.assign(w=2.0, ill=np.where(frame.ill, "grey", "pale")).to_parquet(path)
    refused = run("fit", path)
    assert refused.exit_code == ExitCode.DATA
    output = tmp_path / "score.json"
    arguments = ("--positive", "grey", "--weights", "w", "--class-weight", "grey=3,pale=1")
    found = printed_object(run("fit", path, *arguments, "-o", output, "--json"))
    loaded = RiskScore.load(output)
    assert found["status"] == "optimal"
    assert loaded.labels == ("pale", "grey")
    assert "w" not in loaded.feature_names
    positives = int(frame.ill.sum())
    assert loaded.training.positives == positives
    assert loaded.training.positive_weight == 6.0 * positives
    assert loaded.training.weight == 6.0 * positives + 2.0 * (90 - positives)


def test_a_limit_has_its_exit_code_and_an_honest_gap(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    path, output = tmp_path / "hard.csv", tmp_path / "score.json"
    hard = pd.DataFrame(random.integers(0, 2, (500, 31)))
    hard.to_csv(path, index=False)
    result = run("fit", path, "--max-size", 8, "--node-limit", 3, "-o", output, "--json", "-v")
    found = printed_object(result)
    assert result.exit_code == ExitCode.LIMIT
    assert found["status"] == "node limit"
    assert found["absolute_gap"] > 1e-9
    assert found["lower_bound"] < found["objective"]
    assert "Stopped (node limit)" in result.stderr
    assert "Not proved (node limit)" in run("show", output).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--max-size", -1), "--max-size"),
        (("--max-size", 1, "--min-size", 2), "--min-size 2 is more than --max-size 1"),
        (("--sign", "lab"), "--sign 'Lab*=+'"),
        (("--sign", "labb=+"), "did you mean 'lab'"),
        (("--class-weight", "1:2"), "LABEL=WEIGHT"),
        (("-o", "/proc/nowhere/score.json"), "/proc/nowhere/score.json cannot be written"),
        (("--time-limit", 0), "--time-limit"),
    ],
)
def test_bad_usage_of_fit(table: Path, arguments: tuple[object, ...], message: str) -> None:
    result = run("fit", table, *arguments)
    assert result.exit_code == ExitCode.USAGE
    assert result.stdout == ""
    assert message in result.stderr


@pytest.mark.parametrize("command", ["fit", "check"])
def test_bad_data_is_located(command: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("ill,age\n0,1\n1,n/b\n")
    result = run(command, path)
    assert result.exit_code == ExitCode.DATA
    assert "'age' holds 'n/b' in row 2" in result.output
    assert "Traceback" not in result.output


def test_errors_are_one_object_with_json(tmp_path: Path) -> None:
    result = run("fit", tmp_path / "none.csv", "--json")
    assert result.exit_code == ExitCode.DATA
    found = printed_object(result)
    assert found["status"] == "error"
    assert "none.csv" in found["error"]
    assert "none.csv" in result.stderr


def test_infeasible_has_its_exit_code(table: Path) -> None:
    arguments = ("--min-size", 3, "--max-size", 3, "--sign", "*=+", "--sign", "*=-")
    result = run("fit", table, *arguments, "--json")
    assert result.exit_code == ExitCode.INFEASIBLE
    found = printed_object(result)
    assert found["status"] == "infeasible"
    assert "size" in found["conflict"]


def test_show_prints_card_or_json(score: Path) -> None:
    assert run("show", score).stdout == f"{RiskScore.load(score)}\n"
    assert printed_object(run("show", score, "--json")) == json.loads(score.read_text())
    assert run("show", score.parent / "no.json").exit_code == ExitCode.DATA


def test_predict_agrees_with_the_score(
    frame: pd.DataFrame, table: Path, score: Path, tmp_path: Path
) -> None:
    loaded = RiskScore.load(score)
    expected = loaded.predict_proba(frame)[:, 1]
    result = run("predict", score, table)
    output = tmp_path / "risks.csv"
    assert run("predict", score, table, "-o", output).stdout == ""
    assert output.read_text() == result.stdout
    risks = pd.read_csv(output, float_precision="round_trip")
    assert risks.columns.tolist() == ["row", "total", "risk"]
    np.testing.assert_allclose(risks.risk, expected, rtol=1e-15)
    found = printed_object(run("predict", score, table, "--json"))
    assert [entry["risk"] for entry in found["predictions"]] == expected.tolist()
    assert [entry["total"] for entry in found["predictions"]] == loaded.total(frame).tolist()


def test_predict_names_missing_columns(score: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("sex\n1\n")
    result = run("predict", score, path)
    assert result.exit_code == ExitCode.DATA
    assert all(repr(name) in result.stderr for name in RiskScore.load(score).points)


def test_evaluate_measures_the_training_loss(table: Path, score: Path) -> None:
    certificate = RiskScore.load(score).certificate
    found = printed_object(run("evaluate", score, table, "--json"))
    assert certificate is not None
    assert found["loss"] == pytest.approx(certificate.loss, rel=1e-12)
    assert list(found) == [
        *("rows", "positives", "loss", "auc", "calibration_error", "brier", "table"),
        *("measures", "operating_points"),
    ]
    assert sum(row["rows"] for row in found["table"]) == 90
    text = run("evaluate", score, table).stdout
    assert all(
        word in text for word in ("logistic loss", "AUC", "calibration", "Brier", "Observed")
    )


def test_evaluate_finds_outcome_and_weights(
    frame: pd.DataFrame, score: Path, tmp_path: Path
) -> None:
    path = tmp_path / "test.csv"
    frame.rename(columns={"ill": "sick"}).assign(w=np.arange(90)).to_csv(path, index=False)
    assert "no column 'ill'" in run("evaluate", score, path).stderr
    found = printed_object(
        run("evaluate", score, path, "--target", "sick", "--weights", "w", "--json")
    )
    assert found["rows"] == 89


def test_evaluate_with_one_class_has_no_auc(
    frame: pd.DataFrame, score: Path, tmp_path: Path
) -> None:
    path = tmp_path / "one.csv"
    frame.assign(ill=1).to_csv(path, index=False)
    assert printed_object(run("evaluate", score, path, "--json"))["auc"] is None
    assert "one class only" in run("evaluate", score, path).stdout


def test_check_describes_the_table(table: Path) -> None:
    found = printed_object(run("check", table, "--json"))
    assert found["usable"] is True
    assert (found["rows"], found["outcome"], found["labels"]) == (90, "ill", [0, 1])
    kinds = {column["name"]: column["kind"] for column in found["columns"]}
    assert kinds == {"age": "0/1", "sex": "0/1", "lab": "integer", "drug": "0/1"}
    text = run("check", table).stdout
    assert "90 rows" in text
    assert "fit can use it." in text


def test_check_names_every_problem_and_warning(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("ill,age,sex,lab\n0,1,m,\n1,2,f,3\n2,1,f,4\n")
    result = run("check", path, "--json")
    found = printed_object(result)
    assert result.exit_code == ExitCode.DATA
    assert found["usable"] is False
    assert len(found["problems"]) == 3
    for name, problem in zip(("ill", "sex", "lab"), found["problems"], strict=True):
        assert repr(name) in problem
    path.write_text("ill,age,same\n0,1,7\n1,2,7\n")
    warned = run("check", path, "--json")
    assert warned.exit_code == ExitCode.OK
    assert "'same'" in printed_object(warned)["warnings"][0]


def test_warnings_go_to_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "constant.csv"
    path.write_text("ill,age,same\n" + "0,1,7\n1,2,7\n1,1,7\n0,2,7\n" * 3)
    result = run("fit", path, "--json")
    assert printed_object(result)["status"] == "optimal"
    assert "Warning: " in result.stderr
    assert "'same'" in result.stderr


def test_help_has_examples_and_exit_codes() -> None:
    for command in ("fit", "show", "predict", "evaluate", "check", "demo"):
        text = run(command, "--help").stdout
        assert f"riskslim {command}" in text
        assert "Example:" in text
        assert "Exit codes:" in text
    assert all(f"{code.value}  " in run("--help").stdout for code in ExitCode)
    assert "riskslim" in run("--version").stdout


def test_commands_are_listed_without_being_loaded_and_each_is_there(tmp_path: Path) -> None:
    code = """
import sys
from click.testing import CliRunner
from riskslim.cli import main
print(CliRunner().invoke(main, []).output)
print([name for name in sys.modules if name in ("numpy", "riskslim.cli.fit", "riskslim.cli.show")])
"""
    # Not in the checkout, whose folder would take the place of the installed package.
    program = [sys.executable, "-c", code]
    listed = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path).stdout
    assert listed.splitlines()[-1] == "[]"
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert f"\n  {name} " in listed
    modules = Path(cli.__file__).parent.glob("*.py")
    own = {path.stem for path in modules if "\n@click.command(" in path.read_text("utf-8")}
    assert own == set(COMMANDS)


def test_a_command_that_is_nearly_right_is_suggested() -> None:
    result = run("fitt")
    assert result.exit_code == ExitCode.USAGE
    assert "No such command 'fitt'. Did you mean fit?" in result.stderr


def test_nothing_that_is_not_finite_is_printed() -> None:
    from riskslim.cli.output import print_json

    @main.command("nothing")
    def nothing() -> None:
        print_json({"a": math.nan, "b": [math.inf, {"c": -math.inf}], "d": (1.5,)})

    try:
        assert printed_object(run("nothing")) == {"a": None, "b": [None, {"c": None}], "d": [1.5]}
    finally:
        del main.commands["nothing"]


@pytest.mark.parametrize("command", ["check", "demo", "evaluate", "fit", "predict", "show"])
def test_help_gives_an_example_on_a_line_of_its_own(command: str) -> None:
    lines = run(command, "--help").stdout.splitlines()
    assert lines[lines.index("  Example:") + 1].startswith(f"    riskslim {command}")
    assert not any("\\b" in line for line in lines)
