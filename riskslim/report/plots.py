"""The plots of a report, as SVG that stands in the page with a text alternative."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from riskslim.languages import Texts
from riskslim.report.equals import NearEquals
from riskslim.report.measures import Measures
from riskslim.report.sizes import SizeRow
from riskslim.validation.estimates import wilson

__all__ = [
    "calibration_plot",
    "decision_plot",
    "ranges_plot",
    "roc_plot",
    "sizes_plot",
    "totals_plot",
]

_INK, _SOFT, _FIRST, _SECOND = "#1a2330", "#566273", "#1f4e79", "#c8553d"
_BAND = "#9cc3e6"
# Marks closer than this share of the axes get one label between them.
_APART = 0.045


def _plot(
    name: str,
    title: str,
    text: str,
    draw: Callable[..., None],
    heights: tuple[float, ...] = (1.0,),
) -> Markup:
    """Draw on axes below one another; give an SVG element with title and description."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.parse_math": False,
        "axes.edgecolor": _SOFT,
        "axes.labelcolor": _INK,
        "xtick.color": _SOFT,
        "ytick.color": _SOFT,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=(5.2, 3.9), layout="constrained")
        figure.patch.set_alpha(0.0)
        panels = figure.subplots(len(heights), sharex=True, squeeze=False, height_ratios=heights)
        for axes in panels[:, 0]:
            axes.set_facecolor("none")
        draw(*panels[:, 0])
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :]
    # Identifiers are unique in their plot only; the page holds several.
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg).replace("url(#", f"url(#{name}-")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    head = f'<svg role="img" aria-labelledby="{name}-title {name}-desc" class="plot"'
    labels = (
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(text)}</desc>'
    )
    svg = svg.replace("<svg", head, 1)
    end_of_head = svg.index(">") + 1
    return Markup(svg[:end_of_head] + labels + svg[end_of_head:])


def _apart(points: list[tuple[float, float]], key: list[int] | None = None) -> list[int]:
    """Places of points that are far enough from one another, those of the largest key first."""
    order = range(len(points)) if key is None else np.argsort(-np.asarray(key), kind="stable")
    kept: list[int] = []
    for place in map(int, order):
        if all(math.dist(points[place], points[other]) >= _APART for other in kept):
            kept.append(place)
    return kept


def _numbers(axes: Any, texts: Texts) -> None:
    """Write the ticks as the language does."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: texts.number(round(value, 9)))


def roc_plot(measures: Measures, texts: Texts) -> Markup:
    """ROC curve with the totals marked."""
    rows = measures.thresholds
    points = [
        (1 - row.specificity.value, row.sensitivity.value)
        for row in rows
        if row.specificity is not None and row.sensitivity is not None
    ]
    x = [1.0, *(point[0] for point in points), 0.0]
    y = [1.0, *(point[1] for point in points), 0.0]

    def draw(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=0.8, linestyle=":")
        axes.plot(x, y, color=_FIRST, linewidth=1.6, marker="o", markersize=3.5)
        for place in _apart(points):
            axes.annotate(
                texts.number(float(rows[place].total or 0)),
                points[place],
                textcoords="offset points",
                xytext=(6, -9),
                fontsize=7.5,
                color=_SOFT,
            )
        axes.set(
            xlim=(-0.02, 1.02),
            ylim=(-0.02, 1.02),
            xlabel=texts("report.fpr"),
            ylabel=texts("report.sensitivity"),
        )
        _numbers(axes, texts)

    auc = measures.evaluation.auc
    shown = "-" if auc is None else texts.fixed(auc, 3)
    return _plot("roc", texts("report.roc"), texts("report.roc_text", auc=shown), draw)


def calibration_plot(measures: Measures, texts: Texts) -> Markup:
    """Observed against predicted risk by total, with intervals and counts."""
    table = measures.evaluation.table

    def draw(axes: Any, below: Any) -> None:
        axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=0.8, linestyle=":")
        for row in table:
            low, high = wilson(row.observed, row.rows)
            axes.plot([row.predicted] * 2, [low, high], color=_FIRST, linewidth=1.0, alpha=0.6)
        predicted = [row.predicted for row in table]
        axes.plot(
            *(predicted, [row.observed for row in table]),
            color=_FIRST, linestyle="none", marker="o", markersize=4.5,
        )  # fmt: skip
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), ylabel=texts("report.observed"))
        counts = [row.rows for row in table]
        below.vlines(predicted, 0, counts, color=_FIRST, linewidth=3.0)
        for place in _apart([(x, 0.0) for x in predicted], key=counts):
            below.annotate(
                texts.count(counts[place]),
                (predicted[place], counts[place]),
                textcoords="offset points",
                xytext=(0, 2),
                ha="center",
                fontsize=7,
                color=_SOFT,
            )
        below.set(
            ylim=(0, 1.25 * max(counts)),
            xlabel=texts("report.predicted"),
            ylabel=texts("card.people"),
        )
        below.locator_params(axis="y", nbins=3, integer=True)
        _numbers(axes, texts)
        _numbers(below, texts)

    error = texts.percent(measures.evaluation.calibration_error)
    text = texts("report.calibration_text", error=error)
    return _plot("calibration", texts("report.calibration"), text, draw, (3.2, 1.0))


def totals_plot(measures: Measures, texts: Texts) -> Markup:
    """Distribution of the totals by outcome."""
    totals, positive, weight = measures.totals, measures.positive, measures.weight
    distinct = np.unique(totals)
    if len(distinct) <= 40 and np.array_equal(distinct, np.rint(distinct)):
        edges = np.arange(distinct[0] - 0.5, distinct[-1] + 1.0)
    else:
        edges = np.histogram_bin_edges(totals, bins=24)

    def draw(axes: Any) -> None:
        for rows, color, label, sign in (
            (~positive, _FIRST, texts("report.negatives"), 1.0),
            (positive, _SECOND, texts("report.positives"), -1.0),
        ):
            share, _ = np.histogram(totals[rows], edges, weights=weight[rows])
            share = share / max(float(weight[rows].sum()), 1e-300)
            width = np.diff(edges) * 0.42
            middle = (edges[1:] + edges[:-1]) / 2 - sign * width / 2
            axes.bar(middle, share, width=width, color=color, label=label)
        axes.legend(frameon=False, fontsize=8)
        axes.set(xlabel=texts("card.total"), ylabel=texts("report.share"))
        axes.xaxis.get_major_locator().set_params(integer=True)
        _numbers(axes, texts)

    text = texts(
        "report.totals_text",
        low=texts.number(float(totals.min())),
        high=texts.number(float(totals.max())),
    )
    return _plot("totals", texts("report.totals"), text, draw)


def decision_plot(measures: Measures, texts: Texts) -> Markup:
    """Net benefit over thresholds of the risk."""
    grid = np.linspace(0.01, 0.99, 99)
    score, everyone = measures.decision_curve(grid)

    def draw(axes: Any) -> None:
        axes.plot(grid, score, color=_FIRST, linewidth=1.6, label=texts("report.by_score"))
        axes.plot(grid, everyone, color=_SECOND, linewidth=1.0, label=texts("report.treat_all"))
        axes.axhline(0.0, color=_SOFT, linewidth=0.8, label=texts("report.treat_none"))
        top = max(float(score.max()), 0.01)
        axes.set(
            xlim=(0, 1),
            ylim=(-0.25 * top, 1.1 * top),
            xlabel=texts("report.threshold"),
            ylabel=texts("report.net_benefit"),
        )
        axes.legend(frameon=False, fontsize=8)
        _numbers(axes, texts)

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
    return _plot("decision", texts("report.decision"), text, draw)


def sizes_plot(sizes: Sequence[SizeRow], texts: Texts) -> Markup:
    """Loss in training and held out, with its standard error, against the size."""
    x = [row.size for row in sizes]
    best = min(sizes, key=lambda row: (row.cv_loss, row.size))

    def draw(axes: Any) -> None:
        axes.plot(
            *(x, [row.loss for row in sizes]),
            color=_SOFT, linewidth=1.2, linestyle="--", label=texts("report.training_loss"),
        )  # fmt: skip
        axes.errorbar(
            *(x, [row.cv_loss for row in sizes]),
            yerr=[row.standard_error for row in sizes],
            color=_FIRST, linewidth=1.6, marker="o", markersize=4, capsize=2.5,
            label=texts("report.held_out_loss"),
        )  # fmt: skip
        axes.legend(frameon=False, fontsize=8)
        axes.set(xlabel=texts("report.size"), ylabel=texts("report.loss"))
        axes.xaxis.get_major_locator().set_params(integer=True)
        _numbers(axes, texts)

    text = texts("report.sizes_text", size=best.size)
    return _plot("sizes", texts("report.sizes"), text, draw)


def ranges_plot(equals: NearEquals, texts: Texts) -> Markup:
    """Lowest and highest risk that scores which are nearly as good give each person."""
    ranges = equals.multiplicity.ranges.sort_values(["baseline", "lowest", "highest"])
    order = np.arange(1, len(ranges) + 1)
    low, high, best = (ranges[name].to_numpy() for name in ("lowest", "highest", "baseline"))

    def draw(axes: Any) -> None:
        axes.fill_between(
            *(order, low, high),
            color=_BAND, linewidth=0, step="mid", label=texts("report.all_scores"),
        )  # fmt: skip
        axes.plot(order, best, color=_FIRST, linewidth=1.4, label=texts("report.best_score"))
        axes.axhline(equals.multiplicity.threshold, color=_SOFT, linewidth=0.8, linestyle=":")
        axes.legend(frameon=False, fontsize=8)
        axes.set(
            xlim=(1, max(len(order), 2)),
            ylim=(-0.02, 1.02),
            xlabel=texts("report.people_by_risk"),
            ylabel=texts("card.risk"),
        )
        _numbers(axes, texts)

    share = texts.percent(float((equals.widths > 0.1).mean()))
    return _plot("ranges", texts("report.ranges"), texts("report.ranges_text", share=share), draw)
