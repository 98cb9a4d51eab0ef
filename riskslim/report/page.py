"""The report as one self-contained page."""

from __future__ import annotations

import math
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
from riskslim.report.held_out import HeldOut, held_out_of
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
from riskslim.validation.estimates import Estimate, wilson
from riskslim.validation.performance import MEASURES
from riskslim.validation.result import CrossValidation

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
    validation: CrossValidation | HeldOut | None = None,
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
    validation : CrossValidation or HeldOut, optional
        Held-out performance of the whole way to the score.
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
    held_out = (
        held_out_of(validation.to_dict()) if isinstance(validation, CrossValidation) else validation
    )
    equals = None if pool is None else compare_equals(score, pool, X, weight)
    headline = _headline(card, measures)
    measured = "; ".join(f"{name} {value} {ends}".rstrip() for name, value, ends in headline)
    performance = texts("report.on_this_data", measures=measured)
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
            held_out=held_out,
            short=lambda found: _short(card, found),
            estimate=lambda name, found: _estimate(card, name, found),
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


# Digits after the point, by measure; a share is a percentage.
_PLACES = {"auc": 3, "brier": 4, "log_loss": 4, "calibration_error": None}


def _headline(card: Card, measures: Measures) -> list[tuple[str, str, str]]:
    """Name, value and interval of each measure."""
    say = card.texts
    rows = [
        (say(f"measure.{name}"), *_estimate(card, name, getattr(measures.performance, name)))
        for name in MEASURES
    ]
    ratio = measures.performance.expected_over_observed
    shown = say.fixed(ratio, 2) if math.isfinite(ratio) else "–"
    return [*rows, (say("report.expected"), shown, "")]


def _estimate(card: Card, name: str, found: Estimate | float | None) -> tuple[str, str]:
    """Value and interval of a measure as text; dashes where there is none."""
    say, places = card.texts, _PLACES.get(name, 2)

    def write(value: float) -> str:
        return say.percent(value) if places is None else say.fixed(value, places)

    if found is None:
        return "–", ""
    if not isinstance(found, Estimate):
        return write(found), ""
    if not math.isfinite(found.low) or not math.isfinite(found.high):
        return write(found.value), ""
    return write(found.value), say("rows.between", low=write(found.low), high=write(found.high))


def _short(card: Card, found: Estimate) -> str:
    """Interval of a share in few letters: 95.3-98.1%."""
    say = card.texts
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return ""
    low = say.percent(found.low).removesuffix(say.phrases["numbers.percent"])
    return say("rows.risks", low=low, high=say.percent(found.high))


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
