"""Cuts and levels that are lines of their own: only some can hold together, as bands do.

A hidden sheet has every band of such a variable as a column: its points, which of the lines hold in
it, and whether that agrees with what is known of a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter, quote_sheetname

from riskslim.scores.items import Item

__all__ = ["Tie", "ties_of"]

_SHEET = "Bands"


@dataclass(frozen=True)
class Tie:
    """What the lines of a variable add up to.

    Attributes
    ----------
    features : tuple of str
        The lines.
    least, most : str
        Cells with the fewest and the most points; #N/A where the lines cannot hold so.
    """

    features: tuple[str, ...]
    least: str
    most: str


def ties_of(
    book: Any, title: str, items: Iterable[Item], rows: Mapping[str, int], ends: tuple[str, str]
) -> list[Tie]:
    """Write the bands of every variable whose features are lines.

    Parameters
    ----------
    book : Workbook
        Gets the hidden sheet, where there is such a variable.
    title : str
        Name of the sheet with the lines.
    items : iterable of Item
        Of the score.
    rows : mapping of str to int
        The row of every feature that is a line.
    ends : tuple of two str
        Columns with its fewest and its most points there.
    """
    tied = [
        item for item in items
        if item.bands and all(feature.name in rows for feature in item.features)
    ]  # fmt: skip
    if not tied:
        return []
    sheet = book.create_sheet(_SHEET)
    sheet.sheet_state = "hidden"
    sheet.protection.sheet = True
    made, top = [], 1
    for item in tied:
        names = tuple(feature.name for feature in item.features)
        first, last = top + 1, top + len(names)
        for row, name in enumerate(names, start=first):
            low, high = (f"{quote_sheetname(title)}!${end}${rows[name]}" for end in ends)
            # Whether it is known, and whether it holds.
            sheet[f"A{row}"] = f'=IF({low}="",0,IF({low}={high},1,0))'
            sheet[f"B{row}"] = f"=IF(A{row}=1,IF({low}=0,0,1),0)"
        for place, band in enumerate(item.bands, start=3):
            column = get_column_letter(place)
            sheet[f"{column}{top}"] = band.points
            for row, name in enumerate(names, start=first):
                sheet[f"{column}{row}"] = int(name in band.holds)
            differs = f"($B${first}:$B${last}<>{column}{first}:{column}{last})"
            sheet[f"{column}{last + 1}"] = (
                f'=IF(SUMPRODUCT($A${first}:$A${last}*{differs})=0,{column}{top},"")'
            )
        fits = f"C{last + 1}:{get_column_letter(2 + len(item.bands))}{last + 1}"
        for column, least in (("A", "MIN"), ("B", "MAX")):
            sheet[f"{column}{last + 1}"] = f"=IF(COUNT({fits})=0,NA(),{least}({fits}))"
        made.append(Tie(names, f"{_SHEET}!$A${last + 1}", f"{_SHEET}!$B${last + 1}"))
        top = last + 3
    return made
