"""The linear program of a node: rows of the problem, switches, and cuts of the oracle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import highspy
import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.highs import quiet_highs
from riskslim.solvers.lcpa.safe_bounds import RowBlock, safe_lower_bound
from riskslim.solvers.program import ConvexProgram

__all__ = ["LpAnswer", "Master"]

_EPS = float(np.finfo(np.float64).eps)
_OPTIMAL = highspy.HighsModelStatus.kOptimal
_INFEASIBLE = highspy.HighsModelStatus.kInfeasible
_CUTOFF_ROW = 0
_SIZE_ROW = 1


@dataclass
class LpAnswer:
    """What is known of a node after its LP.

    Attributes
    ----------
    bound : float
        Safe lower bound on the objective in the node; inf where it is proved empty.
    point : ndarray of shape (n,) or None
        The LP's solution; None where HiGHS gave none.
    loss : float
        The LP's value of the oracle part.
    reduced_cost : ndarray of shape (n,) or None
        Of the safe bound.
    """

    bound: float
    point: FloatArray | None = None
    loss: float = 0.0
    reduced_cost: FloatArray | None = None


class Master:
    """A warm HiGHS with the rows that hold everywhere; a node is a box on its columns.

    The columns are the program's and, last, the loss variable L >= 0. The rows
    are: cost + L (its upper side is set only where the level set of the
    incumbent is explored), the number of indicators that are 1, the rows of the
    program, the switch rows for the box given here, and the cuts.
    """

    def __init__(
        self,
        program: ConvexProgram,
        lower: FloatArray,
        upper: FloatArray,
        row_sides: tuple[FloatArray, FloatArray],
        seed: int = 0,
    ) -> None:
        self.n = len(program.names)
        self.oracle_columns = program.oracle_columns
        self.lps = 0
        self._seed = seed
        self._cost = np.ascontiguousarray(program.cost, dtype=np.float64)
        matrix, row_lower, row_upper = _fixed_rows(program, lower, upper, row_sides)
        self.first_cut = len(matrix)
        self.n_rows = self.first_cut
        self._rows = RowBlock.of(matrix, row_lower, row_upper)
        self._columns = np.arange(self.n + 1, dtype=np.int32)
        self.last_active = np.zeros(self.n_rows, dtype=np.int64)
        self._highs = quiet_highs(seed)
        self._load(lower, upper, matrix, row_lower, row_upper)

    def _load(
        self,
        lower: FloatArray,
        upper: FloatArray,
        matrix: FloatArray,
        row_lower: FloatArray,
        row_upper: FloatArray,
    ) -> None:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.n + 1, len(matrix)
        lp.col_cost_ = np.append(self._cost, 1.0)
        lp.col_lower_ = np.append(lower, 0.0)
        lp.col_upper_ = np.append(upper, math.inf)
        lp.row_lower_, lp.row_upper_ = row_lower, row_upper
        whole = np.column_stack([matrix, np.zeros(len(matrix))])
        whole[_CUTOFF_ROW, -1] = 1.0
        rows, cols = np.nonzero(whole)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.searchsorted(rows, np.arange(len(matrix) + 1)).astype(np.int32)
        lp.a_matrix_.index_ = cols.astype(np.int32)
        lp.a_matrix_.value_ = whole[rows, cols]
        self._highs.passModel(lp)

    # -- cuts ----------------------------------------------------------------

    @property
    def n_cuts(self) -> int:
        """Cuts that stand in the LP."""
        return self.n_rows - self.first_cut

    def add_cuts(self, gradients: FloatArray, constants: FloatArray) -> None:
        """Append the rows ``L - gradient @ x[oracle_columns] >= constant``."""
        k, p = gradients.shape
        first, last = self.n_rows, self.n_rows + k
        self._reserve(last)
        rows = self._rows
        rows.matrix[first:last] = 0.0
        rows.matrix[first:last, self.oracle_columns] = -gradients
        np.abs(rows.matrix[first:last], out=rows.magnitude[first:last])
        rows.lower[first:last], rows.has_lower[first:last] = constants, 1.0
        rows.upper[first:last], rows.has_upper[first:last] = 0.0, 0.0
        self.last_active[first:last] = self.lps
        self.n_rows = last
        self._highs.addRows(
            k,
            constants,
            np.full(k, math.inf),
            k * (p + 1),
            np.arange(0, k * (p + 1), p + 1, dtype=np.int32),
            np.tile(np.append(self.oracle_columns, self.n), k).astype(np.int32),
            np.column_stack([-gradients, np.ones(k)]).ravel(),
        )

    def _reserve(self, size: int) -> None:
        if size <= len(self._rows.matrix):
            return
        more = max(size, 2 * len(self._rows.matrix)) - len(self._rows.matrix)
        for name, array in vars(self._rows).items():
            pad = [(0, more)] + [(0, 0)] * (array.ndim - 1)
            setattr(self._rows, name, np.pad(array, pad))
        self.last_active = np.pad(self.last_active, (0, more))

    def drop_cuts(self, age: int) -> BoolArray:
        """Remove the slack cuts that no LP of the last `age` used; give the mask of those kept.

        Only basic rows go: what is left of the basis stays a basis.
        """
        cuts = slice(self.first_cut, self.n_rows)
        old = self.last_active[cuts] < self.lps - age
        status = self._highs.getBasis().row_status[self.first_cut :]
        basic = np.array([s == highspy.HighsBasisStatus.kBasic for s in status], dtype=bool)
        keep = ~(old & basic[: len(old)]) if len(basic) == len(old) else np.ones_like(old)
        gone = np.flatnonzero(~keep)
        if not len(gone):
            return keep
        self._highs.deleteRows(len(gone), (gone + self.first_cut).astype(np.int32))
        stay = np.append(np.arange(self.first_cut), self.first_cut + np.flatnonzero(keep))
        for array in (*vars(self._rows).values(), self.last_active):
            array[: len(stay)] = array[stay]
        self.n_rows = len(stay)
        return keep

    # -- sides and solves ----------------------------------------------------

    def limit_size(self, at_least: float, at_most: float) -> None:
        """Set how many indicators may be 1."""
        self._set_side(_SIZE_ROW, at_least, at_most)

    def limit_objective(self, at_most: float) -> None:
        """Keep the LP in the level set of the objective; inf lifts it again."""
        self._set_side(_CUTOFF_ROW, -math.inf, at_most)

    def _set_side(self, row: int, lower: float, upper: float) -> None:
        self._highs.changeRowBounds(row, lower, upper)
        one = RowBlock.of(np.zeros((1, 1)), np.array([lower]), np.array([upper]))
        for name in ("lower", "upper", "has_lower", "has_upper"):
            getattr(self._rows, name)[row] = getattr(one, name)[0]

    def solve(self, lower: FloatArray, upper: FloatArray) -> LpAnswer:
        """Minimise cost + L over the box; the bound is safe."""
        return self._solve(lower, upper, self._cost, 1.0)

    def minimise_column(
        self, column: int, sign: float, lower: FloatArray, upper: FloatArray
    ) -> LpAnswer:
        """Minimise ``sign * x[column]`` over the box, the rows and the cuts; the bound is safe."""
        cost = np.zeros(self.n)
        cost[column] = sign
        self._highs.changeColsCost(self.n + 1, self._columns, np.append(cost, 0.0))
        answer = self._solve(lower, upper, cost, 0.0)
        self._highs.changeColsCost(self.n + 1, self._columns, np.append(self._cost, 1.0))
        return answer

    def minimise_loss(self, lower: FloatArray, upper: FloatArray) -> float:
        """Give a safe lower bound on the oracle's part alone."""
        cost = np.zeros(self.n)
        self._highs.changeColsCost(self.n + 1, self._columns, np.append(cost, 1.0))
        answer = self._solve(lower, upper, cost, 1.0)
        self._highs.changeColsCost(self.n + 1, self._columns, np.append(self._cost, 1.0))
        return answer.bound

    def _solve(
        self, lower: FloatArray, upper: FloatArray, cost: FloatArray, loss_cost: float
    ) -> LpAnswer:
        highs = self._highs
        highs.changeColsBounds(self.n, self._columns[:-1], lower, upper)
        for attempt in range(3):
            if attempt:  # what HiGHS said could not be verified: from scratch, then by primal
                highs.clearSolver()
                highs.setOptionValue("simplex_strategy", 1 if attempt == 1 else 4)
            highs.run()
            self.lps += 1
            status = highs.getModelStatus()
            answer: LpAnswer | None = None
            if status == _OPTIMAL:
                answer = self._verified_optimum(lower, upper, cost, loss_cost)
            elif status == _INFEASIBLE and self._verified_infeasible(lower, upper):
                answer = LpAnswer(math.inf)
            if attempt == 2:
                highs.setOptionValue("simplex_strategy", 1)
            if answer is not None:
                return answer
        return LpAnswer(-math.inf)

    def _verified_optimum(
        self, lower: FloatArray, upper: FloatArray, cost: FloatArray, loss_cost: float
    ) -> LpAnswer | None:
        solution = self._highs.getSolution()
        point = np.array(solution.col_value)
        duals = np.array(solution.row_dual)
        self.last_active[: self.n_rows][duals != 0.0] = self.lps
        bound, reduced = self._bound(cost, loss_cost, lower, upper, duals)
        if bound == -math.inf:
            return None
        return LpAnswer(bound, point[:-1], float(point[-1]), reduced)

    def _verified_infeasible(self, lower: FloatArray, upper: FloatArray) -> bool:
        """Whether the ray proves it: 0 >= a positive bound on the zero cost is absurd."""
        # highspy has the method, its type stubs do not
        _, has_ray, ray = self._highs.getDualRay()  # type: ignore[attr-defined]
        if not has_ray:
            return False
        zero = np.zeros(self.n)
        ray = np.asarray(ray, dtype=np.float64)
        return any(self._bound(zero, 0.0, lower, upper, y)[0] > 0.0 for y in (ray, -ray))

    def _bound(
        self,
        cost: FloatArray,
        loss_cost: float,
        lower: FloatArray,
        upper: FloatArray,
        duals: FloatArray,
    ) -> tuple[float, FloatArray]:
        """Lagrangian bound in which L drops out.

        The multipliers y of the cuts and y_0 <= 0 of the cutoff row leave L the
        coefficient ``loss_cost - y_0 - sum(y)``. Scaled so that this is not
        negative, it only adds to the bound, since L >= 0.
        """
        m = self.n_rows
        duals = duals.copy()
        cuts = duals[self.first_cut : m]
        np.maximum(cuts, 0.0, out=cuts)
        duals[_CUTOFF_ROW] = min(duals[_CUTOFF_ROW], 0.0) * self._rows.has_upper[_CUTOFF_ROW]
        budget = loss_cost - float(duals[_CUTOFF_ROW])
        used = float(cuts.sum()) * (1.0 + (len(cuts) + 8) * _EPS)
        if used > budget:
            cuts *= budget / used
        rows = self._rows
        view = RowBlock(
            rows.matrix[:m],
            rows.magnitude[:m],
            rows.lower[:m],
            rows.upper[:m],
            rows.has_lower[:m],
            rows.has_upper[:m],
        )
        return safe_lower_bound(cost, view, lower, upper, duals)


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

    upper*a - x >= 0 and x - lower*a >= 0. Where the sign is known, an integer
    point that is switched on is at least 1 away from zero: x >= 1*a (x <= -1*a).
    """
    if lower[indicator] == upper[indicator]:
        return []
    low, up = float(lower[point]), float(upper[point])
    if program.integer[point]:
        low = max(low, 1.0) if low >= 0 else low
        up = min(up, -1.0) if up <= 0 else up
    rows = []
    for sign, side in ((-1.0, up), (1.0, low)):
        row = np.zeros(n)
        row[point], row[indicator] = sign, -sign * side
        rows.append(row)
    return rows
