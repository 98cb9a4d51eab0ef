"""What people say of columns: labels, units, cut points, codes; a mapping or a TOML file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from riskslim.data.spelling import as_read, common_spelling
from riskslim.errors import OptionError
from riskslim.features.cuts import as_number
from riskslim.files.toml import DOTTED, read_toml
from riskslim.names import LONGEST_NAME, nearest, short
from riskslim.printable import is_printable

__all__ = ["ABOUT", "Given", "read_cut_points", "read_descriptions"]

ABOUT = "about"
"""The table of the file that describes the score rather than a column."""

_KEYS = ("label", "unit", "cuts", "codes", "missing", "special", "limits")


@dataclass(frozen=True)
class Given:
    """What is given for one column.

    Attributes
    ----------
    cuts : tuple of float or None
        Ascending; None where none are given.
    unit : str
        Empty where there is none.
    label : str
        What the variable is called; empty where it is called as its column.
    codes : tuple of pairs of str
        What levels stand for, by their code.
    missing : tuple of str
        Codes for a missing value.
    special : tuple of pairs of str
        Codes that are answers of their own among numbers, and what they stand for.
    limits : tuple of two floats, or empty
        What a measurement can be; beyond them is a mistake.
    """

    cuts: tuple[float, ...] | None = None
    unit: str = ""
    label: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    special: tuple[tuple[str, str], ...] = ()
    limits: tuple[float, ...] = ()

    @classmethod
    def read(cls, entry: Any, where: str, column: str) -> Self:
        """Read the entry of a column.

        Raises
        ------
        OptionError
            It means nothing; begins with `where`.
        """
        where = f"{where}, column {column!r}"
        if not isinstance(entry, Mapping):
            return cls(_cuts(entry, where))
        for key in entry:
            if key not in _KEYS:
                raise OptionError(f"{where}: unknown key {key!r}; give {', '.join(_KEYS)}")
        return cls(
            _cuts(entry["cuts"], where) if "cuts" in entry else None,
            _text(entry.get("unit", ""), where, "the unit"),
            _text(entry.get("label", ""), where, "the label"),
            _codes(entry.get("codes", {}), where),
            _missing(entry.get("missing", ()), where),
            _special(entry.get("special", ()), where),
            _limits(entry["limits"], where) if "limits" in entry else (),
        )

    def code_label(self, code: str) -> str:
        """Give what a code stands for, in whatever spelling; itself where nothing is said."""
        return _called(code, self.codes)

    def special_label(self, code: str) -> str:
        """Give what a special code stands for, as `code_label`."""
        return _called(code, self.special)


def _called(code: str, names: tuple[tuple[str, str], ...]) -> str:
    spelled = {common_spelling(known): label for known, label in names}
    return dict(names).get(code) or spelled.get(common_spelling(code), code)


def read_cut_points(
    given: Mapping[str, Any] | str | os.PathLike[str] | None, columns: Sequence[str]
) -> dict[str, Given]:
    """Read what is given of columns.

    Parameters
    ----------
    given : mapping, path or None
        A mapping from column to a list of cut points, or to ``{"label": "Serum lactate", "unit":
        "mmol/L", "cuts": [2, 4], "missing": [-999], "special": {-8: "no trade"}, "codes": {1:
        "low"}}`` with any key left out; or a TOML file of the same form, a table for each column.
        Its table ``about`` describes the score: see `riskslim.scores.about`.
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
    where, content = read_descriptions(given)
    made = {}
    for name, entry in content.items():
        if name == ABOUT and isinstance(entry, Mapping):
            continue
        if name not in columns:
            dotted = f"; {DOTTED}" if any(c.startswith(f"{name}.") for c in columns) else ""
            known = nearest(str(name), columns)
            raise OptionError(f"{where}: no column {name!r}; {known}{dotted}")
        made[str(name)] = Given.read(entry, where, name)
    return made


def read_descriptions(
    given: Mapping[str, Any] | str | os.PathLike[str],
) -> tuple[str, dict[str, Any]]:
    """Give what messages call a file or mapping of descriptions, and its tables by name."""
    if isinstance(given, Mapping):
        return "cut points", {str(name): entry for name, entry in given.items()}
    file = Path(given)
    try:
        return f"cut points in {file}", read_toml(file)[1]
    except ValueError as error:
        raise OptionError(f"cut points in {file}: {error}") from error


def _text(text: Any, where: str, what: str) -> str:
    if isinstance(text, Mapping):
        raise OptionError(f"{where}: {what} is a table; {DOTTED}")
    if not isinstance(text, str) or len(text) > LONGEST_NAME or not is_printable(text):
        raise OptionError(f"{where}: {what} is {short(text)}; give text, in one line")
    return text.strip()


def _codes(codes: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(codes, Mapping):
        raise OptionError(
            f"{where}: the codes are {short(codes)}; give what each stands for, such as "
            '{ 1 = "male", 2 = "female" }'
        )
    made = tuple(
        (as_read(code), _text(label, where, f"the label of the code {as_read(code)!r}"))
        for code, label in codes.items()
    )
    labels = [label for _, label in made]
    if "" in labels or len(set(labels)) < len(labels):
        raise OptionError(f"{where}: give every code a label of its own, not {short(codes)}")
    return made


def _missing(codes: Any, where: str, what: str = "missing") -> tuple[str, ...]:
    given = [codes] if isinstance(codes, str | int | float) else codes
    if not isinstance(given, Sequence) or any(isinstance(one, Mapping | list) for one in given):
        raise OptionError(f"{where}: {what} is {short(codes)}; give codes, such as [-999]")
    return tuple(map(as_read, given))


def _special(codes: Any, where: str) -> tuple[tuple[str, str], ...]:
    if isinstance(codes, Mapping):
        return _codes(codes, where)
    return tuple((code, code) for code in _missing(codes, where, "special"))


def _limits(limits: Any, where: str) -> tuple[float, ...]:
    ends = list(map(as_number, limits)) if isinstance(limits, list | tuple) else []
    low, high = ends if len(ends) == 2 else (None, None)
    if low is None or high is None or low >= high:
        raise OptionError(
            f"{where}: the limits are {short(limits)}; give the least and the largest number that "
            "it can be, such as [0, 120]"
        )
    return low, high


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
