"""The multiplier of a score: how many points move the logarithm of the odds by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np

from riskslim.errors import OptionError
from riskslim.solvers import _native
from riskslim.solvers._typing import FloatArray

__all__ = ["Multiplier", "best_multiplier", "check_range", "note_on_range"]

Multiplier = Literal["fixed", "free"]

# Beyond these, points times features over a multiplier leave what the searches bound well.
_LEAST, _MOST = 1e-6, 1e6


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
        Another word, or no range: two numbers from 1e-6 to 1e6, the smaller first.
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
    if not _LEAST <= low < high <= _MOST:
        raise OptionError(
            f"multiplier_range={multiplier_range!r}: {advice}; the smaller first, both within "
            f"{_LEAST:g} to {_MOST:g}"
        )
    return low, high


def best_multiplier(
    scores: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    multiplier_range: tuple[float, float],
) -> float:
    r"""Multiplier at which given scores have the least logistic loss.

    With t = 1/m the loss of the scores t·s_i is convex in t. The best t is an end of the range
    where the slope there points outward, else the root of the slope, which is found by Newton's
    method within a bracket to the last places. Each slope is a compensated sum.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Intercept plus total of each distinct row.
    positive, negative : ndarray of shape (n,)
        Their weights.
    multiplier_range : tuple of float
        Smallest and largest multiplier.

    Returns
    -------
    float
        Within the range. Where every score is 0 the loss does not depend on it, and the number of
        the range next to 1 is given.
    """
    low, high = multiplier_range
    if low == high or not scores.any():
        return float(min(max(1.0, low), high))
    t = _native.best_scale(
        np.ascontiguousarray(scores),
        np.ascontiguousarray(positive),
        np.ascontiguousarray(negative),
        1.0 / high,
        1.0 / low,
    )
    if t == 1.0 / low:
        return low
    return high if t == 1.0 / high else float(min(max(1.0 / t, low), high))


def note_on_range(multiplier: float, multiplier_range: tuple[float, float]) -> str:
    """Say what it means that the best multiplier is an end of its range; nothing elsewhere."""
    low, high = multiplier_range
    if low == high:
        return ""
    if multiplier == low:
        return (
            "the loss still falls as the multiplier does: the data may be separable by these "
            f"features, so that risks of 0 and 1 would fit best; the range's lower end {low:g} "
            "bounds it"
        )
    if multiplier == high:
        return (
            "the loss still falls as the multiplier grows: even a single point weighs more than "
            f"the data tells; the range's upper end {high:g} bounds it, so raise that end, or "
            "divide the features by a constant"
        )
    return ""
