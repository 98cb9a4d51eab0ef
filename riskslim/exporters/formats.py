"""Every format that a score can be written in, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from riskslim.errors import OptionError
from riskslim.exporters.card import make_card
from riskslim.languages import Texts, language
from riskslim.names import nearest
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
        From score and language (and size of the page) to text or bytes.
    summary : str
        In a phrase.
    has_size : bool
        Whether it is a page of A6 or A5.
    """

    suffix: str
    write: Callable[..., str | bytes]
    summary: str
    has_size: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the content is text rather than bytes."""
        return self.suffix not in (".png", ".pdf", ".xlsx")


def _text(score: PointScore, texts: Texts) -> str:
    from riskslim.exporters.text import card

    return card(score, texts=texts) + "\n"


def _markdown(score: PointScore, texts: Texts) -> str:
    from riskslim.exporters.tables import markdown

    return markdown(make_card(score, texts))


def _html(score: PointScore, texts: Texts) -> str:
    from riskslim.exporters.page import html

    return html(make_card(score, texts))


def _calculator(score: PointScore, texts: Texts) -> str:
    from riskslim.exporters.calculator import calculator

    return calculator(make_card(score, texts))


def _latex(score: PointScore, texts: Texts) -> str:
    from riskslim.exporters.page import latex

    return latex(make_card(score, texts))


def _pocket(kind: str) -> Callable[[PointScore, Texts, str], str | bytes]:
    def write(score: PointScore, texts: Texts, size: str = "a6") -> str | bytes:
        from riskslim.exporters.pocket import pocket_card

        content = pocket_card(make_card(score, texts), kind, size)
        return content.decode("utf-8") if kind == "svg" else content

    return write


def _xlsx(score: PointScore, texts: Texts) -> bytes:
    from riskslim.exporters.spreadsheet import xlsx

    return xlsx(make_card(score, texts))


def _csv(score: PointScore, texts: Texts) -> str:
    from riskslim.exporters.tables import csv_text

    return csv_text(make_card(score, texts))


def _json(score: PointScore, _: Texts) -> str:
    return score.to_json()


def _sql(score: PointScore, _: Texts) -> str:
    from riskslim.exporters.sql import sql

    return sql(score)


def _python(score: PointScore, _: Texts) -> str:
    from riskslim.exporters.code import python

    return python(score)


def _javascript(score: PointScore, _: Texts) -> str:
    from riskslim.exporters.code import javascript

    return javascript(score)


def _pmml(score: PointScore, _: Texts) -> str:
    from riskslim.exporters.pmml import pmml

    return pmml(score)


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
    "json": Format(".json", _json, "the score as riskslim reads it"),
    "sql": Format(".sql", _sql, "a SELECT that scores a table"),
    "python": Format(".py", _python, "functions without dependencies"),
    "javascript": Format(".js", _javascript, "functions without dependencies"),
    "pmml": Format(".pmml", _pmml, "a PMML 4.4 Scorecard"),
}
"""Formats by name."""


def export(
    score: PointScore, to: str, language_code: str = "en", size: str | None = None
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

    Returns
    -------
    str or bytes

    Raises
    ------
    OptionError
        There is no such format, language or size, or the format has no size.
    """
    if to not in FORMATS:
        raise OptionError(f"format {to!r}: {nearest(to, list(FORMATS), 'formats')}")
    known, texts = FORMATS[to], language(language_code)
    if size is None:
        return known.write(score, texts)
    if not known.has_size:
        paged = ", ".join(name for name, one in FORMATS.items() if one.has_size)
        raise OptionError(f"size={size!r}: {to} has no size of page; {paged} do")
    if size not in SIZES:
        raise OptionError(f"size={size!r}: give one of {', '.join(SIZES)}")
    return known.write(score, texts, size)
