"""What every problem over integer points of a score has, whatever its loss, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskslim.solvers._typing import FloatArray
from riskslim.solvers.exact import LARGEST_WHOLE
from riskslim.solvers.oracle import LatticeRows

__all__ = ["LatticeProblem"]


@dataclass(frozen=True)
class LatticeProblem:
    """Sparse integer points over a table of merged rows, within a box, sizes and linear rows.

    ::

        lower <= points <= upper, integer,
        min_size <= number of non-zero points without the intercept <= max_size, the rows

    Attributes
    ----------
    features : ndarray of shape (n, d)
        Distinct rows, without the intercept.
    positive, negative : ndarray of shape (n,)
        Weight of the +1 and of the -1 rows merged into each, a row may carry both; W is the sum of
        all.
    lower, upper : ndarray of shape (d + 1,)
        Integer bounds, the intercept first.
    switch_cost : ndarray of shape (d + 1,)
        Cost of each feature in the score, not negative; 0 for the intercept.
    min_size, max_size : int
        Limits on the number of features; None for no limit.
    rows : LatticeRows or None
        Linear rules over points and indicators, the intercept's column first.

    Raises
    ------
    ValueError
        Arrays that do not fit together, bounds that are not integers, values out of range.
    """

    features: FloatArray
    positive: FloatArray
    negative: FloatArray
    lower: FloatArray
    upper: FloatArray
    switch_cost: FloatArray
    min_size: int = 0
    max_size: int | None = None
    rows: LatticeRows | None = None

    def __post_init__(self) -> None:
        n, d = self.features.shape
        if self.features.dtype.kind == "f" and not np.all(np.isfinite(self.features)):
            raise ValueError("features must be finite")
        for name in ("positive", "negative"):
            weights = getattr(self, name)
            if weights.shape != (n,):
                raise ValueError(f"{name} must have one weight for each of the {n} rows")
            if not np.all((weights >= 0.0) & np.isfinite(weights)):
                raise ValueError(f"{name} must hold finite weights that are not negative")
        for name in ("lower", "upper", "switch_cost"):
            if getattr(self, name).shape != (d + 1,):
                raise ValueError(f"{name} must have {d + 1} entries, the intercept first")
        for name in ("lower", "upper"):
            bounds = getattr(self, name)
            if not np.all(np.isfinite(bounds) & (bounds == np.floor(bounds))):
                raise ValueError(f"{name} must hold finite integers")
            if np.any(np.abs(bounds) >= LARGEST_WHOLE):
                raise ValueError(f"{name} must lie within 2^53 of zero")
        if np.any(self.lower > self.upper):
            j = int(np.flatnonzero(self.lower > self.upper)[0])
            raise ValueError(f"lower exceeds upper in column {j}")
        if not np.all((self.switch_cost >= 0.0) & np.isfinite(self.switch_cost)):
            raise ValueError("switch_cost must hold finite costs that are not negative")
        if self.switch_cost[0] != 0.0:
            raise ValueError("switch_cost must be 0 for the intercept")

    def _check_sums(self, coefficients: FloatArray) -> None:
        """Refuse limits on predictions that do not speak of each row."""
        if coefficients.shape[1] != len(self.features):
            raise ValueError(
                f"predictions must have one coefficient for each of the {len(self.features)} rows"
            )
