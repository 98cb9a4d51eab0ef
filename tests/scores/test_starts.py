"""A score that other data begins from: its points under the names that the data has."""

import numpy as np
import pandas as pd

from riskslim import RiskScore, ScoreBinarizer
from riskslim.features.raw_table import raw_dataset
from riskslim.scores.starts import start_among
from support.command_line import run

ITEMS = {
    "Age": {"unit": "years", "cuts": [65, 80], "points": [0, 1, 3]},
    "Sex": {"levels": {"m": 1, "f": 0}},
    "Stroke": {"points": 2},
}
SCORE = RiskScore.published({"intercept": -4, "multiplier": 1.5, "outcome": "Died", "items": ITEMS})


def table(rows: int = 300) -> pd.DataFrame:
    dice = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "Age": dice.integers(40, 95, rows),
            "Sex": dice.choice(["m", "f"], rows),
            "Stroke": dice.integers(0, 2, rows),
        }
    )
    frame.insert(0, "Died", (dice.random(rows) < SCORE.predict_proba(frame)[:, 1]).astype(int))
    return frame


def test_every_row_has_the_same_sum_whatever_the_features_are_called(tmp_path) -> None:
    frame = table()
    file = tmp_path / "t.csv"
    frame.to_csv(file, index=False)
    wanted = SCORE.total(frame) + SCORE.intercept
    for words in ({}, {"unit": "years"}, {"unit": "J", "label": "Age at admission"}):
        data = raw_dataset(file, ScoreBinarizer(cut_points={"Age": {"cuts": [65, 80], **words}}))
        start = start_among(SCORE, data.feature_names, data.binning)
        assert set(start) <= {"(Intercept)", *data.feature_names}
        cells = data.binning.frame(frame.drop(columns="Died"), "t")
        made = sum(points * cells[name] for name, points in start.items() if name in cells)
        assert (made + start["(Intercept)"]).tolist() == wanted.tolist()


def test_features_as_they_are_lose_their_units_and_unknown_ones_are_named(tmp_path) -> None:
    names = ["Age >= 65", "Age >= 80", "Sex: m", "Stroke"]
    start = start_among(SCORE, names, None)
    assert {name: start[name] for name in names} == {
        "Age >= 65": 1,
        "Age >= 80": 2,
        "Sex: m": 1,
        "Stroke": 2,
    }
    frame = table()
    frame.to_csv(tmp_path / "t.csv", index=False)
    SCORE.save(tmp_path / "s.json")
    (tmp_path / "cuts.toml").write_text("[Age]\ncuts = [65, 80]\n", encoding="utf-8")
    given = (
        "fit",
        tmp_path / "t.csv",
        "--raw",
        "--start",
        tmp_path / "s.json",
        "--time-limit",
        "5",
    )
    done = run(*given, "--cut-points", tmp_path / "cuts.toml")
    assert done.exit_code == 0, done.stderr
    refused = run(*given, "--drop", "Stroke")
    assert refused.exit_code == 2
    assert "'Age >= " in refused.stderr or "'Stroke" in refused.stderr
