"""Scores of points that other methods make, as classifiers beside which one can be judged."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from riskslim.data import Dataset
from riskslim.errors import OptionError
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["FasterRiskClassifier", "RoundedLogisticRegression", "fasterrisk_runs"]

_PENALTIES = 60
# In place of no penalty at all: coefficients of separable data stay finite.
_HARDLY_ANY = 1e4


class _PointModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """What these classifiers share: the data, the score, and prediction by it."""

    score_: RiskScore
    classes_: np.ndarray[Any, Any]

    def _data(self, X: Any, y: Any, sample_weight: ArrayLike | None) -> Dataset:
        self.classes_ = np.unique(np.asarray(y))
        names = [str(name) for name in X.columns] if hasattr(X, "columns") else None
        return Dataset.from_arrays(
            np.asarray(X),
            np.asarray(y),
            feature_names=names,
            sample_weight=sample_weight,
            positive=self.classes_[-1],
        )

    def _score(
        self, data: Dataset, points: IntArray, intercept: int, multiplier: float
    ) -> RiskScore:
        return RiskScore.from_points(
            dict(zip(data.feature_names, points.tolist(), strict=True)),
            intercept=intercept,
            multiplier=multiplier,
            data=data,
        )

    def predict_proba(self, X: Any) -> FloatArray:
        """Probability of either class, shape (n, 2), in the order of ``classes_``."""
        check_is_fitted(self, "score_")
        return self.score_.predict_proba(X)

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """Predict the likelier class."""
        check_is_fitted(self, "score_")
        return self.score_.predict(X)


class RoundedLogisticRegression(_PointModel):
    """The usual hand-made score: logistic regression, scaled and rounded to points.

    Features are chosen by an l1 penalty, the largest number up to `max_size` on its path; a
    logistic regression on them is scaled so that the largest coefficient becomes `max_coef`,
    and rounded (``RsRd`` in [1]_). The risks are fitted to the totals by logistic regression.

    Parameters
    ----------
    max_size : int, default=5
        At most so many features.
    max_coef : int, default=5
        Largest absolute points.

    Attributes
    ----------
    score_ : RiskScore
        The score.
    classes_ : ndarray of shape (2,)
        Labels; the second is the positive one.

    References
    ----------
    .. [1] B. Ustun and C. Rudin, "Learning optimized risk scores", Journal of Machine Learning
       Research 20(150), 2019, section 5.1.
    """

    def __init__(self, max_size: int = 5, max_coef: int = 5) -> None:
        self.max_size = max_size
        self.max_coef = max_coef

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to numbers X of shape (n, d) and two labels y of shape (n,)."""
        from riskslim.scores.log_odds import fit_line

        data = self._data(X, y, sample_weight)
        rows, positive, weight = _unmerged(data)
        chosen = self._chosen(rows, positive, weight)
        points = np.zeros(data.n_features, dtype=np.int64)
        scale = 1.0
        if chosen.any():
            fitted = LogisticRegression(C=_HARDLY_ANY, max_iter=5000)
            fitted.fit(rows[:, chosen], positive, sample_weight=weight)
            scale = self.max_coef / float(np.abs(fitted.coef_).max())
            points[chosen] = np.rint(scale * fitted.coef_[0])
        total = rows @ points.astype(np.float64)
        line = fit_line(positive.astype(np.float64), total, weight)
        if line is not None and line.slope > 0:
            self.score_ = self._score(
                data, points, round(line.intercept / line.slope), 1 / line.slope
            ).recalibrate(rows, _labels(data, positive), "logistic", weight)
        else:
            # One total, or totals that separate the classes: the odds of the coefficients.
            middle = scale * float(fitted.intercept_[0]) if chosen.any() else 0.0
            self.score_ = self._score(data, points, round(middle), scale).recalibrate(
                rows, _labels(data, positive), "intercept", weight
            )
        return self

    def _chosen(self, rows: FloatArray, positive: BoolArray, weight: FloatArray) -> BoolArray:
        """Features of the largest support up to the limit on the path of the l1 penalty."""
        scaled = StandardScaler().fit(rows, sample_weight=weight).transform(rows)
        slope = np.abs((weight * (positive - np.average(positive, weights=weight))) @ scaled)
        best = np.zeros(rows.shape[1], dtype=bool)
        if slope.max() <= 0:
            return best
        # At the first penalty no feature is used (Friedman, Hastie, Tibshirani 2010, section 2.5).
        for strength in np.geomspace(1.0, 1e4, _PENALTIES) / slope.max():
            fitted = LogisticRegression(
                C=strength, l1_ratio=1.0, solver="liblinear", random_state=0, max_iter=1000
            ).fit(scaled, positive, sample_weight=weight)
            used = fitted.coef_[0] != 0
            if used.sum() > self.max_size:
                break
            best = used
        return best


class FasterRiskClassifier(_PointModel):
    """Scores of FasterRisk [1]_, if its package ``fasterrisk`` is installed.

    Parameters
    ----------
    max_size : int, default=5
        Exactly so many features, or all where there are fewer.
    max_coef : int, default=5
        Points lie between minus and plus this.

    Attributes
    ----------
    score_ : RiskScore
        The score of its pool with the least loss.
    classes_ : ndarray of shape (2,)
        Labels; the second is the positive one.

    References
    ----------
    .. [1] J. Liu, C. Zhong, B. Li, M. Seltzer, C. Rudin, "FasterRisk: fast and accurate
       interpretable risk scores", NeurIPS 2022.
    """

    def __init__(self, max_size: int = 5, max_coef: int = 5) -> None:
        self.max_size = max_size
        self.max_coef = max_coef

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to numbers X of shape (n, d) and two labels y of shape (n,); takes no weights.

        Raises
        ------
        OptionError
            The package is not installed, or there are weights.
        """
        try:
            optimizer = importlib.import_module("fasterrisk.fasterrisk").RiskScoreOptimizer
        except ImportError as error:
            raise OptionError(
                "FasterRisk is not installed: pip install fasterrisk, or leave it out"
            ) from error
        if sample_weight is not None:
            raise OptionError("FasterRisk takes no weights; leave out one of the two")
        data = self._data(X, y, None)
        rows, positive, _ = _unmerged(data)
        search = optimizer(
            X=rows,
            y=np.where(positive, 1.0, -1.0),
            k=min(self.max_size, rows.shape[1]),
            lb=-self.max_coef,
            ub=self.max_coef,
        )
        try:
            search.optimize()
        except AttributeError as error:
            # Its releases up to 0.1.10 call what NumPy 2.3 has no more.
            raise OptionError(
                f"the installed FasterRisk does not run with this version of NumPy ({error}); "
                "leave it out"
            ) from error
        multiplier, intercept, points = search.get_models(model_index=0)
        self.score_ = self._score(
            data,
            np.rint(np.ravel(points)).astype(np.int64),
            round(float(np.ravel(intercept)[0])),
            float(np.ravel(multiplier)[0]),
        )
        return self


def _unmerged(data: Dataset) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Give rows with one class each: features, outcome and weight; the order is the data's own."""
    if (data.positive == data.positive_counts).all() and (
        data.negative == data.negative_counts
    ).all():
        times = [data.positive_counts, data.negative_counts]
        weights = [np.ones(int(part.sum())) for part in times]
    else:
        times = [(part > 0).astype(np.int64) for part in (data.positive, data.negative)]
        weights = [part[part > 0] for part in (data.positive, data.negative)]
    rows = np.concatenate([np.repeat(data.features, part, axis=0) for part in times])
    positive = np.repeat([True, False], [int(part.sum()) for part in times])
    return rows, positive, np.concatenate(weights)


def _labels(data: Dataset, positive: BoolArray) -> np.ndarray[Any, Any]:
    labels: np.ndarray[Any, Any] = np.where(
        positive, np.array(data.labels[1]), np.array(data.labels[0])
    )
    return labels


def fasterrisk_runs() -> bool:
    """Whether FasterRisk is installed and runs here, tried on a few rows."""
    if importlib.util.find_spec("fasterrisk") is None:
        return False
    rows = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 3)
    try:
        FasterRiskClassifier(max_size=1).fit(rows, [0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1])
    except OptionError:
        return False
    return True
