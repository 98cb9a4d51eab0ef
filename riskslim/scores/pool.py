"""All scores that are nearly as good as the best one, to choose among."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from riskslim.constraints.rules import rules_in_words
from riskslim.errors import OptionError, ScoreError
from riskslim.files import write_atomically
from riskslim.names import select
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore
from riskslim.solvers.result import SearchOptions, Status

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.scores.multiplicity import Multiplicity

__all__ = ["NEAR_OPTIMUM", "ScorePool", "find_pool"]

NEAR_OPTIMUM = "near the optimum"
"""Status in the certificate of a score that is not shown to be the best."""

_Score = TypeVar("_Score", bound=PointScore)


@dataclass(frozen=True, eq=False)
class ScorePool(Generic[_Score]):
    """The scores within a tolerance of the optimum, best first.

    Attributes
    ----------
    scores : tuple of RiskScore, or of DecisionScore
        By objective, then size, then points; by cost first after `prefer`.
    complete : bool
        Whether every score within the tolerance is here.
    status : str
        How the search ended; ``"optimal"`` where it ran to its end.
    tolerance : float
        On the objective, above that of the best score.
    limit : int or None
        At most so many scores were asked for; None where the search listed none, but looked for
        scores that judge some person otherwise (`ViableDecisions`).
    lower_bound : float
        No score has an objective below it.
    costs : dict of str to float
        Cost of using each feature, as given to `prefer`; empty before.
    multipliers : tuple of (float, float)
        Least and greatest multiplier at which each score's points, or a multiple of them that the
        rules allow, are within the tolerance; empty where they are not known.
    intercepts : tuple of (float, float)
        The best intercepts at these, in points, where the intercept is real; else empty.
    """

    scores: tuple[_Score, ...] = field(repr=False)
    complete: bool
    status: str
    tolerance: float
    limit: int | None
    lower_bound: float
    costs: Mapping[str, float] = field(default_factory=dict)
    multipliers: tuple[tuple[float, float], ...] = ()
    intercepts: tuple[tuple[float, float], ...] = ()

    def together(self) -> _Score:
        """Give a score that has points for every feature that some score of the pool uses."""
        used = {name for score in self.scores for name in score.points}
        first = self.scores[0]
        features = (
            replace(one, points=one.points or int(one.name in used)) for one in first.features
        )
        return replace(first, features=tuple(features), shifts=())

    def __post_init__(self) -> None:
        if len(self.multipliers) not in (0, len(self.scores)):
            raise ScoreError("multipliers must be those of each score, or none at all")
        if len(self.intercepts) not in (0, len(self.multipliers)):
            raise ScoreError("intercepts must be those of each range of multipliers, or none")
        if any(score.certificate is None for score in self.scores):
            raise ScoreError("every score of a pool needs a certificate, which holds its objective")

    @property
    def best(self) -> _Score:
        """The score with the least objective; the first of equals.

        Raises
        ------
        ScoreError
            The pool is empty.
        """
        if not self.scores:
            raise ScoreError("the pool is empty: the search ended before it found a score")
        return min(self.scores, key=objective_of)

    @property
    def has_all_risks(self) -> bool:
        """Whether no score within the tolerance judges anybody otherwise than those here do.

        Not where the pool is not complete, its ranges of multipliers are not known, or intercepts
        are real: those within the tolerance are more than the best one of each multiplier.
        """
        return self.complete and bool(self.multipliers) and not self.intercepts

    @property
    def certificate(self) -> str:
        """What is proved, in a sentence."""
        count = len(self.scores)
        if not count:
            return f"not complete: the search ended ({self.status}) without a score"
        within = f"within {self.tolerance:.6g} of the optimum {objective_of(self.best):.6f}"
        if self.complete:
            return f"complete: every score {within}, {count:,} in all"
        if self.limit is None and self.status == Status.OPTIMAL:
            return f"not a list of all: {count:,} scores {within}, no two with the same decisions"
        if self.status == Status.OPTIMAL:
            return f"cut: the best {count:,} of the scores {within}; there are more"
        return (
            f"not complete: the search ended ({self.status}) with {count:,} scores within "
            f"{self.tolerance:.6g} of the best one so far; others may be as good or better"
        )

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[_Score]:
        return iter(self.scores)

    @overload
    def __getitem__(self, index: int) -> _Score: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[_Score, ...]: ...
    def __getitem__(self, index: int | slice) -> _Score | tuple[_Score, ...]:
        return self.scores[index]

    def to_frame(self) -> pd.DataFrame:
        """Give a row for each score, in the pool's order.

        Columns: ``objective``, ``loss``, ``size``, ``multiplier`` and ``intercept`` (of decision
        scores ``threshold``), ``cost`` (after `prefer`), and ``points[NAME]`` for every feature
        that has points in some score.
        """
        import pandas as pd

        used = {name for score in self.scores for name in score.points}
        names = [name for name in self._feature_names if name in used]
        columns: dict[str, list[Any]] = {
            "objective": [objective_of(score) for score in self.scores],
            "loss": [_loss_of(score) for score in self.scores],
            "size": [score.size for score in self.scores],
        }
        for name in self.best.parameters if self.scores else ():
            columns[name] = [score.parameters[name] for score in self.scores]
        if self.costs:
            columns["cost"] = [self.cost(score) for score in self.scores]
        points = [score.points for score in self.scores]
        for name in names:
            columns[f"points[{name}]"] = [own.get(name, 0) for own in points]
        return pd.DataFrame(columns)

    def supports(self) -> pd.DataFrame:
        """Give a row for each set of features that some score uses, in the pool's order.

        Columns: ``features`` (a tuple of names), ``size``, ``scores`` (how many use exactly
        these), ``best`` (position in the pool of the one with the least objective) and its
        ``objective``.
        """
        import pandas as pd

        positions: dict[tuple[str, ...], list[int]] = {}
        for index, score in enumerate(self.scores):
            positions.setdefault(tuple(score.points), []).append(index)
        rows = []
        for names, indices in positions.items():
            best = min(indices, key=lambda index: objective_of(self.scores[index]))
            rows.append((names, len(names), len(indices), best, objective_of(self.scores[best])))
        return pd.DataFrame(rows, columns=["features", "size", "scores", "best", "objective"])

    def cost(self, score: _Score) -> float:
        """Total cost of the features that a score uses; 0 before `prefer`."""
        return math.fsum(self.costs.get(name, 0.0) for name in score.points)

    def prefer(self, costs: Mapping[str, float]) -> ScorePool[_Score]:
        """Order the pool by what its features cost to obtain.

        Parameters
        ----------
        costs : mapping of str to float
            Cost of using each feature, by name or shell-style pattern; a name counts before a
            pattern. Others cost nothing.

        Returns
        -------
        ScorePool
            The same scores by total cost, then as before.

        Raises
        ------
        OptionError
            A name is unknown, or a cost no finite number.
        """
        named: dict[str, float] = {}
        exact = set(self._feature_names)
        for name, cost in sorted(costs.items(), key=lambda item: item[0] in exact):
            number = isinstance(cost, int | float) and not isinstance(cost, bool)
            if not (number and math.isfinite(cost)):
                raise OptionError(f"cost of {name!r}: {cost!r} is no finite number")
            for index in select(name, self._feature_names, OptionError):
                named[self._feature_names[index]] = float(cost)
        priced = replace(self, costs=named)
        order = sorted(range(len(self)), key=lambda index: priced.cost(self.scores[index]))
        return replace(
            priced,
            scores=tuple(self.scores[index] for index in order),
            multipliers=tuple(self.multipliers[index] for index in order if self.multipliers),
            intercepts=tuple(self.intercepts[index] for index in order if self.intercepts),
        )

    def multiplicity(
        self,
        X: Any,
        threshold: float = 0.5,
        deviation: float | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Multiplicity:
        """Say how much the scores disagree about people; see `riskslim.scores.multiplicity`.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d)
            People, as for `RiskScore.total`.
        threshold : float
            A risk above it predicts the positive class. Decision scores have their own.
        deviation : float, optional
            Difference in risk that matters, between 0 and 1; not of decision scores.
        sample_weight : array-like of shape (n,), optional
            Finite, none negative.

        Raises
        ------
        OptionError, ScoreError
            A number is out of its range, or the rows do not fit the scores.
        """
        from riskslim.scores.multiplicity import measure

        return measure(self, X, threshold, deviation, sample_weight)

    def to_json(self) -> str:
        """Return the pool as JSON text; see `riskslim.exporters.pool_format`."""
        from riskslim.exporters.pool_format import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> ScorePool[Any]:
        """Read a pool from JSON text, exactly as it was written.

        Raises
        ------
        ScoreError
            The text is not a pool of a schema version that is known here.
        """
        from riskslim.exporters.pool_format import from_json

        return from_json(text)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the pool to a file, whole or not at all.

        A name in ``.csv`` gives the table of `to_frame`; any other JSON, which `load` reads.
        """
        is_table = os.fspath(path).lower().endswith(".csv")
        write_atomically(path, self.to_frame().to_csv(index=False) if is_table else self.to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ScorePool[Any]:
        """Read a pool from a JSON file.

        Raises
        ------
        ScoreError
            The file cannot be read or holds no pool; names the file.
        """
        from riskslim.exporters.pool_format import load

        return load(path)

    def __repr__(self) -> str:
        shown = self.to_frame().head(10).to_string(float_format="{:.6g}".format)
        more = f"\n... {len(self) - 10:,} more" if len(self) > 10 else ""
        return f"ScorePool, {self.certificate}\n{shown}{more}" if self.scores else self.certificate

    def _repr_html_(self) -> str:
        from html import escape

        table = self.to_frame().head(50).to_html(float_format="{:.6g}".format, escape=True)
        more = f"<p>and {len(self) - 50:,} more</p>" if len(self) > 50 else ""
        return f"<p>Pool of scores, {escape(self.certificate)}</p>{table}{more}"

    @property
    def _feature_names(self) -> tuple[str, ...]:
        return self.scores[0].feature_names if self.scores else ()


def objective_of(score: PointScore) -> float:
    """Objective of a score of a pool."""
    assert score.certificate is not None
    return score.certificate.objective


def _loss_of(score: PointScore) -> float:
    assert score.certificate is not None
    return score.certificate.loss


def find_pool(
    problem: RiskSLIMProblem,
    tolerance: float,
    relative: bool = False,
    limit: int = 1000,
    options: SearchOptions | None = None,
    start: Any = None,
) -> ScorePool[RiskScore]:
    """Find every score near the optimum; see `RiskSLIMProblem.pool`."""
    from riskslim.search.near_optimal import solve_pool

    options = SearchOptions() if options is None else options
    found = solve_pool(problem, tolerance, relative, limit, options, start)
    rules = rules_in_words(problem)
    scores = []
    for solution in found.solutions:
        score = RiskScore.from_solution(solution, problem.data, rules)
        assert score.certificate is not None
        if solution.status is Status.GAP_LIMIT:
            score = replace(score, certificate=replace(score.certificate, status=NEAR_OPTIMUM))
        scores.append(score)
    return ScorePool(
        scores=tuple(scores),
        complete=found.complete,
        status=str(found.status),
        tolerance=found.tolerance,
        limit=limit,
        lower_bound=found.lower_bound,
        multipliers=found.multipliers,
        intercepts=found.intercepts,
    )
