"""Feasible points: exact checks of candidates, and the heuristics that make them."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.lcpa.box import chosen_columns
from riskslim.solvers.lcpa.line import best_line
from riskslim.solvers.lcpa.ray import Ray, best_scale
from riskslim.solvers.oracle import LatticeHeuristics, LatticeRows
from riskslim.solvers.parts import ALL_PARTS, Part
from riskslim.solvers.program import ConvexProgram

__all__ = ["Incumbents", "row_sides"]

_ROW_TOLERANCE = 1e-9
_POOL_SIZE = 32
_SCALES = 5  # scales at which a point is rounded, beside its own
_TURNS = 5  # of improving points and scale


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

    Attributes
    ----------
    point : ndarray of shape (n,) or None
        The incumbent.
    objective, oracle_value : float
        Of the incumbent; infinite without one.
    scale : float
        Of the incumbent; 1 where the program leaves none to choose.
    floor : float
        No scale gives the incumbent's points an objective below it.
    """

    def __init__(
        self,
        program: ConvexProgram,
        sides: tuple[FloatArray, FloatArray],
        stop: Callable[[], bool] = lambda: False,
        parts: Collection[Part] = ALL_PARTS,
    ) -> None:
        self.program = program
        self._stop = stop
        self.point: FloatArray | None = None
        self.objective = math.inf
        self.oracle_value = math.inf
        self.scale = 1.0
        self.floor = math.inf
        self._sides = sides
        self._matrix = program.matrix.toarray()
        self._pool: dict[bytes, tuple[float, FloatArray]] = {}
        self._rays: dict[bytes, Ray] = {}
        self._points = program.switches[:, 0]
        self._indicators = program.switches[:, 1]
        self._firm = program.integer[self._points]
        self._chosen = np.flatnonzero(chosen_columns(program))
        self._lattice = _Lattice(program, self._matrix, sides, parts)

    def offer(self, candidate: FloatArray) -> bool:
        """Take a candidate if it is feasible; True where it is the new best.

        It has all n columns; with a scale, the next entry is one to start from.
        """
        program = self.program
        x = candidate[: len(program.names)].copy()
        x[program.integer] = np.round(x[program.integer])
        on = x[self._points] != 0.0
        # a continuous point at zero leaves its indicator free
        x[self._indicators] = np.where(self._firm | on, on, x[self._indicators])
        x += 0.0  # no negative zeros
        key = x[self._chosen].tobytes()
        if key in self._pool or not self.feasible(x):
            return False
        points = x[program.oracle_columns]
        if program.scale is None:
            scale, value = 1.0, program.oracle.value(points)
            bound = value
        else:
            guess = float(candidate[len(x)]) if len(candidate) > len(x) else None
            ray = self._ray(points, guess)
            scale, value, bound = ray.scale, ray.value, ray.bound
            if ray.offset is not None:
                x[program.oracle_columns[0]] = ray.offset / scale
        objective = program.total(value, x)
        self._pool[key] = objective, x
        if len(self._pool) > 4 * _POOL_SIZE:
            self._pool = dict(sorted(self._pool.items(), key=_price)[:_POOL_SIZE])
        if objective < self.objective:
            self.point, self.objective, self.oracle_value = x, objective, value
            self.scale, self.floor = scale, program.total(bound, x)
            return True
        return False

    def oracle_point(self) -> FloatArray:
        """Give what the oracle reads of the incumbent."""
        assert self.point is not None  # asked for only where there is one
        points = self.point[self.program.oracle_columns]
        return points if self.program.scale is None else self.scale * points

    def aim(self, state: FloatArray) -> FloatArray:
        """Offer a node's integer point; give where a cut makes the LP see its objective."""
        program = self.program
        points = state[program.oracle_columns]
        self.offer(state)
        if program.scale is None:
            return points
        return self._ray(points, float(state[len(program.names)])).at(points)

    def leaf_bound(self, lower: FloatArray, upper: FloatArray) -> float:
        """Bound the objective of a node whose columns are fixed, over its scales."""
        program = self.program
        if program.scale is None:
            return program.objective(lower)
        n = len(program.names)
        points = lower[program.oracle_columns]
        scales = float(lower[n]), float(upper[n])
        if program.offset is not None:
            offsets = float(lower[n + 1]), float(upper[n + 1])
            ray = best_line(program.oracle, points, scales, offsets, self._stop)
        else:
            ray = best_scale(program.oracle, points, *scales)
        return program.total(ray.bound, lower[:n])

    def _ray(self, points: FloatArray, guess: float | None) -> Ray:
        """Find the best scale of points; the latest ones are remembered."""
        program = self.program
        assert program.scale is not None  # asked for only where there is one
        key = (points if program.offset is None else points[1:]).tobytes()
        if key not in self._rays:
            if len(self._rays) >= _POOL_SIZE:
                self._rays.clear()
            if program.offset is not None:
                found = best_line(program.oracle, points, program.scale, program.offset, self._stop)
            else:
                found = best_scale(program.oracle, points, *program.scale, guess)
            self._rays[key] = found
        return self._rays[key]

    def feasible(self, x: FloatArray) -> bool:
        """Check bounds and rows."""
        program = self.program
        x = x[: len(program.names)]
        outside = (x < program.lower) | (x > program.upper)
        if outside[self._chosen].any():
            return False
        activity = self._matrix @ x
        return bool((activity >= self._sides[0]).all() and (activity <= self._sides[1]).all())

    def polish(self, near: FloatArray, lower: FloatArray, upper: FloatArray) -> bool:
        """Round a real point of the box to the lattice, improve it, and offer it.

        With a scale: round ``w = t x`` for the t of `near` and for those at which its
        largest point is each of the largest that the box allows. Then improve points
        and scale in turn.
        """
        if self.program.scale is None:
            return self._polish(near, lower, upper, 1.0)
        n, columns = len(self.program.names), self.program.oracle_columns
        best = False
        for scale in self._scales(near[:n], float(near[n])):
            state = near[: n + 1].copy()
            state[columns] *= near[n] / scale
            state[n] = scale
            best |= self._polish(state, lower, upper, scale)
        for _ in range(_TURNS if best else 0):
            assert self.point is not None  # it has just been set
            state = np.append(self.point, self.scale)
            if not self._polish(state, self.program.lower, self.program.upper, self.scale):
                break
        return best

    def _polish(self, near: FloatArray, lower: FloatArray, upper: FloatArray, scale: float) -> bool:
        if not self._lattice.usable:
            return self.offer(near)
        best = False
        made = self._lattice.candidates(near, lower, upper, self.objective, scale, self._stop)
        for candidate in made:
            best |= self.offer(candidate)
        return best

    def _scales(self, near: FloatArray, t: float) -> list[float]:
        program = self.program
        assert program.scale is not None  # or there is nothing to choose
        points = self._points[self._firm]
        size = np.abs(near[points])
        if not size.any():
            return [t]
        column = points[int(np.argmax(size))]
        reach = float(program.upper[column] if near[column] > 0.0 else -program.lower[column])
        wanted = [t * float(size.max()) / (reach - k) for k in range(_SCALES) if reach - k >= 1.0]
        low, high = program.scale
        return list(dict.fromkeys([t, *(min(max(s, low), high) for s in wanted)]))


def _price(entry: tuple[bytes, tuple[float, FloatArray]]) -> tuple[float, bytes]:
    return entry[1][0], entry[0]


class _Lattice:
    """The program as the oracle's lattice heuristics see it: points and indicators only."""

    def __init__(
        self,
        program: ConvexProgram,
        matrix: FloatArray,
        sides: tuple[FloatArray, FloatArray],
        parts: Collection[Part],
    ) -> None:
        self._program, self._parts = program, parts
        columns = program.oracle_columns
        self.usable = isinstance(program.oracle, LatticeHeuristics) and bool(
            program.integer[columns[chosen_columns(program)[columns]]].all()
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
        self,
        near: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        cutoff: float,
        scale: float,
        stop: Callable[[], bool],
    ) -> list[FloatArray]:
        oracle, columns = self._program.oracle, self._program.oracle_columns
        if not isinstance(oracle, LatticeHeuristics):
            return []
        low, up = lower[columns].copy(), upper[columns].copy()
        for i, a in self._pairs:
            if upper[a] == 0.0:
                low[i] = up[i] = 0.0
        rounded: FloatArray | None = np.clip(np.round(near[columns]), low, up)
        if Part.ROUNDING in self._parts:
            # polishing may always pay: the cutoff stops only what rounds far above it
            rounded = oracle.sequential_rounding(
                near[columns],
                low,
                up,
                self._switch_cost,
                self._rows,
                cutoff + 0.1 * abs(cutoff),
                scale=scale,
                stop=stop,
            )
        if rounded is None:
            return []
        if Part.POLISHING not in self._parts:
            return [self._complete(rounded, near)]
        whole = (self._program.lower[columns], self._program.upper[columns])
        better = oracle.coordinate_descent(
            rounded, *whole, self._switch_cost, self._rows, scale=scale, stop=stop
        )
        return [self._complete(x, near) for x in (rounded, better) if x is not None]

    def _complete(self, x: FloatArray, near: FloatArray) -> FloatArray:
        full = near.copy()
        full[self._program.oracle_columns] = x
        return full
