"""From columns of numbers and an outcome to counts: everything is checked on the way."""

from __future__ import annotations

from typing import Any

from riskslim.data.counts import Counts
from riskslim.data.outcome import (
    Label,
    label_of_each,
    positive_rows,
    probabilities,
    row_weights,
)
from riskslim.data.table import Table
from riskslim.data.validation import check_numbers, rows_text
from riskslim.errors import DataError
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["codes_of", "counted"]


def counted(
    table: Table,
    names: tuple[str, ...],
    outcome: Any,
    outcome_name: str,
    positive: Any,
    weights: Any,
    source: str,
    weights_name: str = "sample_weight",
    is_soft: bool = False,
    labels: tuple[Label, Label] | None = None,
    repeats: IntArray | None = None,
) -> Counts:
    """Check a table and count its distinct rows.

    Parameters
    ----------
    table : Table of shape (n, d)
        Features.
    names : tuple of str
        Theirs.
    outcome : Series or array-like of shape (n,)
        Classes or, where they are soft, probabilities.
    outcome_name : str
        What is predicted.
    positive : object or None
        The outcome's positive value.
    weights : array-like of shape (n,) or None
        Weights of the rows.
    source, weights_name : str
        Of the table and of the weights, for messages.
    is_soft : bool
        Whether labels are probabilities.
    labels : tuple, optional
        The outcome's values, where they are known: one of them may be missing then.
    repeats : ndarray of int, shape (n,), optional
        How many rows of a larger table each row is.

    Raises
    ------
    DataError
        If the table cannot be used as it is.
    """
    n, d = table.shape
    if n == 0:
        raise DataError(f"{source}: the table has no rows; a score needs rows of both classes")
    if d == 0:
        raise DataError(f"{source}: the table has no features; give at least one column more")
    check_numbers(table, names, source)
    shares = None
    if is_soft:
        shares = probabilities(outcome, outcome_name, source)
        is_positive, labels = shares >= 0.5, (0, 1)
    elif labels is None:
        is_positive, labels = positive_rows(outcome, outcome_name, positive, source)
    else:
        is_positive = codes_of(outcome, labels, outcome_name, source)
    weight = None
    if weights is not None:
        weight = row_weights(weights, n, source, weights_name)
        if shares is None:
            _refuse_weightless(weight, is_positive, labels, outcome_name, source)
    said: dict[str, Any] = {"feature_names": names, "outcome_name": outcome_name, "labels": labels}
    return Counts.of(table, is_positive, weight, shares, repeats, source=source, **said)


def codes_of(
    outcome: Any, labels: tuple[Label, Label], outcome_name: str, source: str
) -> BoolArray:
    """Mark the rows of the second of two labels that are known; raises DataError for others."""
    codes = label_of_each(outcome, labels)
    if (codes < 0).any():
        raise DataError(
            f"{source}: the outcome {outcome_name!r} is neither {labels[0]!r} nor {labels[1]!r} "
            f"in {rows_text(codes < 0)}; correct it, or drop the rows"
        )
    is_positive: BoolArray = codes == 1
    return is_positive


def _refuse_weightless(
    weight: FloatArray,
    is_positive: BoolArray,
    labels: tuple[Label, Label],
    outcome_name: str,
    source: str,
) -> None:
    used = weight > 0
    for label, rows in zip(labels, (~is_positive, is_positive), strict=True):
        if rows.any() and not (used & rows).any():
            raise DataError(
                f"{source}: one class only: all rows with {outcome_name} = {label!r} "
                f"({rows_text(rows)}) have weight zero; give some of them a positive weight"
            )
