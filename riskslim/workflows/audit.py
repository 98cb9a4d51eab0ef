"""Auditing a black box: what it says beside what outcomes say, in the same terms."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone

from riskslim.data.frames import as_frame
from riskslim.data.outcome import positive_rows, row_weights
from riskslim.errors import DataError, OptionError
from riskslim.estimators.riskslim import RiskSLIMClassifier
from riskslim.estimators.selection import with_decided_kinds
from riskslim.evaluation.bootstrap import draw
from riskslim.evaluation.folds import check_count, split_rows
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.odds import expit
from riskslim.workflows.unseen_features import UnseenFeatures, calibrated, unseen_features

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Audit", "audit", "calibrated"]

_RIDGE = 1e-6  # keeps a feature finite that separates the classes of a resample
_STEPS = 50
_FEWEST = 20


@dataclass(frozen=True, eq=False)
class Audit:
    """What a black box says beside what outcomes say [1]_.

    Attributes
    ----------
    student, outcome : RiskScore
        The best score for the calibrated black box, and the best one for the outcomes.
    differences : DataFrame
        A row for each feature that either uses: log odds of the ``student`` and of the ``outcome``,
        both fitted to all of these features; their ``difference``, and its 95 % bootstrap interval
        ``low`` to ``high``. Above 0 the black box holds more against people with the feature than
        outcomes do.
    unseen : UnseenFeatures
        The test for features that the black box uses and the table lacks.
    resamples : int
        Of the bootstrap.

    References
    ----------
    .. [1] S. Tan, R. Caruana, G. Hooker, Y. Lou, "Distill-and-compare: auditing black-box models
       using transparent model distillation", AIES 2018.
    """

    student: RiskScore = field(repr=False)
    outcome: RiskScore = field(repr=False)
    differences: pd.DataFrame
    unseen: UnseenFeatures
    resamples: int

    def to_dict(self) -> dict[str, Any]:
        """Give everything but the scores' tables as plain values for JSON."""
        return {
            "kind": "audit",
            "student": self.student.points,
            "outcome": self.outcome.points,
            "differences": self.differences.reset_index().to_dict("records"),
            "unseen": asdict(self.unseen),
            "resamples": self.resamples,
        }


def audit(
    X: Any,
    teacher: ArrayLike,
    y: ArrayLike,
    *,
    estimator: RiskSLIMClassifier | None = None,
    sample_weight: ArrayLike | None = None,
    positive: Any = None,
    cv: int = 5,
    resamples: int = 300,
    random_state: int = 0,
) -> Audit:
    """Compare a black box with outcomes, feature by feature.

    What it says is calibrated first, by isotonic regression on the outcomes, so that any scale will
    do whose numbers rise with the risk. The intervals are of the log odds for the features that
    were chosen; they do not count the choice.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n, d)
        The audit's table: what the black box may use, and what it must not.
    teacher : array-like of shape (n,)
        What the black box says of each person, by a higher number for a higher risk.
    y : array-like of shape (n,)
        The outcomes. Where the black box was fitted to these very outcomes the test errs.
    estimator : RiskSLIMClassifier, optional
        What is fitted to either.
    sample_weight : array-like of shape (n,), optional
        Finite, none negative.
    positive : label, optional
        Of `y`; needed unless its labels are 0/1, -1/1 or booleans.
    cv : int, default=5
        Folds of the test.
    resamples : int, default=300
        Of the bootstrap.
    random_state : int, default=0
        Seed of folds, trees and resamples.

    Returns
    -------
    Audit

    Raises
    ------
    DataError
        The data cannot be used, or the black box says the same of everyone.
    OptionError
        An option is out of its range.
    """
    X = as_frame(X)
    X = X if hasattr(X, "iloc") else np.asarray(X)
    scale = np.asarray(teacher, dtype=np.float64)
    n = len(X)
    if scale.shape != (n,) or not np.isfinite(scale).all():
        raise DataError("the black box: give one finite number for each row of the table")
    outcome = np.asarray(y)
    if outcome.shape != (n,):
        raise DataError(f"the outcome has shape {outcome.shape}; give one value for each row")
    if isinstance(resamples, bool) or not isinstance(resamples, int) or resamples < _FEWEST:
        raise OptionError(f"resamples={resamples!r}: give a whole number, {_FEWEST} or more")
    folds = check_count(cv, "cv", 2)
    is_positive, _ = positive_rows(outcome, "outcome", positive, "the outcome")
    weight = np.ones(n)
    if sample_weight is not None:
        weight = row_weights(sample_weight, n, "the black box", "sample_weight")
    truth = is_positive.astype(np.float64)
    shares = calibrated(scale, truth, weight)
    if np.ptp(shares) == 0:
        raise DataError(
            "what the black box says does not rise with the outcomes: there is nothing to compare "
            "(a higher number is to mean a higher risk)"
        )
    model = with_decided_kinds(RiskSLIMClassifier() if estimator is None else clone(estimator), X)
    own_weight = None if sample_weight is None else weight
    scores = []
    for target in (shares, truth):
        fitted = clone(model).set_params(soft_labels=True)
        fitted.fit(X, target, sample_weight=own_weight)
        scores.append(fitted.score_)
    student, plain = scores
    names = [
        name for name in student.feature_names if name in student.points or name in plain.points
    ]
    columns = _columns(student, plain, names, X)
    fold = np.empty(n, dtype=np.int64)
    for place, (_, held) in enumerate(split_rows(is_positive, None, folds, random_state)):
        fold[held] = place
    return Audit(
        student=student,
        outcome=plain,
        differences=_differences(
            names, columns, shares, truth, weight, draw(is_positive, None, resamples, random_state)
        ),
        unseen=unseen_features(
            _numbers(_looked_at(X, model)), scale, truth, weight, fold, random_state
        ),
        resamples=resamples,
    )


def _columns(student: RiskScore, plain: RiskScore, names: list[str], X: Any) -> FloatArray:
    """Give the features that either score uses, of every row."""
    found: dict[str, FloatArray] = {}
    for score in (student, plain):
        found |= dict(zip(score.points, score.columns(X).T, strict=True))
    if not names:
        return np.zeros((len(X), 0))
    return np.column_stack([found[name] for name in names])


def _looked_at(X: Any, model: RiskSLIMClassifier) -> Any:
    """Leave out the columns that are none of the table's features, for the student of the test.

    What says in other words what the black box says, or what came after it, would tell the student
    everything.
    """
    binarizer = getattr(model, "binarizer", None)
    left_out = {*getattr(binarizer, "drop", ()), getattr(binarizer, "reference_date", None)}
    if not hasattr(X, "iloc"):
        return X
    return X.loc[:, [str(name) not in left_out for name in X.columns]]


def _numbers(X: Any) -> FloatArray:
    """Give a table as numbers, categories and words as places in their order, for the trees."""
    if not hasattr(X, "iloc"):
        return np.asarray(X, dtype=np.float64)
    import pandas as pd

    made = []
    for _, column in X.items():
        if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
            made.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
        else:
            codes = pd.Categorical(column.astype("string")).codes.astype(np.float64)
            made.append(np.where(codes < 0, np.nan, codes))
    return np.column_stack(made)


def _differences(
    names: list[str],
    columns: FloatArray,
    shares: FloatArray,
    truth: FloatArray,
    weight: FloatArray,
    samples: list[IntArray],
) -> pd.DataFrame:
    """Fit log odds of the same features to both, and to resamples of both."""
    import pandas as pd

    cells, place = np.unique(columns, axis=0, return_inverse=True)
    place = place.ravel()

    def fitted(target: FloatArray, weights: FloatArray) -> FloatArray:
        counts = (np.bincount(place, w, len(cells)) for w in (weights * target, weights))
        return _log_odds(cells, *(own.astype(np.float64) for own in counts))

    own, other = fitted(shares, weight), fitted(truth, weight)
    moved = []
    for sample in samples:
        drawn = weight * np.bincount(sample, minlength=len(weight))
        moved.append(fitted(shares, drawn) - fitted(truth, drawn))
    low, high = np.quantile(np.array(moved), (0.025, 0.975), axis=0)
    rows = {
        "student": own,
        "outcome": other,
        "difference": own - other,
        "low": low,
        "high": high,
    }
    return pd.DataFrame(rows, index=pd.Index(names, name="feature"))


def _log_odds(cells: FloatArray, positive: FloatArray, whole: FloatArray) -> FloatArray:
    """Fit a logistic regression to counts by Newton's method; give all but the intercept."""
    rows = np.column_stack([np.ones(len(cells)), cells])
    total = whole.sum()
    found = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        risk = expit(rows @ found)
        slope = rows.T @ (whole * risk - positive) / total + _RIDGE * found
        curve = (rows * (whole * risk * (1 - risk) / total)[:, None]).T @ rows
        step = np.linalg.solve(curve + _RIDGE * np.eye(len(found)), slope)
        # The loss falls along a step of at most so much.
        step *= min(1.0, 2.0 / max(float(np.abs(rows @ step).max()), 1e-12))
        found -= step
        if float(np.abs(step).max()) < 1e-10:
            break
    return found[1:]
