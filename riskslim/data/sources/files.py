"""Tables in files: one, several of one kind, a folder of them, or those that a pattern names."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from riskslim.data.csv_tables import csv_blocks, csv_suffix
from riskslim.data.short_reals import is_short
from riskslim.data.sources.base import Blocks, Source
from riskslim.data.sources.plain import plain_batch, plain_schema
from riskslim.data.validation import check_names
from riskslim.errors import DataError
from riskslim.names import find_name

__all__ = ["KINDS", "FileSource", "files_of", "kind_of"]

_BATCH = 1 << 17
_PARTITION = "__HIVE_DEFAULT_PARTITION__"  # what Hive calls a folder of missing values

KINDS = ".csv, .csv.gz or .parquet file (or .tsv, .zst, .feather)"
"""Endings of files that are tables."""


def kind_of(file: Path) -> str | None:
    """Give ``csv``, ``parquet`` or ``feather``; None for a file that is no table."""
    if csv_suffix(file):
        return "csv"
    return _ARROW.get(file.suffix.lower())


_ARROW = {
    ".parquet": "parquet", ".pq": "parquet", ".feather": "feather", ".arrow": "feather",
    ".ipc": "feather",
}  # fmt: skip


def files_of(path: Path) -> list[Path] | None:
    """List the files of a folder, of the folders in it, or of a pattern; None for one file.

    Raises
    ------
    DataError
        None of them is a table, or they are of several kinds.
    """
    if path.is_dir():
        every = sorted(file for file in path.rglob("*") if file.is_file() and _is_shown(file, path))
    elif path.exists() or not glob.has_magic(str(path)):
        return None
    else:
        every = sorted(map(Path, glob.glob(str(path), recursive=True)))  # noqa: PTH207
        every = [file for file in every if file.is_file()]
        if not every:
            raise DataError(f"{path}: no file is called so; check the path (from {Path.cwd()})")
    found = [file for file in every if kind_of(file)]
    what = "this folder" if path.is_dir() else "what is called so"
    if not found:
        raise DataError(f"{path}: {what} has no {KINDS}; name the files one by one")
    other = next((file for file in found if kind_of(file) != kind_of(found[0])), None)
    if other is not None:
        raise DataError(
            f"{path}: {what} has files of several kinds ({found[0].name}, {other.name}); name "
            "those that are the table"
        )
    return found


def _is_shown(file: Path, folder: Path) -> bool:
    return not any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)


class FileSource(Source):
    """Files of one kind that are one table; folders such as ``year=2024`` are columns.

    Parameters
    ----------
    files : sequence of Path
        Of the same columns.
    name : str
        What they are called in messages.
    """

    streams = True

    def __init__(self, files: Sequence[Path], name: str) -> None:
        super().__init__(name)
        self.files = list(files)
        self._kind = kind_of(self.files[0])
        self._found: Any = None

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        if self._kind == "csv":
            names: list[str] = list(self._csv_schema(()).names)
            return names
        return list(self._dataset().schema.names)

    def blocks(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Blocks:
        """Give the rows, file by file; see `Source.blocks`."""
        import pyarrow as pa

        if self._kind == "csv":
            schema = self._csv_schema(text)
            wanted = schema.names if columns is None else list(columns)
            return pa.schema([schema.field(name) for name in wanted]), self._csv(schema, wanted)
        table = self._dataset()
        wanted = list(table.schema.names) if columns is None else list(columns)
        schema = plain_schema(pa.schema([table.schema.field(name) for name in wanted]), self.name)
        return schema, self._arrow(table, wanted)

    def _dataset(self) -> Any:
        import pyarrow as pa
        from pyarrow import dataset

        try:
            table = dataset.dataset(
                list(map(str, self.files)), format=self._kind, partitioning="hive"
            )
            parts = [fragment.physical_schema for fragment in table.get_fragments()]
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise self._unreadable(error) from error
        check_names(list(table.schema.names), self.name)
        return table.replace_schema(self._together(table.schema, parts))

    def _together(self, schema: Any, parts: list[Any]) -> Any:
        """Give the types of the columns in all files together, which have the same columns."""
        import pyarrow as pa

        first = set(parts[0].names)
        for file, part in zip(self.files, parts, strict=True):
            for name in first ^ set(part.names):
                raise DataError(
                    f"{self.name}: {file.name} and {self.files[0].name} have other columns (one "
                    f"has {name!r} alone); give all files the same columns"
                )
        try:
            made = pa.unify_schemas(
                [schema.remove_metadata(), *(part.remove_metadata() for part in parts)],
                promote_options="permissive",
            )
        except pa.ArrowException as error:
            raise self._unreadable(error) from error
        for file, part in zip(self.files, parts, strict=True):
            for field in part:
                # Widened as they are, they would be other numbers than those that are written.
                if is_short(_dtype(field.type)) and made.field(field.name).type != field.type:
                    raise DataError(
                        f"{self.name}: column {field.name!r} has {field.type} in {file.name} and "
                        f"{made.field(field.name).type} in other files; write one type to all"
                    )
        return made

    def _arrow(self, table: Any, wanted: list[str]) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow import dataset

        columns = {name: dataset.field(name) for name in wanted}
        try:
            for batch in table.to_batches(
                columns=columns, batch_size=_BATCH, batch_readahead=2, fragment_readahead=1
            ):
                yield plain_batch(batch)
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> DataError:
        kind = {"parquet": "Parquet", "feather": "Feather"}[str(self._kind)]
        return DataError(f"{self.name}: cannot be read as one table of {kind}: {error}")

    def _csv_schema(self, text: Sequence[str]) -> Any:
        """Give the types of the columns that all files can be read as."""
        import pyarrow as pa

        if self._found is not None and self._found[0] == tuple(text):
            return self._found[1]
        schemas = [csv_blocks(file, list(text))[0] for file in self.files]
        first = schemas[0]
        check_names(list(first.names), self.name)
        for file, schema in zip(self.files, schemas, strict=True):
            check_names(list(schema.names), str(file))
            if sorted(schema.names) != sorted(first.names):
                odd = next(iter({*schema.names} ^ {*first.names}))
                raise DataError(
                    f"{self.name}: {file.name} and {self.files[0].name} have other columns (one "
                    f"has {odd!r} alone); give all files the same header"
                )
        fields = [
            pa.field(name, _common([schema.field(name).type for schema in schemas]))
            for name in first.names
        ]
        partitions = _partitions(self.files, self.name)
        for name in partitions:
            if name in first.names:
                raise DataError(f"{self.name}: {name!r} is a column and the name of a folder")
        fields += [pa.field(name, kind) for name, (kind, _) in partitions.items()]
        schema = pa.schema(fields)
        self._found = tuple(text), schema, partitions
        return schema

    def _csv(self, schema: Any, wanted: list[str]) -> Iterator[Any]:
        import pyarrow as pa

        text, _, partitions = self._found
        for place, file in enumerate(self.files):
            own, batches = csv_blocks(file, list(text))
            names = list(own.names)
            other = [
                name
                for name in names
                if pa.types.is_string(schema.field(name).type)
                and not pa.types.is_string(own.field(name).type)
                and not pa.types.is_null(own.field(name).type)
            ]
            if other:
                _, batches = csv_blocks(file, [*text, *other])
            for batch in batches:
                columns = []
                for name in wanted:
                    kind = schema.field(name).type
                    if name in partitions:
                        value = partitions[name][1][place]
                        columns.append(pa.repeat(pa.scalar(value, kind), batch.num_rows))
                    else:
                        column = batch.column(names.index(name))
                        columns.append(column.cast(kind, safe=False))
                yield pa.RecordBatch.from_arrays(columns, names=wanted)


def _dtype(kind: Any) -> Any:
    from pyarrow import types

    return np.dtype(kind.to_pandas_dtype()) if types.is_floating(kind) else None


def _common(kinds: list[Any]) -> Any:
    """Give the type that a column has in all files together."""
    import pyarrow as pa

    known = {kind for kind in kinds if not pa.types.is_null(kind)}
    if len(known) <= 1:
        return next(iter(known), pa.null())
    return pa.float64() if known == {pa.int64(), pa.float64()} else pa.string()


def _partitions(files: list[Path], source: str) -> dict[str, tuple[Any, list[Any]]]:
    """Read what folders such as ``year=2024`` say: by column the type, and each file's value."""
    import pyarrow as pa

    said = [
        {
            unquote(name): unquote(value)
            for name, equals, value in (part.partition("=") for part in file.parent.parts)
            if equals and name
        }
        for file in files
    ]
    made: dict[str, tuple[Any, list[Any]]] = {}
    for name in said[0] if said else ():
        cells = [of_file.get(name) for of_file in said]
        known = [cell for cell in cells if cell is not None and cell != _PARTITION]
        whole = all(cell.lstrip("-").isascii() and cell.lstrip("-").isdigit() for cell in known)
        values = [
            None if cell is None or cell == _PARTITION else int(cell) if whole else cell
            for cell in cells
        ]
        made[name] = (pa.int32() if whole else pa.string()), values
    if any(find_name(name, list(made)) is None for of_file in said for name in of_file):
        raise DataError(f"{source}: not all files lie in folders of the same names (name=value)")
    return made
