"""What was found for each person, as rows and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.features.cuts import number_text
from riskslim.recourse.levers import Choice, Number
from riskslim.recourse.options import Options
from riskslim.recourse.totals import Change
from riskslim.scores.point_score import PointScore
from riskslim.scores.risk import RiskScore
from riskslim.scores.totals import plain_numbers
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["change_rows", "people_rows"]


def people_rows(
    score: PointScore,
    totals: FloatArray,
    ends: FloatArray,
    done: BoolArray,
    cheapest: FloatArray,
    ways: dict[int, list[Change]],
    columns: dict[int, Options],
) -> pd.DataFrame:
    """Give a row for each person: total, status, reach, and the cheapest change."""
    import pandas as pd

    status = np.where(done, "reached", np.where(np.isfinite(cheapest), "possible", "fixed"))
    made: dict[str, Any] = {"total": plain_numbers(totals)}
    if isinstance(score, RiskScore):
        made["risk"] = score.risks(totals)
    made["status"] = status
    made["least_total"], made["greatest_total"] = map(plain_numbers, ends)
    if isinstance(score, RiskScore):
        made["least_risk"], made["greatest_risk"] = score.risks(ends[0]), score.risks(ends[1])
    made["cost"] = np.where(np.isfinite(cheapest), cheapest, np.nan)
    made["change"] = [
        _words(ways[row][0], row, columns) if ways.get(row) else "" for row in range(len(totals))
    ]
    return pd.DataFrame(made)


def change_rows(
    score: PointScore,
    totals: FloatArray,
    ways: dict[int, list[Change]],
    columns: dict[int, Options],
) -> pd.DataFrame:
    """Give a row for each way of each person to the target."""
    import pandas as pd

    listed = [(row, change) for row in sorted(ways) for change in ways[row]]
    after = np.array([totals[row] + change.gain for row, change in listed], dtype=float)
    made: dict[str, Any] = {
        "row": [row + 1 for row, _ in listed],
        "cost": [change.cost for _, change in listed],
        "total": plain_numbers(after),
    }
    if isinstance(score, RiskScore):
        made["risk"] = score.risks(after) if len(after) else after
    made["columns"] = [len(change.options) for _, change in listed]
    made["change"] = [_words(change, row, columns) for row, change in listed]
    return pd.DataFrame(made)


def _words(change: Change, row: int, columns: dict[int, Options]) -> str:
    """Say what a person changes."""
    return "; ".join(_one(columns[place], row, option) for place, option in change.options)


def _one(options: Options, row: int, option: int) -> str:
    lever, target = options.lever, float(options.target[row, option])
    if isinstance(lever, Choice):
        before = lever.labels[int(options.now[row])]
        return f"{lever.names[0]}: {before} -> {lever.labels[int(target)]}"
    assert isinstance(lever, Number)
    value = float(lever.values[row])
    shown = number_text(float(f"{target:.12g}"))
    if options.is_open[row, option]:
        shown = f"{'above' if option > options.now[row] else 'below'} {shown}"
    return f"{lever.names[0]}: {number_text(value)} -> {shown}"
