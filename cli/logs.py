"""Log records of the package on standard error, as many as the user asks for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from riskslim.cli.terminal import say

__all__ = ["records_shown"]

_NAME = "riskslim on standard error"


class _Lines(logging.Handler):
    """Prints each record as a line."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


@contextmanager
def records_shown(verbosity: int) -> Iterator[None]:
    """Print records while the block runs: none at 0, what was done at 1, every move at 2.

    Within another such block the records are printed once, at the higher verbosity.
    """
    log = logging.getLogger("riskslim")
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    known = next((one for one in log.handlers if one.name == _NAME), None)
    before = log.level
    if known is None:
        lines = _Lines()
        lines.name = _NAME
        log.addHandler(lines)
    log.setLevel(level if known is None else min(level, before))
    try:
        yield
    finally:
        log.setLevel(before)
        if known is None:
            log.removeHandler(lines)
