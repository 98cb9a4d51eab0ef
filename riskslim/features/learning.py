"""Learning the features of a raw table, column by column."""

from __future__ import annotations

import datetime
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.merging import exact_sum, exact_sums
from riskslim.data.spelling import as_read, blank_cells, common_spelling, holding, without_codes
from riskslim.data.validation import rows_text
from riskslim.errors import DataError, DataWarning, OptionError
from riskslim.features.binning import Binning
from riskslim.features.columns import Column, Extent, RawTable, numbers_among
from riskslim.features.cuts import Method, choose_cuts, number_text
from riskslim.features.dates import DateWithoutReferenceError
from riskslim.features.given import Given, read_cut_points
from riskslim.features.kinds import Kind, flags, kind_of, levels
from riskslim.features.suspects import (
    blank_words,
    codes_among_levels,
    codes_among_numbers,
    how_text_hides_numbers,
)
from riskslim.features.variables import Blanks, Flag, Levels, Thresholds, Variable
from riskslim.features.weighting import SLACK, is_enough, weighted_median
from riskslim.names import quoted, visible
from riskslim.solvers._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LearnedKinds",
    "Learning",
    "column_kinds",
    "learn",
    "learn_column",
    "with_distinct_names",
]

# The person's own date of birth, not that of a mother, a child or a partner.
_BIRTH = re.compile(
    r"((patient|person|subject|participant|client|member)'?s?[ _.-]*)?"
    r"((date|day)[ _.-]*of[ _.-]*birth|birth([ _.-]*(date|day|dt))?|birthdate|born([ _.-]*(on|at))?"
    r"|d\.?o\.?b\.?|geburtsdatum)",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(
    r"(^|[ _.-])(id|mrn|patient|subject|person|case|record|seqn)([ _.-]?(id|no|nr|number|key))?$",
    re.IGNORECASE,
)
# Below so many rows or levels nothing is suspected to be a number of the row.
_SUSPICIOUS = 20
# Categories must have frequent levels in at least this share of the rows to be told about.
_FREQUENT = 0.2


class LearnedKinds(dict[str, Kind]):
    """Kinds of the columns of a whole table, for learning from parts of it.

    What a column holds says nothing of the outcome, so that it is no leak to tell a fold; and a
    fold that lacks the one row with a 2 would take a count for yes and no, and a rare category
    for a word that nobody ever met. Columns that are not in it are left out.

    Parameters
    ----------
    kinds : mapping of str to str
        By column.
    said : frozenset of str
        Columns whose kind the user said.
    levels : mapping of str to tuple of str
        Categories of the columns that hold some.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind] = MappingProxyType({}),
        said: Any = (),
        levels: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        super().__init__(kinds)
        self.said = frozenset(said)
        self.levels = dict(levels)


@dataclass(frozen=True)
class Learning:
    """How features are learned: the checked parameters of `ScoreBinarizer`."""

    method: Method
    max_cuts: int
    cut_points: Mapping[str, Any] | str | os.PathLike[str] | None
    intervals: bool
    min_share: float
    rounding: float
    blanks: Blanks
    kinds: Mapping[str, str]
    drop: tuple[str, ...]
    reference_date: str | None
    missing: Mapping[str | None, tuple[str, ...]] = field(default_factory=dict)
    special: Mapping[str | None, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_decided(self) -> bool:
        """Whether the kinds of all columns were learned before, from a larger table."""
        return isinstance(self.kinds, LearnedKinds)

    def says(self, name: str) -> bool:
        """Whether the user said what a column holds."""
        return name in (self.kinds.said if isinstance(self.kinds, LearnedKinds) else self.kinds)

    def met(self, name: str) -> tuple[str, ...]:
        """Categories that the whole table holds, where it was looked at before."""
        return self.kinds.levels.get(name, ()) if isinstance(self.kinds, LearnedKinds) else ()

    def codes(self, *columns: str) -> tuple[str, ...]:
        """Codes for missing values in some columns."""
        return _of_columns(self.missing, *columns)

    def specials(self, column: str) -> tuple[str, ...]:
        """Codes in a column that are answers of their own."""
        return _of_columns(self.special, column)

    def kept(self, column: str) -> tuple[float, ...]:
        """Numbers in a column that are codes, and so are never grouped with others."""
        return numbers_among((*self.codes(column), *self.specials(column)))

    def used(self, columns: list[str]) -> list[str]:
        """Columns that may give features."""
        return [name for name in columns if name not in (*self.drop, self.reference_date)]


def _of_columns(codes: Mapping[str | None, tuple[str, ...]], *columns: str) -> tuple[str, ...]:
    """Give the codes of some columns, and those of every column."""
    given = [code for key in (None, *columns) for code in codes.get(key, ())]
    return tuple(dict.fromkeys(given))


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
            _warn(
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
        kind = _kind(column, how, given, table.source)
        if kind is None:
            return None
        made: Variable | None
        if kind == "flag":
            made = _flag(column, how, table.source)
        elif kind == "category":
            made = _levels(column, how, table, given)
        else:
            made = _measurement(held, kind, how, given, table)
    if made is None:
        return None
    if kind in ("flag", "category"):
        made = made.with_missing(how.codes(name))
    return made.with_label(given.label) if given.label else made


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
                kind = _kind(column, how, given.get(name, Given()), table.source)
            if kind is not None:
                kinds[name] = kind
            if kind == "category":
                met[name] = _categories(column, how)
    return LearnedKinds(kinds, (name for name in kinds if how.says(name)), met)


def _levels_of(column: Column, how: Learning) -> np.ndarray[Any, Any]:
    # Whoever says that a column is a category means its words: NA is Namibia.
    known = blank_words(column.cells, column.count) if how.says(column.name) else ()
    return levels(column.cells, known)


def _categories(column: Column, how: Learning) -> tuple[str, ...]:
    """Give the categories of a column, each once, in the order of the alphabet."""
    cells = _levels_of(column, how)
    return tuple(sorted({cell for cell in cells if cell is not None}))


def _kind(column: Column, how: Learning, given: Given, source: str) -> Kind | None:
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
        _warn(f"{source}: column {name!r} is blank in every row; it is left out")
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


def _idle(table: RawTable, how: Learning) -> list[Variable]:
    """Give a feature that tells no rows apart, for a part of a table in which none does."""
    for name, kind in how.kinds.items():
        codes = how.codes(name)
        if kind == "flag":
            return [Flag(name, name, fill=0.0, missing=codes)]
        if kind == "category":
            held = table.column(name)
            met = _categories(replace(held, cells=without_codes(held.cells, codes)), how)
            if met:
                rest = tuple(level for level in how.met(name) if level != met[0])
                return [Levels(name, name, fill=met[0], missing=codes, levels=met[:1], rest=rest)]
        if kind == "number":
            return [Thresholds(name, name, fill=0.0, missing=codes, cuts=(0.0,))]
        if kind == "date":
            return [_years(table.column(name).cells, name, how, table, Given())]
    return []


def _is_identifier(column: Column, kind: Kind, source: str) -> bool:
    """Whether a column tells rows or people apart rather than describing them; says so."""
    name, known, times = column.name, column.cells.dropna(), column.count
    rows, all_rows = int(times[known.index].sum()), int(times.sum())
    if rows < _SUSPICIOUS or kind == "date":
        return False
    distinct = known.nunique()
    advice = "it is left out, unless you say what kind of column it is"
    if kind == "number" and rows == all_rows and (distinct == rows or column.extent is not None):
        values = known.to_numpy(dtype=np.float64)
        if (column.extent or Extent.of(values, times[known.index])).numbers(rows):
            _warn(f"{source}: column {name!r} numbers the rows; {advice}")
            return True
    if not _IDENTIFIER.search(name):
        return False
    if column.extent is None and distinct <= rows / 4:
        return False
    if column.extent is None and distinct < rows:
        repeated = column.cells.notna().to_numpy(dtype=bool) & (times > 1)
        _warn(
            f"{source}: column {name!r} looks like an identifier that repeats "
            f"({rows_text(repeated)}): rows of one person may come to lie on both "
            f"sides of a validation, unless it names the groups; {advice}"
        )
    else:
        _warn(f"{source}: column {name!r} looks like an identifier; {advice}")
    return True


def _flag(column: Column, how: Learning, source: str) -> Variable | None:
    name, weight = column.name, column.weight
    values = flags(column.cells, name, source)
    blank = np.isnan(values)
    if len(set(values[~blank].tolist())) < 2 and not _blanks_tell(blank, how, weight):
        _constant(name, number_text(float(values[~blank][0])), source)
        return None
    usual = float(weighted_median(values[~blank], weight[~blank]) > 0.5)
    return Flag(name, name, *_blank_rule(blank, usual, how, weight))


def _levels(column: Column, how: Learning, table: RawTable, given: Given) -> Variable | None:
    name, weight, source = column.name, column.weight, table.source
    if not how.says(name):
        _warn_of_blank_words(column, source)
    cells = _levels_of(column, how)
    blank = np.array([cell is None for cell in cells], dtype=bool)
    met, place = np.unique(cells[~blank], return_inverse=True)
    counts = dict(
        zip(met.tolist(), exact_sums(weight[~blank], place, len(met)).tolist(), strict=True)
    )
    # By falling frequency; of equals in the order of the alphabet.
    known = sorted(counts, key=lambda level: (-counts[level], level))
    _warn_of_spellings(known, name, source)
    if len(known) < 2 and not _blanks_tell(blank, how, weight):
        _constant(name, repr(known[0]), source)
        return None
    whole = exact_sum(weight)
    frequent = [level for level in known if is_enough(counts[level], whole, how.min_share)]
    in_frequent = sum(counts[level] for level in frequent)
    hidden = None if how.says(name) else how_text_hides_numbers(known)
    too_many = len(known) > _SUSPICIOUS and not is_enough(in_frequent, whole, _FREQUENT)
    if hidden:
        what = "is left out" if too_many else "is taken for categories"
        _warn(f"{source}: column {name!r} {what}: it holds {hidden}")
    elif too_many:
        _warn(
            f"{source}: column {name!r} has {len(known):,} categories, nearly all of them rare; it "
            "is left out (join them into a few, or name it among the columns to drop)"
        )
    if too_many:
        return None
    _warn_of_codes([(level, counts[level]) for level in codes_among_levels(known)], name, source)
    frequent = frequent or known[:1]
    rest = [level for level in known if level not in frequent]
    other = is_enough(sum(counts[level] for level in rest), whole, how.min_share)
    shown = frequent
    if len(frequent) == 2 and not other:
        # Of two complements one is enough: the one with the higher risk, so that points add.
        shown = [_riskier(frequent, cells, column, table.has_classes)]
    elif len(frequent) == 1 and len(known) == 2:
        shown = [known[0]]
    rest = [level for level in dict.fromkeys((*known, *how.met(name))) if level not in shown]
    rule = _blank_rule(blank, known[0], how, weight)
    ordered, others = tuple(sorted(shown)), tuple(sorted(rest))
    return Levels(
        *(name, name, *rule),
        levels=ordered,
        rest=others,
        other=other,
        names=tuple(map(given.code_label, (*ordered, *others))) if given.codes else (),
    )


def _riskier(
    pair: list[str], cells: np.ndarray[Any, Any], column: Column, has_classes: bool
) -> str:
    second = max(pair)
    if not has_classes or len(column.weights) > 2:
        return second
    first = min(pair)
    hits = column.weights[1] if len(column.weights) > 1 else np.zeros(len(cells))
    risks = [
        exact_sum(hits[cells == v]) / exact_sum(column.weight[cells == v]) for v in (first, second)
    ]
    return first if risks[0] > risks[1] * (1 + SLACK) else second


def _measurement(
    column: Column, kind: str, how: Learning, given: Given, table: RawTable
) -> Variable | None:
    """Learn the cuts of a column of numbers, or of the years from dates."""
    name = column.name
    special, missing = _specials(column, kind, how, given)
    made = Thresholds(name, name, unit=given.unit)
    if kind == "date":
        made = _years(column.cells, name, how, table, given)
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
        _warn(f"{source}: column {name!r} is blank, or its reference date is; it is left out")
        return None
    if made.reference is None:
        codes = [(number_text(code), n) for code, n in codes_among_numbers(known, times)]
        _warn_of_codes(codes, name, source)
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
        if not made.special and not _blanks_tell(blank, how, weight):
            _constant(name, number_text(float(known[0])), source, len(np.unique(known)))
            return None
        cuts = (extent.largest,)
    blanks, fill, had_blanks = _blank_rule(blank, weighted_median(known, weight[at]), how, weight)
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


def _years(
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


def _blanks_tell(blank: BoolArray, how: Learning, weight: FloatArray) -> bool:
    frequent = is_enough(exact_sum(weight[blank]), exact_sum(weight), how.min_share)
    return how.blanks == "feature" and frequent and not blank.all()


def _blank_rule(
    blank: BoolArray, fill: Any, how: Learning, weight: FloatArray
) -> tuple[Blanks, Any, bool]:
    """How blanks are treated, what they count as, and whether there were any."""
    if how.blanks == "refuse":
        return "refuse", None, bool(blank.any())
    if _blanks_tell(blank, how, weight):
        return "feature", None, True
    return "impute", fill, bool(blank.any())


def _constant(name: str, value: str, source: str, distinct: int = 1) -> None:
    what = f"is {value} in every row" if distinct == 1 else "is the same in nearly every row"
    _warn(f"{source}: column {name!r} {what}; it is left out")


def _working_cuts(
    cuts: tuple[float, ...], extent: Extent, name: str, source: str
) -> tuple[float, ...]:
    """Leave out given cuts that part no rows, and say so."""
    low, high = extent.least, extent.largest
    working = tuple(cut for cut in cuts if low < cut <= high)
    idle = [cut for cut in cuts if cut not in working]
    if idle:
        _warn(
            f"{source}: column {name!r} lies from {low:g} to {high:g}, so that the "
            f"given cuts {', '.join(map(number_text, idle))} part no rows; they are left out"
        )
    return working


def _warn_of_spellings(known: list[str], name: str, source: str) -> None:
    for spell, what in (
        (str.casefold, "differ in capitals alone"),
        (common_spelling, "are spellings of one value"),
    ):
        spelled: dict[str, list[str]] = {}
        for level in known:
            spelled.setdefault(spell(level), []).append(level)
        alike = [level for same in spelled.values() if len(same) > 1 for level in sorted(same)]
        if alike:
            _warn(
                f"{source}: column {name!r} has categories that {what} "
                f"({quoted(alike)}); they are told apart, make them one if they are"
            )
            return


def _warn_of_blank_words(column: Column, source: str) -> None:
    name, met = column.name, blank_words(column.cells, column.count)
    if met:
        shown = quoted([word for word, _ in met.most_common()], 3)
        _warn(
            f"{source}: column {name!r} holds {shown} in {_rows(met.total())}, which counts as "
            f"blank; where that is a category, say so (kinds= or --category {name})"
        )


def _warn_of_codes(codes: Sequence[tuple[str, float]], name: str, source: str) -> None:
    """Tell of what looks like a code for a missing value, with how often it occurs."""
    for code, times in codes:
        _warn(
            f"{source}: column {name!r} holds {code!r} in {_rows(times)}, which looks like a code "
            f"for a missing value; if it is one, say so (missing= or --missing {name}={code})"
        )


def _rows(times: float) -> str:
    return "1 row" if times == 1 else f"{times:,g} rows"


def _warn(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=6)
