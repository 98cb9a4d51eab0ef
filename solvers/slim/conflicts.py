"""Conflicts between rows as inequalities that hold for every score.

Let p1..pr be positive and n1..nr negative rows, a row as often as one likes. Where all of them
are right, the totals of the positive ones are above 0 and those of the negative ones below, so
that the points gain on D = sum of the p - sum of the n; the intercept cancels. Hence some feature
has a positive point where D_j > 0, or a negative one where D_j < 0:

    sum of psi over the rows + sum_j [D_j > 0] plus_j + sum_j [D_j < 0] minus_j >= 1

With r = 1 these are the pairs; with r = 2 they catch what pairs miss, such as the four corners of
an exclusive or, whatever other features are there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["Conflicts"]

_WIDTH = 4  # rows of a conflict at most
_ROUNDING = 1e-12  # of the terms of a sum of real features: a smaller sum has no certain sign


class Conflicts:
    """A growing list of conflicts between given rows.

    Parameters
    ----------
    positive, negative : ndarray of shape (p, k), (n, k)
        Rows of the features.

    Attributes
    ----------
    members : ndarray of int, shape (m, 4)
        Rows of each conflict, each once, the negative ones counted on from p; p + n fills up.
    plus, minus : ndarray of bool, shape (m, k)
        Signs of points that may tell the rows apart.
    """

    def __init__(self, positive: FloatArray, negative: FloatArray) -> None:
        self._positive, self._negative = positive, negative
        self.nobody = len(positive) + len(negative)
        k = positive.shape[1]
        self.members: IntArray = np.zeros((0, _WIDTH), dtype=np.int64)
        self.plus: BoolArray = np.zeros((0, k), dtype=bool)
        self.minus: BoolArray = np.zeros((0, k), dtype=bool)
        self._seen: set[tuple[int, ...]] = set()
        self._names: list[tuple[int, ...]] = []

    def __len__(self) -> int:
        return len(self.members)

    def add(self, found: Sequence[Sequence[int]]) -> int:
        """Take conflicts (positive rows first, as many negative ones); how many are new."""
        new = []
        for rows in found:
            half = len(rows) // 2
            name = (*sorted(rows[:half]), *sorted(rows[half:]))
            if name not in self._seen:
                self._seen.add(name)
                new.append(name)
        if not new:
            return 0
        members = np.full((len(new), _WIDTH), self.nobody, dtype=np.int64)
        plus = np.zeros((len(new), self._positive.shape[1]), dtype=bool)
        minus = np.zeros_like(plus)
        for i, name in enumerate(new):
            half = len(name) // 2
            each = {*name[:half], *(len(self._positive) + n for n in name[half:])}
            members[i, : len(each)] = sorted(each)
            values = [*self._positive[list(name[:half])], *-self._negative[list(name[half:])]]
            sums = np.sum(values, axis=0)
            slack = _ROUNDING * np.sum(np.abs(values), axis=0)
            if half == 1 or np.all(np.asarray(values) == np.floor(values)):
                slack[:] = 0.0  # a difference of two has its sign, sums of integers are exact
            plus[i], minus[i] = sums > -slack, sums < slack
            exact = slack == 0.0
            plus[i, exact], minus[i, exact] = sums[exact] > 0.0, sums[exact] < 0.0
        self._names += new
        self.members = np.vstack([self.members, members])
        self.plus, self.minus = np.vstack([self.plus, plus]), np.vstack([self.minus, minus])
        return len(new)

    def keep(self, kept: BoolArray) -> None:
        """Forget the others; they may come back."""
        self._seen.difference_update(
            name for name, stays in zip(self._names, kept, strict=True) if not stays
        )
        self._names = [name for name, stays in zip(self._names, kept, strict=True) if stays]
        self.members, self.plus, self.minus = self.members[kept], self.plus[kept], self.minus[kept]
