"""Learning the features of categories, and of yes and no."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskslim.data.merging import exact_sum, exact_sums
from riskslim.data.spelling import common_spelling
from riskslim.features.columns import Column, RawTable
from riskslim.features.cuts import number_text
from riskslim.features.given import Given
from riskslim.features.kinds import flags, levels
from riskslim.features.learning.blanks import blank_rule, blanks_tell
from riskslim.features.learning.kind import SUSPICIOUS
from riskslim.features.learning.parameters import Learning
from riskslim.features.learning.telling import (
    leave_out,
    rows_in_words,
    warn,
    warn_of_codes,
    warn_of_constant,
)
from riskslim.features.suspects import blank_words, codes_among_levels, how_text_hides_numbers
from riskslim.features.variables import Flag, Levels, Variable
from riskslim.features.weighting import SLACK, is_enough, weighted_median
from riskslim.names import quoted

__all__ = ["categories", "learn_flag", "learn_levels"]

# Categories must have frequent levels in at least this share of the rows to be told about.
_FREQUENT = 0.2


def learn_flag(column: Column, how: Learning, source: str) -> Variable | None:
    """Learn a column of yes and no; None, with a warning, where it is the same in every row."""
    name, weight = column.name, column.weight
    values = flags(column.cells, name, source)
    blank = np.isnan(values)
    if len(set(values[~blank].tolist())) < 2 and not blanks_tell(blank, how, weight):
        warn_of_constant(name, number_text(float(values[~blank][0])), source)
        return None
    usual = float(weighted_median(values[~blank], weight[~blank]) > 0.5)
    return Flag(name, name, *blank_rule(blank, usual, how, weight))


def learn_levels(column: Column, how: Learning, table: RawTable, given: Given) -> Variable | None:
    """Learn which categories are features; None, with a warning, where the column gives none."""
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
    if len(known) < 2 and not blanks_tell(blank, how, weight):
        warn_of_constant(name, repr(known[0]), source)
        return None
    whole = exact_sum(weight)
    frequent = [level for level in known if is_enough(counts[level], whole, how.min_share)]
    in_frequent = sum(counts[level] for level in frequent)
    hidden = None if how.says(name) else how_text_hides_numbers(known)
    too_many = len(known) > SUSPICIOUS and not is_enough(in_frequent, whole, _FREQUENT)
    if too_many and hidden:
        leave_out(name, f"holds {hidden}", source)
    elif too_many:
        why = f"has {len(known):,} categories, nearly all of them rare"
        advice = "join them into a few, or name it among the columns to drop"
        leave_out(name, why, source, advice)
    elif hidden:
        warn(f"{source}: column {name!r} is taken for categories: it holds {hidden}")
    if too_many:
        return None
    warn_of_codes([(level, counts[level]) for level in codes_among_levels(known)], name, source)
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
    rule = blank_rule(blank, known[0], how, weight)
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


def categories(column: Column, how: Learning) -> tuple[str, ...]:
    """Give the categories of a column, each once, in the order of the alphabet."""
    cells = _levels_of(column, how)
    return tuple(sorted({cell for cell in cells if cell is not None}))


def _levels_of(column: Column, how: Learning) -> np.ndarray[Any, Any]:
    # Whoever says that a column is a category means its words: NA is Namibia.
    known = blank_words(column.cells, column.count) if how.says(column.name) else ()
    return levels(column.cells, known)


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
            warn(
                f"{source}: column {name!r} has categories that {what} "
                f"({quoted(alike)}); they are told apart, make them one if they are"
            )
            return


def _warn_of_blank_words(column: Column, source: str) -> None:
    name, met = column.name, blank_words(column.cells, column.count)
    if met:
        shown = quoted([word for word, _ in met.most_common()], 3)
        warn(
            f"{source}: column {name!r} holds {shown} in {rows_in_words(met.total())}, which "
            f"counts as blank; where that is a category, say so (kinds= or --category {name})"
        )
