"""The rows that a card shows of a risk score's table, and numbers as people write them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from riskslim.exporters.columns import clean
from riskslim.languages import Texts, language
from riskslim.scores.risk import RiskScore
from riskslim.scores.tiers import Tier, tier_of
from riskslim.scores.totals import ScoreRow

__all__ = ["ROWS_OF_ONE_COLUMN", "CardRow", "risk_rows", "tier_head"]

# At a glance; and what fits a card in several columns.
ROWS_OF_ONE_COLUMN = 20
_ROWS_OF_MANY_COLUMNS = 80

# The ends of a table are folded into "... or less" and "... or more" where their risks
# are within these of 0 or 1, tried in order until the table is short. At the first, the
# risks of an end are the same in the digits shown.
_TAILS = (0.001, 0.005, 0.01)


@dataclass(frozen=True)
class CardRow:
    """One row as text.

    Attributes
    ----------
    total, result : str
        A number, a band or an open end, and what it means: a risk, or a decision.
    weight, positive_weight : float
        Of the training rows in it.
    height : float
        From 0 to 1, for a bar: the risk in the middle of it, or the observed share of positives.
    is_half_open : bool
        Whether the row is a band of real totals, without its upper end.
    tier : str
        Name and advice of the tier that begins with the row; empty where none does.
    """

    total: str
    result: str
    weight: float
    positive_weight: float
    height: float
    is_half_open: bool
    tier: str = ""


def risk_rows(score: RiskScore, texts: Texts | None = None) -> list[CardRow]:
    """Rows of the table as a card shows them.

    A long table is folded at its ends. One that stays too long for one column is
    meant for several; one that is too long for those has neighbours joined.

    Parameters
    ----------
    score : RiskScore
        The score.
    texts : Texts, optional
        The language; English by default.

    Returns
    -------
    list of CardRow
        By ascending total. Their weights sum to those of the table.
    """
    texts = texts or language("en")
    if not score.has_every_total:
        return [_band(score, row, texts) for row in score.table]
    groups = _fold(score, ROWS_OF_ONE_COLUMN) or _fold(score, _ROWS_OF_MANY_COLUMNS)
    if not groups:
        step = -(-len(score.table) // _ROWS_OF_MANY_COLUMNS)
        groups = [score.table[index : index + step] for index in range(0, len(score.table), step)]
    rows = []
    for tier, part in _by_tier(score, groups):
        row = _row(score, part, texts)
        rows.append(row if tier is None else replace(row, tier=tier_head(tier)))
    return rows


def _by_tier(
    score: RiskScore, groups: Sequence[Sequence[ScoreRow]]
) -> Iterator[tuple[Tier | None, Sequence[ScoreRow]]]:
    """Part joined totals where a tier begins, and give that tier with the first of its totals."""
    before: Tier | None = None
    for group in groups:
        for tier, part in itertools.groupby(group, lambda row: tier_of(score.tiers, row.low or 0)):
            yield (None if tier is before else tier), list(part)
            before = tier


def tier_head(tier: Tier) -> str:
    """Name a tier, with what to do."""
    name, advice = clean(tier.name), clean(tier.advice)
    return f"{name}: {advice}" if advice else name


def _fold(score: RiskScore, most: int) -> list[Sequence[ScoreRow]] | None:
    """Fold the ends, by as little as gives at most so many rows; None where it does not."""
    table = score.table
    risks = [score.risk(row.low or 0) for row in table]
    for tail in _TAILS:
        low = sum(risk < tail for risk in risks)
        high = sum(risk > 1 - tail for risk in risks)
        middle = table[low : len(table) - high]
        groups: list[Sequence[ScoreRow]] = [
            table[:low],
            *([row] for row in middle),
            table[len(table) - high :],
        ]
        groups = [group for group in groups if group]
        if len(groups) <= most:
            return groups
    return None


def _row(score: RiskScore, group: Sequence[ScoreRow], texts: Texts) -> CardRow:
    """Show consecutive totals as one row."""
    low, high = float(group[0].low or 0), float(group[-1].low or 0)
    risk_low, risk_high = score.risk(low), score.risk(high)
    if low == high:
        total, risk = texts.number(low), texts.percent(risk_low)
    elif group[0] is score.table[0]:
        total, risk = texts("rows.or_less", total=texts.number(high)), _at_most(risk_high, texts)
    elif group[-1] is score.table[-1]:
        total, risk = texts("rows.or_more", total=texts.number(low)), _at_least(risk_low, texts)
    else:
        total = texts("rows.between", low=texts.number(low), high=texts.number(high))
        risk = _between(risk_low, risk_high, texts)
    return CardRow(
        total=total,
        result=risk,
        weight=sum(row.weight for row in group),
        positive_weight=sum(row.positive_weight for row in group),
        height=(risk_low + risk_high) / 2,
        is_half_open=False,
    )


def _band(score: RiskScore, row: ScoreRow, texts: Texts) -> CardRow:
    """Show a band of real totals."""
    risk_low = 0.0 if row.low is None else score.risk(row.low)
    risk_high = 1.0 if row.high is None else score.risk(row.high)
    if row.low is None:
        total = texts("rows.below", total=texts.number(row.high or 0))
        risk = f"< {texts.percent(risk_high)}" if score.formula else _at_most(risk_high, texts)
        height = risk_high
    elif row.high is None:
        total = texts("rows.or_more", total=texts.number(row.low))
        risk, height = _at_least(risk_low, texts), risk_low
    else:
        total = texts("rows.between", low=texts.number(row.low), high=texts.number(row.high))
        risk, height = _between(risk_low, risk_high, texts), (risk_low + risk_high) / 2
    closed = row.low is None or row.high is None
    return CardRow(total, risk, row.weight, row.positive_weight, height, not closed)


def _between(low: float, high: float, texts: Texts) -> str:
    first = texts.percent(low).removesuffix(texts.phrases["numbers.percent"])
    return texts("rows.risks", low=first, high=texts.percent(high))


def _at_most(risk: float, texts: Texts) -> str:
    shown = texts.percent(risk)
    return shown if shown.startswith(("<", ">")) else f"<= {shown}"


def _at_least(risk: float, texts: Texts) -> str:
    shown = texts.percent(risk)
    return shown if shown.startswith(("<", ">")) else f">= {shown}"
