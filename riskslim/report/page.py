"""The report as one self-contained page."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import ArrayLike

from riskslim.errors import OptionError
from riskslim.evaluation.operating_points import OperatingPoint
from riskslim.evaluation.performance import MEASURES
from riskslim.evaluation.result import CrossValidation
from riskslim.exporters.card import Card, make_card
from riskslim.languages import Texts, language
from riskslim.recourse import Recourse
from riskslim.report.by_total import calibration_bands, risk_rows
from riskslim.report.credit import CreditDesk
from riskslim.report.decision_page import make_decision_report
from riskslim.report.drawing import Plot
from riskslim.report.equals import NearEquals
from riskslim.report.held_out import HeldOut, held_out_of
from riskslim.report.measures import Measures, measure
from riskslim.report.parts import Parts
from riskslim.report.plots import (
    calibration_plot,
    decision_plot,
    ranges_plot,
    sizes_plot,
)
from riskslim.report.ranking_plots import RocPoint, roc_plot, totals_plot
from riskslim.report.rendering import render
from riskslim.report.sizes import SizeRow, sizes_of
from riskslim.report.unseen import Unseen
from riskslim.report.wording import estimate_in_words
from riskslim.scores.decision import DecisionScore
from riskslim.scores.path import ScorePath
from riskslim.scores.point_score import PointScore
from riskslim.scores.pool import ScorePool
from riskslim.scores.risk import RiskScore

_MOST_NAMED = 20  # features of the folds' scores, those of most folds first

__all__ = ["RiskReport", "make_report", "report_on_risks"]


@dataclass(frozen=True, eq=False)
class RiskReport:
    """A report on risks.

    Attributes
    ----------
    page : str
        HTML.
    plots : dict of str to Plot
        Its plots by name, to be written as files too.
    """

    page: str
    plots: dict[str, Plot]


def make_report(
    score: PointScore,
    X: Any,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    *,
    subgroups: Mapping[str, ArrayLike] | None = None,
    pool: ScorePool[Any] | None = None,
    path: ScorePath | Sequence[SizeRow] | None = None,
    validation: CrossValidation | HeldOut | None = None,
    credit: CreditDesk | None = None,
    recourse: Recourse | None = None,
    trained_here: bool = False,
    data_name: str = "",
    notes: tuple[str, ...] = (),
    language_code: str = "en",
) -> str:
    """Write a report on a score and how it does on data.

    Card, certificate and rules, summary of the data, ROC curve, calibration, totals by outcome,
    decision curve, a table by total, cross-validation, scores that are nearly as good,
    subgroups, a model card, and the items of TRIPOD+AI, filled in where the software knows
    the answer. A report on decisions has errors of either kind, their rates and a bound on them
    in place of everything about risks.

    For a risk score alone are the parameters about risks: `path` and `validation`.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    X, y, sample_weight
        As for `riskslim.evaluate`; or `X` is a `ReportPeople`, with subgroups and all else.
    subgroups : mapping of str to array-like of shape (n,), optional
        Columns by whose values the people are told apart.
    pool : ScorePool, optional
        Scores that are nearly as good; `X` must hold every feature that one of them uses.
    path : ScorePath or sequence of SizeRow, optional
        The best score of every size, with cross-validation.
    validation : CrossValidation or HeldOut, optional
        Held-out performance of the whole way to the score.
    credit : CreditDesk, optional
        What a credit desk asks for: gains, Kolmogorov-Smirnov, Gini, approvals, attributes and the
        stability of the population (`riskslim.report.CreditDesk.of`).
    recourse : Recourse, optional
        What these people can change (`riskslim.recourse.find_recourse`): the share of fixed
        predictions, by subgroup.
    trained_here : bool
        Whether the score was fitted to these people. Then a `CrossValidation` of it comes first,
        with figures of the people held out, and what is measured on `X` is named so. It is found
        out where as many people have each total, of either outcome, as in training.
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
    OptionError
        A decision score is given with something that is about risks.
    """
    parts = Parts(
        dict(subgroups or {}), pool, path, validation, credit, recourse, trained_here, data_name,
        notes, language_code,
    )  # fmt: skip
    if isinstance(score, RiskScore):
        return report_on_risks(score, X, y, sample_weight, parts).page
    if isinstance(score, DecisionScore):
        return make_decision_report(score, X, y, sample_weight, parts)
    raise OptionError(f"a {score.kind} score has no report")


def report_on_risks(
    score: RiskScore, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None, parts: Parts
) -> RiskReport:
    """Write a report on a risk score, and keep its plots; see `make_report`."""
    texts = language(parts.language_code)
    card = make_card(score, texts)
    people = parts.people(score, X, y, sample_weight)
    parts = replace(parts, trained_here=parts.trained_here or people.are_those_of(score))
    measures = measure(score, people)
    path, validation = parts.path, parts.validation
    sizes = sizes_of(path.to_dict()) if isinstance(path, ScorePath) else tuple(path or ())
    held_out = (
        held_out_of(validation.to_dict()) if isinstance(validation, CrossValidation) else validation
    )
    equals = parts.equals(score, people)
    unseen = parts.unseen
    plots = _plots(card, measures, sizes, equals, unseen) | parts.plots(texts)
    page = render(
        "report.html.j2",
        card,
        people,
        measures,
        _headline(card, measures),
        parts,
        plots,
        rows=risk_rows(score, measures, texts),
        sizes=sizes,
        held_out=held_out,
        most_named=_MOST_NAMED,
        curve=parts.curve,
        estimate=functools.partial(estimate_in_words, texts),
        equals=equals,
        unseen=unseen,
    )
    return RiskReport(page, plots)


def _plots(
    card: Card,
    measures: Measures,
    sizes: Sequence[SizeRow],
    equals: NearEquals | None,
    unseen: Unseen | None,
) -> dict[str, Plot]:
    texts, found = card.texts, measures.evaluation
    plots = {} if unseen is None else _unseen_plots(unseen, texts)
    plots |= {
        "roc": roc_plot(_roc(measures.thresholds), measures.performance.auc, texts),
        "calibration": calibration_plot(
            calibration_bands(measures),
            *(measures.people, found.calibration_error, texts),
        ),
        "totals": totals_plot(measures.counted, texts),
        "decision": decision_plot(measures.people, texts),
    }
    if sizes:
        plots["sizes"] = sizes_plot(sizes, texts)
    if equals is not None:
        plots["ranges"] = ranges_plot(equals, texts)
    return plots


def _unseen_plots(unseen: Unseen, texts: Texts) -> dict[str, Plot]:
    """Draw how the scores of the folds did on people whom they had not seen."""
    auc = unseen.performance.auc
    plots = [
        roc_plot(_roc(unseen.thresholds), auc, texts, name="held-out-roc"),
        calibration_plot(
            *(unseen.bands, unseen.people, unseen.error, texts), name="held-out-calibration"
        ),
        decision_plot(unseen.people, texts, name="held-out-decision"),
    ]
    return {plot.name: plot for plot in plots}


def _roc(thresholds: Sequence[OperatingPoint]) -> list[RocPoint]:
    return [
        RocPoint(row.total, 1 - row.specificity.value, row.sensitivity.value)
        for row in thresholds
        if row.specificity is not None and row.sensitivity is not None
    ]


def _headline(card: Card, measures: Measures) -> list[tuple[str, str, str]]:
    """Name, value and interval of each measure."""
    say = card.texts
    rows = [
        (say(f"measure.{name}"), *estimate_in_words(say, name, getattr(measures.performance, name)))
        for name in MEASURES
    ]
    ratio = measures.performance.expected_over_observed
    shown = say.fixed(ratio, 2) if math.isfinite(ratio) else "–"
    return [*rows, (say("report.expected"), shown, "")]
