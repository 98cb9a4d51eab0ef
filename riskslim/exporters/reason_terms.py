"""What each term of a score costs a person beyond the fewest points, for other programs."""

from __future__ import annotations

from typing import NamedTuple

from riskslim.exporters.characteristics import characteristics
from riskslim.exporters.terms import Term, Value, terms
from riskslim.scores.point_score import PointScore

__all__ = ["MOST_REASONS", "ReasonTerm", "reason_terms"]

MOST_REASONS = 4
"""As many reasons does a scorecard of PMML give."""


class ReasonTerm(NamedTuple):
    """A term with the name of its characteristic, and the fewest points that it can give."""

    name: str
    term: Term
    least: float


def reason_terms(score: PointScore) -> tuple[ReasonTerm, ...]:
    """Give the terms of a score by the characteristics of its card, in their order.

    What they give beyond the fewest points sums to the total above the least one.

    Parameters
    ----------
    score : PointScore
        The score.

    Returns
    -------
    tuple of ReasonTerm
        Empty where several terms are one characteristic, as the cuts of a measurement in a table of
        0 and 1: no term is a reason by itself then.
    """
    made = terms(score)
    binning, points = score.binning, score.points
    variables = binning.part(points).variables if binning is not None else ()
    of_terms = [
        *(frozenset(name for name in one.features if name in points) for one in variables),
        *(frozenset({one.feature.name}) for one in made if isinstance(one, Value)),
    ]
    by_features = dict(zip(of_terms, made, strict=True))
    shifts = dict(score.shifts)
    found = []
    for one in characteristics(score):
        features = [feature.name for feature in one.item.features]
        term = by_features.get(frozenset(features))
        if term is None:
            return ()
        found.append(ReasonTerm(one.name, term, one.item.ends[0] - shifts.get(features[0], 0)))
    return tuple(found)
