"""Raw tables in databases: learned from, and counted, where they are.

A database gives the distinct cells of each column, and how many rows of each class hold them.
Features are learned of these as of any table's. It is then asked which pattern of features each row
has, column by column, as a whole number, and counts the rows whose numbers are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.bits import BitRows
from riskslim.data.gathering import as_pandas
from riskslim.data.outcome import Label
from riskslim.data.sources.sql import TABLE, SqlColumn, SqlSource, years_between
from riskslim.features.columns import MANY, Column, Extent, grouped
from riskslim.features.dates import calendar_day
from riskslim.features.patterns import Coded, class_of, coded
from riskslim.features.streaming import Histogram, StreamedTable
from riskslim.features.suspects import suspected_codes
from riskslim.features.variables import Thresholds, Variable
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.data.counts import Counts
    from riskslim.features.binning import Binning

__all__ = ["QueriedTable"]

_DIGITS = 2  # beside the first one
_LEAST, _MOST = "1e-280", "1e280"  # numbers of which every database can compute three digits
_SPAN = 1 << 62  # whole numbers below it hold patterns
_HALF = float(1 << 32)
_WHOLE = f"d = FLOOR(d) AND ABS(d) < {float(1 << 62)!r}"
_HIGH = f"FLOOR(d / {_HALF!r})"
_COUNTED = ", ".join(f"COUNT(CASE WHEN k = {label} THEN 1 END) AS n{label}" for label in (0, 1))


class QueriedTable(StreamedTable):
    """A table of a database as `RawTable`. What no query of ours tells is read of its rows.

    Parameters are those of `StreamedTable`.
    """

    def __init__(
        self,
        source: SqlSource,
        text: Sequence[str],
        target: str | None,
        positive: Any,
        labels: tuple[Label, Label] | None = None,
    ) -> None:
        super().__init__(source, text, target, positive, labels)
        self._sql = source
        self._read = source.columns([*self.names, self.outcome])
        outcome, self._class = self._read.pop(self.outcome, None), None
        if outcome is not None:
            self._class = class_of(self._values, self._codes.to_numpy(), outcome.value, source)
        if self._class is None:
            self._read = {}
        self._written: dict[str, dict[Any, str]] = {}

    def look(self, kept: Mapping[str, tuple[float, ...]]) -> None:
        """Ask for the distinct cells of some columns."""
        for name, numbers in kept.items():
            column = self._read.get(name)
            if column is None:
                super().look({name: numbers})
                continue
            held = self._histogram(name, column, numbers)
            if held is None:
                del self._read[name]
                super().look({name: numbers})
            else:
                self._columns[name] = held.column(name)

    def years(self, made: Thresholds) -> Column:
        """Ask for the numbers of years from a column of dates to another column."""
        if made.column not in self._years:
            years = self._years_of(made)
            held = Histogram()
            if years is not None:
                self._add_cells(held, made.column, years)
            if years is None or (held.column(made.column).cells < 0).any():
                return super().years(made)
            self._years[made.column] = held.column(made.column)
        return self._years[made.column]

    def counts(self, binning: Binning) -> Counts:
        """Count the distinct rows of features in the database."""
        made: list[Coded] = []
        columns: list[SqlColumn] = []
        for variable in binning.variables:
            found = self._coded(variable, f"v{len(made)}")
            if found is None:
                return super().counts(binning)
            columns.append(found[0])
            made.append(found[1])
        held = BitRows(len(binning.features))
        for codes, rows in self._rows(made, columns):
            cells = [one.patterns[code] for one, code in zip(made, codes, strict=True)]
            held.add(np.concatenate(cells, axis=1), rows)
        return self._counted(held, binning.features, binning)

    def _coded(self, variable: Variable, value: str) -> tuple[SqlColumn, Coded] | None:
        """Tell what a query compares, and which pattern of features a row has."""
        if isinstance(variable, Thresholds) and variable.reference_is_column:
            read, column = self._years_of(variable), self.years(variable)
            variable = replace(variable, reference=None, reference_is_column=False)
        elif len(variable.columns) == 1:
            column, read = self.column(variable.column), self._read.get(variable.column)
        else:
            return None
        if read is None:
            return None
        written = self._written.get(variable.column, {})
        made = coded(variable, column, value, read, written, self._sql)
        return None if made is None else (read, made)

    def _years_of(self, made: Thresholds) -> SqlColumn | None:
        """Write the years between two columns, -1 where the first is the later one.

        None where not all cells are days of four digits of the year, or some are codes.
        """
        if made.missing or not all(map(self._says_days, made.columns)):
            return None
        spelling = self._sql.spelling
        start, end = (
            f"SUBSTR({spelling.as_text(spelling.identifier(name))}, 1, 10)" for name in made.columns
        )
        years = (
            f"CASE WHEN {start} > {end} THEN -1e0 ELSE "
            f"CAST({years_between(start, end)} AS {spelling.double_type}) END"
        )
        return SqlColumn("number", years, years)

    def _says_days(self, name: str) -> bool:
        read = self._read.get(name)
        if read is None or read.kind == "number":
            return False
        texts: Any = self.column(name).cells.dropna()
        if read.kind != "text":
            texts = [text for text in self._written[name].values() if text is not None]
        days = map(calendar_day, texts)
        return all(
            day is not None and text[:10] == day.isoformat()
            for day, text in zip(days, texts, strict=True)
        )

    def _rows(
        self, made: Sequence[Coded], columns: Sequence[SqlColumn]
    ) -> Iterator[tuple[list[Any], Any]]:
        """Give blocks of distinct rows: of every column which pattern, and how many rows."""
        words: list[list[str]] = [[]]
        places: list[tuple[int, int]] = []
        factor = 1
        for one in made:
            if factor * len(one.patterns) > _SPAN:
                words.append([])
                factor = 1
            places.append((len(words) - 1, factor))
            words[-1].append(f"CAST({one.sql} AS BIGINT) * {factor}")
            factor *= len(one.patterns)
        names = [f"p{place}" for place in range(len(words))]
        packed = ", ".join(
            f"{' + '.join(word) or '0'} AS {name}" for word, name in zip(words, names, strict=True)
        )
        values = "".join(f"{column.value} AS v{place}, " for place, column in enumerate(columns))
        listed = ", ".join(names)
        sql = (
            f"SELECT {listed}, {_COUNTED} FROM (SELECT {packed}, k FROM "
            f"({self._of_class(values)}) AS b) AS c GROUP BY {listed}"
        )
        for batch in self._sql.query(sql, [*names, "n0", "n1"]):
            *found, n0, n1 = (column.to_numpy().astype(np.int64) for column in batch.columns)
            codes = [
                found[word] // factor % len(one.patterns)
                for one, (word, factor) in zip(made, places, strict=True)
            ]
            yield codes, np.array([n0, n1])

    def _of_class(self, values: str) -> str:
        """Write a query of the rows that count."""
        inner = f"SELECT {values}{self._class} AS k FROM {TABLE}"
        return f"SELECT * FROM ({inner}) AS a WHERE k >= 0"

    def _histogram(
        self, name: str, column: SqlColumn, numbers: tuple[float, ...]
    ) -> Histogram | None:
        """Ask for the distinct cells of a column, or for groups of them; None where none can be."""
        held = Histogram(numbers)
        if column.kind == "number" and self._sql.has_logarithms and self._are_many(column):
            self._add_groups(held, column, numbers)
        elif column.kind != "moment" or not self._are_many(column):
            self._add_cells(held, name, column)
        if column.kind == "moment" and (held.is_grouped or name not in self._written):
            return self._days(name, column)
        return held

    def _are_many(self, column: SqlColumn) -> bool:
        """Whether the first rows alone hold so many values that they are grouped."""
        some = f"{self._of_class(f'{column.value} AS d, ')} LIMIT {4 * MANY}"
        sql = f"SELECT COUNT(*) FROM (SELECT DISTINCT d FROM ({some}) AS s) AS t"
        (batch,) = self._sql.query(sql, ["n"])
        return bool(batch.column(0)[0].as_py() > MANY + 2)  # two zeros may be one, and two blanks

    def _add_cells(self, held: Histogram, name: str, column: SqlColumn) -> None:
        """Ask for all distinct cells of a column."""
        names = ["c", "n0", "n1"]
        is_written = column.kind in ("moment", "other")
        written = f", {self._sql.spelling.as_text('c')} AS t" if is_written else ""
        sql = (
            f"SELECT c, {_COUNTED}{written} FROM ({self._of_class(f'{column.cell} AS c, ')}) AS b "
            "GROUP BY c ORDER BY c"
        )
        for batch in self._sql.query(sql, [*names, "t"] if written else names):
            held.add(batch.column(0), (batch.column(1), batch.column(2)))
            if written:
                cells = as_pandas(_table(batch, ["c"]))["c"]
                texts = batch.column(3).to_pylist()
                self._written.setdefault(name, {}).update(zip(cells, texts, strict=True))

    def _days(self, name: str, column: SqlColumn) -> Histogram | None:
        """Ask for the days of moments; None where the database has others than the reader."""
        held = Histogram()
        held.is_grouped = True
        names = ["low", "high", "n0", "n1", "t"]
        first = self._sql.spelling.as_text("MIN(c)")
        sql = (
            f"SELECT MIN(c) AS low, MAX(c) AS high, {_COUNTED}, {first} AS t FROM "
            f"({self._of_class(f'{column.cell} AS c, ')}) AS b GROUP BY CAST(c AS DATE)"
        )
        self._written[name] = {}
        for batch in self._sql.query(sql, names):
            low, high = (grouped(cells) for _, cells in as_pandas(_table(batch, names[:2])).items())
            if not low.equals(high):
                return None
            held.add(batch.column(0), (batch.column(2), batch.column(3)))
            self._written[name].update(zip(low, batch.column(4).to_pylist(), strict=True))
        return held

    def _add_groups(self, held: Histogram, column: SqlColumn, numbers: tuple[float, ...]) -> None:
        """Ask for groups of the numbers of a column, and which numbers each reaches.

        How a database rounds a logarithm is not looked at: a group whose ends are not of one group
        here is asked for number by number.
        """
        import pandas as pd

        inside = f"ABS(d) BETWEEN {_LEAST} AND {_MOST}"
        codes = [f"ABS(d) NOT IN ({', '.join(map(self._sql.number, suspected_codes()))})"]
        codes += [f"d NOT IN ({', '.join(map(self._sql.number, numbers))})"] if numbers else []
        power = f"POWER(10e0, FLOOR(LOG10(ABS(d))) - {_DIGITS})"
        told = f"CASE WHEN {' AND '.join([inside, *codes])} THEN 0 ELSE 1 END AS apart"
        part = f"CASE apart WHEN 0 THEN FLOOR(d / {power}) * {power} ELSE d END AS part"
        rows = (
            f"(SELECT d, k, apart, {part} FROM (SELECT d, k, {told} FROM "
            f"({self._of_class(f'{column.value} AS d, ')}) AS b) AS e) AS f"
        )
        names = ["apart", "part", "low", "high", "n0", "n1", "whole", "first", "second"]
        sums = [
            f"CAST(SUM(CASE WHEN {_WHOLE} THEN CAST({half} AS BIGINT) ELSE 0 END) AS BIGINT)"
            for half in (_HIGH, f"d - {_HIGH} * {_HALF!r}")
        ]
        sql = (
            f"SELECT apart, part, MIN(d) AS low, MAX(d) AS high, {_COUNTED}, "
            f"MIN(CASE WHEN {_WHOLE} THEN 1 ELSE 0 END) AS whole, {', '.join(sums)} "
            f"FROM {rows} GROUP BY apart, part"
        )
        found = pd.concat(
            [as_pandas(_table(batch, names)) for batch in self._sql.query(sql, names)],
            ignore_index=True,
        )
        ends = [grouped(found[end], numbers).to_numpy() for end in ("low", "high")]
        is_one = (found["apart"] == 1) | (found["low"] == found["high"]) | (ends[0] == ends[1])
        held.add_groups(*_groups_of(found[is_one], numbers))
        split = found[~is_one]
        if len(split):
            parts = ", ".join(map(self._sql.number, split["part"]))
            sql = (
                f"SELECT d, {_COUNTED} FROM {rows} WHERE apart = 0 AND part IN ({parts}) GROUP BY d"
            )
            for batch in self._sql.query(sql, names[:3]):
                held.add(batch.column(0), (batch.column(1), batch.column(2)))


def _groups_of(
    found: pd.DataFrame, codes: tuple[float, ...]
) -> tuple[FloatArray, tuple[Any, Any], Extent]:
    """Give the least number of every group, how many rows it has, and what all numbers reach."""
    low = found["low"].to_numpy(dtype=np.float64)
    known: BoolArray = ~np.isnan(low) & ~np.isin(low, codes)
    numbers = found[known]
    extent = Extent()
    if len(numbers):
        total = (int(numbers["first"].sum()) << 32) + int(numbers["second"].sum())
        is_whole = bool((numbers["whole"] == 1).all())
        extent = Extent(
            float(numbers["low"].min()),
            float(numbers["high"].max()),
            is_whole,
            total % 2**64 if is_whole else 0,
        )
    return low, (found["n0"].to_numpy(), found["n1"].to_numpy()), extent


def _table(batch: Any, names: Sequence[str]) -> Any:
    import pyarrow as pa

    chosen = batch.select(range(len(names)))
    return pa.Table.from_batches([chosen.rename_columns(list(names))])
