"""How many points features get, and in which order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np

from riskslim.constraints.base import OfFeatures, Rule, Setting
from riskslim.constraints.parts import Part, Row, Step, Values
from riskslim.constraints.wording import amount, check_sides, kept, shown
from riskslim.errors import ConstraintError
from riskslim.names import INTERCEPT_NAME, Selector

__all__ = [
    "EqualPoints",
    "Multiples",
    "PointOrder",
    "PointRange",
    "PointValues",
    "Sign",
    "TotalRange",
]

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
class PointValues(Rule):
    """Points are among some numbers, as in -10, -5, -1, 0, 1, 5 and 10.

    Parameters
    ----------
    values : list of int
        The numbers. Without 0 the features must have points.
    features : str or iterable of str
        Names or patterns; all by default.
    name : str, optional
        ``values(...)`` by default.
    """

    values: Sequence[int]
    features: Selector = "*"
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", kept(self.features))
        values = tuple(self.values)
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int | np.integer):
                raise ConstraintError(f"points among values: {value!r} is no whole number")
        if not values:
            raise ConstraintError("points among no values: give at least one number")
        object.__setattr__(self, "values", tuple(sorted({int(value) for value in values})))
        if not self.name:
            listed = ", ".join(map(str, self.values))
            object.__setattr__(self, "name", f"values({listed}: {shown(self.features)})")

    def rows(self, setting: Setting) -> list[Part]:
        """State the rule by a range and a grid, or the numbers where these do not say all."""
        features = setting.select(self.features)
        self._refuse_beyond(setting, features)
        low, high, step = self.values[0], self.values[-1], math.gcd(*self.values)
        parts: list[Part] = [
            Row(f"{self.name}[{name}]", {name: 1.0}, lower=float(low), upper=float(high))
            for name in features
            if setting.range_of(name)[0] < low or setting.range_of(name)[1] > high
        ]
        if low < high and (high - low) // step >= len(self.values):
            parts.append(Values(self.name, tuple(self.values), tuple(features)))
        elif low < high and step > 1:
            parts.append(Step(self.name, step, tuple(features)))
        return parts

    def _refuse_beyond(self, setting: Setting, features: list[str]) -> None:
        """Refuse values that no rule excludes, and that the range of the points leaves out."""
        for name in features:
            low, high = setting.range_of(name)
            beyond = [v for v in self.values if abs(v) > max(abs(low), abs(high))]
            if beyond and low < high:
                raise ConstraintError(
                    f"{self.name}: {beyond[0]} is beyond the points that {name!r} may have, "
                    f"{low:g} to {high:g}; allow more points, or leave it out"
                )

    def describe(self) -> str:
        """State the rule in words."""
        which = "points" if self.features == "*" else f"points of {shown(self.features)}"
        if len(self.values) == 1:
            return f"{which} are {self.values[0]}"
        listed = ", ".join(map(str, self.values[:-1]))
        return f"{which} are among {listed} and {self.values[-1]}"


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
