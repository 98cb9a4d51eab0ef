"""Which features are cuts of one measurement or levels of one category: plain data of a score.

A score of a raw table knows it from its binning. One of a table of 0 and 1 has only names: see
`riskslim.scores.naming`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riskslim.features import Binning
    from riskslim.features.variables import Levels, Thresholds, Variable

__all__ = [
    "Boundary",
    "Categories",
    "Measured",
    "Range",
    "ScoreVariable",
    "known_variables",
]

Boundary = tuple[float, int]
"""A number, and 0 for the place just below it or 1 for that just above it."""


@dataclass(frozen=True)
class Range:
    """Where a feature holds on a measurement.

    Attributes
    ----------
    feature : str
        Its name.
    start, stop : tuple of float and int, or None
        Boundaries of the values for which it holds; None is an open end.
    """

    feature: str
    start: Boundary | None
    stop: Boundary | None


@dataclass(frozen=True)
class Measured:
    """A measurement that some features are cuts of.

    Attributes
    ----------
    name : str
        Of the measurement.
    ranges : tuple of Range
        One for each feature.
    missing : str or None
        Feature of those of whom it is not known.
    unit : str
        Empty where none is known.
    integer : bool
        Whether it is known to be a whole number.
    is_asked : bool
        Whether the measurement itself is what a person is asked for, as the score reads it. Then
        it knows of whom it is not known, also where that has no points of its own.
    seen : tuple of two floats, or empty
        The least and the largest that it was learned from, where that is known.
    plausible : tuple of two floats, or empty
        Beyond which it is a mistake; they may be infinite.
    is_limited : bool
        Whether people said so.
    codes : tuple of str
        What stands for a value that is not known.
    special : tuple of triples of str
        Feature, code and name of each code that is an answer of its own.
    """

    name: str
    ranges: tuple[Range, ...]
    missing: str | None = None
    unit: str = ""
    integer: bool = False
    is_asked: bool = False
    seen: tuple[float, ...] = ()
    plausible: tuple[float, ...] = ()
    is_limited: bool = False
    codes: tuple[str, ...] = ()
    special: tuple[tuple[str, str, str], ...] = ()

    @property
    def has_bands(self) -> bool:
        """Whether one feature of it alone is shown as bands: of what is asked for."""
        return self.is_asked

    @property
    def features(self) -> tuple[str, ...]:
        """Names of all features."""
        own = (*(one.feature for one in self.ranges), *(feature for feature, _, _ in self.special))
        return own if self.missing is None else (*own, self.missing)


@dataclass(frozen=True)
class Categories:
    """A category that some features are levels of; or a yes or no that may be unknown.

    Attributes
    ----------
    name : str
        Of the category.
    levels : tuple of pairs of str
        Feature and level. The level is empty for a yes or no.
    missing : str or None
        Feature of those of whom it is not known.
    complete : bool
        Whether everybody of whom it is known has one of these levels.
    rest : tuple of str
        The levels of everybody else, where they are known.
    is_asked : bool
        Whether the category itself is what a person is asked for, as the score reads it. Then it
        knows of whom it is not known, also where that has no points of its own.
    """

    name: str
    levels: tuple[tuple[str, str], ...]
    missing: str | None = None
    complete: bool = False
    rest: tuple[str, ...] = ()
    is_asked: bool = False

    @property
    def has_bands(self) -> bool:
        """Whether one feature of it alone is shown as bands: a yes or no is a line.

        Unless there is a third answer, that it is not known.
        """
        is_flag = all(not level for _, level in self.levels)
        return self.is_asked and not (is_flag and self.missing is None)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of all features."""
        own = tuple(feature for feature, _ in self.levels)
        return own if self.missing is None else (*own, self.missing)


ScoreVariable = Measured | Categories


def known_variables(
    binning: Binning | None, named: tuple[ScoreVariable, ...]
) -> tuple[ScoreVariable, ...]:
    """Give what a binning knows of its variables; without one, those that names told of."""
    return named if binning is None else tuple(map(_of_binning, binning.variables))


def _of_binning(variable: Variable) -> ScoreVariable:
    from riskslim.features.any_of import AnyOf
    from riskslim.features.variables import Flag, Levels, Thresholds

    missing = variable.features[-1] if variable.blanks == "feature" else None
    match variable:
        case Thresholds():
            ranges = tuple(_ranges(variable))
            return Measured(
                variable.label,
                ranges,
                missing,
                variable.unit,
                variable.integer,
                is_asked=True,
                seen=variable.seen,
                plausible=variable.plausible,
                is_limited=bool(variable.limits),
                codes=variable.missing,
                special=tuple(
                    (feature, code, called)
                    for feature, (code, called) in zip(
                        variable.special_features, variable.special, strict=True
                    )
                ),
            )
        case Levels():
            return _categories(variable, missing)
        case Flag() | AnyOf():
            yes = ((variable.features[0], ""),)
            return Categories(variable.label, yes, missing, is_asked=True)
    raise TypeError(f"no way to say what the features of {variable!r} are of")


def _ranges(variable: Thresholds) -> Iterator[Range]:
    ends: list[tuple[float, float | None]] = [*pairwise(variable.cuts), (variable.cuts[-1], None)]
    for feature, (low, high) in zip(variable.ordered, ends, strict=True):
        is_open = high is None or not variable.intervals
        yield Range(feature, (low, 0), None if is_open else (float(high or 0), 0))


def _categories(variable: Levels, missing: str | None) -> Categories:
    names = list(variable.shown)
    features = variable.features[: len(names) + variable.other]
    if variable.other:
        names.append(features[-1].removeprefix(f"{variable.label}: "))
    complete = variable.other or not variable.rest
    return Categories(
        variable.label,
        tuple(zip(features, names, strict=True)),
        missing,
        complete=complete,
        rest=() if variable.other else variable.shown_rest,
        is_asked=True,
    )
