"""What a raw table contains, which features it gives, and everything that would be refused."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.contradictions import contradictions_of_frame
from riskslim.data.inspection import Findings
from riskslim.data.outcome import positive_rows, row_weights, with_outcome
from riskslim.data.reading import read_table
from riskslim.data.sources import TableInput, name_of
from riskslim.data.spelling import without_codes
from riskslim.data.validation import warn_of_oddities
from riskslim.errors import DataError, DataWarning, OptionError
from riskslim.features.alarms import warn_of_giveaways
from riskslim.features.binning import Binning
from riskslim.features.columns import FrameTable
from riskslim.features.dates import DateWithoutReferenceError
from riskslim.features.kinds import levels
from riskslim.features.learning import with_distinct_names
from riskslim.features.raw_table import split_outcome
from riskslim.features.variables import Levels, Variable
from riskslim.features.weighting import without_idle_rows
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.features.binarizer import ScoreBinarizer

__all__ = ["RawColumn", "RawInspection", "inspect_raw_table"]


@dataclass(frozen=True)
class RawColumn:
    """A column of a raw table.

    Attributes
    ----------
    name : str
        Name.
    blank : int
        Rows in which it is blank.
    features : tuple of str
        What it gives; nothing where it is left out.
    unknown : str
        What becomes of those of whom it is not known, now and when the score is used:
        ``"answer"`` (a feature of its own), ``"counts as 62"``, or ``"refused"``; empty where it
        is left out.
    """

    name: str
    blank: int
    features: tuple[str, ...]
    unknown: str = ""


@dataclass(frozen=True)
class RawInspection(Findings):
    """What a raw table contains.

    The attributes of `Findings`; contradictions are in the columns that give features.

    Attributes
    ----------
    columns : tuple of RawColumn
        All but the outcome and the weights.
    dates : tuple of str
        Dates without a reference, which a fit refuses and `build_score` leaves out; empty where
        there are other problems too.
    """

    columns: tuple[RawColumn, ...] = ()
    dates: tuple[str, ...] = ()


def inspect_raw_table(
    path: TableInput,
    binarizer: ScoreBinarizer,
    target: str | None = None,
    positive: Any = None,
    weights: str | None = None,
    groups: str | None = None,
) -> RawInspection:
    """Look at a raw table as a fit would, but go on after the first problem.

    Parameters
    ----------
    path, target, positive, weights
        As for `Dataset.from_file`.
    binarizer : ScoreBinarizer
        How features are made.
    groups : str, optional
        Column that says which rows are of one person, not a feature.

    Returns
    -------
    RawInspection
        With problems rather than an exception where the file cannot be used.
    """
    source = name_of(path)
    others = [name for name in (weights, groups) if name is not None]
    try:
        with warnings.catch_warnings(record=True) as left_out:
            warnings.simplefilter("always", DataWarning)
            frame = read_table(path, binarizer.text_columns)
            frame = with_outcome(frame, target, positive, source)
        raw, outcome, given = split_outcome(frame, target, others, source)
    except DataError as error:
        return RawInspection(source, problems=(str(error),))
    problems: list[str] = []
    dates: dict[str, str] = {}
    is_positive, labels, weight = None, None, None
    try:
        is_positive, labels = positive_rows(outcome, str(outcome.name), positive, source)
        if weights is not None:
            weight = row_weights(given[0], len(raw), source, weights)
    except DataError as error:
        problems.append(str(error))
    codes = np.zeros(len(raw), dtype=np.int64) if is_positive is None else is_positive.astype(int)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        columns = _examine(raw, codes, weight, binarizer, source, problems, dates)
    used = [column.name for column in columns if column.features]
    if not problems and not used:
        problems.append(f"{source}: no column gives a feature; a score needs at least one")
    return RawInspection(
        source,
        problems=(*problems, *dates.values()),
        warnings=tuple(
            str(w.message) for w in (*left_out, *caught) if issubclass(w.category, DataWarning)
        ),
        columns=tuple(columns),
        dates=() if problems else tuple(dates),
        outcome=None if labels is None else str(outcome.name),
        labels=labels,
        rows=None if is_positive is None else len(raw),
        positives=None if is_positive is None else int(is_positive.sum()),
        contradictions=None
        if is_positive is None or not used
        else contradictions_of_frame(raw[used], is_positive),
    )


def _examine(
    raw: pd.DataFrame,
    codes: Any,
    weight: FloatArray | None,
    binarizer: ScoreBinarizer,
    source: str,
    problems: list[str],
    dates: dict[str, str],
) -> list[RawColumn]:
    """Learn every column by itself; what it would be refused for is added to the problems.

    What is said of dates without a reference is kept apart, by column.
    """
    learned: dict[str, Variable] = {}
    table = FrameTable(raw, source, codes, weight)
    try:
        names = binarizer.learned_columns(list(raw.columns))
    except OptionError as error:
        problems.append(str(error))
        names = []
    for name in names:
        try:
            made = binarizer.learn_column(table, name)
        except DateWithoutReferenceError as error:
            dates[name] = str(error)
            continue
        except DataError as error:
            problems.append(str(error))
            continue
        if made is not None:
            learned[name] = made
    named = with_distinct_names(list(learned.values()), list(raw.columns), source)
    left_out = [name for name in names if name not in learned]
    if named:
        binning = Binning(tuple(named))
        counted = raw if weight is None else without_idle_rows(raw, weight)
        cells = binning.frame(counted, source)
        warn_of_oddities(cells.to_numpy(np.float64), binning.features, source)
    warn_of_giveaways(table, named, left_out)
    by_column = {variable.column: variable for variable in named}
    return [
        RawColumn(
            str(name),
            _blank(raw[name], learned.get(name)),
            by_column[name].features if name in by_column else (),
            _unknown(by_column[name]) if name in by_column else "",
        )
        for name in raw.columns
    ]


def _unknown(variable: Variable) -> str:
    """Say what becomes of those of whom a variable is not known."""
    if variable.blanks == "impute":
        fill = variable.fill
        is_long = isinstance(fill, float) and not fill.is_integer()
        return f"counts as {f'{fill:.4g}' if is_long else variable.filled}"
    return "answer" if variable.blanks == "feature" else "refused"


def _blank(column: pd.Series[Any], variable: Variable | None) -> int:
    """Count the rows in which a column says nothing, as the variable made of it takes it."""
    column = without_codes(column, () if variable is None else variable.missing)
    known = (*variable.levels, *variable.rest) if isinstance(variable, Levels) else ()
    return sum(cell is None for cell in levels(column, known))
