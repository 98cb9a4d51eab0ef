"""Distinct rows of a table and how many of each class they are: what a score is fitted to.

Counts of parts add up to the counts of the whole, exactly, whatever the parts and their order. So
several sites can each count at home and exchange counts, and what is fitted to their sum is the
score of all rows together, with the same certificate.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskslim.data.merging import exact_parts, merge_rows, rounded
from riskslim.data.outcome import Label
from riskslim.data.table import Table
from riskslim.errors import DataError
from riskslim.names import nearest
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.features import Binning

__all__ = ["Counts"]


@dataclass(frozen=True, eq=False)
class Counts:
    """How many rows of each class every distinct row stands for, and what they weigh.

    Made of a table by `count_table` and read by `load`; ``a + b`` is the counts of both tables
    together. `Dataset.from_counts` takes them.

    Attributes
    ----------
    features : ndarray of shape (m, d)
        Distinct rows: bytes where all are 0 and 1, or else doubles.
    rows : ndarray of int, shape (2, m)
        How many rows of the table each is, of the negative and of the positive class; with soft
        labels those below a probability of 1/2, and the others.
    weights : ndarray of shape (k, 2, m) or None
        What they weigh: the sum over the first axis, which is exact before it is rounded. None
        where every row counts one.
    feature_names : tuple of str
        In the order of the columns.
    outcome_name : str
        What is predicted.
    labels : tuple
        The outcome's negative and positive value.
    source : str
        Where the rows came from, for messages.
    binning : Binning or None
        How the features were made of a raw table, where they were.
    is_soft : bool
        Whether the labels are probabilities.
    left_out : tuple of int
        Rows that were left out in rare cells, of the negative and of the positive class.
    """

    features: NDArray[Any]
    rows: IntArray
    weights: FloatArray | None
    feature_names: tuple[str, ...]
    outcome_name: str
    labels: tuple[Label, Label]
    source: str
    binning: Binning | None = None
    is_soft: bool = False
    left_out: tuple[int, int] = (0, 0)

    @classmethod
    def of(
        cls,
        table: Table,
        is_positive: BoolArray,
        weight: FloatArray | None,
        shares: FloatArray | None,
        repeats: IntArray | None = None,
        **said: Any,
    ) -> Counts:
        """Count the rows of a checked table; those of weight zero are left out.

        Parameters
        ----------
        table : Table of shape (n, d)
            Finite numbers.
        is_positive : ndarray of bool, shape (n,)
            Class of each row.
        weight : ndarray of shape (n,) or None
            Its weight; None for 1 each.
        shares : ndarray of shape (n,) or None
            Its probability of the positive class, where labels are soft.
        repeats : ndarray of int, shape (n,), optional
            How many rows it stands for; 1 each by default.
        **said
            The attributes that name things.

        Raises
        ------
        DataError
            If the weights are too large to be summed.
        """
        features, group = merge_rows(table)
        m = len(features)
        used = [rows if weight is None else rows & (weight > 0) for rows in _both(is_positive)]
        rows = np.array(
            [
                _sums(group[members], m, None if repeats is None else repeats[members])
                for members in used
            ]
        )
        weights = None
        if weight is not None or shares is not None:
            weight = np.ones(len(group)) if weight is None else weight
            share = is_positive.astype(np.float64) if shares is None else shares
            parts = [
                (each, group) if repeats is None else _repeated(each, group, repeats)
                for each in (weight * (1.0 - share), weight * share)
            ]
            weights = _exact(
                [values for values, _ in parts],
                [groups for _, groups in parts],
                m,
                str(said["source"]),
            )
        counts = cls(features, rows, weights, is_soft=shares is not None, **said)
        return counts._where(rows.sum(axis=0) > 0)

    @property
    def n_rows(self) -> int:
        """Number of rows that were counted."""
        return int(self.rows.sum())

    @property
    def n_positive(self) -> int:
        """Positive ones among them."""
        return int(self.rows[1].sum())

    @property
    def totals(self) -> FloatArray:
        """Weights of the negative and the positive rows, correctly rounded, of shape (2, m)."""
        if self.weights is None:
            return self.rows.astype(np.float64)
        return np.array([rounded(self.weights[:, label]) for label in (0, 1)])

    def __add__(self, other: Counts) -> Counts:
        """Give the counts of both tables together.

        Raises
        ------
        DataError
            If they do not speak of the same features, outcome and labels.
        """
        if not isinstance(other, Counts):
            return NotImplemented
        order = self._places_in(other)
        both = np.concatenate([self.features, other.features[:, order]])
        left_out = tuple(a + b for a, b in zip(self.left_out, other.left_out, strict=True))
        return replace(
            self._merged([self, other], both, f"{self.source} + {other.source}"),
            left_out=left_out,  # type: ignore[arg-type]
        )

    def part(self, names: Sequence[str]) -> Counts:
        """Give the counts of some of the features, in the order of the names."""
        if tuple(names) == self.feature_names:
            return self
        places = [self.feature_names.index(name) for name in names]
        made = self._merged([self], self.features[:, places], self.source)
        return replace(made, feature_names=tuple(names), binning=None)

    def _merged(self, added: list[Counts], features: Any, source: str) -> Counts:
        """Add up counts whose rows, one after the other, are some features."""
        features, group = merge_rows(Table(features))
        parts = np.split(group, np.cumsum([len(counts.features) for counts in added])[:-1])
        m = len(features)
        rows = sum(
            np.array([_sums(part, m, counts.rows[label]) for label in (0, 1)])
            for counts, part in zip(added, parts, strict=True)
        )
        weights = None
        if any(counts.weights is not None for counts in added):
            pieces = [counts._pieces() for counts in added]
            places = [np.tile(part, len(p)) for part, p in zip(parts, pieces, strict=True)]
            values = [np.concatenate([p[:, label].ravel() for p in pieces]) for label in (0, 1)]
            place = np.concatenate(places)
            weights = _exact(values, [place, place], m, source)
        rows = np.asarray(rows)
        return replace(self, features=features, rows=rows, weights=weights, source=source)

    @classmethod
    def sum(cls, counts: Iterable[Counts]) -> Counts:
        """Add up the counts of several tables, one at least."""
        return reduce(add, counts)

    def suppressed(self, fewest: int) -> Counts:
        """Leave out the rows of cells that are rarer, before the counts are shown to others.

        A cell is a distinct row and a class. `left_out` says what that costs.

        Parameters
        ----------
        fewest : int
            Cells of fewer rows are emptied.
        """
        rare = (self.rows > 0) & (self.rows < fewest)
        lost = np.where(rare, self.rows, 0).sum(axis=1)
        rows = np.where(rare, 0, self.rows)
        weights = None if self.weights is None else np.where(rare, 0.0, self.weights)
        left_out = self.left_out[0] + int(lost[0]), self.left_out[1] + int(lost[1])
        changed = replace(self, rows=rows, weights=weights, left_out=left_out)
        return changed._where(rows.sum(axis=0) > 0)

    def made_by(self, binning: Binning | None) -> Counts:
        """Say how the features were made of a raw table."""
        return self if binning is None else replace(self, binning=binning)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a Parquet file, whole or not at all: distinct rows, and how many they are.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        from riskslim.features.counts_file import write_counts

        write_counts(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Counts:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            The file cannot be read or holds no counts.
        """
        from riskslim.features.counts_file import read_counts

        counts: Counts = read_counts(path)
        return counts

    def __repr__(self) -> str:
        return (
            f"Counts({self.source}: {self.n_rows:,} rows, {len(self.features):,} distinct, "
            f"{len(self.feature_names)} features; {self.outcome_name} = {self.labels[1]!r} "
            f"in {self.n_positive:,})"
        )

    def _where(self, kept: BoolArray) -> Counts:
        if kept.all():
            return self
        weights = None if self.weights is None else self.weights[:, :, kept]
        return replace(self, features=self.features[kept], rows=self.rows[:, kept], weights=weights)

    def _pieces(self) -> FloatArray:
        return self.rows[np.newaxis].astype(np.float64) if self.weights is None else self.weights

    def _places_in(self, other: Counts) -> list[int]:
        """Find this one's features among another's."""
        together = f"{self.source} and {other.source} cannot be added up"
        if self.binning != other.binning:
            raise DataError(
                f"{together}: their features were made in different ways; count every table with "
                "the cut points and levels of the first (riskslim count --like)"
            )
        for name in self.feature_names:
            if name not in other.feature_names:
                raise DataError(
                    f"{together}: {other.source} has no feature {name!r}; "
                    f"{nearest(name, list(other.feature_names), 'features')}"
                )
        for name in other.feature_names:
            if name not in self.feature_names:
                raise DataError(
                    f"{together}: {self.source} has no feature {name!r}; drop it, or count both "
                    "with the same columns"
                )
        for what, mine, its in (
            ("the outcome", self.outcome_name, other.outcome_name),
            ("its values", self.labels, other.labels),
        ):
            if mine != its:
                raise DataError(f"{together}: {what} differ: {mine!r} and {its!r}")
        if self.is_soft != other.is_soft:
            raise DataError(f"{together}: one has classes, the other probabilities")
        return [other.feature_names.index(name) for name in self.feature_names]


def _both(is_positive: BoolArray) -> tuple[BoolArray, BoolArray]:
    return ~is_positive, is_positive


def _repeated(
    values: FloatArray, group: IntArray, repeats: IntArray
) -> tuple[FloatArray, IntArray]:
    """Give values that add up to each one times its number, without rounding: powers of two."""
    bits = range(int(repeats.max(initial=0)).bit_length())
    at = [(repeats >> bit) & 1 == 1 for bit in bits]
    doubled = [np.ldexp(values[rows], bit) for bit, rows in zip(bits, at, strict=True)]
    return np.concatenate(doubled), np.concatenate([group[rows] for rows in at])


def _sums(group: IntArray, n_groups: int, counts: IntArray | None) -> IntArray:
    """Add up what each row counts, 1 without counts, by group."""
    if counts is None:
        return np.bincount(group, minlength=n_groups).astype(np.int64, copy=False)
    sums: IntArray = np.zeros(n_groups, dtype=np.int64)
    np.add.at(sums, group, counts)
    return sums


def _exact(
    values: list[FloatArray], groups: list[IntArray], n_groups: int, source: str
) -> FloatArray:
    """Sum the weights of both classes without rounding, of shape (k, 2, n_groups)."""
    try:
        parts = [exact_parts(v, g, n_groups) for v, g in zip(values, groups, strict=True)]
    except OverflowError as error:
        largest = max(float(v.max(initial=0.0)) for v in values)
        raise DataError(
            f"{source}: weights too large to be summed (up to {largest:g}); scale them"
        ) from error
    made = np.zeros((max(map(len, parts)), 2, n_groups))
    for label, part in enumerate(parts):
        made[: len(part), label] = part
    return made
