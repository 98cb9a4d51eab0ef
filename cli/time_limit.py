"""When a command has to end: counted from its beginning, with all that is loaded and read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from riskslim.limits.deadline import Deadline

__all__ = ["note_beginning", "whole_command"]

_BEGAN = "riskslim.began"


def note_beginning(ctx: click.Context) -> None:
    """Remember when a command began, before it loads what it needs."""
    ctx.meta[_BEGAN] = time.monotonic()


def whole_command(seconds: float | None) -> Deadline:
    """Give the deadline of the running command, so many seconds after its beginning."""
    from riskslim.limits.deadline import Deadline

    return Deadline.after(seconds, since=click.get_current_context().meta.get(_BEGAN))
