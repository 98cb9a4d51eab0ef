"""How well a score does on people of whom not everything is known: between which ends it lies.

Whoever has a blank that the score has no points for can have any total from the least to the
largest that fits what is known. Every measure here is a function that rises or falls with each of
these totals, so that its ends are reached at theirs, and the ranges are exact.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.errors import ScoreError
from riskslim.scores.decision import DecisionScore
from riskslim.scores.log_odds import mean_loss
from riskslim.scores.people import CountedPeople, checked_weights, outcomes_of, ranking
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["Range", "UnknownPeople", "UnknownPoint", "UnknownRanges"]

Range = tuple[float, float]
"""The least and the largest value."""


@dataclass(frozen=True)
class UnknownPoint:
    """Calling positive from a total on.

    Attributes
    ----------
    total : float
        The first that is called positive; of a decision score the last that is not.
    sensitivity, specificity, ppv, npv : tuple of two floats, or None
        Ends of their ranges; None where nobody may be counted.
    """

    total: float
    sensitivity: Range | None
    specificity: Range | None
    ppv: Range | None
    npv: Range | None


@dataclass(frozen=True)
class UnknownRanges:
    """Between which ends the measures lie, whatever the unknown is.

    Attributes
    ----------
    rows, unknown : int
        People, and those of whom the total is not known.
    auc : tuple of two floats, or None
        None where there is one class only.
    log_loss, brier, mean_risk : tuple of two floats, or None
        Of a risk score.
    points : tuple of UnknownPoint
        Each total that somebody of whom all is known has; the threshold of a decision score.
    """

    rows: int
    unknown: int
    auc: Range | None
    log_loss: Range | None
    brier: Range | None
    mean_risk: Range | None
    points: tuple[UnknownPoint, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, lists and dictionaries."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class UnknownPeople:
    """People by the totals that they can have.

    Attributes
    ----------
    low, high : ndarray of shape (n,)
        The least and the largest total; equal where it is known.
    positive : ndarray of bool, shape (n,)
        Outcomes.
    weight : ndarray of shape (n,)
        Above 0.
    """

    low: FloatArray
    high: FloatArray
    positive: BoolArray
    weight: FloatArray

    @classmethod
    def of(
        cls, score: PointScore, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> UnknownPeople:
        """Take the people of a table.

        Parameters
        ----------
        score : RiskScore or DecisionScore
            The score.
        X : DataFrame or array-like of shape (n, d)
            As for `PointScore.total_ranges`.
        y, sample_weight
            As for `riskslim.evaluate`.

        Raises
        ------
        ScoreError
            As `riskslim.evaluate`, but for blanks.
        """
        low, high = score.total_ranges(X)
        positive = outcomes_of(score, y, len(low))
        weight = checked_weights(sample_weight, len(low))
        counted = weight > 0
        return cls(low[counted], high[counted], positive[counted], weight[counted])

    @property
    def known(self) -> CountedPeople:
        """Those of whom the total is known, as `riskslim.evaluate` and recalibration take them.

        Raises
        ------
        ScoreError
            There are none.
        """
        is_known = self.low == self.high
        if not is_known.any():
            raise ScoreError("something is not known of every row: no total to compare")
        weight = self.weight[is_known]
        rows = np.ones(len(weight), dtype=np.int64)
        return CountedPeople(
            self.low[is_known], self.positive[is_known], rows, weight, weight * weight
        )

    def ranges(self, score: PointScore) -> UnknownRanges:
        """Bound the measures of a score on all of them."""
        low, high, positive = self.low, self.high, self.positive
        # The best that they can be: all that is unknown agrees with the outcome; and the worst.
        best, worst = np.where(positive, high, low), np.where(positive, low, high)
        auc = [ranking(total, positive, self.weight) for total in (worst, best)]
        risk = score if isinstance(score, RiskScore) else None
        return UnknownRanges(
            rows=len(low),
            unknown=int((low < high).sum()),
            auc=None if auc[0] is None or auc[1] is None else (auc[0], auc[1]),
            log_loss=None if risk is None else (self._loss(risk, best), self._loss(risk, worst)),
            brier=None if risk is None else (self._brier(risk, best), self._brier(risk, worst)),
            mean_risk=None if risk is None else (self._mean(risk, low), self._mean(risk, high)),
            points=self._points(score),
        )

    def _average(self, values: FloatArray) -> float:
        return math.fsum((self.weight * values).tolist()) / math.fsum(self.weight.tolist())

    def _mean(self, score: RiskScore, total: FloatArray) -> float:
        return self._average(score.risks(total))

    def _brier(self, score: RiskScore, total: FloatArray) -> float:
        return self._average((score.risks(total) - self.positive) ** 2)

    def _loss(self, score: RiskScore, total: FloatArray) -> float:
        up, down = self.weight * self.positive, self.weight * ~self.positive
        return mean_loss(score.log_odds(total), up, down)

    def _points(self, score: PointScore) -> tuple[UnknownPoint, ...]:
        """Count, from each cut-off on, who is called positive for sure, and who may be."""
        if isinstance(score, DecisionScore):
            cuts, is_above = np.array([float(score.threshold)]), False
        else:
            cuts, is_above = np.unique(self.low[self.low == self.high]), True

        def parted(of_class: BoolArray) -> tuple[list[Any], list[Any]]:
            """Weigh who is called positive, for sure and perhaps, and who is not, at each."""
            weight = self.weight[of_class]
            ends = [_parted(t[of_class], weight, cuts, is_above) for t in (self.low, self.high)]
            called, left = zip(*ends, strict=True)
            return np.transpose(called).tolist(), np.transpose(left).tolist()

        (hits, misses), (alarms, passes) = parted(self.positive), parted(~self.positive)
        return tuple(
            UnknownPoint(
                cut,
                sensitivity=_ratio((hit[0], hit[1]), (miss[0], miss[1])),
                specificity=_ratio((passed[1], passed[0]), (alarm[1], alarm[0])),
                ppv=_ratio((hit[0], hit[1]), (alarm[1], alarm[0])),
                npv=_ratio((passed[1], passed[0]), (miss[0], miss[1])),
            )
            for cut, hit, miss, alarm, passed in zip(
                cuts.tolist(), hits, misses, alarms, passes, strict=True
            )
        )


def _parted(
    total: FloatArray, weight: FloatArray, cuts: FloatArray, is_above: bool
) -> tuple[FloatArray, FloatArray]:
    """Weigh who is on the upper side of each cut-off, it included or not, and who is not."""
    order = np.argsort(total, kind="stable")
    upper = np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
    called = upper[np.searchsorted(total[order], cuts, side="left" if is_above else "right")]
    return called, upper[0] - called


def _ratio(right: Range, wrong: Range) -> Range | None:
    """Share of what is right: the fewest right with the most wrong, and the reverse."""
    wholes = [right[0] + wrong[0], right[1] + wrong[1]]
    if min(wholes) <= 0:
        return None
    return right[0] / wholes[0], right[1] / wholes[1]
