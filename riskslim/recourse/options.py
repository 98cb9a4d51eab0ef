r"""Everything that a column can be changed to, as few options: one for each step of the score.

A change moves a number along pieces on which nothing that matters changes: between the cuts of
the score, of the columns that it moves, and of conditions. All changes into one piece give the same
total, so that the nearest of them is the cheapest, and how many there are is counted, or measured,
without listing them. Pieces are kept as differences from where each person is: a cut c of a column
with value w that moves at the rate s lies at (c - w) / s, whose sign is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from riskslim.errors import OptionError
from riskslim.recourse.actions import OBSERVED, ColumnActions, Condition
from riskslim.recourse.levers import Lever, Number
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["Options", "Pieces"]

_SLACK = 1e-9  # of a step, for values such as 0.3 - 0.1 that are no doubles


@dataclass(eq=False)
class Options:
    """What n people can change one column to, as P options each.

    Attributes
    ----------
    lever : Lever
        The column.
    now : ndarray of int, shape (n,)
        The option in which a person is, which is always within reach and costs nothing.
    reachable : ndarray of bool, shape (n, P)
        Whether there is a change into it.
    gain : ndarray of int, shape (n, P)
        Points that it adds to the total.
    cost : ndarray of shape (n, P)
        Of the cheapest change into it.
    weight : ndarray of shape (n, P)
        Its share in what the column can be changed to, before they are made to sum to 1.
    target : ndarray of shape (n, P)
        Value, or place of the label, of the cheapest change.
    is_open : ndarray of bool, shape (n, P)
        Whether that value itself is just outside: less, or more, than it is meant.
    holds : dict of Condition to ndarray of bool, shape (n, P)
        Where each condition on the column holds.
    """

    lever: Lever
    now: IntArray
    reachable: BoolArray
    gain: IntArray
    cost: FloatArray
    weight: FloatArray
    target: FloatArray
    is_open: BoolArray
    holds: dict[Condition, BoolArray] = field(default_factory=dict)


class Pieces:
    """The pieces of a number's changes, of each person."""

    def __init__(
        self,
        lever: Number,
        actions: ColumnActions,
        moved: Sequence[tuple[Number, float]],
        conditions: Sequence[Condition],
    ) -> None:
        _refuse_words(lever, actions, conditions)
        self._lever, self._actions, self._conditions = lever, actions, conditions
        self._values = lever.values
        # A change of what is not known, or moves what is not known, is none.
        known = ~np.isnan(lever.values)
        for other, _ in moved:
            known &= ~np.isnan(other.values)
        self._is_known = known
        self._v = np.where(known, lever.values, 0.0)
        self._cut(moved)
        self._reach()

    def _cut(self, moved: Sequence[tuple[Number, float]]) -> None:
        """Sort every edge by the change at which it is passed; side 1 is passed above it."""
        n = len(self._v)
        change, exact, side, points = [], [], [], []

        def add(at: FloatArray, value: FloatArray, beyond: int, gained: int) -> None:
            change.append(at)
            exact.append(value)
            side.append(beyond)
            points.append(gained)

        for cut, gained in zip(self._lever.cuts, np.diff(self._lever.points), strict=True):
            add(_difference(cut, self._v), np.full(n, cut), 0, int(gained))
        for other, rate in moved:
            w = np.where(self._is_known, other.values, 0.0)
            for cut, gained in zip(other.cuts, np.diff(other.points), strict=True):
                at = _snapped(
                    _difference(cut, w) / rate, np.maximum(np.abs(w), abs(cut)) / abs(rate)
                )
                # Where the other one falls its points go as soon as it is below the cut.
                add(at, self._v + at, int(rate < 0), int(gained if rate > 0 else -gained))
        marks = []
        for one in self._conditions:
            for bound, beyond in ((one.at_least, 0), (one.at_most, 1)):
                if np.isfinite(bound):
                    marks.append((one, beyond, len(change)))
                    add(_difference(bound, self._v), np.full(n, bound), beyond, 0)
        m = len(change)
        shape = (n, m)
        at = np.stack(change, axis=1) if m else np.empty(shape)
        sides = np.broadcast_to(np.array(side, dtype=np.int64), shape)
        order = np.lexsort((sides, at), axis=1)
        self._at = np.take_along_axis(at, order, 1)
        self._side = np.take_along_axis(sides, order, 1)
        value = np.stack(exact, axis=1) if m else np.empty(shape)
        self._value = np.take_along_axis(value, order, 1)
        gained_at = np.broadcast_to(np.array(points, dtype=np.int64), shape)
        steps = np.cumsum(np.take_along_axis(gained_at, order, 1), axis=1)
        total = np.column_stack([np.zeros(n, dtype=np.int64), steps])
        passed = (self._at < 0) | ((self._at == 0) & (self._side == 0))
        self._now = passed.sum(axis=1)
        self._gain = total - np.take_along_axis(total, self._now[:, None], 1)
        self._holds = self._conditions_held(order, marks, n, m)

    def _conditions_held(
        self, order: IntArray, marks: Sequence[tuple[Condition, int, int]], n: int, m: int
    ) -> dict[Condition, BoolArray]:
        rank = np.argsort(order, axis=1)
        piece = np.arange(m + 1)
        holds = {one: np.ones((n, m + 1), dtype=bool) for one in self._conditions}
        for one, beyond, place in marks:
            is_past = piece[None, :] > rank[:, place, None]
            holds[one] &= ~is_past if beyond else is_past
        return holds

    def _reach(self) -> None:
        """Find the interval of changes that direction, bounds and the largest change leave."""
        own, n = self._actions, len(self._v)
        low, high = np.full(n, -np.inf), np.full(n, np.inf)
        if own.direction in ("none", "up"):
            low = np.zeros(n)
        if own.direction in ("none", "down"):
            high = np.zeros(n)
        if own.max_change is not None:
            low, high = np.maximum(low, -own.max_change), np.minimum(high, own.max_change)
        if own.at_least is not None:
            low = np.maximum(low, _difference(own.at_least, self._v))
        if own.at_most is not None:
            high = np.minimum(high, _difference(own.at_most, self._v))
        low[~self._is_known], high[~self._is_known] = 0.0, 0.0
        self._low, self._high = low[:, None], high[:, None]

    def options(self) -> Options:
        """Give what each person can change the number to."""
        n, m = self._at.shape
        infinite = np.full((n, 1), np.inf)
        # Piece p lies between its edges: from the first on, or above it where the side is 1.
        first = (
            np.column_stack([-infinite, self._at]),
            np.column_stack([np.zeros((n, 1), dtype=np.int64), self._side]),
        )
        last = (
            np.column_stack([self._at, infinite]),
            np.column_stack([self._side, np.ones((n, 1), dtype=np.int64)]),
        )
        if self._actions.values is not None:
            grid = _numbers_of(self._actions, self._lever)
            reachable, weight, nearest, is_open = self._among(grid)
        else:
            step = self._actions.step or (1.0 if self._lever.integer else None)
            if step is None:
                reachable, weight, nearest, is_open = self._along(*first, *last)
            else:
                reachable, weight, nearest, is_open = self._stepping(step, *first, *last)
        if self._actions.measure == OBSERVED or not np.isfinite(weight[reachable]).all():
            grid = np.unique(self._values[~np.isnan(self._values)])
            weight = self._among(grid)[1]
        piece = np.arange(m + 1)[None, :]
        is_now = piece == self._now[:, None]
        size = np.where(is_now, 0.0, np.abs(nearest))
        cost = np.where(is_now, 0.0, self._actions.cost + self._actions.unit_cost * size)
        reachable |= is_now
        target = np.where(is_now, self._v[:, None], self._v[:, None] + nearest)
        return Options(
            self._lever,
            self._now,
            reachable,
            np.where(reachable, self._gain, 0),
            np.where(reachable, cost, np.inf),
            np.where(self._is_known[:, None], weight, 0.0),
            target,
            is_open & ~is_now,
            self._holds,
        )

    def _stepping(
        self, step: float, first: FloatArray, above: IntArray, last: FloatArray, below: IntArray
    ) -> tuple[BoolArray, FloatArray, FloatArray, BoolArray]:
        """Count whole steps in each piece, but that of no change at all."""
        least = np.maximum(_steps_from(first / step, above == 1), _ceiling(self._low / step))
        most = np.minimum(_steps_to(last / step, below == 0), _floor(self._high / step))
        reachable = least <= most
        inside = (least <= 0) & (most >= 0)
        with np.errstate(invalid="ignore"):
            weight = np.where(reachable, most - least + 1 - inside, 0.0)
        return reachable, weight, _nearest(least, most) * step, np.zeros(least.shape, dtype=bool)

    def _along(
        self, first: FloatArray, above: IntArray, last: FloatArray, below: IntArray
    ) -> tuple[BoolArray, FloatArray, FloatArray, BoolArray]:
        """Measure the length of each piece, where any amount goes."""
        least, most = np.maximum(first, self._low), np.minimum(last, self._high)
        no_least = (above == 1) & (first >= self._low)
        no_most = (below == 0) & (last <= self._high)
        reachable = (least < most) | ((least == most) & ~no_least & ~no_most)
        with np.errstate(invalid="ignore"):
            weight = np.where(reachable, most - least, 0.0)
        is_above = np.arange(first.shape[1])[None, :] > self._now[:, None]
        is_open = np.where(is_above, no_least, no_most)
        return reachable, weight, _nearest(least, most), is_open

    def _among(self, grid: FloatArray) -> tuple[BoolArray, FloatArray, FloatArray, BoolArray]:
        """Count the values of a list in each piece, but one's own."""
        n, m = self._at.shape
        edge = np.where(
            self._side == 0,
            np.searchsorted(grid, self._value, "left"),
            np.searchsorted(grid, self._value, "right"),
        )
        low, high = self._v[:, None] + self._low, self._v[:, None] + self._high
        own = self._actions
        # Bounds as they were written, not as the sum of a value and a difference.
        for end, change, bound in (
            (low, self._low, own.at_least),
            (high, self._high, own.at_most),
        ):
            if bound is not None:
                np.copyto(end, bound, where=change == _difference(bound, self._v)[:, None])
        begin = np.column_stack([np.zeros((n, 1), dtype=np.int64), edge])
        end = np.column_stack([edge, np.full((n, 1), len(grid))]) - 1
        begin = np.maximum(begin, np.searchsorted(grid, low, "left"))
        end = np.minimum(end, np.searchsorted(grid, high, "right") - 1)
        reachable = begin <= end
        at = np.searchsorted(grid, self._v, "left")
        here = at < len(grid)
        here[here] = grid[at[here]] == self._v[here]
        inside = here[:, None] & (begin <= at[:, None]) & (at[:, None] <= end)
        weight = np.where(reachable, end - begin + 1 - inside, 0).astype(float)
        if not len(grid):
            return reachable, weight, np.zeros((n, m + 1)), np.zeros((n, m + 1), dtype=bool)
        top = len(grid) - 1
        least = grid[np.clip(begin, 0, top)] - self._v[:, None]
        most = grid[np.clip(end, 0, top)] - self._v[:, None]
        return reachable, weight, _nearest(least, most), np.zeros((n, m + 1), dtype=bool)


def _difference(cut: float, values: FloatArray) -> FloatArray:
    return _snapped(cut - values, np.maximum(np.abs(values), abs(cut)))


def _snapped(change: FloatArray, size: FloatArray) -> FloatArray:
    """Give a difference of decimals as the decimal that it is, so that equal ones are equal.

    To 12 digits of what it is a difference of; what is not 0 never becomes 0.
    """
    with np.errstate(divide="ignore"):
        unit = 10.0 ** (12 - np.ceil(np.log10(np.where(size > 0, size, 1.0))))
    near = np.rint(change * unit) / unit
    return np.where((near == 0) & (change != 0), change, near)


def _nearest(least: FloatArray, most: FloatArray) -> FloatArray:
    """Give the change of the least size between two ends."""
    nearest = np.where(least > 0, least, np.where(most < 0, most, 0.0))
    return np.where(np.isfinite(nearest), nearest, 0.0)


def _whole(steps: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Give the nearest whole numbers, and where these are meant."""
    with np.errstate(invalid="ignore"):
        near = np.rint(steps)
        return near, np.abs(steps - near) <= _SLACK * np.maximum(1.0, np.abs(steps))


def _ceiling(steps: FloatArray) -> FloatArray:
    near, is_whole = _whole(steps)
    return np.where(is_whole, near, np.ceil(steps))


def _floor(steps: FloatArray) -> FloatArray:
    near, is_whole = _whole(steps)
    return np.where(is_whole, near, np.floor(steps))


def _steps_from(steps: FloatArray, beyond: BoolArray) -> FloatArray:
    """Give the first whole number from an edge on, or beyond it."""
    near, is_whole = _whole(steps)
    return np.where(is_whole, near + beyond, np.ceil(steps))


def _steps_to(steps: FloatArray, before: BoolArray) -> FloatArray:
    """Give the last whole number up to an edge, or before it."""
    near, is_whole = _whole(steps)
    return np.where(is_whole, near - before, np.floor(steps))


def _numbers_of(actions: ColumnActions, lever: Number) -> FloatArray:
    if actions.values == OBSERVED:
        return np.unique(lever.values[~np.isnan(lever.values)])
    return np.unique(np.array(actions.values, dtype=float))


def _refuse_words(lever: Number, actions: ColumnActions, conditions: Sequence[Condition]) -> None:
    listed = actions.values if isinstance(actions.values, tuple) else ()
    if any(isinstance(value, str) for value in listed) or any(one.levels for one in conditions):
        raise OptionError(
            f"actions of {lever.names[0]!r}: it is a column of numbers; give numbers, not words"
        )
