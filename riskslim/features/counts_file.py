"""Counts as a Parquet file: a row for each distinct row of the table, and how many they are.

The columns are the features, then ``rows of class 0`` and ``rows of class 1``, and where rows have
weights ``weight of class 0`` and ``weight of class 1``: lists of doubles that add up to them.
What names mean stands in the file's own notes, under the key ``riskslim``, as JSON.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from riskslim.data.counts import Counts
from riskslim.data.csv_bytes import refuse_bomb
from riskslim.data.table import Table
from riskslim.data.validation import check_names, check_numbers
from riskslim.errors import DataError, ScoreError
from riskslim.features.binning import Binning
from riskslim.files import as_json_text, no_such_file, write_atomically
from riskslim.files.json_object import parse_object
from riskslim.solvers._typing import FloatArray

__all__ = ["read_counts", "write_counts"]

_NOTE = b"riskslim"
_FORMAT, _VERSION = "riskslim counts", 1
_BLOCK = 1 << 20
_ROWS = ("rows of class 0", "rows of class 1")
_WEIGHTS = ("weight of class 0", "weight of class 1")


def write_counts(counts: Counts, path: str | os.PathLike[str]) -> None:
    """Write counts, whole or not at all; see `Counts.save`."""
    from pyarrow import parquet

    note = {
        "format": _FORMAT,
        "version": _VERSION,
        "outcome": counts.outcome_name,
        "labels": list(counts.labels),
        "soft": counts.is_soft,
        "weighted": counts.weights is not None,
        "left_out": list(counts.left_out),
        "source": counts.source,
        "binning": counts.binning and counts.binning.without_ranges().to_record(),
    }
    buffer, writer = io.BytesIO(), None
    for start in range(0, max(len(counts.features), 1), _BLOCK):
        table = _block_of(counts, slice(start, start + _BLOCK))
        if writer is None:
            schema = table.schema.with_metadata({_NOTE: as_json_text(note).encode()})
            writer = parquet.ParquetWriter(buffer, schema, compression="zstd")
        writer.write_table(table.replace_schema_metadata(schema.metadata))
    assert writer is not None
    writer.close()
    write_atomically(path, buffer.getvalue())


def _block_of(counts: Counts, span: slice) -> Any:
    """Give some of the distinct rows as a table."""
    import pyarrow as pa

    columns: list[Any] = list(map(pa.array, counts.features[span].T))
    columns += [pa.array(rows[span]) for rows in counts.rows]
    names = [*counts.feature_names, *_ROWS]
    if counts.weights is not None:
        names += _WEIGHTS
        columns += [pa.array(list(counts.weights[:, label, span].T)) for label in (0, 1)]
    return pa.Table.from_arrays(columns, names=names)


def read_counts(path: str | os.PathLike[str]) -> Counts:
    """Read what `write_counts` wrote; see `Counts.load`."""
    import pyarrow as pa
    from pyarrow import parquet

    file = Path(path)
    if not file.is_file():
        raise no_such_file(file)
    try:
        with file.open("rb") as raw, parquet.ParquetFile(raw) as stream:
            note = (stream.schema_arrow.metadata or {}).get(_NOTE)
            if note is None:
                raise DataError(f"{file}: holds no counts; make them with riskslim count")
            refuse_bomb(file, stream.metadata.num_rows * len(stream.schema_arrow))
            table = stream.read()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            f"{file}: is no file of counts, such as riskslim count makes of a table ({reason})"
        ) from error
    try:
        return _of_table(table, _said(note), str(file))
    except (KeyError, IndexError, TypeError, ValueError, pa.ArrowException, ScoreError) as error:
        raise DataError(
            f"{file}: is no file of counts that is whole ({error}); write it again with riskslim "
            "count"
        ) from error


def _said(note: bytes) -> dict[str, Any]:
    said = parse_object(note.decode("utf-8"), "counts")
    if said["format"] != _FORMAT or said["version"] != _VERSION:
        raise ValueError(f"{said['format']!r} of version {said['version']!r}")
    labels = said["labels"]
    if len(labels) != 2 or not all(isinstance(label, bool | int | float | str) for label in labels):
        raise ValueError("labels")
    for key, kind in (("outcome", str), ("soft", bool), ("weighted", bool)):
        if not isinstance(said[key], kind):
            raise TypeError(key)
    return said


def _of_table(table: Any, said: dict[str, Any], source: str) -> Counts:
    last = 4 if said["weighted"] else 2
    names = tuple(table.column_names[:-last])
    check_names(names, source)
    columns = [table.column(place).to_numpy().astype(np.float64) for place in range(len(names))]
    features = Table(columns)
    check_numbers(features, names, source)
    places = range(len(names), len(names) + 2)
    rows = np.array([_counts(table.column(place), source) for place in places])
    weights = None
    if said["weighted"]:
        parts = [_parts(table.column(place + 2), len(rows[0])) for place in places]
        weights = np.stack(parts, axis=1)
    negative, positive = said["left_out"]
    counts = Counts(
        features.all_rows(),
        rows,
        weights,
        names,
        said["outcome"],
        (said["labels"][0], said["labels"][1]),
        source,
        None if said["binning"] is None else Binning.from_record(said["binning"]),
        said["soft"],
        (int(negative), int(positive)),
    )
    if (counts.totals < 0).any():
        raise ValueError("negative weights")
    return counts


def _counts(column: Any, source: str) -> Any:
    values = column.to_numpy()
    if values.dtype.kind not in "iu" or (values < 0).any():
        raise DataError(f"{source}: a number of rows is no whole number of 0 or more")
    return values.astype(np.int64)


def _parts(column: Any, n: int) -> FloatArray:
    """Read lists of one length each, of shape (k, n)."""
    parts: FloatArray = np.array(column.to_pylist(), dtype=np.float64).reshape(n, -1).T
    if not np.isfinite(parts).all():
        raise ValueError("weights that are not finite")
    return parts
