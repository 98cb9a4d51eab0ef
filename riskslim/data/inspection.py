"""What a table contains, and everything for which it would be refused."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data import Dataset
from riskslim.data.contradictions import Contradictions, contradictions
from riskslim.data.outcome import Label, positive_rows, row_weights, with_outcome
from riskslim.data.reading import read_table
from riskslim.data.sources import TableInput, name_of
from riskslim.data.table import Table
from riskslim.data.validation import check_names, check_numbers, numeric_column
from riskslim.errors import DataError, DataWarning
from riskslim.names import nearest
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Findings", "Inspection", "inspect_table"]


@dataclass(frozen=True)
class Column:
    """A feature of a table.

    Attributes
    ----------
    name : str
        Name.
    kind : str
        ``"0/1"``, ``"integer"`` or ``"real"``.
    minimum, maximum : float
        Range.
    distinct : int
        Number of distinct values.
    """

    name: str
    kind: str
    minimum: float
    maximum: float
    distinct: int


@dataclass(frozen=True)
class Findings:
    """What a table of either kind contains, but for its columns.

    Attributes
    ----------
    source : str
        The file.
    problems, warnings : tuple of str
        All that would be refused, and all that would be warned of.
    outcome : str or None
        Name of the outcome; None, as what follows, where it cannot be used.
    labels : tuple or None
        Its negative and positive value.
    rows, positives : int or None
        Rows, and positive ones.
    contradictions : Contradictions or None
        Rows that are the same but for the outcome.
    """

    source: str
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    outcome: str | None = None
    labels: tuple[Label, Label] | None = None
    rows: int | None = None
    positives: int | None = None
    contradictions: Contradictions | None = None

    @property
    def is_usable(self) -> bool:
        """Whether a score can be fitted to the table."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, lists and dictionaries."""
        return {"usable": self.is_usable, **asdict(self)}


@dataclass(frozen=True)
class Inspection(Findings):
    """What a table of numbers contains.

    The attributes of `Findings`; rows are those that have a weight, and all is None where there
    are problems.

    Attributes
    ----------
    columns : tuple of Column
        Features that hold numbers.
    distinct_rows : int or None
        Number of distinct rows.
    data : Dataset or None
        The table as a fit takes it; None where it would be refused.
    """

    columns: tuple[Column, ...] = ()
    distinct_rows: int | None = None
    data: Dataset | None = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the data as plain numbers, lists and dictionaries."""
        plain = Findings.to_dict(replace(self, data=None))
        del plain["data"]
        return plain


def inspect_table(
    path: TableInput,
    target: str | None = None,
    positive: Any = None,
    weights: str | None = None,
    groups: str | None = None,
) -> Inspection:
    """Look at a file as a fit would, but go on after the first problem.

    Parameters
    ----------
    path, target, positive, weights
        As for `Dataset.from_file`.
    groups : str, optional
        Column that says which rows are of one person, not a feature.

    Returns
    -------
    Inspection
        With problems rather than an exception where the file cannot be used.
    """
    source = name_of(path)
    try:
        frame = read_table(path)
    except DataError as error:
        return Inspection(source, problems=(str(error),))
    if groups is not None:
        names = [str(name) for name in frame.columns]
        if groups not in names:
            advice = nearest(groups, names, "columns")
            return Inspection(source, (f"{source}: no column {groups!r} for the person; {advice}",))
        frame = frame.iloc[:, [place for place, name in enumerate(names) if name != groups]]
    with warnings.catch_warnings():
        # Told where the table is read as a fit would.
        warnings.simplefilter("ignore", DataWarning)
        try:
            kept = with_outcome(frame, target, positive, source)
        except DataError:
            kept = frame
    problems, columns = _examine(kept, target, positive, weights, source)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        try:
            data = Dataset.from_frame(frame, target, positive, weights, source=source)
        except DataError as error:
            # What only the whole table shows, or what was found column by column before.
            return Inspection(source, tuple(problems) or (str(error),), columns=tuple(columns))
    return Inspection(
        source,
        problems=tuple(problems),
        warnings=tuple(
            str(entry.message) for entry in caught if issubclass(entry.category, DataWarning)
        ),
        columns=tuple(columns),
        outcome=data.outcome_name,
        labels=data.labels,
        rows=data.n_rows,
        positives=data.n_positive,
        distinct_rows=data.n_distinct,
        contradictions=contradictions(data.negative_counts, data.positive_counts),
        data=None if problems else data,
    )


def _examine(
    frame: pd.DataFrame, target: str | None, positive: Any, weights: str | None, source: str
) -> tuple[list[str], list[Column]]:
    """Check every column by itself."""
    problems: list[str] = []
    columns: list[Column] = []
    names = [str(name) for name in frame.columns]
    outcome = names[0] if target is None and names else target
    try:
        check_names(names, source)
    except DataError as error:
        problems.append(str(error))
    for index, name in enumerate(names):
        series = frame.iloc[:, index]
        try:
            if name == outcome:
                positive_rows(series, name, positive, source)
            elif name == weights:
                row_weights(series, len(frame), source, name)
            else:
                columns.append(_column(series, name, source))
        except DataError as error:
            problems.append(str(error))
    return problems, columns


def _column(series: pd.Series[Any], name: str, source: str) -> Column:
    values: FloatArray = numeric_column(series, name, source)
    check_numbers(Table([values]), (name,), source)
    if values.size == 0:
        raise DataError(f"{source}: column {name!r} has no rows")
    distinct = np.unique(values)
    integer = bool(np.all(distinct == np.floor(distinct)))
    binary = integer and distinct[0] >= 0 and distinct[-1] <= 1
    kind = "0/1" if binary else "integer" if integer else "real"
    return Column(name, kind, float(distinct[0]), float(distinct[-1]), len(distinct))
