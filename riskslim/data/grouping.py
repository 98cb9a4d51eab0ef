"""Tables of any number of rows, in one Parquet file or many: only distinct rows are ever held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskslim.data.frames import with_doubles
from riskslim.data.reading import refuse_nested
from riskslim.data.validation import check_names
from riskslim.errors import DataError
from riskslim.solvers._typing import IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["are_counted", "distinct_rows", "is_large", "parquet_files"]

_BATCH = 1 << 17
_HELD = 1 << 20  # distinct rows of batches that wait to be merged
_LARGE = 1 << 22  # rows from which on a single file is read in this way


def parquet_files(path: Path) -> list[Path] | None:
    """List the Parquet files of a folder and of the folders in it; None for a file.

    Raises
    ------
    DataError
        If the folder has none, or has tables of another kind as well.
    """
    if not path.is_dir():
        return None
    files = sorted(file for file in path.rglob("*") if file.is_file() and _is_shown(file, path))
    found = [file for file in files if file.suffix.lower() in (".parquet", ".pq")]
    if not found:
        raise DataError(f"{path}: this folder has no .parquet file; name the files one by one")
    others = [file for file in files if file.name.lower().endswith((".csv", ".csv.gz"))]
    if others:
        raise DataError(
            f"{path}: this folder has Parquet files and others ({others[0].name}); name the files"
        )
    return found


def _is_shown(file: Path, folder: Path) -> bool:
    return not any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)


def are_counted(path: Path) -> bool:
    """Whether a table is read by its distinct rows alone: a folder, or a large Parquet file."""
    return path.is_dir() or is_large(path)


def is_large(path: Path) -> bool:
    """Whether a path is a Parquet file whose rows are better not all held at once."""
    import pyarrow as pa
    from pyarrow import parquet

    if path.suffix.lower() not in (".parquet", ".pq") or not path.is_file():
        return False
    try:
        with path.open("rb") as raw, parquet.ParquetFile(raw) as stream:
            return int(stream.metadata.num_rows) >= _LARGE
    except (pa.ArrowException, OSError):
        return False  # whoever reads it says what is wrong


def distinct_rows(files: Sequence[Path], source: str) -> tuple[pd.DataFrame, IntArray]:
    """Read Parquet files as one table and count its distinct rows.

    Each batch is grouped alone and groups are merged now and then (PyArrow's Acero), so that
    memory follows the distinct rows. Folders such as ``year=2024`` are columns.

    Parameters
    ----------
    files : sequence of path
        Of the same columns.
    source : str
        What they are called in messages.

    Returns
    -------
    frame : DataFrame of shape (m, d)
        Distinct rows, of all columns.
    rows : ndarray of int, shape (m,)
        How many rows each is.

    Raises
    ------
    DataError
        If they cannot be read as one table.
    """
    import numpy as np
    import pyarrow as pa
    from pyarrow import dataset

    try:
        table = dataset.dataset(list(map(str, files)), format="parquet", partitioning="hive")
        names = list(table.schema.names)
        check_names(names, source)
        refuse_nested(Path(source), table.schema)
        keys = [f"c{place}" for place in range(len(names))]
        columns = {key: dataset.field(name) for key, name in zip(keys, names, strict=True)}
        batches = table.to_batches(
            columns=columns, batch_size=_BATCH, batch_readahead=2, fragment_readahead=1
        )
        groups = _merged(batches, keys)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{source}: cannot be read as one table of Parquet: {error}") from error
    if groups is None:
        raise DataError(f"{source}: the table has no rows; a score needs rows of both classes")
    frame = groups.select(keys).rename_columns(names).to_pandas()
    return with_doubles(frame), groups.column("rows").to_numpy().astype(np.int64)


def _merged(batches: Iterator[Any], keys: list[str]) -> Any:
    """Group rows that are equal, of shape (m, len(keys) + 1) with the column ``rows``."""
    import pyarrow as pa

    merged, waiting, held = None, [], 0
    for batch in batches:
        if not batch.num_rows:
            continue
        groups = pa.Table.from_batches([batch]).group_by(keys).aggregate([([], "count_all")])
        waiting.append(groups.rename_columns([*keys, "rows"]))
        held += groups.num_rows
        if held > max(_HELD, 0 if merged is None else merged.num_rows):
            merged, waiting, held = _added(merged, waiting, keys), [], 0
    return _added(merged, waiting, keys)


def _added(merged: Any, waiting: list[Any], keys: list[str]) -> Any:
    import pyarrow as pa

    parts = waiting if merged is None else [merged, *waiting]
    if not waiting:
        return merged
    added = pa.concat_tables(parts).group_by(keys).aggregate([("rows", "sum")])
    return added.rename_columns([*keys, "rows"])
