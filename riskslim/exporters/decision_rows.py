"""The rows that a card shows of a decision score's table, and its rule in words."""

from __future__ import annotations

from collections.abc import Sequence

from riskslim.exporters.columns import clean
from riskslim.exporters.risk_rows import ROWS_OF_ONE_COLUMN, CardRow
from riskslim.languages import Texts
from riskslim.scores.decision import DecisionScore
from riskslim.scores.totals import ScoreRow

__all__ = ["answers", "decision_rows", "decision_rule"]

_PLAIN_LABELS = ((0, 1), (-1, 1), (False, True))


def answers(score: DecisionScore, texts: Texts) -> tuple[str, str]:
    """Give the words for no and yes: the labels, where these say more."""
    if score.labels in _PLAIN_LABELS:
        return texts("decision.no"), texts("decision.yes")
    negative, positive = score.labels
    return clean(str(negative)), clean(str(positive))


def decision_rule(score: DecisionScore, texts: Texts) -> str:
    """State the rule: yes if the total exceeds the threshold, or if enough items hold."""
    sentence = _rule(score, texts)
    return sentence[:1].upper() + sentence[1:] if score.labels in _PLAIN_LABELS else sentence


def _rule(score: DecisionScore, texts: Texts) -> str:
    no, yes = answers(score, texts)
    reachable = [row.high for row in score.table if row.is_single and row.high is not None]
    if not any(map(score.says_yes, score.table)):
        return texts("decision.always", answer=no)
    if all(map(score.says_yes, score.table)):
        return texts("decision.always", answer=yes)
    if score.is_checklist:
        least = min(int(total) for total in reachable if total > score.threshold)
        return texts("checklist.rule", yes=yes, no=no, least=least, count=score.size)
    return texts("decision.rule", yes=yes, no=no, threshold=texts.number(score.threshold))


def decision_rows(score: DecisionScore, texts: Texts) -> list[CardRow]:
    """Rows of the table as a card shows them.

    The ends of a long table are folded, so that the totals around the threshold remain.

    Parameters
    ----------
    score : DecisionScore
        The score.
    texts : Texts
        The language.

    Returns
    -------
    list of CardRow
        By ascending total. Their weights sum to those of the table, and none holds both
        decisions.
    """
    return [_row(score, group, texts) for group in _groups(score)]


def _groups(score: DecisionScore) -> list[Sequence[ScoreRow]]:
    table = score.table
    if not score.has_every_total or len(table) <= ROWS_OF_ONE_COLUMN:
        return [[row] for row in table]
    # So many rows, half of them on either side of the threshold where there are as many.
    middle = sum(not score.says_yes(row) for row in table)
    room = ROWS_OF_ONE_COLUMN - 2
    low = min(max(middle - room // 2, 0), len(table) - room)
    groups = [table[:low], *([row] for row in table[low : low + room]), table[low + room :]]
    return [group for group in groups if group]


def _row(score: DecisionScore, group: Sequence[ScoreRow], texts: Texts) -> CardRow:
    low, high = group[0].low, group[-1].high
    weight = sum(row.weight for row in group)
    positive = sum(row.positive_weight for row in group)
    is_band = not group[0].is_single
    if low is not None and low == high:
        total = texts.number(low)
    elif low is None or (group[0] is score.table[0] and not is_band):
        total = texts("rows.or_less", total=texts.number(high or 0))
    elif high is None:
        total = texts("rows.above", total=texts.number(low))
    elif group[-1] is score.table[-1] and not is_band:
        total = texts("rows.or_more", total=texts.number(low))
    else:
        total = texts("rows.between", low=texts.number(low), high=texts.number(high))
    return CardRow(
        total=total,
        result=answers(score, texts)[score.says_yes(group[-1])],
        weight=weight,
        positive_weight=positive,
        height=positive / weight if weight else 0.0,
        is_half_open=is_band and low is not None and high is not None,
    )
