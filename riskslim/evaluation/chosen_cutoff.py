"""A cut-off for what is required, and a band between no and yes in which a score abstains."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.errors import OptionError
from riskslim.evaluation.estimates import Estimate, share_of
from riskslim.evaluation.operating_points import OperatingPoint, operating_point
from riskslim.scores.cutoffs import CUTOFF_WAYS, choose_cutoff
from riskslim.scores.people import counted_rows
from riskslim.scores.risk import RiskScore

__all__ = ["ChosenCutoff", "find_cutoff"]


@dataclass(frozen=True)
class ChosenCutoff:
    """A cut-off that was chosen on people, and how it does on them.

    Attributes
    ----------
    way, wanted : str, float
        What was asked for.
    reached : tuple of three floats, or None
        That on these people, with its 95 % interval; None for net benefit and cost.
    point : OperatingPoint
        Everyone from the cut-off on is called yes: all rates with their intervals.
    no_below : float or None
        With an abstaining band: totals below it are called no, those from it to the cut-off
        neither; None without.
    no_npv : Estimate or None
        Share of negatives among those who are called no.
    abstained : float
        Share of the people who are called neither.
    """

    way: str
    wanted: float
    reached: tuple[float, float, float] | None
    point: OperatingPoint
    no_below: float | None = None
    no_npv: Estimate | None = None
    abstained: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers and dictionaries."""
        return asdict(self)


def find_cutoff(
    score: RiskScore,
    X: Any,
    y: ArrayLike,
    way: str,
    wanted: float,
    sample_weight: ArrayLike | None = None,
    rule_out: float | None = None,
) -> ChosenCutoff:
    """Choose a cut-off on people whom the score has not seen.

    Parameters
    ----------
    score : RiskScore
        The score.
    X, y, sample_weight
        People, as for `RiskScore.recalibrate`; not those that it was fitted to.
    way : {"sensitivity", "specificity", "ppv", "npv", "share", "net_benefit", "cost"}
        What is required; see `riskslim.scores.cutoffs.choose_cutoff`.
    wanted : float
        How much of it: between 0 and 1, and for the cost how many false alarms a missed positive
        is worth.
    rule_out : float, optional
        Abstain between no and yes: call no only below the largest total, up to the cut-off, below
        which at least such a share is negative.

    Raises
    ------
    OptionError
        There is no such way, a number is out of its range, or no total reaches it.

    Examples
    --------
    >>> from riskslim import RiskScore
    >>> from riskslim.evaluation.chosen_cutoff import find_cutoff
    >>> score = RiskScore.from_points({"Stroke": 2, "Old": 1}, intercept=-2)
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]] * 5, [0, 0, 1, 1] * 5
    >>> find_cutoff(score, X, y, "ppv", 0.9).point.total
    2.0
    """
    if way not in CUTOFF_WAYS:
        raise OptionError(f"way={way!r}: give one of {', '.join(CUTOFF_WAYS)}")
    highest = math.inf if way == "cost" else 1.0
    for name, value in (("wanted", wanted), ("rule_out", rule_out)):
        most = highest if name == "wanted" else 1.0
        if value is not None and not 0.0 < value < most:
            raise OptionError(f"{name}={value!r}: give a number between 0 and {most:g}")
    people = counted_rows(score, X, y, sample_weight)
    total, positive, weight = people
    cutoff, reached = choose_cutoff(people, way, wanted, "cut-off")
    yes = total >= cutoff
    point = operating_point(positive, yes, weight, score.risk(cutoff), cutoff)
    if rule_out is None:
        return ChosenCutoff(way, float(wanted), reached, point)
    low = min(choose_cutoff(people, "npv", rule_out, "rule out")[0], cutoff)
    no = total < low
    neither = math.fsum(weight[~yes & ~no].tolist()) / math.fsum(weight.tolist())
    npv = share_of((~positive).astype(np.float64), weight * no)
    return ChosenCutoff(way, float(wanted), reached, point, low, npv, neither)
