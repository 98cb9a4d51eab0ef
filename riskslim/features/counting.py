"""Counts of a table in a file, whatever kind of table it is."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from riskslim.data.counting import counted
from riskslim.data.counts import Counts
from riskslim.data.frames import as_frame
from riskslim.data.grouping import are_counted, distinct_rows
from riskslim.data.outcome import left_out_by_outcome
from riskslim.data.reading import read_table
from riskslim.data.sources import TableInput, name_of, table_source
from riskslim.data.sources.sql import SqlSource
from riskslim.data.table import Table
from riskslim.data.validation import rows_counted
from riskslim.errors import DataError, DataWarning
from riskslim.features.queried import QueriedTable
from riskslim.features.raw_table import (
    learned_features,
    raw_counts_of,
    split_outcome,
    with_screening,
)
from riskslim.features.streaming import StreamedTable, are_distinct_bits
from riskslim.names import nearest

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.features.binarizer import ScoreBinarizer

__all__ = ["count_table"]


def count_table(
    data: TableInput,
    target: str | None = None,
    positive: Any = None,
    weights: str | None = None,
    binarizer: ScoreBinarizer | None = None,
    like: Counts | None = None,
) -> Counts:
    """Count the distinct rows of a table.

    Parameters
    ----------
    data : path-like, str, DatabaseTable or table
        A CSV, Parquet or Feather file, or a folder or a pattern of such that are one table; a
        table in a database (a file of DuckDB or SQLite, or ``postgresql://...``); a table, lazy or
        not, of pandas, Polars, PyArrow, DuckDB, ibis, Dask or Spark. All but single files and
        tables in memory are counted where they are: rows are never held. The counts are the same,
        bit for bit, wherever the rows come from.
    target : str, optional
        Column of the outcome; by default the first, or that of `like`.
    positive : object, optional
        The outcome's positive value; needed unless they are 0/1, -1/+1 or booleans.
    weights : str, optional
        Column of sample weights.
    binarizer : ScoreBinarizer, optional
        Makes the features of a raw table; a copy of it is fitted.
    like : Counts, optional
        Of another table, whose features (with their cut points and levels), outcome and its values
        are taken, so that the two can be added up. Then one class may be missing.

    Raises
    ------
    DataError
        If the table cannot be used as it is, naming the file.

    Examples
    --------
    >>> both = count_table("north.csv") + count_table("south.csv")  # doctest: +SKIP
    >>> Dataset.from_counts(both)  # doctest: +SKIP
    """
    source, repeats = name_of(data), None
    binning = None if like is None else like.binning
    as_text: Any = binarizer if like is None else binning
    text = () if as_text is None else as_text.text_columns
    if as_text is not None and weights is None and are_counted(data, raw=True):
        return _streamed(data, text, target, positive, binarizer, like)
    if (as_text is None or like is not None) and are_counted(data):
        if (
            as_text is None
            and weights is None
            and (bits := _of_bits(data, target, positive, like)) is not None
        ):
            return bits
        frame, repeats = distinct_rows(data, text)
    else:
        frame = _rows(data, text)
    if target is None and like is not None:
        target = like.outcome_name
    with rows_counted(repeats):
        left_out = left_out_by_outcome(frame, target, positive, source)
    if left_out is not None:
        frame = frame.loc[~left_out].reset_index(drop=True)
        repeats = None if repeats is None else repeats[~left_out]
    raw, outcome, others = split_outcome(frame, target, (weights,) if weights else (), source)
    weight = others[0] if others else None
    if like is None and binarizer is not None:
        return raw_counts_of(raw, outcome, weight, binarizer, source, positive)
    with rows_counted(repeats):
        features = raw if like is None else _as_in(like, raw, source)
        names = tuple(map(str, features.columns))
        counts = counted(
            Table.of_frame(features, names, source),
            names,
            outcome,
            str(outcome.name) if like is None else like.outcome_name,
            positive,
            weight,
            source,
            weights or "sample_weight",
            labels=None if like is None else like.labels,
            repeats=repeats,
        )
    return counts.made_by(binning)


def _streamed(
    data: TableInput,
    text: Sequence[str],
    target: str | None,
    positive: Any,
    binarizer: ScoreBinarizer | None,
    like: Counts | None,
) -> Counts:
    """Count a raw table of which no rows are held."""
    source, said = table_source(data), (target, positive, binarizer, like)
    if isinstance(source, SqlSource):
        with source.opened():
            return _counted_raw(partial(QueriedTable, source, text), *said)
    return _counted_raw(partial(StreamedTable, source, text), *said)


def _counted_raw(
    made: Callable[..., StreamedTable],
    target: str | None,
    positive: Any,
    binarizer: ScoreBinarizer | None,
    like: Counts | None,
) -> Counts:
    """Learn the features of a raw table, or take those of another one, and count it."""
    if like is None:
        assert binarizer is not None
        table = made(target, positive)
        return with_screening(table.counts(learned_features(table, binarizer)), binarizer.screen)
    assert like.binning is not None
    target = like.outcome_name if target is None else target
    table = made(target, positive, like.labels)
    table.tell_unknown(like.binning)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return table.counts(like.binning)


def _of_bits(
    data: TableInput, target: str | None, positive: Any, like: Counts | None
) -> Counts | None:
    """Count rows of 0 and 1 as bits; None where some are other than that, or cannot be used."""
    source = table_source(data)
    if not source.streams:
        return None
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            if target is None:
                target = source.names[0] if like is None else like.outcome_name
            names = [name for name in source.names if name != target]
            names = names if like is None else list(like.feature_names)
            if not (set(names) <= set(source.names) and are_distinct_bits(source, names)):
                return None
            labels = None if like is None else like.labels
            found = StreamedTable(source, (), target, positive, labels).counts_of_bits(names)
    except DataError:
        return None  # whoever counts the rows otherwise says what is wrong
    if found is not None:
        for one in told:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    return found


def _rows(data: Any, text: Iterable[str]) -> pd.DataFrame:
    frame: pd.DataFrame = as_frame(data)
    return frame if hasattr(frame, "iloc") else read_table(data, text)


def _as_in(like: Counts, raw: pd.DataFrame, source: str) -> pd.DataFrame:
    if like.binning is not None:
        return like.binning.frame(raw, source)
    names = list(map(str, raw.columns))
    for name in like.feature_names:
        if name not in names:
            raise DataError(
                f"{source}: no column {name!r}, which {like.source} has; "
                f"{nearest(name, names, 'columns')}"
            )
    return raw[list(like.feature_names)]
