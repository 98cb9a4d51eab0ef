"""What the pages of every report have in common, put into their template."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from markupsafe import Markup

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
from riskslim.report.people import ReportPeople
from riskslim.report.summary import summarise
from riskslim.report.tripod import tripod_items
from riskslim.report.wording import share_in_words, short_interval

__all__ = ["render"]


def render(
    template: str,
    card: Card,
    people: ReportPeople,
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
    people : ReportPeople
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
            characteristics=characteristics(card.score, people.table, texts),
            is_weighted=people.whole.is_weighted,
            items=summarise(card, people),
            short=functools.partial(short_interval, texts),
            of_share=functools.partial(share_in_words, texts),
            known=known_items(card, found.table, has_subgroups=bool(measures.subgroups)),
            tripod=tripod_items(card, measures, performance, parts.unseen_in_words(texts)),
            style=Markup(sheet),
            plots=plots,
            credit=parts.credit,
            recourse=parts.shares,
            total_in_words=lambda row: totals_in_words(
                (row,), (row,), texts, holds_low=card.score.holds_low
            ),
            trained_here=parts.trained_here,
            data_name=parts.data_name,
            notes=parts.notes,
            **own,
        )
    )


def _people(people: ReportPeople, texts: Texts) -> tuple[str, ...]:
    """Count everybody, those with the outcome and those without, as heads of a table."""
    rows, positive = people.whole.rows, people.whole.positive
    counts = rows.sum(), rows[positive].sum(), rows[~positive].sum()
    keys = ("report.all", "report.with_outcome", "report.without_outcome")
    return tuple(
        f"{texts(key)} (n\u00a0=\u00a0{texts.count(int(count))})"
        for key, count in zip(keys, counts, strict=True)
    )
