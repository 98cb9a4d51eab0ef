"""The linear program of a node: rows of the problem, switches, and cuts of the oracle."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.lp import CutLp, LpAnswer
from riskslim.solvers.lcpa.rows import LpRows
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
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        rows = _fixed_rows(program, lower, upper, row_sides)
        super().__init__(program.cost, program.oracle_columns, lower, upper, *rows, seed, stopped)

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
) -> tuple[csr_array, FloatArray, FloatArray]:
    """Give the rows over the program's columns that hold in the whole tree."""
    n = len(program.names)
    rows = LpRows(n)
    columns = np.arange(n)
    rows.add(columns, program.cost, -math.inf, math.inf)
    rows.add(np.unique(program.switches[:, 1]), 1.0, -math.inf, math.inf)
    given = program.matrix
    for row, low, up in zip(range(given.shape[0]), *row_sides, strict=True):
        entries = slice(given.indptr[row], given.indptr[row + 1])
        rows.add(given.indices[entries], given.data[entries], float(low), float(up))
    for point, indicator in program.switches.tolist():
        _add_switch(rows, program, lower, upper, point, indicator)
    return rows.matrix(), np.array(rows.lower), np.array(rows.upper)


def _add_switch(
    rows: LpRows,
    program: ConvexProgram,
    lower: FloatArray,
    upper: FloatArray,
    point: int,
    indicator: int,
) -> None:
    """Add ``upper*a - x >= 0`` and ``x - lower*a >= 0``; nothing where a is fixed."""
    if lower[indicator] == upper[indicator]:
        return
    low, up = sign_known(bool(program.integer[point]), float(lower[point]), float(upper[point]))
    rows.add([point, indicator], [-1.0, up], 0.0, math.inf)
    rows.add([point, indicator], [1.0, -low], 0.0, math.inf)
