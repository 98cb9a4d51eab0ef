"""Learning the features of a raw table, column by column."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

from riskslim.data.spelling import without_codes
from riskslim.errors import DataError, DataWarning, OptionError
from riskslim.features.binning import Binning
from riskslim.features.columns import RawTable
from riskslim.features.given import Given, read_cut_points
from riskslim.features.kinds import Kind
from riskslim.features.learning.categories import categories, learn_flag, learn_levels
from riskslim.features.learning.kind import kind_of_column
from riskslim.features.learning.measurements import learn_measurement, years_from_dates
from riskslim.features.learning.parameters import LearnedKinds, Learning
from riskslim.features.learning.telling import warn
from riskslim.features.variables import Flag, Levels, Thresholds, Variable
from riskslim.names import quoted, visible

__all__ = ["column_kinds", "learn", "learn_column", "with_distinct_names"]


def learn(table: RawTable, how: Learning) -> Binning:
    """Learn the features of a table.

    Parameters
    ----------
    table : RawTable
        What its columns hold.
    how : Learning
        The parameters.

    Returns
    -------
    Binning

    Raises
    ------
    DataError
        A column cannot be used as it is, or none gives a feature.
    OptionError
        A parameter names a column that is not there, or means nothing.
    """
    columns, source = table.names, table.source
    given = read_cut_points(how.cut_points, columns)
    used = how.used(columns)
    table.look({name: how.kept(name) for name in used})
    variables: list[Variable] = []
    for name in used:
        made = learn_column(table, name, how, given.get(name))
        if made is not None:
            variables.append(made)
    if not variables and how.is_decided:
        variables = _idle(table, how)
    if not variables:
        raise DataError(
            f"{source}: no column gives a feature (all are constant, blank, identifiers or "
            "dropped); a score needs at least one"
        )
    variables = with_distinct_names(variables, columns, source)
    giving = {variable.column for variable in variables}
    return Binning(tuple(variables), left_out=tuple(name for name in used if name not in giving))


def with_distinct_names(
    variables: Sequence[Variable], columns: Sequence[str], source: str
) -> list[Variable]:
    """Rename variables whose features would be called like a column, or like another feature.

    Parameters
    ----------
    variables : sequence of Variable
        As they were learned, each by itself.
    columns : sequence of str
        Of the table. A column of yes and no is a feature by its own name.
    source : str
        What the table is called in messages.

    Warns
    -----
    DataWarning
        Of every variable that is renamed.
    """
    taken = {visible(name).casefold() for name in columns}
    made: list[Variable] = []
    endings = ["", " (value)", *(f" (value {count})" for count in range(2, len(columns) + 2))]
    for variable in variables:
        own = visible(variable.column).casefold()
        clash: list[str] = []
        for ending in endings:
            named = variable.with_label(f"{variable.label}{ending}")
            names = {visible(name).casefold(): name for name in (named.label, *named.features)}
            names.pop(own, None)
            met = [name for key, name in names.items() if key in taken]
            if not met:
                break
            clash = clash or met
        if named.label != variable.label:
            warn(
                f"{source}: features of column {variable.column!r} would be called as columns or "
                f"other features are ({quoted(clash, 3)}); they begin with {named.label!r} instead"
            )
        taken.update(names)
        made.append(named)
    return made


def learn_column(
    table: RawTable, name: str, how: Learning, given: Given | None = None
) -> Variable | None:
    """Learn the features of one column; None, with a warning, where it gives none."""
    given, held = given or Given(), table.column(name)
    column = replace(held, cells=without_codes(held.cells, how.codes(name)))
    with column.told():
        kind = kind_of_column(column, how, given, table.source)
        if kind is None:
            return None
        made: Variable | None
        if kind == "flag":
            made = learn_flag(column, how, table.source)
        elif kind == "category":
            made = learn_levels(column, how, table, given)
        else:
            made = learn_measurement(held, kind, how, given, table)
    if made is None:
        return None
    if kind in ("flag", "category"):
        made = made.with_missing(how.codes(name))
    made = made.with_label(given.label) if given.label else made
    names = [visible(feature) for feature in made.features]
    twice = [one for one, name in zip(made.features, names, strict=True) if names.count(name) > 1]
    if twice:
        raise OptionError(
            f"{table.source}: column {name!r}: {quoted(twice, 3)} would be one name of two "
            "features; call the codes otherwise"
        )
    return made


def column_kinds(table: RawTable, how: Learning) -> LearnedKinds:
    """Tell what the columns of a table hold, for learning from parts of it."""
    given = read_cut_points(how.cut_points, table.names)
    kinds: dict[str, Kind] = {}
    met: dict[str, tuple[str, ...]] = {}
    with warnings.catch_warnings():
        # Told where the features are learned.
        warnings.simplefilter("ignore", DataWarning)
        table.look({name: how.kept(name) for name in how.used(table.names)})
        for name in how.used(table.names):
            held = table.column(name)
            column = replace(held, cells=without_codes(held.cells, how.codes(name)))
            with column.told():
                kind = kind_of_column(column, how, given.get(name, Given()), table.source)
            if kind is not None:
                kinds[name] = kind
            if kind == "category":
                met[name] = categories(column, how)
    return LearnedKinds(kinds, (name for name in kinds if how.says(name)), met)


def _idle(table: RawTable, how: Learning) -> list[Variable]:
    """Give a feature that tells no rows apart, for a part of a table in which none does."""
    for name, kind in how.kinds.items():
        codes = how.codes(name)
        if kind == "flag":
            return [Flag(name, name, fill=0.0, missing=codes)]
        if kind == "category":
            held = table.column(name)
            met = categories(replace(held, cells=without_codes(held.cells, codes)), how)
            if met:
                rest = tuple(level for level in how.met(name) if level != met[0])
                return [Levels(name, name, fill=met[0], missing=codes, levels=met[:1], rest=rest)]
        if kind == "number":
            return [Thresholds(name, name, fill=0.0, missing=codes, cuts=(0.0,))]
        if kind == "date":
            return [years_from_dates(table.column(name).cells, name, how, table, Given())]
    return []
