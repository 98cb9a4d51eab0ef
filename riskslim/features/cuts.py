"""Cut points of a measurement: by quantiles or by a tree, rounded to numbers people use."""

from __future__ import annotations

import math
import re
from typing import Any, Literal

import numpy as np

from riskslim.data.merging import exact_sums
from riskslim.features.weighting import SLACK
from riskslim.solvers._typing import FloatArray

__all__ = ["Method", "as_number", "choose_cuts", "is_number", "number_text", "rounded_cut"]

Method = Literal["tree", "quantile"]

# Multiples of the earlier ones are the rounder numbers.
_LEADING = (5.0, 2.0, 1.0)
_DIGITS = 12
_WRITTEN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")


def choose_cuts(
    values: FloatArray,
    weights: FloatArray,
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
    weights : ndarray of shape (k, n)
        What the rows of each class weigh that hold each; above 0 in one of them.
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
    masses = np.array([exact_sums(of_class, place, len(known)) for of_class in weights])
    mass: FloatArray = masses.sum(axis=0)
    fewest = min_share * (1 - SLACK)
    gaps = _tree_gaps(masses, max_cuts, fewest) if method == "tree" else []
    gaps = gaps or _quantile_gaps(mass, max_cuts, fewest)
    slack = rounding * float(mass.sum())
    cuts = {rounded_cut(known, float(known[gap]), slack, mass) for gap in gaps}
    return tuple(sorted(cuts))


def _tree_gaps(masses: FloatArray, max_cuts: int, fewest: float) -> list[int]:
    """Give the indices of the distinct values at which the tree's upper branches begin.

    Parameters
    ----------
    masses : ndarray of shape (k, m)
        What the rows of each class weigh, by distinct value.
    """
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        criterion="log_loss",
        max_leaf_nodes=max_cuts + 1,
        min_weight_fraction_leaf=fewest,
        random_state=0,
    )
    # Equal rows are one row of their joint weight: the same tree, however they are counted. And
    # on the ranks of the values: the tree would round the values themselves to 32 bits.
    place, codes = np.nonzero(masses.T)
    tree.fit(place.reshape(-1, 1), codes, sample_weight=masses.T[place, codes])
    grown = tree.tree_
    return sorted(math.ceil(t) for t in grown.threshold[grown.feature >= 0].tolist())


def _quantile_gaps(mass: FloatArray, max_cuts: int, fewest: float) -> list[int]:
    """Give the indices of the distinct values, of some weight each, that part the rows evenly."""
    whole = mass.sum()
    below = np.cumsum(mass)[:-1]
    possible = np.flatnonzero((below >= fewest * whole) & (whole - below >= fewest * whole))
    if not len(possible):
        return []
    wanted = whole * np.arange(1, max_cuts + 1) / (max_cuts + 1)
    nearest = np.abs(below[possible][None, :] - wanted[:, None]).argmin(axis=1)
    return sorted({int(possible[i]) + 1 for i in nearest})


def rounded_cut(
    ordered: FloatArray, cut: float, slack: float = 0.0, weight: FloatArray | None = None
) -> float:
    """Give the roundest number that parts the rows as a cut does, but for a few.

    Parameters
    ----------
    ordered : ndarray of shape (n,)
        The values, ascending.
    cut : float
        Above the smallest of them and at most the largest.
    slack : float
        Rows of at most so much weight change sides.
    weight : ndarray of shape (n,), optional
        What each value counts; one without it.

    Returns
    -------
    float
        A multiple of as large a power of ten, or of two or five times one, as possible; of
        several the one next to `cut`.
    """
    below = int(np.searchsorted(ordered, cut, side="left"))
    # What lies below each position, and how far from the cut a number may lie: c in (low, high]
    # moves the values between low and the cut, or from the cut on to high, to the other side.
    passed = np.concatenate([[0.0], np.cumsum(np.ones(len(ordered)) if weight is None else weight)])
    reach = slack + SLACK * passed[-1]
    lowest = int(np.searchsorted(passed, passed[below] - reach, side="left"))
    highest = int(np.searchsorted(passed, passed[below] + reach, side="right")) - 1
    low = float(ordered[max(lowest, 1) - 1])
    high = float(ordered[min(highest, len(ordered) - 1)])
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
    for count in {first, first + 1, last - 1, last, last + 1, round(target / step)}:
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


def is_number(text: str) -> bool:
    """Whether a text is a finite number in digits."""
    return _WRITTEN.fullmatch(text) is not None


def as_number(value: Any) -> float | None:
    """Give a finite number of a plain value, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
