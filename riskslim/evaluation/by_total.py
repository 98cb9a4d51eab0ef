"""People of a table of any size by total and outcome: what evaluation and recalibration need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.counts import Counts
from riskslim.data.grouping import columns_among, distinct_parts
from riskslim.data.sources import TableInput, table_source
from riskslim.data.sources.base import Source
from riskslim.data.validation import rows_counted, rows_text
from riskslim.errors import DataError, ScoreError
from riskslim.evaluation.tally import RunningCounts, Tally
from riskslim.exporters.terms import columns_read
from riskslim.names import find_name, place_of
from riskslim.scores.people import CountedPeople, checked_weights, outcomes_of
from riskslim.scores.point_score import PointScore
from riskslim.scores.score_bounds import by_features
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "column_of",
    "count_columns",
    "count_people",
    "count_together",
    "refuse_strange_roles",
]


def count_people(
    score: PointScore,
    data: TableInput,
    target: str | None = None,
    weights: str | None = None,
    groups: str | None = None,
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
    groups : str, optional
        Column that says which person a row belongs to: people are counted by it too, and
        intervals count people.

    Raises
    ------
    DataError, ScoreError
        The table lacks a column, or a cell cannot be used.
    """
    return count_together({"": score}, data, target, weights, groups)[""]


def count_together(
    scores: Mapping[str, PointScore],
    data: TableInput,
    target: str | None = None,
    weights: str | None = None,
    groups: str | None = None,
) -> dict[str, CountedPeople]:
    """Count people by their totals of several scores together; see `count_people`.

    Parameters
    ----------
    scores : mapping of str to PointScore
        By name; all of one outcome with the same labels, which are those of the first.
    data, target, weights, groups
        As for `count_people`.

    Returns
    -------
    dict of str to CountedPeople
        By name; the rows of all are the same people.
    """
    source = table_source(data)
    first = next(iter(scores.values()))
    roles = {"outcome": target or first.outcome}
    roles |= {} if weights is None else {"weights": weights}
    roles |= {} if groups is None else {"person": groups}
    read = [column for score in scores.values() for column in columns_read(score)]
    text = [column for score in scores.values() for column in score.text_columns]
    refuse_strange_roles(source, roles.items())
    wanted = columns_among(source.names, [*read, *roles.values()])
    persons: dict[Any, int] = {}
    tally = Tally(weights is not None)
    for frame, repeats in distinct_parts(source, list(dict.fromkeys(text)), wanted):
        with rows_counted(repeats):
            said = {role: column_of(frame, name) for role, name in roles.items()}
            keys = [score.total(frame) for score in scores.values()]
            positive = outcomes_of(first, said["outcome"], len(frame))
            known = checked_weights(said.get("weights"), len(frame), any_zero=True)
            if groups is not None:
                keys.append(_person_of_each(said["person"], persons))
            tally.add(np.column_stack(keys), positive, known, repeats)
    if tally.is_empty:
        raise ScoreError("the data has no rows; an evaluation needs at least one")
    numbers, people = tally.people()
    if not len(numbers):
        raise ScoreError("all weights are zero; give at least one row a positive weight")
    person = None
    if groups is not None:
        person = np.unique(numbers[:, -1], return_inverse=True)[1]
    return {
        name: replace(people, total=numbers[:, at], person=person) for at, name in enumerate(scores)
    }


def count_columns(
    score: PointScore, data: TableInput, target: str | None = None, weights: str | None = None
) -> Counts:
    """Count the people of a table by the score's features and outcome, for `score_bounds`.

    Parameters are those of `count_people`.
    """
    source = table_source(data)
    roles = {"outcome": target or score.outcome} | ({} if weights is None else {"weights": weights})
    refuse_strange_roles(source, roles.items())
    wanted = columns_among(source.names, [*columns_read(score), *roles.values()])
    made = RunningCounts()
    met: set[float] = set()
    for frame, repeats in distinct_parts(source, score.text_columns, wanted):
        with rows_counted(repeats):
            said = {role: column_of(frame, name) for role, name in roles.items()}
            weight = said.get("weights")
            made.add(by_features(score, frame, said["outcome"], weight, repeats, met))
    if not met:
        raise ScoreError("no row has a weight; bounds on the error need at least one")
    return made.total


def refuse_strange_roles(source: Source, roles: Iterable[tuple[str, str]]) -> None:
    """Refuse roles that no column has."""
    for role, name in roles:
        place_of(name, source.names, source.name, f"for the {role}")


def _person_of_each(column: Any, persons: dict[Any, int]) -> FloatArray:
    """Give each row the number of its person; those who are new are added."""
    import pandas as pd

    place, distinct = pd.factorize(column)
    if (place < 0).any():
        raise DataError(
            f"the group is missing in {rows_text(place < 0)}; without it a person could be on "
            "both sides of a split"
        )
    known = [persons.setdefault(one, len(persons)) for one in distinct.tolist()]
    return np.array(known, dtype=np.float64)[place]


def column_of(frame: pd.DataFrame, name: str) -> Any:
    """Give the column of a name that the table is known to have."""
    place = find_name(name, list(frame.columns))
    assert place is not None
    return frame.iloc[:, place]
