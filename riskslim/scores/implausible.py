"""Numbers of a raw table that are mistakes, as far as a score can tell."""

from __future__ import annotations

from typing import Any

from riskslim.data.frames import as_frame, source_of
from riskslim.data.validation import rows_text
from riskslim.errors import DataError
from riskslim.features.cuts import number_text
from riskslim.features.variables import Thresholds
from riskslim.scores.point_score import PointScore

__all__ = ["implausible_numbers"]


def implausible_numbers(score: PointScore, X: Any) -> tuple[str, ...]:
    """Say which measurements lie where no person's can; they are scored nevertheless.

    Parameters
    ----------
    score : PointScore
        The score.
    X : DataFrame or array-like of shape (n, d)
        As for `PointScore.total`.

    Returns
    -------
    tuple of str
        A sentence for each column, with its rows; none where a table of features is given.
    """
    frame = as_frame(X)
    if score.binning is None or not (hasattr(frame, "columns") and hasattr(frame, "iloc")):
        return ()
    binning = score.binning.part(score.points)
    if not binning.is_raw_table([str(name) for name in frame.columns], score.points):
        return ()
    source, said = source_of(frame), []
    for variable in binning.variables:
        if not isinstance(variable, Thresholds):
            continue
        try:
            raw = binning.part(variable.features).raw_columns(frame, source)
            values = variable.values(raw, source)
        except DataError:
            # Refused, in its own words, where the rows are scored.
            continue
        low, high = variable.plausible
        beyond = (values < low) | (values > high)
        if beyond.any():
            said.append(
                f"{source}: column {variable.column!r} holds {number_text(values[beyond][0])} in "
                f"{rows_text(beyond)}, {_range(variable)}; if it is a mistake or a code for a "
                "missing value, empty the cells"
            )
    return tuple(said)


def _range(variable: Thresholds) -> str:
    if variable.limits:
        return "beyond the limits {} to {}".format(*map(number_text, variable.limits))
    if variable.seen:
        return "far from the {} to {} that the score was learned from".format(
            *map(number_text, variable.seen)
        )
    return "below 0"
