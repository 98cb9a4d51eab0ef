"""How many variables a score uses, and how many cut points of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from riskslim.constraints.base import Rule, Setting
from riskslim.constraints.parts import Part
from riskslim.constraints.size import GroupCount
from riskslim.constraints.wording import check_limits
from riskslim.errors import ConstraintError
from riskslim.names import quoted

__all__ = ["CutLimit", "VariableLimit"]

# As many variables are named in words.
_NAMED = 3


@dataclass(frozen=True)
class CutLimit(Rule):
    """At most so many cut points of every variable have points.

    Parameters
    ----------
    cuts : mapping of str to sequence of str
        Features by the variable that they come from.
    at_most : int
        The limit, of each.
    name : str, optional
        ``cuts(...)`` by default.
    """

    cuts: Mapping[str, tuple[str, ...]] = field(hash=False)
    at_most: int = 1
    _: KW_ONLY
    name: str = ""

    def __post_init__(self) -> None:
        check_limits(None, self.at_most, "limit on cut points")
        if not self.cuts:
            raise ConstraintError("limit on cut points: name at least one variable")
        object.__setattr__(
            self, "cuts", {str(key): tuple(names) for key, names in self.cuts.items()}
        )
        if not self.name:
            object.__setattr__(self, "name", f"cuts({quoted(list(self.cuts), _NAMED)})")

    def rows(self, setting: Setting) -> list[Part]:
        """State the rule over a problem's features, leaving out variables of too few cuts."""
        return [
            setting.count(
                f"{self.name}[{variable}]",
                [setting.one(name, self.name) for name in names],
                None,
                self.at_most,
            )
            for variable, names in self.cuts.items()
            if len(names) > self.at_most
        ]

    def describe(self) -> str:
        """State the rule in words."""
        shown = list(self.cuts)
        which = " or ".join(shown) if len(shown) <= _NAMED else "any of the variables"
        return f"at most {self.at_most} cut point{'s' * (self.at_most > 1)} of {which}"


@dataclass(frozen=True)
class VariableLimit(Rule):
    """At most so many variables have points: so many questions, whatever their bands.

    Parameters
    ----------
    variables : mapping of str to sequence of str
        Features by the variable that they come from: cuts of a number, levels of a category, its
        blanks.
    at_most : int
        The limit.
    name : str, optional
        ``variables`` by default.
    """

    variables: Mapping[str, tuple[str, ...]] = field(hash=False)
    _: KW_ONLY
    at_most: int
    name: str = "variables"

    def __post_init__(self) -> None:
        check_limits(None, self.at_most, "limit on variables")
        if not self.variables:
            raise ConstraintError("limit on variables: name at least one variable")
        object.__setattr__(
            self, "variables", {str(key): tuple(names) for key, names in self.variables.items()}
        )

    def rows(self, setting: Setting) -> list[Part]:
        """State the rule over groups of a problem's features."""
        groups = GroupCount(tuple(self.variables.values()), at_most=self.at_most, name=self.name)
        return groups.rows(setting)

    def describe(self) -> str:
        """State the rule in words."""
        return f"at most {self.at_most} variable{'s' * (self.at_most != 1)}"
