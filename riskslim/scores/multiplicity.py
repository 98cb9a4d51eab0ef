"""Predictive multiplicity: how much scores that are equally good disagree about people."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.errors import OptionError, ScoreError
from riskslim.scores.people import checked_weights
from riskslim.scores.pool import ScorePool
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.odds import expit, logit

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.scores.point_score import PointScore

__all__ = ["Disagreement", "Multiplicity", "measure"]

_MIDDLE = 0.5


@dataclass(frozen=True)
class Disagreement:
    """How competing scores disagree with the baseline.

    Attributes
    ----------
    ambiguity : float
        Share of the people, by weight, about whom some competing score disagrees.
    discrepancy : float
        Largest share about whom a single competing score disagrees.
    worst : int or None
        Position in the pool of the score that has the discrepancy, the first of equals; None
        where no score disagrees about anyone.
    """

    ambiguity: float
    discrepancy: float
    worst: int | None


@dataclass(frozen=True, eq=False)
class Multiplicity:
    r"""How much the scores of a pool disagree about people.

    The baseline is the best score. With a free multiplier every score counts at each multiplier
    that keeps it within the tolerance; with a real intercept, which follows, at its own multiplier
    and at both ends of these. For classes [1]_ a score disagrees about a person whose
    predicted class it flips; for risks [2]_ where its risk differs from the baseline's by the
    deviation or more. A decision score counts as risks of 1 for yes and 0 for no.

    Attributes
    ----------
    ranges : DataFrame
        A row for each person: the ``baseline`` risk, and the ``lowest`` and ``highest`` risk
        that any score of the pool gives (the viable prediction range of [2]_).
    classes : Disagreement
        About the predicted class.
    risks : Disagreement or None
        About the risk; None without a deviation.
    threshold : float
        A risk above it predicts the positive class.
    deviation : float or None
        Difference in risk that matters.
    scores : int
        Scores of the pool, the baseline included.
    complete : bool
        Whether the scores that count are all there are (`ScorePool.has_all_risks`). Else every
        number above is a lower bound, and the ranges may be wider: `RiskSLIMProblem.viable_ranges`
        has the exact ones.
    worst_score : RiskScore, DecisionScore or None
        The score that has the discrepancy about classes.

    References
    ----------
    .. [1] C. Marx, F. Calmon, B. Ustun, "Predictive multiplicity in classification", ICML 2020.
    .. [2] J. Watson-Daniels, D. C. Parkes, B. Ustun, "Predictive multiplicity in probabilistic
       classification", AAAI 2023.
    """

    ranges: pd.DataFrame = field(repr=False)
    classes: Disagreement
    risks: Disagreement | None
    threshold: float
    deviation: float | None
    scores: int
    complete: bool
    worst_score: PointScore | None = field(repr=False)

    @property
    def ambiguity(self) -> float:
        """Share of the people whose predicted class some competing score flips."""
        return self.classes.ambiguity

    @property
    def discrepancy(self) -> float:
        """Largest share of the people whose predicted class a single competing score flips."""
        return self.classes.discrepancy

    def to_dict(self) -> dict[str, Any]:
        """Give all but the ranges as an object for JSON."""
        return {
            "scores": self.scores,
            "complete": self.complete,
            "threshold": self.threshold,
            "deviation": self.deviation,
            "classes": asdict(self.classes),
            "risks": self.risks and asdict(self.risks),
        }


def measure(
    pool: ScorePool[Any],
    X: Any,
    threshold: float = _MIDDLE,
    deviation: float | None = None,
    sample_weight: ArrayLike | None = None,
) -> Multiplicity:
    """Compare every score of a pool with the best one; see `ScorePool.multiplicity`."""
    import pandas as pd

    for name, value in (("threshold", threshold), ("deviation", deviation)):
        if value is not None and not 0.0 <= value <= 1.0:
            raise OptionError(f"{name}={value!r}: give a number from 0 to 1")
    if deviation == 0.0:
        raise OptionError("deviation=0: every score differs by that much; give more than 0")
    if pool.best.kind == "decision" and (threshold, deviation) != (_MIDDLE, None):
        raise OptionError("threshold and deviation are of risk scores; leave them out")
    baseline = _numbers(pool.best, X)
    n = len(baseline)
    if n == 0:
        raise ScoreError("there are no people to compare the scores on; give at least one row")
    weight = checked_weights(sample_weight, n)
    lowest, highest = baseline.copy(), baseline.copy()
    flips = _Counter(weight, _Flips(baseline, threshold))
    shifts = None if deviation is None else _Counter(weight, _Shifts(baseline, deviation))
    for index, score in enumerate(pool.scores):
        multipliers = pool.multipliers[index] if pool.multipliers else None
        intercepts = pool.intercepts[index] if pool.intercepts else None
        moving = _Moving(score, X, multipliers, intercepts)
        for risk in moving.risks:
            np.minimum(lowest, risk, out=lowest)
            np.maximum(highest, risk, out=highest)
        for counter in (flips, shifts):
            if counter is not None:
                counter.add(index, moving)
    classes = flips.result()
    return Multiplicity(
        ranges=pd.DataFrame({"baseline": baseline, "lowest": lowest, "highest": highest}),
        classes=classes,
        risks=None if shifts is None else shifts.result(),
        threshold=float(threshold),
        deviation=deviation,
        scores=len(pool),
        complete=pool.has_all_risks,
        worst_score=None if classes.worst is None else pool.scores[classes.worst],
    )


class _Moving:
    """A score whose multiplier moves over a range: log odds are a margin times a factor.

    Where a real intercept moves too, the score counts at its own multiplier and the two ends.
    """

    def __init__(
        self,
        score: Any,
        X: Any,
        multipliers: tuple[float, float] | None,
        intercepts: tuple[float, float] | None = None,
    ) -> None:
        total = score.total(X)
        self.risks = [score.numbers(total)]
        self.margin = np.zeros(len(total))
        self._is_profiled = intercepts is not None
        if multipliers is None:
            return
        least, greatest = multipliers
        self.factors = score.multiplier / greatest, score.multiplier / least
        if intercepts is not None:
            ends = zip(intercepts, multipliers, strict=True)
            self.risks += [expit((intercept + total) / m) for intercept, m in ends]
        elif least < greatest:
            self.margin = score.log_odds(total)
            self.risks += [expit(factor * self.margin) for factor in self.factors]

    @property
    def is_swept(self) -> bool:
        """Whether all multipliers between the ends count."""
        return len(self.risks) > 1 and not self._is_profiled


class _Flips:
    """Whose predicted class differs from the baseline's."""

    def __init__(self, baseline: FloatArray, threshold: float) -> None:
        self._yes, self._threshold = baseline > threshold, threshold
        odds = np.full(len(baseline), logit(threshold))
        # a margin from here on, or down to here, differs
        self.from_here = np.where(self._yes, np.inf, odds)
        self.down_to = np.where(self._yes, odds, -np.inf)

    def differs(self, risk: FloatArray) -> BoolArray:
        """Who differs at these risks."""
        return np.asarray((risk > self._threshold) != self._yes)


class _Shifts:
    """Whose risk differs from the baseline's by the deviation or more."""

    def __init__(self, baseline: FloatArray, deviation: float) -> None:
        self._baseline, self._deviation = baseline, deviation
        self.from_here = logit(np.minimum(baseline + deviation, 1.0))
        self.down_to = logit(np.maximum(baseline - deviation, 0.0))

    def differs(self, risk: FloatArray) -> BoolArray:
        """Who differs at these risks."""
        return np.asarray(np.abs(risk - self._baseline) >= self._deviation)


class _Counter:
    """Collects about whom the scores disagree, one score after the other."""

    def __init__(self, weight: FloatArray, about: _Flips | _Shifts) -> None:
        self._weight, self._about = weight, about
        self._whole = float(weight.sum())
        self._any = np.zeros(len(weight), dtype=np.bool_)
        self._most = 0.0
        self._worst: int | None = None

    def add(self, index: int, moving: _Moving) -> None:
        shares = [0.0]
        for risk in moving.risks:
            differs = self._about.differs(risk)
            # a risk moves one way with the multiplier: who differs at all does so at an end
            self._any |= differs
            shares.append(float(self._weight[differs].sum()))
        if moving.is_swept:
            shares.append(self._between(moving))
        share = max(shares) / self._whole
        if share > self._most:
            self._most, self._worst = share, index

    def _between(self, moving: _Moving) -> float:
        """Give the largest weight that differs at one multiplier between the ends of a range.

        A person with a positive margin s differs from the factor ``from_here / s`` on and down to
        ``down_to / s``; a negative margin swaps the two. Passing these factors in order, one
        weight comes or goes at each.
        """
        low, high = moving.factors
        some = moving.margin != 0.0
        margin, weight = moving.margin[some], self._weight[some]
        ends = self._about.from_here[some] / margin, self._about.down_to[some] / margin
        rising, falling = (np.where(margin > 0, *pair) for pair in (ends, ends[::-1]))
        still = self._about.differs(np.full(len(some), 0.5))
        base = float(self._weight[~some & still].sum())
        base += float(weight[rising <= low].sum() + weight[falling > low].sum())
        comes, goes = (rising > low) & (rising < high), (falling > low) & (falling < high)
        at = np.append(rising[comes], falling[goes])
        change = np.append(weight[comes], -weight[goes])
        # at one factor those who come are there before the others go
        steps = change[np.lexsort((-change, at))]
        return base + max(0.0, float(np.cumsum(steps).max(initial=0.0)))

    def result(self) -> Disagreement:
        share = float(self._weight[self._any].sum()) / self._whole
        return Disagreement(min(share, 1.0), min(self._most, 1.0), self._worst)


def _numbers(score: PointScore, X: Any) -> FloatArray:
    return score.numbers(score.total(X))
