"""The rows that a card shows of a risk score's table, and numbers as people write them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from riskslim.exporters.columns import clean
from riskslim.exporters.total_bands import bands_of_totals
from riskslim.languages import Texts, language
from riskslim.scores.intervals import ENOUGH_PEOPLE, places_of
from riskslim.scores.risk import RiskScore
from riskslim.scores.tiers import Tier, tier_of
from riskslim.scores.totals import ScoreRow

__all__ = [
    "ROWS_OF_ONE_COLUMN",
    "CardRow",
    "bands_of_risks",
    "parts_of_tiers",
    "places_in",
    "risk_rows",
    "tier_head",
    "totals_in_words",
]

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
    members : tuple of ScoreRow
        The rows of the score's table that it is, by ascending total.
    height : float
        From 0 to 1, for a bar: the risk in the middle of it, or the observed share of positives.
    places : int
        Decimal places of its percentages.
    tier : str
        Name and advice of the tier that begins with the row; empty where none does.
    """

    total: str
    result: str
    members: tuple[ScoreRow, ...]
    height: float
    places: int = 1
    tier: str = ""

    @property
    def low(self) -> float | None:
        """The first total, or where a band begins; None for an open end."""
        return self.members[0].low

    @property
    def high(self) -> float | None:
        """The last total, or where a band ends; None for an open end."""
        return self.members[-1].high

    @property
    def weight(self) -> float:
        """Weight of the training rows in it."""
        return sum(row.weight for row in self.members)

    @property
    def positive_weight(self) -> float:
        """Weight of the positive ones among them."""
        return sum(row.positive_weight for row in self.members)

    @property
    def is_half_open(self) -> bool:
        """Whether the row is a band of real totals, without one of its ends."""
        return not self.members[0].is_single and None not in (self.low, self.high)


def risk_rows(
    score: RiskScore, texts: Texts | None = None, min_people: int = ENOUGH_PEOPLE
) -> list[CardRow]:
    """Rows of the table as a card shows them.

    Where the table counts people, totals are joined to bands of enough of them, and the risks have
    no more digits than these bear. Else a long table is folded at its ends; one that stays too
    long for one column is meant for several; one that is too long for those has neighbours joined.

    Parameters
    ----------
    score : RiskScore
        The score.
    texts : Texts, optional
        The language; English by default.
    min_people : int
        In each row; 0 shows every total.

    Returns
    -------
    list of CardRow
        By ascending total. Their weights sum to those of the table.
    """
    texts = texts or language("en")
    one = score.weight_of_one if min_people > 0 else 0.0
    rows = []
    for tier, part in _by_tier(score, groups_of_risks(score, min_people)):
        row = _row(score, part, texts, places_in(part, one))
        rows.append(row if tier is None else replace(row, tier=tier_head(tier)))
    return rows


def places_in(group: Sequence[ScoreRow], one: float) -> int:
    """Give the decimal places of percentages that the people with some totals bear.

    Parameters
    ----------
    group : sequence of ScoreRow
        Rows of a score's table.
    one : float
        Weight of one person; 0 where nobody is counted, and there is one place.
    """
    if not one:
        return 1
    positive, people = (sum(getattr(row, name) for row in group) / one
                        for name in ("positive_weight", "weight"))  # fmt: skip
    return places_of(positive, people)


def groups_of_risks(score: RiskScore, min_people: int) -> list[Sequence[ScoreRow]]:
    """Give the rows of a score's table that are one row of a card; see `risk_rows`."""
    bands = bands_of_risks(score, min_people)
    if bands is not None:
        return bands
    table = score.table
    if not score.has_every_total:
        return [[row] for row in table]
    folded = _fold(score, ROWS_OF_ONE_COLUMN) or _fold(score, _ROWS_OF_MANY_COLUMNS)
    if folded:
        return folded
    step = -(-len(table) // _ROWS_OF_MANY_COLUMNS)
    return [table[index : index + step] for index in range(0, len(table), step)]


def bands_of_risks(score: RiskScore, min_people: int) -> list[Sequence[ScoreRow]] | None:
    """Join the rows of a score's table until each has enough people; see `bands_of_totals`."""
    least = min_people * score.weight_of_one
    if not least:
        return None
    heights = [_height(score, row.low, row.high) for row in score.table]
    return bands_of_totals(score.table, heights, parts_of_tiers(score, score.table), least)


def parts_of_tiers(score: RiskScore, table: Sequence[_Totals]) -> list[int]:
    """Give the place of each row's tier; 0 where there are none, or rows are bands already."""
    tiers = [
        tier_of(score.tiers, row.low) if row.low is not None and row.low == row.high else None
        for row in table
    ]
    return [0 if tier is None else score.tiers.index(tier) for tier in tiers]


def _height(score: RiskScore, low: float | None, high: float | None) -> float:
    """Give the risk in the middle of totals."""
    ends = [score.risk(end) for end in (low, high) if end is not None]
    return sum(ends) / len(ends)


def _by_tier(
    score: RiskScore, groups: Sequence[Sequence[ScoreRow]]
) -> Iterator[tuple[Tier | None, Sequence[ScoreRow]]]:
    """Part joined totals where a tier begins, and give that tier with the first of its totals."""
    before: Tier | None = None
    for group in groups:
        if not group[0].is_single:
            yield None, group
            continue
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


class _Totals(Protocol):
    """A total, or a band of totals."""

    @property
    def low(self) -> float | None: ...

    @property
    def high(self) -> float | None: ...


def totals_in_words(
    group: Sequence[_Totals], table: Sequence[_Totals], texts: Texts, *, holds_low: bool = True
) -> str:
    """Name consecutive rows of a table of totals.

    Parameters
    ----------
    group, table : sequence of rows
        By ascending total, the group a part of the table.
    texts : Texts
        The language.
    holds_low : bool
        Whether a band of real totals holds its lower end rather than its upper one.
    """
    low, high = group[0].low, group[-1].high
    is_single = group[0].low == group[0].high
    if low is not None and low == high:
        return texts.number(low)
    if low is None:
        key = "rows.below" if holds_low else "rows.or_less"
        return texts(key, total=texts.number(high or 0))
    if high is None:
        return texts("rows.or_more" if holds_low else "rows.above", total=texts.number(low))
    if is_single and group[0] is table[0]:
        return texts("rows.or_less", total=texts.number(high))
    if is_single and group[-1] is table[-1]:
        return texts("rows.or_more", total=texts.number(low))
    return texts("rows.between", low=texts.number(low), high=texts.number(high))


def _row(score: RiskScore, group: Sequence[ScoreRow], texts: Texts, places: int) -> CardRow:
    """Show consecutive rows of the table as one."""
    low, high = group[0].low, group[-1].high
    if low is None:
        sign = "<" if score.formula else "<="
        risk = _bounded(sign, texts.percent(score.risk(high or 0), places))
    elif high is None:
        risk = _bounded(">=", texts.percent(score.risk(low), places))
    else:
        risk = texts.percents(score.risk(low), score.risk(high), places)
    total = totals_in_words(group, score.table, texts)
    return CardRow(total, risk, tuple(group), _height(score, low, high), places)


def _bounded(sign: str, risk: str) -> str:
    return risk if risk.startswith(("<", ">")) else f"{sign} {risk}"
