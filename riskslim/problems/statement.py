"""The one statement of a problem, all but its loss, in typed parts that every engine reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from riskslim.constraints import (
    GroupsUsed,
    Part,
    Predictions,
    RateSums,
    Row,
    Size,
    Step,
    Values,
)
from riskslim.problems.rows import Columns, Reach, RowForm, row_form, rows_of, terms_of
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.groups import GroupLimit

__all__ = ["Statement", "state"]

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Statement(Columns):
    """Variables of a problem, and what its rules say about them.

    A search reads the parts that it can honour as what they are, and the others as rows (`plain`);
    a mixed-integer program reads all of them as rows (`as_rows`).

    Attributes
    ----------
    parts : tuple of Part
        In the order of the rules. The 0-1 variables that rows of typed parts bring are no columns,
        unless something else speaks of them.
    """

    parts: tuple[Part, ...]

    @cached_property
    def size(self) -> tuple[int, int]:
        """Least and greatest number of features with points; the first is larger where none is."""
        d = len(self.feature_names)
        sizes = [part for part in self.parts if isinstance(part, Size)]
        most = min((part.at_most for part in sizes if part.at_most is not None), default=d)
        least = max((part.at_least for part in sizes), default=0)
        return max(math.ceil(least), 0), min(math.floor(most), d)

    @cached_property
    def step(self) -> IntArray | None:
        """Least common multiple of what the points of each feature are multiples of; None for 1."""
        step = dict.fromkeys(self.feature_names, 1)
        for part in self.parts:
            if isinstance(part, Step):
                step |= {name: math.lcm(step[name], part.of) for name in part.features}
        numbers = np.array(list(step.values()), dtype=np.int64)
        return numbers if np.any(numbers != 1) else None

    @cached_property
    def values(self) -> dict[int, tuple[int, ...]]:
        """What the points of features are among, within their bounds, by column."""
        values: dict[int, tuple[int, ...]] = {}
        for part in self.parts:
            if isinstance(part, Values):
                for name in part.features:
                    j = self.feature_names.index(name) + 1
                    among = set(part.among).intersection(values.get(j, part.among))
                    values[j] = tuple(
                        v for v in sorted(among) if self.lower[j] <= v <= self.upper[j]
                    )
        return values

    @cached_property
    def groups(self) -> tuple[GroupLimit, ...]:
        """Limits on groups, by columns of the points."""
        column = {name: j for j, name in enumerate(self.feature_names, 1)}
        return tuple(
            GroupLimit(
                tuple(tuple(column[name] for name in group) for group in part.groups), part.at_most
            )
            for part in self.parts
            if isinstance(part, GroupsUsed)
        )

    @cached_property
    def rates(self) -> tuple[RateSums, ...]:
        """Limits on rates of predictions."""
        return tuple(part for part in self.parts if isinstance(part, RateSums))

    @property
    def further(self) -> tuple[str, ...]:
        """Names of the columns beyond points and indicators."""
        return self.names[self.own :]

    @property
    def reach(self) -> Reach:
        """Which scores there are."""
        d = len(self.feature_names)
        return Reach(self.feature_names, self.lower[: d + 1], self.upper[: d + 1], self.size[1])

    @cached_property
    def plain(self) -> RowForm:
        """The rows of rules that are nothing but rows."""
        return row_form(self, [part for part in self.parts if isinstance(part, Row)], self.reach)

    @cached_property
    def as_rows(self) -> RowForm:
        """Everything as rows."""
        return row_form(self, self.parts, self.reach)

    @cached_property
    def tied(self) -> RowForm:
        """The plain rows, and those of typed parts whose 0-1 variables they speak of."""
        if not self.further:
            return self.plain
        known = set(self.further)

        def is_tied(part: Part) -> bool:
            if isinstance(part, Row):
                return True
            if not isinstance(part, Values | GroupsUsed | Predictions | RateSums):
                return False
            rows = rows_of(part, self.reach)
            return any(f"binary[{name}]" in known for row in rows for name in row.binaries)

        return row_form(self, [part for part in self.parts if is_tied(part)], self.reach)

    def with_intercept(self, low: float, high: float) -> Statement:
        """Return a copy with these bounds of the intercept."""
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[0], upper[0] = low, high
        return replace(self, lower=lower, upper=upper)

    def with_real_intercept(self) -> Statement:
        """Return a copy whose intercept is no integer."""
        integer = self.integer.copy()
        integer[0] = False
        return replace(self, integer=integer)

    def without(self, *kinds: type) -> Statement:
        """Return a copy without parts of some kinds."""
        kept = [part for part in self.parts if not isinstance(part, kinds)]
        return replace(self, parts=tuple(kept))

    def of_own_columns(self) -> Statement:
        """Return a copy over points and indicators alone, without the rows that speak of more."""
        own, further = self.own, set(self.further)
        if not further:
            return self
        kept = [
            part
            for part in self.parts
            if not (isinstance(part, Row) and further.intersection(terms_of(part)))
        ]
        return replace(
            self,
            names=self.names[:own],
            cost=self.cost[:own],
            lower=self.lower[:own],
            upper=self.upper[:own],
            integer=self.integer[:own],
            parts=tuple(kept),
        )

    def without_idle_groups(self) -> Statement:
        """Return a copy without the limits on groups that the limit on the size implies."""
        limits = iter(self.groups)
        kept = [
            part
            for part in self.parts
            if not (isinstance(part, GroupsUsed) and next(limits).is_implied(self.size[1]))
        ]
        return replace(self, parts=tuple(kept)) if len(kept) < len(self.parts) else self

    def tightened(self) -> Statement:
        """Return a copy whose bounds say what rows over one column say, as far as they agree.

        The rows stay: a conflict is explained by the rules' names.
        """
        lower, upper, rows = self.lower.copy(), self.upper.copy(), self.plain
        for i in np.flatnonzero(np.diff(rows.matrix.indptr) == 1):
            at = rows.matrix.indptr[i]
            j, a = rows.matrix.indices[at], rows.matrix.data[at]
            if a == 0.0:
                continue
            low, high = sorted((rows.row_lower[i] / a, rows.row_upper[i] / a))
            if self.integer[j]:
                low, high = np.ceil(low - _ROUNDING), np.floor(high + _ROUNDING)
            low, high = max(low, lower[j]), min(high, upper[j])
            if low <= high:
                lower[j], upper[j] = low, high
        d = len(self.feature_names)
        points, used = slice(1, d + 1), slice(d + 1, 2 * d + 1)
        forced = (lower[points] > 0) | (upper[points] < 0)
        never = (lower[points] == 0) & (upper[points] == 0)
        if not (np.any(forced & (upper[used] < 1)) or np.any(never & (lower[used] > 0))):
            lower[used] = np.where(forced, 1.0, lower[used])
            upper[used] = np.where(never, 0.0, upper[used])
        unused = upper[used] < 1
        if not np.any(unused & forced):
            lower[points] = np.where(unused, 0.0, lower[points])
            upper[points] = np.where(unused, 0.0, upper[points])
        return replace(self, lower=lower, upper=upper)


def state(
    feature_names: tuple[str, ...],
    lower: FloatArray,
    upper: FloatArray,
    switch_cost: FloatArray,
    parts: Sequence[Part],
) -> Statement:
    """State features and rules; the intercept is still without bounds.

    Parameters
    ----------
    feature_names : tuple of str
        The d features.
    lower, upper, switch_cost : ndarray of shape (d,)
        Bounds of the points and the cost of using each feature.
    parts : sequence of Part
        What the rules say.

    Returns
    -------
    Statement
    """
    rows = [part for part in parts if isinstance(part, Row)]
    binaries = list(dict.fromkeys(name for row in rows for name in row.binaries))
    forced, never = (lower > 0) | (upper < 0), (lower == 0) & (upper == 0)
    none = np.zeros(len(binaries))
    return Statement(
        feature_names=feature_names,
        names=(
            "intercept",
            *(f"points[{name}]" for name in feature_names),
            *(f"used[{name}]" for name in feature_names),
            *(f"binary[{name}]" for name in binaries),
        ),
        cost=np.concatenate([np.zeros(len(feature_names) + 1), switch_cost, none]),
        lower=np.concatenate([[-np.inf], lower, forced.astype(float), none]),
        upper=np.concatenate([[np.inf], upper, (~never).astype(float), none + 1.0]),
        integer=np.ones(2 * len(feature_names) + 1 + len(binaries), dtype=np.bool_),
        parts=tuple(parts),
    )
