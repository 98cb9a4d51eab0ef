"""What theory says about a fitted score: the error on new people, and the size of its points."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.counts import Counts
from riskslim.data.table import Table
from riskslim.errors import OptionError, ScoreError
from riskslim.scores.bounds import (
    coprime_share,
    count_points,
    generalization_bound,
    resolution_bound,
)
from riskslim.scores.people import checked_weights, outcomes_of
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["Resolution", "ScoreBounds", "by_features", "score_bounds"]

# Shares of the rows that may be lost to rounding, for which a resolution is given.
_LOST = (0.0, 0.01, 0.05)


@dataclass(frozen=True)
class Resolution:
    """Points of this size are enough to make at most so many errors more than real weights.

    Attributes
    ----------
    extra_errors : int
        So many.
    norm, rows : int or None
        Size by the paper's bound, and by the rounding of each row; None where a row lies on the
        boundary, so that the argument gives none.
    """

    extra_errors: int
    norm: int | None
    rows: int | None


@dataclass(frozen=True)
class ScoreBounds:
    """Bounds on the error of a score, and on the size of points that its features need.

    Attributes
    ----------
    rows, errors : int
        Rows of the data, and those that the score decides wrongly: yes where the total with
        the intercept is above 0.
    delta : float
        Each bound on the error fails with at most this probability.
    max_coef, max_intercept, max_size : int
        The set of scores that the bound speaks of.
    was_given : bool
        Whether the size of the points and the number of features were fixed beforehand.
        Otherwise those of the score stand for them, and the bound pays for every other choice.
    cuts_were_learned : bool
        Whether the features were cut from a raw table by its data: choosing cut points is a
        choice as well, which `if_trained_here` does not pay for.
    candidates : int
        Coprime scores of the set, exactly.
    coprime_share : float
        In the limit of large points, the share of coprime ones among all.
    if_trained_here, if_new : float
        With probability 1 - delta the error on new people is at most this: where the score was
        chosen on these rows, and where they had no part in it.
    real_errors : int or None
        Errors here of a logistic regression on the same features; None without features.
    resolutions : tuple of Resolution
        How large points must be allowed to be to come near it.
    """

    rows: int
    errors: int
    delta: float
    max_coef: int
    max_intercept: int
    max_size: int
    was_given: bool
    cuts_were_learned: bool
    candidates: int
    coprime_share: float
    if_trained_here: float
    if_new: float
    real_errors: int | None
    resolutions: tuple[Resolution, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, lists and dictionaries."""
        plain = asdict(self)
        plain["resolutions"] = list(plain["resolutions"])
        return plain


def score_bounds(
    score: PointScore,
    X: Any,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    *,
    max_coef: int | None = None,
    max_size: int | None = None,
    delta: float = 0.05,
) -> ScoreBounds:
    r"""Bound the error of a score on new people, and the size of points that its features need.

    A bound for a set of scores needs the set to be fixed before the data is seen. Where limits
    are not given they are read off the score, and the bound is made to hold for all limits at
    once: that of size k gets the share 1/(k(k+1)) of delta, and these shares sum to 1. The same
    is done for the intercept always.

    Parameters
    ----------
    score : PointScore
        The score.
    X : DataFrame or array-like of shape (n, d), or Counts
        As for `PointScore.total`; or counts of people, as `by_features` makes them, with all that
        follows.
    y : array-like of shape (n,)
        Outcomes, by the score's labels.
    sample_weight : array-like of shape (n,), optional
        All equal, or 0 for rows that do not count.
    max_coef, max_size : int, optional
        Limits that were set before the score was fitted.
    delta : float
        Between 0 and 1.

    Returns
    -------
    ScoreBounds

    Raises
    ------
    ScoreError
        The data do not fit the score, or the rows have different weights.
    OptionError
        The score lies outside the limits, or `delta` is out of its range.

    References
    ----------
    B. Ustun and C. Rudin, "Supersparse linear integer models for optimized medical scoring
    systems", Machine Learning 102, 2016; the bounds are those of `riskslim.scores.bounds`.
    """
    if not isinstance(X, Counts):
        if y is None:
            raise ScoreError("rows are compared with outcomes: give y, one for each row")
        X = by_features(score, X, y, sample_weight)
    columns, total = X.features[:, :-1], X.features[:, -1]
    yes, rows = total > -score.intercept, X.n_rows
    errors = int(X.rows[0][yes].sum() + X.rows[1][~yes].sum())
    limits, log_price = _limits(score, max_coef, max_size)
    size, coefficient, intercept = limits
    d = len(score.features)
    candidates = count_points(
        [-intercept, *[-coefficient] * d], [intercept, *[coefficient] * d], size
    )
    share = errors / rows
    real_errors, resolutions = _resolutions(columns, X.rows)
    return ScoreBounds(
        rows=rows,
        errors=errors,
        delta=delta,
        max_coef=coefficient,
        max_intercept=intercept,
        max_size=size,
        was_given=max_coef is not None and max_size is not None,
        cuts_were_learned=score.binning is not None,
        candidates=candidates,
        coprime_share=coprime_share(d + 1),
        if_trained_here=generalization_bound(share, rows, math.log(candidates) + log_price, delta),
        if_new=generalization_bound(share, rows, 0.0, delta),
        real_errors=real_errors,
        resolutions=resolutions,
    )


def by_features(
    score: PointScore,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    repeats: IntArray | None = None,
    met: set[float] | None = None,
) -> Counts:
    """Count people by the score's features, the total after them, and outcome.

    Parameters
    ----------
    score, X, y, sample_weight
        As for `score_bounds`.
    repeats : ndarray of int, shape (n,), optional
        How many rows of a larger table each row is.
    met : set of float, optional
        Weights of the parts before this one, to which its own are added.

    Raises
    ------
    ScoreError
        The data do not fit the score, or rows have different weights.
    """
    total = score.total(X)
    positive = outcomes_of(score, y, len(total))
    weight = checked_weights(sample_weight, len(total), any_zero=met is not None)
    met = set() if met is None else met
    met.update(np.unique(weight[weight > 0]).tolist())
    if len(met) > 1:
        raise ScoreError(
            "bounds on the error need rows that count alike; leave the weights out, or weigh "
            "rows by 0 and 1"
        )
    return Counts.of(
        Table(np.column_stack([score.columns(X), total])),
        *(positive, (weight > 0).astype(np.float64), None, repeats),
        feature_names=(*(item.name for item in score.used_features), ""),
        outcome_name=score.outcome,
        labels=(0, 1),
        source="the rows to score",
    )


def _whole_intercept(score: PointScore) -> int | float:
    """Give an integer intercept of the same decisions: whole totals exceed -c where -floor(-c)."""
    if isinstance(score.intercept, int) or all(item.integer for item in score.used_features):
        return math.ceil(score.intercept)
    raise ScoreError(
        "the score's intercept is real and its features are no whole numbers: it is not one of "
        "finitely many that a bound could count; fit it with intercept='integer'"
    )


def _limits(
    score: PointScore, max_coef: int | None, max_size: int | None
) -> tuple[tuple[int, int, int], float]:
    """Give size, points and intercept of the set, and the logarithm of what reading them costs."""
    largest = max((abs(points) for points in score.points.values()), default=1)
    for option, limit, own in (("max_coef", max_coef, largest), ("max_size", max_size, score.size)):
        if limit is not None and limit < own:
            raise OptionError(f"{option}={limit}: the score lies outside, it has {own}")
    intercept = max(math.ceil(abs(_whole_intercept(score) + score.base)), 1)
    price = math.log(intercept * (intercept + 1))
    if max_coef is None:
        max_coef = largest
        price += math.log(largest * (largest + 1))
    if max_size is None:
        max_size = score.size
        price += math.log((max_size + 1) * (max_size + 2))
    return (min(max_size, len(score.features)), max_coef, intercept), price


def _resolutions(columns: FloatArray, rows: IntArray) -> tuple[int | None, tuple[Resolution, ...]]:
    """Compare with real weights: errors of a logistic regression, and the points that reach it.

    Parameters
    ----------
    columns : ndarray of shape (m, d)
        Distinct rows.
    rows : ndarray of int, shape (2, m)
        How many people of each class they are.
    """
    from sklearn.linear_model import LogisticRegression

    label, place = np.nonzero(rows)
    if columns.shape[1] == 0 or len(np.unique(label)) < 2:
        return None, ()
    times = rows[label, place]
    fitted = LogisticRegression(max_iter=1000).fit(columns[place], label, sample_weight=times)
    rho = np.concatenate([fitted.intercept_, fitted.coef_[0]])
    if not np.any(rho[1:]):
        return None, ()
    errors = int(times[fitted.predict(columns[place]) != label].sum())
    each = rows.sum(axis=0)
    lost = [int(share * int(each.sum())) for share in _LOST]
    return errors, tuple(
        Resolution(
            extra,
            resolution_bound(rho, columns, extra, counts=each),
            resolution_bound(rho, columns, extra, by_row=True, counts=each),
        )
        for extra in dict.fromkeys(lost)
    )
