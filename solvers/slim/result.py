"""What the search for scores under the 0-1 loss gives back."""

from __future__ import annotations

import math
from dataclasses import dataclass

from riskslim.solvers.result import SearchResult

__all__ = ["ThresholdResult"]


@dataclass(frozen=True)
class ThresholdResult(SearchResult):
    """What the search found and proved; attributes as of `SearchResult`, and the errors.

    Attributes
    ----------
    false_positive, false_negative : float
        Weight of the rows that the incumbent gets wrong; NaN without one.
    """

    false_positive: float = math.nan
    false_negative: float = math.nan

    @property
    def errors(self) -> float:
        """Weight of both."""
        return math.fsum((self.false_positive, self.false_negative))
