"""Reading a whole table, wherever it is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from riskslim.data.csv_bytes import refuse_bomb
from riskslim.data.csv_tables import csv_suffix, opened, read_csv
from riskslim.data.frames import of_file
from riskslim.data.gathering import gathered, refuse_nested
from riskslim.data.sources import TableInput, name_of, table_source
from riskslim.data.sources.files import kind_of
from riskslim.data.sources.opening import plain_file
from riskslim.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_table"]

_BATCH = 1 << 16


def read_table(data: TableInput, text: Iterable[str] = ()) -> pd.DataFrame:
    """Read all rows of a table.

    Column names are kept as they stand, duplicates too, so that the validation
    can name them. Dates and times of a CSV file stay the text that they are there.

    Parameters
    ----------
    data : path-like, str, DatabaseTable or table
        A CSV file (``.csv``; UTF-8, commas, a header), or one of tabs (``.tsv``), either also
        compressed (``.gz``, ``.zst``), a Parquet or Feather file; or what `table_source` knows
        beside: a folder or pattern of such files, a database, a table of another library.
    text : iterable of str
        Columns of a CSV file that hold categories: their cells are kept as they are written, so
        that ``01`` is one thing whatever the other cells of the file look like. Names that the
        file lacks say nothing.

    Returns
    -------
    DataFrame
        One row per data row; empty cells are missing values.

    Raises
    ------
    DataError
        If the file is missing, empty, of an unknown kind, not UTF-8, or has
        rows of unequal length.
    """
    file = plain_file(data)
    if file is not None and csv_suffix(file):
        frame = read_csv(file, list(text))
    elif file is not None and kind_of(file) == "parquet":
        frame = _read_parquet(file)
    else:
        schema, batches = table_source(data).blocks(list(text))
        frame = gathered(batches, schema)
    of_file(frame, Path(name_of(data)))
    return frame


def _read_parquet(file: Path) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with opened(file) as source, parquet.ParquetFile(source) as stream:
            schema, rows = stream.schema_arrow, stream.metadata.num_rows
            # A cell takes a byte at least.
            refuse_bomb(file, rows * len(schema))
            refuse_nested(str(file), schema)
            return gathered(stream.iter_batches(batch_size=_BATCH), schema)
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: holds text that is not UTF-8; write the file again") from error
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file}: cannot be read as Parquet: {error}") from error
