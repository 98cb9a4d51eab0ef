"""Measures, thresholds and calibration as tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskslim.cli.terminal import plain_table

if TYPE_CHECKING:
    from rich.table import Table

    from riskslim.evaluation.estimates import Estimate
    from riskslim.evaluation.operating_points import OperatingPoint

__all__ = ["MEASURE_NAMES", "curve_table", "interval", "points_table"]

MEASURE_NAMES = {
    "auc": ("AUC", 3),
    "calibration_in_the_large": ("calibration in the large", 2),
    "calibration_slope": ("calibration slope", 2),
    "calibration_error": ("calibration error", 3),
    "brier": ("Brier score", 4),
    "log_loss": ("logistic loss", 4),
}
"""Measures that are printed: their names and their digits."""


def interval(estimate: Estimate | None, digits: int) -> tuple[str, str]:
    """Value and interval as texts; a dash where there is none."""
    if estimate is None:
        return "–", ""
    if math.isnan(estimate.low):
        return f"{estimate.value:.{digits}f}", ""
    return (
        f"{estimate.value:.{digits}f}",
        f"{estimate.low:.{digits}f} to {estimate.high:.{digits}f}",
    )


def points_table(points: Sequence[OperatingPoint], most: int = 20) -> Table:
    """Rates and predictive values in percent with intervals, a row for each total.

    Of more than `most` totals, so many that are spread evenly.
    """
    table = plain_table(("Total", "Risk", "Sensitivity", "Specificity", "PPV", "NPV"))
    if len(points) > most:
        steps = range(most)
        points = [points[round(step * (len(points) - 1) / (most - 1))] for step in steps]
    for point in points:
        rates = (point.sensitivity, point.specificity, point.ppv, point.npv)
        table.add_row(
            "–" if point.total is None else f"≥ {point.total:g}",
            f"{point.risk:.1%}",
            *map(_share, rates),
        )
    return table


def curve_table(points: Sequence[OperatingPoint]) -> Table:
    """Net benefit with intervals, a row for each threshold of the risk."""
    table = plain_table(("Threshold", "Called", "Net benefit", "95 % interval", "Treat all"))
    for point in points:
        value, ends = interval(point.net_benefit, 3)
        table.add_row(
            f"{point.risk:.0%}", f"{point.called:.1%}", value, ends, f"{point.treat_all:.3f}"
        )
    return table


def _share(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{estimate.value:.0%} ({100 * estimate.low:.0f}–{100 * estimate.high:.0f})"
