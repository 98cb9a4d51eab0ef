"""Tables in databases, of which only counts or blocks of rows ever leave the database."""

from __future__ import annotations

import abc
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from riskslim.data.sources.base import ROWS, Blocks, keys_of
from riskslim.data.sources.plain import plain_batch, plain_schema
from riskslim.data.sources.sql import TABLE, SqlSource
from riskslim.data.validation import check_names
from riskslim.errors import DataError, OptionError
from riskslim.names import nearest, quoted

__all__ = ["BATCH", "DatabaseSource", "DatabaseTable", "is_address", "is_database"]

_ENDINGS = (".sqlite", ".sqlite3", ".duckdb", ".ddb", ".db")
_ADDRESS = re.compile(r"postgres(ql)?://", re.IGNORECASE)
BATCH = 1 << 16


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


class DatabaseSource(SqlSource):
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
        batches = self._batches(f"SELECT {self._listed(wanted)} FROM {TABLE}", wanted)
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
            f"{self.spelling.identifier(name)} AS {key}"
            for name, key in zip(wanted, keys, strict=True)
        )
        grouped = ", ".join(map(self._one_as_text.format, keys))
        batches = self._batches(
            f"SELECT {', '.join(keys)}, COUNT(*) AS {ROWS} FROM (SELECT {made} FROM {TABLE}) AS t "
            f"GROUP BY {grouped}",
            [*keys, ROWS],
            counts=True,
        )
        schema = next(batches)
        for batch in batches:
            yield pa.Table.from_batches([batch], schema=schema)

    def query(self, sql: str, names: Sequence[str]) -> Iterator[Any]:
        """Give what a query gives; see `SqlSource.query`."""
        batches = self._batches(sql, list(names), counts=True)
        next(batches)
        return batches

    def _listed(self, names: Sequence[str]) -> str:
        return ", ".join(map(self.spelling.identifier, names))

    def _batches(self, sql: str, names: list[str], counts: bool = False) -> Iterator[Any]:
        """Give the schema of what a query gives, and then its batches."""
        import pyarrow as pa

        with self._connected(counts) as connection:
            schema, batches = self._run(connection, sql.replace(TABLE, self._from(connection)))
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
        if self._place is None:
            self._place = self._place_of(self._data.table, self._tables(connection))
        return self._place

    _place: str | None = None

    def _place_of(self, table: str | None, tables: list[str]) -> str:
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
            return ".".join(map(self.spelling.identifier, (schema, name)))
        return self.spelling.identifier(table)

    _has_schemas = True

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Ask all within this over one connection; a query is to be read to its end."""
        with ExitStack() as stack:
            with self._told():
                self._open = stack.enter_context(self._connection())
            try:
                yield
            finally:
                self._open = None

    _open: Any = None

    @contextmanager
    def _connected(self, counts: bool = False) -> Iterator[Any]:
        with (
            self._told(),
            nullcontext(self._open) if self._open else self._connection() as connection,
        ):
            self._prepare(connection, counts)
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
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
    def _connection(self) -> Any: ...

    def _prepare(self, connection: Any, counts: bool) -> None:
        """Prepare for a query of counts, or of rows in their order."""

    def _columns(self, connection: Any) -> list[str]:
        found = connection.execute(f"SELECT * FROM {self._from(connection)} LIMIT 0").description
        return [column[0] for column in found]

    @abc.abstractmethod
    def _tables(self, connection: Any) -> list[str]: ...

    @abc.abstractmethod
    def _run(self, connection: Any, sql: str) -> Blocks: ...
