"""What a problem is made of: a data set, or features and outcome as scikit-learn takes them."""

from __future__ import annotations

from typing import Any

from riskslim.data import Dataset
from riskslim.errors import OptionError
from riskslim.problems.coefficients import CoefficientSet

__all__ = ["data_and_points"]


def data_and_points(
    data: Any, y: Any, coefficients: CoefficientSet | None
) -> tuple[Dataset, CoefficientSet | None]:
    """Tell a data set and its coefficients from features and their outcome.

    Parameters
    ----------
    data : Dataset, or DataFrame or array-like of shape (n, d)
        The table, or its features.
    y : array-like of shape (n,), CoefficientSet or None
        The outcome of features; of a data set, which has its own, None or `coefficients`.
    coefficients : CoefficientSet or None
        The same by name.

    Raises
    ------
    OptionError
        There is no outcome, or one too many.
    DataError
        The table cannot be used as it is.
    """
    if isinstance(y, CoefficientSet):
        if coefficients is not None:
            raise OptionError("the coefficients are given twice; give them by name alone")
        y, coefficients = None, y
    if isinstance(data, Dataset):
        if y is not None:
            raise OptionError("a Dataset holds its outcome; give it alone, or features and y")
        return data, coefficients
    if y is None:
        raise OptionError("the outcome is missing: give features and y, or a Dataset")
    return Dataset(data, y), coefficients
