"""The totals that a score can reach, and the rows of its table.

A total is the sum of points times values over the features, without the
intercept: what a person adds up on paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from riskslim.scores.items import Feature, Item, items_of
from riskslim.scores.variables import ScoreVariable
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = [
    "MAX_TOTALS",
    "ScoreRow",
    "decision_table",
    "plain_number",
    "plain_numbers",
    "reachable_totals",
    "score_table",
]

# Above this many totals nobody reads a table of them all: it becomes bands.
MAX_TOTALS = 1000

# Bands resolve the totals between these risks; the rest are the two open ends.
_TAIL_RISK = 0.01
_MOST_BANDS = 16

_SLACK = 1e-9  # no total of points that people write down comes nearer to a threshold


@dataclass(frozen=True)
class ScoreRow:
    """One row of the table: a total, or a band of totals.

    A band of a risk score holds ``low <= total < high``, one of a decision score
    ``low < total <= high``.

    Attributes
    ----------
    low, high : int, float or None
        Equal for a single total. None is an open end.
    weight, positive_weight : float
        Weight of the training rows with such a total, and of the positive ones
        among them; numbers of rows where the data has no weights.
    """

    low: float | None
    high: float | None
    weight: float
    positive_weight: float

    @property
    def is_single(self) -> bool:
        """Whether the row is one total rather than a band."""
        return self.low is not None and self.low == self.high


def plain_number(value: float) -> float:
    """Give a whole number as such: totals are mostly whole, and are written so."""
    return int(value) if value.is_integer() else value


def plain_numbers(values: FloatArray) -> list[float]:
    """Give totals as numbers of Python, whole ones as such."""
    return [plain_number(value) for value in values.tolist()]


def reachable_totals(items: Sequence[Item]) -> IntArray | None:
    """Every total that a person can have.

    Of an item with bands exactly one holds. Integer features that stand alone take any integer
    of their training range, those of zeros and ones both, also where training saw only one.

    Parameters
    ----------
    items : sequence of Item
        What the points are for.

    Returns
    -------
    ndarray of int64 or None
        Ascending and distinct; None where a feature is real or the totals are
        more than `MAX_TOTALS`.
    """
    features = [item.features[0] for item in items if not item.bands]
    if not all(feature.integer for feature in features):
        return None
    span = sum(
        abs(feature.points) * (feature.maximum - feature.minimum)
        for feature in features
        if not feature.is_binary
    )
    divisor = math.gcd(*(feature.points for item in items for feature in item.features))
    if span > MAX_TOTALS * max(divisor, 1):
        return None
    totals = np.zeros(1, dtype=np.int64)
    for item in items:
        totals = np.unique(np.add.outer(totals, _steps(item)))
        if totals.size > MAX_TOTALS:
            return None
    return totals


def _steps(item: Item) -> IntArray:
    """Give what an item can add to a total."""
    if item.bands:
        return np.array([band.points for band in item.bands], dtype=np.int64)
    (feature,) = item.features
    low, high = (0, 1) if feature.is_binary else (int(feature.minimum), int(feature.maximum))
    return feature.points * np.arange(low, high + 1, dtype=np.int64)


def band_edges(low: float, high: float, intercept: float, multiplier: float) -> FloatArray:
    """Round numbers that cut the totals between `low` and `high` where the risk changes.

    Parameters
    ----------
    low, high : float
        Smallest and largest total in the training data.
    intercept : float
        Of the score.
    multiplier : float
        Of the score.

    Returns
    -------
    ndarray of shape (e,)
        At least one edge, at most 17; the bands below the first and above the
        last are open.
    """
    reach = multiplier * math.log((1 - _TAIL_RISK) / _TAIL_RISK)
    start, stop = max(low, -intercept - reach), min(high, -intercept + reach)
    if not start < stop:
        # All training totals lie in one tail, or are one total: one edge at even risk.
        return np.array([float(-intercept)])
    exact = (stop - start) / (_MOST_BANDS - 2)
    power = 10.0 ** math.floor(math.log10(exact))
    step = next(nice * power for nice in (1, 2, 5, 10) if nice * power >= exact * (1 - 1e-12))
    # Counted in whole steps, so that an edge is the closest float to a round number.
    digits = max(0, -math.floor(math.log10(step)))
    first = math.floor(start / step) + 1
    last = max(math.ceil(stop / step), first + 1)
    return np.array([round(index * step, digits) + 0.0 for index in range(first, last)])


def score_table(
    features: Sequence[Feature],
    intercept: float,
    multiplier: float,
    totals: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    variables: Iterable[ScoreVariable] = (),
) -> tuple[ScoreRow, ...]:
    """Make the table: every reachable total, or bands where totals are real or too many.

    Parameters
    ----------
    features : sequence of Feature
        The features with points.
    intercept : float
        Of the score.
    multiplier : float
        Of the score.
    totals : ndarray of shape (n,)
        Totals of the training rows.
    positive, negative : ndarray of shape (n,)
        Weight of positive and of negative rows at each.
    variables : iterable of ScoreVariable
        Which features are cuts of one measurement or levels of one category.

    Returns
    -------
    tuple of ScoreRow
        By ascending total; their weights sum to those of the data.
    """
    reachable = reachable_totals(items_of(features, variables))
    ends: list[tuple[float | None, float | None]]
    if reachable is not None:
        index = np.searchsorted(reachable, totals)
        ends = [(int(total), int(total)) for total in reachable]
    else:
        edges = band_edges(float(totals.min()), float(totals.max()), intercept, multiplier)
        index = np.searchsorted(edges, totals, side="right")
        cuts = [None, *edges.tolist(), None]
        ends = list(pairwise(cuts))
    return _rows(ends, index, positive, negative)


def decision_table(
    features: Sequence[Feature],
    threshold: int,
    totals: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    variables: Iterable[ScoreVariable] = (),
) -> tuple[ScoreRow, ...]:
    """Make the table of a decision score: as `score_table`, and no band holds both decisions.

    Parameters
    ----------
    threshold : int
        Totals above it mean yes; an end of two bands.
    features, totals, positive, negative, variables
        As for `score_table`.
    """
    reachable = reachable_totals(items_of(features, variables))
    if reachable is not None:
        index = np.searchsorted(reachable, totals)
        return _rows([(int(total),) * 2 for total in reachable], index, positive, negative)
    edges = band_edges(float(totals.min()), float(totals.max()), -threshold, math.inf)
    edges = np.union1d(edges, [float(threshold)])
    index = np.searchsorted(edges, totals, side="left")
    return _rows(list(pairwise([None, *edges.tolist(), None])), index, positive, negative)


def decision_cutoff(features: Sequence[Feature], threshold: int) -> float:
    """Give what a total that another program computes must exceed to be above a threshold.

    There a sum such as 0.1 + 0.2 is off by its rounding errors: half a unit in the last place of
    each value, of each product and of each sum, all at most those of what the features can add
    up to. Never more than `_SLACK`, so that a feature of huge values hides no decimals of others.
    """
    if all(feature.integer for feature in features):
        return float(threshold)
    reach = sum(abs(item.points) * max(abs(item.minimum), abs(item.maximum)) for item in features)
    rounding = (len(features) + 2) * float(np.finfo(np.float64).eps)
    return threshold + min(rounding * max(reach, abs(threshold)), _SLACK)


def _rows(
    ends: Sequence[tuple[float | None, float | None]],
    index: IntArray,
    positive: FloatArray,
    negative: FloatArray,
) -> tuple[ScoreRow, ...]:
    """Sum the weights of the training rows that belong to each row of the table."""
    hits = np.bincount(index, weights=positive, minlength=len(ends))
    misses = np.bincount(index, weights=negative, minlength=len(ends))
    return tuple(
        ScoreRow(low, high, float(hit + miss), float(hit))
        for (low, high), hit, miss in zip(ends, hits.tolist(), misses.tolist(), strict=True)
    )
