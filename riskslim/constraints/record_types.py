"""Whether a value of a file is of the type that a parameter of a rule has."""

from __future__ import annotations

import math
import types
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np

from riskslim.errors import ConstraintError
from riskslim.names import short

__all__ = ["check_type"]

# Beyond it not every whole number is a double, and no rule means one.
_LARGEST = 1 << 53


def check_type(key: str, value: Any, hint: Any) -> None:
    """Refuse a value that a parameter cannot have.

    Parameters
    ----------
    key : str
        Of the parameter, for the message.
    value : any
        As TOML or JSON gives it: a tuple is a list there.
    hint : type
        The annotation of the parameter.

    Raises
    ------
    ConstraintError
        Naming the key.
    """
    if not _fits(value, hint):
        raise ConstraintError(f"key {key!r}: {short(value)} is not {_in_words(hint)}")


def _fits(value: Any, hint: Any) -> bool:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is Literal:
        return isinstance(value, str) and value in parts
    if origin is not None and _is_iterable(origin):
        return isinstance(value, list | tuple) and all(_fits(item, parts[0]) for item in value)
    if origin is not None:
        return isinstance(value, Mapping) and all(
            isinstance(name, str) and _fits(item, parts[1]) for name, item in value.items()
        )
    if hint in (int, float):
        return _is_number(value, whole=hint is int)
    return isinstance(value, hint)


def _is_iterable(origin: Any) -> bool:
    return issubclass(origin, Iterable) and not issubclass(origin, Mapping)


def _is_number(value: Any, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    size: Any = abs(value)
    if size == math.inf:
        # An infinite side is one that is not there.
        return not whole
    return bool(size <= _LARGEST and (not whole or size % 1 == 0))


def _in_words(hint: Any) -> str:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(_in_words(part) for part in parts if part is not type(None))
    if origin is Literal:
        return " or ".join(map(repr, parts))
    if origin is not None and _is_iterable(origin):
        return f"a list, each of it {_in_words(parts[0])}"
    if origin is not None:
        return f"a table, each value {_in_words(parts[1])}"
    known = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
    return known[hint]
