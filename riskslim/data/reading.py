"""Reading a table from a file: every way in which a file can be unreadable has one message."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.csv_bytes import check_bytes, refuse_bomb
from riskslim.data.frames import of_file, with_doubles
from riskslim.data.short_reals import as_written, is_short
from riskslim.data.table import narrowed
from riskslim.errors import DataError
from riskslim.names import find_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_table", "refuse_nested"]

_CSV = {".csv", ".csv.gz"}
_PARQUET = {".parquet", ".pq"}
_BATCH = 1 << 16
# Bytes of a CSV file from which on it is read block by block.
_LARGE = 1 << 26


def read_table(path: str | os.PathLike[str], text: Iterable[str] = ()) -> pd.DataFrame:
    """Read a CSV (``.csv``, ``.csv.gz``; UTF-8, commas, a header) or Parquet file.

    Column names are kept as they stand, duplicates too, so that the validation
    can name them. Dates and times of a CSV file stay the text that they are there.

    Parameters
    ----------
    path : path-like
        The file.
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
    file = Path(path)
    suffix = "".join(file.suffixes[-2:]).lower() if file.suffix == ".gz" else file.suffix.lower()
    if suffix not in _CSV | _PARQUET:
        raise DataError(
            f"{file}: unknown kind of file {suffix!r}; give a .csv, .csv.gz or .parquet file"
        )
    if file.is_dir():
        raise DataError(f"{file}: is a directory; give the file itself")
    if not file.exists():
        raise DataError(f"{file}: no such file; check the path (relative to {Path.cwd()})")
    frame = _read_csv(file, list(text)) if suffix in _CSV else _read_parquet(file)
    of_file(frame, file)
    return frame


def _read_csv(file: Path, text: list[str]) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import csv

    _refuse_other_kinds(file)
    if check_bytes(file) > _LARGE and (streamed := _stream_csv(file, text)) is not None:
        return streamed
    ragged: list[Any] = []
    try:
        with _opened(file) as source:
            table = csv.read_csv(source, **_csv_options(ragged))
        if as_text := _guessed(table.schema, text):
            ragged.clear()
            with _opened(file) as source:
                table = csv.read_csv(source, **_csv_options(ragged, as_text))
        names = list(table.column_names)
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    except pa.ArrowInvalid as error:
        raise DataError(_csv_message(file, str(error))) from error
    _refuse_other_separators(file, names)
    if ragged:
        raise DataError(_ragged_message(file, ragged))
    _refuse_nul(file, names, table)
    frame: pd.DataFrame = table.to_pandas()
    return frame


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """Open a file for Arrow, which itself knows no names but those in UTF-8."""
    import pyarrow as pa

    with file.open("rb") as raw, pa.PythonFile(raw, "r") as stream:
        yield pa.CompressedInputStream(stream, "gzip") if file.suffix.lower() == ".gz" else stream


def _guessed(schema: Any, text: list[str]) -> list[str]:
    """Name the columns that the reader took for something else than the text that is wanted.

    A date says nothing more as a date than as text, while a moment loses its offset, and with
    it the day on which it was.
    """
    from pyarrow import types

    names = list(schema.names)
    wanted = {find_name(name, names) for name in text}
    return [
        field.name
        for place, field in enumerate(schema)
        if types.is_temporal(field.type)
        or (place in wanted and not (types.is_string(field.type) or types.is_null(field.type)))
    ]


def _refuse_other_separators(file: Path, names: list[str]) -> None:
    """Refuse tables whose cells are parted by something else than commas."""
    advice = "save the table with commas between the columns, and a point in decimal numbers"
    if names[0].strip().lower().startswith("sep="):
        raise DataError(
            f"{file}: the first line is {names[0]!r}, which Excel alone understands: delete that "
            f"line, or {advice}"
        )
    if len(names) == 1 and (found := re.search(r"[;\t|]", names[0])):
        separator = {"\t": "tabs"}.get(found.group(), f"{found.group()!r}")
        raise DataError(
            f"{file}: one column only, and its name holds {separator}: the cells are separated by "
            f"{separator} (and decimal numbers perhaps written with commas); {advice}"
        )


def _refuse_nul(file: Path, names: list[str], table: Any) -> None:
    """Refuse text with NUL characters: a damaged file, and what many programs end text at."""
    import pyarrow as pa
    from pyarrow import compute

    for name, column in zip(names, table.columns, strict=True):
        has_nul = "\0" in name
        if not has_nul and pa.types.is_string(column.type):
            has_nul = compute.any(compute.match_substring(column, "\0")).as_py() is True
        if has_nul:
            raise DataError(
                f"{file}: column {name!r} holds NUL characters; the file is damaged, or no text: "
                "save the table as 'CSV UTF-8' again"
            )


def _csv_options(ragged: list[Any], as_text: Iterable[str] = ()) -> dict[str, Any]:
    """Give the reader's options; rows of unequal length are added to `ragged`."""
    import pyarrow as pa
    from pyarrow import csv

    def note_ragged(row: Any) -> str:
        ragged.append(row)
        return "skip"

    return {
        # One thread, so that the rows of unequal length come numbered.
        "read_options": csv.ReadOptions(use_threads=False),
        "parse_options": csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note_ragged),
        # Only an empty cell is missing here: what else stands for a missing
        # value ("n/a") is found, and shown as it is written, by the validation.
        "convert_options": csv.ConvertOptions(
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            column_types=dict.fromkeys(as_text, pa.string()),
        ),
    }


def _stream_csv(file: Path, text: list[str]) -> pd.DataFrame | None:
    """Read a large table block by block; None where that cannot tell what it is.

    The first block decides the type of every column. Where all other blocks can be read
    as that type, it is the type that reading the whole file would find.
    """
    import pyarrow as pa
    from pyarrow import csv

    ragged: list[Any] = []
    try:
        with _opened(file) as source, csv.open_csv(source, **_csv_options(ragged)) as stream:
            as_text = _guessed(stream.schema, text)
        ragged.clear()
        with (
            _opened(file) as source,
            csv.open_csv(source, **_csv_options(ragged, as_text)) as stream,
        ):
            if len(stream.schema) < 2:
                return None
            frame = _gathered(stream, stream.schema)
    except (pa.ArrowException, OSError):
        return None
    return None if ragged else frame


def _refuse_other_kinds(file: Path) -> None:
    """Refuse by their first bytes files that are often given a CSV's name."""
    try:
        with file.open("rb") as stream:
            start = stream.read(2)
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from error
    if start == b"PK":
        raise DataError(
            f"{file}: is a workbook or an archive, not a CSV file; save the sheet as 'CSV UTF-8'"
        )
    if start in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(
            f"{file}: is UTF-16, not UTF-8; save the file as UTF-8 (in Excel: 'CSV UTF-8')"
        )


def _csv_message(file: Path, text: str) -> str:
    if "Empty CSV" in text:
        return f"{file}: the file is empty; it needs a header and rows"
    return f"{file}: not a table of comma-separated values: {text}"


def _ragged_message(file: Path, ragged: list[Any]) -> str:
    first = ragged[0]
    more = f" (and {len(ragged) - 1} more rows like it)" if len(ragged) > 1 else ""
    # The reader counts the header as row 1; a person counts the rows of data.
    where = f"row {first.number - 1}" if first.number is not None else f"a row ({first.text!r})"
    return (
        f"{file}: {where} has {first.actual_columns} cells where the header has "
        f"{first.expected_columns}{more}; put cells that hold a comma in double quotes, "
        "and leave none out"
    )


def _read_parquet(file: Path) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with _opened(file) as source, parquet.ParquetFile(source) as stream:
            schema, rows = stream.schema_arrow, stream.metadata.num_rows
            # A cell takes a byte at least.
            refuse_bomb(file, rows * len(schema))
            refuse_nested(file, schema)
            return _gathered(stream.iter_batches(batch_size=_BATCH), schema)
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: holds text that is not UTF-8; write the file again") from error
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file}: cannot be read as Parquet: {error}") from error


def refuse_nested(file: Path, schema: Any) -> None:
    """Refuse columns whose cells hold several values, or bytes."""
    from pyarrow import types

    for field in schema:
        kind = field.type.value_type if types.is_dictionary(field.type) else field.type
        is_bytes = types.is_binary(kind) or types.is_large_binary(kind)
        if types.is_nested(kind) or is_bytes or types.is_fixed_size_binary(kind):
            raise DataError(
                f"{file}: the cells of column {field.name!r} are no single values ({kind}); give "
                "a table of numbers and text, one value in each cell"
            )


def _gathered(batches: Iterable[Any], schema: Any) -> pd.DataFrame:
    """Join batches of rows, each column in the smallest type that holds its numbers.

    Tables of 0 and 1 are often stored as 64-bit numbers: as bytes they take an eighth,
    and no more than a batch of them is ever held in the wider type.
    """
    import pyarrow as pa

    columns: list[list[Any]] = [[] for _ in schema]
    for batch in batches:
        for chunks, column in zip(columns, batch.columns, strict=True):
            chunks.append(_narrow(column))
    joined = []
    for field, chunks in zip(schema, columns, strict=True):
        kinds = {chunk.type for chunk in chunks}
        kind = field.type
        if kinds and kind not in kinds:
            kind = pa.from_numpy_dtype(np.result_type(*(k.to_pandas_dtype() for k in kinds)))
        joined.append(pa.chunked_array([chunk.cast(kind) for chunk in chunks], type=kind))
    table = pa.Table.from_arrays(joined, names=schema.names)
    table.validate(full=True)
    return _as_pandas(table.replace_schema_metadata(schema.metadata))


def _as_pandas(table: Any) -> pd.DataFrame:
    """Make a table of pandas, with what pandas noted of it where that can be read."""
    frame: pd.DataFrame
    try:
        frame = table.to_pandas()
    except MemoryError:
        raise
    except Exception:
        # Whatever stands in the note is pandas' own and can fail in any way.
        frame = table.replace_schema_metadata(None).to_pandas()
    return with_doubles(frame)


def _narrow(column: Any) -> Any:
    import pyarrow as pa

    kind = column.type
    if column.null_count or not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return column
    values = column.to_numpy()
    smaller = narrowed(values)
    if smaller is values or (is_short(smaller.dtype) and as_written(smaller) is not smaller):
        return column
    return pa.array(smaller)
