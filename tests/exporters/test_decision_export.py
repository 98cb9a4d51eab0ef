"""Every export of a decision score decides as the score does."""

import csv
import io
import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest

from riskslim.exporters.card import make_card
from riskslim.exporters.card_items import BOX
from riskslim.exporters.formats import FORMATS, export
from riskslim.languages import available, language
from riskslim.scores.items import Feature
from support.scores import decision_of

SCORES = {
    "plain": decision_of(["Age >= 40", "Age >= 65", "Sex", "Stroke"], [1, 2, -1, 4]),
    "labels": decision_of(["a", "<b>"], [2, -1], intercept=0, labels=("=no", 'y"es')),
    "values": decision_of(["visits", "weight"], [-2, 1], intercept=1, values=6),
    "checklist": decision_of(["p", "q", "r"], [2, 2, 2], unit=2),
    "no features": decision_of(["a", "b"], [0, 0], intercept=-1),
}


@pytest.fixture(params=SCORES)
def score(request):
    return SCORES[request.param]


def expected(score):
    values = [
        [0.0, 1.0] if feature.is_binary else [feature.minimum, 2.5, feature.maximum]
        for feature in score.used_features
    ]
    table = pd.DataFrame(list(itertools.product(*values)), columns=list(score.points))
    totals = score.total(table)
    return table, totals, score.decides(totals).astype(int)


def test_python_and_javascript(score, tmp_path):
    table, totals, yes = expected(score)
    (tmp_path / "exported.py").write_text(score.export("python"), encoding="utf-8")
    (tmp_path / "exported.js").write_text(score.export("javascript"), encoding="utf-8")
    rows = json.dumps(table.to_dict("records"))
    (tmp_path / "rows.json").write_text(rows)
    python = (
        "import json, sys; sys.path.insert(0, '.'); import exported as s;"
        "print(json.dumps([[s.total(r), s.yes(r)] for r in json.load(open('rows.json'))]))"
    )
    runs = [[sys.executable, "-I", "-S", "-c", python]]
    if shutil.which("node"):
        script = (
            "const s = require('./exported.js'); const rows = require('./rows.json');"
            "console.log(JSON.stringify(rows.map(r => [s.total(r), s.yes(r)])))"
        )
        runs.append(["node", "-e", script])
    for run in runs:
        done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=tmp_path)
        assert json.loads(done.stdout) == np.column_stack([totals, yes]).tolist()


def test_sql(score):
    table, totals, yes = expected(score)
    if score.size == 0:
        table = pd.DataFrame({"a": [0.0]})
    connection = sqlite3.connect(":memory:")
    table.assign(place=range(len(table))).to_sql("people", connection, index=False)
    connection.execute("INSERT INTO people (place) VALUES (-1)")
    found = pd.read_sql(score.to_sql(), connection).sort_values("place")
    if score.size:
        assert found.iloc[0][["total", "yes"]].isna().all()
    assert found["total"].tolist()[1:] == totals.tolist()
    assert found["yes"].tolist()[1:] == yes.tolist()


def test_spreadsheet(score, tmp_path):
    formulas = pytest.importorskip("formulas", reason="the package formulas is not installed")
    file = tmp_path / "score.xlsx"
    file.write_bytes(score.export("xlsx"))
    book = openpyxl.load_workbook(file)
    sheet = book.active
    entries = [cell for cell in sheet["C"] if not cell.protection.locked]
    outputs = [cell for cell in sheet["D"] if cell.data_type == "f"][-2:]
    table, totals, yes = expected(score)
    words = score.labels if isinstance(score.labels[0], str) else ("no", "yes")
    for i in {0, len(table) - 1}:
        for entry, value in zip(entries, table.iloc[i], strict=True):
            entry.value = value
        book.save(file)
        solution = formulas.ExcelModel().loads(str(file)).finish().calculate()
        total, decision = (
            np.ravel(solution[f"'[score.xlsx]SCORE'!{cell.coordinate}"].value)[0]
            for cell in outputs
        )
        assert float(total) == totals[i]
        assert decision == words[yes[i]]


@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
def test_pmml(score, tmp_path):
    jpmml = pytest.importorskip("jpmml_evaluator", reason="jpmml_evaluator is not installed")
    (tmp_path / "score.pmml").write_text(score.export("pmml"), encoding="utf-8")
    evaluator = jpmml.make_evaluator(str(tmp_path / "score.pmml"))
    evaluator.verify()
    table, totals, yes = expected(score)
    if score.size == 0:
        assert evaluator.evaluate({})["yes"] == yes[0]
        return
    found = evaluator.evaluateAll(table)
    assert found["total"].astype(float).tolist() == totals.tolist()
    assert found["yes"].astype(float).tolist() == yes.tolist()


def test_csv(score):
    rows = list(csv.DictReader(io.StringIO(score.export("csv"))))
    assert {row["kind"] for row in rows} <= {"band", "item", "value", "intercept", "total"}
    for row in rows:
        if row["kind"] == "total" and row["total_low"] == row["total_high"]:
            assert int(row["yes"]) == (float(row["total_low"]) > score.threshold)


@pytest.mark.parametrize("code", available())
def test_every_format_shows_the_rule(score, code):
    card = make_card(score, language(code))
    for name, known in FORMATS.items():
        content = export(score, name, code)
        assert isinstance(content, str if known.is_text else bytes)
    assert card.formula in score.export("text", code)
    for name in ("svg", "calculator", "html"):
        assert "<b>" not in score.export(name, code)
    if "labels" not in score.outcome and isinstance(score.labels[0], int):
        assert card.formula in score.to_html(code)
    if score.is_checklist:
        assert {item.points for group in card.groups for item in group.items} == {BOX}
        assert score.export("markdown", code).count(BOX) == score.size
        assert BOX in score.to_html(code)
        assert "?" not in score.to_latex(code)


def test_a_feature_of_huge_values_hides_no_decimals_of_another():
    score = decision_of(["huge", "small"], [1, 2], intercept=-4)
    features = (
        Feature("huge", 1, 0.0, 1e13, True),
        Feature("small", 2, 0.0, 4.5, False),
    )
    score = replace(score, features=features)
    rows = pd.DataFrame({"huge": [1, 0, 0, 4], "small": [1.6, 2.1, 2.0, 0.0]})
    made = {}
    exec(score.export("python"), made)
    decided = [made["yes"](row) for row in rows.to_dict("records")]
    assert decided == score.decides(score.total(rows)).tolist() == [True, True, False, False]
