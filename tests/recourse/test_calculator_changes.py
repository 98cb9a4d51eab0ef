"""What the calculator says would change its result is what recourse finds for the same people."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore
from riskslim.errors import OptionError
from riskslim.exporters.changes import target_in_words
from riskslim.features import Binning
from riskslim.features.variables import Flag, Levels, Thresholds
from riskslim.languages import language
from riskslim.recourse import calculator_with_recourse, find_recourse
from support.command_line import run
from support.raw_scores import of_binning

pytestmark = pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")

BINNING = Binning(
    (
        Thresholds("bmi", "BMI", "feature", cuts=(25.0, 30.0), special=(("-8", "refused"),)),
        Thresholds("late", "Late", "impute", fill=0.0, cuts=(1.0, 3.0), integer=True),
        Levels("job", "Job", "impute", fill="none", levels=("none", "part"), rest=("full", "own")),
        Flag("smoker", "Smoker", "impute", fill=0.0),
        Thresholds("age", "Age", "impute", fill=50.0, cuts=(65.0,)),
    )
)
CELLS = {
    "bmi": [20.0, 27.5, 34.0, -8],
    "late": [0, 2, 5],
    "job": ["none", "part", "full"],
    "smoker": [0, 1],
    "age": [50.0, 70.0],
}
ACTIONS = {
    "columns": {
        "bmi": {"direction": "down", "at_least": 25, "max_change": 4},
        "late": {"direction": "down", "values": [1, 2]},
        "Job": {"direction": "up", "values": ["none", "part", "full", "own"]},
        "smoker": "down",
        "elsewhere": "both",
    }
}


def score_and_people():
    people = pd.DataFrame(list(itertools.product(*CELLS.values())), columns=list(CELLS))
    points = dict(zip(BINNING.features, [2, 3, 1, 4, 2, -1, 3, 1, 2, 4], strict=True))
    y = [0, 1] * (len(people) // 2)
    return of_binning(BINNING, list(points.values()), people, np.array(y)).turned(), people


TYPE = """rows => rows.map(row => {
    const fire = field => field.dispatchEvent(new Event("input", {bubbles: true}));
    row.forEach(([number, kind, value]) => {
        const all = [...document.querySelectorAll(`[data-${kind}="${number}"]`)];
        const field = kind === "number" ? all[0] : all.find(f => f.value === value);
        if (kind === "number") field.value = value; else field.checked = true;
        fire(field);
    });
    const place = document.getElementById("change");
    const ways = [...document.querySelectorAll("#ways li")].map(li => JSON.parse(li.dataset.items));
    return [place.dataset.status, JSON.parse(place.dataset.ends || "null"), ways];
})"""


@pytest.mark.parametrize("target", [0.45, 0.6])
def test_every_person(page, target, tmp_path):
    score, people = score_and_people()
    file = tmp_path / "calculator.html"
    file.write_text(calculator_with_recourse(score, ACTIONS, target), encoding="utf-8")
    page.goto(file.as_uri())
    known = dict(ACTIONS["columns"])
    known.pop("elsewhere")
    found = find_recourse(score, people, {"columns": known}, target, alternatives=9, max_columns=4)
    jobs = {"none": "0", "part": "1", "full": "2"}
    rows = [
        [
            [place, "item", jobs[cell] if name == "job" else str(cell)]
            if name in ("job", "smoker")
            else [place, "number", str(cell)]
            for place, (name, cell) in enumerate(row.items())
        ]
        for row in people.to_dict("records")
    ]
    said = page.evaluate(TYPE, rows)
    status = {"possible": "ways", "reached": "reached", "fixed": "none"}
    of_label = {label: place for place, label in enumerate(["BMI", "Late", "Job", "Smoker", "Age"])}
    assert {one for one, _, _ in said} == set(status.values())
    for row, (state, ends, ways) in enumerate(said, start=1):
        person = found.people.iloc[row - 1]
        assert state == status[person.status], (row, person)
        assert ends == [person.least_total, person.greatest_total]
        wanted = [
            {of_label[part.split(":")[0]] for part in change.split("; ")}
            for change in found.changes[found.changes["row"] == row]["change"]
        ]
        assert sorted(map(sorted, ways)) == sorted(map(sorted, wanted)), (row, wanted)
    assert [text for text in page.problems if not text.startswith("file:")] == []


def test_a_largest_change_needs_the_number(page, tmp_path):
    score, _ = score_and_people()
    page_text = calculator_with_recourse(score, ACTIONS, 0.3, language_code="de")
    (tmp_path / "c.html").write_text(page_text, encoding="utf-8")
    page.goto((tmp_path / "c.html").as_uri())
    assert page.inner_text("#change") == "Beantworten Sie zuerst alle Fragen."
    rows = [[[0, "item", "2"], [1, "item", "2"], [2, "item", "0"], [3, "item", "1"],
             [4, "item", "1"]]]  # fmt: skip
    page.evaluate(TYPE, rows)
    assert "geben Sie sie ein: BMI" in page.inner_text("#change")


def test_what_needs_a_table_is_refused(tmp_path):
    score, _ = score_and_people()
    for own, words in (
        ({"bmi": {"step": 0.5}}, "step is of people"),
        ({"bmi": {"values": "observed"}}, "observed"),
        ({"weight": {"moves": {"bmi": 0.3}}}, "weight|moves"),
    ):
        with pytest.raises(OptionError, match=words):
            calculator_with_recourse(score, {"columns": own}, 0.3)
    plain = RiskScore.from_points({"Late": 2, "New": 1}, intercept=-3)
    assert "data-item" in calculator_with_recourse(plain, {"columns": {"Late": "down"}}, 0.2)
    plain.save(tmp_path / "score.json")
    (tmp_path / "actions.toml").write_text('[columns.Late]\ndirection = "down"\n')
    command = ["export", tmp_path / "score.json", "--to", "calculator", "--target-risk", 0.2]
    assert run(*command).exit_code == 2
    done = run(*command, "--actions", tmp_path / "actions.toml", "-o", tmp_path / "c.html")
    assert done.exit_code == 0, done.output
    assert "What would change this" in (tmp_path / "c.html").read_text("utf-8")
    command[1:1] = ["--cards", "thresholds", "--min-people", 0]
    assert (
        run(*command, "--actions", tmp_path / "actions.toml", "-o", tmp_path / "d.html").exit_code
        == 0
    )


def test_a_calculator_has_the_bands_of_totals_that_are_asked_for():
    score, _ = score_and_people()
    every = calculator_with_recourse(score, ACTIONS, 0.3, min_people=0)
    joined = calculator_with_recourse(score, ACTIONS, 0.3, min_people=50)
    assert every != joined


def test_a_decision_is_said_in_words():
    english = language("en")
    assert target_in_words(english, None, "low", 0) == "the decision no"
    assert target_in_words(english, None, "high", "ill") == "the decision ill"
    assert target_in_words(english, 0.25, "high", 1) == "a risk of at least 25.0%"
