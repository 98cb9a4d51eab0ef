"""How many features are used, in all and of groups."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any

from riskslim.constraints.base import Rule, Setting
from riskslim.constraints.parts import GroupsUsed, Part, Row
from riskslim.constraints.wording import amount, check_limits, kept, shown
from riskslim.errors import ConstraintError
from riskslim.names import Selector

__all__ = ["AllOrNone", "GroupCount", "GroupLimit", "SizeLimit"]


@dataclass(frozen=True)
class SizeLimit(Rule):
    """At least, or at most, so many features have points other than 0.

    Parameters
    ----------
    at_least, at_most : int, optional
        The limits; the intercept does not count.
    name : str, optional
        Made of the limits by default.
    """

    at_least: int | None = None
    at_most: int | None = None
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        check_limits(self.at_least, self.at_most, "size limit")
        if not self.name:
            object.__setattr__(self, "name", f"size({self.describe()})")

    def rows(self, setting: Setting) -> list[Part]:
        """State the rule over a problem's features."""
        return [setting.count(self.name, setting.feature_names, self.at_least, self.at_most)]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{amount(self.at_least, self.at_most)} features"


@dataclass(frozen=True)
class GroupLimit(Rule):
    """At least, or at most, so many features of a group are used.

    Parameters
    ----------
    group : str or iterable of str
        Names or patterns.
    at_most, at_least : int, optional
        The limits.
    name : str, optional
        ``group(...)`` by default.
    """

    group: Selector
    _: KW_ONLY
    at_most: int | None = None
    at_least: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "group", kept(self.group))
        check_limits(self.at_least, self.at_most, f"limit on {shown(self.group)}")
        if not self.name:
            object.__setattr__(self, "name", f"group({shown(self.group)})")

    def rows(self, setting: Setting) -> list[Part]:
        """State the rule over a problem's features."""
        members = setting.select(self.group)
        return [setting.count(self.name, members, self.at_least, self.at_most)]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{amount(self.at_least, self.at_most)} of {shown(self.group)}"


@dataclass(frozen=True)
class AllOrNone(Rule):
    """Either every feature of a group is used, or none is.

    Parameters
    ----------
    group : str or iterable of str
        Names or patterns; at least two features.
    name : str, optional
        ``all_or_none(...)`` by default.
    """

    group: Selector
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "group", kept(self.group))
        if not self.name:
            object.__setattr__(self, "name", f"all_or_none({shown(self.group)})")

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features: neighbours of a chain are used alike."""
        members = setting.select(self.group)
        if len(members) < 2:
            raise ConstraintError(
                f"{self.describe()}: the group is the one feature {members[0]!r}; name at least two"
            )
        return [
            Row(f"{self.name}[{b}]", indicators={a: 1.0, b: -1.0}, lower=0.0, upper=0.0)
            for a, b in itertools.pairwise(members)
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"all or none of {shown(self.group)}"


@dataclass(frozen=True)
class GroupCount(Rule):
    """At most so many of several groups are used at all: so many measurements, say.

    Parameters
    ----------
    groups : iterable of (str or iterable of str)
        Each a name, a pattern or a list of them. A group is used where any of its
        features has points.
    at_most : int
        The limit.
    name : str, optional
        ``groups(...)`` by default.
    """

    groups: tuple[Selector, ...]
    at_most: int
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        given: Any = self.groups
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise ConstraintError(f"groups={self.groups!r}: give a list of groups")
        object.__setattr__(self, "groups", tuple(kept(group) for group in self.groups))
        check_limits(None, self.at_most, "limit on groups")
        if not self.groups:
            raise ConstraintError("limit on groups: no group is given")
        if not self.name:
            object.__setattr__(self, "name", f"groups({'; '.join(map(shown, self.groups))})")

    def rows(self, setting: Setting) -> list[Part]:
        """State the rule over groups, or over features where each group is one of its own."""
        members = [setting.select(group) for group in self.groups]
        if self.at_most == 0:
            return [setting.count(self.name, itertools.chain(*members), None, 0)]
        if len(members) <= self.at_most:
            return []
        alone = [names[0] for names in members if len(names) == 1]
        if len(alone) == len(set(alone)) == len(members):
            return [setting.count(self.name, alone, None, self.at_most)]
        return [GroupsUsed(self.name, tuple(map(tuple, members)), self.at_most)]

    def describe(self) -> str:
        """State the rule in words."""
        groups = "; ".join(map(shown, self.groups))
        return f"at most {self.at_most} of the groups {groups}"
