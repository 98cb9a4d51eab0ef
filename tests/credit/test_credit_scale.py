"""Scaled points: order, odds, rounding and what it costs, for any score."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskslim import RiskScore
from riskslim.credit import Scale, ScaledScore
from riskslim.errors import OptionError, ScoreError
from support.any_bands import scores

SCORE = RiskScore.from_points({"Late": 2, "New": 1}, intercept=-3)
EVERYBODY = [[0, 0], [0, 1], [1, 0], [1, 1]]


@pytest.mark.parametrize("rounding", ["unit", "attribute"])
def test_by_hand(rounding):
    # 20 / ln 2 = 28.85 for one unit of the log-odds; odds are 50 to 1 at a total of 3 - ln 50.
    scaled = ScaledScore.of(SCORE, Scale(600, 50, 20), rounding)
    assert scaled.scaled(EVERYBODY).tolist() == [574, 545, 516, 487]
    assert (scaled.base, scaled.points) == (487, ((58, 0), (29, 0)))


@pytest.mark.fast
@given(
    drawn=scores(),
    points=st.sampled_from([0.0, 500.0, 600.0]),
    odds=st.sampled_from([1.0, 20.0, 50.0]),
    pdo=st.sampled_from([15.0, 20.0, 40.0]),
    higher=st.booleans(),
    rounding=st.sampled_from(["unit", "attribute"]),
)
@settings(max_examples=60)
def test_any_score(drawn, points, odds, pdo, higher, rounding):
    score, people = drawn
    scale = Scale(points, odds, pdo, higher)
    made = ScaledScore.of(score, scale, rounding)
    total = score.total(people)
    found = made.scaled(people)
    # What the scale asks for, from the odds themselves.
    margin = (score.intercept + total) / score.multiplier
    doublings = np.log2(np.exp(-margin) / odds)
    exact = points + (1 if higher else -1) * pdo * doublings
    low, high = made.error
    assert (low - 1e-6 <= found - exact).all()
    assert (found - exact <= high + 1e-6).all()
    least, most = made.ends
    assert least == found.min()
    assert most == found.max()
    if rounding == "attribute":
        assert made.rule is None
        assert max(abs(low), abs(high)) <= 0.5 * (len(made.found) + 1) + 1e-9
        return
    start, unit = made.rule
    assert found.tolist() == (start + unit * total).tolist()
    assert made.effective_pdo == pytest.approx(pdo, abs=0.5 * score.multiplier * math.log(2))
    # Odds at the points of the scale: they fall between the two totals next to it.
    there = (points - start) / unit
    assert made.effective_odds == pytest.approx(
        math.exp(-(score.intercept + there) / score.multiplier)
    )


def test_every_attribute_says_points_of_both_kinds():
    rows = ScaledScore.of(SCORE).to_rows()
    assert [(row["characteristic"], row["attribute"], row["points"]) for row in rows] == [
        ("", "base", None),
        ("Late", "no", 0),
        ("Late", "yes", 2),
        ("New", "no", 0),
        ("New", "yes", 1),
    ]
    assert [row["scaled"] for row in rows] == [487, 58, 0, 29, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pdo": 0}, "pdo=0: give a positive number"),
        ({"odds": -1}, "odds=-1"),
        ({"odds": math.inf}, "odds=inf"),
        ({"points": math.nan}, "points=nan: give a number"),
    ],
)
def test_bad_scales_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        Scale(**options)


def test_a_scale_too_coarse_says_which_is_fine_enough():
    with pytest.raises(OptionError, match="give pdo=1 or more"):
        ScaledScore.of(SCORE, Scale(pdo=0.1))
    assert ScaledScore.of(SCORE, Scale(pdo=1)).rule[1] == -1


def test_what_is_on_no_scale_is_refused():
    numbers = np.array([[0, 1], [1, 0], [1, 1], [0, 0], [1, 1]])
    looked_up = SCORE.recalibrate(numbers, [0, 0, 1, 0, 1], method="isotonic")
    with pytest.raises(ScoreError, match="looked up"):
        ScaledScore.of(looked_up)
    with pytest.raises(OptionError, match="rounding='up'"):
        ScaledScore.of(SCORE, rounding="up")
