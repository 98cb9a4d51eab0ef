"""Options that state rules, one by one or in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.paths import InputFile

if TYPE_CHECKING:
    from riskslim.constraints import Constraint, Setting
    from riskslim.data import Dataset

__all__ = ["RULE_OPTIONS", "constraints_of"]

_SHARE = click.FloatRange(0, 1)

RULE_OPTIONS: list[Callable[[Any], Any]] = [
    click.option(
        "--constraints",
        "rules_file",
        type=InputFile(),
        metavar="FILE",
        help="Rules from a TOML file: tables [[rule]] with a kind and its keys, which "
        "riskslim rules explains.",
    ),
    click.option(
        "--require",
        multiple=True,
        metavar="NAME",
        help="A feature, or all that match a pattern, must have points. May be repeated.",
    ),
    click.option(
        "--forbid",
        multiple=True,
        metavar="NAME",
        help="A feature, or all that match a pattern, must have no points; rules on subgroups "
        "may still speak of it. May be repeated.",
    ),
    click.option(
        "--at-most-one",
        multiple=True,
        metavar="PATTERN",
        help="At most one of the features that match has points, one threshold of a "
        "measurement say. May be repeated.",
    ),
    click.option(
        "--max-fpr", type=_SHARE, help="At most this share of the negatives is predicted positive."
    ),
    click.option(
        "--min-tpr", type=_SHARE, help="At least this share of the positives is predicted positive."
    ),
    click.option("--max-error", type=_SHARE, help="At most this share is predicted wrongly."),
]
"""In the order of the help text; `ProblemChoices` has a field for each."""


def constraints_of(choices: Any, table: Dataset) -> tuple[Constraint, ...]:
    """Make constraints of the options.

    Parameters
    ----------
    choices : ProblemChoices
        With the values of `RULE_OPTIONS`, and of ``--values`` and ``--max-coef``.
    table : Dataset
        Its features are those that rules may name, its source the file whose rows they may.

    Raises
    ------
    ConstraintError
        Naming file, line and key, or the rule.
    """
    from riskslim.constraints import (
        Exclude,
        GroupLimit,
        Include,
        PointValues,
        RateLimit,
        Setting,
        read_constraints,
    )

    rules: list[Constraint] = []
    if choices.values:
        rules.append(PointValues(choices.values))
    if choices.require:
        rules.append(Include(choices.require))
    if choices.forbid:
        rules.append(Exclude(choices.forbid))
    rules += [GroupLimit(pattern, at_most=1) for pattern in choices.at_most_one]
    if choices.max_fpr is not None:
        rules.append(RateLimit("fpr", at_most=choices.max_fpr))
    if choices.min_tpr is not None:
        rules.append(RateLimit("tpr", at_least=choices.min_tpr))
    if choices.max_error is not None:
        rules.append(RateLimit("error", at_most=choices.max_error))
    if choices.rules_file is not None:
        setting: Setting = Setting.of_table(table, choices.max_coef)
        rules += read_constraints(choices.rules_file, setting, _rows_of(table))
    return tuple(rules)


def _rows_of(table: Dataset) -> Callable[[int], Mapping[str, float]]:
    """Give the values of a row of the file that a table was read from, the first being 1."""

    def person(number: int) -> dict[str, float]:
        from riskslim.data.reading import read_table
        from riskslim.errors import ConstraintError

        frame = read_table(
            table.source, () if table.binning is None else table.binning.text_columns
        )
        if number > len(frame):
            raise ConstraintError(
                f"key 'row': {table.source} has {len(frame)} rows, there is no row {number}"
            )
        row = frame.iloc[number - 1]
        if table.binning is not None:
            row = table.binning.frame(frame.iloc[[number - 1]], table.source).iloc[0]
        return {name: float(row[name]) for name in table.feature_names}

    return person
