"""Rules from TOML files and from the command line, and what they say when they are wrong."""

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from riskslim import Dataset, RiskSLIMProblem, load_score
from riskslim.cli import main
from riskslim.cli.exit_codes import ExitCode
from riskslim.constraints import Setting, read_constraints
from riskslim.constraints.records import KINDS
from riskslim.constraints.schema import kind_of_rule
from riskslim.errors import ConstraintError

pytestmark = pytest.mark.fast

NAMES = ("Age >= 40", "Age >= 65", "Female", "Stroke")
SETTING = Setting.of_names(NAMES)


def read(tmp_path, text):
    file = tmp_path / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return read_constraints(file, SETTING, lambda row: {"Female": float(row), "Stroke": 1.0})


def test_every_way_to_state_a_rule(tmp_path):
    rules = read(
        tmp_path,
        """
        [[rule]]
        kind = "group"
        group = ["Age*"]
        at_most = 1
        name = "one age"

        [[rule]]
        kind = "classed"
        row = 3
        positive = true

        [[rule]]
        kind = "ranked"
        rows = [2, 1]

        [[rule]]
        kind = "linear"
        points = { Female = 1, "Age >= 40" = -1 }
        lower = 0
        """,
    )
    assert rules[0].name == "one age"
    assert rules[1].person == {"Female": 3.0, "Stroke": 1.0}
    assert [dict(person) for person in rules[2].people] == [
        {"Female": 2.0, "Stroke": 1.0},
        {"Female": 1.0, "Stroke": 1.0},
    ]
    assert rules[3].describe() == "points of Female - points of Age >= 40 >= 0"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[[rule]]\nkind = "grup"\n', 2, "unknown kind 'grup'; did you mean 'group'"),
        ("[[rule]]\nat_most = 1\n", 1, "'kind' is missing"),
        ('[[rule]]\nkind = "size"\nat_mots = 1\n', 3, "unknown key 'at_mots'; did you mean"),
        ('[[rule]]\nkind = "sign"\nfeatures = "Female"\n', 1, "key 'sign' is missing"),
        (
            '[[rule]]\nkind = "size"\nat_most = 3\n\n[[rule]]\nkind = "include"\n'
            'features = ["Femal"]\n',
            7,
            "unknown feature: 'Femal'; did you mean 'Female'",
        ),
        ('[[rule]]\nkind = "size"\nat_most = -1\n', 1, "no count"),
        ('[[rule]]\nkind = "size"\nat_most = "two"\n', 3, "whole number"),
        ('[[rule]]\nkind = "scored"\nrow = 0\nat_least = 1\n', 3, "the first row is 1"),
        ('[[rule]]\nkind = "size"\nrow = 1\nat_most = 2\n', 3, "unknown key 'row'"),
        (
            '[[rule]]\nkind = "rate"\nrate = "fprr"\nat_most = 1\n',
            3,
            "'fprr' is not 'error' or 'fpr'",
        ),
        ('[[rules]]\nkind = "size"\n', 1, "unknown key 'rules'"),
        ('[[rule]]\nkind = "rate"\nrate = "fpr"\nat_most = 0.1\n', 1, "speaks of people"),
        (
            '[[rule]]\nkind = "size"\nat_most = 1\n[[rule]]\nkind = "size"\nat_most = 1\n',
            4,
            "two constraints are called",
        ),
    ],
)
def test_errors_name_file_line_and_key(tmp_path, text, line, words):
    with pytest.raises(ConstraintError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert "rules.toml" in message
    assert f"line {line}:" in message
    assert words in message


def test_no_toml_and_no_file(tmp_path):
    with pytest.raises(ConstraintError, match="is no TOML"):
        read(tmp_path, "[[rule]\n")
    with pytest.raises(ConstraintError, match="cannot be read"):
        read_constraints(tmp_path / "none.toml")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    random = np.random.default_rng(1)
    frame = pd.DataFrame(random.integers(0, 2, (120, 4)), columns=list(NAMES))
    logits = frame.to_numpy() @ [1.0, 2.0, -1.0, 1.5] - 1.0
    frame.insert(0, "ill", (random.random(120) < 1 / (1 + np.exp(-logits))).astype(int))
    file = tmp_path_factory.mktemp("data") / "data.csv"
    frame.to_csv(file, index=False)
    return file


def fit(data, *options):
    done = CliRunner().invoke(main, ["fit", str(data), "--json", *options])
    return done, json.loads(done.stdout) if done.stdout.startswith("{") else None


def test_on_the_command_line(data):
    _, free = fit(data)
    assert set(free["points"]) == set(NAMES)
    done, found = fit(data, "--require", "Fem*", "--forbid", "Stroke", "--at-most-one", "Age*")
    assert done.exit_code == 0, done.stderr
    assert "Female" in found["points"]
    assert "Stroke" not in found["points"]
    assert len([name for name in found["points"] if name.startswith("Age")]) == 1


def test_rates_on_the_command_line(data):
    frame = pd.read_csv(data)

    def fpr(found):
        points = pd.Series(found["points"]).reindex(NAMES, fill_value=0)
        yes = found["intercept"] + frame[list(NAMES)].to_numpy() @ points.to_numpy() > 0
        return yes[frame["ill"] == 0].mean()

    _, free = fit(data, "--multiplier", "fixed")
    assert fpr(free) > 0.05
    done, found = fit(data, "--max-fpr", "0.05", "--multiplier", "fixed")
    assert done.exit_code == 0, done.stderr
    assert fpr(found) <= 0.05
    assert found["objective"] > free["objective"]


def test_rules_of_a_file_are_saved_and_printed(data, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nkind = "scored"\nrow = 1\nat_most = 1\n')
    score = tmp_path / "score.json"
    run = CliRunner().invoke
    done = run(main, ["fit", str(data), "--constraints", str(rules), "-o", str(score)])
    assert done.exit_code == 0, done.output
    shown = " ".join(run(main, ["show", str(score)]).output.split())
    assert "scores at most 1" in shown


def test_contradicting_rules_are_named(data):
    done, found = fit(data, "--require", "Stroke", "--forbid", "Str*", "--at-most-one", "Age*")
    assert done.exit_code == ExitCode.INFEASIBLE
    assert found["status"] == "infeasible"
    assert sorted(found["conflict"]) == ["exclude(Str*)", "include(Stroke)"]


EVERY = ("Age >= 40", "Age >= 65", "Female", "Height", "Weight", "Lab one", "Lab two")


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_documents_every_kind_by_an_example_that_is_read(kind, tmp_path):
    known = kind_of_rule(kind)
    assert known.summary.endswith(".")
    fields = {field.name for field in dataclasses.fields(KINDS[kind])}
    assert fields <= {key.name for key in known.keys}
    assert all(key.meaning and key.type for key in known.keys)
    file = tmp_path / "rules.toml"
    file.write_text(known.example, encoding="utf-8")
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.integers(0, 2, (40, 7)), columns=list(EVERY))
    frame.insert(0, "ill", np.arange(40) % 2)
    setting = Setting.of_table(Dataset.from_frame(frame))
    given = setting, lambda row: dict(frame.iloc[row - 1, 1:])
    (rule,) = read_constraints(file, *given)
    assert type(rule) is KINDS[kind]
    # What is needed is needed: without it the file is refused.
    for key in known.keys:
        if key.is_needed:
            line = re.compile(rf"^{key.name} = .*\n", re.MULTILINE)
            shorter = line.sub("", known.example)
            if shorter != known.example:
                file.write_text(shorter, encoding="utf-8")
                with pytest.raises(ConstraintError, match=f"'{key.name}' is missing"):
                    read_constraints(file, *given)


def test_the_command_that_explains_rules():
    run = CliRunner().invoke
    shown = run(main, ["rules"]).output
    assert all(kind in shown for kind in KINDS)
    shown = " ".join(run(main, ["rules", "rate"]).output.split())
    assert "at_most" in shown
    assert 'kind = "rate"' in shown
    done = run(main, ["rules", "rat"])
    assert done.exit_code == ExitCode.USAGE
    assert "did you mean 'rate'" in done.output
    found = json.loads(run(main, ["rules", "--json"]).output)
    assert [one["name"] for one in found["kinds"]] == list(KINDS)


@pytest.mark.parametrize("method", ["slim", "riskslim"])
@pytest.mark.parametrize("kind", KINDS)
def test_either_method_obeys_a_file_of_every_kind(kind, method, tmp_path):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.integers(0, 2, (60, 7)), columns=list(EVERY))
    ill = frame["Age >= 65"] + frame["Lab one"] + random.random(60) > 1.2
    frame.insert(0, "ill", ill.astype(int))
    frame.to_csv(tmp_path / "data.csv", index=False)
    file, score = tmp_path / "rules.toml", tmp_path / "score.json"
    file.write_text(kind_of_rule(kind).example, encoding="utf-8")
    options = ["--max-size", "3", "--max-coef", "5" if kind == "multiples" else "2"]
    command = ["fit", str(tmp_path / "data.csv"), "--method", method, "--constraints", str(file)]
    done = CliRunner().invoke(main, [*command, *options, "-o", str(score)])
    assert done.exit_code == 0, done.output
    # Saved with the score, in words, and kept by it.
    loaded = load_score(score).signed()
    setting = Setting.of_table(Dataset.from_frame(frame))
    (rule,) = read_constraints(file, setting, lambda row: dict(frame.iloc[row - 1, 1:]))
    assert rule.describe() in loaded.rules
    points = [loaded.intercept, *(feature.points for feature in loaded.features)]
    problem = RiskSLIMProblem(Dataset.from_frame(frame), constraints=(rule,), multiplier="free")
    assert problem.violations(points) == []
