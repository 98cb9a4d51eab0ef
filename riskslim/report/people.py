"""The people of a report, counted: its memory follows the totals and the cells of each column."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.counts import Counts
from riskslim.data.frames import as_frame
from riskslim.data.grouping import columns_among, distinct_parts
from riskslim.data.sources import TableInput, table_source
from riskslim.data.spelling import as_read
from riskslim.data.validation import rows_counted
from riskslim.errors import ScoreError
from riskslim.evaluation.by_total import column_of, refuse_strange_roles
from riskslim.evaluation.tally import Tally
from riskslim.exporters.terms import columns_read
from riskslim.features.columns import FrameTable, RawTable
from riskslim.features.streaming import StreamedTable
from riskslim.scores.people import CountedPeople, checked_weights, outcomes_of
from riskslim.scores.point_score import PointScore
from riskslim.scores.pool import ScorePool
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["ReportPeople"]

_LEAST_OF_A_SUBGROUP = 10


@dataclass(frozen=True, eq=False)
class ReportPeople:
    """The people of a report.

    Attributes
    ----------
    whole : CountedPeople
        Everybody by total.
    subgroups : dict of str to CountedPeople
        By name, ``"Sex = 1"``: those of at least ten people.
    counts : Counts
        By the score's features and total, for `score_bounds` where all count alike.
    columns : dict of str to ndarray of shape (m,)
        What the score reads, as `PointScore.columns_by_name` gives it, of distinct rows.
    members : CountedPeople
        Who these rows are.
    equals : tuple of DataFrame and CountedPeople, or None
        Distinct rows of the features that a pool's scores use, and who they are.
    table : RawTable
        All columns, of which the cells are counted.
    """

    whole: CountedPeople
    subgroups: dict[str, CountedPeople]
    counts: Counts
    columns: dict[str, FloatArray]
    members: CountedPeople
    equals: tuple[Any, CountedPeople] | None
    table: RawTable

    @classmethod
    def of(
        cls,
        score: PointScore,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        subgroups: Mapping[str, ArrayLike] | None = None,
        pool: ScorePool[Any] | None = None,
    ) -> ReportPeople:
        """Count rows that are held.

        Parameters
        ----------
        score : PointScore
            The score.
        X, y, sample_weight
            As for `riskslim.evaluate`.
        subgroups : mapping of str to array-like of shape (n,), optional
            Columns by whose values the people are told apart.
        pool : ScorePool, optional
            Scores that are compared on these people.

        Raises
        ------
        ScoreError
            As `riskslim.evaluate`.
        """
        import pandas as pd

        X = as_frame(X)
        groups = dict(subgroups or {})
        count = _Count(score, sample_weight is not None, tuple(groups), pool)
        weight = checked_weights(sample_weight, len(X))
        positive = count.add(X, y, weight, groups)
        if not hasattr(X, "iloc"):
            X = pd.DataFrame(np.asarray(X, dtype=np.float64), columns=list(score.feature_names))
        frame = X.set_axis([str(name) for name in X.columns], axis=1)
        used = None if sample_weight is None else weight
        return count.people(FrameTable(frame, "the table", positive.astype(np.int64), used))

    @classmethod
    def count(
        cls,
        score: PointScore,
        data: TableInput,
        target: str | None = None,
        weights: str | None = None,
        by: Sequence[str] = (),
        pool: ScorePool[Any] | None = None,
    ) -> ReportPeople:
        """Count the rows of a table, of which blocks are read and none are held.

        Parameters
        ----------
        score, data, target, weights
            As for `riskslim.count_people`.
        by : sequence of str
            Columns by whose values the people are told apart.
        pool : ScorePool, optional
            Scores that are compared on these people.

        Raises
        ------
        DataError, ScoreError
            The table lacks a column, or a cell cannot be used.
        """
        source, outcome = table_source(data), target or score.outcome
        roles = [("outcome", outcome)]
        roles += [] if weights is None else [("weights", weights)]
        roles += [("subgroups", name) for name in by]
        refuse_strange_roles(source, roles)
        count = _Count(score, weights is not None, by, pool)
        read = (*count.reads, *(name for _, name in roles))
        wanted = columns_among(source.names, read)
        for frame, repeats in distinct_parts(source, score.text_columns, wanted):
            with rows_counted(repeats):
                known = None if weights is None else column_of(frame, weights)
                weight = checked_weights(known, len(frame), any_zero=True)
                groups = {name: column_of(frame, name) for name in by}
                count.add(frame, column_of(frame, outcome), weight, groups, repeats)
        return count.people(
            StreamedTable(source, score.text_columns, outcome, None, score.labels, weights)
        )

    def are_those_of(self, score: RiskScore) -> bool:
        """Whether a score was learned from these people.

        As many of them have each total, with the outcome and without, as its table says.
        """
        changed = score.recalibration is not None and score.recalibration.has_other_people
        if changed or not (score.is_learned and score.has_every_total):
            return False
        weight, positive = dict[float, float](), dict[float, float]()
        people = zip(
            self.whole.total.tolist(), self.whole.positive, self.whole.weight.tolist(), strict=True
        )
        for total, is_positive, one in people:
            weight[total] = weight.get(total, 0.0) + one
            positive[total] = positive.get(total, 0.0) + one * bool(is_positive)
        known = {row.low: row for row in score.table if row.weight}
        return set(known) == set(weight) and all(
            math.isclose(known[total].weight, weight[total])
            and math.isclose(known[total].positive_weight, positive[total], abs_tol=1e-9)
            for total in weight
        )


class _Count:
    """Adds up blocks of people."""

    def __init__(
        self, score: PointScore, is_weighted: bool, by: Sequence[str], pool: ScorePool[Any] | None
    ) -> None:
        self._score = score
        self._whole, self._items = Tally(is_weighted), Tally(is_weighted)
        self._groups = {name: (Tally(is_weighted), dict[Any, int]()) for name in by}
        self._equals = None if pool is None or not len(pool) else Tally(is_weighted)
        self._wide = None if self._equals is None or pool is None else pool.together()
        self._names: list[str] = []

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column that is read to score people."""
        scores = [self._score, *([] if self._wide is None else [self._wide])]
        return tuple(name for score in scores for name in columns_read(score))

    def add(
        self,
        X: Any,
        outcome: Any,
        weight: FloatArray,
        groups: Mapping[str, Any],
        repeats: IntArray | None = None,
    ) -> Any:
        """Add the people of a block; give who is positive."""
        columns = self._score.columns_by_name(X) if self._score.size else {}
        used = [columns[name] for name in self._score.points]
        total = self._score.total_of(np.column_stack(used)) if used else self._score.total(X)
        positive = outcomes_of(self._score, outcome, len(total))
        people = positive, weight, repeats
        self._names = list(columns)
        self._whole.add(total[:, None], *people)
        self._items.add(np.column_stack([*columns.values(), total]), *people)
        for name, (tally, values) in self._groups.items():
            tally.add(np.column_stack([_codes(groups[name], values), total]), *people)
        if self._equals is not None and self._wide is not None:
            self._equals.add(np.column_stack([self._wide.columns(X), total]), *people)
        return positive

    def people(self, table: RawTable) -> ReportPeople:
        """Give everybody."""
        import pandas as pd

        if self._whole.is_empty:
            raise ScoreError("the data has no rows; an evaluation needs at least one")
        whole = self._whole.people()[1]
        if not len(whole.total):
            raise ScoreError("all weights are zero; give at least one row a positive weight")
        subgroups = {}
        for name, (tally, values) in self._groups.items():
            numbers, everyone = tally.people()
            for value in sorted(values, key=lambda value: (str(type(value)), value)):
                part = everyone.where(numbers[:, 0] == values[value])
                if part.rows.sum() >= _LEAST_OF_A_SUBGROUP:
                    subgroups[f"{name} = {as_read(value)}"] = part
        numbers, members = self._items.people()
        counts, size = self._items.counts, self._score.size
        equals = None
        if self._equals is not None and self._wide is not None:
            rows, them = self._equals.people()
            equals = pd.DataFrame(rows[:, :-1], columns=list(self._wide.points)), them
        return ReportPeople(
            whole,
            subgroups,
            counts.part([*counts.feature_names[:size], counts.feature_names[-1]]),
            {name: numbers[:, at] for at, name in enumerate(self._names)},
            members,
            equals,
            table,
        )


def _codes(column: Any, values: dict[Any, int]) -> IntArray:
    """Give each row the number of its value, new ones after those before; -1 of what is missing."""
    import pandas as pd

    place, distinct = pd.factorize(pd.Series(column))
    known = [values.setdefault(one, len(values)) for one in distinct.tolist()]
    return np.array([*known, -1], dtype=np.int64)[place]
