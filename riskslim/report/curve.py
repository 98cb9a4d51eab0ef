"""The held-out losses that the number of variables was chosen by, as a table of a report."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskslim.languages import Texts

__all__ = ["Curve", "CurveRow"]


@dataclass(frozen=True)
class CurveRow:
    """One number of variables.

    Attributes
    ----------
    variables : int
        At most so many have points.
    cells : tuple of str
        Mean loss and its standard error, for each share of the smooth model.
    is_chosen : bool
        Whether that is the number.
    """

    variables: int
    cells: tuple[str, ...]
    is_chosen: bool


@dataclass(frozen=True, eq=False)
class Curve:
    """What a choice was made by.

    Attributes
    ----------
    losses : mapping of (int, float) to sequence of float
        Loss on each fold, by number of variables and share of the smooth model.
    variables, share : int, float
        What was chosen.
    """

    losses: Mapping[tuple[int, float], Sequence[float]]
    variables: int
    share: float

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares, ascending."""
        return tuple(sorted({share for _, share in self.losses}))

    def rows(self, texts: Texts) -> tuple[CurveRow, ...]:
        """Give the rows, by ascending number of variables."""

        def cell(size: int, share: float) -> str:
            found = self.losses.get((size, share), ())
            if not found:
                return "–"
            mean = texts.fixed(statistics.fmean(found), 4)
            if len(found) < 2:
                return mean
            error = statistics.stdev(found) / len(found) ** 0.5
            return f"{mean} ({texts.fixed(error, 4)})"

        sizes = sorted({size for size, _ in self.losses})
        return tuple(
            CurveRow(
                size, tuple(cell(size, share) for share in self.shares), size == self.variables
            )
            for size in sizes
        )
