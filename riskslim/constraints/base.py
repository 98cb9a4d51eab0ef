"""What a constraint is: a rule that states itself once, in typed parts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np

from riskslim.constraints.parts import Part, Row, Size
from riskslim.constraints.wording import kept, shown
from riskslim.errors import ConstraintError
from riskslim.names import Selector, nearest, quoted, select
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    from riskslim.data import Dataset

__all__ = ["Constraint", "Setting", "check_constraints"]


@dataclass(frozen=True, eq=False)
class Setting:
    """What a rule is stated over: features, the range of their points, and the people.

    Attributes
    ----------
    feature_names : tuple of str
        The d features.
    lower, upper : ndarray of shape (d,)
        Bounds of the points, without the intercept.
    data : Dataset or None
        The people, for the rules that speak of them.
    """

    feature_names: tuple[str, ...]
    lower: FloatArray
    upper: FloatArray
    data: Dataset | None = None

    @classmethod
    def of_names(cls, names: Sequence[str], max_coef: int = 5) -> Setting:
        """Set the scene for rules that speak of features alone."""
        bound = np.full(len(names), float(max_coef))
        return cls(tuple(names), -bound, bound)

    @classmethod
    def of_table(cls, data: Dataset, max_coef: int = 5) -> Setting:
        """Set the scene for rules that may speak of people, before there is a problem."""
        bound = np.full(data.n_features, float(max_coef))
        return cls(data.feature_names, -bound, bound, data)

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

    def range_of(self, name: str) -> tuple[float, float]:
        """Bounds of a feature's points."""
        j = self.feature_names.index(name)
        return float(self.lower[j]), float(self.upper[j])

    def people(self, rule: str) -> Dataset:
        """Give the data, for a rule that needs it."""
        if self.data is None:
            raise ConstraintError(f"{rule}: speaks of people; it needs a problem with data")
        return self.data

    def count(
        self, name: str, features: Iterable[str], at_least: int | None, at_most: int | None
    ) -> Row | Size:
        """Limit how many of some features have points: that of all of them is the size."""
        indicators = dict.fromkeys(features, 1.0)
        if len(indicators) == len(self.feature_names):
            return Size(name, at_least or 0, at_most)
        low = -math.inf if at_least is None else float(at_least)
        high = math.inf if at_most is None else float(at_most)
        return Row(name, indicators=indicators, lower=low, upper=high)


@runtime_checkable
class Constraint(Protocol):
    """A rule that a score must obey."""

    @property
    def name(self) -> str:
        """Name in models, messages and reports."""

    def rows(self, setting: Setting) -> Sequence[Part]:
        """State the rule over a problem's features and people, as rows or other parts.

        Raises
        ------
        ConstraintError
            If it names something that is not there.
        """

    def describe(self) -> str:
        """State the rule in words."""


class Rule:
    """What the package's own constraints share: a list of features, then arguments by name."""

    def __new__(cls, *given: Any, **_: Any) -> Self:
        """Refuse what would be taken for another argument: `NotBoth("A", "B")` for a name, say."""
        places = [item.name for item in fields(cls) if not item.kw_only] if given else []  # type: ignore[arg-type]
        if len(given) > len(places):
            raise ConstraintError(
                f"{cls.__name__} takes {' and '.join(places)} and then names its arguments, but "
                f"{len(given)} came without a name; several features are one list, as in "
                f"{cls.__name__}(['A', 'B'])"
            )
        return super().__new__(cls)


@dataclass(frozen=True)
class OfFeatures(Rule):
    """A rule on features and nothing else.

    Attributes
    ----------
    called : str
        What names of such rules begin with.
    features : str or iterable of str
        Names or patterns.
    name : str
        ``called(features)`` by default.
    """

    called: ClassVar[str]

    features: Selector
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", kept(self.features))
        if not self.name:
            object.__setattr__(self, "name", f"{self.called}({shown(self.features)})")


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
