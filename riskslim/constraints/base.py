"""What a constraint is: a rule that states itself once, as linear rows over named variables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from riskslim.errors import ConstraintError
from riskslim.names import Selector, nearest, quoted, select
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    from riskslim.data import Dataset

__all__ = ["Constraint", "Row", "Setting", "check_constraints"]


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


@dataclass(frozen=True, eq=False)
class Setting:
    """What a rule is stated over: features, the range of their points, and the people.

    Attributes
    ----------
    feature_names : tuple of str
        The d features.
    lower, upper : ndarray of shape (d,)
        Bounds of the points, without the intercept.
    max_size : int
        At most so many features have points.
    data : Dataset or None
        The people, for the rules that speak of them.
    intercept : tuple of int or None
        Range of the intercept within which some best score lies, where it is known.
    free_multiplier : bool
        Whether the risk is that of the score divided by a multiplier that is chosen too.
    """

    feature_names: tuple[str, ...]
    lower: FloatArray
    upper: FloatArray
    max_size: int
    data: Dataset | None = None
    intercept: tuple[int, int] | None = None
    free_multiplier: bool = False

    @classmethod
    def of_names(cls, names: Sequence[str], max_coef: int = 5) -> Setting:
        """Set the scene for rules that speak of features alone."""
        bound = np.full(len(names), float(max_coef))
        return cls(tuple(names), -bound, bound, len(names))

    @classmethod
    def of_table(cls, data: Dataset, max_coef: int = 5) -> Setting:
        """Set the scene for rules that may speak of people, before there is a problem.

        The range of the intercept is made up: rows that need it can be stated, not used.
        """
        bound = np.full(data.n_features, float(max_coef))
        return cls(data.feature_names, -bound, bound, data.n_features, data, (0, 0))

    def select(self, selector: Selector) -> list[str]:
        """Names of the features that a selector means; see `riskslim.names.select`."""
        chosen = select(selector, self.feature_names, ConstraintError)
        return [self.feature_names[j] for j in chosen]

    def one(self, name: str, rule: str) -> str:
        """Check that a name is a feature's."""
        if name not in self.feature_names:
            raise ConstraintError(
                f"{rule}: unknown feature {name!r}; {nearest(name, self.feature_names)}"
            )
        return name

    def people(self, rule: str) -> Dataset:
        """Give the data, for a rule that needs it."""
        if self.data is None:
            raise ConstraintError(f"{rule}: speaks of people; it needs a problem with data")
        return self.data


@runtime_checkable
class Constraint(Protocol):
    """A rule that a score must obey.

    A class may also have ``steps(setting)``, which gives features whose points are
    multiples of a number, and ``broken(points, setting)``, which checks a finished score where
    rows over further variables are an encoding of what is meant; see `Rule`.
    """

    @property
    def name(self) -> str:
        """Name in models, messages and reports."""

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule over a problem's features and people.

        Raises
        ------
        ConstraintError
            If it names something that is not there.
        """

    def describe(self) -> str:
        """State the rule in words."""


class Rule:
    """What the package's own constraints share.

    Attributes
    ----------
    is_encoded : bool
        Whether the coefficients of its rows depend on what else holds (ranges, size), as those of
        an encoding by 0-1 variables do. They are made anew where that changes.
    """

    is_encoded = False

    def steps(self, setting: Setting) -> dict[str, int]:  # noqa: ARG002
        """Features whose points are multiples of a number."""
        return {}

    def broken(self, points: FloatArray, setting: Setting) -> bool | None:  # noqa: ARG002
        """Whether a finished score (intercept first) breaks the rule; None if the rows tell."""
        return None


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
