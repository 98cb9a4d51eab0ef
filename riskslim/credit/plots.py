"""Gains, Kolmogorov-Smirnov distance and approvals as a plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from riskslim.credit.gains import Gains
from riskslim.errors import OptionError
from riskslim.report.drawing import FIRST, INK, SECOND, SOFT, Plot

__all__ = ["gains_plot", "plot_kind"]

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


def gains_plot(gains: Gains) -> Plot:
    """Draw what is reached of the bad and of the good, and how bad those approved are.

    Parameters
    ----------
    gains : Gains
        Of people.
    """
    reached = [0.0, *(row.reached for row in gains.rows)]
    bad = [0.0, *(row.bads_reached for row in gains.rows)]
    good = [0.0, *(row.goods_reached for row in gains.rows)]
    widest = max(range(len(reached)), key=lambda at: bad[at] - good[at])
    left = [(row.approved, row.approved_bad_rate) for row in gains.rows]
    approved = [(share, rate) for share, rate in left if rate is not None]
    approved.insert(0, (1.0, gains.bads / gains.count))

    def draw(upper: Any, lower: Any) -> None:
        upper.plot(reached, bad, color=SECOND, linewidth=1.6, label="of the bad")
        upper.plot(reached, good, color=FIRST, linewidth=1.6, label="of the good")
        upper.plot([reached[widest]] * 2, [good[widest], bad[widest]], color=INK, linewidth=1.0)
        upper.annotate(
            f"KS {gains.ks:.3f}",
            (reached[widest], (good[widest] + bad[widest]) / 2),
            textcoords="offset points",
            xytext=(6, 0),
            color=INK,
        )
        upper.legend(frameon=False, loc="lower right")
        upper.set(ylim=(-0.02, 1.02), ylabel="Share reached")
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
            xlabel="Share of all people refused, the worst totals first",
            ylabel="Bad rate of the rest",
        )

    text = (
        "From the worst totals on, the largest difference between the shares of the bad and of the "
        f"good that are reached is {gains.ks:.3f}, where {reached[widest]:.0%} of all people are."
    )
    return Plot("gains", "Gains", text, draw, heights=(2.0, 1.0))
