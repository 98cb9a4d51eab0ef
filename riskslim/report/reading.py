"""Results of other commands, read from their JSON files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from riskslim.errors import ScoreError
from riskslim.files.json_object import parse_object, read_json

__all__ = ["read_object"]

_Result = TypeVar("_Result")


def read_object(
    path: str | os.PathLike[str], take: Callable[[Mapping[str, Any]], _Result]
) -> _Result:
    """Read a JSON object from a file and take from it what is wanted.

    Raises
    ------
    ScoreError
        The file cannot be read, or does not hold what `take` expects; names the file.
    """
    text = read_json(path, "file")
    try:
        return take(parse_object(text, "a result of riskslim"))
    except ScoreError as error:
        raise ScoreError(f"{path}: {error}") from error
