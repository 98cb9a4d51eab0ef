"""Where people are among the attributes of a score, and the points that they have of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskslim.errors import ScoreError
from riskslim.exporters.characteristics import Characteristic
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["Applicants"]


@dataclass(frozen=True, eq=False)
class Applicants:
    """People as a score reads them, once.

    Attributes
    ----------
    score : PointScore
        The score.
    columns : dict of str to ndarray of shape (n,)
        As `PointScore.columns_by_name` gives them.
    total : ndarray of shape (n,)
        Of each.
    """

    score: PointScore
    columns: dict[str, FloatArray]
    total: FloatArray

    @classmethod
    def read(cls, score: PointScore, X: Any) -> Applicants:
        """Read rows, unless that was done; X and errors as for `PointScore.total`."""
        if isinstance(X, cls):
            return X
        if not score.size:
            return cls(score, {}, score.total(X))
        columns = score.columns_by_name(X)
        used = np.column_stack([columns[name] for name in score.points])
        return cls(score, columns, score.total_of(used))

    def places(self, found: Sequence[Characteristic]) -> IntArray:
        """Find the band of every row in each characteristic.

        Parameters
        ----------
        found : sequence of Characteristic
            Of the score.

        Returns
        -------
        ndarray of int, shape (n, c)

        Raises
        ------
        ScoreError
            A characteristic has no bands, or a row is in none of them.
        """
        placed = np.zeros((len(self.total), len(found)), dtype=np.int64)
        for at, one in enumerate(found):
            if not one.attributes:
                raise ScoreError(
                    f"{one.name!r} has points for each unit, and no attributes; a scorecard needs "
                    "bands: fit it to a raw table (riskslim build, or fit --raw)"
                )
            is_in = np.array([one.item.in_band(band, self.columns) for band in one.item.bands])
            outside = np.flatnonzero(~is_in.any(axis=0))
            if outside.size:
                raise ScoreError(
                    f"row {outside[0] + 1} is in no band of {one.name!r}: its features contradict "
                    "one another"
                )
            placed[:, at] = is_in.argmax(axis=0)
        return placed

    def amounts(self, found: Sequence[Characteristic]) -> FloatArray:
        """Give the points that every row has of each characteristic, shape (n, c).

        They add up to the total. A characteristic may have no bands.
        """
        shifts = dict(self.score.shifts)
        given = np.zeros((len(self.total), len(found)))
        for at, one in enumerate(found):
            given[:, at] = shifts.get(one.item.features[0].name, 0)
            for feature in one.item.features:
                given[:, at] += feature.points * self.columns[feature.name]
        return given
