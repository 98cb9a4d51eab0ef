"""What a user calls a table, and the source that reads it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from riskslim.data.sources.base import Source
from riskslim.data.sources.database import DatabaseTable, is_address, is_database
from riskslim.data.sources.engines import database_source
from riskslim.data.sources.files import KINDS, FileSource, files_of, kind_of
from riskslim.data.sources.frames import frame_source
from riskslim.errors import DataError
from riskslim.files import no_such_file

__all__ = ["TableInput", "name_of", "plain_file", "table_source"]

TableInput = str | os.PathLike[str] | DatabaseTable | Any
"""A file, a folder, a pattern, the address of a database, or a table of another library."""


def table_source(data: TableInput) -> Source:
    """Open a table.

    Parameters
    ----------
    data : path-like, str, DatabaseTable or table
        A file (see `riskslim.data.reading.read_table`), a folder or a pattern (``stays/*.csv``) of
        files that are one table, a file of DuckDB or SQLite, ``postgresql://...``; or a table,
        lazy or not, of pandas, Polars, PyArrow, DuckDB, ibis, Dask or Spark.

    Raises
    ------
    DataError
        There is no such table.
    """
    if isinstance(data, Source):
        return data
    if isinstance(data, str) and is_address(data):
        return database_source(DatabaseTable(data))
    if isinstance(data, DatabaseTable):
        return database_source(data)
    if not isinstance(data, str | os.PathLike):
        return frame_source(data)
    path = Path(data)
    if is_database(path):
        return database_source(DatabaseTable(str(path)))
    files = files_of(path)
    return FileSource([_checked(path)] if files is None else files, str(path))


def plain_file(data: TableInput) -> Path | None:
    """Give the path where the data are one file of rows, no database and no folder."""
    if not isinstance(data, str | os.PathLike) or (isinstance(data, str) and is_address(data)):
        return None
    path = Path(data)
    return None if is_database(path) or files_of(path) is not None else _checked(path)


def name_of(data: TableInput) -> str:
    """Name the data in messages, without a password."""
    if isinstance(data, str) and is_address(data):
        return str(DatabaseTable(data))
    if isinstance(data, os.PathLike):
        return str(Path(data))
    if isinstance(data, str | DatabaseTable):
        return str(data)
    return table_source(data).name


def _checked(file: Path) -> Path:
    if kind_of(file) is None and not file.is_dir():
        suffixes: Sequence[str] = file.suffixes[-2:] if file.suffix in (".gz", ".zst") else ()
        shown = "".join(suffixes) or file.suffix
        raise DataError(f"{file}: unknown kind of file {shown.lower()!r}; give a {KINDS}")
    if not file.exists():
        raise no_such_file(file)
    return file
