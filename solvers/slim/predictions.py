"""Limits on how many of which rows a score predicts yes for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskslim.solvers._typing import FloatArray

__all__ = ["PredictionLimits"]


@dataclass(frozen=True)
class PredictionLimits:
    """Linear limits on the rows whose total exceeds the margin.

    ::

        lower_r <= sum_i coefficients_ri [s_i > margin] <= upper_r

    Rates of subgroups are such sums, and so are differences of rates: with 1/|A| for the rows
    of A and -1/|B| for those of B, the sum is the difference of the shares that are predicted yes.
    A total of 0 predicts no, also for a negative row, where the objective counts it as an error.

    Attributes
    ----------
    coefficients : ndarray of shape (m, n)
        One column for each row of the features; of any sign.
    lower, upper : ndarray of shape (m,)
        Infinite where there is no limit. A sum may miss them by 1e-12 of its coefficients' sum,
        the rounding of its terms.

    Raises
    ------
    ValueError
        Arrays that do not fit together, or coefficients that are not finite.
    """

    coefficients: FloatArray
    lower: FloatArray
    upper: FloatArray

    def __post_init__(self) -> None:
        m = len(self.coefficients)
        if self.coefficients.ndim != 2 or self.lower.shape != (m,) or self.upper.shape != (m,):
            raise ValueError("predictions need one row of coefficients, lower and upper a limit")
        if not np.all(np.isfinite(self.coefficients)):
            raise ValueError("coefficients of predictions must be finite")
        if np.any(np.isnan(self.lower) | np.isnan(self.upper)):
            raise ValueError("lower and upper of predictions must be numbers")
