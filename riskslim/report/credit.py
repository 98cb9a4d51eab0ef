"""The part of a report that a credit desk asks for: gains, attributes and stability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from riskslim.credit.attributes import Applicants
from riskslim.credit.drift import Drift, find_drift
from riskslim.credit.gains import Gains, find_gains
from riskslim.credit.scorecard import Scorecard, make_scorecard
from riskslim.exporters.characteristics import characteristics
from riskslim.languages import Texts
from riskslim.report.credit_plots import gains_plot, stability_plot
from riskslim.report.drawing import Plot
from riskslim.report.people import ReportPeople
from riskslim.scores.point_score import PointScore

__all__ = ["CreditDesk"]


@dataclass(frozen=True, eq=False)
class CreditDesk:
    """What a report shows to a credit desk.

    Attributes
    ----------
    gains : Gains
        Of the people of the report.
    scorecard : Scorecard or None
        Their attributes; None where the score has points for each unit of a number.
    drift : Drift or None
        From the people that were expected; None where there are none to compare with.
    """

    gains: Gains
    scorecard: Scorecard | None
    drift: Drift | None

    @classmethod
    def of(
        cls,
        score: PointScore,
        X: Any,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        reference: Any = None,
        reference_weight: ArrayLike | None = None,
        period: Sequence[Any] | None = None,
        language_code: str = "en",
    ) -> CreditDesk:
        """Count people for a report.

        Parameters
        ----------
        score, X, y, sample_weight
            As for the report.
        reference : DataFrame, array-like or Applicants, optional
            The people expected, as for `riskslim.credit.find_drift`; by default those that the
            score was trained on, where it knows of some.
        reference_weight : array-like, optional
            Of these.
        period : sequence of shape (n,), optional
            Such as the month of each row.
        language_code : str
            Of the report.

        Raises
        ------
        ScoreError
            The data do not fit the score, or have one class only.
        """
        bands = all(one.attributes for one in characteristics(score))
        knows = reference is not None or (
            score.training.rows > 0 and any(row.weight for row in score.table)
        )
        if isinstance(X, ReportPeople):
            X = Applicants(score, X.columns, X.members.total, X.members)
        people = Applicants.read(score, X)
        return cls(
            find_gains(score, people, y, sample_weight),
            make_scorecard(score, people, y, sample_weight, language_code=language_code)
            if bands
            else None,
            find_drift(
                *(score, people, reference),
                period=period,
                sample_weight=sample_weight,
                reference_weight=reference_weight,
                language_code=language_code,
            )
            if knows
            else None,
        )

    def plots(self, texts: Texts) -> dict[str, Plot]:
        """Draw gains and stability, by name."""
        plots = [gains_plot(self.gains, texts)]
        if self.drift is not None:
            plots.append(stability_plot(self.drift.totals, texts))
        return {plot.name: plot for plot in plots}
