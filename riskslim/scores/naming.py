"""Variables that names of features of 0 and 1 tell of, where the training data agree.

``Age >= 65`` and ``Age >= 75``, or ``Age_geq_65`` and ``Age_geq_75``, are cuts of one measurement
if nobody has the second without the first; ``Ward: A`` and ``Ward: B`` are levels of one category
if nobody has both. Anything that names or data leave in doubt stays as it is; where there is no
data the names are believed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from riskslim.scores.items import Feature, items_of
from riskslim.scores.variables import Categories, Measured, Range, ScoreVariable
from riskslim.solvers._typing import FloatArray

__all__ = ["split_name", "variables_in_names"]

# "Age >= 65", "Age_geq_65", "priors:2-3", "Sex = female", "odor_eq_none"
_SIGN = re.compile(r"\s*(?:>=|<=|==|!=|≥|≤|≠|=|<|>|:)\s*|_(?:geq|ge|gt|leq|le|lt|eq|is)_")
_LETTER = re.compile(r"\w")
_SIGNS = {"geq": ">=", "ge": ">=", "≥": ">=", "gt": ">", "leq": "<=", "le": "<=", "≤": "<=",
          "lt": "<", "==": "=", ":": "=", "eq": "=", "is": "=", "≠": "!="}  # fmt: skip
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?:\s*([^\s\d.,]\S*))?")
# After a number anything else is part of a condition: "Age >= 65 smoker".
_UNIT = re.compile(
    r".*[/%°^µμ].*|years?|yrs?|months?|weeks?|days?|hours?|min|[ydhs]|[kmµ]?g|[cmk]?m|mm-?Hg|kPa"
    r"|bpm|[md]?[lL]|mmol|mol|I?U|IE|points?|times|Jahren?|Monaten?|Wochen?|Tagen?|Stunden?",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(r"(?:\s*:\s*|\s+|_)(?:is[ _])?(?:missing|unknown|not[ _]known|blank)$")
# A stem of more than one condition: those who lack it do not lie below the cut.
_JOINED = re.compile(r"[&|;,*]|(?:^|[\s_])(?:and|or|not|und|oder|nicht)(?:$|[\s_])", re.IGNORECASE)


def split_name(name: str) -> tuple[str, str, str]:
    """Split a name that states a condition into stem, sign and the rest; else all are empty.

    The sign is ``>=``, ``>``, ``<=``, ``<``, ``=`` or ``!=``, however it is written.
    """
    first = _LETTER.search(name)
    found = first and _SIGN.search(name, first.end())
    if not found or found.end() == len(name):
        return "", "", ""
    sign = found[0].strip(" _\t\n")
    return name[: found.start()].rstrip(), _SIGNS.get(sign, sign), name[found.end() :]


def variables_in_names(
    features: Sequence[Feature], columns: FloatArray
) -> tuple[ScoreVariable, ...]:
    """Find the variables that two or more features belong to by their names and the data.

    Parameters
    ----------
    features : sequence of Feature
        Those with points.
    columns : ndarray of shape (n, len(features))
        Their values in the training data; without any row the names alone tell.

    Returns
    -------
    tuple of ScoreVariable
        No two share a feature.
    """
    place = {one.name: index for index, one in enumerate(features) if one.is_binary}
    by_stem: dict[str, list[tuple[str, str, str]]] = {}
    for feature in features:
        stem, sign, rest = split_name(feature.name)
        # A feature without a sign may be a yes or no, such as "Stroke" and "Stroke missing".
        by_stem.setdefault(stem or feature.name, []).append((feature.name, sign, rest))
    unknown = {_UNKNOWN.sub("", name): name for name in place if _UNKNOWN.search(name)}
    found: list[ScoreVariable] = []
    taken: set[str] = set()
    for stem, parts in by_stem.items():
        variable = None if _JOINED.search(stem) else _variable(stem, parts, unknown.get(stem))
        names = () if variable is None else variable.features
        is_free = all(name in place and name not in taken for name in names)
        if variable is None or len(names) < 2 or not is_free:
            continue
        indices = [place[name] for name in names]
        agreed = _agreed(variable, [features[index] for index in indices], columns[:, indices])
        if agreed is not None:
            found.append(agreed)
            taken |= set(names)
    return tuple(found)


def _variable(
    stem: str, parts: list[tuple[str, str, str]], missing: str | None
) -> ScoreVariable | None:
    """Read the conditions on a stem: all comparisons with numbers, or all levels."""
    own = [(name, sign, rest) for name, sign, rest in parts if name != missing]
    if len(own) == 1 and not own[0][1]:
        return Categories(stem, ((stem, ""),), missing)
    if own and all(sign == "=" for _, sign, _ in own):
        return Categories(stem, tuple((name, rest) for name, _, rest in own), missing)
    read = [_range(*part) for part in own]
    known = [one for one in read if one is not None]
    if not known or len(known) < len(read) or len({unit for _, unit in known}) > 1:
        return None
    return Measured(stem, tuple(one for one, _ in known), missing, known[0][1])


def _range(name: str, sign: str, rest: str) -> tuple[Range, str] | None:
    """Read one comparison and its unit; None where it is none."""
    number = _NUMBER.fullmatch(rest.strip())
    if number is None or sign in ("=", "!=") or not math.isfinite(float(number[1])):
        return None
    unit = number[2] or ""
    if unit and not _UNIT.fullmatch(unit):
        return None
    # The number itself is above the boundary for >= and <, and below it for > and <=.
    boundary = float(number[1]), int(sign in (">", "<="))
    is_from = sign in (">=", ">")
    return Range(name, *((boundary, None) if is_from else (None, boundary))), unit


def _agreed(
    variable: ScoreVariable, features: list[Feature], rows: FloatArray
) -> ScoreVariable | None:
    """Give the variable if every row of the training data is in one of its bands."""
    holds = np.unique(rows, axis=0) == 1
    if isinstance(variable, Categories) and variable.levels[0][1]:
        variable = replace(variable, complete=bool(len(holds) and holds.any(axis=1).all()))
    (item,) = items_of(features, [variable])
    bands = {frozenset(band.holds) for band in item.bands}
    names = np.array(variable.features, dtype=object)
    seen = {frozenset(names[row].tolist()) for row in holds}
    return variable if seen <= bands else None
