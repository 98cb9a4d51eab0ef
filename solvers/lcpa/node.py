"""One node of the tree: what is kept of it, and how its LP and cuts bound it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.box import integer_part
from riskslim.solvers.lcpa.branching import Child
from riskslim.solvers.lcpa.cutpool import CutPool
from riskslim.solvers.lcpa.incumbent import Incumbents
from riskslim.solvers.lcpa.lp import CutLp, LpAnswer

__all__ = ["Node", "NodeBounds"]

_ROUNDS = 8  # rounds of cuts at a node
_ROUND_GAIN = 0.03  # share of the node's gap that a round must close to earn another
_MARGIN = 1e-6


@dataclass(order=True)
class Node:
    """An open node: the changes to the root's box that lead to it, and a safe bound."""

    bound: float
    serial: int
    changes: tuple[tuple[int, float, float], ...] = field(compare=False)
    born: Child | None = field(compare=False, default=None)
    parent_bound: float = field(compare=False, default=-math.inf)


class NodeBounds:
    """Bounds nodes and tightens their boxes.

    Parameters
    ----------
    incumbents : Incumbents
        Takes the integer points that the LPs meet.
    pool : CutPool
        Of the cuts.
    cutoff : callable
        Gives the bound at which a node is closed.
    stop : callable
        Whether the search must stop.
    """

    def __init__(
        self,
        incumbents: Incumbents,
        pool: CutPool,
        cutoff: Callable[[], float],
        stop: Callable[[], bool],
    ) -> None:
        self._incumbents = incumbents
        self._pool = pool
        self._cutoff = cutoff
        self._stop = stop
        self._integer = integer_part(incumbents.program)
        self._scaled = incumbents.program.scale is not None

    def raise_bound(
        self, node: Node, answer: LpAnswer, master: CutLp, lower: FloatArray, upper: FloatArray
    ) -> LpAnswer:
        """Cut until the bound stands still or closes the node; give the last LP's answer.

        Parameters
        ----------
        answer : LpAnswer
            Of the node's LP as it stands.
        """
        columns, pool = master.oracle_columns, self._pool
        for _ in range(_ROUNDS):
            before = node.bound
            node.bound = max(node.bound, answer.bound)
            x = answer.x
            if x is None or answer.point is None:
                break
            if node.bound >= self._cutoff() or self._stop():
                break
            point = aim = answer.point[columns]
            whole = self._whole(x)
            if whole:
                rounded = x.copy()
                rounded[self._integer] = np.round(x[self._integer])
                aim = self._incumbents.aim(rounded)
                point = point if self._scaled else aim
            gap = self._cutoff() - node.bound
            least = max(1e-10, 0.02 * gap) if math.isfinite(gap) and not whole else 1e-11
            waiting = pool.violated(point, answer.loss, least)
            if waiting:
                pool.put(master, waiting)
            else:
                number, value = pool.cut(aim)
                if value - answer.loss <= least:
                    break
                # where the cut at the best scale stands there already: one at the LP's own
                new = pool.put(master, [number])
                if not new and not (aim is not point and pool.put(master, [pool.cut(point)[0]])):
                    break
            answer = master.solve(lower, upper)
            gain = answer.bound - max(before, node.bound)
            if not whole and gain < _ROUND_GAIN * gap and answer.bound < self._cutoff():
                node.bound = max(node.bound, answer.bound)
                break
        node.bound = max(node.bound, answer.bound)
        return answer

    def _whole(self, x: FloatArray) -> bool:
        part = x[self._integer]
        return bool((np.abs(part - np.round(part)) <= _MARGIN).all())

    def tighten(self, answer: LpAnswer, lower: FloatArray, upper: FloatArray) -> None:
        """Tighten integer columns: every x in the box costs bound + |d_j| * its distance.

        The distance is from the bound at which the safe bound has put x_j.
        """
        room = self._incumbents.objective - answer.bound
        reduced = answer.reduced_cost
        if reduced is None or not math.isfinite(room):
            return
        integer = self._integer
        with np.errstate(divide="ignore"):
            reach = np.floor(room / np.abs(reduced) + _MARGIN)
        rising = integer & (reduced > 0.0) & (lower + reach < upper)
        falling = integer & (reduced < 0.0) & (upper - reach > lower)
        upper[rising] = lower[rising] + reach[rising]
        lower[falling] = upper[falling] - reach[falling]
