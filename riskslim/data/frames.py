"""Tables of other libraries as pandas DataFrames, their names kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["as_frame", "of_file", "source_of"]

_FILE = "riskslim.file"


def as_frame(X: Any) -> Any:
    """Give a table of Polars, PyArrow or another library that says its columns as a DataFrame.

    Parameters
    ----------
    X : object
        Anything; what is no table of named columns, or a pandas DataFrame, is given back.
    """
    if hasattr(X, "iloc") or isinstance(X, str | bytes | list | tuple):
        return X
    if hasattr(X, "collect_schema") and hasattr(X, "collect"):
        X = X.collect()
    if hasattr(X, "to_pandas") and (hasattr(X, "columns") or hasattr(X, "column_names")):
        return X.to_pandas()
    if hasattr(X, "__dataframe__"):
        from pandas.api.interchange import from_dataframe

        return from_dataframe(X)
    return X


def of_file(frame: Any, file: Path) -> None:
    """Let a DataFrame remember the file whose rows it holds."""
    frame.attrs[_FILE] = str(file), len(frame)


def source_of(frame: Any) -> str:
    """Say in messages where rows to score come from: the file, where they are all of its rows.

    A part of them has other numbers than in the file.
    """
    file, count = getattr(frame, "attrs", {}).get(_FILE, ("", -1))
    return str(file) if count == len(frame) else "the rows to score"
