"""Which rows are positive, and how much each row weighs."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskslim.data.outcome_words import positive_word
from riskslim.data.spelling import as_read, common_spelling, each_cell
from riskslim.data.validation import number_of_rows, numeric_column, repeats_of, rows_text
from riskslim.errors import DataError, DataWarning
from riskslim.names import quoted
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = [
    "ClassWeight",
    "Label",
    "class_factors",
    "label_of_each",
    "left_out_by_outcome",
    "positive_rows",
    "probabilities",
    "row_weights",
    "with_outcome",
]

Label = bool | int | float | str
ClassWeight = str | Mapping[Any, float] | None


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
    positive : object, pair or None
        The value that stands for +1, itself or as text; or a pair, the negative and the positive
        value (see `with_outcome`). None where the two values tell, as 0/1, no/yes and
        alive/dead do: see `riskslim.data.outcome_words`.
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

    if isinstance(positive, tuple):
        positive = positive[1]
    series = pd.Series(outcome).reset_index(drop=True)
    codes, values = pd.factorize(series)
    if len(series) and (codes < 0).any():
        raise DataError(
            f"{source}: the outcome {name!r} is missing in {rows_text(codes < 0)}; "
            "fill it in or drop the rows"
        )
    labels = [_plain(value) for value in values]
    counts = _counts(codes, len(labels))
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
            f"needed: {_listed(labels, codes, counts)}; correct them, name another column, or say "
            "which two are meant (positive=(negative, positive); on the command line --positive "
            "and --negative): rows with others are left out then"
        )
    if chosen is None:
        chosen = positive_word(labels)
        if chosen is None:
            # An event is rarer than its absence, more often than not.
            rarer = labels[0] if counts[0] < counts[1] else labels[1]
            raise DataError(
                f"{source}: the outcome {name!r} has the values {_listed(labels, codes, counts)}; "
                f"say which of them is the positive one, such as the rarer (positive={rarer!r}; "
                f"on the command line --positive {shlex.quote(str(rarer))})"
            )
    return codes == chosen, (labels[1 - chosen], labels[chosen])


def with_outcome(frame: Any, target: str | None, positive: Any, source: str) -> Any:
    """Leave out the rows whose outcome is neither of two values that were named.

    Parameters
    ----------
    frame : DataFrame of shape (n, d)
        With a column for the outcome.
    target : str or None
        Its name; None for the first.
    positive : object, pair or None
        Of a pair, negative and positive value, rows of other values are left out; anything
        else leaves all rows.
    source : str
        Where the table came from.

    Returns
    -------
    DataFrame of shape (m, d)

    Raises
    ------
    DataError
        Nobody has one of the two values.

    Warns
    -----
    DataWarning
        Of the values that are left out, with their numbers of rows.
    """
    left_out = left_out_by_outcome(frame, target, positive, source)
    return frame if left_out is None else frame.loc[~left_out].reset_index(drop=True)


def left_out_by_outcome(
    frame: Any, target: str | None, positive: Any, source: str
) -> BoolArray | None:
    """Mark the rows that `with_outcome` leaves out; None where it leaves out none."""
    import pandas as pd

    names = [str(name) for name in frame.columns]
    if not isinstance(positive, tuple) or not names or (target is not None and target not in names):
        return None
    column = frame.iloc[:, 0 if target is None else names.index(target)]
    codes, values = pd.factorize(column)
    labels = [_plain(value) for value in values]
    counts = _counts(codes, len(labels))
    kept = []
    for role, wanted in zip(("negative", "positive"), positive, strict=True):
        place = _index_of(wanted, labels)
        if place is None:
            raise DataError(
                f"{source}: the outcome {column.name!r} never has the {role} value {wanted!r}; "
                f"its values are {_listed(labels, codes, counts)}"
            )
        kept.append(place)
    others = [label for place, label in enumerate(labels) if place not in kept]
    if not others:
        return None
    left_out: BoolArray = ~np.isin(codes, [*kept, -1])  # blanks are refused later, by their rows
    warnings.warn(
        f"{source}: {number_of_rows(left_out):,} rows are left out, whose outcome "
        f"{column.name!r} is {quoted(others)}; rows are numbered without them from here on",
        DataWarning,
        stacklevel=4,
    )
    return left_out


def _counts(codes: IntArray, n_labels: int) -> IntArray:
    known = codes >= 0
    repeats = repeats_of(len(codes))
    weights = None if repeats is None else repeats[known]
    return np.bincount(codes[known], weights=weights, minlength=n_labels).astype(np.int64)


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
