"""A score as a scorecard names it: characteristics, and the attributes that each of them has."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from riskslim.exporters.card_items import band_group, card_groups
from riskslim.exporters.columns import clean
from riskslim.languages import Texts, language
from riskslim.scores.items import Band, Item
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import IntArray

__all__ = ["Characteristic", "characteristics"]


@dataclass(frozen=True)
class Characteristic:
    """An item of a score, with the names of its bands.

    Attributes
    ----------
    name : str
        Of the variable, with its unit.
    attributes : tuple of str
        One for each band of `item`; empty for a number that has points for each unit.
    item : Item
        What it is of the score. A yes or no has its two bands.
    """

    name: str
    attributes: tuple[str, ...]
    item: Item

    @property
    def points(self) -> IntArray:
        """Points of each band, shape (b,)."""
        return np.array([band.points for band in self.item.bands], dtype=np.int64)


def characteristics(score: PointScore, code: str = "en") -> tuple[Characteristic, ...]:
    """Give the characteristics of a score, in the order of its card.

    Parameters
    ----------
    score : PointScore
        Any score.
    code : str
        Language of the words: ``"en"`` or ``"de"``.
    """
    texts = language(code)
    alone = {
        line.feature.name: group.full_label(line)
        for group in card_groups(score, texts)
        for line in group.items
        if line.feature is not None
    }
    return tuple(_of(item, score, texts, alone) for item in score.items)


def _of(item: Item, score: PointScore, texts: Texts, alone: dict[str, str]) -> Characteristic:
    feature = item.features[0]
    name = alone.get(feature.name, clean(item.name))
    if not item.bands and not feature.is_binary:
        return Characteristic(name, (), item)
    if not item.bands:
        bands = (Band(0, (), "no"), Band(feature.points, (feature.name,), "yes"))
        labels = tuple(texts(f"bands.{band.kind}") for band in bands)
        return Characteristic(name, labels, replace(item, bands=bands))
    group = band_group(item, texts, score)
    return Characteristic(group.title, tuple(line.label for line in group.items), item)
