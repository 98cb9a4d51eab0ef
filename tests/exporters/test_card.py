"""The card: 80 columns, the same every time, and nothing that a reader could misread."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from riskslim.exporters.text import card
from riskslim.languages import language
from riskslim.scores.items import Feature
from riskslim.scores.risk import Certificate, RiskScore, Training
from riskslim.scores.totals import score_table

pytestmark = pytest.mark.fast

OPTIMAL = Certificate(
    "optimal", 0.4795, 0.4795, 0.4795 - 3e-10, 3e-10, 6e-10, "cutting planes", 12, 34, 0.5
)


def score_of(*features: Feature, intercept: int = -2, **changes: Any) -> RiskScore:
    """Return a score with eight training rows at its smallest and largest totals."""
    used = [feature for feature in features if feature.points]
    ends = [(f.points * f.minimum, f.points * f.maximum) for f in used]
    totals = np.array([sum(min(pair) for pair in ends), sum(max(pair) for pair in ends)])
    multiplier = changes.get("multiplier", 1.0)
    given: dict[str, Any] = {
        "outcome": "Stroke within a year",
        "labels": (0, 1),
        "features": features,
        "intercept": intercept,
        "multiplier": multiplier,
        "training": Training(8, 4, 8.0, 4.0),
        "table": score_table(
            used, intercept, multiplier, totals + 0.0, np.array([1.0, 3.0]), np.array([3.0, 1.0])
        ),
        "certificate": OPTIMAL,
    }
    return RiskScore(**(given | changes))


def yes_no(name: str, points: int) -> Feature:
    return Feature(name, points, 0.0, 1.0, True)


SMALL = score_of(
    yes_no("Age >= 75", 1),
    yes_no("Not used", 0),
    yes_no("Prior stroke", 2),
    Feature("Visits", -1, 0.0, 2.0, True),
    rules=("points from -5 to 5", "at most 3 features"),
)

EXPECTED = """\
────────────────────────────────────────────────────────────────────────────────
 Risk score for Stroke within a year
────────────────────────────────────────────────────────────────────────────────
  1. Age ≥ 75 ······························ +1 point                     ____
  2. Prior stroke ·························· +2 points                  + ____
  3. Visits ································ -1 point × value (0 to 2)  + ____

                                                   Total of the points  = ____
────────────────────────────────────────────────────────────────────────────────
  Total   Risk   Observed (95 % interval)
     -2     2%           25% (5-70%) of 4
     -1     5%                    no rows  █
      0    12%                    no rows  ███
      1    27%                    no rows  ██████
      2    50%                    no rows  ████████████
      3    73%          75% (30-95%) of 4  ██████████████████
────────────────────────────────────────────────────────────────────────────────
 Observed: of the people with these totals that it was trained on, the share
 with the outcome, and Wilson's 95 % interval.
 If something is not known, add the fewest points that the item can have, then
 the most: the result lies between the two.
 risk = 1 / (1 + exp(2 - total))
 Trained on 8 rows, 4 of them positive (50.0%).
 Proved optimal: objective 0.479500, lower bound 0.479500, gap 3e-10.
 Rules: points from -5 to 5; at most 3 features.
────────────────────────────────────────────────────────────────────────────────
"""


def test_the_card_as_a_whole() -> None:
    assert card(SMALL) + "\n" == EXPECTED
    assert str(SMALL) == card(SMALL)


def test_risks_include_the_intercept_and_totals_do_not() -> None:
    lines = card(SMALL, min_people=0).splitlines()
    rows = [re.match(r" +(-?\d+) +([\d.]+%)", line) for line in lines]
    table = {int(row[1]): row[2] for row in rows if row}
    assert list(table) == [-2, -1, 0, 1, 2, 3]
    assert table == {total: language("en").percent(1 / (1 + np.exp(2 - total))) for total in table}


names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=120)


@settings(max_examples=80)
@given(
    st.lists(
        st.tuples(names, st.integers(-1_000_000, 1_000_000)),
        max_size=6,
        unique_by=lambda pair: pair[0],
    ),
    names,
    st.integers(-500, 500),
    st.sampled_from([1.0, 0.37, 7.819912]),
    st.sampled_from(
        [(0.0, 1.0, True), (-3.0, 40.0, True), (0.0, 1e4, True), (-1234567.5, 99.5, False)]
    ),
)
def test_no_line_is_wider_than_the_card(
    named: list[tuple[str, int]],
    outcome: str,
    intercept: int,
    multiplier: float,
    kind: tuple[float, float, bool],
) -> None:
    features = [Feature(name, points, *kind) for name, points in named]
    score = score_of(*features, intercept=intercept, multiplier=multiplier, outcome=outcome)
    for ascii_only in (False, True):
        text = card(score, ascii_only=ascii_only)
        assert max(cell_len(line.strip("\u2068\u2069")) for line in text.splitlines()) <= 80
        if "-0" not in "".join([outcome, *(name for name, _ in named)]):
            assert not re.search(r"(?<![\d.\w])-0(?![\d.])", text.split("RISK SCORE")[0])
        assert text == card(score, ascii_only=ascii_only)


def test_a_name_cannot_draw_on_the_card() -> None:
    text = card(score_of(yes_no("two\nlines\x1b[31m\u202ered", 1)))
    assert "two lines[31mred" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_long_names_wrap_and_keep_every_word() -> None:
    words = [f"word{index}" for index in range(40)]
    text = card(score_of(yes_no(" ".join(words), 3)))
    assert re.findall(r"word\d+", text) == words
    assert text.count("+3 points") == 1


def test_wide_and_right_to_left_names_leave_the_columns_where_they_are() -> None:
    latin, wide, hebrew = "Age", "年龄大于七十五岁", "גיל מעל 75"
    text = card(score_of(yes_no(latin, 1), yes_no(wide, 2), yes_no(hebrew, -3)))
    assert f"\u2068{hebrew}\u2069" in text
    columns = {
        cell_len(re.split(r"[+-]\d points?", line)[0].translate({0x2068: None, 0x2069: None}))
        for line in text.splitlines()
        if re.search(r"[+-]\d points?", line)
    }
    assert len(columns) == 1


def test_ascii_only_draws_in_ascii() -> None:
    assert card(SMALL, ascii_only=True).isascii()
    assert "+ value" not in card(SMALL, ascii_only=True)


def test_without_points_everyone_has_the_same_risk() -> None:
    text = card(score_of(yes_no("Age", 0)))
    assert "everyone has the same risk" in text
    assert "12%" in text


def test_a_long_table_folds_its_ends_and_keeps_its_rows() -> None:
    text = card(score_of(Feature("Age", 1, 0.0, 60.0, True), intercept=-30))
    assert re.search(r"\d+ or less", text)
    assert re.search(r"\d+ or more", text)
    assert "of 4" in text


def test_real_totals_are_bands_and_say_so() -> None:
    text = card(score_of(Feature("Dose", 2, 0.0, 6.2, False)))
    assert "A band includes its first total and not its last." in text
    assert "+2 points × value (0 to 6.2)" in text


@pytest.mark.parametrize(
    ("certificate", "expected"),
    [
        (OPTIMAL, "Proved optimal: objective 0.479500, lower bound 0.479500, gap 3e-10."),
        (None, "No certificate"),
        (
            Certificate("time limit", 0.5, 0.5, 0.4, 0.1, 0.2, "", 1, 1, 1.0),
            "Not proved (time limit): objective 0.500000, bound 0.400000, gap 20.0%.",
        ),
        (
            Certificate("interrupted", 0.5, 0.5, None, None, None, "", 1, 1, 1.0),
            "Not proved (interrupted): objective 0.500000, no lower bound.",
        ),
    ],
)
def test_the_certificate_is_one_line(certificate: Certificate | None, expected: str) -> None:
    lines = card(score_of(yes_no("Age", 1), certificate=certificate)).splitlines()
    assert sum(expected in line for line in lines) == 1


def test_labels_are_named_where_they_are_not_no_and_yes() -> None:
    assert "died (not survived)" in card(score_of(yes_no("Age", 1), labels=("survived", "died")))


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"),
        (1e-9, "<0.1%"),
        (0.001, "0.1%"),
        (0.5, "50.0%"),
        (0.9999, ">99.9%"),
        (1, "100%"),
    ],
)
def test_percentages_claim_no_certainty(share: float, text: str) -> None:
    assert language("en").percent(share) == text


@pytest.mark.parametrize(("value", "text"), [(-0.0, "0"), (3.0, "3"), (-2.5, "-2.5")])
def test_numbers(value: float, text: str) -> None:
    assert language("en").number(value) == text
