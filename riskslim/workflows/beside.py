"""Models beside a score, on the same folds: a line to hold it against, and a ceiling."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from riskslim.data.frames import as_frame
from riskslim.features.binarizer import ScoreBinarizer
from riskslim.features.ridge import RawColumns, Ridge
from riskslim.limits.threads import one_thread
from riskslim.solvers._typing import FloatArray

__all__ = ["Boosted", "RawRegression"]


class _OnRawColumns(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of a raw table, whose columns a binarizer reads.

    Parameters
    ----------
    binarizer : ScoreBinarizer
        Knows what columns hold; a copy of it is fitted.
    random_state : int
        Seed.
    """

    def __init__(self, binarizer: ScoreBinarizer, random_state: int = 0) -> None:
        self.binarizer = binarizer
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit to a raw table and two labels."""
        self.classes_ = np.unique(y)
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, float)
        self.binarizer_ = (
            clone(self.binarizer)
            .set_params(screen=None)
            .fit(as_frame(X), y, sample_weight=sample_weight)
        )
        frame = self.binarizer_.frame_of(as_frame(X))
        self.columns_ = RawColumns(self.binarizer_.binning_, frame, weight)
        self._learn(self.columns_.of(frame), np.asarray(y) == self.classes_[1], weight)
        return self

    def _learn(self, columns: FloatArray, positive: Any, weight: FloatArray) -> None:
        raise NotImplementedError

    def _risks(self, columns: FloatArray) -> FloatArray:
        raise NotImplementedError

    def predict_proba(self, X: Any) -> FloatArray:
        """Give the probability of either class, of shape (n, 2)."""
        risk = self._risks(self.columns_.of(self.binarizer_.frame_of(as_frame(X))))
        return np.column_stack([1.0 - risk, risk])


class RawRegression(_OnRawColumns):
    """Ridge logistic regression on the raw columns, penalty by inner cross-validation."""

    def _learn(self, columns: FloatArray, positive: Any, weight: FloatArray) -> None:
        self.model_ = Ridge(columns, positive, weight, self.random_state)

    def _risks(self, columns: FloatArray) -> FloatArray:
        return self.model_.risks(columns)


class Boosted(_OnRawColumns):
    """Gradient-boosted trees on the raw columns: about as well as the table can be predicted."""

    def _learn(self, columns: FloatArray, positive: Any, weight: FloatArray) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        model = HistGradientBoostingClassifier(
            learning_rate=0.05, max_iter=100, max_leaf_nodes=8, min_samples_leaf=10,
            l2_regularization=1.0, early_stopping=False, random_state=self.random_state,
        )  # fmt: skip
        with one_thread():
            self.model_ = model.fit(columns, positive.astype(np.int64), sample_weight=weight)

    def _risks(self, columns: FloatArray) -> FloatArray:
        with one_thread():
            found: FloatArray = self.model_.predict_proba(columns)[:, 1]
        return found
