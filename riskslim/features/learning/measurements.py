"""Learning the cuts of measurements, and of the years from dates."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.merging import exact_sum
from riskslim.data.spelling import as_read, blank_cells, holding
from riskslim.errors import OptionError
from riskslim.features.columns import Column, Extent, RawTable
from riskslim.features.cuts import choose_cuts, number_text
from riskslim.features.dates import DateWithoutReferenceError
from riskslim.features.given import Given
from riskslim.features.learning.blanks import blank_rule, blanks_tell
from riskslim.features.learning.parameters import Learning
from riskslim.features.learning.telling import leave_out, warn, warn_of_codes, warn_of_constant
from riskslim.features.suspects import codes_among_numbers
from riskslim.features.variables import Thresholds, Variable
from riskslim.features.weighting import is_enough, weighted_median
from riskslim.names import visible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["learn_measurement", "years_from_dates"]

# The person's own date of birth, not that of a mother, a child or a partner.
_BIRTH = re.compile(
    r"((patient|person|subject|participant|client|member)'?s?[ _.-]*)?"
    r"((date|day)[ _.-]*of[ _.-]*birth|birth([ _.-]*(date|day|dt))?|birthdate|born([ _.-]*(on|at))?"
    r"|d\.?o\.?b\.?|geburtsdatum)",
    re.IGNORECASE,
)


def learn_measurement(
    column: Column, kind: str, how: Learning, given: Given, table: RawTable
) -> Variable | None:
    """Learn the cuts of a column of numbers, or of the years from dates."""
    name = column.name
    special, missing = _specials(column, kind, how, given)
    made = Thresholds(name, name, unit=given.unit)
    if kind == "date":
        made = years_from_dates(column.cells, name, how, table, given)
    missing = tuple(dict.fromkeys((*made.missing, *missing)))
    made = replace(made, limits=given.limits, special=special, missing=missing)
    if not made.reference_is_column:
        return _thresholds(made, column, how, given, table)
    years = table.years(made)
    with years.told():
        return _thresholds(made, years, how, given, table)


def _thresholds(
    made: Thresholds, column: Column, how: Learning, given: Given, table: RawTable
) -> Variable | None:
    """Cut a measurement, whose numbers a column holds or, of dates, the years that it gives."""
    name, source = column.name, table.source
    if made.reference_is_column:
        values = column.cells.to_numpy()
        blank = np.isnan(values)
    else:
        values = made.values(column.frame(), source)
        blank = np.isnan(values) & ~made.specials(column.frame()).any(axis=1)
    at = ~np.isnan(values)
    known, times, weights = values[at], column.count[at], column.weights[:, at]
    if not len(known):
        leave_out(name, "is blank, or its reference date is", source)
        return None
    if made.reference is None:
        codes = [(number_text(code), n) for code, n in codes_among_numbers(known, times)]
        warn_of_codes(codes, name, source)
    extent = column.extent or Extent.of(known, times)
    cuts = given.cuts
    if cuts is None:
        cuts = choose_cuts(
            known,
            weights if table.has_classes else weights.sum(axis=0, keepdims=True),
            how.method if table.has_classes else "quantile",
            how.max_cuts,
            how.min_share,
            how.rounding,
        )
    else:
        cuts = _working_cuts(cuts, extent, name, source)
        if not cuts:
            return None
    weight = column.weight
    if not cuts:
        if not made.special and not blanks_tell(blank, how, weight):
            warn_of_constant(name, number_text(float(known[0])), source, len(np.unique(known)))
            return None
        cuts = (extent.largest,)
    blanks, fill, had_blanks = blank_rule(blank, weighted_median(known, weight[at]), how, weight)
    return replace(
        made,
        blanks=blanks,
        fill=fill,
        had_blanks=had_blanks,
        cuts=tuple(cuts),
        intervals=how.intervals,
        integer=extent.whole,
        seen=(extent.least, extent.largest),
    )


def _specials(
    column: Column, kind: str, how: Learning, given: Given
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Give the special codes that are answers, with their names; and all that count as blank.

    A code that few have counts as blank, and so does one of a date.
    """
    name, cells, weight = column.name, column.cells, column.weight
    missing, whole = how.codes(name), exact_sum(weight)
    answers: list[tuple[str, str]] = []
    blanks = [*missing]
    for code in how.specials(name):
        found = holding(cells, [code]) & ~holding(cells, missing)
        is_frequent = is_enough(exact_sum(weight[found]), whole, how.min_share)
        if kind == "number" and found.any() and is_frequent:
            # However it was spelled: -9.0 is -9.
            plain = number_text(float(code))
            if plain not in dict(answers):
                answers.append((plain, given.special_label(plain)))
        else:
            blanks.append(code)
    return tuple(answers), tuple(dict.fromkeys(blanks))


def years_from_dates(
    cells: pd.Series[Any], name: str, how: Learning, table: RawTable, given: Given
) -> Thresholds:
    """Say how years are counted from a column of dates; the first date of birth gives the age."""
    reference, is_column = _reference(cells, name, how, table)
    births = [column for column in how.used(table.names) if _BIRTH.fullmatch(column)]
    has_age = any(visible(column).casefold() == "age" for column in table.names)
    return Thresholds(
        name,
        "Age" if births[:1] == [name] and not has_age else f"Years since {name}",
        fill=0.0,
        missing=how.codes(name, *((reference,) if is_column else ())),
        cuts=(0.0,),
        unit=given.unit,
        reference=reference,
        reference_is_column=is_column,
    )


def _reference(
    cells: pd.Series[Any], name: str, how: Learning, table: RawTable
) -> tuple[str, bool]:
    given = how.reference_date
    if given is None:
        first = as_read(cells[~blank_cells(cells)].iloc[0])
        packed = first.isdigit()
        written = f" without separators (such as {first})" if packed else ""
        number = ", or say that it is a number (kinds=)" if packed else ""
        raise DateWithoutReferenceError(
            f"{table.source}: column {name!r} holds dates{written}; give a reference date up to "
            "which years are counted (reference_date= or --reference-date: a date, or a column of "
            f"dates), or drop the column (drop= or --drop){number}"
        )
    if given in table.names:
        return given, True
    try:
        return datetime.date.fromisoformat(given).isoformat(), False
    except (TypeError, ValueError):
        raise OptionError(
            f"reference date {given!r}: neither a date such as 2024-03-31 nor a column"
        ) from None


def _working_cuts(
    cuts: tuple[float, ...], extent: Extent, name: str, source: str
) -> tuple[float, ...]:
    """Leave out given cuts that part no rows, and say so."""
    low, high = extent.least, extent.largest
    working = tuple(cut for cut in cuts if low < cut <= high)
    idle = [cut for cut in cuts if cut not in working]
    if idle:
        warn(
            f"{source}: column {name!r} lies from {low:g} to {high:g}, so that the "
            f"given cuts {', '.join(map(number_text, idle))} part no rows; they are left out"
        )
    return working
