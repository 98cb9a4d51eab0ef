"""The best scale and offset of fixed points: convex in two variables, with a rigorous bound."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.ray import Ray
from riskslim.solvers.oracle import ConvexOracle

__all__ = ["best_line"]

_EPS = float(np.finfo(np.float64).eps)
_ITERATIONS = 500
_GAP = 1e-12  # between value and bound, beyond which a smaller box is worth it
_NEAR = 0.02  # of the ranges, around the best pair


def best_line(
    oracle: ConvexOracle,
    points: FloatArray,
    scales: tuple[float, float],
    offsets: tuple[float, float],
    stop: Callable[[], bool] = lambda: False,
) -> Ray:
    """Minimise ``oracle([v, t * points[1:]])`` over ranges of the offset v and the scale t.

    For each t the best v is the root of a slope that rises with v; with that v the slope in t
    rises with t. Every trial is the tangent of a minorant over the whole box, whose least value
    there is a bound, so that roots need not be exact.

    Parameters
    ----------
    oracle : ConvexOracle
        The convex function, of dimension p.
    points : ndarray of shape (p,)
        The direction; its first entry is not read.
    scales, offsets : tuple of float
        Ranges of t > 0 and v.
    stop : callable
        Asked before every scale but the first; what was found until then is the answer.

    Returns
    -------
    Ray
        Value minus bound is below 1e-12 unless the oracle's own rounding errors are larger, or
        it was stopped.
    """
    low, high = np.array([offsets[0], scales[0]]), np.array([offsets[1], scales[1]])
    at, bound = _least(oracle, points[1:], low, high, stop)
    exact = oracle.value(np.append(at[0], at[1] * points[1:]))
    if exact - bound > _GAP and not stop():
        bound = max(bound, _nearer(oracle, points[1:], at, exact, low, high, stop))
    return Ray(float(at[1]), exact, min(bound, exact), float(at[0]))


class _StoppedError(Exception):
    """Trials were asked to end."""


def _least(
    oracle: ConvexOracle,
    points: FloatArray,
    low: FloatArray,
    high: FloatArray,
    stop: Callable[[], bool],
) -> tuple[FloatArray, float]:
    """Give the best pair (v, t) of a box, and a bound over the box."""
    plane = _Plane(oracle, points, low, high, stop)
    try:
        t = _root(plane.slope_along, float(low[1]), float(high[1]))
        return np.array([plane.best_offset(t), t]), plane.bound
    except _StoppedError:
        return np.array(plane.best[1:]), plane.bound


def _nearer(
    oracle: ConvexOracle,
    points: FloatArray,
    at: FloatArray,
    value: float,
    low: FloatArray,
    high: FloatArray,
    stop: Callable[[], bool],
) -> float:
    """Bound again, close to the best pair: an oracle's rounding errors grow with the box.

    What is below the value at that pair is a convex set around it. Where every side of a smaller
    box that is none of the whole box is above the value, that set lies within the smaller box.
    """
    reach = _NEAR * (high - low)
    near = np.maximum(low, at - reach), np.minimum(high, at + reach)
    for k, end in itertools.product(range(2), range(2)):
        if near[end][k] == (low, high)[end][k]:
            continue
        side = near[0].copy(), near[1].copy()
        side[0][k] = side[1][k] = near[end][k]
        if _least(oracle, points, *side, stop)[1] < value:
            return -math.inf
    return min(value, _least(oracle, points, *near, stop)[1])


class _Plane:
    """The oracle over a box of offset and scale, and the best bound of its minorants so far."""

    def __init__(
        self,
        oracle: ConvexOracle,
        points: FloatArray,
        low: FloatArray,
        high: FloatArray,
        stop: Callable[[], bool],
    ) -> None:
        self._oracle, self._points, self._stop = oracle, points, stop
        self.low, self.high = low, high
        ends = low[1] * points, high[1] * points
        below, above = np.minimum(*ends), np.maximum(*ends)
        self._box = (
            np.append(low[0], below - _EPS * np.abs(below)),
            np.append(high[0], above + _EPS * np.abs(above)),
        )
        self.bound = -math.inf
        self.latest = math.inf  # value of the last trial
        # Value, v and t; only of a v that is the best of its t: another may be out of all range.
        self.best = math.inf, float(low[0]), float(low[1])

    def read(self, v: float, t: float) -> FloatArray:
        """Give what the oracle reads."""
        return np.append(v, t * self._points)

    def slopes(self, v: float, t: float) -> tuple[float, float]:
        """Slopes in v and t; the minorant there raises the bound."""
        minorant = self._oracle.minorant(self.read(v, t), *self._box)
        self.latest = minorant.value
        own, parts = float(minorant.gradient[0]), minorant.gradient[1:] * self._points
        along = math.fsum(parts.tolist())
        ends = self.low[0] if own >= 0.0 else self.high[0], self.low if along >= 0.0 else self.high
        terms = minorant.constant, own * float(ends[0]), along * float(ends[1][1])
        # what sums and products of this line may round away
        size = abs(terms[0]) + abs(terms[1]) + float(np.abs(parts).sum() * self.high[1])
        self.bound = max(self.bound, math.fsum(terms) - 8.0 * _EPS * size)
        return own, along

    def best_offset(self, t: float) -> float:
        """Give the best v of a scale."""
        low, high = self.low.tolist(), self.high.tolist()
        return _root(lambda v: self.slopes(v, t)[0], low[0], high[0])

    def slope_along(self, t: float) -> float:
        """Slope in t where v is the best."""
        if self.best[0] < math.inf and self._stop():
            raise _StoppedError
        v = self.best_offset(t)
        slope = self.slopes(v, t)[1]
        self.best = min(self.best, (self.latest, v, t))
        return slope


def _root(slope: Callable[[float], float], low: float, high: float) -> float:
    """Where a slope that rises changes its sign; an end of the range where it does not."""
    if low == high or slope(low) >= 0.0:
        return low
    if slope(high) <= 0.0:
        return high
    from scipy.optimize import brentq

    near = {"xtol": 1e-300, "rtol": 4 * _EPS, "maxiter": _ITERATIONS}
    return float(brentq(slope, low, high, **near))
