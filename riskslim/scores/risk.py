"""The fitted risk score: it predicts and prints without the data or solver that made it."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from riskslim.errors import ScoreError
from riskslim.files.json_object import JsonObject
from riskslim.scores.log_odds import log_odds, mean_loss
from riskslim.scores.origin import Certificate, Trained, Training, known, trained
from riskslim.scores.point_score import Label, PointScore
from riskslim.scores.recalibration import Recalibration, correct_prevalence, recalibrate
from riskslim.scores.tiers import Tier, ascend, made_tiers, tiers_of_risks
from riskslim.scores.totals import ScoreRow, score_table
from riskslim.scores.variables import known_variables
from riskslim.solvers._typing import FloatArray

if TYPE_CHECKING:
    from riskslim.data import Dataset
    from riskslim.search.solution import Solution

__all__ = ["Certificate", "Label", "RiskScore", "Training"]

# The risks in the table of a file are there for other readers. Libraries of other machines may
# round exp differently, in the last places only.
_RISK_TOLERANCE = 1e-9


@dataclass(frozen=True)
class RiskScore(PointScore):
    """Points to add up, and the risk that each total stands for.

    ``risk = 1 / (1 + exp(-(intercept + total) / multiplier))``, where the total
    is the sum of points times values over the features [1]_.

    Attributes
    ----------
    outcome, labels, features, intercept, training, table, rules, certificate, binning, variables
        As of every `PointScore`: what the risk is the risk of, its negative and positive label,
        every column of the training data with its points, points that everyone has, the size of
        that data, the totals, the constraints in words, the proof, how features are made of
        a raw table, and which of them are cuts or levels of one variable.
    multiplier : float
        Points that move the logarithm of the odds by one; 1 in the paper.
    recalibration : Recalibration or None
        Other risks for the same points; the table then shows the people of its data.
    tiers : tuple of Tier
        Totals by ascending risk, with what to do; empty where none were chosen.

    References
    ----------
    .. [1] B. Ustun and C. Rudin, "Learning optimized risk scores", Journal of
       Machine Learning Research 20(150), 2019, section 2.
    """

    kind: ClassVar[str] = "risk"
    meaning: ClassVar[str] = "risk"
    number_name: ClassVar[str] = "risk"
    has_multiplier: ClassVar[bool] = True

    multiplier: float = field(kw_only=True)
    recalibration: Recalibration | None = None
    tiers: tuple[Tier, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.multiplier) and self.multiplier > 0):
            raise ScoreError(f"multiplier must be a positive number, not {self.multiplier!r}")
        if not ascend(self.tiers):
            raise ScoreError("tiers must ascend, the first without a lowest total")

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
        found = trained(solution, data)
        assert found.certificate is not None
        certificate = replace(
            found.certificate,
            cuts=int(solution.cuts),
            multiplier_range=solution.multiplier_range,
            has_real_intercept=isinstance(found.intercept, float),
        )
        outcomes = data if data.outcomes is None else data.outcomes
        score = cls._of(
            replace(found, certificate=certificate), float(solution.multiplier), outcomes, rules
        )
        if data.outcomes is None:
            return score
        margin = score.log_odds(found.totals)
        taught = replace(
            certificate,
            teacher_share=data.teacher_share,
            outcome_loss=mean_loss(margin, outcomes.positive, outcomes.negative),
        )
        return replace(score, certificate=taught)

    @classmethod
    def from_points(
        cls,
        points: Mapping[str, int],
        *,
        intercept: int | float = 0,
        multiplier: float = 1.0,
        data: Dataset | None = None,
        outcome: str | None = None,
        labels: tuple[Label, Label] | None = None,
        bands: bool = True,
    ) -> RiskScore:
        """Make a score of points that are known, such as a published one.

        Parameters
        ----------
        points : mapping of str to int
            By feature.
        intercept : int or float
            Points that everyone has.
        multiplier : float
            Points that move the logarithm of the odds by one.
        data : Dataset, optional
            Where given, the score has all of its features with their ranges, and its table the
            people at every total. Without it every feature is a yes or no, and the table of the
            totals is empty of people.
        outcome : str, optional
            What the risk is the risk of; the data's by default, or else "outcome".
        labels : tuple of two labels, optional
            Negative and positive label; the data's by default, or else 0 and 1.
        bands : bool
            Whether features whose names say so, and the data, where given, agrees, are cuts of one
            measurement ("Age >= 65", "Age >= 75") or levels of one category ("Ward: A", "Ward: B"):
            one item, of whose bands one holds. Else each feature is an item of its own.

        Raises
        ------
        ScoreError
            Points are no whole numbers, the intercept is no number, the multiplier is not positive,
            or the data has no such feature.

        Examples
        --------
        >>> from riskslim import RiskScore
        >>> score = RiskScore.from_points({"Age >= 65": 2, "Smoker": 1}, intercept=-3)
        >>> round(score.risk(3), 3)
        0.5
        >>> ages = RiskScore.from_points({"Age >= 65": 2, "Age >= 75": 3})
        >>> [band.points for band in ages.items[0].bands], [row.low for row in ages.table]
        ([0, 2, 5], [0, 2, 5])
        """
        if not (math.isfinite(multiplier) and multiplier > 0):
            raise ScoreError(f"multiplier must be a positive number, not {multiplier!r}")
        score = cls._of(known(points, intercept, data, bands=bands), float(multiplier), data, ())
        named = score.outcome if outcome is None else str(outcome)
        return replace(score, outcome=named, labels=score.labels if labels is None else labels)

    @classmethod
    def _of(
        cls, found: Trained, multiplier: float, data: Dataset | None, rules: Sequence[str]
    ) -> RiskScore:
        people = np.zeros((2, len(found.totals)))
        if data is not None:
            people = np.array([data.positive, data.negative])
        binning = None if data is None else data.binning
        return cls(
            outcome="outcome" if data is None else str(data.outcome_name),
            labels=(0, 1) if data is None else data.labels,
            features=found.features,
            intercept=found.intercept,
            multiplier=multiplier,
            training=found.training,
            table=score_table(
                *(found.used, found.intercept, multiplier, found.totals),
                *(people[0], people[1]),
                known_variables(binning, found.variables),
            ),
            rules=tuple(rules),
            certificate=found.certificate,
            binning=binning,
            variables=found.variables,
        )

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

    @property
    def rows_counted(self) -> int:
        """Rows of the data whose people the table counts or weighs."""
        return self.training.rows if self.recalibration is None else self.recalibration.rows

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
            return log_odds(self.risks(total))
        intercept, multiplier = self.formula
        return (intercept + total) / multiplier

    def means(self, total: FloatArray) -> list[Any]:
        """Give the risk of each of several totals."""
        return list(self.risks(total).tolist())

    def numbers(self, total: FloatArray) -> FloatArray:
        """Give the risk of each of several totals."""
        return self.risks(total)

    @property
    def parameters(self) -> dict[str, float]:
        """Multiplier and intercept."""
        return {"multiplier": self.multiplier, "intercept": self.intercept}

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
        total = self.total(X)
        if threshold == 0.5 and self.formula is not None:
            # A risk that rounds to 1/2 may be above it; its total tells.
            yes = total > -self.formula[0]
        else:
            yes = self.risks(total) > threshold
        return np.where(yes, np.array(self.labels[1]), np.array(self.labels[0]))

    def own_record(self) -> dict[str, Any]:
        """Give multiplier and tiers."""
        tiers = {"tiers": [tier.to_record() for tier in self.tiers]} if self.tiers else {}
        return {"multiplier": self.multiplier, **tiers}

    def moved(self, change: int) -> dict[str, Any]:
        """Give recalibration and tiers for totals that are more by a number."""
        found = self.recalibration
        return {
            "recalibration": None if found is None else found.moved(change),
            "tiers": tuple(tier.moved(change) for tier in self.tiers),
        }

    def with_tiers(
        self,
        tiers: Sequence[Mapping[str, Any]],
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
    ) -> RiskScore:
        """Give the score with tiers of totals, which every card then names.

        Parameters and errors as for `riskslim.scores.tiers.made_tiers`.

        Examples
        --------
        >>> from riskslim import RiskScore
        >>> score = RiskScore.from_points({"Stroke": 2, "Age >= 65": 1}, intercept=-3)
        >>> tiers = [{"name": "low"}, {"name": "high", "risk": 0.2, "advice": "Admit."}]
        >>> score.with_tiers(tiers).tiers[1].low
        2
        """
        return replace(self, tiers=made_tiers(self, tiers, X, y, sample_weight))

    @classmethod
    def read_own(cls, raw: JsonObject) -> dict[str, Any]:
        """Read multiplier, recalibration and tiers."""
        changed = raw.object("recalibration") if raw.has("recalibration") else None
        return {
            "multiplier": raw.number("multiplier"),
            "recalibration": None if changed is None else Recalibration.from_record(changed),
            "tiers": tuple(map(Tier.from_record, raw.objects("tiers"))) if raw.has("tiers") else (),
        }

    def row_record(self, row: ScoreRow) -> dict[str, Any]:
        """Give the risk of a total, or at the ends of a band."""
        low, high = (None if end is None else self.risk(end) for end in (row.low, row.high))
        return {"risk": low} if row.is_single else {"risk_low": low, "risk_high": high}

    @classmethod
    def read_row(
        cls, raw: JsonObject, low: float | None, high: float | None
    ) -> list[tuple[float, float]]:
        """Read the pairs of total and risk that a row states."""
        if low is not None and low == high:
            return [(low, raw.number("risk"))]
        stated = [(low, raw.number_or_null("risk_low")), (high, raw.number_or_null("risk_high"))]
        return [(total, risk) for total, risk in stated if total is not None and risk is not None]

    def check_row(self, row: ScoreRow, stated: list[tuple[float, float]]) -> None:  # noqa: ARG002
        """Refuse other risks than those of intercept and multiplier."""
        for total, risk in stated:
            if abs(self.risk(total) - risk) > _RISK_TOLERANCE:
                raise ScoreError(
                    f"the table states a risk of {risk!r} at total {total!r}, intercept and "
                    f"multiplier give {self.risk(total)!r}: the file was changed by hand"
                )

    def recalibrate(
        self,
        X: Any,
        y: ArrayLike | None = None,
        method: str = "logistic",
        sample_weight: ArrayLike | None = None,
        data: str = "",
    ) -> RiskScore:
        """Fit the risks of the totals to new data; the points stay as they are.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n, d), or CountedPeople
            As for `total`; or people by total and outcome, as `riskslim.count_people` counts
            them in a table of any size, with all that `y` and `sample_weight` say.
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
            isotonic one start from the risks as they are; after an isotonic regression these
            remain steps.

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

    def with_risks(
        self, risks: Recalibration, table: Sequence[ScoreRow] | None = None
    ) -> RiskScore:
        """Give the score with other risks, such as those of a publication.

        Parameters
        ----------
        risks : Recalibration
            They; tiers that begin at a risk follow them.
        table : sequence of ScoreRow, optional
            The totals with the people that the risks were found on.

        Warns
        -----
        DataWarning
            A tier is left out, as no total of its own is left.
        """
        changed = replace(
            self, recalibration=risks, table=self.table if table is None else tuple(table)
        )
        return replace(changed, tiers=tiers_of_risks(changed))

    @classmethod
    def published(cls, given: Mapping[str, Any] | str | os.PathLike[str]) -> RiskScore:
        """Make a published score of its points, bands and risks.

        Parameters and errors as for `riskslim.scores.published.published_score`.

        Examples
        --------
        >>> from riskslim import RiskScore
        >>> items = {
        ...     "Confusion": {"points": 1},
        ...     "Age": {"unit": "years", "cuts": [65], "points": [0, 1]},
        ... }
        >>> score = RiskScore.published({"risks": {0: 0.01, 1: 0.03, 2: 0.1}, "items": items})
        >>> score.total({"Confusion": ["yes"], "Age": [70]}).tolist()
        [2.0]
        """
        from riskslim.scores.published import published_score

        return published_score(given)

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

    @staticmethod
    def _probability(margin: FloatArray) -> FloatArray:
        # exp of a non-positive number never overflows, and neither branch cancels.
        decay = np.exp(-np.abs(margin))
        return np.where(margin >= 0, 1.0, decay) / (1.0 + decay)
