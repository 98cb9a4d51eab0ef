"""Scores as a spreadsheet that computes: fill in the cells, read the total and what it means."""

from __future__ import annotations

import io
from functools import singledispatch
from typing import Any

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import quote_sheetname

from riskslim.exporters.card import Card
from riskslim.exporters.decision_rows import answers
from riskslim.exporters.kinds import ByKind
from riskslim.exporters.risk_rows import CardRow, tier_head
from riskslim.exporters.spreadsheet_items import FIRST_ITEM, THIN, put, write_items
from riskslim.scores.decision import DecisionScore
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

__all__ = ["xlsx"]

_ACCENT = "1F4E79"
_SOFT = PatternFill("solid", start_color="DDEBF7")


def xlsx(card: Card) -> bytes:
    """Write a workbook with one sheet.

    Column C takes the values: a tick from a list for yes or no (or 1 and 0, so that data can be
    pasted), one of the bands of a variable or the number that is measured, else a number. Column
    D gives the points of each, and #N/A where a cell holds
    anything else; below stand the total and the risk (or the decision) as formulas, beside
    them the table, in which the row of the total is marked.

    Parameters
    ----------
    card : Card
        What to show.

    Returns
    -------
    bytes
        An ``.xlsx`` file. Names are stored as text, also where they look like formulas.
    """
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "Score"
    say = card.texts
    put(sheet, "A1", card.title, Font(bold=True, size=16, color=_ACCENT))
    put(sheet, "A2", card.instruction, Font(italic=True, color="595959"))
    _head(sheet, 4, (say("card.item"), say("card.points"), say("card.yours"), card.total))
    sums, last = write_items(sheet, card)
    total, result = last + 2, last + 3
    put(sheet, f"A{total}", card.sum, Font(bold=True))
    sheet[f"D{total}"] = sums
    put(sheet, f"A{result}", card.result, Font(bold=True, size=14, color=_ACCENT))
    sheet[f"D{result}"] = _formula(card.score, sheet, card, f"D{total}")
    sheet[f"D{result}"].number_format = "0.0%"
    for cell in (sheet[f"D{total}"], sheet[f"D{result}"]):
        cell.font = Font(bold=True, size=14, color=_ACCENT)
    tier = _tier(card.score, f"D{total}")
    if tier:
        put(sheet, f"A{result + 1}", say("tiers.head"), Font(bold=True))
        sheet[f"B{result + 1}"] = tier
        sheet[f"B{result + 1}"].font = Font(bold=True, color=_ACCENT)
    _table(sheet, card, f"$D${total}")
    for offset, note in enumerate(card.notes):
        put(sheet, f"A{result + 2 + bool(tier) + offset}", note, Font(size=9, color="595959"))
    room = 18 if any(group.choice for group in card.groups) else 9
    for column, width in zip("ABCDEFGH", (44, 9, room, 9, 3, 16, 14, 16), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A5"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth = "portrait", 1
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_area = f"A1:H{max(result + 3 + len(card.notes), FIRST_ITEM + len(card.rows))}"
    sheet.protection.sheet = True
    book.defined_names.clear()
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _tier(score: PointScore, total: str) -> str:
    """Compute the tier of a total, with what to do; empty where there are none."""
    tiers = getattr(score, "tiers", ())
    if not tiers:
        return ""
    texts = [tier_head(tier).replace('"', '""') for tier in tiers]
    formula = f'"{texts[0]}"'
    for tier, text in zip(tiers[1:], texts[1:], strict=True):
        formula = f'IF({total}>=({tier.low!r}),"{text}",{formula})'
    return f"={formula}"


_formula: ByKind[str] = ByKind("as a spreadsheet")
"""Compute from the cell of the total what it means."""


@_formula.register
def _(score: DecisionScore, sheet: Any, card: Card, total: str) -> str:  # noqa: ARG001
    no, yes = (answer.replace('"', '""') for answer in answers(score, card.texts))
    return f'=IF({total}>({score.cutoff!r}),"{yes}","{no}")'


@_formula.register
def _(score: RiskScore, sheet: Any, card: Card, total: str) -> str:  # noqa: ARG001
    if score.formula is None:
        return _look_up(sheet, score, total)
    intercept, multiplier = score.formula
    margin = f"(({intercept!r})+{total})/{multiplier!r}"
    return f"=IF({margin}>=0,1/(1+EXP(-({margin}))),EXP({margin})/(1+EXP({margin})))"


def _look_up(sheet: Any, score: RiskScore, total: str) -> str:
    """Look the risk up in steps that stand in two hidden columns."""
    assert score.recalibration is not None
    edges, risks = (-1e300, *score.recalibration.edges), score.recalibration.risks
    for place, (edge, risk) in enumerate(zip(edges, risks, strict=True), start=FIRST_ITEM):
        sheet[f"J{place}"], sheet[f"K{place}"] = edge, risk
    for column in "JK":
        sheet.column_dimensions[column].hidden = True
    last = FIRST_ITEM + len(risks) - 1
    columns = (f"${name}${FIRST_ITEM}:${name}${last}" for name in "JK")
    return f"=LOOKUP({total},{','.join(columns)})"


@singledispatch
def _share(score: PointScore, total: float) -> float | None:  # noqa: ARG001
    """Give the share that a total stands for; None where it is no share."""
    return None


@_share.register
def _(score: RiskScore, total: float) -> float | None:
    return score.risk(total)


def _table(sheet: Any, card: Card, total: str) -> None:
    """Put the table of totals beside the items, the row of the total marked."""
    _head(sheet, 4, (card.total, card.result, card.seen), first=6)
    for at, (row, seen) in enumerate(zip(card.rows, card.observed, strict=True), start=FIRST_ITEM):
        single = row.low if row.low == row.high else None
        share = None if single is None else _share(card.score, single)
        if single is None:
            put(sheet, f"F{at}", row.total)
        else:
            sheet[f"F{at}"] = single
        if share is None:
            put(sheet, f"G{at}", row.result)
        else:
            sheet[f"G{at}"] = share
            sheet[f"G{at}"].number_format = percent_format(row.places)
        put(sheet, f"H{at}", seen)
        for column in "FGH":
            sheet[f"{column}{at}"].alignment = Alignment(horizontal="right")
            sheet[f"{column}{at}"].border = THIN
        mark = FormulaRule([_is_in(row, total, card.score)], fill=_SOFT)
        sheet.conditional_formatting.add(f"F{at}:H{at}", mark)


def _is_in(row: CardRow, total: str, score: PointScore) -> str:
    """Ask whether the total is in a row of the table."""
    cell = f"{quote_sheetname('Score')}!{total}"
    low, high = (">=", "<") if score.holds_low else (">", "<=")
    if score.has_every_total:
        low, high = ">=", "<="
    ends = [f"{cell}{low}({row.low!r})"] if row.low is not None else []
    ends += [f"{cell}{high}({row.high!r})"] if row.high is not None else []
    return f"AND(ISNUMBER({cell}),{','.join(ends)})"


def percent_format(places: int) -> str:
    """Show a share as the card does: none but 0 and 1 as impossible or certain."""
    least = 10.0 ** -(places + 2)
    zeros = "0.0" if places else "0"
    return f'[<{least:g}]"<{least * 100:g}%";[>{1 - least:g}]">{100 - least * 100:g}%";{zeros}%'


def _head(sheet: Any, row: int, names: tuple[str, ...], first: int = 1) -> None:
    for column, name in enumerate(names, start=first):
        cell = sheet.cell(row, column)
        cell.value, cell.data_type = name, "s"
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color=_ACCENT)
        cell.alignment = Alignment(horizontal="left" if column == 1 else "right")
