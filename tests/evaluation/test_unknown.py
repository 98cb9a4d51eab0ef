"""Measures of people of whom something is not known: ranges are those of all ways to fill it."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from riskslim import RiskScore, evaluate
from riskslim.cli import main
from riskslim.errors import ScoreError
from riskslim.evaluation.unknown import UnknownPeople
from support.banded import decision_of, score_of

pytestmark = pytest.mark.fast

SCORE = RiskScore.from_points({"Age >= 65": 2, "Age >= 75": 1, "Stroke": 3}, intercept=-3)
TABLE = pd.DataFrame(
    {
        "Age >= 65": [1, 1, 0, np.nan, 1, 0, 1, 0],
        "Age >= 75": [1, np.nan, 0, np.nan, 0, 0, 0, 0],
        "Stroke": [1, 0, np.nan, 0, np.nan, 1, 0, 0],
        "outcome": [1, 0, 0, 1, 1, 0, 0, 1],
    }
)


def fillings():
    """Every table that agrees with what is known, as one person can be."""
    rows = []
    for row in TABLE.drop(columns="outcome").itertuples(index=False):
        ways = itertools.product(*([0, 1] if np.isnan(value) else [value] for value in row))
        rows.append([way for way in ways if way[0] >= way[1]])
    return [pd.DataFrame(way, columns=TABLE.columns[:3]) for way in itertools.product(*rows)]


def test_ranges_are_those_of_all_ways_to_fill_the_blanks():
    y = TABLE["outcome"].to_numpy()
    weight = np.array([1, 2, 1, 1, 3, 1, 1, 1.0])
    people = UnknownPeople.of(SCORE, TABLE, y, weight)
    found = people.ranges(SCORE)
    assert (found.rows, found.unknown) == (8, 4)
    measures = {"auc": [], "log_loss": [], "brier": [], "mean_risk": []}
    rates = {point.total: {"sensitivity": [], "specificity": [], "ppv": [], "npv": []}
             for point in found.points}  # fmt: skip
    for table in fillings():
        total, risk = SCORE.total(table), SCORE.predict_proba(table)[:, 1]
        measures["auc"].append(roc_auc_score(y, total, sample_weight=weight))
        measures["log_loss"].append(log_loss(y, risk, sample_weight=weight))
        measures["brier"].append(brier_score_loss(y, risk, sample_weight=weight))
        measures["mean_risk"].append(np.average(risk, weights=weight))
        for cut, seen in rates.items():
            called = total >= cut
            for name, right, among in (
                ("sensitivity", called, y == 1),
                ("specificity", ~called, y == 0),
                ("ppv", y == 1, called),
                ("npv", y == 0, ~called),
            ):
                if among.any():
                    seen[name].append(weight[right & among].sum() / weight[among].sum())
    for name, values in measures.items():
        assert getattr(found, name) == pytest.approx((min(values), max(values))), name
    for point in found.points:
        for name, values in rates[point.total].items():
            ends = getattr(point, name)
            assert ends is None or ends == pytest.approx((min(values), max(values))), name
    known = TABLE.dropna()
    inside = TABLE.index.isin(known.index)
    by_row = evaluate(SCORE, known, known["outcome"], weight[inside])
    assert evaluate(SCORE, people.known).to_dict() == by_row.to_dict()


def test_a_decision_score_has_ranges_at_its_threshold():
    score = decision_of(
        {"Age >= 65": [1, 1, 0, 0], "Age >= 75": [1, 0, 0, 0], "Stroke": [1, 0, 1, 0]}, [2, 1, 3]
    )
    found = UnknownPeople.of(score, TABLE, TABLE["outcome"]).ranges(score)
    assert found.log_loss is None
    (point,) = found.points
    assert point.total == 3
    assert point.sensitivity == (1 / 4, 2 / 4)
    assert point.specificity == (1.0, 1.0)
    assert point.ppv == (1.0, 1.0)


def test_commands(tmp_path):
    def run(*arguments):
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    SCORE.save(tmp_path / "score.json")
    table = pd.concat([TABLE] * 6)
    table.to_csv(tmp_path / "t.csv", index=False)
    files = tmp_path / "score.json", tmp_path / "t.csv"
    refused = run("evaluate", *files)
    assert refused.exit_code == 3
    shown = run("evaluate", *files, "--unknown")
    assert "Of 24 of 48 rows something is not known" in shown.output
    found = json.loads(run("evaluate", *files, "--unknown", "--json").stdout)
    assert found["rows"] == 24
    assert found["unknown"]["unknown"] == 24
    made = run("recalibrate", *files, "--unknown", "--method", "intercept", "-o", tmp_path / "n")
    assert made.exit_code == 0, made.output
    assert "before it:" in " ".join(made.output.split())
    assert RiskScore.load(tmp_path / "n").recalibration.rows == 24
    assert run("recalibrate", files[0], "--prevalence", 0.1, "--unknown").exit_code == 2
    assert run("evaluate", *files, "--unknown", "--bounds").exit_code == 2


def test_nobody_is_known():
    with pytest.raises(ScoreError, match="something is not known of every row"):
        _ = UnknownPeople.of(SCORE, TABLE[1:4], TABLE["outcome"][1:4]).known


def test_a_list_says_what_lines_of_one_variable_add():
    columns = {"Age >= 65": [1, 1, 0, 0], "Age >= 75": [1, 0, 0, 0], "Stroke": [1, 0, 1, 0]}
    score = score_of(columns, [2, 1, 3])
    text = score.export("text", cards="thresholds")
    assert "they add: Age 0 to +3." in " ".join(text.split())
    assert "they add" not in " ".join(score.export("text").split())
