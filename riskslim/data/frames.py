"""Tables of other libraries as pandas DataFrames, their names kept."""

from __future__ import annotations

from typing import Any

__all__ = ["as_frame"]


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
