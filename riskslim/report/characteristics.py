"""Table 1 of a report: what the people are like, in all and by outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from riskslim.data.spelling import without_codes
from riskslim.evaluation.estimates import quantiles_of
from riskslim.exporters.columns import clean
from riskslim.exporters.years import is_in_years
from riskslim.features.columns import Column, RawTable, numbers_among
from riskslim.features.kinds import flags, levels
from riskslim.features.variables import Flag, Levels, Thresholds, Variable, codes_apart
from riskslim.languages import Texts
from riskslim.names import find_name
from riskslim.scores.items import Feature
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

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


def characteristics(score: PointScore, table: RawTable, texts: Texts) -> tuple[Characteristic, ...]:
    """Describe people by everything that a score could have asked.

    Numbers by median and quartiles, categories by count and share of those who are known, as
    tables of characteristics have them. Rows count as they are, without weights; those of weight 0
    do not.

    Parameters
    ----------
    score : PointScore
        The score.
    table : RawTable
        The people, with their outcomes as classes.
    texts : Texts
        The language.
    """
    names, say = table.names, _Words(texts)
    if score.binning is not None and score.binning.is_raw_table(names, score.points):
        variables = [one for one in score.binning.variables if set(one.columns) <= set(names)]
        table.look({one.column: numbers_among(codes_apart(one)) for one in variables})
        lines: list[Characteristic] = []
        for variable in variables:
            lines += _of_variable(variable, table, say)
        return tuple(lines)
    places = [(one, find_name(one.name, names)) for one in score.features]
    found = [(one, names[place]) for one, place in places if place is not None]
    table.look({name: () for _, name in found})
    return tuple(_of_features(score, found, table, say))


@dataclass(frozen=True)
class _Words:
    """Writes the cells of a line: of everybody, those with the outcome, and those without."""

    texts: Texts

    def quartiles(self, values: FloatArray, column: Column) -> tuple[str, ...]:
        """Write median and quartiles of the known values."""

        def cell(rows: IntArray) -> str:
            here = ~np.isnan(values) & (rows > 0)
            if not here.any():
                return "–"
            known = values[here]
            found = quantiles_of(known, rows[here], (0.25, 0.5, 0.75))
            # No more digits than what was measured has.
            found = np.rint(found) if np.all(known == np.rint(known)) else found
            low, middle, high = (self.texts.number(value, _DIGITS) for value in found.tolist())
            return f"{middle} ({low}–{high})"

        return tuple(map(cell, _parts(column)))

    def share(self, holds: BoolArray, known: BoolArray, column: Column) -> tuple[str, ...]:
        """Write how many of those who are known something holds for."""

        def cell(rows: IntArray) -> str:
            count, whole = int(rows[holds].sum()), int(rows[known].sum())
            if not whole:
                return "–"
            places = 1 if whole >= _MANY else 0
            return f"{self.texts.count(count)} ({self.texts.percent(count / whole, places)})"

        return tuple(map(cell, _parts(column)))

    def unknown(self, blank: BoolArray, column: Column) -> Iterator[Characteristic]:
        """Say how many are not known, where any are."""
        if blank.any():
            cells = self.share(blank, np.ones_like(blank), column)
            yield Characteristic(self.texts("report.not_known"), cells, is_member=True)


def _parts(column: Column) -> tuple[IntArray, ...]:
    """Count the rows of each cell: of everybody, those with the outcome, and those without."""
    negative = column.rows[0]
    positive = column.rows[1] if len(column.rows) > 1 else np.zeros_like(negative)
    return column.count, positive, negative


def _of_variable(variable: Variable, table: RawTable, say: _Words) -> Iterator[Characteristic]:
    """Describe a column of a raw table."""
    column, label = table.column(variable.column), clean(variable.label)
    frame = column.frame()
    if isinstance(variable, Thresholds):
        special = variable.specials(frame)
        if variable.reference is not None:
            column = table.years(variable)
            values, special = (
                column.cells.to_numpy(np.float64),
                np.zeros((len(column.cells), 0), np.bool_),
            )
        else:
            values = variable.values(frame, table.source)
        unit = variable.unit or (say.texts("card.years") if is_in_years(variable) else "")
        shown = f"{label} ({clean(unit)})" if unit else label
        yield Characteristic(shown, say.quartiles(values, column))
        everybody = np.ones(len(values), dtype=bool)
        for (_, called), holds in zip(variable.special, special.T, strict=False):
            cells = say.share(holds, everybody, column)
            yield Characteristic(clean(called), cells, is_member=True)
        yield from say.unknown(np.isnan(values) & ~special.any(axis=1), column)
    elif isinstance(variable, Flag):
        known = without_codes(column.cells, variable.missing)
        values = flags(known, variable.column, table.source)
        yield Characteristic(label, say.share(values == 1, ~np.isnan(values), column))
        yield from say.unknown(np.isnan(values), column)
    elif isinstance(variable, Levels):
        yield from _of_levels(variable, column, say)


def _of_levels(variable: Levels, column: Column, say: _Words) -> Iterator[Characteristic]:
    spelled = (*variable.levels, *variable.rest)
    shown = dict(zip(spelled, (*variable.shown, *variable.shown_rest), strict=True))
    cells = levels(without_codes(column.cells, variable.missing), spelled)
    known = np.array([cell is not None for cell in cells], dtype=bool)
    met: Counter[str] = Counter()
    for cell, rows in zip(cells[known].tolist(), column.count[known].tolist(), strict=True):
        met[str(cell)] += rows
    often = sorted(met.items(), key=lambda one: (-one[1], one[0]))
    listed = [level for level, _ in often[:_MOST_LEVELS]]
    yield Characteristic(clean(variable.label))
    for level in listed:
        holds = say.share(cells == level, known, column)
        yield Characteristic(clean(shown.get(level, level)), holds, is_member=True)
    if len(often) > len(listed):
        rest = say.share(known & ~np.isin(cells.astype(str), listed), known, column)
        yield Characteristic(say.texts("report.other"), rest, is_member=True)
    yield from say.unknown(~known, column)


def _of_features(
    score: PointScore, found: Sequence[tuple[Feature, str]], table: RawTable, say: _Words
) -> Iterator[Characteristic]:
    """Describe features as they are."""
    for feature, name in found:
        column, label = table.column(name), clean(score.about.shown(feature.name))
        values = column.cells.to_numpy(np.float64)
        known = ~np.isnan(values)
        cells = (
            say.share(values == 1, known, column)
            if feature.is_binary
            else say.quartiles(values, column)
        )
        yield Characteristic(label, cells)
        yield from say.unknown(~known, column)
