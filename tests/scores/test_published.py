"""Published scores: from points, bands and risks to a score like any other."""

import numpy as np
import pandas as pd
import pytest

from riskslim import Dataset, RiskScore, RiskSLIMProblem
from riskslim.errors import OptionError, ScoreError
from support.command_line import run

CURB65 = """
outcome = "died"
risks = { 0 = 0.007, 1 = 0.032, 2 = 0.13, 3 = 0.17, 4 = 0.415, 5 = 0.57 }

[about]
title = "CURB-65"
outcome = "death"
horizon = "within 30 days"

[items.confused]
label = "Confusion"
points = 1

[items.urea]
label = "Urea"
unit = "mmol/L"
cuts = [7.1]
points = [0, 1]

[items.rr]
label = "Respiratory rate"
unit = "/min"
cuts = [30]
points = [0, 1]

[items.low_bp]
label = "Systolic below 90 or diastolic 60 or less"
points = 1
any = [{ column = "sbp", below = 90 }, { column = "dbp", at_most = 60 }]

[items.age]
label = "Age"
unit = "years"
cuts = [65]
points = [0, 1]
"""
RISKS = np.array([0.007, 0.032, 0.13, 0.17, 0.415, 0.57])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("curb")
    (folder / "curb65.toml").write_text(CURB65, encoding="utf-8")
    random = np.random.default_rng(1)
    n = 300
    frame = pd.DataFrame(
        {
            "confused": random.choice(["yes", "no"], n),
            "urea": random.gamma(3, 2.5, n).round(1),
            "rr": random.integers(12, 40, n),
            "sbp": random.normal(110, 20, n).round(),
            "dbp": random.normal(70, 12, n).round(),
            "age": random.integers(20, 95, n),
        }
    )
    frame["confused"] = frame.confused == "yes"
    total = (
        frame.confused.astype(int) + (frame.urea >= 7.1) + (frame.rr >= 30)
        + ((frame.sbp < 90) | (frame.dbp <= 60)) + (frame.age >= 65)
    )  # fmt: skip
    frame.insert(0, "died", (random.random(n) < RISKS[total]).astype(int))
    frame.to_csv(folder / "ward.csv", index=False)
    done = run("score", folder / "curb65.toml", "-o", folder / "curb65.json")
    assert done.exit_code == 0, done.stderr
    return folder, frame, total.to_numpy()


def test_curb65_gives_its_points_and_risks(files):
    folder, frame, total = files
    score = RiskScore.load(folder / "curb65.json")
    np.testing.assert_array_equal(score.total(frame), total)
    np.testing.assert_array_equal(score.predict_proba(frame)[:, 1], RISKS[total])
    assert [row.low for row in score.table] == list(range(6))
    card = " ".join(score.export("text").split())
    assert "Urea ≥ 7.1 mmol/L" in card
    assert "Points and risks are as published" in card


def test_it_is_evaluated_recalibrated_compared_exported_and_reported(files):
    folder, _frame, _ = files
    for command in (
        ("evaluate", folder / "curb65.json", folder / "ward.csv", "--json"),
        ("recalibrate", folder / "curb65.json", folder / "ward.csv", "-o", folder / "new.json"),
        ("compare", folder / "curb65.json", folder / "new.json", folder / "ward.csv"),
        ("report", folder / "curb65.json", folder / "ward.csv", "-o", folder / "report.html"),
        ("export", folder / "curb65.json", "-o", folder / "card.xlsx"),
    ):
        done = run(*command)
        assert done.exit_code == 0, (command, done.stderr, done.stdout)
    assert RiskScore.load(folder / "new.json").recalibration.method == "logistic"
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "The points were given, not learned from any data here" in report
    for phrase in ("Learned from", "found by minimising", "candidate features"):
        assert phrase not in report
    calculator = RiskScore.load(folder / "curb65.json").to_calculator()
    for phrase in ("learned from", "training data {", "fitted to", "in the training"):
        assert phrase not in calculator.split("<script>")[0], phrase
    assert '"counted": false' in calculator


def test_points_may_begin_anywhere_and_levels_have_points():
    score = RiskScore.published(
        {
            "intercept": -4.5,
            "multiplier": 1.3,
            "items": {
                "rr": {"cuts": [9, 12, 21, 25], "points": [3, 1, 0, 2, 3]},
                "sex": {"levels": {"male": 2, "female": -1, "other": 0}},
            },
        }
    )
    frame = pd.DataFrame({"rr": [5, 9, 15, 24], "sex": ["male", "female", "other", "male"]})
    total = score.total(frame)
    assert total.tolist() == [5, 0, 0, 4]
    new = pd.DataFrame({"rr": [40], "sex": ["x"]})
    with pytest.raises(ScoreError, match=r"the score does not know \('x' in row 1"):
        score.total(new)
    with pytest.warns(UserWarning, match="the score does not know"):
        ends = score.total_ranges(new)
    assert np.ravel(ends).tolist() == [2, 5]
    np.testing.assert_allclose(
        score.risks(total), 1 / (1 + np.exp(-(-4.5 + total) / 1.3)), rtol=1e-15
    )
    assert RiskScore.from_json(score.to_json()) == score


def test_a_score_is_where_a_search_begins(tmp_path):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.integers(0, 2, (60, 3)), columns=list("abc"))
    frame.insert(0, "y", (frame.sum(axis=1) + random.random(60) > 1.8).astype(int))
    score = RiskScore.from_points({"a": 2, "b": -1}, intercept=-1).turned()
    problem = RiskSLIMProblem(Dataset.from_frame(frame), max_size=3)
    frame.to_csv(tmp_path / "y.csv", index=False)
    score.save(tmp_path / "start.json")
    done = run("fit", tmp_path / "y.csv", "--start", tmp_path / "start.json", "--json")
    assert done.exit_code == 0, done.stderr
    begun = problem.solve(start=score.start)
    assert begun.objective <= problem.objective(score.start) + 1e-12


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "no [items.NAME]"),
        ({"item": {}}, "unknown key 'item'; did you mean 'items'"),
        ({"title": "A"}, "unknown key 'title'; it belongs to the table [about]"),
        ({"items": {"a": {"points": 1}}}, "give the risks by total"),
        ({"items": {"a": {"points": 1.5}}}, "give a whole number"),
        ({"items": {"a": {"cuts": [1, 2], "points": [0, 1]}}}, "2 cuts have 3 bands"),
        ({"items": {"a": {"cuts": [1], "points": [1, 1]}}}, "all bands have the same points"),
        ({"items": {"a": {"levels": {"x": 1}}}}, "give the points of two or more"),
        ({"items": {"a": {"points": 1}}, "risks": {"0": 0.5, "1": 0.1}}, "must rise"),
        ({"items": {"a": {"points": 1}}, "risks": {"0": 2}}, "from 0 to 1"),
        (
            {"items": {"a": {"points": 1}, "b": {"points": 2}}, "risks": {"0": 0.1, "3": 0.2}},
            "no risk is given for the totals 1, 2, which the items allow",
        ),
        (
            {"items": {"a": {"points": 1}}, "risks": {"0": 0.1, "1": 0.2, "2": 0.3}},
            "a risk is given for the total 2, which the items cannot add up to",
        ),
        ({"items": {"a": {"points": 1, "any": []}}}, "give a list of conditions"),
        ({"items": {"a": {"points": 1, "any": [{"column": "b"}]}}}, "give one of below"),
        (
            {"items": {"a": {"points": 1, "any": [{"column": "b", "under": 3}]}}},
            "unknown key 'under'",
        ),
        (
            {
                "items": {
                    "a": {"points": 1, "any": [{"column": "b", "yes": True}]},
                    "b": {"cuts": [1], "points": [0, 1]},
                }
            },
            "read the column 'b' in two ways",
        ),
        (
            {"items": {"a": {"cuts": [1], "points": [0, 1], "limits": [3, 1]}}},
            "give the least and the largest number",
        ),
        ({"items": {"a": {"point": 1}}}, "unknown key 'point'"),
        ({"items": {"a": {"points": 1}}, "risks": {"0": 0.1}, "intercept": 1}, "drop one of them"),
    ],
)
def test_what_means_nothing_is_refused(given, words):
    with pytest.raises(OptionError) as error:
        RiskScore.published(given)
    assert words in str(error.value)
