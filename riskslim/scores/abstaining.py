"""Classes of people, and none where a band lies between no and yes or good scores disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.errors import OptionError
from riskslim.scores.point_score import PointScore
from riskslim.solvers._typing import FloatArray, IntArray

if TYPE_CHECKING:
    from riskslim.scores.pool import ScorePool

__all__ = ["classes"]

_ROUNDING = 1e-12  # of a risk that another score gives the same people
_NO, _NEITHER, _YES = 0, 1, 2


def classes(
    score: PointScore,
    X: Any,
    *,
    threshold: float | None = None,
    cutoff: float | None = None,
    no_below: float | None = None,
    pool: ScorePool[Any] | None = None,
) -> dict[str, list[Any]]:
    """Give the class of each person, None where the score abstains.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        A decision score has its own threshold.
    X : DataFrame or array-like of shape (n, d)
        People, as for `PointScore.total`.
    threshold : float, optional
        A risk above it means yes.
    cutoff : float, optional
        Or a total from it on does (`riskslim.evaluation.chosen_cutoff.find_cutoff`).
    no_below : float, optional
        With `cutoff`: a total below it means no, and the score abstains between the two.
    pool : ScorePool, optional
        Scores that are nearly as good: the score abstains where they do not all agree with it. The
        risk at the cut-off is what parts their classes.

    Returns
    -------
    dict of str to list
        ``class`` by the labels of the outcome, or None; before it with a pool of risk scores
        ``lowest`` and ``highest``, between which these scores judge.

    Raises
    ------
    OptionError
        A risk score has none or two of threshold and cut-off, a decision score any of them; or
        the ends of the band are in the wrong order.

    Examples
    --------
    >>> from riskslim import RiskScore
    >>> from riskslim.scores.abstaining import classes
    >>> score = RiskScore.from_points({"Stroke": 2, "Old": 1}, intercept=-2)
    >>> classes(score, [[0, 0], [0, 1], [1, 0]], cutoff=2, no_below=1)
    {'class': [0, None, 1]}
    """
    is_risk = score.kind == "risk"
    given = [value for value in (threshold, cutoff) if value is not None]
    if len(given) != is_risk:
        raise OptionError(
            "give a threshold or a cut-off" if is_risk else "a decision score has its own threshold"
        )
    if no_below is not None and (cutoff is None or no_below > cutoff):
        raise OptionError(f"no_below={no_below!r}: give a total up to the cut-off")
    total = score.total(X)
    numbers = score.numbers(total)
    if cutoff is None:
        parting = [0.5 if threshold is None else threshold] * 2
        own = _verdicts(numbers > parting[0], numbers <= parting[0])
    else:
        ends = np.array([cutoff if no_below is None else no_below, cutoff])
        # Just below: of others the risk at the cut-off itself, however it is rounded, means yes.
        parting = [max(float(risk) - _ROUNDING, 0.0) for risk in score.numbers(ends)]
        own = _verdicts(total >= ends[1], total < ends[0])
    found: dict[str, list[Any]] = {}
    if pool is not None:
        ranges = pool.multiplicity(X).ranges
        ends_of_each = (
            np.minimum(ranges["lowest"].to_numpy(), numbers),
            np.maximum(ranges["highest"].to_numpy(), numbers),
        )
        if is_risk:
            found = dict(zip(("lowest", "highest"), map(_listed, ends_of_each), strict=True))
        for risk in ends_of_each:
            own[_verdicts(risk > parting[1], risk <= parting[0]) != own] = _NEITHER
    labels = {_NO: score.labels[0], _NEITHER: None, _YES: score.labels[1]}
    return found | {"class": [labels[verdict] for verdict in own.tolist()]}


def _verdicts(yes: Any, no: Any) -> IntArray:
    return np.where(yes, _YES, np.where(no, _NO, _NEITHER)).astype(np.int64)


def _listed(values: FloatArray) -> list[float]:
    return [float(value) for value in values]
