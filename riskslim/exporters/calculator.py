"""The score as a calculator: one page that needs no network, for phones and desktops."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from markupsafe import Markup

from riskslim.exporters.card import Card
from riskslim.exporters.card_items import BOX, Group
from riskslim.exporters.changes import BandChanges, target_in_words
from riskslim.exporters.code import script_literal
from riskslim.exporters.columns import clean
from riskslim.exporters.decision_rows import answers
from riskslim.exporters.kinds import ByKind
from riskslim.exporters.page import environment, style, style_hash
from riskslim.exporters.terms import code_numbers
from riskslim.features.plausible import plausible_range
from riskslim.scores.decision import DecisionScore
from riskslim.scores.items import Feature
from riskslim.scores.items import Item as ScoreItem
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore

__all__ = ["asked_items", "calculator"]

# More bands of a variable are a list that opens.
_MOST_RADIOS = 8


def calculator(card: Card, changes: BandChanges | None = None) -> str:
    """Write a page with a choice for each item, the total and what it means.

    A variable with bands is a choice of one, and of a measurement the number can be typed in.
    Features that stand alone are a yes or no, or a field. Nothing is answered beforehand, and
    there is no total until each item is answered or said to be unknown. Where the cuts of a
    measurement or the levels of a category are a list, an answer takes those along that it
    implies. Numbers that cannot be are refused, those outside of the training data remarked on.

    Parameters
    ----------
    card : Card
        What to show.
    changes : BandChanges, optional
        What people can change: the page then says what would change the result.

    Returns
    -------
    str
        A content security policy allows the page's own style and script, named by their
        hashes, and nothing else. Texts reach the script as data, never as markup.
    """
    folder = resources.files("riskslim.exporters") / "templates"
    sheet = style() + (folder / "calculator.css").read_text(encoding="utf-8")
    program = (folder / "calculator.js").read_text(encoding="utf-8")
    script = program.replace("MODEL", script_literal(_model(card, changes)), 1)
    page = environment().get_template("calculator.html.j2")
    return page.render(
        card=card,
        lead=_lead(card),
        box=BOX,
        numbers=_numbers(card),
        caution=card.texts(f"calculator.caution{_given(card.score)}"),
        known=_never_unknown(card),
        most_radios=_MOST_RADIOS,
        changes=changes,
        # Files of this package, and a literal without angle brackets.
        style=Markup(sheet),
        script=Markup(script),
        style_hash=style_hash(sheet),
        script_hash=style_hash(script),
    )


def asked_items(card: Card) -> set[str]:
    """Give the items that are asked for as a whole, by their first features."""
    choices = {group.choice.features[0].name for group in card.groups if group.choice is not None}
    banded = {one.features[0].name for one in card.score.items if one.bands}
    return choices | (set(_numbers(card)) - banded)


def _lead(card: Card) -> str:
    if not card.groups:
        return card.instruction
    return card.texts(f"calculator.{_computed(card.score, card).lead}")


def _given(score: PointScore) -> str:
    """End the phrases about where a score comes from: it was learned, or given."""
    return "" if score.is_learned else "_given"


def _numbers(card: Card) -> dict[str, int]:
    """Give each item a number, in the order of the data, by its first feature."""
    first = {group.choice.features[0].name for group in card.groups if group.choice is not None} | {
        item.feature.name for group in card.groups for item in group.items if item.feature
    }
    names = [name for name in card.score.points if name in first]
    return {name: number for number, name in enumerate(names)}


def _never_unknown(card: Card) -> set[int]:
    """Give the items that have points for those of whom they are not known."""
    numbers = _numbers(card)
    return {
        numbers[group.choice.features[0].name]
        for group in card.groups
        if group.choice is not None and any(one.kind == "unknown" for one in group.choice.bands)
    }


def _model(card: Card, changes: BandChanges | None) -> dict[str, object]:
    """Give what the script computes with."""
    score, say = card.score, card.texts
    # Whose people the table counts.
    changed = score.recalibration
    people = "_new" if changed is not None and changed.has_other_people else ""
    texts = (
        "above",
        "open",
        "code",
        "beyond_seen",
        "beyond_limits",
        "beyond_least",
        "outside_seen",
        "nothing",
        "range",
        "between",
        "this_total",
        "these_totals",
        f"observed{people}",
        f"nobody{people}",
        f"outside{people}",
    )
    items = dict(pair for group in card.groups for pair in _items(group))
    return {
        **_computed(score, card).constants,
        "fixed": sum(item.fixed for group in card.groups for item in group.items),
        "items": [items[name] for name in _numbers(card)],
        "ties": list(_ties(card)),
        "tiers": [
            [tier.low, f"{clean(tier.name)}. {clean(tier.advice)}".rstrip()]
            for tier in getattr(card.score, "tiers", ())
        ],
        "table": [
            [row.low, row.high, row.weight, row.positive_weight, row.places, row.total]
            for row in card.rows
        ],
        "listed": score.has_every_total,
        "counted": score.counts_people and any(row.weight for row in score.table),
        "decimal": say.decimal,
        "percent": say.phrases["numbers.percent"],
        "changes": None if changes is None else _changes(card, changes),
        "texts": {key.removesuffix("_new"): say.phrases[f"calculator.{key}"] for key in texts},
    }


def _changes(card: Card, changes: BandChanges) -> dict[str, object]:
    """Give what can change by the number of each item, and what is to be reached."""
    say, score = card.texts, card.score
    wanted = changes.wanted
    target = target_in_words(say, changes.target_risk, wanted, score.labels[wanted == "high"])
    numbers = _numbers(card)
    return {
        "risk": changes.target_risk,
        "wanted": wanted,
        "items": {
            numbers[name]: {"allowed": one.allowed, "ends": one.ends, "most": one.most}
            for name, one in changes.items.items()
        },
        "texts": {
            key: say(
                f"calculator.change_{key}",
                target=target,
                low="{low}",
                high="{high}",
                items="{items}",
            )
            for key in ("reached", "ways", "none", "open", "number")
        },
        "states": [say("bands.no"), say("bands.yes")],
    }


def _items(group: Group) -> Iterator[tuple[str, dict[str, object]]]:
    """Give the items of a group by their first features."""
    if group.choice is None:
        for item in group.items:
            if item.feature is not None:
                yield item.feature.name, _alone(item.feature, group.full_label(item))
        return
    pairs = zip(group.items, group.choice.bands, strict=True)
    kinds = [band.kind for band in group.choice.bands]
    yield (
        group.choice.features[0].name,
        {
            "label": group.title,
            "bands": [[item.label, band.points] for item, band in pairs],
            "cuts": group.choice.boundaries,
            "unknown": kinds.index("unknown") if "unknown" in kinds else None,
            "codes": code_numbers(group.choice.codes),
            "special": group.choice.special,
            "range": group.choice.ends,
            **_numbers_of(
                group.choice.seen, group.choice.plausible, is_limited=group.choice.is_limited
            ),
        },
    )


def _alone(feature: Feature, label: str) -> dict[str, object]:
    """Give a feature that stands alone: its points times a value."""
    seen = () if feature.is_binary else (feature.minimum, feature.maximum)
    return {
        "label": label,
        "points": feature.points,
        "unknown": None,
        "codes": [],
        "special": [],
        "range": ScoreItem(feature.name, (feature,)).ends,
        **_numbers_of(seen, plausible_range(*seen) if seen else ()),
    }


def _numbers_of(
    seen: tuple[float, ...], plausible: tuple[float, ...], *, is_limited: bool = False
) -> dict[str, object]:
    """Give what is known of the numbers of an item; an open end is null."""
    ends = [end if math.isfinite(end) else None for end in plausible]
    return {"seen": seen or None, "plausible": ends or None, "limited": is_limited}


def _ties(card: Card) -> Iterator[dict[str, object]]:
    """Give the check boxes that cannot all be ticked together, and how they can be."""
    numbers = _numbers(card)
    boxes = {item.feature.name for group in card.groups for item in group.items if item.feature}
    for item in card.score.items:
        names = [feature.name for feature in item.features]
        if item.bands and boxes.issuperset(names):
            answers = [[int(name in band.holds) for name in names] for band in item.bands]
            yield {"items": [numbers[name] for name in names], "answers": answers}


@dataclass(frozen=True)
class _Computed:
    """What the page says of a kind of score above the items, and what it computes with."""

    lead: str
    constants: dict[str, object]


_computed: ByKind[_Computed] = ByKind("as a calculator")
"""Give what the page says of a kind of score, and what it computes with."""


@_computed.register
def _(score: DecisionScore, card: Card) -> _Computed:
    constants = {"cutoff": score.cutoff, "answers": answers(score, card.texts)}
    return _Computed(f"decision_lead{_given(score)}", constants)


@_computed.register
def _(score: RiskScore, card: Card) -> _Computed:  # noqa: ARG001
    changed = score.recalibration
    is_new = changed is not None and changed.has_other_people and changed.method != "published"
    lead = "lead_new" if is_new else f"lead{_given(score)}"
    if score.formula is None:
        return _Computed(lead, {"steps": changed and [changed.edges, changed.risks]})
    intercept, multiplier = score.formula
    return _Computed(lead, {"intercept": intercept, "multiplier": multiplier})
