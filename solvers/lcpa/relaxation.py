"""The LP that the nodes share, built for the root's box and again when that shrinks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.box import integer_part
from riskslim.solvers.lcpa.chained import Chained
from riskslim.solvers.lcpa.cutpool import CutPool
from riskslim.solvers.lcpa.master import Master
from riskslim.solvers.lcpa.scaled import ScaledMaster
from riskslim.solvers.lcpa.startup import shrink_box
from riskslim.solvers.parts import Part
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import SearchOptions

__all__ = ["Relaxation"]

_SHRINK_ROUNDS = 3  # of cuts for each end of a column


class Relaxation:
    """Gives the LP of a program, of the kind that its scale asks for, with the pool's cuts.

    Attributes
    ----------
    pool : CutPool
        The cuts.
    """

    def __init__(
        self,
        program: ConvexProgram,
        sides: tuple[FloatArray, FloatArray],
        pool: CutPool,
        options: SearchOptions,
        stopped: Callable[[], bool],
    ) -> None:
        self.pool = pool
        self._chained = Chained(program) if Part.CHAINED_BOUNDS in options.parts else None
        self._program = program
        self._sides = sides
        self._seed = options.seed
        self._stopped = stopped
        self._master: Master | ScaledMaster | None = None
        self._old_lps = 0

    @property
    def lps(self) -> int:
        """Linear programs solved."""
        return self._old_lps + (self._master.lps if self._master is not None else 0)

    def lp(self, lower: FloatArray, upper: FloatArray) -> Master | ScaledMaster:
        """Give the LP; where there is none, build it for the root's box."""
        if self._master is None:
            kind = Master if self._program.scale is None else ScaledMaster
            self._master = kind(self._program, lower, upper, self._sides, self._seed, self._stopped)
            if self._chained is not None:
                self._master.limit_size(self._chained.least_size, self._chained.most_size)
            self.pool.refill(self._master)
        return self._master

    def chain(self, lower: FloatArray, upper: FloatArray, best: float) -> None:
        """Bound the size by the root's box and the incumbent, for the next LP that is built."""
        if self._chained is not None:
            self._chained.update(lower, upper, best)

    def bound_loss(self, lower: FloatArray, upper: FloatArray) -> None:
        """Bound the loss over the root's box, which bounds the size in turn."""
        if self._chained is not None and self._program.cost.any():
            least = self.lp(lower, upper).minimise_loss(lower, upper)
            self._chained.least_loss = max(self._chained.least_loss, least)

    def shrink(
        self, lower: FloatArray, upper: FloatArray, best: float, stop: Callable[[], bool]
    ) -> None:
        """Tighten the root's box to the incumbent's level set, in place."""
        shrink_box(
            self.lp(lower, upper),
            self.pool,
            self._targets(),
            integer_part(self._program),
            lower,
            upper,
            best,
            _SHRINK_ROUNDS,
            stop,
        )

    def _targets(self) -> list[int]:
        program = self._program
        without = set(program.switches[:, 1].tolist())
        if program.scale is None:
            return [c for c in np.flatnonzero(program.integer).tolist() if c not in without]
        # t and w, then columns without a switch: there x = w/t says more than w and t
        without |= set(program.switches[:, 0].tolist())
        n = len(program.names)
        plain = [c for c in np.flatnonzero(program.integer).tolist() if c not in without]
        return [*range(n, n + 1 + len(program.oracle_columns)), *plain]

    def forget(self) -> None:
        """Build the LP anew when it is next asked for."""
        self._old_lps = self.lps
        self._master = None
