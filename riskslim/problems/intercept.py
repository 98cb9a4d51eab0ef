"""Bounds of the intercept that cut off no optimal score."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

from riskslim.errors import ConstraintError
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.odds import expit

__all__ = [
    "deciding_range",
    "derived_bounds",
    "extreme_scores",
    "log_odds_range",
    "widen_for_rows",
]

_BLOCK = 1 << 14
_MARGIN = 1e-9
_RATIO = 1.25
# Above so many rows the tests look at so many levels of their scores in place of each row's.
_MANY_ROWS, _LEVELS = 1 << 17, 1 << 13


def extreme_scores(
    features: FloatArray, lower: FloatArray, upper: FloatArray, max_size: int
) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest score that each row can reach, without the intercept.

    Feature j can lower a row's score by at most ``min(lower_j x_j, upper_j x_j)``,
    and not used by 0. A range without 0 is always used; of the others the
    `max_size` strongest (less those always used) are taken, row by row.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Rows.
    lower, upper : ndarray of shape (d,)
        Bounds of the points.
    max_size : int
        How many features may be used.

    Returns
    -------
    smallest, largest : ndarray of shape (n,)
    """
    smallest, largest = np.empty(len(features)), np.empty(len(features))
    forced = (lower > 0) | (upper < 0)
    optional = int(np.clip(max_size - forced.sum(), 0, (~forced).sum()))
    for start in range(0, len(features), _BLOCK):
        rows = features[start : start + _BLOCK]
        block = slice(start, start + len(rows))
        if rows.dtype == np.int8:  # of 0 and 1
            columns = np.ascontiguousarray(rows.T, dtype=bool)
            smallest[block] = _least_of_bits(columns, lower, forced, optional)
            largest[block] = -_least_of_bits(columns, -upper, forced, optional)
            continue
        ends = rows * lower, rows * upper
        smallest[block] = _sum_of_least(np.minimum(*ends), forced, optional)
        largest[block] = -_sum_of_least(-np.maximum(*ends), forced, optional)
    return smallest, largest


def deciding_range(
    features: FloatArray, lower: FloatArray, upper: FloatArray, max_size: int
) -> tuple[int, int]:
    """From "everybody's score is below 0" to "everybody's is above": all predictions within.

    An intercept below the range predicts no for every row whatever the points, as its lower end
    does, and one above it predicts yes, so that neither adds a prediction or an error.

    Parameters as for `extreme_scores`.

    Returns
    -------
    lower, upper : int
    """
    smallest, largest = extreme_scores(features, lower, upper, max_size)
    return math.floor(-largest.max()) - 1, math.ceil(-smallest.min()) + 1


def _least_of_bits(
    columns: BoolArray, least: FloatArray, forced: BoolArray, optional: int
) -> FloatArray:
    """Sum the least that rows of 0 and 1 can have of features always used, and of the others."""
    total: FloatArray = least[forced] @ columns[forced]
    left = np.full(len(total), optional, dtype=np.int32)
    for j in np.argsort(least, kind="stable").tolist():
        if least[j] >= 0 or not left.any():
            break
        if not forced[j]:
            taken = columns[j] & (left > 0)
            total += least[j] * taken
            left -= taken
    return total


def _sum_of_least(terms: FloatArray, forced: BoolArray, optional: int) -> FloatArray:
    free = np.minimum(terms[:, ~forced], 0.0)
    if 0 < optional < free.shape[1]:
        free = np.partition(free, optional - 1, axis=1)[:, :optional]
    total: FloatArray = terms[:, forced].sum(axis=1)
    return total + free.sum(axis=1) if optional else total


def derived_bounds(
    features: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    max_size: int,
    multiplier_range: tuple[float, float] = (1.0, 1.0),
) -> tuple[int, int]:
    r"""Integer bounds of the intercept within which some optimal score lies.

    Fix the multiplier m and the points of the features, and let s_i be the score of row i
    without the intercept. The loss is strictly convex in a real intercept b, and smallest where
    the mean predicted risk is the share of positives:

    .. math:: F_{s,m}(b) = \frac1W \sum_i w_i \sigma((b + s_i) / m) = p .

    Call that b*(s, m). By convexity no integer is better than the better one of
    floor(b*) and ceil(b*), so bounds on b* over all points and multipliers, rounded outward,
    keep an optimal intercept for every choice of both. As F grows with b and with every
    s_i, b* falls as any s_i grows: replacing each s_i by the largest (smallest) value that
    its row can reach under the bounds of the points and the limit on size gives a lower
    (upper) bound on b*(s, m) for each m. As m grows, (b + s_i) / m moves toward 0 from either
    side, so over an interval of m it is largest at one of the two ends; let F_max(b) be the
    mean risk with that larger end for every row and the largest s_i, and F_min(b) that
    with the smaller end and the smallest s_i. Both grow with b, and bound F_{s,m}(b) for all s
    and all m of the interval. So

    - A, the largest integer with F_max(A) < p, has A < b*(s, m) for every s and m, and
    - B, the smallest integer with F_min(B) > p, has b*(s, m) < B.

    A range of multipliers is cut into intervals whose ends have a ratio of at most 1.25, and the
    smallest A and largest B of them are taken. Both are found by bisection over integers: no
    root is computed, and F and 1 - F, each accurate to its own size, are compared with a
    relative margin of 1e-9, far above the rounding error.

    With weights of both classes positive, 0 < p < 1 and both exist. The argument lets the
    intercept move while all else stands still; where linear rows hold it, `widen_for_rows`
    widens the bounds.

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Distinct rows.
    positive, negative : ndarray of shape (n,)
        Their weights.
    lower, upper : ndarray of shape (d,)
        Bounds of the points.
    max_size : int
        Limit on the size.
    multiplier_range : tuple of float
        Smallest and largest multiplier.

    Returns
    -------
    lower, upper : int
    """
    extremes = extreme_scores(features, lower, upper, max_size)
    weights = positive + negative
    smallest, weight_of_smallest = _at_levels(extremes[0], weights, above=False)
    largest, weight_of_largest = _at_levels(extremes[1], weights, above=True)
    wanted_positive, wanted_negative = float(positive.sum()), float(negative.sum())

    def surely_less(
        scores: FloatArray, weight: FloatArray, positive: float, negative: float
    ) -> bool:
        """Whether the expected positives at these scores are fewer, told by either tail."""
        return float(weight @ expit(scores)) < positive * (1 - _MARGIN) or float(
            weight @ expit(-scores)
        ) > negative * (1 + _MARGIN)

    def surely_below(b: int, least: float, most: float) -> bool:
        """Whether F_max(b) < p for multipliers from least to most: every b* lies above b."""
        scores = b + largest
        ends = np.where(scores > 0, scores / least, scores / most)
        return surely_less(ends, weight_of_largest, wanted_positive, wanted_negative)

    def surely_above(b: int, least: float, most: float) -> bool:
        """Whether 1 - F_min(b) < 1 - p: every b* lies below b."""
        scores = b + smallest
        ends = np.where(scores > 0, scores / most, scores / least)
        return surely_less(-ends, weight_of_smallest, wanted_negative, wanted_positive)

    # expit(x) <= e^x: beyond these ends the tests hold for certain.
    reach = 3.0 + (1.0 + abs(np.log(wanted_positive / wanted_negative))) * multiplier_range[1]
    start = int(np.floor(-largest.max() - reach))
    end = int(np.ceil(-smallest.min() + reach))

    def largest_below(b: int, least: float, most: float) -> int:
        return -_first(lambda a: surely_below(-a, least, most), -b, -start)

    def smallest_above(b: int, least: float, most: float) -> int:
        return _first(lambda a: surely_above(a, least, most), b, end)

    A, B = end, start
    for least, most in _intervals(*multiplier_range):
        # Most intervals move neither bound, which one test each tells.
        if not surely_below(A, least, most):
            A = largest_below(A, least, most)
        if not surely_above(B, least, most):
            B = smallest_above(B, least, most)
    return A, B


def log_odds_range(
    features: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    max_size: int,
    multiplier_range: tuple[float, float],
) -> tuple[float, float]:
    r"""Range of a real intercept over the multiplier that holds the best one of every score.

    With v = b/m and the scores s_i without the intercept, the best v balances the classes: the mean
    risk, which grows with v and every s_i / m, is the share of positives. So it lies between the
    balance of the largest s_i / m that each row can have and that of the smallest ones; integers
    on their far sides are found as in `derived_bounds`.

    Parameters
    ----------
    features, positive, negative, lower, upper, max_size, multiplier_range
        As for `derived_bounds`.

    Returns
    -------
    lower, upper : float
    """
    smallest, largest = extreme_scores(features, lower, upper, max_size)
    least_m, most_m = multiplier_range
    weights = positive + negative
    wanted_positive, wanted_negative = float(positive.sum()), float(negative.sum())
    most = np.maximum(largest / least_m, largest / most_m)
    least = np.minimum(smallest / least_m, smallest / most_m)

    def surely_less(odds: FloatArray, positive: float, negative: float) -> bool:
        return float(weights @ expit(odds)) < positive * (1 - _MARGIN) or float(
            weights @ expit(-odds)
        ) > negative * (1 + _MARGIN)

    balance = abs(math.log(wanted_positive / wanted_negative))
    reach = math.ceil(3.0 + balance + max(float(np.abs(most).max()), float(np.abs(least).max())))
    below = -_first(
        lambda a: surely_less(most - a, wanted_positive, wanted_negative), -reach, reach
    )
    above = _first(
        lambda a: surely_less(-(least + a), wanted_negative, wanted_positive), -reach, reach
    )
    return float(below), float(above)


def _at_levels(
    scores: FloatArray, weights: FloatArray, *, above: bool
) -> tuple[FloatArray, FloatArray]:
    """Give scores and weights of rows; of many rows merged, no score less (or more) than it was.

    The mean risk grows with every score, so that F_max, of scores that are at least as large, and
    F_min, of scores at most as large, still bound it. A score is moved by at least one
    and at most two levels, far more than what rounding moves it back.
    """
    low, high = float(scores.min()), float(scores.max())
    if len(scores) <= _MANY_ROWS or low == high:
        return scores, weights
    level = (high - low) / _LEVELS
    places = np.floor((scores - low) / level).astype(np.int64)
    merged = np.bincount(places, weights=weights).astype(np.float64)
    held = np.flatnonzero(merged)
    moved = (held + 2.0 if above else held - 1.0).astype(np.float64)
    return low + level * moved, merged[held]


def _intervals(low: float, high: float) -> list[tuple[float, float]]:
    """Cut a range into intervals, the one with the largest numbers first."""
    count = max(1, int(np.ceil(np.log(high / low) / np.log(_RATIO))))
    ends = [low * (high / low) ** (k / count) for k in range(count)] + [high]
    return list(itertools.pairwise(ends))[::-1]


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Smallest integer in low..high where a monotone test holds; it holds at `high`."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return high


def widen_for_rows(
    bounds: tuple[int, int],
    matrix: csr_array,
    row_lower: FloatArray,
    row_upper: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    row_names: tuple[str, ...],
) -> tuple[int, int]:
    r"""Widen derived bounds of the intercept for the linear rows that speak of it.

    Fix every other variable at its value in an optimal solution. What a row
    ``l <= a·b + r <= u`` then leaves to the intercept b is an interval, and by
    convexity its best integer is floor(b*) or ceil(b*), or, where the interval misses b*,
    its integer end next to b*. The rest r of a row lies between its least and greatest
    value over the bounds of the other variables, so an upper end is at least
    ``(u - max r) / a`` and a lower end at most ``(l - min r) / a`` (a > 0; a < 0 swaps the
    sides). An upper end matters only below b* and a lower end only above it, hence the
    bounds reach down to the least upper end and up to the greatest lower end.

    Parameters
    ----------
    bounds : tuple of int
        Of `derived_bounds`.
    matrix : csr_array of shape (m, n)
        Rows; column 0 is the intercept.
    row_lower, row_upper : ndarray of shape (m,)
        Sides.
    lower, upper : ndarray of shape (n,)
        Bounds of the columns; those of column 0 are not read.
    row_names : tuple of str
        For messages.

    Returns
    -------
    tuple of int

    Raises
    ------
    ConstraintError
        If a row joins the intercept to a variable without bounds.
    """
    low, high = bounds
    for i in range(matrix.shape[0]):
        span = slice(matrix.indptr[i], matrix.indptr[i + 1])
        columns, coefficients = matrix.indices[span], matrix.data[span]
        at = columns == 0
        a = float(coefficients[at].sum())
        if a == 0.0:
            continue
        ends = (
            coefficients[~at] * lower[columns[~at]],
            coefficients[~at] * upper[columns[~at]],
        )
        least, greatest = float(np.minimum(*ends).sum()), float(np.maximum(*ends).sum())
        if not np.isfinite([least, greatest]).all():
            raise ConstraintError(
                f"{row_names[i]}: joins the intercept to a variable without bounds, so no bounds "
                "of the intercept can be derived; bound the variable, or set the intercept's own"
            )
        below, above = (row_upper[i] - greatest) / a, (row_lower[i] - least) / a
        if a < 0:
            below, above = (row_lower[i] - least) / a, (row_upper[i] - greatest) / a
        if np.isfinite(below):
            low = min(low, int(np.floor(below - _MARGIN * (1.0 + abs(below)))))
        if np.isfinite(above):
            high = max(high, int(np.ceil(above + _MARGIN * (1.0 + abs(above)))))
    return low, high
