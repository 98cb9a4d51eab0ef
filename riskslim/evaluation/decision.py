"""How well a decision score decides on data: errors of either kind, and by total."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from riskslim.scores.decision import DecisionScore
from riskslim.scores.people import groups_of_totals, ranking
from riskslim.scores.totals import ScoreRow
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["DecidedRow", "DecisionEvaluation", "evaluate_decisions"]


@dataclass(frozen=True)
class DecidedRow:
    """The rows of data with one total, or with a total in one band of the score's table.

    Attributes
    ----------
    low, high : int, float or None
        As in the score's table.
    yes : bool
        What is decided there.
    rows, positives : int
        Rows of the data, and positive ones among them.
    weight : float
        Of the rows.
    observed : float
        Weighted share of positives.
    """

    low: float | None
    high: float | None
    yes: bool
    rows: int
    positives: int
    weight: float
    observed: float


@dataclass(frozen=True)
class DecisionEvaluation:
    """How well a score decides on data; shares are by weight.

    Attributes
    ----------
    rows, positives : int
        Rows of the data that have a weight, and positive ones among them.
    false_positives, false_negatives : int
        Negative rows that are decided yes, and positive ones that are decided no.
    error_rate : float
        Share that is decided wrongly.
    false_positive_rate : float or None
        Of the negatives, the share that is decided yes; None where there are none.
    true_positive_rate : float or None
        Of the positives, the share that is decided yes (sensitivity).
    positive_predictive_value, negative_predictive_value : float or None
        Of those who are decided yes (no), the share that is positive (negative).
    auc : float or None
        Area under the ROC curve of the totals; None where the data has one class only.
    table : tuple of DecidedRow
        By ascending total; only totals that occur.
    """

    rows: int
    positives: int
    false_positives: int
    false_negatives: int
    error_rate: float
    false_positive_rate: float | None
    true_positive_rate: float | None
    positive_predictive_value: float | None
    negative_predictive_value: float | None
    auc: float | None
    table: tuple[DecidedRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, lists and dictionaries."""
        plain = asdict(self)
        plain["table"] = list(plain["table"])
        return plain


def evaluate_decisions(
    score: DecisionScore,
    total: FloatArray,
    positive: BoolArray,
    weight: FloatArray,
    rows: IntArray | None = None,
) -> DecisionEvaluation:
    """Compare decisions with outcomes; see `riskslim.evaluate`.

    Parameters
    ----------
    score : DecisionScore
        The score.
    total, positive, weight : ndarray of shape (n,)
        Totals, outcomes and positive weights of the rows.
    rows : ndarray of int, shape (n,), optional
        How many people each row is; 1 by default.
    """
    each = np.ones(len(total), dtype=np.int64) if rows is None else rows
    yes = score.decides(total)
    wrong = yes != positive
    return DecisionEvaluation(
        rows=int(each.sum()),
        positives=int(each[positive].sum()),
        false_positives=int(each[yes & ~positive].sum()),
        false_negatives=int(each[~yes & positive].sum()),
        error_rate=math.fsum(weight[wrong]) / math.fsum(weight),
        false_positive_rate=_share(yes, ~positive, weight),
        true_positive_rate=_share(yes, positive, weight),
        positive_predictive_value=_share(positive, yes, weight),
        negative_predictive_value=_share(~positive, ~yes, weight),
        auc=ranking(total, positive, weight),
        table=_table(score, total, positive, weight, each),
    )


def _share(of: BoolArray, among: BoolArray, weight: FloatArray) -> float | None:
    if not among.any():
        return None
    return math.fsum(weight[of & among]) / math.fsum(weight[among])


def _table(
    score: DecisionScore,
    total: FloatArray,
    positive: BoolArray,
    weight: FloatArray,
    each: IntArray,
) -> tuple[DecidedRow, ...]:
    ends, group = groups_of_totals(score, total)
    rows = []
    for index in np.unique(group).tolist():
        inside = group == index
        mass = math.fsum(weight[inside])
        rows.append(
            DecidedRow(
                low=ends[index][0],
                high=ends[index][1],
                yes=score.says_yes(ScoreRow(ends[index][0], ends[index][1], 0.0, 0.0)),
                rows=int(each[inside].sum()),
                positives=int(each[inside & positive].sum()),
                weight=mass,
                observed=math.fsum(weight[inside & positive]) / mass,
            )
        )
    return tuple(rows)
