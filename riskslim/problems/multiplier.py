"""The multiplier of a score: how many points move the logarithm of the odds by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from riskslim.errors import OptionError
from riskslim.solvers import _native
from riskslim.solvers._typing import FloatArray

__all__ = [
    "Multiplier",
    "ProfiledLoss",
    "best_line",
    "best_multiplier",
    "check_range",
    "note_on_range",
]

Multiplier = Literal["fixed", "free"]

# Beyond these, points times features over a multiplier leave what the searches bound well.
_LEAST, _MOST = 1e-6, 1e6

# Of the root of a slope that may fall by many orders of magnitude at once: far more than bisections
# of the range would take.
_ITERATIONS = 2_000

# Totals come in fours; where there are many, some of them give the start.
_LANES = 4
_MANY, _SAMPLE = 1 << 16, 1 << 13

_NOISE = 0.125  # of a bound on what rounding does to a slope: less is taken for none

_EPS = float(np.finfo(np.float64).eps)


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


def best_line(
    totals: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    multiplier_range: tuple[float, float],
) -> tuple[float, float]:
    r"""Multiplier and real intercept at which given totals have the least logistic loss.

    The loss of the log odds t·z_i + v is convex in (t, v), z_i being the totals less their mean.
    For each t the best v balances the classes, and lies within their log odds less t times the
    largest and the smallest z_i; the slope in t with that v is the slope of the loss that is left,
    whose root is found as in `best_multiplier`.

    Parameters
    ----------
    totals : ndarray of shape (n,)
        Of each distinct row, without an intercept.
    positive, negative : ndarray of shape (n,)
        Their weights; some of each.
    multiplier_range : tuple of float
        Smallest and largest multiplier.

    Returns
    -------
    multiplier : float
        Within the range; where all totals are the same, its number next to 1.
    intercept : float
        In points.
    """
    low, high = multiplier_range
    line = ProfiledLoss(totals, positive, negative)
    if line.is_constant:
        multiplier = float(min(max(1.0, low), high))
    elif line.is_flat(1.0 / low):
        multiplier = line.first_flat(low, high)
    else:
        multiplier = min(max(1.0 / line.best_scale(1.0 / high, 1.0 / low), low), high)
    return multiplier, line.intercept(multiplier)


class _Line(NamedTuple):
    """The loss of the log odds v + t z at one t and v, as the kernel gives it."""

    value: float
    slope_t: float
    slope_v: float
    curvature_t: float
    curvature_v: float
    mixed: float
    error_t: float  # how far the slopes may be off by rounding
    error_v: float


class ProfiledLoss:
    """The loss of given totals over t = 1/m, the real intercept that fits best following.

    Parameters
    ----------
    totals, positive, negative : ndarray of shape (n,)
        As for `best_line`.
    """

    def __init__(self, totals: FloatArray, positive: FloatArray, negative: FloatArray) -> None:
        z, cell = np.unique(totals, return_inverse=True)
        padding = np.zeros(-len(z) % _LANES)  # rows of weight 0, as the kernel asks for
        self._positive, self._negative = (
            np.append(np.bincount(cell, own).astype(np.float64), padding)
            for own in (positive, negative)
        )
        weight = self._positive + self._negative
        self._weight = float(weight.sum())
        self._centre = float(np.rint(np.average(z, weights=weight[: len(z)])))
        self._least, self._greatest = (float(end) - self._centre for end in (z[0], z[-1]))
        self._z = np.append(z - self._centre, padding)
        self._odds = math.log(math.fsum(self._positive)) - math.log(math.fsum(self._negative))
        self._v = self._odds

    @property
    def is_constant(self) -> bool:
        """Whether all totals are the same."""
        return bool(self._least == self._greatest)

    def first_flat(self, low: float, high: float) -> float:
        """Give nearly the largest multiplier of a loss that is flat down to the smallest one.

        Risks are 0 and 1 there to the last place, and the larger numbers have more places for them.
        """
        while high / low > 1.0 + 1e-3:
            middle = math.sqrt(low * high)
            low, high = (middle, high) if self.is_flat(1.0 / middle) else (low, middle)
        return low

    def intercept(self, multiplier: float) -> float:
        """Give the best intercept at a multiplier, in points."""
        return self.balanced(1.0 / multiplier) * multiplier - self._centre

    def mean(self, t: float) -> float:
        """Give the mean loss."""
        return self._balanced(t).value / self._weight

    def slope_through(self, t: float, total: float, log_odds: float) -> float:
        """Give how fast the mean loss grows with t, where a total keeps its log odds."""
        arm = total - self._centre
        line = self._at(t, log_odds - t * arm)
        return (line.slope_t - arm * line.slope_v) / self._weight

    def is_flat(self, t: float) -> bool:
        """Whether the slope is nothing but the rounding of its terms."""
        line = self._balanced(t)
        return abs(line.slope_t) <= line.error_t

    def best_scale(self, least: float, most: float) -> float:
        """Give the t within a range at which the loss is least, the best v following.

        By Newton's steps inside a bracket of the sign of the slope, which is halved in orders
        of magnitude where a step leaves it. An end is the answer where the slope there points
        outward; a few rows evenly spread give the start where there are many.
        """
        t = self._start(least, most)
        low, high, seen = least, most, set[float]()
        for _ in range(_ITERATIONS):
            seen.add(t)
            line = self._balanced(t)
            end = least if line.slope_t > 0.0 else most
            if t == end or abs(line.slope_t) <= _NOISE * line.error_t:
                break
            low, high = (low, t) if line.slope_t > 0.0 else (t, high)
            follow = -line.mixed / line.curvature_v if line.curvature_v > 0.0 else 0.0
            curvature = line.curvature_t + follow * line.mixed
            following = t - line.slope_t / curvature if curvature > 0.0 else end
            if not least < following < most and end not in seen:
                following = end
            elif not low < following < high:
                following = math.sqrt(low * high) if high > 4.0 * low else 0.5 * (low + high)
            is_near = abs(following - t) <= 4.0 * _EPS * t or following in (low, high)
            if is_near and following not in (least, most):
                break
            self._v += follow * (following - t)
            t = following
        return t

    def _start(self, least: float, most: float) -> float:
        """Give the best t of some totals where there are many, else the number next to 1."""
        if len(self._z) > _MANY:
            some = np.linspace(0, len(self._z) - 1, _SAMPLE).astype(np.int64)
            positive, negative = self._positive[some], self._negative[some]
            if positive.any() and negative.any():
                return ProfiledLoss(self._z[some], positive, negative).best_scale(least, most)
        return min(max(1.0, least), most)

    def balanced(self, t: float) -> float:
        """Give the best v: by Newton's steps inside a bracket, to the last places."""
        self._balanced(t)
        return self._v

    def _balanced(self, t: float) -> _Line:
        size = 1.0 + abs(self._odds) + t * max(-self._least, self._greatest)
        low = self._odds - t * self._greatest - 1e-12 * size
        high = self._odds - t * self._least + 1e-12 * size
        v = min(max(self._v, low), high)
        for _ in range(_ITERATIONS):
            line = self._at(t, v)
            low, high = (low, v) if line.slope_v > 0.0 else (v, high)
            step = line.slope_v / line.curvature_v if line.curvature_v > 0.0 else math.inf
            following = v - step if low < v - step < high else 0.5 * low + 0.5 * high
            is_near = abs(following - v) <= 2 * _EPS * max(abs(v), 2.0**-20)
            if is_near or abs(line.slope_v) <= _NOISE * line.error_v:
                break
            v = following
        self._v = v
        return line

    def _at(self, t: float, v: float) -> _Line:
        return _Line(*_native.line_sums(self._z, self._positive, self._negative, t, v))


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
