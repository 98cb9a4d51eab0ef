"""The data reduction of SLIM: rows that every good decision score has on the same side."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.errors import OptionError
from riskslim.search.solving import checked_start
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.slim.reduction import decided_rows
from riskslim.solvers.threshold import ThresholdProblem

if TYPE_CHECKING:
    from riskslim.problems.slim import SLIMProblem

__all__ = ["Reduction", "reduce_data"]

_ROUNDING = 1e-12  # of objectives


@dataclass(frozen=True, eq=False)
class Reduction:
    """Rows that every decision score at least as good as a known one puts on the same side [1]_.

    Such a row is settled whatever else is chosen: the best scores are those of the other rows,
    among the scores that have the settled ones where they belong.

    Attributes
    ----------
    problem : SLIMProblem
        Whose rows they are.
    points : ndarray of shape (d + 1,)
        The known score, the intercept first.
    objective : float
        Its objective.
    optimal : bool
        Whether no score has a lower one.
    side : ndarray of int, shape (n_distinct,)
        1 for a distinct row that every score as good has above 0 (yes), -1 for one below 0 (no),
        0 for one that is not settled.
    complete : bool
        Whether every row was looked at: a limit may have left some out.

    References
    ----------
    .. [1] B. Ustun, C. Rudin, "Supersparse linear integer models for optimized medical scoring
       systems", Machine Learning 102, 2016, on data reduction.
    """

    problem: SLIMProblem = field(repr=False)
    points: FloatArray
    objective: float
    optimal: bool
    side: IntArray = field(repr=False)
    complete: bool

    @property
    def kept(self) -> BoolArray:
        """Distinct rows that are not settled, of shape (n_distinct,)."""
        return np.asarray(self.side == 0)

    @property
    def share(self) -> float:
        """Share of the weight of all rows that is settled."""
        data = self.problem.data
        weight = data.positive + data.negative
        return math.fsum(weight[self.side != 0].tolist()) / data.total_weight

    def rows(self, side: int) -> int:
        """How many rows of the table are settled on a side, 1 or -1; or not, 0."""
        data, here = self.problem.data, self.side == side
        return int(data.positive_counts[here].sum() + data.negative_counts[here].sum())

    def fix(self, model: Any) -> None:
        """Fix the errors of the settled rows in a Pyomo model: these need no 0-1 variable then.

        Parameters
        ----------
        model : pyomo.environ.ConcreteModel
            By `SLIMProblem.to_pyomo` of the same problem. Its optimum stays what it is.
        """
        data = self.problem
        heavier = np.where(data.positive >= data.negative, 1, -1)
        for i in np.flatnonzero(self.side).tolist():
            model.error[i + 1].fix(int(self.side[i] != heavier[i]))

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the rows as plain numbers."""
        return {
            "objective": self.objective,
            "optimal": self.optimal,
            "rows_yes": self.rows(1),
            "rows_no": self.rows(-1),
            "rows_open": self.rows(0),
            "share": self.share,
            "complete": self.complete,
        }

    def __str__(self) -> str:
        known = "the optimum" if self.optimal else "the best known"
        text = (
            f"{self.rows(1) + self.rows(-1):,} of {self.problem.data.n_rows:,} rows "
            f"({100 * self.share:.1f} % of the weight) are settled: every score with an objective "
            f"of at most {self.objective:.6g} ({known}) says yes to {self.rows(1):,} of them and "
            f"no to {self.rows(-1):,}"
        )
        return text if self.complete else f"{text}; the time ended before all were looked at"


def reduce_data(
    problem: SLIMProblem, start: Any = None, options: SearchOptions | None = None, **limits: Any
) -> Reduction:
    """Find the rows that every good score has on the same side: the data reduction of SLIM [1]_.

    Each distinct row is held at 0 or on the other side than a known score has it. Where the
    relaxation over conflicts between rows then exceeds the objective of the known score, no score
    that is as good has the row there. The bound is computed in exact multiples of a power of two,
    and must exceed the objective by more than any rounding. Rules and limits on rates are left out
    of it, which only settles fewer rows. The better the known score, the more rows are settled.

    Parameters
    ----------
    problem : SLIMProblem
        The problem.
    start : DecisionScore, SLIMSolution, mapping or array-like of shape (d + 1,), optional
        A score that obeys all rules; searched in half of the time by default.
    options, **limits
        As for `SLIMProblem.solve`, for everything together.

    Returns
    -------
    Reduction

    Raises
    ------
    OptionError
        The start breaks a rule, or no score was found in time.
    InfeasibleError
        No score obeys the rules.

    References
    ----------
    .. [1] B. Ustun, C. Rudin, "Supersparse linear integer models for optimized medical scoring
       systems", Machine Learning 102, 2016, on data reduction.
    """
    begin, options = time.monotonic(), SearchOptions.given(options, limits)
    points, is_optimal = checked_start(problem, start, problem.violations), False
    if points is None:
        half = SearchOptions.given(options, {"time_limit": options.time_limit / 2})
        best = problem.solve(half)
        if best.points is None:
            raise OptionError("no score was found in time; give more, or a start")
        points, is_optimal = best.points.astype(np.float64), best.status == Status.OPTIMAL
    objective = problem.objective(points)
    totals = problem.data.decimals.totals(points[1:])
    side = (totals > -points[0]).astype(np.int64) - (totals < -points[0])
    found = decided_rows(_bare(problem), side, objective * (1.0 + _ROUNDING), options.since(begin))
    return Reduction(
        problem, points, objective, is_optimal, np.where(found.decided, side, 0), found.complete
    )


def _bare(problem: SLIMProblem) -> ThresholdProblem:
    """State rows, costs, box and size alone."""
    d, statement = problem.data.n_features, problem.statement.tightened()
    return ThresholdProblem(
        problem.data.features,
        problem.positive,
        problem.negative,
        np.ceil(statement.lower[: d + 1]),
        np.floor(statement.upper[: d + 1]),
        np.append(0.0, problem.switch_cost),
        max_size=statement.size[1],
        epsilon=problem.epsilon,
    )
