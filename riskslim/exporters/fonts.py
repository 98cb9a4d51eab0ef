"""Fonts for names in any script: what is drawn can be read, or it is said why not.

The pictures use DejaVu Sans, which comes with matplotlib and has the letters of Latin, Greek,
Cyrillic, Arabic and Hebrew. Other letters are drawn in fonts of the machine that have them.
"""

from __future__ import annotations

import logging
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["choose_fonts", "drawable", "no_font", "quietly"]

OWN = "DejaVu Sans"
# Matplotlib's own font of boxes that say which script a letter is of.
_BOXES = "Last Resort"
_EAST_ASIAN = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "FULLWIDTH", "IDEOGRAPHIC"}
_SHOWN = 5


def drawable(text: str) -> str:
    """Leave out what has no shape of its own: marks of format, and those that choose a variant."""
    return "".join(letter for letter in text if not _is_shapeless(letter))


def choose_fonts(figure: Figure) -> str:
    """Give the texts of a figure fonts that have their letters.

    Parameters
    ----------
    figure : Figure
        With every text in place.

    Returns
    -------
    str
        The letters that no installed font has, each once.
    """
    from matplotlib.text import Text

    texts = figure.findobj(Text)
    letters = {letter for text in texts for letter in text.get_text() if letter.isprintable()}
    families, lacking = _families(frozenset(letters))
    if len(families) > 1:
        for text in texts:
            text.set_fontfamily(list(families))
    return lacking


def no_font(lacking: str) -> str:
    """Say which letters cannot be drawn, and what to do."""
    more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
    scripts = set(map(_script, lacking))
    advice = (
        "Noto Sans CJK (Debian and Ubuntu: apt install fonts-noto-cjk)"
        if scripts & _EAST_ASIAN
        else "a Noto font for it (Debian and Ubuntu: apt install fonts-noto)"
    )
    return (
        f"no installed font has the letters {' '.join(lacking[:_SHOWN])}{more} "
        f"({', '.join(sorted(scripts))}): install one that has, such as {advice}; html, calculator "
        "and text show them without"
    )


def _script(letter: str) -> str:
    """Name the script of a letter by the first word of the letter's name."""
    if unicodedata.category(letter)[0] not in "LM":
        return "symbols"
    return unicodedata.name(letter, "symbols").replace("-", " ").split()[0]


@contextmanager
def quietly() -> Iterator[None]:
    """Keep matplotlib from a message for each letter and font; what is lacking is said once."""
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph ", UserWarning)
            warnings.filterwarnings("ignore", "Matplotlib currently does not support", UserWarning)
            yield
    finally:
        log.setLevel(level)


def _is_shapeless(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f"


@cache
def _families(letters: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """Choose fonts until every letter has one; of equals the first in the alphabet."""
    codes = {ord(letter) for letter in letters if not letter.isspace()}
    chosen = [OWN]
    codes -= _of_font(_own_file())
    fonts = sorted(_installed()) if codes else []
    while codes:
        covered = {name: codes & _of_font(file) for name, file in fonts}
        best = max(covered, key=lambda name: len(covered[name]), default=OWN)
        if not covered.get(best):
            break
        chosen.append(best)
        codes -= covered[best]
    return tuple(chosen), "".join(sorted(map(chr, codes)))


def _own_file() -> str:
    from matplotlib.font_manager import findfont

    return str(findfont(OWN))


def _installed() -> Iterable[tuple[str, str]]:
    """Name every font of the machine and its file, also those put there since matplotlib looked."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    known = {entry.fname for entry in manager.ttflist}
    for file in set(font_manager.findSystemFonts()) - known:
        try:
            manager.addfont(file)
        except (OSError, RuntimeError, ValueError):
            continue
    upright = {entry.name: entry.fname for entry in manager.ttflist if entry.style == "normal"}
    return [(name, file) for name, file in upright.items() if not name.startswith(_BOXES)]


@cache
def _of_font(file: str) -> frozenset[int]:
    """Give the letters that a font draws; none of one that holds pictures alone."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(file)
        return frozenset(font.get_charmap()) if font.scalable else frozenset()
    except (OSError, RuntimeError, ValueError):
        return frozenset()
