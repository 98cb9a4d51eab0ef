"""Checks of what rules are given, and how rules say it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from riskslim.errors import ConstraintError
from riskslim.names import Selector

__all__ = [
    "amount",
    "check_count",
    "check_limits",
    "check_sides",
    "kept",
    "shown",
    "sum_in_words",
    "within",
]


def check_count(value: int | None, option: str, rule: str) -> None:
    """Refuse what is no count."""
    if value is not None and (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or value != int(value)
        or value < 0
    ):
        raise ConstraintError(f"{rule}: {option}={value!r} is no count; give 0, 1, 2, ...")


def check_limits(at_least: int | None, at_most: int | None, rule: str) -> None:
    """Refuse counts that say nothing or leave nothing."""
    check_count(at_least, "at_least", rule)
    check_count(at_most, "at_most", rule)
    check_sides(at_least, at_most, rule)


def check_sides(at_least: float | None, at_most: float | None, rule: str) -> None:
    """Refuse sides that say nothing or leave nothing."""
    for option, value in (("at_least", at_least), ("at_most", at_most)):
        if value is not None and (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise ConstraintError(f"{rule}: {option}={value!r} is no finite number")
    if at_least is None and at_most is None:
        raise ConstraintError(f"{rule}: says nothing; give at_least or at_most")
    if at_least is not None and at_most is not None and at_least > at_most:
        raise ConstraintError(f"{rule}: at_least={at_least} is more than at_most={at_most}")


def amount(at_least: float | None, at_most: float | None) -> str:
    """Say what lies between two sides."""
    if at_least is not None and at_least == at_most:
        return f"exactly {at_least:g}"
    if at_least is None:
        return f"at most {at_most:g}"
    if at_most is None:
        return f"at least {at_least:g}"
    return f"{at_least:g} to {at_most:g}"


def within(text: str, lower: float, upper: float) -> str:
    """State an inequality."""
    if lower == upper:
        return f"{text} = {lower:g}"
    if lower == -math.inf:
        return f"{text} <= {upper:g}"
    if upper == math.inf:
        return f"{text} >= {lower:g}"
    return f"{lower:g} <= {text} <= {upper:g}"


def sum_in_words(terms: Iterable[tuple[float, str]]) -> str:
    """State a sum with its signs."""
    return " ".join(
        f"{'-' if c < 0 else '+'} {'' if abs(c) == 1 else f'{abs(c):g} x '}{term}"
        for c, term in terms
    ).removeprefix("+ ")


def shown(selector: Selector) -> str:
    """Name what a selector means."""
    return selector if isinstance(selector, str) else ", ".join(map(str, selector))


def kept(selector: Selector) -> Selector:
    """Keep names as a tuple: an iterator could be read once only."""
    return selector if isinstance(selector, str) else tuple(selector)
