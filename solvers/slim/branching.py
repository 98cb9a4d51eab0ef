"""Which feature a box is split on: the one whose parts have raised the bound most so far."""

from __future__ import annotations

import math

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.slim.packing import PackedBound

__all__ = ["Child", "SignMemory", "children", "open_signs", "part_distances"]

Child = tuple[FloatArray, FloatArray, tuple[int, int, float] | None]
"""The box of a part of a split, and what `SignMemory.learn` is to know of it."""

_LEAST = 1e-3  # a rise that counts as none, in units of the cost of the part


class SignMemory:
    """Mean rises of the bound for each feature and part, per distance from the program's solution.

    The pseudo-costs of mixed-integer programming (Achterberg, Koch and Martin, "Branching rules
    revisited", Operations Research Letters 33, 2005), with three parts.

    Parameters
    ----------
    n_features : int
    """

    def __init__(self, n_features: int) -> None:
        self._sum = np.zeros((3, n_features))
        self._count = np.zeros((3, n_features))

    def learn(self, feature: int, part: int, distance: float, rise: float) -> None:
        """Take what a part of a split has shown."""
        self._sum[part, feature] += max(rise, 0.0) / max(distance, 0.05)
        self._count[part, feature] += 1.0

    def choose(self, chosen: tuple[FloatArray, FloatArray], candidates: BoolArray) -> int:
        """Give the candidate whose parts promise the greatest product of rises.

        Parameters
        ----------
        chosen : tuple of ndarray of shape (d,)
            How far the program chose each feature with positive and with negative points.
        candidates : ndarray of bool, shape (d,)
            Features whose signs are open.
        """
        distances = part_distances(chosen)
        known = self._count.sum(axis=1)
        general = np.where(known > 0, self._sum.sum(axis=1) / np.maximum(known, 1.0), 1.0)
        # one observation's worth of the general mean
        mean = (self._sum + general[:, None]) / (self._count + 1.0)
        rises = np.maximum(mean * distances, _LEAST)
        score = np.prod(rises, axis=0)
        return int(np.argmax(np.where(candidates, score, -1.0)))


def part_distances(chosen: tuple[FloatArray, FloatArray]) -> FloatArray:
    """How far the program's solution is from each part of a split, shape (3, d)."""
    plus, minus = chosen
    out = np.minimum(plus + minus, 1.0)
    distances: FloatArray = np.stack([out, 1.0 - plus, 1.0 - minus])
    return distances


def children(packed: PackedBound, memory: SignMemory) -> list[Child]:
    """Split on the sign of a feature, or halve a range where all signs are known."""
    lower, upper = packed.lower, packed.upper
    unknown = open_signs(lower, upper)
    known = not np.any(unknown)
    if known:
        j = 1 + int(np.argmax(upper[1:] - lower[1:]))
        middle = math.floor((lower[j] + upper[j]) / 2.0)
        parts = [(lower[j], middle), (middle + 1.0, upper[j])]
    else:
        chosen = packed.plus, packed.minus
        j = 1 + memory.choose(chosen, unknown)
        distances = part_distances(chosen)[:, j - 1]
        parts = [(0.0, 0.0), (max(lower[j], 1.0), upper[j]), (lower[j], min(upper[j], -1.0))]
    found: list[Child] = []
    for part, (low, high) in enumerate(parts):
        if low <= high:
            child_lower, child_upper = lower.copy(), upper.copy()
            child_lower[j], child_upper[j] = low, high
            split = None if known else (j - 1, part, float(distances[part]))
            found.append((child_lower, child_upper, split))
    return found


def open_signs(lower: FloatArray, upper: FloatArray) -> BoolArray:
    """Features that may have points and none, or points of both signs."""
    signs: BoolArray = (lower[1:] < upper[1:]) & (lower[1:] <= 0.0) & (upper[1:] >= 0.0)
    return signs
