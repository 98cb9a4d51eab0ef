"""A whole table's features of 0 and 1: data that a score carries, and reads raw tables with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.spelling import distinct_cells
from riskslim.data.validation import rows_at
from riskslim.errors import DataError, ScoreError
from riskslim.features.any_of import SIGNS, AnyOf, Condition
from riskslim.features.cuts import as_number, is_number
from riskslim.features.variables import Cells, Flag, Levels, Thresholds, Variable
from riskslim.names import find_name, nearest, quoted, short

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Binning"]

_KINDS: dict[str, type[Any]] = {
    "thresholds": Thresholds,
    "flag": Flag,
    "levels": Levels,
    "any": AnyOf,
}
_NUMBERS = ("cuts", "seen", "limits")
_BLANKS = ("feature", "impute", "refuse")


@dataclass(frozen=True)
class Binning:
    """Features of 0 and 1 of the columns of a raw table.

    Attributes
    ----------
    variables : tuple of Variable
        In the order of the columns.
    candidates : int
        Number of cut points that these were screened from; 0 without screening.
    by_path : bool
        Whether features of any kind were screened, and are the candidates, not cut points alone.
    left_out : tuple of str
        Columns of the table that give no feature.
    courses : mapping of str to bool
        Whether a teacher's risks rise with a measurement, by label, where they go one way.
    """

    variables: tuple[Variable, ...]
    candidates: int = field(default=0, compare=False)
    left_out: tuple[str, ...] = field(default=(), compare=False)
    by_path: bool = field(default=False, compare=False)
    courses: Mapping[str, bool] = field(default_factory=dict, compare=False)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of all features."""
        return tuple(name for variable in self.variables for name in variable.features)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Features by the variable that they come from."""
        return {variable.label: variable.features for variable in self.variables}

    @property
    def ordered(self) -> dict[str, tuple[str, ...]]:
        """Features that follow one another along a measurement, from low to high, by variable."""
        return {v.label: v.ordered for v in self.variables if v.ordered}

    def part(self, wanted: Iterable[str]) -> Binning:
        """Keep the variables that some features come from."""
        names = set(wanted)
        return Binning(tuple(v for v in self.variables if names & set(v.features)))

    def encode(self, frame: pd.DataFrame, source: str = "DataFrame") -> Cells:
        """Give the features of every row.

        Parameters
        ----------
        frame : DataFrame of shape (n, any)
            Holds the raw columns, in any order and among any others.
        source : str
            What the table is called in messages.

        Returns
        -------
        ndarray of int8, shape (n, len(features))
            0 and 1.

        Raises
        ------
        DataError
            A column is missing, or holds something else than what was learned; names it and
            the rows.

        Warns
        -----
        DataWarning
            Of blanks and of categories that were not met when this was learned.
        """
        frame = self.raw_columns(frame, source)
        made = [_encoded(variable, frame, source) for variable in self.variables]
        if not made:
            return np.zeros((len(frame), 0), dtype=np.int8)
        return np.concatenate(made, axis=1, dtype=np.int8)

    def raw_columns(self, frame: pd.DataFrame, source: str = "DataFrame") -> pd.DataFrame:
        """Take the columns that are read out of a table, by name."""
        names = [str(name) for name in frame.columns]
        places: dict[str, int] = {}
        for variable in self.variables:
            for column in variable.columns:
                place = find_name(column, names)
                if place is None:
                    raise DataError(
                        f"{source}: no column {column!r}, which the features of "
                        f"{variable.label!r} are made of; {nearest(column, names, 'columns')}"
                    )
                if names.count(column) > 1:
                    raise DataError(
                        f"{source}: two columns are called {column!r}; give each its own name"
                    )
                places[column] = place
        return frame.iloc[:, list(places.values())].set_axis(list(places), axis=1)

    def is_raw_table(self, names: Sequence[str], wanted: Collection[str]) -> bool:
        """Whether a table is to be read as a raw one, rather than as one of features.

        Parameters
        ----------
        names : sequence of str
            Columns of the table.
        wanted : collection of str
            Features that are needed.
        """
        if any(find_name(name, names) is None for name in wanted):
            return True
        raw = {column for variable in self.variables for column in variable.columns}
        if any(find_name(column, names) is None for column in raw):
            return False
        # Columns of yes and no are features by their own names: a table of them alone is a raw
        # one unless it has a feature that no raw table has.
        return not raw.issubset(self.features) or raw.issuperset(wanted)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """Columns that a file is to be asked for as text: of categories, as they are written."""
        return tuple(v.column for v in self.variables if isinstance(v, Levels))

    def without_ranges(self) -> Binning:
        """Leave out the least and the largest values, which single people had."""
        made = (replace(v, seen=()) if isinstance(v, Thresholds) else v for v in self.variables)
        return replace(self, variables=tuple(made))

    def frame(self, raw: pd.DataFrame, source: str = "DataFrame") -> pd.DataFrame:
        """Give the features of every row as a DataFrame; see `encode`."""
        import pandas as pd

        return pd.DataFrame(self.encode(raw, source), columns=self.features, index=raw.index)

    def to_record(self) -> dict[str, Any]:
        """Give everything as plain values for JSON."""
        return {"variables": [_as_record(variable) for variable in self.variables]}

    @classmethod
    def from_record(cls, record: Any) -> Binning:
        """Read what `to_record` gave.

        Raises
        ------
        ScoreError
            Something is missing, unknown, or of the wrong type.
        """
        if not isinstance(record, Mapping) or set(record) != {"variables"}:
            raise ScoreError("'binning' must be an object with the key 'variables'")
        raw = record["variables"]
        if not isinstance(raw, list):
            raise ScoreError(f"'variables' in 'binning' must be an array, not {short(raw)}")
        made = cls(tuple(_from_record(entry, place) for place, entry in enumerate(raw, start=1)))
        names = made.features
        if len(set(names)) < len(names):
            raise ScoreError("'binning' makes two features of one name")
        return made


def _encoded(variable: Variable, frame: pd.DataFrame, source: str) -> Cells:
    """Give the features of one variable: of cells that are no numbers once for all that are equal.

    Messages name the rows all the same.
    """
    column = frame[variable.column]
    if len(variable.columns) > 1 or column.dtype.kind in "biuf":
        return variable.encode(frame, source)
    place, first = distinct_cells(column)
    with rows_at(place, len(first)):
        cells = variable.encode(frame[[variable.column]].iloc[first], source)
    return cells[place]


def _as_record(variable: Any) -> dict[str, Any]:
    kind = next(kind for kind, known in _KINDS.items() if type(variable) is known)
    record: dict[str, Any] = {"kind": kind}
    for entry in fields(variable):
        value = getattr(variable, entry.name)
        if entry.name == "conditions":
            record[entry.name] = [asdict(one) for one in value]
        elif value != entry.default:
            record[entry.name] = _plain(value)
    return record


def _plain(value: Any) -> Any:
    return list(map(_plain, value)) if isinstance(value, tuple) else value


def _from_record(record: Any, place: int) -> Variable:
    where = f"entry {place} of 'variables' in 'binning'"
    kind = record.get("kind") if isinstance(record, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ScoreError(f"{where} must be an object whose 'kind' is one of {', '.join(_KINDS)}")
    made_of = _KINDS[kind]
    known = {entry.name for entry in fields(made_of)}
    given = {key: value for key, value in record.items() if key != "kind"}
    if set(given) - known:
        raise ScoreError(f"{where} has unknown keys {quoted(sorted(set(given) - known))}")
    for key, value in given.items():
        if not _fits(key, value):
            raise ScoreError(f"{key!r} in {where} cannot be {short(value)}")
    for key in ("column", "label"):
        if key not in given:
            raise ScoreError(f"{where} lacks {key!r}")
    if "special" in given:
        given["special"] = tuple(map(tuple, given["special"]))
    for key in (*_NUMBERS, "levels", "rest", "missing", "names"):
        if key in given:
            convert = float if key in _NUMBERS else str
            given[key] = tuple(map(convert, given[key]))
    if made_of is AnyOf:
        _read_conditions(given, where)
    _check_fill(made_of, given, where)
    _check_reference(given, where)
    variable: Variable = made_of(**given)
    if not variable.features or (made_of is Levels and not given.get("levels")):
        raise ScoreError(f"{where} makes no feature")
    if (
        isinstance(variable, Levels)
        and variable.names
        and (len(variable.names) != len(variable.levels) + len(variable.rest))
    ):
        raise ScoreError(f"{where} has 'names' for other than its levels and the rest")
    return variable


def _read_conditions(given: dict[str, Any], where: str) -> None:
    """Read the conditions of which any is a yes, or refuse them."""
    raw = given.get("conditions")
    if given.get("blanks") != "refuse" or not raw:
        raise ScoreError(f"{where} needs 'conditions', and 'blanks' that are refused")
    for one in raw:
        if not (
            isinstance(one, dict)
            and set(one) == {"column", "sign", "value"}
            and isinstance(one["column"], str)
            and one["sign"] in tuple(SIGNS)
            and as_number(one["value"]) is not None
        ):
            raise ScoreError(f"a condition in {where} cannot be {short(one)}")
    made = [Condition(one["column"], one["sign"], float(one["value"])) for one in raw]
    if made[0].column != given["column"]:
        raise ScoreError(f"{where} has another 'column' than its first condition")
    given["conditions"] = tuple(made)


def _check_reference(given: dict[str, Any], where: str) -> None:
    """Refuse a day up to which years are counted that is none."""
    reference = given.get("reference")
    if reference is None or given.get("reference_is_column", False):
        return
    try:
        date.fromisoformat(reference)
    except ValueError as error:
        raise ScoreError(f"'reference' in {where} is {short(reference)}, not a date") from error


def _check_fill(made_of: type[Any], given: dict[str, Any], where: str) -> None:
    if given.get("blanks", "impute") != "impute":
        return
    fill = given.get("fill")
    if made_of is Levels and not isinstance(fill, str):
        raise ScoreError(f"{where} imputes blanks, but lacks a category 'fill'")
    if made_of is not Levels:
        if as_number(fill) is None:
            raise ScoreError(f"{where} imputes blanks, but lacks a number 'fill'")
        given["fill"] = float(given["fill"])


def _fits(key: str, value: Any) -> bool:
    if key in ("column", "label"):
        return isinstance(value, str) and bool(value)
    if key in ("unit", "reference"):
        return isinstance(value, str)
    if key == "blanks":
        return value in _BLANKS
    if key == "fill":
        return isinstance(value, str) or as_number(value) is not None
    if key == "cuts":
        return (
            isinstance(value, list)
            and bool(value)
            and all(as_number(cut) is not None for cut in value)
            and value == sorted(set(value))
        )
    if key in ("seen", "limits"):
        ends = list(map(as_number, value)) if isinstance(value, list) else []
        low, high = ends if len(ends) == 2 else (None, None)
        return low is not None and high is not None and low <= high
    if key == "special":
        pairs = value if isinstance(value, list) else [None]
        return all(
            isinstance(one, list)
            and len(one) == 2
            and all(isinstance(text, str) and text for text in one)
            and is_number(one[0])
            for one in pairs
        )
    if key == "conditions":
        return isinstance(value, list)
    if key in ("levels", "rest", "missing", "names"):
        return isinstance(value, list) and all(isinstance(level, str) for level in value)
    return isinstance(value, bool)
