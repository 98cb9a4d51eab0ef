"""Choosing features by name, by list or by pattern, and saying so when none is meant."""

from __future__ import annotations

import difflib
import fnmatch
import reprlib
import unicodedata
from collections.abc import Iterable, Sequence

from riskslim.errors import DataError, RiskSlimError

__all__ = [
    "INTERCEPT_NAME",
    "LONGEST_NAME",
    "Selector",
    "find_name",
    "nearest",
    "place_of",
    "quoted",
    "select",
    "short",
    "visible",
]

INTERCEPT_NAME = "(Intercept)"
"""Name of the intercept wherever points are given by name; no feature may bear it."""

LONGEST_NAME = 1000
"""Characters of a name; a longer one is no name but a table that lost the ends of its lines."""

Selector = str | Iterable[str]
"""A name, a shell-style pattern (``"Age*"``) or several of them."""


def visible(name: str) -> str:
    """Give a name as the eye sees it.

    Blanks around it and doubled ones, characters without a shape (soft hyphens, marks of byte
    order and direction) and the ways to compose an accent say nothing to a reader.
    """
    shown = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    return " ".join(unicodedata.normalize("NFC", shown).split())


def find_name(name: str, names: Sequence[str]) -> int | None:
    """Find a name as it stands, or else the only one that looks the same; None where there is none.

    Parameters
    ----------
    name : str
        The wanted name.
    names : sequence of str
        Those that there are.
    """
    if name in names:
        return names.index(name)
    looks = visible(name)
    alike = [place for place, other in enumerate(names) if visible(other) == looks]
    return alike[0] if len(alike) == 1 else None


_LONGEST = 80
_short = reprlib.Repr()
_short.maxlevel, _short.maxstring, _short.maxother, _short.maxlong = 3, _LONGEST, _LONGEST, 40


def short(value: object) -> str:
    """Quote a value of any kind, size and depth for a message, as far as a reader can use it."""
    try:
        return _short.repr(value)
    except ValueError:
        # An integer of more digits than Python writes.
        return "a number of thousands of digits"


def quoted(names: Sequence[object], limit: int = 5) -> str:
    """Join names for a message: the first few in quotes, the others counted."""
    shown = ", ".join(repr(name) for name in names[:limit])
    rest = len(names) - limit
    return f"{shown} and {rest} more" if rest > 0 else shown


def nearest(name: str, names: Sequence[str], kind: str = "features") -> str:
    """Advice for an unknown name: the known ones that look most like it."""
    folded: dict[str, str] = {}
    for known in names:
        folded.setdefault(known.casefold(), known)
    close = difflib.get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(repr(folded[match]) for match in close) + "?"
    return f"the {kind} are {quoted(names)}"


def place_of(name: str, names: Sequence[str], source: object, use: str) -> int:
    """Find the column of a name among those of a table, as `find_name` does.

    Raises
    ------
    DataError
        There is none: the message names the table, the column, its use (``"for the outcome"``)
        and what looks like it.
    """
    place = find_name(name, names)
    if place is None:
        raise DataError(f"{source}: no column {name!r} {use}; {nearest(name, names, 'columns')}")
    return place


def select(selector: Selector, names: Sequence[str], error: type[RiskSlimError]) -> list[int]:
    """List the indices of the features that a selector means, in the order of the features.

    A string that is a feature's name means that feature, even where it holds
    characters of a pattern; any other is a shell-style pattern (``*``, ``?``,
    ``[...]``), matched with regard to case.

    Parameters
    ----------
    selector : str or iterable of str
        Names and patterns.
    names : sequence of str
        The known names.
    error : type of RiskSlimError
        Raised where a name or pattern means no feature, with the nearest known name.

    Returns
    -------
    list of int
        Distinct, ascending, at least one.
    """
    if not isinstance(selector, Iterable):
        raise error(f"features are chosen by name, by pattern or by a list, not by {selector!r}")
    wanted = [selector] if isinstance(selector, str) else list(selector)
    if not wanted:
        raise error("no feature is named: give a name, a list of names or a pattern such as 'Age*'")
    index = {name: position for position, name in enumerate(names)}
    chosen: set[int] = set()
    for item in wanted:
        if not isinstance(item, str):
            raise error(f"a feature is chosen by its name, a string, not by {item!r}")
        if item in index:
            chosen.add(index[item])
            continue
        matches = [index[name] for name in names if fnmatch.fnmatchcase(name, item)]
        if not matches:
            kind = "pattern that no feature matches" if _is_pattern(item) else "unknown feature"
            raise error(f"{kind}: {item!r}; {nearest(item, names)}")
        chosen.update(matches)
    return sorted(chosen)


def _is_pattern(text: str) -> bool:
    return any(character in text for character in "*?[")
