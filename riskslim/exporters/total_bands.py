"""Bands of totals with enough people in each, so that what was observed says something."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

import numpy as np

from riskslim.scores.totals import ScoreRow

__all__ = ["bands_of_totals"]

_MOST_BANDS = 20


def bands_of_totals(
    table: Sequence[ScoreRow],
    values: Sequence[float],
    parts: Sequence[int],
    least: float,
) -> list[Sequence[ScoreRow]] | None:
    """Join neighbouring totals until each band has enough people.

    Of all ways with at most twenty bands, the one whose totals differ the least in what they
    stand for: the sum over the bands of squared differences from their mean, where a total counts
    as its people and one more, as anyone may have it. The number of ways is large, but the best
    one for the first totals is all that the next ones need.

    Parameters
    ----------
    table : sequence of ScoreRow
        By ascending total.
    values : sequence of float
        What each row stands for, such as its risk.
    parts : sequence of int
        Rows of different numbers are never joined; of ascending numbers. One with too few people
        is a band of its own.
    least : float
        Weight in each band.

    Returns
    -------
    list of sequences of ScoreRow, or None
        None where there are too few people for two bands.
    """
    people = np.array([row.weight for row in table])
    if people.sum() < 2 * least:
        return None
    weight, value = people + 1.0, np.array(values, dtype=np.float64)
    before, sums, first, second = (
        np.concatenate([[0.0], np.cumsum(part)])
        for part in (people, weight, weight * value, weight * value**2)
    )
    cuts = np.concatenate([[0], np.cumsum([len(list(rows)) for _, rows in groupby(parts)])])
    most = max(_MOST_BANDS, len(cuts) - 1)
    # Of so many bands (rows) up to each total (columns): the least cost, and the last band's begin.
    cost = np.full((most + 1, len(table) + 1), np.inf)
    cost[0, 0] = 0.0
    begin = np.zeros(cost.shape, dtype=np.int64)
    for start, stop in pairwise(cuts.tolist()):
        for end in range(start + 1, stop + 1):
            spread = second[end] - second[start:end]
            spread -= (first[end] - first[start:end]) ** 2 / (sums[end] - sums[start:end])
            enough = before[end] - before[start:end] >= least
            enough[0] |= end == stop
            ways = cost[:-1, start:end] + np.where(enough, np.maximum(spread, 0.0), np.inf)
            begin[1:, end] = start + np.argmin(ways, axis=1)
            cost[1:, end] = ways.min(axis=1)
    count = int(np.argmin(cost[:, -1]))
    ends = [len(table)]
    for bands in range(count, 0, -1):
        ends.append(int(begin[bands, ends[-1]]))
    found = [table[low:high] for low, high in pairwise(reversed(ends))]
    return found if len(found) > 1 else None
