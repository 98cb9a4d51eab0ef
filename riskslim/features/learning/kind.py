"""What a column holds, and whether it gives features at all."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from riskslim.data.spelling import blank_cells, holding, without_codes
from riskslim.data.validation import rows_text
from riskslim.errors import DataError, OptionError
from riskslim.features.columns import Column, Extent
from riskslim.features.given import Given
from riskslim.features.kinds import Kind, kind_of
from riskslim.features.learning.parameters import Learning
from riskslim.features.learning.telling import leave_out

__all__ = ["SUSPICIOUS", "kind_of_column"]

SUSPICIOUS = 20
"""Below so many rows or levels nothing is suspected to be a number of the row."""

_IDENTIFIER = re.compile(
    r"(^|[ _.-])(id|mrn|patient|subject|person|case|record|seqn)([ _.-]?(id|no|nr|number|key))?$",
    re.IGNORECASE,
)


def kind_of_column(column: Column, how: Learning, given: Given, source: str) -> Kind | None:
    """Give the kind of a column; None, with a warning, where it gives no feature."""
    name, cells = column.name, column.cells
    if how.is_decided and name not in how.kinds:
        return None
    kind: Any = how.kinds.get(name)
    special = holding(cells, how.specials(name))
    if kind != "category" and special.any():
        cells = without_codes(cells, how.specials(name))
        column = replace(column, cells=cells)
    if blank_cells(cells).all():
        if how.blanks == "refuse":
            raise DataError(f"{source}: column {name!r} is blank in every row; drop it")
        leave_out(name, "is blank in every row", source)
        return None
    if kind is None:
        kind = kind_of(cells, name, source)
        if given.cuts is not None and kind == "flag":
            kind = "number"
    if kind == "flag" and special.any():
        # A third answer has its place beside the values of a measurement.
        kind = "number"
    if kind in ("category", "flag") and (given.cuts is not None or given.unit):
        what = "categories" if kind == "category" else "yes and no"
        given_for = "cut points are" if given.cuts is not None else "a unit is"
        raise OptionError(f"{given_for} given for {name!r}, which holds {what}")
    unsure = given == Given() and name not in how.kinds and kind != "flag"
    if unsure and _is_identifier(column, kind, source):
        return None
    return kind  # type: ignore[no-any-return]


def _is_identifier(column: Column, kind: Kind, source: str) -> bool:
    """Whether a column tells rows or people apart rather than describing them; says so."""
    name, known, times = column.name, column.cells.dropna(), column.count
    rows, all_rows = int(times[known.index].sum()), int(times.sum())
    if rows < SUSPICIOUS or kind == "date":
        return False
    distinct = known.nunique()
    advice = "to use it, say what kind of column it is"
    if kind == "number" and rows == all_rows and (distinct == rows or column.extent is not None):
        values = known.to_numpy(dtype=np.float64)
        if (column.extent or Extent.of(values, times[known.index])).numbers(rows):
            leave_out(name, "numbers the rows", source, advice)
            return True
    if not _IDENTIFIER.search(name):
        return False
    if column.extent is None and distinct <= rows / 4:
        return False
    if column.extent is None and distinct < rows:
        repeated = column.cells.notna().to_numpy(dtype=bool) & (times > 1)
        why = (
            f"looks like an identifier that repeats ({rows_text(repeated)}): rows of one person "
            "may come to lie on both sides of a validation, unless it names the groups"
        )
        leave_out(name, why, source, advice)
    else:
        leave_out(name, "looks like an identifier", source, advice)
    return True
