"""What the pages of every report have in common, put into their template."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike

from riskslim.data.outcome import label_of_each
from riskslim.exporters.card import Card
from riskslim.exporters.page import environment, html, style
from riskslim.exporters.risk_rows import totals_in_words
from riskslim.languages import Texts
from riskslim.languages.rules import proof_in, rule_in
from riskslim.report.characteristics import characteristics
from riskslim.report.decision_measures import DecisionMeasures
from riskslim.report.drawing import Plot
from riskslim.report.measures import Measures
from riskslim.report.model_card import known_items
from riskslim.report.parts import Parts
from riskslim.report.summary import summarise
from riskslim.report.tripod import tripod_items
from riskslim.report.wording import share_in_words, short_interval
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["People", "render"]


@dataclass(frozen=True, eq=False)
class People:
    """The people of a report; valid ones.

    Attributes
    ----------
    X : DataFrame or array-like of shape (n, d)
        As for `PointScore.total`.
    positive : ndarray of bool, shape (n,)
        Their outcomes.
    weight : ndarray of shape (n,)
        Their weights.
    """

    X: Any
    positive: BoolArray
    weight: FloatArray

    @classmethod
    def of(cls, score: PointScore, X: Any, y: ArrayLike, sample_weight: ArrayLike | None) -> People:
        """Take outcomes by the labels of a score."""
        positive = label_of_each(y, score.labels) == 1
        weight = np.ones(len(positive)) if sample_weight is None else np.asarray(sample_weight)
        return cls(X, positive, weight.astype(np.float64))


def render(
    template: str,
    card: Card,
    people: People,
    measures: Measures | DecisionMeasures,
    headline: Sequence[tuple[str, str, str]],
    parts: Parts,
    plots: Mapping[str, Plot],
    **own: Any,
) -> str:
    """Put a report into its template.

    Parameters
    ----------
    template : str
        Name of the file.
    card : Card
        Of the score.
    people : People
        Of the report.
    measures : Measures or DecisionMeasures
        Of these people.
    headline : sequence of (str, str, str)
        Name, value and interval of each main measure.
    parts : Parts
        Of any report.
    plots : mapping of str to Plot
        By name.
    **own
        What else the template shows.
    """
    texts, found = card.texts, measures.evaluation
    measured = "; ".join(
        f"{name} {value} ({ends})" if ends else f"{name} {value}" for name, value, ends in headline
    )
    performance = texts("report.on_this_data", measures=measured)
    folder = resources.files("riskslim.exporters") / "templates"
    sheet = style() + (folder / "report.css").read_text(encoding="utf-8")
    return (
        environment()
        .get_template(template)
        .render(
            card=card,
            say=texts,
            rule_in=rule_in,
            proof_in=proof_in,
            # Our own template's output, escaped there.
            card_html=Markup(html(card, fragment=True)),
            measures=measures,
            found=found,
            headline=headline,
            people=_people(people, texts),
            characteristics=characteristics(
                card.score, people.X, people.positive, people.weight, texts
            ),
            items=summarise(card, people.X, people.positive, people.weight),
            short=functools.partial(short_interval, texts),
            of_share=functools.partial(share_in_words, texts),
            known=known_items(card, found.table, has_subgroups=bool(measures.subgroups)),
            tripod=tripod_items(card, measures, performance, parts.unseen_in_words(texts)),
            style=Markup(sheet),
            plots=plots,
            credit=parts.credit,
            recourse=parts.shares(texts),
            total_in_words=lambda row: totals_in_words(
                (row,), (row,), texts, holds_low=card.score.holds_low
            ),
            trained_here=parts.trained_here,
            data_name=parts.data_name,
            notes=parts.notes,
            **own,
        )
    )


def _people(people: People, texts: Texts) -> tuple[str, ...]:
    """Count everybody, those with the outcome and those without, as heads of a table."""
    counted = people.weight > 0
    parts = (counted, counted & people.positive, counted & ~people.positive)
    keys = ("report.all", "report.with_outcome", "report.without_outcome")
    return tuple(
        f"{texts(key)} (n\u00a0=\u00a0{texts.count(int(part.sum()))})"
        for key, part in zip(keys, parts, strict=True)
    )
