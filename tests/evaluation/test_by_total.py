"""People counted by total and outcome are judged as their rows are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from riskslim import RiskScore, SLIMClassifier, count_people, evaluate
from riskslim.data import grouping
from riskslim.errors import DataError, OptionError, ScoreError
from riskslim.evaluation.by_total import count_columns, count_together
from riskslim.evaluation.comparison import compare_scores
from riskslim.scores.decision import DecisionScore
from riskslim.scores.score_bounds import score_bounds
from support.command_line import run


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.integers(0, 2, (900, 4)), columns=["a", "b", "c", "d"])
    odds = np.exp(frame["a"] + frame["b"] - 1.5)
    frame["ill"] = (random.random(900) < odds / (1 + odds)).astype(int)
    frame["weight"] = np.where(random.random(900) < 0.1, 0.0, random.random(900) / 3)
    frame["name"] = [f"p{i}" for i in range(900)]
    return frame


@pytest.fixture
def folder(frame: pd.DataFrame, tmp_path: Path) -> Path:
    place = tmp_path / "parts"
    place.mkdir()
    for i in range(0, 900, 250):
        frame.iloc[i : i + 250].to_parquet(place / f"{i:03}.parquet", index=False)
    return place


SCORE = RiskScore.from_points({"a": 2, "b": 1, "c": -1}, intercept=-1, outcome="ill")
REAL = RiskScore.from_points({"a": 2, "b": 1}, intercept=-1.25, multiplier=1.5, outcome="ill")


def close(one: Any, other: Any, by: float = 3e-15) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            close(one[key], other[key], by)
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            close(first, second, by)
    elif isinstance(one, float):
        # Ends of intervals are differences of numbers about 1.
        np.testing.assert_allclose(one, other, rtol=by, atol=by)
    else:
        assert one == other


@pytest.mark.parametrize("score", [SCORE, REAL])
@pytest.mark.parametrize("weights", [None, "weight"])
def test_measures_are_those_of_the_rows(
    frame: pd.DataFrame, folder: Path, score: RiskScore, weights: str | None
) -> None:
    weight = None if weights is None else frame[weights]
    people = count_people(score, folder, weights=weights)
    assert people.rows.sum() == (900 if weight is None else (weight > 0).sum())
    rows = evaluate(score, frame, frame["ill"], weight)
    close(evaluate(score, people).to_dict(), rows.to_dict())


def test_decisions_are_those_of_the_rows(frame: pd.DataFrame, folder: Path) -> None:
    fitted = SLIMClassifier(max_size=2).fit(frame[["a", "b", "c"]], frame["ill"])
    score = fitted.score_
    assert isinstance(score, DecisionScore)
    for weights in (None, "weight"):
        weight = None if weights is None else frame[weights]
        people = count_people(score, folder, "ill", weights)
        close(
            evaluate(score, people).to_dict(),
            evaluate(score, frame, frame["ill"], weight).to_dict(),
        )


@pytest.mark.parametrize("method", ["intercept", "logistic", "isotonic"])
@pytest.mark.parametrize("weights", [None, "weight"])
def test_recalibration_is_that_of_the_rows(
    frame: pd.DataFrame, folder: Path, method: str, weights: str | None
) -> None:
    weight = None if weights is None else frame[weights]
    people = count_people(SCORE, folder, weights=weights)
    one = SCORE.recalibrate(people, method=method)
    other = SCORE.recalibrate(frame, frame["ill"], method, weight)
    assert one.recalibration is not None
    assert other.recalibration is not None
    record, expected = one.recalibration.to_record(), other.recalibration.to_record()
    assert record.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, float | list):
            np.testing.assert_allclose(record[key], value, rtol=1e-13)
        else:
            assert record[key] == value
    for row, wanted in zip(one.table, other.table, strict=True):
        assert (row.low, row.high) == (wanted.low, wanted.high)
        assert row.weight == pytest.approx(wanted.weight, rel=1e-13)
        assert row.positive_weight == pytest.approx(wanted.positive_weight, rel=1e-13)


def test_bad_tables_end_in_one_error(frame: pd.DataFrame, tmp_path: Path) -> None:
    odd = frame.astype({"ill": "Int64"})
    odd.loc[[4, 700], "ill"] = pd.NA
    odd.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(ScoreError, match="has the outcome"):
        count_people(SCORE, tmp_path / "t.parquet")
    with pytest.raises(DataError, match="no column 'w' for the weights"):
        count_people(SCORE, tmp_path / "t.parquet", weights="w")


def test_the_command_line_counts_large_tables(
    frame: pd.DataFrame, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, score = tmp_path / "t.parquet", tmp_path / "score.json"
    frame.to_parquet(file, index=False)
    SCORE.save(score)
    answers: dict[str, list[Any]] = {}
    for command in ("evaluate", "recalibrate"):
        for data in (folder, file):
            ended = run(command, score, data, "--json")
            assert ended.exit_code == 0, ended.output
            found = json.loads(ended.stdout)
            found.pop("recalibration", None)
            answers.setdefault(command, []).append(found)
    close(*answers["evaluate"])


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
@pytest.mark.parametrize("unknown", [(), ("--unknown",)])
def test_predictions_of_blocks_are_those_of_the_table(
    frame: pd.DataFrame, folder: Path, tmp_path: Path, ending: str, unknown: tuple[str, ...]
) -> None:
    file, score = tmp_path / "t.parquet", tmp_path / "score.json"
    frame.to_parquet(file, index=False)
    SCORE.save(score)
    made = []
    for data in (folder, file):
        output = tmp_path / f"{data.name}-out{ending}"
        ended = run(
            "predict", score, data, "--id", "name", "--id", "weight", *unknown, "-o", output
        )
        assert ended.exit_code == 0, ended.output
        made.append(output)
    if ending == ".parquet":
        one, other = (parquet.read_table(path).to_pandas() for path in made)
        pd.testing.assert_frame_equal(one, other, check_dtype=False)
        assert len(one) == 900
    else:
        assert made[0].read_bytes() == made[1].read_bytes()
    printed = run("predict", score, folder).stdout
    assert printed == run("predict", score, file).stdout
    assert printed.count("\n") == 901


def test_rows_are_numbered_through_all_blocks(
    frame: pd.DataFrame, folder: Path, tmp_path: Path
) -> None:
    blank = frame.astype({"a": "Int64"})
    blank.loc[777, "a"] = pd.NA
    for i in range(0, 900, 250):
        blank.iloc[i : i + 250].to_parquet(folder / f"{i:03}.parquet", index=False)
    SCORE.save(tmp_path / "score.json")
    output = tmp_path / "out.csv"
    ended = run("predict", tmp_path / "score.json", folder, "-o", output)
    assert "missing or infinite in row 778" in ended.output
    assert not output.exists()
    assert run("predict", tmp_path / "score.json", folder).stdout == ""


def test_large_csv_files_are_counted_too(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "t.csv"
    frame.to_csv(file, index=False)
    SCORE.save(tmp_path / "score.json")
    before = run("predict", tmp_path / "score.json", file).stdout
    monkeypatch.setattr(grouping, "_LARGE", 0)
    assert run("predict", tmp_path / "score.json", file).stdout == before
    people = count_people(SCORE, file, weights="weight")
    close(
        evaluate(SCORE, people).to_dict(),
        evaluate(SCORE, frame, frame["ill"], frame["weight"]).to_dict(),
    )


def test_persons_with_several_rows_are_counted(frame: pd.DataFrame, folder: Path) -> None:
    person = np.random.default_rng(5).integers(0, 300, len(frame))
    table = frame.assign(person=[f"p{one}" for one in person])
    for i in range(0, 900, 250):
        table.iloc[i : i + 250].to_parquet(folder / f"{i:03}.parquet", index=False)
    for score in (SCORE, REAL):
        for weights in (None, "weight"):
            people = count_people(score, folder, weights=weights, groups="person")
            weight = None if weights is None else table["weight"]
            whole = evaluate(score, table, table["ill"], weight, table["person"])
            assert len(people.total) < people.rows.sum()
            close(evaluate(score, people).to_dict(), whole.to_dict())
    assert "no column 'nobody' for the person" in str(
        run("evaluate", save(SCORE, folder), folder, "--groups", "nobody").output
    )
    table.loc[3, "person"] = None
    table.to_parquet(folder / "000.parquet", index=False)
    with pytest.raises(DataError, match="the group is missing in 1 row; without it"):
        count_people(SCORE, folder, groups="person")


def save(score: RiskScore, folder: Path) -> Path:
    path = folder.parent / "score.json"
    score.save(path)
    return path


@pytest.mark.parametrize("groups", [None, "d"])
def test_scores_are_compared_by_their_totals(
    frame: pd.DataFrame, folder: Path, groups: str | None
) -> None:
    scores = {"one": SCORE, "other": REAL, "third": RiskScore.from_points({"d": 1}, outcome="ill")}
    for weights in (None, "weight"):
        people = count_together(scores, folder, weights=weights, groups=groups)
        assert len(people["one"].total) < 100
        found = compare_scores(scores, people, cutoffs=(0.2, 0.4))
        whole = compare_scores(
            *(scores, frame, frame["ill"]),
            sample_weight=None if weights is None else frame["weight"],
            groups=None if groups is None else frame[groups],
            cutoffs=(0.2, 0.4),
        )
        # Differences of areas that are nearly the same have fewer digits.
        close(found.to_dict(), whole.to_dict(), 1e-13)
    with pytest.raises(OptionError, match="models are fitted to rows"):
        compare_scores(scores, people, models=("logistic",))


def test_bounds_are_those_of_the_rows(frame: pd.DataFrame, folder: Path) -> None:
    score = SCORE
    weight = (frame["weight"] > 0).astype(int)
    for given, column in ((None, None), (weight, "kept")):
        for i in range(0, 900, 250):
            part = frame.assign(kept=weight).iloc[i : i + 250]
            part.to_parquet(folder / f"{i:03}.parquet", index=False)
        counts = count_columns(score, folder, weights=column)
        assert score_bounds(score, counts) == score_bounds(score, frame, frame["ill"], given)
    with pytest.raises(ScoreError, match="count alike"):
        count_columns(score, folder, weights="weight")
    asked = ("evaluate", save(score, folder), folder, "--bounds", "--json")
    assert json.loads(run(*asked).stdout)["bounds"]["rows"] == 900


def test_the_command_line_compares_a_folder(frame: pd.DataFrame, folder: Path) -> None:
    one = save(SCORE, folder)
    other = folder.parent / "other.json"
    REAL.save(other)
    file = folder.parent / "whole.csv"
    frame.to_csv(file, index=False)
    asked = ("compare", one, other)
    counted = run(*asked, folder, "--json")
    held = run(*asked, file, "--against", "none", "--json")
    assert "No models: they are fitted to rows" in counted.stderr
    close(json.loads(counted.stdout) | {"notes": []}, json.loads(held.stdout) | {"notes": []})
