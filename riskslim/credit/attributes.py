"""Where people are among the attributes of a score, and the points that they have of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskslim.errors import ScoreError
from riskslim.exporters.characteristics import Characteristic
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["amounts", "places"]


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
