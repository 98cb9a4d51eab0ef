"""Cut points that clinicians gave, with units: a mapping or a TOML file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskslim.errors import OptionError
from riskslim.features.cuts import as_number
from riskslim.files.toml import read_toml
from riskslim.names import nearest, short

__all__ = ["Given", "read_cut_points"]

_KEYS = ("cuts", "unit")


@dataclass(frozen=True)
class Given:
    """What is given for one column.

    Attributes
    ----------
    cuts : tuple of float or None
        Ascending; None where only the unit is given.
    unit : str
        Empty where there is none.
    """

    cuts: tuple[float, ...] | None = None
    unit: str = ""


def read_cut_points(
    given: Mapping[str, Any] | str | os.PathLike[str] | None, columns: Sequence[str]
) -> dict[str, Given]:
    """Read cut points by column.

    Parameters
    ----------
    given : mapping, path or None
        A mapping from column to a list of numbers, or to ``{"cuts": [2, 4], "unit": "mmol/L"}``
        with either key left out; or a TOML file of the same form, a table for each column.
    columns : sequence of str
        Names that there are.

    Returns
    -------
    dict of str to Given

    Raises
    ------
    OptionError
        The file cannot be read, or an entry means nothing; names file, column and key.
    """
    if given is None:
        return {}
    where = "cut points"
    content: Any = given
    if not isinstance(given, Mapping):
        where = f"cut points in {given}"
        content = _read(Path(given))
    made = {}
    for name, entry in content.items():
        if name not in columns:
            raise OptionError(f"{where}: no column {name!r}; {nearest(str(name), columns)}")
        made[str(name)] = _entry(entry, f"{where}, column {name!r}")
    return made


def _read(file: Path) -> dict[str, Any]:
    try:
        return read_toml(file)[1]
    except ValueError as error:
        raise OptionError(f"cut points in {file}: {error}") from error


def _entry(entry: Any, where: str) -> Given:
    if not isinstance(entry, Mapping):
        return Given(_cuts(entry, where))
    for key in entry:
        if key not in _KEYS:
            raise OptionError(f"{where}: unknown key {key!r}; give 'cuts', 'unit' or both")
    unit = entry.get("unit", "")
    if not isinstance(unit, str):
        raise OptionError(f"{where}: the unit is {short(unit)}; give text")
    return Given(_cuts(entry["cuts"], where) if "cuts" in entry else None, unit.strip())


def _cuts(cuts: Any, where: str) -> tuple[float, ...]:
    if isinstance(cuts, str) or not isinstance(cuts, Sequence) or not len(cuts):
        raise OptionError(f"{where}: the cuts are {short(cuts)}; give a list of numbers")
    values = [as_number(cut) for cut in cuts]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        bad = cuts[values.index(None)]
        raise OptionError(f"{where}: the cut {short(bad)} is no finite number")
    if known != sorted(set(known)):
        raise OptionError(f"{where}: the cuts {short(list(cuts))} must ascend, each given once")
    return tuple(known)
