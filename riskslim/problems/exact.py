"""Which totals are exact: those of problems whose numbers stay within what doubles hold."""

from __future__ import annotations

import numpy as np

from riskslim.data import Dataset
from riskslim.data.validation import TOO_LARGE
from riskslim.errors import DataError
from riskslim.problems.coefficients import CoefficientSet
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.exact import LARGEST_WHOLE

__all__ = ["refuse_inexact"]


def refuse_inexact(data: Dataset, coefficients: CoefficientSet, max_size: int | None) -> None:
    """Refuse points that make totals of integers too large to be exact, whatever their order.

    Parameters
    ----------
    data : Dataset
        The features.
    coefficients : CoefficientSet
        Bounds of their points, in the data's order.
    max_size : int or None
        At most so many features have points.

    Raises
    ------
    DataError
        Naming the feature that weighs most.
    """
    reach = np.maximum(np.abs(coefficients.lower), np.abs(coefficients.upper))
    totals = np.array([_size(data.features[:, j]) for j in range(data.n_features)]) * reach
    count = data.n_features if max_size is None else max_size
    if float(np.sort(totals)[::-1][:count].sum()) < LARGEST_WHOLE:
        return
    j = int(np.argmax(totals))
    raise DataError(
        f"{data.source}: with up to {reach[j]:g} points for each unit of "
        f"{data.feature_names[j]!r} (values up to {_size(data.features[:, j]):.3g}) totals are too "
        f"large to be exact; allow fewer points, or {TOO_LARGE}"
    )


def _size(column: FloatArray) -> float:
    return max(-float(column.min()), float(column.max()))
