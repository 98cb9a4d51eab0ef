"""Bands of a category stand in the order of its levels."""

from dataclasses import replace

import pytest

from riskslim import RiskScore
from riskslim.scores.items import Feature, items_of
from riskslim.scores.variables import Categories

pytestmark = pytest.mark.fast


def test_a_level_without_points_stands_where_it_belongs():
    levels = tuple((f"Class: {level}", level) for level in ("1st", "2nd", "3rd"))
    features = [
        Feature(name, points, 0, 1, True)
        for (name, _), points in zip(levels, (4, 0, -2), strict=True)
        if points
    ]

    def order(variable):
        return [band.level for band in items_of(features, [variable])[0].bands]

    whole = Categories("Class", levels, complete=True)
    assert order(whole) == ["1st", "2nd", "3rd"]
    rest = replace(whole, levels=(levels[0], levels[2]), rest=("2nd",), complete=False)
    assert order(rest) == ["1st", "2nd", "3rd"]
    assert order(replace(rest, rest=("2nd", "4th"))) == ["1st", "3rd", "2nd / 4th"]


def test_names_tell_of_bands_where_there_is_no_data():
    points = {"Age >= 65": 2, "Age >= 75": 30, "Ward: A": 1, "Ward: B": -1, "Smoker": 1}
    score = RiskScore.from_points(points, intercept=-3)
    age, ward, smoker = score.items
    assert [band.points for band in age.bands] == [0, 2, 32]
    assert [(band.kind, band.points) for band in ward.bands] == [
        ("level", 1), ("level", -1), ("other", 0),
    ]  # fmt: skip
    assert smoker.bands == ()
    wanted = {a + w + s for a in (0, 2, 32) for w in (1, -1, 0) for s in (0, 1)}
    assert [row.low for row in score.table] == sorted(wanted)
    alone = RiskScore.from_points(points, intercept=-3, bands=False)
    assert [item.bands for item in alone.items] == [()] * 5
    assert len(alone.table) > len(score.table)
