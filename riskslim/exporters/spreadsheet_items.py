"""The items of a spreadsheet: cells that take what is known of a person, and give points."""

from __future__ import annotations

from typing import Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.datavalidation import DataValidation

from riskslim.exporters.card import Card
from riskslim.exporters.card_items import Group
from riskslim.scores.items import Feature, Item

__all__ = ["FIRST_ITEM", "THIN", "put", "write_items"]

FIRST_ITEM = 5
THIN = Border(bottom=Side(style="thin", color="BFBFBF"))
_INPUT = PatternFill("solid", start_color="FFF9E5")
_EMPTY, _TICKED = "☐", "☑"
_MOST_TICKS = 50  # as binary digits of one number


def write_items(sheet: Any, card: Card) -> tuple[str, int]:
    """Write the items, each with the cell that takes its value and one that gives its points.

    Returns
    -------
    str
        The formula of the total.
    int
        The last row.
    """
    rules = _Rules()
    rows: dict[str, int] = {}
    row = FIRST_ITEM
    for group in card.groups:
        if group.title:
            put(sheet, f"A{row}", group.title, Font(bold=True))
            if group.choice is not None:
                _choice(sheet, row, group, rules, card.texts("calculator.number"))
            row += 1
        for item in group.items:
            put(sheet, f"A{row}", item.label)
            sheet[f"A{row}"].alignment = Alignment(indent=1 if group.title else 0, wrap_text=True)
            sheet[f"B{row}"].number_format = "+0;-0;0"
            if item.band is not None:
                sheet[f"B{row}"] = item.band.points
            elif item.feature is not None:
                rows[item.feature.name] = row
                sheet[f"B{row}"] = item.feature.points
                _entry(sheet, row, item.feature, rules)
            else:
                sheet[f"B{row}"] = item.fixed
                sheet[f"D{row}"] = f"=B{row}"
            for column in "ABCD":
                sheet[f"{column}{row}"].border = THIN
            row += 1
    rules.add_to(sheet)
    last = max(row - 1, FIRST_ITEM)
    return _total(card, rows, last), last


class _Rules:
    """What cells take: a tick or not, a number, or one of the bands below them."""

    def __init__(self) -> None:
        self.yes_no = DataValidation(
            type="list", formula1=f'"{_EMPTY},{_TICKED}"', allow_blank=False, showErrorMessage=True
        )
        self.number = DataValidation(
            type="decimal", operator="between", formula1="-1E+300", formula2="1E+300"
        )
        self.number.showErrorMessage = True
        self.bands: list[DataValidation] = []

    def add_to(self, sheet: Any) -> None:
        """Hand over those that a cell has."""
        for rule in (self.yes_no, self.number, *self.bands):
            if rule.sqref:
                sheet.add_data_validation(rule)


def _entry(sheet: Any, row: int, feature: Feature, rules: _Rules) -> None:
    """Ask for the value of a feature in column C; its points stand in D."""
    entry = sheet[f"C{row}"]
    entry.value = _EMPTY if feature.is_binary else feature.minimum
    if feature.is_binary:
        entry.font, entry.alignment = Font(size=14), Alignment(horizontal="center")
    entry.fill, entry.protection = _INPUT, Protection(locked=False)
    (rules.yes_no if feature.is_binary else rules.number).add(entry)
    sheet[f"D{row}"] = _points(row, feature.is_binary)


def _choice(sheet: Any, row: int, group: Group, rules: _Rules, prompt: str) -> None:
    """Ask for one of the bands in the rows below, or for the number that is measured."""
    assert group.choice is not None
    first, last = row + 1, row + len(group.items)
    entry = sheet[f"C{row}"]
    reference = group.choice.reference
    if reference is not None:
        put(sheet, f"C{row}", group.items[reference].label)
    entry.alignment = Alignment(horizontal="right")
    entry.fill, entry.protection = _INPUT, Protection(locked=False)
    cuts = group.choice.boundaries
    rule = DataValidation(type="list", formula1=f"$A${first}:$A${last}", allow_blank=False)
    # A number that is typed in is no item of the list.
    rule.showErrorMessage = not cuts
    if cuts:
        rule.showInputMessage, rule.prompt = True, prompt
    rule.add(entry)
    rules.bands.append(rule)
    is_chosen = f"EXACT($A${first}:$A${last},C{row})*1"
    points = f"SUMPRODUCT({is_chosen},$B${first}:$B${last})"
    chosen = f"IF(SUMPRODUCT({is_chosen})=1,{points},NA())"
    if cuts:
        steps = "".join(
            f"+(C{row}{'>' if side else '>='}({value!r}))*(B{first + place}-B{first + place - 1})"
            for place, (value, side) in enumerate(cuts, start=1)
        )
        measured = f"B{first}{steps}"
        for code, place in group.choice.special:
            measured = f"IF(C{row}=({code!r}),B{first + place},{measured})"
        chosen = f"IF({_is_number(f'C{row}')},{measured},{chosen})"
    sheet[f"D{row}"] = f"={chosen}"


def _is_number(cell: str) -> str:
    """Ask a cell to be a number: an empty one equals 0, and TRUE is a number in some programs."""
    return f"AND(ISNUMBER({cell}),NOT(ISLOGICAL({cell})))"


def _points(row: int, is_binary: bool) -> str:
    """Compute the points of one item; what is neither a tick nor a number shows as #N/A."""
    value, points = f"C{row}", f"B{row}"
    is_number = _is_number(value)
    if not is_binary:
        return f"=IF({is_number},{points}*{value},NA())"
    is_no = f'OR({value}="{_EMPTY}",AND({is_number},{value}=0))'
    is_yes = f'OR({value}="{_TICKED}",AND({is_number},{value}=1))'
    return f"=IF({is_yes},{points},IF({is_no},0,NA()))"


def _total(card: Card, rows: dict[str, int], last: int) -> str:
    """Add the points up; ticks that nobody can have together give #N/A."""
    total = f"SUM(D{FIRST_ITEM}:D{last})"
    checks = [
        _check([rows[feature.name] for feature in item.features], item)
        for item in card.score.items
        if len(item.bands) > 0 and len(item.features) <= _MOST_TICKS
        and all(feature.name in rows for feature in item.features)
    ]  # fmt: skip
    return f"=IF(AND({','.join(checks)}),{total},NA())" if checks else f"={total}"


def _check(rows: list[int], item: Item) -> str:
    """Read the ticks of a variable as binary digits, and look the number up among its bands."""
    ticks = "+".join(f"(D{row}<>0)*{1 << place}" for place, row in enumerate(rows))
    names = [feature.name for feature in item.features]
    known = {sum((name in band.holds) << i for i, name in enumerate(names)) for band in item.bands}
    return f"ISNUMBER(MATCH({ticks},{{{','.join(map(str, sorted(known)))}}},0))"


def put(sheet: Any, where: str, text: str, font: Font | None = None) -> None:
    """Store text as text: a name that begins like a formula is none."""
    cell = sheet[where]
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    if font is not None:
        cell.font = font
