"""Which rows are positive, and how much each row weighs."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.spelling import as_read, common_spelling, each_cell
from riskslim.data.validation import numeric_column, rows_text
from riskslim.errors import DataError
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = [
    "ClassWeight",
    "Label",
    "class_factors",
    "label_of_each",
    "positive_rows",
    "probabilities",
    "row_weights",
]

Label = bool | int | float | str
ClassWeight = str | Mapping[Any, float] | None

# False == 0 and True == 1, so the first pair stands for booleans too.
_USUAL_PAIRS = ((0, 1), (-1, 1))


def positive_rows(
    outcome: Any, name: str, positive: Any, source: str
) -> tuple[BoolArray, tuple[Label, Label]]:
    """Mark the positive rows of an outcome of two values.

    Parameters
    ----------
    outcome : Series or array-like of shape (n,)
        Two distinct values.
    name : str
        Of the outcome.
    positive : object or None
        The value that stands for +1, itself or as text. None for 0/1, -1/+1 or booleans,
        where it is the larger.
    source : str
        Where the table came from.

    Returns
    -------
    is_positive : ndarray of bool, shape (n,)
        Which rows are positive.
    labels : tuple
        The negative and the positive value, as plain Python objects.

    Raises
    ------
    DataError
        If values are missing, if there are not two of them, or if it is not
        clear which of them is the positive one.
    """
    import pandas as pd

    series = pd.Series(outcome).reset_index(drop=True)
    codes, values = pd.factorize(series)
    if len(series) and (codes < 0).any():
        raise DataError(
            f"{source}: the outcome {name!r} is missing in {rows_text(codes < 0)}; "
            "fill it in or drop the rows"
        )
    labels = [_plain(value) for value in values]
    counts = np.bincount(codes, minlength=len(labels))
    chosen = None if positive is None else _index_of(positive, labels)
    if positive is not None and chosen is None:
        raise DataError(
            f"{source}: the outcome {name!r} never has the positive value {positive!r}; "
            f"its values are {_listed(labels, codes, counts)}"
        )
    if not labels:
        raise DataError(f"{source}: the table has no rows; a score needs rows of both classes")
    if len(labels) == 1:
        raise DataError(
            f"{source}: the outcome {name!r} is constant ({labels[0]!r} in every row), "
            "so there is only one class; a score needs rows of both"
        )
    if len(labels) > 2:
        raise DataError(
            f"{source}: the outcome {name!r} has {len(labels)} distinct values where two are "
            f"needed: {_listed(labels, codes, counts)}; correct them, or name another column"
        )
    if chosen is None:
        if not any(set(labels) == set(pair) for pair in _USUAL_PAIRS):
            raise DataError(
                f"{source}: the outcome {name!r} has the values {labels[0]!r} and {labels[1]!r}; "
                f"say which of them is the positive one (positive={labels[1]!r}, say; "
                f"on the command line --positive {shlex.quote(str(labels[1]))})"
            )
        chosen = labels.index(1)
    return codes == chosen, (labels[1 - chosen], labels[chosen])


def label_of_each(outcome: Any, labels: tuple[Label, Label]) -> IntArray:
    """Tell which of two labels every row has.

    Parameters
    ----------
    outcome : Series or array-like of shape (n,)
        Values, in whatever types they were read: what a row has depends on no other row.
    labels : tuple
        The negative and the positive label.

    Returns
    -------
    ndarray of int, shape (n,)
        0 or 1; -1 where it is neither.
    """
    import pandas as pd

    def place_of(cell: Any) -> int:
        place = _index_of(cell, list(labels))
        return -1 if place is None else place

    made: IntArray = each_cell(pd.Series(outcome), place_of, np.int64)
    return made


def probabilities(outcome: Any, name: str, source: str) -> FloatArray:
    """Check labels that are probabilities: numbers from 0 to 1.

    Parameters
    ----------
    outcome : Series or array-like of shape (n,)
        Of the positive class.
    name, source : str
        Of the labels and their table, for messages.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    DataError
        Naming the first rows concerned.
    """
    import pandas as pd

    column = pd.Series(np.asarray(outcome)).reset_index(drop=True)
    values = numeric_column(column, name, source)
    for wrong, what in (
        (np.isnan(values), "missing"),
        (~((values >= 0) & (values <= 1)) & ~np.isnan(values), "outside 0 to 1"),
    ):
        if wrong.any():
            raise DataError(
                f"{source}: probabilities {name!r} are {what} in {rows_text(wrong)}; "
                "a probability is a number from 0 to 1"
            )
    return values


def _plain(value: Any) -> Label:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return int(value) if float(value).is_integer() else float(value)
    return str(value)


def _index_of(wanted: Any, labels: list[Label]) -> int | None:
    """Find a label by its value, by its text, or else by the spelling that no other label has."""
    is_text = isinstance(wanted, str)
    for position, label in enumerate(labels):
        if isinstance(label, str) == is_text and label == wanted:
            return position
    for spell in (as_read, common_spelling):
        spelled = [spell(label) for label in labels]
        if spelled.count(spell(wanted)) == 1:
            return spelled.index(spell(wanted))
    return None


def _listed(labels: list[Label], codes: Any, counts: Any) -> str:
    shown = [
        f"{labels[code]!r} ({rows_text(codes == code)})"
        if counts[code] <= 3
        else f"{labels[code]!r} ({counts[code]} rows)"
        for code in np.argsort(-counts, kind="stable")[:6]
    ]
    return ", ".join(shown) + (f" and {len(labels) - 6} more" if len(labels) > 6 else "")


def row_weights(weights: Any, n_rows: int, source: str, name: str) -> FloatArray:
    """Check sample weights: as many as rows, finite, none negative, not all zero.

    Parameters
    ----------
    weights : Series or array-like of shape (n_rows,)
        A number is not accepted: it would not change the answer.
    n_rows : int
        Number of rows.
    source, name : str
        Where the table and the weights came from.

    Returns
    -------
    ndarray of shape (n_rows,)

    Raises
    ------
    DataError
        Naming the first rows concerned.
    """
    import pandas as pd

    column = weights if isinstance(weights, pd.Series) else pd.Series(_vector(weights, source))
    values = numeric_column(column, name, source)
    if len(values) != n_rows:
        raise DataError(
            f"{source}: {len(values)} sample weights for {n_rows} rows; give one for each row"
        )
    for wrong, what in (
        (np.isnan(values), "missing"),
        (np.isinf(values), "infinite"),
        (values < 0, "negative"),
    ):
        if wrong.any():
            raise DataError(
                f"{source}: {what} weights {name!r} in {rows_text(wrong)}; "
                "a weight is a finite number, 0 or more"
            )
    if not values.any():
        raise DataError(f"{source}: all weights {name!r} are zero; give some row a positive weight")
    return values


def _vector(values: ArrayLike, source: str) -> np.ndarray[Any, Any]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise DataError(
            f"{source}: sample weights have {array.ndim} dimensions; give one number for each row"
        )
    return array


def class_factors(
    class_weight: ClassWeight, labels: tuple[Label, Label], totals: tuple[float, float], source: str
) -> tuple[float, float]:
    """Factors on the weights of the negative and the positive rows.

    Parameters
    ----------
    class_weight : "balanced", dict or None
        ``"balanced"`` gives both classes the same total weight and keeps the sum;
        a dict gives factors by label, 1 where it names none.
    labels : tuple
        The negative and the positive label.
    totals : tuple of float
        Their total weights.
    source : str
        Where the table came from.

    Raises
    ------
    DataError
        If a label is unknown or a factor is not a positive number.
    """
    if class_weight is None:
        return 1.0, 1.0
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise DataError(
                f"{source}: class weight {class_weight!r} is unknown; give 'balanced' or a "
                "dictionary from label to weight"
            )
        half = 0.5 * (totals[0] + totals[1])
        return half / totals[0], half / totals[1]
    factors = [1.0, 1.0]
    for label, factor in class_weight.items():
        position = _index_of(label, list(labels))
        if position is None:
            raise DataError(
                f"{source}: a class weight is given for {label!r}, which is no label; "
                f"the labels are {labels[0]!r} and {labels[1]!r}"
            )
        if not (np.isfinite(factor) and factor > 0):
            raise DataError(
                f"{source}: the class weight of {label!r} is {factor!r}; give a positive number"
            )
        factors[position] = float(factor)
    return factors[0], factors[1]
