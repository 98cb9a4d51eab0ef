"""The best score of every size, side by side."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from riskslim.constraints.rules import rules_in_words
from riskslim.errors import OptionError
from riskslim.limits.deadline import Deadline
from riskslim.limits.reserve import after_search
from riskslim.scores.people import area_under_curve
from riskslim.scores.risk import RiskScore
from riskslim.search.solution import Solution
from riskslim.solvers.result import SearchOptions, Status

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from riskslim.data import Dataset
    from riskslim.problems.problem import RiskSLIMProblem

__all__ = ["Rule", "ScorePath", "choose_by_losses", "find_path", "points_in_words"]

Rule = Literal["one-se", "best"]

_TABLE_SECONDS = 0.25  # to write it


@dataclass(frozen=True, eq=False)
class ScorePath:
    """The best score of every size, each with its certificate.

    Attributes
    ----------
    solutions : dict of int to Solution
        By ascending size: exactly so many features have points. A size that the rules leave no
        score has the status infeasible.
    scores : dict of int to RiskScore
        Of the sizes that have one.
    auc : dict of int to float
        Area under the ROC curve on the training data.
    fold_losses : dict of int to tuple of float
        Logistic loss on each fold that was held out, of the best score of this size on the
        other folds. Empty without cross-validation; a size without a score on some
        fold is left out, and so is a fold that a limit of time left no time.
    """

    solutions: Mapping[int, Solution]
    scores: Mapping[int, RiskScore]
    auc: Mapping[int, float] = field(repr=False)
    fold_losses: Mapping[int, tuple[float, ...]] = field(default_factory=dict, repr=False)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The sizes that have a score."""
        return tuple(self.scores)

    @property
    def folds(self) -> int:
        """How many folds the sizes were judged on; 0 without cross-validation."""
        return max(map(len, self.fold_losses.values()), default=0)

    @property
    def is_proved(self) -> bool:
        """Whether every size is proved: its score optimal, or infeasible."""
        return all(
            solution.status in (Status.OPTIMAL, Status.INFEASIBLE)
            for solution in self.solutions.values()
        )

    def cv_loss(self, size: int) -> tuple[float, float]:
        """Mean of the held-out losses of a size and its standard error; NaN where unknown."""
        return _mean_and_error(self.fold_losses.get(size, ()))

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each size.

        Columns: ``status``, ``objective``, ``loss``, ``lower_bound``, ``gap`` (absolute),
        ``multiplier``, ``auc`` (on the training data), ``cv_loss`` and ``cv_se`` (mean of the
        held-out losses and its standard error), ``best_up_to`` and ``best_size`` (the least
        objective of all sizes up to this one, and the size that has it), ``points`` (in words).
        """
        import pandas as pd

        rows, least, least_size = [], math.inf, 0
        for size, solution in self.solutions.items():
            if solution.objective < least:
                least, least_size = solution.objective, size
            known = solution.points is not None
            cv_loss, cv_se = self.cv_loss(size)
            rows.append(
                {
                    "size": size,
                    "status": str(solution.status),
                    "objective": solution.objective if known else math.nan,
                    "loss": solution.loss if known else math.nan,
                    "lower_bound": solution.lower_bound,
                    "gap": solution.absolute_gap if known else math.nan,
                    "multiplier": solution.multiplier if known else math.nan,
                    "auc": self.auc.get(size, math.nan),
                    "cv_loss": cv_loss,
                    "cv_se": cv_se,
                    "best_up_to": least if least_size else math.nan,
                    "best_size": least_size,
                    "points": points_in_words(solution),
                }
            )
        return pd.DataFrame(rows).set_index("size")

    def choose(self, rule: Rule = "one-se") -> int:
        """Choose a size by cross-validation.

        Parameters
        ----------
        rule : {"one-se", "best"}
            The smallest size whose held-out loss is at most one standard error above the least,
            or the size with the least held-out loss itself (the smaller one of equals) [1]_.

        Raises
        ------
        OptionError
            Another word, or there was no cross-validation.

        References
        ----------
        .. [1] L. Breiman, J. Friedman, R. Olshen, C. Stone, "Classification and regression
           trees", 1984, section 3.4.3.
        """
        losses = {
            size: self.fold_losses[size] for size in sorted(self.sizes) if size in self.fold_losses
        }
        return choose_by_losses(losses, rule)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the loss on the training data, and held out, against the size.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Where to; new ones by default.

        Returns
        -------
        matplotlib axes
        """
        from riskslim.scores.path_plot import draw_path

        return draw_path(self, ax)

    def to_dict(self) -> dict[str, Any]:
        """Give every size as an object for JSON, and the sizes that the rules choose."""
        sizes = []
        for size, solution in self.solutions.items():
            cv_loss, cv_se = self.cv_loss(size)
            sizes.append(
                {
                    **solution.to_dict(),
                    "size": size,
                    "auc": self.auc.get(size),
                    "cv_loss": cv_loss,
                    "cv_standard_error": cv_se,
                    "fold_losses": list(self.fold_losses.get(size, ())),
                }
            )
        chosen = None
        if self.fold_losses:
            chosen = {rule: self.choose(rule) for rule in ("one-se", "best")}
        return {"proved": self.is_proved, "chosen": chosen, "sizes": sizes}

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write ``score-SIZE.json`` of every size and ``path.csv`` into a new folder.

        The folder appears with all its files or not at all.

        Parameters
        ----------
        folder : path
            Must not exist, or be empty.

        Returns
        -------
        list of Path
            The files.

        Raises
        ------
        OptionError
            The folder holds something already, or cannot be made.
        OutputError
            It cannot be written after all.
        """
        from riskslim.files import write_folder

        texts = {f"score-{size}.json": score.to_json() for size, score in self.scores.items()}
        texts["path.csv"] = self.table.to_csv()
        return write_folder(folder, texts)

    def __len__(self) -> int:
        return len(self.solutions)

    def __repr__(self) -> str:
        shown = self.table.drop(columns=["best_up_to", "best_size"]).dropna(axis=1, how="all")
        return f"{shown.to_string(float_format='{:.6g}'.format, justify='left')}"

    def _repr_html_(self) -> str:
        shown = self.table.dropna(axis=1, how="all")
        return str(shown.to_html(float_format="{:.6g}".format, escape=True))


_Candidate = TypeVar("_Candidate")


def choose_by_losses(losses: Mapping[_Candidate, tuple[float, ...]], rule: Rule) -> _Candidate:
    """Choose among candidates by their held-out losses; see `ScorePath.choose`.

    Parameters
    ----------
    losses : mapping
        Held-out loss on each fold by candidate, the simplest candidate first.
    rule : {"one-se", "best"}
        The simplest one whose mean is at most one standard error above the least, or the one
        with the least mean (the simpler of equals).

    Raises
    ------
    OptionError
        Another word, or there is no candidate.
    """
    if rule not in ("one-se", "best"):
        raise OptionError(f"rule={rule!r}: give 'one-se' or 'best'")
    if not losses:
        raise OptionError(
            "a size is chosen by cross-validation, and there was none; give cv, such as cv=5"
        )
    means = {candidate: _mean_and_error(found) for candidate, found in losses.items()}
    # The first of equals, which is the simplest.
    best = min(means, key=lambda candidate: means[candidate][0])
    if rule == "best":
        return best
    limit = math.fsum(means[best])
    # A single fold has no error, its limit is no number.
    return next(name for name, (mean, _) in means.items() if name == best or mean <= limit)


def _mean_and_error(losses: tuple[float, ...]) -> tuple[float, float]:
    if not losses:
        return math.nan, math.nan
    spread = float(np.std(losses, ddof=1)) if len(losses) > 1 else math.nan
    return math.fsum(losses) / len(losses), spread / math.sqrt(len(losses))


def points_in_words(solution: Solution) -> str:
    """Points by feature, and the intercept, on one line."""
    if solution.points is None:
        return ""
    terms = [f"{value:+d} {name}" for name, value in solution.points_by_name.items()]
    intercept = solution.intercept
    shown = f"{intercept:d}" if isinstance(intercept, int) else f"{intercept:.6g}"
    return "; ".join([*terms, f"intercept {shown}"])


def find_path(
    problem: RiskSLIMProblem,
    options: SearchOptions | None = None,
    engine: str = "auto",
    cv: int | None = None,
    n_jobs: int | None = None,
    start: Any = None,
) -> ScorePath:
    """Prove the best score of every size; see `RiskSLIMProblem.path`."""
    from riskslim.search.sizes import solve_sizes

    options = SearchOptions() if options is None else options
    folds = _folds(problem, cv, options.seed)
    deadline = Deadline.after(options.time_limit)
    own = deadline.share(2) if folds else deadline
    own = own.earlier(_ending_seconds(problem))
    solutions = solve_sizes(problem, own.limits(options), engine, start)
    scores = {
        size: RiskScore.from_solution(
            solution, problem.data, rules_in_words(problem.changed(min_size=size, max_size=size))
        ).turned()
        for size, solution in solutions.items()
        if solution.points is not None
    }
    auc = {size: training_auc(score, problem.data) for size, score in scores.items()}
    losses = {}
    if folds and not options.interrupted():
        from riskslim.estimators.path_folds import held_out_losses

        found = held_out_losses(problem, deadline.limits(options), engine, folds, n_jobs)
        losses = {size: found[size] for size in scores if size in found}
    return ScorePath(solutions, scores, auc, losses)


def _folds(problem: RiskSLIMProblem, cv: int | None, seed: int) -> list[tuple[Dataset, Dataset]]:
    if cv is None:
        return []
    # Only then what judges folds is loaded.
    from riskslim.estimators.path_folds import split

    return split(problem.data, cv, seed)


def _ending_seconds(problem: RiskSLIMProblem) -> float:
    """Give what the scores take that sizes become after a search, and their table."""
    data = problem.data
    most = data.n_features if problem.max_size is None else min(problem.max_size, data.n_features)
    return after_search(data.n_distinct, most, _TABLE_SECONDS)


def training_auc(score: RiskScore, data: Dataset) -> float:
    """Weighted area under the ROC curve of a score on the data it was fitted to."""
    known = score.points
    points = np.array([known.get(name, 0) for name in data.feature_names])
    return area_under_curve(data.decimals.totals(points), data.positive, data.negative)
