"""Which features go together, and which do not."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from riskslim.constraints.base import OfFeatures, Rule, Setting
from riskslim.constraints.parts import Part, Row
from riskslim.constraints.wording import kept, shown
from riskslim.errors import ConstraintError
from riskslim.names import Selector

__all__ = ["ExactlyOne", "Exclude", "Include", "Nested", "NotBoth", "Requires"]


@dataclass(frozen=True)
class Include(OfFeatures):
    """Each of these features has points.

    Parameters
    ----------
    features : str or iterable of str
        Names or patterns.
    name : str, optional
        ``include(...)`` by default.
    """

    called: ClassVar[str] = "include"

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        return [
            Row(f"{self.name}[{name}]", indicators={name: 1.0}, lower=1.0)
            for name in setting.select(self.features)
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{shown(self.features)} must have points"


@dataclass(frozen=True)
class Exclude(OfFeatures):
    """None of these features has points.

    Parameters
    ----------
    features : str or iterable of str
        Names or patterns.
    name : str, optional
        ``exclude(...)`` by default.
    """

    called: ClassVar[str] = "exclude"

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        return [
            Row(f"{self.name}[{name}]", indicators={name: 1.0}, upper=0.0)
            for name in setting.select(self.features)
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{shown(self.features)} must have no points"


@dataclass(frozen=True)
class Requires(Rule):
    """If a feature has points, then so have others.

    Parameters
    ----------
    feature : str or iterable of str
        If any of these is used ...
    needs : str or iterable of str
        ... then all of these are.
    name : str, optional
        ``requires(...)`` by default.
    """

    feature: Selector
    needs: Selector
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "feature", kept(self.feature))
        object.__setattr__(self, "needs", kept(self.needs))
        if not self.name:
            object.__setattr__(
                self, "name", f"requires({shown(self.feature)}: {shown(self.needs)})"
            )

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        pairs = itertools.product(setting.select(self.feature), setting.select(self.needs))
        return [
            Row(f"{self.name}[{a}, {b}]", indicators={a: 1.0, b: -1.0}, upper=0.0)
            for a, b in pairs
            if a != b
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"if {shown(self.feature)} has points, so has {shown(self.needs)}"


@dataclass(frozen=True)
class NotBoth(OfFeatures):
    """Of these features at most one has points: one or the other, but not both.

    Parameters
    ----------
    features : str or iterable of str
        Names or patterns; at least two features.
    name : str, optional
        ``not_both(...)`` by default.
    """

    called: ClassVar[str] = "not_both"

    def rows(self, setting: Setting) -> list[Part]:
        """State the rule over a problem's features."""
        members = _several(setting, self.features, self.name)
        return [setting.count(self.name, members, None, 1)]

    def describe(self) -> str:
        """State the rule in words."""
        return f"at most one of {shown(self.features)} has points"


@dataclass(frozen=True)
class ExactlyOne(OfFeatures):
    """Exactly one of these features has points: one threshold of a measurement, say.

    Parameters
    ----------
    features : str or iterable of str
        Names or patterns.
    name : str, optional
        ``exactly_one(...)`` by default.
    """

    called: ClassVar[str] = "exactly_one"

    def rows(self, setting: Setting) -> list[Part]:
        """State the rule over a problem's features."""
        members = setting.select(self.features)
        return [setting.count(self.name, members, 1, 1)]

    def describe(self) -> str:
        """State the rule in words."""
        return f"exactly one of {shown(self.features)} has points"


@dataclass(frozen=True)
class Nested(Rule):
    """Thresholds of one measurement, whose points rise (or fall) with it.

    Given features such as "Age >= 40", "Age >= 60", "Age >= 75", each of which adds to the
    ones before it, points of one sign make the risk rise (fall) with the measurement. Given
    bins that exclude one another ("Age 40-59", "Age 60-74", "Age 75+"), in order, the
    points themselves must rise (fall) from one to the next, from 0 below the first.

    Parameters
    ----------
    features : iterable of str
        Names in the order of the measurement, from low to high.
    rising : bool
        Whether the risk rises with the measurement.
    bins : bool
        Whether the features are bins that exclude one another rather than thresholds
        that are passed one after another.
    at_most : int, optional
        At most so many of them have points.
    name : str, optional
        ``nested(...)`` by default.
    """

    features: tuple[str, ...]
    _: KW_ONLY
    rising: bool = True
    bins: bool = False
    at_most: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        given: Any = self.features
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise ConstraintError(
                f"nested thresholds {self.features!r}: give a list of names, from low to high"
            )
        object.__setattr__(self, "features", tuple(self.features))
        if len(set(self.features)) < max(len(self.features), 1):
            raise ConstraintError(
                f"nested thresholds {shown(self.features)!r}: name each feature once"
            )
        if not self.name:
            object.__setattr__(self, "name", f"nested({shown(self.features)})")

    def rows(self, setting: Setting) -> list[Part]:
        """State the rule over a problem's features."""
        members = [setting.one(name, self.name) for name in self.features]
        sign = 1.0 if self.rising else -1.0
        rows = list[Part]()
        for place, name in enumerate(members):
            points = {name: sign}
            if self.bins and place > 0:
                points[members[place - 1]] = -sign
            rows.append(Row(f"{self.name}[{name}]", points=points, lower=0.0))
        if self.at_most is not None:
            rows.append(setting.count(f"{self.name}[count]", members, None, self.at_most))
        return rows

    def describe(self) -> str:
        """State the rule in words."""
        course = "rise" if self.rising else "fall"
        limit = "" if self.at_most is None else f", at most {self.at_most} of them with points"
        return f"points {course} along {shown(self.features)}{limit}"


def _several(setting: Setting, selector: Selector, rule: str) -> list[str]:
    members = setting.select(selector)
    if len(members) < 2:
        raise ConstraintError(f"{rule}: means the one feature {members[0]!r}; name at least two")
    return members
