"""Whether the intercept is real or an integer, and what of a problem needs an integer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from riskslim.constraints import Part, Predictions, RateSums, Row
from riskslim.errors import OptionError
from riskslim.names import INTERCEPT_NAME

__all__ = ["Intercept", "check_intercept", "what_holds_intercept"]

Intercept = Literal["free", "integer"]


def check_intercept(intercept: Any, multiplier: str) -> Intercept | None:
    """Check what was asked of the intercept.

    Raises
    ------
    OptionError
        Another word, or a real intercept beside a fixed multiplier.
    """
    if intercept is None:
        return None
    if intercept not in get_args(Intercept):
        raise OptionError(f"intercept={intercept!r}: give one of {', '.join(get_args(Intercept))}")
    if intercept == "free" and multiplier == "fixed":
        raise OptionError(
            "intercept='free' needs multiplier='free'; the problem with the fixed multiplier has "
            "an integer intercept"
        )
    mode: Intercept = intercept
    return mode


def what_holds_intercept(
    rules: Mapping[str, Sequence[Part]], given: tuple[int | None, int | None]
) -> str:
    """Say what speaks of the intercept: a bound of it, or a rule; empty if nothing does.

    Parameters
    ----------
    rules : mapping of str to sequence of Part
        What each rule says, by its name.
    given : tuple of (int or None)
        Bounds of the intercept that were given.
    """
    if given != (None, None):
        return "the coefficient set bounds the intercept"
    for name, parts in rules.items():
        if any(_speaks_of_intercept(part) for part in parts):
            return f"the rule {name!r} speaks of the intercept"
    return ""


def _speaks_of_intercept(part: Part) -> bool:
    if isinstance(part, Row):
        return bool(part.points.get(INTERCEPT_NAME)) or bool(part.columns.get("intercept"))
    return isinstance(part, Predictions | RateSums) and part.threshold is None
