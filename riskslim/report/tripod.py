"""The items of TRIPOD+AI that software can fill in, and those that people must.

References
----------
G. S. Collins et al., "TRIPOD+AI statement: updated guidance for reporting clinical
prediction models that use regression or machine learning methods", BMJ 385 (2024),
e078378.
"""

from __future__ import annotations

from dataclasses import dataclass

from riskslim.exporters.card import Card
from riskslim.report.measures import Measures

__all__ = ["TripodItem", "tripod_items"]


@dataclass(frozen=True)
class TripodItem:
    """One item of the checklist.

    Attributes
    ----------
    number, topic : str
        As the statement numbers it, and what it asks for in our words.
    answer : str
        What the software knows; empty where people must write it.
    """

    number: str
    topic: str
    answer: str


# Items in the statement's order; those with a key are answered from score and data.
_ITEMS = (
    "1", "2", "3a", "3b", "4", "5a", "6a", "7", "8a", "9a", "10", "11", "12a", "12c", "12e",
    "13", "14", "15", "16", "18a", "18f", "20a", "20b", "21", "22", "23a", "23b", "25", "26", "27",
)  # fmt: skip


def tripod_items(card: Card, measures: Measures | None) -> tuple[TripodItem, ...]:
    """Fill in what is known.

    Parameters
    ----------
    card : Card
        Of the score.
    measures : Measures or None
        On the data of the report.

    Returns
    -------
    tuple of TripodItem
    """
    say, score = card.texts, card.score
    answers = {
        "1": card.title,
        "8a": say("report.answer_outcome", outcome=score.outcome, positive=score.labels[1]),
        "9a": say("report.answer_predictors", count=len(score.features)),
        "10": card.training,
        "12a": say("report.answer_model"),
        "12c": f"{card.proof} {card.rules}".strip(),
        "15": say("report.answer_output"),
        "20b": card.training,
        "22": card.formula,
        "18f": say("report.answer_open"),
    }
    if measures is not None:
        found = measures.evaluation
        auc = "-" if found.auc is None else say.fixed(found.auc, 3)
        error = say.percent(found.calibration_error)
        answers["12e"] = say("report.answer_measures")
        answers["23a"] = say("report.answer_performance", auc=auc, error=error)
        if measures.subgroups:
            answers["14"] = answers["23b"] = say("report.answer_subgroups")
    return tuple(
        TripodItem(number, say(f"tripod.{number}"), answers.get(number, "")) for number in _ITEMS
    )
