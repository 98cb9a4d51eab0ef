"""Whom a cut-off takes and whom it refuses: gains, Kolmogorov-Smirnov, Gini and approvals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.credit.attributes import Applicants
from riskslim.errors import ScoreError
from riskslim.evaluation.discrimination import auc
from riskslim.evaluation.estimates import Estimate, Merged
from riskslim.scores.people import groups_of_totals
from riskslim.scores.point_score import PointScore

__all__ = ["Gains", "GainsRow", "find_gains"]


@dataclass(frozen=True)
class GainsRow:
    """The people of one total, or of a band of totals, and all that are as bad or worse.

    Attributes
    ----------
    low, high : float or None
        The totals; None is an open end.
    count, bads : float
        People, and those with the outcome; sums of weights where there are weights.
    bad_rate : float
        Of these people.
    reached : float
        Share of all people that are here or have a higher total.
    bads_reached, goods_reached : float
        Shares of the bad and of the good.
    ks : float
        Difference of these two.
    lift : float
        Bad rate of those reached, over that of everybody.
    approved : float
        Share of all people with a lower total: whom a cut-off here leaves approved.
    approved_bad_rate : float or None
        Bad rate among them; None where there is nobody.
    """

    low: float | None
    high: float | None
    count: float
    bads: float
    bad_rate: float
    reached: float
    bads_reached: float
    goods_reached: float
    ks: float
    lift: float
    approved: float
    approved_bad_rate: float | None


@dataclass(frozen=True)
class Gains:
    """What the totals of a score separate.

    Attributes
    ----------
    rows : tuple of GainsRow
        From the worst total down.
    ks : float
        Largest difference between the shares of the bad and of the good reached: the
        Kolmogorov-Smirnov distance.
    ks_at : float or None
        Lowest total of those reached there.
    gini : Estimate
        2 AUC - 1, with a 95 % interval.
    count, bads : float
        Of all people.
    """

    rows: tuple[GainsRow, ...]
    ks: float
    ks_at: float | None
    gini: Estimate
    count: float
    bads: float

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain data."""
        return asdict(self)


def find_gains(
    score: PointScore, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None = None
) -> Gains:
    """Order people by their totals, the worst first, and count the bad among them.

    Parameters
    ----------
    score : PointScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        As for `PointScore.total`.
    y : array-like of shape (n,)
        Outcomes, by the score's labels; the positive one is bad.
    sample_weight : array-like of shape (n,), optional
        Finite, none negative.

    Raises
    ------
    ScoreError
        The data do not fit the score, or have one class only.
    """
    people = Applicants.read(score, X)
    counted = people.counted
    total, positive, weight = people.total, people.outcomes(y), people.weights(sample_weight)
    if counted is None:
        used = weight > 0
        total, positive, weight = total[used], positive[used], weight[used]
    merged = None if counted is None else Merged(counted.rows, counted.spread)
    area = auc(positive, total, weight, cluster=merged)
    if area is None:
        raise ScoreError("all outcomes are alike; gains need good and bad")
    ends, group = groups_of_totals(score, total)
    count = np.bincount(group, weight, len(ends))[::-1]
    bads = np.bincount(group[positive], weight[positive], len(ends))[::-1]
    goods = np.bincount(group[~positive], weight[~positive], len(ends))[::-1]
    reached, bad, good = np.cumsum(count), np.cumsum(bads), np.cumsum(goods)
    everybody, all_bad, all_good = reached[-1], bad[-1], good[-1]
    rows = []
    for at, (low, high) in enumerate(reversed(ends)):
        if not count[at]:
            continue
        left = everybody - reached[at]
        rows.append(
            GainsRow(
                low,
                high,
                float(count[at]),
                float(bads[at]),
                float(bads[at] / count[at]),
                float(reached[at] / everybody),
                float(bad[at] / all_bad),
                float(good[at] / all_good),
                float(bad[at] / all_bad - good[at] / all_good),
                float((bad[at] / reached[at]) / (all_bad / everybody)),
                float(left / everybody),
                float((all_bad - bad[at]) / left) if at < len(ends) - 1 and left > 0 else None,
            )
        )
    best = max(rows, key=lambda row: row.ks)
    gini = Estimate(*(2 * end - 1 for end in (area.value, area.low, area.high)))
    return Gains(tuple(rows), best.ks, best.low, gini, float(everybody), float(all_bad))
