"""Options of whatever asks what people can change: the actions, and what they are to reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from riskslim.cli.paths import InputFile

__all__ = ["action_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def action_options(actions: str, purpose: str = "") -> Callable[[_Command], _Command]:
    """Add ``--actions``, ``--target-risk`` and ``--wanted``.

    Parameters
    ----------
    actions : str
        What the file is for.
    purpose : str
        The option that they go with; none where the actions are required.
    """
    only = f"For {purpose}: " if purpose else ""

    def say(text: str) -> str:
        return only + text if only else text[:1].upper() + text[1:]

    def add(command: _Command) -> _Command:
        wrapped: Any = command
        for option in (
            click.option(
                "--wanted",
                type=click.Choice(["low", "high"]),
                help=say(
                    "a risk of at most that, or of at least that; of a decision score, no or yes."
                    "  [default: low]"
                ),
            ),
            click.option(
                "--target-risk",
                type=click.FloatRange(0, 1, min_open=True, max_open=True),
                help=say("the risk that is to be reached; needed for a risk score."),
            ),
            click.option(
                "--actions", type=InputFile(), required=not purpose, metavar="FILE", help=actions
            ),
        ):
            wrapped = option(wrapped)
        result: _Command = wrapped
        return result

    return add
