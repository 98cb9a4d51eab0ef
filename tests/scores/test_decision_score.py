"""A decision score decides by itself, states every total, and counts its errors as it decides."""

from __future__ import annotations

import itertools
import json
from importlib import resources
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim import Dataset, DecisionScore, RiskScore, Solution, Status, evaluate, load_score
from riskslim.cli import main
from riskslim.errors import ScoreError
from riskslim.exporters.text import card
from riskslim.languages import language

pytestmark = pytest.mark.fast

SCHEMA = json.loads(
    resources.files("riskslim.exporters").joinpath("score.schema.json").read_text("utf-8")
)


def score_on(frame: pd.DataFrame, points: list[int], **changes: Any) -> DecisionScore:
    """Return the decision score of these points, the intercept first, on a table."""
    given = {"weights": changes.pop("weights", None)}
    data = Dataset.from_frame(frame, **{key: value for key, value in given.items() if value})
    unit, rules = changes.pop("unit", 1), changes.pop("rules", ())
    solution = Solution(
        **{
            "status": Status.OPTIMAL,
            "points": np.array(points),
            "feature_names": data.feature_names,
            "objective": 0.25,
            "loss": 0.23,
            "lower_bound": 0.25,
            "nodes": 7,
            "cuts": 0,
            "lps": 0,
            "phase_seconds": {"total": 0.5},
            "proof": "by hand",
        }
        | changes
    )
    return DecisionScore.from_solution(solution, data, rules, unit)


FRAME = pd.DataFrame(
    {
        "ill": [0, 1, 1, 0, 1, 0],
        "old": [0, 1, 1, 0, 1, 1],
        "smokes": [0, 1, 0, 0, 1, 0],
        "visits": [1, 4, 2, 1, 3, 3],
    }
)
SCORE = score_on(FRAME, [-1, 0, 3, 1], rules=["points from -5 to 5"])


def test_yes_is_a_total_above_the_threshold() -> None:
    assert SCORE.threshold == 1
    assert SCORE.total(FRAME).tolist() == [1, 7, 2, 1, 6, 3]
    assert SCORE.predict(FRAME).tolist() == [0, 1, 1, 0, 1, 1]
    assert SCORE.predict(pd.DataFrame({"visits": [1.0, 1.5], "smokes": [0, 0]})).tolist() == [0, 1]


def test_errors_are_those_of_the_rule() -> None:
    assert SCORE.false_positive_weight == 1
    assert SCORE.false_negative_weight == 0
    assert SCORE.error_rate == pytest.approx(1 / 6)
    assert SCORE.true_positive_rate == 1.0
    assert SCORE.false_positive_rate == pytest.approx(1 / 3)


@st.composite
def random_scores(draw: st.DrawFn) -> tuple[pd.DataFrame, DecisionScore]:
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    count, width = draw(st.integers(4, 40)), draw(st.integers(1, 4))
    kind = draw(st.sampled_from(["binary", "integer", "real", "wide"]))
    top = {"binary": 2, "integer": 6, "real": 5, "wide": 5000}[kind]
    table = random.integers(0, top, (count, width)).astype(float)
    if kind == "real":
        table += random.random((count, width)).round(2)
    frame = pd.DataFrame(table, columns=[f"x{j}" for j in range(width)])
    frame.insert(0, "y", (np.arange(count) % 3 == 0).astype(int))
    points = [draw(st.integers(-9, 9)), *(draw(st.integers(-3, 3)) for _ in range(width))]
    if draw(st.booleans()):
        frame["w"] = random.integers(1, 4, count)
        return frame, score_on(frame, points, weights="w")
    return frame, score_on(frame, points)


@pytest.mark.filterwarnings("ignore:.*constant features", "ignore:.*are copies of others")
@settings(max_examples=60)
@given(random_scores())
def test_table_counts_and_json_agree_with_the_predictions(
    given: tuple[pd.DataFrame, DecisionScore],
) -> None:
    frame, score = given
    weight = frame["w"].to_numpy(float) if "w" in frame else np.ones(len(frame))
    predicted, actual = score.predict(frame), frame["y"].to_numpy()
    assert score.false_positive_weight == weight[(predicted == 1) & (actual == 0)].sum()
    assert score.false_negative_weight == weight[(predicted == 0) & (actual == 1)].sum()
    assert sum(row.weight for row in score.table) == weight.sum()
    found = evaluate(score, frame, actual, weight)
    assert found.false_positives == ((predicted == 1) & (actual == 0)).sum()
    assert found.error_rate == pytest.approx(score.error_rate)
    assert found.true_positive_rate == pytest.approx(score.true_positive_rate)
    assert sum(row.rows for row in found.table) == len(frame)
    wrong = sum(row.rows - row.positives if row.yes else row.positives for row in found.table)
    assert wrong == (predicted != actual).sum()
    text = score.to_json()
    jsonschema.validate(json.loads(text), SCHEMA)
    again = DecisionScore.from_json(text)
    assert again == score
    assert again.to_json() == text
    assert f"{score.outcome}" in card(score)


def test_units_change_no_decision() -> None:
    people = pd.DataFrame(list(itertools.product([0, 1], repeat=3)), columns=["a", "b", "c"])
    people.insert(0, "y", [0, 0, 0, 1, 0, 1, 1, 1])
    for intercept in range(-7, 3):
        whole = score_on(people, [intercept, 2, 2, 2])
        halved = score_on(people, [intercept, 2, 2, 2], unit=2)
        assert set(halved.points.values()) == {1}
        assert halved.predict(people).tolist() == whole.predict(people).tolist()
        assert halved.false_positive_weight == whole.false_positive_weight
    with pytest.raises(ScoreError, match="units of 2"):
        score_on(people, [-1, 2, 3, 2], unit=2)


CARD = """\
────────────────────────────────────────────────────────────────────────────────
 Decision score for ill
────────────────────────────────────────────────────────────────────────────────
  1. smokes ································ +3 points                    ____
  2. visits ································ +1 point × value (1 to 4)  + ____

                                                   Total of the points  = ____
────────────────────────────────────────────────────────────────────────────────
  Total   Decision   Observed (95 % interval)
      1         no            0% (0-66%) of 2
      2        yes        100% (21-100%) of 1  ████████████████████████
      3        yes            0% (0-79%) of 1
      4        yes                    no rows
      5        yes                    no rows
      6        yes        100% (21-100%) of 1  ████████████████████████
      7        yes        100% (21-100%) of 1  ████████████████████████
────────────────────────────────────────────────────────────────────────────────
 Observed: of the people with these totals that it was trained on, the share
 with the outcome, and Wilson's 95 % interval.
 If something is not known, add the fewest points that the item can have, then
 the most: the result lies between the two.
 Yes if the total exceeds 1, else no.
 Trained on 6 rows, 3 of them positive (50.0%).
 Wrong for 1 of these rows (16.7%): false positives 1 (rate 33.3%), false
 negatives 0 (sensitivity 100%).
 Proved optimal: objective 0.250000, lower bound 0.250000, gap 0.
 Rules: points from -5 to 5.
────────────────────────────────────────────────────────────────────────────────"""


def test_the_card() -> None:
    assert str(SCORE) == CARD


def test_the_card_of_a_checklist() -> None:
    people = pd.DataFrame(list(itertools.product([0, 1], repeat=3)), columns=["a", "b", "c"])
    people.insert(0, "y", [0, 0, 0, 1, 0, 1, 1, 1])
    score = score_on(people, [-3, 2, 2, 2], unit=2)
    assert score.is_checklist
    text = card(score)
    assert "Checklist for y" in text
    assert "Yes if at least 2 of these 3 hold, else no." in text
    assert text.count("[  ]") == 3
    assert "point" not in text
    german = card(score, texts=language("de"))
    assert "Ja, wenn mindestens 2 von diesen 3 zutreffen, sonst nein." in german
    assert "Always" not in text
    assert "No, whatever the total." in card(score_on(people, [-9, 2, 2, 2], unit=2))


def test_labels_stand_on_the_card_where_they_say_more() -> None:
    frame = FRAME.assign(ill=np.where(FRAME["ill"] == 1, "M", "B"))
    data = Dataset.from_frame(frame, positive="M")
    solution = Solution(
        Status.OPTIMAL, np.array([-1, 0, 3, 1]), data.feature_names, 0.2, 0.2, 0.2, 1, 0, 0, {}, ""
    )
    score = DecisionScore.from_solution(solution, data)
    assert score.predict(frame).tolist() == ["B", "M", "M", "B", "M", "M"]
    assert "M if the total exceeds 1, else B." in card(score)
    assert "Decision score for ill: M or B" in card(score)


def test_a_long_table_is_folded_around_the_threshold() -> None:
    frame = pd.DataFrame({"y": [0, 1] * 30, "x": np.arange(60)})
    score = score_on(frame, [-41, 1])
    assert len(score.table) == 60
    text = card(score, min_people=0)
    rows = [line.split() for line in text.splitlines()]
    assert "or less" in text
    assert "or more" in text
    assert any(row[:2] == ["41", "no"] for row in rows)
    assert any(row[:2] == ["42", "yes"] for row in rows)


def test_either_kind_is_loaded_and_not_mistaken(tmp_path: Any) -> None:
    SCORE.save(tmp_path / "decision.json")
    risk = RiskScore(
        SCORE.outcome, SCORE.labels, SCORE.features, -1, SCORE.training, SCORE.table, multiplier=1.0
    )
    risk.save(tmp_path / "risk.json")
    assert load_score(tmp_path / "decision.json") == SCORE
    assert load_score(tmp_path / "risk.json") == risk
    with pytest.raises(ScoreError, match="a decision score, not a risk score"):
        RiskScore.load(tmp_path / "decision.json")
    with pytest.raises(ScoreError, match="a risk score, not a decision score"):
        DecisionScore.load(tmp_path / "risk.json")
    # A file of version 2 is a risk score without a kind.
    old = json.loads(risk.to_json()) | {"schema_version": 2}
    with pytest.raises(ScoreError, match="unknown keys"):
        RiskScore.from_json(json.dumps(old))
    del old["kind"]
    assert RiskScore.from_json(json.dumps(old)) == risk


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"intercept": -2}, "changed by hand"),
        ({"kind": "other"}, "'kind' must be"),
        ({"multiplier": 1.0}, "unknown keys"),
        ({"kind": "risk"}, "lacks"),
        ({"table": []}, "empty"),
    ],
)
def test_wrong_files_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ScoreError, match=message):
        DecisionScore.from_json(json.dumps(json.loads(SCORE.to_json()) | changes))


def test_a_band_with_both_decisions_is_refused() -> None:
    raw = json.loads(SCORE.to_json())
    ends = {"low": None, "high": 5, "yes": True, "weight": 6.0, "positive_weight": 3.0}
    with pytest.raises(ScoreError, match="both sides of the threshold"):
        DecisionScore.from_json(json.dumps(raw | {"table": [ends]}))


@pytest.fixture
def files(tmp_path: Any) -> tuple[str, str]:
    SCORE.save(tmp_path / "score.json")
    FRAME.to_csv(tmp_path / "data.csv", index=False)
    return str(tmp_path / "score.json"), str(tmp_path / "data.csv")


def test_commands_read_decision_scores(files: tuple[str, str]) -> None:
    score, data = files
    run = CliRunner().invoke
    assert run(main, ["show", score]).output.rstrip("\n") == CARD
    assert json.loads(run(main, ["show", score, "--json"]).output)["kind"] == "decision"
    lines = run(main, ["predict", score, data]).output.splitlines()
    assert lines[:3] == ["row,total,decision", "1,1,0", "2,7,1"]
    shown = run(main, ["evaluate", score, data]).output
    assert "16.67%" in shown
    assert "sensitivity" in shown
    found = json.loads(run(main, ["evaluate", score, data, "--json"]).output)
    assert (found["false_positives"], found["false_negatives"]) == (1, 0)
    assert "total > 1" in run(main, ["export", score, "--to", "sql"]).output
