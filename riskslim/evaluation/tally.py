"""People by some numbers and outcome, added up as blocks of their rows pass by."""

from __future__ import annotations

import numpy as np

from riskslim.data.counts import Counts
from riskslim.data.table import Table
from riskslim.scores.people import CountedPeople
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["RunningCounts", "Tally"]

_HELD = 16  # blocks that wait to be added up
_LEAST = float(np.finfo(np.float64).tiny)


class RunningCounts:
    """A sum of counts, of which a few parts wait to be added up."""

    def __init__(self) -> None:
        self._parts: list[Counts] = []

    def add(self, part: Counts) -> None:
        """Add the counts of a block."""
        self._parts.append(part)
        if len(self._parts) > _HELD:
            self._parts = [self.total]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added."""
        return not self._parts

    @property
    def total(self) -> Counts:
        """The sum, made once; something was added."""
        self._parts = [Counts.sum(self._parts)]
        return self._parts[0]


class Tally:
    """Counts of distinct rows of numbers, with sums of weights and of their squares.

    Parameters
    ----------
    is_weighted : bool
        Whether rows have weights; without, a square is a count.
    """

    def __init__(self, is_weighted: bool) -> None:
        self._sums = RunningCounts()
        self._squares = RunningCounts() if is_weighted else None

    def add(
        self,
        numbers: FloatArray,
        positive: BoolArray,
        weight: FloatArray,
        repeats: IntArray | None = None,
    ) -> None:
        """Add rows, of which each is one or several; those of weight 0 do not count."""
        self._sums.add(_counted(numbers, positive, weight, repeats))
        if self._squares is not None:
            # A square may be too small for a double, but counts the same rows.
            squares = np.where(weight > 0, np.maximum(weight**2, _LEAST), 0.0)
            self._squares.add(_counted(numbers, positive, squares, repeats))

    @property
    def is_empty(self) -> bool:
        """Whether there were no rows, whatever they weigh."""
        return self._sums.is_empty

    @property
    def counts(self) -> Counts:
        """Distinct rows, how many they are of each class, and what they weigh."""
        return self._sums.total

    def people(self) -> tuple[FloatArray, CountedPeople]:
        """Give the distinct rows of numbers by outcome, shape (m, k), and who they are.

        A row that both outcomes have stands twice. The total of people is the last number.
        """
        whole = self.counts
        squared = whole if self._squares is None else self._squares.total
        label, place = np.nonzero(whole.rows)
        numbers = whole.features[place].astype(np.float64)
        return numbers, CountedPeople(
            numbers[:, -1],
            label == 1,
            whole.rows[label, place],
            whole.totals[label, place],
            squared.totals[label, place],
        )


def _counted(
    numbers: FloatArray, positive: BoolArray, weight: FloatArray, repeats: IntArray | None
) -> Counts:
    return Counts.of(
        Table(numbers),
        positive,
        None if (weight == 1).all() else weight,
        None,
        repeats,
        feature_names=tuple(map(str, range(numbers.shape[1]))),
        outcome_name="outcome",
        labels=(0, 1),
        source="the rows to score",
    )
