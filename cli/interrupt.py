"""Ctrl-C during a search: ask it to stop and keep what it has."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Self

__all__ = ["InterruptFlag"]

_STOPPING = "Interrupted: stopping with the best score so far ..."


class InterruptFlag:
    """Within a ``with`` block the first Ctrl-C raises a flag, the second one ends the program.

    Parameters
    ----------
    keeps : callable
        Whether there is something to keep by now; where there is not, the first one ends it.
    """

    def __init__(self, keeps: Callable[[], bool] = lambda: True) -> None:
        self._raised = False
        self._keeps = keeps

    def __call__(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._raised

    def __enter__(self) -> Self:
        self._previous = signal.signal(signal.SIGINT, self._catch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGINT, self._previous)

    def _catch(self, _number: int, _frame: FrameType | None) -> None:
        if self._raised or not self._keeps():
            raise KeyboardInterrupt
        self._raised = True
        try:
            print(_STOPPING, file=sys.stderr, flush=True)
        except RuntimeError:  # it came while this very stream was written to
            with suppress(OSError):
                os.write(2, f"{_STOPPING}\n".encode())
