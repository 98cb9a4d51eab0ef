"""A risk score whose size, and C0, are chosen by cross-validation within the training data."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from itertools import product
from typing import Any, Self

import numpy as np
from joblib import delayed
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, _safe_indexing, check_array, column_or_1d, get_tags
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
)

from riskslim.data.frames import as_frame
from riskslim.data.outcome import class_factors
from riskslim.errors import DataError, DataWarning, InfeasibleError, LimitError, OptionError
from riskslim.estimators.path_folds import losses_by_size
from riskslim.estimators.riskslim import RiskSLIMClassifier
from riskslim.evaluation.folds import group_codes, split_rows
from riskslim.evaluation.workers import run_in_processes
from riskslim.features.binarizer import ScoreBinarizer
from riskslim.limits.deadline import Deadline, check_seconds
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.scores.path import Rule, choose_by_losses
from riskslim.scores.risk import RiskScore
from riskslim.search.sizes import solve_sizes
from riskslim.search.solution import Solution
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = [
    "RiskSLIMClassifierCV",
    "final_step",
    "fit_with_weights",
    "rows_to_score",
    "with_decided_kinds",
]

Candidate = tuple[int, float]
"""At most so many features, and a C0."""


class RiskSLIMClassifierCV(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The best risk score of a size that cross-validation chooses.

    For each fold of the rows that it is given, it fits the steps before the score (such as
    a binarizer) to the other folds, proves the best score of every size on them, and takes the
    loss on the fold. The size, and C0 where several are given, is then chosen by a rule, and
    everything is fitted again to all rows. So no row is judged by a step that has seen it.

    For each C0 the best score with at most k features is among the best of every exact
    size up to k: the penalty is the same within a size. So one path a fold serves all.

    Parameters
    ----------
    estimator : RiskSLIMClassifier or Pipeline, optional
        What is fitted; a pipeline ends in a `RiskSLIMClassifier`. Its ``max_size`` is the
        largest size that is tried. By default ``RiskSLIMClassifier(max_size=10)``.
    C0s : sequence of float, optional
        Penalties to choose from; by default that of the estimator.
    cv : int or scikit-learn splitter, default=5
        Stratified folds, grouped where ``fit`` is given groups.
    rule : {"one-se", "best"}, default="one-se"
        See `ScorePath.choose`; of equal sizes the larger C0 is the simpler choice.
    random_state : int, default=0
        Seed of the folds.
    n_jobs : int, optional
        Folds at a time. The answer does not depend on it.
    time_limit : float or None, default=None
        Seconds for all of it, shared out over the folds and the last fit; None for no limit
        beyond that of the estimator, which is for each path over sizes.

    Attributes
    ----------
    estimator_ : RiskSLIMClassifier or Pipeline
        Fitted to all rows with what was chosen.
    score_ : RiskScore
        Its score.
    best_size_ : int
        At most so many features were allowed.
    best_C0_ : float
        The penalty.
    fold_losses_ : dict of (int, float) to tuple of float
        Held-out loss on each fold by size and C0.
    classes_ : ndarray of shape (2,)
        Labels; the second is the positive one.

    Examples
    --------
    >>> from riskslim import RiskSLIMClassifier, RiskSLIMClassifierCV
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]] * 3
    >>> y = [0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1]
    >>> found = RiskSLIMClassifierCV(RiskSLIMClassifier(max_size=2), cv=3).fit(X, y)
    >>> found.best_size_ in (1, 2)
    True
    """

    def __init__(
        self,
        estimator: Any = None,
        C0s: Sequence[float] | None = None,
        cv: Any = 5,
        rule: Rule = "one-se",
        random_state: int = 0,
        n_jobs: int | None = None,
        time_limit: float | None = None,
    ) -> None:
        self.estimator = estimator
        self.C0s = C0s
        self.cv = cv
        self.rule = rule
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.time_limit = time_limit

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Choose by cross-validation, then fit to all rows.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d)
            What the estimator takes.
        y : array-like of shape (n,)
            Two labels.
        sample_weight : array-like of shape (n,), optional
            Weights of the rows, for the score; steps before it do not see them.
        groups : array-like of shape (n,), optional
            Person of each row, for patients with several: never on both sides of a split.

        Returns
        -------
        self

        Raises
        ------
        DataError, OptionError, CoefficientError, ConstraintError, InfeasibleError
            As `RiskSLIMClassifier.fit`, or the folds cannot be made.
        LimitError
            The time was up before every fold had a score.
        """
        with Deadline.after(check_seconds(self.time_limit)).held():
            return self._fit(X, y, sample_weight, groups)

    def _fit(self, X: Any, y: Any, sample_weight: ArrayLike | None, groups: Any) -> Self:
        template = self._template()
        prefix, score_step = final_step(template)
        if not isinstance(score_step, RiskSLIMClassifier):
            raise OptionError(
                "the estimator must be a RiskSLIMClassifier or a pipeline that ends in one, not "
                f"{type(score_step).__name__}"
            )
        penalties = self._penalties(score_step)
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        # Whatever a pipeline's first step takes; a list or the like as an array.
        X = as_frame(X)
        X = X if hasattr(X, "iloc") else check_array(X, dtype=None, ensure_all_finite=False)
        template = with_decided_kinds(template, X)
        y = column_or_1d(y, warn=True)
        self.classes_ = score_step._two_classes(y)
        check_consistent_length(X, y)
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        codes = group_codes(groups, len(y))
        folds = split_rows(y == self.classes_[1], codes, self.cv, self.random_state)
        work = [
            delayed(_fold_losses)(template, penalties, X, y, weight, fit, held)
            for fit, held in folds
        ]
        done = run_in_processes(work, self.n_jobs, further=1)
        if done.stopped is not None:
            raise LimitError
        found = done.results
        common = set.intersection(*(set(losses) for losses in found))
        if not common:
            raise InfeasibleError("no size has a score on every fold; loosen the constraints")
        # The simplest first: few features, then a large penalty.
        ordered = sorted(common, key=lambda candidate: (candidate[0], -candidate[1]))
        self.fold_losses_ = {key: tuple(losses[key] for losses in found) for key in ordered}
        self.best_size_, self.best_C0_ = choose_by_losses(self.fold_losses_, self.rule)
        self.estimator_ = clone(template).set_params(
            **{f"{prefix}max_size": self.best_size_, f"{prefix}C0": self.best_C0_}
        )
        fit_with_weights(self.estimator_, X, y, weight)
        self.score_: RiskScore = final_step(self.estimator_)[1].score_
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        return self

    def _template(self) -> Any:
        return RiskSLIMClassifier(max_size=10) if self.estimator is None else self.estimator

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        own = get_tags(self._template())
        tags.input_tags = own.input_tags
        tags.classifier_tags.multi_class = False
        return tags

    def predict_proba(self, X: Any) -> FloatArray:
        """Probability of either class, shape (n, 2), in the order of ``classes_``."""
        check_is_fitted(self)
        risks: FloatArray = self.estimator_.predict_proba(X)
        return risks

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """Predict the likelier class."""
        check_is_fitted(self)
        labels: np.ndarray[Any, Any] = self.estimator_.predict(X)
        return labels

    def decision_function(self, X: Any) -> FloatArray:
        """Logarithm of the odds of the positive class, shape (n,)."""
        check_is_fitted(self)
        margin: FloatArray = self.estimator_.decision_function(X)
        return margin

    def _penalties(self, classifier: RiskSLIMClassifier) -> tuple[float, ...]:
        if self.C0s is None:
            return (classifier.C0,)
        penalties = tuple(float(value) for value in self.C0s)
        if not penalties or not all(math.isfinite(value) and value >= 0 for value in penalties):
            raise OptionError(f"C0s={self.C0s!r}: give numbers from 0 on, at least one")
        own = classifier.coefficients
        if own is not None and not np.isnan(own.C0).all():
            raise OptionError(
                "C0s: the coefficients state penalties of their own for some features; "
                "drop one of the two"
            )
        return penalties


def final_step(estimator: Any) -> tuple[str, Any]:
    """Last step of a (nested) pipeline, and the prefix of its parameters' names."""
    if isinstance(estimator, Pipeline):
        name, step = estimator.steps[-1]
        prefix, last = final_step(step)
        return f"{name}__{prefix}", last
    return "", estimator


def with_decided_kinds(estimator: Any, X: Any) -> Any:
    """Let the binarizer of an estimator know what the columns of the whole table hold.

    Parameters
    ----------
    estimator : estimator
        A score with a binarizer, a pipeline that begins with one, or what chooses such a
        score's size; it is not changed. Any other is given back.
    X : DataFrame or array-like of shape (n, d)
        All rows, of which the folds are parts; see `ScoreBinarizer.decided`.
    """
    if isinstance(estimator, ScoreBinarizer):
        return estimator.decided(X)
    if isinstance(estimator, Pipeline):
        name, inner = estimator.steps[0]
    else:
        name = next((key for key in ("binarizer", "estimator") if hasattr(estimator, key)), "")
        inner = getattr(estimator, name, None) if name else None
    decided = with_decided_kinds(inner, X) if hasattr(inner, "get_params") else inner
    return estimator if decided is inner else clone(estimator).set_params(**{name: decided})


def rows_to_score(score: RiskScore, X: Any) -> Any:
    """Give a table without names of its own as an array, as the estimator took it."""
    nameless = hasattr(X, "iloc") and not all(isinstance(name, str) for name in X.columns)
    return X.to_numpy() if nameless and score.binning is None else X


def fit_with_weights(estimator: Any, X: Any, y: Any, weight: FloatArray | None) -> Any:
    """Fit an estimator; in a pipeline the weights go to its last step."""
    if weight is None:
        return estimator.fit(X, y)
    return estimator.fit(X, y, **{f"{final_step(estimator)[0]}sample_weight": weight})


def _fold_losses(
    template: Any,
    penalties: tuple[float, ...],
    X: Any,
    y: np.ndarray[Any, Any],
    weight: FloatArray | None,
    fit: IntArray,
    held: IntArray,
) -> dict[Candidate, float]:
    """Held-out loss of every size and C0 on one fold."""
    estimator = clone(template)
    classifier: RiskSLIMClassifier = final_step(estimator)[1]
    fitted, judged = _safe_indexing(X, fit), _safe_indexing(X, held)
    with warnings.catch_warnings():
        # A feature that is constant in a part of the rows is no news about the data.
        warnings.simplefilter("ignore", DataWarning)
        if isinstance(estimator, Pipeline):
            before = estimator[:-1]
            fitted = before.fit_transform(fitted, y[fit])
            judged = before.transform(judged)
        problem = classifier._problem(fitted, y[fit], None if weight is None else weight[fit])
        solutions = _best_by_size(problem, classifier)
        features = classifier._validated(judged)
    positive = y[held] == classifier._labels[1]
    row_weight = np.ones(len(held)) if weight is None else weight[held]
    row_weight = row_weight * _factors(classifier, y[fit], weight, fit)[positive.astype(int)]
    if not row_weight.any():
        raise DataError("all held-out rows of a fold have weight zero; give fewer folds")
    losses = losses_by_size(solutions, features, row_weight * positive, row_weight * ~positive)

    def best_up_to(size: int, penalty: float) -> int:
        allowed = [other for other in losses if other <= size]
        extra = penalty - classifier.C0
        return min(allowed, key=lambda k: (solutions[k].objective + extra * k, k))

    return {
        (size, penalty): losses[best_up_to(size, penalty)]
        for size, penalty in product(sorted(losses), penalties)
        if size
    }


def _best_by_size(problem: RiskSLIMProblem, classifier: RiskSLIMClassifier) -> dict[int, Solution]:
    """Solve for every size, 0 included where it may be."""
    begin = time.monotonic()
    with problem.memory_named():
        solutions = solve_sizes(problem, classifier._limits(begin), classifier.engine)
    if all(solution.points is None for solution in solutions.values()):
        raise LimitError("a limit ended the search before there was a score; raise it")
    if problem.min_size == 0:
        empty, limits = problem.changed(min_size=0, max_size=0), classifier._limits(begin)
        with suppress(InfeasibleError):
            solutions[0] = empty.solve(limits, engine=classifier.engine)
    return solutions


def _factors(
    classifier: RiskSLIMClassifier,
    y: np.ndarray[Any, Any],
    weight: FloatArray | None,
    fit: IntArray,
) -> FloatArray:
    """Class weights as the fit used them: the held-out loss is the one that is minimised."""
    negative, positive = classifier._labels
    rows = np.ones(len(fit)) if weight is None else weight[fit]
    totals = float(rows[y == negative].sum()), float(rows[y == positive].sum())
    return np.array(
        class_factors(classifier.class_weight, (negative, positive), totals, "the outcome")
    )
