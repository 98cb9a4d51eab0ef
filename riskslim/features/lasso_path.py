"""The path of the lasso: which features labels ask for first, by a heuristic."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["LassoPath"]

# Strengths of the lasso beyond the one at which the first feature comes in, and halvings between
# the last that keeps few enough features and the first that keeps too many.
_PATH = np.logspace(0.02, 3.5, 24)
_HALVINGS = 4
# A path is a heuristic: on so many rows it keeps nearly the same features, and takes no longer.
_ROWS = 4000


@dataclass(frozen=True, eq=False)
class LassoPath:
    """Logistic regressions of labels between 0 and 1, with fewer features or more.

    Attributes
    ----------
    columns, classes, mass : ndarray of shape (2n, d) and (2n,)
        Each row as both classes, and what it counts as each.
    first : float
        The strength at which the first feature comes in; 0 for labels that all say the same.
    """

    columns: FloatArray
    classes: IntArray
    mass: FloatArray
    first: float

    @classmethod
    def of(cls, cells: Any, labels: FloatArray, weight: FloatArray) -> Self:
        """Take the rows that weigh anything, or a sample of many.

        Parameters
        ----------
        cells : ndarray of shape (n, d)
            Features of every row.
        labels, weight : ndarray of shape (n,)
            Between 0 and 1, and what each row counts.
        """
        rows = np.flatnonzero(weight > 0)
        if len(rows) > _ROWS:
            rows = np.sort(np.random.default_rng(0).permutation(rows)[:_ROWS])
        part, share = cells[rows].astype(np.float64), labels[rows]
        counts = weight[rows] / weight[rows].mean()
        columns = np.concatenate([part, part])
        classes = np.repeat([1, 0], len(rows))
        mass = np.concatenate([counts * share, counts * (1.0 - share)])
        # At the intercept alone, the steepest slope is where the first feature comes in.
        rate = float(counts @ share / counts.sum())
        steepest = float(np.abs(part.T @ (counts * (share - rate))).max(initial=0.0))
        return cls(columns, classes, mass, 1.0 / steepest if steepest > 0.0 else 0.0)

    def up_to(self, keep: int) -> IntArray:
        """Give the places of the last support that has no more than so many features."""
        low, found, high = self.first, np.zeros(0, dtype=np.int64), 0.0
        for factor in _PATH if self.first > 0.0 else ():
            support = self._support(self.first * factor)
            if len(support) > keep:
                high = self.first * factor
                break
            low, found = self.first * factor, support
        for _ in range(_HALVINGS if high > 0.0 else 0):
            middle = float(np.sqrt(low * high))
            support = self._support(middle)
            if len(support) > keep:
                high = middle
            else:
                low, found = middle, support if len(support) >= len(found) else found
        if len(found):
            return found
        # Labels that all say the same: no feature comes in.
        return np.arange(min(keep, self.columns.shape[1]))

    def order(self, least: int) -> list[int]:
        """Give the places of all features, those that come in first at the beginning.

        Parameters
        ----------
        least : int
            The path is followed until so many have come in; the others are in the order of the
            table, and so are those that come in within one step.
        """
        found: dict[int, None] = {}
        for factor in _PATH if self.first > 0.0 else ():
            if len(found) >= least:
                break
            found |= dict.fromkeys(self._support(self.first * factor).tolist())
        return list(found | dict.fromkeys(range(self.columns.shape[1])))

    def _support(self, strength: float) -> IntArray:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(
            l1_ratio=1.0, solver="liblinear", C=strength, random_state=0, intercept_scaling=10.0
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(self.columns, self.classes, sample_weight=self.mass)
        found: IntArray = np.flatnonzero(model.coef_[0])
        return found
