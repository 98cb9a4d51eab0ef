"""Tables that other libraries hold, each counted by its own group-by where it has one.

None of these libraries is imported here: what a table is, is told by what it can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from riskslim.data.sources.base import ROWS, Blocks, Source, counted_batches, grouped, keys_of
from riskslim.data.sources.engines import DUCKDB_TYPES, duckdb_reader, duckdb_types
from riskslim.data.sources.plain import plain_batch, plain_schema, plain_table
from riskslim.data.sources.sql import TABLE, SqlSource
from riskslim.data.validation import check_names
from riskslim.errors import DataError

__all__ = ["frame_source", "is_remote"]

_BATCH = 1 << 17


def frame_source(table: Any) -> Source:
    """Choose how a table of another library is read.

    Raises
    ------
    DataError
        It is no table that is known.
    """
    for is_one, source in _KINDS:
        if is_one(table):
            return source(table)
    raise DataError(
        f"an object of type {type(table).__name__} is no table; give a path, or a table of pandas, "
        "Polars, PyArrow, DuckDB, ibis, Dask or Spark"
    )


def is_remote(table: Any) -> bool:
    """Whether a table is one whose rows stand elsewhere, or are not made yet."""
    return any(is_one(table) for is_one, _ in _KINDS[:5]) or hasattr(table, "get_fragments")


class _FrameSource(Source):
    _called = "table"

    def __init__(self, table: Any) -> None:
        super().__init__(self._called)
        self._table = table

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        names = list(map(str, self._columns()))
        check_names(names, self.name)
        return names

    def _columns(self) -> Sequence[str]:
        columns: Sequence[str] = self._table.columns
        return columns

    def _wanted(self, columns: Sequence[str] | None) -> list[str]:
        return self.names if columns is None else list(columns)

    def _of(self, schema: Any, batches: Iterator[Any], names: list[str]) -> Blocks:
        import pyarrow as pa

        plain = plain_schema(schema, self.name)
        plain = pa.schema([field.with_name(name) for field, name in zip(plain, names, strict=True)])
        return plain, (plain_batch(batch).rename_columns(names).cast(plain) for batch in batches)

    def _keyed(self, table: Any, names: list[str]) -> Any:
        """Give groups that an engine counted the names that groups have."""
        plain_schema(table.schema, self.name)
        return self.some(plain_table(table).rename_columns([*keys_of(names), ROWS]))


class _ArrowSource(_FrameSource):
    """Tables, batches, readers and data sets of PyArrow, and whatever gives its stream."""

    _called = "Arrow table"

    def _columns(self) -> Sequence[str]:
        names: Sequence[str] = self._table.schema.names
        return names

    def blocks(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Blocks:
        """Give the rows; see `Source.blocks`."""
        import pyarrow as pa

        del text
        wanted = self._wanted(columns)
        table = self._table
        schema = pa.schema([table.schema.field(name) for name in wanted])
        if hasattr(table, "get_fragments"):
            batches = table.to_batches(columns=wanted, batch_size=_BATCH)
        elif isinstance(table, pa.RecordBatch):
            batches = iter([table.select(wanted)])
        elif isinstance(table, pa.Table):
            batches = iter(table.select(wanted).to_batches(max_chunksize=_BATCH))
        else:
            batches = (batch.select(wanted) for batch in table)
        return self._of(schema, batches, wanted)


class _CountingSource(_FrameSource):
    """A table of a library that counts it as a whole."""

    def parts(
        self, text: Sequence[str] = (), columns: Sequence[str] | None = None
    ) -> Iterator[Any]:
        """Give all groups at once; see `Source.parts`."""
        yield self.counted(text, columns)


class _PandasSource(_FrameSource):
    _called = "DataFrame"

    def blocks(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Blocks:
        """Give the rows; see `Source.blocks`."""
        import pyarrow as pa

        del text
        wanted = self._wanted(columns)
        frame = self._table.set_axis(self.names, axis=1)[wanted]
        table = pa.Table.from_pandas(frame, preserve_index=False)
        return self._of(table.schema, iter(table.to_batches(max_chunksize=_BATCH)), wanted)


class _PolarsSource(_CountingSource):
    """Data frames of Polars; a lazy one is counted as it streams by."""

    _called = "Polars table"

    def _lazy(self) -> Any:
        return self._table.lazy()

    def _columns(self) -> Sequence[str]:
        names: Sequence[str] = self._lazy().collect_schema().names()
        return names

    def blocks(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Blocks:
        """Give the rows; see `Source.blocks`."""
        del text
        wanted = self._wanted(columns)
        lazy = self._lazy().select(wanted)
        schema = lazy.limit(0).collect().to_arrow().schema
        if hasattr(lazy, "collect_batches"):
            frames = lazy.collect_batches(chunk_size=_BATCH, maintain_order=True)
        else:
            frames = lazy.collect().iter_slices(_BATCH)
        batches = (batch for frame in frames for batch in frame.to_arrow().to_batches())
        return self._of(schema, batches, wanted)

    def counted(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Any:
        """Count equal rows; see `Source.counted`."""
        del text
        wanted = self._wanted(columns)
        keys = keys_of(wanted)
        lazy = self._lazy().select(wanted).rename(dict(zip(wanted, keys, strict=True)))
        groups = lazy.group_by(keys).len(ROWS).select([*keys, ROWS])
        return self._keyed(groups.collect(engine="streaming").to_arrow(), wanted)


class _DuckDBSource(_CountingSource, SqlSource):
    """Relations of DuckDB, in the connection that they belong to."""

    _called = "DuckDB relation"
    types = DUCKDB_TYPES

    def types_of(self, names: Sequence[str]) -> Sequence[str]:
        """Name the types of some columns."""
        return duckdb_types(self._project(names))

    def query(self, sql: str, names: Sequence[str]) -> Iterator[Any]:
        """Give what a query gives; see `SqlSource.query`."""
        found = self._table.query("given", sql.replace(TABLE, "given"))
        reader = duckdb_reader(found, _BATCH)
        return self._of(reader.schema, iter(reader), list(names))[1]

    def _project(self, names: Sequence[str]) -> Any:
        return self._table.project(", ".join(map(self.spelling.identifier, names)))

    def blocks(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Blocks:
        """Give the rows; see `Source.blocks`."""
        del text
        wanted = self._wanted(columns)
        reader = duckdb_reader(self._project(wanted), _BATCH)
        return self._of(reader.schema, iter(reader), wanted)

    def counted(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Any:
        """Count equal rows; see `Source.counted`."""
        del text
        wanted = self._wanted(columns)
        listed = ", ".join(map(self.spelling.identifier, wanted))
        groups = self._table.aggregate(f"{listed}, count(*) AS {ROWS}", listed)
        return self._keyed(duckdb_reader(groups, _BATCH).read_all(), wanted)


class _IbisSource(_CountingSource):
    """Expressions of ibis, in whatever they stand for."""

    _called = "ibis table"

    def blocks(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Blocks:
        """Give the rows; see `Source.blocks`."""
        del text
        wanted = self._wanted(columns)
        # As one table: not every engine of ibis streams its rows.
        table = self._table.select(wanted).to_pyarrow()
        return self._of(table.schema, iter(table.to_batches(max_chunksize=_BATCH)), wanted)

    def counted(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Any:
        """Count equal rows; see `Source.counted`."""
        del text
        wanted = self._wanted(columns)
        keys = keys_of(wanted)
        renamed = self._table.select(wanted).rename(dict(zip(keys, wanted, strict=True)))
        groups = renamed.group_by(keys).aggregate(**{ROWS: renamed.count()})
        return self._keyed(groups.select([*keys, ROWS]).to_pyarrow(), wanted)


def _ibis_source(table: Any) -> _FrameSource:
    """Take an expression that DuckDB computes for a relation of it, which answers queries."""
    try:
        backend = table.get_backend()
        if backend.name == "duckdb":
            return _DuckDBSource(backend.con.sql(table.compile()))
    except Exception:
        # A table in memory, say, is made known to DuckDB by ibis alone.
        return _IbisSource(table)
    return _IbisSource(table)


class _DaskSource(_CountingSource):
    """Data frames of Dask: each part is counted where it is, and counts are added in a tree.

    Its own group-by moves every row of the table; Acero counts a part in place.
    """

    _called = "Dask table"

    def blocks(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Blocks:
        """Give the rows; see `Source.blocks`."""
        import pyarrow as pa

        del text
        wanted = self._wanted(columns)
        frame = self._table[wanted]
        schema = pa.Table.from_pandas(frame._meta_nonempty, preserve_index=False).schema
        parts = (part.compute() for part in frame.to_delayed())
        batches = (
            batch.cast(schema)
            for part in parts
            for batch in pa.Table.from_pandas(part, preserve_index=False).to_batches(_BATCH)
        )
        return self._of(schema, batches, wanted)

    def counted(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Any:
        """Count equal rows; see `Source.counted`."""
        from dask import delayed

        del text
        wanted = self._wanted(columns)
        parts = [delayed(count_part)(part) for part in self._table[wanted].to_delayed()]
        while len(parts) > 1:
            parts = [delayed(add_parts)(parts[at : at + 8]) for at in range(0, len(parts), 8)]
        return self.some(parts[0].compute())


def count_part(frame: Any) -> Any:
    """Count the rows of one part of a table, a DataFrame of pandas; None where it has none."""
    import pyarrow as pa

    names = [str(name) for name in frame.columns]
    table = pa.Table.from_pandas(frame.set_axis(keys_of(names), axis=1), preserve_index=False)
    plain_schema(table.schema, "Dask table")
    return counted_batches(table.to_batches(max_chunksize=_BATCH), keys_of(names))


def add_parts(parts: Sequence[Any]) -> Any:
    """Add up the counts of several parts."""
    import pyarrow as pa

    known = [part for part in parts if part is not None]
    if not known:
        return None
    together = pa.concat_tables(known, promote_options="default")
    return grouped(together, together.column_names[:-1])


class _SparkSource(_CountingSource):
    """Data frames of Spark."""

    _called = "Spark table"

    def _keyed_frame(self, wanted: list[str]) -> Any:
        places = [self.names.index(name) for name in wanted]
        every = self._table.toDF(*keys_of(self.names))
        return every.select(*[f"c{place}" for place in places]).toDF(*keys_of(wanted))

    def blocks(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Blocks:
        """Give the rows; see `Source.blocks`."""
        del text
        wanted = self._wanted(columns)
        frame = self._keyed_frame(wanted)
        schema = frame.limit(0).toArrow().schema
        return self._of(schema, _rows_of_spark(frame, schema), wanted)

    def counted(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Any:
        """Count equal rows; see `Source.counted`."""
        del text
        wanted = self._wanted(columns)
        frame = self._keyed_frame(wanted)
        groups = frame.groupBy(*keys_of(wanted)).count().withColumnRenamed("count", ROWS)
        return self._keyed(groups.toArrow(), wanted)


def _rows_of_spark(frame: Any, schema: Any) -> Iterator[Any]:
    waiting: list[Any] = []
    for row in frame.toLocalIterator(prefetchPartitions=True):
        waiting.append(row)
        if len(waiting) == _BATCH:
            yield _batch_of(waiting, schema)
            waiting = []
    if waiting:
        yield _batch_of(waiting, schema)


def _batch_of(rows: list[Any], schema: Any) -> Any:
    import pyarrow as pa

    columns = zip(*rows, strict=True)
    arrays = [pa.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _module(table: Any) -> str:
    return type(table).__module__.partition(".")[0]


_KINDS: tuple[tuple[Any, Callable[[Any], _FrameSource]], ...] = (
    (lambda table: _module(table) in ("duckdb", "_duckdb"), _DuckDBSource),
    (lambda table: hasattr(table, "to_pyarrow_batches"), _ibis_source),
    (lambda table: hasattr(table, "to_delayed") and hasattr(table, "columns"), _DaskSource),
    (lambda table: hasattr(table, "toLocalIterator") and hasattr(table, "toDF"), _SparkSource),
    (lambda table: hasattr(table, "collect_schema") and hasattr(table, "collect"), _PolarsSource),
    (lambda table: hasattr(table, "lazy") and hasattr(table, "to_arrow"), _PolarsSource),
    (lambda table: hasattr(table, "schema") and _module(table) == "pyarrow", _ArrowSource),
    (lambda table: hasattr(table, "iloc") and hasattr(table, "columns"), _PandasSource),
)
