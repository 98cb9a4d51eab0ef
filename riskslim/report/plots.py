"""The plots of a report on risks, but for those that it shares with a report on decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from riskslim.evaluation.estimates import wilson
from riskslim.evaluation.judged_people import JudgedPeople
from riskslim.evaluation.smooth_calibration import smooth_calibration
from riskslim.languages import Texts
from riskslim.report.drawing import BAND, FIRST, SECOND, SOFT, Plot, far_apart, write_ticks
from riskslim.report.equals import NearEquals
from riskslim.report.measures import decision_curve
from riskslim.report.sizes import SizeRow

__all__ = ["calibration_plot", "decision_plot", "ranges_plot", "sizes_plot"]


def calibration_plot(
    bands: Sequence[tuple[float, float, float]],
    people: JudgedPeople,
    error: float,
    texts: Texts,
    name: str = "calibration",
) -> Plot:
    """Observed against predicted risk: groups with intervals and counts, and a smooth curve.

    Parameters
    ----------
    bands : sequence of (predicted, observed, people)
        Groups of people: of a total, or a tenth.
    people : JudgedPeople
        Whose outcomes the smooth curve follows.
    error : float
        Mean distance of the groups from the diagonal.
    texts : Texts
        The language.
    name : str
        Of the plot.
    """
    smooth = smooth_calibration(people)

    def draw(axes: Any, below: Any) -> None:
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=":")
        if smooth is not None:
            axes.fill_between(
                *(smooth.predicted, smooth.low, smooth.high),
                color=BAND, alpha=0.5, linewidth=0, label=texts("report.smooth_band"),
            )  # fmt: skip
            axes.plot(
                *(smooth.predicted, smooth.observed),
                color=SECOND, linewidth=1.4, label=texts("report.smooth"),
            )  # fmt: skip
        for x, y, count in bands:
            axes.plot([x] * 2, wilson(y, count), color=FIRST, linewidth=1.0, alpha=0.6)
        predicted = [band[0] for band in bands]
        axes.plot(
            *(predicted, [band[1] for band in bands]),
            color=FIRST, linestyle="none", marker="o", markersize=4.5,
            label=texts("report.grouped"),
        )  # fmt: skip
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), ylabel=texts("report.observed"))
        axes.legend(frameon=False, fontsize=8, loc="upper left")
        counts = [round(band[2]) for band in bands]
        below.vlines(predicted, 0, counts, color=FIRST, linewidth=3.0)
        for place in far_apart([(x, 0.0) for x in predicted], key=counts):
            below.annotate(
                texts.count(counts[place]),
                (predicted[place], counts[place]),
                textcoords="offset points",
                xytext=(0, 2),
                ha="center",
                fontsize=7,
                color=SOFT,
            )
        below.set(
            ylim=(0, 1.25 * max(counts)),
            xlabel=texts("report.predicted"),
            ylabel=texts("card.people"),
        )
        below.locator_params(axis="y", nbins=3, integer=True)
        write_ticks(axes, texts)
        write_ticks(below, texts)

    text = texts("report.calibration_text", error=texts.percent(error))
    return Plot(name, texts("report.calibration"), text, draw, (3.2, 1.0))


def decision_plot(people: JudgedPeople, texts: Texts, name: str = "decision") -> Plot:
    """Net benefit over thresholds of the risk."""
    grid = np.linspace(0.01, 0.99, 99)
    score, everyone = decision_curve(people, grid)

    def draw(axes: Any) -> None:
        axes.plot(grid, score, color=FIRST, linewidth=1.6, label=texts("report.by_score"))
        axes.plot(grid, everyone, color=SECOND, linewidth=1.0, label=texts("report.treat_all"))
        axes.axhline(0.0, color=SOFT, linewidth=0.8, label=texts("report.treat_none"))
        top = max(float(score.max()), 0.01)
        axes.set(
            xlim=(0, 1),
            ylim=(-0.25 * top, 1.1 * top),
            xlabel=texts("report.threshold"),
            ylabel=texts("report.net_benefit"),
        )
        axes.legend(frameon=False, fontsize=8)
        write_ticks(axes, texts)

    better = grid[score > np.maximum(everyone, 0.0) + 1e-12]
    text = (
        texts("report.decision_nowhere")
        if better.size == 0
        else texts(
            "report.decision_text",
            low=texts.percent(float(better[0])),
            high=texts.percent(float(better[-1])),
        )
    )
    return Plot(name, texts("report.decision"), text, draw)


def sizes_plot(sizes: Sequence[SizeRow], texts: Texts) -> Plot:
    """Loss in training and held out, with its standard error, against the size."""
    x = [row.size for row in sizes]
    best = min(sizes, key=lambda row: (row.cv_loss, row.size))

    def draw(axes: Any) -> None:
        axes.plot(
            *(x, [row.loss for row in sizes]),
            color=SOFT, linewidth=1.2, linestyle="--", label=texts("report.training_loss"),
        )  # fmt: skip
        axes.errorbar(
            *(x, [row.cv_loss for row in sizes]),
            yerr=[row.standard_error for row in sizes],
            color=FIRST, linewidth=1.6, marker="o", markersize=4, capsize=2.5,
            label=texts("report.held_out_loss"),
        )  # fmt: skip
        axes.legend(frameon=False, fontsize=8)
        axes.set(xlabel=texts("report.size"), ylabel=texts("report.loss"))
        axes.xaxis.get_major_locator().set_params(integer=True)
        write_ticks(axes, texts)

    text = texts("report.sizes_text", size=best.size)
    return Plot("sizes", texts("report.sizes"), text, draw)


def ranges_plot(equals: NearEquals, texts: Texts) -> Plot:
    """Lowest and highest risk that scores which are nearly as good give each person."""
    ranges = equals.multiplicity.ranges.assign(rows=equals.people.rows)
    ranges = ranges.sort_values(["baseline", "lowest", "highest"])
    # A row is as wide as it has people.
    order = np.append(0, np.cumsum(ranges["rows"]))
    low, high, best = (
        np.append(ranges[name], ranges[name].iloc[-1]) for name in ("lowest", "highest", "baseline")
    )

    def draw(axes: Any) -> None:
        axes.fill_between(
            *(order, low, high),
            color=BAND, linewidth=0, step="post", label=texts("report.all_scores"),
        )  # fmt: skip
        axes.step(
            *(order, best),
            where="post", color=FIRST, linewidth=1.4, label=texts("report.best_score"),
        )  # fmt: skip
        axes.axhline(equals.multiplicity.threshold, color=SOFT, linewidth=0.8, linestyle=":")
        axes.legend(frameon=False, fontsize=8)
        axes.set(
            xlim=(0, order[-1]),
            ylim=(-0.02, 1.02),
            xlabel=texts("report.people_by_risk"),
            ylabel=texts("card.risk"),
        )
        write_ticks(axes, texts)

    share = texts.percent(equals.share_of_wide)
    return Plot("ranges", texts("report.ranges"), texts("report.ranges_text", share=share), draw)
