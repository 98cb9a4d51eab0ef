"""Operational constraints: one class per rule, stated once as linear rows.

A rule is read in one place, `Constraint.rows`; the Pyomo model, the tree's
program, the relaxation and the check of a finished score are all made of these rows.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from riskslim.errors import ConstraintError
from riskslim.names import INTERCEPT_NAME, Selector, nearest, quoted, select

__all__ = [
    "AllOrNone",
    "Constraint",
    "GroupLimit",
    "Linear",
    "Row",
    "SizeLimit",
    "check_constraints",
]


@dataclass(frozen=True)
class Row:
    """A linear row ``lower <= points + indicators + binaries <= upper`` over named variables.

    Attributes
    ----------
    name : str
        Unique within a problem; the name of the rule, with what it speaks of if it has many rows.
    points : mapping of str to float
        Coefficients on points, by feature or ``"(Intercept)"``.
    indicators : mapping of str to float
        Coefficients on "the feature has points other than 0".
    binaries : mapping of str to float
        Coefficients on further 0-1 variables, which exist by being named here.
    lower, upper : float
        Sides; infinite where there is none.
    """

    name: str
    points: Mapping[str, float] = field(default_factory=dict)
    indicators: Mapping[str, float] = field(default_factory=dict)
    binaries: Mapping[str, float] = field(default_factory=dict)
    lower: float = -math.inf
    upper: float = math.inf


@runtime_checkable
class Constraint(Protocol):
    """A rule that a score must obey."""

    @property
    def name(self) -> str:
        """Name in models, messages and reports."""

    def rows(self, feature_names: Sequence[str]) -> list[Row]:
        """State the rule over a problem's features.

        Raises
        ------
        ConstraintError
            If it names something that is not there.
        """

    def describe(self) -> str:
        """State the rule in words."""


def _count(value: int | None, option: str, rule: str) -> None:
    if value is not None and (isinstance(value, bool) or value != int(value) or value < 0):
        raise ConstraintError(f"{rule}: {option}={value!r} is no count; give 0, 1, 2, ...")


def _limits(at_least: int | None, at_most: int | None, rule: str) -> None:
    _count(at_least, "at_least", rule)
    _count(at_most, "at_most", rule)
    if at_least is None and at_most is None:
        raise ConstraintError(f"{rule}: says nothing; give at_least or at_most")
    if at_least is not None and at_most is not None and at_least > at_most:
        raise ConstraintError(f"{rule}: at_least={at_least} is more than at_most={at_most}")


def _amount(at_least: int | None, at_most: int | None) -> str:
    if at_least == at_most:
        return f"exactly {at_least}"
    if at_least is None:
        return f"at most {at_most}"
    if at_most is None:
        return f"at least {at_least}"
    return f"{at_least} to {at_most}"


def _shown(selector: Selector) -> str:
    return selector if isinstance(selector, str) else ", ".join(selector)


def _kept(selector: Selector) -> Selector:
    """Keep names as a tuple: an iterator could be read once only."""
    return selector if isinstance(selector, str) else tuple(selector)


@dataclass(frozen=True)
class SizeLimit:
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
    name: str = ""

    def __post_init__(self) -> None:
        _limits(self.at_least, self.at_most, "size limit")
        if not self.name:
            object.__setattr__(self, "name", f"size({self.describe()})")

    def rows(self, feature_names: Sequence[str]) -> list[Row]:
        """State the rule over a problem's features."""
        return [
            Row(
                self.name,
                indicators=dict.fromkeys(feature_names, 1.0),
                lower=-math.inf if self.at_least is None else float(self.at_least),
                upper=math.inf if self.at_most is None else float(self.at_most),
            )
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{_amount(self.at_least, self.at_most)} features"


@dataclass(frozen=True)
class GroupLimit:
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
    at_most: int | None = None
    at_least: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "group", _kept(self.group))
        _limits(self.at_least, self.at_most, f"limit on {_shown(self.group)}")
        if not self.name:
            object.__setattr__(self, "name", f"group({_shown(self.group)})")

    def rows(self, feature_names: Sequence[str]) -> list[Row]:
        """State the rule over a problem's features."""
        members = select(self.group, feature_names, ConstraintError)
        return [
            Row(
                self.name,
                indicators={feature_names[j]: 1.0 for j in members},
                lower=-math.inf if self.at_least is None else float(self.at_least),
                upper=math.inf if self.at_most is None else float(self.at_most),
            )
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{_amount(self.at_least, self.at_most)} of {_shown(self.group)}"


@dataclass(frozen=True)
class AllOrNone:
    """Either every feature of a group is used, or none is.

    Parameters
    ----------
    group : str or iterable of str
        Names or patterns; at least two features.
    name : str, optional
        ``all_or_none(...)`` by default.
    """

    group: Selector
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "group", _kept(self.group))
        if not self.name:
            object.__setattr__(self, "name", f"all_or_none({_shown(self.group)})")

    def rows(self, feature_names: Sequence[str]) -> list[Row]:
        """State the rule over a problem's features: neighbours of a chain are used alike."""
        members = [feature_names[j] for j in select(self.group, feature_names, ConstraintError)]
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
        return f"all or none of {_shown(self.group)}"


@dataclass(frozen=True)
class Linear:
    """A linear inequality over points and indicators.

    Parameters
    ----------
    points : mapping of str to float
        Coefficients on points, by feature or ``"(Intercept)"``.
    indicators : mapping of str to float
        Coefficients on "the feature is used", by feature.
    lower, upper : float
        Sides; at least one of them finite.
    name : str, optional
        ``linear(...)`` by default.
    """

    points: Mapping[str, float] = field(default_factory=dict)
    indicators: Mapping[str, float] = field(default_factory=dict)
    lower: float = -math.inf
    upper: float = math.inf
    name: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            mentioned = [*self.points, *self.indicators]
            object.__setattr__(self, "name", f"linear({', '.join(mentioned)})")
        for name, coefficient in (*self.points.items(), *self.indicators.items()):
            if not math.isfinite(coefficient):
                raise ConstraintError(f"{self.name}: the coefficient of {name!r} is {coefficient}")
        if not any((*self.points.values(), *self.indicators.values())):
            raise ConstraintError(f"{self.name}: no coefficient differs from 0; name some variable")
        if math.isnan(self.lower) or math.isnan(self.upper) or self.lower > self.upper:
            raise ConstraintError(
                f"{self.name}: lower={self.lower} and upper={self.upper} leave nothing between"
            )
        if self.lower == -math.inf and self.upper == math.inf:
            raise ConstraintError(f"{self.name}: says nothing; give lower or upper")
        if self.lower == math.inf or self.upper == -math.inf:
            raise ConstraintError(f"{self.name}: a side is infinite the wrong way round")

    def rows(self, feature_names: Sequence[str]) -> list[Row]:
        """State the rule over a problem's features."""
        known = set(feature_names)
        for name in self.indicators:
            if name == INTERCEPT_NAME:
                raise ConstraintError(f"{self.name}: the intercept has no indicator")
        for name in (*self.points, *self.indicators):
            if name not in known and name != INTERCEPT_NAME:
                raise ConstraintError(
                    f"{self.name}: unknown feature {name!r}; {nearest(name, feature_names)}"
                )
        return [
            Row(
                self.name,
                points={name: float(c) for name, c in self.points.items() if c},
                indicators={name: float(c) for name, c in self.indicators.items() if c},
                lower=float(self.lower),
                upper=float(self.upper),
            )
        ]

    def describe(self) -> str:
        """State the rule in words."""
        terms = [(c, f"points of {name}") for name, c in self.points.items() if c]
        terms += [(c, f"[{name} used]") for name, c in self.indicators.items() if c]
        text = " ".join(
            f"{'-' if c < 0 else '+'} {'' if abs(c) == 1 else f'{abs(c):g} x '}{term}"
            for c, term in terms
        ).removeprefix("+ ")
        if self.lower == self.upper:
            return f"{text} = {self.lower:g}"
        if self.lower == -math.inf:
            return f"{text} <= {self.upper:g}"
        if self.upper == math.inf:
            return f"{text} >= {self.lower:g}"
        return f"{self.lower:g} <= {text} <= {self.upper:g}"


def check_constraints(constraints: Sequence[Constraint]) -> tuple[Constraint, ...]:
    """Refuse what is no constraint, and two of the same name.

    Raises
    ------
    ConstraintError
        Naming the constraint.
    """
    seen: set[str] = set()
    for constraint in constraints:
        if not isinstance(constraint, Constraint):
            raise ConstraintError(
                f"{constraint!r} is no constraint; make it with a class of riskslim.constraints"
            )
        if constraint.name in seen:
            raise ConstraintError(
                f"two constraints are called {constraint.name!r} "
                f"({quoted([c.describe() for c in constraints if c.name == constraint.name])}); "
                "give one of them another name="
            )
        seen.add(constraint.name)
    return tuple(constraints)
