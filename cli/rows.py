"""Tables of results as CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["check_rows_file", "rows_text", "rows_writer"]


def check_rows_file(path: Path | None) -> None:
    """Refuse, before the work, a name that does not end in ``.csv``.

    Raises
    ------
    OptionError
        Naming the file.
    """
    from riskslim.errors import OptionError

    is_device = path is not None and path.exists() and not path.is_file()
    if path is not None and not is_device and not path.name.lower().endswith(".csv"):
        raise OptionError(f"{str(path)!r}: the table is written as CSV; let the name end in .csv")


def rows_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows of the same columns as CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def rows_writer(rows: Sequence[Mapping[str, Any]]) -> Callable[[Path], None]:
    """Give what writes them to a file, whole or not at all."""
    from riskslim.files import write_atomically

    return lambda path: write_atomically(path, rows_text(rows))
