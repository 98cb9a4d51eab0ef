"""Scores as a pocket card, ready for print: SVG, PNG and PDF with the tables as text."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size

from riskslim.errors import DataWarning, OptionError
from riskslim.exporters.card import Card
from riskslim.exporters.columns import wrap
from riskslim.exporters.fonts import choose_fonts, drawable, no_font, quietly

__all__ = ["pocket_card"]

# Sizes of letters of the notes, in points: the first that leaves room; and the least of items.
_NOTES = (5.0, 4.5, 4.0, 3.5, 3.0)
_SMALLEST = 3.0
# Of a line height of a third of a millimetre by then.
_MOST_ITEMS = 200

_MM = 1 / 25.4
_ACCENT, _INK, _SOFT, _LINE, _BAR = "#1f4e79", "#1a2330", "#566273", "#d5dbe3", "#9cc3e6"
_POINTS_PER_MM = 72 / 25.4
_MARGIN = 7.0
# Width of an average letter over the size of the font.
_LETTER = 0.58
_SIZES = {"a6": (148.0, 105.0), "a5": (210.0, 148.0)}
_MOST_ROWS = 20
# Of the width of an item, for its points and box.
_MOST_POINTS = 0.6
# Size of what was observed, of that of the risks.
_SEEN = 0.8


@dataclass(frozen=True)
class _Line:
    """A line of the left half: text at an indent, points at the right, in bold or not."""

    text: str
    points: str = ""
    indent: float = 0.0
    bold: bool = False
    last: bool = True


def pocket_card(card: Card, size: str, kind: str) -> str | bytes:
    """Draw a card on a page in landscape: items on the left, the table on the right.

    Parameters
    ----------
    card : Card
        What to show.
    size : {"a6", "a5"}
        Of the page. Text shrinks where a card is long.
    kind : {"svg", "png", "pdf"}
        File format.

    Returns
    -------
    str of an SVG, bytes of the others
        Text stays text in SVG and PDF.

    Raises
    ------
    OptionError
        There are too many items for a page, or no installed font has some letters of a name.

    Warns
    -----
    DataWarning
        The same of an SVG, which holds the letters all the same.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    items = sum(len(group.items) for group in card.printed)
    if items > _MOST_ITEMS:
        raise OptionError(
            f"a pocket card of {items:,} items cannot be read, at most {_MOST_ITEMS} can; "
            "give another format, such as html"
        )

    settings: Any = {
        "svg.fonttype": "none",
        "pdf.fonttype": 42,
        "font.family": ["DejaVu Sans"],
        "text.usetex": False,
        "text.parse_math": False,
        "svg.hashsalt": "riskslim",
    }
    with mpl.rc_context(settings):
        width, height = _SIZES[size]
        figure = Figure(figsize=(width * _MM, height * _MM), facecolor="white")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        _draw(axes, card, width, height)
        _check_fonts(choose_fonts(figure), kind)
        stream = io.BytesIO()
        when = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[kind]
        with quietly():
            figure.savefig(stream, format=kind, dpi=300, metadata=when)
    content = stream.getvalue()
    return content.decode("utf-8") if kind == "svg" else content


def _check_fonts(lacking: str, kind: str) -> None:
    """Refuse a picture of boxes; an SVG holds the letters, and may be seen on another machine."""
    if not lacking:
        return
    if kind == "svg":
        warnings.warn(f"SVG: {no_font(lacking)}", DataWarning, stacklevel=3)
    else:
        raise OptionError(f"{kind}: {no_font(lacking)}")


def _draw(axes: Any, card: Card, width: float, height: float) -> None:
    scale = width / 148.0
    top = _heading(axes, card, width, scale)
    middle = width * 0.56
    room = middle - 4 - _MARGIN
    size = next(
        (
            size * scale
            for size in _NOTES
            if _items_height(card, room, _SMALLEST * scale)
            <= _top_of_notes(card, width, height, size * scale) - top
        ),
        _NOTES[-1] * scale,
    )
    bottom = _notes(axes, card, width, height, size)
    _items(axes, card, (_MARGIN, middle - 4, top, bottom), scale)
    _risks(axes, card, (middle + 2, width - _MARGIN, top, bottom), scale)


def _heading(axes: Any, card: Card, width: float, scale: float) -> float:
    """Draw title and instruction; give the height below them."""
    band = 13.0 * scale
    axes.add_patch(_box(0, 0, width, band, _ACCENT))
    room = width - 2 * _MARGIN
    size = 12.0 * scale
    while cell_len(card.title) * size * _LETTER / _POINTS_PER_MM > room and size > 6 * scale:
        size -= 0.5
    title = _shorten(card.title, room, size)
    _write(axes, _MARGIN, band / 2, title, size, color="white", weight="bold", va="center")
    y = band + 3.0 * scale
    for line in _wrapped(card.instruction, room, 6.5 * scale):
        _write(axes, _MARGIN, y, line, 6.5 * scale, color=_SOFT, va="top")
        y += 3.2 * scale
    return y + 1.5 * scale


def _notes(axes: Any, card: Card, width: float, height: float, size: float) -> float:
    """Draw the notes at the foot; give the height above them."""
    above = _top_of_notes(card, width, height, size)
    axes.plot([_MARGIN, width - _MARGIN], [above + 0.8] * 2, color=_LINE, linewidth=0.6)
    y = above + size * 0.7
    for line in _note_lines(card, width, size):
        _write(axes, _MARGIN, y, line, size, color=_SOFT, va="center")
        y += size / 2
    return above


def _top_of_notes(card: Card, width: float, height: float, size: float) -> float:
    return height - size * (1.5 + (len(_note_lines(card, width, size)) - 1) / 2)


def _note_lines(card: Card, width: float, size: float) -> list[str]:
    return [
        line for note in card.notes for line in _wrapped(note, width - 2 * _MARGIN, size, most=3)
    ]


def _items(axes: Any, card: Card, area: tuple[float, float, float, float], scale: float) -> None:
    """Draw items with their points and a box to tick, as large as fits."""
    left, right, top, bottom = area
    if not card.printed:
        return
    size, lines = 9.0 * scale, _lines(card, right - left, 9.0 * scale)
    while _items_height(card, right - left, size) > bottom - top and size > _SMALLEST * scale:
        size -= 0.25 * scale
        lines = _lines(card, right - left, size)
    step = _step(size)
    y = top + step / 2
    for line in lines:
        x = left + line.indent
        weight = "bold" if line.bold else "normal"
        _write(axes, x, y, line.text, size, weight=weight, va="center")
        if line.last:
            box = size * 0.36
            _write(axes, right - box - 1.5, y, line.points, size, weight="bold", ha="right",
                   va="center", color=_ACCENT)  # fmt: skip
            axes.add_patch(_box(right - box, y - box / 2, box, box, "white", _SOFT))
            axes.plot([left, right], [y + step / 2] * 2, color=_LINE, linewidth=0.5)
        y += step
    total = card.sum
    _write(
        axes,
        right - size * 1.1,
        y + step * 0.2,
        total,
        size,
        weight="bold",
        ha="right",
        va="center",
    )
    axes.add_patch(
        _box(right - size * 0.9, y - step * 0.3, size * 0.9, step * 0.95, "white", _ACCENT)
    )


def _items_height(card: Card, room: float, size: float) -> float:
    return (len(_lines(card, room, size)) + 1.5) * _step(size)


def _lines(card: Card, room: float, size: float) -> list[_Line]:
    lines: list[_Line] = []
    for group in card.printed:
        indent = 3.0 if group.title else 0.0
        if group.title:
            lines += [
                _Line(text, bold=True, last=False)
                for text in _wrapped(group.title, room, size, most=2)
            ]
        for item in group.items:
            points = item.short_points
            used = len(points) * size * 0.62 / _POINTS_PER_MM + size * 0.36 + 3 + indent
            # Long points ("+4 points × value (...)") get a line of their own.
            beside = used < room * _MOST_POINTS
            texts = _wrapped(item.label, room - used if beside else room - indent, size, most=8)
            texts = texts if beside else [*texts, ""]
            lines += [_Line(text, indent=indent, last=False) for text in texts[:-1]]
            lines.append(_Line(texts[-1], points, indent))
    return lines


def _risks(axes: Any, card: Card, area: tuple[float, float, float, float], scale: float) -> None:
    """Draw the table of risks with bars; a long one in two columns."""
    left, right, top, bottom = area
    columns = 1 + (len(card.rows) > _MOST_ROWS) + (len(card.rows) > 3 * _MOST_ROWS)
    height = -(-len(card.rows) // columns)
    small = 6.0 * scale
    room = (right - left) / columns
    # Several columns have no room for the names of tiers: they stand in the notes.
    heads = [
        _wrapped(row.tier, room - 2, small, most=2) if row.tier and columns == 1 else []
        for row in card.rows
    ]
    step = min((bottom - top) / (height + 1 + sum(map(len, heads))), 5.2 * scale)
    total_width = max(cell_len(card.total), *(cell_len(row.total) for row in card.rows))
    result_width = max(cell_len(card.result), *(cell_len(row.result) for row in card.rows))
    seen_width = max(map(cell_len, card.observed)) if card.seen_note and columns == 1 else 0
    letters = total_width + result_width + 4 + seen_width * _SEEN
    size = min(step * 1.9, 8.5 * scale, room * _POINTS_PER_MM / letters / 0.62)
    letter = size * 0.62 / _POINTS_PER_MM
    for column in range(columns):
        x = left + column * room
        at_total = x + total_width * letter
        at_risk = at_total + (result_width + 2) * letter
        end = x + room - 2
        bar = end - at_risk - 1.5 - seen_width * _SEEN * letter
        y = top + step / 2
        for at, head in ((at_total, card.total), (at_risk, card.result)):
            _write(axes, at, y, head, size * 0.85, color=_SOFT, ha="right", va="center")
        if seen_width:
            seen = card.texts("card.observed")
            _write(axes, end, y, seen, size * _SEEN, color=_SOFT, ha="right", va="center")
        elif card.bars_are_observed and bar > 4:
            # The bars of risks speak for themselves; these are what was seen in training.
            _write(axes, at_risk + 1.5, y, card.seen, size * 0.85, color=_SOFT, va="center")
        axes.plot([x, end], [y + step / 2] * 2, color=_SOFT, linewidth=0.6)
        part = slice(column * height, (column + 1) * height)
        for row, seen, lines in zip(card.rows[part], card.observed[part], heads[part], strict=True):
            for line in lines:
                y += step
                style = {"color": _ACCENT, "weight": "bold", "va": "center"}
                _write(axes, x, y, line, min(small, step * 1.9), **style)
            y += step
            _write(axes, at_total, y, row.total, size, ha="right", va="center")
            _write(axes, at_risk, y, row.result, size, ha="right", va="center", weight="bold")
            if seen_width:
                _write(axes, end, y, seen, size * _SEEN, color=_SOFT, ha="right", va="center")
            if bar > 4:
                axes.add_patch(
                    _box(at_risk + 1.5, y - step * 0.3, bar * row.height, step * 0.6, _BAR)
                )


def _write(axes: Any, x: float, y: float, text: str, size: float, **style: Any) -> None:
    style.setdefault("color", _INK)
    axes.text(x, y, drawable(text), fontsize=size, parse_math=False, **style)


def _box(x: float, y: float, width: float, height: float, face: str, edge: str = "none") -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, facecolor=face, edgecolor=edge, linewidth=0.7)


def _step(size: float) -> float:
    return size * 0.62


def _wrapped(text: str, room: float, size: float, most: int = 4) -> list[str]:
    """Break a text into lines of at most `room` mm; the last ends in dots where there are more."""
    letters = max(int(room * _POINTS_PER_MM / (size * _LETTER)), 4)
    lines = wrap(text, letters)
    if len(lines) > most:
        lines = lines[:most]
        lines[-1] = set_cell_size(lines[-1], letters - 2).rstrip() + "…"
    return lines


def _shorten(text: str, room: float, size: float) -> str:
    return _wrapped(text, room, size, most=1)[0]
