"""A score fitted to the probabilities of another model, and how faithful it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from joblib import delayed
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import _safe_indexing

from riskslim.data.frames import as_frame
from riskslim.data.outcome import Label, positive_rows, probabilities, row_weights
from riskslim.errors import DataError, LimitError
from riskslim.estimators.riskslim import RiskSLIMClassifier
from riskslim.estimators.selection import with_decided_kinds
from riskslim.evaluation.discrimination import AUCDifference, compare_auc
from riskslim.evaluation.estimates import Estimate, mean_of, share_of
from riskslim.evaluation.folds import check_count, group_codes, split_rows
from riskslim.evaluation.held_out import fit_copy, predict_rows
from riskslim.evaluation.performance import Performance, measure_risks
from riskslim.evaluation.workers import run_in_processes
from riskslim.limits.deadline import Deadline, check_seconds
from riskslim.limits.reserve import after_fits
from riskslim.scores.log_odds import LARGEST_MARGIN, log_odds
from riskslim.scores.risk import RiskScore
from riskslim.search.solution import Solution
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.evaluation.held_out import Predictions

__all__ = ["Distillation", "Fidelity", "distill", "measure_fidelity"]


@dataclass(frozen=True)
class Fidelity:
    """How near a score's risks are to its teacher's probabilities.

    Attributes
    ----------
    difference : Estimate
        Mean absolute difference.
    root_mean_square : float
        Root of the mean squared difference.
    explained : float or None
        Share of the variance of the probabilities that the risks explain; None for a teacher
        that says the same of everyone.
    rank_correlation : float or None
        Spearman's; None where one of the two is constant.
    agreement : Estimate
        Share of people on the same side of even odds.
    divergence : Estimate
        Mean Kullback-Leibler divergence of the risk from the probability, in nats: the loss
        that the fit minimises, less what no score can avoid.
    """

    difference: Estimate
    root_mean_square: float
    explained: float | None
    rank_correlation: float | None
    agreement: Estimate
    divergence: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers and dictionaries."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Distillation:
    """A score that was learned from a teacher, beside it.

    Attributes
    ----------
    score : RiskScore
        Fitted to all rows.
    solution : Solution
        Its certificate: the best score for these probabilities.
    apparent : Fidelity
        On the rows that it was fitted to.
    held_out : Fidelity or None
        Of scores of the other folds; None without folds.
    folds : int
        How many were to be made; 0 for none.
    finished : int
        How many of them were finished: the people held out there are those that are measured.
    outcome : tuple of Performance or None
        Of the score (held out where there are folds) and of the teacher, against the true
        outcome; None where that is not known.
    auc_difference : AUCDifference or None
        Area of the score less that of the teacher, with DeLong's test.
    stopped : {"time limit", "interrupted"} or None
        What ended the work before all folds were finished.
    """

    score: RiskScore
    solution: Solution
    apparent: Fidelity
    held_out: Fidelity | None
    folds: int
    finished: int
    outcome: tuple[Performance, Performance] | None
    auc_difference: AUCDifference | None
    stopped: str | None = None

    @property
    def ended(self) -> str:
        """Say what was finished before the work was stopped; empty where all was."""
        if self.stopped is None:
            return ""
        how = "interrupted" if self.stopped == "interrupted" else f"stopped at the {self.stopped}"
        return f"{how} after {self.finished} of {self.folds} folds"

    def to_dict(self) -> dict[str, Any]:
        """Give everything but the score itself as an object for JSON."""
        test, outcome = self.auc_difference, self.outcome
        return {
            "kind": "distillation",
            "version": 1,
            "solution": self.solution.to_dict(),
            "fidelity": {
                "apparent": self.apparent.to_dict(),
                "held_out": None if self.held_out is None else self.held_out.to_dict(),
                "folds": self.folds,
                "stopped": self.ended or None,
            },
            "outcome": outcome and {"score": outcome[0].to_dict(), "teacher": outcome[1].to_dict()},
            "auc_difference": test
            and {**test.difference.to_dict(), "z": test.z, "p_value": test.p_value},
        }


def measure_fidelity(
    teacher: FloatArray,
    risk: FloatArray,
    margin: FloatArray,
    weight: FloatArray,
    cluster: IntArray | None = None,
) -> Fidelity:
    """Measure how near risks are to a teacher's probabilities.

    Parameters
    ----------
    teacher, risk, margin, weight : ndarray of shape (n,)
        Probabilities, risks, logarithms of the risks' odds, weights.
    cluster : ndarray of int, shape (n,), optional
        Person of each row.
    """
    from scipy.special import xlogy

    share = weight / weight.sum()
    squares = float(share @ (teacher - risk) ** 2)
    spread = float(share @ (teacher - share @ teacher) ** 2)
    entropy = -(xlogy(teacher, teacher) + xlogy(1 - teacher, 1 - teacher))
    loss = np.logaddexp(0.0, margin) - teacher * margin
    return Fidelity(
        difference=mean_of(np.abs(teacher - risk), weight, cluster, 0.0, 1.0),
        root_mean_square=math.sqrt(squares),
        explained=1.0 - squares / spread if spread > 0 else None,
        rank_correlation=_rank_correlation(teacher, risk, weight),
        agreement=_agreement(teacher >= 0.5, risk >= 0.5, weight, cluster),
        divergence=mean_of(loss - entropy, weight, cluster, 0.0),
    )


def _rank_correlation(first: FloatArray, second: FloatArray, weight: FloatArray) -> float | None:
    """Spearman's correlation, a row of weight 2 being two equal rows; None for a constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    ranks = np.cov(_ranks(first, weight), _ranks(second, weight), aweights=weight, ddof=0)
    return float(ranks[0, 1] / np.sqrt(ranks[0, 0] * ranks[1, 1]))


def _ranks(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Give the weight below each value and half of that at it: mid-ranks, up to a constant."""
    _, place = np.unique(values, return_inverse=True)
    at = np.bincount(place, weights=weight)
    return np.asarray((np.cumsum(at) - 0.5 * at)[place])


def _agreement(
    first: BoolArray, second: BoolArray, weight: FloatArray, cluster: IntArray | None
) -> Estimate:
    found = share_of((first == second).astype(np.float64), weight, cluster)
    assert found is not None
    return found


def distill(
    X: Any,
    teacher: ArrayLike,
    y: ArrayLike | None = None,
    *,
    estimator: RiskSLIMClassifier | None = None,
    sample_weight: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    cv: int = 5,
    positive: Any = None,
    random_state: int = 0,
    n_jobs: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    time_limit: float | None = None,
    keep_finished: bool = False,
) -> Distillation:
    """Fit a score to another model's probabilities, and measure its fidelity.

    Each row counts as both classes in part: the loss is the cross-entropy with the teacher's
    probabilities, which the search minimises and certifies as it does for labels [1]_.

    Parameters
    ----------
    X : DataFrame or array-like of shape (n, d)
        Features of the score; the teacher may know more.
    teacher : array-like of shape (n,)
        Its probabilities of the positive outcome, best for rows that it was not trained on.
    y : array-like of shape (n,), optional
        The outcome itself, to measure both against.
    estimator : RiskSLIMClassifier, optional
        What is fitted, ``soft_labels`` or not.
    sample_weight : array-like of shape (n,), optional
        Finite, none negative.
    groups : array-like of shape (n,), optional
        Person of each row: never on both sides of a split.
    cv : int, default=5
        Folds for the held-out fidelity; 0 for none.
    positive : label, optional
        Of `y`; needed unless its labels are 0/1, -1/1 or booleans.
    random_state : int, default=0
        Seed of the folds.
    n_jobs : int, optional
        Processes.
    on_progress : callable, optional
        Called with the number of fits done, and of all.
    time_limit : float, optional
        Seconds for all of it, shared out over the fits; none by default. Folds that are not
        finished in time are left out, and `Distillation.stopped` says so. The limit of the
        estimator is for each fit.
    keep_finished : bool
        Whether an interrupt (Ctrl-C) ends the folds in the same way, rather than everything.

    Returns
    -------
    Distillation

    Raises
    ------
    DataError
        Probabilities are missing or outside 0 to 1, or the data cannot be used.
    OptionError
        An option is out of its range.
    LimitError
        The time was up before the fit to all rows was finished.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the knowledge in a neural network", NIPS
       deep learning workshop, 2014.

    Examples
    --------
    >>> from riskslim import distill, RiskSLIMClassifier
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]] * 5
    >>> teacher = [0.1, 0.3, 0.6, 0.9] * 5
    >>> found = distill(X, teacher, estimator=RiskSLIMClassifier(max_size=2), cv=0)
    >>> found.solution.status
    <Status.OPTIMAL: 'optimal'>
    """
    with Deadline.after(check_seconds(time_limit)).held() as deadline:
        X = as_frame(X)
        X = X if hasattr(X, "iloc") else np.asarray(X)
        source = "the teacher"
        shares = probabilities(teacher, str(getattr(teacher, "name", None) or "teacher"), source)
        if len(shares) != len(X):
            raise DataError(f"{source} has {len(shares)} probabilities for {len(X)} rows")
        n_rows = len(shares)
        folds = 0 if cv == 0 else check_count(cv, "cv", 2)
        weight = np.ones(len(shares))
        if sample_weight is not None:
            weight = row_weights(sample_weight, len(shares), source, "sample_weight")
        kept = np.flatnonzero(weight > 0)
        codes = group_codes(groups, len(shares))
        X, shares, weight = _safe_indexing(X, kept), shares[kept], weight[kept]
        cluster = None if codes is None else np.unique(codes[kept], return_inverse=True)[1]
        labels: tuple[Label, Label] = (0, 1)
        truth = None
        if y is not None:
            outcome = np.asarray(y)
            if outcome.shape != (n_rows,):
                raise DataError(
                    f"the outcome has shape {outcome.shape}; give one value for each row"
                )
            truth, found = positive_rows(outcome, "outcome", positive, "the outcome")
            labels, truth = found, truth[kept]
        if np.ptp(shares) == 0:
            raise DataError(f"{source} says {shares[0]:g} of everyone; there is nothing to learn")
        model = with_decided_kinds(
            RiskSLIMClassifier() if estimator is None else clone(estimator), X
        )
        model.set_params(soft_labels=True)
        own_weight = None if sample_weight is None else weight
        splits = (
            []
            if folds == 0
            else split_rows(
                truth if truth is not None else shares > shares.mean(), cluster, folds, random_state
            )
        )
        everyone = np.arange(len(shares))
        work = [delayed(_fit)(model, X, shares, own_weight, everyone, everyone, "all rows")]
        work += [
            delayed(_fit)(model, X, shares, own_weight, fit, held, f"fold {number} of {folds}")
            for number, (fit, held) in enumerate(splits, start=1)
        ]
        with deadline.earlier(after_fits(len(shares), 4)).held():
            done = run_in_processes(work, n_jobs, on_progress, keep_finished)
        if done.results[0] is None:
            _refuse_nothing(done.stopped)
        fitted, own = done.results[0]
        parts = [
            (held, found[1])
            for (_, held), found in zip(splits, done.results[1:], strict=True)
            if found is not None
        ]
        name = getattr(y, "name", None) if y is not None else getattr(teacher, "name", None)
        score: RiskScore = fitted.score_
        judged = _HeldOut.of(parts) if parts else _HeldOut.apparent(own)
        beside, test = _beside(judged, truth, shares, weight, cluster)
        return Distillation(
            score=replace(score, outcome=str(name or "outcome"), labels=labels),
            solution=fitted.solution_,
            apparent=measure_fidelity(shares, own.risk, own.margin, weight, cluster),
            held_out=judged.fidelity(shares, weight, cluster) if parts else None,
            folds=folds,
            finished=len(parts),
            outcome=beside,
            auc_difference=test,
            stopped=done.stopped,
        )


def _refuse_nothing(stopped: str | None) -> NoReturn:
    if stopped == "interrupted":
        raise KeyboardInterrupt
    raise LimitError(
        "stopped at the time limit before the fit to all rows was finished, so that nothing is "
        "kept; raise the limit, or lower max_size or the number of folds"
    )


@dataclass(frozen=True, eq=False)
class _HeldOut:
    """Rows in their order, and what a score that was fitted to others says of them."""

    rows: IntArray
    fold: IntArray | None
    risk: FloatArray
    margin: FloatArray

    @classmethod
    def of(cls, parts: list[tuple[IntArray, Predictions]]) -> _HeldOut:
        """Join the folds that were finished."""
        rows = np.concatenate([held for held, _ in parts])
        fold = np.concatenate([np.full(len(held), at) for at, (held, _) in enumerate(parts)])
        risk = np.concatenate([found.risk for _, found in parts])
        margin = np.concatenate([found.margin for _, found in parts])
        order = np.argsort(rows)
        within = np.clip(margin[order], -LARGEST_MARGIN, LARGEST_MARGIN)
        return cls(rows[order], fold[order], risk[order], within)

    @classmethod
    def apparent(cls, own: Predictions) -> _HeldOut:
        """Take the rows that the score was fitted to, where there are no others."""
        return cls(np.arange(len(own.risk)), None, own.risk, own.margin)

    def fidelity(
        self, shares: FloatArray, weight: FloatArray, cluster: IntArray | None
    ) -> Fidelity:
        at = self.rows
        people = None if cluster is None else cluster[at]
        return measure_fidelity(shares[at], self.risk, self.margin, weight[at], people)


def _beside(
    judged: _HeldOut,
    truth: BoolArray | None,
    shares: FloatArray,
    weight: FloatArray,
    cluster: IntArray | None,
) -> tuple[tuple[Performance, Performance] | None, AUCDifference | None]:
    """Measure the score and its teacher against the outcome, where that is known."""
    if truth is None:
        return None, None
    at, fold = judged.rows, judged.fold
    truth, shares, weight = truth[at], shares[at], weight[at]
    cluster = None if cluster is None else cluster[at]
    own = measure_risks(
        truth, judged.risk, weight, margin=judged.margin, fold=fold, cluster=cluster
    )
    teacher = measure_risks(truth, shares, weight, fold=fold, cluster=cluster)
    test = compare_auc(truth, judged.margin, log_odds(shares), weight, fold, cluster)
    return (own, teacher), test


def _fit(
    model: RiskSLIMClassifier,
    X: Any,
    shares: FloatArray,
    weight: FloatArray | None,
    rows: IntArray,
    held: IntArray,
    where: str,
) -> tuple[RiskSLIMClassifier, Predictions]:
    fitted = fit_copy(model, X, shares, weight, None, rows, where)
    return fitted.estimator, predict_rows(fitted, _safe_indexing(X, held), 1)
