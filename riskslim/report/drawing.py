"""How the plots of a report are drawn: as SVG that stands in the page with a text alternative."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from riskslim.exporters.fonts import choose_fonts, quietly
from riskslim.languages import Texts

__all__ = ["BAND", "FIRST", "INK", "SECOND", "SOFT", "draw_svg", "far_apart", "write_ticks"]

INK, SOFT, FIRST, SECOND = "#1a2330", "#566273", "#1f4e79", "#c8553d"
BAND = "#9cc3e6"
# Marks closer than this share of the axes get one label between them.
_APART = 0.045


def draw_svg(
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
        panels = figure.subplots(len(heights), sharex=True, squeeze=False, height_ratios=heights)
        for axes in panels[:, 0]:
            axes.set_facecolor("none")
        draw(*panels[:, 0])
        stream = io.StringIO()
        # The page shows letters that this machine has no font for in fonts of its reader.
        choose_fonts(figure)
        with quietly():
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
