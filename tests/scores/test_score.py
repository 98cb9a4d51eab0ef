"""A score predicts by itself, states every reachable total, and refuses what does not fit."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim import Dataset, RiskScore, Solution, Status
from riskslim.errors import ScoreError

pytestmark = pytest.mark.fast


def solution_of(data: Dataset, named: Mapping[str, int], **changes: Any) -> Solution:
    """Return a solution with these points; the certificate's numbers are made up."""
    vector = [named.get("(Intercept)", 0), *(named.get(name, 0) for name in data.feature_names)]
    given: dict[str, Any] = {
        "status": Status.OPTIMAL,
        "points": np.array(vector, dtype=np.int64),
        "feature_names": data.feature_names,
        "objective": 0.25,
        "loss": 0.249998,
        "lower_bound": 0.25 - 1e-12,
        "nodes": 7,
        "cuts": 11,
        "lps": 13,
        "phase_seconds": {"total": 0.5},
        "proof": "by hand",
    }
    return Solution(**(given | changes))


FRAME = pd.DataFrame(
    {
        "ill": [0, 1, 1, 0, 1, 0],
        "old": [0, 1, 1, 0, 1, 1],
        "smokes": [0, 1, 0, 0, 1, 0],
        "visits": [1, 4, 2, 1, 3, 2],
    }
)
DATA = Dataset.from_frame(FRAME)
SCORE = RiskScore.from_solution(
    solution_of(DATA, {"(Intercept)": -3, "smokes": 2, "visits": -1}), DATA
)


def test_from_solution_keeps_what_is_needed() -> None:
    assert SCORE.points == {"smokes": 2, "visits": -1}
    assert SCORE.feature_names == ("old", "smokes", "visits")
    assert SCORE.size == 2
    assert SCORE.intercept == -3
    assert (SCORE.training.rows, SCORE.training.positives) == (6, 3)
    assert not SCORE.training.is_weighted
    assert SCORE.certificate is not None
    assert SCORE.certificate.is_optimal


def test_totals_and_risks_by_name_need_only_the_features_with_points() -> None:
    rows = pd.DataFrame({"visits": [2, 3], "name": ["a", "b"], "smokes": [1, 0]})
    assert SCORE.total(rows).tolist() == [0.0, -3.0]
    expected = [1 / (1 + math.exp(3)), 1 / (1 + math.exp(6))]
    np.testing.assert_allclose(SCORE.predict_proba(rows)[:, 1], expected, rtol=1e-15)


def test_an_array_has_all_training_columns() -> None:
    by_name = SCORE.predict_proba(FRAME)
    np.testing.assert_array_equal(SCORE.predict_proba(FRAME.iloc[:, 1:].to_numpy()), by_name)
    # A feature without points may be unknown.
    assert SCORE.total([[np.nan, 1, 2]]).tolist() == [0.0]
    with pytest.raises(ScoreError, match="3 columns"):
        SCORE.total([[1, 2]])


def test_labels_are_those_of_the_outcome() -> None:
    data = Dataset.from_frame(FRAME.assign(ill=np.where(FRAME.ill, "yes", "no")), positive="yes")
    score = RiskScore.from_solution(solution_of(data, {"(Intercept)": -1, "smokes": 2}), data)
    assert score.labels == ("no", "yes")
    assert score.predict(FRAME).tolist() == ["no", "yes", "no", "no", "yes", "no"]
    assert set(score.predict(FRAME, threshold=0.0)) == {"yes"}


def test_missing_columns_are_named() -> None:
    with pytest.raises(
        ScoreError, match="2 of the 2 features with points are missing: 'smokes', 'visits'"
    ):
        SCORE.total(FRAME[["old"]])


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (np.nan, "'visits' is missing or infinite in row 2"),
        (np.inf, "'visits' is missing or infinite in row 2"),
        ("many", "'visits' holds 'many' in row 2"),
    ],
)
def test_bad_cells_are_located(cell: Any, message: str) -> None:
    rows = FRAME.astype(object)
    rows.loc[1, "visits"] = cell
    with pytest.raises(ScoreError, match=message):
        SCORE.total(rows)


def test_probabilities_are_safe_at_any_total() -> None:
    with np.errstate(all="raise", under="ignore"):
        proba = SCORE.predict_proba([[0, 0, 1000], [0, 0, -1000], [0, 0, 1e300], [0, 0, -3]])
    np.testing.assert_array_equal(proba.sum(axis=1), 1.0)
    assert proba[0, 1] == pytest.approx(math.exp(-1003), abs=0.0, rel=1e-12)
    assert proba[1, 0] == pytest.approx(math.exp(-997), abs=0.0, rel=1e-12)
    assert proba[2].tolist() == [1.0, 0.0]
    assert proba[3].tolist() == [0.5, 0.5]


def test_the_multiplier_divides_points_and_intercept() -> None:
    score = RiskScore.from_solution(
        solution_of(DATA, {"(Intercept)": -3, "smokes": 2}, multiplier=2.5), DATA
    )
    assert score.risk(2) == pytest.approx(1 / (1 + math.exp(1 / 2.5)), rel=1e-15)


@st.composite
def integer_tables(draw: st.DrawFn) -> tuple[pd.DataFrame, list[int]]:
    d = draw(st.integers(1, 4))
    tops = draw(st.lists(st.integers(1, 4), min_size=d, max_size=d))
    rows = draw(st.lists(st.tuples(*(st.integers(0, top) for top in tops)), min_size=2, max_size=9))
    points = draw(st.lists(st.integers(-5, 5), min_size=d, max_size=d))
    frame = pd.DataFrame(rows, columns=[f"f{j}" for j in range(d)])
    frame.insert(0, "y", [0, 1, *([1] * (len(rows) - 2))])
    return frame, points


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@settings(max_examples=60)
@given(integer_tables())
def test_the_table_lists_every_reachable_total(table: tuple[pd.DataFrame, list[int]]) -> None:
    frame, points = table
    data = Dataset.from_frame(frame)
    named = dict(zip(data.feature_names, points, strict=True))
    score = RiskScore.from_solution(solution_of(data, named), data)
    ranges = [
        range(2) if column.max() <= 1 else range(int(column.min()), int(column.max()) + 1)
        for column in frame.iloc[:, 1:].to_numpy().T
    ]
    reachable = {
        sum(value * weight for value, weight in zip(values, points, strict=True))
        for values in itertools.product(*ranges)
    }
    assert score.has_every_total
    assert [row.low for row in score.table] == sorted(reachable)
    totals = score.total(frame)
    for row in score.table:
        assert row.weight == (totals == row.low).sum()
        assert row.positive_weight == frame.y[totals == row.low].sum()


def test_real_totals_become_bands_that_hold_every_training_row() -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"y": random.integers(0, 2, 200), "dose": random.normal(0, 3, 200)})
    data = Dataset.from_frame(frame)
    score = RiskScore.from_solution(solution_of(data, {"(Intercept)": 1, "dose": 2}), data)
    assert not score.has_every_total
    assert score.table[0].low is None
    assert score.table[-1].high is None
    assert [row.high for row in score.table[:-1]] == [row.low for row in score.table[1:]]
    totals = score.total(frame)
    for row in score.table:
        low = -math.inf if row.low is None else row.low
        high = math.inf if row.high is None else row.high
        assert row.weight == ((low <= totals) & (totals < high)).sum()
    assert sum(row.weight for row in score.table) == 200


def test_too_many_totals_become_bands() -> None:
    frame = pd.DataFrame({"y": [0, 1, 1], "money": [0, 5000, 123456]})
    data = Dataset.from_frame(frame)
    score = RiskScore.from_solution(solution_of(data, {"money": 1}), data)
    assert len(score.table) <= 20
    assert sum(row.weight for row in score.table) == 3


def test_weights_are_in_the_table_and_counts_beside_them() -> None:
    data = Dataset.from_arrays([[0], [1], [1]], [0, 1, 0], sample_weight=[0.5, 2.0, 0.25])
    score = RiskScore.from_solution(solution_of(data, {"x1": 1}), data)
    assert [(row.weight, row.positive_weight) for row in score.table] == [(0.5, 0.0), (2.25, 2.0)]
    assert (score.training.rows, score.training.weight) == (3, 2.75)
    assert score.training.is_weighted


def test_a_solution_without_incumbent_is_no_score() -> None:
    nothing = solution_of(DATA, {}, points=None, status=Status.TIME_LIMIT)
    with pytest.raises(ScoreError, match="time limit"):
        RiskScore.from_solution(nothing, DATA)


def test_a_solution_of_other_data_is_refused() -> None:
    other = Dataset.from_frame(FRAME.rename(columns={"old": "young"}))
    with pytest.raises(ScoreError, match="different features"):
        RiskScore.from_solution(solution_of(other, {}), DATA)


def test_a_bound_that_was_not_found_is_none() -> None:
    stopped = solution_of(DATA, {"old": 1}, lower_bound=-math.inf, status=Status.TIME_LIMIT)
    certificate = RiskScore.from_solution(stopped, DATA).certificate
    assert certificate is not None
    assert certificate.lower_bound is None
    assert certificate.absolute_gap is None
