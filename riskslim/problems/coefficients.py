"""Which points a score may give to which feature."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskslim.constraints import PointValues
from riskslim.errors import CoefficientError
from riskslim.names import Selector, quoted, select
from riskslim.problems.defaults import MAX_COEF
from riskslim.solvers._typing import FloatArray

__all__ = ["LARGEST_POINTS", "CoefficientSet"]

LARGEST_POINTS = 1_000_000
"""Bounds of points lie within plus and minus this."""

_ANY = ("*",)
_SIGNS = {"+": 1, "-": -1, 1: 1, -1: -1}


@dataclass(frozen=True, init=False, eq=False)
class CoefficientSet:
    """Bounds, values, signs and penalties of the points, feature by feature.

    Immutable: `set` and `set_intercept` return a changed copy, so that calls chain::

        CoefficientSet(data.feature_names).set("Age*", sign="+").set("Smoker", fixed=2)

    Parameters
    ----------
    feature_names : sequence of str, optional
        The features, in the data's order; by default those of any data, as in
        ``CoefficientSet(values=[-10, -5, -1, 0, 1, 5, 10])``.
    lower, upper : int
        Bounds of every feature's points.
    C0 : float, optional
        Penalty of every feature that is used; None takes the problem's.
    values : iterable of int, optional
        The only points that there are, instead of bounds.

    Attributes
    ----------
    feature_names : tuple of str
        The features.
    lower, upper : ndarray of shape (d,)
        Bounds of the points; whole numbers. A range without 0 means that the feature is used.
    C0 : ndarray of shape (d,)
        Penalties; NaN where the problem's holds.
    values : tuple of (tuple of int or None)
        The only points of each feature, ascending, within its bounds; None for all within them.
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
    values: tuple[tuple[int, ...] | None, ...]
    intercept_lower: int | None
    intercept_upper: int | None

    def __init__(
        self,
        feature_names: Sequence[str] = _ANY,
        lower: int | None = None,
        upper: int | None = None,
        C0: float | None = None,
        *,
        values: Iterable[int] | None = None,
    ) -> None:
        names = tuple(feature_names)
        if len(set(names)) < len(names):
            twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
            raise CoefficientError(f"features given twice: {quoted(twice)}")
        listed = None if values is None else _listed(values)
        if listed is not None and (lower is not None or upper is not None):
            raise CoefficientError("values= already sets the points; leave out lower and upper")
        low = _whole(-MAX_COEF if lower is None else lower, "lower")
        high = _whole(MAX_COEF if upper is None else upper, "upper")
        if listed is not None:
            low, high = listed[0], listed[-1]
        if low > high:
            raise CoefficientError(f"lower={low} is above upper={high}; no points lie between them")
        d = len(names)
        self._store(
            feature_names=names,
            lower=np.full(d, float(low)),
            upper=np.full(d, float(high)),
            C0=np.full(d, math.nan if C0 is None else _penalty(C0)),
            values=(listed,) * d,
            intercept_lower=None,
            intercept_upper=None,
        )

    def _store(self, **attributes: Any) -> None:
        for attribute, value in attributes.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
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
        values: Iterable[int] | None = None,
    ) -> CoefficientSet:
        """Change some features.

        Parameters
        ----------
        features : str or iterable of str
            Names or shell-style patterns (``"Age*"``).
        lower, upper : int, optional
            Bounds of the points; of values that were set, those within them stay.
        sign : {"+", "-", 1, -1}, optional
            Only points of this sign (or none): cuts the range at 0.
        C0 : float, optional
            Penalty of using the feature, 0 or more.
        fixed : int, optional
            Exactly these points.
        values : iterable of int, optional
            The only points that there are, instead of bounds.

        Returns
        -------
        CoefficientSet
            A changed copy.

        Raises
        ------
        CoefficientError
            Naming the feature and the option.
        """
        bounds = {"lower": lower, "upper": upper, "sign": sign}
        others = [option for option, value in bounds.items() if value is not None]
        for option, points in (("fixed", fixed), ("values", values)):
            if points is not None and others:
                raise CoefficientError(
                    f"{option}= already sets the points; leave out {quoted(others)}"
                )
            others += [option] if points is not None else []
        if C0 is None and not others:
            raise CoefficientError("nothing to set: give lower, upper, sign, C0, fixed or values")
        chosen = select(features, self.feature_names, CoefficientError)
        lows, highs, penalties = self.lower.copy(), self.upper.copy(), self.C0.copy()
        lists = list(self.values)
        listed = _listed((fixed,), "fixed") if fixed is not None else None
        listed = _listed(values) if values is not None else listed
        if listed is not None:
            lows[chosen], highs[chosen] = listed[0], listed[-1]
            for j in chosen:
                lists[j] = listed if values is not None else None
        if lower is not None:
            lows[chosen] = _whole(lower, "lower")
        if upper is not None:
            highs[chosen] = _whole(upper, "upper")
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
            own = lists[j]
            within = None if own is None else tuple(v for v in own if lows[j] <= v <= highs[j])
            if lows[j] > highs[j] or within == ():
                among = "" if own is None else f" and among {_in_words(own)}"
                raise CoefficientError(
                    f"no points are left for {self.feature_names[j]!r}: at least {lows[j]:g} and "
                    f"at most {highs[j]:g}{among}; set both bounds together"
                )
            if within:
                lists[j], lows[j], highs[j] = within, within[0], within[-1]
        return self._changed(lower=lows, upper=highs, C0=penalties, values=tuple(lists))

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
        return self._changed(intercept_lower=low, intercept_upper=high)

    def with_costs(self, C0: FloatArray) -> CoefficientSet:
        """Give the same set with a penalty for each feature, of shape (d,)."""
        return self._changed(C0=np.array(C0, dtype=np.float64))

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
        if self.feature_names == _ANY:
            return self._ordered(names, [0] * len(names))
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
        return self._ordered(names, [index[name] for name in names])

    @property
    def rules(self) -> tuple[PointValues, ...]:
        """The limits to values, as constraints: one for all features, or for each list."""
        members: dict[tuple[int, ...], list[str]] = {}
        for name, own in zip(self.feature_names, self.values, strict=True):
            if own is not None:
                members.setdefault(own, []).append(name)
        if len(members) == 1 and len(self.feature_names) == sum(map(len, members.values())):
            return tuple(PointValues(own, name="values of the points") for own in members)
        return tuple(
            PointValues(own, names, name=f"values of {', '.join(names)}")
            for own, names in members.items()
        )

    def _ordered(self, names: tuple[str, ...], order: list[int]) -> CoefficientSet:
        return self._changed(
            feature_names=names,
            lower=self.lower[order],
            upper=self.upper[order],
            C0=self.C0[order],
            values=tuple(self.values[j] for j in order),
        )

    def _changed(self, **attributes: Any) -> CoefficientSet:
        result = CoefficientSet.__new__(CoefficientSet)
        result._store(**(vars(self) | attributes))
        return result

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CoefficientSet):
            return NotImplemented
        return (
            self.feature_names == other.feature_names
            and self.values == other.values
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
        for name, lower, upper, C0, own in zip(
            self.feature_names, self.lower, self.upper, self.C0, self.values, strict=True
        ):
            penalty = "problem's" if math.isnan(C0) else f"{C0:g}"
            among = "" if own is None else f"  among {_in_words(own)}"
            lines.append((name, f"{lower:g}", f"{upper:g}", f"{penalty}{among}"))
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        return "\n".join(
            f"{name:<{widths[0]}}  {lower:>{widths[1]}}  {upper:>{widths[2]}}  {C0:>{widths[3]}}"
            for name, lower, upper, C0 in lines
        )


def _listed(values: Iterable[int], option: str = "values") -> tuple[int, ...]:
    listed = tuple(sorted({_whole(value, option) for value in values}))
    if not listed:
        raise CoefficientError(f"{option}=[] leaves no points; give at least one whole number")
    return listed


def _in_words(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values))


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
