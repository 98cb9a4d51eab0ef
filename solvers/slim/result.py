"""What the search for scores under the 0-1 loss gives back."""

from __future__ import annotations

from dataclasses import dataclass

from riskslim.solvers._typing import IntArray
from riskslim.solvers.result import Status

__all__ = ["ThresholdResult"]


@dataclass(frozen=True)
class ThresholdResult:
    """What the search found and proved.

    Attributes
    ----------
    status : Status
        `Status.OPTIMAL` when everything was searched or bounded away.
    points : ndarray of shape (d + 1,) or None
        The incumbent, the intercept first.
    objective : float
        Recomputed from the points by compensated summation; infinite without an incumbent.
    errors, false_positive, false_negative : float
        Weight of the rows that the incumbent gets wrong.
    lower_bound : float
        No feasible score has an objective below it; rigorous.
    nodes : int
        Boxes that were bounded.
    seconds : dict of str to float
        ``"heuristics"``, ``"tree"`` and ``"total"``.
    how : str
        How the result was proved, in a few words.
    """

    status: Status
    points: IntArray | None
    objective: float
    errors: float
    false_positive: float
    false_negative: float
    lower_bound: float
    nodes: int
    seconds: dict[str, float]
    how: str
