"""The score as a calculator: one page that needs no network, for phones and desktops."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from markupsafe import Markup

from riskslim.exporters.card import BOX, Card
from riskslim.exporters.code import script_literal
from riskslim.exporters.decision_rows import answers
from riskslim.exporters.kinds import ByKind
from riskslim.exporters.page import environment, style, style_hash
from riskslim.scores.decision import DecisionScore
from riskslim.scores.risk import RiskScore

__all__ = ["calculator"]


def calculator(card: Card) -> str:
    """Write a page with a check box or a field for each item, the total and what it means.

    Parameters
    ----------
    card : Card
        What to show.

    Returns
    -------
    str
        A content security policy allows the page's own style and script, named by their
        hashes, and nothing else. Texts reach the script as data, never as markup.
    """
    folder = resources.files("riskslim.exporters") / "templates"
    sheet = style() + (folder / "calculator.css").read_text(encoding="utf-8")
    program = (folder / "calculator.js").read_text(encoding="utf-8")
    script = program.replace("MODEL", script_literal(_model(card)), 1)
    used = card.score.used_features
    page = environment().get_template("calculator.html.j2")
    return page.render(
        card=card,
        lead=_lead(card),
        box=BOX,
        numbers={feature.name: index for index, feature in enumerate(used)},
        value_text=lambda value: f"{value + 0.0:.15g}",
        # Files of this package, and a literal without angle brackets.
        style=Markup(sheet),
        script=Markup(script),
        style_hash=style_hash(sheet),
        script_hash=style_hash(script),
    )


def _lead(card: Card) -> str:
    if not card.groups:
        return card.instruction
    return card.texts(f"calculator.{_computed(card.score, card).lead}")


def _model(card: Card) -> dict[str, object]:
    """Give what the script computes with."""
    score, say = card.score, card.texts
    labels = {
        item.feature.name: f"{group.title} {item.label}" if group.title else item.label
        for group in card.groups
        for item in group.items
    }
    # Whose people the table counts.
    people = "_new" if score.recalibration else ""
    texts = ("missing", "nothing", f"observed{people}", f"nobody{people}", f"outside{people}")
    return {
        **_computed(score, card).constants,
        "items": [
            {"points": feature.points, "label": labels[feature.name]}
            for feature in score.used_features
        ],
        "table": [[row.low, row.high, row.weight, row.positive_weight] for row in score.table],
        "weighted": not score.counts_people,
        "decimal": say.decimal,
        "percent": say.phrases["numbers.percent"],
        "texts": {key.removesuffix("_new"): say.phrases[f"calculator.{key}"] for key in texts},
    }


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
    return _Computed("decision_lead", constants)


@_computed.register
def _(score: RiskScore, card: Card) -> _Computed:  # noqa: ARG001
    changed = score.recalibration
    lead = "lead" if changed is None else "lead_new"
    if score.formula is None:
        return _Computed(lead, {"steps": changed and [changed.edges, changed.risks]})
    intercept, multiplier = score.formula
    return _Computed(lead, {"intercept": intercept, "multiplier": multiplier})
