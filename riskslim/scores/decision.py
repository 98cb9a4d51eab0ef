"""The fitted decision score: yes where the total of the points exceeds a threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from riskslim.errors import ScoreError
from riskslim.files.json_object import JsonObject
from riskslim.scores.items import Feature
from riskslim.scores.origin import trained
from riskslim.scores.point_score import PointScore
from riskslim.scores.totals import ScoreRow, decision_cutoff, decision_table
from riskslim.scores.variables import known_variables
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from riskslim.data import Dataset
    from riskslim.search.solution import Solution

__all__ = ["DecisionScore"]


@dataclass(frozen=True)
class DecisionScore(PointScore):
    """Points to add up, and the threshold that a total must exceed to mean yes.

    The positive label is predicted where ``intercept + total > 0``, where the total is the
    sum of points times values over the features [1]_.

    Attributes
    ----------
    outcome, labels, features, intercept, training, table, rules, certificate, binning, variables
        As of every `PointScore`. The intercept is the threshold with its sign changed, and the
        labels are what no and yes mean. Bands of the table are ``low < total <= high``; none
        holds both decisions.

    References
    ----------
    .. [1] B. Ustun and C. Rudin, "Supersparse linear integer models for optimized medical
       scoring systems", Machine Learning 102, 2016, section 2.
    """

    kind: ClassVar[str] = "decision"
    meaning: ClassVar[str] = "decision"
    number_name: ClassVar[str] = "yes"
    holds_low: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for row in self.table:
            low = -math.inf if row.low is None else row.low
            high = math.inf if row.high is None else row.high
            if low < high and low < self.threshold < high:
                raise ScoreError(
                    f"the table has a band from {low:g} to {high:g}, on both sides of the "
                    f"threshold {self.threshold}"
                )

    @classmethod
    def from_solution(
        cls, solution: Solution, data: Dataset, rules: Sequence[str] = (), unit: int = 1
    ) -> DecisionScore:
        """Make the score of a solution's incumbent.

        Parameters
        ----------
        solution : SLIMSolution
            With an incumbent.
        data : Dataset
            The data it was found on.
        rules : sequence of str
            The constraints that it honours, in words.
        unit : int
            Count points in units of so many, of which all points must be multiples. Where the
            features are integers, that changes no decision.

        Returns
        -------
        DecisionScore
            Free of both.

        Raises
        ------
        ScoreError
            The solution has no incumbent, or is not one of this data; or its points are no
            multiples of the unit.
        """
        found = trained(solution, data)
        features, totals, intercept = found.features, found.totals, int(found.intercept)
        if unit != 1:
            features = tuple(_in_units(feature, unit) for feature in features)
            totals = totals / unit
            # Integers: unit * total > -intercept just where total > floor(-intercept / unit).
            intercept = -(-intercept // unit)
        used = [feature for feature in features if feature.points]
        return cls(
            outcome=str(data.outcome_name),
            labels=data.labels,
            features=features,
            intercept=intercept,
            training=found.training,
            table=decision_table(
                *(used, -intercept, totals, data.positive, data.negative),
                known_variables(data.binning, found.variables),
            ),
            rules=tuple(rules),
            certificate=found.certificate,
            binning=data.binning,
            variables=found.variables,
        )

    @property
    def threshold(self) -> int:
        """What a total must exceed to mean yes."""
        return -int(self.intercept)

    @property
    def cutoff(self) -> float:
        """The threshold for totals that other programs compute; see `decision_cutoff`."""
        return decision_cutoff(self.used_features, self.threshold)

    @property
    def false_positive_weight(self) -> float:
        """Weight of the negative training rows that are decided yes; their number without weights.

        As the rule decides: a total that equals the threshold is a no. The loss that SLIM
        minimises counts it as an error for either class.
        """
        wrong = (row.weight - row.positive_weight for row in self.table if self.says_yes(row))
        return math.fsum(wrong)

    @property
    def false_negative_weight(self) -> float:
        """Weight of the positive training rows that are decided no; see above."""
        return math.fsum(row.positive_weight for row in self.table if not self.says_yes(row))

    @property
    def error_rate(self) -> float:
        """Share of the training data that is decided wrongly."""
        wrong = self.false_positive_weight + self.false_negative_weight
        return wrong / self.training.weight

    @property
    def true_positive_rate(self) -> float | None:
        """Share of the positive training rows that are decided yes; None where there are none."""
        positives = self.training.positive_weight
        return 1.0 - self.false_negative_weight / positives if positives else None

    @property
    def false_positive_rate(self) -> float | None:
        """Share of the negative training rows that are decided yes; None where there are none."""
        negatives = self.training.weight - self.training.positive_weight
        return self.false_positive_weight / negatives if negatives else None

    def says_yes(self, row: ScoreRow) -> bool:
        """Whether the totals of a row of the table mean yes."""
        if row.is_single:
            return row.high is not None and row.high > self.threshold
        return row.low is not None and row.low >= self.threshold

    def decides(self, total: FloatArray) -> BoolArray:
        """Whether each of several totals (exact ones, as of `total`) means yes; of one shape."""
        return np.asarray(total > self.threshold, dtype=np.bool_)

    def means(self, total: FloatArray) -> list[Any]:
        """Give the label that each of several totals means."""
        return [self.labels[yes] for yes in self.decides(total).tolist()]

    def numbers(self, total: FloatArray) -> FloatArray:
        """Give 1 for yes and 0 for no."""
        return self.decides(total).astype(np.float64)

    @property
    def parameters(self) -> dict[str, float]:
        """The threshold."""
        return {"threshold": self.threshold}

    def rule_record(self) -> dict[str, Any]:
        """Give points and threshold, as they add up; those of a checklist are counted in ones."""
        plain = self.signed()
        return {"rule": {"points": plain.points, "yes_above": plain.threshold}}

    def row_record(self, row: ScoreRow) -> dict[str, Any]:
        """Give whether the totals of a row mean yes."""
        return {"yes": self.says_yes(row)}

    @classmethod
    def read_row(cls, raw: JsonObject, low: float | None, high: float | None) -> bool:  # noqa: ARG003
        """Read whether a row states a yes."""
        return raw.flag("yes")

    def check_row(self, row: ScoreRow, stated: bool) -> None:
        """Refuse another answer than that of the threshold."""
        if self.says_yes(row) is not stated:
            raise ScoreError(
                f"the table states {stated!r} for totals from {row.low!r} to {row.high!r}, the "
                f"threshold {self.threshold} gives {not stated!r}: the file was changed by hand"
            )

    def predict(self, X: Any) -> np.ndarray[Any, Any]:
        """Label of every row: the positive one where the total exceeds the threshold.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d)
            As for `total`.

        Returns
        -------
        ndarray of shape (n,)
            Labels of the outcome.
        """
        yes = self.decides(self.total(X))
        return np.where(yes, np.array(self.labels[1]), np.array(self.labels[0]))


def _in_units(feature: Feature, unit: int) -> Feature:
    if not feature.points:
        return feature
    points, rest = divmod(feature.points, unit)
    if rest or not feature.integer:
        raise ScoreError(
            f"{feature.name!r} has {feature.points} points: they cannot be counted in units "
            f"of {unit}"
        )
    return replace(feature, points=points)
