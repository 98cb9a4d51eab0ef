"""Results of other commands, read from their JSON files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from riskslim.errors import ScoreError

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
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ScoreError(f"cannot read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ScoreError(f"{path} is not JSON: {error}") from error
    try:
        return take(found if isinstance(found, dict) else {})
    except ScoreError as error:
        raise ScoreError(f"{path}: {error}") from error
