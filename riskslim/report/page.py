"""The report as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike

from riskslim.evaluation import EvaluatedRow
from riskslim.exporters.card import Card, make_card
from riskslim.exporters.page import environment, html, style
from riskslim.languages import language
from riskslim.pool import ScorePool
from riskslim.report.equals import NearEquals, compare_equals
from riskslim.report.measures import Measures, measure
from riskslim.report.plots import (
    calibration_plot,
    decision_plot,
    ranges_plot,
    roc_plot,
    sizes_plot,
    totals_plot,
)
from riskslim.report.sizes import SizeRow, sizes_of
from riskslim.report.summary import summarise
from riskslim.report.tripod import tripod_items
from riskslim.score import RiskScore
from riskslim.score_path import ScorePath
from riskslim.validation.estimates import wilson

__all__ = ["make_report"]

# With fewer people than this an observed share says little.
_FEW = 10


def make_report(
    score: RiskScore,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    subgroups: Mapping[str, ArrayLike] | None = None,
    pool: ScorePool | None = None,
    path: ScorePath | Sequence[SizeRow] | None = None,
    data_name: str = "",
    notes: tuple[str, ...] = (),
    language_code: str = "en",
) -> str:
    """Write a report on a score and how it does on data.

    Card, certificate and rules, summary of the data, ROC curve, calibration, totals by outcome,
    decision curve, a table by total, cross-validation, scores that are nearly as good,
    subgroups, a model card, and the items of TRIPOD+AI, filled in where the software knows
    the answer.

    Parameters
    ----------
    score : RiskScore
        The score.
    X, y, sample_weight
        As for `riskslim.evaluate`.
    subgroups : mapping of str to array-like of shape (n,), optional
        Columns by whose values the people are told apart.
    pool : ScorePool, optional
        Scores that are nearly as good; `X` must hold every feature that one of them uses.
    path : ScorePath or sequence of SizeRow, optional
        The best score of every size, with cross-validation.
    data_name : str
        Of the data, for the heading of its part.
    notes : tuple of str
        Paragraphs for the part on performance.
    language_code : str
        ``"en"`` or ``"de"``.

    Returns
    -------
    str
        HTML with plots as SVG in it; it loads nothing and runs nothing.

    Raises
    ------
    ScoreError
        As `riskslim.evaluate`; or the path has no cross-validation.
    """
    texts = language(language_code)
    card = make_card(score, texts)
    measures = measure(score, X, y, sample_weight, subgroups)
    found = measures.evaluation
    outcome, weight = _people(score, y, sample_weight)
    sizes = sizes_of(path.to_dict()) if isinstance(path, ScorePath) else tuple(path or ())
    equals = None if pool is None else compare_equals(score, pool, X, weight)
    headline = _headline(card, measures)
    performance = texts("report.on_this_data", measures="; ".join(map(": ".join, headline)))
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            card=card,
            say=texts,
            # Our own template's output, escaped there.
            card_html=Markup(html(card, fragment=True)),
            measures=measures,
            found=found,
            headline=headline,
            items=summarise(card, X, outcome, weight),
            counts={row.low: row for row in found.table if row.low == row.high},
            interval=lambda row: _interval(card, row),
            sizes=sizes,
            equals=equals,
            plots=_plots(card, measures, sizes, equals),
            known=_known(card, measures),
            data_name=data_name,
            notes=notes,
            tripod=tripod_items(card, measures, performance),
            style=Markup(_sheet()),
        )
    )


def _people(score: RiskScore, y: ArrayLike, sample_weight: ArrayLike | None) -> tuple[Any, Any]:
    outcome = np.asarray(y) == score.labels[1]
    weight = np.ones(len(outcome)) if sample_weight is None else np.asarray(sample_weight, float)
    return outcome, weight


def _sheet() -> str:
    folder = resources.files("riskslim.exporters") / "templates"
    return style() + (folder / "report.css").read_text(encoding="utf-8")


def _plots(
    card: Card, measures: Measures, sizes: Sequence[SizeRow], equals: NearEquals | None
) -> dict[str, Markup]:
    texts = card.texts
    plots = {
        "roc": roc_plot(measures, texts),
        "calibration": calibration_plot(measures, texts),
        "totals": totals_plot(measures, texts),
        "decision": decision_plot(measures, texts),
    }
    if sizes:
        plots["sizes"] = sizes_plot(sizes, texts)
    if equals is not None:
        plots["ranges"] = ranges_plot(equals, texts)
    return plots


def _headline(card: Card, measures: Measures) -> list[tuple[str, str]]:
    """Name and value of the main measures."""
    say, found = card.texts, measures.evaluation
    return [
        ("AUC", "–" if found.auc is None else say.fixed(found.auc, 4)),
        (say("report.loss"), say.fixed(found.loss, 4)),
        (say("report.calibration_error"), say.percent(found.calibration_error)),
        (say("report.brier"), say.fixed(found.brier, 4)),
    ]


def _interval(card: Card, row: EvaluatedRow) -> str:
    """Wilson's interval of the observed share at a total."""
    say = card.texts
    low, high = wilson(row.observed, row.rows)
    return say("rows.between", low=say.percent(low), high=say.percent(high))


def _known(card: Card, measures: Measures) -> dict[str, str]:
    """Tell what the software knows of the model card, by the item."""
    say = card.texts
    few = [
        say.number(float(row.low))
        for row in measures.evaluation.table
        if row.low is not None and row.low == row.high and row.rows < _FEW
    ]
    known = {"people": card.training}
    if card.score.has_every_total:
        known["limits"] = (
            say("report.few_people", least=_FEW, totals=", ".join(few))
            if few
            else say("report.no_few_people", least=_FEW)
        )
    if measures.subgroups:
        known["fairness"] = say("report.known_fairness")
    return known
