"""Tables of other libraries as pandas DataFrames, their names kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.short_reals import as_written, is_short

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_frame", "of_file", "source_of", "with_doubles"]

_FILE = "riskslim.file"


def as_frame(X: Any) -> Any:
    """Give a table of Polars, PyArrow or another library that says its columns as a DataFrame.

    Reals of fewer than 64 bits become doubles, by `as_written`.

    Parameters
    ----------
    X : object
        Anything; what is no table of named columns, or a pandas DataFrame, is given back.
    """
    if isinstance(X, str | bytes | list | tuple):
        return X
    if isinstance(X, np.ndarray):
        return as_written(X.ravel()).reshape(X.shape) if is_short(X.dtype) else X
    if hasattr(X, "iloc"):
        return with_doubles(X) if hasattr(X, "columns") else X
    if hasattr(X, "collect_schema") and hasattr(X, "collect"):
        X = X.collect()
    if hasattr(X, "to_pandas") and (hasattr(X, "columns") or hasattr(X, "column_names")):
        return with_doubles(X.to_pandas())
    if hasattr(X, "__dataframe__"):
        from pandas.api.interchange import from_dataframe

        return with_doubles(from_dataframe(X))
    return X


def with_doubles(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a DataFrame whose reals of fewer than 64 bits are doubles, by `as_written`."""
    short = [place for place, dtype in enumerate(frame.dtypes) if is_short(dtype)]
    if not short:
        return frame
    frame = frame.copy(deep=False)
    for place in short:
        column = frame.iloc[:, place]
        kind: Any = getattr(column.dtype, "numpy_dtype", column.dtype)
        values = as_written(column.to_numpy(dtype=kind, na_value=np.nan))
        frame.isetitem(place, values)
    return frame


def of_file(frame: Any, file: Path) -> None:
    """Let a DataFrame remember the file whose rows it holds."""
    frame.attrs[_FILE] = str(file), len(frame)


def source_of(frame: Any) -> str:
    """Say in messages where rows to score come from: the file, where they are all of its rows.

    A part of them has other numbers than in the file.
    """
    file, count = getattr(frame, "attrs", {}).get(_FILE, ("", -1))
    return str(file) if count == len(frame) else "the rows to score"
