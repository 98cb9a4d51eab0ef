"""The total of one score that calls as many people positive as a total of another does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import FloatArray

__all__ = ["Cuts", "shares_from"]


@dataclass(frozen=True, eq=False)
class Cuts:
    """Totals from which on a score may call people positive.

    Attributes
    ----------
    total : ndarray of shape (c,)
        Ascending; the first is minus infinity (everyone), the last infinity (nobody).
    share : ndarray of shape (c,)
        Weighted share of the people whom the score was fitted to that is called.
    margin : ndarray of shape (c,)
        Logarithm of the odds that the score states there; infinite at the ends.
    """

    total: FloatArray
    share: FloatArray
    margin: FloatArray

    @classmethod
    def of(cls, score: RiskScore, total: FloatArray, weight: FloatArray) -> Cuts:
        """List the cuts of a score.

        Parameters
        ----------
        score : RiskScore
            The score.
        total, weight : ndarray of shape (n,)
            Of the people whom it was fitted to.
        """
        lows = np.array([float(row.low) for row in score.table if row.low is not None])
        cuts = np.concatenate([[-np.inf], lows, [np.inf]])
        ends = np.array([-np.inf]), np.array([np.inf])
        margin = np.concatenate([ends[0], score.log_odds(lows), ends[1]])
        return cls(cuts, shares_from(total, weight, cuts), margin)

    def nearest(self, share: float, margin: float) -> float:
        """Give the total that calls nearest to a share; of several, that of the nearest odds."""
        distance = np.abs(self.share - share)
        among = np.flatnonzero(distance == distance.min())
        return float(self.total[among[np.argmin(np.abs(self.margin[among] - margin))]])


def shares_from(total: FloatArray, weight: FloatArray, cuts: FloatArray) -> FloatArray:
    """Weighted share of the people whose total is at least each cut, of shape (c,)."""
    order = np.argsort(total, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(weight[order])])
    called = below[-1] - below[np.searchsorted(total[order], cuts, side="left")]
    return np.asarray(called / below[-1])
