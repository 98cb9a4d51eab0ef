"""Several scores, and models of other kinds, on the same people."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from riskslim.evaluation.discrimination import AUCDifference, auc, compare_auc
from riskslim.evaluation.estimates import Estimate, mean_of
from riskslim.evaluation.folds import group_codes, split_rows
from riskslim.evaluation.held_out import fit_copy, predict_rows
from riskslim.evaluation.operating_points import OperatingPoint, operating_point
from riskslim.evaluation.performance import Performance, measure_risks
from riskslim.evaluation.point_models import (
    FasterRiskClassifier,
    RoundedLogisticRegression,
)
from riskslim.evaluation.reclassification import Reclassification, reclassify
from riskslim.evaluation.workers import run_in_processes
from riskslim.limits.deadline import Deadline, check_seconds
from riskslim.scores.people import counted_rows, groups_of_totals
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["MODELS", "Comparison", "Contender", "Pair", "compare_scores", "features_of"]

MODELS = {
    "logistic": "logistic regression",
    "rounded": "rounded logistic regression",
    "fasterrisk": "FasterRisk",
}
"""Models that scores can be compared with, and their names."""

_SAME_LOSS = 1e-9


@dataclass(frozen=True)
class Contender:
    """One score or model, and how well it predicts.

    Attributes
    ----------
    name : str
        Of the score, or of the model.
    trained : str
        ``"given"`` for a score; ``"cross-fitted"`` for a model that is fitted to the other folds
        of the same data; ``"on training data"`` for one that is fitted to data of its own.
    size : int or None
        Features with points; None for a model that is no score.
    performance : Performance
        Measures with intervals. The calibration error is by total, and by tenths of the risks
        for models that have no totals or are cross-fitted.
    decision_curve : tuple of OperatingPoint
        At the thresholds.
    """

    name: str
    trained: str
    size: int | None
    performance: Performance
    decision_curve: tuple[OperatingPoint, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as an object for JSON."""
        return {
            "name": self.name,
            "trained": self.trained,
            "size": self.size,
            "measures": self.performance.to_dict(),
            "decision_curve": [point.to_dict() for point in self.decision_curve],
        }


@dataclass(frozen=True, eq=False)
class Pair:
    """A contender beside the first one.

    Attributes
    ----------
    first, other : str
        Their names.
    auc : AUCDifference or None
        Area of the other less that of the first, with DeLong's test; None with one class only.
    net_benefit : tuple of Estimate
        The same difference of the net benefit, at each threshold.
    reclassification : Reclassification
        From the first to the other.
    """

    first: str
    other: str
    auc: AUCDifference | None
    net_benefit: tuple[Estimate, ...]
    reclassification: Reclassification

    def to_dict(self) -> dict[str, Any]:
        """Give everything as an object for JSON."""
        test = self.auc
        return {
            "first": self.first,
            "other": self.other,
            "auc": test and {**test.difference.to_dict(), "z": test.z, "p_value": test.p_value},
            "net_benefit": [estimate.to_dict() for estimate in self.net_benefit],
            "reclassification": self.reclassification.to_dict(),
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """Scores and models on the same people.

    Attributes
    ----------
    rows, positives : int
        Rows with a weight, and positive ones among them.
    thresholds : tuple of float
        Risks at which the net benefit is stated.
    contenders : tuple of Contender
        The scores as given, then the models.
    pairs : tuple of Pair
        Every other contender beside the first.
    notes : tuple of str
        What a reader must know to judge fairly.
    stopped : {"time limit", "interrupted"} or None
        What ended the fits before those of all models were finished; the others are left out.
    """

    rows: int
    positives: int
    thresholds: tuple[float, ...]
    contenders: tuple[Contender, ...]
    pairs: tuple[Pair, ...]
    notes: tuple[str, ...]
    stopped: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give everything as an object for JSON."""
        return {
            "kind": "comparison",
            "version": 1,
            "rows": self.rows,
            "positives": self.positives,
            "thresholds": list(self.thresholds),
            "contenders": [contender.to_dict() for contender in self.contenders],
            "pairs": [pair.to_dict() for pair in self.pairs],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, eq=False)
class _Judged:
    """Risks of one contender for all rows."""

    name: str
    trained: str
    size: int | None
    risk: FloatArray
    margin: FloatArray
    order: FloatArray
    group: IntArray | None


def compare_scores(
    scores: Mapping[str, RiskScore],
    X: Any,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    models: Sequence[str] = (),
    train: tuple[Any, ArrayLike] | None = None,
    cv: int = 5,
    thresholds: Sequence[float] = (0.1, 0.2, 0.3, 0.5),
    cutoffs: Sequence[float] | None = None,
    random_state: int = 0,
    n_jobs: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    time_limit: float | None = None,
    keep_finished: bool = False,
) -> Comparison:
    """Compare scores with each other, and with models, on the same people.

    Models are never judged on rows that they were fitted to: they are fitted to `train`, or
    cross-fitted, each fold being predicted by a model of the others. Then areas under the ROC
    curve, those of the scores too, compare people of one fold only. They get the features that
    the first score was offered, and points up to its size and largest points.

    Parameters
    ----------
    scores : mapping of str to RiskScore
        By name; the first is the one that the others stand beside. All have the same labels.
    X : DataFrame or array-like of shape (n, d)
        As for `RiskScore.total` of each.
    y : array-like of shape (n,)
        Outcomes, by the scores' labels.
    sample_weight : array-like of shape (n,), optional
        Finite, none negative; rows of weight 0 do not count.
    groups : array-like of shape (n,), optional
        Person of each row: intervals count people, and no person is on both sides of a split.
    models : sequence of {"logistic", "rounded", "fasterrisk"}
        Logistic regression on all features, its l2 penalty chosen by cross-validation; rounded
        logistic regression; FasterRisk, if it is installed.
    train : tuple (X, y), optional
        Data for the models; by default they are cross-fitted.
    cv : int, default=5
        Folds of the cross-fitting.
    thresholds : sequence of float
        Risks at which the net benefit is stated.
    cutoffs : sequence of float, optional
        Risks that divide the categories of the reclassification; by default the observed share
        of positives.
    random_state : int, default=0
        Seed of the folds.
    n_jobs : int, optional
        Processes; the answer does not depend on it.
    on_progress : callable, optional
        Called with the number of model fits done, and of all.
    time_limit : float, optional
        Seconds for all of it; none by default. Models that are not fitted in time are left out,
        and `Comparison.stopped` and a note say so.
    keep_finished : bool
        Whether an interrupt (Ctrl-C) ends the fits in the same way, rather than everything.

    Returns
    -------
    Comparison

    Raises
    ------
    ScoreError
        The data do not fit a score, or the scores have different labels.
    OptionError
        A model is unknown or not installed, or an option is out of its range.
    DataError
        The models cannot be fitted to the data.
    LimitError
        The time was up before the scores themselves were measured.
    """
    with Deadline.after(check_seconds(time_limit)).held() as deadline:
        names = list(scores)
        if not names:
            raise OptionError("give at least one score")
        first = scores[names[0]]
        for name, score in scores.items():
            if score.labels != first.labels:
                raise ScoreError(
                    f"{names[0]} knows the labels {first.labels}, {name} knows {score.labels}; "
                    "scores of one outcome are compared"
                )
        _, positive, weight = counted_rows(first, X, y, sample_weight)
        counted = np.ones(len(X), dtype=bool)
        if sample_weight is not None:
            counted = np.asarray(sample_weight, dtype=np.float64) > 0
        codes = group_codes(groups, len(X))
        cluster = None if codes is None else np.unique(codes[counted], return_inverse=True)[1]
        at = _checked("thresholds", thresholds)
        if cutoffs is None:
            # Sums that are rounded once: the share of one class is 0 or 1.
            share = math.fsum(weight[positive].tolist()) / math.fsum(weight.tolist())
            cutoffs = (share if 0 < share < 1 else 0.5,)
        _checked("cutoffs", cutoffs)
        judged = [_judge_score(name, score, X, counted) for name, score in scores.items()]
        notes = [
            note
            for name, score in scores.items()
            for note in _training_note(name, score, judged[names.index(name)], positive, weight)
        ]
        fold, stopped = None, None
        models = tuple(dict.fromkeys(models))
        if models:
            features = features_of(first, X)[counted]
            outcome = _as_labels(first, y)[counted]
            has_weights = sample_weight is not None
            other = None
            if train is not None:
                other = features_of(first, train[0]), _as_labels(first, train[1])
            reserve = _SECONDS_PER_ROW * len(positive) * (len(scores) + len(models))
            with deadline.earlier(reserve).held():
                found, fold, stopped = _judge_models(
                    _estimators(models, first, random_state),
                    (features, outcome, weight if has_weights else None, cluster),
                    other,
                    positive,
                    first,
                    (cv, random_state, n_jobs, on_progress, keep_finished),
                )
            judged += found
            if fold is not None:
                notes.append(
                    f"Models are cross-fitted in {cv} folds of this data, and areas compare "
                    "people of one fold only."
                )
        if stopped is not None:
            notes.append(_what_is_left_out(stopped, models, found))
        return _measured(judged, positive, weight, fold, cluster, at, cutoffs, notes, stopped)


# Measures of so many rows take about so long, which the fits of models leave for the end.
_SECONDS_PER_ROW = 8e-6


def _what_is_left_out(stopped: str, models: Sequence[str], found: Sequence[_Judged]) -> str:
    names = {one.name for one in found}
    missing = ", ".join(MODELS[model] for model in models if MODELS[model] not in names)
    how = "interrupted" if stopped == "interrupted" else f"stopped at the {stopped}"
    return f"{how} after {len(found)} of {len(models)} models; left out: {missing}."


def _measured(
    judged: Sequence[_Judged],
    positive: BoolArray,
    weight: FloatArray,
    fold: IntArray | None,
    cluster: IntArray | None,
    thresholds: tuple[float, ...],
    cutoffs: Sequence[float],
    notes: Sequence[str],
    stopped: str | None,
) -> Comparison:
    return Comparison(
        rows=len(positive),
        positives=int(positive.sum()),
        thresholds=thresholds,
        contenders=tuple(
            Contender(
                name=one.name,
                trained=one.trained,
                size=one.size,
                performance=_performance(one, positive, weight, fold, cluster),
                decision_curve=tuple(
                    operating_point(positive, one.risk >= risk, weight, risk, None, cluster)
                    for risk in thresholds
                ),
            )
            for one in judged
        ),
        pairs=tuple(
            Pair(
                first=judged[0].name,
                other=other.name,
                auc=compare_auc(positive, other.order, judged[0].order, weight, fold, cluster),
                net_benefit=tuple(
                    _benefit_gain(positive, judged[0].risk, other.risk, risk, weight, cluster)
                    for risk in thresholds
                ),
                reclassification=reclassify(
                    positive, judged[0].risk, other.risk, cutoffs, weight, cluster
                ),
            )
            for other in judged[1:]
        ),
        notes=tuple(notes),
        stopped=stopped,
    )


def _performance(
    one: _Judged,
    positive: BoolArray,
    weight: FloatArray,
    fold: IntArray | None,
    cluster: IntArray | None,
) -> Performance:
    """Measure a contender; areas compare people of one fold, where there are folds."""
    found = measure_risks(
        positive, one.risk, weight, margin=one.margin, group=one.group, cluster=cluster
    )
    return replace(found, auc=auc(positive, one.order, weight, fold, cluster))


def _checked(name: str, risks: Sequence[float]) -> tuple[float, ...]:
    at = tuple(sorted({float(value) for value in risks}))
    if not at or not all(0 < value < 1 for value in at):
        raise OptionError(f"{name}={tuple(risks)!r}: give risks between 0 and 1, at least one")
    return at


def _judge_score(name: str, score: RiskScore, X: Any, counted: BoolArray) -> _Judged:
    total = score.total(X)[counted]
    group = groups_of_totals(score, total)[1]
    return _Judged(
        name, "given", score.size, score.risks(total), score.log_odds(total), total, group
    )


def _training_note(
    name: str, score: RiskScore, judged: _Judged, positive: BoolArray, weight: FloatArray
) -> list[str]:
    """Say so where the data are the very rows that a score was trained on."""
    certificate = score.certificate
    same = score.training.rows == len(positive) and score.training.positives == positive.sum()
    if certificate is None or score.recalibration is not None or not same:
        return []
    losses = np.logaddexp(0.0, np.where(positive, -judged.margin, judged.margin))
    loss = math.fsum((weight * losses).tolist()) / math.fsum(weight.tolist())
    if abs(loss - certificate.loss) > _SAME_LOSS:
        return []
    return [
        f"{name} was trained on these very rows: its measures are too good. "
        "Compare on other data, or by cross-validation."
    ]


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


def _as_labels(score: RiskScore, y: ArrayLike) -> np.ndarray[Any, Any]:
    """Give outcomes as the score's labels, in whatever types they were read."""
    label = label_of_each(y, score.labels)
    strange = np.flatnonzero(label < 0)
    if strange.size:
        raise ScoreError(
            f"row {strange[0] + 1} has an outcome that is neither {score.labels[0]!r} nor "
            f"{score.labels[1]!r}"
        )
    return np.array(score.labels)[label]


def _estimators(models: Sequence[str], first: RiskScore, seed: int) -> dict[str, Any]:
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


def _judge_models(
    estimators: Mapping[str, Any],
    rows: tuple[FloatArray, np.ndarray[Any, Any], FloatArray | None, IntArray | None],
    train: tuple[FloatArray, np.ndarray[Any, Any]] | None,
    positive: BoolArray,
    first: RiskScore,
    how: tuple[int, int, int | None, Callable[[int, int], None] | None, bool],
) -> tuple[list[_Judged], IntArray | None, str | None]:
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
            _Judged(
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
    fitted = fit_copy(estimator, X, y, weight, cluster, fit, where)
    return predict_rows(fitted, held, label), None if fitted.score is None else fitted.score.size


def _benefit_gain(
    positive: BoolArray,
    first: FloatArray,
    other: FloatArray,
    risk: float,
    weight: FloatArray,
    cluster: IntArray | None,
) -> Estimate:
    """Net benefit of the other less that of the first, at one threshold."""
    worth = np.where(positive, 1.0, -risk / (1 - risk))
    moved = (other >= risk).astype(np.float64) - (first >= risk)
    return mean_of(worth * moved, weight, cluster)
