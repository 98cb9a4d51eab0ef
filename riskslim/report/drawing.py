"""How the plots of a report are drawn: as SVG that stands in the page with a text alternative."""

from __future__ import annotations

import functools
import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import escape

from riskslim.exporters.fonts import choose_fonts, quietly
from riskslim.languages import Texts

__all__ = ["BAND", "FIRST", "INK", "SECOND", "SOFT", "Plot", "far_apart", "write_ticks"]

INK, SOFT, FIRST, SECOND = "#1a2330", "#566273", "#1f4e79", "#c8553d"
BAND = "#9cc3e6"
# Marks closer than this share of the axes get one label between them.
_APART = 0.045


@dataclass(frozen=True, eq=False)
class Plot:
    """A plot of a report, which a page takes as it is and a folder as files.

    Attributes
    ----------
    name : str
        Of its file, and of its parts in a page that holds several.
    title, text : str
        For those who cannot see it.
    draw : callable
        Called with the axes.
    heights : tuple of float
        Of the axes below one another.
    """

    name: str
    title: str
    text: str
    draw: Callable[..., None]
    heights: tuple[float, ...] = (1.0,)

    def __html__(self) -> str:
        """Give an SVG element with title and description."""
        svg = self._svg.decode("utf-8")
        svg = svg[svg.index("<svg") :]
        # Identifiers are unique in their plot only; the page holds several.
        name = self.name
        svg = re.sub(r'\bid="', f'id="{name}-', svg)
        svg = re.sub(r'href="#', f'href="#{name}-', svg).replace("url(#", f"url(#{name}-")
        svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
        head = f'<svg role="img" aria-labelledby="{name}-title {name}-desc" class="plot"'
        labels = (
            f'<title id="{name}-title">{escape(self.title)}</title>'
            f'<desc id="{name}-desc">{escape(self.text)}</desc>'
        )
        svg = svg.replace("<svg", head, 1)
        end_of_head = svg.index(">") + 1
        return svg[:end_of_head] + labels + svg[end_of_head:]

    def file(self, kind: str) -> bytes:
        """Draw it as a file of its own, ``"svg"`` or ``"pdf"``; the same bytes every time."""
        return self._svg if kind == "svg" else self._drawn(kind)

    @functools.cached_property
    def _svg(self) -> bytes:
        """Drawn once for the page and for its file."""
        return self._drawn("svg")

    def _drawn(self, kind: str) -> bytes:
        import matplotlib as mpl
        from matplotlib.figure import Figure

        settings: Any = {
            "svg.fonttype": "none",
            "svg.hashsalt": self.name,
            # Letters in a PDF stay letters.
            "pdf.fonttype": 42,
            "font.family": "DejaVu Sans",
            "font.size": 9,
            "text.parse_math": False,
            "axes.edgecolor": SOFT,
            "axes.labelcolor": INK,
            "xtick.color": SOFT,
            "ytick.color": SOFT,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
        with mpl.rc_context(settings):
            figure = Figure(figsize=(5.2, 3.9), layout="constrained")
            figure.patch.set_alpha(0.0)
            panels = figure.subplots(
                len(self.heights), sharex=True, squeeze=False, height_ratios=self.heights
            )
            for axes in panels[:, 0]:
                axes.set_facecolor("none")
            self.draw(*panels[:, 0])
            stream = io.BytesIO()
            # The page shows letters that this machine has no font for in fonts of its reader.
            choose_fonts(figure)
            dated = "Date" if kind == "svg" else "CreationDate"
            with quietly():
                figure.savefig(stream, format=kind, metadata={dated: None})
        return stream.getvalue()


def far_apart(points: list[tuple[float, float]], key: list[int] | None = None) -> list[int]:
    """Places of points that are far enough from one another, those of the largest key first."""
    order = range(len(points)) if key is None else np.argsort(-np.asarray(key), kind="stable")
    kept: list[int] = []
    for place in map(int, order):
        if all(math.dist(points[place], points[other]) >= _APART for other in kept):
            kept.append(place)
    return kept


def write_ticks(axes: Any, texts: Texts) -> None:
    """Write the ticks as the language does."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: texts.number(round(value, 9)))
