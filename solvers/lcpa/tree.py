"""The tree of the lattice cutting-plane algorithm."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.box import finite_box, integer_part, oracle_box, trivial_bound
from riskslim.solvers.lcpa.branching import Brancher, Child
from riskslim.solvers.lcpa.chained import Chained, Propagator
from riskslim.solvers.lcpa.cutpool import CutPool
from riskslim.solvers.lcpa.incumbent import Incumbents, row_sides
from riskslim.solvers.lcpa.limits import Limits
from riskslim.solvers.lcpa.lp import LpAnswer
from riskslim.solvers.lcpa.master import Master
from riskslim.solvers.lcpa.scaled import ScaledMaster
from riskslim.solvers.lcpa.startup import converge, shrink_box
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import Progress, SearchOptions, SearchResult, Status

__all__ = ["Tree"]

_AGE_LPS = 80  # LPs without use after which a cut leaves the LP
_AGE_EVERY = 10  # nodes between two looks at the cuts' age
_ROOT_GAP = 1e-7
_ROUNDS = 8  # rounds of cuts at a node
_ROUND_GAIN = 0.03  # share of the node's gap that a round must close to earn another
_POLISH_EVERY = 32
_MARGIN = 1e-6


@dataclass(order=True)
class _Node:
    """An open node: the changes to the root's box that lead to it, and a safe bound."""

    bound: float
    serial: int
    changes: tuple[tuple[int, float, float], ...] = field(compare=False)
    born: Child | None = field(compare=False, default=None)
    parent_bound: float = field(compare=False, default=-math.inf)


class Tree:
    """Branch and bound with cuts shared by all nodes.

    The lower bound that it reports is the least of: the bounds of the open
    nodes, the node in process included, the safe bounds at which nodes were
    closed, and the incumbent's objective.
    """

    def __init__(self, program: ConvexProgram, options: SearchOptions) -> None:
        self.program = program
        self.options = options
        self._limits = Limits(options)
        self._seconds: dict[str, float] = {}
        self._sides = row_sides(program)
        self.incumbents = Incumbents(program, self._sides)
        self._lower, self._upper = finite_box(program)
        self._propagator = Propagator(program, self._sides)
        self._chained = Chained(program)
        self._brancher = Brancher(program)
        self._possible = self._propagator.tighten(self._lower, self._upper)
        self._integer = integer_part(program)
        self._pool = CutPool(program.oracle, *oracle_box(program, self._lower, self._upper))
        self._master: Master | ScaledMaster | None = None
        self._old_lps = 0
        self._open: list[_Node] = []
        self._current: _Node | None = None
        self._closed_bound = math.inf
        self._nodes = 0
        self._serial = 0

    # -- outcome -------------------------------------------------------------

    def run(self, start: Sequence[FloatArray]) -> SearchResult:
        """Search to the end or to a limit; Ctrl-C ends it with the incumbent."""
        try:
            for point in start:
                self.incumbents.offer(np.asarray(point, dtype=np.float64))
            if self._possible:
                self._search()
        except KeyboardInterrupt:
            self._limits.stopped = Status.INTERRUPTED
        return self._result()

    def lower_bound(self) -> float:
        """Give the bound that holds now."""
        bound = min(self._closed_bound, self.incumbents.floor)
        if self._current is not None:
            bound = min(bound, self._current.bound)
        if self._open:
            bound = min(bound, self._open[0].bound)
        return bound

    def _result(self) -> SearchResult:
        found = self.incumbents
        bound = self.lower_bound()
        status = self._limits.stopped
        if status is None or found.objective - bound <= self._limits.gap(found.objective):
            status = Status.OPTIMAL if found.point is not None else Status.INFEASIBLE
        self._seconds["total"] = self._limits.seconds()
        return SearchResult(
            status=status,
            point=found.point,
            objective=found.objective,
            oracle_value=found.oracle_value,
            lower_bound=bound,
            nodes=self._nodes,
            cuts=self._pool.made,
            lps=self._lps(),
            seconds=self._seconds,
            pool=found.pool(),
            scale=found.scale,
        )

    def _lps(self) -> int:
        return self._old_lps + (self._master.lps if self._master is not None else 0)

    def _cutoff(self) -> float:
        """Bound at which a node is closed."""
        best = self.incumbents.objective
        return best - self._limits.gap(best)

    def _must_stop(self) -> bool:
        return self._limits.reached(self._nodes, self._progress)

    def _progress(self, seconds: float) -> Progress:
        return Progress(
            seconds=seconds,
            nodes_open=len(self._open) + (self._current is not None),
            nodes_done=self._nodes,
            cuts=self._pool.made,
            lower_bound=self.lower_bound(),
            objective=self.incumbents.objective,
        )

    # -- search --------------------------------------------------------------

    def _search(self) -> None:
        root = _Node(trivial_bound(self.program, self._lower, self._upper), 0, ())
        self._current = root
        began = time.perf_counter()
        self._start_up(root)
        self._seconds["start"] = time.perf_counter() - began
        began = time.perf_counter()
        while self._current is not None or self._open:
            if self._current is None:
                # named before it is taken: an interrupt in between loses no node
                self._current = self._open[0]
                heapq.heappop(self._open)
            if self._must_stop():
                break
            node = self._current
            if node.bound >= self._cutoff():
                self._closed_bound = min(self._closed_bound, node.bound)
                self._current = None
                continue
            children = self._process(node)
            if self._limits.stopped is not None:
                break
            self._nodes += 1
            for child in children[1:]:
                heapq.heappush(self._open, child)
            self._current = children[0] if children else None
            if self._nodes % _AGE_EVERY == 0:
                self._pool.age(self._lp(), _AGE_LPS)
        self._seconds["tree"] = time.perf_counter() - began

    def _lp(self) -> Master | ScaledMaster:
        if self._master is None:
            kind = Master if self.program.scale is None else ScaledMaster
            self._master = kind(
                self.program, self._lower, self._upper, self._sides, self.options.seed
            )
            self._master.limit_size(self._chained.least_size, self._chained.most_size)
            self._pool.refill(self._master)
        return self._master

    def _rebuild(self) -> None:
        self._old_lps = self._lps()
        self._master = None

    def _start_up(self, root: _Node) -> None:
        """Converge the relaxation, make incumbents, shrink the box to their level set; repeat."""
        inner: FloatArray | None = None
        for _ in range(4):
            self._chained.update(self._lower, self._upper, self.incumbents.objective)
            master = self._lp()
            answer, inner = converge(
                master,
                self._pool,
                self._lower,
                self._upper,
                _ROOT_GAP,
                lambda bound: self._root_stop(root, bound),
            )
            root.bound = max(root.bound, answer.bound)
            if (
                answer.point is None
                or self._limits.stopped is not None
                or root.bound >= self._cutoff()
            ):
                return
            for near in (inner, answer.point):
                if near is not None:
                    self._polish(master.read(near, self._lower, self._upper))
            if not math.isfinite(self.incumbents.objective):
                return
            if root.bound >= self._cutoff():
                return
            if self.program.cost.any():
                least = self._lp().minimise_loss(self._lower, self._upper)
                self._chained.least_loss = max(self._chained.least_loss, least)
            size = float((self._upper - self._lower).sum())
            self._shrink()
            if float((self._upper - self._lower).sum()) > 0.9 * size:
                return

    def _root_stop(self, root: _Node, bound: float) -> bool:
        root.bound = max(root.bound, bound)
        return self._must_stop() or bound >= self._cutoff()

    def _polish(self, near: FloatArray) -> None:
        if self.incumbents.polish(near, self._lower, self._upper):
            number, _ = self._pool.cut(self.incumbents.oracle_point())
            self._pool.put(self._lp(), [number])

    def _shrink(self) -> None:
        indicators = set(self.program.switches[:, 1].tolist())
        targets = [int(c) for c in np.flatnonzero(self._integer) if int(c) not in indicators]
        if self.program.scale is not None:
            # t and w, then the columns without a switch, where x = w/t says more than both
            switched = set(self.program.switches[:, 0].tolist())
            n = len(self.program.names)
            targets = [*range(n, len(self._lower)), *(c for c in targets if c not in switched)]
        shrink_box(
            self._lp(),
            self._pool,
            targets,
            self._integer,
            self._lower,
            self._upper,
            self.incumbents.objective,
            3,
            self._must_stop,
        )
        self._propagator.tighten(self._lower, self._upper)
        self._rebuild()

    # -- one node ------------------------------------------------------------

    def _box(self, node: _Node) -> tuple[FloatArray, FloatArray] | None:
        lower, upper = self._lower.copy(), self._upper.copy()
        for column, low, up in node.changes:
            if low > lower[column]:
                lower[column] = low
            if up < upper[column]:
                upper[column] = up
        if (lower > upper).any() or not self._propagator.tighten(lower, upper):
            return None
        return lower, upper

    def _process(self, node: _Node) -> list[_Node]:
        """Bound a node by its LP and cuts; give its children, the one to dive into first."""
        box = self._box(node)
        if box is None:
            return []
        lower, upper = box
        answer = self._bound(node, lower, upper)
        if self._limits.stopped is not None or node.bound >= self._cutoff():
            self._close(node)
            return []
        if answer.reduced_cost is not None:
            self._reduced_cost(answer, lower, upper)
            if not self._propagator.tighten(lower, upper):
                # everything at least as good as the incumbent is gone
                self._closed_bound = min(self._closed_bound, self.incumbents.objective)
                return []
        x = answer.x
        if x is not None and self._nodes % _POLISH_EVERY == 0:
            self._polish(x)
        return self._branch(node, x, lower, upper)

    def _close(self, node: _Node) -> None:
        if self._limits.stopped is None:
            self._closed_bound = min(self._closed_bound, node.bound)

    def _bound(self, node: _Node, lower: FloatArray, upper: FloatArray) -> LpAnswer:
        """Solve the node's LP and cut until the bound stands still or closes the node."""
        master, pool = self._lp(), self._pool
        columns = master.oracle_columns
        answer = master.solve(lower, upper)
        if node.born is not None and math.isfinite(answer.bound):
            self._brancher.learn(node.born, answer.bound - node.parent_bound)
        for _ in range(_ROUNDS):
            before = node.bound
            node.bound = max(node.bound, answer.bound)
            x = answer.x
            if (
                x is None
                or answer.point is None
                or node.bound >= self._cutoff()
                or self._must_stop()
            ):
                break
            point = answer.point[columns]
            whole = self._whole(x)
            if whole:
                rounded = x.copy()
                rounded[self._integer] = np.round(x[self._integer])
                point = self.incumbents.aim(rounded)
            gap = self._cutoff() - node.bound
            least = max(1e-10, 0.02 * gap) if math.isfinite(gap) and not whole else 1e-11
            waiting = pool.violated(point, answer.loss, least)
            if waiting:
                pool.put(master, waiting)
            else:
                number, value = pool.cut(point)
                if value - answer.loss <= least or not pool.put(master, [number]):
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

    def _reduced_cost(self, answer: LpAnswer, lower: FloatArray, upper: FloatArray) -> None:
        """Tighten integer columns: every x in the box costs bound + |d_j| * its distance.

        The distance is from the bound at which the safe bound has put x_j.
        """
        room = self.incumbents.objective - answer.bound
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

    def _branch(
        self, node: _Node, x: FloatArray | None, lower: FloatArray, upper: FloatArray
    ) -> list[_Node]:
        brancher = self._brancher
        splits = brancher.candidates(x, lower, upper) if x is not None else []
        if splits:
            split = brancher.choose(
                splits,
                node.bound,
                self._cutoff(),
                lambda child: self._measure(child, lower, upper),
            )
        else:
            only = None if self._fixed(lower, upper) else brancher.halve(x, lower, upper)
            if only is None:
                return self._settle(node, lower, upper)
            split = only
        tightened = self._differences(lower, upper)
        children = []
        for child in split.children:
            bound = max(node.bound, child.bound)
            if bound >= self._cutoff():
                self._closed_bound = min(self._closed_bound, bound)
                continue
            self._serial += 1
            learnt = child.bound > -math.inf
            children.append(
                _Node(
                    bound,
                    self._serial,
                    tightened + child.changes,
                    None if learnt else child,
                    node.bound,
                )
            )
        children.sort(key=lambda n: (n.bound, n.serial))
        return children

    def _fixed(self, lower: FloatArray, upper: FloatArray) -> bool:
        n = len(self.program.names)
        return self.program.scale is not None and bool((lower[:n] == upper[:n]).all())

    def _settle(self, node: _Node, lower: FloatArray, upper: FloatArray) -> list[_Node]:
        """Close a node that is a single point: its objective, at the best scale, is its bound."""
        self.incumbents.offer(lower)
        if self.incumbents.feasible(lower):
            node.bound = max(node.bound, self.incumbents.leaf_bound(lower, upper))
            self._closed_bound = min(self._closed_bound, node.bound)
        return []

    def _measure(self, child: Child, lower: FloatArray, upper: FloatArray) -> float:
        low, up = lower.copy(), upper.copy()
        for column, new_lower, new_upper in child.changes:
            low[column] = max(low[column], new_lower)
            up[column] = min(up[column], new_upper)
        if (low > up).any():
            return math.inf
        return self._lp().solve(low, up).bound

    def _differences(
        self, lower: FloatArray, upper: FloatArray
    ) -> tuple[tuple[int, float, float], ...]:
        moved = np.flatnonzero((lower > self._lower) | (upper < self._upper))
        return tuple(zip(moved.tolist(), lower[moved].tolist(), upper[moved].tolist(), strict=True))
