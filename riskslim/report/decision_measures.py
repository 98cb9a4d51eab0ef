"""What a report on decisions measures: rates with intervals, overall and by total and subgroup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.evaluation.decision import DecisionEvaluation, evaluate_decisions
from riskslim.evaluation.discrimination import auc
from riskslim.evaluation.estimates import Estimate, share_of
from riskslim.report.measures import parts_of
from riskslim.report.ranking_plots import RocPoint
from riskslim.scores.decision import DecisionScore
from riskslim.scores.people import checked_weights, counted_rows, groups_of_totals
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
    totals : ndarray of shape (n,)
        Of each row of the data that has a weight.
    positive : ndarray of bool, shape (n,)
        Their outcomes.
    weight : ndarray of shape (n,)
        Their weights.
    subgroups : tuple of DecisionSubgroup
        Those asked for, of at least ten rows.
    """

    evaluation: DecisionEvaluation
    rates: DecisionRates
    auc: Estimate | None
    observed: tuple[Estimate, ...]
    roc: tuple[RocPoint, ...]
    totals: FloatArray
    positive: BoolArray
    weight: FloatArray
    subgroups: tuple[DecisionSubgroup, ...]

    @property
    def is_weighted(self) -> bool:
        """Whether the rows count differently."""
        return bool(np.any(self.weight != self.weight[0]))


def measure_decisions(
    score: DecisionScore,
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    subgroups: Mapping[str, ArrayLike] | None = None,
) -> DecisionMeasures:
    """Measure a decision score on data.

    Parameters
    ----------
    score : DecisionScore
        The score.
    X, y, sample_weight
        As for `riskslim.evaluate`.
    subgroups : mapping of str to array-like of shape (n,), optional
        Columns by whose values the people are told apart.

    Returns
    -------
    DecisionMeasures

    Raises
    ------
    ScoreError
        As `riskslim.evaluate`.
    """
    totals, positive, weight = counted_rows(score, X, y, sample_weight)
    given = checked_weights(sample_weight, len(X))
    parts = []
    for name, rows in parts_of(subgroups or {}, given):
        inside = rows[given > 0]
        part = totals[inside], positive[inside], weight[inside]
        parts.append(DecisionSubgroup(name, evaluate_decisions(score, *part), _rates(score, *part)))
    return DecisionMeasures(
        evaluation=evaluate_decisions(score, totals, positive, weight),
        rates=_rates(score, totals, positive, weight),
        auc=auc(positive, totals, weight),
        observed=_observed(score, totals, positive, weight),
        roc=_roc(totals, positive, weight),
        totals=totals,
        positive=positive,
        weight=weight,
        subgroups=tuple(parts),
    )


def _rates(
    score: DecisionScore, totals: FloatArray, positive: BoolArray, weight: FloatArray
) -> DecisionRates:
    yes = score.decides(totals)

    def share(of: BoolArray, among: BoolArray) -> Estimate | None:
        return share_of(of.astype(np.float64), weight * among)

    return DecisionRates(
        error_rate=share(yes != positive, np.ones_like(yes)),
        true_positive_rate=share(yes, positive),
        false_positive_rate=share(yes, ~positive),
        positive_predictive_value=share(positive, yes),
        negative_predictive_value=share(~positive, ~yes),
    )


def _observed(
    score: DecisionScore, totals: FloatArray, positive: BoolArray, weight: FloatArray
) -> tuple[Estimate, ...]:
    """Share of positives by total, in the order of the evaluation's table."""
    _, group = groups_of_totals(score, totals)
    shares = [
        share_of(positive.astype(np.float64), weight * (group == index))
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
