"""Signs of points that cost more than a box can pay."""

from __future__ import annotations

import math

import numpy as np

from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["drop_dear_signs", "price_of"]


def drop_dear_signs(
    proved: float,
    over: tuple[FloatArray, FloatArray],
    candidates: BoolArray,
    live: IntArray,
    most: float,
    lower: FloatArray,
    upper: FloatArray,
) -> None:
    """Take out of a box, in place, what the bound shows to cost more than `most`.

    Parameters
    ----------
    proved : float
        Bound of the box, in which each candidate pays for the best of: no points, positive
        ones, negative ones.
    over : tuple of ndarray of shape (k,)
        What points of each sign save the bound; minus infinity for a sign that is not there.
    candidates : ndarray of bool, shape (k,)
        Features that may go without points.
    live : ndarray of int, shape (k,)
        Their columns.
    most : float
        What a score may cost.
    lower, upper : ndarray of shape (d + 1,)
        The box.
    """
    over_plus, over_minus = over
    for i in np.flatnonzero(candidates):
        j = live[i] + 1
        without = proved + max(0.0, over_plus[i], over_minus[i])
        if without - over_plus[i] > most:
            upper[j] = min(upper[j], 0.0)
        if without - over_minus[i] > most:
            lower[j] = max(lower[j], 0.0)
        if without > most and (lower[j] == 0.0) != (upper[j] == 0.0):
            lower[j], upper[j] = (1.0, upper[j]) if lower[j] == 0.0 else (lower[j], -1.0)


def price_of(dual: float) -> float:
    """Multiplier of a limit: a multiple of 1/1024, at most 1000."""
    return min(math.floor(max(0.0, -dual) * 1024.0) / 1024.0, 1e3) if math.isfinite(dual) else 0.0
