"""What a search for a decision score found, and what it proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from riskslim.search.solution import Solution, finite

__all__ = ["SLIMSolution"]


@dataclass(frozen=True, eq=False, repr=False)
class SLIMSolution(Solution):
    """Incumbent, lower bound, certificate and errors of a decision score.

    The attributes of `Solution`; `loss` is the weighted share of errors in the objective, which
    counts a total of exactly 0 as an error for both classes. What follows counts people by their
    prediction: yes where intercept and points together are above 0, else no.

    Attributes
    ----------
    errors, false_positives, false_negatives : float
        Weight of the people who are predicted wrongly, in all and by outcome, without class
        weights: numbers of people where each weighs 1. NaN without an incumbent.
    n_false_positives, n_false_negatives : int
        Rows of the table, whatever they weigh.
    """

    errors: float = float("nan")
    false_positives: float = float("nan")
    false_negatives: float = float("nan")
    n_false_positives: int = 0
    n_false_negatives: int = 0

    @property
    def n_errors(self) -> int:
        """Rows of the table that are predicted wrongly, whatever they weigh."""
        return self.n_false_positives + self.n_false_negatives

    def to_dict(self) -> dict[str, Any]:
        """Give what is known as an object for JSON; numbers that are not finite become None."""
        kept = super().to_dict()
        del kept["multiplier"], kept["multiplier_range"]
        return kept | {
            "errors": finite(self.errors),
            "false_positives": finite(self.false_positives),
            "false_negatives": finite(self.false_negatives),
            "n_false_positives": self.n_false_positives,
            "n_false_negatives": self.n_false_negatives,
        }

    def _facts(self) -> list[tuple[str, str]]:
        """Tell what is known, by name."""
        facts = super()._facts()
        if self.points is not None:
            errors = (
                f"{self.errors:g}: {self.false_positives:g} false positives, "
                f"{self.false_negatives:g} false negatives"
            )
            facts.insert([name for name, _ in facts].index("lower bound"), ("errors", errors))
        return facts
