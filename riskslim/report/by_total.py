"""Totals of a report's people, joined to bands with enough of them, as its tables show them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from riskslim.evaluation.decision import DecidedRow
from riskslim.evaluation.operating_points import OperatingPoint
from riskslim.evaluation.risk import EvaluatedRow
from riskslim.exporters.risk_rows import parts_of_tiers, totals_in_words
from riskslim.exporters.total_bands import bands_of_totals
from riskslim.languages import Texts
from riskslim.report.measures import Measures
from riskslim.scores.intervals import ENOUGH_PEOPLE, places_of, wilson
from riskslim.scores.risk import RiskScore
from riskslim.scores.totals import ScoreRow

__all__ = ["ReportRow", "calibration_bands", "decided_rows", "risk_rows"]

_Row = TypeVar("_Row", EvaluatedRow, DecidedRow)


@dataclass(frozen=True)
class ReportRow:
    """A row of the table by total.

    Attributes
    ----------
    total : str
        A number, or a band of totals.
    rows, positives : int
        People in it, and with the outcome among them.
    observed, interval : str
        Share with the outcome, and its interval.
    predicted : str
        Mean risk; empty of decisions.
    point : OperatingPoint or None
        Calling positive from its first total on.
    yes : bool
        What a decision score decides there.
    """

    total: str
    rows: int
    positives: int
    observed: str
    interval: str
    predicted: str = ""
    point: OperatingPoint | None = None
    yes: bool = False


def risk_rows(score: RiskScore, measures: Measures, texts: Texts) -> list[ReportRow]:
    """Give the rows of the table of a risk score, by ascending total; totals that occur."""
    points = {point.total: point for point in measures.thresholds}
    table = measures.evaluation.table
    made = []
    for group in _groups(table, [row.predicted for row in table], parts_of_tiers(score, table)):
        total, rows, positives, observed, places = _summed(group, table, texts)
        predicted = _mean(group, [row.predicted for row in group])
        made.append(
            ReportRow(
                *(total, rows, positives, texts.percent(observed, places)),
                texts.percents(*wilson(observed, rows), places),
                texts.percent(predicted, places),
                points.get(group[0].low),
            )
        )
    return made


def calibration_bands(measures: Measures) -> list[tuple[float, float, int]]:
    """Give mean risk, observed share and people of totals joined until there are enough people."""
    table = measures.evaluation.table
    return [
        (
            _mean(group, [row.predicted for row in group]),
            _mean(group, [row.observed for row in group]),
            sum(row.rows for row in group),
        )
        for group in _groups(table, [row.predicted for row in table], [0] * len(table))
    ]


def decided_rows(table: Sequence[DecidedRow], texts: Texts) -> list[ReportRow]:
    """Give the rows of the table of a decision score, by ascending total; totals that occur."""
    values = [row.low if row.high is None else row.high for row in table]
    made = []
    for group in _groups(table, [value or 0 for value in values], [row.yes for row in table]):
        total, rows, positives, observed, places = _summed(group, table, texts, holds_low=False)
        ends = texts.percents(*wilson(observed, rows), places)
        shown = texts.percent(observed, places)
        made.append(ReportRow(total, rows, positives, shown, ends, yes=group[0].yes))
    return made


def _groups(
    table: Sequence[_Row], values: Sequence[float], parts: Sequence[int]
) -> list[Sequence[_Row]]:
    """Join totals to bands with enough people; each by itself where there are too few."""
    rows = [ScoreRow(row.low, row.high, row.rows, row.positives) for row in table]
    bands = bands_of_totals(rows, values, parts, ENOUGH_PEOPLE) or [[row] for row in rows]
    ends = [0]
    for band in bands:
        ends.append(ends[-1] + len(band))
    return [table[low:high] for low, high in pairwise(ends)]


def _summed(
    group: Sequence[_Row], table: Sequence[_Row], texts: Texts, *, holds_low: bool = True
) -> tuple[str, int, int, float, int]:
    """Give totals, people, positives and their share, and the decimal places that it bears."""
    rows, positives = sum(row.rows for row in group), sum(row.positives for row in group)
    observed = _mean(group, [row.observed for row in group])
    total = totals_in_words(group, table, texts, holds_low=holds_low)
    return total, rows, positives, observed, places_of(positives, rows)


def _mean(group: Sequence[_Row], values: Sequence[float]) -> float:
    if len(group) == 1:
        return values[0]
    weight = math.fsum(row.weight for row in group)
    mean = math.fsum(row.weight * value for row, value in zip(group, values, strict=True)) / weight
    return min(max(mean, 0.0), 1.0)
