"""Pools of scores as JSON: every score complete, as `json_format` writes it alone."""

from __future__ import annotations

import json
import math
import os
from typing import Any

from riskslim.errors import ScoreError
from riskslim.files.json_object import parse_object, read_json
from riskslim.names import short
from riskslim.printable import json_text
from riskslim.scores.point_score import PointScore
from riskslim.scores.pool import ScorePool

__all__ = ["POOL_SCHEMA_VERSION", "from_json", "load", "to_json"]

POOL_SCHEMA_VERSION = 2
_BEFORE_RANGES = 1  # without the ranges of multipliers

# Thousands of scores.
_LARGEST_FILE = 1 << 27

_KEYS = (
    *("pool_schema_version", "complete", "status", "tolerance", "limit", "lower_bound"),
    *("certificate", "costs", "scores", "multipliers"),
)


def to_json(pool: ScorePool[Any]) -> str:
    """Write a pool as JSON text.

    Parameters
    ----------
    pool : ScorePool
        The pool.

    Returns
    -------
    str
        Ends in a newline.
    """
    known = math.isfinite(pool.lower_bound)
    return (
        json_text(
            {
                "pool_schema_version": POOL_SCHEMA_VERSION,
                "complete": pool.complete,
                "status": pool.status,
                "tolerance": pool.tolerance,
                "limit": pool.limit,
                "lower_bound": pool.lower_bound if known else None,
                "certificate": pool.certificate,
                "costs": dict(pool.costs),
                "scores": [json.loads(score.to_json()) for score in pool.scores],
                "multipliers": [list(ends) for ends in pool.multipliers],
                # Only where they are real.
                **(
                    {"intercepts": [list(ends) for ends in pool.intercepts]}
                    if pool.intercepts
                    else {}
                ),
            },
            indent=1,
        )
        + "\n"
    )


def from_json(text: str) -> ScorePool[Any]:
    """Read a pool from JSON text.

    Parameters
    ----------
    text : str
        As `to_json` writes it.

    Returns
    -------
    ScorePool
        With the scores that were written, in their order.

    Raises
    ------
    ScoreError
        No JSON, another schema version, keys missing or unknown, or values of the wrong type.
    """
    raw = parse_object(text, "a pool of scores")
    if "pool_schema_version" not in raw:
        raise ScoreError("not a pool of scores: expected one JSON object with pool_schema_version")
    version = raw["pool_schema_version"]
    if type(version) is int and version == _BEFORE_RANGES:
        raw.setdefault("multipliers", [])
    elif type(version) is not int or version != POOL_SCHEMA_VERSION:
        raise ScoreError(
            f"pool_schema_version is {short(version)}, this version of riskslim reads "
            f"{POOL_SCHEMA_VERSION}; use the version that wrote the file, or search again"
        )
    intercepts = raw.pop("intercepts", [])
    odd = sorted(set(raw).symmetric_difference(_KEYS))
    if odd:
        raise ScoreError(
            f"a pool has the keys {', '.join(_KEYS)}; {odd[0]!r} is missing or unknown"
        )
    scores = []
    for index, item in enumerate(_take(raw, "scores", list), start=1):
        try:
            scores.append(PointScore.from_json(json.dumps(item)))
        except ScoreError as error:
            raise ScoreError(f"score {index} of the pool: {error}") from error
    if len({score.kind for score in scores}) > 1:
        raise ScoreError("a pool holds scores of one kind")
    costs = _take(raw, "costs", dict)
    bound = raw["lower_bound"]
    return ScorePool(
        scores=tuple(scores),
        complete=_take(raw, "complete", bool),
        status=_take(raw, "status", str),
        tolerance=_number(raw["tolerance"], "tolerance"),
        limit=None if raw["limit"] is None else _take(raw, "limit", int),
        lower_bound=-math.inf if bound is None else _number(bound, "lower_bound"),
        costs={name: _number(cost, f"cost of {name!r}") for name, cost in costs.items()},
        multipliers=tuple(_ends(item) for item in _take(raw, "multipliers", list)),
        intercepts=tuple(map(_intercepts, _take({"intercepts": intercepts}, "intercepts", list))),
    )


def load(path: str | os.PathLike[str]) -> ScorePool[Any]:
    """Read a pool from a JSON file; see `ScorePool.load`."""
    text = read_json(path, "pool file", _LARGEST_FILE)
    try:
        return from_json(text)
    except ScoreError as error:
        raise ScoreError(f"pool file {path}: {error}") from error


def _take(raw: dict[str, Any], key: str, kind: type) -> Any:
    if type(raw[key]) is not kind:
        raise ScoreError(f"{key!r} of the pool must be {kind.__name__}, not {short(raw[key])}")
    return raw[key]


def _ends(value: Any) -> tuple[float, float]:
    if type(value) is not list or len(value) != 2:
        raise ScoreError(f"multipliers of a score are two numbers, not {value!r}")
    least, greatest = (_number(end, "a multiplier") for end in value)
    if not 0 < least <= greatest:
        raise ScoreError(f"multipliers of a score are a range above 0, not {value!r}")
    return least, greatest


def _intercepts(value: Any) -> tuple[float, float]:
    if type(value) is not list or len(value) != 2:
        raise ScoreError(f"intercepts of a score are two numbers, not {value!r}")
    least, greatest = (_number(end, "an intercept") for end in value)
    return least, greatest


def _number(value: Any, what: str) -> float:
    if type(value) in (int, float) and math.isfinite(value):
        return float(value)
    raise ScoreError(f"{what} of the pool must be a finite number, not {short(value)}")
