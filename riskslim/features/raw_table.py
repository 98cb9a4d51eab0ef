"""A data set of features of 0 and 1 made of a raw table: what ``--raw`` fits to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data import Dataset
from riskslim.data.counting import counted
from riskslim.data.counts import Counts
from riskslim.data.outcome import (
    ClassWeight,
    positive_rows,
    probabilities,
    row_weights,
    with_outcome,
)
from riskslim.data.reading import read_table
from riskslim.data.sources import TableInput, name_of
from riskslim.data.table import Table
from riskslim.data.validation import check_names
from riskslim.errors import DataError
from riskslim.features.alarms import warn_of_giveaways
from riskslim.features.columns import FrameTable, RawTable
from riskslim.features.lesson import learned
from riskslim.features.screening import screened
from riskslim.features.weighting import without_idle_rows
from riskslim.names import nearest
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.features.binarizer import ScoreBinarizer
    from riskslim.features.binning import Binning
    from riskslim.features.teaching import Teaching

__all__ = [
    "classes_of_probabilities",
    "learned_features",
    "raw_counts_of",
    "raw_dataset",
    "raw_dataset_of",
    "split_outcome",
    "with_screening",
]


def raw_dataset(
    path: TableInput,
    binarizer: ScoreBinarizer,
    target: str | None = None,
    positive: Any = None,
    weights: str | None = None,
    class_weight: ClassWeight = None,
    teaching: Teaching | None = None,
) -> Dataset:
    """Read a raw table and make its features.

    Parameters
    ----------
    path, target, positive, weights, class_weight
        As for `Dataset.from_file`.
    binarizer : ScoreBinarizer
        A copy of it is fitted to the table, without outcome and weights.
    teaching : Teaching, optional
        Who has a share in the labels, by which features are then screened.

    Returns
    -------
    Dataset
        With its `Dataset.binning`.

    Raises
    ------
    DataError
        As `Dataset.from_file` and `ScoreBinarizer.fit`, naming the file.
    OptionError
        A parameter of the binarizer names a column that is not there.
    """
    source = name_of(path)
    frame = with_outcome(read_table(path, binarizer.text_columns), target, positive, source)
    raw, outcome, others = split_outcome(frame, target, (weights,) if weights else (), source)
    weight = others[0] if others else None
    return raw_dataset_of(
        raw, outcome, weight, binarizer, source, positive, class_weight, teaching=teaching
    )


def raw_dataset_of(
    raw: pd.DataFrame,
    outcome: pd.Series[Any],
    weights: Any,
    binarizer: ScoreBinarizer,
    source: str,
    positive: Any = None,
    class_weight: ClassWeight = None,
    is_soft: bool = False,
    teaching: Teaching | None = None,
) -> Dataset:
    """Make features of a raw table whose outcome is apart; see `raw_dataset`.

    Parameters
    ----------
    class_weight
        As for `raw_dataset`, and so is `teaching`; the others as for `raw_counts_of`.
    """
    if teaching is None:
        counts = raw_counts_of(raw, outcome, weights, binarizer, source, positive, is_soft)
        return Dataset.from_counts(counts, class_weight)
    # The teacher's labels say which features to keep.
    made = _Made.of(raw, outcome, weights, binarizer, source, positive)
    lesson = learned(
        teaching,
        made.raw,
        made.cells.to_numpy(),
        made.is_positive,
        made.weight,
        made.binning,
        binarizer.screen,
    )

    def table(labels: Any, soft: bool) -> Dataset:
        assert lesson.binning is not None
        counts = made.counts(lesson.binning, labels, outcome, weights, source, positive, soft)
        return Dataset.from_counts(counts, class_weight)

    return lesson.table(table, outcome)


def raw_counts_of(
    raw: pd.DataFrame,
    outcome: pd.Series[Any],
    weights: Any,
    binarizer: ScoreBinarizer,
    source: str,
    positive: Any = None,
    is_soft: bool = False,
) -> Counts:
    """Make features of a raw table whose outcome is apart, and count its distinct rows.

    Parameters
    ----------
    raw : DataFrame of shape (n, d)
        Without outcome and weights.
    outcome : Series of shape (n,)
        Its name is the outcome's.
    weights : array-like of shape (n,) or None
        Sample weights, of features and score alike.
    binarizer : ScoreBinarizer
        Of which a copy is fitted.
    source : str
        What the table is called in messages.
    positive
        As for `raw_dataset`.
    is_soft : bool
        Whether the outcome holds probabilities; see `classes_of_probabilities`.
    """
    made = _Made.of(raw, outcome, weights, binarizer, source, positive, is_soft)
    counts = made.counts(made.binning, outcome, outcome, weights, source, positive, is_soft)
    return with_screening(counts, binarizer.screen)


def with_screening(counts: Counts, keep: int | None) -> Counts:
    """Keep promising cut points of counts of a raw table; see `riskslim.features.screening`."""
    if keep is None or counts.binning is None:
        return counts
    kept = screened(counts.binning, counts.features, counts.totals, keep)
    return counts.part(kept.features).made_by(kept)


def learned_features(table: RawTable, binarizer: ScoreBinarizer) -> Binning:
    """Learn the features of a table, without screening them, and warn of what looks too good."""
    binning = binarizer.learned(table)
    warn_of_giveaways(table, binning.variables, binning.left_out)
    return binning


@dataclass(frozen=True, eq=False)
class _Made:
    """Rows of a raw table, and the features that were learned from them."""

    raw: pd.DataFrame
    is_positive: BoolArray
    weight: FloatArray | None
    binning: Binning
    cells: pd.DataFrame

    @classmethod
    def of(
        cls,
        raw: pd.DataFrame,
        outcome: pd.Series[Any],
        weights: Any,
        binarizer: ScoreBinarizer,
        source: str,
        positive: Any,
        is_soft: bool = False,
    ) -> _Made:
        """Check the outcome and the weights, and learn; parameters as for `raw_counts_of`."""
        shares, weight = None, None
        if is_soft:
            shares = probabilities(outcome, str(outcome.name), source)
        else:
            is_positive, _ = positive_rows(outcome, str(outcome.name), positive, source)
        if weights is not None:
            weight = row_weights(weights, len(raw), source, _name_of(weights))
        if shares is not None:
            is_positive = classes_of_probabilities(shares, weight)
        table = FrameTable(raw, source, is_positive.astype(np.int64), weight)
        binning = learned_features(table, binarizer)
        if weight is not None:
            raw = without_idle_rows(raw, weight)
        cells = binning.frame(raw, source)
        return cls(raw, is_positive, weight, binning, cells)

    def counts(
        self,
        binning: Binning,
        labels: Any,
        outcome: pd.Series[Any],
        weights: Any,
        source: str,
        positive: Any,
        is_soft: bool,
    ) -> Counts:
        """Count the distinct rows of some of the features, with the outcomes or soft labels."""
        names = binning.features
        table = Table.of_frame(self.cells[list(names)], names, source)
        positive = None if is_soft else positive
        found = counted(
            table, names, labels, str(outcome.name), positive, weights, source,
            _name_of(weights), is_soft,
        )  # fmt: skip
        return found.made_by(binning)


def _name_of(weights: Any) -> str:
    return str(getattr(weights, "name", None) or "sample_weight")


def classes_of_probabilities(shares: FloatArray, weight: FloatArray | None = None) -> BoolArray:
    """Part rows in two that features can be learned from, where labels are probabilities.

    Parameters
    ----------
    shares : ndarray of shape (n,)
        Probabilities of the positive class.
    weight : ndarray of shape (n,), optional
        What each row counts.
    """
    even = shares >= 0.5
    counted = even if weight is None else even[weight > 0]
    if 0 < counted.sum() < len(counted):
        return even
    # Probabilities that all lie on one side are told apart by their mean.
    above: BoolArray = shares > np.average(shares, weights=weight)
    return above


def split_outcome(
    frame: pd.DataFrame, target: str | None, others: Iterable[str], source: str
) -> tuple[pd.DataFrame, pd.Series[Any], list[pd.Series[Any]]]:
    """Part a raw table into what describes people, the outcome, and other columns.

    Parameters
    ----------
    frame : DataFrame
        As it was read.
    target : str or None
        Column of the outcome; None for the first.
    others : iterable of str
        Columns of another meaning: weights, groups.
    source : str
        What the table is called in messages.

    Raises
    ------
    DataError
        Names are missing, or given twice.
    """
    names = [str(name) for name in frame.columns]
    if not names:
        raise DataError(f"{source}: the table has no columns")
    check_names(names, source)
    if len(frame) == 0:
        raise DataError(f"{source}: the table has no rows; a score needs rows of both classes")
    frame = frame.set_axis(names, axis=1)
    outcome = names[0] if target is None else target
    given = list(others)
    for role, name in (("outcome", outcome), *(("column", name) for name in given)):
        if name not in names:
            raise DataError(f"{source}: no column {name!r} for the {role}; {nearest(name, names)}")
    if outcome in given or len(set(given)) < len(given):
        raise DataError(f"{source}: one column is named twice, {[outcome, *given]!r}")
    raw = frame.drop(columns=[outcome, *given])
    if not len(raw.columns):
        raise DataError(f"{source}: the table has no features; give at least one column more")
    return raw, frame[outcome], [frame[name] for name in given]
