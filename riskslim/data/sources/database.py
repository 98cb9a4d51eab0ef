"""Tables in databases, of which only counts or blocks of rows ever leave the database."""

from __future__ import annotations

import abc
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from riskslim.data.sources.base import ROWS, Blocks, Source, keys_of
from riskslim.data.sources.plain import plain_batch, plain_schema
from riskslim.data.validation import check_names
from riskslim.errors import DataError, OptionError
from riskslim.files import no_such_file
from riskslim.names import nearest, quoted

__all__ = ["DatabaseSource", "DatabaseTable", "database_source", "is_address", "is_database"]

_SQLITE, _DUCKDB = (".sqlite", ".sqlite3"), (".duckdb", ".ddb")
_ENDINGS = (*_SQLITE, *_DUCKDB, ".db")
_ADDRESS = re.compile(r"postgres(ql)?://", re.IGNORECASE)
_BATCH = 1 << 16
_TABLE = "\0"  # where the table stands in a query, which no name holds


@dataclass(frozen=True)
class DatabaseTable:
    """A table in a database, or what a query gives.

    Attributes
    ----------
    address : str
        A file of DuckDB or SQLite, or ``postgresql://user:password@host/database``.
    table : str or None
        Name of a table or view, with its schema where there are several: ``clinic.stays``. None
        where the database has one table alone.
    query : str or None
        A SELECT whose rows are the table.

    Raises
    ------
    OptionError
        Both a table and a query are named.
    """

    address: str
    table: str | None = None
    query: str | None = None

    def __post_init__(self) -> None:
        if self.table is not None and self.query is not None:
            raise OptionError("a table and a query are two tables; name one of them (query, table)")

    @property
    def password(self) -> str | None:
        """The password in the address, which nobody is shown."""
        found = re.search(r"://[^/?#]*?:(.*)@", self.address)
        return found.group(1) if found else None

    def __str__(self) -> str:
        shown = re.sub(r"(?<=://)([^:/?#@]*):.*@", r"\1@", self.address)
        shown = shown.partition("?")[0] if is_address(self.address) else shown
        return shown if self.table is None else f"{shown} ({self.table})"

    def __repr__(self) -> str:
        return f"DatabaseTable({str(self)!r})"


def is_address(data: str) -> bool:
    """Whether a text is the address of a database server."""
    return _ADDRESS.match(data) is not None


def is_database(path: Path) -> bool:
    """Whether a path is called as files of databases are."""
    return path.suffix.lower() in _ENDINGS


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


class DatabaseSource(Source):
    """A table or a query of a database, which is opened for reading alone.

    The SQL is ours: the engine groups equal rows of the columns that are wanted and counts them.
    """

    _one_as_text = "{}"

    def __init__(self, data: DatabaseTable) -> None:
        super().__init__(str(data))
        self._data = data

    @cached_property
    def names(self) -> list[str]:
        """Names of the columns."""
        with self._connected() as connection:
            names = self._columns(connection)
        check_names(names, self.name)
        return names

    def blocks(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Blocks:
        """Give the rows as the database gives them; see `Source.blocks`."""
        del text  # a database says which columns are text
        wanted = self.names if columns is None else list(columns)
        batches = self._batches(f"SELECT {_listed(wanted)} FROM {_TABLE}", wanted)
        return next(batches), batches

    def counted(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Any:
        """Count equal rows in the database; see `Source.counted`."""
        import pyarrow as pa

        parts = list(self.parts(text, columns))
        return self.some(pa.concat_tables(parts) if parts else None)

    def parts(
        self, text: Sequence[str] = (), columns: Sequence[str] | None = None
    ) -> Iterator[Any]:
        """Count equal rows in the database, and give the groups as it gives them."""
        import pyarrow as pa

        del text
        wanted = self.names if columns is None else list(columns)
        keys = keys_of(wanted)
        made = ", ".join(
            f"{_identifier(name)} AS {key}" for name, key in zip(wanted, keys, strict=True)
        )
        grouped = ", ".join(map(self._one_as_text.format, keys))
        batches = self._batches(
            f"SELECT {', '.join(keys)}, COUNT(*) AS {ROWS} FROM (SELECT {made} FROM {_TABLE}) AS t "
            f"GROUP BY {grouped}",
            [*keys, ROWS],
            counts=True,
        )
        schema = next(batches)
        for batch in batches:
            yield pa.Table.from_batches([batch], schema=schema)

    def _batches(self, sql: str, names: list[str], counts: bool = False) -> Iterator[Any]:
        """Give the schema of what a query gives, and then its batches."""
        import pyarrow as pa

        with self._connected(counts) as connection:
            schema, batches = self._run(connection, sql.replace(_TABLE, self._from(connection)))
            plain = plain_schema(pa.schema(schema), self.name)
            plain = pa.schema(
                [field.with_name(name) for field, name in zip(plain, names, strict=True)]
            )
            yield plain
            for batch in batches:
                yield plain_batch(batch).rename_columns(names).cast(plain)

    def _from(self, connection: Any) -> str:
        if self._data.query is not None:
            # A comment at its end must not swallow the bracket.
            return f"({self._data.query.strip().rstrip(';')}\n) AS q"
        table = self._data.table
        tables = self._tables(connection)
        if table is None:
            if len(tables) != 1:
                some = quoted(tables) if tables else "none"
                raise DataError(
                    f"{self.name}: say which table is meant with --table, or --query (in Python "
                    f"DatabaseTable(address, table)): this database has {some}"
                )
            table = tables[0]
        elif table not in tables:
            raise DataError(f"{self.name}: no table {table!r}; {nearest(table, tables, 'tables')}")
        schema, dot, name = table.partition(".")
        if dot and self._has_schemas:
            return f"{_identifier(schema)}.{_identifier(name)}"
        return _identifier(table)

    _has_schemas = True

    @contextmanager
    def _connected(self, counts: bool = False) -> Iterator[Any]:
        try:
            with self._connection(counts) as connection:
                yield connection
        except self._errors as error:
            raise DataError(f"{self.name}: {self._shown(error)}") from None

    def _shown(self, error: Exception) -> str:
        """Give the words of an error without the password, however it is written there."""
        words = " ".join(str(error).split())
        for secret in {self._data.password or "", unquote(self._data.password or "")} - {""}:
            words = words.replace(secret, "***")
        return re.sub(r"(?i)password=\S+", "password=***", words)

    _errors: tuple[type[Exception], ...] = ()

    @abc.abstractmethod
    def _connection(self, counts: bool) -> Any: ...

    def _columns(self, connection: Any) -> list[str]:
        found = connection.execute(f"SELECT * FROM {self._from(connection)} LIMIT 0").description
        return [column[0] for column in found]

    @abc.abstractmethod
    def _tables(self, connection: Any) -> list[str]: ...

    @abc.abstractmethod
    def _run(self, connection: Any, sql: str) -> Blocks: ...


class _DuckDB(DatabaseSource):
    """A file of DuckDB; rows of many kinds are put aside on the disk while they are counted."""

    streams = True

    @contextmanager
    def _connection(self, counts: bool) -> Iterator[Any]:
        duckdb = _imported("duckdb", "duckdb", self.name)
        self._errors = (duckdb.Error,)
        with tempfile.TemporaryDirectory(prefix="riskslim-") as folder:
            settings = {"memory_limit": "1GB", "temp_directory": folder}
            if counts:
                settings["preserve_insertion_order"] = "false"
            connection = duckdb.connect(self._data.address, read_only=True, config=settings)
            try:
                # In a session of Python it would write to the standard output.
                connection.execute("SET enable_progress_bar = false")
                yield connection
            finally:
                connection.close()

    def _tables(self, connection: Any) -> list[str]:
        found = connection.execute(
            "SELECT CASE table_schema WHEN 'main' THEN '' ELSE table_schema || '.' END "
            "|| table_name FROM information_schema.tables ORDER BY 1"
        )
        return [name for (name,) in found.fetchall()]

    def _run(self, connection: Any, sql: str) -> Blocks:
        relation = connection.sql(sql)
        # Another name since DuckDB 1.4.
        read = getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch
        reader = read(_BATCH)
        return reader.schema, iter(reader)


class _SQLite(DatabaseSource):
    """A file of SQLite, whose cells may be anything: columns of numbers and text are text."""

    # Equal to the eye alone, as NOCASE says, is not equal.
    _one_as_text = "{} COLLATE BINARY"
    _has_schemas = False

    @contextmanager
    def _connection(self, counts: bool) -> Iterator[Any]:
        import sqlite3

        del counts
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
            found = connection.execute(f"SELECT DISTINCT TYPEOF({_identifier(name)}) FROM ({sql})")
            kinds[place] = {kind for (kind,) in found} - {"null"}
        types = [_type_of(found, self.name, name) for found, name in zip(kinds, names, strict=True)]

        def batches() -> Iterator[Any]:
            while rows := cursor.fetchmany(_BATCH):
                columns = [
                    pa.array([_cell(cell, kind) for cell in column], kind)
                    for column, kind in zip(zip(*rows, strict=True), types, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(columns, names=names)

        return pa.schema(list(zip(names, types, strict=True))), batches()


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

    @contextmanager
    def _connection(self, counts: bool) -> Iterator[Any]:
        del counts
        dbapi = _imported("adbc_driver_postgresql.dbapi", "sql", self.name)
        if re.search(r"[@/?#]", self._data.password or ""):
            raise DataError(
                f"{self.name}: a password with @, /, ? or # in an address has these as %40, %2F, "
                "%3F and %23; or leave it out and set PGPASSWORD"
            )
        self._errors = (dbapi.Error,)
        with dbapi.connect(self._data.address) as connection, connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
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


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(_identifier, names))


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
