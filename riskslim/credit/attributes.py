"""A score as a scorecard names it: characteristics, and the attributes that each of them has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from riskslim.errors import ScoreError
from riskslim.exporters.card_items import band_group, card_groups
from riskslim.exporters.columns import clean
from riskslim.languages import Texts, language
from riskslim.scores.items import Band, Item
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["Characteristic", "amounts", "characteristics", "places"]


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


def places(score: PointScore, X: Any, found: tuple[Characteristic, ...]) -> IntArray:
    """Find the band of every row in each characteristic.

    Parameters
    ----------
    score : PointScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        As for `PointScore.total`.
    found : tuple of Characteristic
        Of this score.

    Returns
    -------
    ndarray of int, shape (n, c)

    Raises
    ------
    ScoreError
        As `PointScore.total`; or a characteristic has no bands, or a row is in none of them.
    """
    columns = _columns(score, X)
    rows = len(next(iter(columns.values()))) if columns else len(X)
    placed = np.zeros((rows, len(found)), dtype=np.int64)
    for at, one in enumerate(found):
        if not one.attributes:
            raise ScoreError(
                f"{one.name!r} has points for each unit, and no attributes; a scorecard needs "
                "bands: fit it to a raw table (riskslim build, or fit --raw)"
            )
        is_in = np.array([one.item.in_band(band, columns) for band in one.item.bands])
        outside = np.flatnonzero(~is_in.any(axis=0))
        if outside.size:
            raise ScoreError(
                f"row {outside[0] + 1} is in no band of {one.name!r}: its features contradict one "
                "another"
            )
        placed[:, at] = is_in.argmax(axis=0)
    return placed


def amounts(score: PointScore, X: Any, found: tuple[Characteristic, ...]) -> FloatArray:
    """Give the points that every row has of each characteristic, shape (n, c).

    They add up to the total. Parameters and errors as for `places`, but that a characteristic may
    have no bands.
    """
    columns = _columns(score, X)
    rows = len(next(iter(columns.values()))) if columns else len(X)
    shifts = dict(score.shifts)
    given = np.zeros((rows, len(found)))
    for at, one in enumerate(found):
        given[:, at] = shifts.get(one.item.features[0].name, 0)
        for feature in one.item.features:
            given[:, at] += feature.points * columns[feature.name]
    return given


def _columns(score: PointScore, X: Any) -> dict[str, FloatArray]:
    """Give the columns of the features with points, which `PointScore.total` has checked."""
    score.total(X)
    return dict(zip(score.points, score.columns(X).T, strict=True))
