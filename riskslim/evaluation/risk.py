"""How well a score predicts on data: loss, ranking, calibration."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import singledispatch
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from riskslim.errors import ScoreError
from riskslim.evaluation.decision import DecisionEvaluation, evaluate_decisions
from riskslim.evaluation.estimates import Merged, People, rows_of
from riskslim.evaluation.folds import group_codes
from riskslim.evaluation.operating_points import OperatingPoint, operating_point
from riskslim.evaluation.performance import Performance, measure_risks
from riskslim.scores.decision import DecisionScore
from riskslim.scores.people import (
    CountedPeople,
    checked_weights,
    counted_rows,
    groups_of_totals,
)
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["EvaluatedRow", "Evaluation", "evaluate", "merged"]


@dataclass(frozen=True)
class EvaluatedRow:
    """The rows of data with one total, or with a total in one band of the score's table.

    Attributes
    ----------
    low, high : int, float or None
        As in `ScoreRow`: equal for a single total, None for an open end.
    rows, positives : int
        Rows of the data, and positive ones among them.
    weight : float
        Of the rows.
    predicted, observed : float
        Weighted mean of the predicted risk, and weighted share of positives.
    """

    low: float | None
    high: float | None
    rows: int
    positives: int
    weight: float
    predicted: float
    observed: float


@dataclass(frozen=True)
class Evaluation:
    r"""How well a score predicts on data.

    Attributes
    ----------
    rows, positives : int
        Rows of the data that have a weight, and positive ones among them.
    performance : Performance
        Every measure with a 95 % interval.
    table : tuple of EvaluatedRow
        By ascending total; only totals that occur.
    operating_points : tuple of OperatingPoint
        Calling positive from each total on that occurs, or from each band's lower end.
    """

    rows: int
    positives: int
    performance: Performance
    table: tuple[EvaluatedRow, ...]
    operating_points: tuple[OperatingPoint, ...]

    @property
    def loss(self) -> float:
        """Weighted mean of the logistic loss; the same number that a fit minimises."""
        return self.performance.log_loss.value

    @property
    def auc(self) -> float | None:
        """Area under the ROC curve; None where the data has one class only."""
        return None if self.performance.auc is None else self.performance.auc.value

    @property
    def calibration_error(self) -> float:
        """Weighted mean over the totals of ``|observed - predicted risk|`` [1]_.

        Where totals are real, over the bands of the score's table.

        References
        ----------
        .. [1] B. Ustun and C. Rudin, "Learning optimized risk scores", Journal of
           Machine Learning Research 20(150), 2019, section 5.1.
        """
        return self.performance.calibration_error.value

    @property
    def brier(self) -> float:
        """Weighted mean square of the error of the risk."""
        return self.performance.brier.value

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, lists and dictionaries."""
        return {
            "rows": self.rows,
            "positives": self.positives,
            "loss": self.loss,
            "auc": self.auc,
            "calibration_error": self.calibration_error,
            "brier": self.brier,
            "table": [asdict(row) for row in self.table],
            "measures": self.performance.to_dict(),
            "operating_points": [point.to_dict() for point in self.operating_points],
        }


@overload
def evaluate(
    score: RiskScore,
    X: Any,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> Evaluation: ...


@overload
def evaluate(
    score: DecisionScore,
    X: Any,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> DecisionEvaluation: ...


@overload
def evaluate(
    score: PointScore,
    X: Any,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> Evaluation | DecisionEvaluation: ...


def evaluate(
    score: PointScore,
    X: Any,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> Evaluation | DecisionEvaluation:
    """Compare a score's risks or decisions with outcomes.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    X : DataFrame or array-like of shape (n, d), or CountedPeople
        As for `PointScore.total`; or the people of a table by total and outcome, as
        `riskslim.count_people` counts them, with all that follows.
    y : array-like of shape (n,)
        Outcomes, by the score's labels.
    sample_weight : array-like of shape (n,), optional
        Finite, none negative; rows of weight 0 do not count.
    groups : array-like of shape (n,), optional
        Person of each row, for people with several: the intervals of a risk score's measures
        count people.

    Returns
    -------
    Evaluation or DecisionEvaluation
        All of it.

    Raises
    ------
    ScoreError
        `y` or the weights do not fit the rows, or hold other values than they may.
    DataError
        The groups do not fit the rows.
    """
    if isinstance(X, CountedPeople):
        return _judged(score, X.total, X.positive, X.weight, merged(X))
    if y is None:
        raise ScoreError("rows are compared with outcomes: give y, one for each row")
    total, positive, weight = counted_rows(score, X, y, sample_weight)
    cluster = group_codes(groups, len(X))
    if cluster is not None:
        cluster = cluster[checked_weights(sample_weight, len(X)) > 0]
    return _judged(score, total, positive, weight, cluster)


def merged(people: CountedPeople) -> Merged:
    """Tell measures that rows stand for several people, or for several rows of one person."""
    return Merged(people.rows, people.spread, people.person)


@singledispatch
def _judged(
    score: PointScore,
    total: FloatArray,  # noqa: ARG001
    positive: BoolArray,  # noqa: ARG001
    weight: FloatArray,  # noqa: ARG001
    cluster: People,  # noqa: ARG001
) -> Evaluation | DecisionEvaluation:
    raise ScoreError(f"a {score.kind} score has no risks and no decisions to compare with outcomes")


@_judged.register
def _(
    score: DecisionScore,
    total: FloatArray,
    positive: BoolArray,
    weight: FloatArray,
    cluster: People,
) -> DecisionEvaluation:
    return evaluate_decisions(score, total, positive, weight, rows_of(cluster))


@_judged.register
def _(
    score: RiskScore,
    total: FloatArray,
    positive: BoolArray,
    weight: FloatArray,
    cluster: People,
) -> Evaluation:
    risk = score.risks(total)
    ends, group = groups_of_totals(score, total)
    performance = measure_risks(
        positive,
        risk,
        weight,
        margin=score.log_odds(total),
        order=total,
        group=group,
        cluster=cluster,
    )
    rows = rows_of(cluster)
    return Evaluation(
        rows=len(total) if rows is None else int(rows.sum()),
        positives=int(positive.sum() if rows is None else rows[positive].sum()),
        performance=performance,
        table=_table(ends, group, positive, weight, risk, rows),
        operating_points=tuple(
            operating_point(positive, total >= low, weight, score.risk(low), low, cluster)
            for low, _ in ends
            if low is not None
        ),
    )


def _table(
    ends: list[tuple[float | None, float | None]],
    group: IntArray,
    positive: BoolArray,
    weight: FloatArray,
    risk: FloatArray,
    repeats: IntArray | None,
) -> tuple[EvaluatedRow, ...]:
    count = len(ends)
    each = np.ones(len(group)) if repeats is None else repeats
    rows = np.bincount(group, weights=each, minlength=count).tolist()
    positives = np.bincount(group, weights=each * positive, minlength=count).tolist()
    weights = np.bincount(group, weights=weight, minlength=count).tolist()
    predicted = np.bincount(group, weights=weight * risk, minlength=count).tolist()
    observed = np.bincount(group, weights=weight * positive, minlength=count).tolist()
    return tuple(
        EvaluatedRow(
            low=low,
            high=high,
            rows=int(rows[index]),
            positives=int(positives[index]),
            weight=weights[index],
            predicted=predicted[index] / weights[index],
            observed=observed[index] / weights[index],
        )
        for index, (low, high) in enumerate(ends)
        if rows[index]
    )
