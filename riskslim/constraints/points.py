"""How many points features get, and in which order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np

from riskslim.constraints.base import OfFeatures, Rule, Setting
from riskslim.constraints.parts import Row, Step
from riskslim.constraints.wording import amount, check_sides, kept, shown
from riskslim.errors import ConstraintError
from riskslim.names import INTERCEPT_NAME, Selector

__all__ = ["EqualPoints", "Multiples", "PointOrder", "PointRange", "Sign", "TotalRange"]

_SIGNS = {"+": ("no points below 0", 0.0, math.inf), "-": ("no points above 0", -math.inf, 0.0)}


@dataclass(frozen=True)
class Sign(Rule):
    """Points of features are not negative, or not positive.

    Parameters
    ----------
    features : str or iterable of str
        Names or patterns.
    sign : {"+", "-"}
        The sign that points may have; 0 is allowed.
    name : str, optional
        ``sign(...)`` by default.
    """

    features: Selector
    sign: str
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", kept(self.features))
        if self.sign not in _SIGNS:
            raise ConstraintError(
                f"sign of {shown(self.features)}: {self.sign!r} is no sign; give '+' or '-'"
            )
        if not self.name:
            object.__setattr__(self, "name", f"sign({shown(self.features)})")

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        _, low, high = _SIGNS[self.sign]
        return [
            Row(f"{self.name}[{name}]", points={name: 1.0}, lower=low, upper=high)
            for name in setting.select(self.features)
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{shown(self.features)}: {_SIGNS[self.sign][0]}"


@dataclass(frozen=True)
class PointRange(Rule):
    """Points of features lie in a range; with both sides equal an expert fixes them.

    Parameters
    ----------
    features : str or iterable of str
        Names or patterns; ``"(Intercept)"`` means the intercept.
    at_least, at_most : int, optional
        The sides.
    name : str, optional
        ``range(...)`` by default.
    """

    features: Selector
    _: KW_ONLY
    at_least: int | None = None
    at_most: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", kept(self.features))
        check_sides(self.at_least, self.at_most, f"points of {shown(self.features)}")
        if not self.name:
            object.__setattr__(self, "name", f"range({shown(self.features)})")

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        low = -math.inf if self.at_least is None else float(self.at_least)
        high = math.inf if self.at_most is None else float(self.at_most)
        members = (
            [INTERCEPT_NAME] if self.features == INTERCEPT_NAME else setting.select(self.features)
        )
        return [
            Row(f"{self.name}[{name}]", points={name: 1.0}, lower=low, upper=high)
            for name in members
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{shown(self.features)}: {amount(self.at_least, self.at_most)} points"


@dataclass(frozen=True)
class EqualPoints(OfFeatures):
    """Features of a group all have the same points.

    Parameters
    ----------
    features : str or iterable of str
        Names or patterns; at least two features.
    name : str, optional
        ``equal(...)`` by default.
    """

    called: ClassVar[str] = "equal"

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        members = setting.select(self.features)
        if len(members) < 2:
            raise ConstraintError(
                f"{self.name}: means the one feature {members[0]!r}; name at least two"
            )
        return [
            Row(f"{self.name}[{b}]", points={a: 1.0, b: -1.0}, lower=0.0, upper=0.0)
            for a, b in itertools.pairwise(members)
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{shown(self.features)} have equal points"


@dataclass(frozen=True)
class PointOrder(Rule):
    """Each feature earns at least as many points as the next.

    Parameters
    ----------
    features : iterable of str
        Names, from the most points to the fewest.
    name : str, optional
        ``order(...)`` by default.
    """

    features: tuple[str, ...]
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        given: Any = self.features
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise ConstraintError(
                f"order of {self.features!r}: give a list of names, from most points to fewest"
            )
        object.__setattr__(self, "features", tuple(self.features))
        if len(self.features) < 2 or len(set(self.features)) < len(self.features):
            raise ConstraintError(
                f"order of {shown(self.features)}: name at least two features, each once"
            )
        if not self.name:
            object.__setattr__(self, "name", f"order({shown(self.features)})")

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        members = [setting.one(name, self.name) for name in self.features]
        return [
            Row(f"{self.name}[{a}, {b}]", points={a: 1.0, b: -1.0}, lower=0.0)
            for a, b in itertools.pairwise(members)
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return "points of " + " >= ".join(self.features)


@dataclass(frozen=True)
class Multiples(Rule):
    """Points of features are multiples of a number, 2 or 5 say.

    Parameters
    ----------
    of : int
        The number, at least 1.
    features : str or iterable of str
        Names or patterns; all by default.
    name : str, optional
        ``multiples(...)`` by default.
    """

    of: int
    features: Selector = "*"
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", kept(self.features))
        if isinstance(self.of, bool) or not isinstance(self.of, int) or self.of < 1:
            raise ConstraintError(f"multiples of {self.of!r}: give a whole number, 1 or more")
        if not self.name:
            object.__setattr__(self, "name", f"multiples({self.of}: {shown(self.features)})")

    def rows(self, setting: Setting) -> list[Step]:
        """State the rule by the points' grid."""
        return [Step(self.name, self.of, tuple(setting.select(self.features)))]

    def describe(self) -> str:
        """State the rule in words."""
        which = "points" if self.features == "*" else f"points of {shown(self.features)}"
        return f"{which} are multiples of {self.of}"


@dataclass(frozen=True)
class TotalRange(Rule):
    """The total of every person in the table lies in a range.

    The total is the sum of the points, without the intercept.

    Parameters
    ----------
    at_least, at_most : int, optional
        The sides.
    name : str, optional
        ``total(...)`` by default.
    """

    at_least: float | None = None
    at_most: float | None = None
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        check_sides(self.at_least, self.at_most, "range of the total")
        if not self.name:
            object.__setattr__(self, "name", f"total({amount(self.at_least, self.at_most)})")

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule person by person, leaving out rows that no points can break."""
        features = setting.people(self.name).features
        low = -math.inf if self.at_least is None else float(self.at_least)
        high = math.inf if self.at_most is None else float(self.at_most)
        ends = features * setting.lower, features * setting.upper
        least, most = np.minimum(*ends).sum(axis=1), np.maximum(*ends).sum(axis=1)
        tight: Any = np.flatnonzero((least < low) | (most > high))
        return [
            Row(
                f"{self.name}[{i + 1}]",
                points={
                    name: float(value)
                    for name, value in zip(setting.feature_names, features[i], strict=True)
                    if value
                },
                lower=low,
                upper=high,
            )
            for i in tight.tolist()
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"the total of everyone in the table is {amount(self.at_least, self.at_most)}"
