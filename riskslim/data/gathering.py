"""Blocks of rows joined into a table, each column in the smallest type that holds its numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.frames import with_doubles
from riskslim.data.short_reals import as_written, is_short
from riskslim.data.table import narrowed
from riskslim.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_pandas", "gathered", "refuse_nested"]


def refuse_nested(source: str, schema: Any) -> None:
    """Refuse columns whose cells hold several values, or bytes."""
    from pyarrow import types

    for field in schema:
        kind = field.type.value_type if types.is_dictionary(field.type) else field.type
        is_bytes = types.is_binary(kind) or types.is_large_binary(kind)
        if types.is_nested(kind) or is_bytes or types.is_fixed_size_binary(kind):
            raise DataError(
                f"{source}: the cells of column {field.name!r} are no single values ({kind}); give "
                "a table of numbers and text, one value in each cell"
            )


def gathered(batches: Iterable[Any], schema: Any) -> pd.DataFrame:
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
    return as_pandas(table.replace_schema_metadata(schema.metadata))


def as_pandas(table: Any) -> pd.DataFrame:
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
