"""How well a score predicts on data: loss, ranking, calibration."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.outcome import label_of_each
from riskslim.errors import ScoreError
from riskslim.evaluation.operating_points import OperatingPoint, operating_point
from riskslim.evaluation.performance import Performance, measure_risks
from riskslim.scores.decision import DecisionScore
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.evaluation.decision import DecisionEvaluation

__all__ = ["EvaluatedRow", "Evaluation", "counted_rows", "evaluate", "groups_of_totals"]


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
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> Evaluation: ...


@overload
def evaluate(
    score: DecisionScore,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> DecisionEvaluation: ...


def evaluate(
    score: RiskScore | DecisionScore,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> Evaluation | DecisionEvaluation:
    """Compare a score's risks or decisions with outcomes.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        As for `PointScore.total`.
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
    from riskslim.evaluation.folds import group_codes

    total, positive, weight = counted_rows(score, X, y, sample_weight)
    if isinstance(score, DecisionScore):
        from riskslim.evaluation.decision import evaluate_decisions

        return evaluate_decisions(score, total, positive, weight)
    cluster = group_codes(groups, len(X))
    if cluster is not None:
        cluster = cluster[_weights(sample_weight, len(X)) > 0]
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
    return Evaluation(
        rows=len(total),
        positives=int(positive.sum()),
        performance=performance,
        table=_table(ends, group, positive, weight, risk),
        operating_points=tuple(
            operating_point(positive, total >= low, weight, score.risk(low), low, cluster)
            for low, _ in ends
            if low is not None
        ),
    )


def counted_rows(
    score: PointScore, X: Any, y: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Give total, outcome and weight of every row that has a weight."""
    total = score.total(X)
    positive = _positive(score, y, len(total))
    weight = _weights(sample_weight, len(total))
    counted = weight > 0
    return total[counted], positive[counted], weight[counted]


def ranking(total: FloatArray, positive: BoolArray, weight: FloatArray) -> float | None:
    """Area under the ROC curve of totals; None where there is one class only."""
    from sklearn.metrics import roc_auc_score

    if positive.all() or not positive.any():
        return None
    return float(roc_auc_score(positive, total, sample_weight=weight))


def _positive(score: PointScore, y: ArrayLike, rows: int) -> BoolArray:
    outcome = np.asarray(y)
    if outcome.shape != (rows,):
        raise ScoreError(f"expected {rows} outcomes, one for each row, not shape {outcome.shape}")
    if rows == 0:
        raise ScoreError("the data has no rows; an evaluation needs at least one")
    label = label_of_each(outcome, score.labels)
    strange = np.flatnonzero(label < 0)
    if strange.size:
        found = outcome[strange[0]]
        raise ScoreError(
            f"row {strange[0] + 1} has the outcome {str(found)!r}; "
            f"this score knows {score.labels[0]!r} and {score.labels[1]!r} for {score.outcome!r}"
        )
    positive: BoolArray = label == 1
    return positive


def _weights(sample_weight: ArrayLike | None, rows: int) -> FloatArray:
    if sample_weight is None:
        return np.ones(rows)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (rows,):
        raise ScoreError(f"expected {rows} weights, one for each row, not shape {weight.shape}")
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
    if bad.size:
        raise ScoreError(
            f"row {bad[0] + 1} has the weight {float(weight[bad[0]])!r}; "
            "weights must be finite and not negative"
        )
    if not weight.any():
        raise ScoreError("all weights are zero; give at least one row a positive weight")
    return weight


def _table(
    ends: list[tuple[float | None, float | None]],
    group: IntArray,
    positive: BoolArray,
    weight: FloatArray,
    risk: FloatArray,
) -> tuple[EvaluatedRow, ...]:
    count = len(ends)
    rows = np.bincount(group, minlength=count).tolist()
    positives = np.bincount(group, weights=positive, minlength=count).tolist()
    weights = np.bincount(group, weights=weight, minlength=count).tolist()
    predicted = np.bincount(group, weights=weight * risk, minlength=count).tolist()
    observed = np.bincount(group, weights=weight * positive, minlength=count).tolist()
    return tuple(
        EvaluatedRow(
            low=low,
            high=high,
            rows=rows[index],
            positives=int(positives[index]),
            weight=weights[index],
            predicted=predicted[index] / weights[index],
            observed=observed[index] / weights[index],
        )
        for index, (low, high) in enumerate(ends)
        if rows[index]
    )


def groups_of_totals(
    score: PointScore, total: FloatArray
) -> tuple[list[tuple[float | None, float | None]], IntArray]:
    """Find the ends of each group of totals, and the group of every row."""
    if score.has_every_total:
        distinct, group = np.unique(total, return_inverse=True)
        plain = [int(value) if value.is_integer() else value for value in distinct.tolist()]
        return [(value, value) for value in plain], group.astype(np.int64)
    edges = np.array([row.high for row in score.table if row.high is not None])
    # A band of risks holds its first total, one of decisions its last.
    if isinstance(score, DecisionScore):
        group = np.searchsorted(edges, total, side="left")
    else:
        group = np.searchsorted(edges, total, side="right")
    return [(row.low, row.high) for row in score.table], group.astype(np.int64)
