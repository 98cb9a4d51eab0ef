"""The loss against the size, and a search against its seconds, as pictures."""

from __future__ import annotations

import io
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from riskslim.errors import OptionError
from riskslim.files import write_atomically
from riskslim.solvers.result import Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from riskslim.scores.path import ScorePath
    from riskslim.search.solution import Solution

__all__ = ["FORMATS", "draw_history", "draw_path", "save_plot"]

FORMATS = (".svg", ".png", ".pdf")


def draw_path(path: ScorePath, ax: Axes | None = None) -> Axes:
    """Draw a path; see `ScorePath.plot`.

    Losses on the training data as a line, filled where the size is proved; the lower
    bounds of sizes that are not; held-out losses with bars of one standard error, and
    the sizes that the two rules choose.
    """
    from matplotlib.ticker import MaxNLocator

    if ax is None:
        ax = _new_figure().subplots()
    losses = {size: path.solutions[size].loss for size in path.sizes}
    proved = [size for size in path.sizes if path.solutions[size].status is Status.OPTIMAL]
    open_sizes = [size for size in path.sizes if size not in proved]
    ax.plot(list(losses), list(losses.values()), color="tab:blue", label="training")
    ax.plot(proved, [losses[size] for size in proved], "o", color="tab:blue")
    if open_sizes:
        at = [losses[size] for size in open_sizes]
        ax.plot(open_sizes, at, "o", mfc="white", color="tab:blue", label="not proved")
        below = [losses[size] - path.solutions[size].absolute_gap for size in open_sizes]
        ax.vlines(open_sizes, below, at, color="tab:blue", linestyle=":")
    if path.fold_losses:
        sizes = [size for size in path.sizes if size in path.fold_losses]
        means, errors = zip(*(path.cv_loss(size) for size in sizes), strict=True)
        ax.errorbar(
            sizes, means, yerr=errors, fmt="s-", capsize=3, color="tab:orange", label="held out"
        )
        best, one_se = path.choose("best"), path.choose("one-se")
        limit = sum(path.cv_loss(best))
        ax.axhline(limit, color="grey", linewidth=0.8, linestyle="--")
        ax.axvline(one_se, color="grey", linewidth=0.8, label=f"one standard error: size {one_se}")
        if best != one_se:
            ax.axvline(best, color="grey", linewidth=0.8, linestyle=":", label=f"least: {best}")
    ax.set_xlabel("features with points")
    ax.set_ylabel("logistic loss")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()
    return ax


def draw_history(solution: Solution, ax: Axes | None = None) -> Axes:
    """Draw a search; see `Solution.plot`.

    Incumbent and lower bound as steps, and what is between them: the gap.
    """
    if ax is None:
        ax = _new_figure().subplots()
    seconds = [line.seconds for line in solution.history]
    bounds = [line.lower_bound for line in solution.history]
    best = [
        line.objective if math.isfinite(line.objective) else math.nan for line in solution.history
    ]
    ax.step(seconds, best, where="post", color="tab:blue", label="incumbent")
    ax.step(seconds, bounds, where="post", color="tab:orange", label="lower bound")
    ax.fill_between(seconds, bounds, best, step="post", color="grey", alpha=0.2)
    ax.set_xlabel("seconds")
    ax.set_ylabel("objective")
    ax.legend()
    return ax


def _new_figure() -> Figure:
    # No pyplot: a library call opens no window and keeps no global state.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_plot(path: ScorePath, file: str | os.PathLike[str]) -> None:
    """Write the picture of a path to a file, whole or not at all.

    Parameters
    ----------
    path : ScorePath
        What to draw.
    file : path
        Ends in ``.svg``, ``.png`` or ``.pdf``. Equal paths give equal bytes.

    Raises
    ------
    OptionError
        Another ending.
    """
    import matplotlib as mpl

    ending = Path(file).suffix.lower()
    if ending not in FORMATS:
        raise OptionError(f"{file}: a plot ends in {', '.join(FORMATS)}")
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "riskslim"}):
        figure = _new_figure()
        draw_path(path, figure.subplots())
        # No date of making: the same path gives the same file.
        metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(ending)
        figure.savefig(buffer, format=ending[1:], dpi=150, metadata=metadata)
    write_atomically(file, buffer.getvalue())
