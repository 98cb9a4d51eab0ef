"""Scores as a spreadsheet that computes: fill in the cells, read the total and what it means."""

from __future__ import annotations

import io
from functools import singledispatch
from typing import Any

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule, Rule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.utils import quote_sheetname
from rich.cells import cell_len

from riskslim.exporters.card import Card
from riskslim.exporters.decision_rows import answers
from riskslim.exporters.kinds import ByKind
from riskslim.exporters.risk_rows import CardRow, tier_head
from riskslim.exporters.spreadsheet_items import (
    FIRST_ITEM,
    LEAST,
    MOST,
    THIN,
    from_to,
    put,
    quoted,
    write_items,
)
from riskslim.languages import Texts
from riskslim.scores.decision import DecisionScore
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

__all__ = ["xlsx"]

_ACCENT = "1F4E79"
_SOFT = PatternFill("solid", start_color="DDEBF7")
_NOTE_LETTERS = 150  # in a line of a note
_BETWEEN_TIERS = " / "
_OWN_FORMAT = 200  # numbers below 164 are formats that every program has


def xlsx(card: Card) -> bytes:
    """Write a workbook with one sheet.

    Column C takes the values, none of them given beforehand: yes or no from a list (or 1 and 0, so
    that data can be pasted), one of the bands of a variable or the number that is measured, else a
    number; or that it is not known, unless that is a band. Column D gives the points of each, and
    #N/A where a cell holds anything else; below stand the total and the risk (or the decision) as
    formulas, as ranges where something is not known, and how many cells are still empty; beside
    them the table, in which the rows of the total are marked.

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
    sums = write_items(book, sheet, card)
    total, result = sums.last + 2, sums.last + 3
    put(sheet, f"A{total}", card.sum, Font(bold=True))
    put(sheet, f"A{result}", card.result, Font(bold=True, size=14, color=_ACCENT))
    sheet[f"{LEAST}{total}"], sheet[f"{MOST}{total}"] = f"={sums.least}", f"={sums.most}"
    for column in (LEAST, MOST):
        sheet[f"{column}{result}"] = _formula(card.score, sheet, f"{column}{total}", say)
    places = min(row.places for row in card.rows)
    for row, words in ((total, None), (result, _words(card.score, result, places, say))):
        shown = from_to(f"{LEAST}{row}", f"{MOST}{row}", say, words)
        cell = sheet[f"D{row}"]
        cell.value = f'=IF({sums.open}>0,"–",{shown})'
        cell.font = Font(bold=True, size=14, color=_ACCENT)
        cell.alignment = Alignment(horizontal="right")
    sheet[f"D{result}"].number_format = percent_format(places)
    tier = _tier(card.score, total)
    if tier:
        put(sheet, f"A{result + 1}", say("tiers.head"), Font(bold=True))
        sheet[f"B{result + 1}"] = f'=IF({sums.open}>0,"",{tier})'
        sheet[f"B{result + 1}"].font = Font(bold=True, color=_ACCENT)
    status = result + 1 + bool(tier)
    sheet[f"B{status}"] = f"=IF({sums.open}>0,{_still(sums.open, say)},{_range(total, say)})"
    sheet[f"B{status}"].font = Font(italic=True, color=_ACCENT)
    sheet[f"B{status}"].alignment = Alignment(horizontal="left")
    _table(sheet, card, total, result, sums.open)
    for offset, note in enumerate(card.notes, start=1):
        _note(sheet, status + offset, note)
    for column, width in zip("ABCDEFGH", (44, 12, 22, 14, 3, 16, 14, 26), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A5"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth = "portrait", 1
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_area = f"A1:H{max(status + len(card.notes), FIRST_ITEM + len(card.rows))}"
    sheet.protection.sheet = True
    book.defined_names.clear()
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _note(sheet: Any, row: int, note: str) -> None:
    """Put a sentence below the sheet, over all of its width."""
    put(sheet, f"A{row}", note, Font(size=9, color="595959"))
    sheet.merge_cells(f"A{row}:H{row}")
    sheet[f"A{row}"].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[row].height = 12.5 * -(-cell_len(note) // _NOTE_LETTERS)


def _still(count: str, say: Texts) -> str:
    """Say how many questions are still to be answered."""
    before, after = say.phrases["calculator.open"].split("{count}")
    return f"{quoted(before)}&{count}&{quoted(after)}"


def _range(total: int, say: Texts) -> str:
    """Say of a range what it is; nothing of a total that is known."""
    return f'IF({LEAST}{total}={MOST}{total},"",{quoted(say("calculator.range"))})'


def _tier(score: PointScore, total: int) -> str:
    """Compute the tiers that a total can be in, with what to do; empty where there are none."""
    tiers = getattr(score, "tiers", ())
    if not tiers:
        return ""
    parts = []
    for tier, above in zip(tiers, [*tiers[1:], None], strict=True):
        ends = [] if tier.low is None else [f"{MOST}{total}>=({tier.low!r})"]
        ends += [] if above is None else [f"{LEAST}{total}<({above.low!r})"]
        parts.append(f'IF(AND({",".join(ends)}),{quoted(f"{_BETWEEN_TIERS}{tier_head(tier)}")},"")')
    return f"MID({'&'.join(parts)},{len(_BETWEEN_TIERS) + 1},9999)"


_words: ByKind[tuple[str, str] | None] = ByKind("as a spreadsheet")
"""Compute words for what the fewest and the most points mean; None where it is words."""


@_words.register
def _(score: DecisionScore, row: int, places: int, say: Texts) -> None:  # noqa: ARG001
    return None


@_words.register
def _(score: RiskScore, row: int, places: int, say: Texts) -> tuple[str, str]:  # noqa: ARG001
    least, sign = 10.0 ** -(places + 2), say.phrases["numbers.percent"]

    def words(cell: str) -> str:
        few, most = (quoted(say.percent(share, places)) for share in (least / 2, 1 - least / 2))
        shown = f"ROUND({cell}*100,{places})&{quoted(sign)}"
        return f"IF({cell}<{least:g},{few},IF({cell}>{1 - least:g},{most},{shown}))"

    return words(f"{LEAST}{row}"), words(f"{MOST}{row}")


_formula: ByKind[str] = ByKind("as a spreadsheet")
"""Compute from the cell of the total what it means."""


@_formula.register
def _(score: DecisionScore, sheet: Any, total: str, say: Texts) -> str:  # noqa: ARG001
    no, yes = map(quoted, answers(score, say))
    return f"=IF({total}>({score.cutoff!r}),{yes},{no})"


@_formula.register
def _(score: RiskScore, sheet: Any, total: str, say: Texts) -> str:  # noqa: ARG001
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


def _table(sheet: Any, card: Card, total: int, result: int, is_open: str) -> None:
    """Put the table of totals beside the items, the rows of the total marked."""
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
        is_here = _is_in(row, total, is_open, card.score)
        sheet.conditional_formatting.add(f"F{at}:H{at}", FormulaRule([is_here], fill=_SOFT))
        if row.places > min(one.places for one in card.rows):
            finer = NumberFormat(numFmtId=_OWN_FORMAT, formatCode=percent_format(row.places))
            rule = Rule(type="expression", dxf=DifferentialStyle(numFmt=finer), formula=[is_here])
            sheet.conditional_formatting.add(f"D{result}", rule)


def _is_in(row: CardRow, total: int, is_open: str, score: PointScore) -> str:
    """Ask whether the totals that a person can have are in a row of the table."""
    sheet = quote_sheetname("Score")
    least, most = (f"{sheet}!${column}${total}" for column in (LEAST, MOST))
    above, below = (">=", "<") if score.holds_low else (">", "<=")
    if score.has_every_total:
        above, below = ">=", "<="
    ends = [f"{most}{above}({row.low!r})"] if row.low is not None else []
    ends += [f"{least}{below}({row.high!r})"] if row.high is not None else []
    return f"AND({is_open}=0,{','.join(ends)})"


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
