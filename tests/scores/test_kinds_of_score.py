"""A kind of score is added in one file: here one whose totals stand for expected counts."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from riskslim import RiskScore, evaluate, load_score
from riskslim.cli.app import main
from riskslim.errors import OptionError, ScoreError
from riskslim.exporters.formats import FORMATS
from riskslim.exporters.meaning import Meaning, meaning_of
from riskslim.exporters.risk_rows import CardRow
from riskslim.files.json_object import JsonObject
from riskslim.languages import Texts
from riskslim.scores.items import Feature
from riskslim.scores.origin import Training
from riskslim.scores.point_score import PointScore
from riskslim.scores.totals import ScoreRow
from riskslim.solvers._typing import FloatArray


@dataclass(frozen=True)
class CountScore(PointScore):
    """Points to add up, and the number of visits to expect at each total."""

    kind: ClassVar[str] = "count"
    meaning: ClassVar[str] = "visits"
    number_name: ClassVar[str] = "visits"

    doubling: int = field(kw_only=True)

    def means(self, total: FloatArray) -> list[Any]:
        return list(np.exp2((self.intercept + total) / self.doubling).tolist())

    def own_record(self) -> dict[str, Any]:
        return {"doubling": self.doubling}

    @classmethod
    def read_own(cls, raw: JsonObject) -> dict[str, Any]:
        return {"doubling": raw.integer("doubling")}

    def row_record(self, row: ScoreRow) -> dict[str, Any]:
        assert row.low is not None
        return {"visits": self.means(np.array([row.low]))[0]}

    @classmethod
    def read_row(cls, raw: JsonObject, low: float | None, high: float | None) -> Any:
        return raw.number("visits")

    def check_row(self, row: ScoreRow, stated: Any) -> None:
        if not math.isclose(self.row_record(row)["visits"], stated):
            raise ScoreError(f"the table states {stated!r} visits: the file was changed by hand")


@meaning_of.register
def _(score: CountScore, texts: Texts, min_people: int) -> Meaning:
    rows = tuple(
        CardRow(
            total=texts.number(row.low or 0),
            result=texts.number(score.row_record(row)["visits"], 3),
            members=(row,),
            height=0.0,
        )
        for row in score.table
    )
    return Meaning(
        title=f"Expected number of {score.outcome}",
        instruction="Add up the points of all that apply, then read the number of visits.",
        result="Visits",
        rows=rows,
        formula=f"{score.doubling} points double the number of visits.",
    )


@pytest.fixture
def score() -> CountScore:
    return CountScore(
        outcome="visits",
        labels=(0, 1),
        features=(
            Feature("Diabetes", 2, 0.0, 1.0, integer=True),
            Feature("Smoker", 1, 0.0, 1.0, integer=True),
            Feature("Male", 0, 0.0, 1.0, integer=True),
        ),
        intercept=-1,
        doubling=2,
        training=Training(rows=4, positives=2, weight=4.0, positive_weight=2.0),
        table=tuple(ScoreRow(total, total, 1.0, float(total > 1)) for total in range(4)),
    )


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame({"Smoker": [0, 1, 1], "Diabetes": [0, 0, 1]})


def test_it_predicts(score: CountScore, people: pd.DataFrame) -> None:
    assert score.total(people).tolist() == [0, 1, 3]
    assert score.predict(people).tolist() == [2**-0.5, 1.0, 2.0]


def test_it_is_saved_and_loaded(score: CountScore, tmp_path: Path) -> None:
    path = tmp_path / "count.json"
    score.save(path)
    assert load_score(path) == score
    assert CountScore.load(path) == score
    assert json.loads(path.read_text())["kind"] == "count"
    with pytest.raises(ScoreError, match="this is a count score, not a risk score"):
        RiskScore.load(path)


def test_a_file_that_was_changed_by_hand_is_refused(score: CountScore) -> None:
    content = json.loads(score.to_json())
    content["table"][2]["visits"] = 7.0
    with pytest.raises(ScoreError, match="changed by hand"):
        CountScore.from_json(json.dumps(content))
    content = json.loads(score.to_json()) | {"multiplier": 1.0}
    with pytest.raises(ScoreError, match="unknown keys 'multiplier'"):
        CountScore.from_json(json.dumps(content))


def test_its_cards_say_what_it_means(score: CountScore) -> None:
    for card in (str(score), score.to_markdown()):
        assert "Expected number of visits" in card
        assert "Diabetes" in card
        assert "Visits" in card
        assert "double the number" in card
    assert "Expected number of visits" in score.to_html()
    assert b"PDF" in score.export("pdf")[:8]  # type: ignore[operator]


def test_it_goes_through_the_command_line(
    score: CountScore, people: pd.DataFrame, tmp_path: Path
) -> None:
    score.save(tmp_path / "count.json")
    people.to_csv(tmp_path / "people.csv", index=False)
    arguments = ["predict", str(tmp_path / "count.json"), str(tmp_path / "people.csv")]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    rows = list(csv.reader(io.StringIO(result.output)))
    assert rows[0] == ["row", "total", "visits"]
    assert [float(row[2]) for row in rows[1:]] == score.predict(people).tolist()
    shown = CliRunner().invoke(main, ["show", str(tmp_path / "count.json")])
    assert "Expected number of visits" in shown.output


@pytest.mark.parametrize("name", ["sql", "python", "javascript", "pmml", "csv", "xlsx"])
def test_formats_that_it_registers_nothing_with_refuse_it(score: CountScore, name: str) -> None:
    assert name in FORMATS
    with pytest.raises(OptionError, match="a count score has no form"):
        score.export(name)


def test_it_has_no_outcomes_to_be_compared_with(score: CountScore, people: pd.DataFrame) -> None:
    with pytest.raises(ScoreError, match="a count score has no risks and no decisions"):
        evaluate(score, people, [0, 1, 1])
