"""JSON objects that are read key by key, with errors that say what is wrong where."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from typing import Any, NoReturn

from riskslim.errors import ScoreError
from riskslim.files import read_text
from riskslim.names import LONGEST_NAME, quoted, short

__all__ = ["JsonObject", "parse_object", "read_json"]

# Of a 64-bit integer with its sign.
_DIGITS = 20


def read_json(path: str | os.PathLike[str], what: str, most: int = 1 << 25) -> str:
    """Read the text of a file that holds one JSON object.

    Parameters
    ----------
    path : path
        The file.
    what : str
        What it is called in messages.
    most : int
        Bytes. A list of lists takes some thirty times its text in memory.

    Raises
    ------
    ScoreError
        The file cannot be read.
    """
    try:
        return read_text(path, most)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise ScoreError(f"cannot read {what} {path}: {reason}") from error


def parse_object(text: str, what: str = "a score") -> dict[str, Any]:
    """Read one object; refuse what no value of any of its keys can be.

    Those are numbers that JSON does not have or that neither a double nor a 64-bit integer
    holds, text that no encoding can write or nobody can read, and keys given twice.

    Raises
    ------
    ScoreError
        The text is no such object.
    """
    try:
        raw = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_double,
            parse_int=_integer,
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as error:
        raise ScoreError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise ScoreError(f"not JSON of {what.removeprefix('a ')}: nested too deeply") from error
    if not isinstance(raw, dict):
        raise ScoreError(f"not {what}: expected one JSON object")
    _check_texts(raw)
    return raw


class JsonObject:
    """One JSON object that is read key by key, and must then be used up."""

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, dict):
            raise ScoreError(f"{where} is not a JSON object")
        self._raw = dict(raw)
        self._where = where

    def take(self, key: str) -> Any:
        """Give the value of a key, which must be there."""
        if key not in self._raw:
            raise ScoreError(f"{self._where} lacks {key!r}")
        return self._raw.pop(key)

    def object(self, key: str) -> JsonObject:
        """Give an object within this one."""
        return JsonObject(self.take(key), f"{key!r}")

    def objects(self, key: str) -> list[JsonObject]:
        """Give the objects of an array."""
        return [
            JsonObject(item, f"entry {index} of {key!r}")
            for index, item in enumerate(self.array(key), start=1)
        ]

    def array(self, key: str) -> list[Any]:
        """Give an array."""
        value = self.take(key)
        return value if isinstance(value, list) else self._refuse(key, value, "an array")

    def text(self, key: str) -> str:
        """Give a string."""
        value = self.take(key)
        return value if isinstance(value, str) else self._refuse(key, value, "a string")

    def name(self, key: str) -> str:
        """Give a string that is short enough to be a name."""
        value = self.text(key)
        if len(value) > LONGEST_NAME:
            raise ScoreError(
                f"{key!r} in {self._where} has {len(value):,} characters; a name has at most "
                f"{LONGEST_NAME:,}"
            )
        return value

    def flag(self, key: str) -> bool:
        """Give a truth value."""
        value = self.take(key)
        return value if isinstance(value, bool) else self._refuse(key, value, "true or false")

    def integer(self, key: str) -> int:
        """Give an integer."""
        value = self.take(key)
        return value if type(value) is int else self._refuse(key, value, "an integer")

    def number(self, key: str) -> float:
        """Give a finite number."""
        value = self.take(key)
        if type(value) in (int, float) and math.isfinite(value):
            return float(value)
        return self._refuse(key, value, "a finite number")

    def number_as_written(self, key: str) -> int | float:
        """Give a finite number, an integer where it is written as one."""
        value = self.take(key)
        if type(value) in (int, float) and math.isfinite(value):
            number: int | float = value
            return number
        return self._refuse(key, value, "a finite number")

    def numbers(self, key: str) -> tuple[float, ...]:
        """Give an array of finite numbers."""
        values = self.array(key)
        for value in values:
            if type(value) not in (int, float) or not math.isfinite(value):
                self._refuse(key, value, "an array of finite numbers")
        return tuple(map(float, values))

    def number_or_null(self, key: str) -> float | None:
        """Give a finite number, or None for null."""
        return None if self.is_null(key) else self.number(key)

    def is_null(self, key: str) -> bool:
        """Whether the value of a key, which is there, is null; then it is taken."""
        if key in self._raw and self._raw[key] is None:
            del self._raw[key]
            return True
        return False

    def has(self, key: str) -> bool:
        """Whether the key is there, and not taken yet."""
        return key in self._raw

    def close(self) -> None:
        """Refuse keys that nobody took."""
        if self._raw:
            raise ScoreError(f"{self._where} has unknown keys {quoted(sorted(self._raw))}")

    def _refuse(self, key: str, value: Any, expected: str) -> NoReturn:
        raise ScoreError(f"{key!r} in {self._where} must be {expected}, not {short(value)}")


def _refuse_constant(name: str) -> NoReturn:
    raise ScoreError(f"{name} is not a JSON number")


def _double(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ScoreError(f"{text[:_DIGITS]} is too large a number")
    return value


def _integer(text: str) -> int:
    if len(text) > _DIGITS or not -(1 << 63) <= int(text) < 1 << 63:
        raise ScoreError(f"{text[:_DIGITS]}... is too large a number")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = sorted(name for name, count in counts.items() if count > 1)
        raise ScoreError(f"keys occur twice in one object: {quoted(twice)}")
    return unique


def _check_texts(raw: Any) -> None:
    """Look at every string, however deep; by hand, as recursion has a limit of its own."""
    left = [raw]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            left += [*item, *item.values()]
        elif isinstance(item, list):
            left += item
        elif isinstance(item, str):
            _check_text(item)


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ScoreError(f"{short(text)} holds half a character (a lone surrogate)") from error
