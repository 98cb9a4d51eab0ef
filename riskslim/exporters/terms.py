"""What a score reads of a table, column by column, as plain data that any language can say.

A score of features of numbers reads those: points times value. A score of a raw table reads the
raw columns, as its binning does: each gives the points that its cell falls into.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from riskslim.data.spelling import BLANK_WORDS, truths
from riskslim.features.any_of import AnyOf, Condition
from riskslim.features.cuts import is_number
from riskslim.features.variables import Flag, Levels, Thresholds, Variable
from riskslim.scores.items import Feature
from riskslim.scores.point_score import PointScore

__all__ = [
    "Category",
    "Either",
    "Measurement",
    "Term",
    "Value",
    "YesNo",
    "code_numbers",
    "columns_read",
    "free_name",
    "reads_raw_table",
    "terms",
]


@dataclass(frozen=True)
class Value:
    """Points times the value of a feature.

    Attributes
    ----------
    feature : Feature
        With points.
    """

    feature: Feature

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read."""
        return (self.feature.name,)


@dataclass(frozen=True)
class Measurement:
    """Points of the step that a measurement has reached.

    Attributes
    ----------
    column : str
        Of numbers; of dates where there is a reference.
    reference : str or None
        The date, or the column of dates, up to which completed years are counted.
    reference_is_column : bool
        Which of the two.
    steps : tuple of pairs of float and int
        The values from which on a person has so many points, ascending; below them 0.
    blank : int or None
        Points of a blank; None where the score has no rule for one.
    codes : tuple of str
        What stands for a blank beside the usual words, in any spelling.
    special : tuple of pairs of float and int
        Numbers that are answers of their own, and their points.
    """

    column: str
    reference: str | None
    reference_is_column: bool
    steps: tuple[tuple[float, int], ...]
    blank: int | None
    codes: tuple[str, ...] = ()
    special: tuple[tuple[float, int], ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read."""
        if self.reference_is_column and self.reference is not None:
            return (self.column, self.reference)
        return (self.column,)

    def points(self, value: float) -> int:
        """Give the points of a number."""
        reached = [points for least, points in self.steps if value >= least]
        return reached[-1] if reached else 0


@dataclass(frozen=True)
class YesNo:
    """Points of a yes; a no has none.

    Attributes
    ----------
    column : str
        Of yes and no.
    yes : int
        Points of a yes.
    blank : int or None
        Points of a blank; None where the score has no rule for one.
    codes : tuple of str
        What stands for a blank beside the usual words, in any spelling.
    """

    column: str
    yes: int
    blank: int | None
    codes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read."""
        return (self.column,)


@dataclass(frozen=True)
class Category:
    """Points of a category.

    Attributes
    ----------
    column : str
        Of categories.
    levels : mapping of str to int
        Points of those that the score knows.
    other : int or None
        Points of any other one: those of other ones where they are a feature, else those of a
        blank.
    blank : int or None
        Points of a blank; None where the score has no rule for one.
    codes : tuple of str
        What stands for a blank beside the usual words, in any spelling.
    """

    column: str
    levels: Mapping[str, int]
    other: int | None
    blank: int | None
    codes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read."""
        return (self.column,)

    @property
    def spellings(self) -> dict[str, int]:
        """Points of the levels, also as programs write them.

        Accents apart from their letters, 1.0 for 1, and true and TRUE for True.
        """
        made: dict[str, str] = {}
        for level in self.levels:
            others = [unicodedata.normalize("NFD", level)]
            if level.lower() in ("true", "false"):
                others += [level.lower(), level.upper(), level.capitalize()]
            if level.lstrip("-").isdigit():
                others.append(f"{level}.0")
            made |= dict.fromkeys(others, level)
        return {**{text: self.levels[level] for text, level in made.items()}, **self.levels}

    @property
    def numbers(self) -> dict[float, int]:
        """Points of the levels that are numbers, in whatever spelling: 01, 1.0 and 1 are one."""
        made: dict[float, list[int]] = {}
        for level, points in self.levels.items():
            if is_number(level):
                made.setdefault(float(level), []).append(points)
        return {value: points[0] for value, points in made.items() if len(points) == 1}

    @property
    def words(self) -> tuple[str, ...]:
        """Words for a blank that are levels here."""
        return tuple(level for level in self.levels if level.casefold() in BLANK_WORDS)


@dataclass(frozen=True)
class Either:
    """Points of a yes where any of some conditions holds; a no has none.

    It is known where one holds or all are known; there is no rule for anything else.

    Attributes
    ----------
    conditions : tuple of Condition
        Of the columns.
    yes : int
        Points of a yes.
    codes : tuple of str
        What stands for a blank beside the usual words, in any spelling.
    """

    conditions: tuple[Condition, ...]
    yes: int
    codes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read."""
        return tuple(dict.fromkeys(one.column for one in self.conditions))


Term = Value | Measurement | YesNo | Category | Either


def terms(score: PointScore) -> tuple[Term, ...]:
    """Give what the total is the sum of, in the order of the training data.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.

    Returns
    -------
    tuple of Term
        One for each variable of a raw table that has features with points, and one for each
        other feature with points.
    """
    binning = score.binning
    variables = binning.part(score.points).variables if binning is not None else ()
    made = {name for variable in variables for name in variable.features}
    values = [Value(feature) for feature in score.used_features if feature.name not in made]
    return (*(_term(variable, score.points) for variable in variables), *values)


def code_numbers(codes: tuple[str, ...]) -> tuple[float, ...]:
    """Give those codes for a missing value that are numbers."""
    return tuple(float(code) for code in codes if is_number(code))


def reads_raw_table(score: PointScore) -> bool:
    """Whether a score reads a column that is not one of its features."""
    return any(not isinstance(term, Value) for term in terms(score))


def columns_read(score: PointScore) -> tuple[str, ...]:
    """Name every column that a score reads, each once."""
    return tuple(dict.fromkeys(name for term in terms(score) for name in term.columns))


def free_name(wanted: str, score: PointScore) -> str:
    """Give the name of an output, another one where a column that the score knows has it.

    Names are compared without regard to case, as databases do.
    """
    known = {name.casefold() for name in (*score.feature_names, *columns_read(score))}
    name = wanted
    while name.casefold() in known:
        name = f"score_{name}"
    return name


def _term(variable: Variable, points: Mapping[str, int]) -> Term:
    match variable:
        case Thresholds():
            return _measurement(variable, points)
        case Flag():
            yes = points.get(variable.features[0], 0)
            blank = _blank(variable, points, int(variable.fill or 0) * yes)
            return YesNo(variable.column, yes, blank, variable.missing)
        case Levels():
            return _category(variable, points)
        case AnyOf():
            yes = points.get(variable.features[0], 0)
            return Either(variable.conditions, yes, variable.missing)
    raise TypeError(f"no way to say how {variable!r} is read")


def _measurement(variable: Thresholds, points: Mapping[str, int]) -> Measurement:
    steps = tuple(_merged(_steps(variable, points)))
    known = Measurement(
        variable.column, variable.reference, variable.reference_is_column, steps, None
    )
    filled = known.points(float(variable.fill)) if variable.blanks == "impute" else 0
    special = tuple(
        (float(code), points.get(name, 0))
        for (code, _), name in zip(variable.special, variable.special_features, strict=True)
    )
    blank = _blank(variable, points, filled)
    return replace(known, blank=blank, codes=variable.missing, special=special)


def _steps(variable: Thresholds, points: Mapping[str, int]) -> Iterator[tuple[float, int]]:
    reached = 0
    for cut, name in zip(variable.cuts, variable.ordered, strict=True):
        own = points.get(name, 0)
        # Thresholds are passed one after another, intervals exclude one another.
        reached = own if variable.intervals else reached + own
        yield cut, reached


def _merged(steps: Iterator[tuple[float, int]]) -> Iterator[tuple[float, int]]:
    """Leave out the steps that change nothing."""
    runs = [(points, list(run)) for points, run in groupby(steps, key=lambda step: step[1])]
    for place, (points, run) in enumerate(runs):
        if place or points:
            yield run[0][0], points


def _category(variable: Levels, points: Mapping[str, int]) -> Category:
    names = variable.features
    own = {level: points.get(name, 0) for level, name in zip(variable.levels, names, strict=False)}
    other = points.get(names[len(variable.levels)], 0) if variable.other else 0
    levels = {**dict.fromkeys(variable.rest, other), **own}
    filled = levels.get(str(variable.fill), other)
    blank = _blank(variable, points, filled)
    levels |= {truth: levels[level] for truth, level in truths(levels).items()}
    unmet = other if variable.other else blank
    return Category(variable.column, levels, unmet, blank, variable.missing)


def _blank(
    variable: Thresholds | Flag | Levels, points: Mapping[str, int], filled: int
) -> int | None:
    """Points of a blank, which is a feature, counts as what is filled in, or is refused."""
    if variable.blanks == "refuse":
        return None
    return points.get(variable.features[-1], 0) if variable.blanks == "feature" else filled
