"""What the commands print: one JSON object, a card, or a table."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from riskslim.cli.terminal import write_bytes
from riskslim.errors import OptionError
from riskslim.files import as_json_text
from riskslim.printable import is_printable
from riskslim.scores.intervals import ENOUGH_PEOPLE

if TYPE_CHECKING:
    from riskslim.scores.point_score import PointScore

__all__ = [
    "as_json_text",
    "cards_option",
    "json_option",
    "language_option",
    "print_card",
    "print_content",
    "print_json",
    "refuse_alone",
    "unknown_option",
    "wants_json",
]

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


def cards_option(command: _Command) -> _Command:
    """Add ``--cards`` and ``--min-people`` to a command."""
    command = click.option(
        "--min-people",
        type=click.IntRange(min=0),
        default=ENOUGH_PEOPLE,
        show_default=True,
        metavar="N",
        help="Join totals to bands of at least N of the people that the score counts; 0 shows "
        "every total.",
    )(command)
    return click.option(
        "--cards",
        type=click.Choice(["bands", "thresholds"]),
        default="bands",
        show_default=True,
        help="Show each variable as one item with bands, of which one holds, or every threshold "
        "and level as a line of its own.",
    )(command)


def language_option(of: str) -> Callable[[_Command], _Command]:
    """Add ``--language`` to a command."""
    return click.option(
        "--language", type=click.Choice(["en", "de"]), default="en", show_default=True, help=of
    )


def refuse_alone(whole: str, is_given: bool, options: Mapping[str, object]) -> None:
    """Refuse options that are given without the one that they go with.

    Raises
    ------
    UsageError
        Naming both.
    """
    for option, given in options.items():
        if given is not None and not is_given:
            raise click.UsageError(f"{option} is for {whole}; add that, or drop it")


def unknown_option(help_text: str) -> Callable[[_Command], _Command]:
    """Add ``--unknown`` to a command."""
    begin = "Take what is blank, and has no points for that, for unknown: "
    return click.option("--unknown", is_flag=True, help=begin + help_text)


def wants_json(ctx: click.Context) -> bool:
    """Whether the command was given ``--json``."""
    return bool(ctx.meta.get(_JSON))


def print_json(value: dict[str, Any]) -> None:
    """Print one object; numbers that JSON does not have become null."""
    # What another encoding lacks would not be JSON any more.
    click.echo(as_json_text(value, ascii_only=not _is_utf8()))


def print_content(content: str | bytes) -> None:
    """Print a whole file, as it would stand on the disk: text is UTF-8.

    Raises
    ------
    OptionError
        It is text that holds control characters, which belong into no terminal.
    """
    if isinstance(content, str):
        if not is_printable(content, keep="\n\t\u2068\u2069"):
            raise OptionError("a name holds control characters; write to a file with -o")
        content = content.encode("utf-8")
    write_bytes(content)


def print_card(score: PointScore, cards: str = "bands", min_people: int = ENOUGH_PEOPLE) -> None:
    """Print a score's card, in ASCII where standard output cannot show more."""
    from riskslim.exporters.text import card

    click.echo(card(score, ascii_only=not _is_utf8(), cards=cards, min_people=min_people))


def _is_utf8() -> bool:
    encoding = sys.stdout.encoding if sys.stdout is not None else "utf-8"
    return codecs.lookup(encoding or "ascii").name == "utf-8"
