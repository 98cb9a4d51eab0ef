"""What a report on risks measures: by total, by threshold, by subgroup."""

from __future__ import annotations

import math
from dataclasses import dataclass

from riskslim.evaluation.judged_people import JudgedPeople
from riskslim.evaluation.operating_points import OperatingPoint
from riskslim.evaluation.performance import Performance
from riskslim.evaluation.risk import Evaluation, evaluate, merged
from riskslim.report.people import ReportPeople
from riskslim.scores.people import CountedPeople
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import FloatArray

__all__ = ["Measures", "Subgroup", "decision_curve", "measure"]


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
    counted : CountedPeople
        Everybody by total.
    people : JudgedPeople
        The same with their risks.
    subgroups : tuple of Subgroup
        Those asked for, of at least ten rows.
    """

    evaluation: Evaluation
    performance: Performance
    thresholds: tuple[OperatingPoint, ...]
    counted: CountedPeople
    people: JudgedPeople
    subgroups: tuple[Subgroup, ...]


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


def measure(score: RiskScore, people: ReportPeople) -> Measures:
    """Measure a score on people.

    Parameters
    ----------
    score : RiskScore
        The score.
    people : ReportPeople
        Counted for it.

    Returns
    -------
    Measures

    Raises
    ------
    ScoreError
        As `riskslim.evaluate`.
    """
    whole = evaluate(score, people.whole)
    return Measures(
        whole,
        whole.performance,
        whole.operating_points,
        people.whole,
        JudgedPeople(
            people.whole.positive,
            score.risks(people.whole.total),
            people.whole.weight,
            merged=merged(people.whole),
        ),
        tuple(Subgroup(name, evaluate(score, part)) for name, part in people.subgroups.items()),
    )
