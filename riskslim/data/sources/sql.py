"""SQL that is written here: names, texts, numbers and cases, as databases read them."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from riskslim.data.sources.base import Source

__all__ = [
    "TABLE",
    "Reading",
    "Spelling",
    "SqlColumn",
    "SqlSource",
    "as_double",
    "case",
    "years_between",
]

TABLE = "\0"
"""Where the table stands in a query, which no name holds."""


@dataclass(frozen=True)
class Spelling:
    """How a database spells names, texts and types.

    Attributes
    ----------
    double_type, text_type : str
        Names of types.
    quote : str
        Around names.
    has_escapes : bool
        Whether a backslash in a text stands for another character.
    """

    double_type: str = "DOUBLE PRECISION"
    text_type: str = "TEXT"
    quote: str = '"'
    has_escapes: bool = False

    def identifier(self, name: str) -> str:
        """Quote a name."""
        return self.quote + name.replace(self.quote, 2 * self.quote) + self.quote

    def quoted(self, text: str) -> str:
        """Quote a text."""
        if not self.has_escapes:
            return "'" + text.replace("'", "''") + "'"
        for plain, escaped in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r")):
            text = text.replace(plain, escaped)
        return f"'{text}'"

    def listed(self, texts: Iterable[str]) -> str:
        """Write texts in a row."""
        return ", ".join(map(self.quoted, texts))

    def as_text(self, value: str) -> str:
        """Cast to text."""
        return f"CAST({value} AS {self.text_type})"


def as_double(value: float) -> str:
    """Write a number that SQL takes for a double, not for a decimal of its own precision."""
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def case(cases: Sequence[tuple[str, float | None]], otherwise: float | None = None) -> str:
    """Write the first value whose case holds, and else the other one: NULL by default."""
    whens = "\n        ".join(f"WHEN {case} THEN {_literal(value)}" for case, value in cases)
    if otherwise is None:
        return f"CASE {whens} END"
    return f"CASE {whens} ELSE {_literal(otherwise)} END" if cases else _literal(otherwise)


def _literal(value: float | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else as_double(value)


def years_between(start: str, end: str) -> str:
    """Write how many years are complete between two days that are texts: 2024-03-31."""
    # The last year is not complete where the day of the year is still to come.
    return (
        f"CAST(SUBSTR({end}, 1, 4) AS INTEGER) - CAST(SUBSTR({start}, 1, 4) AS INTEGER) "
        f"- CASE WHEN SUBSTR({end}, 6, 5) < SUBSTR({start}, 6, 5) THEN 1 ELSE 0 END"
    )


Reading = Literal["double", "written", "real", "text", "moment", "other"]


@dataclass(frozen=True)
class SqlColumn:
    """How a query reads a column of a table.

    Attributes
    ----------
    kind : {"number", "text", "moment", "other"}
        What its cells are; "other" for days and truths.
    cell : str
        The cell, of which the reader makes what it makes of the column.
    value : str
        What it is compared by: of a number the double that the reader makes of it.
    """

    kind: Literal["number", "text", "moment", "other"]
    cell: str
    value: str


class SqlSource(Source):
    """A table that answers queries."""

    spelling = Spelling()
    """How its database spells them."""

    types: Mapping[str, Reading] = MappingProxyType({})
    """By the name of a type how cells are read: as a "double", as the double next to what is
    "written", as a "real" beside which whole numbers stand, as "text", a "moment" or "other"."""

    has_logarithms = True
    """Whether it can compute the logarithm of a number."""

    @abc.abstractmethod
    def types_of(self, names: Sequence[str]) -> Sequence[str]:
        """Name the types of some columns."""

    @abc.abstractmethod
    def query(self, sql: str, names: Sequence[str]) -> Iterator[Any]:
        """Give batches of what a query gives.

        Parameters
        ----------
        sql : str
            A SELECT of ours, in which `TABLE` stands for the table.
        names : sequence of str
            What its columns are to be called.
        """

    def opened(self) -> AbstractContextManager[None]:
        """Ask all within this over one connection."""
        return nullcontext()

    def columns(self, names: Sequence[str]) -> dict[str, SqlColumn]:
        """Say how some columns are read; without those of which only rows tell."""
        made: dict[str, SqlColumn] = {}
        for name, kind in zip(names, self.types_of(names), strict=True):
            cell = self.spelling.identifier(name)
            match self.types.get(kind):
                case "double":
                    made[name] = SqlColumn("number", cell, self._double(cell))
                case "written":
                    # Computed of the number itself it may be rounded twice, or be its binary.
                    made[name] = SqlColumn("number", cell, self._double(self._text(cell)))
                case "real":
                    made[name] = SqlColumn("number", self._double(cell), self._double(cell))
                case "text":
                    made[name] = SqlColumn("text", self._text(cell), self._text(cell))
                case "moment":
                    made[name] = SqlColumn("moment", cell, cell)
                case "other":
                    made[name] = SqlColumn("other", cell, cell)
        return made

    def number(self, value: float) -> str:
        """Write a double, bit for bit."""
        return as_double(value)

    def _double(self, value: str) -> str:
        return f"CAST({value} AS {self.spelling.double_type})"

    def _text(self, cell: str) -> str:
        """Write a text that is compared by its letters alone."""
        return self.spelling.as_text(cell)
