"""Rows that every good score puts on the same side of the cutoff: the data reduction of SLIM.

Each row is forced to the side on which a known score does not have it. Where no score there can be
as good as the known one, every score that is has the row where the known one has it. Ustun and
Rudin (2016) bound the forced problem by the relaxation of a program with large constants; the
conflicts between rows bound it far better: a row that is held on the side of the other class is in
conflict with all rows of its own.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.hashing import distinct_rows
from riskslim.solvers.result import SearchOptions
from riskslim.solvers.slim.problem import ThresholdProblem
from riskslim.solvers.slim.program import PairProgram
from riskslim.solvers.slim.rows import merged_rows
from riskslim.solvers.slim.shared import SharedProgram

__all__ = ["DecidedRows", "decided_rows"]

_PAIRS = 400_000  # of rows of both classes, up to which the program with quads is fast
_TIE = 1e-9  # of all weight: bounds must exceed the cutoff by more than any rounding
_DEAREST = 2.0  # of a feature: more than all errors together is never worth it, and costs digits


@dataclass(frozen=True)
class DecidedRows:
    """What `decided_rows` proves.

    Attributes
    ----------
    decided : ndarray of bool, shape (n,)
        Whether every score at least as good as the known one has the row on the same side.
    complete : bool
        Whether every row was looked at, which a limit may prevent.
    """

    decided: BoolArray
    complete: bool


def decided_rows(
    problem: ThresholdProblem, side: IntArray, cutoff: float, options: SearchOptions
) -> DecidedRows:
    """Find the rows whose side every score has that is at least as good as a known one.

    Parameters
    ----------
    problem : ThresholdProblem
        Its rules and limits are left out, which only makes bounds lower.
    side : ndarray of int, shape (n,)
        Sign of the total of each row under the known score; one of 0 is not asked.
    cutoff : float
        Objective of the known score.
    options : SearchOptions
        Limit of time and interrupt.
    """
    forcing = _Forcing(problem, side, cutoff, options)
    return forcing.run()


class _Forcing:
    """The rows of a problem, one for each that its features with points tell apart."""

    def __init__(
        self, problem: ThresholdProblem, side: IntArray, cutoff: float, options: SearchOptions
    ) -> None:
        self.options, self.end = options, time.monotonic() + min(options.time_limit, 1e9)
        x, self.positive, self.negative, live = merged_rows(problem, problem.lower, problem.upper)
        columns = np.append(0, live + 1)
        self.place = np.zeros(len(problem.features), dtype=np.int64)
        if len(live):
            _, self.place = distinct_rows(problem.features[:, live])
        self.side = np.zeros(len(x), dtype=np.int64)
        self.side[self.place] = side
        self.x, self.lower, self.upper = x, problem.lower[columns], problem.upper[columns]
        self.max_size = problem.max_size
        self.total = problem.total_weight
        self.cost = self.total * np.minimum(problem.switch_cost[columns], _DEAREST)
        self.epsilon = self.total * problem.epsilon
        self.cutoff, self.tie = self.total * cutoff, self.total * _TIE

    def run(self) -> DecidedRows:
        decided = self._by_reduced_costs()
        weight = self.positive + self.negative
        waiting = np.flatnonzero(~decided & (self.side != 0))
        complete = True
        for g in waiting[np.argsort(-weight[waiting], kind="stable")]:
            if self._stopped():
                complete = False
                break
            decided[g] = self._is_forced(int(g))
        return DecidedRows(decided[self.place], complete)

    def _stopped(self) -> bool:
        return self.options.interrupted() or time.monotonic() > self.end

    def _program(
        self, positive: FloatArray, negative: FloatArray, cutoff: float
    ) -> SharedProgram | PairProgram:
        """Solve the program over conflicts between rows of these weights."""
        total = math.fsum([*positive, *negative])
        problem = ThresholdProblem(
            self.x,
            positive,
            negative,
            self.lower,
            self.upper,
            self.cost / total,
            max_size=self.max_size,
            epsilon=self.epsilon / total,
        )
        few = np.count_nonzero(positive) * np.count_nonzero(negative) <= _PAIRS
        limits = cutoff, self.tie, self.end, self._stopped, lambda *_: cutoff
        if few:
            shared = SharedProgram(problem, self._stopped)
            shared.bound(self.lower, self.upper, *limits)
            return shared
        pairs = PairProgram(problem, self.lower, self.upper)
        pairs.run(*limits)
        return pairs

    def _by_reduced_costs(self) -> BoolArray:
        """Rows that are right, and of which one more wrong exceeds the cutoff already."""
        decided = np.zeros(len(self.x), dtype=bool)
        if self._stopped():
            return decided
        program = self._program(self.positive, self.negative, self.cutoff)
        heavier = self.positive - self.negative
        rows = np.r_[np.flatnonzero(heavier > 0.0), np.flatnonzero(heavier < 0.0)]
        right = np.sign(heavier[rows]) == self.side[rows]
        decided[rows[right & (program.proved + program.spare > self.cutoff + self.tie)]] = True
        return decided

    def _is_forced(self, g: int) -> bool:
        """Whether no good score has a row at 0 or on the other side.

        There its own class is wrong. A row of the other class with the same values takes its
        place, at a weight that no good score pays: its total is 0 or on that side, and that of a
        row of the first class that is right is strictly on the first.
        """
        positive, negative = self.positive.copy(), self.negative.copy()
        own, other = (positive, negative) if self.side[g] > 0 else (negative, positive)
        wrong = float(own[g])
        own[g], other[g] = 0.0, self.total
        program = self._program(positive, negative, self.cutoff - wrong)
        return program.proved > self.cutoff - wrong + self.tie
