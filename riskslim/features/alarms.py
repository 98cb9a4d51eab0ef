"""Columns that know the outcome: by their values, by their blanks, or by their names."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from riskslim.data.spelling import blank_cells, without_codes
from riskslim.errors import DataWarning
from riskslim.features.columns import Column, RawTable
from riskslim.features.kinds import levels
from riskslim.features.variables import Levels, Thresholds, Variable
from riskslim.features.weighting import weighted_median
from riskslim.names import quoted
from riskslim.solvers._typing import BoolArray, FloatArray

__all__ = ["warn_of_giveaways"]

# No single measurement that is known beforehand comes near this area under the ROC curve.
_GIVES_AWAY = 0.98
# Fewer rows of a class are told apart by chance.
_LEAST_ROWS = 10
# Rows that all have the rarer outcome: by chance with at most this probability.
_BY_CHANCE = 1e-6
# A number of more values is a measurement, whose ends may well be of one class.
_LEVELS = 10

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
    table: RawTable, variables: Sequence[Variable], left_out: Sequence[str]
) -> None:
    """Warn of columns that nearly give the outcome away, or are named like what comes after it.

    A score of such a column looks perfect and is of no use: nobody knows the value when the risk
    is asked for. Cells are looked at as they are, so that the alarm does not depend on which
    features are made of them.

    Parameters
    ----------
    table : RawTable
        With classes 0 and 1; where there are none, or more, names alone are looked at.
    variables : sequence of Variable
        What was learned of its columns.
    left_out : sequence of str
        Other columns, which gave no feature: their blanks may do so where more features are made.

    Warns
    -----
    DataWarning
        Of each kind once, with all columns of it.
    """
    source = table.source
    after = [variable.column for variable in variables if _AFTERWARDS.fullmatch(variable.column)]
    if after:
        _warn(
            f"{source}: {_columns(after)} named like what happens after the moment when a risk is "
            "asked for; drop what is not known then (drop= or --drop)"
        )
    if not variables or not table.has_classes:
        return
    of_class = table.column(variables[0].column).rows.sum(axis=1)
    if len(of_class) != 2 or min(of_class) < _LEAST_ROWS:
        return
    telling: dict[str, list[str]] = {"values": [], "blanks": []}
    certain: list[str] = []
    told = {one.column: _told(table, one) for one in variables}
    for name in left_out:
        column = table.column(name)
        told[name] = column, None, blank_cells(column.cells).astype(float)
    for name in filter(told.__contains__, table.names):
        column, *numbers = told[name]
        for what, number in zip(telling, numbers, strict=True):
            if number is not None and max(_areas(number, column)) >= _GIVES_AWAY:
                telling[what].append(name)
                break
        else:
            if any(number is not None and _of_one_class(number, column) for number in numbers):
                certain.append(name)
    for what, columns in telling.items():
        if columns:
            _warn(
                f"{source}: the {what} of {_columns(columns, verb=False)} nearly give the outcome "
                "away: find out whether they are known before it, and drop what is not (drop= or "
                "--drop)"
            )
    if certain:
        _warn(
            f"{source}: all rows of a value of {_columns(certain, verb=False)}, or all where "
            f"{'it is' if len(certain) == 1 else 'they are'} known or blank, have the rarer "
            "outcome: find out whether that is known before it, and drop what is not (drop= or "
            "--drop)"
        )


def _of_one_class(told: FloatArray, column: Column) -> bool:
    """Whether many rows of which a column says one thing are of the rarer class, and no other."""
    _, place = np.unique(told, return_inverse=True)
    if place.max() >= _LEVELS:
        return False
    rows = column.rows.sum(axis=1)
    rarer = int(rows[1] <= rows[0])
    of_class = np.array([np.bincount(place, weights=counts) for counts in column.rows])
    pure = of_class[rarer][of_class[1 - rarer] == 0].max(initial=0.0)
    return bool(pure * np.log(rows[rarer] / rows.sum()) < np.log(_BY_CHANCE))


def _told(table: RawTable, variable: Variable) -> tuple[Column, FloatArray | None, FloatArray]:
    """Give a column, a number that each of its cells says, and one that its blank says."""
    if isinstance(variable, Thresholds):
        if variable.reference_is_column:
            column = table.years(variable)
            values = column.cells.to_numpy()
        else:
            column = table.column(variable.column)
            with column.told():
                values = variable.values(column.frame(), table.source)
        blank = np.isnan(values)
        middle = weighted_median(values[~blank], column.count[~blank]) if not blank.all() else 0.0
        return column, np.where(blank, middle, values), blank.astype(float)
    column = table.column(variable.column)
    known = (*variable.levels, *variable.rest) if isinstance(variable, Levels) else ()
    cells = levels(without_codes(column.cells, variable.missing), known)
    blank = np.array([cell is None for cell in cells], dtype=bool)
    return column, _risks(cells, blank, column), blank.astype(float)


def _risks(cells: np.ndarray[Any, Any], blank: BoolArray, column: Column) -> FloatArray:
    """Give the share of positives in the category of each cell, in all known ones for a blank.

    Categories of few rows are one: the outcomes of their own rows would tell them apart.
    """
    met, place = np.unique(cells[~blank], return_inverse=True)
    rows = np.bincount(place, weights=column.count[~blank], minlength=len(met))
    place = np.where(rows[place] < _LEAST_ROWS, len(met), place)
    weight, positive = column.weight[~blank], column.weights[1][~blank]
    mass = np.bincount(place, weights=weight, minlength=len(met) + 1)
    hits = np.bincount(place, weights=positive, minlength=len(met) + 1)
    whole = float(weight.sum())
    risks = np.full(len(cells), float(positive.sum()) / whole if whole else 0.0)
    risks[~blank] = (hits / np.maximum(mass, 1e-300))[place]
    return risks


def _areas(told: FloatArray, column: Column) -> tuple[float, float]:
    """Areas under the ROC curve of what a column says, and of its opposite."""
    from sklearn.metrics import roc_auc_score

    place, codes = np.nonzero(column.weights.T)
    weight = column.weights.T[place, codes]
    area = float(roc_auc_score(codes, told[place], sample_weight=weight))
    return area, 1.0 - area


def _columns(names: list[str], *, verb: bool = True) -> str:
    kind, is_are = ("column", "is") if len(names) == 1 else ("columns", "are")
    return f"{kind} {quoted(names)}" + (f" {is_are}" if verb else "")


def _warn(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=4)
