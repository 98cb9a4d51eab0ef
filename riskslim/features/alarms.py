"""Columns that know the outcome: by their values, by their blanks, or by their names."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.spelling import blank_cells, without_codes
from riskslim.errors import DataWarning
from riskslim.features.kinds import levels
from riskslim.features.variables import Levels, Thresholds, Variable
from riskslim.names import quoted
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["warn_of_giveaways"]

# No single measurement that is known beforehand comes near this area under the ROC curve.
_GIVES_AWAY = 0.98
# Fewer rows of a class are told apart by chance.
_LEAST_ROWS = 10

# "days_to_death", "Time until event", "futime", "date of discharge", "cause_of_death"
_EVENT = r"(death|dead|died|event|relapse|recurrence|progression|discharge|censoring|outcome)"
_AFTERWARDS = re.compile(
    rf"((time|days?|weeks?|months?|years?|date|cause|reason|status)[ _.-]*(to|until|till|of|at|for)"
    rf"[ _.-]*(first[ _.-]*)?{_EVENT}"
    rf"|{_EVENT}[ _.-]*(time|date|day|status|cause)"
    r"|(fu|follow[ _.-]*up|surv|survival)[ _.-]*(time|days?|weeks?|months?|years?|status)?"
    r"|vital[ _.-]*status|discharge[ _.-]*disposition|(length[ _.-]*of[ _.-]*stay|los))",
    re.IGNORECASE,
)


def warn_of_giveaways(
    frame: pd.DataFrame,
    variables: Sequence[Variable],
    left_out: Sequence[str],
    codes: IntArray | None,
    weight: FloatArray | None,
    source: str,
) -> None:
    """Warn of columns that nearly give the outcome away, or are named like what comes after it.

    A score of such a column looks perfect and is of no use: nobody knows the value when the risk
    is asked for. Cells are looked at as they are, so that the alarm does not depend on which
    features are made of them.

    Parameters
    ----------
    frame : DataFrame of shape (n, d)
        The raw table.
    variables : sequence of Variable
        What was learned of its columns.
    left_out : sequence of str
        Other columns, which gave no feature: their blanks may do so where more features are made.
    codes : ndarray of int, shape (n,), or None
        Class of each row, 0 or 1; where it is none, or there are more, names alone are looked at.
    weight : ndarray of shape (n,), optional
        What each row counts.
    source : str
        What the table is called in messages.

    Warns
    -----
    DataWarning
        Of each kind once, with all columns of it.
    """
    after = [variable.column for variable in variables if _AFTERWARDS.fullmatch(variable.column)]
    if after:
        _warn(
            f"{source}: {_columns(after)} named like what happens after the moment when a risk is "
            "asked for; drop what is not known then (drop= or --drop)"
        )
    if codes is None or len(np.unique(codes)) != 2 or min(np.bincount(codes)) < _LEAST_ROWS:
        return
    telling: dict[str, list[str]] = {"values": [], "blanks": []}
    told: dict[str, tuple[FloatArray | None, FloatArray]] = {
        one.column: _told(frame, one, codes, weight, source) for one in variables
    }
    told |= {name: (None, blank_cells(frame[name]).astype(float)) for name in left_out}
    for column in filter(told.__contains__, frame.columns):
        for what, number in zip(telling, told[column], strict=True):
            if number is not None and max(_areas(number, codes, weight)) >= _GIVES_AWAY:
                telling[what].append(column)
                break
    for what, columns in telling.items():
        if columns:
            _warn(
                f"{source}: the {what} of {_columns(columns, verb=False)} nearly give the outcome "
                "away: find out whether they are known before it, and drop what is not (drop= or "
                "--drop)"
            )


def _told(
    frame: pd.DataFrame,
    variable: Variable,
    codes: IntArray,
    weight: FloatArray | None,
    source: str,
) -> tuple[FloatArray, FloatArray]:
    """Give a number for each row that its value, and one that its blank says."""
    if isinstance(variable, Thresholds):
        values = variable.values(frame, source)
        middle = float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0
        return np.where(np.isnan(values), middle, values), np.isnan(values).astype(float)
    known = (*variable.levels, *variable.rest) if isinstance(variable, Levels) else ()
    cells = levels(without_codes(frame[variable.column], variable.missing), known)
    blank = np.array([cell is None for cell in cells], dtype=bool)
    return _risks(cells, blank, codes, weight), blank.astype(float)


def _risks(
    cells: np.ndarray[Any, Any], blank: BoolArray, codes: IntArray, weight: FloatArray | None
) -> FloatArray:
    """Give the share of positives in the category of each row, in all known ones for a blank.

    Categories of few rows are one: the outcomes of their own rows would tell them apart.
    """
    counted = np.ones(len(codes)) if weight is None else weight
    met, place, rows = np.unique(cells[~blank], return_inverse=True, return_counts=True)
    place = np.where(rows[place] < _LEAST_ROWS, len(met), place)
    known, outcome = counted[~blank], codes[~blank]
    mass = np.bincount(place, weights=known, minlength=len(met) + 1)
    hits = np.bincount(place, weights=known * outcome, minlength=len(met) + 1)
    whole = float(known.sum())
    risks = np.full(len(codes), float(known @ outcome) / whole if whole else 0.0)
    risks[~blank] = (hits / np.maximum(mass, 1e-300))[place]
    return risks


def _areas(told: FloatArray, codes: IntArray, weight: FloatArray | None) -> tuple[float, float]:
    """Areas under the ROC curve of what a column says, and of its opposite."""
    from sklearn.metrics import roc_auc_score

    area = float(roc_auc_score(codes, told, sample_weight=weight))
    return area, 1.0 - area


def _columns(names: list[str], *, verb: bool = True) -> str:
    kind, is_are = ("column", "is") if len(names) == 1 else ("columns", "are")
    return f"{kind} {quoted(names)}" + (f" {is_are}" if verb else "")


def _warn(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=4)
