"""From a raw clinical table to a validated score, its card and its report, in one step."""

from __future__ import annotations

import functools
import math
import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from riskslim.errors import DataWarning, LimitError, OptionError
from riskslim.estimators.riskslim import RiskSLIMClassifier
from riskslim.estimators.taught_selection import SHARES, TaughtScoreCV, sizes_up_to
from riskslim.evaluation.cross_validation import cross_validate_score
from riskslim.evaluation.folds import check_count
from riskslim.evaluation.performance import Performance
from riskslim.evaluation.result import CrossValidation
from riskslim.features.binarizer import ScoreBinarizer
from riskslim.features.teaching import STEPS, Teaching
from riskslim.limits.deadline import Deadline, check_seconds
from riskslim.logs import logger_of
from riskslim.problems.defaults import MANY_CUTS, MAX_COEF, MAX_VARIABLES, TIME_LIMIT
from riskslim.problems.problem import RiskSLIMProblem
from riskslim.scores.about import About
from riskslim.scores.path import Rule
from riskslim.scores.recalibration import stretched
from riskslim.scores.risk import RiskScore
from riskslim.scores.tiers import check_tiers, held_out_tiers
from riskslim.solvers.result import SearchOptions
from riskslim.workflows.beside import Boosted, RawRegression
from riskslim.workflows.people import People
from riskslim.workflows.proving import best_proved, is_proved_among_kept, proved_among_more
from riskslim.workflows.recipe import MaxSize, Recipe, Task

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BuiltScore", "build_score", "candidates"]

_log = logger_of(__name__)

# Scores of folds need no proof: the heuristics of the search, and its first node.
_FOLD_NODES = 1
# Of the searches for the final score: nodes end them at the same place everywhere, seconds are for
# tables of which a node takes long.
_FINAL_NODES = 1500
_FINAL_SECONDS = 20.0
# Shares of a limit that are left to the search for the final score and the files, and to the models
# beside it.
_FINAL_SHARE, _BESIDE_SHARE = 0.2, 0.1
# What a score that is at hand is left, to be given.
_MOMENT = 1.0
# With less time than that a first score comes before everything else.
_LITTLE_SECONDS = 30.0


def candidates() -> ScoreBinarizer:
    """Give the features of a table as it is: many cuts, of which a teacher's labels keep some."""
    return ScoreBinarizer(**MANY_CUTS)


Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class BuiltScore:
    """A score with how it does on people it has not seen.

    Attributes
    ----------
    score : RiskScore
        Fitted to all rows; reads raw tables.
    chosen : TaughtScoreCV
        Fitted to all rows: what was chosen, and how.
    validation : CrossValidation or None
        Nested: cuts, size and points were chosen anew for every fold. None where the time did not
        suffice to judge the score on one of them.
    sizes : tuple of int
        Numbers of variables that could be chosen.
    rule : {"one-se", "best"}
        How it was chosen.
    beside : dict of str to Performance
        Held-out measures of other models on the same folds: ``"regression"``, a ridge logistic
        regression on the raw columns, and ``"boosted"`` trees, about as well as the table can be
        predicted. Without one that the time did not suffice for.
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
    chosen: TaughtScoreCV
    validation: CrossValidation | None
    sizes: tuple[int, ...]
    rule: Rule
    beside: dict[str, Performance]
    data: pd.DataFrame = field(repr=False)
    outcome: pd.Series[Any] = field(repr=False)
    weight: Any = field(repr=False)
    source: str = "DataFrame"
    warnings: tuple[str, ...] = ()

    @property
    def curve(self) -> dict[tuple[int, float], tuple[float, ...]]:
        """Held-out loss on each inner fold, by number of variables and the teacher's share."""
        return self.chosen.fold_losses_

    @property
    def variables(self) -> int:
        """At most so many variables were chosen."""
        return int(self.chosen.best_variables_)

    @property
    def share(self) -> float:
        """Share of the teacher in the labels that was chosen."""
        return float(self.chosen.best_share_)

    @functools.cached_property
    def summary(self) -> str:
        """Some ten lines that a clinician can read."""
        from riskslim.workflows.built_summary import summary

        return summary(self)

    def save(
        self, folder: str | os.PathLike[str], force: bool = False, language: str = "en"
    ) -> list[Path]:
        """Write score, card, calculator, report and validation into a folder, whole or not at all.

        Parameters
        ----------
        folder : path
            Must not exist, or be empty.
        force : bool
            Replace a folder that holds a ``score.json``.
        language : str
            Of card, pocket card, calculator and report: ``"en"`` or ``"de"``.

        Returns
        -------
        list of Path
            ``score.json``, ``card.html``, ``pocket.pdf``, ``calculator.html``, ``report.html``,
            ``figures/`` (each as SVG and PDF), ``validation.json`` and ``summary.txt``. Without
            the pocket card where no installed font has some letters of its names, which a warning
            says. Of a score that nobody could be held out for, in the time, without what is drawn
            and without what judges it: ``score.json``, ``card.html``, ``calculator.html`` and
            ``summary.txt``.

        Raises
        ------
        OptionError
            The folder holds something else, or cannot be made.
        OutputError
            It cannot be written after all.
        """
        from riskslim.files import write_folder
        from riskslim.workflows.built_summary import contents

        return write_folder(folder, contents(self, language), MARK if force else None)


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
    variables: int | None = None,
    max_variables: int = MAX_VARIABLES,
    min_variables: int | None = None,
    max_size: MaxSize = "auto",
    max_coef: int = MAX_COEF,
    at_most: int | None = None,
    rising: Iterable[str] = (),
    falling: Iterable[str] = (),
    teacher: Any = STEPS,
    shares: Sequence[float] = SHARES,
    rule: Rule = "best",
    folds: int = 5,
    inner_folds: int = 5,
    repeats: int | None = None,
    time_limit: float | None = TIME_LIMIT,
    reserve: float = 0.0,
    random_state: int = 0,
    n_jobs: int | None = -1,
    about: Mapping[str, Any] | str | os.PathLike[str] | About | None = None,
    keep_signs: bool = False,
    tiers: Sequence[Mapping[str, Any]] | None = None,
    on_progress: Progress | None = None,
    interrupted: Callable[[], bool] = lambda: False,
) -> BuiltScore:
    """Build a validated score of a raw table.

    Numbers are cut at many points, categories and blanks become features; a teacher, a smooth
    model of the same rows, has a share in the labels, by which some of the features are kept, and
    points rise or fall with a measurement where its risks do. That
    share and the number of variables are chosen on one averaged curve of cross-validation, by the
    loss against the outcomes. The score is then fitted to all rows, and proved: among all candidate
    features where that is in reach, or among as many as it is; which they are is one of its rules.
    Where the people who were held out for the choice have a calibration slope that is not 1
    (likelihood ratio, 5 %), the logarithms of its odds are multiplied by it. All of this is
    repeated without each fold in turn, and judged on the fold.

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
        How features are made; `candidates` by default.
    variables : int, optional
        Fixes the number of variables.
    max_variables, min_variables : int
        The largest and the smallest number of variables that are tried; the smallest is 3 by
        default, or the largest where that is less.
    max_size : int, "auto" or None
        At most so many features, of all variables together; "auto" is three for each.
    max_coef : int
        Points lie between minus and plus this.
    at_most, rising, falling
        As for `RiskSLIMClassifier`.
    teacher : {"steps"}, classifier or None
        As for `RiskSLIMClassifier`.
    shares : sequence of float
        Of the teacher, to choose from.
    rule : {"best", "one-se"}
        The least held-out loss, or the fewest variables within one standard error of it.
    folds, inner_folds : int
        Folds that judge, and folds that choose.
    repeats : int or None
        Splits into inner folds, over which the curve is averaged; as for `TaughtScoreCV`.
    time_limit : float or None
        Seconds for all of it, shared out over folds, sizes and models beside the score: searches
        end with the best so far, and folds that are not finished are left out, which
        `BuiltScore.summary` says. Where not one is, the score is not judged at all, and says so.
        None for no limit; the search for the final score then ends after 20 s.
    reserve : float
        Seconds of the limit that are left to what comes afterwards, as writing files: half of it at
        most.
    random_state : int
        Seed.
    n_jobs : int, optional
        Folds at a time; all cores by default.
    about : mapping or path, optional
        Title, outcome in words and whom the score is for: a mapping or TOML file with a table
        ``about``, as for `RiskScore.described`. What it leaves out is looked for in the cut
        points of the binarizer.
    keep_signs : bool
        Whether points below 0 stay as they are; see `PointScore.turned`.
    tiers : sequence of mappings, optional
        Tiers of the totals, as for `RiskScore.with_tiers`. Cut-offs that reach something are chosen
        on the people held out, whose risks come from scores that were fitted without them; where
        none reaches it there are no tiers, which a warning says.
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
        The time was up before there was a score.

    Warns
    -----
    DataWarning
        Of what in the table deserves a look.
    """

    def tell(stage: str, done: int, total: int) -> None:
        _log.info("%s: %d of %d", stage, done, total)
        if on_progress is not None:
            on_progress(stage, done, total)

    tell("reading", 0, 1)
    if tiers is not None:
        check_tiers(tiers)
    with Deadline.after(check_seconds(time_limit)).held() as deadline:
        binarizer = candidates() if binarizer is None else binarizer
        people = People.read(data, target, positive, weights, groups, binarizer)
        binarizer, dates = people.without_dates(binarizer)
        sizes = sizes_up_to(max_variables, min_variables)
        if variables is not None:
            sizes = (check_count(variables, "variables", 1),)
        words = About.read(about, labels=False).over(About.read(binarizer.cut_points, labels=False))
        asked: dict[str, Any] = {
            "max_size": max_size,
            "max_coef": max_coef,
            "at_most": at_most,
            "rising": tuple(rising),
            "falling": tuple(falling),
        }
        # The table and the options are looked at before anything long.
        notes = people.told(binarizer, positive, dates)
        for note in notes:
            _log.info("%s", note)
            warnings.warn(note, DataWarning, stacklevel=2)
        classifier = RiskSLIMClassifier(
            time_limit=None,
            node_limit=_FOLD_NODES,
            engine="supports",
            random_state=random_state,
            binarizer=binarizer,
            teacher=teacher,
            **asked,
        )
        choosing = TaughtScoreCV(
            classifier,
            sizes,
            shares,
            cv=inner_folds,
            repeats=repeats,
            rule=rule,
            random_state=random_state,
        )

        def judged(
            estimator: Any, stage: str, share: float, jobs: int | None = n_jobs
        ) -> CrossValidation:
            def progress(done: int, total: int) -> None:
                if interrupted():
                    raise KeyboardInterrupt
                tell(stage, done, total)

            return cross_validate_score(
                estimator,
                people.raw,
                people.is_positive.astype(np.int64),
                groups=people.groups,
                sample_weight=people.weight,
                cv=folds,
                random_state=random_state,
                n_jobs=jobs,
                on_progress=progress,
                time_limit=_part(judging, share),
            )

        at_once = clone(choosing).set_params(repeats=0)

        def fitted_at_once() -> TaughtScoreCV:
            positives = people.is_positive.astype(np.int64)
            with warnings.catch_warnings():
                # Told before, or in the summary.
                warnings.simplefilter("ignore", DataWarning)
                warnings.simplefilter("ignore", ConvergenceWarning)
                made: TaughtScoreCV = clone(at_once).fit(
                    people.raw, positives, people.weight, people.groups
                )
            return made

        # Where there is little time, first of all a score, and then what else it suffices for.
        before = deadline.left
        first = fitted_at_once() if before < _LITTLE_SECONDS else None
        a_fit = before - deadline.left if first else 0.0
        judging = deadline.earlier(reserve)
        validation: CrossValidation | None = None
        try:
            validation = judged(choosing, "cross-validating", 1 - _FINAL_SHARE - _BESIDE_SHARE)
        except LimitError:
            # A machine under load: nothing is chosen, and no process has to be started.
            try:
                validation = judged(at_once, "cross-validating", 0.5, jobs=1)
            except LimitError:
                first = first or fitted_at_once()
        beside = {}
        others = (("regression", RawRegression), ("boosted", Boosted))
        for name, model in others if validation is not None else ():
            try:
                other = judged(model(binarizer, random_state), "comparing", _BESIDE_SHARE)
            except LimitError:
                continue
            if other.stopped is None:
                beside[name] = other.measures
        chosen = first if validation is None else validation.estimator
        assert isinstance(chosen, TaughtScoreCV)
        _log.info(
            "chosen: at most %d variables, a share of %g of the teacher",
            *(chosen.best_variables_, chosen.best_share_),
        )
        tell("proving", 0, 1)
        teaching = None
        if teacher is not None:
            teaching = Teaching(teacher, chosen.best_share_, random_state)
        options = SearchOptions(
            time_limit=_FINAL_SECONDS,
            node_limit=_FINAL_NODES,
            seed=random_state,
            interrupted=interrupted,
        )
        recipe = Recipe(max_variables=chosen.best_variables_, **asked)
        # Of a score that nobody judged no report is drawn.
        ending = deadline if validation is None else judging
        try:
            if ending.left <= a_fit + _MOMENT:
                raise LimitError

            def task(candidates: ScoreBinarizer) -> Task:
                with warnings.catch_warnings():
                    # Told before.
                    warnings.simplefilter("ignore", DataWarning)
                    return recipe.task(people.table(candidates, positive, teaching))

            with ending.earlier(_MOMENT).held() as proving:
                score = _proved(task, binarizer, proving, options)
                if chosen.slope_ != 1.0:
                    score = stretched(
                        score, people.raw, people.outcome, chosen.slope_, people.weight
                    )
        except LimitError:
            # The one that the folds judged, with the proof that it has.
            score = replace(chosen.score_, outcome=str(people.outcome.name), labels=people.labels)
        if keep_signs:
            score = score.signed()
        if tiers is not None:
            score, said = _with_tiers(score, tiers, validation)
            notes += said
        tell("done", 1, 1)
        return BuiltScore(
            score.described(words),
            chosen,
            validation,
            sizes,
            rule,
            beside,
            people.raw,
            people.outcome,
            people.weight,
            people.source,
            notes,
        )


def _proved(
    task_of: Callable[[ScoreBinarizer], Task],
    binarizer: ScoreBinarizer,
    deadline: Deadline,
    options: SearchOptions,
) -> RiskScore:
    """Search for the best score, and prove it among as many candidates as the nodes suffice for."""
    task = task_of(binarizer)
    assert isinstance(task.problem, RiskSLIMProblem)
    solution = best_proved(task.problem, deadline.limits(options))
    if solution.points is None:
        raise LimitError
    if is_proved_among_kept(solution, task.problem) and deadline.left > _MOMENT:
        # Perhaps so among those that screening left out as well.
        with suppress(LimitError), deadline.earlier(_MOMENT).held() as wider:
            whole = task_of(clone(binarizer).set_params(screen=None))
            assert isinstance(whole.problem, RiskSLIMProblem)
            found = proved_among_more(solution, whole.problem, wider.limits(options))
            task, solution = (task, solution) if found is None else (whole, found)
    assert isinstance(solution.problem, RiskSLIMProblem)
    score = replace(task, problem=solution.problem).score(solution)
    assert isinstance(score, RiskScore)
    return score


def _with_tiers(
    score: RiskScore, tiers: Sequence[Mapping[str, Any]], validation: CrossValidation | None
) -> tuple[RiskScore, tuple[str, ...]]:
    """Give the score tiers that were chosen on the people held out, or say why there are none."""
    unseen = None if validation is None else validation.held_out
    try:
        if unseen is None:
            raise OptionError("nobody was held out, in the time, to choose them on")
        made = held_out_tiers(
            score, tiers, unseen.risk, unseen.positive, unseen.weight, unseen.cluster
        )
    except OptionError as error:
        note = f"no tiers: {error}; give others with riskslim tiers"
        warnings.warn(note, DataWarning, stacklevel=3)
        return score, (note,)
    return replace(score, tiers=made), ()


def _part(deadline: Deadline, share: float) -> float | None:
    """Give a share of the seconds that are left; None for no limit."""
    if math.isinf(deadline.left):
        return None
    if deadline.left == 0.0:
        raise LimitError
    return share * deadline.left
