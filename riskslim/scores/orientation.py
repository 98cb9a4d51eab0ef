"""Turning a score so that what one adds up is never negative; every risk stays what it is.

An item whose bands go below 0 is counted from its lowest band on: "no smoker 3" in place of
"smoker -3". What every person has more in points, the intercept has less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from riskslim.scores.point_score import PointScore
from riskslim.scores.totals import ScoreRow

__all__ = ["shifted", "turned"]

_Score = TypeVar("_Score", bound=PointScore)


def turned(score: _Score) -> _Score:
    """Give the score with items whose least band has 0 points.

    Features that are no yes or no keep their signs: points times a value have no least one.

    Parameters
    ----------
    score : PointScore
        Turned or not.

    Returns
    -------
    PointScore
        Of every person it says the same.
    """
    plain = shifted(score, {})
    shifts: dict[str, int] = {}
    for item in plain.items:
        name, points = item.features[0].name, [band.points for band in item.bands]
        if not points and item.features[0].is_binary:
            points = [0, item.features[0].points]
        least = min(points, default=0)
        if least:
            shifts[name] = -least
    return shifted(plain, shifts)


def shifted(score: _Score, shifts: Mapping[str, int]) -> _Score:
    """Give the score with other points for everyone, by the first feature of each item."""
    change = sum(shifts.values()) - score.base
    changes: dict[str, Any] = {
        "shifts": tuple(shifts.items()),
        "intercept": score.intercept - change,
        "table": tuple(_moved(row, change) for row in score.table),
    }
    changes |= score.moved(change)
    made: _Score = replace(score, **changes)
    return made


def _moved(row: ScoreRow, change: int) -> ScoreRow:
    low, high = (None if end is None else end + change for end in (row.low, row.high))
    return replace(row, low=low, high=high)
