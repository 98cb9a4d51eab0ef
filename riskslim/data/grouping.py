"""Tables of any number of rows, of which only distinct rows are ever held."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.csv_bytes import codec_of
from riskslim.data.csv_tables import csv_suffix
from riskslim.data.frames import with_doubles
from riskslim.data.gathering import as_pandas, gathered
from riskslim.data.sources import DatabaseTable, TableInput, table_source
from riskslim.data.sources.files import kind_of
from riskslim.data.sources.frames import is_remote
from riskslim.data.sources.opening import plain_file
from riskslim.data.validation import rows_after
from riskslim.names import find_name
from riskslim.solvers._typing import IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["are_counted", "columns_among", "distinct_parts", "distinct_rows", "row_blocks"]

_LARGE = 1 << 22  # rows from which on a single file is read in this way
_LARGE_RAW = 1 << 18  # the same where its cells are text too
_ROW = 64  # bytes of a row of a file that says no number


def are_counted(data: TableInput, raw: bool = False) -> bool:
    """Whether a table is read by its distinct rows alone: any but a small file or a DataFrame."""
    file = None if _is_held(data) else plain_file(data)
    if file is not None:
        return is_large(file, _LARGE_RAW if raw else None)
    return not _is_held(data) or is_remote(data)


def _is_held(data: Any) -> bool:
    return not isinstance(data, str | os.PathLike | DatabaseTable)


def is_large(path: Path, rows: int | None = None) -> bool:
    """Whether a path is a file whose rows are better not all held at once: so many, and more."""
    rows = _LARGE if rows is None else rows
    if csv_suffix(path):
        return path.stat().st_size > rows * _ROW // (1 if codec_of(path) is None else 8)
    import pyarrow as pa
    from pyarrow import parquet

    if kind_of(path) != "parquet":
        return False
    try:
        with path.open("rb") as raw, parquet.ParquetFile(raw) as stream:
            return int(stream.metadata.num_rows) >= rows
    except (pa.ArrowException, OSError):
        return False  # whoever reads it says what is wrong


def distinct_rows(
    data: TableInput, text: Iterable[str] = (), columns: Sequence[str] | None = None
) -> tuple[pd.DataFrame, IntArray]:
    """Count the distinct rows of a table, where it is.

    Parameters
    ----------
    data, text
        As for `riskslim.data.reading.read_table`.
    columns : sequence of str, optional
        All that are wanted, in this order; all columns by default.

    Returns
    -------
    frame : DataFrame of shape (m, d)
        Distinct rows. Engines differ in their order, and in whether 0 and -0 are one number.
    rows : ndarray of int, shape (m,)
        How many rows each is.

    Raises
    ------
    DataError
        If it cannot be read as one table.
    """
    source = table_source(data)
    names = source.names if columns is None else list(columns)
    return _as_frame(source.counted(list(text), names), names)


def distinct_parts(
    data: TableInput, text: Iterable[str] = (), columns: Sequence[str] | None = None
) -> Iterator[tuple[pd.DataFrame, IntArray]]:
    """Count the distinct rows of a table, part by part: equal rows may appear in several parts.

    Parameters and what is given are those of `distinct_rows`.
    """
    source = table_source(data)
    names = source.names if columns is None else list(columns)
    for groups in source.parts(list(text), names):
        yield _as_frame(groups, names)


def row_blocks(
    data: TableInput, text: Iterable[str] = (), columns: Sequence[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Give the rows of a table block by block; messages count the rows of the blocks before.

    Parameters are those of `distinct_rows`.
    """
    schema, batches = table_source(data).blocks(list(text), columns)
    before = 0
    for batch in batches:
        frame = gathered([batch], schema)
        with rows_after(before, len(frame)):
            yield frame
        before += len(frame)


def columns_among(names: Sequence[str], wanted: Iterable[str]) -> list[str] | None:
    """Find the columns that are wanted; None where one is not there, which others then say."""
    places = [find_name(name, names) for name in wanted]
    if any(place is None for place in places):
        return None
    return [names[place] for place in dict.fromkeys(places) if place is not None]


def _as_frame(groups: Any, names: list[str]) -> tuple[pd.DataFrame, IntArray]:
    frame = as_pandas(groups.select(groups.column_names[:-1]).rename_columns(names))
    rows: IntArray = groups.column(groups.num_columns - 1).to_numpy().astype(np.int64)
    return with_doubles(frame), rows
