"""Whom decision scores that are nearly as good decide otherwise, each person for certain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.constraints import Classed
from riskslim.data.exact_totals import add_up
from riskslim.errors import InfeasibleError, OptionError
from riskslim.scores.decision import DecisionScore
from riskslim.scores.people import checked_weights
from riskslim.scores.pool import NEAR_OPTIMUM, ScorePool
from riskslim.scores.viable import features_of_people
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.result import Progress, SearchOptions

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.problems.slim import SLIMProblem

__all__ = ["ViableDecisions", "find_viable_decisions"]

_ROUNDING = 1e-12  # of objectives that are compared with a sum


@dataclass(frozen=True, eq=False)
class ViableDecisions:
    """How the scores near the optimum decide about people [1]_.

    For each person the best score is searched that decides otherwise: whether there is one within
    the tolerance is proved, without listing all scores.

    Attributes
    ----------
    decisions : DataFrame
        A row for each person: ``yes``, the decision of the best score; ``flips``, whether a score
        within the tolerance decides otherwise; ``exact``, whether that is proved (where it
        is not, no such score was found in time).
    scores : tuple of DecisionScore
        Those that were found, the best one first, no two with the same decisions about the table;
        there may be more.
    tolerance : float
        On the objective, above that of the best score.
    status : str
        How the search for the best score ended.
    lower_bound : float
        No score has an objective below it.
    weight : ndarray of shape (n,)
        Of the people.
    discrepancy : float
        Largest share of the people whom a single one of `scores` decides otherwise: there may be
        a score within the tolerance with a larger one.

    References
    ----------
    .. [1] C. Marx, F. Calmon, B. Ustun, "Predictive multiplicity in classification", ICML 2020.
    """

    decisions: pd.DataFrame = field(repr=False)
    scores: tuple[DecisionScore, ...] = field(repr=False)
    tolerance: float
    status: str
    lower_bound: float
    weight: FloatArray = field(repr=False)
    discrepancy: float

    @property
    def complete(self) -> bool:
        """Whether every person's row is proved; else the ambiguity is at least so large."""
        return bool(self.decisions["exact"].all())

    @property
    def ambiguity(self) -> float:
        """Share of the people, by weight, whom some score decides otherwise."""
        return float(self.weight @ self.decisions["flips"].to_numpy() / self.weight.sum())

    @property
    def pool(self) -> ScorePool[DecisionScore]:
        """The scores, to be saved, shown in a report, and asked about other people.

        It is not complete: about other people its numbers are "at least".
        """
        return ScorePool(self.scores, False, self.status, self.tolerance, None, self.lower_bound)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values for JSON."""
        return {
            "tolerance": self.tolerance,
            "complete": self.complete,
            "ambiguity": self.ambiguity,
            "discrepancy_at_least": self.discrepancy,
            "scores": [
                {
                    "objective": one.certificate and one.certificate.objective,
                    "threshold": one.threshold,
                    "points": one.points,
                }
                for one in self.scores
            ],
            "people": self.decisions.to_dict("records"),
        }


def find_viable_decisions(
    problem: SLIMProblem,
    X: Any = None,
    tolerance: float = 0.01,
    relative: bool = False,
    sample_weight: ArrayLike | None = None,
    options: SearchOptions | None = None,
) -> ViableDecisions:
    """Find whom scores near the optimum decide otherwise; see `SLIMProblem.viable_decisions`."""
    import pandas as pd

    if not tolerance >= 0:
        raise OptionError(f"tolerance={tolerance!r}: give a number, 0 or more")
    begin, options = time.monotonic(), options or SearchOptions()
    if X is None:
        if sample_weight is not None:
            raise OptionError("sample_weight goes with X; the rows of the table have their own")
        rows, weight = problem.data.features, problem.data.positive + problem.data.negative
    else:
        rows = features_of_people(problem.data, X)
        weight = checked_weights(sample_weight, len(rows))
    best = problem.solve(options.since(begin))
    if best.points is None:
        raise OptionError("no score was found in time; give more")
    # Below the bound of a search that was not ended there may be a better one: then it counts.
    limit = best.objective + (tolerance * best.objective if relative else tolerance) + _ROUNDING
    people, place = np.unique(rows, axis=0, return_inverse=True)
    search = _Search(problem, people, limit, best.points.astype(np.int64))
    is_proved = best.status == "optimal"
    for at in search.open_rows():
        if options.interrupted() or time.monotonic() - begin >= options.time_limit:
            break
        search.look(at, options.since(begin))
    place = place.ravel()
    flips = search.flips[place]
    exact = (search.is_exact | search.flips)[place] & is_proved
    yes = search.decided[0][place]
    shares = [float(weight @ (own != search.decided[0])[place]) for own in search.decided]
    return ViableDecisions(
        pd.DataFrame({"yes": yes, "flips": flips, "exact": exact}),
        tuple(search.scores(best)),
        limit - _ROUNDING - best.objective,
        str(best.status),
        float(best.lower_bound),
        weight,
        max(shares) / float(weight.sum()),
    )


class _Search:
    """What is known of each kind of person, and the scores within the limit that were found."""

    def __init__(
        self, problem: SLIMProblem, people: FloatArray, limit: float, points: IntArray
    ) -> None:
        self._problem, self._people, self._limit = problem, people, limit
        self.flips = np.zeros(len(people), dtype=np.bool_)
        self.is_exact = np.zeros(len(people), dtype=np.bool_)
        self.decided: list[BoolArray] = []
        self._found: list[Any] = []
        self._add(points, None)

    def open_rows(self) -> Iterator[int]:
        """Give whom nothing is known of yet, those nearest to the threshold first."""
        margin = np.abs(add_up(self._people, self._points[1:]) + self._points[0])
        for at in np.argsort(margin, kind="stable").tolist():
            if not self.flips[at]:
                yield at

    def look(self, at: int, options: SearchOptions) -> None:
        """Search the best score that decides otherwise about somebody."""
        problem, names = self._problem, self._problem.data.feature_names
        person = {name: float(x) for name, x in zip(names, self._people[at], strict=True) if x}
        rule = Classed(person, not bool(self.decided[0][at]), name="decided otherwise")
        is_settled = False

        def look(progress: Progress) -> None:
            nonlocal is_settled
            limit = self._limit
            is_settled |= progress.objective <= limit or progress.lower_bound > limit

        def tell(progress: Progress) -> None:
            look(progress)
            if options.on_progress is not None:
                options.on_progress(progress)

        def stops() -> bool:
            return is_settled or options.interrupted()

        own = replace(options, on_incumbent=look, on_progress=tell, interrupted=stops)
        try:
            solution = problem.with_rules(rule).solve(own)
        except InfeasibleError:
            self.is_exact[at] = True
            return
        self.is_exact[at] = solution.lower_bound > self._limit
        if solution.points is not None and problem.objective(solution.points) <= self._limit:
            self._add(solution.points.astype(np.int64), solution)

    def _add(self, points: IntArray, solution: Any) -> None:
        decided = add_up(self._people, points[1:]) > -points[0]
        if solution is None:
            self._points = points
        else:
            self.flips |= decided != self.decided[0]
            if any(np.array_equal(decided, other) for other in self.decided):
                return
        self.decided.append(decided)
        self._found.append(solution)

    def scores(self, best: Any) -> Iterator[DecisionScore]:
        """Make the scores, the best one first, the others by their objectives."""
        yield best.score()
        for one in sorted(self._found[1:], key=lambda found: float(found.objective)):
            # The rule that found it, and what was proved under it, are none of the score's.
            own = replace(one, problem=self._problem, lower_bound=best.lower_bound)
            score = self._problem.score_of(own)
            assert score.certificate is not None
            yield replace(score, certificate=replace(score.certificate, status=NEAR_OPTIMUM))
