"""Totals of people of whom not everything is known: from the least to the largest that fits.

What the score has a band for, as a blank that is a feature of its own, is known. Anything else
that is blank can have any of its points.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from riskslim.data.frames import as_frame, source_of
from riskslim.data.validation import numeric_column
from riskslim.errors import DataError, ScoreError
from riskslim.features import Binning
from riskslim.names import find_name
from riskslim.scores.items import Item
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import FloatArray

__all__ = ["total_ranges"]


def total_ranges(score: PointScore, X: Any) -> tuple[FloatArray, FloatArray]:
    """Give the smallest and the largest total that each row can have.

    Parameters
    ----------
    score : PointScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        As for `PointScore.total`, with blanks.

    Returns
    -------
    low, high : ndarray of shape (n,)
        Equal where all is known; then they are those of `PointScore.total`.

    Raises
    ------
    ScoreError
        As `PointScore.total`, but for blanks.
    """
    columns = _columns(score, X)
    if np.isinf(columns).any():
        raise ScoreError("a value is infinite; give a number, or leave the cell empty")
    by_name = dict(zip(score.points, columns.T, strict=True))
    blank = np.isnan(columns).any(axis=1)
    low, high = np.zeros(len(columns)), np.zeros(len(columns))
    if (~blank).any():
        low[~blank] = high[~blank] = score.total_of(columns[~blank])
    for item in score.items:
        least, most = _ends(item, {one.name: by_name[one.name][blank] for one in item.features})
        low[blank] += least
        high[blank] += most
    return low, high


def _columns(score: PointScore, X: Any) -> FloatArray:
    """Give the columns of the features with points, NaN where they are not known."""
    frame = as_frame(X)
    is_frame = hasattr(frame, "columns") and hasattr(frame, "iloc")
    if score.binning is None or not is_frame:
        return score.columns(X)
    names, source = [str(name) for name in frame.columns], source_of(frame)
    binning = score.binning.part(score.points)
    if not binning.is_raw_table(names, score.points):
        return score.columns(X)
    made: dict[str, FloatArray] = {}
    try:
        for variable in binning.variables:
            asked: Any = variable
            if variable.blanks != "feature":
                # As if a blank were a feature: so it shows who has one.
                asked = replace(asked, blanks="feature")
            cells = Binning((asked,)).encode(frame, source).astype(np.float64)
            if variable.blanks != "feature":
                cells, is_blank = cells[:, :-1], cells[:, -1] == 1
                cells[is_blank] = np.nan
            made |= dict(zip(variable.features, cells.T, strict=True))
        for name in score.points:
            place = None if name in made else find_name(name, names)
            if place is not None:
                made[name] = numeric_column(frame.iloc[:, place], name, source)
    except DataError as error:
        raise ScoreError(str(error)) from error
    if not score.points:
        return np.zeros((len(frame), 0))
    return np.column_stack([made[name] for name in score.points])


def _ends(item: Item, columns: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Give the fewest and the most points of an item that agree with what is known of it."""
    if not item.bands:
        (feature,) = item.features
        values = columns[feature.name]
        known = feature.points * values
        low, high = item.ends
        is_blank = np.isnan(values)
        return np.where(is_blank, low, known), np.where(is_blank, high, known)
    rows = len(next(iter(columns.values())))
    least, most = np.full(rows, np.inf), np.full(rows, -np.inf)
    for band in item.bands:
        fits = np.ones(rows, dtype=bool)
        for feature in item.features:
            values = columns[feature.name]
            fits &= np.isnan(values) | (values == float(feature.name in band.holds))
        least[fits] = np.minimum(least[fits], band.points)
        most[fits] = np.maximum(most[fits], band.points)
    if not np.isfinite(least).all():
        raise ScoreError(
            f"row {int(np.flatnonzero(~np.isfinite(least))[0]) + 1} of those with blanks is in no "
            f"band of {item.name!r}: its features contradict each other"
        )
    return least, most
