"""Bands: which features are one variable, and that tables list what a person can have."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from importlib import resources
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

from riskslim import DecisionScore, RiskScore
from riskslim.errors import ScoreError
from riskslim.features import Binning
from riskslim.features.variables import Flag, Levels, Thresholds
from riskslim.scores.items import Feature, items_of
from riskslim.scores.variables import Categories, Measured, Range
from support.banded import decision_of, score_of
from support.raw_scores import of_binning, raw_score

SCHEMA = json.loads(
    resources.files("riskslim.exporters").joinpath("score.schema.json").read_text("utf-8")
)


def listed(score: RiskScore | DecisionScore) -> list[float | None]:
    return [row.low for row in score.table]


def random_variables(random: np.random.Generator) -> tuple[dict[str, Any], list[list[set[str]]]]:
    """Columns of 0 and 1 of random variables, and for each the sets of features one can have."""
    n = 400
    columns: dict[str, Any] = {}
    answers = []
    for place in range(int(random.integers(1, 5))):
        name = f"v{place}"
        kind = random.choice(["cuts", "below", "levels", "complete", "flag", "alone"])
        count = int(random.integers(2, 5))
        value = random.integers(0, count + 1, n)
        value[: count + 1] = np.arange(count + 1)
        if kind == "cuts":
            own = {f"{name} >= {cut}": value >= cut for cut in range(1, count + 1)}
        elif kind == "below":
            own = {f"{name}_lt_{cut}": value < cut for cut in range(1, count + 1)}
        elif kind == "levels":
            own = {f"{name}: {level}": value == level for level in range(1, count + 1)}
        elif kind == "complete":
            own = {f"{name} = {level}": value == level for level in range(count + 1)}
        elif kind == "flag":
            value = value % 3
            own = {name: value == 1, f"{name} missing": value == 2}
        else:
            own = {name: value > 1}
        if kind in ("cuts", "levels") and random.random() < 0.4:
            blank = random.random(n) < 0.2
            blank[: count + 1] = False
            own = {key: column & ~blank for key, column in own.items()} | {f"{name} missing": blank}
        columns |= own
        rows = zip(*own.values(), strict=True)
        seen = {frozenset(key for key, has in zip(own, row, strict=True) if has) for row in rows}
        answers.append([set(one) for one in seen])
    return columns, answers


@pytest.mark.parametrize("seed", range(200))
def test_listed_totals_are_those_of_the_product_of_bands(seed: int) -> None:
    random = np.random.default_rng(seed)
    columns, answers = random_variables(random)
    points = [int(worth) for worth in random.integers(-4, 5, len(columns))]
    score = score_of(columns, points)
    worth = dict(zip(columns, points, strict=True))
    totals = {
        sum(worth[name] for answer in combination for name in answer)
        for combination in itertools.product(*answers)
    }
    assert listed(score) == sorted(totals)
    # What the data disagree with is not taken for granted, so that all people have a row.
    assert sum(row.weight for row in score.table) == 400
    again = RiskScore.from_json(score.to_json())
    assert again == score
    assert again.to_json() == score.to_json()
    jsonschema.validate(json.loads(score.to_json()), SCHEMA)


AGES = np.array([50, 66, 76, 90, 70, 80])


def cuts(*signs: str) -> dict[str, Any]:
    tests = {"geq": "ge", "lt": "lt", "gt": "gt", "leq": "le", ">=": "ge", "<": "lt"}
    made = {}
    for sign in signs:
        how, cut = sign.split()
        name = f"Age_{how}_{cut}" if how.isalpha() else f"Age {how} {cut}"
        made[name] = getattr(pd.Series(AGES), tests[how])(float(cut)).to_numpy()
    return made


@pytest.mark.parametrize(
    ("signs", "points", "bands"),
    [
        ([">= 65", ">= 75", ">= 85"], [4, 3, 4], [0, 4, 7, 11]),
        (["geq 85", "geq 65", "geq 75"], [4, 4, 3], [0, 4, 7, 11]),
        (["lt 65", "lt 75"], [2, 1], [3, 1, 0]),
        (["leq 70", "gt 80"], [-2, 3], [-2, 0, 3]),
        ([">= 65", "< 65"], [4, 1], [1, 4]),
    ],
)
def test_cuts_of_a_measurement_add_up(
    signs: list[str], points: list[int], bands: list[int]
) -> None:
    score = score_of(cuts(*signs), points)
    (item,) = score.items
    assert item.name == "Age"
    assert [band.points for band in item.bands] == bands
    assert listed(score) == sorted(set(bands))


@pytest.mark.parametrize(
    "columns",
    [
        # Names that do not say it, or not all alike.
        {"Age": [0, 1, 1], "Weight": [0, 0, 1]},
        {"Age >= 65": [0, 1, 1], "Age >= old": [0, 0, 1]},
        {"Age >= 65": [0, 1, 1], "Age = 75": [0, 0, 1]},
        {"Age >= 65 years": [0, 1, 1], "Age >= 75 months": [0, 0, 1]},
        {"Age >= 65 smoker": [0, 1, 1], "Age >= 75 smoker": [0, 0, 1]},
        {"Male and Age >= 65": [0, 1, 1], "Male and Age >= 75": [0, 0, 1]},
        {"Ward: A": [0, 1, 1], "Ward != B": [0, 0, 1]},
        # Data that disagree: not nested, and not exclusive.
        {"Age >= 65": [0, 0, 1], "Age >= 75": [0, 1, 1]},
        {"Ward: A": [0, 1, 1], "Ward: B": [0, 0, 1]},
        {"Stroke": [0, 1, 1], "Stroke missing": [0, 0, 1]},
        # Numbers, not yes and no.
        {"Age >= 65": [0, 1, 2], "Age >= 75": [0, 0, 1]},
    ],
)
def test_what_names_or_data_leave_in_doubt_stays_a_list(columns: dict[str, Any]) -> None:
    score = score_of(columns, [1, 2])
    assert score.variables == ()
    assert [item.bands for item in score.items] == [(), ()]


def test_levels_have_a_reference_unless_everyone_has_one_of_them() -> None:
    some = score_of({"Ward: A": [1, 0, 0], "Ward: B": [0, 1, 0]}, [2, 5])
    every = score_of({"Sex = f": [1, 0, 0], "Sex = m": [0, 1, 1]}, [2, 5])
    assert [(band.kind, band.points) for band in some.items[0].bands] == [
        *(("level", 2), ("level", 5), ("other", 0)),
    ]
    assert listed(some) == [0, 2, 5]
    assert [(band.level, band.points) for band in every.items[0].bands] == [("f", 2), ("m", 5)]
    assert listed(every) == [2, 5]


def test_a_binning_tells_without_names() -> None:
    random = np.random.default_rng(3)
    n = 300
    table = pd.DataFrame(
        {
            "Age": random.integers(18, 95, n).astype(float),
            "Ward": random.choice(["A", "B", "C"], n),
            "Stroke": random.integers(0, 2, n).astype(float),
            "Dose": random.gamma(2, 2, n).round(1),
        }
    )
    table = table.mask(random.random(table.shape) < 0.1)
    binning = Binning(
        (
            Thresholds("Age", "Years", "feature", cuts=(65.0, 75.0, 85.0), integer=True),
            Levels("Ward", "Ward", "feature", levels=("A", "B"), rest=("C",)),
            Flag("Stroke", "Stroke", "feature"),
            Thresholds(
                "Dose", "Dose", "impute", 1.0, had_blanks=True, cuts=(2.0, 4.0), intervals=True
            ),
        )
    )
    y = random.integers(0, 2, n)
    score = of_binning(binning, [4, 3, 4, 2, -1, 5, 1, 6, 2, 7, 9], table, y)
    age, ward, stroke, dose = score.items
    assert [band.points for band in age.bands] == [0, 4, 7, 11, 2]
    assert [band.points for band in ward.bands] == [-1, 5, 0, 1]
    assert [band.points for band in stroke.bands] == [0, 6, 2]
    assert [band.points for band in dose.bands] == [0, 7, 9]
    assert age.integer
    totals = {
        sum(band.points for band in bands)
        for bands in itertools.product(*(item.bands for item in score.items))
    }
    assert listed(score) == sorted(totals)
    assert set(score.total(table)) <= totals
    assert RiskScore.from_json(score.to_json()) == score
    # Bands hold everyone, each once.
    columns = dict(zip(score.points, score.columns(table).T, strict=True))
    for item in score.items:
        counts = sum(item.in_band(band, columns).astype(int) for band in item.bands)
        np.testing.assert_array_equal(counts, 1)


def test_files_of_the_version_before_are_read_without_impossible_totals() -> None:
    score, _ = raw_score()
    raw = json.loads(score.to_json())
    possible = {row["total"] for row in raw["table"]}
    extra = next(total for total in range(-100, 100) if total not in possible)
    row = {"total": extra, "risk": score.risk(extra), "weight": 0.0, "positive_weight": 0.0}
    raw["table"] = sorted([*raw["table"], row], key=lambda one: one["total"])
    with pytest.raises(ScoreError, match="do not reach"):
        RiskScore.from_json(json.dumps(raw))
    assert RiskScore.from_json(json.dumps(raw | {"schema_version": 3})) == score


def test_a_file_of_numbers_of_the_version_before_keeps_its_list() -> None:
    score = score_of(cuts(">= 65", ">= 75"), [4, 3])
    assert isinstance(score.variables[0], Measured)
    raw = json.loads(score.to_json())
    del raw["variables"]
    totals = [0, 3, 4, 7]
    known = {row["total"]: row for row in raw["table"]}
    empty = {"weight": 0.0, "positive_weight": 0.0}
    raw["table"] = [
        known.get(total, {"total": total, "risk": score.risk(total), **empty}) for total in totals
    ]
    old = RiskScore.from_json(json.dumps(raw | {"schema_version": 3}))
    assert listed(old) == totals
    assert len(old.items) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"name": 3},
        {"kind": "cut"},
        {"missing": 1},
        {"unit": None},
        {"ranges": [{"feature": "Age >= 65", "start": [65.0, 2], "stop": None}]},
        {"ranges": [{"feature": "Age >= 65", "start": [65.0, 0], "stop": [60.0, 0]}]},
        {"ranges": [{"feature": "no such feature", "start": None, "stop": None}]},
        {"more": 1},
    ],
)
def test_variables_that_mean_nothing_are_refused(change: dict[str, Any]) -> None:
    raw = json.loads(score_of(cuts(">= 65", ">= 75"), [4, 3]).to_json())
    raw["variables"][0] |= change
    with pytest.raises(ScoreError):
        RiskScore.from_json(json.dumps(raw))


def test_variables_that_the_table_contradicts_are_refused() -> None:
    raw = json.loads(score_of(cuts(">= 65", ">= 75"), [4, 3]).to_json())
    del raw["variables"]
    with pytest.raises(ScoreError, match="lacks the total 3"):
        RiskScore.from_json(json.dumps(raw))


def test_decision_scores_know_bands_too() -> None:
    score = decision_of(cuts(">= 65", ">= 75", ">= 85"), [8, 6, 8], unit=2)
    assert listed(score) == [0, 4, 7, 11]
    assert DecisionScore.from_json(score.to_json()) == score


def test_a_variable_of_unknown_features_is_refused() -> None:
    score = score_of({"a": [0, 1, 1], "b": [0, 0, 1]}, [1, 2])
    with pytest.raises(ScoreError, match="the score has not"):
        replace(score, variables=(Categories("c", (("c = 1", "1"), ("c = 2", "2"))),))


def test_levels_without_points_are_named_together_where_they_are_few() -> None:
    """Turned, being known has points: a card that named one level would leave the others out."""
    features = (Feature("coma missing", -5, 0, 1, integer=True),)
    known = Categories(
        "coma", (("coma: Coma", "Coma"),), missing="coma missing", rest=("Stupor",), is_asked=True
    )
    (item,) = items_of(features, (known,), {"coma missing": 5})
    assert [(band.kind, band.level, band.points) for band in item.bands] == [
        ("other", "Coma / Stupor", 5),
        ("unknown", "", 0),
    ]
    open_ended = replace(known, rest=())
    (item,) = items_of(features, (open_ended,), {"coma missing": 5})
    assert item.bands[0].level == ""
    many = replace(known, rest=tuple("abcde"))
    (item,) = items_of(features, (many,), {"coma missing": 5})
    assert item.bands[0].level == "Coma / a / b / … (+3)"


def test_a_blank_without_points_has_a_band_of_its_own() -> None:
    """Turned, it has those of the lowest band, which its name does not say."""
    features = (Feature("Age >= 65", -3, 0, 1, integer=True),)
    age = Measured(
        "Age", (Range("Age >= 65", (65.0, 0), None),), missing="Age missing", is_asked=True
    )
    (item,) = items_of(features, (age,), {"Age >= 65": 3})
    assert [(band.kind, band.points) for band in item.bands] == [
        ("range", 3),
        ("range", 0),
        ("unknown", 3),
    ]
    stroke = Categories("Stroke", (("Stroke", ""),), missing="Stroke missing", is_asked=True)
    (item,) = items_of((Feature("Stroke", 2, 0, 1, integer=True),), (stroke,))
    assert [band.kind for band in item.bands] == ["no", "yes", "unknown"]
    for columns, where in (([0.0, 1.0], 2), ([0.0, 0.0], 0), ([1.0, 0.0], 1)):
        by_name = {
            name: np.array([cell]) for name, cell in zip(stroke.features, columns, strict=True)
        }
        assert [bool(item.in_band(band, by_name)[0]) for band in item.bands] == [
            place == where for place in range(3)
        ]
