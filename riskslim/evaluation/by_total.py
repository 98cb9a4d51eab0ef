"""People of a table of any size by total and outcome: what evaluation and recalibration need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.counts import Counts
from riskslim.data.grouping import columns_among, distinct_parts
from riskslim.data.sources import TableInput, table_source
from riskslim.data.table import Table
from riskslim.data.validation import rows_counted
from riskslim.errors import DataError, ScoreError
from riskslim.exporters.terms import columns_read
from riskslim.names import find_name, nearest
from riskslim.scores.people import CountedPeople, checked_weights, outcomes_of
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["count_people"]

_HELD = 16  # parts that wait to be added up


def count_people(
    score: PointScore, data: TableInput, target: str | None = None, weights: str | None = None
) -> CountedPeople:
    """Count the people of a table by their total and outcome, without ever holding the rows.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    data : path-like, str, DatabaseTable or table
        As for `riskslim.count_table`; a database groups equal rows itself.
    target : str, optional
        Column of the outcome; by default the one that the score was trained on.
    weights : str, optional
        Column of weights.

    Raises
    ------
    DataError, ScoreError
        The table lacks a column, or a cell cannot be used.
    """
    source = table_source(data)
    names = source.names
    roles = {"outcome": target or score.outcome}
    if weights is not None:
        roles["weights"] = weights
    for role, name in roles.items():
        if find_name(name, names) is None:
            advice = nearest(name, names, "columns")
            raise DataError(f"{source.name}: no column {name!r} for the {role}; {advice}")
    wanted = columns_among(names, (*columns_read(score), *roles.values()))
    counts: list[Counts] = []
    squares: list[Counts] = []
    for frame, repeats in distinct_parts(source, score.text_columns, wanted):
        with rows_counted(repeats):
            said = {role: _column(frame, name) for role, name in roles.items()}
            total = score.total(frame)
            positive = outcomes_of(score, said["outcome"], len(total))
            known = checked_weights(said.get("weights"), len(total), any_zero=True)
        for kept, by in ((counts, known), (squares, known**2)):
            kept.append(_by_total(total, positive, by, repeats))
            if len(kept) > _HELD:
                kept[:] = [Counts.sum(kept)]
    if not counts:
        raise ScoreError("the data has no rows; an evaluation needs at least one")
    whole, squared = Counts.sum(counts), Counts.sum(squares)
    label, place = np.nonzero(whole.rows)
    if not label.size:
        raise ScoreError("all weights are zero; give at least one row a positive weight")
    return CountedPeople(
        whole.features[place, 0],
        label == 1,
        whole.rows[label, place],
        whole.totals[label, place],
        squared.totals[label, place],
    )


def _column(frame: pd.DataFrame, name: str) -> Any:
    place = find_name(name, list(frame.columns))
    assert place is not None
    return frame.iloc[:, place]


def _by_total(
    total: FloatArray, positive: BoolArray, weight: FloatArray, repeats: IntArray
) -> Counts:
    return Counts.of(
        Table(total[:, None]),
        positive,
        None if (weight == 1).all() else weight,
        None,
        repeats,
        feature_names=("total",),
        outcome_name="outcome",
        labels=(0, 1),
        source="the rows to score",
    )
