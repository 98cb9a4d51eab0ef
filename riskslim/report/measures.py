"""What a report on risks measures: by total, by threshold, by subgroup."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.evaluation.judged_people import JudgedPeople
from riskslim.evaluation.operating_points import OperatingPoint
from riskslim.evaluation.performance import Performance
from riskslim.evaluation.risk import Evaluation, evaluate
from riskslim.scores.people import checked_weights, counted_rows
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["Measures", "Subgroup", "decision_curve", "measure", "parts_of"]

_LEAST_OF_A_SUBGROUP = 10


@dataclass(frozen=True)
class Subgroup:
    """How the score does in a part of the data.

    Attributes
    ----------
    name : str
        ``"Sex = 1"``.
    evaluation : Evaluation
        Of these rows.
    """

    name: str
    evaluation: Evaluation

    @property
    def expected_over_observed(self) -> float | None:
        """Sum of predicted risks over positives; None without a positive."""
        observed = math.fsum(row.weight * row.observed for row in self.evaluation.table)
        expected = math.fsum(row.weight * row.predicted for row in self.evaluation.table)
        return expected / observed if observed > 0 else None


@dataclass(frozen=True, eq=False)
class Measures:
    """Everything that the plots and tables of a report show.

    Attributes
    ----------
    evaluation : Evaluation
        Of all rows.
    performance : Performance
        Of all rows, with intervals.
    thresholds : tuple of OperatingPoint
        By ascending total.
    totals, risks : ndarray of shape (n,)
        Of each row of the data that has a weight.
    positive : ndarray of bool, shape (n,)
        Their outcomes.
    weight : ndarray of shape (n,)
        Their weights.
    subgroups : tuple of Subgroup
        Those asked for, of at least ten rows.
    """

    evaluation: Evaluation
    performance: Performance
    thresholds: tuple[OperatingPoint, ...]
    totals: FloatArray
    risks: FloatArray
    positive: BoolArray
    weight: FloatArray
    subgroups: tuple[Subgroup, ...]

    @property
    def people(self) -> JudgedPeople:
        """Outcomes, risks and weights alone."""
        return JudgedPeople(self.positive, self.risks, self.weight)


def decision_curve(people: JudgedPeople, thresholds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Net benefit of the score and of treating all, at thresholds of the risk [1]_.

    Parameters
    ----------
    people : JudgedPeople
        Outcomes, risks and weights.
    thresholds : ndarray of shape (m,)
        Between 0 and 1, without the ends.

    Returns
    -------
    score, everyone : ndarray of shape (m,)

    References
    ----------
    .. [1] A. J. Vickers and E. B. Elkin, "Decision curve analysis", Medical Decision
       Making 26 (2006), 565-574.
    """
    weight, positive = people.weight, people.positive
    whole = weight.sum()
    odds = thresholds / (1.0 - thresholds)
    called = people.risk[:, None] >= thresholds
    gains = (weight * positive) @ called / whole
    harms = (weight * ~positive) @ called / whole
    share = float(weight @ positive) / whole
    return gains - harms * odds, share - (1.0 - share) * odds


def measure(
    score: RiskScore,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    subgroups: Mapping[str, ArrayLike] | None = None,
) -> Measures:
    """Measure a score on data.

    Parameters
    ----------
    score : RiskScore
        The score.
    X, y, sample_weight
        As for `riskslim.evaluate`.
    subgroups : mapping of str to array-like of shape (n,), optional
        Columns by whose values the people are told apart.

    Returns
    -------
    Measures

    Raises
    ------
    ScoreError
        As `riskslim.evaluate`.
    """
    whole = evaluate(score, X, y, sample_weight)
    totals, positive, weight = counted_rows(score, X, y, sample_weight)
    given = checked_weights(sample_weight, len(X))
    parts = []
    for name, rows in parts_of(subgroups or {}, given):
        part = X.iloc[np.flatnonzero(rows)] if hasattr(X, "iloc") else np.asarray(X)[rows]
        parts.append(Subgroup(name, evaluate(score, part, np.asarray(y)[rows], given[rows])))
    return Measures(
        whole,
        whole.performance,
        whole.operating_points,
        totals,
        score.risks(totals),
        positive,
        weight,
        tuple(parts),
    )


def parts_of(
    subgroups: Mapping[str, ArrayLike], weight: FloatArray
) -> Iterator[tuple[str, BoolArray]]:
    """Give each subgroup of enough rows: its name, and which rows it has.

    Parameters
    ----------
    subgroups : mapping of str to array-like of shape (n,)
        Columns by whose values the people are told apart.
    weight : ndarray of shape (n,)
        Of the people; those of weight 0 do not count.
    """
    for name, column in subgroups.items():
        values = np.asarray(column)
        for value in _distinct(values):
            rows = np.asarray((values == value) & (weight > 0), dtype=np.bool_)
            if rows.sum() >= _LEAST_OF_A_SUBGROUP:
                yield f"{name} = {_shown(value)}", rows


def _distinct(values: Any) -> list[Any]:
    kept = [value for value in dict.fromkeys(values.tolist()) if value == value]
    return sorted(kept, key=lambda value: (str(type(value)), value))


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
