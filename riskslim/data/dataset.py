"""The table a score is fitted to: checked, weighted, equal rows merged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.counting import counted
from riskslim.data.counts import Counts
from riskslim.data.exact_totals import DecimalColumns
from riskslim.data.frames import as_frame
from riskslim.data.grid import grid_of, tie_of
from riskslim.data.merging import exact_sum
from riskslim.data.outcome import ClassWeight, Label, class_factors, with_outcome
from riskslim.data.reading import read_table
from riskslim.data.sources import TableInput, name_of
from riskslim.data.table import Table
from riskslim.data.validation import LARGEST_SCORE, check_names, warn_of_oddities
from riskslim.errors import DataError
from riskslim.names import nearest
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.features import Binning

__all__ = ["Dataset"]

_BLOCK = 1 << 14
_FIRST = 1000  # rows that tell most columns that hold other than whole numbers


@dataclass(frozen=True, eq=False, init=False)
class Dataset:
    """Distinct rows of a table with the weight of each class on them.

    Made of features and outcome, or by `from_file` or `from_frame`, which all check the table.
    Rows of weight zero are left out. Equal rows are merged; weights are summed
    exactly, so the order of the rows does not matter to any result.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n, d)
        Features.
    y : array-like of shape (n,)
        Outcome.
    feature_names : sequence of str, optional
        Those of a DataFrame's columns by default, or else ``x1`` to ``xd``.
    outcome_name : str, optional
        What is predicted; the name of a Series by default, or else "outcome".
    sample_weight : array-like of shape (n,), optional
        Weights of the rows.
    class_weight : "balanced" or dict, optional
        Factors on the weights by label.
    positive : object, optional
        The outcome's positive value; needed unless they are 0/1, -1/+1 or booleans.
    soft_labels : bool
        Whether `y` holds probabilities of the positive class, from 0 to 1: each row then
        counts as both classes in part, as a positive row of weight p and a negative one of
        weight 1 - p. The labels are 0 and 1.

    Attributes
    ----------
    features : ndarray of shape (n_distinct, n_features)
        Distinct rows, without a column for the intercept: bytes where all are 0 and 1, or else
        doubles.
    positive, negative : ndarray of shape (n_distinct,)
        Total weight of the positive and of the negative rows merged into each.
    positive_counts, negative_counts : ndarray of int, shape (n_distinct,)
        How many rows of the table they are, whatever they weigh; with soft labels those of
        probability 1/2 or more, and the others.
    feature_names : tuple of str
        In the order of the columns.
    outcome_name : str
        What is predicted.
    labels : tuple
        The outcome's negative and positive value.
    is_integer : bool
        Whether every value is an integer small enough for scores to be looked up.
    source : str
        File or kind of object that the table came from, for messages.
    binning : Binning or None
        How the features were made of a raw table, where they were.
    is_soft : bool
        Whether the labels are probabilities.
    outcomes : Dataset or None
        The same rows with the outcomes themselves, where a teacher has a share in the labels.
    teacher_share : float
        That share; 0 without a teacher.

    Raises
    ------
    DataError
        If the table cannot be used as it is.

    Warns
    -----
    DataWarning
        Of constant features, copies and very large values.
    """

    features: FloatArray = field(repr=False)
    positive: FloatArray = field(repr=False)
    negative: FloatArray = field(repr=False)
    positive_counts: IntArray = field(repr=False)
    negative_counts: IntArray = field(repr=False)
    feature_names: tuple[str, ...]
    outcome_name: str
    labels: tuple[Label, Label]
    is_integer: bool
    source: str
    binning: Binning | None = None
    is_soft: bool = False
    outcomes: Dataset | None = field(default=None, repr=False)
    teacher_share: float = 0.0

    def __init__(
        self,
        X: Any,
        y: Any,
        feature_names: Sequence[str] | None = None,
        outcome_name: str | None = None,
        sample_weight: ArrayLike | None = None,
        class_weight: ClassWeight = None,
        positive: Any = None,
        soft_labels: bool = False,
    ) -> None:
        X = X.toarray() if hasattr(X, "toarray") else as_frame(X)  # of SciPy's sparse tables
        is_frame = hasattr(X, "iloc") and hasattr(X, "columns")
        source = "DataFrame" if is_frame else "arrays"
        matrix: Any = X if is_frame else np.asarray(X)
        outcome = np.asarray(y)
        if matrix.ndim != 2:
            raise DataError(
                f"{source}: the features have {matrix.ndim} dimensions; give a table of "
                "rows and columns"
            )
        if outcome.ndim != 1 or len(outcome) != len(matrix):
            raise DataError(
                f"{source}: the outcome has shape {outcome.shape} where the features have "
                f"{len(matrix)} rows; give one value for each row"
            )
        if feature_names is not None:
            names = tuple(str(name) for name in feature_names)
        elif is_frame:
            names = tuple(str(name) for name in matrix.columns)
        else:
            names = tuple(f"x{j + 1}" for j in range(matrix.shape[1]))
        if len(names) != matrix.shape[1]:
            raise DataError(
                f"{source}: {len(names)} feature names for {matrix.shape[1]} columns; "
                "give one for each"
            )
        check_names(names, source)
        if not is_frame and matrix.dtype.kind in "biuf":
            table = Table(matrix)
        else:
            import pandas as pd

            table = Table.of_frame(matrix if is_frame else pd.DataFrame(matrix), names, source)
        if outcome_name is None:
            outcome_name = str(getattr(y, "name", None) or "outcome")
        made = self._build(
            table,
            names,
            outcome,
            outcome_name,
            positive,
            sample_weight,
            class_weight,
            source,
            is_soft=soft_labels,
        )
        self.__dict__.update(vars(made))

    @classmethod
    def _of(cls, **values: Any) -> Dataset:
        """Make it of its attributes."""
        data = cls.__new__(cls)
        defaults = {item.name: item.default for item in fields(cls) if item.default is not MISSING}
        data.__dict__.update(defaults | values)
        return data

    def _replace(self, **changes: Any) -> Dataset:
        """Give a copy with other attributes."""
        return self._of(**{item.name: getattr(self, item.name) for item in fields(self)} | changes)

    @cached_property
    def decimals(self) -> DecimalColumns:
        """The features, ready to be added up exactly."""
        return DecimalColumns.of(self.features)

    @cached_property
    def step(self) -> float | None:
        """Largest number of which 1 and all values are multiples; None where it is too fine."""
        return grid_of(self.features)

    @cached_property
    def tie(self) -> float:
        """By how much a computed total must exceed a whole number to be above it."""
        return tie_of(self.features, self.step)

    @cached_property
    def ranges(self) -> tuple[FloatArray, FloatArray]:
        """Least and greatest value of each feature, each of shape (d,)."""
        least, greatest = self.features.min(axis=0), self.features.max(axis=0)
        return least.astype(np.float64), greatest.astype(np.float64)

    def totals(self, points: Any) -> FloatArray:
        """Give the total of each distinct row without the intercept, of shape (n_distinct,).

        Parameters
        ----------
        points : ndarray of shape (d,)
            Of the features.
        """
        rows = self.features
        if rows.dtype != np.float64:
            # A product would make a double of every byte; few features have points.
            used = np.flatnonzero(points)
            rows, points = rows[:, used].astype(np.float64), points[used]
        totals: FloatArray = rows @ points
        return totals

    @cached_property
    def are_whole(self) -> tuple[bool, ...]:
        """Whether the values of each feature are whole numbers."""
        return tuple(self.is_integer or _is_whole(column) for column in self.features.T)

    @cached_property
    def mean_sizes(self) -> FloatArray:
        """Weighted mean of the absolute values of each feature, of shape (d,)."""
        weight, sums = self.positive + self.negative, np.zeros(self.n_features)
        for start in range(0, self.n_distinct, _BLOCK):
            span = slice(start, start + _BLOCK)
            sums += weight[span] @ np.abs(self.features[span])
        means: FloatArray = sums / weight.sum()
        return means

    @cached_property
    def exact_weights(self) -> tuple[float, float]:
        """Sum of all weights, and of those of the positive class, each correctly rounded."""
        return exact_sum(np.append(self.positive, self.negative)), exact_sum(self.positive)

    @property
    def n_rows(self) -> int:
        """Rows of the table that have a weight, before merging."""
        return int(self.positive_counts.sum() + self.negative_counts.sum())

    @property
    def n_positive(self) -> int:
        """Positive ones among them."""
        return int(self.positive_counts.sum())

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.feature_names)

    @property
    def n_distinct(self) -> int:
        """Number of distinct rows."""
        return len(self.features)

    @property
    def total_weight(self) -> float:
        """Sum of all weights, W."""
        return float(self.positive.sum() + self.negative.sum())

    @cached_property
    def entropy(self) -> float:
        """Mean entropy of soft labels, below which no score can come; 0 for outcomes.

        Each distinct row has one risk, whatever the score, and no risk has a smaller loss than
        the share of the positive class in the row.
        """
        if not self.is_soft:
            return 0.0
        from scipy.special import xlogy

        whole = self.positive + self.negative
        parts = [-xlogy(part, part / whole) for part in (self.positive, self.negative)]
        return math.fsum(np.concatenate(parts).tolist()) / self.total_weight

    def __repr__(self) -> str:
        return (
            f"Dataset({self.source}: {self.n_rows:,} rows, {self.n_distinct:,} distinct, "
            f"{self.n_features} features; {self.outcome_name} = {self.labels[1]!r} "
            f"in {self.n_positive:,})"
        )

    @classmethod
    def from_file(
        cls,
        path: TableInput,
        target: str | None = None,
        positive: Any = None,
        weights: str | None = None,
        class_weight: ClassWeight = None,
    ) -> Dataset:
        """Read a table from a file, a folder or a database.

        Parameters
        ----------
        path : path-like, str or DatabaseTable
            See `riskslim.data.reading.read_table`. Of a large table `riskslim.count_table` and
            `Dataset.from_counts` never hold the rows.
        target : str, optional
            Column of the outcome; the first by default.
        positive : object, optional
            The outcome's positive value; needed unless they are 0/1, -1/+1 or booleans.
        weights : str, optional
            Column of sample weights.
        class_weight : "balanced" or dict, optional
            Factors on the weights by label.

        Raises
        ------
        DataError
            If the table cannot be used as it is.

        Warns
        -----
        DataWarning
            Of constant features, copies and very large values.
        """
        return cls._from_table(
            read_table(path), target, positive, weights, class_weight, name_of(path)
        )

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        target: str | None = None,
        positive: Any = None,
        weights: str | None = None,
        class_weight: ClassWeight = None,
        source: str = "DataFrame",
        soft_labels: bool = False,
    ) -> Dataset:
        """Take a DataFrame; as `from_file`, and messages name it by `source`.

        `soft_labels` is as for `Dataset`.
        """
        return cls._from_table(
            as_frame(frame), target, positive, weights, class_weight, source, is_soft=soft_labels
        )

    @classmethod
    def from_arrays(
        cls,
        X: ArrayLike,
        y: ArrayLike,
        feature_names: Sequence[str] | None = None,
        outcome_name: str = "outcome",
        sample_weight: ArrayLike | None = None,
        class_weight: ClassWeight = None,
        positive: Any = None,
        soft_labels: bool = False,
    ) -> Dataset:
        """Take features and outcome as arrays, whatever names they have; see `Dataset`."""
        return cls(
            np.asarray(X),
            y,
            feature_names,
            outcome_name,
            sample_weight,
            class_weight,
            positive,
            soft_labels,
        )

    @classmethod
    def _from_table(
        cls,
        frame: pd.DataFrame,
        target: str | None,
        positive: Any,
        weights: str | None,
        class_weight: ClassWeight,
        source: str,
        is_soft: bool = False,
    ) -> Dataset:
        names = [str(name) for name in frame.columns]
        if not names:
            raise DataError(f"{source}: the table has no columns")
        check_names(names, source)
        frame = with_outcome(frame, target, positive, source)
        outcome_at = 0 if target is None else _column(str(target), names, "outcome", source)
        weights_at = None if weights is None else _column(str(weights), names, "weights", source)
        if outcome_at == weights_at:
            raise DataError(
                f"{source}: {names[outcome_at]!r} is named as the outcome and as the weights; "
                "they are two columns"
            )
        kept = [j for j in range(len(names)) if j not in (outcome_at, weights_at)]
        feature_names = tuple(names[j] for j in kept)
        return cls._build(
            Table.of_frame(frame.iloc[:, kept], feature_names, source),
            feature_names,
            frame.iloc[:, outcome_at],
            names[outcome_at],
            positive,
            None if weights_at is None else frame.iloc[:, weights_at],
            class_weight,
            source,
            "sample_weight" if weights_at is None else names[weights_at],
            is_soft=is_soft,
        )

    @classmethod
    def _build(
        cls,
        table: Table,
        names: tuple[str, ...],
        outcome: Any,
        outcome_name: str,
        positive: Any,
        weights: Any,
        class_weight: ClassWeight,
        source: str,
        weights_name: str = "sample_weight",
        is_soft: bool = False,
    ) -> Dataset:
        counts = counted(
            table, names, outcome, outcome_name, positive, weights, source, weights_name, is_soft
        )
        return cls.from_counts(counts, class_weight)

    @classmethod
    def from_counts(cls, counts: Counts, class_weight: ClassWeight = None) -> Dataset:
        """Take counts of distinct rows, those of several tables added up, say.

        Parameters
        ----------
        counts : Counts
            Of both classes.
        class_weight : "balanced" or dict, optional
            Factors on the weights by label.

        Raises
        ------
        DataError
            If there is one class only.

        Warns
        -----
        DataWarning
            Of constant features, copies and very large values.
        """
        source, labels, sums = counts.source, counts.labels, counts.totals
        totals = float(sums[0].sum()), float(sums[1].sum())
        if min(totals) <= 0:
            missing = int(totals[1] <= 0)
            raise DataError(
                f"{source}: the probabilities {counts.outcome_name!r} are all {1 - missing}; "
                "a score needs both classes"
                if counts.is_soft
                else f"{source}: no row has {counts.outcome_name} = {labels[missing]!r}, so there "
                "is only one class; a score needs rows of both"
            )
        factors = class_factors(class_weight, labels, totals, source)
        warn_of_oddities(counts.features, counts.feature_names, source)
        data = cls._of(
            features=counts.features,
            positive=sums[1] * factors[1],
            negative=sums[0] * factors[0],
            positive_counts=counts.rows[1].copy(),
            negative_counts=counts.rows[0].copy(),
            feature_names=counts.feature_names,
            outcome_name=counts.outcome_name,
            labels=labels,
            is_integer=_is_integer(counts.features),
            source=source,
            is_soft=counts.is_soft,
            binning=counts.binning,
        )
        for array in (
            data.features,
            data.positive,
            data.negative,
            data.positive_counts,
            data.negative_counts,
        ):
            array.flags.writeable = False
        return data


def _is_integer(features: FloatArray) -> bool:
    # By blocks: a temporary of the table's size costs more than the test.
    blocks = (features[start : start + _BLOCK] for start in range(0, len(features), _BLOCK))
    return all(
        np.array_equal(block, np.rint(block)) and np.abs(block).max() <= LARGEST_SCORE
        for block in blocks
    )


def _is_whole(column: FloatArray) -> bool:
    # Few columns of many values are whole up to where one is not.
    first = column[:_FIRST]
    return bool(np.all(first == np.floor(first)) and np.all(column == np.floor(column)))


def _column(name: str, names: list[str], role: str, source: str) -> int:
    if name not in names:
        raise DataError(
            f"{source}: no column {name!r} for the {role}; {nearest(name, names, 'columns')}"
        )
    return names.index(name)
