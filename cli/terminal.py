"""The two streams that people read: nothing else of the command line writes to a terminal."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

import click

from riskslim.errors import OutputError
from riskslim.printable import printable, without_passwords

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["clean_streams", "make_console", "plain_table", "say", "write_bytes"]

# Lines and columns; and the isolates that a card puts around right-to-left names, of which
# names themselves are rid before.
_KEPT = "\n\t\u2068\u2069"

_SIGNS = {"≥": ">=", "≤": "<=", "≠": "!=", "–": "-", "×": "x", "…": "..."}
_FALLBACK = "riskslim.signs"


class _Stream(io.TextIOBase):
    """Standard output or standard error, rid of what is no text.

    Parameters
    ----------
    whole : text stream
        Where it goes.
    name : str
        For messages.
    hides : bool
        Whether passwords are taken out of addresses.
    """

    def __init__(self, whole: TextIO, name: str, hides: bool) -> None:
        self.whole = whole
        self._name = name
        self._hides = hides
        self.is_broken = False

    def write(self, text: str, /) -> int:
        with self._named():
            shown = without_passwords(text) if self._hides else text
            self.whole.write(printable(shown, _KEPT))
        return len(text)

    def flush(self) -> None:
        with self._named():
            self.whole.flush()

    def isatty(self) -> bool:
        return self.whole.isatty()

    def fileno(self) -> int:
        return self.whole.fileno()

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.whole.encoding or "ascii"

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self.whole.errors

    def close(self) -> None:
        """Leave the stream open: it is only borrowed."""

    # Without an attribute ``buffer``, by which click goes around what is not UTF-8.
    def write_bytes(self, content: bytes) -> None:
        """Write what is no text, or text of an encoding of its own."""
        with self._named():
            self.whole.flush()
            self.whole.buffer.write(content)
            self.whole.buffer.flush()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            self.is_broken = True
            raise OutputError(f"{self._name} cannot be written: {error.strerror}") from error


@contextmanager
def clean_streams() -> Iterator[None]:
    """Let nothing but text reach standard output and standard error within the block."""
    codecs.register_error(_FALLBACK, _in_signs)
    before = sys.stdout, sys.stderr
    # A stream that was closed before the start is None.
    sys.stdout = output = before[0] and _fitted(before[0], "standard output", hides=False)
    sys.stderr = before[1] and _fitted(before[1], "standard error", hides=True)
    try:
        try:
            yield
        finally:
            if output and not output.is_broken:  # else it has been said
                _flush(before[0])
    finally:
        sys.stdout, sys.stderr = before
        _give_up_what_is_left(before)


def _fitted(stream: TextIO, name: str, *, hides: bool) -> Any:
    """Wrap a stream; letters that its encoding has not are written in others."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=_FALLBACK)
    return _Stream(stream, name, hides)


def _in_signs(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    letters = error.object[error.start : error.end]
    known = (_SIGNS.get(letter) for letter in letters)
    return (
        "".join(
            sign or letter.encode("ascii", "backslashreplace").decode("ascii")
            for sign, letter in zip(known, letters, strict=True)
        ),
        error.end,
    )


def _flush(stream: TextIO | None) -> None:
    """Write what is left while it can still be said that this fails."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError as error:
        if error.errno != errno.EPIPE:
            message = f"Error: standard output cannot be written: {error.strerror}"
            with suppress(OSError):
                print(message, file=sys.stderr)
        raise SystemExit(1) from error


def _give_up_what_is_left(streams: tuple[TextIO | None, ...]) -> None:
    """Drop text that cannot be written, or Python would try again at its end and complain."""
    for stream in streams:
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            with suppress(OSError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
                os.close(nowhere)


def make_console(*, stderr: bool = False, **options: Any) -> Console:
    """Make a console of rich, whose own escape sequences reach the terminal.

    What is printed there, and is not of rich, goes through `printable` here and in
    `plain_table`.
    """
    from rich.console import Console

    class _Console(Console):
        def print(self, *objects: Any, **arguments: Any) -> None:
            super().print(*map(_cleaned, objects), **arguments)

    stream: Any = sys.stderr if stderr else sys.stdout
    if isinstance(stream, _Stream) and stream.isatty():
        stream = stream.whole
    return _Console(file=stream, highlight=False, **options)


def plain_table(headers: Any = (), left: int = 0, **look: Any) -> Table:
    """Make an empty table of numbers; the first `left` columns are text."""
    from rich import box
    from rich.table import Table

    class _Table(Table):
        def add_row(self, *cells: Any, **arguments: Any) -> None:
            super().add_row(*map(_cleaned, cells), **arguments)

    table = _Table(**{"box": box.SIMPLE_HEAD, **look})
    for place, header in enumerate(headers):
        table.add_column(_cleaned(header), justify="left" if place < left else "right")
    return table


def say(message: str) -> None:
    """Print one line on standard error."""
    click.echo(printable(message), err=True)


def write_bytes(content: bytes) -> None:
    """Write to standard output what is no text, or text of an encoding of its own."""
    stream: Any = sys.stdout
    if stream is not None:
        stream.write_bytes(content)


def _cleaned(item: Any) -> Any:
    return printable(item, _KEPT) if isinstance(item, str) else item
