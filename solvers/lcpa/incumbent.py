"""Feasible points: exact checks of candidates, and the heuristics that make them."""

from __future__ import annotations

import math

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.oracle import LatticeHeuristics, LatticeRows
from riskslim.solvers.program import ConvexProgram

__all__ = ["Incumbents", "row_sides"]

_ROW_TOLERANCE = 1e-9
_POOL_SIZE = 32


def row_sides(program: ConvexProgram) -> tuple[FloatArray, FloatArray]:
    """Give the row sides that the search works with, the same in its LPs and its checks.

    Where all columns of a row are integer and all coefficients whole numbers,
    the row is evaluated without rounding and its sides stand as they are.
    Elsewhere ``0.1 + 0.2 <= 0.3`` would fail by rounding alone, so each side
    gives way by 1e-9 of the row's largest size.
    """
    lower, upper = program.row_lower.astype(np.float64), program.row_upper.astype(np.float64)
    for i in range(program.matrix.shape[0]):
        start, stop = program.matrix.indptr[i], program.matrix.indptr[i + 1]
        columns, values = program.matrix.indices[start:stop], program.matrix.data[start:stop]
        if program.integer[columns].all() and (values == np.round(values)).all():
            continue
        extent = np.maximum(np.abs(program.lower[columns]), np.abs(program.upper[columns]))
        sides = [abs(s) for s in (lower[i], upper[i]) if math.isfinite(s)]
        slack = _ROW_TOLERANCE * (1.0 + float(np.abs(values) @ extent) + max(sides, default=0.0))
        lower[i] -= slack
        upper[i] += slack
    return lower, upper


class Incumbents:
    """The best feasible point so far and some others.

    Every candidate is rounded to exact integers, checked against the bounds,
    switches and rows of the program as it was given, and priced by the oracle.
    """

    def __init__(self, program: ConvexProgram, sides: tuple[FloatArray, FloatArray]) -> None:
        self.program = program
        self.point: FloatArray | None = None
        self.objective = math.inf
        self.oracle_value = math.inf
        self._sides = sides
        self._matrix = program.matrix.toarray()
        self._pool: dict[bytes, tuple[float, FloatArray]] = {}
        self._points = program.switches[:, 0]
        self._indicators = program.switches[:, 1]
        self._firm = program.integer[self._points]
        self._lattice = _Lattice(program, self._matrix, sides)

    def offer(self, candidate: FloatArray) -> bool:
        """Take a candidate of all n columns if it is feasible; True where it is the new best."""
        program = self.program
        x = candidate.copy()
        x[program.integer] = np.round(x[program.integer])
        on = x[self._points] != 0.0
        # a continuous point at zero leaves its indicator free
        x[self._indicators] = np.where(self._firm | on, on, x[self._indicators])
        x += 0.0  # no negative zeros
        key = x.tobytes()
        if key in self._pool or not self.feasible(x):
            return False
        value = program.oracle.value(x[program.oracle_columns])
        objective = program.total(value, x)
        self._pool[key] = objective, x
        if len(self._pool) > 4 * _POOL_SIZE:
            self._pool = dict(sorted(self._pool.items(), key=_price)[:_POOL_SIZE])
        if objective < self.objective:
            self.point, self.objective, self.oracle_value = x, objective, value
            return True
        return False

    def feasible(self, x: FloatArray) -> bool:
        """Check bounds and rows."""
        program = self.program
        if (x < program.lower).any() or (x > program.upper).any():
            return False
        activity = self._matrix @ x
        return bool((activity >= self._sides[0]).all() and (activity <= self._sides[1]).all())

    def pool(self) -> tuple[FloatArray, ...]:
        """Give the feasible points met, best first, without the incumbent."""
        best = sorted(self._pool.items(), key=_price)[: _POOL_SIZE + 1]
        return tuple(x for _, (_, x) in best if x is not self.point)

    def polish(self, near: FloatArray, lower: FloatArray, upper: FloatArray) -> bool:
        """Round a real point of the box to the lattice, improve it, and offer it."""
        if not self._lattice.usable:
            return self.offer(near)
        best = False
        for candidate in self._lattice.candidates(near, lower, upper, self.objective):
            best |= self.offer(candidate)
        return best


def _price(entry: tuple[bytes, tuple[float, FloatArray]]) -> tuple[float, bytes]:
    return entry[1][0], entry[0]


class _Lattice:
    """The program as the oracle's lattice heuristics see it: points and indicators only."""

    def __init__(
        self, program: ConvexProgram, matrix: FloatArray, sides: tuple[FloatArray, FloatArray]
    ) -> None:
        self._program = program
        columns = program.oracle_columns
        self.usable = isinstance(program.oracle, LatticeHeuristics) and bool(
            program.integer[columns].all()
        )
        place = {int(c): i for i, c in enumerate(columns)}
        # a switch of a column that the oracle does not read is left to the tree
        self._pairs = [(place[int(p)], int(a)) for p, a in program.switches if int(p) in place]
        self._switch_cost = np.zeros(len(columns))
        on_indicators = np.zeros((len(matrix), len(columns)))
        covered: BoolArray = np.zeros(len(program.names), dtype=bool)
        covered[columns] = True
        for i, a in self._pairs:
            self._switch_cost[i] = program.cost[a]
            on_indicators[:, i] = matrix[:, a]
            covered[a] = True
        self._rest = np.flatnonzero(~covered)
        known = ~(matrix[:, self._rest] != 0.0).any(axis=1)
        self._rows = LatticeRows(
            np.ascontiguousarray(matrix[known][:, columns]),
            np.ascontiguousarray(on_indicators[known]),
            sides[0][known],
            sides[1][known],
        )

    def candidates(
        self, near: FloatArray, lower: FloatArray, upper: FloatArray, cutoff: float
    ) -> list[FloatArray]:
        oracle, columns = self._program.oracle, self._program.oracle_columns
        if not isinstance(oracle, LatticeHeuristics):
            return []
        low, up = lower[columns].copy(), upper[columns].copy()
        for i, a in self._pairs:
            if upper[a] == 0.0:
                low[i] = up[i] = 0.0
        # polishing may always pay: the cutoff stops only what rounds far above it
        rounded = oracle.sequential_rounding(
            near[columns], low, up, self._switch_cost, self._rows, cutoff + 0.1 * abs(cutoff)
        )
        if rounded is None:
            return []
        whole = (self._program.lower[columns], self._program.upper[columns])
        better = oracle.coordinate_descent(rounded, *whole, self._switch_cost, self._rows)
        return [self._complete(x, near) for x in (rounded, better) if x is not None]

    def _complete(self, x: FloatArray, near: FloatArray) -> FloatArray:
        full = near.copy()
        full[self._program.oracle_columns] = x
        return full
