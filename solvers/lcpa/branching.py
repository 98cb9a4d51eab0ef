"""Which disjunction splits a node: switches before values, measured before guessed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.box import integer_part
from riskslim.solvers.program import ConvexProgram

__all__ = ["Brancher", "Child", "Split"]

Change = tuple[int, float, float]  # column, new lower, new upper

_FRACTION = 1e-6
_RELIABLE = 8  # measurements of a side after which its pseudo-cost is believed
_MEASURED = 16  # candidates measured at a node
_SHARPNESS = 6.0
_NARROW = 1e-12  # a real column of this width is not split: no slope makes it count


@dataclass
class Child:
    """One side of a split: its changes, the key of its pseudo-cost, how far it moves the LP."""

    changes: tuple[Change, ...]
    side: tuple[int, str]
    distance: float
    bound: float = -math.inf


Split = list[Child]
"""Children that together cover every feasible point of the node."""


class Brancher:
    """Reliability branching over switches (zero, positive, negative) and integer values.

    A split is scored by the tree that it leaves: each child counts
    ``exp(-gain / scale)``, with the gap of the node setting the scale, and a
    child that is closed at once counts nothing. Gains come from LPs of the
    children until a side has been measured eight times, then from the mean gain
    per distance.

    References
    ----------
    Achterberg, T., Koch, T. and Martin, A. (2005). Branching rules revisited.
    Operations Research Letters 33, 42-54 (reliability branching).
    """

    def __init__(self, program: ConvexProgram) -> None:
        self._integer = integer_part(program)
        self._two_way = program.scale is not None
        self._size = len(program.names) + 1  # columns and the scale
        self._points, self._indicators = program.switches.T
        self._firm = program.integer[self._points]
        plain = program.integer.copy()
        plain[self._indicators] = False
        self._plain = np.flatnonzero(plain)
        self._indicator_of = np.full(len(program.names), -1)
        self._indicator_of[self._points] = self._indicators
        self._sums: dict[tuple[int, str], tuple[int, float]] = {}

    def learn(self, child: Child, gain: float) -> None:
        """Record the gain that an LP showed for a side."""
        count, total = self._sums.get(child.side, (0, 0.0))
        self._sums[child.side] = count + 1, total + max(gain, 0.0) / max(child.distance, 0.05)

    def candidates(self, x: FloatArray, lower: FloatArray, upper: FloatArray) -> list[Split]:
        """Give the splits that cut off the LP's point `x`; none where it is integer."""
        splits = []
        points, indicators = self._points, self._indicators
        open_switch = upper[indicators] - lower[indicators] > 0.5
        value = x[points]
        moved = open_switch & ((np.abs(value) > _FRACTION) | (x[indicators] > _FRACTION))
        # at an integer value with its switch wholly on, nothing is fractional
        settled = (
            self._firm
            & (np.abs(value - np.round(value)) <= _FRACTION)
            & (np.abs(value) > 0.5)
            & (x[indicators] >= 1.0 - _FRACTION)
        )
        for i in np.flatnonzero(moved & ~settled).tolist():
            splits.append(self._switch(i, x, lower, upper))
        astride = self._firm & (lower[indicators] > 0.5) & (lower[points] < 0) & (upper[points] > 0)
        for i in np.flatnonzero(astride & (np.abs(value) < 1.0 - _FRACTION)).tolist():
            splits.append(self._switch(i, x, lower, upper))
        plain = self._plain
        fraction = x[plain] - np.floor(x[plain])
        for c in plain[np.minimum(fraction, 1.0 - fraction) > _FRACTION].tolist():
            switch = self._indicator_of[c]
            if switch >= 0 and lower[switch] < 0.5 and abs(x[c]) < 1.0:
                continue  # its switch is the split
            splits.append(self._value(c, math.floor(x[c]), x, lower, upper))
        return splits

    def _switch(self, i: int, x: FloatArray, lower: FloatArray, upper: FloatArray) -> Split:
        point, indicator = int(self._points[i]), int(self._indicators[i])
        value, share = float(x[point]), float(x[indicator])
        low, up = float(lower[point]), float(upper[point])
        children = []
        if lower[indicator] < 0.5:
            off = ((indicator, 0.0, 0.0), (point, 0.0, 0.0))
            children.append(Child(off, (point, "zero"), abs(value)))
        if not self._firm[i] or (self._two_way and children):
            children.append(Child(((indicator, 1.0, 1.0),), (point, "on"), 1.0 - share))
            return children
        if up >= 1.0:
            on = ((indicator, 1.0, 1.0), (point, max(low, 1.0), up))
            children.append(Child(on, (point, "positive"), _way(value, share)))
        if low <= -1.0:
            on = ((indicator, 1.0, 1.0), (point, low, min(up, -1.0)))
            children.append(Child(on, (point, "negative"), _way(-value, share)))
        return children

    def _value(
        self, column: int, floor: float, x: FloatArray, lower: FloatArray, upper: FloatArray
    ) -> Split:
        value = float(x[column])
        down = ((column, float(lower[column]), floor),)
        up = ((column, floor + 1.0, float(upper[column])),)
        return [
            Child(down, (column, "down"), abs(value - floor)),
            Child(up, (column, "up"), abs(floor + 1.0 - value)),
        ]

    def halve(self, x: FloatArray | None, lower: FloatArray, upper: FloatArray) -> Split | None:
        """Split where no LP point guides: an open integer column, else the widest real one."""
        width = upper - lower
        width[self._size :] = 0.0
        switches = [i for i in range(len(self._points)) if width[self._indicators[i]] > 0.5]
        if switches:
            base = np.zeros(len(lower)) if x is None else x
            return self._switch(switches[0], base, lower, upper)
        whole = np.flatnonzero(self._integer & (width > 0.5))
        if len(whole):
            column = int(whole[np.argmax(width[whole])])
            middle = (lower[column] + upper[column]) / 2 if x is None else x[column]
            floor = min(max(math.floor(middle + 0.5), lower[column]), upper[column] - 1.0)
            return self._value(column, floor, np.full(len(lower), floor + 0.5), lower, upper)
        column = int(np.argmax(width))
        if width[column] <= _NARROW:
            return None
        middle = float((lower[column] + upper[column]) / 2)
        halves = (
            ((column, float(lower[column]), middle),),
            ((column, middle, float(upper[column])),),
        )
        return [Child(h, (column, "half"), 1.0) for h in halves]

    def choose(
        self,
        splits: list[Split],
        bound: float,
        cutoff: float,
        measure: Callable[[Child], float],
    ) -> Split:
        """Give the split that leaves the smallest tree; `measure` solves a child's LP."""
        gap = cutoff - bound if math.isfinite(cutoff) else 1.0
        scale = max(gap, 1e-12) / _SHARPNESS
        scored = sorted(
            ((self._score(s, scale, gap), i) for i, s in enumerate(splits)), key=lambda e: e
        )
        best: Split | None = None
        best_score = math.inf
        measured = 0
        for score, i in scored:
            split = splits[i]
            if measured < _MEASURED and not self._reliable(split):
                measured += 1
                for child in split:
                    child.bound = measure(child)
                    gain = child.bound - bound
                    self.learn(child, min(gain, gap) if math.isfinite(gain) else gap)
                score = sum(_share(c.bound - bound, scale, gap) for c in split)
            if score < best_score:
                best, best_score = split, score
            if best_score <= 1.0:
                break  # all but one child are closed: nothing can be better
        assert best is not None  # splits is never empty
        return best

    def _score(self, split: Split, scale: float, gap: float) -> float:
        return sum(_share(self._guess(c), scale, gap) for c in split)

    def _guess(self, child: Child) -> float:
        count, total = self._sums.get(child.side, (0, 0.0))
        return total / count * max(child.distance, 0.05) if count else 0.0

    def _reliable(self, split: Split) -> bool:
        return all(self._sums.get(c.side, (0, 0.0))[0] >= _RELIABLE for c in split)


def _share(gain: float, scale: float, gap: float) -> float:
    return 0.0 if gain >= gap else math.exp(-max(gain, 0.0) / scale)


def _way(value: float, share: float) -> float:
    """Distance from the LP's point to "at least 1 on this side"."""
    return max(1.0 - value, 0.0) + max(1.0 - share, 0.0) * 0.1
