"""The linear program of a node where a scale t is chosen together with the points."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.lcpa.lp import CutLp, LpAnswer
from riskslim.solvers.lcpa.master import sign_known
from riskslim.solvers.lcpa.products import product_bounds
from riskslim.solvers.lcpa.rows import LpRows
from riskslim.solvers.program import ConvexProgram

__all__ = ["ScaledMaster"]

_EPS = float(np.finfo(np.float64).eps)
_NEWTON_STEPS = 3


class ScaledMaster(CutLp):
    """The LP of a program with a scale, in the variables ``w = t x`` and t.

    The columns are w (one per column of the program), t, and the columns of the
    program that are indicators or have a cost. A box ``low <= x_j <= up`` is
    ``low t <= w_j <= up t``: linear, with coefficients that a node sets. Rows over x
    hold for w with their sides times t. A cost is linear in x = w/t, which is not
    convex in (w, t): such an x_j stands beside its w_j, tied to it and t by
    McCormick's inequalities. Indicators stand there because a bound of w_j that the
    level set gives is often far below ``up t``: w_j <= bound * indicator.

    The tree's box has the program's columns, t, and w of the oracle's columns.

    References
    ----------
    McCormick, G. P. (1976). Computability of global solutions to factorable
    nonconvex programs: Part I. Mathematical Programming 10, 147-175.
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
        self._t = len(program.names)
        self._points, self._indicators = program.switches.T
        self._integer = program.integer
        kept = program.cost != 0.0
        kept[self._indicators] = True
        self._kept = np.flatnonzero(kept)
        self._copy = self._t + 1 + np.arange(len(self._kept))
        self._prices = program.cost[self._kept]
        self._steady = np.isin(self._kept, self._indicators)
        rows = LpRows(self._t + 1 + len(self._kept))
        cost = np.zeros(rows.width)
        cost[self._copy] = self._prices
        rows.add(self._copy, self._prices, -math.inf, math.inf)
        self._size_rows = self._add_size(rows)
        self._add_rows(rows, program, row_sides)
        self._add_box(rows, program, lower, upper)
        self._add_prices(rows)
        self._add_reach(rows, program, lower, upper)
        self._read_columns = program.oracle_columns
        super().__init__(
            cost,
            program.oracle_columns,
            *self._column_bounds(lower, upper),
            rows.matrix(),
            np.array(rows.lower),
            np.array(rows.upper),
            seed,
            stopped,
        )

    # -- rows ----------------------------------------------------------------

    def _add_size(self, rows: LpRows) -> tuple[int, int]:
        """Sum of the scaled indicators against least and most size, both times t."""
        used, count = np.unique(self._indicators, return_counts=True)
        columns = np.append(used, self._t)
        at_least = rows.add(columns, np.append(1.0 * count, 0.0), 0.0, math.inf)
        return at_least, rows.add(columns, np.append(-1.0 * count, count.sum()), 0.0, math.inf)

    def _add_rows(
        self, rows: LpRows, program: ConvexProgram, sides: tuple[FloatArray, FloatArray]
    ) -> None:
        """State rows over x for w, sides times t, and those over kept columns as they are."""
        n = self._t
        place = dict(zip(self._kept.tolist(), self._copy.tolist(), strict=True))
        given = program.matrix
        for row, low, up in zip(range(given.shape[0]), *sides, strict=True):
            entries = slice(given.indptr[row], given.indptr[row + 1])
            used, values = given.indices[entries], given.data[entries]
            scaled = np.append(used, n)
            if math.isfinite(low):
                rows.add(scaled, np.append(values, -low), 0.0, 0.0 if low == up else math.inf)
            if math.isfinite(up) and low != up:
                rows.add(scaled, np.append(values, -up), -math.inf, 0.0)
            if len(used) and all(column in place for column in used.tolist()):
                copies = [place[column] for column in used.tolist()]
                rows.add(copies, values, float(low), float(up))

    def _add_box(
        self, rows: LpRows, program: ConvexProgram, lower: FloatArray, upper: FloatArray
    ) -> None:
        """Rows whose coefficients a node sets: switches, and columns without one.

        ``w - low s >= 0`` and ``up s - w >= 0`` with the scaled indicator s = t a hold
        where a = 0 too, because then w = 0, and are the box where a = 1.
        """
        n, switches = self._t, len(program.switches)
        plain = np.ones(n, dtype=bool)
        plain[self._points] = plain[self._indicators] = False
        boxed = np.concatenate([self._points, np.flatnonzero(plain)])
        self._boxed: IntArray = boxed
        self._switched = switches
        self._sides = np.concatenate([self._indicators, np.full(len(boxed) - switches, n)])
        self._low_rows = np.zeros(len(boxed), dtype=np.int64)
        self._up_rows = self._low_rows.copy()
        self._stated_low, self._stated_up, _ = self._ends(lower, upper)
        for i, (column, side) in enumerate(zip(boxed.tolist(), self._sides.tolist(), strict=True)):
            columns, low, up = (column, side), self._stated_low[i], self._stated_up[i]
            self._low_rows[i] = rows.add(columns, (1.0, -low), 0.0, math.inf)
            self._up_rows[i] = rows.add(columns, (-1.0, up), 0.0, math.inf)
            assert column != side
        self._unique = np.unique(self._indicators)
        self._on_rows = np.zeros(len(self._unique), dtype=np.int64)
        self._stated_on = np.zeros(len(self._unique), dtype=bool)
        for i, indicator in enumerate(self._unique.tolist()):  # t - s >= 0, and = 0 where it is 1
            self._on_rows[i] = rows.add([n, indicator], [1.0, -1.0], 0.0, math.inf)

    def _add_prices(self, rows: LpRows) -> None:
        """McCormick rows of x = w / t that keep a cost from falling below its own."""
        self._price_rows = np.zeros((len(self._kept), 2), dtype=np.int64)
        self._stated_prices: list[tuple[float, ...] | None] = [None] * len(self._kept)
        for i, column in enumerate(self._kept.tolist()):
            columns = column, self._t, int(self._copy[i])
            values = -math.copysign(1.0, self._prices[i]), 0.0, 0.0
            for k in range(2):
                self._price_rows[i, k] = rows.add(columns, values, -math.inf, math.inf)

    def _add_reach(
        self, rows: LpRows, program: ConvexProgram, lower: FloatArray, upper: FloatArray
    ) -> None:
        """``w_low a <= w <= w_up a`` for switched columns and the bounds that hold everywhere."""
        place = dict(zip(self._kept.tolist(), self._copy.tolist(), strict=True))
        reads = {int(c): i for i, c in enumerate(program.oracle_columns)}
        for point, indicator in program.switches.tolist():
            if point not in reads or lower[indicator] == upper[indicator]:
                continue
            at, t_high = self._t + 1 + reads[point], float(upper[self._t])
            for sign, side, far in (
                (1.0, float(lower[at]), t_high * float(lower[point])),
                (-1.0, float(upper[at]), t_high * float(upper[point])),
            ):
                if sign * side <= sign * far + 1e-3 * abs(far):
                    continue  # says no more than w <= up s, s <= t_high a
                rows.add([point, place[indicator]], [sign, -sign * side], 0.0, math.inf)

    # -- a node's box --------------------------------------------------------

    def _ends(
        self, lower: FloatArray, upper: FloatArray
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Bounds of the boxed columns where they are switched on, and which are off for good."""
        switched = self._switched
        low, up = lower[self._boxed], upper[self._boxed]
        for i in np.flatnonzero(low[:switched] * up[:switched] >= 0.0).tolist():
            low[i], up[i] = sign_known(bool(self._integer[self._points[i]]), low[i], up[i])
        # where the indicator is 0 so are w and s, whatever the coefficients
        off = np.zeros(len(low), dtype=bool)
        off[:switched] = upper[self._indicators] <= 0.0
        return low, up, off

    def _state(self, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
        low, up, off = self._ends(lower, upper)
        for i in np.flatnonzero((low != self._stated_low) & ~off).tolist():
            self._set_entry(int(self._low_rows[i]), int(self._sides[i]), -low[i])
            self._stated_low[i] = low[i]
        for i in np.flatnonzero((up != self._stated_up) & ~off).tolist():
            self._set_entry(int(self._up_rows[i]), int(self._sides[i]), up[i])
            self._stated_up[i] = up[i]
        on = lower[self._unique] >= 1.0
        for i in np.flatnonzero(on != self._stated_on).tolist():
            self._set_side(int(self._on_rows[i]), 0.0, 0.0 if on[i] else math.inf)
        self._stated_on = on
        self._state_prices(lower, upper)
        return self._column_bounds(lower, upper)

    def _state_prices(self, lower: FloatArray, upper: FloatArray) -> None:
        """Set McCormick's inequalities of the kept columns for the box.

        With a price above 0 the LP wants x small, and only what keeps it up counts::

            t_high x - w + low t >= t_high low      from (t_high - t) (x - low) >= 0
            t_low  x - w + up  t >= t_low up        from (t - t_low) (up - x) >= 0

        and with a price below 0 their mirror images. Indicators keep their root
        range [0, 1]: that of a fixed one is said by its column.
        """
        t_low, t_high = float(lower[self._t]), float(upper[self._t])
        for i, column in enumerate(self._kept.tolist()):
            low, up = float(lower[column]), float(upper[column])
            if self._steady[i]:
                low, up = 0.0, 1.0
            key = low, up, t_low, t_high
            if key == self._stated_prices[i]:
                continue
            self._stated_prices[i] = key
            sign = math.copysign(1.0, self._prices[i])
            ends = ((t_high, low), (t_low, up)) if sign > 0 else ((t_high, up), (t_low, low))
            for row, (t, side) in zip(self._price_rows[i].tolist(), ends, strict=True):
                self._set_entry(row, int(self._copy[i]), sign * t)
                self._set_entry(row, self._t, sign * side)
                product = sign * t * side
                self._set_side(row, product - 2.0 * _EPS * abs(product), math.inf)

    def _column_bounds(self, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Bounds of w, t and the kept columns."""
        n, reads = self._t, self._read_columns
        below, above = product_bounds(lower[:n], upper[:n], float(lower[n]), float(upper[n]))
        below[reads] = np.maximum(below[reads], lower[n + 1 :])
        above[reads] = np.minimum(above[reads], upper[n + 1 :])
        return (
            np.concatenate([below, lower[[n]], lower[self._kept]]),
            np.concatenate([above, upper[[n]], upper[self._kept]]),
        )

    def limit_size(self, at_least: float, at_most: float) -> None:
        """Set how many indicators may be 1."""
        self._set_entry(self._size_rows[0], self._t, -at_least)
        self._set_entry(self._size_rows[1], self._t, at_most)

    def minimise_column(
        self, column: int, sign: float, lower: FloatArray, upper: FloatArray
    ) -> LpAnswer:
        """Bound ``sign * x[column]`` from below over the box, the rows and the cuts; safe.

        x = w/t is a ratio. For any r, a lower bound b of ``sign w - r t`` says that
        ``sign x >= r + b / t``; Newton's steps on r (Dinkelbach) find the best.
        """
        cost = np.zeros(self.n)
        if column >= self._t:  # t, or a w
            others = column - self._t - 1
            cost[self._t if others < 0 else self._read_columns[others]] = sign
            return self._solve_for(cost, 0.0, lower, upper)
        ends = sign * float(lower[column]), sign * float(upper[column])
        ratio, bound = 0.5 * (ends[0] + ends[1]), min(ends)
        answer = LpAnswer(-math.inf)
        for _ in range(_NEWTON_STEPS):
            cost[column], cost[self._t] = sign, -ratio
            answer = self._solve_for(cost, 0.0, lower, upper)
            if answer.bound == math.inf or answer.point is None:
                return answer
            room = answer.bound
            gain = room / float(lower[self._t] if room < 0.0 else upper[self._t])
            bound = max(bound, ratio + gain - 4.0 * _EPS * (abs(ratio) + abs(gain)))
            found = sign * float(answer.point[column]) / float(answer.point[self._t])
            if found - bound <= 1e-3:
                break
            ratio = found
        answer.bound = bound
        return answer

    # -- answers -------------------------------------------------------------

    def read(self, point: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
        """Give x = w / t, in the box, then t and w."""
        n = self._t
        t = min(max(float(point[n]), float(lower[n])), float(upper[n]))
        x = np.concatenate([point[:n] / t, [t], point[self._read_columns]])
        inside: FloatArray = np.minimum(np.maximum(x, lower), upper)
        return inside

    def _tightening(
        self,
        reduced: FloatArray,
        multipliers: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
    ) -> FloatArray:
        """Cost of each unit of x away from its bound, by the rows of the box.

        Where x_j = low + k the row ``w_j - low t >= 0`` has k t >= k t_low to spare,
        which its multiplier prices; a kept column has its own reduced cost.
        """
        n = self._t
        t_low = float(lower[n])
        rise, fall = np.zeros(len(lower)), np.zeros(len(lower))
        whole = np.ones(len(self._boxed), dtype=bool)
        whole[: self._switched] = lower[self._indicators] >= 1.0
        low, up = lower[self._boxed], upper[self._boxed]
        rows, columns = self._low_rows, self._boxed
        sure = whole & (self._stated_low == low)
        rise[columns[sure]] += t_low * np.maximum(multipliers[rows[sure]], 0.0)
        rows = self._up_rows
        sure = whole & (self._stated_up == up)
        fall[columns[sure]] += t_low * np.maximum(multipliers[rows[sure]], 0.0)
        fall[self._unique] += t_low * np.maximum(multipliers[self._on_rows], 0.0)
        # w >= x t_low where x >= 0, while the safe bound has put it at its bound: that of
        # the product, unless the box says more of w
        above, below = lower[:n] >= 0.0, upper[:n] <= 0.0
        reads = self._read_columns
        above[reads] &= lower[n + 1 :] <= lower[reads] * t_low
        below[reads] &= upper[n + 1 :] >= upper[reads] * t_low
        rise[:n][above] += t_low * np.maximum(reduced[:n][above], 0.0)
        fall[:n][below] += t_low * np.maximum(-reduced[:n][below], 0.0)
        rise[self._kept] += np.maximum(reduced[self._copy], 0.0)
        fall[self._kept] += np.maximum(-reduced[self._copy], 0.0)
        rise[n], fall[n] = max(float(reduced[n]), 0.0), max(-float(reduced[n]), 0.0)
        return np.where(rise >= fall, rise, -fall)
