"""Ridge logistic regression whose penalty is chosen by cross-validation of the log loss."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskslim.features.variables import Thresholds
from riskslim.limits.threads import one_thread
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.features.binning import Binning

__all__ = ["RawColumns", "Ridge"]

# Inverse penalties, from the strongest on; each fit starts at the one before.
_STRENGTHS = np.logspace(-4, 2, 10)
_FOLDS = 5
# The penalty, a prior that does not depend on the number of rows, is chosen on so many at most.
_CHOOSING_ROWS = 2000
# Risks need no more: predictions settle long before the last digits of coefficients.
_STEPS, _TOLERANCE = 200, 1e-3
# So many strengths in a row that are worse than the best end the path.
_WORSE = 2
_BLOCK = 1 << 16


class Ridge:
    """A fitted model.

    Parameters
    ----------
    columns : ndarray of shape (n, d)
        Numbers of a comparable scale.
    positive : ndarray of bool, shape (n,)
        Outcomes, of both kinds.
    weight : ndarray of shape (n,)
        What each row counts.
    seed : int
        Of the folds.
    """

    def __init__(
        self, columns: FloatArray, positive: Any, weight: FloatArray, seed: int = 0
    ) -> None:
        counted = weight > 0
        # The penalty is one on rows that weigh one: a table is not another one in tenths.
        weight = weight[counted] / weight[counted].mean()
        columns, positive = columns[counted], positive[counted].astype(np.int64)
        with one_thread():
            strength = _chosen(columns, positive, weight, seed)
            self._model = _fitted(None, strength, columns, positive, weight)

    def risks(self, columns: NDArray[Any]) -> FloatArray:
        """Give the probability of the positive outcome of every row."""
        found = np.empty(len(columns))
        for start in range(0, len(columns), _BLOCK):
            # Bytes are made doubles a block at a time.
            block = columns[start : start + _BLOCK].astype(np.float64, copy=False)
            found[start : start + _BLOCK] = self._model.predict_proba(block)[:, 1]
        return found


def _chosen(columns: FloatArray, positive: Any, weight: FloatArray, seed: int) -> float:
    from sklearn.model_selection import StratifiedKFold

    rng = np.random.default_rng(seed)
    if len(positive) > _CHOOSING_ROWS:
        rows = np.sort(rng.permutation(len(positive))[:_CHOOSING_ROWS])
        columns, positive, weight = columns[rows], positive[rows], weight[rows]
    folds = min(_FOLDS, int(np.bincount(positive, minlength=2).min()))
    if folds < 2:
        return 1.0
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    splits = list(splitter.split(columns, positive))
    models: list[Any] = [None] * len(splits)
    losses: list[float] = []
    for strength in _STRENGTHS:
        losses.append(0.0)
        for number, (fit, held) in enumerate(splits):
            model = _fitted(models[number], strength, columns[fit], positive[fit], weight[fit])
            risk = np.clip(model.predict_proba(columns[held])[:, 1], 1e-12, 1 - 1e-12)
            own = np.where(positive[held] == 1, -np.log(risk), -np.log1p(-risk))
            losses[-1] += float(weight[held] @ own)
            models[number] = model
        if len(losses) - 1 >= int(np.argmin(losses)) + _WORSE:
            # Weaker penalties overfit ever more, and take the longest.
            break
    return float(_STRENGTHS[int(np.argmin(losses))])


def _fitted(
    model: Any, strength: float, columns: FloatArray, positive: Any, weight: FloatArray
) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if model is None:
        model = LogisticRegression(max_iter=_STEPS, tol=_TOLERANCE, warm_start=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.set_params(C=strength).fit(columns, positive, sample_weight=weight)


class RawColumns:
    """The columns of a raw table as a regression takes them, as a binning reads them.

    A measurement is a number in standard deviations, the mean where it is blank; its blanks and
    special codes, flags and levels are 0 and 1.

    Parameters
    ----------
    binning : Binning
        Knows what the columns hold.
    frame : DataFrame
        The rows whose means and deviations are taken.
    weight : ndarray of shape (n,)
        What each of them counts.
    """

    def __init__(self, binning: Binning, frame: pd.DataFrame, weight: FloatArray) -> None:
        self._binning = binning
        self._scales: list[tuple[float, float]] = []
        raw = binning.raw_columns(frame)
        for variable in binning.variables:
            if isinstance(variable, Thresholds):
                values = variable.values(raw, "DataFrame")
                known = ~np.isnan(values)
                share = weight * known / max(float(weight[known].sum()), 1e-300)
                filled = np.where(known, values, 0.0)
                mean = float(share @ filled)
                self._scales.append((mean, float(np.sqrt(share @ (filled - mean) ** 2)) or 1.0))

    def of(self, frame: pd.DataFrame) -> FloatArray:
        """Give the columns of every row."""
        raw, scales = self._binning.raw_columns(frame), iter(self._scales)
        made: list[Any] = []
        for variable in self._binning.variables:
            if not isinstance(variable, Thresholds):
                made.append(variable.encode(raw, "DataFrame"))
                continue
            values, (mean, deviation) = variable.values(raw, "DataFrame"), next(scales)
            blank, special = np.isnan(values), variable.specials(raw)
            made += [np.where(blank, 0.0, (values - mean) / deviation)[:, None], special]
            blank &= ~special.any(axis=1)
            if variable.blanks == "feature":
                made.append(blank[:, None])
        return np.concatenate([np.asarray(one, dtype=np.float64) for one in made], axis=1)
