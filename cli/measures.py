"""Measures, thresholds and calibration as tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from riskslim.cli.terminal import make_console, plain_table

if TYPE_CHECKING:
    from rich.table import Table

    from riskslim.evaluation.estimates import Estimate
    from riskslim.evaluation.operating_points import OperatingPoint
    from riskslim.evaluation.unknown import UnknownRanges

__all__ = ["MEASURE_NAMES", "curve_table", "interval", "points_table", "print_ranges"]

_Point = TypeVar("_Point")

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


def spread_evenly(points: Sequence[_Point], most: int = 20) -> Sequence[_Point]:
    """Of many points take so many that are spread evenly."""
    if len(points) <= most:
        return points
    return [points[round(step * (len(points) - 1) / (most - 1))] for step in range(most)]


def points_table(points: Sequence[OperatingPoint], most: int = 20) -> Table:
    """Rates and predictive values in percent with intervals, a row for each total.

    Of more than `most` totals, so many that are spread evenly.
    """
    table = plain_table(("Total", "Risk", "Sensitivity", "Specificity", "PPV", "NPV"))
    for point in spread_evenly(points, most):
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


def print_ranges(found: UnknownRanges, when: str = "", *, points: bool = True) -> None:
    """Print between which ends measures lie, whatever the unknown is."""
    console = make_console()
    console.print(
        f"Of {found.unknown:,} of {found.rows:,} rows something is not known. Whatever it is, on "
        f"all of them{when and ' '}{when}:"
    )
    table = plain_table(("", "At least", "At most"), left=1)
    for words, ends, places in (
        ("AUC", found.auc, 4),
        ("Brier score", found.brier, 4),
        ("logistic loss", found.log_loss, 4),
        ("mean risk", found.mean_risk, 4),
    ):
        if ends is not None:
            table.add_row(words, *(f"{end:.{places}f}" for end in ends))
    console.print(table)
    if points:
        rates = plain_table(("Total", "Sensitivity", "Specificity", "PPV", "NPV"))
        sign = "≥" if found.mean_risk is not None else ">"
        for point in spread_evenly(found.points):
            known = (point.sensitivity, point.specificity, point.ppv, point.npv)
            rates.add_row(f"{sign} {point.total:g}", *map(_ends, known))
        console.print(rates)


def _ends(ends: tuple[float, float] | None) -> str:
    return "–" if ends is None else f"{100 * ends[0]:.0f}–{100 * ends[1]:.0f}%"


def _share(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{estimate.value:.0%} ({100 * estimate.low:.0f}–{100 * estimate.high:.0f})"
