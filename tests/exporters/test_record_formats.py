"""FHIR and CQL: valid by the published schemas, and the same totals and risks by other programs."""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim import RiskScore
from riskslim.data.spelling import BLANK_WORDS
from riskslim.errors import OptionError, ScoreError
from riskslim.exporters.characteristics import characteristics
from riskslim.exporters.cql import cql
from riskslim.exporters.fhir import assessments, fhir, questionnaire
from riskslim.exporters.terms import Category, Measurement, YesNo, terms
from support.any_bands import scores
from support.banded import decision_of, score_of
from support.raw_scores import people, raw_score

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "build" / "node" / "node_modules"
RUNNER = ROOT / "tests" / "support" / "run_cql.mjs"
HOSTILE = {'It\'s "so" \\ <b>': [0, 1] * 6, "x\u202ey'": [0, 0, 1] * 4, "dose": [0, 1, 2, 3] * 3}


def validated(resource):
    """Check a resource by the schema of its type in FHIR R4B."""
    module = pytest.importorskip(f"fhir.resources.R4B.{resource['resourceType'].lower()}")
    getattr(module, resource["resourceType"]).model_validate(resource)


def calculated(form, answers):
    """Let another program calculate a form: its results by name, None where there is none."""
    fhirpath = pytest.importorskip("fhirpathpy")
    models = pytest.importorskip("fhirpathpy.models")
    response = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": answers}
    found = {}
    for item in form["item"]:
        for extension in item.get("extension", ()):
            expression = extension["valueExpression"]["expression"]
            result = fhirpath.evaluate(
                response, expression, {"resource": response}, models.models["r4"]
            )
            found[item["linkId"]] = result[0] if result else None
    return found


def answered(score, draw):
    """Answers to every item, and their total."""
    answers, total = [], 0
    for place, one in enumerate(characteristics(score), start=1):
        if one.attributes:
            band = draw(len(one.attributes))
            total += int(one.points[band])
            answer = {"valueCoding": {"code": f"band-{band + 1}"}}
        else:
            value = draw(4)
            total += value * one.item.features[0].points
            answer = {"valueDecimal": value}
        answers.append({"linkId": f"item-{place}", "answer": [answer]})
    return answers, total


@given(drawn=scores(), seed=st.integers(0, 99))
@settings(max_examples=10)
def test_any_form_adds_itself_up(drawn, seed):
    score = drawn[0]
    for made in (score, score.turned()):
        form = questionnaire(made)
        validated(form)
        answers, total = answered(made, random.Random(seed).randrange)
        found = calculated(form, answers)
        assert found["total"] == total
        assert float(found["risk"]) == pytest.approx(made.risk(total), abs=1e-12)
        if answers:
            assert calculated(form, answers[1:]) == {"total": None, "risk": None}


def test_forms_of_other_kinds():
    plain = score_of(HOSTILE, [2, -1, 3])
    tiered = plain.with_tiers(
        [{"name": "it's low"}, {"name": "high", "total": 4, "advice": 'Say "no".'}]
    )
    numbers = np.array([list(row) for row in zip(*HOSTILE.values(), strict=True)], dtype=float)
    outcomes = [0, 0, 1, 1] * 3
    looked_up = plain.recalibrate(numbers, outcomes, method="isotonic")
    decision = decision_of(HOSTILE, [2, -1, 3])
    for score, name in ((tiered, "tier"), (looked_up, "risk"), (decision, "yes")):
        form = questionnaire(score)
        validated(form)
        json.loads(fhir(score))
        for seed in range(4):
            answers, total = answered(score, random.Random(seed).randrange)
            found = calculated(form, answers)
            assert float(found["total"]) == total
            if name == "tier":
                wanted = 'high: Say "no".' if total >= 4 else "it's low"
            elif name == "yes":
                wanted = total > score.cutoff
            else:
                wanted = pytest.approx(score.risk(total))
            assert (float(found[name]) if name == "risk" else found[name]) == wanted
    assert fhir(plain) == fhir(plain)


def test_each_person_has_an_assessment():
    score, table = raw_score(blanks="refuse")
    rows = table.head(6).copy()
    risks = score.predict_proba(rows)[:, 1]
    rows.loc[5, "Age"] = np.nan
    bundle = assessments(score, rows, ["a-1", "b.2", "Müller", "d", "e", "f"])
    validated(bundle)
    found = [entry["resource"] for entry in bundle["entry"]]
    assert [one["prediction"][0].get("probabilityDecimal") for one in found[:5]] == list(risks[:5])
    assert found[0]["subject"] == {"reference": "Patient/a-1"}
    assert found[2]["subject"] == {"identifier": {"value": "Müller"}}
    ends = found[5]["prediction"][0]["probabilityRange"]
    assert ends["low"]["value"] < ends["high"]["value"]
    assert " to " in found[5]["prediction"][0]["rationale"]
    assert len({one["id"] for one in found}) == 6
    assert assessments(score, rows, list("abcdef")) == assessments(score, rows, list("abcdef"))
    with pytest.raises(ScoreError, match="expected 6 identifiers"):
        assessments(score, rows, ["a"])


def evaluated(text, cases, folder):
    """Let the reference translator and an engine evaluate a library for people."""
    if shutil.which("node") is None or not (MODULES / "cql-execution").is_dir():
        pytest.skip(f"no node, or no cql-execution and @cqframework/cql in {MODULES}")
    (folder / "score.cql").write_text(text, encoding="utf-8")
    (folder / "people.json").write_text(json.dumps(cases), encoding="utf-8")
    done = subprocess.run(
        ["node", RUNNER, MODULES, folder / "score.cql", folder / "people.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def inputs(score, row):
    """A person as parameters of a library."""
    given = {}
    for term in terms(score):
        for name in term.columns:
            cell = row[name]
            text = "" if cell is None else str(cell).strip()
            blank = text.casefold() in BLANK_WORDS or text in ("", "?")
            if blank or (isinstance(cell, float) and math.isnan(cell)):
                given[name] = None
            elif isinstance(term, Measurement) and term.reference is not None:
                given[name] = {"date": text[:10]}
            elif isinstance(term, YesNo):
                given[name] = bool(cell)
            else:
                given[name] = " ".join(text.split()) if isinstance(term, Category) else float(cell)
    return given


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
def test_cql_of_a_raw_table(tmp_path):
    score, table = raw_score()
    rows = people(table)
    found = evaluated(cql(score), [inputs(score, row) for _, row in rows.iterrows()], tmp_path)
    totals = score.total(rows)
    # Columns of the table are called Risk and total.
    assert [one["score_Total"] for one in found] == totals.tolist()
    assert [one["score_Risk"] for one in found] == pytest.approx(score.risks(totals), abs=2e-8)


def test_cql_knows_what_has_no_rule(tmp_path):
    score, table = raw_score(blanks="refuse")
    known = inputs(score, table.iloc[0])
    found = evaluated(cql(score), [known, {**known, "Age": None}], tmp_path)
    assert found[0]["score_Total"] == score.total(table.head(1))[0]
    assert found[1]["score_Total"] is None
    assert found[1]["score_Risk"] is None


def test_cql_of_other_kinds(tmp_path):
    plain = score_of(HOSTILE, [2, -1, 3])
    numbers = np.array([list(row) for row in zip(*HOSTILE.values(), strict=True)], dtype=float)
    looked_up = plain.recalibrate(numbers, [0, 0, 1, 1] * 3, method="isotonic")
    cases = [dict(zip(HOSTILE, row, strict=True)) for row in numbers.tolist()]
    totals = plain.total(numbers)
    found = evaluated(cql(looked_up), cases, tmp_path)
    assert [one["Total"] for one in found] == totals.tolist()
    assert [one["Risk"] for one in found] == pytest.approx(looked_up.risks(totals), abs=1e-8)
    decision = decision_of(HOSTILE, [2, -1, 3])
    found = evaluated(cql(decision), cases, tmp_path)
    assert [one["Yes"] for one in found] == (totals > decision.cutoff).tolist()


def test_cql_refuses_what_it_cannot_keep():
    fine = RiskScore.published(
        {
            "intercept": -3,
            "items": {"Dose": {"cuts": [0.123456789012], "points": [0, 2]}},
        }
    )
    with pytest.raises(OptionError, match=r"Dose.*0\.123456789012.*8 digits"):
        cql(fine)
    versioned = replace(fine, about=replace(fine.about, version="2"))
    with pytest.raises(OptionError):
        cql(versioned)
