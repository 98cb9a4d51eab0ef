"""Files of DuckDB and SQLite, and servers of PostgreSQL: how each is opened, asked and read."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from riskslim.data.sources.base import Blocks
from riskslim.data.sources.database import BATCH, DatabaseSource, DatabaseTable, is_address
from riskslim.data.sources.sql import TABLE, Reading, Spelling
from riskslim.errors import DataError
from riskslim.files import no_such_file

__all__ = ["DUCKDB_TYPES", "database_source", "duckdb_reader", "duckdb_types"]

DUCKDB_TYPES: Mapping[str, Reading] = {
    **dict.fromkeys(("DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"), "double"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"), "double"),
    **dict.fromkeys(("FLOAT", "DECIMAL", "HUGEINT", "UHUGEINT"), "written"),
    **dict.fromkeys(("VARCHAR", "ENUM"), "text"),
    **dict.fromkeys(("BOOLEAN", "DATE"), "other"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "moment"),
    "TIMESTAMP WITH TIME ZONE": "moment",
}
"""Types of DuckDB, as `SqlSource.types`."""


def database_source(data: DatabaseTable) -> DatabaseSource:
    """Choose the engine of a database.

    Raises
    ------
    DataError
        There is no such file, or it is no database.
    """
    if is_address(data.address):
        return _PostgreSQL(data)
    file = Path(data.address)
    if not file.is_file():
        raise no_such_file(file)
    with file.open("rb") as stream:
        start = stream.read(16)
    if start.startswith(b"SQLite format 3"):
        return _SQLite(data)
    if start[8:12] == b"DUCK":
        return _DuckDB(data)
    raise DataError(f"{file}: is no database of DuckDB or SQLite")


class _DuckDB(DatabaseSource):
    """A file of DuckDB; rows of many kinds are put aside on the disk while they are counted."""

    streams = True
    types = DUCKDB_TYPES

    def types_of(self, names: Sequence[str]) -> Sequence[str]:
        """Name the types of some columns."""
        with self._connected() as connection:
            table = self._from(connection)
            return duckdb_types(connection.sql(f"SELECT {self._listed(names)} FROM {table}"))

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        duckdb = _imported("duckdb", "duckdb", self.name)
        self._errors = (duckdb.Error,)
        with tempfile.TemporaryDirectory(prefix="riskslim-") as folder:
            settings = {"memory_limit": "1GB", "temp_directory": folder}
            connection = duckdb.connect(self._data.address, read_only=True, config=settings)
            try:
                # In a session of Python it would write to the standard output.
                connection.execute("SET enable_progress_bar = false")
                yield connection
            finally:
                connection.close()

    def _prepare(self, connection: Any, counts: bool) -> None:
        connection.execute(f"SET preserve_insertion_order = {'false' if counts else 'true'}")

    def _tables(self, connection: Any) -> list[str]:
        found = connection.execute(
            "SELECT CASE table_schema WHEN 'main' THEN '' ELSE table_schema || '.' END "
            "|| table_name FROM information_schema.tables ORDER BY 1"
        )
        return [name for (name,) in found.fetchall()]

    def _run(self, connection: Any, sql: str) -> Blocks:
        reader = duckdb_reader(connection.sql(sql), BATCH)
        return reader.schema, iter(reader)


def duckdb_reader(relation: Any, rows: int) -> Any:
    """Read what a relation gives in batches of so many rows."""
    # Another name since DuckDB 1.4.
    read = getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch
    return read(rows)


def duckdb_types(relation: Any) -> list[str]:
    """Name the types of the columns of a relation, without what is in brackets."""
    return [str(kind).partition("(")[0] for kind in relation.types]


class _SQLite(DatabaseSource):
    """A file of SQLite, whose cells may be anything: columns of numbers and text are text."""

    # Equal to the eye alone, as NOCASE says, is not equal.
    _one_as_text = "{} COLLATE BINARY"
    _has_schemas = False
    spelling = Spelling("REAL")
    types: Mapping[str, Reading] = MappingProxyType(
        {"integer": "double", "real": "double", "integer, real": "real", "text": "text"}
    )
    has_logarithms = False

    def types_of(self, names: Sequence[str]) -> Sequence[str]:
        """Name the types that the cells of some columns have together."""
        with self._connected() as connection:
            table = self._from(connection)
            return [
                ", ".join(sorted(_kinds(connection, self.spelling.identifier(name), table)))
                for name in names
            ]

    def query(self, sql: str, names: Sequence[str]) -> Iterator[Any]:
        """Give what a query gives; see `SqlSource.query`."""
        import pyarrow as pa

        with self._connected(True) as connection:
            cursor = connection.execute(sql.replace(TABLE, self._from(connection)))
            while rows := cursor.fetchmany(BATCH):
                columns = list(map(pa.array, zip(*rows, strict=True)))
                yield pa.RecordBatch.from_arrays(columns, names=list(names))

    def number(self, value: float) -> str:
        """Write a double by whole numbers: of a decimal SQLite reads one that is near."""
        fraction, exponent = math.frexp(value)
        text, exponent = f"CAST({int(math.ldexp(fraction, 53))} AS REAL)", exponent - 53
        while exponent:
            step = min(abs(exponent), 62)
            text += f" {'*' if exponent > 0 else '/'} {1 << step}"
            exponent -= step if exponent > 0 else -step
        return f"({text})"

    def _text(self, cell: str) -> str:
        # What is put together has the order of bytes.
        return f"({cell} || '')"

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        import sqlite3

        self._errors = (sqlite3.Error,)
        address = Path(self._data.address).resolve().as_uri()
        connection = sqlite3.connect(f"{address}?mode=ro", uri=True)
        try:
            yield connection
        finally:
            connection.close()

    def _tables(self, connection: Any) -> list[str]:
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
            "AND name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY name"
        )
        return [name for (name,) in found.fetchall()]

    def _run(self, connection: Any, sql: str) -> Blocks:
        import pyarrow as pa

        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description]
        kinds: list[set[str]] = [set() for _ in names]
        for place, name in enumerate(names):
            kinds[place] = _kinds(connection, self.spelling.identifier(name), f"({sql})")
        types = [_type_of(found, self.name, name) for found, name in zip(kinds, names, strict=True)]

        def batches() -> Iterator[Any]:
            while rows := cursor.fetchmany(BATCH):
                columns = [
                    pa.array([_cell(cell, kind) for cell in column], kind)
                    for column, kind in zip(zip(*rows, strict=True), types, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(columns, names=names)

        return pa.schema(list(zip(names, types, strict=True))), batches()


def _kinds(connection: Any, column: str, table: str) -> set[str]:
    found = connection.execute(f"SELECT DISTINCT TYPEOF({column}) FROM {table}")
    return {kind for (kind,) in found} - {"null"}


def _type_of(kinds: set[str], source: str, name: str) -> Any:
    import pyarrow as pa

    if "blob" in kinds:
        raise DataError(f"{source}: the column {name!r} holds bytes, which are no single values")
    if not kinds:
        return pa.null()
    if kinds <= {"integer", "real"}:
        return pa.int64() if kinds == {"integer"} else pa.float64()
    return pa.string()


def _cell(cell: Any, kind: Any) -> Any:
    import pyarrow as pa

    if cell is None or not pa.types.is_string(kind):
        return float(cell) if cell is not None and pa.types.is_float64(kind) else cell
    return cell if isinstance(cell, str) else repr(cell)


class _PostgreSQL(DatabaseSource):
    """A PostgreSQL server by ADBC, in one transaction that cannot write."""

    streams = True
    types: Mapping[str, Reading] = MappingProxyType(
        {
            **dict.fromkeys(("smallint", "integer", "bigint", "double precision"), "double"),
            # The server reads the double next to a numeric from its text.
            **{"numeric": "double", "real": "written"},
            **dict.fromkeys(("text", "character varying", "character", "name"), "text"),
            **dict.fromkeys(("boolean", "date"), "other"),
            **{f"timestamp {zone} time zone": "moment" for zone in ("with", "without")},
        }
    )

    def types_of(self, names: Sequence[str]) -> Sequence[str]:
        """Name the types of some columns."""
        told = (f"CAST(pg_typeof(t.{self.spelling.identifier(name)}) AS TEXT)" for name in names)
        rows = f"(SELECT 1) AS one LEFT JOIN (SELECT * FROM {TABLE} LIMIT 0) AS t ON TRUE"
        (batch,) = self.query(f"SELECT {', '.join(told)} FROM {rows}", names)
        return [str(column[0]) for column in batch.columns]

    def _text(self, cell: str) -> str:
        return f'{super()._text(cell)} COLLATE "C"'

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        dbapi = _imported("adbc_driver_postgresql.dbapi", "sql", self.name)
        if re.search(r"[@/?#]", self._data.password or ""):
            raise DataError(
                f"{self.name}: a password with @, /, ? or # in an address has these as %40, %2F, "
                "%3F and %23; or leave it out and set PGPASSWORD"
            )
        # What goes wrong while rows come is an error of their reader.
        self._errors = (dbapi.Error, OSError)
        with dbapi.connect(self._data.address) as connection, connection.cursor() as cursor:
            # What several queries see is one state of the table.
            cursor.execute("SET TRANSACTION READ ONLY, ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SET LOCAL standard_conforming_strings = on")
            cursor.execute("SET LOCAL datestyle = ISO")
            yield cursor
            connection.rollback()

    def _columns(self, connection: Any) -> list[str]:
        connection.execute(f"SELECT * FROM {self._from(connection)} LIMIT 0")
        names = [column[0] for column in connection.description]
        connection.fetchall()
        return names

    def _tables(self, connection: Any) -> list[str]:
        connection.execute(
            "SELECT CASE WHEN table_schema = current_schema() THEN '' ELSE table_schema || '.' END "
            "|| table_name FROM information_schema.tables "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )
        return [name for (name,) in connection.fetchall()]

    def _run(self, connection: Any, sql: str) -> Blocks:
        connection.execute(sql)
        reader = connection.fetch_record_batch()
        return reader.schema, iter(reader)


def _imported(module: str, extra: str, source: str) -> Any:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise DataError(
            f"{source}: needs a package that is not installed: pip install 'riskslim[{extra}]'"
        ) from error
