"""The cuts of the oracle: made once, shared by the whole tree, aged and found again."""

from __future__ import annotations

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.lcpa.lp import CutLp
from riskslim.solvers.oracle import ConvexOracle

__all__ = ["CutPool"]

_AT_ONCE = 3  # waiting cuts that come back to the LP in one round


class CutPool:
    """Minorants of the oracle; those that no LP uses for long wait here until violated.

    A cut is valid on the box that was given at the start, so in every node.
    """

    def __init__(self, oracle: ConvexOracle, lower: FloatArray, upper: FloatArray) -> None:
        self.oracle = oracle
        self._lower, self._upper = lower.copy(), upper.copy()
        self._gradients = np.empty((256, oracle.dimension))
        self._constants = np.empty(256)
        self._in_lp = np.zeros(256, dtype=bool)
        self._index: dict[bytes, tuple[int, float]] = {}
        self._order = np.empty(0, dtype=np.int64)
        self.made = 0

    def cut(self, point: FloatArray) -> tuple[int, float]:
        """Give the number of the cut taken at `point` and the oracle's value there."""
        key = point.tobytes()
        known = self._index.get(key)
        if known is not None:
            return known
        minorant = self.oracle.minorant(point, self._lower, self._upper)
        number = self.made
        if number == len(self._constants):
            self._gradients = np.pad(self._gradients, [(0, number), (0, 0)])
            self._constants = np.pad(self._constants, (0, number))
            self._in_lp = np.pad(self._in_lp, (0, number))
        self._gradients[number] = minorant.gradient
        self._constants[number] = minorant.constant
        self.made += 1
        self._index[key] = number, minorant.value
        return number, minorant.value

    def put(self, master: CutLp, numbers: list[int]) -> bool:
        """Put cuts into the LP; False where all of them stand there already."""
        new = [i for i in dict.fromkeys(numbers) if not self._in_lp[i]]
        if not new:
            return False
        master.add_cuts(self._gradients[new], self._constants[new])
        self._in_lp[new] = True
        self._order = np.append(self._order, new)
        return True

    def violated(self, point: FloatArray, loss: float, by: float) -> list[int]:
        """Give the few cuts outside the LP that (point, loss) violates most, by `by` or more."""
        made = self.made
        if made == len(self._order):
            return []
        excess = self._gradients[:made] @ point + self._constants[:made]
        excess[self._in_lp[:made]] = -np.inf
        worst = np.argsort(-excess, kind="stable")[:_AT_ONCE]
        return [int(i) for i in worst if excess[i] > loss + by]

    def age(self, master: CutLp, age: int) -> None:
        """Take the cuts out of the LP that none of its last `age` solves used."""
        keep: BoolArray = master.drop_cuts(age)
        self._in_lp[self._order[~keep]] = False
        self._order = self._order[keep]

    def refill(self, master: CutLp) -> None:
        """Put into a new LP the cuts that stood in the old one."""
        self._in_lp[:] = False
        numbers, self._order = self._order.tolist(), np.empty(0, dtype=np.int64)
        self.put(master, numbers)
