"""The one family of errors that the package raises, and its warning."""

from __future__ import annotations

__all__ = [
    "CoefficientError",
    "ConstraintError",
    "DataError",
    "DataWarning",
    "InfeasibleError",
    "InternalError",
    "LeftOutWarning",
    "LimitError",
    "OptionError",
    "OutOfMemoryError",
    "OutputError",
    "RiskSlimError",
    "ScoreError",
]


class RiskSlimError(Exception):
    """Base of every error that this package raises on purpose."""


class DataError(RiskSlimError, ValueError):
    """The table cannot be used as it is: names the column and the first rows concerned."""


class CoefficientError(RiskSlimError, ValueError):
    """Points, bounds or names of a coefficient set do not fit."""


class ConstraintError(RiskSlimError, ValueError):
    """A constraint names something that is not there, or says nothing sensible."""


class OptionError(RiskSlimError, ValueError):
    """An option has a value outside its range."""


class OutputError(RiskSlimError, OSError):
    """A file, a folder or a stream cannot be written; names it."""


class OutOfMemoryError(RiskSlimError, MemoryError):
    """The memory of the machine, or what this process may use of it, does not suffice."""


class InfeasibleError(RiskSlimError):
    """No score satisfies all constraints.

    Attributes
    ----------
    conflict : tuple of str
        Names of the constraints and bounds that cannot hold together.
    """

    def __init__(self, message: str, conflict: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.conflict = conflict


class InternalError(RiskSlimError):
    """A search broke its promise: a defect of this package, which its authors want to know of."""


class LimitError(RiskSlimError):
    """The time was up before there was anything to keep: says how far the work had come."""

    def __init__(
        self,
        message: str = "stopped at the time limit before there was a result; raise the limit",
    ) -> None:
        super().__init__(message)


class ScoreError(RiskSlimError, ValueError):
    """A score file or the data to be scored do not fit."""


class DataWarning(UserWarning):
    """The table can be used, but something in it deserves a look."""


class LeftOutWarning(DataWarning):
    """A column of a raw table gives no feature.

    Attributes
    ----------
    column : str
        Which.
    reason : str
        Why, and what to do to use it.
    """

    def __init__(self, message: str, column: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.column = column
        self.reason = reason

    @classmethod
    def told(cls, source: str, column: str, why: str, advice: str = "") -> LeftOutWarning:
        """Say it in a sentence."""
        end = f" ({advice})" if advice else ""
        message = f"{source}: column {column!r} {why}; it is left out{end}"
        return cls(message, column, why + end)
