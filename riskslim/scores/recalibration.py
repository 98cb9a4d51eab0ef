"""Other risks for the same points: recalibration on new data, and for another prevalence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from riskslim.errors import OptionError, ScoreError
from riskslim.files.json_object import JsonObject
from riskslim.scores.log_odds import LogisticFit, fit_intercept, fit_line, log_odds
from riskslim.scores.people import CountedPeople, counted_rows, groups_of_totals
from riskslim.scores.totals import ScoreRow
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.solvers.odds import expit

if TYPE_CHECKING:
    from riskslim.scores.risk import RiskScore

__all__ = [
    "HELD_OUT",
    "METHODS",
    "Method",
    "Recalibration",
    "correct_prevalence",
    "recalibrate",
    "stretched",
]

Method = Literal["intercept", "logistic", "isotonic"]
METHODS: tuple[str, ...] = get_args(Method)
"""Ways to recalibrate on data."""

HELD_OUT = "held-out"
"""The way of `stretched`: by people of the training data whom the fit had not seen."""


@dataclass(frozen=True)
class Recalibration:
    """How the risks of a score's totals were changed after its fit.

    Attributes
    ----------
    method : str
        ``"intercept"``, ``"logistic"`` (intercept and multiplier), ``"isotonic"``,
        ``"prevalence"``, ``"held-out"`` (intercept and multiplier, see `stretched`); or
        ``"published"`` for the risks of a publication.
    intercept, multiplier : float or None
        ``risk = 1 / (1 + exp(-(intercept + total) / multiplier))`` with these in place of those
        of the fit. None where risks are looked up: isotonic ones, and those that were shifted
        or stretched after an isotonic regression.
    edges : tuple of float
        Where risks are looked up: totals at which the risk steps up, ascending.
    risks : tuple of float
        One more than the edges; below the first edge, between two (from the lower one on), from
        the last on.
    data : str
        Name of the data.
    rows, positives : int
        Rows of that data with a weight, and positive ones among them.
    is_weighted : bool
        Whether the table's weights are no numbers of rows.
    prevalence : float or None
        Share of positives that the risks are for, where the method is that.
    """

    method: str
    intercept: float | None
    multiplier: float | None
    edges: tuple[float, ...] = ()
    risks: tuple[float, ...] = ()
    data: str = ""
    rows: int = 0
    positives: int = 0
    is_weighted: bool = False
    prevalence: float | None = None

    def __post_init__(self) -> None:
        if self.method not in (*METHODS, "prevalence", "published", HELD_OUT):
            raise ScoreError(f"recalibration method {self.method!r} is unknown")
        if self.method == "isotonic" or (self.risks and self.method != "prevalence"):
            risks, edges = np.array(self.risks), np.array(self.edges)
            if not (
                self.intercept is None
                and self.multiplier is None
                and len(risks) == len(edges) + 1
                and np.isfinite(edges).all()
                and (np.diff(edges) > 0).all()
                and (np.diff(risks) >= 0).all()
                and risks[0] >= 0
                and risks[-1] <= 1
            ):
                raise ScoreError("looked-up risks must rise with the total, one for each step")
        elif (
            self.intercept is None
            or self.multiplier is None
            or not (math.isfinite(self.intercept) and 0 < self.multiplier < math.inf)
            or self.edges
            or self.risks
        ):
            raise ScoreError(
                f"recalibration by {self.method}: expected an intercept and a positive multiplier"
            )
        if (self.method == "prevalence") != (self.prevalence is not None):
            raise ScoreError("a prevalence belongs to the method 'prevalence', and to it alone")

    @property
    def has_other_people(self) -> bool:
        """Whether the table's people are others than those of the training, or weighted anew."""
        return self.method != HELD_OUT

    def moved(self, change: int) -> Recalibration:
        """Give the same risks for totals that are more by so many points."""
        intercept = None if self.intercept is None else self.intercept - change
        return replace(self, intercept=intercept, edges=tuple(edge + change for edge in self.edges))

    def to_record(self) -> dict[str, Any]:
        """Give it as an object for JSON."""
        record = {"method": self.method, "data": self.data, "rows": self.rows}
        record |= {"positives": self.positives, "is_weighted": self.is_weighted}
        if self.risks:
            record |= {"edges": list(self.edges), "risks": list(self.risks)}
        else:
            record |= {"intercept": self.intercept, "multiplier": self.multiplier}
        if self.prevalence is not None:
            record["prevalence"] = self.prevalence
        return record

    @classmethod
    def from_record(cls, raw: JsonObject) -> Recalibration:
        """Read it again.

        Raises
        ------
        ScoreError
            It is none.
        """
        found = cls(
            method=raw.text("method"),
            intercept=raw.number("intercept") if raw.has("intercept") else None,
            multiplier=raw.number("multiplier") if raw.has("multiplier") else None,
            edges=raw.numbers("edges") if raw.has("edges") else (),
            risks=raw.numbers("risks") if raw.has("risks") else (),
            data=raw.name("data"),
            rows=raw.integer("rows"),
            positives=raw.integer("positives"),
            is_weighted=raw.flag("is_weighted"),
            prevalence=raw.number("prevalence") if raw.has("prevalence") else None,
        )
        raw.close()
        return found

    def step_risks(self, total: FloatArray) -> FloatArray:
        """Looked-up risks of totals, of the same shape."""
        place = np.searchsorted(np.array(self.edges), total, side="right")
        return np.asarray(np.array(self.risks)[place])


def recalibrate(
    score: RiskScore,
    X: Any,
    y: ArrayLike | None = None,
    method: str = "logistic",
    sample_weight: ArrayLike | None = None,
    data: str = "",
) -> RiskScore:
    """Fit the risks of a score's totals to new data; see `RiskScore.recalibrate`."""
    if method not in METHODS:
        raise OptionError(f"method={method!r}: give one of {', '.join(map(repr, METHODS))}")
    people = X if isinstance(X, CountedPeople) else None
    if people is not None:
        total, positive, weight = people.total, people.positive, people.weight
    elif y is None:
        raise ScoreError("risks are fitted to outcomes: give y, one for each row")
    else:
        total, positive, weight = counted_rows(score, X, y, sample_weight)
    if positive.all() or not positive.any():
        raise ScoreError(
            "the data for the recalibration has one class only; it needs people with and "
            "without the outcome"
        )
    if method == "isotonic":
        edges, risks = _isotonic(total, positive, weight)
        found = Recalibration(method, None, None, edges, risks)
    else:
        found = _moved(score, method, _line(score, method, total, positive, weight))
    found = replace(
        found,
        data=data,
        rows=len(total) if people is None else int(people.rows.sum()),
        positives=int(positive.sum() if people is None else people.rows[positive].sum()),
        is_weighted=bool((weight != 1).any()) if people is None else people.is_weighted,
    )
    table = _table_of(score, total, positive, weight)
    return score.with_risks(found, table)


def _line(
    score: RiskScore, method: str, total: FloatArray, positive: BoolArray, weight: FloatArray
) -> LogisticFit:
    """Fit what is added to the logarithms of the odds, and what they are stretched by."""
    outcome, margin = positive.astype(np.float64), score.log_odds(total)
    if method == "intercept":
        shift = fit_intercept(outcome, margin, weight)
        assert shift is not None  # both classes were seen
        return LogisticFit(shift, 1.0)
    line = fit_line(outcome, margin, weight)
    if line is None:
        raise ScoreError(
            "no multiplier fits this data: it has one total only, or its totals "
            "separate the classes; recalibrate the intercept alone"
        )
    if line.slope <= 0:
        raise ScoreError(
            f"in this data the risk falls as the total rises (slope {line.slope:.3g}): the points "
            "do not hold here; fit a new score"
        )
    return line


def _moved(score: RiskScore, method: str, line: LogisticFit) -> Recalibration:
    """Shift and stretch the risks of a score as they are, whether computed or looked up."""
    if score.formula is None:
        assert score.recalibration is not None
        before = score.recalibration
        risks = expit(line.intercept + line.slope * log_odds(np.array(before.risks)))
        return Recalibration(method, None, None, before.edges, tuple(risks.tolist()))
    start, multiplier = score.formula
    # shift + slope * (start + total) / m = (start + shift * m / slope + total) / (m / slope)
    return Recalibration(
        method, start + line.intercept * multiplier / line.slope, multiplier / line.slope
    )


def stretched(
    score: RiskScore, X: Any, y: ArrayLike, slope: float, sample_weight: ArrayLike | None = None
) -> RiskScore:
    """Multiply the logarithms of a score's odds; the risks keep the level of the outcomes.

    Parameters
    ----------
    score : RiskScore
        Whose risks were not changed yet.
    X, y, sample_weight
        The training data, as for `RiskScore.recalibrate`: the mean of the new risks is the share
        of positives. The table of the totals stays.
    slope : float
        Positive; that of the calibration of people who were held out.
    """
    total, positive, weight = counted_rows(score, X, y, sample_weight)
    shift = fit_intercept(positive.astype(np.float64), slope * score.log_odds(total), weight)
    assert shift is not None  # both classes were fitted
    training = score.training
    found = replace(
        _moved(score, HELD_OUT, LogisticFit(shift, slope)),
        rows=training.rows,
        positives=training.positives,
        is_weighted=training.is_weighted,
    )
    return replace(score, recalibration=found)


def _isotonic(
    total: FloatArray, positive: BoolArray, weight: FloatArray
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Isotonic regression on the totals; it steps half-way between two that were seen."""
    from sklearn.isotonic import IsotonicRegression

    # By rank: the regression takes totals for equal that differ by less than 1e-15.
    values, rank = np.unique(total, return_inverse=True)
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit(rank, positive, sample_weight=weight)
    risks = fitted.predict(np.arange(len(values)))
    steps = np.flatnonzero(np.diff(risks) > 0)
    below, above = values[steps], values[steps + 1]
    middle = below + 0.5 * (above - below)
    # Half-way between neighbouring doubles is one of the two: the step is at the upper one.
    edges = np.where(middle > below, middle, above)
    return tuple(edges.tolist()), tuple(risks[[0, *(steps + 1)]].tolist())


def _table_of(
    score: RiskScore, total: FloatArray, positive: BoolArray, weight: FloatArray
) -> tuple[ScoreRow, ...]:
    """Give the table of a score with the people of other data."""
    ends, group = groups_of_totals(score, total)
    hits = np.bincount(group, weights=weight * positive, minlength=len(ends)).tolist()
    whole = np.bincount(group, weights=weight, minlength=len(ends)).tolist()
    seen = {pair: (count, hit) for pair, count, hit in zip(ends, whole, hits, strict=True)}
    known: Sequence[tuple[float | None, float | None]] = [
        (row.low, row.high) for row in score.table
    ]
    if score.has_every_total:
        # Values outside the training range reach totals that the table did not have.
        strange = [pair for pair in ends if pair not in set(known)]
        if any(not isinstance(low, int) for low, _ in strange):
            raise ScoreError(
                f"total {next(low for low, _ in strange if not isinstance(low, int))!r} cannot be "
                "reached by the values that the features have in training; correct the data"
            )
        known = sorted([*known, *strange], key=lambda pair: pair[0] or 0)
    return tuple(ScoreRow(*pair, *seen.get(pair, (0.0, 0.0))) for pair in known)


def correct_prevalence(score: RiskScore, prevalence: float) -> RiskScore:
    """Change the intercept to a prevalence; see `RiskScore.with_prevalence`."""
    if isinstance(prevalence, bool) or not 0 < prevalence < 1:
        raise OptionError(f"prevalence={prevalence!r}: give a share between 0 and 1")
    changed = score.recalibration
    if score.formula is None or (changed is not None and changed.has_other_people):
        raise ScoreError(
            "the risks of this score were changed already; correct the prevalence of the fitted one"
        )
    training = score.training
    share = training.positive_weight / training.weight if training.weight else 0.0
    if not 0 < share < 1:
        raise ScoreError("the training data had one class only; its odds cannot be corrected")
    shift = math.log(prevalence / (1 - prevalence)) - math.log(share / (1 - share))
    up, down = prevalence / share, (1 - prevalence) / (1 - share)
    rows = []
    for row in score.table:
        positive = row.positive_weight * up
        weight = positive + (row.weight - row.positive_weight) * down
        rows.append(ScoreRow(row.low, row.high, weight, positive))
    intercept, multiplier = score.formula
    found = Recalibration(
        "prevalence",
        intercept + shift * multiplier,
        multiplier,
        rows=training.rows,
        positives=training.positives,
        is_weighted=True,
        prevalence=float(prevalence),
    )
    return score.with_risks(found, rows)
