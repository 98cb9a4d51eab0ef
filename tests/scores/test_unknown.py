"""What is not known can have any of its points: ranges against everybody who fits."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim import RiskScore, ScoreBinarizer
from riskslim.errors import ScoreError
from riskslim.features import Binning
from support.any_bands import scores
from support.command_line import run


@settings(max_examples=100)
@given(scores(), st.data())
def test_ranges_are_those_of_everybody_who_fits(case, data):
    score, people = case
    score = data.draw(st.sampled_from([score, score.turned()]))
    totals = score.total(people)
    low, high = score.total_ranges(people)
    np.testing.assert_array_equal(low, totals)
    np.testing.assert_array_equal(high, totals)
    assert score.binning is not None
    open_columns = [v.column for v in score.binning.variables if v.blanks != "feature"]
    hidden = [name for name in open_columns if data.draw(st.booleans())]
    row = people.iloc[[data.draw(st.integers(0, len(people) - 1))]].reset_index(drop=True)
    fits = np.ones(len(people), dtype=bool)
    for name in people.columns.difference(hidden):
        cell = row[name].iloc[0]
        fits &= people[name].isna() if pd.isna(cell) else people[name] == cell
    row[hidden] = None
    (least,), (most,) = score.total_ranges(row)
    assert (least, most) == (totals[fits].min(), totals[fits].max())


def test_what_is_half_known_narrows_the_range():
    frame = pd.DataFrame(
        {"Age >= 65": [0, 0, 1, 1], "Age >= 75": [0, 0, 0, 1], "x": [0, 1, 2, 3], "y": [0, 1, 0, 1]}
    )
    from riskslim import Dataset

    score = RiskScore.from_points(
        {"Age >= 65": 4, "Age >= 75": 3, "x": -2}, data=Dataset.from_frame(frame, "y")
    )
    rows = frame.drop(columns="y").astype(float)
    rows.loc[0, "Age >= 75"] = np.nan  # not 65 is not 75
    rows.loc[2, "Age >= 75"] = np.nan
    rows.loc[3, "Age >= 65"] = np.nan  # 75 is 65
    rows.loc[1, "x"] = np.nan
    low, high = score.total_ranges(rows)
    assert low.tolist() == [0, -6, 0, 1]
    assert high.tolist() == [0, 0, 3, 1]
    rows.loc[0] = [0, 1, 0]
    rows.loc[0, "x"] = np.nan
    with pytest.raises(ScoreError, match="its features contradict each other"):
        score.total_ranges(rows)


def test_predict_keeps_columns_and_gives_ranges(tmp_path):
    items = {
        "Confusion": {"points": 2},
        "Age": {"unit": "years", "cuts": [65, 75], "points": [0, 1, 3], "missing": [-9]},
    }
    score = RiskScore.published({"risks": {0: 0.1, 1: 0.1, 2: 0.3, 3: 0.3, 5: 0.6}, "items": items})
    score.save(tmp_path / "score.json")
    table = tmp_path / "new.csv"
    table.write_text("Case,Age,Confusion\nA7,70,yes\nB9,-9,no\n,80,\n".replace("yes", "1").replace(
        "no", "0"), encoding="utf-8")  # fmt: skip
    refused = run("predict", tmp_path / "score.json", table)
    assert refused.exit_code != 0
    assert "is blank in row" in refused.stderr
    done = run(
        "predict", tmp_path / "score.json", table, "--unknown", "--id", "Case",
        "-o", tmp_path / "deep" / "out.parquet", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    made = pd.read_parquet(tmp_path / "deep" / "out.parquet")
    assert made.columns.tolist() == [
        "row",
        "Case",
        "total_low",
        "total_high",
        "risk_low",
        "risk_high",
    ]
    assert made.Case.fillna("").tolist() == ["A7", "B9", ""]
    assert made.total_low.tolist() == [3, 0, 3]
    assert made.total_high.tolist() == [3, 3, 5]
    assert made.risk_high.tolist() == [0.3, 0.3, 0.6]
    assert json.loads(done.stdout)["predictions"][1]["risk_low"] == 0.1
    assert run("predict", tmp_path / "score.json", table, "--id", "Cas").exit_code != 0


def test_predict_tells_of_numbers_that_cannot_be(tmp_path):
    items = {
        "Age": {"cuts": [65, 75], "points": [0, 1, 3], "limits": [0, 120], "missing": [-9]},
        "Urea": {"cuts": [7], "points": [0, 1]},
    }
    score = RiskScore.published({"intercept": -3, "items": items})
    score.save(tmp_path / "score.json")
    table = tmp_path / "new.csv"
    table.write_text("Age,Urea\n70,8\n650,-999\n-9,2\n", encoding="utf-8")
    done = run("predict", tmp_path / "score.json", table, "--unknown")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1].startswith("1,2,2,")
    said = " ".join(done.stderr.split())
    assert "column 'Age' holds 650 in row 2, beyond the limits 0 to 120" in said
    assert "column 'Urea' holds -999 in row 2, below 0; if it is a mistake" in said
    # What stands for a blank is none.
    assert "-9 in row" not in said.replace("-999 in row", "")
    ages = pd.DataFrame({"Age": [20.0, 30, 40, 50, 60, 70, 80, 90] * 5})
    learned = ScoreBinarizer(cuts="quantile").fit(ages, [0, 0, 0, 1, 0, 1, 1, 1] * 5).binning_
    (age,) = learned.variables
    assert age.seen == (20, 90)
    assert age.plausible == (0, 160)
    assert Binning.from_record(learned.to_record()).variables[0].seen == (20, 90)
    assert learned.without_ranges().variables[0].seen == ()
    assert learned.without_ranges() == learned
