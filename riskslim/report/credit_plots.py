"""Gains, Kolmogorov-Smirnov distance, approvals and the stability of the population as plots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from riskslim.credit.drift import Stability
from riskslim.credit.gains import Gains
from riskslim.errors import OptionError
from riskslim.languages import Texts
from riskslim.report.drawing import FIRST, INK, SECOND, SOFT, Plot, write_ticks

__all__ = ["gains_plot", "plot_kind", "stability_plot"]

_KINDS = ("svg", "pdf")


def plot_kind(path: Path) -> str:
    """Tell by the ending of a file how a plot is drawn.

    Raises
    ------
    OptionError
        The file ends in neither ``.svg`` nor ``.pdf``.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        raise OptionError(f"{str(path)!r}: a plot ends in .svg or .pdf")
    return kind


def gains_plot(gains: Gains, texts: Texts) -> Plot:
    """Draw what is reached of the bad and of the good, and how bad those approved are.

    Parameters
    ----------
    gains : Gains
        Of people.
    texts : Texts
        The language.
    """
    reached = [0.0, *(row.reached for row in gains.rows)]
    bad = [0.0, *(row.bads_reached for row in gains.rows)]
    good = [0.0, *(row.goods_reached for row in gains.rows)]
    widest = max(range(len(reached)), key=lambda at: bad[at] - good[at])
    left = [(row.approved, row.approved_bad_rate) for row in gains.rows]
    approved = [(share, rate) for share, rate in left if rate is not None]
    approved.insert(0, (1.0, gains.bads / gains.count))
    distance = texts.fixed(gains.ks, 3)

    def draw(upper: Any, lower: Any) -> None:
        upper.plot(reached, bad, color=SECOND, linewidth=1.6, label=texts("credit.of_bad"))
        upper.plot(reached, good, color=FIRST, linewidth=1.6, label=texts("credit.of_good"))
        upper.plot([reached[widest]] * 2, [good[widest], bad[widest]], color=INK, linewidth=1.0)
        upper.annotate(
            f"KS {distance}",
            (reached[widest], (good[widest] + bad[widest]) / 2),
            textcoords="offset points",
            xytext=(6, 0),
            color=INK,
        )
        upper.legend(frameon=False, loc="lower right")
        upper.set(ylim=(-0.02, 1.02), ylabel=texts("credit.share_reached"))
        # Refused from the left, so that the axes of both say the same.
        lower.plot(
            [1.0 - share for share, _ in approved],
            [rate for _, rate in approved],
            color=SOFT,
            linewidth=1.6,
        )
        lower.set(
            xlim=(-0.02, 1.02),
            ylim=(0.0, None),
            xlabel=texts("credit.refused"),
            ylabel=texts("credit.rest_rate"),
        )
        write_ticks(upper, texts)
        write_ticks(lower, texts)

    text = texts("credit.gains_text", ks=distance, share=texts.percent(reached[widest]))
    return Plot("gains", texts("credit.gains"), text, draw, heights=(2.0, 1.0))


def stability_plot(found: Stability, texts: Texts) -> Plot:
    """Draw how many of the expected and of today's people are in each band of totals.

    Parameters
    ----------
    found : Stability
        Of the totals.
    texts : Texts
        The language.
    """
    places = range(len(found.cells))

    def draw(axes: Any) -> None:
        for shares, color, label, side in (
            ([cell.expected for cell in found.cells], SOFT, texts("credit.expected"), -0.2),
            ([cell.actual for cell in found.cells], FIRST, texts("credit.actual"), 0.2),
        ):
            axes.bar([at + side for at in places], shares, width=0.38, color=color, label=label)
        axes.set_xticks(list(places), [cell.name for cell in found.cells], rotation=35, ha="right")
        axes.legend(frameon=False, fontsize=8)
        axes.set(xlabel=texts("card.total"), ylabel=texts("report.share"))
        axes.yaxis.set_major_formatter(lambda value, _: texts.number(round(value, 9)))

    text = texts(
        "credit.stability_text",
        index=texts.fixed(found.index, 4),
        chance=texts.fixed(found.by_chance, 4),
    )
    return Plot("stability", texts("credit.stability"), text, draw)
