"""From a raw clinical table to a validated score, its card and its report, in one step."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.frames import as_frame
from riskslim.data.outcome import positive_rows, row_weights
from riskslim.data.reading import read_table
from riskslim.errors import DataWarning, LimitError
from riskslim.estimators.riskslim import RiskSLIMClassifier
from riskslim.estimators.selection import RiskSLIMClassifierCV
from riskslim.evaluation.cross_validation import cross_validate_score
from riskslim.evaluation.result import CrossValidation
from riskslim.features.binarizer import ScoreBinarizer
from riskslim.features.raw_table import raw_dataset_of, split_outcome
from riskslim.limits.deadline import Deadline, check_seconds
from riskslim.problems.defaults import MAX_COEF
from riskslim.scores.path import Rule
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.result import SearchOptions
from riskslim.workflows.recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd

    from riskslim.data import Dataset

__all__ = ["BuiltScore", "build_score"]

# Limits of each search within the cross-validation, whose scores need no proof. That on nodes
# makes the answer the same everywhere; that on seconds is for tables of which a node takes long.
_FOLD_NODES = 50
_FOLD_SECONDS = 20.0
# Of the search for the final score, where no limit is given.
_FINAL_SECONDS = 20.0
# Share of a limit that is left to the search for the final score, and to the files.
_FINAL_SHARE = 0.25

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class BuiltScore:
    """A score with how it does on people it has not seen.

    Attributes
    ----------
    score : RiskScore
        Fitted to all rows; reads raw tables.
    validation : CrossValidation
        Nested: cuts, size and points were chosen anew for every fold.
    max_size : int
        The largest size that could be chosen.
    rule : {"one-se", "best"}
        How it was chosen.
    data : DataFrame
        The raw table without outcome, weights and groups.
    outcome : Series
        The outcome of its rows.
    weight : ndarray or None
        The weights of its rows.
    source : str
        What the table is called.
    warnings : tuple of str
        What the table gave cause for.
    """

    score: RiskScore
    validation: CrossValidation
    max_size: int
    rule: Rule
    data: pd.DataFrame = field(repr=False)
    outcome: pd.Series[Any] = field(repr=False)
    weight: Any = field(repr=False)
    source: str = "DataFrame"
    warnings: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """Some ten lines that a clinician can read."""
        from riskslim.workflows.built_summary import summary

        return summary(self)

    def save(self, folder: str | os.PathLike[str], force: bool = False) -> list[Path]:
        """Write score, card, calculator, report and validation into a folder, whole or not at all.

        Parameters
        ----------
        folder : path
            Must not exist, or be empty.
        force : bool
            Replace a folder that holds a ``score.json``.

        Returns
        -------
        list of Path
            ``score.json``, ``card.html``, ``pocket.pdf``, ``calculator.html``, ``report.html``,
            ``validation.json`` and ``summary.txt``. Without the pocket card where no installed
            font has some letters of its names, which a warning says.

        Raises
        ------
        OptionError
            The folder holds something else, or cannot be made.
        OutputError
            It cannot be written after all.
        """
        from riskslim.files import write_folder
        from riskslim.workflows.built_summary import contents

        return write_folder(folder, contents(self), MARK if force else None)


MARK = "score.json"
"""The file by which a folder is known to be an earlier one of `BuiltScore.save`."""


def build_score(
    data: str | os.PathLike[str] | pd.DataFrame,
    target: str | None = None,
    positive: Any = None,
    *,
    weights: str | None = None,
    groups: str | None = None,
    binarizer: ScoreBinarizer | None = None,
    max_size: int = 8,
    max_coef: int = MAX_COEF,
    at_most: int | None = None,
    rising: Iterable[str] = (),
    falling: Iterable[str] = (),
    rule: Rule = "one-se",
    folds: int = 5,
    inner_folds: int = 5,
    time_limit: float | None = None,
    random_state: int = 0,
    n_jobs: int | None = -1,
    on_progress: Progress | None = None,
    interrupted: Callable[[], bool] = lambda: False,
) -> BuiltScore:
    """Build a validated score of a raw table.

    The numbers are cut, categories and blanks become features, the size is chosen by
    cross-validation (the smallest size within one standard error of the best), and the score of
    that size is fitted to all rows and proved. All of this is repeated without each fold
    in turn, and judged on the fold.

    Parameters
    ----------
    data : path or DataFrame
        A CSV or Parquet file, or a table: a row for each person or visit, a column for the
        outcome.
    target : str, optional
        Column of the outcome; the first by default.
    positive : object, optional
        The outcome's positive value; needed unless they are 0/1, -1/+1 or booleans.
    weights : str, optional
        Column of sample weights.
    groups : str, optional
        Column that says which rows are of one person: never on both sides of a split.
    binarizer : ScoreBinarizer, optional
        How features are made; ``ScoreBinarizer()`` by default.
    max_size : int
        The largest number of features that is tried.
    max_coef : int
        Points lie between minus and plus this.
    at_most, rising, falling
        As for `RiskSLIMClassifier`.
    rule : {"one-se", "best"}
        How the size is chosen: the smallest within one standard error of the best, or the best.
    folds, inner_folds : int
        Folds that judge, and folds that choose the size.
    time_limit : float, optional
        Seconds for all of it, shared out over folds and sizes: searches end with the best so far,
        and folds that are not finished are left out, which `BuiltScore.summary` says. By default
        none; the search for the final score then ends after 20 s.
    random_state : int
        Seed.
    n_jobs : int, optional
        Folds at a time; all cores by default.
    on_progress : callable, optional
        Called with what is being done, and the number of fits done and of all.
    interrupted : callable
        Asked whether to stop; the search for the final score then ends with the best so far.

    Returns
    -------
    BuiltScore

    Raises
    ------
    DataError, OptionError, ConstraintError, InfeasibleError
        The table or an option cannot be used.
    KeyboardInterrupt
        Interrupted before the search for the final score.
    LimitError
        The time was up before there was a score that was judged on one fold at least.

    Warns
    -----
    DataWarning
        Of what in the table deserves a look.
    """
    tell = on_progress or (lambda *_: None)
    tell("reading", 0, 1)
    with Deadline.after(check_seconds(time_limit)).held() as deadline:
        binarizer = ScoreBinarizer() if binarizer is None else binarizer
        people = _People.read(data, target, positive, weights, groups, binarizer)
        asked: dict[str, Any] = {
            "max_coef": max_coef,
            "at_most": at_most,
            "rising": tuple(rising),
            "falling": tuple(falling),
        }
        classifier = RiskSLIMClassifier(
            max_size=max_size,
            time_limit=_FOLD_SECONDS,
            node_limit=_FOLD_NODES,
            random_state=random_state,
            binarizer=binarizer,
            **asked,
        )
        table, notes = people.table(binarizer, positive)
        for note in notes:
            warnings.warn(note, DataWarning, stacklevel=2)

        def progress(done: int, total: int) -> None:
            if interrupted():
                raise KeyboardInterrupt
            tell("cross-validating", done, total)

        validation = cross_validate_score(
            RiskSLIMClassifierCV(classifier, cv=inner_folds, rule=rule, random_state=random_state),
            people.raw,
            people.is_positive.astype(np.int64),
            groups=people.groups,
            sample_weight=people.weight,
            cv=folds,
            random_state=random_state,
            n_jobs=n_jobs,
            on_progress=progress,
            time_limit=_share_of_folds(deadline),
        )
        tell("proving", 0, 1)
        options = SearchOptions(
            time_limit=_FINAL_SECONDS if time_limit is None else math.inf,
            seed=random_state,
            interrupted=interrupted,
        )
        task = Recipe(max_size=validation.estimator.best_size_, **asked).task(table)
        solution = task.problem.solve(deadline.limits(options))
        if solution.points is None:
            raise LimitError("stopped at the time limit before there was a score; nothing is kept")
        score = task.score(solution)
        assert isinstance(score, RiskScore)
        tell("done", 1, 1)
        return BuiltScore(
            score,
            validation,
            max_size,
            rule,
            people.raw,
            people.outcome,
            people.weight,
            people.source,
            notes,
        )


def _share_of_folds(deadline: Deadline) -> float | None:
    """Give the seconds that cross-validation has, of those that are left; None for no limit."""
    if math.isinf(deadline.left):
        return None
    if deadline.left == 0.0:
        raise LimitError
    return (1 - _FINAL_SHARE) * deadline.left


@dataclass(frozen=True, eq=False)
class _People:
    """The rows of a raw table, part by part."""

    raw: pd.DataFrame
    outcome: pd.Series[Any]
    is_positive: BoolArray
    weight: FloatArray | None
    groups: pd.Series[Any] | None
    source: str

    @classmethod
    def read(
        cls,
        data: Any,
        target: str | None,
        positive: Any,
        weights: str | None,
        groups: str | None,
        binarizer: ScoreBinarizer,
    ) -> _People:
        """Read and check them; parameters as for `build_score`."""
        frame, source = as_frame(data), "DataFrame"
        if hasattr(frame, "iloc"):
            frame = frame.reset_index(drop=True)
        else:
            frame, source = read_table(data, binarizer.text_columns), str(Path(data))
        others = [name for name in (weights, groups) if name is not None]
        raw, outcome, given = split_outcome(frame, target, others, source)
        is_positive, _ = positive_rows(outcome, str(outcome.name), positive, source)
        columns = dict(zip(others, given, strict=True))
        weight = None
        if weights is not None:
            weight = row_weights(columns[weights], len(raw), source, weights)
        people = None if groups is None else columns[groups]
        return cls(raw, outcome, is_positive, weight, people, source)

    def table(self, binarizer: ScoreBinarizer, positive: Any) -> tuple[Dataset, tuple[str, ...]]:
        """Make features of all rows; give them, and what the table gives cause for."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DataWarning)
            table = raw_dataset_of(
                self.raw, self.outcome, self.weight, binarizer, self.source, positive
            )
        notes = (str(one.message) for one in caught if issubclass(one.category, DataWarning))
        return table, tuple(notes)
