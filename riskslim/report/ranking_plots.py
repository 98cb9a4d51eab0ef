"""How totals tell positives from negatives: ROC curve, and totals by outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskslim.evaluation.estimates import Estimate
from riskslim.languages import Texts
from riskslim.report.drawing import FIRST, INK, SECOND, SOFT, Plot, far_apart, write_ticks
from riskslim.report.wording import estimate_in_words
from riskslim.scores.people import CountedPeople
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["RocPoint", "flips_plot", "roc_plot", "totals_plot"]

# More marks than this hide the curve.
_MOST_MARKS = 40


@dataclass(frozen=True)
class RocPoint:
    """What happens if everyone from a total on is called positive.

    Attributes
    ----------
    total : float or None
        The least that is called positive.
    false_positive_rate, true_positive_rate : float
        Between 0 and 1.
    """

    total: float | None
    false_positive_rate: float
    true_positive_rate: float


def roc_plot(
    points: Sequence[RocPoint],
    auc: Estimate | None,
    texts: Texts,
    chosen: tuple[str, float, float] | None = None,
    name: str = "roc",
) -> Plot:
    """Draw a ROC curve with the totals marked.

    Parameters
    ----------
    points : sequence of RocPoint
        By ascending total; none where the data has one class only.
    auc : Estimate or None
        Area under the curve, which stands in the plot with its interval.
    texts : Texts
        The language.
    chosen : tuple of str, float and float, optional
        Words, false and true positive rate of the threshold that a score decides by.
    name : str
        Of the plot.
    """
    shown, ends = estimate_in_words(texts, "auc", auc)
    places = [(point.false_positive_rate, point.true_positive_rate) for point in points]
    x = [1.0, *(place[0] for place in places), 0.0]
    y = [1.0, *(place[1] for place in places), 0.0]
    few = len(points) <= _MOST_MARKS
    labels = far_apart(places if chosen is None else [chosen[1:], *places])
    if chosen is not None:
        # The threshold's own point stands first, and keeps what is near it unlabelled.
        labels = [label - 1 for label in labels if label]

    def draw(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=":")
        if points:
            marker = "o" if few else None
            axes.plot(x, y, color=FIRST, linewidth=1.6, marker=marker, markersize=3.5)
        for place in labels if few else ():
            axes.annotate(
                texts.number(float(points[place].total or 0)),
                places[place],
                textcoords="offset points",
                xytext=(6, -9),
                fontsize=7.5,
                color=SOFT,
            )
        if chosen is not None:
            axes.plot(*chosen[1:], color=SECOND, marker="o", markersize=8, linestyle="none")
            axes.annotate(
                chosen[0],
                chosen[1:],
                textcoords="offset points",
                xytext=(10, -12) if chosen[1] < 0.6 else (-10, -16),
                ha="left" if chosen[1] < 0.6 else "right",
                fontsize=8.5,
                color=INK,
            )
        if auc is not None:
            area = f"AUC {shown} ({ends})" if ends else f"AUC {shown}"
            axes.text(1.0, 0.02, area, ha="right", va="bottom", fontsize=10, color=INK)
        axes.set(
            xlim=(-0.02, 1.02),
            ylim=(-0.02, 1.02),
            xlabel=texts("report.fpr"),
            ylabel=texts("report.sensitivity"),
        )
        write_ticks(axes, texts)

    text = texts("report.roc_text", auc=shown)
    if chosen is not None:
        text += " " + texts(
            "report.threshold_text",
            threshold=chosen[0],
            fpr=texts.percent(chosen[1]),
            tpr=texts.percent(chosen[2]),
        )
    return Plot(name, texts("report.roc"), text, draw)


def totals_plot(people: CountedPeople, texts: Texts, threshold: int | None = None) -> Plot:
    """Draw the distribution of the totals by outcome.

    Parameters
    ----------
    people : CountedPeople
        Of the report.
    texts : Texts
        The language.
    threshold : int, optional
        What a total must exceed to mean yes; drawn between the totals on its two sides.
    """
    totals, positive, weight = people.total, people.positive, people.weight
    edges, single = _bins(totals)

    def draw(axes: Any) -> None:
        for rows, color, label, sign in (
            (~positive, FIRST, texts("report.negatives"), 1.0),
            (positive, SECOND, texts("report.positives"), -1.0),
        ):
            share, _ = np.histogram(totals[rows], edges, weights=weight[rows])
            share = share / max(float(weight[rows].sum()), 1e-300)
            width = np.diff(edges) * 0.42
            middle = (edges[1:] + edges[:-1]) / 2 - sign * width / 2
            axes.bar(middle, share, width=width, color=color, label=label)
        _finish(axes, threshold, texts, single=single)

    text = texts(
        "report.totals_text",
        low=texts.number(float(totals.min())),
        high=texts.number(float(totals.max())),
    )
    if threshold is not None:
        text += " " + texts("report.threshold_line", threshold=texts.number(threshold))
    return Plot("totals", texts("report.totals"), text, draw)


def flips_plot(people: CountedPeople, flips: BoolArray, threshold: int, texts: Texts) -> Plot:
    """Draw whom scores that are nearly as good decide otherwise, by the total of one of them.

    Parameters
    ----------
    people : CountedPeople
        Of the report.
    flips : ndarray of bool, shape (m,)
        Whom of them some score decides otherwise.
    threshold : int
        What a total must exceed to mean yes.
    texts : Texts
        The language.
    """
    totals, weight = people.total, people.weight
    edges, single = _bins(totals)
    width = np.diff(edges)

    def draw(axes: Any) -> None:
        below = np.zeros(len(width))
        for rows, color, key in ((~flips, FIRST, "all_alike"), (flips, SECOND, "some_otherwise")):
            share, _ = np.histogram(totals[rows], edges, weights=weight[rows] / weight.sum())
            axes.bar(
                edges[:-1] + width / 2, share, width * 0.84, below,
                color=color, label=texts(f"report.{key}"),
            )  # fmt: skip
            below = below + share
        _finish(axes, threshold, texts, single=single)

    share = texts.percent(float(weight[flips].sum() / weight.sum()))
    return Plot("ranges", texts("report.flips"), texts("report.flips_text", share=share), draw)


def _bins(totals: FloatArray) -> tuple[FloatArray, bool]:
    """Give the edges of the bars, and whether each total has its own."""
    distinct = np.unique(totals)
    single = len(distinct) <= 40 and np.array_equal(distinct, np.rint(distinct))
    if single:
        return np.arange(distinct[0] - 0.5, distinct[-1] + 1.0), True
    return np.histogram_bin_edges(totals, bins=24), False


def _finish(axes: Any, threshold: int | None, texts: Texts, *, single: bool) -> None:
    """Draw the threshold, legend and axes of bars by total."""
    if threshold is not None:
        # A bar of integer totals is centred on its total, and the threshold itself means no.
        axes.axvline(
            threshold + 0.5 if single else threshold,
            color=INK, linewidth=1.4, linestyle="--", label=_more_than(threshold, texts),
        )  # fmt: skip
    axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    axes.set(xlabel=texts("card.total"), ylabel=texts("report.share"))
    axes.xaxis.get_major_locator().set_params(integer=True)
    write_ticks(axes, texts)


def _more_than(threshold: int, texts: Texts) -> str:
    return texts("report.more_than", threshold=texts.number(threshold))
