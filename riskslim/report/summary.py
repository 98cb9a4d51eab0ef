"""What a report says about the data: who has which item, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskslim.exporters.card import Card
from riskslim.report.people import ReportPeople
from riskslim.scores.items import Feature
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["ItemSummary", "summarise"]


@dataclass(frozen=True)
class ItemSummary:
    """One item of the card in the data.

    Attributes
    ----------
    label : str
        Of the item, with its group.
    people : str
        Share of the people who have it, or mean and range of its values.
    having, lacking : float or None
        Share of positives among those who have it and who do not; None where nobody is, or
        where the item is no yes or no.
    """

    label: str
    people: str
    having: float | None
    lacking: float | None


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
    by_name = people.columns
    positive, weight = people.members.positive, people.members.weight
    rows = []
    for group in card.groups:
        for item in group.items if group.short is None else (group.short,):
            label = item.label if group.short is not None else group.full_label(item)
            if group.choice is not None and item.band is not None:
                has = group.choice.in_band(item.band, by_name)
                rows.append(_describe_yes_no(card, label, has, positive, weight))
            elif item.feature is not None:
                column = by_name[item.feature.name]
                rows.append(_describe(card, label, item.feature, column, positive, weight))
    return tuple(rows)


def _describe(
    card: Card,
    label: str,
    feature: Feature,
    column: FloatArray,
    positive: BoolArray,
    weight: FloatArray,
) -> ItemSummary:
    say = card.texts
    if not feature.is_binary or not np.isin(column, (0.0, 1.0)).all():
        text = say(
            "report.mean_and_range",
            mean=say.number(float(np.average(column, weights=weight)), 4),
            low=say.number(float(column.min())),
            high=say.number(float(column.max())),
        )
        return ItemSummary(label, text, None, None)
    return _describe_yes_no(card, label, column == 1.0, positive, weight)


def _describe_yes_no(
    card: Card, label: str, has: BoolArray, positive: BoolArray, weight: FloatArray
) -> ItemSummary:
    """Describe those who have an item, or are in a band, and those who are not."""

    def share(rows: BoolArray) -> float | None:
        whole = float(weight[rows].sum())
        return float(weight[rows & positive].sum()) / whole if whole else None

    people = card.texts.percent(float(weight[has].sum() / weight.sum()))
    return ItemSummary(label, people, share(has), share(~has))
