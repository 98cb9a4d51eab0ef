"""Recourse in the calculator: into which bands each answer can change.

What a person can change a measurement to depends on its bounds and direction, and so on the band
alone, but for a largest change, which needs the number. Steps other than whole numbers, columns
that move others and implications are of people in a table.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np

from riskslim.errors import OptionError
from riskslim.exporters.card import make_card
from riskslim.exporters.changes import BandChanges, ItemChanges
from riskslim.features.variables import Flag, Levels, Thresholds, Variable
from riskslim.languages import language
from riskslim.recourse.actions import OBSERVED, Actions, ColumnActions
from riskslim.recourse.choices import allowed_changes
from riskslim.recourse.levers import Lever, Number, levers_of
from riskslim.recourse.result import target_of
from riskslim.scores.intervals import ENOUGH_PEOPLE
from riskslim.scores.items import Band, Item
from riskslim.scores.point_score import PointScore

__all__ = ["calculator_with_recourse"]


def calculator_with_recourse(
    score: PointScore,
    actions: Mapping[str, Any] | str | os.PathLike[str] | Actions,
    target_risk: float | None = None,
    *,
    wanted: Literal["low", "high"] = "low",
    language_code: str = "en",
    cards: str = "bands",
    min_people: int = ENOUGH_PEOPLE,
) -> str:
    """Write a calculator that also says what would change its result.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    actions, target_risk, wanted
        As for `find_recourse`.
    language_code : str
        Of the page.
    cards, min_people
        As for `RiskScore.export`.

    Returns
    -------
    str
        HTML; see `riskslim.exporters.calculator.calculator`. Below the result it lists the sets of
        answers whose change reaches the target, the smallest first; or that none does, with
        the totals within reach.

    Raises
    ------
    OptionError
        Actions mean nothing, or need a table of people: columns that move others, implications,
        steps, observed values.
    """
    # Templates, which nothing else of recourse needs.
    from riskslim.exporters.calculator import asked_items, calculator

    chosen = Actions.read(actions)
    target_of(score, target_risk, wanted)
    if chosen.implications:
        raise OptionError("actions: implications are of people in a table, not of a calculator")
    card = make_card(score, language(language_code), cards, min_people)
    asked = asked_items(card)
    made = {}
    for item, lever, variable in _pairs(score, chosen):
        own = chosen.of(*lever.names)
        if own.is_fixed:
            continue
        _refuse(own)
        if item.features[0].name not in asked:
            raise OptionError(
                f"actions of {own.name!r}: the calculator of this score asks for its cuts or "
                "levels one by one"
            )
        made[item.features[0].name] = _of_item(item, lever, variable, own)
    return calculator(card, BandChanges(target_risk, wanted, made))


def _refuse(own: ColumnActions) -> None:
    for key, is_given in (
        ("moves", bool(own.moves)),
        ("values = 'observed'", own.values == OBSERVED),
        ("step", own.step not in (None, 1)),
    ):
        if is_given:
            raise OptionError(
                f"actions of {own.name!r}: {key} is of people in a table, not of a calculator"
            )


def _pairs(score: PointScore, actions: Actions) -> Iterator[tuple[Item, Lever, Variable | None]]:
    """Put each item beside what it reads."""
    import pandas as pd

    variables = () if score.binning is None else score.binning.part(score.points).variables
    made = {name for variable in variables for name in variable.features}
    if not variables or made.issuperset(score.points):
        cells = [cell for variable in variables for cell in _cells(variable)]
        frame = pd.DataFrame(dict(cells) or dict.fromkeys(score.points, 0.0), index=[0])
        # What the score does not read changes nothing by itself.
        for one in actions.columns:
            if one.name not in frame and not one.moves:
                frame[one.name] = 0.0
        levers = levers_of(score, frame, actions)
        of_item = {item.features[0].name: item for item in score.items}
        if not variables:
            for item, lever in zip(score.items, levers, strict=False):
                yield item, lever, None
        for variable, lever in zip(variables, levers, strict=False):
            (first,) = (name for name in variable.features if name in of_item)
            yield of_item[first], lever, variable
        return
    raise OptionError(
        "the score reads features beside the columns of a raw table; give a score of one of both"
    )


def _cells(variable: Variable) -> Iterator[tuple[str, Any]]:
    """Give the cells of somebody, whoever that is."""
    match variable:
        case Thresholds(reference=str(reference)):
            day = "2000-01-01" if variable.reference_is_column else reference
            yield from ((name, day) for name in variable.columns)
        case Levels():
            yield variable.column, variable.levels[0]
        case _:
            yield from ((name, 0.0) for name in variable.columns)


def _of_item(
    item: Item, lever: Lever, variable: Variable | None, own: ColumnActions
) -> ItemChanges:
    if not isinstance(lever, Number):
        places = _band_of_label(item, variable, len(lever.labels))
        labels, _ = allowed_changes(lever, own)
        size = len(item.bands) or 2
        allowed = np.zeros((size, size), dtype=bool)
        for start in set(places):
            rows = np.atleast_1d(labels[[place == start for place in places]].all(axis=0))
            for label, band in enumerate(places):
                allowed[start, band] |= rows[label] and band != start
        return ItemChanges(_as_tuples(allowed))
    if not item.bands:
        raise OptionError(
            f"actions of {own.name!r}: the score multiplies it, and a calculator changes bands; "
            "cut it into bands before the fit"
        )
    ends = tuple(_ends(band, own, lever.integer or own.step == 1) for band in item.bands)
    size = len(item.bands)
    allowed = np.zeros((size, size), dtype=bool)
    for start, now in enumerate(item.bands):
        for stop in range(size):
            goes = stop > start if own.direction == "up" else stop < start
            goes = stop != start if own.direction == "both" else goes
            allowed[start, stop] = now.kind == "range" and goes and ends[stop] is not None
    listed = tuple((None, None, True, True) if one is None else one for one in ends)
    return ItemChanges(_as_tuples(allowed), listed, own.max_change)


def _as_tuples(allowed: Any) -> tuple[tuple[bool, ...], ...]:
    return tuple(tuple(map(bool, row)) for row in allowed)


def _band_of_label(item: Item, variable: Variable | None, labels: int) -> list[int]:
    """Give the band of each label of a choice."""
    if not item.bands or variable is None:
        return list(range(labels))
    if isinstance(variable, Flag):
        kinds = [band.kind for band in item.bands]
        return [kinds.index("no"), kinds.index("yes")]
    assert isinstance(variable, Levels)
    others = next((at for at, band in enumerate(item.bands) if band.kind == "other"), None)
    of_feature = {name: at for at, band in enumerate(item.bands) for name in band.holds}
    features = variable.features
    rest = of_feature.get(features[len(variable.levels)], others) if variable.other else others
    places = [of_feature.get(name, others) for name in features[: len(variable.levels)]]
    places += [rest] * len(variable.rest)
    return [0 if place is None else place for place in places]


def _ends(
    band: Band, own: ColumnActions, integer: bool
) -> tuple[float | None, float | None, bool, bool] | None:
    """Give the values of a band within the bounds of the actions; None where there are none."""
    if band.kind != "range":
        return None
    low, low_open = (
        (-math.inf, False) if band.start is None else (band.start[0], bool(band.start[1]))
    )
    high, high_open = (math.inf, False) if band.stop is None else (band.stop[0], not band.stop[1])
    if own.at_least is not None and own.at_least > low:
        low, low_open = own.at_least, False
    if own.at_most is not None and own.at_most < high:
        high, high_open = own.at_most, False
    if isinstance(own.values, tuple):
        inside = [
            float(value)
            for value in own.values
            if not isinstance(value, str)
            and (low < value or (low == value and not low_open))
            and (value < high or (value == high and not high_open))
        ]
        return (min(inside), max(inside), False, False) if inside else None
    if integer:
        low = low if math.isinf(low) else math.floor(low) + 1 if low_open else math.ceil(low)
        high = high if math.isinf(high) else math.ceil(high) - 1 if high_open else math.floor(high)
        low_open = high_open = False
    if low > high or (low == high and (low_open or high_open)):
        return None
    finite = [None if math.isinf(end) else float(end) for end in (low, high)]
    return finite[0], finite[1], low_open, high_open
