"""The rows that a card shows of a decision score's table, and its rule in words."""

from __future__ import annotations

from collections.abc import Sequence

from riskslim.data.outcome_words import is_yes_no
from riskslim.exporters.columns import clean
from riskslim.exporters.risk_rows import ROWS_OF_ONE_COLUMN, CardRow, places_in, totals_in_words
from riskslim.exporters.total_bands import bands_of_totals
from riskslim.languages import Texts
from riskslim.scores.decision import DecisionScore
from riskslim.scores.intervals import ENOUGH_PEOPLE
from riskslim.scores.totals import ScoreRow

__all__ = ["answers", "bands_of_decisions", "decision_rows", "decision_rule"]


def answers(score: DecisionScore, texts: Texts) -> tuple[str, str]:
    """Give the words for no and yes: the labels, where these say more."""
    if is_yes_no(score.labels):
        return texts("decision.no"), texts("decision.yes")
    negative, positive = score.labels
    return clean(str(negative)), clean(str(positive))


def decision_rule(score: DecisionScore, texts: Texts) -> str:
    """State the rule: yes if the total exceeds the threshold, or if enough items hold."""
    sentence = _rule(score, texts)
    return sentence[:1].upper() + sentence[1:] if is_yes_no(score.labels) else sentence


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


def decision_rows(
    score: DecisionScore, texts: Texts, min_people: int = ENOUGH_PEOPLE
) -> list[CardRow]:
    """Rows of the table as a card shows them.

    Where the table counts people, totals are joined to bands of enough of them. Else the ends of a
    long table are folded, so that the totals around the threshold remain.

    Parameters
    ----------
    score : DecisionScore
        The score.
    texts : Texts
        The language.
    min_people : int
        In each row; 0 shows every total.

    Returns
    -------
    list of CardRow
        By ascending total. Their weights sum to those of the table, and none holds both
        decisions.
    """
    one = score.weight_of_one if min_people > 0 else 0.0
    groups = groups_of_decisions(score, min_people)
    return [_row(score, group, texts, places_in(group, one)) for group in groups]


def groups_of_decisions(score: DecisionScore, min_people: int) -> list[Sequence[ScoreRow]]:
    """Give the rows of a score's table that are one row of a card; see `decision_rows`."""
    bands = bands_of_decisions(score, min_people)
    if bands is not None:
        return bands
    table = score.table
    if not score.has_every_total or len(table) <= ROWS_OF_ONE_COLUMN:
        return [[row] for row in table]
    # So many rows, half of them on either side of the threshold where there are as many.
    middle = sum(not score.says_yes(row) for row in table)
    room = ROWS_OF_ONE_COLUMN - 2
    low = min(max(middle - room // 2, 0), len(table) - room)
    groups = [table[:low], *([row] for row in table[low : low + room]), table[low + room :]]
    return [group for group in groups if group]


def bands_of_decisions(score: DecisionScore, min_people: int) -> list[Sequence[ScoreRow]] | None:
    """Join the rows of a score's table until each has enough people; see `bands_of_totals`."""
    least = min_people * score.weight_of_one
    if not least:
        return None
    values = [row.low if row.high is None else row.high for row in score.table]
    decisions = [int(score.says_yes(row)) for row in score.table]
    return bands_of_totals(score.table, [value or 0 for value in values], decisions, least)


def _row(score: DecisionScore, group: Sequence[ScoreRow], texts: Texts, places: int) -> CardRow:
    weight = sum(row.weight for row in group)
    positive = sum(row.positive_weight for row in group)
    return CardRow(
        total=totals_in_words(group, score.table, texts, holds_low=False),
        result=answers(score, texts)[score.says_yes(group[-1])],
        members=tuple(group),
        height=positive / weight if weight else 0.0,
        places=places,
    )
