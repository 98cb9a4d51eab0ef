"""Scores as Markdown and as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from riskslim.exporters.card import Card
from riskslim.exporters.columns import clean
from riskslim.exporters.kinds import ByKind
from riskslim.exporters.risk_rows import CardRow
from riskslim.scores.decision import DecisionScore
from riskslim.scores.risk import RiskScore
from riskslim.scores.totals import ScoreRow

__all__ = ["cell_text", "csv_text", "markdown"]

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&$:])")
# What a spreadsheet would take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")

_ITEM = ("kind", "item", "name", "band", "points")
_ENDS = ("total_low", "total_high")
_WEIGHTS = ("weight", "positive_weight")


def markdown(card: Card) -> str:
    """Write a card as Markdown with two tables.

    Parameters
    ----------
    card : Card
        What to show.

    Returns
    -------
    str
        Names are escaped: no link, no HTML, no emphasis comes of them.
    """
    say = card.texts
    lines = [f"## {_escape(card.title)}", "", _escape(card.instruction), ""]
    if card.printed:
        lines += [f"| {say('card.item')} | {card.points} |", "|:---|---:|"]
        for group in card.printed:
            if group.title:
                lines.append(f"| **{_escape(group.title)}** | |")
            for item in group.items:
                indent = "&emsp;" if group.title else ""
                lines.append(f"| {indent}{_escape(item.label)} | {_escape(item.points)} |")
        lines.append("")
    heads = (card.total, card.result, *([card.seen] if card.seen else []))
    lines += [f"| {' | '.join(heads)} |", f"|{'---:|' * len(heads)}"]
    for row, seen in zip(card.rows, card.observed, strict=True):
        if row.tier:
            lines.append(f"| **{_escape(row.tier)}** |{' |' * (len(heads) - 1)}")
        cells = map(_escape, (row.total, row.result, seen)[: len(heads)])
        lines.append(f"| {' | '.join(cells)} |")
    lines += [part for note in card.notes for part in ("", _escape(note))]
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def csv_text(card: Card) -> str:
    """Write items and totals, as the card states them, as one CSV table.

    Parameters
    ----------
    card : Card
        What to show.

    Returns
    -------
    str
        Columns ``kind, item, name, band, points, total_low, total_high, risk_low, risk_high,
        weight, positive_weight``. ``kind`` says what a line is: a ``band`` of a numbered item, of
        which exactly one counts; an ``item`` that counts where it holds; a ``value`` that is
        multiplied by the points; points that are ``fixed``, for everyone; then ``intercept`` and
        ``multiplier``, and a ``total`` for each total, joined as on the card. Looked-up risks have
        neither intercept nor multiplier. A decision score has no multiplier, and the column
        ``yes`` (1 or 0) for the risks. Text that a spreadsheet would take for a formula begins
        with an apostrophe.
    """
    score = card.score
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    parts = _parts(score)
    writer.writerow([*_ITEM, *_ENDS, *parts.heads, *_WEIGHTS])
    blank = [""] * len((*_ENDS, *parts.heads, *_WEIGHTS))
    for line in _lines(card):
        writer.writerow([*line, *blank])
    for name, number in parts.constants.items():
        writer.writerow([name, "", "", "", repr(number), *blank])
    # Without enough people a file has room for every total.
    rows = card.rows if card.is_joined else card.score.table
    for row in rows:
        ends = ["" if end is None else end for end in (row.low, row.high)]
        says = parts.cells(row)
        writer.writerow(["total", "", "", "", "", *ends, *says, row.weight, row.positive_weight])
    return stream.getvalue()


def _lines(card: Card) -> Iterator[tuple[str, int, str, str, int]]:
    """Give kind, number, name, band and points of every line above the totals.

    The bands of a variable have one number, so that items of one name are told apart.
    """
    number = 0
    for group in card.groups:
        number += group.choice is not None
        for item in group.items:
            if item.band is not None:
                label, points = cell_text(item.label), item.band.points
                yield "band", number, cell_text(group.title), label, points
            elif item.feature is not None:
                number += 1
                kind = "item" if item.feature.is_binary else "value"
                label = cell_text(group.full_label(item))
                yield kind, number, label, "", item.feature.points
            else:
                number += 1
                yield "fixed", number, cell_text(item.label), "", item.fixed


@dataclass(frozen=True)
class _Parts:
    """Columns of what the totals of a kind of score stand for, and what it is computed with."""

    heads: tuple[str, ...]
    constants: dict[str, float]
    cells: Callable[[CardRow | ScoreRow], list[object]]


_parts: ByKind[_Parts] = ByKind("as CSV")
"""Give what is written of the totals."""


@_parts.register
def _(score: DecisionScore) -> _Parts:
    def answer(row: CardRow | ScoreRow) -> list[object]:
        one = row.members[-1] if isinstance(row, CardRow) else row
        return [int(score.says_yes(one))]

    return _Parts(("yes",), {"intercept": score.intercept}, answer)


@_parts.register
def _(score: RiskScore) -> _Parts:
    constants = dict(zip(("intercept", "multiplier"), score.formula or (), strict=False))

    def risks(row: CardRow | ScoreRow) -> list[object]:
        return ["" if end is None else repr(score.risk(end)) for end in (row.low, row.high)]

    return _Parts(("risk_low", "risk_high"), constants, risks)


def cell_text(text: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    line = clean(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
