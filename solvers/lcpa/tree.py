"""The tree of the lattice cutting-plane algorithm."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Sequence

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.lcpa.box import chosen_columns, finite_box, oracle_box, trivial_bound
from riskslim.solvers.lcpa.branching import Brancher, Child
from riskslim.solvers.lcpa.chained import Propagator
from riskslim.solvers.lcpa.cutpool import CutPool
from riskslim.solvers.lcpa.incumbent import Incumbents, row_sides
from riskslim.solvers.lcpa.limits import Limits
from riskslim.solvers.lcpa.master import Master
from riskslim.solvers.lcpa.node import Node, NodeBounds
from riskslim.solvers.lcpa.relaxation import Relaxation
from riskslim.solvers.lcpa.scaled import ScaledMaster
from riskslim.solvers.lcpa.startup import converge
from riskslim.solvers.parts import Part
from riskslim.solvers.program import ConvexProgram
from riskslim.solvers.result import Progress, SearchOptions, SearchResult, Status

__all__ = ["Tree"]

_AGE_LPS = 80  # LPs without use after which a cut leaves the LP
_AGE_EVERY = 10  # nodes between two looks at the cuts' age
_ROOT_GAP = 1e-7
_POLISH_EVERY = 32


class Tree:
    """Branch and bound with cuts shared by all nodes.

    The lower bound that it reports is the least of: the bounds of the open
    nodes, the node in process included, the safe bounds at which nodes were
    closed, and the incumbent's objective.
    """

    def __init__(
        self, program: ConvexProgram, options: SearchOptions, rival: float = -math.inf
    ) -> None:
        self.program = program
        self.options = options
        self._rival = rival
        self._limits = Limits(options)
        self._seconds: dict[str, float] = {}
        self._sides = row_sides(program)
        self.incumbents = Incumbents(program, self._sides, self._must_stop, options.parts)
        self._lower, self._upper = finite_box(program)
        self._chosen = np.flatnonzero(chosen_columns(program))
        self._propagator = Propagator(program, self._sides)
        self._brancher = Brancher(program)
        self._possible = self._propagator.tighten(self._lower, self._upper)
        self._pool = CutPool(program.oracle, *oracle_box(program, self._lower, self._upper))
        self._relaxation = Relaxation(program, self._sides, self._pool, options, self._must_stop)
        self._bounds = NodeBounds(self.incumbents, self._pool, self._cutoff, self._must_stop)
        self._open: list[Node] = []
        # Until the search begins everything is open, and nothing is known of it.
        self._current = Node(-math.inf, 0, ()) if self._possible else None
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
            lps=self._relaxation.lps,
            seconds=self._seconds,
            scale=found.scale,
        )

    def _cutoff(self) -> float:
        """Bound at which a node is closed."""
        best = self.incumbents.objective
        return best - self._limits.gap(best)

    def _must_stop(self) -> bool:
        return self._limits.reached(self._nodes, self.incumbents.objective, self._progress)

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
        root = Node(trivial_bound(self.program, self._lower, self._upper), 0, ())
        self._current = root
        began = time.perf_counter()
        if Part.START_UP in self.options.parts:
            self._start_up(root)
        else:
            self._relaxation.chain(self._lower, self._upper, self.incumbents.objective)
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
        return self._relaxation.lp(self._lower, self._upper)

    def _start_up(self, root: Node) -> None:
        """Converge the relaxation, make incumbents, shrink the box to their level set; repeat."""
        for _ in range(4):
            self._relaxation.chain(self._lower, self._upper, self.incumbents.objective)
            master = self._lp()
            answer, inner = converge(
                master,
                self._pool,
                self._lower,
                self._upper,
                _ROOT_GAP,
                lambda bound, value: self._root_stop(root, bound, value),
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
            self._relaxation.bound_loss(self._lower, self._upper)
            size = float((self._upper - self._lower).sum())
            self._shrink()
            if float((self._upper - self._lower).sum()) > 0.9 * size:
                return

    def _root_stop(self, root: Node, bound: float, value: float) -> bool:
        root.bound = max(root.bound, bound)
        if value <= self._rival:
            self._limits.stopped = Status.NODE_LIMIT
        return self._must_stop() or bound >= self._cutoff()

    def _polish(self, near: FloatArray) -> None:
        if self.incumbents.polish(near, self._lower, self._upper):
            number, _ = self._pool.cut(self.incumbents.oracle_point())
            self._pool.put(self._lp(), [number])

    def _shrink(self) -> None:
        best = self.incumbents.objective
        self._relaxation.shrink(self._lower, self._upper, best, self._must_stop)
        self._propagator.tighten(self._lower, self._upper)
        self._relaxation.forget()

    # -- one node ------------------------------------------------------------

    def _box(self, node: Node) -> tuple[FloatArray, FloatArray] | None:
        lower, upper = self._lower.copy(), self._upper.copy()
        for column, low, up in node.changes:
            if low > lower[column]:
                lower[column] = low
            if up < upper[column]:
                upper[column] = up
        if (lower > upper).any() or not self._propagator.tighten(lower, upper):
            return None
        return lower, upper

    def _process(self, node: Node) -> list[Node]:
        """Bound a node by its LP and cuts; give its children, the one to dive into first."""
        box = self._box(node)
        if box is None:
            return []
        lower, upper = box
        master = self._lp()
        answer = master.solve(lower, upper)
        if node.born is not None and math.isfinite(answer.bound):
            self._brancher.learn(node.born, answer.bound - node.parent_bound)
        answer = self._bounds.raise_bound(node, answer, master, lower, upper)
        if self._limits.stopped is not None or node.bound >= self._cutoff():
            self._close(node)
            return []
        if answer.reduced_cost is not None:
            self._bounds.tighten(answer, lower, upper)
            if not self._propagator.tighten(lower, upper):
                # everything at least as good as the incumbent is gone
                self._closed_bound = min(self._closed_bound, self.incumbents.objective)
                return []
        x = answer.x
        if x is not None and self._nodes % _POLISH_EVERY == 0:
            self._polish(x)
        return self._branch(node, x, lower, upper)

    def _close(self, node: Node) -> None:
        if self._limits.stopped is None:
            self._closed_bound = min(self._closed_bound, node.bound)

    def _branch(
        self, node: Node, x: FloatArray | None, lower: FloatArray, upper: FloatArray
    ) -> list[Node]:
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
        for child in split:
            bound = max(node.bound, child.bound)
            if bound >= self._cutoff():
                self._closed_bound = min(self._closed_bound, bound)
                continue
            self._serial += 1
            learnt = child.bound > -math.inf
            children.append(
                Node(
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
        return self.program.scale is not None and self._is_leaf(lower, upper)

    def _is_leaf(self, lower: FloatArray, upper: FloatArray) -> bool:
        return bool((lower[self._chosen] == upper[self._chosen]).all())

    def _settle(self, node: Node, lower: FloatArray, upper: FloatArray) -> list[Node]:
        """Close a node whose columns are fixed: its objective, at the best scale, is its bound.

        Real columns may have a rest of width; then only the LP's bound is safe.
        """
        self.incumbents.offer(lower)
        if self._is_leaf(lower, upper):
            if not self.incumbents.feasible(lower):
                return []
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
