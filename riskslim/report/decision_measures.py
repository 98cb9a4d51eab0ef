"""What a report on decisions measures: rates with intervals, overall and by total and subgroup."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskslim.evaluation.decision import DecisionEvaluation
from riskslim.evaluation.discrimination import auc
from riskslim.evaluation.estimates import Estimate, share_of
from riskslim.evaluation.risk import evaluate, merged
from riskslim.report.people import ReportPeople
from riskslim.report.ranking_plots import RocPoint
from riskslim.scores.decision import DecisionScore
from riskslim.scores.people import CountedPeople, groups_of_totals
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["DecisionMeasures", "DecisionRates", "DecisionSubgroup", "measure_decisions"]


@dataclass(frozen=True)
class DecisionRates:
    """How often decisions are right, with 95 % intervals; shares are by weight.

    Attributes
    ----------
    error_rate : Estimate or None
        Share that is decided wrongly.
    true_positive_rate, false_positive_rate : Estimate or None
        Of the positives, and of the negatives, the share that is decided yes.
    positive_predictive_value, negative_predictive_value : Estimate or None
        Of those who are decided yes, the share that is positive; of those who are decided no,
        the share that is negative. None where nobody is.
    """

    error_rate: Estimate | None
    true_positive_rate: Estimate | None
    false_positive_rate: Estimate | None
    positive_predictive_value: Estimate | None
    negative_predictive_value: Estimate | None


@dataclass(frozen=True)
class DecisionSubgroup:
    """How the score does in a part of the data.

    Attributes
    ----------
    name : str
        ``"Sex = 1"``.
    evaluation : DecisionEvaluation
        Of these rows.
    rates : DecisionRates
        Of these rows.
    """

    name: str
    evaluation: DecisionEvaluation
    rates: DecisionRates


@dataclass(frozen=True, eq=False)
class DecisionMeasures:
    """Everything that the plots and tables of a report on decisions show.

    Attributes
    ----------
    evaluation : DecisionEvaluation
        Of all rows.
    rates : DecisionRates
        Of all rows.
    auc : Estimate or None
        Area under the ROC curve of the totals; None where the data has one class only.
    observed : tuple of Estimate
        Share of positives in each row of the evaluation's table.
    roc : tuple of RocPoint
        By ascending total; empty where the data has one class only.
    counted : CountedPeople
        Everybody by total.
    subgroups : tuple of DecisionSubgroup
        Those asked for, of at least ten rows.
    """

    evaluation: DecisionEvaluation
    rates: DecisionRates
    auc: Estimate | None
    observed: tuple[Estimate, ...]
    roc: tuple[RocPoint, ...]
    counted: CountedPeople
    subgroups: tuple[DecisionSubgroup, ...]

    @property
    def is_weighted(self) -> bool:
        """Whether the rows count differently."""
        people = self.counted
        mean = people.weight / people.rows
        return not (
            np.allclose(mean, mean[0], rtol=1e-9, atol=0.0)
            and np.allclose(people.squares, mean * people.weight, rtol=1e-9, atol=0.0)
        )


def measure_decisions(score: DecisionScore, people: ReportPeople) -> DecisionMeasures:
    """Measure a decision score on people.

    Parameters
    ----------
    score : DecisionScore
        The score.
    people : ReportPeople
        Counted for it.

    Returns
    -------
    DecisionMeasures
    """
    whole = people.whole
    return DecisionMeasures(
        evaluation=evaluate(score, whole),
        rates=_rates(score, whole),
        auc=auc(whole.positive, whole.total, whole.weight, cluster=merged(whole)),
        observed=_observed(score, whole),
        roc=_roc(whole.total, whole.positive, whole.weight),
        counted=whole,
        subgroups=tuple(
            DecisionSubgroup(name, evaluate(score, part), _rates(score, part))
            for name, part in people.subgroups.items()
        ),
    )


def _rates(score: DecisionScore, people: CountedPeople) -> DecisionRates:
    yes, positive = score.decides(people.total), people.positive

    def share(of: BoolArray, among: BoolArray) -> Estimate | None:
        return share_of(of.astype(np.float64), people.weight * among, merged(people))

    return DecisionRates(
        error_rate=share(yes != positive, np.ones_like(yes)),
        true_positive_rate=share(yes, positive),
        false_positive_rate=share(yes, ~positive),
        positive_predictive_value=share(positive, yes),
        negative_predictive_value=share(~positive, ~yes),
    )


def _observed(score: DecisionScore, people: CountedPeople) -> tuple[Estimate, ...]:
    """Share of positives by total, in the order of the evaluation's table."""
    _, group = groups_of_totals(score, people.total)
    hits = people.positive.astype(np.float64)
    shares = [
        share_of(hits, people.weight * (group == index), merged(people))
        for index in np.unique(group)
    ]
    return tuple(share for share in shares if share is not None)


def _roc(totals: FloatArray, positive: BoolArray, weight: FloatArray) -> tuple[RocPoint, ...]:
    from sklearn.metrics import roc_curve

    if positive.all() or not positive.any():
        return ()
    false, true, least = roc_curve(
        positive, totals, sample_weight=weight, drop_intermediate=len(np.unique(totals)) > 1000
    )
    # The first point calls nobody positive.
    curve = zip(least[:0:-1].tolist(), false[:0:-1].tolist(), true[:0:-1].tolist(), strict=True)
    return tuple(RocPoint(*point) for point in curve)
