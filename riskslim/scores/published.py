"""A published score from its points: what a card in a journal says, as a score that reads tables.

.. code-block:: toml

    outcome = "died"                      # column of the outcome
    # By total; or intercept = -5, multiplier = 1.2.
    risks = { 0 = 0.007, 1 = 0.032, 2 = 0.13, 3 = 0.17 }

    [about]
    title = "CURB-65"

    [items.Confusion]                     # yes or no
    points = 1

    [items.Age]                           # bands of a measurement, a cut belongs to the upper one
    unit = "years"
    cuts = [65]
    points = [0, 1]

    limits = [0, 120]                     # nobody is older; may be left out

    [items.Sex]                           # levels of a category
    levels = { male = 1, female = 0 }

    [items."Low blood pressure"]          # a yes where any of these holds
    points = 1
    any = [{ column = "sbp", below = 90 }, { column = "dbp", at_most = 60 }]
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.errors import OptionError
from riskslim.features.any_of import AnyOf, Condition
from riskslim.features.binning import Binning
from riskslim.features.cuts import as_number
from riskslim.features.given import ABOUT, Given
from riskslim.features.variables import Flag, Levels, Thresholds, Variable
from riskslim.files.toml import read_toml
from riskslim.names import nearest, short
from riskslim.scores.about import About
from riskslim.scores.items import Feature, items_of
from riskslim.scores.orientation import shifted
from riskslim.scores.origin import Training
from riskslim.scores.recalibration import Recalibration
from riskslim.scores.totals import score_table
from riskslim.scores.variables import known_variables

if TYPE_CHECKING:
    from riskslim.scores.risk import RiskScore

__all__ = ["published_score"]

_KEYS = ("outcome", "labels", "risks", "intercept", "multiplier", ABOUT, "items")
_ITEM_KEYS = (
    *("points", "levels", "any", "column", "label", "unit", "cuts", "missing", "codes", "limits"),
)
_MOST_POINTS = 10**6


@dataclass(frozen=True)
class _Entry:
    """An item of the card: how it is read, and the points of its features."""

    variable: Variable
    points: tuple[int, ...]
    base: int = 0


def published_score(given: Mapping[str, Any] | str | os.PathLike[str]) -> RiskScore:
    """Make a score of what its publication says.

    Parameters
    ----------
    given : mapping or path
        A TOML file, or a mapping of that form. ``items`` has a table for each item, named as
        its column unless ``column`` names one: ``points`` of a yes; ``cuts`` of a measurement
        with ``points`` of the bands between them, one more than cuts (a value at a cut belongs to
        the band above it); or ``levels`` of a category with the points of each; or ``points`` of
        a yes where ``any`` of some conditions holds, each of a ``column`` that is ``below``,
        ``at_most``, ``above`` or ``at_least`` a number, or ``yes = true``. ``label``, ``unit``,
        ``codes``, ``missing`` and ``limits`` are as for columns of raw tables. ``risks`` has the
        risk of every total, or else ``intercept`` and ``multiplier`` say
        ``risk = 1 / (1 + exp(-(intercept + total) / multiplier))``. ``outcome`` and ``labels``
        (negative, positive) name the column of the outcome and its values.

    Returns
    -------
    RiskScore
        Reads the raw columns. Values that are not known are refused.

    Raises
    ------
    OptionError
        The file cannot be read, or an entry means nothing; names file, item and key.
    """
    from riskslim.scores.risk import RiskScore

    where, content = _content(given)
    about = About.read({ABOUT: content.get(ABOUT, {})}, labels=False)
    entries = [_entry(name, one, where) for name, one in _table(content, "items", where).items()]
    if not entries:
        raise OptionError(f"{where}: no [items.NAME]; a score has at least one item")
    _check_columns(entries, where)
    binning = Binning(tuple(entry.variable for entry in entries))
    names, points = binning.features, [p for entry in entries for p in entry.points]
    if len(set(names)) < len(names):
        raise OptionError(f"{where}: two items make features of one name; give them other labels")
    features = tuple(
        Feature(name, value, 0.0, 1.0, True) for name, value in zip(names, points, strict=True)
    )
    shifts = {
        next(n for n, p in zip(one.variable.features, one.points, strict=True) if p): one.base
        for one in entries
        if one.base
    }
    used = [feature for feature in features if feature.points]
    variables = known_variables(binning, ())
    ends = [
        sum(choose(band.points for band in item.bands) if item.bands
            else choose(0, item.features[0].points) for item in items_of(used, variables))
        for choose in (min, max)
    ]  # fmt: skip
    nobody = np.zeros(2)
    plain = RiskScore(
        outcome=str(content.get("outcome", "outcome")),
        labels=_labels(content.get("labels", (0, 1)), where),
        features=features,
        intercept=sum(shifts.values()),
        multiplier=1.0,
        training=Training(0, 0, 0.0, 0.0),
        table=score_table(used, 0, 1.0, np.array(ends, float), nobody, nobody, variables),
        binning=binning,
        about=about,
    )
    score = shifted(plain, shifts)
    risks = _risks(content, where)
    if "risks" in content:
        _check_totals(score, {_number(key) for key in content["risks"]}, where)
    return score.with_risks(risks)


def _check_totals(score: RiskScore, given: set[float], where: str) -> None:
    """Refuse risks that leave out a total which somebody can have, or are of one that nobody has.

    Either means that the items are not those of the publication.
    """
    if not score.has_every_total:
        return
    reached = {float(row.low or 0) for row in score.table}
    missing, idle = sorted(reached - given), sorted(given - reached)
    if missing:
        raise OptionError(
            f"{where}: no risk is given for {_totals(missing)}, which the items allow; give one "
            "to each total (the same where several share it), or correct the items"
        )
    if idle:
        raise OptionError(
            f"{where}: a risk is given for {_totals(idle)}, which the items cannot add up to; drop "
            "it, or correct the items"
        )


def _totals(totals: list[float]) -> str:
    shown = ", ".join(f"{total:g}" for total in totals[:5])
    more = f" and {len(totals) - 5} more" if len(totals) > 5 else ""
    return f"the total{'s' * (len(totals) > 1)} {shown}{more}"


def _content(given: Mapping[str, Any] | str | os.PathLike[str]) -> tuple[str, dict[str, Any]]:
    if isinstance(given, Mapping):
        where, content = "published score", dict(given)
    else:
        where = f"published score in {Path(given)}"
        try:
            content = read_toml(given)[1]
        except ValueError as error:
            raise OptionError(f"{where}: {error}") from error
    for key in content:
        if key not in _KEYS:
            known = nearest(key, _KEYS, "keys")
            hint = f"it belongs to the table [{ABOUT}]" if key in About.texts() else known
            raise OptionError(f"{where}: unknown key {key!r}; {hint}")
    return where, content


def _table(content: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    found = content.get(key, {})
    if not isinstance(found, Mapping):
        raise OptionError(f"{where}: {key} is {short(found)}; give a table")
    return found


def _labels(given: Any, where: str) -> tuple[Any, Any]:
    if isinstance(given, str) or len(given) != 2 or given[0] == given[1]:
        raise OptionError(f"{where}: labels are {short(given)}; give [negative, positive]")
    return given[0], given[1]


def _entry(name: str, given: Any, where: str) -> _Entry:
    """Read one item."""
    if not isinstance(given, Mapping):
        raise OptionError(f"{where}, item {name!r}: {short(given)} is no table of points")
    for key in given:
        if key not in _ITEM_KEYS:
            raise OptionError(f"{where}, item {name!r}: unknown key {key!r}; {_asked(_ITEM_KEYS)}")
    not_said = ("points", "levels", "any", "column")
    own = {key: one for key, one in given.items() if key not in not_said}
    said = Given.read(own, where, name)
    column, label = str(given.get("column", name)), said.label or name
    shared: dict[str, Any] = {"blanks": "refuse", "missing": said.missing}
    where = f"{where}, item {name!r}"
    if "levels" in given:
        return _category(column, label, said, given["levels"], shared, where)
    if said.cuts is not None:
        return _measurement(column, label, said, given.get("points"), shared, where)
    points = _whole(given.get("points"), where)
    if not points:
        raise OptionError(f"{where}: 0 points for a yes change nothing; drop it")
    if "any" in given:
        if "column" in given:
            raise OptionError(f"{where}: the columns are those of any; drop 'column'")
        conditions = _conditions(given["any"], where)
        first = conditions[0].column
        return _Entry(AnyOf(first, label, **shared, conditions=conditions), (points,))
    return _Entry(Flag(column, label, **shared), (points,))


def _asked(keys: tuple[str, ...]) -> str:
    return f"give {', '.join(keys)}"


def _conditions(given: Any, where: str) -> tuple[Condition, ...]:
    if not isinstance(given, list | tuple) or not given:
        raise OptionError(
            f"{where}: any is {short(given)}; give a list of conditions, such as "
            '[{ column = "sbp", below = 90 }, { column = "dbp", at_most = 60 }]'
        )
    return tuple(Condition.read(one, where) for one in given)


def _check_columns(entries: Sequence[_Entry], where: str) -> None:
    """Refuse a column that two items read in two ways: tables are read once."""
    ways: dict[str, set[Any]] = {}
    for variable in (entry.variable for entry in entries):
        if isinstance(variable, AnyOf):
            for one in variable.conditions:
                kind = Flag if one.sign == "=" else Thresholds
                ways.setdefault(one.column, set()).add((kind, variable.missing))
        else:
            ways.setdefault(variable.column, set()).add((type(variable), variable.missing))
    for column, found in ways.items():
        if len(found) > 1:
            raise OptionError(
                f"{where}: items read the column {column!r} in two ways; let both take it for a "
                "number, or for a yes or no, and give both the same codes in missing"
            )


def _measurement(
    column: str, label: str, said: Given, points: Any, shared: dict[str, Any], where: str
) -> _Entry:
    assert said.cuts is not None
    if not isinstance(points, list | tuple) or len(points) != len(said.cuts) + 1:
        raise OptionError(
            f"{where}: the points are {short(points)}; {len(said.cuts)} cuts have "
            f"{len(said.cuts) + 1} bands, so give as many points"
        )
    of_bands = [_whole(one, where) for one in points]
    steps = tuple(high - low for low, high in pairwise(of_bands))
    if not any(steps):
        raise OptionError(f"{where}: all bands have the same points; drop it")
    whole = all(cut.is_integer() for cut in said.cuts)
    variable = Thresholds(
        column, label, **shared, cuts=said.cuts, unit=said.unit, integer=whole, limits=said.limits
    )
    return _Entry(variable, steps, of_bands[0])


def _category(
    column: str, label: str, said: Given, given: Any, shared: dict[str, Any], where: str
) -> _Entry:
    if not isinstance(given, Mapping) or len(given) < 2:
        raise OptionError(f"{where}: levels are {short(given)}; give the points of two or more")
    points = {str(level): _whole(one, where) for level, one in given.items()}
    levels = tuple(level for level, one in points.items() if one)
    if not levels:
        raise OptionError(f"{where}: no level has points; drop it")
    rest = tuple(level for level in points if level not in levels)
    names = tuple(map(said.code_label, (*levels, *rest))) if said.codes else ()
    variable = Levels(column, label, **shared, levels=levels, rest=rest, names=names)
    return _Entry(variable, tuple(points[level] for level in levels))


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _MOST_POINTS:
        raise OptionError(f"{where}: the points are {short(value)}; give a whole number")
    return value


def _risks(content: Mapping[str, Any], where: str) -> Recalibration:
    """Read the risk of every total, or the formula."""
    line = content.get("intercept"), content.get("multiplier", 1.0)
    if "risks" not in content:
        intercept, multiplier = map(as_number, line)
        if intercept is None or multiplier is None or multiplier <= 0:
            raise OptionError(
                f"{where}: give the risks by total (risks = {{ 0 = 0.01, 1 = 0.03 }}), or "
                "intercept and multiplier of 1 / (1 + exp(-(intercept + total) / multiplier))"
            )
        return Recalibration("published", intercept, multiplier)
    if content.get("intercept") is not None:
        raise OptionError(f"{where}: risks and an intercept say the same twice; drop one of them")
    known: dict[float, float] = {}
    for key, given in _table(content, "risks", where).items():
        total, risk = as_number(_number(key)), as_number(given)
        if total is None or risk is None or not 0 <= risk <= 1:
            raise OptionError(
                f"{where}: the risk at the total {short(key)} is {short(given)}; give a number "
                "from 0 to 1 for each total"
            )
        known[total] = risk
    totals = sorted(known)
    risks = tuple(known[total] for total in totals)
    falls = [high for low, high in pairwise(totals) if known[high] < known[low]]
    if not totals or falls:
        at = f" at the total {falls[0]:g}" if falls else ""
        raise OptionError(f"{where}: the risks must rise with the total, and fall{at}")
    return Recalibration("published", None, None, tuple(totals[1:]), risks)


def _number(text: Any) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan
