"""The points of a score for the features of other data, which may call them otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskslim.features.variables import Levels, Thresholds
from riskslim.names import INTERCEPT_NAME, visible
from riskslim.scores.naming import split_name
from riskslim.scores.point_score import PointScore

if TYPE_CHECKING:
    from riskslim.features.binning import Binning

__all__ = ["start_among"]

Key = tuple[str, str, str | float]
"""Column, sign and what a feature compares it with."""


def start_among(
    score: PointScore, features: Sequence[str], binning: Binning | None
) -> dict[str, int]:
    """Give the points of a score to begin a search with, by the names that other data has.

    What a feature is called depends on labels and units; what it says of its column does not:
    ``Age >= 65 years`` and ``Age at admission >= 65`` are one where both cut the column ``Age``.
    Of a category of two levels, points of one are those of the other, turned.

    Parameters
    ----------
    score : PointScore
        The score.
    features : sequence of str
        Features of the data.
    binning : Binning or None
        How they are made of a raw table.

    Returns
    -------
    dict of str to int
        With the points of the intercept. A feature that the data has under no name keeps its own.
    """
    names = set(features)
    known = {key: name for name, key in _keys(features, binning).items()}
    opposite = _opposites(binning)
    own = _keys(list(score.points), score.binning)
    start: dict[str, int] = {}
    intercept = score.start[INTERCEPT_NAME]
    for name, points in score.points.items():
        key = own[name]
        if name in names:
            found = name
        elif key in known:
            found = known[key]
        elif key in opposite:
            found, intercept, points = opposite[key], intercept + points, -points
        else:
            found = name
        start[found] = start.get(found, 0) + points
    return {**start, INTERCEPT_NAME: intercept}


def _keys(features: Sequence[str], binning: Binning | None) -> dict[str, Key]:
    """Say what each feature says of which column; by its name where nothing else tells."""
    keys = {name: _key_of_name(name) for name in features}
    for variable in () if binning is None else binning.variables:
        column = visible(variable.column)
        told: list[Key] = [(column, "", "")]
        if isinstance(variable, Thresholds):
            if variable.intervals:
                # One ends at the next cut, which its name says.
                continue
            told = [(column, ">=", cut) for cut in variable.cuts]
        elif isinstance(variable, Levels):
            told = [(column, "=", level) for level in variable.levels]
            told += [(column, "=", "")] if variable.other else []
        told += [(column, "missing", "")] if variable.blanks == "feature" else []
        keys |= {
            name: key for name, key in zip(variable.features, told, strict=True) if name in keys
        }
    return keys


def _key_of_name(name: str) -> Key:
    stem, sign, rest = split_name(name)
    return visible(stem or name), sign, rest if sign in ("=", "!=") else _number(rest)


def _number(text: str) -> str | float:
    """Give the number that a text begins with, without its unit."""
    try:
        return float(text.split(" ")[0])
    except ValueError:
        return text


def _opposites(binning: Binning | None) -> dict[Key, str]:
    """Give the feature of the one level of two, by the key of the other level."""
    found: dict[Key, str] = {}
    for variable in () if binning is None else binning.variables:
        if isinstance(variable, Levels) and len(variable.levels) == len(variable.rest) == 1:
            is_alone = not variable.other and variable.blanks != "feature"
            if is_alone:
                found[visible(variable.column), "=", variable.rest[0]] = variable.features[0]
    return found
