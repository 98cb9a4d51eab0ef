"""What a cross-validation found: measures, folds, operating points; as text and as JSON."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from riskslim.evaluation.bootstrap import Optimism
from riskslim.evaluation.judged_people import JudgedPeople
from riskslim.evaluation.operating_points import OperatingPoint
from riskslim.evaluation.performance import MEASURES, Performance
from riskslim.scores.risk import Label, RiskScore

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CrossValidation", "FoldResult"]

_NAMES = {
    "auc": "AUC",
    "calibration_in_the_large": "calibration in the large",
    "calibration_slope": "calibration slope",
    "calibration_intercept": "calibration intercept",
    "calibration_error": "calibration error",
    "brier": "Brier score",
    "log_loss": "logistic loss",
}


@dataclass(frozen=True)
class FoldResult:
    """One fold: the score that the others gave, and how it did.

    Attributes
    ----------
    repeat, fold : int
        Counted from 1.
    rows, positives : int
        Held out.
    size : int or None
        Features with points; None for a model that is no risk score.
    max_size, C0 : int or None, float or None
        What the inner cross-validation chose.
    points : dict of str to int
        Of the score.
    multiplier : float or None
        Of the score.
    status : str or None
        How its search ended.
    gap : float or None
        Absolute, to its lower bound.
    auc : float or None
        On the held-out rows; None where they have one class only.
    log_loss, calibration_error : float
        On the held-out rows.
    """

    repeat: int
    fold: int
    rows: int
    positives: int
    size: int | None
    max_size: int | None
    C0: float | None
    points: dict[str, int]
    multiplier: float | None
    status: str | None
    gap: float | None
    auc: float | None
    log_loss: float
    calibration_error: float


@dataclass(frozen=True)
class FoldPlan:
    """Which fits a cross-validation was to make, beside that to all rows.

    Attributes
    ----------
    folds : int
        Of each repetition.
    repeats : int
        Splits into folds.
    resamples : int
        Of the bootstrap.
    """

    folds: int
    repeats: int
    resamples: int


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """Held-out measures of everything that makes a score.

    Attributes
    ----------
    outcome : str
        What is predicted.
    labels : tuple
        Its negative and positive label.
    rows, positives : int
        Rows with a weight, and positive ones among them.
    people : int or None
        Persons, where rows were grouped.
    is_weighted : bool
        Whether rows have weights.
    seed : int
        Of the folds.
    nested : bool
        Whether the size was chosen within each fold.
    measures : Performance
        On held-out rows, averaged over repetitions.
    by_repeat : tuple of Performance
        Of each repetition.
    folds : tuple of FoldResult
        All folds of all repetitions.
    operating_points : tuple of OperatingPoint
        For each total of the final score: calling positive, among the held-out people, from the
        total of their fold's score on that calls, of the people it was fitted to, nearest to the
        share that the final score calls of them; everyone from the smallest total on.
    decision_curve : tuple of OperatingPoint
        At the thresholds of the risk that were asked for.
    calibration : tuple
        For each repetition (predicted, observed, weight) of each tenth of the held-out risks.
    apparent : Performance
        Of the final score on the rows it was fitted to; too good by nature.
    optimism : Optimism or None
        By the bootstrap, where it was asked for.
    estimator : estimator
        Fitted to all rows.
    score : RiskScore or None
        Its score; None for a model that is none.
    plan : FoldPlan
        What was to be done.
    stopped : {"time limit", "interrupted"} or None
        What ended it before all of that was done: then `folds`, the repetitions and the optimism
        are those that were finished, and the measures are of the people held out there.
    held_out : JudgedPeople or None
        Outcomes and held-out risks of the first repetition.
    """

    outcome: str
    labels: tuple[Label, Label]
    rows: int
    positives: int
    people: int | None
    is_weighted: bool
    seed: int
    nested: bool
    measures: Performance
    by_repeat: tuple[Performance, ...] = field(repr=False)
    folds: tuple[FoldResult, ...] = field(repr=False)
    operating_points: tuple[OperatingPoint, ...] = field(repr=False)
    decision_curve: tuple[OperatingPoint, ...] = field(repr=False)
    calibration: tuple[tuple[tuple[float, float, float], ...], ...] = field(repr=False)
    apparent: Performance = field(repr=False)
    optimism: Optimism | None = field(repr=False)
    estimator: Any = field(repr=False)
    score: RiskScore | None = field(repr=False)
    plan: FoldPlan
    stopped: str | None = None
    held_out: JudgedPeople | None = field(default=None, repr=False)

    @property
    def repeats(self) -> int:
        """Number of splits into folds, of which one fold at least was finished."""
        return len(self.by_repeat)

    @property
    def unfinished_folds(self) -> int:
        """Number of folds that are left out, as the work was stopped before."""
        return self.plan.folds * self.plan.repeats - len(self.folds)

    @property
    def design(self) -> str:
        """Say how many folds there are, and of how many where not all were finished."""
        text = f"{self.plan.folds} folds"
        if self.plan.repeats > 1:
            text += f", repeated {self.plan.repeats} times"
        return text if self.stopped is None else f"{text}; {self.ended}"

    @property
    def ended(self) -> str:
        """Say what was finished before the work was stopped; empty where all was."""
        if self.stopped is None:
            return ""
        how = "interrupted" if self.stopped == "interrupted" else f"stopped at the {self.stopped}"
        words = f"{how} after {len(self.folds)} of {self.plan.folds * self.plan.repeats} folds"
        if self.plan.resamples:
            done = 0 if self.optimism is None else self.optimism.resamples
            words += f" and {done} of {self.plan.resamples} resamples"
        return words

    @property
    def is_proved(self) -> bool:
        """Whether the score of every fold, and the final one, is proved optimal."""
        final = self.score is None or (
            self.score.certificate is not None and self.score.certificate.is_optimal
        )
        return final and all(fold.status in (None, "optimal") for fold in self.folds)

    @property
    def sizes(self) -> dict[int, int]:
        """How many folds chose each size, by ascending size."""
        found = Counter(fold.size for fold in self.folds if fold.size is not None)
        return dict(sorted(found.items()))

    @property
    def selected(self) -> dict[str, int]:
        """How many folds gave points to each feature, most often first."""
        return dict(Counter(name for fold in self.folds for name in fold.points).most_common())

    @property
    def table(self) -> pd.DataFrame:
        """A row for each measure: ``value``, ``low``, ``high`` and, where known, ``apparent``."""
        import pandas as pd

        rows = {}
        for name in MEASURES:
            estimate, own = getattr(self.measures, name), getattr(self.apparent, name)
            if estimate is not None:
                rows[_NAMES[name]] = {
                    **estimate.to_dict(),
                    "apparent": None if own is None else own.value,
                }
        return pd.DataFrame.from_dict(rows, orient="index")

    def to_dict(self) -> dict[str, Any]:
        """Give everything but the estimator as an object for JSON.

        ``kind`` is ``"cross-validation"`` and ``version`` 1. ``data``: ``outcome``, ``labels``,
        ``rows``, ``positives``, ``people``, ``weighted``. ``design``: ``folds``, ``repeats``,
        ``nested``, ``seed``; where it was stopped early, ``stopped`` says by what and after how
        many folds, and ``unfinished_folds`` is the number of the others. ``measures`` and
        ``apparent``: by name ``{"value", "low", "high"}``
        or null, and the number ``expected_over_observed``. ``operating_points`` and
        ``decision_curve``: lists of `OperatingPoint.to_dict`. ``calibration``: for each repeat
        a list of ``[predicted, observed, weight]``. ``folds``: lists of `FoldResult`. ``sizes``
        and ``selected``: numbers of folds by size and by feature. ``optimism``:
        `Optimism.to_dict` or null. ``proved``: whether every fit is. ``score``: the final
        score's points, intercept and multiplier, or null.
        """
        return {
            "kind": "cross-validation",
            "version": 1,
            "data": {
                "outcome": self.outcome,
                "labels": list(self.labels),
                "rows": self.rows,
                "positives": self.positives,
                "people": self.people,
                "weighted": self.is_weighted,
            },
            "design": {
                "folds": self.plan.folds,
                "repeats": self.plan.repeats,
                "nested": self.nested,
                "seed": self.seed,
                **self._left_out(),
            },
            "measures": self.measures.to_dict(),
            "apparent": self.apparent.to_dict(),
            "optimism": None if self.optimism is None else self.optimism.to_dict(),
            "operating_points": [point.to_dict() for point in self.operating_points],
            "decision_curve": [point.to_dict() for point in self.decision_curve],
            "calibration": [[list(band) for band in bands] for bands in self.calibration],
            "folds": [asdict(fold) for fold in self.folds],
            "sizes": {str(size): count for size, count in self.sizes.items()},
            "selected": self.selected,
            "proved": self.is_proved,
            "score": self.score
            and {
                "points": self.score.points,
                "intercept": self.score.intercept,
                "multiplier": self.score.multiplier,
            },
        }

    def _left_out(self) -> dict[str, Any]:
        if self.stopped is None:
            return {}
        return {"stopped": self.ended, "unfinished_folds": self.unfinished_folds}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `to_dict` to a JSON file, whole or not at all; numbers JSON lacks become null."""
        from riskslim.files import as_json_text, write_atomically

        write_atomically(path, as_json_text(self.to_dict()) + "\n")

    def __str__(self) -> str:
        people = "" if self.people is None else f" of {self.people:,} people"
        lines = [
            f"{self.rows:,} rows{people}, {self.positives:,} positive; {self.design}",
            self.table.to_string(float_format="{:.4f}".format, na_rep=""),
        ]
        return "\n".join(lines)
