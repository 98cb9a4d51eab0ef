"""What a report says about the data: who has which item, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskslim.exporters.card import Card
from riskslim.report.people import ReportPeople
from riskslim.scores.items import Feature
from riskslim.scores.people import CountedPeople
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["ItemSummary", "summarise"]

_NOBODY = "–"


@dataclass(frozen=True)
class ItemSummary:
    """One item of the card in the data.

    Attributes
    ----------
    label : str
        Of the item, with its group.
    people : str
        Number and share of the people who have it, or mean and range of its values.
    having, lacking : str
        Number and share of positives among those who have it and who do not; a dash where nobody
        is, or where the item is no yes or no.
    """

    label: str
    people: str
    having: str
    lacking: str


def summarise(card: Card, people: ReportPeople) -> tuple[ItemSummary, ...]:
    """Describe the data of a report item by item.

    Parameters
    ----------
    card : Card
        Of the score.
    people : ReportPeople
        Counted for the score.

    Returns
    -------
    tuple of ItemSummary
        In the order of the card.
    """
    by_name, members = people.columns, people.members
    rows = []
    for group in card.groups:
        for item in group.items if group.short is None else (group.short,):
            label = item.label if group.short is not None else group.full_label(item)
            if group.choice is not None and item.band is not None:
                has = group.choice.in_band(item.band, by_name)
                rows.append(_describe_yes_no(card, label, has, members))
            elif item.feature is not None:
                column = by_name[item.feature.name]
                rows.append(_describe(card, label, item.feature, column, members))
    return tuple(rows)


def _describe(
    card: Card, label: str, feature: Feature, column: FloatArray, members: CountedPeople
) -> ItemSummary:
    say = card.texts
    if not feature.is_binary or not np.isin(column, (0.0, 1.0)).all():
        text = say(
            "report.mean_and_range",
            mean=say.number(float(np.average(column, weights=members.weight)), 4),
            low=say.number(float(column.min())),
            high=say.number(float(column.max())),
        )
        return ItemSummary(label, text, _NOBODY, _NOBODY)
    return _describe_yes_no(card, label, column == 1.0, members)


def _describe_yes_no(card: Card, label: str, has: BoolArray, members: CountedPeople) -> ItemSummary:
    """Describe those who have an item, or are in a band, and those who are not.

    Numbers are of rows, shares by weight.
    """
    texts, positive, weight = card.texts, members.positive, members.weight
    everybody = np.ones(len(weight), dtype=bool)

    def share(part: BoolArray, of: BoolArray) -> str:
        whole = float(weight[of].sum())
        if not whole:
            return _NOBODY
        number = texts.count(int(members.rows[part & of].sum()))
        return f"{number} ({texts.percent(float(weight[part & of].sum()) / whole)})"

    return ItemSummary(label, share(has, everybody), share(positive, has), share(positive, ~has))
