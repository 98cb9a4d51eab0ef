"""Raw tables of which no rows are held: learned from, and counted, as their blocks pass by.

Once for how many rows of each class hold which cell of every column, from which the features are
learned; and once to make them, as bits, of which equal ones are counted. So memory follows the
distinct cells of each column and the distinct rows of features.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.bits import BitRows
from riskslim.data.counting import codes_of
from riskslim.data.counts import Counts
from riskslim.data.gathering import as_pandas, gathered
from riskslim.data.outcome import Label, left_out_by_outcome, positive_rows
from riskslim.data.sources.base import Groups, Source, grouped
from riskslim.data.validation import check_names, rows_after, rows_counted
from riskslim.errors import DataError
from riskslim.features.columns import MANY, Column, Extent, is_grouped, numbers_among
from riskslim.features.columns import grouped as grouped_cells
from riskslim.features.variables import Thresholds, codes_apart
from riskslim.names import nearest
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.features.binning import Binning

__all__ = ["Histogram", "StreamedTable", "are_distinct_bits"]

# Rows of which more than this share are distinct hardly merge.
_HARDLY = 0.25
_CELL, _CLASSES = "cell", ("negative", "positive")


class StreamedTable:
    """A table as `RawTable`, of which blocks of rows are read as often as they are needed.

    Parameters
    ----------
    source : Source
        The table.
    text : sequence of str
        Columns that hold categories.
    target : str or None
        Column of the outcome; None for the first.
    positive : object or None
        As for `riskslim.data.outcome.positive_rows`.
    labels : tuple, optional
        The outcome's values, where they are known: one of them may be missing then.
    weights : str, optional
        Column of weights: rows of 0 do not count. What the others weigh is not looked at.

    Raises
    ------
    DataError
        The outcome cannot be used as it is.
    """

    has_classes = True

    def __init__(
        self,
        source: Source,
        text: Sequence[str],
        target: str | None,
        positive: Any,
        labels: tuple[Label, Label] | None = None,
        weights: str | None = None,
    ) -> None:
        names = source.names
        check_names(names, source.name)
        self._table, self._text, self._weights = source, list(text), weights
        self.source, self.outcome = source.name, names[0] if target is None else target
        if self.outcome not in names:
            raise DataError(
                f"{self.source}: no column {target!r} for the outcome; "
                f"{nearest(self.outcome, names)}"
            )
        self.names = [name for name in names if name != self.outcome]
        if not self.names:
            raise DataError(
                f"{self.source}: the table has no features; give at least one column more"
            )
        self._read_outcome(positive, labels)
        self._columns: dict[str, Column] = {}
        self._years: dict[str, Column] = {}

    def column(self, name: str) -> Column:
        """Give the distinct cells of a column."""
        if name not in self._columns:
            self.look({name: ()})
        return self._columns[name]

    def look(self, kept: Mapping[str, tuple[float, ...]]) -> None:
        """Read the distinct cells of some columns at once."""
        held = {name: Histogram(numbers) for name, numbers in kept.items()}
        for batch, classes in self._batches(list(held)):
            for histogram, cells in zip(held.values(), batch.columns, strict=True):
                histogram.add(cells, classes)
        self._columns |= {name: histogram.column(name) for name, histogram in held.items()}

    def years(self, made: Thresholds) -> Column:
        """Give the distinct numbers of years from a column of dates to another column."""
        import pyarrow as pa

        if made.column not in self._years:
            held = Histogram()
            for frame, classes in self._frames(list(made.columns)):
                held.add(pa.array(made.values(frame, self.source)), classes)
            self._years[made.column] = held.column(made.column)
        return self._years[made.column]

    def counts(self, binning: Binning) -> Counts:
        """Make the features of every row, and count the distinct ones."""
        features = binning.features
        held = BitRows(len(features))
        raw = list(dict.fromkeys(name for v in binning.variables for name in v.columns))
        for frame, classes in self._frames(raw):
            held.add(binning.encode(frame, self.source), np.array(classes))
        return self._counted(held, features, binning)

    def counts_of_bits(self, names: Sequence[str]) -> Counts | None:
        """Count rows whose columns are features as they are; None unless all are 0 and 1.

        A database groups equal rows itself.
        """
        held = BitRows(len(names))
        for part in self._table.parts(self._text, [*names, self.outcome]):
            *columns, outcome, rows = part.columns
            cells = [_bits_of(column) for column in columns]
            if any(column is None for column in cells):
                return None
            codes, times = self._codes_of(outcome), rows.to_numpy().astype(np.int64)
            classes = np.array([np.where(codes == code, times, 0) for code in (0, 1)])
            known = codes >= 0
            held.add(np.column_stack(cells)[known], classes[:, known])
        return self._counted(held, tuple(names), None)

    def _counted(self, held: BitRows, features: tuple[str, ...], binning: Binning | None) -> Counts:
        import pyarrow as pa

        pa.default_memory_pool().release_unused()  # what blocks were read in
        cells, rows = held.counted()
        if (n := int(rows.sum())) != self._n_rows:
            raise DataError(
                f"{self.source}: {self._n_rows:,} rows had an outcome, and {n:,} were counted, so "
                "that the table was changed meanwhile; count it again"
            )
        said = (self.outcome, self.labels, self.source, binning)
        return Counts(cells, rows, None, features, *said)

    def tell_unknown(self, binning: Binning) -> None:
        """Warn of cells that some features do not know, or refuse them, with how many rows."""
        alone = [variable for variable in binning.variables if len(variable.columns) == 1]
        self.look({one.column: numbers_among(codes_apart(one)) for one in alone})
        for variable in alone:
            column = self.column(variable.column)
            with column.told():
                variable.encode(column.frame(), self.source)

    def _read_outcome(self, positive: Any, labels: tuple[Label, Label] | None) -> None:
        import pyarrow as pa

        found = self._table.counted(self._text, [self.outcome])
        self._values = _one_zero(found.column(0).combine_chunks())
        frame = as_pandas(found.select([0]).rename_columns([self.outcome]))
        rows: IntArray = found.column(1).to_numpy().astype(np.int64)
        codes = np.full(len(rows), -1)
        with rows_counted(rows):
            left_out = left_out_by_outcome(frame, self.outcome, positive, self.source)
        kept = np.ones(len(rows), dtype=bool) if left_out is None else ~left_out
        with rows_counted(rows[kept]):
            outcome = frame[self.outcome][kept]
            if labels is None:
                codes[kept], labels = positive_rows(outcome, self.outcome, positive, self.source)
            else:
                codes[kept] = codes_of(outcome, labels, self.outcome, self.source)
        self.labels = labels
        self._n_rows = int(rows[codes >= 0].sum())
        self._codes = pa.array(codes.astype(np.int8))

    def _batches(self, columns: Sequence[str]) -> Iterator[tuple[Any, tuple[Any, Any]]]:
        """Give blocks of the rows that count, and whether each is negative and positive."""
        idle = [] if self._weights is None else [self._weights]
        read = list(dict.fromkeys([*columns, self.outcome, *idle]))
        _, batches = self._table.blocks(self._text, read)
        for batch in batches:
            codes = self._codes_of(batch.column(read.index(self.outcome)))
            for name in idle:
                weight = batch.column(read.index(name)).to_numpy(zero_copy_only=False)
                codes = np.where(weight.astype(np.float64) > 0, codes, -1)
            kept = batch.select(range(len(columns)))
            if (codes < 0).any():
                kept, codes = kept.filter(codes >= 0), codes[codes >= 0]
            if len(codes):
                yield kept, ((codes == 0).astype(np.int64), (codes == 1).astype(np.int64))

    def _codes_of(self, outcome: Any) -> IntArray:
        """Tell the class of each row, -1 for rows that do not count."""
        from pyarrow import compute

        cells = _one_zero(outcome.cast(self._values.type))
        place = compute.index_in(cells, value_set=self._values)
        codes: IntArray = self._codes.take(place).to_numpy()
        return codes

    def _frames(self, columns: list[str]) -> Iterator[tuple[pd.DataFrame, tuple[Any, Any]]]:
        before = 0
        for batch, classes in self._batches(columns):
            frame = gathered([batch], batch.schema)
            with rows_after(before, len(frame)):
                yield frame, classes
            before += len(frame)


class Histogram:
    """Distinct cells of a column as its blocks pass by, grouped once there are many."""

    def __init__(self, kept: tuple[float, ...] = ()) -> None:
        self._kept = kept
        self._groups = Groups([_CELL], MANY)
        self._extent: Extent | None = None
        self.is_grouped = False

    def add(self, cells: Any, classes: tuple[Any, Any]) -> None:
        """Add the cells of a block."""
        import pyarrow as pa

        cells = cells.cast(pa.string()) if pa.types.is_null(cells.type) else _one_zero(cells)
        block = grouped(pa.table([cells, *classes], [_CELL, *_CLASSES]), [_CELL])
        if self._groups.add(self._grouped(block) if self.is_grouped else block):
            self._look()

    def add_groups(self, cells: FloatArray, classes: tuple[Any, Any], extent: Extent) -> None:
        """Add numbers that were grouped elsewhere, each by one of its group, and their reach."""
        import pandas as pd
        import pyarrow as pa

        self.is_grouped = True
        self._reach(extent)
        made = pa.Array.from_pandas(grouped_cells(pd.Series(cells), self._kept))
        self._groups.add(grouped(pa.table([made, *classes], [_CELL, *_CLASSES]), [_CELL]))

    def column(self, name: str) -> Column:
        """Give the column."""
        self._look()
        total = self._groups.total()
        rows = np.array([total.column(label).to_numpy() for label in _CLASSES], dtype=np.int64)
        return Column(name, _series(total), rows, rows.astype(np.float64), extent=self._extent)

    def _look(self) -> None:
        """Group the cells if there are many."""
        total = self._groups.total()
        if self.is_grouped or total.num_rows <= MANY or not is_grouped(_series(total[:1])):
            return
        self._groups, self.is_grouped = Groups([_CELL], MANY), True
        self._groups.add(self._grouped(total))

    def _grouped(self, block: Any) -> Any:
        import pyarrow as pa

        cells = _series(block)
        rows = sum(block.column(label).to_numpy() for label in _CLASSES)
        self._reach(Extent.of_cells(cells, rows, self._kept))
        made = pa.Array.from_pandas(grouped_cells(cells, self._kept))
        return grouped(block.set_column(0, _CELL, made), [_CELL])

    def _reach(self, found: Extent | None) -> None:
        if found is not None:
            self._extent = found if self._extent is None else self._extent + found


def _one_zero(cells: Any) -> Any:
    """Give reals without -0.0, which is the same value as 0.0."""
    import pyarrow as pa
    from pyarrow import compute

    if not pa.types.is_floating(cells.type):
        return cells
    return compute.add(cells, pa.scalar(0.0, cells.type))


def _series(groups: Any) -> pd.Series[Any]:
    return as_pandas(groups.select([_CELL]))[_CELL]


def are_distinct_bits(source: Source, names: Sequence[str]) -> bool:
    """Whether rows hardly merge and are all 0 and 1, by the first block of them.

    Where they merge, the engine's own groups are few, and quicker.
    """
    import pyarrow as pa

    _, batches = source.blocks((), names)
    first = next(batches, None)
    if first is None or any(_bits_of(column) is None for column in first.columns):
        return False
    distinct = pa.Table.from_batches([first]).group_by(names).aggregate([])
    return bool(distinct.num_rows > _HARDLY * first.num_rows)


def _bits_of(column: Any) -> Any:
    """Give a column of 0 and 1 as truths; None for another one."""
    import pyarrow as pa

    kind = column.type
    if column.null_count or not (
        pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    ):
        return None
    values = column.to_numpy(zero_copy_only=False)
    truths = values.astype(bool)
    return truths if np.array_equal(truths, values) else None
