"""Limits on how many groups of features a score uses."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from riskslim.solvers._typing import BoolArray

__all__ = ["GroupLimit"]


@dataclass(frozen=True)
class GroupLimit:
    """At most so many groups of features are used: variables with several cuts, say.

    A group is used where any of its features has points other than 0. Groups may share
    features, and leave features out.

    Attributes
    ----------
    groups : tuple of (tuple of int)
        Columns of the points, the intercept being column 0, which is in no group.
    at_most : int
        The limit.
    """

    groups: tuple[tuple[int, ...], ...]
    at_most: int

    def holds(self, used: BoolArray) -> bool:
        """Whether a score obeys the limit.

        Parameters
        ----------
        used : ndarray of bool, shape (d + 1,)
            Which points are not 0, the intercept's first.
        """
        return sum(bool(np.any(used[list(group)])) for group in self.groups) <= self.at_most

    def choices(self) -> Iterator[tuple[int, ...]]:
        """Members of one group more than the limit, one of each: not all of them may be used."""
        for groups in itertools.combinations(self.groups, self.at_most + 1):
            yield from itertools.product(*groups)

    def is_implied(self, max_size: int) -> bool:
        """Whether scores of so many features obey the limit in any case.

        Parameters
        ----------
        max_size : int
            At most so many features have points.
        """
        if not self.groups:
            return True
        shares = np.bincount([j for group in self.groups for j in set(group)], minlength=1)
        return min(len(self.groups), max_size * int(shares.max())) <= self.at_most

    def check(self, columns: int) -> None:
        """Refuse groups of columns that are not there.

        Raises
        ------
        ValueError
            A column is no feature's, or the limit is negative.
        """
        members = [j for group in self.groups for j in group]
        if any(not 1 <= j < columns for j in members):
            raise ValueError(f"groups must hold columns from 1 to {columns - 1}")
        if self.at_most < 0:
            raise ValueError("at_most of a limit on groups must not be negative")
