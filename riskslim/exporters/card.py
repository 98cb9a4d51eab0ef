"""What every printed form of a score shows, worked out once.

Totals are sums of the features' points alone; the intercept is in the risks, so
that nobody has to remember to add it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from riskslim.exporters.card_items import Group, card_groups, check_cards
from riskslim.exporters.columns import clean
from riskslim.exporters.meaning import meaning_of, total_key
from riskslim.exporters.not_known import unknown_note
from riskslim.exporters.risk_rows import CardRow
from riskslim.exporters.tiers import tier_lines
from riskslim.exporters.years import years_note
from riskslim.languages import Texts
from riskslim.languages.rules import rule_in
from riskslim.printable import printable
from riskslim.scores.origin import Certificate
from riskslim.scores.point_score import PointScore
from riskslim.scores.recalibration import HELD_OUT
from riskslim.scores.risk import RiskScore

__all__ = ["Card", "make_card"]


@dataclass(frozen=True)
class Card:
    """Everything that a card says, in one language.

    Attributes
    ----------
    title, about, instruction, unknown, formula, recalibration, training, errors, proof, rules : str
        Sentences; about, recalibration, errors and rules may be empty.
    points, total, result, sum : str
        Heads of the columns of points, totals and what they mean; and what the total is called
        below the items.
    groups : tuple of Group
        The items in the order of the data, those of one variable together.
    rows : tuple of CardRow
        Totals and what they mean.
    observed : tuple of str
        For each row, the share of positives in the training data.
    band_note : str
        Empty unless rows are bands of real totals.
    texts : Texts
        The language.
    score : PointScore
        The score.
    bars_are_observed : bool
        Whether bars show shares that were seen in training.
    tiers : tuple of str
        What each tier of totals is called and means; empty where there are none.
    years : str
        From which date to which years are counted; empty where none are.
    """

    title: str
    about: str
    instruction: str
    unknown: str
    points: str
    total: str
    result: str
    sum: str
    groups: tuple[Group, ...]
    rows: tuple[CardRow, ...]
    observed: tuple[str, ...]
    band_note: str
    formula: str
    recalibration: str
    training: str
    errors: str
    proof: str
    rules: str
    texts: Texts
    score: PointScore
    bars_are_observed: bool
    tiers: tuple[str, ...] = ()
    years: str = ""

    def __post_init__(self) -> None:
        # Names are clean by now; words of a file, such as how a search ended, may hold anything.
        for entry in fields(self):
            text = getattr(self, entry.name)
            if isinstance(text, str):
                object.__setattr__(self, entry.name, printable(text))

    @property
    def printed(self) -> tuple[Group, ...]:
        """The groups as they are printed, as short as can be."""
        return tuple(group.printed for group in self.groups)

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences below the card."""
        return tuple(note for note in (self.band_note, *self.footnotes) if note)

    @property
    def footnotes(self) -> tuple[str, ...]:
        """Those of them that are about the score as a whole."""
        notes = (
            *self.tiers,
            *(
                self.years,
                self.unknown,
                self.about,
                self.formula,
                self.recalibration,
                self.training,
            ),
            *(self.errors, self.proof, self.rules),
        )
        return tuple(note for note in notes if note)


def make_card(score: PointScore, texts: Texts, cards: str = "bands") -> Card:
    """Work out what a card of a score says.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    texts : Texts
        The language.
    cards : {"bands", "thresholds"}
        Whether each variable is one item with bands that exclude one another, or each feature a
        line.

    Returns
    -------
    Card
        Names are cleaned to one line each, but not escaped: each format has its own way.
    """
    check_cards(cards)
    says = meaning_of(score, texts)
    counts = score.counts_people
    counted = score.is_checklist
    groups = card_groups(score, texts, cards)
    band_note = texts("card.band_note" if score.holds_low else "decision.band_note")
    return Card(
        title=says.title,
        about=_about(score, texts),
        instruction=says.instruction,
        unknown=unknown_note(score, groups, texts),
        points=texts("checklist.tick" if counted else "card.points"),
        total=texts(total_key(score)),
        sum=texts("checklist.sum" if counted else "card.total_of_points"),
        result=says.result,
        groups=groups,
        rows=says.rows,
        observed=tuple(_observed(row, texts, counts=counts) for row in says.rows),
        band_note=band_note if any(row.is_half_open for row in says.rows) else "",
        formula=says.formula,
        recalibration=_recalibration(score, texts),
        training=_training(score, texts),
        errors=says.errors,
        proof=_proof(score.certificate, texts),
        rules=_rules(score, texts),
        texts=texts,
        score=score,
        bars_are_observed=says.bars_are_observed,
        tiers=tier_lines(score, texts),
        years=years_note(score, texts),
    )


def _about(score: PointScore, texts: Texts) -> str:
    """Say what is predicted where the title does not, whom the score is for, and its version."""
    about = score.about
    said = {
        "outcome": about.event if about.title else "",
        "population": about.population,
        "version": about.version,
        "contact": about.contact,
    }
    return " ".join(texts(f"about.{key}", text=clean(text)) for key, text in said.items() if text)


def _observed(row: CardRow, texts: Texts, *, counts: bool) -> str:
    """Share of positives in the training data, and of how many rows."""
    if row.weight == 0:
        return texts("card.no_rows")
    share = texts.percent(row.positive_weight / row.weight)
    if not counts:
        return share
    return texts("card.share_of", share=share, count=round(row.weight))


def _rules(score: PointScore, texts: Texts) -> str:
    if not score.rules:
        return ""
    return texts("card.rules", rules="; ".join(clean(rule_in(texts, one)) for one in score.rules))


def _training(score: PointScore, texts: Texts) -> str:
    training = score.training
    if not training.rows:
        return ""
    if training.is_soft:
        return texts(
            "training.soft",
            rows=texts.count(training.rows),
            share=texts.percent(training.positive_weight / training.weight),
        )
    return texts(
        "training.weighted" if training.is_weighted else "training.rows",
        rows=texts.count(training.rows),
        positives=texts.count(training.positives),
        share=texts.percent(training.positives / training.rows if training.rows else 0.0),
    )


def _recalibration(score: PointScore, texts: Texts) -> str:
    """How, and on what data, the risks were changed after the fit."""
    found = score.recalibration
    if found is None or not isinstance(score, RiskScore):
        return ""
    if found.method == HELD_OUT and found.multiplier is not None:
        return texts(
            "recalibration.held_out", slope=texts.fixed(score.multiplier / found.multiplier, 2)
        )
    if found.method == "published":
        return texts("recalibration.published")
    if found.prevalence is not None:
        return texts(
            "recalibration.prevalence",
            prevalence=texts.percent(found.prevalence),
            sample=texts.percent(score.training.positive_weight / score.training.weight),
        )
    return texts(
        "recalibration.data" if found.data else "recalibration.unnamed",
        how=texts(f"recalibration.{found.method}"),
        data=clean(found.data),
        rows=texts.count(found.rows),
        positives=texts.count(found.positives),
    )


def _proof(certificate: Certificate | None, texts: Texts) -> str:
    proof = _ended(certificate, texts)
    if certificate is None or certificate.teacher_share == 0 or certificate.outcome_loss is None:
        return proof
    labels = texts(
        "certificate.mixed",
        share=texts.percent(certificate.teacher_share),
        loss=texts.fixed(certificate.outcome_loss, 6),
    )
    return f"{proof} {labels}"


def _ended(certificate: Certificate | None, texts: Texts) -> str:
    if certificate is None:
        return texts("certificate.none")
    status = texts.phrases.get(f"status.{certificate.ended}", certificate.ended)
    objective = texts.fixed(certificate.objective, 6)
    if certificate.lower_bound is None or certificate.absolute_gap is None:
        return texts("certificate.no_bound", status=status, objective=objective)
    bound = texts.fixed(certificate.lower_bound, 6)
    gap = texts.number(certificate.absolute_gap, 2)
    if certificate.is_optimal:
        return texts("certificate.optimal", objective=objective, bound=bound, gap=gap)
    if certificate.relative_gap is not None:
        gap = texts.percent(certificate.relative_gap)
    return texts("certificate.limit", status=status, objective=objective, bound=bound, gap=gap)
