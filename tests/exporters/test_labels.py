"""Titles, labels and units that the authors gave: they stand on everything, names nowhere."""

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest

from riskslim import RiskScore, load_score
from riskslim.errors import OptionError
from riskslim.exporters.formats import FORMATS
from support.command_line import run

FILE = """
[about]
title = "Ward <score> & more"
outcome = "death"
horizon = "within 30 days"
population = "adults on medical wards"
version = "1.2"
contact = "score@example.org"

[lac]
label = "Serum lactate"
unit = "mmol/L"
cuts = [2, 4]
missing = [-999]

[sx]
label = "Sex"
codes = { 1 = "male", 2 = "female" }
"""
SHOWN = [name for name in FORMATS if name not in ("png", "pdf", "xlsx")]


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    """A table of short names and codes, and a file that says what they mean."""
    folder = tmp_path_factory.mktemp("ward")
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"lac": random.gamma(2, 1.2, 300).round(1), "sx": random.integers(1, 3, 300)}
    )
    odds = -2.5 + 0.8 * frame.lac + 1.2 * (frame.sx == 2)
    frame.insert(0, "type", np.where(random.random(300) < 1 / (1 + np.exp(-odds)), "Yes", "No"))
    frame.loc[:9, "lac"] = -999
    frame.to_csv(folder / "ward.csv", index=False)
    (folder / "labels.toml").write_text(FILE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def fitted(ward):
    """The score of that table, as the command line makes it."""
    done = run(
        *("fit", ward / "ward.csv", "--raw", "--labels", ward / "labels.toml"),
        *("--max-size", 4, "-o", ward / "score.json"),
    )
    assert done.exit_code == 0, done.stderr
    return load_score(ward / "score.json")


def test_labels_stand_on_every_format_and_column_names_nowhere(fitted):
    schema = json.loads(
        (
            __import__("importlib").resources.files("riskslim.exporters") / "score.schema.json"
        ).read_text(encoding="utf-8")
    )
    jsonschema.validate(json.loads(fitted.to_json()), schema)
    for name in SHOWN:
        text = fitted.export(name)
        assert "type = Yes" not in text, name
        assert "not No" not in text, name
        if name not in ("sql", "pmml", "json", "csv", "python", "javascript", "cql"):
            flat = " ".join(text.split())
            assert "Serum lactate" in flat, name
            assert "female" in flat, name
            assert "Ward <score>" not in flat or name in ("text", "markdown", "fhir"), name
    card = fitted.export("text")
    for words in ("Ward <score> & more", "death within 30 days", "adults on medical", "1.2"):
        assert words in " ".join(card.split())
    assert "Sex: female" in fitted.points


def test_a_labelled_score_reads_the_table_with_its_own_names(ward, fitted):
    done = run("evaluate", ward / "score.json", ward / "ward.csv", "--json")
    assert done.exit_code == 0, done.stderr
    frame = pd.read_csv(ward / "ward.csv")
    total = fitted.total(frame)
    blank = frame.assign(lac=frame.lac.where(frame.lac != -999))
    np.testing.assert_array_equal(total, fitted.total(blank))


def test_features_as_they_are_have_labels_too():
    score = RiskScore.from_points({"Age_geq_65": 2, "Age_geq_75": 1, "smk": 3, "Kids": 1})
    shown = score.described(
        {
            "about": {"title": "T"},
            "Age": {"label": "Age at admission", "unit": "years"},
            "smk": {"label": "Smoker"},
        },
        outcome="stroke",
    )
    card = " ".join(shown.export("text").split())
    assert "Age at admission (years) under 65" in card
    alone = RiskScore.from_points(score.points, bands=False).described({"Age": {"unit": "years"}})
    assert "≥ 65 years" in alone.export("text")
    assert "Smoker" in card
    assert "smk" not in card
    assert "Outcome: stroke." in card
    assert RiskScore.from_json(shown.to_json()) == shown
    assert shown.points == score.points
    assert shown.table == score.table


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"about": {"titel": "x"}}, "unknown key 'titel'; did you mean 'title'"),
        ({"about": {"title": 3}}, "title is 3; give one line of text"),
        ({"about": {"title": "a\nb"}}, "give one line of text"),
        ({"about": "x"}, "give a table of texts"),
        ({"smk": {"cuts": [1]}}, "are for raw tables"),
        ({"smk": {"codes": {1: "a", 2: "a"}}}, "give every code a label of its own"),
        ({"smoke": {"label": "x"}}, "a label for 'smoke'"),
    ],
)
def test_words_that_mean_nothing_are_refused(given, words):
    score = RiskScore.from_points({"smk": 3})
    with pytest.raises(OptionError) as error:
        score.described(given)
    assert words in str(error.value)
