"""The part of a report about recourse: whose prediction nothing that they can change moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.exporters.changes import target_in_words
from riskslim.exporters.columns import clean
from riskslim.languages import Texts
from riskslim.recourse import Recourse
from riskslim.report.drawing import FIRST, Plot
from riskslim.scores.intervals import wilson

__all__ = ["FixedShare", "RecourseShares"]


@dataclass(frozen=True)
class FixedShare:
    """How many of some people cannot reach the target.

    Attributes
    ----------
    name : str
        Of the subgroup; empty for everybody.
    people, denied, fixed : int
        People, those who have not reached the target, and those of them who cannot.
    share, low, high : float or None
        Of fixed ones among the denied, with its 95 % interval; None where nobody is denied.
    """

    name: str
    people: int
    denied: int
    fixed: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class RecourseShares:
    """Shares of fixed predictions.

    Attributes
    ----------
    target : str
        What is to be reached, in words.
    rows : tuple of FixedShare
        Everybody, then each subgroup.
    columns : tuple of (str, float)
        What can change, and the mean share of its changes alone that reach the target, of those
        denied who can change it.
    """

    target: str
    rows: tuple[FixedShare, ...]
    columns: tuple[tuple[str, float], ...]

    @classmethod
    def of(
        cls, found: Recourse, subgroups: Mapping[str, ArrayLike], texts: Texts
    ) -> RecourseShares:
        """Count fixed predictions, of everybody and by subgroup."""
        status = found.people["status"].to_numpy()
        denied = status != "reached"
        rows = [_share("", len(status), int(denied.sum()), int((status == "fixed").sum()))]
        for name, column in subgroups.items():
            rows += _by_group(name, found, column)
        asked = found.responsiveness[denied]
        means = [(clean(name), float(np.nanmean(asked[name]))) for name in asked.columns
                 if asked[name].notna().any()]  # fmt: skip
        target = target_in_words(texts, found.target_risk, found.wanted, found.answer)
        return cls(target, tuple(rows), tuple(means))

    def plot(self, texts: Texts) -> Plot | None:
        """Draw the share of each subgroup with its interval; None without subgroups."""
        rows = [row for row in self.rows if row.share is not None]
        if len(rows) < 2:
            return None
        shares = np.array([row.share for row in rows], dtype=float)
        ends = np.array([[row.low, row.high] for row in rows], dtype=float).T
        names = [row.name or texts("report.all") for row in rows]

        def draw(axes: Any) -> None:
            places = -np.arange(len(rows))
            axes.errorbar(
                *(shares, places),
                xerr=np.abs(ends - shares),
                color=FIRST, linestyle="none", marker="o", markersize=5, capsize=3,
            )  # fmt: skip
            axes.set(xlim=(-0.02, 1.02), xlabel=texts("recourse.share"))
            axes.set_yticks(places, names)
            axes.set_ylim(-len(rows) + 0.5, 0.5)
            axes.xaxis.set_major_formatter(lambda value, _: texts.number(round(value, 9)))

        text = texts("recourse.plot_text", share=texts.percent(rows[0].share or 0.0))
        return Plot("fixed", texts("recourse.share"), text, draw)


def _by_group(name: str, found: Recourse, column: ArrayLike) -> Iterator[FixedShare]:
    for group, row in found.by_group(column).iterrows():
        yield _share(f"{name} = {group}", int(row["people"]), int(row["denied"]), int(row["fixed"]))


def _share(name: str, people: int, denied: int, fixed: int) -> FixedShare:
    if not denied:
        return FixedShare(name, people, denied, fixed, None, None, None)
    share = fixed / denied
    return FixedShare(name, people, denied, fixed, share, *wilson(share, float(denied)))
