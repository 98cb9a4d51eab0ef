"""Which totals each person can reach and what they cost, by dynamic programming over totals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from riskslim.recourse.blocks import Block
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["Change", "cheapest_changes", "least_costs"]

_EQUAL = 1e-9  # of costs that were added up in different orders


@dataclass(frozen=True)
class Change:
    """One way for one person to reach the target.

    Attributes
    ----------
    cost : float
        The least of all changes of these columns.
    gain : int
        Points that it adds to the total.
    options : tuple of pairs of int
        Place of each changed column, and its option.
    """

    cost: float
    gain: int
    options: tuple[tuple[int, int], ...]


def least_costs(blocks: Sequence[Block], n: int) -> tuple[IntArray, FloatArray]:
    """Give the least cost of every change of the total.

    Blocks change independently, so that ``D(t) = min over gains g of D'(t - g) + cost(g)``.

    Parameters
    ----------
    blocks : sequence of Block
        Everything that can change.
    n : int
        Number of people.

    Returns
    -------
    gains : ndarray of int, shape (T,)
        Changes of the total, one after another.
    cost : ndarray of shape (n, T)
        inf for those out of reach.
    """
    low, cost = 0, np.zeros((n, 1))
    for block in blocks:
        levels, own, _ = by_level(block, np.arange(n), block.reachable)
        if not len(levels):
            continue
        first, last = int(levels[0]), int(levels[-1])
        wider = np.full((n, cost.shape[1] + last - first), np.inf)
        for place, level in enumerate(levels.tolist()):
            at = slice(level - first, level - first + cost.shape[1])
            np.minimum(wider[:, at], cost + own[:, place, None], out=wider[:, at])
        low, cost = low + first, wider
    return np.arange(low, low + cost.shape[1]), cost


def by_level(
    block: Block, rows: IntArray, allowed: BoolArray
) -> tuple[IntArray, FloatArray, IntArray]:
    """Give the points that a block can add, the least cost of each for some people, and how."""
    gain, cost = block.gain[rows], np.where(allowed, block.cost[rows], np.inf)
    effort = block.effort[rows]
    levels = np.unique(gain[allowed])
    least = np.empty((len(rows), len(levels)))
    choice = np.empty((len(rows), len(levels)), dtype=np.int64)
    for place, level in enumerate(levels.tolist()):
        own = np.where(gain == level, cost, np.inf)
        least[:, place] = own.min(axis=1)
        # Of those that cost the same the one nearest to what is.
        near = np.where(own <= least[:, place, None] + _EQUAL, effort, np.iinfo(np.int64).max)
        choice[:, place] = near.argmin(axis=1)
    return levels, least, choice


def cheapest_changes(
    blocks: Sequence[Block],
    rows: IntArray,
    cheapest: FloatArray,
    is_wanted: Callable[[IntArray, IntArray], BoolArray],
    most: int,
    max_columns: int,
) -> dict[int, list[Change]]:
    """Give the cheapest ways of some people to reach the target, each with other columns.

    A set of columns is left out where a part of it costs no more.

    Parameters
    ----------
    blocks : sequence of Block
        Everything that can change.
    rows : ndarray of int
        People who can reach the target and have not.
    cheapest : ndarray, by row
        Least cost of any change, of any columns.
    is_wanted : function
        Whether people, by their rows, reach the target with gains, one for each.
    most : int
        So many for each person.
    max_columns : int
        Sets of at most so many columns, and of more where the cheapest has more.

    Returns
    -------
    dict of int to list of Change
        By row, cheapest first.
    """
    bits = [1 << place for block in blocks for place in block.places]
    found: dict[int, list[tuple[int, Change]]] = {int(row): [] for row in rows}
    bar = np.full(int(rows.max(initial=-1)) + 1, np.inf)  # of the last that would be listed
    best = bar.copy()
    for size in range(1, len(bits) + 1):
        open_rows = rows
        if size > max_columns:
            open_rows = rows[best[rows] > cheapest[rows] + _EQUAL]
        if not len(open_rows):
            break
        for subset in combinations(bits, size):
            mask = sum(subset)
            for row, change in _exactly(blocks, mask, open_rows, bar, is_wanted):
                mine = found[row]
                if any(m & mask == m and c.cost <= change.cost + _EQUAL for m, c in mine):
                    continue
                mine.append((mask, change))
                mine.sort(key=lambda one: one[1].cost)
                best[row] = mine[0][1].cost
                if len(mine) >= most:
                    del mine[most:]
                    bar[row] = mine[-1][1].cost
    return {row: [change for _, change in changes] for row, changes in found.items()}


def _exactly(
    blocks: Sequence[Block],
    mask: int,
    rows: IntArray,
    bar: FloatArray,
    is_wanted: Callable[[IntArray, IntArray], BoolArray],
) -> list[tuple[int, Change]]:
    """Give the cheapest change of exactly some columns, for those whom it helps."""
    own = [block for block in blocks if block.mask & mask]
    allowed = []
    floor = np.zeros(len(rows))
    for block in own:
        fits = block.reachable[rows] & (block.changed[rows] == (block.mask & mask))
        floor += np.where(fits, block.cost[rows], np.inf).min(axis=1)
        allowed.append(fits)
    going = floor < bar[rows] - _EQUAL
    rows, allowed = rows[going], [fits[going] for fits in allowed]
    if not len(rows):
        return []
    tables = [by_level(block, rows, fits) for block, fits in zip(own, allowed, strict=True)]
    best = np.full(len(rows), np.inf)
    gained = np.zeros(len(rows), dtype=np.int64)
    chosen = np.zeros((len(rows), len(own)), dtype=np.int64)
    combinations_of_levels = [
        (sum(int(t[0][place]) for t, place in zip(tables, found, strict=True)), found)
        for found in product(*(range(len(levels)) for levels, _, _ in tables))
    ]
    # Of those that cost the same the one that changes the total least.
    for gain, combination in sorted(combinations_of_levels, key=lambda one: abs(one[0])):
        cost = np.zeros(len(rows))
        for table, place in zip(tables, combination, strict=True):
            cost += table[1][:, place]
        better = np.flatnonzero((cost < best - _EQUAL) & (cost < bar[rows] - _EQUAL))
        better = better[is_wanted(rows[better], np.full(len(better), gain))]
        best[better], gained[better] = cost[better], gain
        for place, (table, level) in enumerate(zip(tables, combination, strict=True)):
            chosen[better, place] = table[2][better, level]
    changes = []
    for at in np.flatnonzero(np.isfinite(best)):
        options = []
        for block, choice in zip(own, chosen[at], strict=True):
            for place, option in zip(block.places, block.choices[choice], strict=True):
                if mask >> place & 1:
                    options.append((place, int(option)))
        changes.append((int(rows[at]), Change(float(best[at]), int(gained[at]), tuple(options))))
    return changes
