"""Whether the people that a score judges are still those that it was made for.

References
----------
N. Siddiqi, "Intelligent Credit Scoring", 2nd edition, 2017, chapter 13; B. Yurdakul, "Statistical
properties of the population stability index", Western Michigan University, 2018.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from riskslim.credit.attributes import Applicants
from riskslim.credit.scorecard import divergence, weights_in
from riskslim.errors import OptionError, ScoreError
from riskslim.exporters.characteristics import characteristics
from riskslim.languages import Texts, language
from riskslim.scores.intervals import people_behind
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import FloatArray

__all__ = ["LOOK", "SHIFTED", "Cell", "Drift", "Stability", "find_drift"]

LOOK, SHIFTED = 0.1, 0.25
"""From these values on the literature says: look at it, and the population has changed."""

Verdict = Literal["stable", "look", "shifted"]


@dataclass(frozen=True)
class Cell:
    """A band of totals, or an attribute.

    Attributes
    ----------
    name : str
        Of it.
    expected, actual : float
        Shares of the people.
    part : float
        What it adds to the index.
    """

    name: str
    expected: float
    actual: float
    part: float


@dataclass(frozen=True)
class Stability:
    """The stability index of one distribution.

    Attributes
    ----------
    name : str
        Of the characteristic or the period; empty for all totals.
    index : float
        Population stability index: Jeffreys' divergence of expected and actual shares.
    by_chance : float
        What an index of two samples of these sizes from one population stays below in 95 of 100
        cases.
    count : float
        Actual people.
    shift : float or None
        Mean points of the actual people, less those of the expected ones; None where the latter
        are known by bands only.
    cells : tuple of Cell
        In order.
    """

    name: str
    index: float
    by_chance: float
    count: float
    shift: float | None
    cells: tuple[Cell, ...]

    @property
    def verdict(self) -> Verdict:
        """What the thresholds of the literature say."""
        if self.index >= SHIFTED:
            return "shifted"
        return "look" if self.index >= LOOK else "stable"

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain data."""
        return {**asdict(self), "verdict": self.verdict}


@dataclass(frozen=True)
class Drift:
    """How people have changed since a score was made.

    Attributes
    ----------
    totals : Stability
        Of the totals of everybody (PSI).
    characteristics : tuple of Stability
        Of each characteristic (CSI); empty where no reference was given, as a score keeps the
        numbers of people by total only.
    periods : tuple of Stability
        Of the totals in each period, in its order.
    """

    totals: Stability
    characteristics: tuple[Stability, ...]
    periods: tuple[Stability, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain data."""
        return {
            "totals": self.totals.to_dict(),
            "characteristics": [one.to_dict() for one in self.characteristics],
            "periods": [one.to_dict() for one in self.periods],
        }


def find_drift(
    score: PointScore,
    X: Any,
    reference: Any = None,
    *,
    period: Sequence[Any] | None = None,
    sample_weight: ArrayLike | None = None,
    reference_weight: ArrayLike | None = None,
    bands: int = 10,
    language_code: str = "en",
) -> Drift:
    """Compare the people of today with those that a score was made for.

    Parameters
    ----------
    score : PointScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        People of today, as for `PointScore.total`; no outcomes are needed.
    reference : DataFrame or array-like of shape (m, d), optional
        Those expected; by default the numbers of people by total that the score was trained on.
    period : sequence of shape (n,), optional
        Such as the month of each row, by which indices are given as well.
    sample_weight, reference_weight : array-like, optional
        Finite, none negative.
    bands : int
        Into how many bands of about as many expected people the totals are put, 2 or more.
    language_code : str
        Of the names of bands and attributes: ``"en"`` or ``"de"``.

    Raises
    ------
    OptionError
        `bands` or `period` do not fit.
    ScoreError
        The data do not fit the score, or it knows of no people.
    """
    if isinstance(bands, bool) or not isinstance(bands, int) or bands < 2:
        raise OptionError(f"bands={bands!r}: give a whole number, 2 or more")
    people = Applicants.read(score, X)
    total = people.total
    if not len(total):
        raise ScoreError("the data has no rows; drift needs at least one")
    weight = people.weights(sample_weight)
    if period is not None and len(period) != len(total):
        raise OptionError(f"period has {len(period)} values for {len(total)} rows; give one each")
    others = None if reference is None else Applicants.read(score, reference)
    if others is None:
        expected = _Expected.trained(score)
    else:
        if not len(others.total):
            raise ScoreError("the reference has no rows; drift needs at least one")
        before_weight = others.weights(reference_weight)
        expected = _Expected(others.total, before_weight, others.effective(before_weight))
    edges = expected.edges(bands)
    texts = language(language_code)
    whole = _by_total("", expected, edges, total, weight, people.effective(weight), texts)
    periods = []
    if period is not None:
        names = [str(one) for one in period]
        for name in sorted(set(names)):
            here = np.array([one == name for one in names]) & (weight > 0)
            if here.any():
                theirs = weight[here]
                number = people_behind(theirs)
                periods.append(_by_total(name, expected, edges, total[here], theirs, number, texts))
    own: tuple[Stability, ...] = ()
    if others is not None:
        own = _by_characteristic(people, weight, others, expected.weight, language_code)
    return Drift(whole, own, tuple(periods))


@dataclass(frozen=True)
class _Expected:
    """Totals of the expected people with their weights, and how many they are."""

    total: FloatArray
    weight: FloatArray
    people: float
    is_exact: bool = True

    @classmethod
    def trained(cls, score: PointScore) -> _Expected:
        rows = [row for row in score.table if row.weight > 0]
        if not rows:
            raise ScoreError("this score knows of no people that it was made for; give a reference")
        # A band of totals is put where it begins, or ends.
        ends = [row.high if row.low is None else row.low for row in rows]
        if not score.holds_low:
            ends = [row.low if row.high is None else row.high for row in rows]
        totals = np.array([0.0 if end is None else float(end) for end in ends])
        if not score.holds_low and rows[-1].high is None:
            totals[-1] = np.nextafter(totals[-1], np.inf)
        if score.holds_low and rows[0].low is None:
            totals[0] = np.nextafter(totals[0], -np.inf)
        weight = np.array([row.weight for row in rows])
        people = math.fsum(weight.tolist()) if score.counts_people else score.training.rows
        return cls(totals, weight, people, all(row.is_single for row in rows))

    def edges(self, bands: int) -> FloatArray:
        """Give the lowest totals of all bands but the first, each of about as many people."""
        values, at = np.unique(self.total, return_inverse=True)
        people = np.bincount(at, self.weight, len(values))
        enough = math.fsum(people.tolist()) / bands
        edges, held = [], 0.0
        for value, here in zip(values.tolist(), people.tolist(), strict=True):
            if held >= enough * (1 - 1e-9):
                edges.append(value)
                held = 0.0
            held += here
        if edges and held < enough / 2:
            edges.pop()  # too few are left for a band of their own
        return np.array(edges)


def _by_total(
    name: str,
    expected: _Expected,
    edges: FloatArray,
    total: FloatArray,
    weight: FloatArray,
    people: float,
    texts: Texts,
) -> Stability:
    bands = len(edges) + 1
    before, now = (
        weights_in(np.searchsorted(edges, totals, side="right"), each, bands)
        for totals, each in ((expected.total, expected.weight), (total, weight))
    )
    are_whole = bool((np.concatenate([expected.total, total]) % 1 == 0).all())
    names = _names(edges.tolist(), are_whole, texts)
    shift = None
    if expected.is_exact:
        shift = _mean(total, weight) - _mean(expected.total, expected.weight)
    return _stability(name, names, before, now, (expected.people, people), shift)


def _names(edges: list[float], are_whole: bool, texts: Texts) -> list[str]:
    """Name the bands between the lowest totals of all but the first."""
    if not edges:
        return [texts("report.all")]
    names = [texts("bands.under", value=texts.number(edges[0]))]
    for low, high in pairwise(edges):
        last = high - 1 if are_whole else high
        ends = {"low": texts.number(low), "high": texts.number(last)}
        key = "rows.between" if are_whole else "bands.to_under"
        names.append(ends["low"] if low == last else texts(key, **ends))
    return [*names, texts("rows.or_more", total=texts.number(edges[-1]))]


def _by_characteristic(
    people: Applicants, weight: FloatArray, others: Applicants, before: FloatArray, code: str
) -> tuple[Stability, ...]:
    found = characteristics(people.score, code)
    now, then = people.places(found), others.places(found)
    numbers = others.effective(before), people.effective(weight)
    made = []
    for at, one in enumerate(found):
        bins = len(one.attributes)
        counts = weights_in(then[:, at], before, bins), weights_in(now[:, at], weight, bins)
        points = one.points.astype(np.float64)
        shift = _mean(points[now[:, at]], weight) - _mean(points[then[:, at]], before)
        made.append(_stability(one.name, one.attributes, *counts, numbers, shift))
    return tuple(made)


def _stability(
    name: str,
    cells: Sequence[str],
    before: FloatArray,
    now: FloatArray,
    people: tuple[float, float],
    shift: float | None,
) -> Stability:
    from scipy.stats import chi2

    _, parts = divergence(now, before)
    shares = before / before.sum(), now / now.sum()
    filled = int(np.count_nonzero((before > 0) | (now > 0)))
    by_chance = 0.0
    if filled > 1:
        by_chance = float(chi2.ppf(0.95, filled - 1)) * (1 / people[0] + 1 / people[1])
    return Stability(
        name,
        math.fsum(parts.tolist()),
        by_chance,
        math.fsum(now.tolist()),
        shift,
        tuple(
            Cell(cell, *numbers)
            for cell, *numbers in zip(
                cells, shares[0].tolist(), shares[1].tolist(), parts.tolist(), strict=True
            )
        ),
    )


def _mean(values: FloatArray, weight: FloatArray) -> float:
    return math.fsum((values * weight).tolist()) / math.fsum(weight.tolist())
