"""The people of a raw table: what describes them, their outcome, weights and groups."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.base import clone

from riskslim.data.frames import as_frame
from riskslim.data.outcome import positive_rows, row_weights, with_outcome
from riskslim.data.reading import read_table
from riskslim.data.sources import name_of
from riskslim.errors import DataWarning, LeftOutWarning
from riskslim.features.raw_table import raw_dataset_of, split_outcome
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.data import Dataset
    from riskslim.data.outcome import Label
    from riskslim.features.binarizer import ScoreBinarizer
    from riskslim.features.teaching import Teaching

__all__ = ["People"]

_DATE = (
    "is a date without a reference",
    "give one, --reference-date or reference_date=: a date, or a column of dates, to use the years "
    "up to it",
)


@dataclass(frozen=True, eq=False)
class People:
    """The rows of a raw table, part by part."""

    raw: pd.DataFrame
    outcome: pd.Series[Any]
    is_positive: BoolArray
    weight: FloatArray | None
    groups: pd.Series[Any] | None
    source: str
    labels: tuple[Label, Label]

    @classmethod
    def read(
        cls,
        data: Any,
        target: str | None,
        positive: Any,
        weights: str | None,
        groups: str | None,
        binarizer: ScoreBinarizer,
    ) -> People:
        """Read and check them; parameters as for `build_score`."""
        frame, source = as_frame(data), "DataFrame"
        if hasattr(frame, "iloc"):
            frame = frame.reset_index(drop=True)
        else:
            frame, source = read_table(data, binarizer.text_columns), name_of(data)
        frame = with_outcome(frame, target, positive, source)
        others = [name for name in (weights, groups) if name is not None]
        raw, outcome, given = split_outcome(frame, target, others, source)
        is_positive, labels = positive_rows(outcome, str(outcome.name), positive, source)
        columns = dict(zip(others, given, strict=True))
        weight = None
        if weights is not None:
            weight = row_weights(columns[weights], len(raw), source, weights)
        people = None if groups is None else columns[groups]
        return cls(raw, outcome, is_positive, weight, people, source, labels)

    def without_dates(self, binarizer: ScoreBinarizer) -> tuple[ScoreBinarizer, tuple[str, ...]]:
        """Leave out dates from which no years can be counted; give their names."""
        if binarizer.reference_date is not None:
            return binarizer, ()
        said = dict(binarizer.kinds or {})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            kinds = dict(binarizer.decided(self.raw).kinds or {})
        dates = [name for name, kind in kinds.items() if kind == "date" and name not in said]
        if not dates:
            return binarizer, ()
        kept = clone(binarizer).set_params(drop=(*binarizer.drop, *dates))
        return kept, tuple(dates)

    def told(
        self, binarizer: ScoreBinarizer, positive: Any, dates: Sequence[str]
    ) -> tuple[str, ...]:
        """Make features of all rows, and give what the table gives cause for.

        Columns that are left out are one list, with the dates of `without_dates`.
        """
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DataWarning)
            self.table(clone(binarizer).set_params(screen=None), positive, None)
        said = [one.message for one in caught if issubclass(one.category, DataWarning)]
        left_out = [LeftOutWarning.told(self.source, name, *_DATE) for name in dates]
        left_out += [one for one in said if isinstance(one, LeftOutWarning)]
        others = [str(one) for one in said if not isinstance(one, LeftOutWarning)]
        if len(left_out) < 2:
            return (*map(str, left_out), *others)
        listed = "; ".join(f"{one.column!r} {one.reason}" for one in left_out)
        return (f"{self.source}: these columns are left out: {listed}", *others)

    def table(self, binarizer: ScoreBinarizer, positive: Any, teaching: Teaching | None) -> Dataset:
        """Make features of all rows."""
        return raw_dataset_of(
            self.raw,
            self.outcome,
            self.weight,
            binarizer,
            self.source,
            positive,
            teaching=teaching,
        )
