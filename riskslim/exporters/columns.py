"""Text in columns of a terminal: wide letters count twice, right-to-left names stay put."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, chop_cells

__all__ = ["clean", "isolate", "left", "wrap"]

# A first-strong isolate keeps the letters of a right-to-left name from
# reordering the digits and dots beside it.
_ISOLATE, _POP = "\u2068", "\u2069"


def clean(text: str) -> str:
    """One line of text: control and formatting characters out, white space as single spaces."""
    spaced = " ".join(text.split())
    return "".join(
        letter
        for letter in spaced
        if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )


def isolate(text: str) -> str:
    """Mark text that has right-to-left letters as a unit of its own."""
    if any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text):
        return f"{_ISOLATE}{text}{_POP}"
    return text


def left(text: str, width: int, fill: str = " ") -> str:
    """Text at the left of a column of `width` cells, then a space and the fill character."""
    room = width - cell_len(text)
    filled = f" {fill * (room - 1)}" if room > 0 else ""
    return f"{isolate(text)}{filled}"


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Break text at spaces, and words that are too long anywhere, into lines of `width` cells.

    Parameters
    ----------
    text : str
        One paragraph.
    width : int
        Cells of a line, the indent included.
    indent : str
        Before every line.

    Returns
    -------
    list of str
        At least one line.
    """
    room = width - len(indent)
    lines = [""]
    for word in text.split():
        for index, piece in enumerate(chop_cells(word, room)):
            joined = f"{lines[-1]} {piece}" if lines[-1] and index == 0 else piece
            if index == 0 and cell_len(joined) <= room:
                lines[-1] = joined
            else:
                lines.append(piece)
    return [f"{indent}{line}" for line in lines if line] or [indent]
