"""How given persons must be classed, scored or ranked."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Any

from riskslim.constraints.base import Rule, Setting
from riskslim.constraints.parts import Row
from riskslim.constraints.wording import amount, check_sides
from riskslim.errors import ConstraintError
from riskslim.names import INTERCEPT_NAME, nearest

__all__ = ["Classed", "Person", "Ranked", "Scored"]

Person = Mapping[str, float]
"""Values by feature; a feature that is not named has the value 0."""

_LEAST = 1e-6


def _kept(person: Any, rule: str) -> dict[str, float]:
    if not isinstance(person, Mapping):
        raise ConstraintError(
            f"{rule}: a person is given by values of features, such as {{'Age >= 60': 1}}, "
            f"not by {person!r}"
        )
    values = {}
    for name, value in person.items():
        if isinstance(value, str) or not math.isfinite(float(value)):
            raise ConstraintError(f"{rule}: {name} = {value!r} is no finite number")
        if float(value):
            values[str(name)] = float(value)
    return values


def _known(person: Mapping[str, float], setting: Setting, rule: str) -> None:
    for name in person:
        if name not in setting.feature_names:
            raise ConstraintError(
                f"{rule}: unknown feature {name!r}; {nearest(name, setting.feature_names)}"
            )


def _profile(person: Mapping[str, float]) -> str:
    return "{" + ", ".join(f"{name}: {value:g}" for name, value in person.items()) + "}"


@dataclass(frozen=True)
class Scored(Rule):
    """The total of a person is at least, or at most, so many points.

    The total is the sum of the person's points, without the intercept.

    Parameters
    ----------
    person : mapping of str to float
        Values by feature; one that is not named is 0.
    at_least, at_most : float, optional
        The sides.
    name : str, optional
        ``scored(...)`` by default.
    """

    person: Person
    _: KW_ONLY
    at_least: float | None = None
    at_most: float | None = None
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "person", _kept(self.person, self.name or "scored"))
        check_sides(self.at_least, self.at_most, f"total of {_profile(self.person)}")
        if not self.name:
            object.__setattr__(self, "name", f"scored({_profile(self.person)})")

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        _known(self.person, setting, self.name)
        return [
            Row(
                self.name,
                points=dict(self.person),
                lower=-math.inf if self.at_least is None else float(self.at_least),
                upper=math.inf if self.at_most is None else float(self.at_most),
            )
        ]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{_profile(self.person)} scores {amount(self.at_least, self.at_most)}"


@dataclass(frozen=True)
class Classed(Rule):
    """A person is predicted positive (a risk above one half), or not.

    Parameters
    ----------
    person : mapping of str to float
        Values by feature; one that is not named is 0.
    positive : bool
        Whether the prediction is the positive class.
    name : str, optional
        ``classed(...)`` by default.
    """

    person: Person
    positive: bool
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "person", _kept(self.person, self.name or "classed"))
        if not isinstance(self.positive, bool):
            raise ConstraintError(
                f"{self.name or 'classed'}: positive={self.positive!r}: give a bool"
            )
        if not self.name:
            object.__setattr__(self, "name", f"classed({_profile(self.person)})")

    def rows(self, setting: Setting) -> list[Row]:
        """State that intercept and points are above 0, or not.

        Scores are multiples of the greatest common divisor of the values, so that "above
        0" is "at least that".
        """
        _known(self.person, setting, self.name)
        terms = {INTERCEPT_NAME: 1.0, **self.person}
        if not self.positive:
            return [Row(self.name, points=terms, upper=0.0)]
        return [Row(self.name, points=terms, lower=_grid([1.0, *self.person.values()]))]

    def describe(self) -> str:
        """State the rule in words."""
        return f"{_profile(self.person)} is predicted {'yes' if self.positive else 'no'}"


@dataclass(frozen=True)
class Ranked(Rule):
    """Each person scores at least as high as the next.

    Parameters
    ----------
    people : iterable of mapping
        Values by feature, from the highest total to the lowest.
    by : float
        The least difference from one to the next.
    name : str, optional
        ``ranked(...)`` by default.
    """

    people: tuple[Person, ...]
    _: KW_ONLY
    by: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.people, str | Mapping) or not isinstance(self.people, Iterable):
            raise ConstraintError("ranked: give a list of persons, from the highest total down")
        object.__setattr__(
            self, "people", tuple(_kept(person, self.name or "ranked") for person in self.people)
        )
        if len(self.people) < 2:
            raise ConstraintError(f"{self.name or 'ranked'}: give at least two persons")
        check_sides(self.by, None, self.name or "ranked")
        if not self.name:
            object.__setattr__(self, "name", f"ranked({' >= '.join(map(_profile, self.people))})")

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        rows = []
        for place, (above, below) in enumerate(itertools.pairwise(self.people), 1):
            _known(above, setting, self.name)
            _known(below, setting, self.name)
            terms = dict(above)
            for name, value in below.items():
                terms[name] = terms.get(name, 0.0) - value
            rows.append(
                Row(
                    f"{self.name}[{place}]",
                    points={name: value for name, value in terms.items() if value},
                    lower=float(self.by),
                )
            )
        return rows

    def describe(self) -> str:
        """State the rule in words."""
        by = f", each by at least {self.by:g}" if self.by else ""
        return f"totals of {' >= '.join(map(_profile, self.people))}{by}"


def _grid(values: list[float]) -> float:
    """Largest number of which all values (short decimals) are multiples; tiny if there is none."""
    parts = [Fraction(repr(value)) for value in values if value]
    denominator = math.lcm(*(part.denominator for part in parts))
    step = math.gcd(*(int(part * denominator) for part in parts)) / denominator
    return max(step, _LEAST)
