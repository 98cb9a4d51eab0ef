"""Nested, stratified and grouped cross-validation of a risk score, and of all that made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from joblib import delayed
from numpy.typing import ArrayLike
from sklearn.utils import _safe_indexing

from riskslim.data.frames import as_frame
from riskslim.data.outcome import positive_rows, row_weights
from riskslim.errors import DataError, LimitError, OptionError
from riskslim.estimators.selection import RiskSLIMClassifierCV, with_decided_kinds
from riskslim.evaluation.bootstrap import Resampled, draw, measure_resample, optimism_of
from riskslim.evaluation.folds import check_count, group_codes, split_rows
from riskslim.evaluation.held_out import Fitted, Predictions, fit_copy, predict_rows
from riskslim.evaluation.judged_people import JudgedPeople
from riskslim.evaluation.matched_cuts import Cuts, shares_from
from riskslim.evaluation.operating_points import OperatingPoint, average_points, operating_point
from riskslim.evaluation.performance import (
    Performance,
    average_performance,
    calibration_table,
    measure_risks,
)
from riskslim.evaluation.result import CrossValidation, FoldPlan, FoldResult
from riskslim.evaluation.workers import Finished, run_in_processes
from riskslim.limits.deadline import Deadline, check_seconds
from riskslim.limits.reserve import after_fits
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["DEFAULT_THRESHOLDS", "cross_validate_score"]

DEFAULT_THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Risks at which the net benefit is stated."""


_Split = tuple[int, int, IntArray, IntArray]
"""Repetition, number of the fold, rows that are fitted, rows that are held out."""
_Fold = tuple[Fitted, Predictions, Cuts | None]


def cross_validate_score(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    cv: Any = 5,
    repeats: int = 1,
    bootstrap: int = 0,
    thresholds: Sequence[float] = DEFAULT_THRESHOLDS,
    positive: Any = None,
    random_state: int = 0,
    n_jobs: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    time_limit: float | None = None,
    keep_finished: bool = False,
) -> CrossValidation:
    """Cross-validate everything that makes a score.

    Each fold is predicted by a copy that was fitted to the other folds alone. Whatever is
    chosen from data belongs into the estimator: thresholds of features into a pipeline's
    first steps, the size into `RiskSLIMClassifierCV`, which makes the cross-validation
    nested. The areas under the ROC curve compare people of one fold only, because scores of
    different folds were fitted to different people; calibration is pooled over all folds.

    Parameters
    ----------
    estimator : estimator or None
        A `RiskSLIMClassifierCV`, a `RiskSLIMClassifier`, a pipeline that ends in one, or any
        scikit-learn classifier with ``predict_proba``. None for ``RiskSLIMClassifierCV()``.
    X : DataFrame or array-like of shape (n, d)
        What the estimator takes.
    y : array-like of shape (n,)
        Two labels.
    groups : array-like of shape (n,), optional
        Person of each row. A person is never on both sides of a split, the inner ones
        included, and the intervals count people.
    sample_weight : array-like of shape (n,), optional
        Weights, for fitting and for measuring; rows of weight 0 are left out.
    cv : int or scikit-learn splitter, default=5
        Outer folds, stratified by outcome.
    repeats : int, default=1
        Other splits into folds; measures and intervals are averaged over them.
    bootstrap : int, default=0
        Resamples of people for the optimism of the apparent measures [1]_: the whole fit is
        repeated on each. 0 for none; a hundred or more are usual.
    thresholds : sequence of float
        Risks at which the net benefit is measured, between 0 and 1.
    positive : label, optional
        Needed unless the labels are 0/1, -1/1 or booleans. Where it is not the larger of the two,
        the estimator is given 1 for it and 0 for the other.
    random_state : int, default=0
        Seed of folds and resamples.
    n_jobs : int, optional
        Processes; -1 for all cores. The answer does not depend on it, unless a time limit ends
        a search.
    on_progress : callable, optional
        Called with the number of fits done, and of all.
    time_limit : float, optional
        Seconds for all of it, shared out over the fits; none by default. Folds and resamples
        that are not finished in time are left out, and `CrossValidation.stopped` says so.
        Limits of the estimator are for each fit.
    keep_finished : bool
        Whether an interrupt (Ctrl-C) ends the folds in the same way, rather than everything.

    Returns
    -------
    CrossValidation
        Measures with intervals, the folds, and the estimator fitted to all rows.

    Raises
    ------
    DataError, OptionError, CoefficientError, ConstraintError, InfeasibleError
        The data or an option cannot be used, or a fit fails; names the fold.
    LimitError
        The time was up before the fit to all rows and one fold were finished.
    KeyboardInterrupt
        Interrupted before that, or where nothing is kept.

    References
    ----------
    .. [1] F. E. Harrell, K. L. Lee, D. B. Mark, "Multivariable prognostic models", Statistics in
       Medicine 15 (1996), 361-387.

    Examples
    --------
    >>> from riskslim import RiskSLIMClassifier, cross_validate_score
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]] * 5
    >>> y = [0, 0, 1, 1, 0, 1, 1, 1, 0, 0] * 2
    >>> found = cross_validate_score(RiskSLIMClassifier(max_size=2), X, y, cv=4)
    >>> len(found.folds)
    4
    """
    estimator = RiskSLIMClassifierCV() if estimator is None else estimator
    with Deadline.after(check_seconds(time_limit)).held() as deadline:
        rows = _Rows.checked(X, y, groups, sample_weight, positive)
        estimator = with_decided_kinds(estimator, rows.X)
        repeats = check_count(repeats, "repeats", 1)
        bootstrap = check_count(bootstrap, "bootstrap", 0)
        at = _checked_thresholds(thresholds)
        if repeats > 1 and not isinstance(cv, int | np.integer):
            raise OptionError("repeats: give cv as a number of folds, or repeat in the splitter")
        splits = [
            (repeat, number, fit, held)
            for repeat in range(repeats)
            for number, (fit, held) in enumerate(
                split_rows(rows.positive, rows.groups, cv, random_state + repeat)
            )
        ]
        folds_each = len(splits) // repeats
        everyone = np.arange(len(rows.y))
        samples = draw(rows.positive, rows.groups, bootstrap, random_state)
        work = [delayed(_fit_all)(estimator, rows, everyone)]
        work += [
            delayed(_one_fold)(estimator, rows, fit, held, f"fold {number + 1} of {folds_each}")
            for _, number, fit, held in splits
        ]
        work += [
            delayed(_one_resample)(estimator, rows, sample, f"resample {number + 1} of {bootstrap}")
            for number, sample in enumerate(samples)
        ]
        plan = FoldPlan(folds_each, repeats, bootstrap)
        # Apparent measures are taken twice, and so are those of each repetition.
        with deadline.earlier(after_fits(len(rows.y), 2 + 2 * repeats)).held():
            done = run_in_processes(work, n_jobs, on_progress, keep_finished)
    # What was finished is measured, at whatever moment the last fold ended.
    pairs = list(zip(splits, done.results[1 : 1 + len(splits)], strict=True))
    finished = [(split, found) for split, found in pairs if found is not None]
    resampled = [found for found in done.results[1 + len(splits) :] if found is not None]
    if done.results[0] is None or not finished:
        _refuse_nothing(done.stopped, plan)
    return _result(
        estimator, str(getattr(y, "name", None) or "outcome"), rows, done, finished, resampled,
        plan, at, int(random_state),
    )  # fmt: skip


def _result(
    estimator: Any,
    outcome: str,
    rows: _Rows,
    done: Finished,
    finished: list[tuple[_Split, _Fold]],
    resampled: list[Resampled],
    plan: FoldPlan,
    thresholds: tuple[float, ...],
    seed: int,
) -> CrossValidation:
    """Measure what was finished."""
    everyone = np.arange(len(rows.y))
    final, own = done.results[0]
    judged = [
        _Judged.of(*zip(*part, strict=True))
        for repeat in range(plan.repeats)
        if (part := [pair for pair in finished if pair[0][0] == repeat])
    ]
    measures = [part.measures(rows) for part in judged]
    return CrossValidation(
        outcome=outcome,
        labels=rows.labels,
        rows=len(rows.y),
        positives=int(rows.positive.sum()),
        people=None if rows.groups is None else int(rows.groups.max()) + 1,
        is_weighted=rows.weight is not None,
        seed=seed,
        nested=isinstance(estimator, RiskSLIMClassifierCV),
        measures=average_performance(measures),
        by_repeat=tuple(measures),
        folds=tuple(
            _fold_result(rows, repeat, number, held, *found[:2])
            for (repeat, number, _, held), found in finished
        ),
        operating_points=_points(judged, rows, final.score, own),
        decision_curve=_curve(judged, rows, thresholds),
        calibration=tuple(part.calibration(rows) for part in judged),
        apparent=_measures(rows, everyone, own),
        optimism=optimism_of(_measures(rows, everyone, own), resampled),
        estimator=final.estimator,
        score=final.score,
        plan=plan,
        stopped=done.stopped,
        held_out=judged[0].people(rows),
    )


def _refuse_nothing(stopped: str | None, plan: FoldPlan) -> NoReturn:
    if stopped == "interrupted":
        raise KeyboardInterrupt
    raise LimitError(
        "stopped at the time limit before the fit to all rows and the first of "
        f"{plan.folds * plan.repeats} folds were finished, so that nothing is kept; raise the "
        "limit, or lower max_size or the number of folds"
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """The checked data."""

    X: Any
    y: np.ndarray[Any, Any]
    positive: BoolArray
    labels: tuple[Any, Any]
    weight: FloatArray | None
    groups: IntArray | None

    def weights_of(self, chosen: IntArray) -> FloatArray:
        return np.ones(len(chosen)) if self.weight is None else self.weight[chosen]

    @classmethod
    def checked(cls, X: Any, y: ArrayLike, groups: Any, sample_weight: Any, positive: Any) -> _Rows:
        outcome = np.asarray(y)
        X = as_frame(X)
        X = X if hasattr(X, "iloc") else np.asarray(X)
        if outcome.ndim != 1 or len(outcome) != len(X):
            raise DataError(
                f"the outcome has shape {outcome.shape} where the features have {len(X)} rows; "
                "give one value for each row"
            )
        if len(outcome) == 0:
            raise DataError("the table has no rows; a cross-validation needs rows of both classes")
        is_positive, labels = positive_rows(outcome, "outcome", positive, "cross-validation")
        if np.unique(outcome)[1] != labels[1]:
            # Classifiers take the larger label as the positive one.
            outcome, labels = is_positive.astype(np.int64), (0, 1)
        codes = group_codes(groups, len(outcome))
        if sample_weight is None:
            return cls(X, outcome, is_positive, labels, None, codes)
        weight = row_weights(sample_weight, len(outcome), "cross-validation", "sample_weight")
        kept = np.flatnonzero(weight > 0)
        codes = None if codes is None else np.unique(codes[kept], return_inverse=True)[1]
        return cls(
            _safe_indexing(X, kept), outcome[kept], is_positive[kept], labels, weight[kept], codes
        )


def _checked_thresholds(thresholds: Sequence[float]) -> tuple[float, ...]:
    at = tuple(sorted({float(value) for value in thresholds}))
    if not all(0 < value < 1 for value in at):
        raise OptionError(
            f"thresholds={thresholds!r}: give risks between 0 and 1, without the ends"
        )
    return at


def _fit_all(estimator: Any, rows: _Rows, everyone: IntArray) -> tuple[Fitted, Predictions]:
    fitted = fit_copy(estimator, rows.X, rows.y, rows.weight, rows.groups, everyone, "all rows")
    return fitted, predict_rows(fitted, rows.X, rows.labels[1])


def _one_fold(
    estimator: Any, rows: _Rows, fit: IntArray, held: IntArray, where: str
) -> tuple[Fitted, Predictions, Cuts | None]:
    fitted = fit_copy(estimator, rows.X, rows.y, rows.weight, rows.groups, fit, where)
    found = predict_rows(fitted, _safe_indexing(rows.X, held), rows.labels[1])
    own = predict_rows(fitted, _safe_indexing(rows.X, fit), rows.labels[1]).total
    if fitted.score is None or own is None:
        return fitted, found, None
    return fitted, found, Cuts.of(fitted.score, own, rows.weights_of(fit))


def _one_resample(estimator: Any, rows: _Rows, sample: IntArray, where: str) -> Resampled:
    # Copies of a row are one person: an inner split must not tell them apart.
    people = np.arange(len(rows.y)) if rows.groups is None else rows.groups
    fitted = fit_copy(estimator, rows.X, rows.y, rows.weight, people, sample, where)
    found = predict_rows(fitted, rows.X, rows.labels[1])
    return measure_resample(rows.positive, rows.weight, found, sample)


def _measures(rows: _Rows, held: IntArray, found: Predictions) -> Performance:
    return measure_risks(
        rows.positive[held],
        found.risk,
        None if rows.weight is None else rows.weight[held],
        margin=found.margin,
        order=found.order,
        group=found.group,
        cluster=None if rows.groups is None else rows.groups[held],
    )


def _fold_result(
    rows: _Rows, repeat: int, number: int, held: IntArray, fitted: Fitted, found: Predictions
) -> FoldResult:
    score = fitted.score
    certificate = None if score is None else score.certificate
    own = _measures(rows, held, found)
    return FoldResult(
        repeat=repeat + 1,
        fold=number + 1,
        rows=len(held),
        positives=int(rows.positive[held].sum()),
        size=None if score is None else score.size,
        max_size=None if "size" not in fitted.chosen else int(fitted.chosen["size"]),
        C0=fitted.chosen.get("C0"),
        points={} if score is None else score.points,
        multiplier=None if score is None else score.multiplier,
        status=None if certificate is None else certificate.status,
        gap=None if certificate is None else certificate.absolute_gap,
        auc=None if own.auc is None else own.auc.value,
        log_loss=own.log_loss.value,
        calibration_error=own.calibration_error.value,
    )


@dataclass(frozen=True, eq=False)
class _Judged:
    """All held-out rows of one repetition."""

    held: IntArray
    fold: IntArray
    risk: FloatArray
    margin: FloatArray
    group: IntArray | None
    order: FloatArray
    cuts: tuple[tuple[IntArray, Cuts | None], ...]
    """Of each fold: the rows that its score was fitted to, and the totals that it may cut at."""

    @classmethod
    def of(
        cls,
        splits: Sequence[_Split],
        found: Sequence[_Fold],
    ) -> _Judged:
        """Join the folds of one repetition, or those that were finished."""
        own = [predictions for _, predictions, _ in found]
        groups = [predictions.group for predictions in own]
        return cls(
            held=np.concatenate([held for *_, held in splits]),
            fold=np.concatenate([np.full(len(held), at) for at, (*_, held) in enumerate(splits)]),
            risk=np.concatenate([predictions.risk for predictions in own]),
            margin=np.concatenate([predictions.margin for predictions in own]),
            group=(
                None
                if any(group is None for group in groups)
                else np.concatenate([group for group in groups if group is not None])
            ),
            order=np.concatenate([predictions.order for predictions in own]),
            cuts=tuple(
                (fit, cuts) for (_, _, fit, _), (_, _, cuts) in zip(splits, found, strict=True)
            ),
        )

    def weight(self, rows: _Rows) -> FloatArray:
        return rows.weights_of(self.held)

    def cluster(self, rows: _Rows) -> IntArray | None:
        return None if rows.groups is None else rows.groups[self.held]

    def people(self, rows: _Rows) -> JudgedPeople:
        return JudgedPeople(
            rows.positive[self.held], self.risk, self.weight(rows), self.cluster(rows)
        )

    def measures(self, rows: _Rows) -> Performance:
        return measure_risks(
            rows.positive[self.held],
            self.risk,
            self.weight(rows),
            margin=self.margin,
            order=self.order,
            group=self.group,
            fold=self.fold,
            cluster=self.cluster(rows),
        )

    def from_risk(self, rows: _Rows, risk: float) -> OperatingPoint:
        # Equal risks of different folds may differ in the last place.
        return self._point(rows, self.risk >= risk * (1 - 1e-12), risk, None)

    def from_totals(
        self, rows: _Rows, score: RiskScore, own: FloatArray, totals: FloatArray
    ) -> list[OperatingPoint]:
        """Call people by the score of their fold, as the score of all rows calls at its totals.

        Totals of different scores are different things, and so are their risks. Each fold cuts at
        its own total that calls, of the people it was fitted to, the share that the score of all
        rows calls of them. A score from whose smallest total on everyone is called calls all.
        """
        called = np.zeros((len(totals), len(self.held)), dtype=np.bool_)
        margins = score.log_odds(totals)
        for number, (fit, cuts) in enumerate(self.cuts):
            assert cuts is not None
            inside = self.fold == number
            shares = shares_from(own[fit], rows.weights_of(fit), totals)
            for row, share, margin in zip(called, shares.tolist(), margins.tolist(), strict=True):
                row[inside] = self.order[inside] >= cuts.nearest(share, margin)
        if score.has_every_total:
            called[0] = True
        return [
            self._point(rows, row, score.risk(total), total)
            for row, total in zip(called, totals.tolist(), strict=True)
        ]

    def _point(
        self, rows: _Rows, called: BoolArray, risk: float, total: float | None
    ) -> OperatingPoint:
        return operating_point(
            rows.positive[self.held], called, self.weight(rows), risk, total, self.cluster(rows)
        )

    def calibration(self, rows: _Rows) -> tuple[tuple[float, float, float], ...]:
        return calibration_table(rows.positive[self.held], self.risk, self.weight(rows))


def _points(
    judged: list[_Judged], rows: _Rows, score: RiskScore | None, own: Predictions
) -> tuple[OperatingPoint, ...]:
    """One point for each total of the score that was fitted to all rows."""
    if score is None or own.total is None:
        return ()
    totals = [row.low for row in score.table if row.low is not None]
    at = np.array(totals, dtype=np.float64)
    repeats = [part.from_totals(rows, score, own.total, at) for part in judged]
    return tuple(
        replace(average_points(points), total=total)
        for total, points in zip(totals, zip(*repeats, strict=True), strict=True)
    )


def _curve(
    judged: list[_Judged], rows: _Rows, thresholds: tuple[float, ...]
) -> tuple[OperatingPoint, ...]:
    return tuple(
        average_points([part.from_risk(rows, threshold) for part in judged])
        for threshold in thresholds
    )
