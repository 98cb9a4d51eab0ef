"""Models of other kinds beside scores: fitted to rows that they are not judged on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import delayed
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from riskslim.data.frames import as_frame
from riskslim.data.outcome import label_of_each
from riskslim.errors import OptionError, ScoreError
from riskslim.evaluation.folds import split_rows
from riskslim.evaluation.held_out import fit_copy, predict_rows
from riskslim.evaluation.point_models import FasterRiskClassifier, RoundedLogisticRegression
from riskslim.evaluation.workers import run_in_processes
from riskslim.limits.threads import one_thread
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["MODELS", "Judged", "as_labels", "estimators_of", "features_of", "judge_models"]

MODELS = {
    "logistic": "logistic regression",
    "rounded": "rounded logistic regression",
    "fasterrisk": "FasterRisk",
}
"""Models that scores can be compared with, and their names."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Risks of one contender for all rows."""

    name: str
    trained: str
    size: int | None
    risk: FloatArray
    margin: FloatArray
    order: FloatArray
    group: IntArray | None


def features_of(score: RiskScore, X: Any) -> FloatArray:
    """Give every feature that a score was offered, as numbers of shape (n, d).

    Raises
    ------
    ScoreError
        The data lack one.
    """
    X = as_frame(X)
    if not hasattr(X, "columns"):
        return np.asarray(X, dtype=np.float64)
    names = [str(name) for name in X.columns]
    if score.binning is not None and score.binning.is_raw_table(names, score.feature_names):
        return np.asarray(score.binning.frame(X, "the data"), dtype=np.float64)
    missing = [name for name in score.feature_names if name not in names]
    if missing:
        raise ScoreError(
            f"models are fitted to the {len(score.features)} features that the first score was "
            f"offered; the data lack {len(missing)} of them, such as {missing[0]!r}; add them, or "
            "compare the scores alone"
        )
    columns = [X.iloc[:, names.index(name)] for name in score.feature_names]
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])


def as_labels(score: RiskScore, y: ArrayLike) -> np.ndarray[Any, Any]:
    """Give outcomes as the score's labels, in whatever types they were read."""
    label = label_of_each(y, score.labels)
    strange = np.flatnonzero(label < 0)
    if strange.size:
        raise ScoreError(
            f"row {strange[0] + 1} has an outcome that is neither {score.labels[0]!r} nor "
            f"{score.labels[1]!r}"
        )
    return np.array(score.labels)[label]


def estimators_of(models: Sequence[str], first: RiskScore, seed: int) -> dict[str, Any]:
    """Make the models by name, with points up to the size and the largest points of a score."""
    size = max(first.size, 1)
    largest = max(map(abs, first.points.values()), default=5)
    found: dict[str, Any] = {}
    for model in models:
        if model not in MODELS:
            raise OptionError(f"model {model!r} is unknown; the models are {', '.join(MODELS)}")
        if model == "logistic":
            folds = StratifiedKFold(5, shuffle=True, random_state=seed)
            found[model] = make_pipeline(
                StandardScaler(),
                LogisticRegressionCV(
                    Cs=10,
                    cv=folds,
                    scoring="neg_log_loss",
                    l1_ratios=(0.0,),
                    max_iter=2000,
                    use_legacy_attributes=False,
                ),
            )
        elif model == "rounded":
            found[model] = RoundedLogisticRegression(size, largest)
        else:
            found[model] = FasterRiskClassifier(size, largest)
    return found


def judge_models(
    estimators: Mapping[str, Any],
    rows: tuple[FloatArray, np.ndarray[Any, Any], FloatArray | None, IntArray | None],
    train: tuple[FloatArray, np.ndarray[Any, Any]] | None,
    positive: BoolArray,
    first: RiskScore,
    how: tuple[int, int, int | None, Callable[[int, int], None] | None, bool],
) -> tuple[list[Judged], IntArray | None, str | None]:
    """Predict the rows by models that have not seen them; give the folds too.

    Models that were not fitted to every fold before the work was stopped are left out.
    """
    features, outcome, weight, cluster = rows
    cv, seed, n_jobs, on_progress, keeps = how
    label = first.labels[1]
    everyone = np.arange(len(outcome))
    if train is None:
        splits = split_rows(positive, cluster, cv, seed)
    else:
        splits = [(np.arange(len(train[1])), everyone)]
    work = [
        delayed(_fit_and_predict)(
            estimator,
            (features, outcome, weight, cluster) if train is None else (*train, None, None),
            fit,
            features[held],
            label,
            f"{MODELS[name]}, fit {number + 1} of {len(splits)}",
        )
        for name, estimator in estimators.items()
        for number, (fit, held) in enumerate(splits)
    ]
    done = run_in_processes(work, n_jobs, on_progress, keeps)
    judged = []
    fold = np.zeros(len(outcome), dtype=np.int64)
    for number, (_, held) in enumerate(splits):
        fold[held] = number
    for place, name in enumerate(estimators):
        risk, margin = np.empty(len(outcome)), np.empty(len(outcome))
        parts = done.results[place * len(splits) : (place + 1) * len(splits)]
        if any(part is None for part in parts):
            continue
        for (_, held), (predictions, _) in zip(splits, parts, strict=True):
            risk[held], margin[held] = predictions.risk, predictions.margin
        sizes = [size for _, size in parts if size is not None]
        judged.append(
            Judged(
                name=MODELS[name],
                trained="cross-fitted" if train is None else "on training data",
                size=max(sizes) if sizes else None,
                risk=risk,
                margin=margin,
                order=margin,
                # Totals of different folds are different things.
                group=parts[0][0].group if train is not None else None,
            )
        )
    return judged, fold if train is None and judged else None, done.stopped


def _fit_and_predict(
    estimator: Any, rows: Any, fit: IntArray, held: FloatArray, label: Any, where: str
) -> tuple[Any, int | None]:
    X, y, weight, cluster = rows
    with one_thread():
        fitted = fit_copy(estimator, X, y, weight, cluster, fit, where)
    return predict_rows(fitted, held, label), None if fitted.score is None else fitted.score.size
