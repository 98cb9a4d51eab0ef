"""Held-out people of a cross-validation, as the figures of a report show them."""

from __future__ import annotations

from dataclasses import dataclass

from riskslim.evaluation.calibration import band_error
from riskslim.evaluation.judged_people import JudgedPeople
from riskslim.evaluation.operating_points import OperatingPoint
from riskslim.evaluation.performance import Performance
from riskslim.evaluation.result import CrossValidation

__all__ = ["Unseen"]


@dataclass(frozen=True, eq=False)
class Unseen:
    """How the scores of the folds did on people whom they had not seen.

    Attributes
    ----------
    performance : Performance
        With intervals.
    thresholds : tuple of OperatingPoint
        By ascending total of the score of all rows.
    bands : tuple of (predicted, observed, people)
        Tenths of the risk, in the first repetition.
    people : JudgedPeople
        Of the first repetition.
    """

    performance: Performance
    thresholds: tuple[OperatingPoint, ...]
    bands: tuple[tuple[float, float, float], ...]
    people: JudgedPeople

    @classmethod
    def of(cls, validation: object) -> Unseen | None:
        """Take them out of a cross-validation; None where it does not hold them."""
        if not isinstance(validation, CrossValidation) or validation.held_out is None:
            return None
        return cls(
            validation.measures,
            validation.operating_points,
            validation.calibration[0],
            validation.held_out,
        )

    @property
    def error(self) -> float:
        """Mean distance of observed shares from mean risks in the tenths."""
        return band_error(self.bands)
