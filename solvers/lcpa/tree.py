"""The tree of the lattice cutting-plane algorithm."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.branching import Brancher, Child
from riskslim.solvers.lcpa.chained import Chained, Propagator
from riskslim.solvers.lcpa.cutpool import CutPool
from riskslim.solvers.lcpa.incumbent import Incumbents, row_sides
from riskslim.solvers.lcpa.master import LpAnswer, Master
from riskslim.solvers.lcpa.startup import converge, shrink_box
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import Progress, SearchOptions, SearchResult, Status

__all__ = ["Tree"]

_AGE_LPS = 80  # LPs without use after which a cut leaves the LP
_AGE_EVERY = 10  # nodes between two looks at the cuts' age
_ROUNDS = 8  # rounds of cuts at a node
_ROUND_GAIN = 0.03  # share of the node's gap that a round must close to earn another
_POLISH_EVERY = 32
_PROGRESS_SECONDS = 0.5
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
        self._started = time.perf_counter()
        self._seconds: dict[str, float] = {}
        self._sides = row_sides(program)
        self.incumbents = Incumbents(program, self._sides)
        self._lower, self._upper = _finite_box(program)
        self._propagator = Propagator(program, self._sides)
        self._chained = Chained(program)
        self._brancher = Brancher(program)
        self._possible = self._propagator.tighten(self._lower, self._upper)
        columns = program.oracle_columns
        self._pool = CutPool(program.oracle, self._lower[columns], self._upper[columns])
        self._master: Master | None = None
        self._old_lps = 0
        self._open: list[_Node] = []
        self._current: _Node | None = None
        self._closed_bound = math.inf
        self._nodes = 0
        self._serial = 0
        self._last_progress = self._started
        self._stopped: Status | None = None

    # -- outcome -------------------------------------------------------------

    def run(self, start: Sequence[FloatArray]) -> SearchResult:
        """Search to the end or to a limit; Ctrl-C ends it with the incumbent."""
        try:
            for point in start:
                self.incumbents.offer(np.asarray(point, dtype=np.float64))
            if self._possible:
                self._search()
        except KeyboardInterrupt:
            self._stopped = Status.INTERRUPTED
        return self._result()

    def lower_bound(self) -> float:
        """Give the bound that holds now."""
        bound = min(self._closed_bound, self.incumbents.objective)
        if self._current is not None:
            bound = min(bound, self._current.bound)
        if self._open:
            bound = min(bound, self._open[0].bound)
        return bound

    def _result(self) -> SearchResult:
        found = self.incumbents
        bound = self.lower_bound()
        status = self._stopped
        if status is None or found.objective - bound <= self._tolerance():
            status = Status.OPTIMAL if found.point is not None else Status.INFEASIBLE
        now = time.perf_counter()
        self._seconds["total"] = now - self._started
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
        )

    def _lps(self) -> int:
        return self._old_lps + (self._master.lps if self._master is not None else 0)

    def _tolerance(self) -> float:
        """Gap at which a search is done."""
        best = self.incumbents.objective
        relative = self.options.relative_gap
        return max(
            self.options.absolute_gap,
            relative * abs(best) if relative > 0.0 and math.isfinite(best) else 0.0,
        )

    def _cutoff(self) -> float:
        """Bound at which a node is closed."""
        return self.incumbents.objective - self._tolerance()

    # -- limits --------------------------------------------------------------

    def _must_stop(self) -> bool:
        if self._stopped is not None:
            return True
        options = self.options
        now = time.perf_counter()
        if options.interrupted():
            self._stopped = Status.INTERRUPTED
        elif now - self._started >= options.time_limit:
            self._stopped = Status.TIME_LIMIT
        elif options.node_limit is not None and self._nodes >= options.node_limit:
            self._stopped = Status.NODE_LIMIT
        if options.on_progress is not None and now - self._last_progress >= _PROGRESS_SECONDS:
            self._last_progress = now
            options.on_progress(
                Progress(
                    seconds=now - self._started,
                    nodes_open=len(self._open) + (self._current is not None),
                    nodes_done=self._nodes,
                    cuts=self._pool.made,
                    lower_bound=self.lower_bound(),
                    objective=self.incumbents.objective,
                )
            )
        return self._stopped is not None

    # -- search --------------------------------------------------------------

    def _search(self) -> None:
        root = _Node(_trivial_bound(self.program, self._lower, self._upper), 0, ())
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
            if self._stopped is not None:
                break
            self._nodes += 1
            for child in children[1:]:
                heapq.heappush(self._open, child)
            self._current = children[0] if children else None
            if self._nodes % _AGE_EVERY == 0:
                self._pool.age(self._lp(), _AGE_LPS)
        self._seconds["tree"] = time.perf_counter() - began

    def _lp(self) -> Master:
        if self._master is None:
            self._master = Master(
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
                self.program.cost,
                self._lower,
                self._upper,
                self._root_gap(),
                lambda bound: self._root_stop(root, bound),
                None,
            )
            root.bound = max(root.bound, answer.bound)
            if answer.point is None or self._stopped is not None or root.bound >= self._cutoff():
                return
            for near in (inner, answer.point):
                if near is not None:
                    self._polish(near)
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

    def _root_gap(self) -> float:
        return 1e-7

    def _root_stop(self, root: _Node, bound: float) -> bool:
        root.bound = max(root.bound, bound)
        return self._must_stop() or bound >= self._cutoff()

    def _polish(self, near: FloatArray) -> None:
        if self.incumbents.polish(near, self._lower, self._upper):
            best = self.incumbents.point
            assert best is not None  # polish said that it is new
            number, _ = self._pool.cut(best[self.program.oracle_columns])
            self._pool.put(self._lp(), [number])

    def _shrink(self) -> None:
        indicators = set(self.program.switches[:, 1].tolist())
        targets = [int(c) for c in np.flatnonzero(self.program.integer) if int(c) not in indicators]
        shrink_box(
            self._lp(),
            self._pool,
            targets,
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
        if self._stopped is not None or node.bound >= self._cutoff():
            self._close(node)
            return []
        if answer.reduced_cost is not None:
            self._reduced_cost(answer, lower, upper)
            if not self._propagator.tighten(lower, upper):
                # everything at least as good as the incumbent is gone
                self._closed_bound = min(self._closed_bound, self.incumbents.objective)
                return []
        x = answer.point
        if x is not None and self._nodes % _POLISH_EVERY == 0:
            self._polish(x)
        return self._branch(node, x, lower, upper)

    def _close(self, node: _Node) -> None:
        if self._stopped is None:
            self._closed_bound = min(self._closed_bound, node.bound)

    def _bound(self, node: _Node, lower: FloatArray, upper: FloatArray) -> LpAnswer:
        """Solve the node's LP and cut until the bound stands still or closes the node."""
        master, pool = self._lp(), self._pool
        columns = self.program.oracle_columns
        answer = master.solve(lower, upper)
        if node.born is not None and math.isfinite(answer.bound):
            self._brancher.learn(node.born, answer.bound - node.parent_bound)
        for _ in range(_ROUNDS):
            before = node.bound
            node.bound = max(node.bound, answer.bound)
            x = answer.point
            if x is None or node.bound >= self._cutoff() or self._must_stop():
                break
            point = x[columns]
            whole = self._whole(x)
            if whole:
                rounded = x.copy()
                rounded[self.program.integer] = np.round(x[self.program.integer])
                self.incumbents.offer(rounded)
                point = rounded[columns]
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
        part = x[self.program.integer]
        return bool((np.abs(part - np.round(part)) <= _MARGIN).all())

    def _reduced_cost(self, answer: LpAnswer, lower: FloatArray, upper: FloatArray) -> None:
        """Tighten integer columns: every x in the box costs bound + |d_j| * its distance.

        The distance is from the bound at which the safe bound has put x_j.
        """
        room = self.incumbents.objective - answer.bound
        reduced = answer.reduced_cost
        if reduced is None or not math.isfinite(room):
            return
        integer = self.program.integer
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
            only = brancher.halve(x, lower, upper)
            if only is None:
                return self._settle(node, lower)
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

    def _settle(self, node: _Node, lower: FloatArray) -> list[_Node]:
        """Close a node that is a single point: its objective is its bound."""
        self.incumbents.offer(lower)
        if self.incumbents.feasible(lower):
            node.bound = max(node.bound, self.program.objective(lower))
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


def _trivial_bound(program: ConvexProgram, lower: FloatArray, upper: FloatArray) -> float:
    """Give the least cost over the box: the oracle adds at least 0."""
    ends = np.minimum(program.cost * lower, program.cost * upper)
    return math.fsum(ends.tolist()) - 1e-15 * float(np.abs(ends).sum())


def _finite_box(program: ConvexProgram) -> tuple[FloatArray, FloatArray]:
    """Give the program's bounds, integer ones rounded inwards; every one must be finite."""
    lower, upper = program.lower.astype(np.float64), program.upper.astype(np.float64)
    for bounds, side in ((lower, "lower"), (upper, "upper")):
        bad = np.flatnonzero(~np.isfinite(bounds))
        if len(bad):
            msg = (
                f"column '{program.names[bad[0]]}' has no finite {side} bound; without one no "
                "lower bound can be proved: give it a bound"
            )
            raise ValueError(msg)
    integer = program.integer
    lower[integer], upper[integer] = np.ceil(lower[integer]), np.floor(upper[integer])
    return lower, upper
