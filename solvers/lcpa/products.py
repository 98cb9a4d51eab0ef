"""Bounds of x, of the scale t and of w = t x, which tighten one another."""

from __future__ import annotations

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.program import ConvexProgram

__all__ = ["Products", "product_bounds"]

_EPS = float(np.finfo(np.float64).eps)
_MARGIN = 1e-6  # of rounding to integers, as for rows
_WIDER = 1e-12  # relative, of bounds that a division gives


def product_bounds(
    low: FloatArray, up: FloatArray, t_low: float, t_high: float
) -> tuple[FloatArray, FloatArray]:
    """Bounds of ``t x`` over ``low <= x <= up`` and the range of t > 0, rounded outwards."""
    below = np.where(low >= 0.0, low * t_low, low * t_high)
    above = np.where(up >= 0.0, up * t_high, up * t_low)
    return below - _EPS * np.abs(below), above + _EPS * np.abs(above)


class Products:
    """Tightens a box of the program's columns x, then t, then w for the oracle's columns."""

    def __init__(self, program: ConvexProgram) -> None:
        self._columns = program.oracle_columns
        self._whole = program.integer[self._columns]
        self._t = len(program.names)

    def tighten(self, lower: FloatArray, upper: FloatArray) -> bool:
        """Tighten in place; False where the box is shown to be empty."""
        t, columns = self._t, self._columns
        low, up = lower[columns], upper[columns]
        w_low, w_up = lower[t + 1 :], upper[t + 1 :]  # views: what is said of w stays
        below, above = product_bounds(low, up, float(lower[t]), float(upper[t]))
        np.maximum(w_low, below, out=w_low)
        np.minimum(w_up, above, out=w_up)
        t_low, t_high = float(lower[t]), float(upper[t])
        with np.errstate(divide="ignore", invalid="ignore"):
            # t = w / x, where x is away from zero
            highest = np.where(low > 0.0, w_up / low, np.where(up < 0.0, w_low / up, np.inf))
            lowest = np.where(
                (w_low > 0.0) & (up > 0.0),
                w_low / up,
                np.where((w_up < 0.0) & (low < 0.0), w_up / low, 0.0),
            )
        t_high = min(t_high, float(highest.min()) * (1.0 + _WIDER))
        t_low = max(t_low, float(lowest.max()) * (1.0 - _WIDER))
        if not t_low <= t_high:
            return False
        lower[t], upper[t] = t_low, t_high
        rise = np.where(w_up >= 0.0, w_up / t_low, w_up / t_high)
        fall = np.where(w_low >= 0.0, w_low / t_high, w_low / t_low)
        rise += _WIDER * np.abs(rise)
        fall -= _WIDER * np.abs(fall)
        rise = np.where(self._whole, np.floor(rise + _MARGIN), rise)
        fall = np.where(self._whole, np.ceil(fall - _MARGIN), fall)
        lower[columns], upper[columns] = np.maximum(low, fall), np.minimum(up, rise)
        return not (lower > upper).any()
