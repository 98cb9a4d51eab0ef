"""What a user states in a model by rows of their own, read as the typed part that it means."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from riskslim.constraints import GroupsUsed, Row, Size
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
    groups = _groups(statement)
    if groups is None:
        return statement
    rest = statement.of_own_columns()
    return replace(rest, parts=(*rest.parts, *groups))


def _as_size(row: Row) -> Size:
    least = 0 if row.lower == -math.inf else math.ceil(row.lower)
    return Size(row.name, max(least, 0), None if row.upper == math.inf else math.floor(row.upper))


def _groups(statement: Statement) -> list[GroupsUsed] | None:
    """Give what the rows over further variables say, where all of these are switches."""
    own, further = slice(statement.own, None), set(statement.further)
    if any(name.startswith("error[") for name in further):
        return None  # they mean more than their rows say
    free = (statement.lower[own] == 0) & (statement.upper[own] == 1) & statement.integer[own]
    members = {f"used[{name}]": [name] for name in statement.feature_names}
    members |= {name: [] for name in further}
    limits: list[tuple[str, list[str], float]] = []
    for part in statement.tied.parts:
        if isinstance(part, GroupsUsed):
            members |= {f"binary[{part.switch(g)}]": list(of) for g, of in enumerate(part.groups)}
        elif not isinstance(part, Row):
            return None  # a row speaks of predictions
        elif not further.isdisjoint(terms_of(part)):
            terms, upper = _turned(part)
            columns, (first, *others) = list(terms), terms.values()
            # a <= b of a * indicator <= b * switch: a switch of 1 leaves the indicator free.
            a_link = len(columns) == 2 and columns[0] not in further and 0.0 < first <= -others[0]
            if a_link and upper == 0.0 and columns[0] in members:
                members[columns[1]] += members[columns[0]]
            elif first > 0.0 and set(others) <= {first} and 0.0 <= upper < math.inf:
                # Whole numbers: as many groups as the limit holds, rounded as rows are.
                limits.append((part.name, columns, math.floor(upper / first + _ROUNDING)))
            else:
                return None
    if not np.all(free) or not all(members.keys() >= set(columns) for _, columns, _ in limits):
        return None
    return [
        GroupsUsed(name, tuple(tuple(members[column]) for column in columns), int(most))
        for name, columns, most in limits
    ]


def _turned(row: Row) -> tuple[dict[str, float], float]:
    """Give a row's terms, points and indicators first, so that its one side is an upper one."""
    terms = {name: value for name, value in terms_of(row).items() if value}
    terms = dict(sorted(terms.items(), key=lambda term: not term[0].startswith("used[")))
    if row.upper == math.inf:
        return {name: -value for name, value in terms.items()}, -row.lower
    return terms, row.upper if row.lower == -math.inf else math.nan
