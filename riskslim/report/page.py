"""The report as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from markupsafe import Markup
from numpy.typing import ArrayLike

from riskslim.exporters.card import make_card
from riskslim.exporters.page import environment, html, style
from riskslim.languages import language
from riskslim.report.measures import measure
from riskslim.report.plots import calibration_plot, decision_plot, roc_plot, totals_plot
from riskslim.report.tripod import tripod_items
from riskslim.score import RiskScore

__all__ = ["make_report"]


def make_report(
    score: RiskScore,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    subgroups: Mapping[str, ArrayLike] | None = None,
    data_name: str = "",
    notes: tuple[str, ...] = (),
    language_code: str = "en",
) -> str:
    """Write a report on a score and how it does on data.

    Card, certificate, summary of the data, ROC curve, calibration, totals by outcome,
    decision curve, a table by total, subgroups, a model card, and the items of
    TRIPOD+AI, filled in where the software knows the answer.

    Parameters
    ----------
    score : RiskScore
        The score.
    X, y, sample_weight
        As for `riskslim.evaluate`.
    subgroups : mapping of str to array-like of shape (n,), optional
        Columns by whose values the people are told apart.
    data_name : str
        Of the data, for the heading of its part.
    notes : tuple of str
        Paragraphs for the part on validation, such as results of cross-validation.
    language_code : str
        ``"en"`` or ``"de"``.

    Returns
    -------
    str
        HTML with plots as SVG in it; it loads nothing and runs nothing.

    Raises
    ------
    ScoreError
        As `riskslim.evaluate`.
    """
    texts = language(language_code)
    card = make_card(score, texts)
    measures = measure(score, X, y, sample_weight, subgroups)
    folder = resources.files("riskslim.exporters") / "templates"
    sheet = style() + (folder / "report.css").read_text(encoding="utf-8")
    plots = [
        plot(measures, texts) for plot in (roc_plot, calibration_plot, totals_plot, decision_plot)
    ]
    counts = {row.low: row for row in measures.evaluation.table if row.low == row.high}
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            card=card,
            say=texts,
            # Our own template's output, escaped there.
            card_html=Markup(html(card, fragment=True)),
            measures=measures,
            found=measures.evaluation,
            counts=counts,
            plots=plots,
            data_name=data_name,
            notes=notes,
            tripod=tripod_items(card, measures),
            style=Markup(sheet),
        )
    )
