"""What every source of rows can do: give them in their order, or count the distinct ones."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from riskslim.data.sources.plain import plain_batch
from riskslim.errors import DataError

__all__ = ["ROWS", "Blocks", "Groups", "Source", "counted_batches", "grouped", "keys_of"]

ROWS = "rows"
"""Column of the counts, beside columns that are called by `keys_of`."""

_HELD = 1 << 20  # distinct rows of batches that wait to be merged

Blocks = tuple[Any, Iterator[Any]]
"""A schema of PyArrow, and batches of rows."""


class Source(abc.ABC):
    """A table that need not be held as a whole.

    Its values are numbers, text, booleans, dates and moments; decimals are doubles, correctly
    rounded, and codes of a dictionary are what they stand for. So one table is one table, whoever
    holds it.

    Parameters
    ----------
    name : str
        What the table is called in messages; never with a password.
    """

    streams = False
    """Whether the first block of rows comes quickly, and counts come part by part."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    @abc.abstractmethod
    def names(self) -> list[str]:
        """Names of the columns."""

    @abc.abstractmethod
    def blocks(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Blocks:
        """Give all rows, in their order where they have one.

        Parameters
        ----------
        text : sequence of str
            Columns that hold categories, as for `riskslim.data.reading.read_table`.
        columns : sequence of str, optional
            All that is wanted, in this order; all columns by default.

        Raises
        ------
        DataError
            The table cannot be read.
        """

    def counted(self, text: Sequence[str] = (), columns: Sequence[str] | None = None) -> Any:
        """Count equal rows.

        Parameters are as for `blocks`.

        Returns
        -------
        Table of PyArrow
            A row for each distinct row, of the columns ``c0``, ``c1`` and so on, and ``rows``.
            Equal rows may appear more than once, where an engine tells apart what is equal.
        """
        schema, batches = self.blocks(text, columns)
        keys = keys_of(schema.names)
        merged = counted_batches((batch.rename_columns(keys) for batch in batches), keys)
        return self.some(merged)

    def parts(
        self, text: Sequence[str] = (), columns: Sequence[str] | None = None
    ) -> Iterator[Any]:
        """Count equal rows of one block after the other, which takes no more memory than a block.

        Parameters are as for `blocks`; the parts are as `counted` gives the whole.
        """
        schema, batches = self.blocks(text, columns)
        keys = keys_of(schema.names)
        for batch in batches:
            if batch.num_rows:
                yield counted_batches([batch.rename_columns(keys)], keys)

    def some(self, merged: Any) -> Any:
        """Give a table back unless it has no rows."""
        if merged is None or not merged.num_rows:
            raise DataError(
                f"{self.name}: the table has no rows; a score needs rows of both classes"
            )
        return merged


def keys_of(names: Sequence[str]) -> list[str]:
    """Name columns so that no engine takes a name for another, or for a word of its own."""
    return [f"c{place}" for place in range(len(names))]


class Groups:
    """Groups of equal rows, added up as they come: memory follows the distinct rows.

    Parameters
    ----------
    keys : sequence of str
        Columns that rows are told apart by; what stands in the others is summed.
    held : int, optional
        So many rows wait before they are merged.
    """

    def __init__(self, keys: Sequence[str], held: int | None = None) -> None:
        self._keys = list(keys)
        self._most = _HELD if held is None else held
        self._merged: Any = None
        self._waiting: list[Any] = []
        self._held = 0

    def add(self, groups: Any) -> bool:
        """Add groups, and say whether they were merged with those before."""
        self._waiting.append(groups)
        self._held += groups.num_rows
        merged = 0 if self._merged is None else self._merged.num_rows
        if self._held <= max(self._most, merged):
            return False
        self.total()
        return True

    def total(self) -> Any:
        """Give all groups as a Table of PyArrow; None without any."""
        if self._waiting:
            import pyarrow as pa

            parts = self._waiting if self._merged is None else [self._merged, *self._waiting]
            self._waiting, self._held, self._merged = [], 0, None
            together = pa.concat_tables(parts, promote_options="default")
            del parts
            self._merged = grouped(together, self._keys)
        return self._merged


def grouped(table: Any, keys: Sequence[str]) -> Any:
    """Make one of rows of the same keys, and sum the other columns, by PyArrow's Acero."""
    others = [name for name in table.column_names if name not in keys]
    # One thread: groups stand in the order in which they appear.
    summed = table.group_by(list(keys), use_threads=False).aggregate([(n, "sum") for n in others])
    return summed.rename_columns([*keys, *others])


def counted_batches(batches: Iterable[Any], keys: list[str]) -> Any:
    """Count rows that are equal.

    Each batch is grouped alone, and groups are merged now and then.

    Parameters
    ----------
    batches : iterable of RecordBatch
        With the columns `keys`.
    keys : list of str
        Their names.

    Returns
    -------
    Table of PyArrow of shape (m, len(keys) + 1), or None
        None without rows.
    """
    import pyarrow as pa

    groups = Groups(keys)
    for batch in batches:
        if batch.num_rows:
            table = pa.Table.from_batches([plain_batch(batch)])
            counted = table.group_by(keys).aggregate([([], "count_all")])
            groups.add(counted.rename_columns([*keys, ROWS]))
    return groups.total()
