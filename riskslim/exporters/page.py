"""Scores as a web page and as a LaTeX document, from templates that escape every text."""

from __future__ import annotations

import base64
import functools
import hashlib
import unicodedata
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from riskslim.exporters.card import Card

__all__ = ["environment", "html", "latex", "notebook", "style", "style_hash"]

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}", "`": r"\textasciigrave{}", "-": r"{-}", "[": r"{[}", "]": r"{]}",
    "≥": r"$\geq$", "≤": r"$\leq$", "≠": r"$\neq$", "×": r"$\times$", "–": r"--", "·": r"$\cdot$",
    "☐": r"\fbox{\phantom{x}}",
}  # fmt: skip
_LONGEST_WORD = 20


def html(card: Card, *, fragment: bool = False) -> str:
    """Write a card as a page that needs nothing else.

    Parameters
    ----------
    card : Card
        What to show.
    fragment : bool
        Without head and style, to be put into another page.

    Returns
    -------
    str
        A content security policy allows the page's own style and nothing else: no script,
        no network.
    """
    return (
        environment()
        .get_template("card.html.j2")
        .render(
            card=card,
            rows=list(zip(card.rows, card.observed, strict=True)),
            fragment=fragment,
            style=Markup(style()),
            style_hash=style_hash(style()),
        )
        .lstrip()
    )


def notebook(card: Card) -> str:
    """Write a card to stand in a notebook: its style applies to itself, in light and dark."""
    sheet, content = _sheet("notebook"), html(card, fragment=True)
    return f'<div class="riskslim-card"><style>{sheet}</style>{content}</div>'


def style() -> str:
    """Give the style sheet that cards, calculators and reports share."""
    return _sheet("style")


@functools.cache
def _sheet(name: str) -> str:
    folder = resources.files("riskslim.exporters") / "templates"
    return (folder / f"{name}.css").read_text(encoding="utf-8")


def style_hash(text: str) -> str:
    """Hash of an inline style or script, as content security policies name it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def latex(card: Card) -> str:
    """Write a card as a LaTeX document that compiles as it stands (booktabs, A5).

    Parameters
    ----------
    card : Card
        What to show.

    Returns
    -------
    str
        Every text is escaped. Letters that pdfLaTeX's fonts lack stand as ``?``.
    """
    say = card.texts
    return (
        _latex_environment()
        .get_template("card.tex.j2")
        .render(
            title=card.title,
            instruction=card.instruction,
            item=say("card.item"),
            points=card.points,
            total=card.total,
            result=card.result,
            observed=card.seen,
            groups=[
                (group.title, [(item.label, item.points) for item in group.items])
                for group in card.printed
            ],
            rows=[
                [_tex(text) for text in (row.total, row.result, seen, row.tier)]
                for row, seen in zip(card.rows, card.observed, strict=True)
            ],
            notes=card.notes,
        )
    )


@functools.cache
def environment() -> Environment:
    """Give the templates of pages; every text is escaped."""
    return Environment(
        loader=PackageLoader("riskslim.exporters"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@functools.cache
def _latex_environment() -> Environment:
    return Environment(
        loader=PackageLoader("riskslim.exporters"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        finalize=_tex,
    )


class _Tex(str):
    """Text that is LaTeX already."""

    __slots__ = ()


def _tex(value: object) -> _Tex:
    """Escape a text for LaTeX; long words may break anywhere."""
    if isinstance(value, _Tex):
        return value
    words = [
        "\\hspace{0pt}".join(_letter(letter) for letter in word)
        if len(word) > _LONGEST_WORD
        else "".join(map(_letter, word))
        for word in str(value).split(" ")
    ]
    return _Tex(" ".join(words))


def _letter(letter: str) -> str:
    if letter in _LATEX:
        return _LATEX[letter]
    if letter.isascii() or "\u00c0" <= letter <= "\u017e":
        return letter
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return "".join(_LATEX.get(part, part) for part in plain) or "?"
