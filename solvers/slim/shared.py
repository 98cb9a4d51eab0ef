"""One linear program over conflicts between rows for all boxes of a search.

Every conflict holds for every score, so that a box only changes the bounds of the signs: the next
program starts from the basis and the conflicts of the one before and takes few steps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import highspy
import numpy as np

from riskslim.solvers import _native
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.highs import quiet_highs, run_until
from riskslim.solvers.slim.conflicts import Conflicts
from riskslim.solvers.slim.packing import PackedBound
from riskslim.solvers.slim.problem import ThresholdProblem
from riskslim.solvers.slim.rows import grid_of, rounded_down, split_rows
from riskslim.solvers.slim.signs import drop_dear_signs, price_of

__all__ = ["SharedProgram"]

_PARTNERS = 3  # pairs per row that the program starts with
_ROUNDS = 8  # of new conflicts in a box
_VIOLATION = 0.02
_PROGRESS = 0.01  # of the gap that a round should close
_CANDIDATES, _QUADS, _SHARE = 600, 100, 4  # pairs from which quads are made, quads, and of a row
_MOST = 2_500  # conflicts in the program
_IDLE = 30  # boxes after which a conflict that did nothing goes
_EXACT_SUMS = 256.0  # times the total weight: sums up to there are exact on the grid
_USED = 0.1  # part of a feature that counts as used

_Signs = tuple[BoolArray, BoolArray, BoolArray]  # may be plus, may be minus, must be either


class SharedProgram:
    """Bounds boxes within the box of a problem, one after the other.

    Attributes
    ----------
    proved : float
        The best bound of the last box from multipliers, in units of weight.
    spare : ndarray of shape (p + n,)
        What a score costs beyond it, at least, that is wrong on a positive, a negative row.
    """

    def __init__(
        self, problem: ThresholdProblem, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        self.stopped = stopped
        rows = split_rows(problem, problem.lower, problem.upper)
        self.rows, self.live = rows, rows.live
        self.n_rows, self.k = len(rows.positive) + len(rows.negative), len(rows.live)
        self.limits = (problem.max_false_negative, problem.max_false_positive)
        self.weight = np.r_[rows.positive, rows.negative]
        self.total = problem.total_weight
        self.cost = self.total * (problem.switch_cost[self.live + 1] + problem.epsilon)
        self.size = self.k if problem.max_size is None else problem.max_size
        self.grid = grid_of(problem)
        self.conflicts = Conflicts(rows.x_positive, rows.x_negative)
        self.idle = np.zeros(0, dtype=np.int64)
        self.proved, self.spare = rows.both, np.zeros(self.n_rows)
        self.highs = self._start()
        self.first = self.highs.getNumRow()  # rows before those of the conflicts
        ones = np.ones(self.k)
        self._add(self._pairs(ones, ones, np.zeros(self.n_rows), _PARTNERS, math.inf))

    def bound(
        self,
        lower: FloatArray,
        upper: FloatArray,
        cutoff: float,
        tie: float,
        deadline: float,
        stopped: Callable[[], bool],
        suggest: Callable[[FloatArray, FloatArray], float],
    ) -> PackedBound:
        """Bound a box, and take signs out of it that cost more than the cutoff leaves.

        Parameters and result are those of `riskslim.solvers.slim.packing.pack`.
        """
        lower, upper = lower.copy(), upper.copy()
        best = self.proved = self.rows.both
        self.spare = np.zeros(self.n_rows)
        of_plus, of_minus = np.zeros(len(lower) - 1), np.zeros(len(lower) - 1)
        for _ in range(_ROUNDS):
            plus, minus, forced = self._signs(lower, upper)
            left = deadline - time.monotonic()
            if left <= 0.0 or stopped():
                break
            self.highs.setOptionValue("time_limit", self.highs.getRunTime() + left)
            run_until(self.highs, self.stopped)
            solution = self.highs.getSolution()
            if not (solution.dual_valid and solution.value_valid):
                break
            point = np.clip(np.asarray(solution.col_value), 0.0, 1.0)
            psi, up, down = np.split(point, [self.n_rows, self.n_rows + self.k])
            chosen = np.clip(up + down, 0.0, 1.0)
            of_plus[self.live], of_minus[self.live] = up, down
            cutoff = min(cutoff, suggest(*self._used(chosen, forced, lower, upper)))
            proved = self._evaluate(
                np.asarray(solution.row_dual), (plus, minus, forced), cutoff, tie, lower, upper
            )
            gap = cutoff - best if math.isfinite(cutoff) else abs(best) + 1.0
            stalled = proved < best + _PROGRESS * gap
            best = max(best, proved)
            if best > cutoff + tie:
                break
            found = self._pairs(up, down, psi, 1, 1.0 - _VIOLATION)
            if stalled or not self._add(found):
                found = self._quads(up, down, psi)
                if not self._add(found) or stalled:
                    break
        self._forget()
        return PackedBound(best, lower, upper, of_plus, of_minus)

    def _signs(self, lower: FloatArray, upper: FloatArray) -> _Signs:
        """Signs that the box leaves open, and the features that it forces; tells the program."""
        low, high = lower[self.live + 1], upper[self.live + 1]
        plus, minus, forced = high > 0.0, low < 0.0, (low > 0.0) | (high < 0.0)
        columns = np.arange(self.n_rows, self.n_rows + 2 * self.k, dtype=np.int32)
        most = np.r_[plus, minus].astype(np.float64)
        least = np.r_[forced & plus, forced & minus].astype(np.float64)
        self.highs.changeColsBounds(len(columns), columns, least, most)
        return plus, minus, forced

    def _start(self) -> highspy._core._Highs:
        highs, k = quiet_highs(), self.k
        cost = np.r_[self.weight, self.cost, self.cost]
        highs.addVars(len(cost), np.zeros(len(cost)), np.ones(len(cost)))
        highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        for j in range(k):
            columns = np.array([self.n_rows + j, self.n_rows + k + j], dtype=np.int32)
            highs.addRow(-highspy.kHighsInf, 1.0, 2, columns, np.ones(2))  # one sign at most
        for side, limit in zip(self._sides(), self.limits, strict=True):
            if limit < math.inf:
                columns = np.arange(side.start, side.stop, dtype=np.int32)
                highs.addRow(-highspy.kHighsInf, limit, len(columns), columns, cost[side])
        if self.size < k:
            columns = np.arange(self.n_rows, self.n_rows + 2 * k, dtype=np.int32)
            highs.addRow(-highspy.kHighsInf, self.size, 2 * k, columns, np.ones(2 * k))
        return highs

    def _sides(self) -> tuple[slice, slice]:
        n_positive = len(self.rows.positive)
        return slice(0, n_positive), slice(n_positive, self.n_rows)

    def _used(
        self, chosen: FloatArray, forced: BoolArray, lower: FloatArray, upper: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Box with points on the features that a solution uses alone."""
        low, high = np.zeros_like(lower), np.zeros_like(upper)
        columns = np.r_[0, self.live[(chosen > _USED) | forced] + 1]
        low[columns], high[columns] = lower[columns], upper[columns]
        return low, high

    def _pairs(
        self, plus: FloatArray, minus: FloatArray, psi: FloatArray, count: int, limit: float
    ) -> list[list[int]]:
        on_positive, on_negative = np.split(psi, [len(self.rows.positive)])
        x = self.rows.x_positive, self.rows.x_negative
        p, n, _ = _native.nearest_pairs(
            *x, plus, minus, on_positive, on_negative, count, limit, self.stopped
        )
        return [[a, b] for a, b in zip(p, n, strict=True)]

    def _quads(self, plus: FloatArray, minus: FloatArray, psi: FloatArray) -> list[list[int]]:
        on_positive, on_negative = np.split(psi, [len(self.rows.positive)])
        x = self.rows.x_positive, self.rows.x_negative
        return _native.light_quads(
            *x,
            plus,
            minus,
            on_positive,
            on_negative,
            _CANDIDATES,
            _QUADS,
            _SHARE,
            1.0 - _VIOLATION,
            self.stopped,
        )

    def _add(self, found: list[list[int]]) -> int:
        old = len(self.conflicts)
        count = self.conflicts.add(found)
        if count:
            members = self.conflicts.members[old:]
            indices, starts = [], []
            length = 0
            for rows, plus, minus in zip(
                members, self.conflicts.plus[old:], self.conflicts.minus[old:], strict=True
            ):
                columns = np.r_[
                    rows[rows < self.n_rows],
                    self.n_rows + np.flatnonzero(plus),
                    self.n_rows + self.k + np.flatnonzero(minus),
                ]
                starts.append(length)
                length += len(columns)
                indices.append(columns)
            self.highs.addRows(
                count,
                np.ones(count),
                np.full(count, highspy.kHighsInf),
                length,
                np.asarray(starts, dtype=np.int32),
                np.concatenate(indices).astype(np.int32),
                np.ones(length),
            )
            self.idle = np.r_[self.idle, np.zeros(count, dtype=np.int64)]
        return count

    def _forget(self) -> None:
        """Take conflicts that have long done nothing out of a program that has many."""
        self.idle += 1
        if len(self.idle) <= _MOST:
            return
        kept = self.idle <= _IDLE
        gone = np.flatnonzero(~kept).astype(np.int32) + self.first
        if len(gone):
            self.highs.deleteRows(len(gone), gone.astype(np.int32))
            self.conflicts.keep(kept)
            self.idle = self.idle[kept]

    def _evaluate(
        self,
        duals: FloatArray,
        signs: _Signs,
        cutoff: float,
        tie: float,
        lower: FloatArray,
        upper: FloatArray,
    ) -> float:
        """Bound from rounded multipliers; takes the signs that are too dear out of the box.

        With u >= 0, every score costs at least sum(u) and, for each row and feature, what is
        cheapest of its weight or cost less its load: all loads are sums of multiples of one power
        of two, hence exact.
        """
        plus, minus, forced = signs
        first, k = self.k, self.k
        prices = [0.0, 0.0]
        for side, limit in enumerate(self.limits):
            if limit < math.inf:
                prices[side] = price_of(float(duals[first]))
                first += 1
        shared = 0.0
        if self.size < k:
            shared = max(0.0, -float(duals[first])) if math.isfinite(duals[first]) else 0.0
        weight = self.weight.copy()
        for rows, side_price in zip(self._sides(), prices, strict=True):
            weight[rows] *= 1.0 + side_price
        u = duals[self.first :]
        u = rounded_down(np.where(np.isfinite(u), np.maximum(u, 0.0), 0.0), self.grid)
        members = self.conflicts.members
        u = np.minimum(u, np.r_[weight, math.inf][members].min(axis=1))
        if float(u.sum()) > _EXACT_SUMS * self.total:
            return self.rows.both
        active = u > 0.0
        self.idle[active] = 0
        u, members = u[active], members[active]
        load = np.bincount(members.ravel(), np.repeat(u, members.shape[1]), self.n_rows + 1)
        price = self.cost + shared
        over_plus = u @ self.conflicts.plus[active] - price
        over_minus = u @ self.conflicts.minus[active] - price
        over_plus[~plus] = over_minus[~minus] = -math.inf
        over = np.maximum(over_plus, over_minus)
        over[~forced] = np.maximum(0.0, over[~forced])
        proved = math.fsum(
            [
                self.rows.both,
                *u,
                *-np.maximum(0.0, load[:-1] - weight),
                *-over,
                -shared * self.size if self.size < k else 0.0,
                *(-p * limit for p, limit in zip(prices, self.limits, strict=True) if p > 0.0),
            ]
        )
        if proved > self.proved:
            self.proved, self.spare = proved, np.maximum(0.0, weight - load[:-1])
        drop_dear_signs(
            proved,
            (over_plus, over_minus),
            ~forced & (plus | minus),
            self.live,
            cutoff + tie,
            lower,
            upper,
        )
        return proved
