"""What a card says of years that are counted from a date of birth, or another date."""

from __future__ import annotations

from riskslim.exporters.columns import clean
from riskslim.features.variables import Thresholds, Variable
from riskslim.languages import Texts
from riskslim.scores.items import Item
from riskslim.scores.point_score import PointScore

__all__ = ["counts_years", "is_in_years", "years_note"]


def years_note(score: PointScore, texts: Texts) -> str:
    """Say from which date to which years are counted; empty where no item counts any."""
    if score.binning is None:
        return ""
    made = {name: one for one in score.binning.variables for name in one.features}
    said = []
    for item in score.items:
        variable = made.get(item.features[0].name)
        if isinstance(variable, Thresholds) and variable.reference is not None:
            said.append(
                texts(
                    "card.counted_years",
                    name=clean(item.name),
                    born=clean(variable.column),
                    reference=clean(variable.reference),
                )
            )
    return " ".join(said)


def counts_years(item: Item, score: PointScore) -> bool:
    """Whether an item is a number of years between two dates."""
    variables = () if score.binning is None else score.binning.variables
    name = item.features[0].name
    return any(is_in_years(one) and name in one.features for one in variables)


def is_in_years(variable: Variable) -> bool:
    """Whether a variable counts years between two dates, which its name does not say."""
    counted = isinstance(variable, Thresholds) and variable.reference is not None
    return counted and not variable.label.startswith("Years since ")
