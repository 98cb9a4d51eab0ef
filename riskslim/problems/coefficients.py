"""Which points a score may give to which feature."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from riskslim.errors import CoefficientError
from riskslim.names import Selector, quoted, select
from riskslim.solvers._typing import FloatArray

__all__ = ["LARGEST_POINTS", "CoefficientSet"]

LARGEST_POINTS = 1_000_000
"""Bounds of points lie within plus and minus this."""

_SIGNS = {"+": 1, "-": -1, 1: 1, -1: -1}


@dataclass(frozen=True, init=False, eq=False)
class CoefficientSet:
    """Bounds, signs and penalties of the points, feature by feature.

    Immutable: `set` and `set_intercept` return a changed copy, so that calls chain::

        CoefficientSet(data.feature_names).set("Age*", sign="+").set("Smoker", fixed=2)

    Parameters
    ----------
    feature_names : sequence of str
        The features, in the data's order.
    lower, upper : int
        Bounds of every feature's points.
    C0 : float, optional
        Penalty of every feature that is used; None takes the problem's.

    Attributes
    ----------
    feature_names : tuple of str
        The features.
    lower, upper : ndarray of shape (d,)
        Bounds of the points; whole numbers. A range without 0 means that the feature is used.
    C0 : ndarray of shape (d,)
        Penalties; NaN where the problem's holds.
    intercept_lower, intercept_upper : int or None
        Bounds of the intercept; None derives them from the data.

    Raises
    ------
    CoefficientError
        If a name is unknown, a bound is no whole number, or a range is empty.
    """

    feature_names: tuple[str, ...]
    lower: FloatArray
    upper: FloatArray
    C0: FloatArray
    intercept_lower: int | None
    intercept_upper: int | None

    def __init__(
        self,
        feature_names: Sequence[str],
        lower: int = -5,
        upper: int = 5,
        C0: float | None = None,
    ) -> None:
        names = tuple(feature_names)
        if len(set(names)) < len(names):
            twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
            raise CoefficientError(f"features given twice: {quoted(twice)}")
        low, high = _whole(lower, "lower"), _whole(upper, "upper")
        if low > high:
            raise CoefficientError(f"lower={low} is above upper={high}; no points lie between them")
        d = len(names)
        self._store(
            names,
            np.full(d, float(low)),
            np.full(d, float(high)),
            np.full(d, math.nan if C0 is None else _penalty(C0)),
            None,
            None,
        )

    def _store(
        self,
        names: tuple[str, ...],
        lower: FloatArray,
        upper: FloatArray,
        C0: FloatArray,
        intercept_lower: int | None,
        intercept_upper: int | None,
    ) -> None:
        for array in (lower, upper, C0):
            array.flags.writeable = False
        for attribute, value in (
            ("feature_names", names),
            ("lower", lower),
            ("upper", upper),
            ("C0", C0),
            ("intercept_lower", intercept_lower),
            ("intercept_upper", intercept_upper),
        ):
            object.__setattr__(self, attribute, value)

    def set(
        self,
        features: Selector,
        *,
        lower: int | None = None,
        upper: int | None = None,
        sign: str | int | None = None,
        C0: float | None = None,
        fixed: int | None = None,
    ) -> CoefficientSet:
        """Change some features.

        Parameters
        ----------
        features : str or iterable of str
            Names or shell-style patterns (``"Age*"``).
        lower, upper : int, optional
            Bounds of the points.
        sign : {"+", "-", 1, -1}, optional
            Only points of this sign (or none): cuts the range at 0.
        C0 : float, optional
            Penalty of using the feature, 0 or more.
        fixed : int, optional
            Exactly these points.

        Returns
        -------
        CoefficientSet
            A changed copy.

        Raises
        ------
        CoefficientError
            Naming the feature and the option.
        """
        if fixed is not None and (lower is not None or upper is not None or sign is not None):
            raise CoefficientError(
                "fixed= already sets the points; leave out lower, upper and sign"
            )
        if all(option is None for option in (lower, upper, sign, C0, fixed)):
            raise CoefficientError("nothing to set: give lower, upper, sign, C0 or fixed")
        chosen = select(features, self.feature_names, CoefficientError)
        lows, highs, penalties = self.lower.copy(), self.upper.copy(), self.C0.copy()
        if fixed is not None:
            lower = upper = fixed
        if lower is not None:
            lows[chosen] = _whole(lower, "lower" if fixed is None else "fixed")
        if upper is not None:
            highs[chosen] = _whole(upper, "upper" if fixed is None else "fixed")
        if sign is not None:
            if sign not in _SIGNS:
                raise CoefficientError(f"sign={sign!r} is none of '+', '-', 1 and -1")
            if _SIGNS[sign] > 0:
                lows[chosen] = np.maximum(lows[chosen], 0.0)
            else:
                highs[chosen] = np.minimum(highs[chosen], 0.0)
        if C0 is not None:
            penalties[chosen] = _penalty(C0)
        for j in chosen:
            if lows[j] > highs[j]:
                raise CoefficientError(
                    f"no points are left for {self.feature_names[j]!r}: at least {lows[j]:g} and "
                    f"at most {highs[j]:g}; set both bounds together"
                )
        return self._copy(lows, highs, penalties, self.intercept_lower, self.intercept_upper)

    def set_intercept(self, lower: int | None = None, upper: int | None = None) -> CoefficientSet:
        """Bound the intercept; a side that is None is derived from the data.

        Raises
        ------
        CoefficientError
            If a bound is no whole number or the range is empty.
        """
        low = None if lower is None else _whole(lower, "lower")
        high = None if upper is None else _whole(upper, "upper")
        if low is not None and high is not None and low > high:
            raise CoefficientError(
                f"intercept: lower={low} is above upper={high}; no points lie between them"
            )
        return self._copy(self.lower, self.upper, self.C0, low, high)

    def for_features(self, feature_names: Iterable[str]) -> CoefficientSet:
        """Return the same set in the order of a table's features.

        Raises
        ------
        CoefficientError
            If the features are not the same ones.
        """
        names = tuple(feature_names)
        if names == self.feature_names:
            return self
        index = {name: j for j, name in enumerate(self.feature_names)}
        missing = [name for name in names if name not in index]
        extra = [name for name in self.feature_names if name not in set(names)]
        if missing or extra:
            which = " and ".join(
                f"{what} {quoted(some)}"
                for what, some in (("lacks", missing), ("has beyond the data's", extra))
                if some
            )
            raise CoefficientError(
                f"the coefficient set {which}; make it from the data's feature_names"
            )
        order = [index[name] for name in names]
        result = CoefficientSet.__new__(CoefficientSet)
        result._store(
            names,
            self.lower[order],
            self.upper[order],
            self.C0[order],
            self.intercept_lower,
            self.intercept_upper,
        )
        return result

    def _copy(
        self, lower: FloatArray, upper: FloatArray, C0: FloatArray, low: int | None, up: int | None
    ) -> CoefficientSet:
        result = CoefficientSet.__new__(CoefficientSet)
        result._store(self.feature_names, lower.copy(), upper.copy(), C0.copy(), low, up)
        return result

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CoefficientSet):
            return NotImplemented
        return (
            self.feature_names == other.feature_names
            and (self.intercept_lower, self.intercept_upper)
            == (other.intercept_lower, other.intercept_upper)
            and np.array_equal(self.lower, other.lower)
            and np.array_equal(self.upper, other.upper)
            and np.array_equal(self.C0, other.C0, equal_nan=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self.feature_names)

    def __repr__(self) -> str:
        """Table of features, bounds and penalties."""
        low = "data" if self.intercept_lower is None else str(self.intercept_lower)
        high = "data" if self.intercept_upper is None else str(self.intercept_upper)
        lines = [("feature", "lower", "upper", "C0"), ("(Intercept)", low, high, "0")]
        for name, lower, upper, C0 in zip(
            self.feature_names, self.lower, self.upper, self.C0, strict=True
        ):
            penalty = "problem's" if math.isnan(C0) else f"{C0:g}"
            lines.append((name, f"{lower:g}", f"{upper:g}", penalty))
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        return "\n".join(
            f"{name:<{widths[0]}}  {lower:>{widths[1]}}  {upper:>{widths[2]}}  {C0:>{widths[3]}}"
            for name, lower, upper, C0 in lines
        )


def _whole(value: float, option: str) -> int:
    try:
        whole = float(value).is_integer() and not isinstance(value, str)
    except (TypeError, ValueError):
        whole = False
    if not whole:
        raise CoefficientError(f"{option}={value!r} is no whole number; points are whole numbers")
    if abs(value) > LARGEST_POINTS:
        raise CoefficientError(
            f"{option}={value!r} lies outside -{LARGEST_POINTS:,} to {LARGEST_POINTS:,}"
        )
    return int(value)


def _penalty(value: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise CoefficientError(f"C0={value!r} is no penalty; give a finite number, 0 or more")
    return number
