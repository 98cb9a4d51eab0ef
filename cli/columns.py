"""A table with the columns that options name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cells_of", "check_kept", "columns_named", "read_columns"]


def read_columns(
    path: Path, wanted: Mapping[str, str | None], text: Iterable[str] = ()
) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """Read a table and take the columns that options name out of it.

    Parameters
    ----------
    path : path
        CSV or Parquet.
    wanted : mapping of str to str or None
        Name of a column by its role, such as ``{"outcome": "Disease"}``; None for no such.
    text : iterable of str
        Columns to keep as text; see `read_table`.

    Returns
    -------
    frame : DataFrame
        All columns.
    columns : dict of str to Series
        By role.

    Raises
    ------
    DataError
        A column is not there; names the file, the role and what looks like it.
    """
    from riskslim.data.reading import read_table
    from riskslim.names import place_of

    frame = read_table(path, text)
    names = list(map(str, frame.columns))
    return frame, {
        role: frame.iloc[:, place_of(name, names, path, f"for the {role}")]
        for role, name in wanted.items()
        if name is not None
    }


def columns_named(
    frame: pd.DataFrame, wanted: Iterable[str], path: Path, use: str
) -> dict[str, pd.Series]:
    """Take further columns of the table that `read_columns` read, by their names.

    Parameters and errors as for `riskslim.names.place_of`.
    """
    from riskslim.names import place_of

    names = list(map(str, frame.columns))
    return {name: frame.iloc[:, place_of(name, names, path, use)] for name in wanted}


def check_kept(kept: Iterable[str], names: Sequence[str], source: str) -> None:
    """Refuse columns to keep (``--id``) that a table has not.

    Raises
    ------
    DataError
        Naming the table and the column.
    """
    from riskslim.names import place_of

    for name in kept:
        place_of(name, names, source, "to keep")


def cells_of(frame: pd.DataFrame, name: str) -> list[Any]:
    """Give the cells of a column, blank ones as nothing."""
    from riskslim.names import find_name

    place = find_name(name, list(map(str, frame.columns)))
    assert place is not None
    column = frame.iloc[:, place].astype(object)
    cells: list[Any] = column.where(column.notna(), None).tolist()
    return cells
