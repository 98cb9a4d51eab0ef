"""Why a person's total is what it is: the characteristics that cost the most points.

A score that is added up has exact reasons: what each characteristic adds beyond a reference, and
these differences sum to the total beyond the reference's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from riskslim.credit.attributes import Applicants
from riskslim.errors import OptionError, ScoreError
from riskslim.exporters.characteristics import Characteristic, characteristics
from riskslim.scores.people import checked_weights
from riskslim.scores.point_score import PointScore
from riskslim.scores.totals import plain_number
from riskslim.solvers._typing import FloatArray, IntArray

__all__ = ["Against", "Reason", "Reasons", "find_reasons"]

Against = Literal["best", "average"]


@dataclass(frozen=True)
class Reason:
    """One characteristic that counts against a person.

    Attributes
    ----------
    characteristic, attribute : str
        Names; the attribute is empty where points are for each unit.
    points : float
        Points beyond the reference, above 0.
    is_tied : bool
        Whether another characteristic, named or not, counts exactly as much.
    """

    characteristic: str
    attribute: str
    points: float
    is_tied: bool


@dataclass(frozen=True, eq=False)
class Reasons:
    """What counts against each of several people.

    Attributes
    ----------
    found : tuple of Characteristic
        Of the score.
    lost : ndarray of shape (n, c)
        Points of each row beyond the reference, by characteristic; below 0 where it is better.
    reference : ndarray of shape (c,)
        Points of the reference; they sum to its total.
    total : ndarray of shape (n,)
        Of each row: the sum of what it has lost and of the reference.
    top : int
        So many reasons are named.
    order : ndarray of int, shape (n, c)
        Characteristics of each row, those that cost the most first; ties in the card's order.
    placed : ndarray of int, shape (n, c)
        Band of each row; 0 where a characteristic has none.
    """

    found: tuple[Characteristic, ...]
    lost: FloatArray
    reference: FloatArray
    total: FloatArray
    top: int
    order: IntArray
    placed: IntArray

    def of(self, row: int) -> tuple[Reason, ...]:
        """Name the reasons of a row, at most `top` of them."""
        named = []
        for at in self.order[row, : self.top].tolist():
            points = float(self.lost[row, at])
            if points <= 0:
                break
            one = self.found[at]
            named.append(
                Reason(
                    one.name,
                    one.attributes[self.placed[row, at]] if one.attributes else "",
                    points,
                    int(np.count_nonzero(self.lost[row] == points)) > 1,
                )
            )
        return tuple(named)

    def columns(self) -> dict[str, list[Any]]:
        """Give columns ``reason_1``, ``reason_1_points`` and so on, empty where none is left.

        Reasons that cost the same say so: "(tied)".
        """
        given: dict[str, list[Any]] = {}
        named = [self.of(row) for row in range(len(self.lost))]
        for place in range(min(self.top, len(self.found))):
            words, points = [], []
            for reasons in named:
                one = reasons[place] if place < len(reasons) else None
                words.append(None if one is None else _words(one))
                points.append(None if one is None else plain_number(one.points))
            given |= {f"reason_{place + 1}": words, f"reason_{place + 1}_points": points}
        return given


def find_reasons(
    score: PointScore,
    X: Any,
    top: int = 4,
    against: Against = "best",
    reference: Any = None,
    reference_weight: ArrayLike | None = None,
) -> Reasons:
    """Name what counts against each person.

    Parameters
    ----------
    score : PointScore
        The score; its positive outcome is what nobody wants.
    X : DataFrame or array-like of shape (n, d)
        As for `PointScore.total`.
    top : int
        At most so many reasons each, 1 or more.
    against : {"best", "average"}
        Whether points are compared with the fewest that each characteristic has, so that what is
        lost sums to the total above the least one; or with the mean of the reference people.
    reference : DataFrame or array-like, optional
        Those people, for ``"average"``.
    reference_weight : array-like, optional
        Finite, none negative.

    Raises
    ------
    OptionError
        An option is out of its range, or the reference is missing.
    ScoreError
        The data do not fit the score.

    Examples
    --------
    >>> from riskslim import RiskScore
    >>> from riskslim.credit import find_reasons
    >>> score = RiskScore.from_points({"Late": 2, "New": 1}, intercept=-3)
    >>> [(one.characteristic, one.points) for one in find_reasons(score, [[1, 1]]).of(0)]
    [('Late', 2.0), ('New', 1.0)]
    """
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise OptionError(f"top={top!r}: give a whole number, 1 or more")
    if against not in ("best", "average"):
        raise OptionError(f"against={against!r}: give 'best' or 'average'")
    found = characteristics(score)
    if against == "best":
        if reference is not None:
            raise OptionError("a reference is for against='average'; drop it, or ask for that")
        base = np.array([one.item.ends[0] for one in found], dtype=np.float64)
    elif reference is None:
        raise OptionError("against='average': give the people whose mean is the reference")
    else:
        theirs = Applicants.read(score, reference).amounts(found)
        if not len(theirs):
            raise ScoreError("the reference has no rows; give at least one")
        weight = checked_weights(reference_weight, len(theirs))
        whole = math.fsum(weight.tolist())
        base = np.array([math.fsum((weight * own).tolist()) / whole for own in theirs.T])
    people = Applicants.read(score, X)
    lost = people.amounts(found) - base
    order = np.argsort(-lost, axis=1, kind="stable")
    banded = tuple(one for one in found if one.attributes)
    placed = np.zeros(lost.shape, dtype=np.int64)
    placed[:, [bool(one.attributes) for one in found]] = people.places(banded)
    return Reasons(found, lost, base, people.total, top, order, placed)


def _words(reason: Reason) -> str:
    named = f"{reason.characteristic}: {reason.attribute}".removesuffix(": ")
    return f"{named} (tied)" if reason.is_tied else named
