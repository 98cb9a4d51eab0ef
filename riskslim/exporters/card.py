"""What every printed form of a score shows, worked out once.

Totals are sums of the features' points alone; the intercept is in the risks, so
that nobody has to remember to add it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from riskslim.errors import OptionError
from riskslim.exporters.card_items import Group, card_groups, check_cards
from riskslim.exporters.columns import clean
from riskslim.exporters.meaning import Meaning, meaning_of, total_key
from riskslim.exporters.not_known import unknown_note
from riskslim.exporters.risk_rows import CardRow
from riskslim.exporters.tiers import tier_lines
from riskslim.exporters.years import years_note
from riskslim.languages import Texts
from riskslim.languages.rules import rule_in
from riskslim.printable import printable
from riskslim.scores.intervals import ENOUGH_PEOPLE, wilson
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
    seen, seen_note : str
        Head of the column of what was observed, and a sentence of what that is; may be empty.
    is_joined : bool
        Whether rows are totals that were joined until there were enough people.
    observed : tuple of str
        For each row, the share of positives in the training data, with its interval where people
        are counted.
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
    seen: str = ""
    seen_note: str = ""
    is_joined: bool = False

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
    def questions(self) -> int:
        """What a person is asked: each variable once, and every other line."""
        return sum(1 if group.choice else len(group.items) for group in self.printed)

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
                self.seen_note,
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


def make_card(
    score: PointScore, texts: Texts, cards: str = "bands", min_people: int = ENOUGH_PEOPLE
) -> Card:
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
    min_people : int
        Totals are joined to bands of at least so many of the people that the score counts; 0 shows
        every total.

    Returns
    -------
    Card
        Names are cleaned to one line each, but not escaped: each format has its own way.
    """
    check_cards(cards)
    if min_people < 0:
        raise OptionError(f"min_people={min_people}: give a number of people, or 0 for every total")
    says = meaning_of(score, texts, min_people)
    counts = score.counts_people
    counted = score.is_checklist
    is_seen = any(row.weight for row in says.rows)
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
        observed=tuple(
            _observed(row, texts, counts=counts) if is_seen else "" for row in says.rows
        ),
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
        seen=texts("card.observed_interval" if counts else "card.observed") if is_seen else "",
        is_joined=says.is_joined,
        seen_note=_seen_note(score, says, min_people, texts) if is_seen else "",
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
    """Share of positives in the training data, its interval, and of how many rows."""
    if row.weight == 0:
        return texts("card.no_rows")
    share = row.positive_weight / row.weight
    shown = texts.percent(share, row.places)
    if not counts:
        return shown
    return texts(
        "card.share_of",
        share=shown,
        ends=texts.percents(*wilson(share, row.weight), row.places),
        count=round(row.weight),
    )


def _seen_note(score: PointScore, says: Meaning, min_people: int, texts: Texts) -> str:
    """Say of whom shares were observed, what their intervals are, and why totals are joined."""
    changed = score.recalibration if isinstance(score, RiskScore) else None
    is_new = changed is not None and changed.has_other_people
    notes = []
    if score.counts_people:
        notes.append(texts("card.observed_note_new" if is_new else "card.observed_note"))
    if says.is_joined:
        key = "card.joined" if score.counts_people else "card.joined_weighted"
        notes.append(texts(key, count=min_people))
    return " ".join(notes)


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
        "certificate.mixed" if certificate.teacher_share < 1 else "certificate.taught",
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
    relative, key = certificate.relative_gap, "certificate.limit"
    if relative is not None:
        gap = texts.percent(relative)
        if not math.isclose(relative * certificate.objective, certificate.absolute_gap):
            key = "certificate.limit_above_entropy"
    return texts(key, status=status, objective=objective, bound=bound, gap=gap)
