"""What a card says of the totals of a score, kind by kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from riskslim.data.outcome_words import is_yes_no
from riskslim.exporters.columns import clean
from riskslim.exporters.decision_rows import bands_of_decisions, decision_rows, decision_rule
from riskslim.exporters.risk_rows import CardRow, bands_of_risks, risk_rows
from riskslim.languages import Texts
from riskslim.scores.decision import DecisionScore
from riskslim.scores.intervals import ENOUGH_PEOPLE
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import FloatArray

__all__ = ["Meaning", "meaning_of", "total_key"]

_EXACT = 1e-10  # by which a written formula may miss a risk
_FEWEST_DIGITS, _MOST_DIGITS = 6, 17


@dataclass(frozen=True)
class Meaning:
    """What only one kind of score says on its card.

    Attributes
    ----------
    title, instruction : str
        What the score is about, and what to do.
    result : str
        Head of the column of what totals stand for.
    rows : tuple of CardRow
        Totals and what they stand for, by ascending total.
    formula, errors : str
        Sentences that sum the rows up, and that say how often they are wrong; may be empty.
    bars_are_observed : bool
        Whether the heights of the rows are shares seen in training, which a head then says.
    is_joined : bool
        Whether rows are totals that were joined until there were enough people.
    """

    title: str
    instruction: str
    result: str
    rows: tuple[CardRow, ...]
    formula: str = ""
    errors: str = ""
    bars_are_observed: bool = False
    is_joined: bool = False


@singledispatch
def meaning_of(score: PointScore, texts: Texts, min_people: int = ENOUGH_PEOPLE) -> Meaning:  # noqa: ARG001
    """Say what the totals of a score stand for.

    Parameters
    ----------
    score : PointScore
        Of a kind that has registered its words: ``@meaning_of.register``.
    texts : Texts
        The language.
    min_people : int
        In each row of totals, where the score counts them.

    Raises
    ------
    TypeError
        It is of no such kind.
    """
    raise TypeError(f"a card shows a score, of a kind that has words for it, not {score!r}")


@meaning_of.register
def _(score: RiskScore, texts: Texts, min_people: int = ENOUGH_PEOPLE) -> Meaning:
    formula = (
        texts("card.looked_up")
        if score.formula is None
        else texts("card.formula", exponent=_exponent(score, *score.formula, texts))
    )
    return Meaning(
        title=_title(score, texts, "card"),
        instruction=_instruction(score, formula, texts, "card"),
        result=texts("card.risk"),
        rows=tuple(risk_rows(score, texts, min_people)),
        formula=formula,
        is_joined=_fewer(score, bands_of_risks(score, min_people)),
    )


@meaning_of.register
def _(score: DecisionScore, texts: Texts, min_people: int = ENOUGH_PEOPLE) -> Meaning:
    rule = decision_rule(score, texts)
    return Meaning(
        title=_title(score, texts, "decision"),
        instruction=_instruction(score, rule, texts, "decision"),
        result=texts("decision.result"),
        rows=tuple(decision_rows(score, texts, min_people)),
        formula=rule,
        errors=_errors(score, texts),
        bars_are_observed=True,
        is_joined=_fewer(score, bands_of_decisions(score, min_people)),
    )


def _fewer(score: PointScore, bands: Sequence[object] | None) -> bool:
    return bands is not None and len(bands) < len(score.table)


def _instruction(score: PointScore, rule: str, texts: Texts, section: str) -> str:
    """Say what to do; of a decision score that includes its rule."""
    if not score.size:
        return texts(f"{section}.no_features")
    if score.is_checklist:
        return texts(f"checklist.{score.kind}_add_up", rule=rule)
    values = any(not feature.is_binary for feature in score.used_features)
    return texts(f"{section}.{'add_up_values' if values else 'add_up'}", rule=rule)


def total_key(score: PointScore) -> str:
    """Name the phrase for the total, which is a count on a checklist."""
    return "checklist.total" if score.is_checklist else "card.total"


def _title(score: PointScore, texts: Texts, section: str) -> str:
    if score.about.title:
        return clean(score.about.title)
    outcome = clean(score.about.event or score.outcome)
    negative, positive = score.labels
    key = f"checklist.{score.kind}_title" if score.is_checklist else f"{section}.title"
    if score.about.event or is_yes_no(score.labels):
        return texts(key, outcome=outcome)
    return texts(
        f"{key}_labels",
        outcome=outcome,
        positive=clean(str(positive)),
        negative=clean(str(negative)),
    )


def _errors(score: DecisionScore, texts: Texts) -> str:
    """Say how often the rule is wrong on the training data, for either class."""
    fpr, tpr = score.false_positive_rate, score.true_positive_rate
    wrong = score.false_positive_weight, score.false_negative_weight
    return texts(
        "decision.errors_weighted" if score.training.is_weighted else "decision.errors",
        errors=texts.count(sum(wrong)),
        share=texts.percent(score.error_rate),
        false_positives=texts.count(wrong[0]),
        false_negatives=texts.count(wrong[1]),
        fpr="-" if fpr is None else texts.percent(fpr),
        tpr="-" if tpr is None else texts.percent(tpr),
    )


def _exponent(score: RiskScore, intercept: float, multiplier: float, texts: Texts) -> str:
    """Write the negative of ``(intercept + total) / multiplier`` as people would."""
    total = texts(total_key(score))
    total = total.lower() if texts.code == "en" else total
    least, divisor = _written(score, intercept, multiplier, texts)
    inner = f"{least} - {total}" if intercept else f"-{total}"
    return inner if multiplier == 1 else f"({inner}) / {divisor}"


def _written(
    score: RiskScore, intercept: float, multiplier: float, texts: Texts
) -> tuple[str, str]:
    """Write the intercept's negative and the multiplier, exact enough for the risks.

    An integer is written as it is, and its multiplier as other numbers are. A real one comes with
    as many digits of both as the risks of all totals in the table need.
    """
    if isinstance(intercept, int):
        return str(-intercept), texts.number(multiplier)
    ends = {end for row in score.table for end in (row.low, row.high) if end is not None}
    totals = np.array(sorted(ends), dtype=np.float64)
    risks = _risks((intercept + totals) / multiplier)
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS):
        least, divisor = float(f"{-intercept:.{digits}g}"), float(f"{multiplier:.{digits}g}")
        if np.all(np.abs(_risks((totals - least) / divisor) - risks) <= _EXACT):
            return texts.number(-intercept, digits), texts.number(multiplier, digits)
    return texts.number(-intercept, _MOST_DIGITS), texts.number(multiplier, _MOST_DIGITS)


def _risks(log_odds: FloatArray) -> FloatArray:
    return 0.5 * (1.0 + np.tanh(0.5 * log_odds))
