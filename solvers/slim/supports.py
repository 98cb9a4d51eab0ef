"""Whether all supports of a limited size can be looked at, and how."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.slim.problem import ThresholdProblem
from riskslim.solvers.slim.rows import merged_rows

__all__ = ["SupportEstimate", "estimate_supports"]

# A feature parts rows into cells that bound something where it has few values, or one that so many
# rows have: mostly 0, say.
_FEW_VALUES, _COMMON = 16, 0.4
_SOME_ROWS = 1 << 10
_SECONDS = 1.5e-9  # a row of a support, on one core of 2020
_SORTED = 20.0  # times as long where supports that stay open are sorted by totals of many values
_DEAR = 90.0  # seconds beyond which boxes are tried instead
_POINTS = 3e10  # rows that the search of points may read, in all


@dataclass(frozen=True)
class SupportEstimate:
    """How the supports would be searched.

    Attributes
    ----------
    rich : list of int
        Features of many values, none of them common, from 0, in the order of their number: the
        supports begin with a direction of these.
    supports : float
        How many there are, with each direction.
    seconds : float
        To bound all of them on one thread, where none is closed early.
    nodes : int
        After which a search has gone astray: too many supports have bounds of nothing.
    """

    rich: list[int]
    supports: float
    seconds: float
    nodes: int

    def pays(self, threads: int, time_left: float) -> bool:
        """Whether the search is likely to end, in time and not after that of boxes."""
        return self.seconds / threads < min(_DEAR, time_left / 2.0)


def estimate_supports(problem: ThresholdProblem) -> SupportEstimate | None:
    """Count the supports of a problem.

    None where its sizes have no limit, or most of its features have many values.

    Parameters
    ----------
    problem : ThresholdProblem
        Rows, box and greatest size.
    """
    low, high = problem.lower[1:], problem.upper[1:]
    live = np.flatnonzero((low != 0.0) | (high != 0.0))
    if problem.max_size is None or problem.max_size >= len(live) > 0:
        return None
    first = problem.features[:_SOME_ROWS]
    if 2 * sum(_is_rich(*_values(first[:, j])) for j in live) > len(live):
        return None  # as below, told by some rows: sorting all of a large table takes seconds
    values = {int(j): _values(problem.features[:, j]) for j in live}
    rich = sorted((j for j in values if _is_rich(*values[j])), key=lambda j: (-values[j][0], j))
    if 2 * len(rich) > len(live):
        return None  # too many directions, and cells without them bound nothing
    signs = [float(high[j] - low[j]) for j in rich]
    # directions of m rich features, roughly: the elementary symmetric sums of their ranges
    directions = [1.0] + [0.0] * len(rich)
    for taken, reach in enumerate(signs):
        for m in range(taken, -1, -1):
            directions[m + 1] += directions[m] * (2.0 if m == 0 else reach)
    parting, size = len(live) - len(rich), problem.max_size
    below = list(accumulate(math.comb(parting, k) for k in range(size + 1)))
    supports = sum(count * below[size - m] for m, count in enumerate(directions) if m <= size)
    rows = len(merged_rows(problem, problem.lower, problem.upper)[0])
    sorted_ones = any(count > _FEW_VALUES for j, (count, _) in values.items() if j not in rich)
    return SupportEstimate(
        rich,
        float(supports),
        float(supports) * (rows + 50) * _SECONDS * (_SORTED if sorted_ones else 1.0),
        int(min(2.0 * supports + _POINTS / (rows + 50), 1e15)),
    )


def _values(column: FloatArray) -> tuple[int, float]:
    """Count the values of a feature, and give the share of rows that have the most common one."""
    values, counts = np.unique(column, return_counts=True)
    return len(values), float(counts.max()) / len(column)


def _is_rich(count: int, common: float) -> bool:
    """Whether the cells of a feature, of so many values, bound nothing."""
    return count > _FEW_VALUES and common < _COMMON
