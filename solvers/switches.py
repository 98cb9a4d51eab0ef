"""What an indicator says of its point, as linear rows: it is 1 where the point is not 0, else 0."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["SwitchRow", "of_both_signs", "switch_rows"]


@dataclass(frozen=True)
class SwitchRow:
    """One row of one pair.

    Attributes
    ----------
    kind : str
        ``"switch_lower"``, ``"switch_upper"``, ``"nonzero_above"`` or ``"nonzero_below"``.
    pair : int
        Which pair of point and indicator, from 0.
    terms : dict of int to float
        Coefficients by column.
    lower, upper : float
        Sides.
    """

    kind: str
    pair: int
    terms: dict[int, float]
    lower: float = -float("inf")
    upper: float = float("inf")


def of_both_signs(
    switches: IntArray, lower: FloatArray, upper: FloatArray, exact: Collection[int]
) -> list[int]:
    """Pairs that need a binary "the point is above 0": exact ones, with points of both signs.

    Parameters
    ----------
    switches : ndarray of shape (s, 2)
        Pairs (point column, indicator column).
    lower, upper : ndarray of shape (n,)
        Bounds of the columns.
    exact : collection of int
        Pairs whose indicator must be 0 where the point is.
    """
    points = switches[:, 0].tolist()
    return [k for k in sorted(exact) if lower[points[k]] < 0.0 < upper[points[k]]]


def switch_rows(
    switches: IntArray,
    lower: FloatArray,
    upper: FloatArray,
    exact: Collection[int],
    positive: dict[int, int],
) -> Iterator[SwitchRow]:
    r"""Tie indicators u to points x within l..h.

    An indicator is 1 where its point is not 0: :math:`l u \le x \le h u`. It is 0 where its
    point is, for the pairs that are asked to be exact, whose points are whole numbers:
    :math:`x \ge u` or :math:`x \le -u` where points have one sign, and with a binary p, "x is
    above 0", where they have both

    .. math:: p + l (u - p) \le x \le h p - (u - p) .

    With p = 1 and u = 1 points lie within 1..h, with p = 0 and u = 1 within l..-1, and u = 0 leaves
    p = 0 alone.

    Parameters
    ----------
    switches, lower, upper, exact
        As in `of_both_signs`.
    positive : dict of int to int
        Column of p, for each pair that needs one.
    """
    for k, (x, u) in enumerate(switches.tolist()):
        low, high = float(lower[x]), float(upper[x])
        yield SwitchRow("switch_lower", k, {x: 1.0, u: -low}, lower=0.0)
        yield SwitchRow("switch_upper", k, {x: 1.0, u: -high}, upper=0.0)
        if k not in exact or low > 0.0 or high < 0.0:
            continue
        if low == 0.0:
            yield SwitchRow("nonzero_above", k, {x: 1.0, u: -1.0}, lower=0.0)
        elif high == 0.0:
            yield SwitchRow("nonzero_below", k, {x: 1.0, u: 1.0}, upper=0.0)
        else:
            p = positive[k]
            yield SwitchRow("nonzero_above", k, {x: 1.0, p: low - 1.0, u: -low}, lower=0.0)
            yield SwitchRow("nonzero_below", k, {x: 1.0, p: -high - 1.0, u: 1.0}, upper=0.0)
