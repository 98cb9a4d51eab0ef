"""Where people are among the attributes of a score, and the points that they have of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.grouping import columns_among, distinct_parts
from riskslim.data.sources import TableInput, table_source
from riskslim.data.validation import rows_counted, rows_text
from riskslim.errors import ScoreError
from riskslim.evaluation.by_total import column_of, refuse_strange_roles
from riskslim.evaluation.tally import Tally
from riskslim.exporters.characteristics import Characteristic
from riskslim.exporters.terms import columns_read
from riskslim.scores.intervals import people_behind
from riskslim.scores.people import CountedPeople, checked_weights, outcomes_of
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["Applicants"]


@dataclass(frozen=True, eq=False)
class Applicants:
    """People as a score reads them, once; or counts of those who are alike to it.

    Attributes
    ----------
    score : PointScore
        The score.
    columns : dict of str to ndarray of shape (n,)
        As `PointScore.columns_by_name` gives them.
    total : ndarray of shape (n,)
        Of each.
    counted : CountedPeople or None
        Who each row is, where one row is several people: outcomes and weights are theirs.
    """

    score: PointScore
    columns: dict[str, FloatArray]
    total: FloatArray
    counted: CountedPeople | None = None

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

    @classmethod
    def count(cls, score: PointScore, data: TableInput, weights: str | None = None) -> Applicants:
        """Count the people of a table, whatever became of them, without ever holding the rows.

        Parameters
        ----------
        score : PointScore
            The score.
        data : path-like, str, DatabaseTable or table
            As for `riskslim.count_table`.
        weights : str, optional
            Column of weights.

        Raises
        ------
        DataError, ScoreError
            The table lacks a column, or a cell cannot be used.
        """
        source, tally = table_source(data), Tally(weights is not None)
        refuse_strange_roles(source, [] if weights is None else [("weights", weights)])
        read = [*columns_read(score), *([] if weights is None else [weights])]
        wanted, names = columns_among(source.names, read), list[str]()
        for frame, repeats in distinct_parts(source, score.text_columns, wanted):
            with rows_counted(repeats):
                people = cls.read(score, frame)
                known = None if weights is None else column_of(frame, weights)
                weight = checked_weights(known, len(frame), any_zero=True)
            names = list(people.columns)
            numbers = np.column_stack([*people.columns.values(), people.total])
            tally.add(numbers, np.zeros(len(frame), dtype=bool), weight, repeats)
        if tally.is_empty:
            raise ScoreError("the data has no rows; give at least one")
        numbers, counted = tally.people()
        columns = {name: numbers[:, at] for at, name in enumerate(names)}
        return cls(score, columns, counted.total, counted)

    def outcomes(self, y: ArrayLike | None) -> BoolArray:
        """Mark the positive rows, by the labels of the score."""
        if self.counted is not None:
            return self.counted.positive
        return outcomes_of(self.score, np.asarray(y), len(self.total))

    def weights(self, sample_weight: ArrayLike | None) -> FloatArray:
        """Give what each row weighs; for errors see `checked_weights`."""
        if self.counted is not None:
            return self.counted.weight
        return checked_weights(sample_weight, len(self.total))

    def effective(self, weight: FloatArray) -> float:
        """Give Kish's effective number of all: that of people where they weigh alike."""
        if self.counted is None:
            return people_behind(weight)
        return float(weight.sum() ** 2 / self.counted.squares.sum())

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
                with rows_counted(None if self.counted is None else self.counted.rows):
                    where = rows_text(np.arange(len(self.total)) == outside[0])
                raise ScoreError(
                    f"{where} in no band of {one.name!r}: features contradict one another"
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
