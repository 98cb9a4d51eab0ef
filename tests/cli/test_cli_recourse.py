"""``riskslim recourse``: what it prints and writes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from riskslim import RiskScore
from support.command_line import printed_object, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    points = {"Smoker": 2, "Obese": 1, "Old": 2}
    RiskScore.from_points(points, intercept=-3).save(tmp_path / "score.json")
    rows = [(1, 1, 0, "a"), (0, 1, 1, "b"), (1, 1, 1, "b"), (0, 0, 0, "a")]
    people = pd.DataFrame(rows, columns=["Smoker", "Obese", "Old", "Site"])
    people.to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "actions.toml").write_text(
        'columns.Smoker = "down"\n[columns.Obese]\ndirection = "down"\ncost = 3\n'
    )
    return tmp_path


@pytest.mark.fast
def test_people_are_told_what_to_change(folder: Path) -> None:
    command = ["recourse", folder / "score.json", folder / "people.csv"]
    command += ["--actions", folder / "actions.toml", "--target-risk", 0.2]
    shown = run(*command, "--by", "Site", "-o", folder / "rows.csv", "--id", "Site")
    assert shown.exit_code == 0, shown.output
    assert "1 have it, 1 can reach it, 2 cannot (fixed)" in shown.output
    assert "Smoker: yes -> no (cost 1)" in shown.output
    assert "totals within reach: 2 to 5" in shown.output
    rows = pd.read_csv(folder / "rows.csv")
    assert rows["Site"].tolist() == list("abba")
    assert rows["status"].tolist() == ["possible", "fixed", "fixed", "reached"]
    assert rows["responsiveness Smoker"].tolist()[0] == 1.0
    found = printed_object(run(*command, "--by", "Site", "--json"))
    assert found["fixed"] == pytest.approx(2 / 3)
    assert found["people"][0]["totals"] == [0, 1, 2, 3]
    assert found["people"][0]["changes"][0]["change"] == "Smoker: yes -> no"
    assert [group["fixed"] for group in found["by"]["Site"]] == [0, 2]


@pytest.mark.fast
def test_what_is_wrong_is_said_in_one_line(folder: Path) -> None:
    command = ["recourse", folder / "score.json", folder / "people.csv"]
    command += ["--actions", folder / "actions.toml"]
    shown = run(*command)
    assert shown.exit_code == 2
    assert "target_risk=None: give a risk between 0 and 1" in shown.output
    (folder / "actions.toml").write_text('columns.Smokes = "down"\n')
    shown = run(*command, "--target-risk", 0.2)
    assert shown.exit_code == 2
    assert "did you mean 'Smoker'" in shown.output
    shown = run(*command, "--target-risk", 0.2, "-o", folder / "rows.txt")
    assert shown.exit_code == 2
    assert ".csv" in shown.output
