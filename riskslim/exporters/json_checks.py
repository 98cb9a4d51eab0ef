"""Whether what a saved score states follows from its points: a file changed by hand is refused."""

from __future__ import annotations

import math

import numpy as np

from riskslim.errors import ScoreError
from riskslim.scores.items import Feature
from riskslim.scores.origin import Training
from riskslim.scores.point_score import PointScore
from riskslim.scores.totals import ScoreRow, reachable_totals

__all__ = ["check_consistency"]

_BY_HAND = "the file was changed by hand, or cut short"

# Sums of the same weights in another order differ in the last places only.
_SUM_TOLERANCE = 1e-9


def check_consistency(score: PointScore) -> None:
    """Refuse features, training data or a table that contradict each other.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        As read.

    Raises
    ------
    ScoreError
        Naming the field.
    """
    for feature in score.features:
        _check_range(feature)
    _check_training(score.training)
    for row in score.table:
        _check_weights(row)
    if score.has_every_total:
        _check_totals(score)
    else:
        _check_bands(score)
    _check_sums(score)


def _check_range(feature: Feature) -> None:
    where = f"'features': {feature.name!r}"
    if feature.minimum > feature.maximum:
        raise ScoreError(
            f"{where} has the minimum {feature.minimum!r} above its maximum {feature.maximum!r}: "
            f"{_BY_HAND}"
        )
    whole = float(feature.minimum).is_integer() and float(feature.maximum).is_integer()
    if feature.integer and not whole:
        raise ScoreError(
            f"{where} is 'integer' but ranges from {feature.minimum!r} to {feature.maximum!r}: "
            f"{_BY_HAND}"
        )


def _check_training(training: Training) -> None:
    for count, part in (("rows", "positives"), ("weight", "positive_weight")):
        whole, positive = getattr(training, count), getattr(training, part)
        if not 0 <= positive <= whole * (1 + _SUM_TOLERANCE):
            raise ScoreError(
                f"'training': {part!r} is {positive!r} of {count!r} {whole!r}: {_BY_HAND}"
            )


def _check_weights(row: ScoreRow) -> None:
    if not 0 <= row.positive_weight <= row.weight * (1 + _SUM_TOLERANCE):
        raise ScoreError(
            f"'table': {_named(row)} has a 'positive_weight' of {row.positive_weight!r} in a "
            f"'weight' of {row.weight!r}: {_BY_HAND}"
        )


def _check_totals(score: PointScore) -> None:
    """Single totals are all those that the points reach; other data may add some."""
    stated = [row.low for row in score.table if row.low is not None]
    _check_ascending(stated)
    reachable = reachable_totals(score.items)
    if reachable is None:
        raise ScoreError(
            "'table' lists single totals, but the points reach real numbers or too many of "
            f"them: {_BY_HAND}"
        )
    missing = sorted(set(reachable.tolist()) - set(stated))
    if missing:
        raise ScoreError(
            f"'table' lacks the total {missing[0]!r}, which the points reach: {_BY_HAND}"
        )
    strange = sorted(set(stated) - set(reachable.tolist()))
    if strange and not _has_other_people(score):
        raise ScoreError(
            f"'table' has the total {strange[0]!r}, which the points do not reach: {_BY_HAND}"
        )


def _check_bands(score: PointScore) -> None:
    """Bands follow on each other, from an open end to an open end."""
    rows = score.table
    single = [row for row in rows if row.is_single]
    if single:
        raise ScoreError(f"'table' has the total {single[0].low!r} among bands: {_BY_HAND}")
    if rows[0].low is not None or rows[-1].high is not None:
        raise ScoreError(f"'table': the first and the last band must be open: {_BY_HAND}")
    inner = [row.low for row in rows[1:]]
    if inner != [row.high for row in rows[:-1]] or None in inner:
        raise ScoreError(f"'table': each band must begin where the last one ends: {_BY_HAND}")
    _check_ascending([edge for edge in inner if edge is not None])


def _check_ascending(ends: list[float]) -> None:
    falls = np.flatnonzero(np.diff(ends) <= 0)
    if falls.size:
        raise ScoreError(
            f"'table': {ends[int(falls[0]) + 1]!r} stands after {ends[int(falls[0])]!r}; totals "
            f"must ascend: {_BY_HAND}"
        )


def _check_sums(score: PointScore) -> None:
    """Compare the rows of the table with the training data, or with that of the recalibration."""
    wanted = _people(score)
    if wanted is None:
        return
    for field, total in zip(("weight", "positive_weight"), wanted, strict=True):
        found = math.fsum(getattr(row, field) for row in score.table)
        if abs(found - total) > _SUM_TOLERANCE * wanted[0]:
            raise ScoreError(
                f"'table': the sum of {field!r} is {found!r} where the data has {total!r}: "
                f"{_BY_HAND}"
            )
    if score.counts_people and not all(
        float(part).is_integer()
        for row in score.table
        for part in (row.weight, row.positive_weight)
    ):
        raise ScoreError(
            f"'table': a 'weight' is no number of rows, in data without weights: {_BY_HAND}"
        )


def _people(score: PointScore) -> tuple[float, float] | None:
    """Weight of all and of the positive people in the table; None where it is not stated."""
    if not _has_other_people(score):
        return score.training.weight, score.training.positive_weight
    found = score.recalibration
    if found is None or found.is_weighted:
        return None
    return float(found.rows), float(found.positives)


def _has_other_people(score: PointScore) -> bool:
    return score.recalibration is not None and score.recalibration.has_other_people


def _named(row: ScoreRow) -> str:
    return f"total {row.low!r}" if row.is_single else f"the band from {row.low!r} to {row.high!r}"
