"""The seam between a convex loss and the searches that minimise it.

A search never sees data. It asks an oracle for values, for minorants (the
cutting planes) and, where the oracle has them, for lattice heuristics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["ConvexOracle", "LatticeHeuristics", "LatticeRows", "Minorant"]


@dataclass(frozen=True)
class Minorant:
    """An affine function that lies below a convex one: ``constant + gradient @ point``.

    Attributes
    ----------
    value : float
        Value of the convex function at the point where the minorant was taken.
    constant : float
        Lowered by a bound on the rounding errors of the computation over the
        box it was asked for, so that the minorant is valid as floating-point
        numbers stand, not only in exact arithmetic.
    gradient : ndarray of shape (dimension,)
        Slope.
    """

    value: float
    constant: float
    gradient: FloatArray


@runtime_checkable
class ConvexOracle(Protocol):
    """A convex function of ``dimension`` real variables, bounded below by 0."""

    @property
    def dimension(self) -> int:
        """Number of variables."""

    def value(self, point: FloatArray) -> float:
        """Value at `point` by compensated summation: what an incumbent's objective is made of."""

    def minorant(self, point: FloatArray, lower: FloatArray, upper: FloatArray) -> Minorant:
        """Affine minorant at `point`, rigorous on the box ``lower <= x <= upper``."""


@dataclass(frozen=True)
class LatticeRows:
    """Linear rows over points and indicators, as the lattice heuristics need them.

    ``row_lower <= on_points @ x + on_indicators @ (x[switched] != 0) <= row_upper``

    Attributes
    ----------
    on_points : ndarray of shape (m, dimension)
        Coefficients on the oracle's variables.
    on_indicators : ndarray of shape (m, dimension)
        Coefficients on "variable j is not zero".
    row_lower, row_upper : ndarray of shape (m,)
        Sides; infinite where a row has none.
    """

    on_points: FloatArray
    on_indicators: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray


@runtime_checkable
class LatticeHeuristics(Protocol):
    """What an oracle may offer beyond values: integer points near real ones.

    Every answer honours the box, the zero costs and the rows exactly, or is None.
    With a `scale` the loss is that of ``scale * points``; the rest speaks of the points. `stop` is
    asked now and then, and ends either early.
    """

    def sequential_rounding(
        self,
        point: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        switch_cost: FloatArray,
        rows: LatticeRows,
        cutoff: float,
        *,
        scale: float = 1.0,
        stop: Callable[[], bool] | None = None,
    ) -> FloatArray | None:
        """Round one coordinate at a time, the one that costs least first (SeqRd)."""

    def coordinate_descent(
        self,
        point: FloatArray,
        lower: FloatArray,
        upper: FloatArray,
        switch_cost: FloatArray,
        rows: LatticeRows,
        free: BoolArray | None = None,
        *,
        scale: float = 1.0,
        stop: Callable[[], bool] | None = None,
    ) -> FloatArray | None:
        """Improve an integer point by moves of single coordinates until none helps (DCD)."""
