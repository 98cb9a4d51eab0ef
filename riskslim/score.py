"""The fitted risk score: it predicts and prints without the data or solver that made it."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.validation import numeric_column
from riskslim.errors import DataError, ScoreError
from riskslim.files import write_atomically
from riskslim.recalibration import Recalibration, correct_prevalence, recalibrate
from riskslim.solvers._typing import BoolArray, FloatArray
from riskslim.totals import Feature, ScoreRow, score_table

if TYPE_CHECKING:
    from riskslim.data import Dataset
    from riskslim.multiplier import Multiplier
    from riskslim.solution import Solution

__all__ = ["Certificate", "Label", "RiskScore", "Training"]

Label = bool | int | float | str


@dataclass(frozen=True)
class Training:
    """What the score was trained on.

    Attributes
    ----------
    rows, positives : int
        Rows of the table, and those with the positive outcome.
    weight, positive_weight : float
        The same by weight; equal to the counts where the data has no weights.
    """

    rows: int
    positives: int
    weight: float
    positive_weight: float

    @property
    def is_weighted(self) -> bool:
        """Whether weights differ from counts of rows."""
        return (self.weight, self.positive_weight) != (self.rows, self.positives)


@dataclass(frozen=True)
class Certificate:
    """How good the score is, and how that is known.

    Attributes
    ----------
    status : str
        How the search ended: ``"optimal"``, ``"time limit"``, ...
    objective, loss : float
        Of the score, on its training data.
    lower_bound : float or None
        No admissible score has an objective below it; None where none was found.
    absolute_gap, relative_gap : float or None
        Between objective and bound.
    proof : str
        How it was proved, in a phrase.
    nodes, cuts : int
        What the search took.
    seconds : float
        Wall-clock time, the one number that differs from run to run.
    multiplier_range : tuple of float
        Where the multiplier was chosen from; ``(1.0, 1.0)`` where it was fixed.
    """

    status: str
    objective: float
    loss: float
    lower_bound: float | None
    absolute_gap: float | None
    relative_gap: float | None
    proof: str
    nodes: int
    cuts: int
    seconds: float
    multiplier_range: tuple[float, float] = (1.0, 1.0)

    @property
    def multiplier_mode(self) -> Multiplier:
        """Whether the multiplier was fixed or free."""
        return "fixed" if self.multiplier_range == (1.0, 1.0) else "free"

    @property
    def is_optimal(self) -> bool:
        """Whether no admissible score is better."""
        return self.status == "optimal"


@dataclass(frozen=True)
class RiskScore:
    """Points to add up, and the risk that each total stands for.

    ``risk = 1 / (1 + exp(-(intercept + total) / multiplier))``, where the total
    is the sum of points times values over the features [1]_.

    Attributes
    ----------
    outcome : str
        What the risk is the risk of.
    labels : tuple of two labels
        Negative and positive label of the outcome.
    features : tuple of Feature
        Every column of the training data, in its order.
    intercept : int
        Points that everyone has.
    multiplier : float
        Points that move the logarithm of the odds by one; 1 in the paper.
    training : Training
        Size of the training data.
    table : tuple of ScoreRow
        Every reachable total, or bands of totals where they are real or too many.
    rules : tuple of str
        Constraints that the score honours, in words.
    certificate : Certificate or None
        None for a score that no search made.
    recalibration : Recalibration or None
        Other risks for the same points; the table then shows the people of its data.

    References
    ----------
    .. [1] B. Ustun and C. Rudin, "Learning optimized risk scores", Journal of
       Machine Learning Research 20(150), 2019, section 2.
    """

    outcome: str
    labels: tuple[Label, Label]
    features: tuple[Feature, ...]
    intercept: int
    multiplier: float
    training: Training
    table: tuple[ScoreRow, ...]
    rules: tuple[str, ...] = ()
    certificate: Certificate | None = None
    recalibration: Recalibration | None = None

    def __post_init__(self) -> None:
        names = self.feature_names
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ScoreError(f"feature names must be unique; {twice} occur more than once")
        if self.labels[0] == self.labels[1]:
            raise ScoreError(f"the two labels must differ; both are {self.labels[0]!r}")
        if not (math.isfinite(self.multiplier) and self.multiplier > 0):
            raise ScoreError(f"multiplier must be a positive number, not {self.multiplier!r}")
        if not self.table:
            raise ScoreError("the table of totals and risks is empty")

    @classmethod
    def from_solution(
        cls, solution: Solution, data: Dataset, rules: Sequence[str] = ()
    ) -> RiskScore:
        """Make the score of a solution's incumbent.

        Parameters
        ----------
        solution : Solution
            With an incumbent.
        data : Dataset
            The data it was found on.
        rules : sequence of str
            The constraints that it honours, in words.

        Returns
        -------
        RiskScore
            Free of both.

        Raises
        ------
        ScoreError
            The solution has no incumbent, or is not one of this data.
        """
        if solution.points is None:
            raise ScoreError(
                f"there is no score to show: the search ended ({solution.status}) without one; "
                "raise its limits or loosen the constraints"
            )
        if tuple(solution.feature_names) != tuple(data.feature_names):
            raise ScoreError("solution and data have different features")
        intercept, *points = (int(value) for value in solution.points)
        features = tuple(
            Feature(name, value, float(column.min()), float(column.max()), _integer(column))
            for name, value, column in zip(data.feature_names, points, data.features.T, strict=True)
        )
        used = [feature for feature in features if feature.points]
        totals = data.features @ np.asarray(points, dtype=np.float64)
        return cls(
            outcome=str(data.outcome_name),
            labels=data.labels,
            features=features,
            intercept=intercept,
            multiplier=float(solution.multiplier),
            training=Training(
                rows=int(data.n_rows),
                positives=int(data.n_positive),
                weight=math.fsum([*data.positive.tolist(), *data.negative.tolist()]),
                positive_weight=math.fsum(data.positive.tolist()),
            ),
            table=score_table(
                used, intercept, float(solution.multiplier), totals, data.positive, data.negative
            ),
            rules=tuple(rules),
            certificate=Certificate(
                status=str(solution.status),
                objective=float(solution.objective),
                loss=float(solution.loss),
                lower_bound=_finite(solution.lower_bound),
                absolute_gap=_finite(solution.absolute_gap),
                relative_gap=_finite(solution.relative_gap),
                proof=str(solution.proof),
                nodes=int(solution.nodes),
                cuts=int(solution.cuts),
                seconds=float(solution.seconds),
                multiplier_range=solution.multiplier_range,
            ),
        )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of all columns of the training data, in their order."""
        return tuple(feature.name for feature in self.features)

    @property
    def used_features(self) -> tuple[Feature, ...]:
        """The features with points, in the order of the training data."""
        return tuple(feature for feature in self.features if feature.points)

    @property
    def points(self) -> dict[str, int]:
        """Points by name, of the features that have any."""
        return {feature.name: feature.points for feature in self.used_features}

    @property
    def size(self) -> int:
        """Number of features with points."""
        return len(self.used_features)

    @property
    def has_every_total(self) -> bool:
        """Whether the table lists every reachable total, rather than bands of totals."""
        return all(row.is_single for row in self.table)

    @property
    def formula(self) -> tuple[float, float] | None:
        """Intercept and multiplier that the risks follow from; None where they are looked up.

        Those of the fit, or of the recalibration.
        """
        if self.recalibration is None:
            return self.intercept, self.multiplier
        intercept, multiplier = self.recalibration.intercept, self.recalibration.multiplier
        return None if intercept is None or multiplier is None else (intercept, multiplier)

    @property
    def counts_people(self) -> bool:
        """Whether the weights in the table are numbers of rows."""
        if self.recalibration is None:
            return not self.training.is_weighted
        return not self.recalibration.is_weighted

    def risk(self, total: float) -> float:
        """Probability of the positive outcome at a total (without the intercept)."""
        return float(self.risks(np.array([float(total)]))[0])

    def risks(self, total: FloatArray) -> FloatArray:
        """Probability of the positive outcome at each of several totals; of the same shape."""
        if self.formula is None and self.recalibration is not None:
            return self.recalibration.step_risks(total)
        return self._probability(self.log_odds(total))

    def log_odds(self, total: FloatArray) -> FloatArray:
        """Logarithm of the odds of the positive outcome at totals; of the same shape.

        Looked-up risks of 0 and 1 stand for -36 and 36.
        """
        if self.formula is None:
            from riskslim.validation.performance import log_odds

            return log_odds(self.risks(total))
        intercept, multiplier = self.formula
        return (intercept + total) / multiplier

    def total(self, X: Any) -> FloatArray:
        """Add up the points of every row.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d)
            A DataFrame needs the features with points, by name, in any order
            and among any others. An array needs all d training columns.

        Returns
        -------
        ndarray of shape (n,)
            Sum of points times values, without the intercept.

        Raises
        ------
        ScoreError
            Columns are missing or too many, or values are missing, infinite or
            no numbers.
        """
        columns = self._columns(X)
        totals = np.zeros(columns.shape[0])
        for feature, column in zip(self.used_features, columns.T, strict=True):
            bad = np.flatnonzero(~np.isfinite(column))
            if bad.size:
                raise ScoreError(
                    f"feature {feature.name!r} is missing or infinite in {_rows(bad)}; "
                    "fill in a number, the score has no points for an unknown value"
                )
            totals += feature.points * column
        return totals

    def predict_proba(self, X: Any) -> FloatArray:
        """Probability of the negative and of the positive outcome of every row.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d)
            As for `total`.

        Returns
        -------
        ndarray of shape (n, 2)
            Each row sums to 1. Either entry keeps its relative precision, near 0 too.
        """
        total = self.total(X)
        if self.formula is None:
            risk = self.risks(total)
            return np.column_stack([1.0 - risk, risk])
        margin = self.log_odds(total)
        return np.column_stack([self._probability(-margin), self._probability(margin)])

    def predict(self, X: Any, threshold: float = 0.5) -> np.ndarray[Any, Any]:
        """Label of every row: the positive one where the risk exceeds `threshold`.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d)
            As for `total`.
        threshold : float
            Between 0 and 1.

        Returns
        -------
        ndarray of shape (n,)
            Labels of the outcome.
        """
        return np.where(
            self.predict_proba(X)[:, 1] > threshold,
            np.array(self.labels[1]),
            np.array(self.labels[0]),
        )

    def recalibrate(
        self,
        X: Any,
        y: ArrayLike,
        method: str = "logistic",
        sample_weight: ArrayLike | None = None,
        data: str = "",
    ) -> RiskScore:
        """Fit the risks of the totals to new data; the points stay as they are.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d)
            As for `total`.
        y : array-like of shape (n,)
            Outcomes, by the score's labels.
        method : {"intercept", "logistic", "isotonic"}
            Shift the logarithms of the odds so that as many positives are expected as
            observed; shift and stretch them by logistic regression (intercept and
            multiplier); or isotonic regression on the totals, whose risks are steps that
            need many people [1]_.
        sample_weight : array-like of shape (n,), optional
            Finite, none negative; rows of weight 0 do not count.
        data : str
            Name of the data, for the card.

        Returns
        -------
        RiskScore
            With ``recalibration``; its table shows the people of this data. Methods but the
            isotonic one start from the risks as they are.

        Raises
        ------
        ScoreError
            The data do not fit the score, have one class only, have no logistic
            regression, or their risk falls as the total rises.
        OptionError
            There is no such method.

        References
        ----------
        .. [1] E. W. Steyerberg, "Clinical prediction models", 2nd edition, 2019, chapter 20.
        """
        return recalibrate(self, X, y, method, sample_weight, data)

    def with_prevalence(self, prevalence: float) -> RiskScore:
        """Correct the risks for case-control samples; the points stay as they are.

        Where positives and negatives were sampled at different rates, only the intercept of a
        logistic model is wrong: by the logarithm of the ratio of the odds in the sample to
        those in the population [1]_, [2]_.

        Parameters
        ----------
        prevalence : float
            Share of positives in the population, between 0 and 1.

        Returns
        -------
        RiskScore
            With ``recalibration``; the shares of its table are weighted to the prevalence.

        Raises
        ------
        OptionError
            The prevalence is no share.
        ScoreError
            The risks were changed already.

        References
        ----------
        .. [1] R. L. Prentice and R. Pyke, "Logistic disease incidence models and case-control
           studies", Biometrika 66 (1979), 403-411.
        .. [2] G. King and L. Zeng, "Logistic regression in rare events data", Political
           Analysis 9 (2001), 137-163.
        """
        return correct_prevalence(self, prevalence)

    def to_json(self) -> str:
        """Return the score as JSON text; see `riskslim.exporters.json_format`."""
        from riskslim.exporters.json_format import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> RiskScore:
        """Read a score from JSON text, exactly as it was written.

        Raises
        ------
        ScoreError
            The text is not a score of a schema version that is known here.
        """
        from riskslim.exporters.json_format import from_json

        return from_json(text)

    def export(self, to: str, language: str = "en") -> str | bytes:
        """Write the score in any format of `riskslim.exporters.formats.FORMATS`.

        Parameters
        ----------
        to : str
            ``"text"``, ``"markdown"``, ``"html"``, ``"calculator"``, ``"latex"``, ``"svg"``,
            ``"png"``, ``"pdf"``, ``"xlsx"``, ``"csv"``, ``"json"``, ``"sql"``, ``"python"``,
            ``"javascript"`` or ``"pmml"``.
        language : str
            Of the words on it: ``"en"`` or ``"de"``.

        Returns
        -------
        str or bytes

        Raises
        ------
        OptionError
            There is no such format or language.
        """
        from riskslim.exporters.formats import export

        return export(self, to, language)

    def to_html(self, language: str = "en") -> str:
        """Return the card as a page that needs nothing else."""
        return str(self.export("html", language))

    def to_calculator(self, language: str = "en") -> str:
        """Return a page that computes, without any network."""
        return str(self.export("calculator", language))

    def to_markdown(self, language: str = "en") -> str:
        """Return the card as Markdown."""
        return str(self.export("markdown", language))

    def to_latex(self, language: str = "en") -> str:
        """Return the card as a LaTeX document."""
        return str(self.export("latex", language))

    def to_svg(self, language: str = "en") -> str:
        """Return a pocket card as SVG."""
        return str(self.export("svg", language))

    def to_sql(self, table: str = "people") -> str:
        """Return a query that adds total and risk to a table."""
        from riskslim.exporters.code import sql

        return sql(self, table)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the score to a JSON file, whole or not at all."""
        write_atomically(path, self.to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> RiskScore:
        """Read a score from a JSON file.

        Raises
        ------
        ScoreError
            The file cannot be read or holds no score; names the file.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise ScoreError(f"cannot read score file {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ScoreError(f"score file {path} is not UTF-8 text") from error
        try:
            return cls.from_json(text)
        except ScoreError as error:
            raise ScoreError(f"score file {path}: {error}") from error

    def __str__(self) -> str:
        from riskslim.exporters.text import card

        return card(self)

    def _repr_html_(self) -> str:
        from riskslim.exporters.card import make_card
        from riskslim.exporters.page import html
        from riskslim.languages import language

        return html(make_card(self, language("en")), fragment=True)

    @staticmethod
    def _probability(margin: FloatArray) -> FloatArray:
        # exp of a non-positive number never overflows, and neither branch cancels.
        decay = np.exp(-np.abs(margin))
        return np.where(margin >= 0, 1.0, decay) / (1.0 + decay)

    def _columns(self, X: Any) -> FloatArray:
        """Columns of the features with points, as floats."""
        used = self.used_features
        if hasattr(X, "columns") and hasattr(X, "iloc"):
            return self._columns_by_name(X)
        try:
            table = np.asarray(X, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ScoreError(f"the rows to score are not all numbers: {error}") from error
        if table.ndim != 2 or table.shape[1] != len(self.features):
            raise ScoreError(
                f"expected an array of {len(self.features)} columns, those of the training data, "
                f"not one of shape {table.shape}; a DataFrame may hold only {sorted(self.points)}"
            )
        return table[:, [index for index, item in enumerate(self.features) if item in used]]

    def _columns_by_name(self, frame: Any) -> FloatArray:
        names = [str(name) for name in frame.columns]
        missing = [name for name in self.points if name not in names]
        if missing:
            raise ScoreError(
                f"the rows to score lack {len(missing)} of the {self.size} features with points: "
                f"{', '.join(map(repr, missing))}"
            )
        columns = np.empty((len(frame), self.size))
        for index, name in enumerate(self.points):
            if names.count(name) > 1:
                raise ScoreError(f"the rows to score have several columns called {name!r}")
            try:
                columns[:, index] = numeric_column(
                    frame.iloc[:, names.index(name)], name, "the rows to score"
                )
            except DataError as error:
                raise ScoreError(str(error)) from error
        return columns


def _integer(column: FloatArray) -> bool:
    return bool(np.all(column == np.floor(column)))


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _rows(bad: np.ndarray[Any, np.dtype[np.intp]] | BoolArray) -> str:
    """Name rows as people count them: from 1, the first few."""
    shown = ", ".join(str(row + 1) for row in bad[:3])
    more = f" and {bad.size - 3} more" if bad.size > 3 else ""
    return f"row{'s' if bad.size > 1 else ''} {shown}{more}"
