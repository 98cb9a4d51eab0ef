"""Cut points of a measurement: by quantiles or by a tree, rounded to numbers people use."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["Method", "as_number", "choose_cuts", "number_text", "rounded_cut"]

Method = Literal["tree", "quantile"]

# Multiples of the earlier ones are the rounder numbers.
_LEADING = (5.0, 2.0, 1.0)
_DIGITS = 12


def choose_cuts(
    values: FloatArray,
    codes: IntArray | None,
    method: Method,
    max_cuts: int,
    min_share: float,
    rounding: float,
) -> tuple[float, ...]:
    """Choose where to cut a measurement, a row being above a cut c where its value is >= c.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Finite numbers.
    codes : ndarray of int, shape (n,), or None
        Class of each row, for ``"tree"``; without it cuts are made at quantiles.
    method : {"tree", "quantile"}
        A decision tree on this one variable, grown best split first by its log-loss, or cuts
        that part the rows evenly.
    max_cuts : int
        At most so many.
    min_share : float
        Share of the rows that lie between neighbouring cuts (for quantiles: on either side).
    rounding : float
        Share of the rows that may change sides for the sake of a round number.

    Returns
    -------
    tuple of float
        Ascending, each above the smallest value and at most the largest. Empty for a constant.
    """
    known, place = np.unique(values, return_inverse=True)
    if len(known) < 2:
        return ()
    ordered = np.sort(values)
    fewest = max(1, math.ceil(min_share * len(values)))
    if method == "tree" and codes is not None:
        gaps = _tree_gaps(place, codes, max_cuts, fewest)
    else:
        gaps = []
    gaps = gaps or _quantile_gaps(ordered, known, max_cuts, fewest)
    slack = math.floor(rounding * len(values))
    cuts = {rounded_cut(ordered, float(known[gap]), slack) for gap in gaps}
    return tuple(sorted(cuts))


def _tree_gaps(place: IntArray, codes: IntArray, max_cuts: int, fewest: int) -> list[int]:
    """Give the indices of the distinct values at which the tree's upper branches begin."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        criterion="log_loss",
        max_leaf_nodes=max_cuts + 1,
        min_samples_leaf=fewest,
        random_state=0,
    )
    # On the ranks of the values: the tree would round the values themselves to 32 bits.
    tree.fit(place.reshape(-1, 1), codes)
    grown = tree.tree_
    return sorted(math.ceil(t) for t in grown.threshold[grown.feature >= 0].tolist())


def _quantile_gaps(ordered: FloatArray, known: FloatArray, max_cuts: int, fewest: int) -> list[int]:
    n = len(ordered)
    below = np.searchsorted(ordered, known[1:], side="left")
    possible = np.flatnonzero((below >= fewest) & (n - below >= fewest))
    if not len(possible):
        return []
    wanted = n * np.arange(1, max_cuts + 1) / (max_cuts + 1)
    nearest = np.abs(below[possible][None, :] - wanted[:, None]).argmin(axis=1)
    return sorted({int(possible[i]) + 1 for i in nearest})


def rounded_cut(ordered: FloatArray, cut: float, slack: int = 0) -> float:
    """Give the roundest number that parts the rows as a cut does, but for a few.

    Parameters
    ----------
    ordered : ndarray of shape (n,)
        The values, ascending.
    cut : float
        Above the smallest of them and at most the largest.
    slack : int
        At most so many rows change sides.

    Returns
    -------
    float
        A multiple of as large a power of ten, or of two or five times one, as possible; of
        several the one next to `cut`.
    """
    below = int(np.searchsorted(ordered, cut, side="left"))
    # A number c parts the rows at position p where ordered[p - 1] < c <= ordered[p].
    low = float(ordered[max(below - slack, 1) - 1])
    high = float(ordered[min(below + slack, len(ordered) - 1)])
    low = max(low, float(ordered[0]))
    largest = math.ceil(math.log10(max(abs(low), abs(high), 1e-300))) + 1
    target = 0.5 * (float(ordered[below - 1]) + cut) if below else cut
    for exponent in range(largest, largest - _DIGITS - 4, -1):
        for leading in _LEADING:
            if (found := _multiple(leading, exponent, low, high, target)) is not None:
                return found
    return cut


def _multiple(
    leading: float, exponent: int, low: float, high: float, target: float
) -> float | None:
    """Multiple of leading * 10^exponent in (low, high] next to a target, if there is one."""
    step = leading * 10.0**exponent
    first, last = math.floor(low / step), math.floor(high / step)
    best = None
    for count in {first, first + 1, last - 1, last, round(target / step)}:
        value = round(count * step, max(0, -exponent))
        inside = low < value <= high
        if inside and (best is None or abs(value - target) < abs(best - target)):
            best = value
    return best


def number_text(value: float) -> str:
    """Write a number as short as it reads back."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    short = f"{value:.{_DIGITS}g}"
    return short if float(short) == value else repr(value)


def as_number(value: Any) -> float | None:
    """Give a finite number of a plain value, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return None
    return float(value) if math.isfinite(value) else None
