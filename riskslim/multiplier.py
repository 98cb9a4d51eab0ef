"""The multiplier of a score: how many points move the logarithm of the odds by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, get_args

from riskslim.errors import OptionError

__all__ = ["DEFAULT_RANGE", "Multiplier", "check_range"]

Multiplier = Literal["fixed", "free"]

DEFAULT_RANGE = (0.5, 1000.0)


def check_range(multiplier: Any, multiplier_range: Any) -> tuple[float, float]:
    """Give the range of the multiplier that two options ask for.

    Parameters
    ----------
    multiplier : {"fixed", "free"}
        Whether it is 1, or chosen with the points.
    multiplier_range : sequence of two floats
        Smallest and largest multiplier; read only where it is free.

    Returns
    -------
    tuple of float
        ``(1.0, 1.0)`` where it is fixed.

    Raises
    ------
    OptionError
        Another word, or no range of positive finite numbers, the smaller first.
    """
    if multiplier not in get_args(Multiplier):
        raise OptionError(
            f"multiplier={multiplier!r}: give one of {', '.join(get_args(Multiplier))}"
        )
    if multiplier == "fixed":
        return 1.0, 1.0
    advice = "give the smallest and the largest multiplier, such as (0.5, 1000)"
    if not isinstance(multiplier_range, Sequence) or len(multiplier_range) != 2:
        raise OptionError(f"multiplier_range={multiplier_range!r}: {advice}")
    try:
        low, high = (float(end) for end in multiplier_range)
    except (TypeError, ValueError):
        raise OptionError(f"multiplier_range={multiplier_range!r}: {advice}") from None
    if not (math.isfinite(low) and math.isfinite(high) and 0 < low <= high):
        raise OptionError(
            f"multiplier_range={multiplier_range!r}: {advice}; both positive and finite, "
            "the smaller first"
        )
    return low, high
