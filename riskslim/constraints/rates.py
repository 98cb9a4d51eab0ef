"""How often the prediction is right or wrong, in the whole and in subgroups."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from riskslim.constraints.base import Row, Rule, Setting
from riskslim.constraints.wording import check_sides
from riskslim.errors import ConstraintError
from riskslim.names import INTERCEPT_NAME
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from riskslim.data import Dataset

__all__ = ["Rate", "RateLimit", "RateParity", "members_of", "predicted_yes", "row_of"]

Rate = Literal["error", "fpr", "fnr", "tpr", "tnr", "positive"]
"""``"positive"`` is the share that is predicted positive."""

_WORDS = {
    "error": "error rate",
    "fpr": "false positive rate",
    "fnr": "false negative rate",
    "tpr": "true positive rate",
    "tnr": "true negative rate",
    "positive": "share predicted yes",
}
_CONDITION = re.compile(
    r"^(?P<name>.*\S)\s*(?<![=!<>])(?P<sign>==|!=|<=|>=|=|<|>)\s*(?P<value>\S+)\s*$"
)
_COMPARE: dict[str, Any] = {
    "=": np.equal, "==": np.equal, "!=": np.not_equal,
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
_ROUNDING = 1e-9
_LEAST_GAP = 1e-6  # between scores below a threshold and the threshold, where values have no step


def members_of(group: str, setting: Setting, rule: str) -> BoolArray:
    """Rows of the table (equal ones merged) that satisfy a condition.

    Parameters
    ----------
    group : str
        ``"NAME = VALUE"``, or with ``!=``, ``<``, ``<=``, ``>``, ``>=``; ``NAME`` is a feature,
        which may itself be excluded from the score.

    Raises
    ------
    ConstraintError
        The condition cannot be read, names no feature, or nobody satisfies it.
    """
    data = setting.people(rule)
    # A name may hold a comparison itself ("Age >= 60 = 1"): the last one counts.
    found = _CONDITION.match(group)
    if found is None:
        if group in setting.feature_names:
            found = _CONDITION.match(f"{group} = 1")
        if found is None:
            raise ConstraintError(
                f"{rule}: cannot read the subgroup {group!r}; write NAME = VALUE, for example"
                " 'Female = 1' or 'Age >= 65'"
            )
    if group in setting.feature_names:
        name, compare, value = group, np.equal, 1.0
    else:
        name, compare = found["name"], _COMPARE[found["sign"]]
        try:
            value = float(found["value"])
        except ValueError:
            raise ConstraintError(
                f"{rule}: {found['value']!r} in the subgroup {group!r} is no number"
            ) from None
        setting.one(name, rule)
    column = data.features[:, setting.feature_names.index(name)]
    members: BoolArray = compare(column, value)
    if not members.any():
        raise ConstraintError(f"{rule}: nobody in the table is in the subgroup {group!r}")
    return members


def predicted_yes(data: Dataset, points: FloatArray) -> BoolArray:
    """Whether the score of each distinct row, the intercept included, is above 0.

    Totals are exact, as in `PointScore.total`: a fitted score predicts just that.
    """
    return np.asarray(data.decimals.totals(points[1:]) > -points[0])


def row_of(variable: str) -> int:
    """Distinct row, from 0, that a 0-1 variable of these rules' rows speaks of."""
    return int(variable[variable.rindex("[") + 1 : -1]) - 1


def _check_rate(rate: str, rule: str) -> None:
    if rate not in get_args(Rate):
        raise ConstraintError(f"{rule}: rate={rate!r}; give one of {', '.join(get_args(Rate))}")


class _Rates(Rule):
    """Rows for the predictions "yes" that a rule on rates speaks of."""

    name: str
    threshold: int | None

    is_encoded = True

    @property
    def needs_intercept(self) -> bool:
        """Whether the rows can be stated only once the range of the intercept is known."""
        return self.threshold is None

    def cut(self, data: Dataset) -> tuple[float, bool]:
        """Give what a computed total must exceed for "yes", and whether it has the intercept."""
        tie = data.tie
        return (tie, True) if self.threshold is None else (self.threshold - tie, False)

    def _prefix(self) -> str:
        return "yes" if self.threshold is None else f"yes at {self.threshold:g}"

    def _yes(self, i: int) -> str:
        return f"{self._prefix()}[{i + 1}]"

    def _scores(self, points: FloatArray, setting: Setting) -> BoolArray:
        """Who is predicted "yes" by a finished score."""
        data = setting.people(self.name)
        if self.threshold is None:
            return predicted_yes(data, points)
        return np.asarray(data.decimals.totals(points[1:]) >= self.threshold)

    def _terms(self, rate: str, members: BoolArray, setting: Setting) -> tuple[FloatArray, float]:
        """Rate as coefficients on the predictions "yes" plus a constant."""
        data = setting.people(self.name)
        positive, negative = data.positive * members, data.negative * members
        total_positive, total_negative = float(positive.sum()), float(negative.sum())
        needed = {
            "tpr": total_positive, "fnr": total_positive,
            "fpr": total_negative, "tnr": total_negative,
        }.get(rate, total_positive + total_negative)  # fmt: skip
        if needed <= 0.0:
            outcome = "positive" if rate in ("tpr", "fnr") else "negative"
            raise ConstraintError(f"{self.name}: nobody in the subgroup has the {outcome} outcome")
        if rate == "tpr":
            return positive / needed, 0.0
        if rate == "fnr":
            return -positive / needed, 1.0
        if rate == "fpr":
            return negative / needed, 0.0
        if rate == "tnr":
            return -negative / needed, 1.0
        if rate == "positive":
            return (positive + negative) / needed, 0.0
        return (negative - positive) / needed, total_positive / needed

    def _links(self, wanted: BoolArray, setting: Setting) -> list[Row]:
        """Tie "yes" to the score, row by row: 1 where it reaches the threshold, else 0."""
        from riskslim.problems.intercept import extreme_scores

        data = setting.people(self.name)
        chosen = np.flatnonzero(wanted)
        features = data.features[chosen]
        least, most = extreme_scores(features, setting.lower, setting.upper, setting.max_size)
        first: dict[str, float] = {}
        reach = 0.0 if self.threshold is None else float(self.threshold)
        # Scores are multiples of a step: below the threshold is at most the threshold less that.
        gap = data.step or _LEAST_GAP
        if self.threshold is None:
            if setting.intercept is None:
                raise ConstraintError(f"{self.name}: the range of the intercept is not known")
            first = {INTERCEPT_NAME: 1.0}
            least, most = least + setting.intercept[0], most + setting.intercept[1]
            reach = gap  # above 0, not at least 0
        rows = []
        for i, row, low, high in zip(chosen.tolist(), features, least, most, strict=True):
            points = first | {
                name: float(value)
                for name, value in zip(setting.feature_names, row, strict=True)
                if value
            }
            yes, where = self._yes(i), f"{self.name}[{i + 1}"
            up, down = min(float(low) - reach, 0.0), max(float(high) - reach + gap, 0.0)
            # score >= reach + up (1 - yes), score <= reach - gap + down yes
            rows.append(Row(f"{where}, yes]", points, {}, {yes: up}, lower=reach + up))
            rows.append(Row(f"{where}, no]", points, {}, {yes: -down}, upper=reach - gap))
        return rows

    def _rate(self, rate: str, members: BoolArray, points: FloatArray, setting: Setting) -> float:
        terms, constant = self._terms(rate, members, setting)
        return math.fsum([constant, *terms[self._scores(points, setting)].tolist()])

    def _rule(self) -> str:
        return "" if self.threshold is None else f", predicting yes from {self.threshold:g} points"


@dataclass(frozen=True)
class RateLimit(_Rates):
    """A rate of right or wrong predictions is at least, or at most, so much.

    Parameters
    ----------
    rate : {"error", "fpr", "fnr", "tpr", "tnr", "positive"}
        Share of errors; of false positives among the negatives; of false negatives and of true
        positives among the positives; of true negatives among the negatives; of
        people who are predicted positive.
    at_most, at_least : float, optional
        Shares, from 0 to 1.
    group : str, optional
        Only people of this subgroup, such as ``"Female = 1"``.
    threshold : int, optional
        Yes is predicted from a total (without the intercept) of so many points. By default
        where intercept and points together are above 0: a risk above one half, or the
        rule of a decision score.
    name : str, optional
        ``rate(...)`` by default.
    """

    rate: Rate
    at_most: float | None = None
    at_least: float | None = None
    group: str | None = None
    threshold: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        _check_rate(self.rate, self.name or "limit on a rate")
        check_sides(self.at_least, self.at_most, self.name or f"limit on {_WORDS[self.rate]}")
        for option, value in (("at_least", self.at_least), ("at_most", self.at_most)):
            if value is not None and not 0 <= value <= 1:
                raise ConstraintError(
                    f"limit on {_WORDS[self.rate]}: {option}={value!r}; give a share from 0 to 1"
                )
        if not self.name:
            where = "" if self.group is None else f": {self.group}"
            at = "" if self.threshold is None else f" at {self.threshold:g}"
            object.__setattr__(self, "name", f"rate({self.rate}{at}{where})")

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule by a 0-1 variable "predicted yes" for each distinct row."""
        terms, constant = self._terms(self.rate, self._members(setting), setting)
        wanted = terms != 0.0
        limit = Row(
            self.name,
            binaries={self._yes(i): float(terms[i]) for i in np.flatnonzero(wanted).tolist()},
            lower=-math.inf if self.at_least is None else self.at_least - constant - _ROUNDING,
            upper=math.inf if self.at_most is None else self.at_most - constant + _ROUNDING,
        )
        return [limit, *self._links(wanted, setting)]

    def broken(self, points: FloatArray, setting: Setting) -> bool:
        """Whether a finished score breaks the rule."""
        rate = self._rate(self.rate, self._members(setting), points, setting)
        below = self.at_least is not None and rate < self.at_least - _ROUNDING
        return below or (self.at_most is not None and rate > self.at_most + _ROUNDING)

    def _members(self, setting: Setting) -> BoolArray:
        if self.group is None:
            return np.ones(setting.people(self.name).n_distinct, dtype=np.bool_)
        return members_of(self.group, setting, self.name)

    def describe(self) -> str:
        """State the rule in words."""
        if self.at_least is None:
            limit = f"at most {self.at_most:.4g}"
        elif self.at_most is None:
            limit = f"at least {self.at_least:.4g}"
        else:
            limit = f"{self.at_least:.4g} to {self.at_most:.4g}"
        where = "" if self.group is None else f" where {self.group}"
        return f"{_WORDS[self.rate]}{where} {limit}{self._rule()}"


@dataclass(frozen=True)
class RateParity(_Rates):
    """A rate differs between subgroups by no more than so much.

    Parameters
    ----------
    rate : {"error", "fpr", "fnr", "tpr", "tnr", "positive"}
        As in `RateLimit`.
    groups : iterable of str
        At least two subgroups, such as ``["Female = 1", "Female = 0"]``.
    difference : float
        The largest difference between any two of them, from 0 to 1.
    threshold : int, optional
        As in `RateLimit`.
    name : str, optional
        ``parity(...)`` by default.
    """

    rate: Rate
    groups: tuple[str, ...]
    difference: float
    threshold: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        _check_rate(self.rate, self.name or "parity")
        given: Any = self.groups
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise ConstraintError(
                f"parity of {_WORDS[self.rate]}: groups={self.groups!r}; give a list of subgroups"
            )
        object.__setattr__(self, "groups", tuple(self.groups))
        if len(set(self.groups)) < max(len(self.groups), 2):
            raise ConstraintError(
                f"parity of {_WORDS[self.rate]}: give at least two subgroups, each once"
            )
        check_sides(None, self.difference, f"parity of {_WORDS[self.rate]}")
        if not 0 <= self.difference <= 1:
            raise ConstraintError(
                f"parity of {_WORDS[self.rate]}: difference={self.difference!r}; "
                "give a share from 0 to 1"
            )
        if not self.name:
            object.__setattr__(self, "name", f"parity({self.rate}: {'; '.join(self.groups)})")

    def rows(self, setting: Setting) -> list[Row]:
        """State the rule by a 0-1 variable "predicted yes" for each distinct row."""
        parts = [
            self._terms(self.rate, members_of(group, setting, self.name), setting)
            for group in self.groups
        ]
        rows = []
        wanted = np.zeros(setting.people(self.name).n_distinct, dtype=np.bool_)
        for (a, first), (b, second) in itertools.combinations(enumerate(parts), 2):
            terms, constant = first[0] - second[0], first[1] - second[1]
            wanted |= terms != 0.0
            rows.append(
                Row(
                    f"{self.name}[{self.groups[a]}; {self.groups[b]}]",
                    binaries={
                        self._yes(i): float(terms[i]) for i in np.flatnonzero(terms).tolist()
                    },
                    lower=-self.difference - constant - _ROUNDING,
                    upper=self.difference - constant + _ROUNDING,
                )
            )
        return [*rows, *self._links(wanted, setting)]

    def broken(self, points: FloatArray, setting: Setting) -> bool:
        """Whether a finished score breaks the rule."""
        rates = [
            self._rate(self.rate, members_of(group, setting, self.name), points, setting)
            for group in self.groups
        ]
        return max(rates) - min(rates) > self.difference + _ROUNDING

    def describe(self) -> str:
        """State the rule in words."""
        groups = ", ".join(self.groups)
        return f"{_WORDS[self.rate]} within {self.difference:.4g} between {groups}{self._rule()}"
