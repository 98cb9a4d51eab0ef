"""What a report says about scores that are nearly as good: how many, and how they disagree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskslim.errors import ScoreError
from riskslim.exporters.columns import clean
from riskslim.scores.multiplicity import Multiplicity
from riskslim.scores.people import CountedPeople
from riskslim.scores.point_score import PointScore
from riskslim.scores.pool import ScorePool, objective_of
from riskslim.solvers._typing import FloatArray

__all__ = ["NearEqual", "NearEquals", "compare_equals"]

_MOST_SHOWN = 8
_DEVIATION = 0.1


@dataclass(frozen=True)
class NearEqual:
    """One score of the pool.

    Attributes
    ----------
    objective : float
        On the training data.
    size : int
        Features with points.
    points : str
        In words.
    is_this : bool
        Whether it is the score of the report.
    """

    objective: float
    size: int
    points: str
    is_this: bool


@dataclass(frozen=True, eq=False)
class NearEquals:
    """The scores that are nearly as good as the best one.

    Attributes
    ----------
    pool : ScorePool
        All of them.
    supports : int
        Distinct sets of features that they use.
    best : tuple of NearEqual
        The first few by objective; the score of the report among them where it is in the pool.
    used : tuple of (str, float)
        Features by the share of the scores that use them.
    multiplicity : Multiplicity
        On the people of the report: of risks at one half, and at a deviation of a tenth.
    people : CountedPeople
        Who the rows of its ranges are.
    """

    pool: ScorePool[Any]
    supports: int
    best: tuple[NearEqual, ...]
    used: tuple[tuple[str, float], ...]
    multiplicity: Multiplicity
    people: CountedPeople

    @property
    def widths(self) -> FloatArray:
        """Range of the risks that the scores give each row, shape (m,)."""
        ranges = self.multiplicity.ranges
        return np.asarray(ranges["highest"] - ranges["lowest"], dtype=np.float64)

    @property
    def share_of_wide(self) -> float:
        """Share of the people to whom the scores give risks that are more than a tenth apart."""
        rows = self.people.rows
        return float(rows[self.widths > _DEVIATION].sum() / rows.sum())


def compare_equals(
    score: PointScore, pool: ScorePool[Any], X: Any, people: CountedPeople
) -> NearEquals | None:
    """Compare the scores of a pool on the people of a report.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The one that the report is about.
    pool : ScorePool
        Of the same data.
    X : DataFrame of shape (m, d)
        Distinct rows: every feature that some score of the pool uses.
    people : CountedPeople
        Who these rows are.

    Returns
    -------
    NearEquals or None
        None where the pool is empty.

    Raises
    ------
    ScoreError
        The people lack a feature, or the pool has another kind of score.
    """
    if not len(pool):
        return None
    if pool.best.kind != score.kind:
        raise ScoreError(
            f"the pool has {pool.best.kind} scores, and the report is on a {score.kind} score"
        )
    ordered = sorted(pool, key=objective_of)
    rows = [
        NearEqual(objective_of(one), one.size, _points(one), _same(one, score)) for one in ordered
    ]
    shown = [row for place, row in enumerate(rows) if place < _MOST_SHOWN or row.is_this]
    names = sorted({name for one in pool for name in one.points})
    used = [(clean(name), sum(name in one.points for one in pool) / len(pool)) for name in names]
    return NearEquals(
        pool=pool,
        supports=len({frozenset(one.points) for one in pool}),
        best=tuple(shown),
        used=tuple(sorted(used, key=lambda pair: (-pair[1], pair[0]))),
        multiplicity=pool.multiplicity(
            X, deviation=_DEVIATION if score.kind == "risk" else None, sample_weight=people.weight
        ),
        people=people,
    )


def _points(score: PointScore) -> str:
    return "; ".join(f"{value:+d} {clean(name)}" for name, value in score.points.items())


def _same(one: PointScore, other: PointScore) -> bool:
    """Whether two scores give everyone the same."""
    if one.points != other.points:
        return False
    beside = one.signed().parameters, other.signed().parameters
    return all(
        math.isclose(value, beside[1][name], rel_tol=1e-9) for name, value in beside[0].items()
    )
