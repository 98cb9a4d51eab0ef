"""Exports of a score of a raw table read the raw columns, each run by its own program."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from riskslim.credit import find_reasons
from riskslim.errors import DataWarning, ScoreError
from support import banded
from support.raw_scores import (
    coded_people,
    coded_score,
    counted_from_0,
    isotonic,
    people,
    raw_score,
    renamed,
)
from support.scores import decision_of, score_of

pytestmark = pytest.mark.filterwarnings(f"ignore::{DataWarning.__module__}.DataWarning")

KINDS = ("feature", "impute", "refuse")
REFERENCES = ("2030-02-28", "Seen")


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(params=REFERENCES)
def reference(request):
    return request.param


def records(rows):
    """Rows as JSON has them: null where nothing is known."""
    return json.loads(rows.to_json(orient="records"))


def by_python(score, rows, folder):
    (folder / "exported.py").write_text(score.export("python"), encoding="utf-8")
    return said_by([sys.executable, "-I", "-S", "-c", PYTHON], rows, folder)


def by_node(score, rows, folder):
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    (folder / "exported.js").write_text(score.export("javascript"), encoding="utf-8")
    return said_by(["node", "-e", SCRIPT], rows, folder)


PYTHON = """
import json, sys
sys.path.insert(0, ".")
import exported
def ask(row):
    try:
        return [exported.total(row), exported.risk(row)]
    except (KeyError, ValueError) as error:
        return [type(error).__name__, str(error)]
print(json.dumps(list(map(ask, json.load(open("rows.json"))))))
"""
ASK_REASONS = """
import json
import exported
print(json.dumps([exported.reasons(row) for row in json.load(open("rows.json"))]))
"""
SCRIPT_REASONS = """
const score = require("./exported.js");
console.log(JSON.stringify(require("./rows.json").map(score.reasons)));
"""
SCRIPT = """
const score = require("./exported.js");
function ask(row) {
  try { return [score.total(row), score.risk(row)]; } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return [error.name, error.message];
  }
}
console.log(JSON.stringify(require("./rows.json").map(ask)));
"""


def said_by(command, rows, folder):
    (folder / "rows.json").write_text(json.dumps(rows))
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    return json.loads(done.stdout)


@pytest.fixture(params=[by_python, by_node])
def program(request, tmp_path):
    def give(score, rows):
        return request.param(score, rows if isinstance(rows, list) else records(rows), tmp_path)

    return give


def test_code_reads_raw_columns(program, kind, reference):
    score, table = raw_score(kind, reference)
    rows = people(table, blanks=kind != "refuse")
    for one in (score, isotonic(score, table), counted_from_0(score)):
        total, risk = np.array(program(one, rows)).T
        np.testing.assert_array_equal(total, one.total(rows))
        np.testing.assert_allclose(risk, one.predict_proba(rows)[:, 1], rtol=1e-12)


def test_code_reads_intervals_and_joined_levels(program):
    score, table = raw_score(intervals=True, min_share=0.06)
    assert any(name.endswith(": other") for name in score.points)
    rows = people(table)
    np.testing.assert_array_equal(np.array(program(score, rows))[:, 0], score.total(rows))


def test_code_knows_codes_for_missing_values_and_other_spellings(program):
    score, table = coded_score()
    rows = coded_people(table)
    np.testing.assert_array_equal(np.array(program(score, rows))[:, 0], score.total(rows))


def test_code_takes_numbers_flags_and_categories_as_programs_write_them(program):
    score, table = raw_score("refuse")
    row = records(table.head(1))[0] | {"Stroke": 1, "grade": "2", "Age": 70, "Born": "1950-04-05"}
    others = (
        {"Stroke": True},
        {"Stroke": "true"},
        {"grade": 2},
        {"grade": " 2.0"},
        {"Age": "70"},
        {"Born": "1950-04-05T10:30:00"},
        {"Born": "19500405"},
    )
    usual, *same = program(score, [row, *(row | other for other in others)])
    assert same == [usual] * len(others)


def test_code_refuses_what_a_column_cannot_hold(program):
    score, table = raw_score("refuse")
    row = records(table.head(1))[0]
    asked = [
        (name, row | {name: junk})
        for name in row
        for junk in (None, "", "perhaps", "NaN")
        if junk != "perhaps" or name not in ("Sex", "ward", "grade")
    ]
    lacking = [{key: cell for key, cell in row.items() if key != name} for name in row]
    days = [row | {"Born": day} for day in ("2030-03-01", "31.12.1950", "1950-02-30")]
    said = program(score, [*(one for _, one in asked), *lacking, *days])
    for (name, one), (kind, words) in zip(asked, said, strict=False):
        assert kind in ("ValueError", "TypeError"), (name, one)
        assert name in words
    for kind, _ in said[len(asked) : -len(days)]:
        assert kind in ("KeyError", "TypeError")
    assert all(isinstance(total, str) for total, _ in said[-len(days) :])


def test_code_and_engine_name_the_same_reasons(engine, tmp_path):
    score, table = raw_score()
    for one in (score, counted_from_0(score)):
        rows = people(table)
        found = find_reasons(one, rows)
        lost = [
            [[one.name, points] for one, points in zip(found.found, row, strict=True) if points > 0]
            for row in found.lost
        ]
        ordered = [sorted(row, key=lambda reason: -reason[1]) for row in lost]
        for command, name, kind in (
            ([sys.executable, "-c", ASK_REASONS], "exported.py", "python"),
            (["node", "-e", SCRIPT_REASONS], "exported.js", "javascript"),
        ):
            if shutil.which(command[0]) is None:
                continue
            (tmp_path / name).write_text(one.export(kind), encoding="utf-8")
            assert said_by(command, records(rows), tmp_path) == ordered, kind
        days = rows.assign(Born=rows["Born"].str[:10])
        for given, reasons in zip(engine(one, days), ordered, strict=True):
            points = dict(reasons)
            named = [given[f"reason_{rank}"] for rank in range(1, 5)]
            # Which comes first of those that cost the same is the engine's to say.
            here = [points[name] for name in named if name in points]
            assert here == [points for _, points in reasons[: len(here)]]
            assert len(here) == min(4, len(reasons))
            assert len(set(named)) == len(named) or None in named


def test_pmml_has_no_reasons_where_several_terms_are_one_characteristic():
    columns = {"Age >= 65": [0, 1] * 6, "Age >= 75": [0, 0, 0, 1] * 3, "Late": [0, 0, 1] * 4}
    text = banded.score_of(columns, [2, 1, 1]).export("pmml")
    assert 'useReasonCodes="false"' in text
    assert "reason_1" not in text


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    jpmml = pytest.importorskip("jpmml_evaluator", reason="jpmml_evaluator is not installed")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")

    def give(score, rows):
        file = tmp_path_factory.mktemp("pmml") / "score.pmml"
        file.write_text(score.export("pmml"), encoding="utf-8")
        evaluator = jpmml.make_evaluator(str(file))
        evaluator.verify()
        return [evaluator.evaluate(row) for row in records(rows)]

    return give


def test_pmml_reads_raw_columns(engine, kind, reference):
    score, table = raw_score(kind, reference)
    rows = (
        people(table, blanks=kind != "refuse")
        .drop(index=3)
        .assign(
            Born=lambda rows: rows["Born"].str[:10],
        )
    )
    for one in (score, isotonic(score, table), counted_from_0(score)):
        said = engine(one, rows)
        # A feature is called total, and one risk.
        np.testing.assert_array_equal([row["score_total"] for row in said], one.total(rows))
        risks = [row["score_risk"] for row in said]
        np.testing.assert_allclose(risks, one.predict_proba(rows)[:, 1], rtol=1e-12)


def test_pmml_knows_codes_for_missing_values(engine):
    score, table = coded_score()
    said = engine(score, table)
    np.testing.assert_array_equal([row["total"] for row in said], score.total(table))


def test_pmml_reads_categories_in_other_spellings(engine):
    score, table = coded_score()
    usual = table.head(1).astype(object).assign(grade="1", valve="mechanical", Stroke=1)
    cells = {
        "grade": ["01", "2.0", " 2 ", 1, "+1", "10", " 9 ", "9.0", " na "],
        "valve": [" mechanical", "mechanical\u00a0", "NA", " NA", "na", "other\ttext"],
    }
    for name, odd in cells.items():
        rows = pd.concat([usual] * len(odd), ignore_index=True).assign(**{name: odd})
        said = engine(score, rows)
        np.testing.assert_array_equal([row["total"] for row in said], score.total(rows))


@pytest.mark.parametrize("cell", ["NaN", "Infinity", "-Infinity"])
def test_pmml_takes_what_is_no_finite_number_for_none(engine, cell):
    score, table = coded_score()
    with pytest.raises(Exception, match="invalid value"):
        engine(score, table.head(1).astype(object).assign(Age=cell))


def test_pmml_of_raw_columns_follows_its_schema(pmml_schema, kind, reference):
    from lxml import etree

    pmml_schema.assertValid(etree.fromstring(raw_score(kind, reference)[0].export("pmml").encode()))


def test_pmml_gives_no_score_to_a_blank_without_a_rule(engine):
    score, table = raw_score("refuse")
    for name in table.columns:
        rows = table.head(1).astype(object)
        rows[name] = None
        with pytest.raises(Exception, match=r"Undefined|Missing"):
            engine(score, rows)


@pytest.mark.parametrize("names", [["total", "risk"], ["risk", "score_risk"], ["yes", "total"]])
def test_pmml_keeps_outputs_and_fields_apart(engine, names):
    rows = pd.DataFrame([[0, 1], [1, 0], [1, 1]], columns=names)
    score = renamed(score_of(["a", "b"], [2, -1]), names)
    risks = [list(row.values())[-1] for row in engine(score, rows)]
    np.testing.assert_allclose(risks, score.predict_proba(rows)[:, 1])
    score = renamed(decision_of(["a", "b"], [2, -1], intercept=-1), names)
    assert [list(row.values())[-1] for row in engine(score, rows)] == [0, 1, 0]


def test_pmml_refuses_names_that_are_one_in_xml():
    with pytest.raises(ScoreError, match="XML has no letters to tell"):
        renamed(score_of(["a", "b"], [2, -1]), ["a\x01", "a\x02"]).export("pmml")
