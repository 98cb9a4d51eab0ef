"""Area under the ROC curve: with its variance, across folds, and compared between scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from riskslim.evaluation.estimates import (
    Estimate,
    Merged,
    People,
    by_person,
    cluster_sums,
    normal,
)
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["AUCDifference", "auc", "auc_covariance", "auc_influence", "compare_auc"]


@dataclass(frozen=True)
class AUCDifference:
    """DeLong's test of two areas on the same people.

    Attributes
    ----------
    difference : Estimate
        First area minus second.
    z : float
        Difference over its standard error; 0 where both are 0.
    p_value : float
        Two-sided.
    """

    difference: Estimate
    z: float
    p_value: float


def auc_influence(
    positive: BoolArray, score: FloatArray, weight: FloatArray, fold: IntArray | None = None
) -> tuple[float, FloatArray] | None:
    """Area under the ROC curve, and what each row adds to its error.

    The area is the (weighted) share of pairs of a positive and a negative row that the
    score puts in the right order, ties counting half. With folds only pairs within one are
    compared, because scores of different folds were fitted to different rows.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
        Outcomes.
    score : ndarray of shape (n,)
        Any increasing function of the risk.
    weight : ndarray of shape (n,)
        Positive weights.
    fold : ndarray of int, shape (n,), optional
        Fold in which each row was held out.

    Returns
    -------
    auc : float
        The area.
    influence : ndarray of shape (n,)
        DeLong's structural components, centred and scaled so that the squares of their sums
        by person add up to the variance.
    None where no fold has both classes.
    """
    pairs = 0.0
    right = 0.0
    # Of each row: weight of the rows of the other class, and of those in the right order.
    against, beaten = np.zeros(len(score)), np.zeros(len(score))
    folds = np.zeros(len(score), dtype=np.int64) if fold is None else fold
    for value in np.unique(folds):
        here = folds == value
        up, down = np.flatnonzero(here & positive), np.flatnonzero(here & ~positive)
        if not (up.size and down.size):
            continue
        below, ties = _weights_below(score[up], score[down], weight[down])
        beaten[up] = below + 0.5 * ties
        below, ties = _weights_below(score[down], score[up], weight[up])
        against[up], against[down] = weight[down].sum(), weight[up].sum()
        beaten[down] = against[down] - below - 0.5 * ties
        pairs += float(weight[up].sum() * weight[down].sum())
        right += float(weight[up] @ beaten[up])
    if pairs == 0:
        return None
    area = right / pairs
    return area, weight * (beaten - area * against) / pairs


def _weights_below(
    values: FloatArray, others: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Weight of the others that are less than each value, and of those equal to it."""
    order = np.argsort(others, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(weight[order])])
    first = np.searchsorted(others[order], values, side="left")
    last = np.searchsorted(others[order], values, side="right")
    return sums[first], sums[last] - sums[first]


def auc_covariance(
    influence: FloatArray, positive: BoolArray, cluster: People = None
) -> FloatArray:
    """Covariance of areas on the same people [1]_, who may have several rows [2]_.

    Parameters
    ----------
    influence : ndarray of shape (n, s)
        Of s scores, as `auc_influence` gives it.
    positive : ndarray of bool, shape (n,)
        Outcomes.
    cluster : ndarray of int, shape (n,), optional
        Person of each row; by default each row is one.

    Returns
    -------
    ndarray of shape (s, s)
        NaN where a class has fewer than two people.

    References
    ----------
    .. [1] E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, "Comparing the areas under two or
       more correlated receiver operating characteristic curves: a nonparametric approach",
       Biometrics 44 (1988), 837-845.
    .. [2] N. A. Obuchowski, "Nonparametric analysis of clustered ROC curve data", Biometrics
       53 (1997), 567-578.
    """
    cluster = by_person(cluster)
    if isinstance(cluster, Merged):
        return _covariance_of_merged(influence, positive, cluster)
    up, down = (
        np.where(positive[:, None], influence, 0.0),
        np.where(positive[:, None], 0.0, influence),
    )
    people = (
        np.arange(len(positive)) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    )
    sums_up, sums_down = (
        np.column_stack([cluster_sums(column, people) for column in part.T]) for part in (up, down)
    )
    n_up, n_down = (int(np.unique(people[rows]).size) for rows in (positive, ~positive))
    if min(n_up, n_down) < 2:
        return np.full((influence.shape[1], influence.shape[1]), math.nan)
    both = sums_up.T @ sums_down
    n_all = int(people.max()) + 1
    covariance: FloatArray = (
        n_up / (n_up - 1) * (sums_up.T @ sums_up)
        + n_down / (n_down - 1) * (sums_down.T @ sums_down)
        + n_all / (n_all - 1) * (both + both.T)
    )
    return covariance


def _covariance_of_merged(influence: FloatArray, positive: BoolArray, people: Merged) -> FloatArray:
    """Covariance where every person has one class, and one row that stands for several."""
    covariance = np.zeros((influence.shape[1], influence.shape[1]))
    for rows in (positive, ~positive):
        n = int(people.rows[rows].sum())
        if n < 2:
            return np.full(covariance.shape, math.nan)
        sums = influence[rows] * people.spread[rows, None]
        covariance += n / (n - 1) * (sums.T @ sums)
    return covariance


def auc(
    positive: BoolArray,
    score: FloatArray,
    weight: FloatArray | None = None,
    fold: IntArray | None = None,
    cluster: People = None,
) -> Estimate | None:
    """Area under the ROC curve with DeLong's interval, cut at 0 and 1.

    Across folds the influence of each held-out row is taken as in [1]_.

    Parameters
    ----------
    positive, score, weight, fold, cluster
        As for `auc_influence` and `auc_covariance`.

    Returns
    -------
    Estimate or None
        None where there are no pairs.

    References
    ----------
    .. [1] E. LeDell, M. Petersen, M. van der Laan, "Computationally efficient confidence
       intervals for cross-validated area under the ROC curve estimates", Electronic Journal
       of Statistics 9 (2015), 1583-1607.
    """
    found = auc_influence(positive, score, np.ones(len(score)) if weight is None else weight, fold)
    if found is None:
        return None
    area, influence = found
    variance = float(auc_covariance(influence[:, None], positive, cluster)[0, 0])
    if math.isnan(variance):
        return Estimate(area)
    return normal(area, math.sqrt(variance), 0.0, 1.0)


def compare_auc(
    positive: BoolArray,
    first: FloatArray,
    second: FloatArray,
    weight: FloatArray | None = None,
    fold: IntArray | None = None,
    cluster: People = None,
) -> AUCDifference | None:
    """DeLong's test of whether two scores have the same area, on the same people.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
        Outcomes.
    first, second : ndarray of shape (n,)
        The scores.
    weight, fold, cluster
        As for `auc`.

    Returns
    -------
    AUCDifference or None
        None where there are no pairs, or a class has fewer than two people.
    """
    from scipy.stats import norm

    weight = np.ones(len(first)) if weight is None else weight
    found = [auc_influence(positive, score, weight, fold) for score in (first, second)]
    if found[0] is None or found[1] is None:
        return None
    (area, influence), (other, influence_of_other) = found[0], found[1]
    # Of the difference itself: no cancellation between the variances of equal scores.
    variance = float(
        auc_covariance((influence - influence_of_other)[:, None], positive, cluster)[0, 0]
    )
    if math.isnan(variance):
        return None
    difference, error = area - other, math.sqrt(variance)
    if error == 0:
        z = 0.0 if difference == 0 else math.copysign(math.inf, difference)
    else:
        z = difference / error
    return AUCDifference(normal(difference, error, -1.0, 1.0), z, float(2 * norm.sf(abs(z))))
