"""The score as a card in plain text, to be used on paper.

Totals on the card are sums of the features' points alone; the intercept is in
the risks, so that nobody has to remember to add it.
"""

from __future__ import annotations

from dataclasses import dataclass

from riskslim.exporters.card import Card, make_card
from riskslim.exporters.card_items import BOX
from riskslim.exporters.columns import isolate, left, wrap
from riskslim.exporters.risk_rows import ROWS_OF_ONE_COLUMN, CardRow
from riskslim.languages import Texts, language
from riskslim.scores.intervals import ENOUGH_PEOPLE
from riskslim.scores.point_score import PointScore

__all__ = ["WIDTH", "card", "card_file"]

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


def card(
    score: PointScore,
    *,
    ascii_only: bool = False,
    texts: Texts | None = None,
    cards: str = "bands",
    min_people: int = ENOUGH_PEOPLE,
) -> str:
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
    cards : {"bands", "thresholds"}
        Whether each variable is one item, or each feature.
    min_people : int
        Totals are joined to bands of at least so many people; 0 shows every total.

    Returns
    -------
    str
        Lines of at most `WIDTH` columns, without a final newline.
    """
    content = make_card(score, texts or language("en"), cards, min_people)
    return _card(content, ascii_only=ascii_only)


def card_file(content: Card) -> str:
    """Print a card into a file, whose last line ends."""
    return _card(content) + "\n"


def _card(content: Card, *, ascii_only: bool = False) -> str:
    """Print what a card says; see `card`."""
    signs = _PLAIN if ascii_only else _FANCY
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
    if not card.printed:
        return wrap(card.instruction, WIDTH - 1, " ")
    points = [item.points for group in card.printed for item in group.items]
    points_width = max(map(len, points))
    names = WIDTH - points_width - 11
    lines: list[str] = []
    number = 0
    for group in card.printed:
        if group.choice:
            # Bands are one item: its number stands with its name, its box with the last one.
            number += 1
            lines += _led(f"{number:>3}. ", wrap(group.title, names - 5))
        elif group.title:
            lines += _led(" " * 5, wrap(group.title, names - 5))
        for item in group.items:
            number += not group.choice
            lead = " " * 5 if group.choice else f"{number:>3}. "
            lead += "  " if group.title else ""
            *upper, last = wrap(_plain(item.label, signs), names - len(lead))
            dotted = left(last, names - len(lead), fill=signs.leader)
            text = f"{item.points.replace('×', signs.times):<{points_width}}  "
            lines += _led(lead, upper)
            lead = " " * len(lead) if upper else lead
            lines.append(f"{lead}{dotted} {'  [  ]' if item.points == BOX else text}")
            if item.points != BOX and (not group.choice or item is group.items[-1]):
                lines[-1] += f"{' ' if number == 1 else '+'} ____"
    lines.append("")
    lines.append(f"{card.sum + '  = ____':>{WIDTH - 2}}")
    return lines


def _led(lead: str, lines: list[str]) -> list[str]:
    """Put something before the first of some lines of text, and blanks before the others."""
    return [f"{' ' * len(lead) if i else lead}{isolate(line)}" for i, line in enumerate(lines)]


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
    observed = card.seen
    seen_width = max(len(observed), *map(len, card.observed))
    # Bars only where a line has room for them.
    room = min(_LONGEST_BAR, WIDTH - total_width - risk_width - seen_width - 10)
    lines = [f"  {total:>{total_width}}   {risk:>{risk_width}}   {observed:>{seen_width}}"]
    for row, text in zip(card.rows, card.observed, strict=True):
        if row.tier:
            lines += wrap(row.tier, WIDTH - 2, indent=" ")
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
