"""Learning the features of a raw table, column by column."""

from __future__ import annotations

import datetime
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from riskslim.data.validation import check_names, rows_text
from riskslim.errors import DataError, DataWarning, OptionError
from riskslim.features.binning import Binning
from riskslim.features.cuts import Method, choose_cuts, number_text
from riskslim.features.given import Given, read_cut_points
from riskslim.features.kinds import Kind, flags, kind_of, levels
from riskslim.features.variables import Blanks, Flag, Levels, Thresholds, Variable
from riskslim.features.weighting import SLACK, is_enough, weighted_median
from riskslim.names import quoted
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Learning", "learn", "learn_column"]

_BIRTH = re.compile(r"birth|born|\bdob\b", re.IGNORECASE)
_IDENTIFIER = re.compile(
    r"(^|[ _.-])(id|mrn|patient|subject|person|case|record|seqn)([ _.-]?(id|no|nr|number|key))?$",
    re.IGNORECASE,
)
# Below so many rows or levels nothing is suspected to be a number of the row.
_SUSPICIOUS = 20
# Categories must have frequent levels in at least this share of the rows to be told about.
_FREQUENT = 0.2


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

    def used(self, columns: list[str]) -> list[str]:
        """Columns that may give features."""
        return [name for name in columns if name not in (*self.drop, self.reference_date)]


def learn(
    frame: pd.DataFrame,
    codes: IntArray | None,
    how: Learning,
    source: str,
    weight: FloatArray | None = None,
) -> Binning:
    """Learn the features of a table.

    Parameters
    ----------
    frame : DataFrame of shape (n, d)
        Columns with text as names.
    codes : ndarray of int, shape (n,), or None
        Class of each row.
    how : Learning
        The parameters.
    source : str
        What the table is called in messages.
    weight : ndarray of shape (n,), optional
        What each row counts; see `riskslim.features.weighting.without_idle_rows`.

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
    columns = list(frame.columns)
    given = read_cut_points(how.cut_points, columns)
    variables: list[Variable] = []
    for name in how.used(columns):
        made = learn_column(frame, name, codes, how, given.get(name), source, weight)
        if made is not None:
            variables.append(made)
    binning = Binning(tuple(variables))
    if not binning.features:
        raise DataError(
            f"{source}: no column gives a feature (all are constant, blank, identifiers or "
            "dropped); a score needs at least one"
        )
    check_names(binning.features, source)
    return binning


def learn_column(
    frame: pd.DataFrame,
    name: str,
    codes: IntArray | None,
    how: Learning,
    given: Given | None,
    source: str,
    weight: FloatArray | None = None,
) -> Variable | None:
    """Learn the features of one column; None, with a warning, where it gives none."""
    column = frame[name]
    weight = np.ones(len(column)) if weight is None else weight
    kind: Any = how.kinds.get(name) or kind_of(column, name, source)
    if given is not None and given.cuts is not None and kind == "flag" and name not in how.kinds:
        kind = "number"
    if kind == "blank":
        if how.blanks == "refuse":
            raise DataError(f"{source}: column {name!r} is blank in every row; drop it")
        _warn(f"{source}: column {name!r} is blank in every row; it is left out")
        return None
    if given is not None and kind in ("category", "flag"):
        what = "categories" if kind == "category" else "yes and no"
        raise OptionError(f"cut points are given for {name!r}, which holds {what}")
    unsure = given is None and name not in how.kinds and kind != "flag"
    if unsure and _is_identifier(column, name, kind, source):
        return None
    if kind == "flag":
        return _flag(column, name, how, source, weight)
    if kind == "category":
        return _levels(column, name, codes, how, source, weight)
    return _thresholds(frame, name, kind, codes, how, given or Given(), source, weight)


def _is_identifier(column: pd.Series[Any], name: str, kind: Kind, source: str) -> bool:
    """Whether a column tells rows or people apart rather than describing them; says so."""
    known = column.dropna()
    if len(known) < _SUSPICIOUS or kind == "date":
        return False
    distinct = known.nunique()
    advice = "it is left out, unless you say what kind of column it is"
    if kind == "number" and distinct == len(known) == len(column):
        values = known.astype(float)
        if values.max() - values.min() == len(values) - 1 and (values % 1 == 0).all():
            _warn(f"{source}: column {name!r} numbers the rows; {advice}")
            return True
    if _IDENTIFIER.search(name) and distinct > len(known) / 4:
        if distinct < len(known):
            repeated = column.duplicated(keep=False) & column.notna()
            _warn(
                f"{source}: column {name!r} looks like an identifier that repeats "
                f"({rows_text(repeated.to_numpy())}): rows of one person may come to lie on both "
                f"sides of a validation, unless it names the groups; {advice}"
            )
        else:
            _warn(f"{source}: column {name!r} looks like an identifier; {advice}")
        return True
    return False


def _flag(
    column: pd.Series[Any], name: str, how: Learning, source: str, weight: FloatArray
) -> Variable | None:
    values = flags(column, name, source)
    blank = np.isnan(values)
    if len(set(values[~blank].tolist())) < 2 and not _blanks_tell(blank, how, weight):
        _constant(name, number_text(float(values[~blank][0])), source)
        return None
    usual = float(weighted_median(values[~blank], weight[~blank]) > 0.5)
    return Flag(name, name, *_blank_rule(blank, usual, how, weight))


def _levels(
    column: pd.Series[Any],
    name: str,
    codes: IntArray | None,
    how: Learning,
    source: str,
    weight: FloatArray,
) -> Variable | None:
    cells = levels(column)
    blank = np.array([cell is None for cell in cells], dtype=bool)
    met, place = np.unique(cells[~blank], return_inverse=True)
    counts = dict(zip(met.tolist(), np.bincount(place, weights=weight[~blank]), strict=True))
    # By falling frequency; of equals in the order of the alphabet.
    known = sorted(counts, key=lambda level: (-counts[level], level))
    _warn_of_spellings(known, name, source)
    if len(known) < 2 and not _blanks_tell(blank, how, weight):
        _constant(name, repr(known[0]), source)
        return None
    whole = float(weight.sum())
    frequent = [level for level in known if is_enough(counts[level], whole, how.min_share)]
    in_frequent = sum(counts[level] for level in frequent)
    if len(known) > _SUSPICIOUS and not is_enough(in_frequent, whole, _FREQUENT):
        _warn(
            f"{source}: column {name!r} has {len(known):,} categories, nearly all of them rare; it "
            "is left out (join them into a few, or name it among the columns to drop)"
        )
        return None
    frequent = frequent or known[:1]
    rest = [level for level in known if level not in frequent]
    other = is_enough(sum(counts[level] for level in rest), whole, how.min_share)
    shown = frequent
    if len(frequent) == 2 and not other:
        # Of two complements one is enough: the one with the higher risk, so that points add.
        shown = [_riskier(frequent, cells, codes, weight)]
    elif len(frequent) == 1 and len(known) == 2:
        shown = [known[0]]
    rest = [level for level in known if level not in shown]
    rule = _blank_rule(blank, known[0], how, weight)
    return Levels(
        name, name, *rule, levels=tuple(sorted(shown)), rest=tuple(sorted(rest)), other=other
    )


def _riskier(pair: list[str], cells: Any, codes: IntArray | None, weight: FloatArray) -> str:
    second = max(pair)
    if codes is None or codes.max() > 1:
        return second
    first = min(pair)
    risks = [np.average(codes[cells == v], weights=weight[cells == v]) for v in (first, second)]
    return first if risks[0] > risks[1] * (1 + SLACK) else second


def _thresholds(
    frame: pd.DataFrame,
    name: str,
    kind: str,
    codes: IntArray | None,
    how: Learning,
    given: Given,
    source: str,
    weight: FloatArray,
) -> Variable | None:
    reference, is_column = None, False
    if kind == "date":
        reference, is_column = _reference(frame, name, how, source)
    label = name
    if kind == "date":
        is_birth = _BIRTH.search(name) and "Age" not in frame.columns
        label = "Age" if is_birth else f"Years since {name}"
    unit = given.unit
    made = Thresholds(name, label, unit=unit, reference=reference, reference_is_column=is_column)
    values = made.values(frame, source)
    blank = np.isnan(values)
    known = values[~blank]
    if not len(known):
        raise DataError(f"{source}: column {name!r} is blank in every row; drop it")
    cuts = given.cuts
    if cuts is None:
        cuts = choose_cuts(
            known,
            None if codes is None else codes[~blank],
            how.method,
            how.max_cuts,
            how.min_share,
            how.rounding,
            weight[~blank],
        )
    else:
        cuts = _working_cuts(cuts, known, name, source)
        if not cuts:
            return None
    if not cuts:
        if not _blanks_tell(blank, how, weight):
            _constant(name, number_text(float(known[0])), source, len(np.unique(known)))
            return None
        cuts = (float(known.max()),)
    return Thresholds(
        name,
        label,
        *_blank_rule(blank, weighted_median(known, weight[~blank]), how, weight),
        cuts=tuple(cuts),
        unit=unit,
        intervals=how.intervals,
        integer=bool(np.all(known == np.floor(known))),
        reference=reference,
        reference_is_column=is_column,
    )


def _reference(frame: pd.DataFrame, name: str, how: Learning, source: str) -> tuple[str, bool]:
    given = how.reference_date
    if given is None:
        raise DataError(
            f"{source}: column {name!r} holds dates; give a reference date up to which years are "
            "counted (reference_date= or --reference-date: a date, or a column of dates), or drop "
            "the column (drop= or --drop)"
        )
    if given in frame.columns:
        return given, True
    try:
        return datetime.date.fromisoformat(given).isoformat(), False
    except (TypeError, ValueError):
        raise OptionError(
            f"reference date {given!r}: neither a date such as 2024-03-31 nor a column"
        ) from None


def _blanks_tell(blank: BoolArray, how: Learning, weight: FloatArray) -> bool:
    frequent = is_enough(float(weight[blank].sum()), float(weight.sum()), how.min_share)
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
    cuts: tuple[float, ...], known: FloatArray, name: str, source: str
) -> tuple[float, ...]:
    """Leave out given cuts that part no rows, and say so."""
    working = tuple(cut for cut in cuts if known.min() < cut <= known.max())
    idle = [cut for cut in cuts if cut not in working]
    if idle:
        _warn(
            f"{source}: column {name!r} lies from {known.min():g} to {known.max():g}, so that the "
            f"given cuts {', '.join(map(number_text, idle))} part no rows; they are left out"
        )
    return working


def _warn_of_spellings(known: list[str], name: str, source: str) -> None:
    spelled: dict[str, list[str]] = {}
    for level in known:
        spelled.setdefault(level.casefold(), []).append(level)
    alike = [level for same in spelled.values() if len(same) > 1 for level in sorted(same)]
    if alike:
        _warn(
            f"{source}: column {name!r} has categories that differ in capitals alone "
            f"({quoted(alike)}); they are told apart, make them one if they are"
        )


def _warn(message: str) -> None:
    warnings.warn(message, DataWarning, stacklevel=6)
