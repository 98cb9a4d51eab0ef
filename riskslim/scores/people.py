"""People that a score is judged on, or its risks are fitted to: totals, outcomes and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.outcome import label_of_each
from riskslim.data.validation import rows_text
from riskslim.errors import ScoreError
from riskslim.scores.point_score import PointScore
from riskslim.scores.totals import plain_numbers
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = [
    "CountedPeople",
    "area_under_curve",
    "checked_weights",
    "counted_rows",
    "groups_of_totals",
    "outcomes_of",
    "ranking",
]


@dataclass(frozen=True, eq=False)
class CountedPeople:
    """People of a table by total and outcome, which is all that the risks of a score speak of.

    By person too, where people have several rows.

    `riskslim.evaluation.by_total.count_people` makes it. `evaluate` and `RiskScore.recalibrate`
    take it in place of rows and outcomes.

    Attributes
    ----------
    total : ndarray of shape (m,)
        Totals; one that both outcomes have stands twice.
    positive : ndarray of bool, shape (m,)
        Outcomes.
    rows : ndarray of int, shape (m,)
        How many people each row is.
    weight, squares : ndarray of shape (m,)
        Sums of their weights and of the squares of these, correctly rounded.
    person : ndarray of int, shape (m,), or None
        Whose rows they are, where one person has several: each row is of one person then.
    """

    total: FloatArray
    positive: BoolArray
    rows: IntArray
    weight: FloatArray
    squares: FloatArray
    person: IntArray | None = None

    @property
    def spread(self) -> FloatArray:
        """Square root of the sum of squared weights, over the sum of weights."""
        return np.asarray(np.sqrt(self.squares) / self.weight)

    def where(self, kept: BoolArray) -> CountedPeople:
        """Give some of the people."""
        return CountedPeople(
            self.total[kept],
            self.positive[kept],
            self.rows[kept],
            self.weight[kept],
            self.squares[kept],
            None if self.person is None else self.person[kept],
        )

    @property
    def is_weighted(self) -> bool:
        """Whether the weights are no numbers of people."""
        return bool((self.weight != self.rows).any() or (self.squares != self.rows).any())


def counted_rows(
    score: PointScore, X: Any, y: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Give total, outcome and weight of every row that has a weight."""
    total = score.total(X)
    positive = outcomes_of(score, y, len(total))
    weight = checked_weights(sample_weight, len(total))
    counted = weight > 0
    return total[counted], positive[counted], weight[counted]


def outcomes_of(score: PointScore, y: ArrayLike, rows: int) -> BoolArray:
    """Mark the positive rows, by the labels of a score.

    Raises
    ------
    ScoreError
        There are not so many outcomes, or one is no label.
    """
    outcome = np.asarray(y)
    if outcome.shape != (rows,):
        raise ScoreError(f"expected {rows} outcomes, one for each row, not shape {outcome.shape}")
    if rows == 0:
        raise ScoreError("the data has no rows; an evaluation needs at least one")
    label = label_of_each(outcome, score.labels)
    strange = np.flatnonzero(label < 0)
    if strange.size:
        found = outcome[strange[0]]
        where = rows_text(np.arange(rows) == strange[0])
        raise ScoreError(
            f"{where} has the outcome {str(found)!r}; "
            f"this score knows {score.labels[0]!r} and {score.labels[1]!r} for {score.outcome!r}"
        )
    positive: BoolArray = label == 1
    return positive


def checked_weights(
    sample_weight: ArrayLike | None, rows: int, any_zero: bool = False
) -> FloatArray:
    """Give the weight of every row, 1 each by default; with `any_zero` all of them may be zero.

    Raises
    ------
    ScoreError
        They do not fit the rows, or are negative, infinite or all zero.
    """
    if sample_weight is None:
        return np.ones(rows)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (rows,):
        raise ScoreError(f"expected {rows} weights, one for each row, not shape {weight.shape}")
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
    if bad.size:
        raise ScoreError(
            f"{rows_text(np.arange(rows) == bad[0])} has the weight {float(weight[bad[0]])!r}; "
            "weights must be finite and not negative"
        )
    if not any_zero and not weight.any():
        raise ScoreError("all weights are zero; give at least one row a positive weight")
    return weight


def groups_of_totals(
    score: PointScore, total: FloatArray
) -> tuple[list[tuple[float | None, float | None]], IntArray]:
    """Find the ends of each group of totals, and the group of every row."""
    if score.has_every_total:
        distinct, group = np.unique(total, return_inverse=True)
        return [(value, value) for value in plain_numbers(distinct)], group.astype(np.int64)
    edges = np.array([row.high for row in score.table if row.high is not None])
    group = np.searchsorted(edges, total, side="right" if score.holds_low else "left")
    return [(row.low, row.high) for row in score.table], group.astype(np.int64)


def ranking(total: FloatArray, positive: BoolArray, weight: FloatArray) -> float | None:
    """Area under the ROC curve of totals; None where there is one class only."""
    if positive.all() or not positive.any():
        return None
    return area_under_curve(total, np.where(positive, weight, 0.0), np.where(positive, 0.0, weight))


def area_under_curve(total: FloatArray, positive: FloatArray, negative: FloatArray) -> float:
    """Area under the ROC curve of rows that have weights of either class, none of which is 0."""
    values, at = np.unique(total, return_inverse=True)
    up = np.bincount(at, positive, len(values))
    down = np.bincount(at, negative, len(values))
    # Pairs in the right order, and half of those that tie.
    right = up @ (np.cumsum(down) - 0.5 * down)
    return float(right / (up.sum() * down.sum()))
