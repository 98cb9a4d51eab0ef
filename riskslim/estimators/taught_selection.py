"""A risk score of a raw table whose number of variables, and teacher's share, people choose.

People who are held out: every candidate is refitted without them, cuts, teacher and points alike.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils import _safe_indexing, column_or_1d

from riskslim.data import Dataset
from riskslim.data.frames import as_frame
from riskslim.errors import DataWarning, InfeasibleError, LimitError, OptionError
from riskslim.estimators.held_out_slope import slope_asked_for
from riskslim.estimators.riskslim import RiskSLIMClassifier
from riskslim.estimators.selection import RiskSLIMClassifierCV, fit_with_weights, with_decided_kinds
from riskslim.evaluation.folds import check_count, group_codes, split_rows
from riskslim.features.lesson import promising
from riskslim.features.teaching import Teaching, mixed
from riskslim.features.weighting import without_idle_rows
from riskslim.limits.deadline import Deadline, check_seconds, deadline_in_force
from riskslim.problems.defaults import MIN_VARIABLES
from riskslim.scores.log_odds import mean_loss
from riskslim.scores.path import Rule, choose_by_losses
from riskslim.scores.recalibration import stretched
from riskslim.scores.risk import RiskScore
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray
from riskslim.solvers.result import SearchOptions

__all__ = ["SHARES", "TaughtScoreCV", "sizes_up_to"]

SHARES = (0.0, 0.5, 1.0)
"""Shares of the teacher that are tried."""

_SIZES = (1, 2, 3, 5, 8)
# Of more rows the choice is made on a sample, and of so many on fewer folds: the teacher's share
# matters little there, and the best number of variables is nearly always the largest.
_CHOOSING_ROWS, _MANY_ROWS, _FEW_FOLDS = 2000, 700, 3
# The heuristics of the search and its first node: a choice needs no proof.
_NODES = 1
# On few rows one split into folds chooses by its luck. Rows times what there is to choose from
# that are quickly looked at.
_QUICK, _MOST_REPEATS = 5000, 3

Choice = tuple[int, float]
"""At most so many variables, and the teacher's share."""


def sizes_up_to(most: int, least: int | None = None) -> tuple[int, ...]:
    """Give the numbers of variables that are tried.

    Parameters
    ----------
    most : int
        The largest.
    least : int, optional
        The smallest; by default 3, as the noise of a small table's folds likes scores that say
        nearly nothing, or `most` where that is smaller.

    Raises
    ------
    OptionError
        They are no whole numbers from 1 on, or the smallest is the larger one.
    """
    most = check_count(most, "max_variables", 1)
    least = min(MIN_VARIABLES, most) if least is None else check_count(least, "min_variables", 1)
    if least > most:
        raise OptionError(f"min_variables={least} is above max_variables={most}")
    return (*(size for size in _SIZES if least <= size < most), most)


class TaughtScoreCV(RiskSLIMClassifierCV):
    """The best risk score of so many variables as held-out people choose, with its teacher.

    Parameters
    ----------
    estimator : RiskSLIMClassifier
        With a binarizer and a teacher; what is fitted with what was chosen.
    sizes : sequence of int
        Numbers of variables to choose from.
    shares : sequence of float
        Shares of the teacher to choose from.
    cv : int
        Stratified folds, grouped where ``fit`` is given groups.
    repeats : int or None
        Splits into folds, over which the curve is averaged; by default as many as are quickly
        looked at, up to three: the fewer the rows and what there is to choose from, the more. 0
        chooses nothing: what is best on most tables is taken, the most variables and the largest
        share.
    rule : {"best", "one-se"}
        The least mean loss, or the fewest variables within a standard error of it.
    random_state : int
        Seed of folds, penalties and searches.
    time_limit : float or None
        Seconds for all of it.

    Attributes
    ----------
    best_variables_, best_share_ : int and float
        What was chosen.
    fold_losses_ : dict of (int, float) to tuple of float
        Held-out loss against the outcomes on each fold, by number of variables and share.
    folds_left_out_ : int
        Folds that the time did not suffice for.
    slope_ : float
        What the logarithms of the odds of the fitted score were multiplied by: the calibration
        slope of the held-out predictions of what was chosen, where these ask for another than 1.
        The folds are fitted to fewer rows: of its distance from 1, which falls as one over
        the rows [1]_, the share that these have of all is kept.

    References
    ----------
    .. [1] J. C. van Houwelingen and S. le Cessie, "Predictive value of statistical models",
       Statistics in Medicine 9 (1990), 1303-1325.
    """

    def __init__(
        self,
        estimator: RiskSLIMClassifier,
        sizes: Sequence[int] = _SIZES,
        shares: Sequence[float] = SHARES,
        cv: int = 5,
        repeats: int | None = None,
        rule: Rule = "best",
        random_state: int = 0,
        time_limit: float | None = None,
    ) -> None:
        self.estimator = estimator
        self.sizes = sizes
        self.shares = shares
        self.cv = cv
        self.repeats = repeats
        self.rule = rule
        self.random_state = random_state
        self.time_limit = time_limit

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Choose by cross-validation, then fit to all rows; as `RiskSLIMClassifierCV.fit`."""
        with Deadline.after(check_seconds(self.time_limit)).held():
            template = clone(with_decided_kinds(self.estimator, X))
            frame, y = as_frame(X), column_or_1d(y, warn=True)
            self.classes_ = template._two_classes(y)
            template.classes_ = self.classes_
            template._check_positive()
            positive = y == template._labels[1]
            weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
            rows = _Rows(frame, positive, weight)
            self._choose(template, rows, group_codes(groups, len(y)))
            self.estimator_ = clone(template).set_params(
                max_variables=self.best_variables_, teacher_share=self.best_share_
            )
            fit_with_weights(self.estimator_, frame, y, weight)
            if self.slope_ != 1.0:
                score = stretched(self.estimator_.score_, frame, y, self.slope_, weight)
                self.estimator_._take(score)
            self.score_: RiskScore = self.estimator_.score_
            self.best_size_ = self.estimator_._recipe().size
            self.best_C0_ = self.estimator_.C0
        return self

    def _choose(self, template: RiskSLIMClassifier, rows: _Rows, people: IntArray | None) -> None:
        shares = tuple(self.shares) if template.teacher is not None else (0.0,)
        candidates = [(size, share) for size in self.sizes for share in sorted(shares)[::-1]]
        self.fold_losses_: dict[Choice, tuple[float, ...]] = {}
        self.folds_left_out_, self.slope_ = 0, 1.0
        found: list[_HeldOut] = []
        repeats = self.repeats
        if repeats is None:
            most = _QUICK // (len(candidates) * len(rows.positive))
            repeats = min(max(most, 1), _MOST_REPEATS)
        splits = self._splits(rows, people, repeats)
        if not splits:
            self.folds_left_out_ = self.cv
        try:
            # One fold after the other: a share of the time for each might suffice for none. Half of
            # it is left to the fit with what was chosen.
            with deadline_in_force().halved().held():
                for fit, held in splits:
                    found.append(_held_out(template, candidates, rows, fit, held))
        except LimitError:
            self.folds_left_out_ = len(splits) - len(found)
        common = [one for one in candidates if found and all(one in fold.margins for fold in found)]
        if not common:
            if self.folds_left_out_ == 0:
                raise InfeasibleError("no size has a score on every fold; loosen the constraints")
            # No time to choose.
            common = [candidates[-len(shares)]]
            self.best_variables_, self.best_share_ = common[0]
            return
        self.fold_losses_ = {one: tuple(fold.loss(one) for fold in found) for one in common}
        best = choose_by_losses(self.fold_losses_, self.rule)
        self.best_variables_, self.best_share_ = best
        asked = slope_asked_for(
            np.concatenate([fold.positive for fold in found]).astype(np.float64),
            np.concatenate([fold.margins[best] for fold in found]),
            np.concatenate([fold.weight for fold in found]) / repeats,
        )
        fitted = np.mean([len(fit) for fit, _ in splits]) / len(rows.positive)
        self.slope_ = 1.0 + float(fitted) * (asked - 1.0)

    def _splits(
        self, rows: _Rows, people: IntArray | None, repeats: int
    ) -> list[tuple[IntArray, IntArray]]:
        chosen = np.arange(len(rows.positive))
        if people is None and len(chosen) > _CHOOSING_ROWS:
            rng = np.random.default_rng(self.random_state)
            chosen = np.sort(rng.permutation(chosen)[:_CHOOSING_ROWS])
        codes = None if people is None else people[chosen]
        folds = min(self.cv, _FEW_FOLDS) if len(chosen) > _MANY_ROWS else self.cv
        return [
            (chosen[fit], chosen[held])
            for repeat in range(repeats)
            for fit, held in split_rows(
                rows.positive[chosen], codes, folds, self.random_state + repeat
            )
        ]


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of a raw table."""

    raw: Any
    positive: Any
    weight: FloatArray | None

    def part(self, rows: IntArray) -> _Rows:
        """Give some of them."""
        weight = None if self.weight is None else self.weight[rows]
        raw = _safe_indexing(self.raw, rows)
        raw = raw if weight is None else without_idle_rows(raw, weight)
        return _Rows(raw, self.positive[rows], weight)

    @property
    def counts(self) -> FloatArray:
        """What each row counts."""
        return np.ones(len(self.positive)) if self.weight is None else self.weight


@dataclass(frozen=True, eq=False)
class _HeldOut:
    """The people of one fold, and the logarithms of their odds by every candidate."""

    positive: BoolArray
    weight: FloatArray
    margins: dict[Choice, FloatArray]

    def loss(self, choice: Choice) -> float:
        """Give the mean loss of a candidate against the outcomes."""
        margin, weight = self.margins[choice], self.weight
        return mean_loss(margin, weight * self.positive, weight * ~self.positive)


def _held_out(
    template: RiskSLIMClassifier,
    candidates: Sequence[Choice],
    rows: _Rows,
    fit: IntArray,
    held: IntArray,
) -> _HeldOut:
    """Predict one fold by every candidate, which share features and teacher."""
    fitted, judged = rows.part(fit), rows.part(held)
    with warnings.catch_warnings():
        # What a part of the rows lacks is no news about the data.
        warnings.simplefilter("ignore", DataWarning)
        binarizer = (
            clone(template.binarizer).set_params(screen=None).set_output(transform="default")
        )
        binarizer.fit(fitted.raw, fitted.positive.astype(np.int64), sample_weight=fitted.weight)
        binning, seed = binarizer.binning_, template._options().seed
        raw = binarizer.frame_of(fitted.raw)
        cells, others = binning.encode(raw), binning.encode(binarizer.frame_of(judged.raw))
        taught = fitted.positive.astype(np.float64)
        if any(share > 0 for _, share in candidates):
            teaching = Teaching(template.teacher, 1.0, seed)
            taught = teaching.labels(raw, cells, fitted.positive, fitted.weight, binning)
        margins: dict[Choice, FloatArray] = {}
        for share in dict.fromkeys(share for _, share in candidates):
            labels = mixed(fitted.positive, taught, share)
            keep = template.binarizer.screen
            asked = taught if share > 0 else None
            kept, columns = promising(binning, cells, labels, keep, fitted.weight, asked)
            data = Dataset.from_arrays(
                cells[:, columns], labels, kept.features, sample_weight=fitted.weight,
                soft_labels=True,
            )._replace(binning=kept)  # fmt: skip
            for size in (size for size, own in candidates if own == share):
                score = _best(template, data, size, seed)
                points = np.array([feature.points for feature in score.features], dtype=np.float64)
                # Points of a turned score are those of what holds, and its base those of all.
                margins[size, share] = score.log_odds(others[:, columns] @ points + score.base)
    return _HeldOut(judged.positive, judged.counts, margins)


def _best(template: RiskSLIMClassifier, data: Dataset, size: int, seed: int) -> RiskScore:
    """Give the best score of so many variables that the heuristics of the search find."""
    recipe = replace(template._recipe(), max_variables=size)
    task = recipe.task(data)
    options = SearchOptions(node_limit=_NODES, seed=seed)
    solution = task.problem.solve(deadline_in_force().limits(options), engine="supports")
    if solution.points is None:
        raise LimitError
    score = task.score(solution)
    assert isinstance(score, RiskScore)
    return score
