"""Tables of separated values: every way in which such a file can be unreadable has one message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskslim.data.csv_bytes import check_bytes, codec_of
from riskslim.data.gathering import gathered
from riskslim.errors import DataError
from riskslim.names import find_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_blocks", "csv_suffix", "opened", "read_csv"]

# Bytes of a file from which on it is read block by block.
_LARGE = 1 << 26


def csv_suffix(file: Path) -> str | None:
    """Give ``.csv`` or ``.tsv``, whether compressed or not; None for a file of another kind."""
    name = file.name.lower()
    if codec_of(file) is not None:
        name = name.rpartition(".")[0]
    suffix = Path(name).suffix
    return suffix if suffix in (".csv", ".tsv") else None


def read_csv(file: Path, text: list[str]) -> pd.DataFrame:
    """Read a file of separated values; see `riskslim.data.reading.read_table`."""
    if _is_large(file) and (streamed := _stream_csv(file, text)) is not None:
        return streamed
    frame: pd.DataFrame = _whole(file, text).to_pandas()
    return frame


def csv_blocks(file: Path, text: list[str]) -> tuple[Any, Iterator[Any]]:
    """Read a file block by block, its columns of the types that the whole of it has.

    Of a large file, types are those of its first block where all others can be read as these,
    which is tried before the first block is given.

    Parameters
    ----------
    file : Path
        As for `riskslim.data.reading.read_table`, and so is `text`.

    Returns
    -------
    schema : Schema of PyArrow
        Names and types.
    blocks : iterator of RecordBatch
        Of rows in their order.
    """
    if _is_large(file) and (found := _types_of_blocks(file, text)) is not None:
        return found[0], _blocks(file, found[1])
    table = _whole(file, text)
    return table.schema, iter(table.to_batches())


def _is_large(file: Path) -> bool:
    _refuse_other_kinds(file)
    return check_bytes(file) > _LARGE


def _whole(file: Path, text: list[str]) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    ragged: list[Any] = []
    try:
        with opened(file) as source:
            table = csv.read_csv(source, **_csv_options(file, ragged))
        if as_text := _guessed(table.schema, text):
            ragged.clear()
            with opened(file) as source:
                table = csv.read_csv(source, **_csv_options(file, ragged, as_text))
        names = list(table.column_names)
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    except pa.ArrowInvalid as error:
        raise DataError(_csv_message(file, str(error))) from error
    _refuse_other_separators(file, names)
    if ragged:
        raise DataError(_ragged_message(file, ragged))
    _refuse_nul(file, names, table)
    return table


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """Open a file for Arrow, which itself knows no names but those in UTF-8."""
    import pyarrow as pa

    with file.open("rb") as raw, pa.PythonFile(raw, "r") as stream:
        codec = codec_of(file)
        yield stream if codec is None else pa.CompressedInputStream(stream, codec)


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
    if csv_suffix(file) == ".tsv":
        return
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


def _csv_options(file: Path, ragged: list[Any], as_text: Iterable[str] = ()) -> dict[str, Any]:
    """Give the reader's options; rows of unequal length are added to `ragged`."""
    import pyarrow as pa
    from pyarrow import csv

    def note_ragged(row: Any) -> str:
        ragged.append(row)
        return "skip"

    return {
        # One thread, so that the rows of unequal length come numbered.
        "read_options": csv.ReadOptions(use_threads=False),
        "parse_options": csv.ParseOptions(
            delimiter="\t" if csv_suffix(file) == ".tsv" else ",",
            newlines_in_values=True,
            invalid_row_handler=note_ragged,
        ),
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
        as_text = _text_of_first_block(file, text)
        with (
            opened(file) as source,
            csv.open_csv(source, **_csv_options(file, ragged, as_text)) as stream,
        ):
            if len(stream.schema) < 2:
                return None
            frame = gathered(stream, stream.schema)
    except (pa.ArrowException, OSError):
        return None
    return None if ragged else frame


def _text_of_first_block(file: Path, text: list[str]) -> list[str]:
    from pyarrow import csv

    with opened(file) as source, csv.open_csv(source, **_csv_options(file, [])) as stream:
        return _guessed(stream.schema, text)


def _types_of_blocks(file: Path, text: list[str]) -> tuple[Any, list[str]] | None:
    """Give the types that all blocks can be read as, and which columns are read as text."""
    import pyarrow as pa
    from pyarrow import csv

    ragged: list[Any] = []
    try:
        as_text = _text_of_first_block(file, text)
        with (
            opened(file) as source,
            csv.open_csv(source, **_csv_options(file, ragged, as_text)) as stream,
        ):
            schema = stream.schema
            for block in stream:
                _refuse_nul(file, schema.names, pa.Table.from_batches([block]))
    except (pa.ArrowException, OSError):
        return None
    return None if ragged or len(schema) < 2 else (schema, as_text)


def _blocks(file: Path, as_text: list[str]) -> Iterator[Any]:
    from pyarrow import csv

    with (
        opened(file) as source,
        csv.open_csv(source, **_csv_options(file, [], as_text)) as stream,
    ):
        yield from stream


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
