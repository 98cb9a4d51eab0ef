"""People by some numbers and outcome, added up as blocks of their rows pass by."""

from __future__ import annotations

import numpy as np

from riskslim.data.counts import Counts
from riskslim.data.table import Table
from riskslim.scores.people import CountedPeople
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["Tally"]

_HELD = 16  # blocks that wait to be added up
_LEAST = float(np.finfo(np.float64).tiny)


class Tally:
    """Counts of distinct rows of numbers, with sums of weights and of their squares.

    Parameters
    ----------
    is_weighted : bool
        Whether rows have weights; without, a square is a count.
    """

    def __init__(self, is_weighted: bool) -> None:
        self._sums: list[Counts] = []
        self._squares: list[Counts] | None = [] if is_weighted else None

    def add(
        self,
        numbers: FloatArray,
        positive: BoolArray,
        weight: FloatArray,
        repeats: IntArray | None = None,
    ) -> None:
        """Add rows, of which each is one or several; those of weight 0 do not count."""
        _add(self._sums, numbers, positive, weight, repeats)
        if self._squares is not None:
            # A square may be too small for a double, but counts the same rows.
            squares = np.where(weight > 0, np.maximum(weight**2, _LEAST), 0.0)
            _add(self._squares, numbers, positive, squares, repeats)

    @property
    def is_empty(self) -> bool:
        """Whether there were no rows, whatever they weigh."""
        return not self._sums

    @property
    def counts(self) -> Counts:
        """Distinct rows, how many they are of each class, and what they weigh."""
        return Counts.sum(self._sums)

    def people(self) -> tuple[FloatArray, CountedPeople]:
        """Give the distinct rows of numbers by outcome, shape (m, k), and who they are.

        A row that both outcomes have stands twice. The total of people is the last number.
        """
        whole = self.counts
        squared = whole if self._squares is None else Counts.sum(self._squares)
        label, place = np.nonzero(whole.rows)
        numbers = whole.features[place].astype(np.float64)
        return numbers, CountedPeople(
            numbers[:, -1],
            label == 1,
            whole.rows[label, place],
            whole.totals[label, place],
            squared.totals[label, place],
        )


def _add(
    held: list[Counts],
    numbers: FloatArray,
    positive: BoolArray,
    weight: FloatArray,
    repeats: IntArray | None,
) -> None:
    made = Counts.of(
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
    held.append(made)
    if len(held) > _HELD:
        held[:] = [Counts.sum(held)]
