"""What the commands print: one JSON object, a card, or a table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from riskslim.files import as_json_text

if TYPE_CHECKING:
    from riskslim.point_score import PointScore

__all__ = ["as_json_text", "json_option", "print_card", "print_json", "wants_json"]

_JSON = "riskslim.json"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def json_option(command: _Command) -> _Command:
    """Add ``--json`` to a command."""

    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
        # Where an error is shown the command's own parameters are gone.
        ctx.meta[_JSON] = value
        return value

    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        is_eager=True,
        callback=remember,
        help="Print one JSON object on standard output, and nothing else there.",
    )(command)


def wants_json(ctx: click.Context) -> bool:
    """Whether the command was given ``--json``."""
    return bool(ctx.meta.get(_JSON))


def print_json(value: dict[str, Any]) -> None:
    """Print one object; numbers that JSON does not have become null."""
    click.echo(as_json_text(value))


def print_card(score: PointScore) -> None:
    """Print a score's card, in ASCII where standard output cannot show more."""
    from riskslim.exporters.text import card

    encoding = sys.stdout.encoding or "ascii"
    text = card(score)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = card(score, ascii_only=True).encode(encoding, "backslashreplace").decode(encoding)
    click.echo(text)
