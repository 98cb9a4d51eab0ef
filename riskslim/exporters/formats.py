"""Every format that a score can be written in, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from riskslim.errors import OptionError
from riskslim.exporters.card import make_card
from riskslim.languages import Texts, language
from riskslim.names import nearest
from riskslim.point_score import PointScore

__all__ = ["FORMATS", "Format", "export"]


@dataclass(frozen=True)
class Format:
    """A way to write a score down.

    Attributes
    ----------
    suffix : str
        Ending of file names, with the dot.
    write : callable
        From score and language to text or bytes.
    summary : str
        In a phrase.
    """

    suffix: str
    write: Callable[[PointScore, Texts], str | bytes]
    summary: str

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


def _pocket(kind: str) -> Callable[[PointScore, Texts], bytes]:
    def write(score: PointScore, texts: Texts) -> bytes:
        from riskslim.exporters.pocket import pocket_card

        return pocket_card(make_card(score, texts), kind)

    return write


def _svg(score: PointScore, texts: Texts) -> str:
    return _pocket("svg")(score, texts).decode("utf-8")


def _xlsx(score: PointScore, texts: Texts) -> bytes:
    from riskslim.exporters.spreadsheet import xlsx

    return xlsx(make_card(score, texts))


def _csv(score: PointScore, texts: Texts) -> str:
    from riskslim.exporters.tables import csv_text

    return csv_text(make_card(score, texts))


def _json(score: PointScore, _: Texts) -> str:
    return score.to_json()


def _sql(score: PointScore, _: Texts) -> str:
    from riskslim.exporters.code import sql

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
    "svg": Format(".svg", _svg, "a pocket card (A6)"),
    "png": Format(".png", _pocket("png"), "a pocket card (A6, 300 dpi)"),
    "pdf": Format(".pdf", _pocket("pdf"), "a pocket card (A6)"),
    "xlsx": Format(".xlsx", _xlsx, "a sheet that computes"),
    "csv": Format(".csv", _csv, "items and totals as a table"),
    "json": Format(".json", _json, "the score as riskslim reads it"),
    "sql": Format(".sql", _sql, "a SELECT that scores a table"),
    "python": Format(".py", _python, "functions without dependencies"),
    "javascript": Format(".js", _javascript, "functions without dependencies"),
    "pmml": Format(".pmml", _pmml, "a PMML 4.4 Scorecard"),
}
"""Formats by name."""


def export(score: PointScore, to: str, language_code: str = "en") -> str | bytes:
    """Write a score in a format.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    to : str
        A key of `FORMATS`.
    language_code : str
        Of the words on it, where there are any.

    Returns
    -------
    str or bytes

    Raises
    ------
    OptionError
        There is no such format or language.
    """
    if to not in FORMATS:
        raise OptionError(f"format {to!r}: {nearest(to, list(FORMATS), 'formats')}")
    return FORMATS[to].write(score, language(language_code))
