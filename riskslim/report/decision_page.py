"""The report on a decision score: errors, rates and the threshold in place of risks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from riskslim.errors import OptionError
from riskslim.exporters.card import Card, make_card
from riskslim.exporters.decision_rows import answers
from riskslim.exporters.risk_rows import totals_in_words
from riskslim.languages import Texts, language
from riskslim.report.by_total import ReportRow, decided_rows
from riskslim.report.decision_measures import DecisionMeasures, measure_decisions
from riskslim.report.drawing import Plot
from riskslim.report.equals import NearEquals
from riskslim.report.parts import Parts
from riskslim.report.ranking_plots import flips_plot, roc_plot, totals_plot
from riskslim.report.rendering import render
from riskslim.report.wording import estimate_in_words
from riskslim.scores.decision import DecisionScore
from riskslim.scores.score_bounds import ScoreBounds, score_bounds

__all__ = ["make_decision_report"]

# Of the bound on the error on new people.
_DELTA = 0.05


def make_decision_report(
    score: DecisionScore, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None, parts: Parts
) -> str:
    """Write a report on a decision score; see `riskslim.report.make_report`."""
    for name in ("path", "validation"):
        if getattr(parts, name) is not None:
            raise OptionError(f"{name} is about risks, and a decision score has none; leave it out")
    parts = replace(parts, trained_here=False)
    texts = language(parts.language_code)
    card = make_card(score, texts)
    people = parts.people(score, X, y, sample_weight)
    measures = measure_decisions(score, people)
    equals = parts.equals(score, people)
    # A bound speaks of people who count alike.
    bounds = None if measures.is_weighted else score_bounds(score, people.counts)
    return render(
        "report_decision.html.j2",
        card,
        people,
        measures,
        _headline(texts, measures),
        parts,
        _plots(score, card, measures, equals) | parts.plots(texts),
        equals=equals,
        answers=answers(score, texts),
        bound="" if bounds is None else _bound(texts, bounds),
        confusion=_confusion(measures),
        rows=_rows(texts, measures),
        unseen=None,
    )


def _headline(say: Texts, measures: DecisionMeasures) -> list[tuple[str, str, str]]:
    """Name, value and interval of each measure."""
    found, rates = measures.evaluation, measures.rates
    return [
        (say("measure.error_rate"), *estimate_in_words(say, "rate", rates.error_rate)),
        (say("measure.false_positives"), say.count(found.false_positives), ""),
        (say("measure.false_negatives"), say.count(found.false_negatives), ""),
        *(
            (say(f"measure.{name}"), *estimate_in_words(say, "rate", getattr(rates, name)))
            for name in (
                "true_positive_rate",
                "false_positive_rate",
                "positive_predictive_value",
                "negative_predictive_value",
            )
        ),
        (say("report.auc_of_total"), *estimate_in_words(say, "auc", measures.auc)),
    ]


def _bound(say: Texts, bounds: ScoreBounds) -> str:
    """Bound the error on new people, in a sentence or two."""
    sentence = say(
        "report.bound_new", sure=say.percent(1 - _DELTA), error=say.percent(min(bounds.if_new, 1.0))
    )
    # The bound for training data does not pay for cut points that were chosen by the data.
    if bounds.cuts_were_learned:
        return sentence
    trained = say("report.bound_trained", error=say.percent(min(bounds.if_trained_here, 1.0)))
    return f"{sentence} {trained}"


def _confusion(measures: DecisionMeasures) -> tuple[tuple[str, int, int], ...]:
    """Rows of the confusion table: phrase of the outcome, people decided no and yes."""
    found = measures.evaluation
    hits = found.positives - found.false_negatives
    passed = found.rows - found.positives - found.false_positives
    return (
        ("report.positives", found.false_negatives, hits),
        ("report.negatives", passed, found.false_positives),
    )


def _rows(say: Texts, measures: DecisionMeasures) -> list[ReportRow]:
    """Give the rows of the table by total; of weighted people every total, with its interval."""
    table = measures.evaluation.table
    if not measures.is_weighted:
        return decided_rows(table, say)
    return [
        ReportRow(
            *(totals_in_words([row], table, say, holds_low=False), row.rows, row.positives),
            *estimate_in_words(say, "rate", observed),
            yes=row.yes,
        )
        for row, observed in zip(table, measures.observed, strict=True)
    ]


def _plots(
    score: DecisionScore, card: Card, measures: DecisionMeasures, equals: NearEquals | None
) -> dict[str, Plot]:
    texts, rates = card.texts, measures.rates
    true, false = rates.true_positive_rate, rates.false_positive_rate
    chosen = None
    if true is not None and false is not None:
        words = texts("report.more_than", threshold=texts.number(score.threshold))
        chosen = (words, false.value, true.value)
    plots = {
        "roc": roc_plot(measures.roc, measures.auc, texts, chosen),
        "totals": totals_plot(measures.counted, texts, score.threshold),
    }
    if equals is not None:
        flips = equals.widths > 0
        plots["ranges"] = flips_plot(equals.people, flips, score.threshold, texts)
    return plots
