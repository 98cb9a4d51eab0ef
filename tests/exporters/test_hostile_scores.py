"""Score files that somebody made by hand, or a program broke: one clear error, in little time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from riskslim import RiskSLIMClassifier, load_score
from riskslim.errors import DataError, ScoreError
from riskslim.files.json_object import parse_object, read_json
from riskslim.names import short
from riskslim.report.held_out import read_held_out
from riskslim.report.sizes import read_sizes
from riskslim.scores.pool import ScorePool


@pytest.fixture(scope="module")
def good() -> dict[str, Any]:
    X = pd.DataFrame({"Age >= 40": [0, 1, 1, 0] * 10, "Sex": [0, 0, 1, 1] * 10})
    fitted = RiskSLIMClassifier(max_size=2, multiplier="fixed").fit(X, [0, 1, 1, 0, 0, 0, 1, 1] * 5)
    content: dict[str, Any] = json.loads(fitted.score_.to_json())
    return content


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a number beyond doubles": lambda raw: raw["training"].update(weight="<1e400>"),
    "an integer beyond doubles": lambda raw: raw.update(multiplier="<1" + "0" * 400 + ">"),
    "an integer of thousands of digits": lambda raw: raw.update(intercept="<" + "9" * 9000 + ">"),
    "half a character": lambda raw: raw["outcome"].update(name="\ud800"),
    "an endless name": lambda raw: raw["features"][0].update(name="x" * 100_000),
    "an endless label": lambda raw: raw["outcome"].update(labels=["no", "y" * 100_000]),
    "more positives than rows": lambda raw: raw["table"][0].update(positive_weight=1e9),
    "a range the wrong way round": lambda raw: raw["features"][0].update(minimum=3.0),
    "an endless table": lambda raw: raw.update(table=raw["table"] * 10_000),
    "features without end": lambda raw: raw.update(
        features=[{**raw["features"][0], "name": str(n), "points": 1} for n in range(20_000)]
    ),
    "a binning of another kind": lambda raw: raw.update(
        binning={"variables": [{"kind": {}, "column": "a", "label": "a"}]}
    ),
    "a binning of other features": lambda raw: raw.update(
        binning={"variables": [{"kind": "flag", "column": "a", "label": "a", "blanks": "refuse"}]}
    ),
    "an array where a text belongs": lambda raw: raw["outcome"].update(name=[[[[]]]]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_score_that_cannot_be_is_refused(
    change: str, good: dict[str, Any], tmp_path: Path
) -> None:
    raw = json.loads(json.dumps(good))
    CHANGES[change](raw)
    path = tmp_path / "score.json"
    path.write_text(json.dumps(raw).replace('"<', "").replace('>"', ""))
    with pytest.raises(ScoreError, match=r"score\.json") as caught:
        load_score(path)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        "[" + "1," * 10 + "1]",
        '{"a": -' + "9" * 20 + "}",
        "\0",
        "",
    ],
)
@pytest.mark.parametrize("read", [load_score, ScorePool.load, read_held_out, read_sizes])
def test_every_reader_of_json_refuses_what_is_none(
    text: str, read: Callable[[Path], Any], tmp_path: Path
) -> None:
    path = tmp_path / "file.json"
    path.write_text(text)
    with pytest.raises(ScoreError, match=r"file\.json"):
        read(path)


def test_a_byte_order_mark_is_no_part_of_a_score(good: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "score.json"
    path.write_text(json.dumps(good), encoding="utf-8-sig")
    assert load_score(path).feature_names == ("Age >= 40", "Sex")


def test_a_file_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(ScoreError, match="larger than"):
        read_json("/dev/zero", "score file", most=1000)


def test_many_keys_given_twice_are_found_in_little_time() -> None:
    pairs = ",".join(f'"{n}":1' for n in range(50_000))
    with pytest.raises(ScoreError, match="twice"):
        parse_object(f"{{{pairs},{pairs}}}")


def test_a_name_that_no_saved_score_may_have_is_refused_before_the_fit() -> None:
    X = pd.DataFrame({"x" * 2000: [0, 1] * 5, "b": [1, 0] * 5})
    with pytest.raises(DataError, match="no name"):
        RiskSLIMClassifier().fit(X, [0, 1] * 5)


def test_messages_quote_values_of_any_kind_briefly() -> None:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    for value in (deep, "x" * 10**6, 16**9000, np.zeros(10**6), {"a": ["b" * 10**6]}):
        assert len(short(value)) < 300
