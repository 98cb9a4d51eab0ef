"""What a blank means in a column that is learned."""

from __future__ import annotations

from typing import Any

from riskslim.data.merging import exact_sum
from riskslim.features.learning.parameters import Learning
from riskslim.features.variables import Blanks
from riskslim.features.weighting import is_enough
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["blank_rule", "blanks_tell"]


def blanks_tell(blank: BoolArray, how: Learning, weight: FloatArray) -> bool:
    """Whether blanks are a feature, being frequent enough."""
    frequent = is_enough(exact_sum(weight[blank]), exact_sum(weight), how.min_share)
    return how.blanks == "feature" and frequent and not blank.all()


def blank_rule(
    blank: BoolArray, fill: Any, how: Learning, weight: FloatArray
) -> tuple[Blanks, Any, bool]:
    """How blanks are treated, what they count as, and whether there were any."""
    if how.blanks == "refuse":
        return "refuse", None, bool(blank.any())
    if blanks_tell(blank, how, weight):
        return "feature", None, True
    return "impute", fill, bool(blank.any())
