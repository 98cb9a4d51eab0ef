"""The schema of files of rules, said by the classes of the rules themselves."""

from __future__ import annotations

import dataclasses
import inspect
import re
from dataclasses import dataclass

from riskslim.constraints.records import KINDS
from riskslim.errors import ConstraintError
from riskslim.names import nearest

__all__ = ["EXAMPLES", "Key", "Kind", "kind_of_rule"]

EXAMPLES = {
    "size": "at_least = 2\nat_most = 5",
    "group": 'group = "Age*"\nat_most = 1',
    "cuts": 'cuts = { Age = ["Age >= 40", "Age >= 65"] }\nat_most = 1',
    "variables": 'variables = { Age = ["Age >= 40", "Age >= 65"], Sex = ["Female"] }\nat_most = 1',
    "all_or_none": 'group = ["Height", "Weight"]',
    "groups": 'groups = ["Lab*", "Age*", ["Height", "Weight"]]\nat_most = 2',
    "include": 'features = ["Female"]',
    "exclude": 'features = "Lab*"',
    "requires": 'feature = "Height"\nneeds = "Weight"',
    "not_both": 'features = ["Height", "Weight"]',
    "exactly_one": 'features = "Age*"',
    "nested": 'features = ["Age >= 40", "Age >= 65"]',
    "sign": 'features = "Lab*"\nsign = "+"',
    "range": 'features = "Female"\nat_least = -2\nat_most = 2',
    "values": "values = [-2, -1, 0, 2]",
    "equal": 'features = ["Age >= 40", "Age >= 65"]',
    "order": 'features = ["Age >= 65", "Age >= 40"]',
    "multiples": "of = 5",
    "total": "at_least = 0\nat_most = 20",
    "scored": 'person = { Female = 1, "Age >= 65" = 1 }\nat_most = 3',
    "classed": "row = 7\npositive = true",
    "ranked": "rows = [7, 2]\nby = 1",
    "rate": 'rate = "fpr"\nat_most = 0.1\ngroup = "Female = 1"',
    "parity": 'rate = "tpr"\ngroups = ["Female = 1", "Female = 0"]\ndifference = 0.1',
    "linear": 'points = { Height = 1, Weight = -2 }\nlower = 0\nname = "balance"',
}
"""Keys of a rule of each kind, as TOML."""

_ENTRY = re.compile(r"^(?P<names>\w+(?:, \w+)*) : (?P<type>.*)$")


@dataclass(frozen=True)
class Key:
    """A key of a kind of rules.

    Attributes
    ----------
    name, type, meaning : str
        As the class documents it.
    is_needed : bool
        Whether a rule must have it.
    """

    name: str
    type: str
    meaning: str
    is_needed: bool


@dataclass(frozen=True)
class Kind:
    """A kind of rules.

    Attributes
    ----------
    name, summary : str
        What stands after ``kind =``, and what such a rule says.
    keys : tuple of Key
        In the order of the class.
    example : str
        A table of TOML.
    """

    name: str
    summary: str
    keys: tuple[Key, ...]
    example: str


def kind_of_rule(name: str) -> Kind:
    """Describe a kind of rules.

    Parameters
    ----------
    name : str
        A key of `riskslim.constraints.records.KINDS`.

    Raises
    ------
    ConstraintError
        There is no such kind.
    """
    if name not in KINDS:
        raise ConstraintError(f"unknown kind {name!r}; {nearest(name, list(KINDS), 'kinds')}")
    about = inspect.getdoc(KINDS[name]) or ""
    documented = _parameters(about)
    keys = []
    for field in dataclasses.fields(KINDS[name]):
        missing = dataclasses.MISSING
        needed = field.default is missing and field.default_factory is missing
        kind, meaning = documented[field.name]
        keys.append(Key(field.name, kind.removesuffix(", optional"), meaning, needed))
        if field.name in ("person", "people"):
            rows = ("row", "number") if field.name == "person" else ("rows", "list of numbers")
            keys.append(Key(*rows, f"Instead of {field.name}: rows of the data, from 1.", False))
    example = f'[[rule]]\nkind = "{name}"\n{EXAMPLES[name]}\n'
    return Kind(name, about.splitlines()[0], tuple(keys), example)


def _parameters(about: str) -> dict[str, tuple[str, str]]:
    """Type and meaning of every parameter in a numpydoc text."""
    _, _, section = about.partition("Parameters\n----------\n")
    found: dict[str, tuple[str, str]] = {}
    names: list[str] = []
    for line in section.splitlines():
        entry = _ENTRY.match(line)
        if entry:
            names = entry["names"].split(", ")
            found.update(dict.fromkeys(names, (entry["type"], "")))
        elif line.startswith("    "):
            for name in names:
                kind, meaning = found[name]
                found[name] = kind, f"{meaning} {line.strip()}".strip()
        elif line.strip():
            break
    return found
