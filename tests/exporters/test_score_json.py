"""Scores as JSON: an exact round trip, a published schema, and no guessing."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskslim import RiskScore
from riskslim.errors import ScoreError
from riskslim.files import write_atomically
from riskslim.scores.items import Feature
from riskslim.scores.risk import Certificate, Training
from riskslim.scores.totals import ScoreRow, score_table

SCHEMA = json.loads(
    resources.files("riskslim.exporters").joinpath("score.schema.json").read_text("utf-8")
)

finite = st.floats(allow_nan=False, allow_infinity=False)
weights = st.floats(0, 1e6)


@st.composite
def scores(draw: st.DrawFn) -> RiskScore:
    names = draw(st.lists(st.text(), min_size=1, max_size=4, unique=True))
    features = tuple(
        Feature(
            name,
            draw(st.integers(-5, 5)),
            *draw(st.sampled_from([(0.0, 1.0, True), (1.0, 10.0, True), (-0.1, 7.3, False)])),
        )
        for name in names
    )
    used = [feature for feature in features if feature.points]
    intercept, multiplier = draw(st.integers(-50, 50)), draw(st.floats(0.1, 50))
    values = np.array([[feature.maximum for feature in features]] * 2)
    totals = values @ np.array([float(feature.points) for feature in features])
    shares = np.array([draw(weights), draw(weights)])
    certificate = Certificate(
        *("optimal", draw(finite), draw(finite), draw(st.none() | finite)),
        *(draw(st.none() | finite), draw(st.none() | finite)),
        *(draw(st.text()), draw(st.integers(0, 10**9)), 3, draw(st.floats(0, 1e6))),
        draw(st.sampled_from([(1.0, 1.0), (0.5, 1000.0), (0.1, 1 / 3)])),
    )
    return RiskScore(
        outcome=draw(st.text()),
        labels=draw(st.sampled_from([(0, 1), (-1, 1), (False, True), ("no", "yes"), (0.5, 2.0)])),
        features=features,
        intercept=intercept,
        multiplier=multiplier,
        training=Training(
            draw(st.integers(2, 10**9)), 2, math.fsum([*shares, *shares]), math.fsum(shares)
        ),
        table=score_table(used, intercept, multiplier, totals, shares, shares[::-1]),
        rules=tuple(draw(st.lists(st.text(), max_size=2))),
        certificate=draw(st.none() | st.just(certificate)),
    )


# the first example loads modules
@given(scores())
def test_the_round_trip_is_exact_and_follows_the_schema(score: RiskScore) -> None:
    text = score.to_json()
    again = RiskScore.from_json(text)
    assert again == score
    assert [type(label) for label in again.labels] == [type(label) for label in score.labels]
    assert again.to_json() == text
    jsonschema.validate(json.loads(text), SCHEMA)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.fixture
def score() -> RiskScore:
    features = (Feature("age", 2, 0.0, 1.0, True), Feature("sex", 0, 0.0, 1.0, True))
    ones = np.array([1.0, 1.0])
    return RiskScore(
        outcome="ill",
        labels=(0, 1),
        features=features,
        intercept=-1,
        multiplier=1.0,
        training=Training(4, 2, 4.0, 2.0),
        table=score_table(features[:1], -1, 1.0, np.array([0.0, 2.0]), ones, ones),
        certificate=Certificate("optimal", 0.5, 0.4, 0.5, 0.0, 0.0, "a proof", 1, 2, 0.25),
    )


def test_only_the_run_differs_between_runs(score: RiskScore) -> None:
    raw = json.loads(score.to_json())
    assert raw["run"] == {"seconds": 0.25}
    assert "0.25" not in json.dumps(raw | {"run": None})


def keys_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path to a key of an object."""
    if isinstance(value, dict):
        inner = [entry for key in value for entry in keys_of(value[key], (*path, key))]
        return [(*path, key) for key in value] + inner
    if isinstance(value, list):
        return [entry for i, item in enumerate(value) for entry in keys_of(item, (*path, i))]
    return []


def test_every_missing_key_is_refused_and_named(score: RiskScore) -> None:
    paths = keys_of(json.loads(score.to_json()))
    assert len(paths) > 40
    for path in paths:
        raw = json.loads(score.to_json())
        parent = raw
        for step in path[:-1]:
            parent = parent[step]
        del parent[path[-1]]
        with pytest.raises(ScoreError, match=r"schema_version|lacks|unknown keys"):
            RiskScore.from_json(json.dumps(raw))
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(raw, SCHEMA)


def changed(score: RiskScore, **changes: Any) -> str:
    return json.dumps(json.loads(score.to_json()) | changes)


@pytest.mark.parametrize("version", [0, 1, 6, "3", None, True, 3.0])
def test_other_versions_are_refused(score: RiskScore, version: Any) -> None:
    with pytest.raises(ScoreError, match="schema_version"):
        RiskScore.from_json(changed(score, schema_version=version))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"extra": 1}, "unknown keys"),
        ({"intercept": 1.5}, "intercept and multiplier give .*: the file was changed by hand"),
        ({"intercept": True}, "'intercept' .* must be a finite number"),
        ({"intercept": "1"}, "'intercept' .* must be a finite number"),
        ({"multiplier": 0}, "multiplier must be a positive number"),
        ({"multiplier": "1"}, "'multiplier' .* must be a finite number"),
        ({"multiplier": 2.0}, "changed by hand"),
        ({"outcome": {"name": "ill", "labels": [0]}}, "two numbers"),
        ({"outcome": {"name": "ill", "labels": [1, 1]}}, "must differ"),
        ({"rules": "none"}, "'rules' .* must be an array"),
        ({"table": []}, "empty"),
        ({"run": {"seconds": None}}, "seconds"),
    ],
)
def test_wrong_values_are_refused(score: RiskScore, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ScoreError, match=message):
        RiskScore.from_json(changed(score, **changes))


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("table", 0, "weight"), 1.0, "the sum of 'weight' is 3"),
        (("table", 0, "positive_weight"), 2.0, "the sum of 'positive_weight'"),
        (("table", 0, "positive_weight"), 3.0, "'table': total 0 has a 'positive_weight' of 3"),
        (("table", 0, "positive_weight"), -1.0, "'table': total 0 has a 'positive_weight' of -1"),
        (("features", 0, "points"), 1, "'table' lacks the total 1"),
        (("features", 0, "maximum"), 3.0, "'table' lacks the total 4"),
        (("features", 0, "minimum"), 2.0, "'features': 'age' has the minimum 2.0 above"),
        (("features", 0, "maximum"), 0.5, "'features': 'age' is 'integer' but"),
        (("features", 0, "integer"), False, "'table' lists single totals"),
        (("training", "positives"), 5, "'training': 'positives' is 5"),
        (("training", "weight"), 1.0, "'training': 'positive_weight' is 2"),
        (("training", "weight"), 5.0, "the sum of 'weight' is 4"),
    ],
)
def test_what_does_not_follow_from_the_points_is_refused(
    score: RiskScore, where: tuple[Any, ...], value: Any, message: str
) -> None:
    raw = json.loads(score.to_json())
    parent = raw
    for step in where[:-1]:
        parent = parent[step]
    parent[where[-1]] = value
    with pytest.raises(ScoreError, match=message):
        RiskScore.from_json(json.dumps(raw))


def test_tables_of_other_totals_are_refused(score: RiskScore) -> None:
    rows = json.loads(score.to_json())["table"]
    none = {"weight": 0.0, "positive_weight": 0.0}
    strange = none | {"total": 7, "risk": score.risk(7)}
    for table, message in (
        ([*rows, strange], "the total 7, which the points do not reach"),
        (rows[::-1], "0 stands after 2; totals must ascend"),
        ([*rows, none | rows[1]], "2 stands after 2"),
        (rows[:1], "lacks the total 2"),
    ):
        with pytest.raises(ScoreError, match=message):
            RiskScore.from_json(changed(score, table=table))


def test_parts_of_people_are_refused_where_rows_are_people(score: RiskScore) -> None:
    rows = json.loads(score.to_json())["table"]
    rows[0]["weight"], rows[1]["weight"] = 1.5, 2.5
    with pytest.raises(ScoreError, match="no number of rows"):
        RiskScore.from_json(changed(score, table=rows))


def test_bands_must_follow_on_each_other(score: RiskScore) -> None:
    real = replace(
        score,
        features=(replace(score.features[0], integer=False),),
        table=(
            ScoreRow(None, 1.0, 2.0, 1.0),
            ScoreRow(1.0, 1.5, 1.0, 0.0),
            ScoreRow(1.5, None, 1.0, 1.0),
        ),
    )
    assert RiskScore.from_json(real.to_json()) == real
    for index, change, message in (
        (0, {"low": 0.0}, "first and the last band must be open"),
        (2, {"high": 9.0}, "first and the last band must be open"),
        (1, {"low": 0.5}, "begin where the last one ends"),
        (1, {"high": None}, "begin where the last one ends"),
    ):
        rows = list(real.table)
        rows[index] = replace(rows[index], **change)
        with pytest.raises(ScoreError, match=message):
            RiskScore.from_json(replace(real, table=tuple(rows)).to_json())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"multiplier_range": [0.5, 2.0]}, "'multiplier_range' says 'free'"),
        ({"multiplier_mode": "free"}, "'multiplier_range' says 'fixed'"),
        ({"multiplier_range": [2.0, 0.5]}, "the smaller first"),
        ({"multiplier_range": [0, 1]}, "two positive numbers"),
        ({"multiplier_range": [True, 1]}, "two positive numbers"),
    ],
)
def test_ranges_that_contradict_are_refused(
    score: RiskScore, changes: dict[str, Any], message: str
) -> None:
    certificate = json.loads(score.to_json())["certificate"]
    with pytest.raises(ScoreError, match=message):
        RiskScore.from_json(changed(score, certificate=certificate | changes))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[1]", "one JSON object"),
        ('{"schema_version": NaN}', "NaN"),
        ('{"schema_version": 2, "schema_version": 2}', "twice"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_other_texts_are_refused(text: str, message: str) -> None:
    with pytest.raises(ScoreError, match=message):
        RiskScore.from_json(text)


def test_files_name_themselves_in_errors(score: RiskScore, tmp_path: Path) -> None:
    path = tmp_path / "score.json"
    with pytest.raises(ScoreError, match=r"score\.json: No such file"):
        RiskScore.load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ScoreError, match="no UTF-8"):
        RiskScore.load(path)
    path.write_text("{}")
    with pytest.raises(ScoreError, match=r"score\.json.*schema_version"):
        RiskScore.load(path)
    score.save(path)
    assert RiskScore.load(path) == score


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "score.json"
    write_atomically(path, "old")
    path.chmod(0o640)

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="No space"):
            write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
