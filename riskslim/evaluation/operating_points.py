"""Calling people positive from a total or a risk on: rates, predictive values, net benefit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from riskslim.evaluation.estimates import Estimate, People, average, mean_of, share_of
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["OperatingPoint", "average_points", "operating_point"]


@dataclass(frozen=True)
class OperatingPoint:
    """What happens if everyone from a threshold on is called positive.

    Attributes
    ----------
    total : float or None
        The least total that is called positive; None for a threshold of the risk alone.
    risk : float
        Predicted there; the odds at which benefit and harm are weighed.
    called : float
        Weighted share of the people who are called positive.
    sensitivity, specificity : Estimate or None
        Share of the positives, and of the negatives, that are called right.
    ppv, npv : Estimate or None
        Share of positives among those called positive, of negatives among the others.
    net_benefit : Estimate
        True positives less false positives at the odds of the threshold, per person [1]_.
    treat_all : float
        The net benefit of calling everyone positive; that of calling nobody is 0.

    References
    ----------
    .. [1] A. J. Vickers and E. B. Elkin, "Decision curve analysis", Medical Decision Making 26
       (2006), 565-574.
    """

    total: float | None
    risk: float
    called: float
    sensitivity: Estimate | None
    specificity: Estimate | None
    ppv: Estimate | None
    npv: Estimate | None
    net_benefit: Estimate
    treat_all: float

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers and dictionaries."""
        return asdict(self)


def operating_point(
    positive: BoolArray,
    called: BoolArray,
    weight: FloatArray,
    risk: float,
    total: float | None = None,
    cluster: People = None,
) -> OperatingPoint:
    """Measure a decision.

    Parameters
    ----------
    positive, called : ndarray of bool, shape (n,)
        Outcomes, and who is called positive.
    weight : ndarray of shape (n,)
        Weights.
    risk : float
        At the threshold.
    total : float, optional
        At the threshold.
    cluster : ndarray of int, shape (n,), optional
        Person of each row.
    """
    up, calls = positive.astype(np.float64), called.astype(np.float64)
    odds = risk / max(1 - risk, 1e-300)
    whole = math.fsum(weight.tolist())
    share = math.fsum(weight[positive].tolist()) / whole
    return OperatingPoint(
        total=total,
        risk=risk,
        called=math.fsum(weight[called].tolist()) / whole,
        sensitivity=share_of(calls, weight * up, cluster),
        specificity=share_of(1 - calls, weight * (1 - up), cluster),
        ppv=share_of(up, weight * calls, cluster),
        npv=share_of(1 - up, weight * (1 - calls), cluster),
        net_benefit=mean_of(calls * (up - (1 - up) * odds), weight, cluster),
        treat_all=share - (1 - share) * odds,
    )


def average_points(points: Sequence[OperatingPoint]) -> OperatingPoint:
    """Average one threshold over repetitions; see `average`."""
    first = points[0]
    benefit = average([point.net_benefit for point in points])
    assert benefit is not None
    return OperatingPoint(
        total=first.total,
        risk=first.risk,
        called=math.fsum(point.called for point in points) / len(points),
        sensitivity=average([point.sensitivity for point in points]),
        specificity=average([point.specificity for point in points]),
        ppv=average([point.ppv for point in points]),
        npv=average([point.npv for point in points]),
        net_benefit=benefit,
        treat_all=first.treat_all,
    )
