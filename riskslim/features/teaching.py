"""Labels that a smooth model of the same rows softens: a teacher, and its share in them.

An exact search among many cuts of a small table fits its noise. Labels ``(1 - a) y + a p``, p the
probabilities of a regularised model of the same training rows, have less of it, at the price of
the model's bias: a catalytic prior [1]_, whose weight a is chosen by held-out people.

References
----------
.. [1] D. Huang, N. Stein, D. B. Rubin, S. C. Kou, "Catalytic prior distributions with application
   to generalized linear models", PNAS 117 (2020), 12004-12010.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskslim.errors import OptionError
from riskslim.features.ridge import RawColumns, Ridge
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from riskslim.features.binning import Binning

__all__ = ["STEPS", "Teaching", "mixed", "with_level"]

STEPS = "steps"
"""The teacher that is made here: see `Teaching`."""

_SURE = 1e-9
# The model of all cuts, some hundred columns, is fitted to so many rows at most.
_STEP_ROWS = 5000


@dataclass(frozen=True)
class Teaching:
    """Who teaches, and how much.

    Attributes
    ----------
    teacher : {"steps"}, or classifier
        ``"steps"`` is the mean of two ridge logistic regressions, on the raw columns and on the
        indicators of all cuts (an additive model of steps), the penalty of each chosen by
        cross-validation of the log loss. Or any scikit-learn classifier with
        ``predict_proba``, a copy of which is fitted to the raw rows.
    share : float
        Of the teacher in the labels, from 0 to 1.
    seed : int
        Of the folds that choose penalties.
    """

    teacher: Any
    share: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        known = self.teacher == STEPS if isinstance(self.teacher, str) else _can_teach(self.teacher)
        if not known:
            raise OptionError(
                f"teacher={self.teacher!r}: give {STEPS!r}, or a classifier with predict_proba"
            )
        share: Any = self.share
        is_number = isinstance(share, Real) and not isinstance(share, bool)
        if not (is_number and 0 <= float(share) <= 1):
            raise OptionError(f"teacher_share={share!r}: give a number from 0 to 1")

    def labels(
        self,
        raw: Any,
        cells: Any,
        positive: BoolArray,
        weight: FloatArray | None = None,
        binning: Binning | None = None,
    ) -> FloatArray:
        """Give the labels of the rows of a fit.

        Parameters
        ----------
        raw : DataFrame or array-like of shape (n, any)
            As a classifier is given them.
        cells : ndarray of shape (n, d)
            All features, before any are screened.
        positive : ndarray of bool, shape (n,)
            Outcomes.
        weight : ndarray of shape (n,), optional
            What each row counts.
        binning : Binning, optional
            How the features were made of the raw rows; without one they are these.

        Returns
        -------
        ndarray of shape (n,)
            Between 0 and 1; their mean is that of the outcomes.
        """
        positive = np.asarray(positive, dtype=np.bool_)
        weight = np.ones(len(positive)) if weight is None else np.asarray(weight, dtype=np.float64)
        if self.share == 0:
            return positive.astype(np.float64)
        if isinstance(self.teacher, str):
            risk = self._steps(raw, np.asarray(cells), positive, weight, binning)
        else:
            risk = _taught_by(self.teacher, raw, positive, weight)
        return mixed(positive, with_level(risk, positive, weight), float(self.share))

    def _steps(
        self,
        raw: Any,
        cells: NDArray[Any],
        positive: BoolArray,
        weight: FloatArray,
        binning: Binning | None,
    ) -> FloatArray:
        if binning is None:
            cells = cells.astype(np.float64)
            scale = cells.std(axis=0)
            columns = (cells - cells.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
            return Ridge(columns, positive, weight, self.seed).risks(columns)
        columns = RawColumns(binning, raw, weight).of(raw)
        linear = Ridge(columns, positive, weight, self.seed).risks(columns)
        rows = np.arange(len(positive))
        if len(rows) > _STEP_ROWS:
            rows = np.sort(np.random.default_rng(self.seed).permutation(rows)[:_STEP_ROWS])
        steps = Ridge(cells[rows].astype(np.float64), positive[rows], weight[rows], self.seed)
        return (linear + steps.risks(cells)) / 2


def mixed(positive: BoolArray, risk: FloatArray, share: float) -> FloatArray:
    """Mix outcomes with a teacher's probabilities, which have a share in the labels."""
    return (1.0 - share) * positive + share * risk


def with_level(risk: FloatArray, positive: BoolArray, weight: FloatArray) -> FloatArray:
    """Shift the log-odds of risks so that their mean is the share of the positive outcome."""
    from scipy.optimize import brentq

    from riskslim.solvers.odds import expit, logit

    odds = logit(np.clip(risk, _SURE, 1.0 - _SURE))
    share = weight / weight.sum()
    rate = float(share @ positive)
    if not 0.0 < rate < 1.0:
        return risk
    # Log-odds of the probabilities are within these ends, and so is any shift that is needed.
    ends = 50.0
    shift = brentq(lambda by: float(share @ expit(odds + by)) - rate, -ends, ends, xtol=1e-14)
    level: FloatArray = expit(odds + shift)
    return level


def _can_teach(teacher: Any) -> bool:
    # A class is no teacher, nor is None.
    return (
        hasattr(teacher, "predict_proba")
        and hasattr(teacher, "get_params")
        and not isinstance(teacher, type)
    )


def _taught_by(teacher: Any, raw: Any, positive: BoolArray, weight: FloatArray) -> FloatArray:
    from sklearn.base import clone
    from sklearn.pipeline import Pipeline
    from sklearn.utils import _safe_indexing
    from sklearn.utils.validation import has_fit_parameter

    rows, copy = np.flatnonzero(weight > 0), clone(teacher)
    named: dict[str, Any] = {}
    if np.ptp(weight[rows]) > 0:
        step = copy.steps[-1] if isinstance(copy, Pipeline) else ("", copy)
        if not has_fit_parameter(step[1], "sample_weight"):
            raise OptionError(
                f"teacher: {type(step[1]).__name__} takes no sample weights; drop them, or give "
                "another teacher"
            )
        prefix = f"{step[0]}__" if step[0] else ""
        named = {f"{prefix}sample_weight": weight[rows]}
    with warnings.catch_warnings():
        # What it says of the rows of a fold is no news about the data.
        warnings.simplefilter("ignore")
        copy.fit(_safe_indexing(raw, rows), positive[rows].astype(np.int64), **named)
        risk: FloatArray = np.asarray(copy.predict_proba(raw), dtype=np.float64)[:, 1]
    if not np.all((risk >= 0) & (risk <= 1)):
        raise OptionError(f"teacher: {type(teacher).__name__} gives no probabilities from 0 to 1")
    return risk
