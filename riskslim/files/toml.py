"""TOML files that people write: rules, cut points."""

from __future__ import annotations

import os
import tomllib
from typing import Any

from riskslim.files import read_text

__all__ = ["DOTTED", "read_toml"]

DOTTED = 'a name or code with a dot stands in quotes, as "0.5" does'
"""What to do where a dot in a key has made a table of it."""

# Thousands of rules. The parser's time grows with the square of a key's length.
_LARGEST_FILE = 1 << 20
_LONGEST_LINE = 20_000
_INTEGERS = 1 << 63


def read_toml(path: str | os.PathLike[str]) -> tuple[str, dict[str, Any]]:
    """Read a TOML file, with or without the byte-order mark of Notepad and PowerShell.

    Returns
    -------
    str, dict
        The text, and what it says.

    Raises
    ------
    ValueError
        The file cannot be read or is no TOML; says why, but does not name the file.
    """
    try:
        text = read_text(path, _LARGEST_FILE)
        _check_lines(text)
        said = tomllib.loads(text)
        _check_integers(said)
        return text, said
    except UnicodeDecodeError as error:
        raise ValueError("is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from error
    except RecursionError as error:
        raise ValueError("is no TOML of this kind: nested too deeply") from error
    except ValueError as error:
        # That of a wrong character, and that of an integer of thousands of digits.
        hint = f"; {DOTTED}" if "Cannot overwrite" in str(error) else ""
        raise ValueError(f"is no TOML: {error}{hint}") from error


def _check_integers(value: Any, where: str = "") -> None:
    """Refuse what TOML 1.0 has no integers for: hexadecimal ones may have thousands of digits."""
    if isinstance(value, int) and not -_INTEGERS <= value < _INTEGERS:
        raise ValueError(f"the integer of {where} has more than 64 bits")
    if isinstance(value, dict):
        for key, below in value.items():
            _check_integers(below, repr(key))
    if isinstance(value, list):
        for below in value:
            _check_integers(below, where)


def _check_lines(text: str) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > _LONGEST_LINE:
            raise ValueError(f"line {number} has {len(line):,} characters; break it in several")
