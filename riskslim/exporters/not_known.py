"""What a card says of what is not known: as the score was learned, so it is read.

What nobody knows is an empty cell, a word or code for one, or a category that the score never
met. Each variable has one way with it, learned from the table: an answer with points of its own,
something that is filled in, or a refusal. People who hold the card may instead count from the
fewest points to the most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from riskslim.exporters.card_items import Group
from riskslim.exporters.columns import clean
from riskslim.features.variables import Levels, Variable
from riskslim.languages import Texts
from riskslim.scores.point_score import PointScore

_DIGITS = 4  # at least, of what is filled in, for people; programs fill in the number itself

__all__ = ["missing_data", "missing_input", "unknown_note"]


def unknown_note(score: PointScore, groups: Sequence[Group], texts: Texts) -> str:
    """Say how to count what is not known.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    groups : sequence of Group
        The lines of its card; bands of what is not known say themselves what they add.
    texts : Texts
        The language.

    Returns
    -------
    str
        Sentences; empty where no item has points, or each says it itself.
    """
    if not score.size:
        return ""
    variables = _variables(score)
    answers = {v.features[-1]: v for v in variables if v.blanks == "feature"}
    printed = {
        name
        for group in groups
        if group.choice is not None and group.short is None
        for name in (group.choice.unknown,)
    }
    silent = [v for name, v in answers.items() if name not in printed and name not in score.points]
    others = len(score.items) - len(answers)
    section = "checklist" if score.is_checklist else "card"
    said = []
    if silent:
        said.append(texts("unknown.nothing", names=_names(silent)))
    if others > 0:
        said.append(texts(f"{section}.unknown_else" if answers else f"{section}.unknown"))
    lines = [] if score.is_checklist else _of_several_lines(score, groups)
    if lines:
        ends = (
            texts("unknown.line", name=name, low=_signed(low), high=_signed(high))
            for name, (low, high) in lines
        )
        said.append(texts("unknown.lines", ranges="; ".join(ends)))
    filled = [v for v in variables if v.blanks == "impute"]
    if filled:
        said.append(texts("unknown.filled", values=_filled(filled, texts)))
    return " ".join(said)


def _of_several_lines(
    score: PointScore, groups: Sequence[Group]
) -> list[tuple[str, tuple[float, float]]]:
    """Give the variables whose cuts or levels are lines of their own, and what they can add.

    Only some of their lines can hold together: the fewest and the most of each do not add up.
    """
    alone = {item.feature.name for group in groups for item in group.items if item.feature}
    return [
        (clean(item.name), item.ends)
        for item in score.items
        if len(item.features) > 1
        and alone.issuperset(feature.name for feature in item.features)
        and all(band.kind != "unknown" for band in item.bands)
    ]


def _signed(points: float) -> str:
    return f"{points:+g}" if points else "0"


def missing_data(score: PointScore, texts: Texts) -> str:
    """Say what was done with missing data, as reports ask; empty where the score does not know."""
    variables = _variables(score)
    if not variables:
        return ""
    ways = {
        way: [v for v in variables if v.blanks == way] for way in ("feature", "impute", "refuse")
    }
    said = [texts("unknown.is")]
    codes = [v for v in variables if v.missing]
    if codes:
        values = _listed(f"{v.label} {'/'.join(v.missing)}" for v in codes)
        said.append(texts("unknown.codes", values=values))
    if ways["feature"]:
        said.append(texts("unknown.answer", names=_names(ways["feature"])))
    if ways["impute"]:
        said.append(texts("unknown.imputed", values=_filled(ways["impute"], texts)))
    if ways["refuse"]:
        said.append(texts("unknown.refused", names=_names(ways["refuse"])))
    levels = [v for v in variables if isinstance(v, Levels)]
    if levels:
        said.append(texts("unknown.new"))
        others = [v for v in levels if v.other]
        if others:
            said.append(texts("unknown.new_other", names=_names(others)))
    return " ".join(said)


def missing_input(score: PointScore, texts: Texts) -> str:
    """Say what to do where something is not known of a person."""
    is_raw = bool(_variables(score))
    return texts("report.answer_unknown_raw" if is_raw else "report.answer_unknown")


def _variables(score: PointScore) -> tuple[Variable, ...]:
    """Give the variables of a raw table that have points."""
    return () if score.binning is None else score.binning.part(score.points).variables


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(map(clean, parts))


def _names(variables: Sequence[Variable]) -> str:
    return _listed(variable.label for variable in variables)


def _filled(variables: Sequence[Variable], texts: Texts) -> str:
    return _listed(f"{variable.label} {_fill(variable, texts)}" for variable in variables)


def _fill(variable: Variable, texts: Texts) -> str:
    """Write what a variable is filled in with: a number, a category, yes or no."""
    if variable.is_yes_no:
        return texts("bands.yes" if float(variable.fill) else "bands.no")
    if not _is_real(variable):
        return variable.filled
    value = float(variable.fill)
    return texts.number(value, max(_DIGITS, len(f"{abs(value):.0f}")))


def _is_real(variable: Variable) -> bool:
    return isinstance(variable.fill, float)
