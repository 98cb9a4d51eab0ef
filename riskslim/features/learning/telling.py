"""What is told of columns while they are learned."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from riskslim.errors import DataWarning, LeftOutWarning

__all__ = ["leave_out", "rows_in_words", "warn", "warn_of_codes", "warn_of_constant"]


def warn_of_constant(name: str, value: str, source: str, distinct: int = 1) -> None:
    """Tell of a column that says nothing."""
    what = f"is {value} in every row" if distinct == 1 else "is the same in nearly every row"
    leave_out(name, what, source)


def warn_of_codes(codes: Sequence[tuple[str, float]], name: str, source: str) -> None:
    """Tell of what looks like a code for a missing value, with how often it occurs."""
    for code, times in codes:
        warn(
            f"{source}: column {name!r} holds {code!r} in {rows_in_words(times)}, which looks like "
            f"a code for a missing value; if it is one, say so (missing= or --missing "
            f"{name}={code})"
        )


def rows_in_words(times: float) -> str:
    """Say how many rows."""
    return "1 row" if times == 1 else f"{times:,g} rows"


def leave_out(name: str, why: str, source: str, advice: str = "") -> None:
    """Tell of a column that gives no feature, why, and how it could be used."""
    warnings.warn(LeftOutWarning.told(source, name, why, advice), stacklevel=5)


def warn(message: str) -> None:
    """Tell whoever learns."""
    warnings.warn(message, DataWarning, stacklevel=6)
