"""Counts of a table in a file, whatever kind of table it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskslim.data.counting import counted
from riskslim.data.counts import Counts
from riskslim.data.grouping import distinct_rows, is_large, parquet_files
from riskslim.data.outcome import with_outcome
from riskslim.data.reading import read_table
from riskslim.data.table import Table
from riskslim.errors import DataError
from riskslim.features.raw_table import raw_counts_of, split_outcome
from riskslim.names import nearest

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.features.binarizer import ScoreBinarizer

__all__ = ["count_table"]


def count_table(
    path: str | os.PathLike[str],
    target: str | None = None,
    positive: Any = None,
    weights: str | None = None,
    binarizer: ScoreBinarizer | None = None,
    like: Counts | None = None,
) -> Counts:
    """Count the distinct rows of a table.

    Parameters
    ----------
    path : path-like
        A CSV or Parquet file, or a folder of Parquet files that are one table.
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
    source, repeats = str(Path(path)), None
    binning = None if like is None else like.binning
    as_text: Any = binning or binarizer
    files = parquet_files(Path(path)) or ([Path(path)] if is_large(Path(path)) else None)
    if isinstance(positive, tuple) and Path(path).is_dir():
        raise DataError(
            f"{source}: a folder of files is counted by its distinct rows, none of which can be "
            "left out by its outcome; leave rows of other values out of the files"
        )
    if files is None or isinstance(positive, tuple) or (binarizer is not None and like is None):
        frame = read_table(path, () if as_text is None else as_text.text_columns)
    else:
        frame, repeats = distinct_rows(files, source)
    if target is None and like is not None:
        target = like.outcome_name
    frame = with_outcome(frame, target, positive, source)
    raw, outcome, others = split_outcome(frame, target, (weights,) if weights else (), source)
    weight = others[0] if others else None
    if like is None and binarizer is not None:
        return raw_counts_of(raw, outcome, weight, binarizer, source, positive)
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
