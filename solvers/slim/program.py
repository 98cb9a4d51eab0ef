"""The linear program over conflicts of one box, and bounds from its rounded multipliers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import highspy
import numpy as np

from riskslim.solvers import _native
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.highs import quiet_highs, run_until
from riskslim.solvers.slim.problem import ThresholdProblem
from riskslim.solvers.slim.rows import grid_of, rounded_down, split_rows
from riskslim.solvers.slim.signs import drop_dear_signs, price_of

__all__ = ["PairProgram"]

# Pairs per row that the first program holds. Where few features may be chosen, most pairs are told
# apart by none of them: one a row is enough for a bound that leaves few features.
_PARTNERS, _PARTNERS_OF_FEW = 3, 1
_NEW_PER_ROUND = 4_000
_VIOLATION = 1e-3
_ROUNDS = 40
_STALLED = 4  # rounds without progress
_PROGRESS = 0.01  # of the gap that a round should close
_EXACT_SUMS = 256.0  # times the total weight: sums up to there are exact on the grid
_USED = 0.1  # part of a feature that counts as used
_APART = 1e3  # weight of a feature that tells two rows apart for certain


class PairProgram:
    """The linear program of one box, grown by the cuts that its solutions violate.

    Attributes
    ----------
    proved : float
        The best bound from multipliers, in units of weight.
    spare : ndarray of shape (p + n,)
        What a score costs beyond it, at least, that is wrong on a positive, a negative row.
    """

    def __init__(self, problem: ThresholdProblem, lower: FloatArray, upper: FloatArray) -> None:
        self.lower, self.upper = lower, upper
        rows = split_rows(problem, lower, upper)
        self.live = rows.live
        self.limits = (problem.max_false_negative, problem.max_false_positive)
        self.x_positive, self.x_negative = rows.x_positive, rows.x_negative
        self.positive, self.negative = rows.positive, rows.negative
        self.total = problem.total_weight
        low, high = lower[self.live + 1], upper[self.live + 1]
        self.plus, self.minus = high > 0.0, low < 0.0
        self.forced = (low > 0.0) | (high < 0.0)
        self.cost = self.total * (problem.switch_cost[self.live + 1] + problem.epsilon)
        self.grid = grid_of(problem)
        self.fixed = math.fsum([rows.both, *self.cost[self.forced]])
        size = len(self.live) if problem.max_size is None else problem.max_size
        self.room = size - int(self.forced.sum())  # features that may still be chosen
        self.limited = self.room < int((~self.forced).sum())
        self.at_positive = self.at_negative = np.zeros(0, dtype=np.int32)
        self.tells_plus = self.tells_minus = np.zeros((0, len(self.live)))
        self.seen: set[tuple[int, int]] = set()
        self.proved = self.fixed
        self.spare = np.zeros(len(self.positive) + len(self.negative))
        self.cutoff = math.inf
        self.stopped: Callable[[], bool] = lambda: False

    def run(
        self,
        cutoff: float,
        tie: float,
        deadline: float,
        stopped: Callable[[], bool],
        suggest: Callable[[FloatArray, FloatArray], float],
    ) -> tuple[float, tuple[FloatArray, FloatArray], FloatArray, FloatArray]:
        """Best bound, how far each live feature is chosen with each sign, the box that is left."""
        k = len(self.live)
        n_rows = len(self.positive) + len(self.negative)
        best, lower, upper = self.fixed, self.lower.copy(), self.upper.copy()
        signs = np.zeros(k), np.zeros(k)
        if k == 0 or len(self.positive) == 0 or len(self.negative) == 0:
            return best, signs, lower, upper
        self.stopped = stopped
        highs = self._start()
        ones = np.where(self.forced, _APART, 1.0)
        weights = (ones * self.plus, ones * self.minus)
        zeros = (np.zeros(len(self.positive)), np.zeros(len(self.negative)))
        partners = _PARTNERS_OF_FEW if self.limited else _PARTNERS
        new = self._nearest(weights, zeros, partners, _APART / 2)
        stalled = 0
        for _ in range(_ROUNDS):
            if len(new) == 0 or stalled >= _STALLED or stopped():
                break
            self._add(highs, new)
            left = deadline - time.monotonic()
            if left <= 0.0:
                break
            highs.setOptionValue("time_limit", highs.getRunTime() + left)
            run_until(highs, stopped)
            solution = highs.getSolution()
            if not solution.dual_valid or not solution.value_valid:
                break
            point = np.clip(np.asarray(solution.col_value), 0.0, 1.0)
            alpha = point[n_rows:]
            chosen = np.clip(alpha[:k] + alpha[k:], 0.0, 1.0)
            cutoff = self.cutoff = min(cutoff, suggest(*self._used(chosen)))
            proved = self._evaluate(np.asarray(solution.row_dual), cutoff, tie, lower, upper)
            gap = cutoff - best if math.isfinite(cutoff) else abs(best) + 1.0
            stalled = 0 if proved > best + _PROGRESS * max(gap, 0.0) else stalled + 1
            best = max(best, proved)
            signs = alpha[:k], alpha[k:]
            still = np.count_nonzero((lower[self.live + 1] != 0.0) | (upper[self.live + 1] != 0.0))
            if best > cutoff + tie or still <= 0.8 * k:
                break
            alpha = np.where(np.r_[self.forced, self.forced], 1.0, alpha)
            new = self._nearest(
                (alpha[:k] * self.plus, alpha[k:] * self.minus),
                (point[: len(self.positive)], point[len(self.positive) : n_rows]),
                1,
                1.0 - _VIOLATION,
            )
        return best, signs, lower, upper

    def _sides(self) -> tuple[slice, slice]:
        n_positive = len(self.positive)
        return slice(0, n_positive), slice(n_positive, n_positive + len(self.negative))

    def _used(self, chosen: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Box with points on the features that a solution uses, and on forced ones, alone."""
        lower, upper = np.zeros_like(self.lower), np.zeros_like(self.upper)
        columns = np.r_[0, self.live[(chosen > _USED) | self.forced] + 1]
        lower[columns], upper[columns] = self.lower[columns], self.upper[columns]
        return lower, upper

    def _start(self) -> highspy._core._Highs:
        highs = quiet_highs()
        highs.setOptionValue("solver", "ipm")  # points inside the optimal face cut more at once
        highs.setOptionValue("run_crossover", "off")
        highs.setOptionValue("presolve", "choose")
        highs.setOptionValue("primal_feasibility_tolerance", 1e-7)
        highs.setOptionValue("dual_feasibility_tolerance", 1e-7)
        cost = np.r_[self.positive, self.negative, self.cost, self.cost]
        upper = np.r_[np.ones(len(self.positive) + len(self.negative)), self.plus, self.minus]
        # the constant part pays for a forced feature, whose sign is then free to take
        cost[-2 * len(self.live) :][np.r_[self.forced, self.forced]] = 0.0
        highs.addVars(len(cost), np.zeros(len(cost)), upper.astype(np.float64))
        highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        first, k = len(self.positive) + len(self.negative), len(self.live)
        for j in np.flatnonzero(self.plus & self.minus):
            columns = np.array([first + j, first + k + j], dtype=np.int32)
            highs.addRow(-highspy.kHighsInf, 1.0, 2, columns, np.ones(2))  # one sign at most
        for side, limit in zip(self._sides(), self.limits, strict=True):
            if limit < math.inf:
                columns = np.arange(side.start, side.stop, dtype=np.int32)
                highs.addRow(-highspy.kHighsInf, limit, len(columns), columns, cost[side])
        if self.limited:
            free = np.flatnonzero(~self.forced) + first
            columns = np.r_[free, free + k].astype(np.int32)
            highs.addRow(
                -highspy.kHighsInf, self.room, len(columns), columns, np.ones(len(columns))
            )
        return highs

    def _nearest(
        self,
        weights: tuple[FloatArray, FloatArray],
        on: tuple[FloatArray, FloatArray],
        count: int,
        limit: float,
    ) -> list[tuple[int, int]]:
        p, n, weight = _native.nearest_pairs(
            self.x_positive,
            self.x_negative,
            np.ascontiguousarray(weights[0], dtype=np.float64),
            np.ascontiguousarray(weights[1], dtype=np.float64),
            np.ascontiguousarray(on[0]),
            np.ascontiguousarray(on[1]),
            count,
            limit,
            self.stopped,
        )
        found = dict(zip(zip(p, n, strict=True), weight, strict=True))
        new = sorted((w, pair) for pair, w in found.items() if pair not in self.seen)
        limit_new = len(new) if not self.seen else _NEW_PER_ROUND
        return [pair for _, pair in new[:limit_new]]

    def _add(self, highs: highspy._core._Highs, new: list[tuple[int, int]]) -> None:
        self.seen.update(new)
        p, n = (np.asarray(side, dtype=np.int32) for side in zip(*new, strict=True))
        plus = (self.x_positive[p] > self.x_negative[n]) & self.plus
        minus = (self.x_positive[p] < self.x_negative[n]) & self.minus
        n_positive, n_rows = len(self.positive), len(self.positive) + len(self.negative)
        signs: BoolArray = np.hstack([plus, minus])
        rows, columns = np.nonzero(signs)
        counts = signs.sum(axis=1) + 2
        starts = np.r_[0, np.cumsum(counts)]
        indices = np.empty(starts[-1], dtype=np.int32)
        indices[starts[:-1]] = p
        indices[starts[:-1] + 1] = n_positive + n
        within = np.arange(len(rows)) - np.r_[0, np.cumsum(counts - 2)][rows]
        indices[starts[rows] + 2 + within] = n_rows + columns
        highs.addRows(
            len(p),
            np.ones(len(p)),
            np.full(len(p), highspy.kHighsInf),
            len(indices),
            starts[:-1].astype(np.int32),
            indices,
            np.ones(len(indices)),
        )
        self.at_positive = np.r_[self.at_positive, p]
        self.at_negative = np.r_[self.at_negative, n]
        self.tells_plus = np.vstack([self.tells_plus, plus])
        self.tells_minus = np.vstack([self.tells_minus, minus])

    def _evaluate(
        self, duals: FloatArray, cutoff: float, tie: float, lower: FloatArray, upper: FloatArray
    ) -> float:
        """Bound from rounded multipliers; takes the signs that are too dear out of the box.

        With u >= 0, every score costs at least sum(u) minus what the loads exceed the weights
        and costs by. All loads are sums of multiples of one power of two, hence exact.
        """
        shared = 0.0
        first = int(np.count_nonzero(self.plus & self.minus))
        prices = [0.0, 0.0]
        for side, limit in enumerate(self.limits):
            if limit < math.inf:
                prices[side] = price_of(float(duals[first]))
                first += 1
        if self.limited:
            shared = max(0.0, -float(duals[first])) if math.isfinite(duals[first]) else 0.0
            first += 1
        duals = duals[first:]
        u = rounded_down(np.where(np.isfinite(duals), np.maximum(duals, 0.0), 0.0), self.grid)
        positive = self.positive * (1.0 + prices[0])
        negative = self.negative * (1.0 + prices[1])
        u = np.minimum(u, np.minimum(positive[self.at_positive], negative[self.at_negative]))
        if float(u.sum()) > _EXACT_SUMS * self.total:
            return self.fixed
        load_positive = np.bincount(self.at_positive, weights=u, minlength=len(self.positive))
        load_negative = np.bincount(self.at_negative, weights=u, minlength=len(self.negative))
        price = np.where(self.forced, 0.0, self.cost + shared)
        over_plus = np.where(self.plus, u @ self.tells_plus - price, 0.0)
        over_minus = np.where(self.minus, u @ self.tells_minus - price, 0.0)
        over = np.maximum(0.0, np.maximum(over_plus, over_minus))
        proved = math.fsum(
            [
                self.fixed,
                *u,
                *-np.maximum(0.0, load_positive - positive),
                *-np.maximum(0.0, load_negative - negative),
                *-over,
                -shared * self.room if self.limited else 0.0,
                *(-p * limit for p, limit in zip(prices, self.limits, strict=True) if p > 0.0),
            ]
        )
        if proved > self.proved:
            spare = np.r_[positive - load_positive, negative - load_negative]
            self.proved, self.spare = proved, np.maximum(0.0, spare)
        drop_dear_signs(
            proved, (over_plus, over_minus), ~self.forced, self.live, cutoff + tie, lower, upper
        )
        return proved
