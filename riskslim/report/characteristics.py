"""Table 1 of a report: what the people are like, in all and by outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskslim.data.frames import as_frame
from riskslim.data.spelling import without_codes
from riskslim.exporters.columns import clean
from riskslim.exporters.years import is_in_years
from riskslim.features.kinds import flags, levels
from riskslim.features.variables import Flag, Levels, Thresholds, Variable
from riskslim.languages import Texts
from riskslim.names import find_name
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["Characteristic", "characteristics"]

# Categories that are listed one by one; the rest are one line.
_MOST_LEVELS = 12
# From so many people on a share has a decimal.
_MANY = 1000
_DIGITS = 4


@dataclass(frozen=True)
class Characteristic:
    """A line of the table.

    Attributes
    ----------
    label : str
        Of a variable, or of one of its categories.
    cells : tuple of str
        For all people, those with the outcome and those without; empty for the head of categories.
    is_member : bool
        Whether it is a category, or the blanks, of the variable above.
    """

    label: str
    cells: tuple[str, ...] = ()
    is_member: bool = False


def characteristics(
    score: PointScore, X: Any, positive: BoolArray, weight: FloatArray, texts: Texts
) -> tuple[Characteristic, ...]:
    """Describe people by everything that a score could have asked.

    Numbers by median and quartiles, categories by count and share of those who are known, as
    tables of characteristics have them. Rows count as they are, without weights; those of weight 0
    do not.

    Parameters
    ----------
    score : PointScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        As for `PointScore.total`; an array has the columns of the training data.
    positive : ndarray of bool, shape (n,)
        Outcomes.
    weight : ndarray of shape (n,)
        Weights.
    texts : Texts
        The language.
    """
    counted = weight > 0
    say = _Words(positive[counted], texts)
    frame = as_frame(X)
    if not hasattr(frame, "iloc"):
        table = np.asarray(X, dtype=np.float64)[counted]
        columns = {one.name: table[:, place] for place, one in enumerate(score.features)}
        return tuple(_of_features(score, columns, say))
    frame = frame.loc[counted].reset_index(drop=True)
    names = [str(name) for name in frame.columns]
    frame = frame.set_axis(names, axis=1)
    if score.binning is not None and score.binning.is_raw_table(names, score.points):
        lines: list[Characteristic] = []
        for variable in score.binning.variables:
            if all(column in names for column in variable.columns):
                lines += _of_variable(variable, frame, say)
        return tuple(lines)
    places = {one.name: find_name(one.name, names) for one in score.features}
    columns = {
        name: frame.iloc[:, place].to_numpy(np.float64)
        for name, place in places.items()
        if place is not None
    }
    return tuple(_of_features(score, columns, say))


@dataclass(frozen=True)
class _Words:
    """Writes the cells of a line."""

    positive: BoolArray
    texts: Texts

    @property
    def parts(self) -> tuple[BoolArray, ...]:
        """Everybody, those with the outcome, and those without."""
        return np.ones_like(self.positive), self.positive, ~self.positive

    def quartiles(self, values: FloatArray) -> tuple[str, ...]:
        """Write median and quartiles of the known values."""

        def cell(part: BoolArray) -> str:
            known = values[part & ~np.isnan(values)]
            if not len(known):
                return "–"
            found = np.quantile(known, (0.25, 0.5, 0.75))
            # No more digits than what was measured has.
            found = np.rint(found) if np.all(known == np.rint(known)) else found
            low, middle, high = (self.texts.number(value, _DIGITS) for value in found.tolist())
            return f"{middle} ({low}–{high})"

        return tuple(map(cell, self.parts))

    def share(self, holds: BoolArray, known: BoolArray) -> tuple[str, ...]:
        """Write how many of those who are known something holds for."""

        def cell(part: BoolArray) -> str:
            count, whole = int((holds & part).sum()), int((known & part).sum())
            if not whole:
                return "–"
            places = 1 if whole >= _MANY else 0
            return f"{self.texts.count(count)} ({self.texts.percent(count / whole, places)})"

        return tuple(map(cell, self.parts))

    def unknown(self, blank: BoolArray) -> Iterator[Characteristic]:
        """Say how many are not known, where any are."""
        if blank.any():
            cells = self.share(blank, np.ones_like(blank))
            yield Characteristic(self.texts("report.not_known"), cells, is_member=True)


def _of_variable(variable: Variable, frame: Any, say: _Words) -> Iterator[Characteristic]:
    """Describe a column of a raw table."""
    label = clean(variable.label)
    if isinstance(variable, Thresholds):
        values = variable.values(frame, "table")
        unit = variable.unit or (say.texts("card.years") if is_in_years(variable) else "")
        yield Characteristic(f"{label} ({clean(unit)})" if unit else label, say.quartiles(values))
        special, everybody = variable.specials(frame), np.ones(len(values), dtype=bool)
        for (_, called), holds in zip(variable.special, special.T, strict=True):
            yield Characteristic(clean(called), say.share(holds, everybody), is_member=True)
        yield from say.unknown(np.isnan(values) & ~special.any(axis=1))
    elif isinstance(variable, Flag):
        column = without_codes(frame[variable.column], variable.missing)
        values = flags(column, variable.column, "table")
        yield Characteristic(label, say.share(values == 1, ~np.isnan(values)))
        yield from say.unknown(np.isnan(values))
    elif isinstance(variable, Levels):
        yield from _of_levels(variable, frame, say)


def _of_levels(variable: Levels, frame: Any, say: _Words) -> Iterator[Characteristic]:
    column = without_codes(frame[variable.column], variable.missing)
    spelled = (*variable.levels, *variable.rest)
    shown = dict(zip(spelled, (*variable.shown, *variable.shown_rest), strict=True))
    cells = levels(column, spelled)
    known = np.array([cell is not None for cell in cells], dtype=bool)
    met, counts = np.unique(cells[known].astype(str), return_counts=True)
    often = sorted(zip(-counts, met.tolist(), strict=True))
    listed = [level for _, level in often[:_MOST_LEVELS]]
    yield Characteristic(clean(variable.label))
    for level in listed:
        holds = say.share(cells == level, known)
        yield Characteristic(clean(shown.get(level, level)), holds, is_member=True)
    if len(often) > len(listed):
        rest = known & ~np.isin(cells.astype(str), listed)
        yield Characteristic(say.texts("report.other"), say.share(rest, known), is_member=True)
    yield from say.unknown(~known)


def _of_features(
    score: PointScore, columns: dict[str, FloatArray], say: _Words
) -> Iterator[Characteristic]:
    """Describe features as they are."""
    for feature in score.features:
        if feature.name not in columns:
            continue
        values, label = columns[feature.name], clean(score.about.shown(feature.name))
        known = ~np.isnan(values)
        cells = say.share(values == 1, known) if feature.is_binary else say.quartiles(values)
        yield Characteristic(label, cells)
        yield from say.unknown(~known)
