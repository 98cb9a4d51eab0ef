"""What a score reads of each person, as numbers and choices that actions can change.

A raw column of numbers has steps, at which its points change; a category, a yes or no and the
bands of a variable in a table of 0 and 1 are choices. Columns that the score does not read are
levers too where their changes move what it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.frames import as_frame, source_of
from riskslim.data.spelling import without_codes
from riskslim.errors import DataError, OptionError, ScoreError
from riskslim.exporters.card_items import card_groups
from riskslim.exporters.terms import Category, Measurement, Term, terms
from riskslim.features.kinds import flags, kind_of, levels, measurements
from riskslim.features.variables import Flag, Levels, Thresholds, Variable
from riskslim.languages import language
from riskslim.names import find_name, nearest
from riskslim.recourse.actions import Actions
from riskslim.scores.items import Item
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Choice", "Lever", "Number", "levers_of"]

_NO_YES = ("no", "yes")
_MOST_VALUES = 1000


@dataclass(frozen=True, eq=False)
class Number:
    """A column of numbers.

    Attributes
    ----------
    names : tuple of str
        What it may be called; the first is shown.
    values : ndarray of shape (n,)
        Of every person; NaN where it is not known.
    cuts : ndarray of shape (c,)
        Ascending; points change from each value on.
    points : ndarray of int, shape (c + 1,)
        Below the first cut, and from each on.
    integer : bool
        Whether it is known to be a whole number.
    """

    names: tuple[str, ...]
    values: FloatArray
    cuts: FloatArray
    points: IntArray
    integer: bool = False


@dataclass(frozen=True, eq=False)
class Choice:
    """A yes or no, a category, or the bands of a variable.

    Attributes
    ----------
    names : tuple of str
        What it may be called; the first is shown.
    codes : ndarray of int, shape (n,)
        Place of every person's value among the labels; -1 where it is not known.
    labels : tuple of str
        In the order in which they go up.
    points : ndarray of int, shape (k,)
        Of each label.
    known : int
        As many labels can be changed to; others were met in the table only.
    is_ordered : bool
        Whether the labels follow one another, so that changes have a size.
    """

    names: tuple[str, ...]
    codes: IntArray
    labels: tuple[str, ...]
    points: IntArray
    known: int
    is_ordered: bool = True


Lever = Number | Choice


def levers_of(score: PointScore, X: Any, actions: Actions) -> list[Lever]:
    """Read what can change, or move with what changes, out of a table.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        The people, whose totals are known, so that nothing in it is amiss.
    actions : Actions
        What they can change.

    Returns
    -------
    list of Lever
        In the order of the score, then those that it does not read.

    Raises
    ------
    OptionError
        Actions name a column that neither the score nor the table has, or ask to change real
        numbers that the score multiplies.
    ScoreError
        The table lacks columns, or holds something else than the score reads.
    """
    frame = as_frame(X)
    is_frame = hasattr(frame, "columns") and hasattr(frame, "iloc")
    source = source_of(frame)
    try:
        found = _raw(score, frame, source) if is_frame else None
        if found is None:
            found = _plain(score, score.columns(X), actions)
        if is_frame:
            found += _unread(frame, source, actions, found)
    except DataError as error:
        raise ScoreError(str(error)) from error
    known = [name for lever in found for name in lever.names]
    spoken = [name for one in actions.columns for name in (one.name, *one.moves)]
    spoken += [name for one in actions.implications for name in one.columns]
    for name in spoken:
        if name not in known:
            raise OptionError(f"actions of {name!r}: {nearest(name, known, 'columns')}")
    return found


def _raw(score: PointScore, frame: pd.DataFrame, source: str) -> list[Lever] | None:
    """Read the raw columns of a score that has a binning; None for a table of features."""
    binning = None if score.binning is None else score.binning.part(score.points)
    names = [str(name) for name in frame.columns]
    if binning is None or not binning.is_raw_table(names, score.points):
        return None
    raw = binning.raw_columns(frame, source)
    found: list[Lever] = []
    for variable, term in zip(binning.variables, terms(score), strict=False):
        found.append(_of_variable(variable, term, raw, source))
    made = set(binning.features)
    rest = [name for name in score.points if name not in made]
    if rest:
        raise OptionError(
            f"the score reads {rest[0]!r} beside the columns of a raw table: it is changed in "
            "neither; give a table of features"
        )
    return found


def _of_variable(variable: Variable, term: Term, raw: pd.DataFrame, source: str) -> Lever:
    names = tuple(dict.fromkeys((variable.label, variable.column)))
    match variable, term:
        case Thresholds(), Measurement():
            steps = [points for _, points in term.steps]
            return Number(
                names,
                variable.values(raw, source),
                np.array([cut for cut, _ in term.steps]),
                np.array([0, *steps]),
                variable.integer,
            )
        case Flag(), _:
            values = flags(
                without_codes(raw[variable.column], variable.missing), variable.column, source
            )
            return _yes_or_no(names, values, getattr(term, "yes", 0))
        case Levels(), Category():
            return _category(names, variable, term, raw)
    raise OptionError(
        f"{variable.label!r} is said by several columns together, of which nobody knows which is "
        "to change; give a table of features"
    )


def _category(
    names: tuple[str, ...], variable: Levels, term: Category, raw: pd.DataFrame
) -> Choice:
    known = (*variable.levels, *variable.rest)
    cells = levels(without_codes(raw[variable.column], variable.missing), known)
    met = {cell for cell in cells.tolist() if cell is not None}
    labels = (*known, *sorted(met.difference(known)))
    place = {label: index for index, label in enumerate(labels)}
    codes = [-1 if cell is None else place[cell] for cell in cells.tolist()]
    points = [term.levels.get(label, term.other) for label in labels]
    return Choice(names, np.array(codes), labels, np.array(points), len(known), is_ordered=False)


def _yes_or_no(names: tuple[str, ...], values: FloatArray, points: int) -> Choice:
    codes = np.where(np.isnan(values), -1, values).astype(np.int64)
    return Choice(names, codes, _NO_YES, np.array([0, points]), 2)


def _plain(score: PointScore, columns: FloatArray, actions: Actions) -> list[Lever]:
    """Read a table of features: items with bands, and features that stand alone."""
    by_name = dict(zip(score.points, columns.T, strict=True))
    groups = [group for group in card_groups(score, language("en")) if group.choice is not None]
    labels = {
        item.features[0].name: [line.label for line in group.items]
        for group in groups
        if (item := group.choice) is not None
    }
    found: list[Lever] = []
    for item in score.items:
        if item.bands:
            found.append(_banded(item, labels.get(item.features[0].name), by_name))
            continue
        (feature,) = item.features
        values = by_name[feature.name]
        if feature.is_binary and np.isin(values, (0.0, 1.0)).all():
            found.append(_yes_or_no((feature.name,), values, feature.points))
        else:
            found += _multiplied(item, values, actions)
    return found


def _banded(item: Item, labels: Sequence[str] | None, columns: dict[str, FloatArray]) -> Choice:
    names = tuple(dict.fromkeys((item.name, *(one.name for one in item.features))))
    codes = np.full(len(next(iter(columns.values()))), -1)
    for place, band in enumerate(item.bands):
        codes[item.in_band(band, columns)] = place
    shown = labels or [", ".join(band.holds) or "none" for band in item.bands]
    # What is not known, or a special code, is nothing that anybody changes to; both come last.
    known = sum(not band.told_by for band in item.bands)
    codes[codes >= known] = -1
    points = np.array([band.points for band in item.bands])
    is_ordered = item.bands[0].kind in ("range", "no")
    return Choice(names, codes, tuple(shown[:known]), points[:known], known, is_ordered)


def _multiplied(item: Item, values: FloatArray, actions: Actions) -> Iterator[Lever]:
    """Give a feature whose value is multiplied: one with a step at every whole number."""
    (feature,) = item.features
    own = actions.of(feature.name)
    movers = [one.name for one in actions.columns if feature.name in one.moves]
    if own.is_fixed and not movers:
        yield Number((feature.name,), values, np.empty(0), np.zeros(1, np.int64))
        return
    whole = feature.integer and np.array_equal(values, np.rint(values))
    if not whole or movers:
        raise OptionError(
            f"actions of {feature.name!r}: the score multiplies it, so that only whole numbers "
            "can be changed, by themselves; cut it into bands before the fit"
        )
    low = min(feature.minimum, values.min(initial=feature.minimum))
    high = max(feature.maximum, values.max(initial=feature.maximum))
    low = max(low, own.at_least) if own.at_least is not None else low
    high = min(high, own.at_most) if own.at_most is not None else high
    low, high = min(low, values.min(initial=low)), max(high, values.max(initial=high))
    if high - low > _MOST_VALUES:
        raise OptionError(
            f"actions of {feature.name!r}: it spans {high - low:g} whole numbers; give at_least "
            f"and at_most within {_MOST_VALUES:,}"
        )
    cuts = np.arange(int(np.ceil(low)) + 1, int(high) + 1)
    points = feature.points * np.arange(int(np.ceil(low)), int(high) + 1)
    yield Number((feature.name,), values, cuts.astype(float), points, integer=True)


def _unread(
    frame: pd.DataFrame, source: str, actions: Actions, found: Sequence[Lever]
) -> Iterator[Lever]:
    """Read columns that actions name and the score does not."""
    known = {name for lever in found for name in lever.names}
    names = [str(name) for name in frame.columns]
    wanted = [name for one in actions.columns for name in (one.name, *one.moves)]
    wanted += [name for one in actions.implications for name in one.columns]
    for name in dict.fromkeys(wanted):
        place = None if name in known else find_name(name, names)
        if place is None:
            continue
        column = frame.iloc[:, place]
        kind = kind_of(column, name, source)
        if kind == "flag":
            yield _yes_or_no((name,), flags(column, name, source), 0)
        elif kind == "number":
            values = measurements(column, name, source)
            known_values = values[~np.isnan(values)]
            integer = bool(np.array_equal(known_values, np.rint(known_values)))
            yield Number((name,), values, np.empty(0), np.zeros(1, np.int64), integer)
        else:
            cells = levels(column)
            labels = tuple(sorted({cell for cell in cells.tolist() if cell is not None}))
            place_of = {label: index for index, label in enumerate(labels)}
            codes = np.array([place_of.get(cell, -1) for cell in cells.tolist()], dtype=np.int64)
            points = np.zeros(len(labels), dtype=np.int64)
            yield Choice((name,), codes, labels, points, len(labels), is_ordered=False)
