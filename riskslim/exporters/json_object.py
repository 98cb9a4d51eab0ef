"""JSON objects that are read key by key, with errors that say what is wrong where."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from riskslim.errors import ScoreError

__all__ = ["JsonObject", "parse_object"]


def parse_object(text: str) -> dict[str, Any]:
    """Read one object of a score; refuse numbers that JSON does not have, and keys given twice.

    Raises
    ------
    ScoreError
        The text is no such object.
    """
    try:
        raw = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise ScoreError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise ScoreError("not JSON of a score: nested too deeply") from error
    if not isinstance(raw, dict):
        raise ScoreError("not a score: expected one JSON object")
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

    def numbers(self, key: str) -> tuple[float, ...]:
        """Give an array of finite numbers."""
        values = self.array(key)
        for value in values:
            if type(value) not in (int, float) or not math.isfinite(value):
                self._refuse(key, value, "an array of finite numbers")
        return tuple(map(float, values))

    def number_or_null(self, key: str) -> float | None:
        """Give a finite number, or None for null."""
        if self._raw.get(key, 0) is None:
            self._raw.pop(key)
            return None
        return self.number(key)

    def has(self, key: str) -> bool:
        """Whether the key is there, and not taken yet."""
        return key in self._raw

    def close(self) -> None:
        """Refuse keys that nobody took."""
        if self._raw:
            raise ScoreError(f"{self._where} has unknown keys {sorted(self._raw)}")

    def _refuse(self, key: str, value: Any, expected: str) -> NoReturn:
        raise ScoreError(f"{key!r} in {self._where} must be {expected}, not {value!r}")


def _refuse_constant(name: str) -> NoReturn:
    raise ScoreError(f"{name} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ScoreError(f"keys occur twice in one object: {twice}")
    return unique
