"""Text for people: nothing in it commands a terminal, forges a line or tells a password."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["is_printable", "json_text", "printable", "without_passwords"]

# Control characters (which begin the escape sequences of terminals), what some programs take
# for the end of a line, marks that change the direction of the letters around them, and halves
# of characters, which no encoding has.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)

_SCHEME = r"\b([A-Za-z][A-Za-z0-9+.-]*:/+)"
# To the last @ of the word, as a password may hold an @ or a slash.
_CREDENTIALS = re.compile(_SCHEME + r"\S*@")
_SECRET = re.compile(r"\b(pass(?:word|wd)?|pwd|secret|token|api_?key)=[^&;\s'\"]+", re.IGNORECASE)


def printable(text: str, keep: str = "") -> str:
    r"""Show control characters as escapes: a name that holds an ESC is printed with ``\x1b``.

    Parameters
    ----------
    text : str
        Names, messages, or whole pages of them.
    keep : str
        Characters that stay, such as the newlines of a page.

    Returns
    -------
    str
        Safe to be printed anywhere: a terminal, a log, one line of either.

    Examples
    --------
    >>> print(printable("Age\x1b[31m"))
    Age\x1b[31m
    """
    return _UNSAFE.sub(lambda found: found[0] if found[0] in keep else _escape(found[0]), text)


def is_printable(text: str, keep: str = "") -> bool:
    """Whether `printable` leaves the text as it is."""
    return printable(text, keep) == text


def json_text(value: Any, indent: int = 2, *, ascii_only: bool = False) -> str:
    """Write a value as JSON in which no character commands a terminal: they become escapes.

    Raises
    ------
    ValueError
        It holds a number that JSON does not have.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only, allow_nan=False)
    # Outside of strings JSON has no such character but the newlines of the indent.
    return _UNSAFE.sub(lambda found: "\n" if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text)


def without_passwords(text: str) -> str:
    """Take user names and passwords out of addresses in a message.

    Examples
    --------
    >>> without_passwords("postgresql://ann:secret@host/ward: no such file")
    'postgresql://***@host/ward: no such file'
    """
    return _SECRET.sub(r"\1=***", _CREDENTIALS.sub(r"\1***@", text))


def _escape(letter: str) -> str:
    known = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(letter)
    code = ord(letter)
    return known or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
