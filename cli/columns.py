"""A table with the columns that options name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cells_of", "check_kept", "read_columns"]


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
    from riskslim.errors import DataError
    from riskslim.names import find_name, nearest

    frame = read_table(path, text)
    names = list(map(str, frame.columns))
    columns = {}
    for role, name in wanted.items():
        if name is None:
            continue
        place = find_name(name, names)
        if place is None:
            advice = nearest(name, names, "columns")
            raise DataError(f"{path}: no column {name!r} for the {role}; {advice}")
        columns[role] = frame.iloc[:, place]
    return frame, columns


def check_kept(kept: Iterable[str], names: Sequence[str], source: str) -> None:
    """Refuse columns to keep (``--id``) that a table has not.

    Raises
    ------
    DataError
        Naming the table and the column.
    """
    from riskslim.errors import DataError
    from riskslim.names import find_name, nearest

    for name in kept:
        if find_name(name, names) is None:
            advice = nearest(name, names, "columns")
            raise DataError(f"{source}: no column {name!r} to keep; {advice}")


def cells_of(frame: pd.DataFrame, name: str) -> list[Any]:
    """Give the cells of a column, blank ones as nothing."""
    from riskslim.names import find_name

    place = find_name(name, list(map(str, frame.columns)))
    assert place is not None
    column = frame.iloc[:, place].astype(object)
    cells: list[Any] = column.where(column.notna(), None).tolist()
    return cells
