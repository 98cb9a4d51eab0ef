"""Logistic loss of a table of merged rows, as the searches see it."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from riskslim.errors import DataError, OptionError
from riskslim.solvers import _native
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.oracle import LatticeRows, Minorant

__all__ = ["LogisticLoss"]

# Scores are sums of products of a point and a feature; below this they stay finite.
_LARGEST = 1e150


class LogisticLoss:
    """Weighted logistic loss ``l(points)`` of merged rows, a convex oracle.

    ::

        l(points) = (1/W) sum_i [ positive_i log(1 + exp(-s_i)) + negative_i log(1 + exp(s_i)) ]
        s_i       = points[0] + features[i] @ points[1:]

    Parameters
    ----------
    features : ndarray of shape (n, d)
        Distinct rows, without a column for the intercept. Copied, as 8- or
        16-bit integers where these hold every value.
    positive, negative : ndarray of shape (n,)
        Weight of the rows with label +1 and -1 that were merged into each
        distinct row. W is the sum of both.
    threads : int
        Threads of one evaluation. Results are the same, bit for bit, for any number.
    look_up : bool
        Whether losses of integer scores come from a table; only benchmarks do without.

    Raises
    ------
    DataError
        If shapes do not fit, values are not finite or exceed 1e150 in size,
        or weights are negative or all zero.
    OptionError
        If `threads` is less than 1.

    Notes
    -----
    Integer points on integer features have integer scores, whose loss and
    slope come from a table; the rest is computed by kernels whose relative
    error is a few units in the last place (``solvers/native/softplus.hpp``).
    """

    def __init__(
        self,
        features: FloatArray,
        positive: FloatArray,
        negative: FloatArray,
        threads: int = 1,
        *,
        look_up: bool = True,
    ) -> None:
        # Bytes, which are 0 and 1, are read as they are.
        narrow = getattr(features, "dtype", None) == np.int8
        features = np.ascontiguousarray(features, dtype=np.int8 if narrow else np.float64)
        positive = np.ascontiguousarray(positive, dtype=np.float64)
        negative = np.ascontiguousarray(negative, dtype=np.float64)
        _check_table(features, positive, negative)
        self._data = _native.LogisticData(features, positive, negative, look_up=look_up)
        self.threads = _checked(threads)

    def with_threads(self, threads: int) -> LogisticLoss:
        """Give the same loss, of the same table in memory, by so many threads."""
        made = copy.copy(self)
        made.threads = _checked(threads)
        return made

    @property
    def dimension(self) -> int:
        """Number of variables: the intercept and one per feature."""
        return self._data.dimension

    @property
    def total_weight(self) -> float:
        """Sum W of all weights."""
        return self._data.total_weight

    @property
    def native(self) -> _native.LogisticData:
        """The table as native code holds it."""
        return self._data

    def value(self, point: FloatArray) -> float:
        """Loss by compensated summation, accurate to a few units in the last place.

        Parameters
        ----------
        point : ndarray of shape (d + 1,)
            Points, the intercept first.

        Returns
        -------
        float
            Mean loss, in nats a unit of weight.
        """
        return self._data.exact_value(_vector(point), self.threads)

    def value_and_gradient(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Loss and its gradient in one pass over the rows.

        Parameters
        ----------
        point : ndarray of shape (d + 1,)
            Points, the intercept first.

        Returns
        -------
        value : float
        gradient : ndarray of shape (d + 1,)
        """
        return self._data.value_and_gradient(_vector(point), self.threads)

    def value_from_scores(self, scores: FloatArray) -> float:
        """Loss at given scores of the distinct rows; finite or infinite, never NaN.

        Parameters
        ----------
        scores : ndarray of shape (n,)
            Any number but NaN.

        Returns
        -------
        float
        """
        return self._data.value_from_scores(_vector(scores))

    def minorant(self, point: FloatArray, lower: FloatArray, upper: FloatArray) -> Minorant:
        """Tangent at `point`, lowered by a bound on every rounding error on the box.

        Parameters
        ----------
        point, lower, upper : ndarray of shape (d + 1,)
            Where to take the tangent, and the box on which it must lie below
            the loss. The point may lie outside the box. Where the box is
            infinite so is the error bound, and the constant is minus infinity.

        Returns
        -------
        Minorant

        Notes
        -----
        The derivation of the error bound stands at ``LogisticData::minorant``
        in ``solvers/native/logistic.cpp``; it uses the constants gamma_k of
        Higham, *Accuracy and Stability of Numerical Algorithms*, section 3.1.
        """
        value, constant, gradient = self._data.minorant(
            _vector(point), _vector(lower), _vector(upper), self.threads
        )
        return Minorant(value, constant, gradient)

    def sequential_rounding(
        self,
        point: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        switch_cost: FloatArray,
        rows: LatticeRows,
        cutoff: float,
        scale: float = 1.0,
        stop: Callable[[], bool] | None = None,
    ) -> FloatArray | None:
        """Round one coordinate at a time, the one that costs least first (SeqRd).

        Parameters
        ----------
        point : ndarray of shape (d + 1,)
            Real points; clipped to the box.
        lower, upper : ndarray of shape (d + 1,)
            Finite bounds.
        switch_cost : ndarray of shape (d + 1,)
            Cost of each point that is not zero.
        rows : LatticeRows
            Rows that the answer must satisfy; rounded points that do not are
            repaired by the moves that bring the rows nearest to holding.
        cutoff : float
            Gives up when the objective of the half-rounded points exceeds it.
        scale : float
            The loss is that of ``scale * points``: 1 over the multiplier of a score.
        stop : callable, optional
            Asked some twenty times a second; True gives up.

        Returns
        -------
        ndarray of shape (d + 1,) or None
            Integer points in the box that satisfy the rows.

        Raises
        ------
        OptionError
            If the box is not finite.

        Notes
        -----
        Ustun and Rudin, *Learning Optimized Risk Scores*, JMLR 20 (2019),
        section 4.2. A quadratic model of the loss along each coordinate, from
        one pass over the rows, names the roundings that are evaluated.
        """
        return _native.sequential_rounding(
            self._data,
            _vector(point),
            *_box(lower, upper),
            _vector(switch_cost),
            rows,
            cutoff,
            scale,
            stop,
        )

    def coordinate_descent(
        self,
        point: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        switch_cost: FloatArray,
        rows: LatticeRows,
        free: BoolArray | None = None,
        swaps: bool = True,
        scale: float = 1.0,
        stop: Callable[[], bool] | None = None,
    ) -> FloatArray | None:
        """Improve integer points by single moves until none helps (DCD).

        Parameters
        ----------
        point : ndarray of shape (d + 1,)
            Integer points to start from; rounded and clipped to the box, and
            repaired where the rows do not hold.
        lower, upper, switch_cost, rows, scale
            As in `sequential_rounding`.
        free : ndarray of bool of shape (d + 1,), optional
            Coordinates that may move; by default all.
        swaps : bool
            Whether to try, when no single move helps, to exchange a feature
            for another, the intercept following.
        stop : callable, optional
            Asked some twenty times a second; True ends with the points so far.

        Returns
        -------
        ndarray of shape (d + 1,) or None
            Integer points in the box that satisfy the rows and that no allowed
            move of one coordinate improves; None if the rows cannot be
            repaired by single moves.

        Raises
        ------
        OptionError
            If the box is not finite.

        Notes
        -----
        Ustun and Rudin, *Learning Optimized Risk Scores*, JMLR 20 (2019),
        section 4.3. The loss is convex along a coordinate, so the sign of its
        slope brackets the best integer; zero, which saves its cost, is
        compared with the best other value.
        """
        mask = np.ones(self.dimension, dtype=np.bool_) if free is None else free
        return _native.coordinate_descent(
            self._data,
            _vector(point),
            *_box(lower, upper),
            _vector(switch_cost),
            rows,
            np.ascontiguousarray(mask, dtype=np.bool_),
            swaps,
            scale,
            stop,
        )


def _vector(values: FloatArray) -> FloatArray:
    return np.ascontiguousarray(values, dtype=np.float64)


def _box(lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    lower, upper = _vector(lower), _vector(upper)
    infinite = ~(np.isfinite(lower) & np.isfinite(upper))
    if infinite.any():
        j = int(np.argmax(infinite))
        raise OptionError(
            f"point {j} has the bounds {lower[j]} and {upper[j]}; searches over integers need "
            "finite bounds"
        )
    return lower, upper


def _checked(threads: int) -> int:
    if threads < 1:
        raise OptionError(f"threads must be at least 1, not {threads}")
    return threads


def _check_table(features: FloatArray, positive: FloatArray, negative: FloatArray) -> None:
    if features.ndim != 2 or features.shape[0] == 0:
        raise DataError(
            "features must be a table with at least one row, "
            f"not an array of shape {features.shape}"
        )
    n = features.shape[0]
    for name, weights in (("positive", positive), ("negative", negative)):
        if weights.shape != (n,):
            raise DataError(
                f"{name} must have shape ({n},), one weight per row, not {weights.shape}"
            )
        bad = ~(weights >= 0.0) | np.isinf(weights)
        if bad.any():
            row = int(np.argmax(bad))
            raise DataError(
                f"{name} weights must be finite and at least 0; "
                f"the one of distinct row {row + 1} is {weights[row]}"
            )
    if not positive.sum() + negative.sum() > 0.0:
        raise DataError("all weights are zero; at least one row must have a positive weight")
    if features.size and not (features.min() >= -_LARGEST and features.max() <= _LARGEST):
        at = int(np.argmax(~(np.abs(features) <= _LARGEST)))
        row, column = divmod(at, features.shape[1])
        raise DataError(
            f"feature {column + 1} of distinct row {row + 1} is {features[row, column]}; "
            f"features must be finite and at most {_LARGEST:g} in size, so rescale the column"
        )
