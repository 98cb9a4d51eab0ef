"""An allocation that fails, wherever it does, ends in one error that says what was too large."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from riskslim.errors import OutOfMemoryError

__all__ = ["memory_named"]


@contextmanager
def memory_named(what: str, advice: str) -> Iterator[None]:
    """Turn a failed allocation within a ``with`` block into an error of the package.

    NumPy, HiGHS and the native searches raise `MemoryError`, each with words of its own.

    Parameters
    ----------
    what : str
        What the memory does not suffice for.
    advice : str
        What would take less.

    Raises
    ------
    OutOfMemoryError
        Names both.
    """
    try:
        yield
    except OutOfMemoryError:
        raise
    except MemoryError as error:
        raise OutOfMemoryError(f"the memory does not suffice for {what}: {advice}") from error
