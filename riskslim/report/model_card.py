"""What the software knows of a report's model card; people write the rest."""

from __future__ import annotations

from collections.abc import Sequence

from riskslim.evaluation.decision import DecidedRow
from riskslim.evaluation.risk import EvaluatedRow
from riskslim.exporters.card import Card
from riskslim.exporters.columns import clean
from riskslim.languages import Texts

__all__ = ["known_items"]

# With fewer people than this an observed share says little.
_FEW = 10
_MOST_NAMED = 12


def known_items(
    card: Card, table: Sequence[EvaluatedRow | DecidedRow], *, has_subgroups: bool
) -> dict[str, str]:
    """Tell what is known, by the item.

    Parameters
    ----------
    card : Card
        Of the score.
    table : sequence of EvaluatedRow or DecidedRow
        The people of the report by total.
    has_subgroups : bool
        Whether the report compares some.
    """
    say = card.texts
    few = [
        say.number(float(row.low))
        for row in table
        if row.low is not None and row.low == row.high and row.rows < _FEW
    ]
    about = card.score.about
    given = {"intended": about.population, "contact": about.contact}
    known = {key: clean(text) for key, text in given.items() if text}
    known["people"] = card.training
    if card.score.has_every_total:
        known["limits"] = _few_people(say, few, len(table))
    if has_subgroups:
        known["fairness"] = say("report.known_fairness")
    return known


def _few_people(say: Texts, few: Sequence[str], count: int) -> str:
    """Name the totals that few people have, or say how many these are."""
    if not few:
        return say("report.no_few_people", least=_FEW)
    if len(few) > _MOST_NAMED:
        return say("report.few_people_many", few=len(few), count=count, least=_FEW)
    return say("report.few_people", least=_FEW, totals=", ".join(few))
