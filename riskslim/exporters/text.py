"""The score as a card in plain text, to be used on paper.

Totals on the card are sums of the features' points alone; the intercept is in
the risks, so that nobody has to remember to add it.
"""

from __future__ import annotations

from dataclasses import dataclass

from riskslim.exporters.card import BOX, Card, make_card
from riskslim.exporters.columns import isolate, left, wrap
from riskslim.exporters.risk_rows import ROWS_OF_ONE_COLUMN, CardRow
from riskslim.languages import Texts, language
from riskslim.scores.point_score import PointScore

__all__ = ["WIDTH", "card"]

WIDTH = 80
_LONGEST_BAR = 24


@dataclass(frozen=True)
class _Signs:
    """Characters that the card is drawn with."""

    rule: str
    leader: str
    bar: str
    times: str


_FANCY = _Signs(rule="─", leader="·", bar="█", times="×")
_PLAIN = _Signs(rule="-", leader=".", bar="#", times="x")


def card(score: PointScore, *, ascii_only: bool = False, texts: Texts | None = None) -> str:
    """Print a score as a card.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    ascii_only : bool
        Draw with ASCII characters, for terminals that have no others. Names
        stay as they are.
    texts : Texts, optional
        The language; English by default.

    Returns
    -------
    str
        Lines of at most `WIDTH` columns, without a final newline.
    """
    signs = _PLAIN if ascii_only else _FANCY
    content = make_card(score, texts or language("en"))
    rule = signs.rule * WIDTH
    lines = [
        rule,
        *wrap(content.title, WIDTH - 1, indent=" "),
        rule,
        *_feature_lines(content, signs),
        rule,
        *_table_lines(content, signs),
        rule,
        *_footer_lines(content),
        rule,
    ]
    return "\n".join(line.rstrip() for line in lines)


def _feature_lines(card: Card, signs: _Signs) -> list[str]:
    if not card.groups:
        return wrap(card.instruction, WIDTH - 1, " ")
    items = [(group, item) for group in card.groups for item in group.items]
    points = [item.points.replace("×", signs.times) for _, item in items]
    points_width = max(len(text) for text in points)
    # " 1. name ...... +2 points   + ____ ", or " 1. name ......        [ ]"
    name_width = WIDTH - points_width - 16
    lines = []
    shown = None
    for index, ((group, item), text) in enumerate(zip(items, points, strict=True), start=1):
        indent = "  " if group.title else ""
        if group.title and group is not shown:
            lines += [f"     {isolate(part)}" for part in wrap(group.title, name_width)]
            shown = group
        *upper, last = wrap(_plain(item.label, signs), name_width - len(indent))
        lead = f"{index:>3}. {indent}"
        for part in upper:
            lines.append(f"{lead}{isolate(part)}")
            lead = " " * len(lead)
        dotted = left(last, name_width - len(indent), fill=signs.leader)
        sign = " " if index == 1 else "+"
        entry = "  [  ]" if item.points == BOX else f"{text:<{points_width}}  {sign} ____"
        lines.append(f"{lead}{dotted} {entry}")
    lines.append("")
    lines.append(f"{card.sum + '  = ____':>{WIDTH - 2}}")
    return lines


def _plain(label: str, signs: _Signs) -> str:
    if signs is _FANCY:
        return label
    return label.replace("≥", ">=").replace("≤", "<=").replace("≠", "!=")


def _table_lines(card: Card, signs: _Signs) -> list[str]:
    if len(card.rows) <= ROWS_OF_ONE_COLUMN:
        lines = _one_column(card, signs)
    else:
        lines = _many_columns(card)
    if card.band_note:
        lines += ["", *wrap(card.band_note, WIDTH - 2, " ")]
    return lines


def _headings(card: Card) -> tuple[str, str, int, int]:
    total, risk = card.total, card.result
    total_width = max(len(total), *(len(row.total) for row in card.rows))
    return total, risk, total_width, max(len(risk), *(len(row.result) for row in card.rows))


def _one_column(card: Card, signs: _Signs) -> list[str]:
    total, risk, total_width, risk_width = _headings(card)
    observed = card.texts("card.observed")
    seen_width = max(len(observed), *map(len, card.observed))
    # Bars only where a line has room for them.
    room = min(_LONGEST_BAR, WIDTH - total_width - risk_width - seen_width - 10)
    lines = [f"  {total:>{total_width}}   {risk:>{risk_width}}   {observed:>{seen_width}}"]
    for row, text in zip(card.rows, card.observed, strict=True):
        bar = signs.bar * round(row.height * room) if room >= 8 else ""
        line = f"  {row.total:>{total_width}}   {row.result:>{risk_width}}   {text:>{seen_width}}"
        lines.append(f"{line}  {bar}")
    return lines


def _many_columns(card: Card) -> list[str]:
    total, risk, total_width, risk_width = _headings(card)
    columns = max(1, min(4, WIDTH // (total_width + risk_width + 7)))
    height = -(-len(card.rows) // columns)
    columns = -(-len(card.rows) // height)
    lines = [f"  {total:>{total_width}}   {risk:>{risk_width}}  " * columns]
    for index in range(height):
        lines.append(
            "".join(_cell(row, total_width, risk_width) for row in card.rows[index::height])
        )
    return lines


def _cell(row: CardRow, total_width: int, risk_width: int) -> str:
    return f"  {row.total:>{total_width}}   {row.result:>{risk_width}}  "


def _footer_lines(card: Card) -> list[str]:
    return [line for text in card.footnotes for line in wrap(text, WIDTH - 2, indent=" ")]
