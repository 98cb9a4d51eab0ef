"""The items of TRIPOD+AI that software can fill in, and those that people must.

References
----------
G. S. Collins et al., "TRIPOD+AI statement: updated guidance for reporting clinical
prediction models that use regression or machine learning methods", BMJ 385 (2024),
e078378.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from importlib.metadata import version

from riskslim.data.outcome_words import is_yes_no
from riskslim.errors import OptionError
from riskslim.exporters.card import Card
from riskslim.exporters.card_items import Group
from riskslim.exporters.columns import clean
from riskslim.exporters.not_known import missing_data, missing_input
from riskslim.features.screening import SCREENED
from riskslim.languages.rules import rule_in
from riskslim.report.decision_measures import DecisionMeasures
from riskslim.report.measures import Measures
from riskslim.scores.decision import DecisionScore
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

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


# Items in the statement's order; those with an answer are answered from score and data.
_ITEMS = (
    "1", "2", "3a", "3b", "3c", "4", "5a", "5b", "6a", "6b", "6c", "7", "8a", "8b", "8c", "9a",
    "9b", "9c", "10", "11", "12a", "12b", "12c", "12d", "12e", "12f", "12g", "13", "14", "15",
    "16", "17", "18a", "18b", "18c", "18d", "18e", "18f", "19", "20a", "20b", "20c", "21", "22",
    "23a", "23b", "24", "25", "26", "27a", "27b", "27c",
)  # fmt: skip


def tripod_items(
    card: Card, measures: Measures | DecisionMeasures, performance: str, held_out: str = ""
) -> tuple[TripodItem, ...]:
    """Fill in what is known.

    Parameters
    ----------
    card : Card
        Of the score.
    measures : Measures or DecisionMeasures
        On the data of the report.
    performance : str
        The main measures, in a sentence.
    held_out : str
        Those on people held out, where the score was learned from the data of the report.

    Returns
    -------
    tuple of TripodItem
        Every item of the checklist.
    """
    say, score, found = card.texts, card.score, measures.evaluation
    items = "; ".join(map(_measured, card.groups))
    used = "answer_used" if score.is_learned else "answer_used_given"
    performance = " ".join(filter(None, (held_out, performance)))
    evaluated = say(
        "report.data_text",
        rows=say.count(found.rows),
        positives=say.count(found.positives),
        share=say.percent(found.positives / found.rows),
    )
    answers = {
        "1": card.title,
        "3b": clean(score.about.population),
        "9a": _predictors(card),
        "9b": say("report.answer_measured", items=items) if items else "",
        "10": card.training,
        "11": missing_data(score, say),
        "12a": say("report.answer_used_here" if held_out else f"report.{used}"),
        "12b": say("report.answer_bands" if _has_bands(card) else "report.answer_handled"),
        "18f": say("report.answer_code", version=version("riskslim")),
        "20b": say("report.answer_compared"),
        "21": f"{card.training} {evaluated}",
        "23a": performance,
        "27a": missing_input(score, say),
        "27b": card.instruction,
        **_of_kind(score, card),
    }
    if measures.subgroups:
        answers["14"] = say("report.answer_subgroups")
        answers["23a"] = f"{performance} {say('report.answer_subgroups')}"
    return tuple(
        TripodItem(number, say(f"tripod.{number}"), answers.get(number, "")) for number in _ITEMS
    )


@singledispatch
def _of_kind(score: PointScore, card: Card) -> dict[str, str]:  # noqa: ARG001
    """Give the answers that depend on what totals stand for."""
    raise OptionError(f"a {score.kind} score has no report")


@_of_kind.register
def _(score: RiskScore, card: Card) -> dict[str, str]:
    say = card.texts
    return {
        "8a": _said_outcome(card),
        "12c": _built(card, say(_model_key(score, "answer_model"))),
        "12e": say("report.answer_measures"),
        "12f": card.recalibration or say("report.answer_no_update"),
        "12g": say("report.answer_calculated", formula=card.formula),
        "15": " ".join((say("report.answer_output"), *card.tiers)),
        "22": f"{say('report.answer_open')} {card.formula}",
        "24": card.recalibration,
    }


@_of_kind.register
def _(score: DecisionScore, card: Card) -> dict[str, str]:
    """Answer without risks: there is nothing to calibrate or to update."""
    say = card.texts
    return {
        "8a": say("report.decided_outcome", **_outcome(card)),
        "12c": _built(card, say(_model_key(score, "decided_model"))),
        "12e": say("report.decided_measures"),
        "12f": say("report.decided_no_update"),
        "12g": say("report.decided_calculated", rule=card.formula),
        "15": say("report.decided_output", rule=card.formula),
        "22": f"{say('report.decided_open')} {card.formula}",
        "24": say("report.decided_no_update"),
    }


def _said_outcome(card: Card) -> str:
    """Say what the risk is the risk of; a plain yes goes without saying."""
    words = _outcome(card)
    if is_yes_no(card.score.labels):
        return f"{words['outcome']}."
    return card.texts("report.answer_outcome", **words)


def _outcome(card: Card) -> dict[str, str]:
    score = card.score
    outcome = f"{score.about.event} ({score.outcome})" if score.about.event else score.outcome
    return {"outcome": clean(outcome), "positive": clean(str(score.labels[1]))}


def _model_key(score: PointScore, key: str) -> str:
    return f"report.{key}" if score.is_learned else f"report.{key}_given"


def _predictors(card: Card) -> str:
    """Say what the predictors were chosen from, as far as that is known."""
    if not card.score.is_learned:
        return card.texts("report.answer_predictors_given")
    screened = [rule for rule in card.score.rules if rule.endswith(SCREENED)]
    if screened:
        rule = clean(rule_in(card.texts, screened[0]))
        return card.texts("report.answer_predictors_screened", rule=rule)
    return card.texts("report.answer_predictors", count=len(card.score.features))


def _measured(group: Group) -> str:
    """Name a variable with its bands, or what stands alone."""
    lines = [item.label for item in group.items]
    if group.choice is not None:
        return f"{group.title} ({', '.join(lines)})"
    return "; ".join(group.full_label(item) for item in group.items)


def _has_bands(card: Card) -> bool:
    return bool(card.groups) and all(group.choice is not None for group in card.groups)


def _built(card: Card, model: str) -> str:
    return " ".join(filter(None, (model, card.proof, card.rules)))
