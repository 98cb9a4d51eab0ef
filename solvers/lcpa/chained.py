"""Bounds that tighten one another: objective, loss and size; points, switches and rows."""

from __future__ import annotations

import math

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.products import Products
from riskslim.solvers.program import ConvexProgram

__all__ = ["Chained", "Propagator"]

_MARGIN = 1e-6  # of rounding to integers: wider by it than exact arithmetic would need


class Chained:
    """Bounds on V, L and R through V = L + (cost of the R indicators) + (other cost).

    References
    ----------
    Ustun, B. and Rudin, C. (2019). Learning optimized risk scores. JMLR 20(150),
    section 3.3 (chained updates).
    """

    def __init__(self, program: ConvexProgram) -> None:
        self.least_loss = 0.0
        self.least_size, self.most_size = 0.0, float(len(program.switches))
        indicators = program.switches[:, 1]
        self._indicators = indicators
        self._prices = np.sort(program.cost[indicators])
        other = np.ones(len(program.names), dtype=bool)
        other[indicators] = False
        ends = np.minimum(program.cost * program.lower, program.cost * program.upper)
        self._other_cost = float(ends[other].sum())

    def update(self, lower: FloatArray, upper: FloatArray, best: float) -> bool:
        """Tighten by the box and the incumbent; True where the size has shrunk.

        R indicators cost at least the sum of the R smallest prices, so
        V <= best leaves room for R only while that sum is at most
        best - least_loss - least other cost.
        """
        before = self.least_size, self.most_size
        indicators = self._indicators
        self.least_size = max(self.least_size, float(lower[indicators].sum()))
        self.most_size = min(self.most_size, float(upper[indicators].sum()))
        if math.isfinite(best) and len(self._prices):
            room = best - self.least_loss - self._other_cost
            sums = np.concatenate([[0.0], np.cumsum(self._prices)])
            slack = 1e-12 * (1.0 + abs(room) + np.abs(self._prices).sum())
            fits = np.flatnonzero(sums <= room + slack)
            self.most_size = min(self.most_size, float(fits[-1]) if len(fits) else -1.0)
        return before != (self.least_size, self.most_size)


class Propagator:
    """Tightens a node's box by its switches and rows, and rounds integer bounds."""

    def __init__(self, program: ConvexProgram, sides: tuple[FloatArray, FloatArray]) -> None:
        self._points, self._indicators = program.switches.T
        self._firm = program.integer[self._points]
        self._integer = program.integer
        self._width = len(program.names)
        self._products = None if program.scale is None else Products(program)
        self._matrix = program.matrix.toarray()
        self._positive = np.maximum(self._matrix, 0.0)
        self._negative = np.minimum(self._matrix, 0.0)
        self._sides = sides

    def tighten(self, lower: FloatArray, upper: FloatArray) -> bool:
        """Tighten in place; False where the box is shown to be empty."""
        if self._products is None:
            return self._tighten(lower, upper)
        n = self._width
        for _ in range(3):
            total = float(upper[:n].sum() - lower[:n].sum())
            if not self._tighten(lower[:n], upper[:n]) or not self._products.tighten(lower, upper):
                return False
            if float(upper[:n].sum() - lower[:n].sum()) == total:
                break
        return True

    def _tighten(self, lower: FloatArray, upper: FloatArray) -> bool:
        for _ in range(4):
            total = float(upper.sum() - lower.sum())
            self._switches(lower, upper)
            if (lower > upper).any():
                return False
            if len(self._matrix) and not self._rows(lower, upper):
                return False
            if float(upper.sum() - lower.sum()) == total:
                break
        return True

    def _switches(self, lower: FloatArray, upper: FloatArray) -> None:
        points, indicators, firm = self._points, self._indicators, self._firm
        low, up = lower[points], upper[points]
        off = upper[indicators] <= 0.0
        on = lower[indicators] >= 1.0
        low, up = np.where(off, np.maximum(low, 0.0), low), np.where(off, np.minimum(up, 0.0), up)
        low = np.where(on & firm & (low == 0.0), 1.0, low)
        up = np.where(on & firm & (up == 0.0), -1.0, up)
        lower[points], upper[points] = low, up
        lower[indicators] = np.where((low > 0.0) | (up < 0.0), 1.0, lower[indicators])
        zero = firm & (low == 0.0) & (up == 0.0)
        upper[indicators] = np.where(zero, np.minimum(upper[indicators], 0.0), upper[indicators])

    def _rows(self, lower: FloatArray, upper: FloatArray) -> bool:
        """Bound each column by the room that the others leave it in each row."""
        positive, negative = self._positive, self._negative
        least = positive @ lower + negative @ upper
        most = positive @ upper + negative @ lower
        size = np.abs(self._matrix) @ np.maximum(np.abs(lower), np.abs(upper)) + 1.0
        margin = 1e-12 * size
        if (least > self._sides[1] + margin).any() or (most < self._sides[0] - margin).any():
            return False
        # room_up: how far a row's activity may rise above its least; per column, over |a|
        room_up = self._sides[1] - least + margin
        room_down = most - self._sides[0] + margin
        if room_up.min() > size.max() and room_down.min() > size.max():
            return True
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse_up, inverse_down = 1.0 / positive, 1.0 / -negative
            rise = np.minimum(
                np.where(positive > 0.0, room_up[:, None] * inverse_up, np.inf),
                np.where(negative < 0.0, room_down[:, None] * inverse_down, np.inf),
            ).min(axis=0)
            fall = np.minimum(
                np.where(positive > 0.0, room_down[:, None] * inverse_up, np.inf),
                np.where(negative < 0.0, room_up[:, None] * inverse_down, np.inf),
            ).min(axis=0)
        new_upper, new_lower = lower + rise + 1e-12, upper - fall - 1e-12
        integer = self._integer
        new_upper = np.where(integer, np.floor(new_upper + _MARGIN), new_upper)
        new_lower = np.where(integer, np.ceil(new_lower - _MARGIN), new_lower)
        np.minimum(upper, new_upper, out=upper)
        np.maximum(lower, new_lower, out=lower)
        return not (lower > upper).any()
