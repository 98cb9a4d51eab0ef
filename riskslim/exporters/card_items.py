"""The lines of a card above its table: what to add up, in words."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from riskslim.errors import OptionError
from riskslim.exporters.columns import clean
from riskslim.exporters.years import counts_years
from riskslim.languages import Texts
from riskslim.scores.items import Band, Feature
from riskslim.scores.items import Item as ScoreItem
from riskslim.scores.naming import split_name
from riskslim.scores.point_score import PointScore

__all__ = ["BOX", "CARDS", "Group", "Item", "band_group", "card_groups", "check_cards"]

BOX = "☐"
"""Stands for the points of an item that is only ticked."""

CARDS = ("bands", "thresholds")
"""Ways to show a variable of several features: as bands of which one holds, or as a list."""

_SIGNS = {">=": "≥", "<=": "≤", "!=": "≠", "=": ""}
_COMPARISON = re.compile(r" (>=|<=|!=) (?=\S)")
_DIGITS = 15  # a cut point stands on the card as it was given


@dataclass(frozen=True)
class Item:
    """A line of the card.

    Attributes
    ----------
    feature : Feature or None
        What it is about; None for a band.
    label : str
        Name of the feature, or what it adds to the name of its group; or the band in words.
    points : str
        Signed, in words: "+2 points", or with what they are multiplied by. `BOX` on a checklist,
        where every item counts one.
    band : Band or None
        The band of a variable that it stands for.
    fixed : int
        Points that everyone has, where it stands for these.
    """

    feature: Feature | None
    label: str
    points: str
    band: Band | None = None
    fixed: int = 0

    @property
    def short_points(self) -> str:
        """The points as a number with a sign, where nothing is multiplied; empty for a box."""
        if self.points == BOX:
            return ""
        if self.band is not None:
            return f"{self.band.points:+d}" if self.band.points else "0"
        if self.fixed:
            return f"{self.fixed:+d}"
        is_binary = self.feature is not None and self.feature.is_binary
        return f"{self.feature.points:+d}" if is_binary and self.feature else self.points


@dataclass(frozen=True)
class Group:
    """Lines of one variable.

    Attributes
    ----------
    title : str
        Of the variable; empty for a line that stands alone.
    items : tuple of Item
        At least one.
    choice : riskslim.scores.items.Item or None
        The variable whose bands the lines are, one for each: exactly one of them holds. None
        where each line may hold or not.
    short : Item or None
        What says the same as the lines in one line: the band that has points, with its variable.
    """

    title: str
    items: tuple[Item, ...]
    choice: ScoreItem | None = None
    short: Item | None = None

    @property
    def printed(self) -> Group:
        """The group as it is printed: two bands of which one has no points are one line."""
        return self if self.short is None else Group("", (self.short,))

    def full_label(self, item: Item) -> str:
        """Name a line of the group outside of it."""
        return f"{self.title} {item.label}" if self.title else item.label


def card_groups(score: PointScore, texts: Texts, cards: str = "bands") -> tuple[Group, ...]:
    """Give the lines of a card, those of one variable together, where the first of them stands.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    texts : Texts
        The language.
    cards : {"bands", "thresholds"}
        Whether the cuts of a measurement and the levels of a category are bands with the points
        that they add up to, or each feature is a line. Checklists are lists.

    Raises
    ------
    OptionError
        There is no such way.
    """
    check_cards(cards)
    items = [
        replace(one, unit=texts("card.years")) if not one.unit and counts_years(one, score) else one
        for one in score.items
        if one.bands
    ]
    made = {one.features[0].name: band_group(one, texts, score) for one in items}
    if score.is_checklist:
        # What counts more than one is a list.
        made = {name: group for name, group in made.items() if group.short is not None}
    if cards == "thresholds":
        made = {}
    choices = {name: group.choice for name, group in made.items() if group.choice is not None}
    inside = {feature.name for item in choices.values() for feature in item.features}
    shown = {one.name: score.about.shown(one.name) for one in score.used_features}
    stems = [_split(shown[one.name])[0] for one in score.used_features if one.name not in inside]
    groups: dict[tuple[str, str], Group] = {}
    if cards == "thresholds" and score.base:
        # The list has the points of what holds, below 0 too; totals are those of every other form.
        line = Item(None, texts("card.everyone"), texts.points(score.base), fixed=score.base)
        groups["everyone", ""] = Group("", (line,))
    for feature in score.used_features:
        name = feature.name
        if name in choices:
            groups["bands", name] = made[name]
        elif name not in inside:
            stem, rest = _split(shown[name])
            is_member = bool(stem) and stems.count(stem) > 1
            key = ("stem", stem) if is_member else ("alone", name)
            label = rest if is_member else _with_signs(clean(shown[name]))
            line = Item(feature, label, BOX if score.is_checklist else _points(feature, texts))
            before = groups[key].items if key in groups else ()
            groups[key] = Group(stem if is_member else "", (*before, line))
    return tuple(groups.values())


def check_cards(cards: str) -> None:
    """Refuse what is no way to show the variables of a score."""
    if cards not in CARDS:
        raise OptionError(f"cards={cards!r}: give one of {', '.join(map(repr, CARDS))}")


def _split(name: str) -> tuple[str, str]:
    """Stem of a name that states a condition on a measurement, and the condition."""
    stem, sign, rest = split_name(clean(name))
    return stem, f"{_SIGNS.get(sign, sign)} {rest}".strip()


def _with_signs(name: str) -> str:
    """Write a comparison as people do: "Age ≥ 65"."""
    return _COMPARISON.sub(lambda found: f" {_SIGNS[found[1]]} ", name)


def _points(feature: Feature, texts: Texts) -> str:
    """Points of a feature, and what they are multiplied by."""
    points = texts.points(feature.points)
    if feature.is_binary:
        return points
    return texts(
        "points.times",
        points=points,
        low=texts.number(feature.minimum),
        high=texts.number(feature.maximum),
    )


def band_group(item: ScoreItem, texts: Texts, score: PointScore) -> Group:
    """Give the lines of a variable, each band once, with a label of its own."""
    name = clean(item.name) or "?"
    labels: list[str] = []
    for band in item.bands:
        label, number = _label(item, band, texts), 1
        while label in labels:
            number += 1
            label = f"{_label(item, band, texts)} ({number})"
        labels.append(label)
    lines = (
        Item(None, label, texts.points(band.points), band)
        for label, band in zip(labels, item.bands, strict=True)
    )
    title = f"{name} ({clean(item.unit)})" if item.unit else name
    group = Group(title, tuple(lines), item)
    with_points = [line for line in group.items if line.band and line.band.points]
    if len(group.items) != 2 or len(with_points) != 1:
        return group
    (line,) = with_points
    points = BOX if score.is_checklist else line.points
    return replace(group, short=replace(line, label=_alone(item, line, texts), points=points))


def _alone(item: ScoreItem, line: Item, texts: Texts) -> str:
    """Name a band outside of its group: "Age ≥ 65 years", "Sex: female", "Smoker: no"."""
    band, name = line.band, clean(item.name) or "?"
    assert band is not None
    if band.kind == "yes":
        return name
    if band.kind == "other" and not band.level:
        return line.label
    if band.kind != "range":
        return f"{name}: {line.label}"
    end, signs = (band.start, "≥>") if band.start is not None else (band.stop, "<≤")
    if end is None or (band.start is not None and band.stop is not None):
        return f"{name} {line.label}"
    number = texts.number(end[0], _DIGITS)
    return f"{name} {signs[end[1]]} {number} {clean(item.unit)}".rstrip()


def _label(item: ScoreItem, band: Band, texts: Texts) -> str:
    if band.kind in ("level", "special"):
        return clean(band.level) or "?"
    if band.kind == "other" and band.level:
        return clean(band.level)
    if band.kind == "other":
        return texts("bands.other", name=clean(item.name))
    if band.kind != "range":
        return texts(f"bands.{band.kind}")
    if band.start is None and band.stop is None:
        return texts("bands.known")  # the cuts have no points, only the blank has
    return (_whole(band, texts) if item.integer else "") or _real(band, texts)


def _whole(band: Band, texts: Texts) -> str:
    """Write a band of whole numbers; empty where it holds none, or no such words are needed."""
    low = None if band.start is None else _first_above(*band.start)
    high = None if band.stop is None else _first_above(*band.stop) - 1
    if low is None:
        return "" if high is None else texts("bands.under", value=_number(high + 1, texts))
    if high is None:
        return texts("rows.or_more", total=_number(low, texts))
    if low >= high:
        return _number(low, texts) if low == high else ""
    return texts("rows.between", low=_number(low, texts), high=_number(high, texts))


def _first_above(value: float, side: int) -> int:
    """Give the first whole number above a boundary, which lies just below or above a number."""
    return math.floor(value) + 1 if side else math.ceil(value)


def _real(band: Band, texts: Texts) -> str:
    """Write a band of real numbers: which of its ends belong to it shows in the words."""
    if band.start is None:
        assert band.stop is not None
        value = _number(band.stop[0], texts)
        if band.stop[1] == 0:
            return texts("bands.under", value=value)
        return texts("rows.or_less", total=value)
    low, is_over = _number(band.start[0], texts), band.start[1] == 1
    if band.stop is None:
        return texts("bands.over", value=low) if is_over else texts("rows.or_more", total=low)
    high, is_under = _number(band.stop[0], texts), band.stop[1] == 0
    if low == high:
        return low
    key = "over_to" if is_over else "to"
    return texts(f"bands.{key}_under" if is_under else f"bands.{key}", low=low, high=high)


def _number(value: float, texts: Texts) -> str:
    return texts.number(value, _DIGITS)
