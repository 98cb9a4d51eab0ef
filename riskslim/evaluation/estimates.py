"""A measured value with its confidence interval, and intervals for means and shares."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from riskslim.scores.intervals import Z95, people_behind, wilson
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = [
    "Estimate",
    "Merged",
    "People",
    "average",
    "by_person",
    "cluster_sums",
    "mean_of",
    "normal",
    "number_of_people",
    "part_of",
    "quantiles_of",
    "rows_of",
    "share_of",
    "wilson",
]


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 % confidence interval.

    Attributes
    ----------
    value : float
        What was measured.
    low, high : float
        Ends of the interval; NaN where the data are too few to state one.
    """

    value: float
    low: float = math.nan
    high: float = math.nan

    def to_dict(self) -> dict[str, float]:
        """Give ``value``, ``low`` and ``high``."""
        return asdict(self)


def normal(
    value: float, error: float, least: float = -math.inf, most: float = math.inf
) -> Estimate:
    """Estimate with Wald's interval, cut to the range that the measure can have."""
    return Estimate(value, max(value - Z95 * error, least), min(value + Z95 * error, most))


@dataclass(frozen=True, eq=False)
class Merged:
    """Rows that stand for several people each, who differ in their weights alone.

    It takes the place of the person of each row: all sums over people of squares, and of products
    of what a row says, are those over the people that were merged.

    Attributes
    ----------
    rows : ndarray of int, shape (m,)
        How many people each row is.
    spread : ndarray of shape (m,)
        Square root of the sum of their squared weights, over the sum of their weights.
    person : ndarray of int, shape (m,), or None
        Whose rows they are, where one person has several: each row is of one person then.
    """

    rows: IntArray
    spread: FloatArray
    person: IntArray | None = None

    def part(self, kept: BoolArray) -> Merged:
        """Take some of the rows."""
        person = None if self.person is None else self.person[kept]
        return Merged(self.rows[kept], self.spread[kept], person)


People = IntArray | Merged | None
"""Person of each row; None where each row is a person."""


def by_person(cluster: People) -> People:
    """Give the person of each row where persons are known, whether or not rows are merged."""
    if isinstance(cluster, Merged) and cluster.person is not None:
        return cluster.person
    return cluster


def part_of(cluster: People, kept: BoolArray) -> People:
    """Take some of the rows."""
    if isinstance(cluster, Merged):
        return cluster.part(kept)
    return None if cluster is None else cluster[kept]


def rows_of(cluster: People) -> IntArray | None:
    """Give how many people each row is, where rows are merged."""
    return cluster.rows if isinstance(cluster, Merged) else None


def cluster_sums(values: FloatArray, cluster: People) -> FloatArray:
    """Sum values by the person they belong to; None says that each row is a person.

    Of merged rows, which are sums over people already, numbers whose squares add up to those of
    the people.
    """
    cluster = by_person(cluster)
    if cluster is None:
        return values
    if isinstance(cluster, Merged):
        return values * cluster.spread
    return np.asarray(np.bincount(cluster, weights=values), dtype=np.float64)


def share_of(hits: FloatArray, weight: FloatArray, cluster: People = None) -> Estimate | None:
    """Weighted share with Wilson's interval; None where nobody is counted.

    The interval counts people: their effective number (see `people_behind`), where the rows of
    one person count together, as if they said the same thing. Without weights and repeated rows
    that is the number of rows.

    Parameters
    ----------
    hits : ndarray of shape (n,)
        0 or 1 (or shares of a row).
    weight : ndarray of shape (n,)
        Weights; rows of weight 0 do not count.
    cluster : ndarray of int, shape (n,), optional
        Person of each row.
    """
    whole = math.fsum(weight.tolist())
    if whole <= 0:
        return None
    # Both sums are rounded once: where all are hits, the share is 1.
    share = math.fsum((weight * hits).tolist()) / whole
    cluster = by_person(cluster)
    people = cluster_sums(weight, cluster)
    behind = (
        whole**2 / float(people @ people) if isinstance(cluster, Merged) else people_behind(people)
    )
    return Estimate(share, *wilson(share, behind))


def mean_of(
    values: FloatArray,
    weight: FloatArray,
    cluster: People = None,
    least: float = -math.inf,
    most: float = math.inf,
) -> Estimate:
    """Weighted mean with a normal interval, whose error adds up the rows of each person.

    Parameters
    ----------
    values, weight : ndarray of shape (n,)
        What is averaged, and the weights.
    cluster : ndarray of int, shape (n,), optional
        Person of each row.
    least, most : float
        The range that the mean can have.
    """
    whole = math.fsum(weight.tolist())
    mean = math.fsum((weight * values).tolist()) / whole
    counted = number_of_people(weight, cluster)
    if counted < 2 or not math.isfinite(mean):
        return Estimate(mean)
    parts = cluster_sums(weight * (values - mean), cluster)
    error = math.sqrt(counted / (counted - 1) * float(parts @ parts)) / whole
    return normal(mean, error, least, most)


def number_of_people(weight: FloatArray, cluster: People) -> int:
    """Count the people who have a weight."""
    cluster = by_person(cluster)
    if isinstance(cluster, Merged):
        return int(cluster.rows[weight != 0].sum())
    return int(np.count_nonzero(cluster_sums(weight, cluster)))


def quantiles_of(values: FloatArray, rows: IntArray, shares: Sequence[float]) -> FloatArray:
    """Quantiles of values of which each is held by so many people, as of one for each of them.

    Parameters
    ----------
    values : ndarray of shape (m,)
        At least one, in any order.
    rows : ndarray of int, shape (m,)
        How many people hold each; one at least.
    shares : sequence of float
        Between 0 and 1.
    """
    order = np.argsort(values, kind="stable")
    last = np.cumsum(rows[order])
    place = np.asarray(shares) * (last[-1] - 1)
    before = np.floor(place)
    low, high = (
        values[order][np.searchsorted(last, end, side="right")] for end in (before, np.ceil(place))
    )
    return np.asarray(low + (place - before) * (high - low))


def average(estimates: Sequence[Estimate | None]) -> Estimate | None:
    """Average the estimates of repetitions, and their intervals.

    Repetitions share their people, so their mean is hardly surer than one of them: the
    average of the intervals is at least as wide as one of the mean, whose error
    is at most the mean of the errors.
    """
    known = [estimate for estimate in estimates if estimate is not None]
    if not known:
        return None

    def mean(part: Callable[[Estimate], float]) -> float:
        return math.fsum(map(part, known)) / len(known)

    return Estimate(mean(lambda e: e.value), mean(lambda e: e.low), mean(lambda e: e.high))
