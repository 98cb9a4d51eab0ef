"""Bounds on what small integer points can cost, and on what training errors are worth.

They are about linear classifiers that say yes where ``<λ, x> > 0``, so about decision scores
and, at a risk of one half, about risk scores as well. After B. Ustun and C. Rudin,
"Supersparse linear integer models for optimized medical scoring systems", Machine Learning 102,
2016, in the section on theoretical bounds; the names of its theorems stand at each function.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from riskslim.errors import OptionError
from riskslim.solvers._typing import FloatArray

__all__ = [
    "coprime_share",
    "count_points",
    "generalization_bound",
    "resolution_bound",
]


def resolution_bound(
    coefficients: ArrayLike,
    X: ArrayLike,
    extra_errors: int = 0,
    *,
    by_row: bool = False,
    counts: ArrayLike | None = None,
) -> int | None:
    r"""How large integer points must be allowed to be, to be as accurate as real coefficients.

    With points of at most this size some integer classifier makes no more errors on these rows
    than the real one does, plus at most `extra_errors`: the real one, scaled to a norm of that size
    (where `by_row`, to a largest coefficient of it) and rounded.

    The paper's bound [1]_ is Λ > max‖x‖ √P / (2γ), where γ is the smallest margin
    ``|<ρ, x>| / ‖ρ‖`` (Minimum Margin Resolution Bound), or the k-th smallest, in which case the
    k - 1 rows of smaller margins may be lost (k-th Margin Resolution Bound). P counts the
    coefficients other than zero, the intercept among them, and the norms are over these.

    Parameters
    ----------
    coefficients : array-like of shape (d + 1,)
        Of the real classifier: the intercept, then the features'.
    X : array-like of shape (n, d)
        Rows.
    extra_errors : int
        k - 1: rows, those of the smallest margins, whose class may change.
    by_row : bool
        Bound the rounding of each row by itself, ½‖x‖₁ against ``|<ρ, x>|`` in units of the
        largest coefficient of a feature, and limit the features' points alone: the intercept of
        a score has no such limit. Never larger than the paper's bound, as ‖x‖₁ <= √P ‖x‖ and
        max|ρ| <= ‖ρ‖.
    counts : array-like of int, shape (n,), optional
        How many rows each row stands for; 1 by default.

    Returns
    -------
    int or None
        None where a margin that counts is 0: no size is enough by this argument.

    Raises
    ------
    OptionError
        Shapes that do not fit, no coefficient but the intercept, or `extra_errors` out of range.

    References
    ----------
    .. [1] Ustun and Rudin 2016, Minimum Margin Resolution Bound and k-th Margin Resolution Bound.
    """
    rho, rows = _classifier(coefficients, X)
    each = np.ones(len(rows), dtype=np.int64) if counts is None else np.asarray(counts)
    whole = int(each.sum())
    if not 0 <= extra_errors < whole:
        raise OptionError(
            f"extra_errors={extra_errors!r}: give a number from 0 to {whole - 1}, fewer than "
            "there are rows"
        )
    used = rho != 0.0
    scores = np.abs(rows @ rho)
    if by_row:
        needed = np.abs(rows[:, used]).sum(axis=1) * np.abs(rho[1:]).max() / 2.0
        with np.errstate(divide="ignore"):
            least = needed / scores
        order = np.argsort(least, kind="stable")
        last = np.searchsorted(np.cumsum(each[order]), whole - 1 - extra_errors, side="right")
        bound = float(least[order[last]])
    else:
        order = np.argsort(scores, kind="stable")
        kept = order[np.cumsum(each[order]) > extra_errors]
        reach = float(np.linalg.norm(rows[np.ix_(kept, used)], axis=1).max())
        with np.errstate(divide="ignore"):
            bound = float(
                reach * math.sqrt(used.sum()) * np.linalg.norm(rho) / (2.0 * scores[kept[0]])
            )
    if not math.isfinite(bound):
        return None
    # The inequality is strict, and a rounding of the bound must not make it false.
    return max(math.floor(bound * (1.0 + 1e-12)) + 1, 1)


def count_points(
    lower: ArrayLike,
    upper: ArrayLike,
    max_size: int | None = None,
    min_size: int = 0,
    *,
    coprime: bool = True,
) -> int:
    r"""Count the integer points of a box and a range of sizes, exactly.

    A multiple of points decides as the points do, so that only coprime ones count as different
    classifiers [1]_: with :math:`A_m` the number of points whose entries are all multiples of m,
    the coprime ones are :math:`\sum_m \mu(m) (A_m - [0])` by Möbius inversion, where the point
    of all zeros is taken out.

    Parameters
    ----------
    lower, upper : array-like of int, shape (d + 1,)
        The box, the intercept first.
    max_size : int, optional
        At most so many features other than 0, the intercept not counted.
    min_size : int
        At least so many.
    coprime : bool
        Count only points whose greatest common divisor, that of the intercept and all features,
        is 1; otherwise all points.

    Returns
    -------
    int

    References
    ----------
    .. [1] Ustun and Rudin 2016, generalization of sparse discrete linear classifiers, and
       generalization of discrete linear classifiers with coprime coefficients.
    """
    low, high = np.asarray(lower, dtype=np.int64), np.asarray(upper, dtype=np.int64)
    if low.shape != high.shape or low.ndim != 1 or low.size == 0 or np.any(low > high):
        raise OptionError("lower and upper must be two vectors of one length, lower <= upper")
    most = low.size - 1 if max_size is None else min(max_size, low.size - 1)
    ranges = Counter(zip(low[1:].tolist(), high[1:].tolist(), strict=True))
    ends = int(low[0]), int(high[0])
    if not coprime:
        return _multiples(1, ends, ranges, min_size, most)
    zero = int(min_size <= 0 and bool(np.all((low <= 0) & (high >= 0))))
    largest = int(max(np.abs(low).max(), np.abs(high).max()))
    return sum(
        sign * (_multiples(m, ends, ranges, min_size, most) - zero)
        for m, sign in enumerate(_moebius(largest), start=1)
        if sign
    )


def coprime_share(dimension: int) -> float:
    """Share of the integer vectors that are coprime, in the limit of large boxes: 1/ζ(dimension).

    Parameters
    ----------
    dimension : int
        At least 2.

    References
    ----------
    .. [1] Ustun and Rudin 2016, in the discussion of coprime coefficients; J. E. Nymann, "On the
       probability that k positive integers are relatively prime", Journal of Number Theory 4,
       1972.
    """
    from scipy.special import zeta

    return 1.0 / float(zeta(dimension))


def generalization_bound(
    error: float, rows: int, log_candidates: float = 0.0, delta: float = 0.05
) -> float:
    r"""Bound the error on new people, with probability at least 1 - δ over the draw of the rows.

    .. math::

        R_{true} \le R_{emp} + \sqrt{(\log |\Lambda| + \log(1/\delta)) / (2N)}

    holds for all classifiers of a finite set at once (Hoeffding's inequality and the union
    bound; Occam's Razor Bound in [1]_): so also for the one that was chosen on these rows.

    Parameters
    ----------
    error : float
        Share of the rows that are decided wrongly.
    rows : int
        N, independent rows of the same distribution, each of weight 1.
    log_candidates : float
        Natural logarithm of the number of classifiers that could have been chosen, fixed before
        the rows were seen; 0 for rows that had no part in the choice.
    delta : float
        Between 0 and 1.

    Returns
    -------
    float
        At most 1.

    References
    ----------
    .. [1] Ustun and Rudin 2016, Occam's Razor Bound for the 0-1 loss; generalization of sparse
       discrete linear classifiers.
    """
    if not 0.0 < delta < 1.0:
        raise OptionError(f"delta={delta!r}: give a number between 0 and 1")
    if rows < 1 or not 0.0 <= error <= 1.0 or not log_candidates >= 0.0:
        raise OptionError("give at least one row, a share of errors and a logarithm from 0")
    return min(error + math.sqrt((log_candidates - math.log(delta)) / (2.0 * rows)), 1.0)


def _classifier(coefficients: ArrayLike, X: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Give coefficients and rows with a column of ones for the intercept."""
    rho, table = np.asarray(coefficients, dtype=np.float64), np.asarray(X, dtype=np.float64)
    if rho.ndim != 1 or table.ndim != 2 or table.shape[1] != len(rho) - 1 or len(table) == 0:
        raise OptionError(
            f"coefficients of shape {rho.shape} and rows of shape {table.shape} do not fit; give "
            "the intercept and one coefficient for each column"
        )
    if not (np.all(np.isfinite(rho)) and np.all(np.isfinite(table))):
        raise OptionError("coefficients and rows must be finite")
    if not np.any(rho[1:]):
        raise OptionError("no feature has a coefficient other than 0")
    return rho, np.column_stack([np.ones(len(table)), table])


def _multiples(
    m: int,
    intercept: tuple[int, int],
    ranges: Counter[tuple[int, int]],
    min_size: int,
    max_size: int,
) -> int:
    """Count the points whose entries are all multiples of m, with a size within limits."""
    # sizes[s]: ways to give s features multiples of m other than 0 and the others 0.
    sizes = [1] + [0] * max_size
    for (low, high), count in ranges.items():
        all_of_them = high // m - (-(-low // m)) + 1
        has_zero = low <= 0 <= high
        others = all_of_them - has_zero
        ways = [
            math.comb(count, s) * others**s if has_zero or s == count else 0
            for s in range(min(count, max_size) + 1)
        ]
        sizes = [
            sum(ways[s] * sizes[size - s] for s in range(min(size, len(ways) - 1) + 1))
            for size in range(max_size + 1)
        ]
    low, high = intercept
    return (high // m - (-(-low // m)) + 1) * sum(sizes[max(min_size, 0) :])


def _moebius(largest: int) -> Sequence[int]:
    """μ(1), ..., μ(largest): by Σ over divisors being 0 except at 1."""
    values = [0, 1, *[0] * (largest - 1)] if largest >= 1 else [0]
    for m in range(1, largest + 1):
        for multiple in range(2 * m, largest + 1, m):
            values[multiple] -= values[m]
    return values[1:]
