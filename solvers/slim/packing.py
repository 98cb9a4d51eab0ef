"""Bounds on the 0-1 loss by packing pairs of rows: a linear program with a safe dual.

A positive row p and a negative row n are both right only if some feature tells them apart: one
with a positive point where x_pj > x_nj, or a negative one where x_pj < x_nj. So

    psi_p + psi_n + sum_j [x_pj > x_nj] plus_j + sum_j [x_pj < x_nj] minus_j >= 1

with psi_i for "row i is wrong" and plus_j, minus_j for the sign of the points of feature j. The
linear program over these cuts is often tight on rows with few distinct values. Its dual packs
pairs: multipliers u that load no row beyond its weight and no sign beyond the cost of its feature.
Any u >= 0 bounds the objective once the overloads are paid for, so that a bound is evaluated from
rounded multipliers in exact arithmetic and never read from the solver.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.slim.problem import ThresholdProblem
from riskslim.solvers.slim.program import PairProgram

__all__ = ["PackedBound", "pack"]


@dataclass(frozen=True)
class PackedBound:
    """What the packing proves of a box of points, in units of weight.

    Attributes
    ----------
    value : float
        No score in the box costs less; rigorous.
    lower, upper : ndarray of shape (d + 1,)
        The box without the signs that are too dear: a score that is as good as the cutoff lies
        within.
    plus, minus : ndarray of shape (d,)
        How far the program chose each feature with points of each sign, 0 to 1.
    """

    value: float
    lower: FloatArray
    upper: FloatArray
    plus: FloatArray
    minus: FloatArray


def pack(
    problem: ThresholdProblem,
    lower: FloatArray,
    upper: FloatArray,
    cutoff: float,
    tie: float,
    deadline: float,
    stopped: Callable[[], bool],
    suggest: Callable[[FloatArray, FloatArray], float],
) -> PackedBound:
    """Bound a box, and take signs out of it that cost more than the cutoff leaves.

    Parameters
    ----------
    problem : ThresholdProblem
        What to bound.
    lower, upper : ndarray of shape (d + 1,)
        The box.
    cutoff : float
        Value of the incumbent, in units of weight; infinite without one.
    tie : float
        Signs go only where they cost more than the cutoff by this.
    deadline : float
        On the clock of `time.monotonic`.
    stopped : callable
        True ends the rounds early; the bound is valid all the same.
    suggest : callable
        Called with the boxes (lower, upper) of the few features that a solution of the program
        uses; gives back the cutoff, which is lower where the box held a better score.
    """
    lower, upper = lower.copy(), upper.copy()
    value = 0.0
    plus, minus = np.zeros(len(lower) - 1), np.zeros(len(lower) - 1)
    while True:
        program = PairProgram(problem, lower, upper)
        proved, (up, down), lower, upper = program.run(cutoff, tie, deadline, stopped, suggest)
        cutoff = min(cutoff, program.cutoff)
        value = max(value, proved)
        plus[:] = minus[:] = 0.0
        plus[program.live], minus[program.live] = up, down
        live = np.count_nonzero((lower[1:] != 0.0) | (upper[1:] != 0.0))
        # a program over fewer features has fewer rows: it bounds better, and fast
        done = value > cutoff + tie or live == len(program.live) or live == 0
        if done or stopped() or time.monotonic() > deadline:
            return PackedBound(value, lower, upper, plus, minus)
