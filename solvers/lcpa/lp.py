"""A warm linear program with cuts: what the LPs of all nodes have in common."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_array, hstack

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.highs import accepted, as_lp, quiet_highs, run_until
from riskslim.solvers.lcpa.safe_bounds import RowBlock, safe_lower_bound

__all__ = ["CUTOFF_ROW", "CutLp", "LpAnswer"]

CUTOFF_ROW = 0

_FIRST_CUTS = 64  # that room is made for
_BY_ROW = ("matrix", "magnitude", "lower", "upper", "has_lower", "has_upper")
_EPS = float(np.finfo(np.float64).eps)
_REFUSED = 1e15  # HiGHS takes no coefficient of this size
_OPTIMAL = highspy.HighsModelStatus.kOptimal
_INFEASIBLE = highspy.HighsModelStatus.kInfeasible


@dataclass
class LpAnswer:
    """What is known of a node after its LP.

    Attributes
    ----------
    bound : float
        Safe lower bound on the objective in the node; inf where it is proved empty.
    point : ndarray or None
        The LP's solution, all of its columns but the loss; None where HiGHS gave none.
    x : ndarray or None
        The same as the tree's box has it: the program's columns and, where there is a
        scale to choose, that.
    loss : float
        The LP's value of the oracle part.
    reduced_cost : ndarray or None
        Shape of `x`: what each unit away from the lower bound adds to the safe bound
        (from the upper bound, where it is negative).
    """

    bound: float
    point: FloatArray | None = None
    x: FloatArray | None = None
    loss: float = 0.0
    reduced_cost: FloatArray | None = None


def _held(gradients: FloatArray, constants: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Put L >= 0, which always holds, in the place of cuts that HiGHS would refuse."""
    held = (np.abs(gradients).max(axis=1, initial=0.0) < _REFUSED) & (np.abs(constants) < _REFUSED)
    return np.where(held[:, np.newaxis], gradients, 0.0), np.where(held, constants, 0.0)


class CutLp:
    """A warm HiGHS whose rows hold everywhere; a node states its box in it.

    The last column is the loss variable L >= 0. Row 0 is cost + L; its upper side
    is set only where the level set of the incumbent is explored. The cuts come
    after all other rows.

    Parameters
    ----------
    cost, lower, upper : ndarray of shape (n,)
        Of the columns, without the loss variable.
    oracle_columns : ndarray of shape (p,)
        The columns that the cuts speak of.
    matrix : csr_array of shape (m, n)
        The rows, the first of them the cost. Only stored entries can be set later.
    row_lower, row_upper : ndarray of shape (m,)
        Their sides.
    seed : int
        Of HiGHS.
    stopped : callable
        Asked while HiGHS runs; True ends the run without an answer.
    """

    def __init__(
        self,
        cost: FloatArray,
        oracle_columns: IntArray,
        lower: FloatArray,
        upper: FloatArray,
        matrix: csr_array,
        row_lower: FloatArray,
        row_upper: FloatArray,
        seed: int = 0,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.n = len(cost)
        self.cost = np.ascontiguousarray(cost, dtype=np.float64)
        self.oracle_columns = oracle_columns
        self.lps = 0
        self.first_cut = int(matrix.shape[0])
        self.n_rows = self.first_cut
        self._rows = RowBlock.of(matrix, row_lower, row_upper)
        self._matrix = matrix
        self._magnitude: csr_array = self._rows.magnitude
        none = np.zeros(0)
        self._cuts = RowBlock.of(np.zeros((0, len(oracle_columns))), none, none)
        self._cuts.columns = oracle_columns
        self._columns = np.arange(self.n + 1, dtype=np.int32)
        self.last_active = np.zeros(self.n_rows, dtype=np.int64)
        self._highs = quiet_highs(seed)
        self._stopped = stopped
        self._load(lower, upper, matrix, row_lower, row_upper)

    def _load(
        self,
        lower: FloatArray,
        upper: FloatArray,
        matrix: csr_array,
        row_lower: FloatArray,
        row_upper: FloatArray,
    ) -> None:
        loss = csr_array(([1.0], ([CUTOFF_ROW], [0])), shape=(matrix.shape[0], 1))
        whole = hstack([matrix, loss], format="csr")
        whole.eliminate_zeros()
        whole.sort_indices()
        bounds = np.append(lower, 0.0), np.append(upper, math.inf)
        lp = as_lp(np.append(self.cost, 1.0), bounds, whole, (row_lower, row_upper))
        accepted(self._highs.passModel(lp), "the linear program")

    # -- what a kind of LP says ----------------------------------------------

    def _state(self, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
        """State a node's box in the rows; give the bounds of the columns."""
        return lower, upper

    def read(
        self,
        point: FloatArray,
        lower: FloatArray,  # noqa: ARG002
        upper: FloatArray,  # noqa: ARG002
    ) -> FloatArray:
        """Translate the LP's point into that of the tree's box."""
        return point

    def _tightening(
        self,
        reduced: FloatArray,
        multipliers: FloatArray,  # noqa: ARG002
        lower: FloatArray,  # noqa: ARG002
        upper: FloatArray,  # noqa: ARG002
    ) -> FloatArray:
        """Translate reduced costs, and the rows' multipliers, into those of the tree's box."""
        return reduced

    # -- cuts ----------------------------------------------------------------

    @property
    def n_cuts(self) -> int:
        """Cuts that stand in the LP."""
        return self.n_rows - self.first_cut

    def add_cuts(self, gradients: FloatArray, constants: FloatArray) -> None:
        """Append the rows ``L - gradient @ point[oracle_columns] >= constant``."""
        gradients, constants = _held(gradients, constants)
        k, p = gradients.shape
        first, last = self.n_cuts, self.n_cuts + k
        self._reserve(last)
        cuts = self._cuts
        cuts.matrix[first:last] = -gradients
        np.abs(gradients, out=cuts.magnitude[first:last])
        cuts.lower[first:last], cuts.has_lower[first:last] = constants, 1.0
        cuts.upper[first:last], cuts.has_upper[first:last] = 0.0, 0.0
        self.n_rows += k
        self.last_active[self.n_rows - k : self.n_rows] = self.lps
        self._highs.addRows(
            k,
            constants,
            np.full(k, math.inf),
            k * (p + 1),
            np.arange(0, k * (p + 1), p + 1, dtype=np.int32),
            np.tile(np.append(self.oracle_columns, self.n), k).astype(np.int32),
            np.column_stack([-gradients, np.ones(k)]).ravel(),
        )

    def _reserve(self, cuts: int) -> None:
        have = len(self._cuts.lower)
        if cuts <= have:
            return
        more = max(cuts, 2 * have, _FIRST_CUTS) - have
        for name in _BY_ROW:
            array = getattr(self._cuts, name)
            pad = [(0, more)] + [(0, 0)] * (array.ndim - 1)
            setattr(self._cuts, name, np.pad(array, pad))
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
        stay = np.flatnonzero(keep)
        for array in (*(getattr(self._cuts, name) for name in _BY_ROW), self.last_active[cuts]):
            array[: len(stay)] = array[stay]
        self.n_rows = self.first_cut + len(stay)
        return keep

    # -- sides and solves ----------------------------------------------------

    def limit_objective(self, at_most: float) -> None:
        """Keep the LP in the level set of the objective; inf lifts it again."""
        self._set_side(CUTOFF_ROW, -math.inf, at_most)

    def _set_side(self, row: int, lower: float, upper: float) -> None:
        self._highs.changeRowBounds(row, lower, upper)
        self._rows.set_side(row, lower, upper)

    def _set_entry(self, row: int, column: int, value: float) -> None:
        self._highs.changeCoeff(row, column, value)
        start, stop = self._matrix.indptr[row : row + 2]
        (at,) = np.flatnonzero(self._matrix.indices[start:stop] == column)
        self._matrix.data[start + at] = value
        self._magnitude.data[start + at] = abs(value)

    def solve(self, lower: FloatArray, upper: FloatArray) -> LpAnswer:
        """Minimise cost + L over the box; the bound is safe."""
        return self._solve(lower, upper, self.cost, 1.0)

    def minimise_loss(self, lower: FloatArray, upper: FloatArray) -> float:
        """Give a safe lower bound on the oracle's part alone."""
        return self._solve_for(np.zeros(self.n), 1.0, lower, upper).bound

    def _solve_for(
        self, cost: FloatArray, loss_cost: float, lower: FloatArray, upper: FloatArray
    ) -> LpAnswer:
        """Minimise another cost; the bound is safe."""
        self._highs.changeColsCost(self.n + 1, self._columns, np.append(cost, loss_cost))
        answer = self._solve(lower, upper, cost, loss_cost)
        self._highs.changeColsCost(self.n + 1, self._columns, np.append(self.cost, 1.0))
        return answer

    def _solve(
        self, lower: FloatArray, upper: FloatArray, cost: FloatArray, loss_cost: float
    ) -> LpAnswer:
        highs = self._highs
        bounds = self._state(lower, upper)
        highs.changeColsBounds(self.n, self._columns[:-1], *bounds)
        for attempt in range(3):
            if attempt:  # what HiGHS said could not be verified: from scratch, then by primal
                highs.clearSolver()
                highs.setOptionValue("simplex_strategy", 1 if attempt == 1 else 4)
            run_until(highs, self._stopped)
            self.lps += 1
            status = highs.getModelStatus()
            answer: LpAnswer | None = None
            if status == _OPTIMAL:
                answer = self._verified_optimum(lower, upper, bounds, cost, loss_cost)
            elif status == _INFEASIBLE and self._verified_infeasible(bounds):
                answer = LpAnswer(math.inf)
            if attempt == 2:
                highs.setOptionValue("simplex_strategy", 1)
            if answer is not None:
                return answer
            if self._stopped():
                break
        return LpAnswer(-math.inf)

    def _verified_optimum(
        self,
        lower: FloatArray,
        upper: FloatArray,
        bounds: tuple[FloatArray, FloatArray],
        cost: FloatArray,
        loss_cost: float,
    ) -> LpAnswer | None:
        solution = self._highs.getSolution()
        point = np.array(solution.col_value)
        duals = np.array(solution.row_dual)
        self.last_active[: self.n_rows][duals != 0.0] = self.lps
        bound, reduced, multipliers = self._bound(cost, loss_cost, bounds, duals)
        if bound == -math.inf:
            return None
        return LpAnswer(
            bound,
            point[:-1],
            self.read(point[:-1], lower, upper),
            float(point[-1]),
            self._tightening(reduced, multipliers, lower, upper),
        )

    def _verified_infeasible(self, bounds: tuple[FloatArray, FloatArray]) -> bool:
        """Whether the ray proves it: 0 >= a positive bound on the zero cost is absurd."""
        # highspy has the method, its type stubs do not
        _, has_ray, ray = self._highs.getDualRay()  # type: ignore[attr-defined]
        if not has_ray:
            return False
        zero = np.zeros(self.n)
        ray = np.asarray(ray, dtype=np.float64)
        return any(self._bound(zero, 0.0, bounds, y)[0] > 0.0 for y in (ray, -ray))

    def _bound(
        self,
        cost: FloatArray,
        loss_cost: float,
        bounds: tuple[FloatArray, FloatArray],
        duals: FloatArray,
    ) -> tuple[float, FloatArray, FloatArray]:
        """Lagrangian bound in which L drops out, its reduced costs and the multipliers.

        The multipliers y of the cuts and y_0 <= 0 of the cutoff row leave L the
        coefficient ``loss_cost - y_0 - sum(y)``. Scaled so that this is not
        negative, it only adds to the bound, since L >= 0.
        """
        m = self.n_rows
        duals = duals.copy()
        cuts = duals[self.first_cut : m]
        np.maximum(cuts, 0.0, out=cuts)
        duals[CUTOFF_ROW] = min(duals[CUTOFF_ROW], 0.0) * self._rows.has_upper[CUTOFF_ROW]
        budget = loss_cost - float(duals[CUTOFF_ROW])
        used = float(cuts.sum()) * (1.0 + (len(cuts) + 8) * _EPS)
        if used > budget:
            cuts *= budget / used
        made = {name: getattr(self._cuts, name)[: self.n_cuts] for name in _BY_ROW}
        blocks = self._rows, RowBlock(**made, columns=self._cuts.columns)
        bound, reduced = safe_lower_bound(cost, blocks, *bounds, duals)
        return bound, reduced, duals
