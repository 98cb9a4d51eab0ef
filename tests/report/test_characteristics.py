"""Table 1 of a report against the same numbers by pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from riskslim import RiskScore, ScoreBinarizer
from riskslim.features.raw_table import raw_dataset
from riskslim.languages import language
from riskslim.report.characteristics import characteristics
from riskslim.report.page import make_report
from riskslim.report.people import ReportPeople

N = 120
dice = np.random.default_rng(6)
FRAME = pd.DataFrame(
    {
        "Died": dice.integers(0, 2, N),
        "Age": dice.integers(40, 90, N).astype(float),
        "Ward": dice.choice(["A", "B", "C"], N),
        "Smoker": dice.integers(0, 2, N),
    }
)
FRAME.loc[:11, "Age"] = np.nan
FRAME.loc[100:, "Ward"] = None


def score_of(tmp_path) -> RiskScore:
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    labels = {"Age": {"cuts": [60], "unit": "years"}}
    data = raw_dataset(tmp_path / "t.csv", ScoreBinarizer(cut_points=labels), "Died")
    return RiskScore.from_points({"Age >= 60 years": 2, "Smoker": 1}, intercept=-1, data=data)


def table_1(score, X, positive, weight, code):
    people = ReportPeople.of(score, X, positive.astype(int), weight)
    return characteristics(score, people.table, language(code))


def test_the_table_is_that_of_pandas(tmp_path) -> None:
    score, people = score_of(tmp_path), FRAME.drop(columns="Died")
    positive = FRAME["Died"].to_numpy() == 1
    lines = table_1(score, people, positive, None, "en")
    cells = {line.label: line.cells for line in lines}
    for place, part in enumerate((FRAME, FRAME[positive], FRAME[~positive])):
        quartiles = part["Age"].quantile([0.5, 0.25, 0.75]).round().astype(int).tolist()
        assert cells["Age (years)"][place] == "{} ({}–{})".format(*quartiles)
        known = part["Ward"].dropna()
        count = int((known == "B").sum())
        assert cells["B"][place] == f"{count} ({100 * count / len(known):.0f}%)"
        smokers = int(part["Smoker"].sum())
        assert cells["Smoker"][place] == f"{smokers} ({100 * smokers / len(part):.0f}%)"
    blanks = [line.cells[0] for line in lines if line.label == "not known"]
    assert blanks == ["12 (10%)", "20 (17%)"]


def test_rows_of_weight_0_do_not_count_and_features_stand_by_their_names() -> None:
    score = RiskScore.from_points({"Stroke": 2, "Visits": 1}, intercept=-1)
    X = pd.DataFrame({"Stroke": [1, 0, 1, 1], "Visits": [0, 1, 1, 1]})
    weight = np.array([1.0, 2.0, 0.0, 1.0])
    positive = np.array([True, False, True, False])
    lines = table_1(score, X, positive, weight, "de")
    assert [line.cells for line in lines] == [
        ("2 (67 %)", "1 (100 %)", "1 (50 %)"),
        ("2 (67 %)", "0 (0 %)", "2 (100 %)"),
    ]
    assert lines == table_1(score, X.to_numpy(), positive, weight, "de")


def test_it_stands_in_the_report_and_is_escaped(tmp_path) -> None:
    people = FRAME.drop(columns="Died").replace({"Ward": {"C": "<b>C"}})
    page = make_report(score_of(tmp_path), people, FRAME["Died"], language_code="de")
    assert "Merkmale nach Zielgröße" in page
    assert f"Mit Zielgröße (n\u00a0=\u00a0{int(FRAME['Died'].sum())})" in page
    assert "&lt;b&gt;C" in page
    assert "<b>C" not in page
