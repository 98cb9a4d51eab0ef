"""What a rule says, in typed parts: each reader honours a part as what it is, or as its rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.data import Dataset

__all__ = [
    "GroupsUsed",
    "Part",
    "Predictions",
    "Rate",
    "RateSums",
    "Row",
    "Size",
    "Step",
    "Values",
]

Rate = Literal["error", "fpr", "fnr", "tpr", "tnr", "positive"]
"""``"positive"`` is the share that is predicted positive."""


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
    columns : mapping of str to float
        Coefficients on columns of a statement, by their names there: those of a Pyomo model that a
        user extended.
    """

    name: str
    points: Mapping[str, float] = field(default_factory=dict)
    indicators: Mapping[str, float] = field(default_factory=dict)
    binaries: Mapping[str, float] = field(default_factory=dict)
    lower: float = -math.inf
    upper: float = math.inf
    columns: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Size:
    """At least, and at most, so many features have points.

    Attributes
    ----------
    name : str
        Of the rule.
    at_least : int
        0 where that says nothing.
    at_most : int or None
        None where there is no limit.
    """

    name: str
    at_least: int = 0
    at_most: int | None = None


@dataclass(frozen=True)
class Step:
    """Points of these features are multiples of a number.

    Attributes
    ----------
    name : str
        Of the rule.
    of : int
        The number.
    features : tuple of str
        The features.
    """

    name: str
    of: int
    features: tuple[str, ...]


@dataclass(frozen=True)
class Values:
    """Points of these features are among some numbers.

    Attributes
    ----------
    name : str
        Of the rule.
    among : tuple of int
        The numbers, ascending.
    features : tuple of str
        The features.
    """

    name: str
    among: tuple[int, ...]
    features: tuple[str, ...]

    def switch(self, feature: str, value: int) -> str:
        """Name of the 0-1 variable "the feature has these points" where rows say it."""
        return f"{self.name}: {feature} = {value}"


@dataclass(frozen=True)
class GroupsUsed:
    """At most so many groups of features have a member with points.

    Attributes
    ----------
    name : str
        Of the rule.
    groups : tuple of (tuple of str)
        Features of each.
    at_most : int
        The limit, 1 or more.
    """

    name: str
    groups: tuple[tuple[str, ...], ...]
    at_most: int

    def switch(self, g: int) -> str:
        """Name of the 0-1 variable "group g is used" where rows say it."""
        return f"{self.name}: group {g + 1}"


@dataclass(frozen=True, eq=False)
class Predictions:
    """What the 0-1 variables "predicted yes" of rows mean, of which some half may be left out.

    Attributes
    ----------
    name : str
        Of the rule.
    threshold : int or None
        Yes is predicted from a total, without the intercept, of so many points; where it is None,
        from a sum of intercept and points above 0.
    data : Dataset
        The people.
    if_yes, if_no : ndarray of int
        Distinct rows of which "yes" means that the score reaches the threshold, and of which "no"
        means that it does not.
    """

    name: str
    threshold: int | None
    data: Dataset
    if_yes: IntArray
    if_no: IntArray

    def yes(self, i: int) -> str:
        """Name of the 0-1 variable "row i is predicted yes"; rules of one threshold share it."""
        prefix = "yes" if self.threshold is None else f"yes at {self.threshold:g}"
        return f"{prefix}[{i + 1}]"

    def predict(self, points: FloatArray) -> BoolArray:
        """Whether a finished score (intercept first) predicts yes, for each distinct row.

        Totals are exact, as in `PointScore.total`: a fitted score predicts just that.
        """
        least = self.threshold
        totals = self.data.decimals.totals(points[1:])
        return np.asarray(totals > -points[0] if least is None else totals >= least)


@dataclass(frozen=True, eq=False)
class RateSums:
    """Sums over the rows that are predicted yes lie within limits: rates, or differences of rates.

    Attributes
    ----------
    name : str
        Of the rule.
    names : tuple of str
        One for each of the m sums.
    coefficients : ndarray of shape (m, n)
        What each distinct row adds where it is predicted yes.
    lower, upper : ndarray of shape (m,)
        Limits; infinite where there is none.
    threshold : int or None
        As in `Predictions`.
    data : Dataset
        The people.
    whole : tuple of (str, float, float) or None
        Where the one sum is a rate of everybody: which, and its least and greatest value.
    """

    name: str
    names: tuple[str, ...]
    coefficients: FloatArray
    lower: FloatArray
    upper: FloatArray
    threshold: int | None
    data: Dataset
    whole: tuple[Rate, float, float] | None = None

    @property
    def predictions(self) -> Predictions:
        """What "yes" means, of all rows that a sum speaks of."""
        rows = np.flatnonzero(np.any(self.coefficients != 0.0, axis=0))
        return Predictions(self.name, self.threshold, self.data, rows, rows)

    @property
    def cut(self) -> tuple[float, bool]:
        """What a computed total must exceed for "yes", and whether it has the intercept."""
        tie = self.data.tie
        return (tie, True) if self.threshold is None else (self.threshold - tie, False)

    def is_broken(self, points: FloatArray) -> bool:
        """Whether a finished score (intercept first) breaks a limit."""
        yes = self.predictions.predict(points)
        sums = [math.fsum(own[yes].tolist()) for own in self.coefficients]
        return bool(np.any(sums < self.lower) or np.any(sums > self.upper))


Part: TypeAlias = Row | Size | Step | Values | GroupsUsed | Predictions | RateSums
