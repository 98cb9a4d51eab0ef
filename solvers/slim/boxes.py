"""The search over boxes of points: linear programs split the signs, trees do the rest."""

from __future__ import annotations

import heapq
import math
import time
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from riskslim.solvers._native import End
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import (
    ENDED,
    PROVED_GAP,
    Progress,
    Reporter,
    SearchOptions,
    Status,
)
from riskslim.solvers.slim.branching import SignMemory, children, open_signs
from riskslim.solvers.slim.native import Incumbent, Prices, TreeRequest, TreeResult, grow_tree
from riskslim.solvers.slim.packing import PackedBound, pack
from riskslim.solvers.slim.prices import limit_prices
from riskslim.solvers.slim.problem import ThresholdProblem
from riskslim.solvers.slim.result import ThresholdResult
from riskslim.solvers.slim.rows import merged_rows
from riskslim.solvers.slim.shared import SharedProgram
from riskslim.solvers.slim.starts import rounded_starts
from riskslim.solvers.slim.supports import SupportEstimate, estimate_supports

__all__ = ["BoxSearch"]

_PAIRS = 400_000  # pairs of rows up to which the tree is grown
_SOME_ROWS = 1 << 13
_FIRST_NODES = 50_000  # of the tree before the linear program is asked
_FEW_NODES = 25_000  # ... or the supports
# of the tree in a box, before its signs are split: more where trees end, less where they do not
_LEAST_BOX_NODES, _BOX_NODES = 100, 10_000
_REST = 3  # splits after a tree that did not end, before the next one is grown
_REFRESH_EFFORT = 0.5  # of the heuristic after each box
_REFRESH_SHARED = 200  # ... after so many where boxes share one program, which is fast
_SUGGESTED_EFFORT = 0.05  # of the heuristic on the features of a linear program's solution
_SUGGESTIONS, _SUGGESTED_SHARE = 40, 0.05  # at once, and a box, at most
_LEVEL = 0.05  # of the gap: boxes with bounds below are searched in depth before the others


@dataclass(order=True)
class _OpenBox:
    bound: float
    order: int
    lower: FloatArray = field(compare=False)
    upper: FloatArray = field(compare=False)
    rest: int = field(default=0, compare=False)  # splits before the next tree
    packed: PackedBound | None = field(default=None, compare=False)
    split: tuple[int, int, float] | None = field(default=None, compare=False)  # see SignMemory


class BoxSearch:
    """Over boxes: each is packed, then searched by the tree or split.

    Boxes whose bounds are near the least one are searched in depth, one below the other, because
    neighbouring linear programs are solved fast; the others wait, the least bound first.
    """

    def __init__(self, problem: ThresholdProblem, options: SearchOptions) -> None:
        self.problem, self.options = problem, options
        self.started = time.monotonic()
        self.reporter = Reporter(options)
        self.deadline = self.started + min(options.time_limit, 1e9)
        self.incumbent: Incumbent | None = None
        self.nodes = self.packed = self.left_open = 0
        self.seeding = 0.0
        self.memory = SignMemory(problem.features.shape[1])
        self.box_nodes = _BOX_NODES
        self.tie = 0.0
        self.ended = End.finished
        self.unsettled = math.inf  # least bound of the boxes that a limit left open
        self.boxes: list[_OpenBox] = []  # a heap
        self.near: list[_OpenBox] = []  # a stack
        self.waited = 0
        self.in_hand = 0.0  # bound of the box that is looked at; infinite where none is
        self.covered = False  # whether the tree under way searches all of it
        self.prices = Prices()
        self.none = np.zeros((0, problem.features.shape[1] + 1))  # no starts
        self.small = self.supports = False
        self.shared: SharedProgram | None = None  # of a small problem
        self.suggested: set[tuple[bytes, bytes]] = set()

    def run(self, starts: FloatArray, effort: float) -> ThresholdResult:
        """Search everything that the limits allow, from given starts and with so much effort."""
        problem = self.problem
        lower, upper = problem.lower, problem.upper
        small = self._has_few_pairs(lower, upper)
        self.small = small
        small = small and min(problem.max_false_positive, problem.max_false_negative) == math.inf
        if (not small or problem.predictions is not None) and effort > 0.0:
            self.prices = limit_prices(problem, self.options.seed, self.deadline, self._poll)
        supports = self._supports()
        nodes = _FIRST_NODES if supports is None else _FEW_NODES
        first = self._tree(lower, upper, starts, effort, nodes if small else 0, covers=True)
        self.seeding = first.seeding
        may_go_on = first.ended == End.nodes and self._node_limit() != 0
        if first.ended != End.finished and not may_go_on:
            self.ended = first.ended
            self._leave(first.open_bound, first.open_nodes)
        elif may_go_on:
            whole = _OpenBox(first.open_bound if small else 0.0, 0, lower, upper)
            if effort > 0.0:
                rounded = rounded_starts(problem, self._stopped)
                if not self._stopped():
                    self._tree(lower, upper, rounded, 0.0, 0)
            if supports is not None and small and not self._stopped():
                packed = self._pack(whole)
                whole = replace(whole, bound=max(whole.bound, packed.value), packed=packed)
            self.in_hand = whole.bound
            if supports is None or not self._search_supports(supports, whole):
                self._wait(whole)
        level = 0.0
        self.in_hand = math.inf
        while (self.near or self.boxes) and self.ended == End.finished:
            if self.near:
                box = self.near.pop()
            else:
                box = heapq.heappop(self.boxes)
                gap = self._cutoff() - box.bound
                level = box.bound + (_LEVEL * max(gap, 0.0) if math.isfinite(gap) else 0.0)
            if box.bound > self._cutoff() + self.tie:
                continue
            if self._stopped():
                self._leave(box.bound, 1)
                continue
            self.in_hand = box.bound
            bound = self._pack(box) if box.packed is None else box.packed
            self.in_hand = value = max(box.bound, bound.value)
            if box.packed is None and box.split is not None:
                self.memory.learn(*box.split, min(value, self._cutoff()) - box.bound)
            if value > self._cutoff() + self.tie:
                continue
            if self._stopped():
                self._leave(value, 1)
                continue
            if box.packed is None and value > level:
                self._wait(replace(box, bound=value, packed=bound))
                continue
            rest = box.rest - 1
            if rest < 0 or not np.any(open_signs(bound.lower, bound.upper)):
                rest = _REST
                value = self._search_box(bound, value)
            if value < math.inf:
                for low, high, split in children(bound, self.memory):
                    self.near.append(_OpenBox(value, 0, low, high, rest, None, split))
            self.in_hand = math.inf
            self._refresh_incumbent()
        self.boxes += self.near
        for box in self.boxes:
            self._leave(box.bound, 1)
        return self._result()

    def _supports(self) -> SupportEstimate | None:
        """How the supports can be searched, where that pays."""
        found = estimate_supports(self.problem)
        left = self.deadline - time.monotonic()
        if found is None or not found.pays(self.options.threads, left):
            return None
        return found

    def _search_supports(self, supports: SupportEstimate, box: _OpenBox) -> bool:
        """Search all supports; False where that has gone astray."""
        if self._stopped():
            return False
        self.supports = True
        left = box if box.packed is None else box.packed
        result = self._tree(
            left.lower, left.upper, self.none, 0.0, supports.nodes, supports.rich, covers=True
        )
        if result.ended == End.finished:
            return True
        if result.ended == End.nodes and self._node_limit() != 0:
            return False
        self.ended = result.ended
        self._leave(max(box.bound, result.open_bound), 1)
        return True

    def _wait(self, box: _OpenBox) -> None:
        self.waited += 1
        heapq.heappush(self.boxes, replace(box, order=self.waited))

    def _tree(
        self,
        lower: FloatArray,
        upper: FloatArray,
        starts: FloatArray,
        effort: float,
        nodes: int,
        rich: list[int] | None = None,
        covers: bool = False,
    ) -> TreeResult:
        """Grow a tree over a box; `covers` where that is all that is in hand."""
        limit = self._node_limit()
        request = TreeRequest(
            self.problem,
            lower,
            upper,
            self._poll,
            prices=self.prices,
            known=self.incumbent,
            starts=starts,
            rich=rich,
            effort=effort,
            seed=(self.options.seed + self.packed) & 0x7FFFFFFF,
            threads=self.options.threads,
            time_limit=self.deadline - time.monotonic(),
            node_limit=nodes if limit < 0 else min(nodes, limit) if nodes >= 0 else limit,
        )
        self.covered = covers
        result = grow_tree(request)
        self.covered = False
        self.incumbent = result.incumbent
        self.nodes += result.nodes
        self.tie = max(self.tie, result.tie)
        return result

    def _pack(self, box: _OpenBox) -> PackedBound:
        self.packed += 1
        self.nodes += 1
        if self.small and self.shared is None:
            self.shared = SharedProgram(self.problem, self._stopped)
        bound = partial(pack, self.problem) if self.shared is None else self.shared.bound
        return bound(
            box.lower,
            box.upper,
            self._cutoff(),
            self.tie,
            self.deadline,
            self._stopped,
            self._suggested,
        )

    def _suggested(self, lower: FloatArray, upper: FloatArray) -> float:
        """Run the heuristic on a few features, once for each set of them."""
        box = (lower.tobytes(), upper.tobytes())
        many = len(self.suggested) >= _SUGGESTIONS + _SUGGESTED_SHARE * self.packed
        if box not in self.suggested and not many and not self._stopped():
            self.suggested.add(box)
            self._tree(lower, upper, self.none, _SUGGESTED_EFFORT, 0)
        return self._cutoff()

    def _search_box(self, packed: PackedBound, value: float) -> float:
        """Grow a short tree where it fits; its bound, or infinity where the box is settled."""
        if not self._fits_tree(packed):
            return value
        lower, upper = packed.lower, packed.upper
        signs_known = not np.any(open_signs(lower, upper))
        nodes = -1 if signs_known else self.box_nodes
        result = self._tree(lower, upper, self.none, 0.0, nodes, covers=True)
        settled = result.ended == End.finished
        if not signs_known:
            bent = 2 * nodes if settled else nodes // 2
            self.box_nodes = min(max(bent, _LEAST_BOX_NODES), _BOX_NODES)
        if settled:
            return math.inf
        value = max(value, result.open_bound)
        if result.ended != End.nodes or self._node_limit() == 0:
            self.ended = result.ended
            self._leave(value, result.open_nodes)
            return math.inf
        return value

    def _refresh_incumbent(self) -> None:
        """Let the heuristic run on now and then, with other random numbers."""
        every = 1 if self.shared is None else _REFRESH_SHARED
        if self.packed % every == 0 and not self._stopped():
            self._tree(self.problem.lower, self.problem.upper, self.none, _REFRESH_EFFORT, 0)

    def _fits_tree(self, packed: PackedBound) -> bool:
        lower, upper = packed.lower, packed.upper
        return np.array_equal(lower[1:], upper[1:]) or self._has_few_pairs(lower, upper)

    def _has_few_pairs(self, lower: FloatArray, upper: FloatArray) -> bool:
        """Whether the tree can look at all pairs of rows of both classes in a box.

        Some of the rows have no more of them than all have, and often have too many already.
        """
        every = len(self.problem.features) // _SOME_ROWS + 1
        return all(self._pairs(lower, upper, step) <= _PAIRS for step in sorted({every, 1})[::-1])

    def _pairs(self, lower: FloatArray, upper: FloatArray, every: int) -> int:
        _, positive, negative, _ = merged_rows(self.problem, lower, upper, every)
        return int(np.count_nonzero(positive)) * int(np.count_nonzero(negative))

    def _cutoff(self) -> float:
        return math.inf if self.incumbent is None else self.incumbent.value

    def _node_limit(self) -> int:
        if self.options.node_limit is None:
            return -1
        return max(0, self.options.node_limit - self.nodes)

    def _leave(self, bound: float, count: int) -> None:
        self.unsettled = min(self.unsettled, bound)
        self.left_open += count

    def _stopped(self) -> bool:
        if self.ended == End.finished:
            if self.options.interrupted():
                self.ended = End.interrupted
            elif time.monotonic() > self.deadline:
                self.ended = End.time
            elif self._node_limit() == 0:
                self.ended = End.nodes
        return self.ended != End.finished

    def _poll(self, nodes: int, nodes_open: int, bound: float, value: float) -> bool:
        total = self.problem.total_weight

        def line(seconds: float) -> Progress:
            # A tree that has not begun has nothing open, and one over part of a box bounds that.
            known = self.covered and nodes_open > 0
            in_hand = max(self.in_hand, bound) if known else self.in_hand
            waits = (box.bound for box in [*self.boxes, *self.near])
            least = min([in_hand, self.unsettled, *waits])
            waiting = nodes_open + len(self.boxes) + len(self.near)
            done = self.nodes + nodes
            return Progress(seconds, waiting, done, 0, least / total, value / total)

        self.reporter.look(value / total, line)
        return self.options.interrupted()

    def _result(self) -> ThresholdResult:
        total = self.problem.total_weight
        slack = self.tie / total
        best = self.incumbent
        wrong = (math.nan, math.nan)
        objective = math.inf
        if best is not None:
            wrong = best.false_positive, best.false_negative
            objective = self.problem.objective(best.points, math.fsum(wrong))
        status = Status.INFEASIBLE if best is None else Status.OPTIMAL
        lower_bound = objective - slack
        how = f"conflicts between rows bounded {self.nodes} boxes of points"
        if self.supports:
            how = f"conflicts between rows, and the cells of supports, gave {self.nodes} bounds"
        if self.packed:
            how += f", {self.packed} of them with costs, by linear programs"
        if self.ended != End.finished and self.left_open > 0:
            status = ENDED[self.ended]
            lower_bound = min(lower_bound, max(0.0, self.unsettled / total - slack))
            how += f"; {self.left_open} were left open"
        elif status is Status.OPTIMAL and slack > PROVED_GAP:
            status = Status.PRECISION_LIMIT
        seconds = time.monotonic() - self.started
        return ThresholdResult(
            status=status,
            point=None if best is None else best.points.astype(np.float64),
            objective=objective,
            lower_bound=lower_bound,
            nodes=self.nodes,
            seconds={
                "heuristics": self.seeding,
                "tree": seconds - self.seeding,
                "total": seconds,
            },
            proof=how,
            false_positive=wrong[0],
            false_negative=wrong[1],
        )
