"""Anything linear over points and indicators."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from riskslim.constraints.base import Rule, Setting
from riskslim.constraints.parts import Row
from riskslim.constraints.wording import sum_in_words, within
from riskslim.errors import ConstraintError
from riskslim.names import INTERCEPT_NAME, nearest

__all__ = ["Linear"]


@dataclass(frozen=True)
class Linear(Rule):
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
    _: KW_ONLY
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

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features."""
        known = set(setting.feature_names)
        for name in self.indicators:
            if name == INTERCEPT_NAME:
                raise ConstraintError(f"{self.name}: the intercept has no indicator")
        for name in (*self.points, *self.indicators):
            if name not in known and name != INTERCEPT_NAME:
                raise ConstraintError(
                    f"{self.name}: unknown feature {name!r}; {nearest(name, setting.feature_names)}"
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
        return within(sum_in_words(terms), self.lower, self.upper)
