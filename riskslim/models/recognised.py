"""What a user states in a model by rows of their own, read as the typed part that it means."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from riskslim.constraints import GroupsUsed, Part, Row, Size
from riskslim.problems.rows import terms_of
from riskslim.problems.statement import Statement

__all__ = ["recognised"]

_ROUNDING = 1e-9


def recognised(statement: Statement) -> Statement:
    """Read rows of a model as limits on the size and on groups, where they say nothing else.

    A limit on the size is a row that counts all indicators. A switch is a free 0-1 variable
    without cost that stands in two kinds of rows alone: it is at least the indicator of each
    feature of its group, and sums of switches are limited from above. Such switches may always
    be as small as the indicators let them, so that each sum counts the groups that are used. An
    indicator in the sum is a group of one feature. Nothing is read as a limit on groups where some
    further variable is no such switch.

    Parameters
    ----------
    statement : Statement
        Read from a model.
    """
    counted = {f"used[{name}]": 1.0 for name in statement.feature_names}
    parts = tuple(
        _as_size(part) if isinstance(part, Row) and terms_of(part) == counted else part
        for part in statement.parts
    )
    statement = replace(statement, parts=parts)
    further = set(statement.further)
    rows = [_Spoken.of(part, statement) for part in parts if _speaks(part, further)]
    own = slice(statement.own, None)
    free = (statement.lower[own] == 0) & (statement.upper[own] == 1) & statement.integer[own]
    links = [row for row in rows if row.is_link]
    limits = [row for row in rows if not row.is_link]
    tied = [part for part in statement.tied.parts if not isinstance(part, Row)]
    grouped = [part for part in tied if isinstance(part, GroupsUsed)]
    if not rows or not np.all(free) or not all(row.is_count for row in limits):
        return statement
    if len(grouped) < len(tied):
        return statement  # a row speaks of predictions
    members: dict[str, list[str]] = {name: [] for name in further}
    for part in grouped:
        members |= {f"binary[{part.switch(g)}]": list(own) for g, own in enumerate(part.groups)}
    for row in links:
        members[row.switches[0]].append(row.indicators[0])
    groups = {row.name: row.as_groups(members) for row in limits}
    taken = {row.name for row in links}
    return replace(
        statement.of_own_columns(),
        parts=tuple(groups.get(part.name, part) for part in parts if part.name not in taken),
    )


def _as_size(row: Row) -> Size:
    least = 0 if row.lower == -math.inf else math.ceil(row.lower)
    return Size(row.name, max(least, 0), None if row.upper == math.inf else math.floor(row.upper))


def _speaks(part: Part, further: set[str]) -> bool:
    return isinstance(part, Row) and not further.isdisjoint(terms_of(part))


@dataclass(frozen=True)
class _Spoken:
    """A row of features' indicators and switches, turned so that its one side is an upper one."""

    name: str
    indicators: tuple[str, ...]
    switches: tuple[str, ...]
    coefficients: tuple[float, ...]
    upper: float
    has_more: bool

    @classmethod
    def of(cls, row: Part, statement: Statement) -> _Spoken:
        assert isinstance(row, Row)
        terms = {name: value for name, value in terms_of(row).items() if value}
        sign, upper = 1.0, row.upper if row.lower == -math.inf else math.nan
        if row.upper == math.inf:
            sign, upper = -1.0, -row.lower
        features = {f"used[{name}]": name for name in statement.feature_names}
        indicators = tuple(name for name in terms if name in features)
        switches = tuple(name for name in terms if name in statement.further)
        return cls(
            row.name,
            tuple(features[name] for name in indicators),
            switches,
            tuple(sign * terms[name] for name in (*indicators, *switches)),
            upper,
            len(terms) > len(indicators) + len(switches),
        )

    @property
    def is_link(self) -> bool:
        """Whether it says that a switch is at least an indicator."""
        if self.has_more or len(self.indicators) != 1 or len(self.switches) != 1:
            return False
        a, b = self.coefficients
        # a <= b of a * indicator <= b * switch: a switch of 1 leaves the indicator free.
        return self.upper == 0.0 and 0.0 < a <= -b

    @property
    def is_count(self) -> bool:
        """Whether it limits a sum of switches and indicators from above."""
        first = self.coefficients[0]
        same = first > 0.0 and all(value == first for value in self.coefficients)
        return same and not self.has_more and 0.0 <= self.upper < math.inf

    def as_groups(self, members: dict[str, list[str]]) -> GroupsUsed:
        """Give the limit; whole numbers: as many groups as it holds, rounded as rows are."""
        groups: list[tuple[str, ...]] = [(name,) for name in self.indicators]
        groups += [tuple(members[name]) for name in self.switches]
        most = math.floor(self.upper / self.coefficients[0] + _ROUNDING)
        return GroupsUsed(self.name, tuple(groups), most)
