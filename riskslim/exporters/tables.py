"""Scores as Markdown and as CSV."""

from __future__ import annotations

import csv
import io
import re

from riskslim.exporters.card import Card
from riskslim.exporters.columns import clean

__all__ = ["cell_text", "csv_text", "markdown"]

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&$:])")
# What a spreadsheet would take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")

_COLUMNS = (
    "kind", "name", "points", "total_low", "total_high", "risk_low", "risk_high", "weight",
    "positive_weight",
)  # fmt: skip


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
    if card.groups:
        lines += [f"| {say('card.item')} | {say('card.points')} |", "|:---|---:|"]
        for group in card.groups:
            if group.title:
                lines.append(f"| **{_escape(group.title)}** | |")
            for item in group.items:
                indent = "&emsp;" if group.title else ""
                lines.append(f"| {indent}{_escape(item.label)} | {_escape(item.points)} |")
        lines.append("")
    heads = (say("card.total"), say("card.risk"), say("card.observed"))
    lines += [f"| {' | '.join(heads)} |", "|---:|---:|---:|"]
    for row, seen in zip(card.rows, card.observed, strict=True):
        lines.append(f"| {_escape(row.total)} | {_escape(row.risk)} | {_escape(seen)} |")
    lines += [part for note in card.notes for part in ("", _escape(note))]
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def csv_text(card: Card) -> str:
    """Write items and risks as one CSV table.

    Parameters
    ----------
    card : Card
        What to show.

    Returns
    -------
    str
        Columns ``kind, name, points, total_low, total_high, risk_low, risk_high, weight,
        positive_weight``; ``kind`` is ``item``, ``intercept``, ``multiplier`` (both only where
        the risks follow from them) or ``total``. Text
        that a spreadsheet would take for a formula begins with an apostrophe.
    """
    score = card.score
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for name, points in score.points.items():
        writer.writerow(["item", cell_text(name), points, *[""] * 6])
    if score.formula is not None:
        intercept, multiplier = score.formula
        writer.writerow(["intercept", "", repr(intercept), *[""] * 6])
        writer.writerow(["multiplier", "", repr(multiplier), *[""] * 6])
    for row in score.table:
        ends = [row.low, row.high]
        risks = ["" if end is None else repr(score.risk(end)) for end in ends]
        shown = ["" if end is None else end for end in ends]
        writer.writerow(["total", "", "", *shown, *risks, row.weight, row.positive_weight])
    return stream.getvalue()


def cell_text(text: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    line = clean(text)
    return f"'{line}" if line.startswith(_FORMULA) else line
