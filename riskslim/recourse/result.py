"""What people can change to reach a target, and whose prediction is fixed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.spelling import as_read
from riskslim.errors import OptionError, ScoreError
from riskslim.recourse.actions import Actions
from riskslim.recourse.blocks import Block, blocks_of
from riskslim.recourse.levers import levers_of
from riskslim.recourse.rows import change_rows, people_rows
from riskslim.recourse.totals import cheapest_changes, least_costs
from riskslim.scores.decision import DecisionScore
from riskslim.scores.intervals import wilson
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore
from riskslim.scores.totals import plain_numbers
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Recourse", "extreme_totals", "find_recourse", "fixed_predictions", "target_of"]

_AT_ONCE = 20_000  # people whose tables are held together
_ROUNDING = 1e-12  # of a risk that a target was read off
_NOBODY = "there are no people; give at least one row"


@dataclass(frozen=True, eq=False)
class Recourse:
    """What each person can change to reach a target [1]_.

    Attributes
    ----------
    target : str
        What is to be reached, in words.
    columns : tuple of str
        Everything that can change.
    people : DataFrame
        A row for each person: ``total``, ``risk`` (of a risk score); ``status``, ``"reached"``,
        ``"possible"`` or ``"fixed"``; ``least_total`` and ``greatest_total`` within reach, with
        ``least_risk`` and ``greatest_risk``; ``cost`` of the cheapest change that reaches the
        target (0 where it is reached), and ``change``, what that is.
    responsiveness : DataFrame
        A row for each person and a column for each of `columns`: the share of all changes of that
        column alone that reach the target; NaN where it cannot change.
    changes : DataFrame
        A row for each way in which a person reaches the target: ``row`` (from 1), ``cost``,
        ``total`` and ``risk`` afterwards, ``columns`` (how many), ``change``. No set of columns
        is listed beside a part of it that costs no more.
    totals : tuple of lists
        Every total that each person can reach, ascending.
    target_risk : float or None
        Of a risk score: the risk that is to be reached.
    wanted : str
        ``"low"`` or ``"high"``.
    answer : str
        Of a decision score: the decision that is to be reached.

    References
    ----------
    .. [1] H. Cheon, A. Wernerfelt, S. Friedler, B. Ustun, "Feature responsiveness scores:
       model-agnostic explanations for recourse", ICLR 2025.
    """

    target: str
    columns: tuple[str, ...]
    people: pd.DataFrame = field(repr=False)
    responsiveness: pd.DataFrame = field(repr=False)
    changes: pd.DataFrame = field(repr=False)
    totals: tuple[list[float], ...] = field(repr=False)
    target_risk: float | None = None
    wanted: str = "low"
    answer: str = ""

    @property
    def fixed(self) -> float | None:
        """Share of fixed predictions among the people who have not reached the target.

        None where all have.
        """
        status = self.people["status"]
        denied = status != "reached"
        return float((status[denied] == "fixed").mean()) if denied.any() else None

    def proof(self, row: int) -> str:
        """Say in a line why a prediction is fixed, or that it is not.

        Parameters
        ----------
        row : int
            Of the person, from 1.
        """
        if not 1 <= row <= len(self.people):
            raise OptionError(f"row={row!r}: there are {len(self.people):,} people")
        one, totals = self.people.iloc[row - 1], self.totals[row - 1]
        reach = f"{totals[0]:g}" if len(totals) == 1 else f"{totals[0]:g} to {totals[-1]:g}"
        within = f"totals within reach: {reach}"
        if "least_risk" in one:
            within += f", risks {one.least_risk:.1%} to {one.greatest_risk:.1%}"
        if one.status == "fixed":
            return f"fixed: {within}; none has {self.target}"
        return f"{one.status}: {within}"

    def by_group(self, groups: ArrayLike) -> pd.DataFrame:
        """Give the share of fixed predictions in each subgroup.

        Parameters
        ----------
        groups : array-like of shape (n,)
            To which each person belongs.

        Returns
        -------
        DataFrame
            By subgroup: ``people``, ``denied`` (who have not reached the target), ``fixed``
            (how many of them cannot), ``share`` of these with its 95 % interval ``low`` and
            ``high`` (Wilson).
        """
        import pandas as pd

        values = pd.Series(np.asarray(groups, dtype=object))
        if len(values) != len(self.people):
            raise ScoreError(
                f"expected {len(self.people)} subgroups, one for each row, not {len(values)}"
            )
        rows = []
        named = values.map(as_read).where(values.notna(), "(blank)")
        names = sorted(set(named), key=_in_order)
        for name in names:
            status = self.people["status"].to_numpy()[named == name]
            denied, fixed = int((status != "reached").sum()), int((status == "fixed").sum())
            share = fixed / denied if denied else float("nan")
            ends = wilson(share, float(denied)) if denied else (float("nan"),) * 2
            rows.append((len(status), denied, fixed, share, *ends))
        columns = ["people", "denied", "fixed", "share", "low", "high"]
        return pd.DataFrame(rows, columns=columns, index=pd.Index(names, name="group"))

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values for JSON."""
        people: list[dict[Any, Any]] = self.people.to_dict("records")
        asked = self.responsiveness.to_dict("records")
        ways: dict[int, list[dict[Any, Any]]] = {}
        for change in self.changes.to_dict("records"):
            ways.setdefault(int(change.pop("row")), []).append(change)
        return {
            "target": self.target,
            "columns": list(self.columns),
            "fixed": self.fixed,
            "people": [
                {
                    "row": row,
                    **one,
                    "proof": self.proof(row),
                    "totals": totals,
                    "responsiveness": own,
                    "changes": ways.get(row, []),
                }
                for row, (one, own, totals) in enumerate(
                    zip(people, asked, self.totals, strict=True), start=1
                )
            ],
        }


def find_recourse(
    score: PointScore,
    X: Any,
    actions: Any,
    target_risk: float | None = None,
    wanted: str = "low",
    alternatives: int = 3,
    max_columns: int = 3,
) -> Recourse:
    """Find what people can change to reach a target.

    Everything is exact: a score's total is a sum over columns, each of which adds points in a few
    steps, so that all totals within reach and their least costs follow by adding one column after
    the other.

    Parameters
    ----------
    score : RiskScore or DecisionScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        People, as for `PointScore.total`.
    actions : mapping, path or Actions
        What they can change; see `riskslim.recourse.actions.Actions`.
    target_risk : float, optional
        Of a risk score: the risk that is to be reached.
    wanted : {"low", "high"}
        Whether a risk of at most that is wanted, or of at least that; of a decision score,
        whether no or yes is.
    alternatives : int
        List at most so many ways for each person.
    max_columns : int
        Each of at most so many columns; of more only where the cheapest has more.

    Returns
    -------
    Recourse

    Raises
    ------
    OptionError
        Actions or a number mean nothing.
    ScoreError
        The rows do not fit the score.

    Examples
    --------
    >>> from riskslim import RiskScore
    >>> from riskslim.recourse import find_recourse
    >>> import pandas as pd
    >>> score = RiskScore.from_points({"Smoker": 2, "Obese": 1, "Old": 2}, intercept=-3)
    >>> people = pd.DataFrame({"Smoker": [1, 0], "Obese": [1, 1], "Old": [1, 1]})
    >>> actions = {"columns": {"Smoker": "down", "Obese": "down"}}
    >>> found = find_recourse(score, people, actions, target_risk=0.2)
    >>> found.people["status"].tolist(), found.proof(2)[:5]
    (['fixed', 'fixed'], 'fixed')
    >>> find_recourse(score, people, actions, target_risk=0.3).people["change"].tolist()
    ['Smoker: yes -> no; Obese: yes -> no', 'Obese: yes -> no']
    """
    chosen = Actions.read(actions)
    for name, number in (("alternatives", alternatives), ("max_columns", max_columns)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise OptionError(f"{name}={number!r}: give a whole number, 1 or more")
    target, accepts = target_of(score, target_risk, wanted)
    totals = score.total(X)
    n = len(totals)
    blocks = blocks_of(levers_of(score, X, chosen), chosen)
    columns = {
        place: options
        for block in blocks
        for place, options in zip(block.places, block.columns, strict=True)
    }
    within, cheapest = [], np.empty(n)
    ends = np.empty((2, n))
    for rows, reached, cost in _within_reach(blocks, totals):
        can = np.isfinite(cost)
        cheapest[rows] = np.where(can & accepts(reached), cost, np.inf).min(axis=1)
        ends[0, rows] = np.where(can, reached, np.inf).min(axis=1)
        ends[1, rows] = np.where(can, reached, -np.inf).max(axis=1)
        within += [plain_numbers(values[ok]) for values, ok in zip(reached, can, strict=True)]
    done = accepts(totals)
    cheapest[done] = 0.0
    able = np.flatnonzero(np.isfinite(cheapest) & ~done)

    def is_wanted(at: IntArray, gain: IntArray) -> BoolArray:
        return accepts(totals[at] + gain)

    ways = cheapest_changes(blocks, able, cheapest, is_wanted, alternatives, max_columns)
    return Recourse(
        target,
        tuple(columns[place].lever.names[0] for place in sorted(columns)),
        people_rows(score, totals, ends, done, cheapest, ways, columns),
        _responsiveness(blocks, totals, accepts),
        change_rows(score, totals, ways, columns),
        tuple(within),
        target_risk,
        wanted,
        str(score.labels[wanted == "high"]),
    )


def fixed_predictions(
    score: PointScore,
    X: Any,
    actions: Any,
    target_risk: float | None = None,
    wanted: str = "low",
) -> BoolArray:
    """Say whose prediction is fixed: nobody's who has reached the target; see `find_recourse`.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    chosen = Actions.read(actions)
    _, accepts = target_of(score, target_risk, wanted)
    totals = score.total(X)
    blocks = blocks_of(levers_of(score, X, chosen), chosen)
    fixed = ~accepts(totals)
    for rows, reached, cost in _within_reach(blocks, totals):
        fixed[rows] &= ~(np.isfinite(cost) & accepts(reached)).any(axis=1)
    return fixed


def extreme_totals(score: PointScore, X: Any, actions: Actions, wanted: str) -> FloatArray:
    """Give the least total that each person can reach, or the greatest where high is wanted.

    Returns
    -------
    ndarray of shape (n,)
        Of who stays where they are too.

    Raises
    ------
    ScoreError
        There is nobody, or the rows do not fit the score.
    """
    totals = score.total(X)
    if not len(totals):
        raise ScoreError(_NOBODY)
    sign = 1 if wanted == "high" else -1
    for block in blocks_of(levers_of(score, X, actions), actions):
        gain = np.where(block.reachable, sign * block.gain, 0)
        totals = totals + sign * gain.max(axis=1, initial=0)
    return totals


def _within_reach(
    blocks: Sequence[Block], totals: FloatArray
) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
    """Give people part by part: who they are, their totals after every change, what it costs.

    Raises
    ------
    ScoreError
        There is nobody.
    """
    n = len(totals)
    if n == 0:
        raise ScoreError(_NOBODY)
    for start in range(0, n, _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, n))
        gains, cost = least_costs([_part(block, rows) for block in blocks], len(rows))
        yield rows, totals[rows, None] + gains[None, :], cost


def _in_order(name: str) -> tuple[float, str]:
    """Sort numbers as such, before words."""
    try:
        return float(name), name
    except ValueError:
        return math.inf, name


def target_of(
    score: PointScore, target_risk: float | None, wanted: str
) -> tuple[str, Callable[[FloatArray], BoolArray]]:
    """Say in words what is to be reached, and which totals reach it; see `find_recourse`."""
    if wanted not in ("low", "high"):
        raise OptionError(f"wanted={wanted!r}: give 'low' or 'high'")
    if isinstance(score, DecisionScore):
        if target_risk is not None:
            raise OptionError("target_risk: a decision score has no risks; leave it out")
        label = score.labels[wanted == "high"]

        def decides(total: FloatArray) -> BoolArray:
            return score.decides(total) if wanted == "high" else ~score.decides(total)

        return f"the decision {label}", decides
    if not isinstance(score, RiskScore):
        raise OptionError(f"recourse is for risk and decision scores, not for a {score.kind} score")
    if target_risk is None or not 0 < target_risk < 1:
        raise OptionError(f"target_risk={target_risk!r}: give a risk between 0 and 1")

    def accepts(total: FloatArray) -> BoolArray:
        risks = score.risks(total)
        if wanted == "low":
            return np.asarray(risks <= target_risk + _ROUNDING)
        return np.asarray(risks >= target_risk - _ROUNDING)

    return f"a risk of at {'most' if wanted == 'low' else 'least'} {target_risk:.4g}", accepts


def _part(block: Block, rows: IntArray) -> Block:
    names = ("reachable", "gain", "cost", "changed", "effort", "obeys")
    return replace(block, **{name: getattr(block, name)[rows] for name in names})


def _responsiveness(
    blocks: Sequence[Block], totals: FloatArray, accepts: Callable[[FloatArray], BoolArray]
) -> pd.DataFrame:
    import pandas as pd

    made: dict[int, tuple[str, FloatArray]] = {}
    for block in blocks:
        for at, (place, options) in enumerate(zip(block.places, block.columns, strict=True)):
            reach, gain, weight = block.alone(at)
            own = np.where(reach, weight, 0.0)
            whole = own.sum(axis=1)
            good = np.where(accepts(totals[:, None] + gain), own, 0.0).sum(axis=1)
            with np.errstate(invalid="ignore"):
                made[place] = options.lever.names[0], np.where(whole > 0, good / whole, np.nan)
    return pd.DataFrame({name: share for _, (name, share) in sorted(made.items())})
