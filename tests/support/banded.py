"""Scores of given columns of 0 and 1, and tables of pages as another program reads them."""

from __future__ import annotations

import html.parser
from typing import Any

import numpy as np
import pandas as pd

from riskslim import Dataset, DecisionScore, RiskScore, Solution, Status


def data_of(columns: dict[str, Any]) -> Dataset:
    """Columns by name, with every third row positive."""
    frame = pd.DataFrame(columns).astype(float)
    frame.insert(0, "ill", (np.arange(len(frame)) % 3 == 0).astype(int))
    return Dataset.from_frame(frame)


def score_of(columns: dict[str, Any], points: list[int]) -> RiskScore:
    """A score with these points for the columns."""
    named = dict(zip(columns, points, strict=True))
    return RiskScore.from_points(named, intercept=-3, multiplier=2.5, data=data_of(columns))


def decision_of(columns: dict[str, Any], points: list[int], unit: int = 1) -> DecisionScore:
    """A decision score with these points for the columns."""
    data = data_of(columns)
    solution = Solution(
        status=Status.OPTIMAL,
        points=np.array([-3, *points]),
        feature_names=data.feature_names,
        objective=0.5,
        loss=0.5,
        lower_bound=0.5,
        nodes=1,
        cuts=0,
        lps=0,
        phase_seconds={"total": 0.1},
        proof="by hand",
    )
    return DecisionScore.from_solution(solution, data, unit=unit)


class Rows(html.parser.HTMLParser):
    """The rows of the tables of a page, and all its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()
