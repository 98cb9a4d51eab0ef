"""The best scale of fixed points: a convex problem in one variable, with a rigorous bound."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.oracle import ConvexOracle

__all__ = ["Ray", "best_scale"]

_EPS = float(np.finfo(np.float64).eps)
_GAP = 1e-13
_TRIALS = 80
_NEAR = 0.02


@dataclass(frozen=True)
class Ray:
    """The best scale found for some points.

    Attributes
    ----------
    scale : float
        Within the range.
    value : float
        The oracle at ``scale * points``.
    bound : float
        No scale of the range has a value below it; rigorous.
    offset : float or None
        What the oracle reads first, where that is chosen with the scale.
    """

    scale: float
    value: float
    bound: float
    offset: float | None = None

    def at(self, points: FloatArray) -> FloatArray:
        """Give what the oracle reads of points."""
        read: FloatArray = self.scale * points
        if self.offset is not None:
            read[0] = self.offset
        return read


@dataclass(frozen=True)
class _Line:
    """A minorant along the ray: ``constant + slope * t`` on the whole range."""

    at: float
    value: float
    constant: float
    slope: float

    @property
    def rounding(self) -> float:
        """How far below the function the line is at its own point."""
        return self.value - _lowered(self.constant, self.slope * self.at)

    def least(self, low: float, high: float) -> float:
        """Least value on a range, rounded downwards."""
        end = low if self.slope >= 0.0 else high
        return _lowered(self.constant, self.slope * end)


def best_scale(
    oracle: ConvexOracle,
    points: FloatArray,
    low: float,
    high: float,
    guess: float | None = None,
    enough: float = math.inf,
) -> Ray:
    """Minimise ``oracle(t * points)`` over ``low <= t <= high``.

    The slopes of two minorants bracket the minimum, and where these cross is a
    lower bound. The next trial is the minimum of the cubic through the bracket;
    after two trials on one side it steps twice as far, to reach the other.

    Parameters
    ----------
    oracle : ConvexOracle
        The convex function, of dimension p.
    points : ndarray of shape (p,)
        Direction of the ray.
    low, high : float
        Range of the scale, ``0 < low <= high``.
    guess : float, optional
        Where to start.
    enough : float
        Stop as soon as the bound reaches it.

    Returns
    -------
    Ray
        Value minus bound is below 1e-12 unless `enough` came first, or the oracle's
        own rounding errors are larger.
    """
    start = min(max(math.sqrt(low * high) if guess is None else guess, low), high)
    line = _line(oracle, points, start, low, high)
    lines = [line]
    bound = line.least(low, high)
    left = line if line.slope < 0.0 else None
    right = line if line.slope >= 0.0 else None
    step = 0.1 * start
    same_side = 0
    for _ in range(_TRIALS):
        best = min(lines, key=lambda one: one.value)
        if best.value - bound <= _GAP + 2.0 * best.rounding or bound >= enough:
            break
        if left is not None and right is not None:
            at = _cubic(left, right)
            if same_side >= 2:
                at += 2.0 * (at - line.at)
            if same_side >= 5 or not left.at < at < right.at:
                at = 0.5 * (left.at + right.at)
                at = math.sqrt(left.at * right.at) if right.at > 4.0 * left.at else at
        else:
            at = line.at + step if right is None else line.at - step
            step *= 4.0
            at = min(max(at, low), high)
        line = _line(oracle, points, at, low, high)
        lines.append(line)
        falls = line.slope < 0.0
        same_side = same_side + 1 if falls == (lines[-2].slope < 0.0) else 1
        left, right = (line, right) if falls else (left, line)
        bound = max(bound, line.least(low, high))
        if left is not None and right is not None:
            bound = max(bound, _crossing(left, right, high))
    best = min(lines, key=lambda one: one.value)
    value = oracle.value(best.at * points)
    if value - bound > 5 * _GAP and bound < enough:
        bound = max(bound, _nearer(oracle, points, best, value, low, high))
    return Ray(best.at, value, min(bound, value))


def _line(oracle: ConvexOracle, points: FloatArray, at: float, low: float, high: float) -> _Line:
    """Minorant at one scale; its slope's rounding errors are taken off the constant."""
    ends = low * points, high * points
    below, above = np.minimum(*ends), np.maximum(*ends)
    below, above = below - _EPS * np.abs(below), above + _EPS * np.abs(above)
    minorant = oracle.minorant(at * points, below, above)
    parts = minorant.gradient * points
    size = float(np.abs(parts).sum())
    constant = _lowered(minorant.constant, -4.0 * _EPS * high * size)
    return _Line(at, minorant.value, constant, math.fsum(parts.tolist()))


def _crossing(left: _Line, right: _Line, high: float) -> float:
    """Least of the larger of two lines, by the mean of them that is nearly flat."""
    if left.slope >= 0.0 or right.slope < 0.0:
        return -math.inf
    share = right.slope / (right.slope - left.slope)
    constant = share * left.constant + (1.0 - share) * right.constant
    slope = share * left.slope + (1.0 - share) * right.slope
    size = abs(left.constant) + abs(right.constant)
    size += (abs(share * left.slope) + abs((1.0 - share) * right.slope)) * high
    return constant - abs(slope) * high - 8.0 * _EPS * size


def _nearer(
    oracle: ConvexOracle,
    points: FloatArray,
    best: _Line,
    value: float,
    low: float,
    high: float,
) -> float:
    """Bound again, close to the best scale: an oracle's rounding errors grow with the box.

    Left of a falling line the function is above the line's value there, and
    likewise on the right.
    """
    near_low, near_high = low, high
    for end in (low, high):
        at = best.at + _NEAR * (end - best.at)
        line = _line(oracle, points, at, low, high)
        if _lowered(line.constant, line.slope * at) < value:
            continue
        if at < best.at and line.slope < 0.0:
            near_low = at
        elif at > best.at and line.slope > 0.0:
            near_high = at
    if not near_high - near_low <= 0.5 * (high - low) or low == high:
        return -math.inf
    return min(value, best_scale(oracle, points, near_low, near_high, best.at).bound)


def _cubic(left: _Line, right: _Line) -> float:
    """Minimum of the cubic with the values and slopes of both ends."""
    width = right.at - left.at
    theta = 3.0 * (left.value - right.value) / width + left.slope + right.slope
    root = math.sqrt(max(theta * theta - left.slope * right.slope, 0.0))
    divisor = right.slope - left.slope + 2.0 * root
    if not divisor > 0.0:
        return left.at
    return right.at - width * (right.slope + root - theta) / divisor


def _lowered(first: float, second: float) -> float:
    """Sum of a number and a product, rounded downwards."""
    return first + second - 2.0 * _EPS * (abs(first) + abs(second))
