"""The table of attributes: how many are in each, how many of them bad, and how much that tells."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.credit.attributes import Applicants
from riskslim.credit.scale import ScaledScore
from riskslim.exporters.characteristics import characteristics
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = [
    "HALF",
    "AttributeRow",
    "Scorecard",
    "divergence",
    "make_scorecard",
    "weights_in",
]

HALF = 0.5
"""What an empty cell counts, in people, where a logarithm of its share is taken."""


@dataclass(frozen=True)
class AttributeRow:
    """One attribute of a scorecard.

    Attributes
    ----------
    characteristic, attribute : str
        Names.
    count, bads : float
        People, and those with the outcome; sums of weights where there are weights.
    share : float
        Of all people.
    bad_rate : float or None
        None where nobody is in it.
    woe : float or None
        Weight of evidence: the logarithm of its share of the good over its share of the bad, above
        0 where it is better than the average. None where nobody is in it.
    iv : float
        What it adds to the information value.
    points : int
        Of the score.
    scaled : int or None
        Scaled points, where a scale was given.
    """

    characteristic: str
    attribute: str
    count: float
    share: float
    bads: float
    bad_rate: float | None
    woe: float | None
    iv: float
    points: int
    scaled: int | None = None


@dataclass(frozen=True)
class Scorecard:
    """Attributes of a score, counted on people.

    Attributes
    ----------
    rows : tuple of AttributeRow
        In the order of the card.
    iv : dict of str to float
        Information value of each characteristic.
    count, bads : float
        Of all people.
    base : int or None
        Scaled points that everyone has, where a scale was given.
    """

    rows: tuple[AttributeRow, ...]
    iv: dict[str, float]
    count: float
    bads: float
    base: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain data."""
        return asdict(self)


def make_scorecard(
    score: PointScore,
    X: Any,
    y: ArrayLike | None,
    sample_weight: ArrayLike | None = None,
    scaled: ScaledScore | None = None,
    language_code: str = "en",
) -> Scorecard:
    """Count the attributes of a score on people.

    Weight of evidence and information value have the signs of the scorecard literature, good over
    bad; a cell that is empty counts half a person there, so that both are numbers.

    Parameters
    ----------
    score : PointScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        As for `PointScore.total`.
    y : array-like of shape (n,)
        Outcomes, by the score's labels; the positive one is bad.
    sample_weight : array-like of shape (n,), optional
        Finite, none negative.
    scaled : ScaledScore, optional
        Of this score: its points are shown as well.
    language_code : str
        Of the names: ``"en"`` or ``"de"``.

    Raises
    ------
    ScoreError
        The data do not fit the score, or a feature has points for each unit, not for bands.

    References
    ----------
    N. Siddiqi, "Intelligent Credit Scoring", 2nd edition, 2017, chapter 10.
    """
    found = characteristics(score, language_code)
    people = Applicants.read(score, X)
    placed = people.places(found)
    positive, weight = people.outcomes(y), people.weights(sample_weight)
    count, bads = math.fsum(weight.tolist()), math.fsum(weight[positive].tolist())
    rows, values = [], {}
    for at, one in enumerate(found):
        bins = len(one.attributes)
        here = weights_in(placed[:, at], weight, bins)
        bad = weights_in(placed[positive, at], weight[positive], bins)
        evidence, parts = divergence(here - bad, bad)
        values[one.name] = math.fsum(parts.tolist())
        rows += [
            AttributeRow(
                one.name,
                label,
                float(here[band]),
                float(here[band]) / count,
                float(bad[band]),
                float(bad[band] / here[band]) if here[band] else None,
                float(evidence[band]) if here[band] else None,
                float(parts[band]),
                int(one.points[band]),
                None if scaled is None else scaled.points[at][band],
            )
            for band, label in enumerate(one.attributes)
        ]
    return Scorecard(tuple(rows), values, count, bads, None if scaled is None else scaled.base)


def weights_in(cell: IntArray, weight: FloatArray, cells: int) -> FloatArray:
    """Sum the weights of the rows in each of so many cells."""
    return np.asarray(np.bincount(cell, weight, cells), dtype=np.float64)


def divergence(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Compare two distributions over the same cells.

    The sum of the second result is the information value of good and bad, and the population
    stability index of expected and actual people: Jeffreys' divergence.

    Parameters
    ----------
    first, second : ndarray of shape (b,)
        Weights in each cell; an empty cell counts `HALF` where the other one is not empty too.

    Returns
    -------
    logarithms : ndarray of shape (b,)
        Of the first share over the second one; 0 where both are empty.
    parts : ndarray of shape (b,)
        Difference of the shares times that.
    """
    empty = (first <= 0) & (second <= 0)
    shares = []
    for cells in (first, second):
        whole = math.fsum(cells.tolist())
        shares.append(np.where(cells > 0, cells, HALF) / (whole if whole > 0 else 1.0))
    logarithms = np.where(empty, 0.0, np.log(shares[0] / shares[1]))
    return logarithms, (shares[0] - shares[1]) * logarithms
