"""Several scores, and models of other kinds, on the same people."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.errors import OptionError, ScoreError
from riskslim.evaluation.compared import Comparison, Contender, Pair
from riskslim.evaluation.discrimination import auc, compare_auc
from riskslim.evaluation.estimates import Estimate, Merged, People, mean_of, rows_of
from riskslim.evaluation.folds import group_codes
from riskslim.evaluation.operating_points import operating_point
from riskslim.evaluation.performance import Performance, measure_risks
from riskslim.evaluation.reclassification import reclassify
from riskslim.evaluation.risk import merged
from riskslim.evaluation.rivals import (
    MODELS,
    Judged,
    as_labels,
    estimators_of,
    features_of,
    judge_models,
)
from riskslim.limits.deadline import Deadline, check_seconds
from riskslim.limits.reserve import after_fits
from riskslim.scores.people import CountedPeople, counted_rows, groups_of_totals
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["compare_scores"]

_SAME_LOSS = 1e-9


def compare_scores(
    scores: Mapping[str, RiskScore],
    X: Any,
    y: ArrayLike | None = None,
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
    X : DataFrame or array-like of shape (n, d), or mapping of str to CountedPeople
        As for `RiskScore.total` of each; or the people of a table by their totals, as
        `riskslim.evaluation.by_total.count_together` counts them, with all that follows.
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
        people = _People.of(scores, X, y, sample_weight, groups)
        positive, weight, cluster = people.positive, people.weight, people.cluster
        at = _checked("thresholds", thresholds)
        if cutoffs is None:
            # Sums that are rounded once: the share of one class is 0 or 1.
            share = math.fsum(weight[positive].tolist()) / math.fsum(weight.tolist())
            cutoffs = (share if 0 < share < 1 else 0.5,)
        _checked("cutoffs", cutoffs)
        judged = [_judge_score(name, score, people.totals[name]) for name, score in scores.items()]
        notes = [
            note
            for name, score in scores.items()
            for note in _training_note(name, score, judged[names.index(name)], people)
        ]
        fold, stopped = None, None
        models = tuple(dict.fromkeys(models))
        if models:
            if y is None or people.counted is None or isinstance(cluster, Merged):
                raise OptionError("models are fitted to rows: give X and y, or no models")
            features = features_of(first, X)[people.counted]
            outcome = as_labels(first, y)[people.counted]
            has_weights = sample_weight is not None
            other = None
            if train is not None:
                other = features_of(first, train[0]), as_labels(first, train[1])
            reserve = after_fits(len(positive), 2 * (len(scores) + len(models)))
            with deadline.earlier(reserve).held():
                found, fold, stopped = judge_models(
                    estimators_of(models, first, random_state),
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
        return _measured(judged, people, fold, at, cutoffs, notes, stopped)


@dataclass(frozen=True, eq=False)
class _People:
    """Those that scores are compared on: rows, or people who were counted."""

    positive: BoolArray
    weight: FloatArray
    cluster: People
    totals: dict[str, FloatArray]
    counted: BoolArray | None = None

    @classmethod
    def of(
        cls,
        scores: Mapping[str, RiskScore],
        X: Any,
        y: ArrayLike | None,
        sample_weight: ArrayLike | None,
        groups: ArrayLike | None,
    ) -> _People:
        """Check them; parameters as for `compare_scores`."""
        if isinstance(X, Mapping) and all(isinstance(one, CountedPeople) for one in X.values()):
            one = X[next(iter(scores))]
            totals = {name: X[name].total for name in scores}
            return cls(one.positive, one.weight, merged(one), totals)
        first = next(iter(scores.values()))
        if y is None:
            raise ScoreError("rows are compared with outcomes: give y, one for each row")
        _, positive, weight = counted_rows(first, X, y, sample_weight)
        counted = np.ones(len(X), dtype=bool)
        if sample_weight is not None:
            counted = np.asarray(sample_weight, dtype=np.float64) > 0
        codes = group_codes(groups, len(X))
        cluster = None if codes is None else np.unique(codes[counted], return_inverse=True)[1]
        totals = {name: score.total(X)[counted] for name, score in scores.items()}
        return cls(positive, weight, cluster, totals, counted)

    @property
    def numbers(self) -> tuple[int, int]:
        """How many rows there are, and positive ones among them."""
        rows = rows_of(self.cluster)
        if rows is None:
            return len(self.positive), int(self.positive.sum())
        return int(rows.sum()), int(rows[self.positive].sum())


def _what_is_left_out(stopped: str, models: Sequence[str], found: Sequence[Judged]) -> str:
    names = {one.name for one in found}
    missing = ", ".join(MODELS[model] for model in models if MODELS[model] not in names)
    how = "interrupted" if stopped == "interrupted" else f"stopped at the {stopped}"
    return f"{how} after {len(found)} of {len(models)} models; left out: {missing}."


def _measured(
    judged: Sequence[Judged],
    people: _People,
    fold: IntArray | None,
    thresholds: tuple[float, ...],
    cutoffs: Sequence[float],
    notes: Sequence[str],
    stopped: str | None,
) -> Comparison:
    positive, weight, cluster = people.positive, people.weight, people.cluster
    rows, positives = people.numbers
    return Comparison(
        rows=rows,
        positives=positives,
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
    one: Judged,
    positive: BoolArray,
    weight: FloatArray,
    fold: IntArray | None,
    cluster: People,
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


def _judge_score(name: str, score: RiskScore, total: FloatArray) -> Judged:
    group = groups_of_totals(score, total)[1]
    return Judged(
        name, "given", score.size, score.risks(total), score.log_odds(total), total, group
    )


def _training_note(name: str, score: RiskScore, judged: Judged, people: _People) -> list[str]:
    """Say so where the data are the very rows that a score was trained on."""
    certificate = score.certificate
    positive, weight = people.positive, people.weight
    same = (score.training.rows, score.training.positives) == people.numbers
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


def _benefit_gain(
    positive: BoolArray,
    first: FloatArray,
    other: FloatArray,
    risk: float,
    weight: FloatArray,
    cluster: People,
) -> Estimate:
    """Net benefit of the other less that of the first, at one threshold."""
    worth = np.where(positive, 1.0, -risk / (1 - risk))
    moved = (other >= risk).astype(np.float64) - (first >= risk)
    return mean_of(worth * moved, weight, cluster)
