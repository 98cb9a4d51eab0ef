"""Rules from a TOML file, with the line in every message."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from riskslim.constraints.base import Constraint, Setting, check_constraints
from riskslim.constraints.records import from_record
from riskslim.errors import ConstraintError
from riskslim.files.toml import read_toml
from riskslim.names import short

__all__ = ["read_constraints"]

_HEADER = re.compile(r"^\s*\[\[\s*rule\s*\]\]")
_QUOTED_KEY = re.compile(r"key '([^']+)'")


def read_constraints(
    path: str | os.PathLike[str],
    setting: Setting | None = None,
    person_of_row: Callable[[int], Mapping[str, float]] | None = None,
) -> tuple[Constraint, ...]:
    """Read the rules of a TOML file.

    The file is a list of tables ``[[rule]]``, each with a ``kind`` (the keys of
    `riskslim.constraints.records.KINDS`) and the parameters of that kind's class. Persons
    are inline tables of values by feature, or ``row`` (``rows``): numbers of rows of the
    data, the first being 1.

    Parameters
    ----------
    path : path-like
        The file.
    setting : Setting, optional
        Where given, rules are stated over it at once, so that an unknown feature is
        reported with the line that names it.
    person_of_row : callable, optional
        Gives the values by feature of a row of the data.

    Returns
    -------
    tuple of Constraint

    Raises
    ------
    ConstraintError
        Naming the file, the line and the key.
    """
    file = Path(path)
    try:
        text, content = read_toml(file)
    except ValueError as error:
        raise ConstraintError(f"{file}: {error}") from error
    for key in content:
        if key != "rule":
            raise ConstraintError(
                f"{file}: line {_line_of(text, 0, key)}: unknown key {key!r}; a file of rules "
                "holds tables [[rule]]"
            )
    records = content.get("rule", [])
    if not isinstance(records, list):
        raise ConstraintError(f"{file}: 'rule' is no list of tables; write [[rule]], not [rule]")
    starts = [i for i, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]
    rules: list[Constraint] = []
    for record in records:
        if not isinstance(record, dict):
            raise ConstraintError(
                f"{file}: 'rule' holds {short(record)}, which is no table; write [[rule]]"
            )
    for place, record in enumerate(records):
        start = starts[place] if place < len(starts) else 1
        try:
            rule = from_record(_with_persons(record, person_of_row))
            if setting is not None:
                rule.rows(setting)
            rules.append(rule)
            check_constraints(rules)
        except ConstraintError as error:
            line = _line_of_error(text, start, str(error))
            kind = record.get("kind", "no kind")
            kind = kind if isinstance(kind, str) else short(kind)
            raise ConstraintError(
                f"{file}: line {line}: rule {place + 1} ({kind}): {error}"
            ) from error
    return tuple(rules)


def _with_persons(
    record: Mapping[str, Any], person_of_row: Callable[[int], Mapping[str, float]] | None
) -> dict[str, Any]:
    """Put values by feature where a record names rows of the data."""
    content = dict(record)
    for key, meant in (("row", "person"), ("rows", "people")):
        if key not in content:
            continue
        if record.get("kind") not in ("scored", "classed", "ranked"):
            continue  # reported as an unknown key
        if meant in content:
            raise ConstraintError(f"key {key!r} and key {meant!r} say the same; give one of them")
        if person_of_row is None:
            raise ConstraintError(f"key {key!r}: rows of the data cannot be named here")
        numbers = content.pop(key)
        wanted = numbers if key == "rows" and isinstance(numbers, list) else [numbers]
        for number in wanted:
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise ConstraintError(f"key {key!r}: {short(number)} is no row; the first row is 1")
        people = [person_of_row(number) for number in wanted]
        content[meant] = people if meant == "people" else people[0]
    return content


def _line_of_error(text: str, start: int, message: str) -> int:
    """Line of the key or the name that a message quotes, within the table from `start` on."""
    if message.endswith("is missing"):
        return start
    keys = [f"{key} =" for key in _QUOTED_KEY.findall(message)]
    for quoted in [*keys, *re.findall(r"'([^']+)'", message)]:
        line = _line_of(text, start, quoted)
        if line > start:
            return line
    return start


def _line_of(text: str, start: int, word: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if number > start:
            if start and _HEADER.match(line):
                break
            if word in line:
                return number
    return max(start, 1)
