"""Predictions written as they come, block by block, in the format that a file's ending asks for."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["Block", "Types", "write_csv", "writer_of"]

Block = Mapping[str, Sequence[Any]]
"""Columns of some rows, by name."""

Types = Mapping[str, Any]
"""Types of columns in Arrow, where there are several blocks that might say different ones."""

Write = Callable[[Iterable[Block], BinaryIO, Types], None]


def writer_of(output: Path | None) -> Write:
    """Choose by the ending of a file how it is written; a device takes CSV.

    Raises
    ------
    OptionError
        Predictions are not written to files that end so.
    """
    from riskslim.errors import OptionError

    if output is None or (output.exists() and not output.is_file()):
        return write_csv
    for ending, write in _ENDINGS.items():
        if output.name.lower().endswith(ending):
            return write
    raise OptionError(
        f"predictions are written to files that end in {', '.join(_ENDINGS)}; {str(output)!r} "
        "does not"
    )


def write_csv(blocks: Iterable[Block], stream: BinaryIO, types: Types) -> None:
    """Write a header and the rows of all blocks."""
    del types
    for place, block in enumerate(blocks):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not place:
            writer.writerow(block)
        writer.writerows(zip(*block.values(), strict=True))
        stream.write(text.getvalue().encode("utf-8"))


def _write_gz(blocks: Iterable[Block], stream: BinaryIO, types: Types) -> None:
    # Without a time: the same predictions give the same file.
    with gzip.GzipFile(filename="", fileobj=stream, mode="wb", mtime=0) as packed:
        write_csv(blocks, packed, types)  # type: ignore[arg-type]


def _write_parquet(blocks: Iterable[Block], stream: BinaryIO, types: Types) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    writer = None
    for block in blocks:
        table = _table(block)
        if writer is None:
            schema = table.schema.remove_metadata() if types else table.schema
            for place, field in enumerate(schema):
                schema = schema.set(place, field.with_type(types.get(field.name, field.type)))
            writer = parquet.ParquetWriter(stream, schema)
        writer.write_table(pa.Table.from_arrays(table.cast(schema).columns, schema=schema))
    if writer is not None:
        writer.close()


def _table(block: Block) -> Any:
    import pandas as pd
    import pyarrow as pa

    return pa.Table.from_pandas(pd.DataFrame(dict(block)), preserve_index=False)


_ENDINGS: dict[str, Write] = {
    ".csv": write_csv,
    ".csv.gz": _write_gz,
    ".parquet": _write_parquet,
}
