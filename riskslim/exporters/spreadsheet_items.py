"""The items of a spreadsheet: cells that take what is known of a person, and give points.

Nothing is answered beforehand. What is said to be unknown has any points of its item, so that
hidden columns keep the fewest and the most of each; a third one says what is still to answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.datavalidation import DataValidation

from riskslim.exporters.card import Card
from riskslim.exporters.card_items import Group
from riskslim.exporters.spreadsheet_ties import ties_of
from riskslim.exporters.terms import code_numbers
from riskslim.features.plausible import plausible_range
from riskslim.languages import Texts
from riskslim.scores.items import Feature
from riskslim.scores.items import Item as ScoreItem

__all__ = ["FIRST_ITEM", "LEAST", "MOST", "THIN", "Sums", "from_to", "put", "quoted", "write_items"]

FIRST_ITEM = 5
LEAST, MOST, _OPEN = "L", "M", "N"
"""Hidden columns: fewest and most points, and whether a cell is still to be filled in."""

THIN = Border(bottom=Side(style="thin", color="BFBFBF"))
# Of a text in a formula: every sign may be written as two.
_LONGEST_PART = 127
_INPUT = PatternFill("solid", start_color="FFF9E5")


@dataclass(frozen=True)
class Sums:
    """What the items add up to.

    Attributes
    ----------
    least, most : str
        Formulas of the fewest and the most points.
    open : str
        Formula of how many cells are still to be filled in.
    last : int
        The last row of the items.
    """

    least: str
    most: str
    open: str
    last: int


def write_items(book: Any, sheet: Any, card: Card) -> Sums:
    """Write the items, each with the cell that takes its value and one that gives its points."""
    rules = _Rules(card.texts)
    rows: dict[str, int] = {}
    row = FIRST_ITEM
    for group in card.groups:
        if group.title:
            put(sheet, f"A{row}", group.title, Font(bold=True))
            if group.choice is not None:
                _choice(sheet, row, group, rules)
            row += 1
        for item in group.items:
            _line(sheet, row, item.label, is_member=bool(group.title))
            if item.band is not None:
                sheet[f"B{row}"] = item.band.points
            elif item.feature is not None:
                rows[item.feature.name] = row
                sheet[f"B{row}"] = item.feature.points
                _entry(sheet, row, item.feature, rules)
            else:
                for column in ("B", LEAST, MOST):
                    sheet[f"{column}{row}"] = item.fixed
                sheet[f"D{row}"] = f"=B{row}"
            row += 1
        if group.choice is not None and _can_be_unknown(group.choice):
            _line(sheet, row, rules.unknown, is_member=True)
            low, high = (f"{end:+g}" if end else "0" for end in group.choice.ends)
            put(sheet, f"B{row}", card.texts("calculator.between", low=low, high=high))
            sheet[f"B{row}"].alignment = Alignment(horizontal="right")
            row += 1
    rules.add_to(sheet)
    for column in (LEAST, MOST, _OPEN):
        sheet.column_dimensions[column].hidden = True
    last = max(row - 1, FIRST_ITEM)
    ties = ties_of(book, sheet.title, card.score.items, rows, (LEAST, MOST))
    tied = {rows[name] for one in ties for name in one.features}

    def add_up(column: str, parts: Sequence[str]) -> str:
        # Ranges between the rows of features that hold together.
        edges = [FIRST_ITEM - 1, *sorted(tied), last + 1]
        ranges = [
            f"{column}{low + 1}:{column}{high - 1}"
            for low, high in pairwise(edges)
            if high - low > 1
        ]
        return "+".join([*(f"SUM({one})" for one in ranges), *parts]) or "0"

    return Sums(
        add_up(LEAST, [one.least for one in ties]),
        add_up(MOST, [one.most for one in ties]),
        f"SUM(${_OPEN}${FIRST_ITEM}:${_OPEN}${last})",
        last,
    )


class _Rules:
    """What cells take: yes or no, a number, one of the bands below them; or that it is unknown."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.yes, self.no = texts("bands.yes"), texts("bands.no")
        self.unknown = texts("bands.unknown")
        self.yes_no = _list(f'"{self.yes},{self.no},{self.unknown}"', is_closed=True)
        # A number is no item of a list.
        self.number = _list(f'"{self.unknown}"', is_closed=False, prompt=self.prompt)
        self.bands: list[DataValidation] = []

    @property
    def prompt(self) -> str:
        """What to do where a number is asked for."""
        return self.texts("calculator.number")

    def add_to(self, sheet: Any) -> None:
        """Hand over those that a cell has."""
        for rule in (self.yes_no, self.number, *self.bands):
            if rule.sqref:
                sheet.add_data_validation(rule)


def _list(values: str, *, is_closed: bool, prompt: str = "") -> DataValidation:
    rule = DataValidation(type="list", formula1=values, allow_blank=True)
    rule.showErrorMessage = is_closed
    if prompt:
        rule.showInputMessage, rule.prompt = True, prompt
    return rule


def _line(sheet: Any, row: int, label: str, *, is_member: bool) -> None:
    put(sheet, f"A{row}", label)
    sheet[f"A{row}"].alignment = Alignment(indent=int(is_member), wrap_text=True)
    sheet[f"B{row}"].number_format = "+0;-0;0"
    for column in "ABCD":
        sheet[f"{column}{row}"].border = THIN


def _can_be_unknown(item: ScoreItem) -> bool:
    """Whether what is not known of an item has no points of its own."""
    return all(band.kind != "unknown" for band in item.bands)


def _entry(sheet: Any, row: int, feature: Feature, rules: _Rules) -> None:
    """Ask for the value of a feature in column C."""
    value, points = f"C{row}", f"B{row}"
    if feature.is_binary:
        rules.yes_no.add(value)
        known = (
            f"IF({_is_answer(value, rules.yes, 1)},{points},"
            f"IF({_is_answer(value, rules.no, 0)},0,NA()))"
        )
    else:
        rules.number.add(value)
        ends = plausible_range(feature.minimum, feature.maximum)
        known = f"IF({_is_number(value)},{_within(value, ends, f'{points}*{value}')},NA())"
    _ask(sheet, row, known, ScoreItem(feature.name, (feature,)).ends, [], rules)


def _choice(sheet: Any, row: int, group: Group, rules: _Rules) -> None:
    """Ask for one of the bands in the rows below, or for the number that is measured."""
    item = group.choice
    assert item is not None
    first, last = row + 1, row + len(group.items)
    can_be_unknown = _can_be_unknown(item)
    cuts = item.boundaries
    choices = f"$A${first}:$A${last + can_be_unknown}"
    rule = _list(choices, is_closed=not cuts, prompt=rules.prompt if cuts else "")
    rule.add(f"C{row}")
    rules.bands.append(rule)
    value = f"C{row}"
    is_chosen = f"EXACT($A${first}:$A${last},{value})*1"
    points = f"SUMPRODUCT({is_chosen},$B${first}:$B${last})"
    known = f"IF(SUMPRODUCT({is_chosen})=1,{points},NA())"
    codes = [] if not cuts else list(code_numbers(item.codes))
    if cuts:
        steps = "".join(
            f"+({value}{'>' if side else '>='}({cut!r}))*(B{first + place}-B{first + place - 1})"
            for place, (cut, side) in enumerate(cuts, start=1)
        )
        measured = _within(value, item.plausible, f"B{first}{steps}")
        for code, place in item.special:
            measured = f"IF({value}=({code!r}),B{first + place},{measured})"
        if not can_be_unknown:
            kinds = [band.kind for band in item.bands]
            for code in codes:
                unknown = first + kinds.index("unknown")
                measured = f"IF({value}=({code!r}),B{unknown},{measured})"
            codes = []
        known = f"IF({_is_number(value)},{measured},{known})"
    _ask(sheet, row, known, item.ends if can_be_unknown else None, codes, rules)


def _ask(
    sheet: Any,
    row: int,
    known: str,
    ends: tuple[float, float] | None,
    codes: Sequence[float],
    rules: _Rules,
) -> None:
    """Make the cell in column C, and compute the fewest and the most points of what it says."""
    value = f"C{row}"
    entry = sheet[value]
    entry.alignment = Alignment(horizontal="right")
    entry.fill, entry.protection = _INPUT, Protection(locked=False)
    says = [f"EXACT({value},{quoted(rules.unknown)})"]
    says += [f"AND({_is_number(value)},{value}=({code!r}))" for code in codes]
    is_unknown = says[0] if len(says) == 1 else f"OR({','.join(says)})"
    for column, end in zip((LEAST, MOST), ends or (None, None), strict=True):
        points = known if end is None else f"IF({is_unknown},({end!r}),{known})"
        sheet[f"{column}{row}"] = f'=IF({value}="","",{points})'
    sheet[f"{_OPEN}{row}"] = f'=IF({value}="",1,0)'
    least, most = f"{LEAST}{row}", f"{MOST}{row}"
    sheet[f"D{row}"] = f'=IF({least}="","",{from_to(least, most, rules.texts)})'
    sheet[f"D{row}"].alignment = Alignment(horizontal="right")


def from_to(least: str, most: str, texts: Texts, words: tuple[str, str] | None = None) -> str:
    """Compute what stands for a range: one value where its ends are the same, else words."""
    low, high = words or (least, most)
    before, middle, after = _around(texts.phrases["calculator.between"])
    parts = [*([quoted(before)] if before else []), low, quoted(middle), high]
    parts += [quoted(after)] if after else []
    return f"IF({least}={most},{least},{'&'.join(parts)})"


def _around(phrase: str) -> tuple[str, str, str]:
    before, rest = phrase.split("{low}")
    middle, after = rest.split("{high}")
    return before, middle, after


def quoted(text: str) -> str:
    """Write a text into a formula, in parts, of which none may have more than 255 characters."""
    parts = [text[at : at + _LONGEST_PART] for at in range(0, len(text), _LONGEST_PART)]
    return "&".join('"{}"'.format(part.replace('"', '""')) for part in parts or [""])


def _within(value: str, ends: tuple[float, ...], points: str) -> str:
    """Refuse a number that is a mistake for sure."""
    checks = [
        f"{value}{sign}({end!r})"
        for end, sign in zip(ends, "<>", strict=bool(ends))
        if math.isfinite(end)
    ]
    return f"IF(OR({','.join(checks)}),NA(),{points})" if checks else points


def _is_answer(value: str, word: str, number: int) -> str:
    """Ask a cell to hold a word, or the number that one pastes for it."""
    return f"OR({value}={quoted(word)},AND({_is_number(value)},{value}={number}))"


def _is_number(cell: str) -> str:
    """Ask a cell to be a number: an empty one equals 0, and TRUE is a number in some programs."""
    return f"AND(ISNUMBER({cell}),NOT(ISLOGICAL({cell})))"


def put(sheet: Any, where: str, text: str, font: Font | None = None) -> None:
    """Store text as text: a name that begins like a formula is none."""
    cell = sheet[where]
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    if font is not None:
        cell.font = font
