"""How often the prediction is right or wrong, in the whole and in subgroups."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any, get_args

import numpy as np

from riskslim.constraints.base import Rule, Setting
from riskslim.constraints.parts import Rate, RateSums
from riskslim.constraints.wording import check_sides
from riskslim.errors import ConstraintError
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["RateLimit", "RateParity", "members_of"]

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


def _check_rate(rate: str, rule: str) -> None:
    if rate not in get_args(Rate):
        raise ConstraintError(f"{rule}: rate={rate!r}; give one of {', '.join(get_args(Rate))}")


class _Rates(Rule):
    """What limits on rates share: rates as sums over the rows that are predicted yes."""

    name: str
    threshold: int | None

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
    _: KW_ONLY
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

    def rows(self, setting: Setting) -> list[RateSums]:
        """State the rule as a sum over the rows that are predicted yes."""
        terms, constant = self._terms(self.rate, self._members(setting), setting)
        low = -math.inf if self.at_least is None else self.at_least - _ROUNDING
        high = math.inf if self.at_most is None else self.at_most + _ROUNDING
        return [
            RateSums(
                self.name,
                (self.name,),
                terms[np.newaxis],
                np.array([low - constant]),
                np.array([high - constant]),
                self.threshold,
                setting.people(self.name),
                None if self.group is not None else (self.rate, low, high),
            )
        ]

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
    _: KW_ONLY
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

    def rows(self, setting: Setting) -> list[RateSums]:
        """State the rule as sums over the rows that are predicted yes: a difference of each two."""
        rates = [
            self._terms(self.rate, members_of(group, setting, self.name), setting)
            for group in self.groups
        ]
        pairs = list(itertools.combinations(range(len(rates)), 2))
        constants = np.array([rates[a][1] - rates[b][1] for a, b in pairs])
        return [
            RateSums(
                self.name,
                tuple(f"{self.name}[{self.groups[a]}; {self.groups[b]}]" for a, b in pairs),
                np.array([rates[a][0] - rates[b][0] for a, b in pairs]),
                -self.difference - constants - _ROUNDING,
                self.difference - constants + _ROUNDING,
                self.threshold,
                setting.people(self.name),
            )
        ]

    def describe(self) -> str:
        """State the rule in words."""
        groups = ", ".join(self.groups)
        return f"{_WORDS[self.rate]} within {self.difference:.4g} between {groups}{self._rule()}"
