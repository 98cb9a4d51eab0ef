"""What a comparison of scores and models says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from riskslim.evaluation.discrimination import AUCDifference
from riskslim.evaluation.estimates import Estimate
from riskslim.evaluation.operating_points import OperatingPoint
from riskslim.evaluation.performance import Performance
from riskslim.evaluation.reclassification import Reclassification

__all__ = ["Comparison", "Contender", "Pair"]


@dataclass(frozen=True)
class Contender:
    """One score or model, and how well it predicts.

    Attributes
    ----------
    name : str
        Of the score, or of the model.
    trained : str
        ``"given"`` for a score; ``"cross-fitted"`` for a model that is fitted to the other folds
        of the same data; ``"on training data"`` for one that is fitted to data of its own.
    size : int or None
        Features with points; None for a model that is no score.
    performance : Performance
        Measures with intervals. The calibration error is by total, and by tenths of the risks
        for models that have no totals or are cross-fitted.
    decision_curve : tuple of OperatingPoint
        At the thresholds.
    """

    name: str
    trained: str
    size: int | None
    performance: Performance
    decision_curve: tuple[OperatingPoint, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give everything as an object for JSON."""
        return {
            "name": self.name,
            "trained": self.trained,
            "size": self.size,
            "measures": self.performance.to_dict(),
            "decision_curve": [point.to_dict() for point in self.decision_curve],
        }


@dataclass(frozen=True, eq=False)
class Pair:
    """A contender beside the first one.

    Attributes
    ----------
    first, other : str
        Their names.
    auc : AUCDifference or None
        Area of the other less that of the first, with DeLong's test; None with one class only.
    net_benefit : tuple of Estimate
        The same difference of the net benefit, at each threshold.
    reclassification : Reclassification
        From the first to the other.
    """

    first: str
    other: str
    auc: AUCDifference | None
    net_benefit: tuple[Estimate, ...]
    reclassification: Reclassification

    def to_dict(self) -> dict[str, Any]:
        """Give everything as an object for JSON."""
        test = self.auc
        return {
            "first": self.first,
            "other": self.other,
            "auc": test and {**test.difference.to_dict(), "z": test.z, "p_value": test.p_value},
            "net_benefit": [estimate.to_dict() for estimate in self.net_benefit],
            "reclassification": self.reclassification.to_dict(),
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """Scores and models on the same people.

    Attributes
    ----------
    rows, positives : int
        Rows with a weight, and positive ones among them.
    thresholds : tuple of float
        Risks at which the net benefit is stated.
    contenders : tuple of Contender
        The scores as given, then the models.
    pairs : tuple of Pair
        Every other contender beside the first.
    notes : tuple of str
        What a reader must know to judge fairly.
    stopped : {"time limit", "interrupted"} or None
        What ended the fits before those of all models were finished; the others are left out.
    """

    rows: int
    positives: int
    thresholds: tuple[float, ...]
    contenders: tuple[Contender, ...]
    pairs: tuple[Pair, ...]
    notes: tuple[str, ...]
    stopped: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give everything as an object for JSON."""
        return {
            "kind": "comparison",
            "version": 1,
            "rows": self.rows,
            "positives": self.positives,
            "thresholds": list(self.thresholds),
            "contenders": [contender.to_dict() for contender in self.contenders],
            "pairs": [pair.to_dict() for pair in self.pairs],
            "notes": list(self.notes),
        }
