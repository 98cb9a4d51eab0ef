"""What the terms of a score cost a person beyond the fewest points, for other programs."""

from __future__ import annotations

from typing import NamedTuple

from riskslim.exporters.characteristics import characteristics
from riskslim.exporters.terms import Term, Value, terms
from riskslim.scores.point_score import PointScore
from riskslim.scores.totals import plain_number

__all__ = ["MOST_REASONS", "ReasonTerms", "reason_terms"]

MOST_REASONS = 4
"""As many reasons does a scorecard of PMML give."""


class ReasonTerms(NamedTuple):
    """A characteristic with its terms, and the fewest points that they can give.

    There are several where the table has the cuts of a measurement as columns of 0 and 1.
    """

    name: str
    terms: tuple[Term, ...]
    least: float


def reason_terms(score: PointScore) -> tuple[ReasonTerms, ...]:
    """Give the terms of a score by the characteristics of its card, in their order.

    What they give beyond the fewest points sums to the total above the least one.

    Parameters
    ----------
    score : PointScore
        The score.
    """
    made = terms(score)
    binning, points = score.binning, score.points
    variables = binning.part(points).variables if binning is not None else ()
    of_features = dict(zip((one.features for one in variables), made, strict=False))
    of_feature = {name: term for names, term in of_features.items() for name in names}
    of_feature |= {term.feature.name: term for term in made if isinstance(term, Value)}
    shifts = dict(score.shifts)
    found = []
    for one in characteristics(score):
        features = [feature.name for feature in one.item.features]
        own = list(map(of_feature.__getitem__, features))
        each = tuple(term for place, term in enumerate(own) if term not in own[:place])
        least = one.item.ends[0] - shifts.get(features[0], 0)
        found.append(ReasonTerms(one.name, each, plain_number(float(least))))
    return tuple(found)
