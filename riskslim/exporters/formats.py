"""Every format that a score can be written in, by name.

The command line lists them before it knows what it is to do: what writes them is loaded then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from riskslim.errors import OptionError
from riskslim.names import nearest
from riskslim.scores.intervals import ENOUGH_PEOPLE

if TYPE_CHECKING:
    from riskslim.exporters.card import Card
    from riskslim.scores.point_score import PointScore

__all__ = ["FORMATS", "SIZES", "Format", "export"]

SIZES = ("a6", "a5")
"""Pages of a pocket card."""


@dataclass(frozen=True)
class Format:
    """A way to write a score down.

    Attributes
    ----------
    suffix : str
        Ending of file names, with the dot.
    write : callable
        From a card (and the size of the page), or from a score, to text or bytes.
    summary : str
        In a phrase.
    is_card : bool
        Whether it shows a card, in some language, rather than the score as other programs
        read it.
    has_size : bool
        Whether it is a page of A6 or A5.
    """

    suffix: str
    write: Callable[..., str | bytes]
    summary: str
    is_card: bool = True
    has_size: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the content is text rather than bytes."""
        return self.suffix not in (".png", ".pdf", ".xlsx")


def _text(card: Card) -> str:
    from riskslim.exporters.text import card_text

    return card_text(card) + "\n"


def _markdown(card: Card) -> str:
    from riskslim.exporters.tables import markdown

    return markdown(card)


def _html(card: Card) -> str:
    from riskslim.exporters.page import html

    return html(card)


def _calculator(card: Card) -> str:
    from riskslim.exporters.calculator import calculator

    return calculator(card)


def _latex(card: Card) -> str:
    from riskslim.exporters.page import latex

    return latex(card)


def _pocket(kind: str) -> Callable[[Card, str], str | bytes]:
    def write(card: Card, size: str) -> str | bytes:
        from riskslim.exporters.pocket import pocket_card

        content = pocket_card(card, kind, size)
        return content.decode("utf-8") if kind == "svg" else content

    return write


def _xlsx(card: Card) -> bytes:
    from riskslim.exporters.spreadsheet import xlsx

    return xlsx(card)


def _csv(card: Card) -> str:
    from riskslim.exporters.tables import csv_text

    return csv_text(card)


def _json(score: PointScore) -> str:
    return score.to_json()


def _sql(score: PointScore) -> str:
    from riskslim.exporters.sql import sql

    return sql(score)


def _python(score: PointScore) -> str:
    from riskslim.exporters.code import python

    return python(score)


def _javascript(score: PointScore) -> str:
    from riskslim.exporters.code import javascript

    return javascript(score)


def _pmml(score: PointScore) -> str:
    from riskslim.exporters.pmml import pmml

    return pmml(score)


def _cql(score: PointScore) -> str:
    from riskslim.exporters.cql import cql

    return cql(score)


def _fhir(score: PointScore) -> str:
    from riskslim.exporters.fhir import fhir

    return fhir(score)


FORMATS: dict[str, Format] = {
    "text": Format(".txt", _text, "the card in 80 columns"),
    "markdown": Format(".md", _markdown, "two tables"),
    "html": Format(".html", _html, "the card as a page"),
    "calculator": Format(".html", _calculator, "a page that computes, for phone and desktop"),
    "latex": Format(".tex", _latex, "the card for booktabs"),
    "svg": Format(".svg", _pocket("svg"), "a pocket card (A6 or A5)", has_size=True),
    "png": Format(".png", _pocket("png"), "a pocket card (300 dpi)", has_size=True),
    "pdf": Format(".pdf", _pocket("pdf"), "a pocket card (A6 or A5)", has_size=True),
    "xlsx": Format(".xlsx", _xlsx, "a sheet that computes"),
    "csv": Format(".csv", _csv, "items and totals as a table"),
    "json": Format(".json", _json, "the score as riskslim reads it", is_card=False),
    "sql": Format(".sql", _sql, "a SELECT that scores a table", is_card=False),
    "python": Format(".py", _python, "functions without dependencies", is_card=False),
    "javascript": Format(".js", _javascript, "functions without dependencies", is_card=False),
    "fhir": Format(".json", _fhir, "a FHIR R4 Questionnaire that adds up", is_card=False),
    "cql": Format(".cql", _cql, "a CQL library for record systems", is_card=False),
    "pmml": Format(".pmml", _pmml, "a PMML 4.4 Scorecard", is_card=False),
}
"""Formats by name."""


def export(
    score: PointScore,
    to: str,
    language_code: str = "en",
    size: str | None = None,
    cards: str = "bands",
    min_people: int = ENOUGH_PEOPLE,
) -> str | bytes:
    """Write a score in a format.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    to : str
        A key of `FORMATS`.
    language_code : str
        Of the words on it, where there are any.
    size : {"a6", "a5"}, optional
        Of the page of a pocket card, in landscape; A6 by default.
    cards : {"bands", "thresholds"}
        Whether a card shows each variable as one item whose bands exclude one another, or each
        feature as a line.
    min_people : int
        A card joins totals to bands of at least so many of the people that the score counts, 20
        by default; 0 shows every total.

    Returns
    -------
    str or bytes

    Raises
    ------
    OptionError
        There is no such format, language, size or card, or the format has no size; or the number
        is negative.
    """
    from riskslim.exporters.card import make_card
    from riskslim.exporters.card_items import check_cards
    from riskslim.languages import language

    if to not in FORMATS:
        raise OptionError(f"format {to!r}: {nearest(to, list(FORMATS), 'formats')}")
    known, texts = FORMATS[to], language(language_code)
    check_cards(cards)
    if not known.has_size and size is not None:
        paged = ", ".join(name for name, one in FORMATS.items() if one.has_size)
        raise OptionError(f"size={size!r}: {to} has no size of page; {paged} do")
    if size not in (None, *SIZES):
        raise OptionError(f"size={size!r}: give one of {', '.join(SIZES)}")
    if not known.is_card:
        return known.write(score)
    card = make_card(score, texts, cards, min_people)
    return known.write(card, size or SIZES[0]) if known.has_size else known.write(card)
