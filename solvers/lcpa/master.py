"""The linear program of a node: rows of the problem, switches, and cuts of the oracle."""

from __future__ import annotations

import math

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.lp import CutLp, LpAnswer
from riskslim.solvers.program import ConvexProgram

__all__ = ["Master", "sign_known"]

_SIZE_ROW = 1


class Master(CutLp):
    """The LP of a program without a scale: its columns are the program's.

    The rows are: cost + L, the number of indicators that are 1, the rows of the
    program, the switch rows for the box given here, and the cuts. A node is a box
    on the columns.
    """

    def __init__(
        self,
        program: ConvexProgram,
        lower: FloatArray,
        upper: FloatArray,
        row_sides: tuple[FloatArray, FloatArray],
        seed: int = 0,
    ) -> None:
        rows = _fixed_rows(program, lower, upper, row_sides)
        super().__init__(program.cost, program.oracle_columns, lower, upper, *rows, seed)

    def limit_size(self, at_least: float, at_most: float) -> None:
        """Set how many indicators may be 1."""
        self._set_side(_SIZE_ROW, at_least, at_most)

    def minimise_column(
        self, column: int, sign: float, lower: FloatArray, upper: FloatArray
    ) -> LpAnswer:
        """Minimise ``sign * x[column]`` over the box, the rows and the cuts; the bound is safe."""
        cost = np.zeros(self.n)
        cost[column] = sign
        return self._solve_for(cost, 0.0, lower, upper)


def sign_known(integer: bool, low: float, up: float) -> tuple[float, float]:
    """Tighten the bounds of a point that is switched on.

    Where the sign is known, an integer point is at least 1 away from zero.
    """
    if integer:
        low = max(low, 1.0) if low >= 0 else low
        up = min(up, -1.0) if up <= 0 else up
    return low, up


def _fixed_rows(
    program: ConvexProgram,
    lower: FloatArray,
    upper: FloatArray,
    row_sides: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give the dense rows over the program's columns that hold in the whole tree."""
    n = len(program.names)
    size = np.zeros(n)
    size[program.switches[:, 1]] = 1.0
    switches = [
        row
        for point, indicator in program.switches.tolist()
        for row in _switch(program, lower, upper, point, indicator, n)
    ]
    matrix = np.vstack([program.cost, size, program.matrix.toarray(), *switches])
    free, zero = np.full(2, math.inf), np.zeros(len(switches))
    row_lower = np.concatenate([-free, row_sides[0], zero])
    row_upper = np.concatenate([free, row_sides[1], zero + math.inf])
    return np.ascontiguousarray(matrix, dtype=np.float64), row_lower, row_upper


def _switch(
    program: ConvexProgram,
    lower: FloatArray,
    upper: FloatArray,
    point: int,
    indicator: int,
    n: int,
) -> list[FloatArray]:
    """Rows ``row @ x >= 0`` of one switch; none where its indicator is fixed.

    upper*a - x >= 0 and x - lower*a >= 0.
    """
    if lower[indicator] == upper[indicator]:
        return []
    low, up = sign_known(bool(program.integer[point]), float(lower[point]), float(upper[point]))
    rows = []
    for sign, side in ((-1.0, up), (1.0, low)):
        row = np.zeros(n)
        row[point], row[indicator] = sign, -sign * side
        rows.append(row)
    return rows
