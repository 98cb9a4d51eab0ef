"""Every format that a score can be written in, by name.

The command line lists them before it knows what it is to do: what writes them is loaded then.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
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
    writer : str
        Module here and function, from a card (and the size and kind of a page), or from a score,
        to text or bytes.
    summary : str
        In a phrase.
    is_card : bool
        Whether it shows a card, in some language, rather than the score as other programs
        read it.
    has_size : bool
        Whether it is a page of A6 or A5.
    """

    suffix: str
    writer: str
    summary: str
    is_card: bool = True
    has_size: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the content is text rather than bytes."""
        return self.suffix not in (".png", ".pdf", ".xlsx")

    def write(self, *shown: Card | PointScore | str) -> str | bytes:
        """Load what writes the format, and have it written."""
        module, name = self.writer.split(":")
        function = getattr(import_module(f"riskslim.exporters.{module}"), name)
        content: str | bytes = function(*shown)
        return content


FORMATS: dict[str, Format] = {
    "text": Format(".txt", "text:card_file", "the card in 80 columns"),
    "markdown": Format(".md", "tables:markdown", "two tables"),
    "html": Format(".html", "page:html", "the card as a page"),
    "calculator": Format(
        ".html", "calculator:calculator", "a page that computes, for phone and desktop"
    ),
    "latex": Format(".tex", "page:latex", "the card for booktabs"),
    "svg": Format(".svg", "pocket:pocket_card", "a pocket card (A6 or A5)", has_size=True),
    "png": Format(".png", "pocket:pocket_card", "a pocket card (300 dpi)", has_size=True),
    "pdf": Format(".pdf", "pocket:pocket_card", "a pocket card (A6 or A5)", has_size=True),
    "xlsx": Format(".xlsx", "spreadsheet:xlsx", "a sheet that computes"),
    "csv": Format(".csv", "tables:csv_text", "items and totals as a table"),
    "json": Format(".json", "json_format:to_json", "the score as riskslim reads it", is_card=False),
    "sql": Format(".sql", "sql:sql", "a SELECT that scores a table", is_card=False),
    "python": Format(".py", "code:python", "functions without dependencies", is_card=False),
    "javascript": Format(".js", "code:javascript", "functions without dependencies", is_card=False),
    "fhir": Format(".json", "fhir:fhir", "a FHIR R4 Questionnaire that adds up", is_card=False),
    "cql": Format(".cql", "cql:cql", "a CQL library for record systems", is_card=False),
    "pmml": Format(".pmml", "pmml:pmml", "a PMML 4.4 Scorecard", is_card=False),
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
    language_code, size, cards, min_people
        As for `PointScore.export`, and so are result and errors.
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
    return known.write(card, size or SIZES[0], to) if known.has_size else known.write(card)
