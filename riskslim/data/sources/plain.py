"""Columns of PyArrow in few types, so that one table is one table, whichever engine holds it."""

from __future__ import annotations

from typing import Any

from riskslim.data.short_reals import as_written

__all__ = ["plain_batch", "plain_schema", "plain_table"]


def plain_table(table: Any) -> Any:
    """Give a table whose columns have plain types."""
    import pyarrow as pa

    columns = [
        pa.chunked_array(
            [_plain(chunk) for chunk in column.chunks] or [], type=_plain_type(column.type)
        )
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, names=table.column_names)


def plain_batch(batch: Any) -> Any:
    """Give a batch whose columns have plain types."""
    import pyarrow as pa

    if all(_plain_type(field.type) == field.type for field in batch.schema):
        return batch
    return pa.RecordBatch.from_arrays(
        [_plain(column) for column in batch.columns], names=batch.schema.names
    )


def plain_schema(schema: Any, source: str) -> Any:
    """Give the types that columns have once they are plain.

    Raises
    ------
    DataError
        The cells of a column hold several values, or bytes.
    """
    import pyarrow as pa

    from riskslim.data.gathering import refuse_nested

    made = pa.schema([pa.field(field.name, _plain_type(field.type)) for field in schema])
    refuse_nested(source, made)
    return made


def _plain_type(kind: Any) -> Any:
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        if _is_uuid(kind):
            return pa.string()
        return pa.float64() if _is_numeric(kind) else _plain_type(kind.storage_type)
    if types.is_decimal(kind) or types.is_float16(kind):
        return pa.float64()
    if types.is_large_string(kind) or types.is_string_view(kind):
        return pa.string()
    return kind


def _is_numeric(kind: Any) -> bool:
    """Whether a type is PostgreSQL's numeric, which its driver gives as text."""
    return getattr(kind, "type_name", "") == "numeric"


def _is_uuid(kind: Any) -> bool:
    return getattr(kind, "extension_name", "") == "arrow.uuid"


def _plain(column: Any) -> Any:
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    wanted = _plain_type(kind)
    if wanted == kind:
        return column
    if types.is_dictionary(kind):
        return _plain(column.dictionary_decode())
    if isinstance(kind, pa.BaseExtensionType):
        if _is_uuid(kind):
            texts = [None if one is None else str(one) for one in column.to_pylist()]
            return pa.array(texts, pa.string())
        storage = column.storage
        return _doubles(storage) if _is_numeric(kind) else _plain(storage)
    if types.is_decimal(kind):
        return _doubles(column)
    if types.is_float16(kind):
        halves = column.to_numpy(zero_copy_only=False)
        return pa.array(as_written(halves), pa.float64(), mask=column.is_null().to_numpy(False))
    return column.cast(wanted)


def _doubles(column: Any) -> Any:
    """Read decimals, or text that says them, as the doubles next to them."""
    import pyarrow as pa

    codes = column.dictionary_encode()
    known = [None if cell is None else float(cell) for cell in codes.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(
        codes.indices, pa.array(known, pa.float64())
    ).dictionary_decode()
