"""The variables that a score's features belong to, as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from riskslim.errors import ScoreError
from riskslim.files.json_object import JsonObject
from riskslim.names import short
from riskslim.scores.variables import Boundary, Categories, Measured, Range, ScoreVariable

__all__ = ["read_variables", "write_variables"]

_KINDS = ("measured", "categories")


def write_variables(variables: Iterable[ScoreVariable]) -> list[dict[str, Any]]:
    """Give variables as plain values."""
    return [_write(variable) for variable in variables]


def _write(variable: ScoreVariable) -> dict[str, Any]:
    ends = {"name": variable.name, "missing": variable.missing}
    if isinstance(variable, Measured):
        ranges = [
            {
                "feature": one.feature,
                "start": None if one.start is None else list(one.start),
                "stop": None if one.stop is None else list(one.stop),
            }
            for one in variable.ranges
        ]
        own = {"unit": variable.unit, "integer": variable.integer, "ranges": ranges}
        return {"kind": "measured", **ends, **own}
    levels = [{"feature": feature, "level": level} for feature, level in variable.levels]
    return {"kind": "categories", **ends, "complete": variable.complete, "levels": levels}


def read_variables(raw: Iterable[JsonObject]) -> tuple[ScoreVariable, ...]:
    """Read what `write_variables` gave.

    Raises
    ------
    ScoreError
        Something is missing, unknown, or of the wrong type; or a feature occurs twice.
    """
    variables = tuple(map(_read, raw))
    names = [name for variable in variables for name in variable.features]
    if len(set(names)) < len(names):
        raise ScoreError("'variables' names a feature twice")
    return variables


def _read(raw: JsonObject) -> ScoreVariable:
    kind, name = raw.text("kind"), raw.name("name")
    if kind not in _KINDS:
        raise ScoreError(f"'kind' of a variable is one of {', '.join(_KINDS)}, not {short(kind)}")
    missing = None if raw.is_null("missing") else raw.name("missing")
    variable: ScoreVariable
    if kind == "measured":
        ranges = tuple(map(_read_range, raw.objects("ranges")))
        variable = Measured(name, ranges, missing, raw.name("unit"), raw.flag("integer"))
    else:
        levels = tuple(map(_read_level, raw.objects("levels")))
        variable = Categories(name, levels, missing, raw.flag("complete"))
    raw.close()
    return variable


def _read_level(raw: JsonObject) -> tuple[str, str]:
    pair = raw.name("feature"), raw.name("level")
    raw.close()
    return pair


def _read_range(raw: JsonObject) -> Range:
    one = Range(raw.name("feature"), _boundary(raw.take("start")), _boundary(raw.take("stop")))
    raw.close()
    if one.start is not None and one.stop is not None and not one.start < one.stop:
        raise ScoreError(f"the range of {one.feature!r} in 'variables' starts above its stop")
    return one


def _boundary(raw: Any) -> Boundary | None:
    """Read an end of a range: null, or a number and 0 or 1."""
    if raw is None:
        return None
    if isinstance(raw, list) and len(raw) == 2:
        value, side = raw
        if type(value) in (int, float) and math.isfinite(value) and side in (0, 1):
            return float(value), int(side)
    raise ScoreError(f"an end of a range in 'variables' is [number, 0 or 1], not {short(raw)}")
