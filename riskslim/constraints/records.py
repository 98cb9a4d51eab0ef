"""Rules as plain records: what is saved with a score, and what a TOML file holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_type_hints

from riskslim.constraints.base import Constraint
from riskslim.constraints.choice import ExactlyOne, Exclude, Include, Nested, NotBoth, Requires
from riskslim.constraints.cuts import CutLimit, VariableLimit
from riskslim.constraints.linear import Linear
from riskslim.constraints.points import (
    EqualPoints,
    Multiples,
    PointOrder,
    PointRange,
    PointValues,
    Sign,
    TotalRange,
)
from riskslim.constraints.predictions import Classed, Ranked, Scored
from riskslim.constraints.rates import RateLimit, RateParity
from riskslim.constraints.record_types import check_type
from riskslim.constraints.size import AllOrNone, GroupCount, GroupLimit, SizeLimit
from riskslim.errors import ConstraintError
from riskslim.names import nearest, short

__all__ = ["KINDS", "as_record", "from_record"]

KINDS: dict[str, type[Any]] = {
    "size": SizeLimit,
    "group": GroupLimit,
    "cuts": CutLimit,
    "variables": VariableLimit,
    "all_or_none": AllOrNone,
    "groups": GroupCount,
    "include": Include,
    "exclude": Exclude,
    "requires": Requires,
    "not_both": NotBoth,
    "exactly_one": ExactlyOne,
    "nested": Nested,
    "sign": Sign,
    "range": PointRange,
    "values": PointValues,
    "equal": EqualPoints,
    "order": PointOrder,
    "multiples": Multiples,
    "total": TotalRange,
    "scored": Scored,
    "classed": Classed,
    "ranked": Ranked,
    "rate": RateLimit,
    "parity": RateParity,
    "linear": Linear,
}
"""Classes of constraints by the name of their kind in files."""


def as_record(constraint: Constraint) -> dict[str, Any]:
    """Give a constraint as an object for JSON or TOML.

    Parameters
    ----------
    constraint : Constraint
        One of the package's classes, or another, which is kept by its words alone.

    Returns
    -------
    dict
        ``kind`` and the parameters that differ from their defaults; ``kind`` is ``"other"``
        with a ``description`` for a class that is not the package's.
    """
    kind = next((kind for kind, known in KINDS.items() if type(constraint) is known), None)
    if kind is None:
        return {"kind": "other", "name": constraint.name, "description": constraint.describe()}
    record: dict[str, Any] = {"kind": kind}
    for field in dataclasses.fields(constraint):  # type: ignore[arg-type]
        value = getattr(constraint, field.name)
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if value != default:
            record[field.name] = _plain(value)
    return record


def from_record(record: Mapping[str, Any]) -> Constraint:
    """Make a constraint of an object from JSON or TOML.

    Parameters
    ----------
    record : mapping
        ``kind`` and the parameters of its class.

    Raises
    ------
    ConstraintError
        Naming the key: a kind or parameter that is not known, or one that is missing.
    """
    if "kind" not in record:
        raise ConstraintError(f"'kind' is missing; give one of {', '.join(KINDS)}")
    kind = record["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise ConstraintError(
            f"unknown kind {short(kind)}; {nearest(short(kind), list(KINDS), 'kinds')}"
        )
    known = {field.name: field for field in dataclasses.fields(KINDS[kind])}
    for key in record:
        if key != "kind" and key not in known:
            raise ConstraintError(f"unknown key {key!r}; {nearest(key, list(known), 'keys')}")
    for name, field in known.items():
        missing = dataclasses.MISSING
        if name not in record and field.default is missing and field.default_factory is missing:
            raise ConstraintError(f"key {name!r} is missing")
    hints = get_type_hints(KINDS[kind], localns={"Mapping": Mapping})
    for key, value in record.items():
        if key != "kind":
            check_type(key, value, hints[key])
    try:
        made: Constraint = KINDS[kind](**{k: v for k, v in record.items() if k != "kind"})
    except (TypeError, ValueError) as error:
        raise ConstraintError(f"cannot be read: {error}") from error
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(entry) for entry in value]
    return value
