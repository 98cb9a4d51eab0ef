"""When a command has to end: counted from its beginning, with all that is loaded and read."""

from __future__ import annotations

import atexit
import gc
import importlib
import math
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from riskslim.limits.deadline import Deadline

__all__ = ["JUDGING", "note_beginning", "note_program", "slowness", "whole_command"]

JUDGING = ("sklearn.metrics", "scipy.stats")
"""Modules with which commands judge scores after the search."""

_BEGAN, _SPENT = "riskslim.began", "riskslim.spent"
_program_began: float | None = None
# Of less CPU time nothing follows, and no machine is counted on to be slower.
_LEAST_SPENT, _SLOWEST = 0.2, 10.0
# Of the limit, which a command has for reading where it took long to load the program.
_READING_SHARE = 0.25
# After the end everything is stopped: a tenth of the limit and a second, less a moment for it.
_OVER_SHARE, _OVER = 0.1, 0.7


def note_program() -> None:
    """Say that the command is the whole program: it began with it, and ends as fast as it can.

    All of the CPU time until here was Python's start and loading. At the end nothing is left to
    collect: looking for it takes up to half a second where tables are large.
    """
    global _program_began
    _program_began = time.monotonic() - time.process_time()
    atexit.register(gc.freeze)


def note_beginning(ctx: click.Context) -> None:
    """Remember when a command began, before it loads what it needs."""
    global _program_began
    ctx.meta[_SPENT] = time.process_time() if _program_began is None else 0.0
    ctx.meta[_BEGAN] = time.monotonic() if _program_began is None else _program_began
    _program_began = None


def slowness() -> float:
    """Give the seconds that a second of CPU time took since the command began, 1 to 10.

    More than 1 on a machine under load; what is to be done later will take as long.
    """
    meta = click.get_current_context().meta
    if _BEGAN not in meta:
        return 1.0
    spent = max(time.process_time() - meta[_SPENT], _LEAST_SPENT)
    return float(min(max((time.monotonic() - meta[_BEGAN]) / spent, 1.0), _SLOWEST))


def whole_command(seconds: float | None, *needed: str) -> Deadline:
    """Give the deadline of the running command, so many seconds after its beginning.

    Parameters
    ----------
    seconds : float or None
        The limit; None for none.
    needed : str
        Modules that the command needs sooner or later. With a limit they are loaded now: an alarm
        that rings while a module is loaded leaves half of it, and here it ends the command.
    """
    from riskslim.limits.deadline import Deadline

    if seconds is None:
        return Deadline()
    began = click.get_current_context().meta.get(_BEGAN)
    whole = Deadline.after(seconds, since=began)
    most = _OVER_SHARE * seconds + _OVER
    with whole.not_before(math.inf, most).held():
        for name in ("pandas", *needed):
            importlib.import_module(name)
    return whole.not_before(_READING_SHARE * seconds, most)
