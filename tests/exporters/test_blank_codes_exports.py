"""What stands for a blank in a score stands for one in every export that reads raw columns."""

import json
import shutil
import sqlite3
import subprocess
import warnings

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskSLIMClassifier, ScoreBinarizer

COUNTRY = ["FR", "DE", "NA", "unknown", "na", "?", None]
ROWS = pd.DataFrame(
    {
        "Albumin": [30.0, 45.0, -999.0, np.nan, -999.0, 40.0, 25.0],
        "Smoker": [1.0, 0.0, 9.0, 9.0, np.nan, 1.0, 0.0],
        "Country": COUNTRY,
    }
)


@pytest.fixture(scope="module")
def score():
    random = np.random.default_rng(0)
    n = 400
    frame = pd.DataFrame(
        {
            "Albumin": random.choice([25, 30, 35, 40, 45, -999], n),
            "Smoker": random.choice([0, 1, 9], n),
            "Country": random.choice(["FR", "DE", "NA", "unknown"], n),
        }
    )
    odds = (frame.Albumin < 31) * 1.5 + (frame.Smoker == 1) + (frame.Country == "NA") * 2 - 2
    odds += (frame.Albumin == -999) * 2.0 + (frame.Country == "unknown") * 1.0
    died = (random.random(n) < 1 / (1 + np.exp(-odds))).astype(int)
    binarizer = ScoreBinarizer(
        kinds={"Country": "category"},
        missing={"Albumin": [-999], "Smoker": [9], "Country": ["unknown"]},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = RiskSLIMClassifier(max_size=6, binarizer=binarizer).fit(frame, died)
    assert {"Country: NA", "Albumin missing"} <= set(model.score_.points)
    return model.score_


@pytest.fixture(scope="module")
def wanted(score):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return score.total(ROWS).tolist()


def records():
    return json.loads(ROWS.to_json(orient="records"))


def test_python_knows_the_codes(score, wanted):
    made = {}
    exec(score.export("python"), made)
    assert [made["total"](row) for row in records()] == wanted
    text = [{k: None if v is None else str(v) for k, v in row.items()} for row in records()]
    assert [made["total"](row) for row in text] == wanted


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_javascript_knows_the_codes(score, wanted, tmp_path):
    program = tmp_path / "score.js"
    ask = f"\nconsole.log(JSON.stringify({json.dumps(records())}.map(riskscore.total)));"
    program.write_text(score.export("javascript") + ask)
    said = subprocess.run(["node", program], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout) == wanted


@pytest.mark.parametrize("kind", ["REAL", "TEXT"])
def test_sql_knows_the_codes(score, wanted, kind):
    with sqlite3.connect(":memory:") as base:
        base.execute(f'CREATE TABLE people ("Albumin" {kind}, "Smoker" {kind}, "Country" TEXT)')
        base.executemany("INSERT INTO people VALUES (?, ?, ?)", [[*r.values()] for r in records()])
        found = base.execute(
            f"SELECT total FROM ({score.to_sql().strip().rstrip(chr(59))})"
        ).fetchall()
    assert [total for (total,) in found] == wanted


def test_pmml_names_the_codes(score):
    text = score.export("pmml")
    for code in ("-999", "9", "unknown", "na"):
        assert f'<Value value="{code}" property="missing"' in text
    assert '<Value value="NA" property="missing"' not in text
