"""``riskslim fit --method slim``: decision scores, checklists and rules on the command line."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from riskslim import DecisionScore, RiskScore
from riskslim.cli import main
from riskslim.cli.exit_codes import ExitCode

NAMES = ["Age >= 40", "Age >= 65", "Female", "Lab high"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    random = np.random.default_rng(1)
    frame = pd.DataFrame(random.integers(0, 2, (150, 4)), columns=NAMES)
    logits = frame.to_numpy() @ [1.0, 2.0, -1.0, 1.5] - 1.5
    frame.insert(0, "ill", (random.random(150) < 1 / (1 + np.exp(-logits))).astype(int))
    file = tmp_path_factory.mktemp("data") / "data.csv"
    frame.to_csv(file, index=False)
    return file


def fit(data, *options):
    done = CliRunner().invoke(main, ["fit", str(data), "--method", "slim", "--json", *options])
    found = json.loads(done.stdout) if done.stdout.startswith("{") else None
    return done, found


def rates(data, found):
    frame = pd.read_csv(data)
    rule = found["rule"]
    points = pd.Series(rule["points"]).reindex(NAMES, fill_value=0).to_numpy()
    yes = frame[NAMES].to_numpy() @ points > rule["yes_above"]
    ill = frame["ill"].to_numpy() == 1
    return yes[~ill].mean(), yes[ill].mean(), (yes != ill).mean()


def test_a_decision_score_is_fitted_saved_and_printed(data, tmp_path):
    file = tmp_path / "rule.json"
    run = CliRunner().invoke
    done = run(main, ["fit", str(data), "--method", "slim", "--c0", "0.01", "-o", str(file)])
    assert done.exit_code == 0, done.output
    score = DecisionScore.load(file)
    assert "Decision score for ill" in done.stdout
    assert f"Yes if the total exceeds {score.threshold}, else no." in done.stdout
    assert run(main, ["show", str(file)]).stdout == done.stdout
    assert run(main, ["evaluate", str(file), str(data)]).exit_code == 0
    report = run(main, ["report", str(file), str(data), "-o", str(tmp_path / "page.html")])
    assert report.exit_code == 0, report.output
    assert "Decisions and outcomes" in (tmp_path / "page.html").read_text()


def test_rules_as_options_and_in_a_file(data, tmp_path):
    _, free = fit(data, "--c0", "0.001")
    fpr, tpr, error = rates(data, free)
    assert free["errors"] == round(error * 150)
    done, found = fit(data, "--c0", "0.001", "--max-fpr", str(fpr / 2))
    assert done.exit_code == 0, done.stderr
    assert rates(data, found)[0] <= fpr / 2
    done, found = fit(data, "--c0", "0.001", "--min-tpr", str((1 + tpr) / 2))
    assert rates(data, found)[1] >= (1 + tpr) / 2
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nkind = "group"\ngroup = "Age*"\nat_most = 1\n')
    asked = ["--require", "Female", "--forbid", "Lab*", "--sign", "Female=+"]
    score = tmp_path / "score.json"
    done, found = fit(data, "--constraints", str(rules), *asked, "-o", str(score))
    assert done.exit_code == 0, done.stderr
    assert found["points"]["Female"] > 0
    assert "Lab high" not in found["points"]
    assert sum(name.startswith("Age") for name in found["points"]) <= 1
    shown = " ".join(CliRunner().invoke(main, ["show", str(score)]).output.split())
    assert "at most 1 of Age*" in shown


def test_checklists_of_either_method(data, tmp_path):
    done, found = fit(data, "--checklist")
    assert done.exit_code == 0, done.stderr
    assert set(found["rule"]["points"].values()) <= {1}
    assert rates(data, found)[2] == pytest.approx(found["loss"])
    file = tmp_path / "risks.json"
    done = CliRunner().invoke(main, ["fit", str(data), "--checklist", "-o", str(file)])
    assert done.exit_code == 0, done.output
    assert RiskScore.load(file).is_checklist
    assert "Count how many" in RiskScore.load(file).to_html()
    raw = pd.read_csv(data).assign(age=50)
    raw.loc[3, "age"] = 70
    raw.to_csv(tmp_path / "raw.csv", index=False)
    done, _ = fit(tmp_path / "raw.csv", "--checklist")
    assert done.exit_code == ExitCode.DATA
    assert "'age' has other values" in done.stderr


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--multiplier", "fixed"], ExitCode.USAGE, "--multiplier"),
        (["--engine", "lcpa"], ExitCode.USAGE, "engine='lcpa'"),
        (["--pool", "pool.csv"], ExitCode.USAGE, "--pool is for risk scores"),
        (["--require", "Femal"], ExitCode.USAGE, "did you mean 'Female'"),
        (["--class-weight", "2=3"], ExitCode.DATA, "no label"),
    ],
)
def test_what_does_not_fit_is_said(data, options, code, words):
    done, _ = fit(data, *options)
    assert done.exit_code == code
    assert words in done.stderr


def test_class_weights_move_the_errors(data):
    _, even = fit(data)
    _, heavy = fit(data, "--class-weight", "1=5,0=1")
    assert heavy["false_negatives"] < even["false_negatives"]


@pytest.mark.parametrize("method", ["slim", "riskslim"])
def test_the_smallest_conflict_is_named(data, method, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[[rule]]\nkind = "requires"\nfeature = "Lab high"\nneeds = "Female"\nname = "lab"\n'
        '[[rule]]\nkind = "group"\ngroup = "Age*"\nat_most = 1\nname = "one age"\n'
    )
    options = ["--constraints", str(rules), "--require", "Lab high", "--forbid", "Female"]
    done = CliRunner().invoke(main, ["fit", str(data), "--method", method, "--json", *options])
    assert done.exit_code == ExitCode.INFEASIBLE, done.output
    found = json.loads(done.stdout)
    assert found["status"] == "infeasible"
    # "one age" is innocent; any two of the others can hold together.
    assert sorted(found["conflict"]) == ["exclude(Female)", "include(Lab high)", "lab"]
    assert "Lab high" in done.stderr
    assert "Female" in done.stderr


def test_a_limit_leaves_the_score_and_its_gap(tmp_path):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(500, 20)).round(3))
    frame.columns = [f"x{j}" for j in range(20)]
    frame.insert(0, "y", random.integers(0, 2, 500))
    file, out = tmp_path / "hard.csv", tmp_path / "score.json"
    frame.to_csv(file, index=False)
    done, found = fit(file, "--time-limit", "1", "--max-size", "8", "-o", str(out))
    assert done.exit_code == ExitCode.LIMIT
    assert found["absolute_gap"] > 0
    assert "above the best possible objective" in done.stderr
    assert DecisionScore.load(out).certificate.status == "time limit"
    # Ctrl-C: the same with another code.
    program = "from riskslim.cli import main; main()"
    command = [sys.executable, "-c", program, "fit", str(file), "--method", "slim"]
    process = subprocess.Popen(
        [*command, "--max-size", "8", "-v", "-o", str(tmp_path / "kept.json")],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "%" in line:  # a progress line with a gap: there is an incumbent
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == ExitCode.INTERRUPTED, errors
    assert DecisionScore.load(tmp_path / "kept.json").certificate.status == "interrupted"


def test_the_demo_runs():
    done = CliRunner().invoke(main, ["demo"])
    assert done.exit_code == 0, done.output
    assert "Risk score for malignant" in done.output
    assert "Proved optimal" in done.output


def test_a_penalty_of_points_makes_them_smaller(data):
    def length(found):
        return sum(map(abs, found["rule"]["points"].values()))

    _, usual = fit(data, "--c0", "0.001")
    done, small = fit(data, "--c0", "0.001", "--c1", "0.01")
    assert done.exit_code == 0, done.output
    assert length(small) < length(usual)
    refused = CliRunner().invoke(main, ["fit", str(data), "--c1", "0.01"])
    assert refused.exit_code == ExitCode.USAGE
    assert "--c1 is for decision scores" in refused.output
