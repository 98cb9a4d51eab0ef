"""What a score asks a person: each variable once, as bands of which exactly one holds.

Every printed form and every table reads the bands here, so that nobody adds up points that no
person can have together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from riskslim.scores.variables import Boundary, Categories, Measured, ScoreVariable
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["Band", "Feature", "Item", "items_of"]

_NAMED = 4  # as many levels have a band together by all of their names
_NAMED_OF_MANY = 3


@dataclass(frozen=True)
class Feature:
    """A column that the score was trained on.

    Attributes
    ----------
    name : str
        Name of the column.
    points : int
        Points for one unit of it; 0 when the score does not use it.
    minimum, maximum : float
        Range in the training data.
    integer : bool
        Whether all training values are integers.
    """

    name: str
    points: int
    minimum: float
    maximum: float
    integer: bool

    @property
    def is_binary(self) -> bool:
        """Whether the feature is a yes or no: all training values are 0 or 1."""
        return self.integer and self.minimum >= 0 and self.maximum <= 1


@dataclass(frozen=True)
class Band:
    """One of the answers that an item has.

    Attributes
    ----------
    points : int
        Of all the features that hold in it together.
    holds : tuple of str
        Names of those features.
    kind : str
        ``"range"`` of a measurement, or a ``"special"`` code in its place; ``"level"`` of a
        category, or any ``"other"`` one; ``"yes"`` or ``"no"``; or ``"unknown"``.
    start, stop : tuple of float and int, or None
        Boundaries of a range; None is an open end.
    level : str
        Name of a level or of a special code; of any other one where there is one alone.
    told_by : str
        Feature that tells who is in it, where it is special or not known; it may have no points.
    code : float or None
        The special code.
    """

    points: int
    holds: tuple[str, ...]
    kind: str
    start: Boundary | None = None
    stop: Boundary | None = None
    level: str = ""
    told_by: str = ""
    code: float | None = None


@dataclass(frozen=True)
class Item:
    """A variable, or a feature that stands alone.

    Attributes
    ----------
    name : str
        Of the variable or the feature.
    features : tuple of Feature
        Those of it that have points.
    bands : tuple of Band
        By ascending values, as the levels are given, the unknown last; empty for a feature that
        stands alone.
    unit : str
        Of a measurement; empty where none is known.
    integer : bool
        Whether a measurement is known to be a whole number.
    seen, plausible : tuple of two floats, or empty
        Of a measurement: the least and the largest that it was learned from, and beyond which it
        is a mistake.
    is_limited : bool
        Whether people said so.
    codes : tuple of str
        What stands for a measurement that is not known.
    """

    name: str
    features: tuple[Feature, ...]
    bands: tuple[Band, ...] = ()
    unit: str = ""
    integer: bool = False
    seen: tuple[float, ...] = ()
    plausible: tuple[float, ...] = ()
    is_limited: bool = False
    codes: tuple[str, ...] = ()

    @property
    def reference(self) -> int | None:
        """Place of the band without points, that in which no feature holds before others."""
        places = [place for place, band in enumerate(self.bands) if not band.points]
        return min(places, key=lambda place: len(self.bands[place].holds), default=None)

    @property
    def ends(self) -> tuple[float, float]:
        """Fewest and most points that it can add."""
        if self.bands:
            points = [band.points for band in self.bands]
            return min(points), max(points)
        (feature,) = self.features
        low, high = (0, 1) if feature.is_binary else (feature.minimum, feature.maximum)
        first, last = sorted((feature.points * low, feature.points * high))
        return first, last

    @property
    def boundaries(self) -> tuple[Boundary, ...]:
        """Where the bands of a measurement meet: band i lies above i of them."""
        return tuple(band.start for band in self.bands if band.start is not None)

    @property
    def unknown(self) -> str | None:
        """The feature of those of whom it is not known, where they have a band."""
        return next((band.told_by for band in self.bands if band.kind == "unknown"), None)

    @property
    def special(self) -> tuple[tuple[float, int], ...]:
        """Codes that have a band of their own, and its place."""
        places = enumerate(self.bands)
        return tuple((band.code, place) for place, band in places if band.code is not None)

    def in_band(self, band: Band, columns: dict[str, FloatArray]) -> BoolArray:
        """Whether each row is in a band.

        The columns are those of the features, by name; and those that tell of bands, where they
        are there.
        """
        wanted = [columns[one.name] == float(one.name in band.holds) for one in self.features]
        for told_by in {one.told_by for one in self.bands} & columns.keys():
            wanted.append(columns[told_by] == float(band.told_by == told_by))
        return np.asarray(np.logical_and.reduce(wanted), dtype=np.bool_)


def items_of(
    features: Sequence[Feature],
    variables: Iterable[ScoreVariable],
    shifts: Mapping[str, int] = MappingProxyType({}),
) -> tuple[Item, ...]:
    """Put the features of each variable together.

    Parameters
    ----------
    features : sequence of Feature
        Those with points.
    variables : iterable of ScoreVariable
        Those with two or more of them, and those that are known to be asked for by themselves,
        become items with bands; other features stand alone.
    shifts : mapping of str to int
        Points that an item adds for everyone, by the first of its features: one that would stand
        alone has bands then.

    Returns
    -------
    tuple of Item
        In the order of the first feature of each.
    """
    used = {feature.name: feature for feature in features if feature.is_binary}
    by_feature: dict[str, Item] = {}
    for variable in variables:
        own = tuple(used[name] for name in variable.features if name in used)
        if len(own) > 1 or (own and (variable.has_bands or own[0].name in shifts)):
            item = _item(variable, own)
            by_feature |= dict.fromkeys((feature.name for feature in own), item)
    for one in features:
        if one.name not in by_feature:
            is_shifted = shifts.get(one.name) and one.is_binary
            by_feature[one.name] = _yes_or_no(one) if is_shifted else Item(one.name, (one,))
    # An item stands where its first feature does.
    ordered = [by_feature[one.name] for one in features]
    items = {item.features[0].name: item for item in ordered}
    return tuple(_shifted(item, shifts.get(first, 0)) for first, item in items.items())


def _yes_or_no(feature: Feature) -> Item:
    no, yes = Band(0, (), "no"), Band(feature.points, (feature.name,), "yes")
    return Item(feature.name, (feature,), (no, yes))


def _shifted(item: Item, shift: int) -> Item:
    """Add points to every band of an item."""
    if not shift:
        return item
    bands = tuple(replace(band, points=band.points + shift) for band in item.bands)
    return replace(item, bands=bands)


def _item(variable: ScoreVariable, features: tuple[Feature, ...]) -> Item:
    points = {feature.name: feature.points for feature in features}
    if isinstance(variable, Measured):
        bands = _ranges(variable, points)
        bands += [
            Band(
                points.get(name, 0),
                (name,) if name in points else (),
                "special",
                level=called,
                told_by=name,
                code=float(code),
            )
            for name, code, called in variable.special
        ]
        unit, integer = variable.unit, variable.integer
    else:
        bands, unit, integer = _levels(variable, points), "", False
    missing = variable.missing
    # A table of features alone shows without points for it only that no feature holds.
    is_told = missing in points or variable.is_asked or all(band.holds for band in bands)
    if missing is not None and is_told:
        holds = (missing,) if missing in points else ()
        bands.append(Band(points.get(missing, 0), holds, "unknown", told_by=missing))
    made = Item(variable.name, features, tuple(bands), unit, integer)
    if not isinstance(variable, Measured):
        return made
    return replace(
        made,
        seen=variable.seen,
        plausible=variable.plausible,
        is_limited=variable.is_limited,
        codes=variable.codes,
    )


def _ranges(variable: Measured, points: dict[str, int]) -> list[Band]:
    """Cut a measurement wherever a feature with points begins or ends to hold."""
    used = [one for one in variable.ranges if one.feature in points]
    ends = {end for one in used for end in (one.start, one.stop) if end is not None}
    bands = []
    for start, stop in pairwise((None, *sorted(ends), None)):
        holds = tuple(
            one.feature
            for one in used
            if (one.start is None or (start is not None and one.start <= start))
            and (one.stop is None or (stop is not None and stop <= one.stop))
        )
        bands.append(Band(sum(points[name] for name in holds), holds, "range", start, stop))
    return bands


def _levels(variable: Categories, points: dict[str, int]) -> list[Band]:
    """Give each level with points a band, and one band to all others.

    That of a single other level stands where the level does.
    """
    used = [(name, level) for name, level in variable.levels if name in points]
    is_flag = all(not level for _, level in variable.levels)
    bands = [
        Band(points[name], (name,), "level" if level else "yes", level=level)
        for name, level in used
    ]
    if not (variable.complete and len(used) == len(variable.levels)):
        rest = Band(0, (), "no" if is_flag else "other", level=_others(variable, points))
        bands.insert(_place(rest.level, variable, [level for _, level in used]), rest)
    return bands[::-1] if is_flag else bands


def _place(other: str, variable: Categories, used: list[str]) -> int:
    """Find where a level without points stands among those with points; else after them."""
    order = [level for _, level in variable.levels]
    if other in variable.rest and order == sorted(order):
        order = sorted([*order, other])
    if not other or other not in order:
        return len(used)
    return sum(order.index(level) < order.index(other) for level in used)


def _others(variable: Categories, points: dict[str, int]) -> str:
    """Name the levels without points, the first few of many; empty where they are any others."""
    named = [level for name, level in variable.levels if name not in points and level]
    if not (variable.rest or variable.complete):
        return ""
    named += variable.rest
    if len(named) <= _NAMED:
        return " / ".join(named)
    return " / ".join([*named[:_NAMED_OF_MANY], f"… (+{len(named) - _NAMED_OF_MANY})"])
