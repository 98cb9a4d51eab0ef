"""``riskslim drift``: whether people are still those that a score was made for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.columns import read_columns
from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import InputFile, deliver, output_option
from riskslim.cli.rows import check_rows_file, rows_writer
from riskslim.cli.terminal import make_console, plain_table

if TYPE_CHECKING:
    from rich.table import Table

    from riskslim.credit.drift import Drift, Stability

__all__ = ["drift", "month_of_each"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@click.option(
    "--reference",
    type=InputFile(),
    metavar="DATA",
    help="The people expected, such as those of the training: characteristics are then compared "
    "too.  [default: the totals that SCORE was trained on]",
)
@click.option("--by", metavar="COLUMN", help="Give the index for each value of this column.")
@click.option("--by-month", metavar="COLUMN", help="Give the index for each month of this date.")
@click.option("--weights", metavar="COLUMN", help="Column with a weight for each row.")
@click.option(
    "--bands",
    type=click.IntRange(min=2),
    default=10,
    show_default=True,
    help="Put the totals into so many bands of about as many expected people each.",
)
@output_option("Write every band and attribute to this CSV file.")
@json_option
def drift(
    score: Path,
    data: Path,
    reference: Path | None,
    by: str | None,
    by_month: str | None,
    weights: str | None,
    bands: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Compare the people in DATA with those that SCORE was made for. No outcomes are needed.

    Gives the population stability index of the totals (PSI), and with --reference that of every
    characteristic (CSI): below 0.1 stable, from 0.25 on another population. Beside it stands what
    chance alone stays below in 95 of 100 cases.

    \b
    Example:
      riskslim drift score.json this-year.csv --reference train.csv --by-month Applied
    """
    from riskslim.credit.drift import find_drift
    from riskslim.exporters.json_format import load_score

    if by is not None and by_month is not None:
        raise click.UsageError("--by and --by-month are two ways to say the same; give one")
    check_rows_file(output)
    loaded = load_score(score)
    frame, columns = read_columns(
        data, {"weights": weights, "period": by or by_month}, loaded.text_columns
    )
    period = columns.get("period")
    expected, expected_columns = None, dict[str, Any]()
    if reference is not None:
        expected, expected_columns = read_columns(
            reference, {"weights": weights}, loaded.text_columns
        )
    found = find_drift(
        loaded,
        frame,
        expected,
        period=None if period is None else _periods(period, by_month, str(data)),
        sample_weight=columns.get("weights"),
        reference_weight=expected_columns.get("weights"),
        bands=bands,
    )
    if output is not None:
        deliver(rows_writer(_rows(found)), output)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)


def _periods(column: Any, month: str | None, source: str) -> list[str]:
    """Name the period of each row; a month as year and month."""
    if month is not None:
        return month_of_each(column, month, source)
    blank = column.isna()
    return ["(blank)" if none else str(cell) for cell, none in zip(column, blank, strict=True)]


def month_of_each(column: Any, month: str, source: str) -> list[str]:
    """Name the month of each row of a column of dates."""
    from riskslim.errors import DataError
    from riskslim.features.dates import calendar_day

    names = []
    for row, cell in enumerate(column, start=1):
        day = calendar_day(cell)
        if day is None:
            raise DataError(
                f"{source}: row {row} of {month!r} has no date ({str(cell)!r}); write dates as "
                "year-month-day"
            )
        names.append(f"{day.year:04d}-{day.month:02d}")
    return names


def _rows(found: Drift) -> list[dict[str, Any]]:
    parts = [("total", found.totals)]
    parts += [("characteristic", one) for one in found.characteristics]
    parts += [("period", one) for one in found.periods]
    return [
        {
            "of": kind,
            "name": one.name,
            "cell": cell.name,
            "expected": cell.expected,
            "actual": cell.actual,
            "part": cell.part,
            "index": one.index,
        }
        for kind, one in parts
        for cell in one.cells
    ]


def _print(found: Drift) -> None:
    console = make_console()
    table = plain_table(("Totals", "Expected", "Actual", "Adds"), left=1)
    for cell in found.totals.cells:
        table.add_row(cell.name, f"{cell.expected:.1%}", f"{cell.actual:.1%}", f"{cell.part:.4f}")
    console.print(table)
    console.print(_table("", [("totals (PSI)", found.totals)]))
    if found.characteristics:
        console.print(_table("Characteristic", [(one.name, one) for one in found.characteristics]))
    else:
        console.print("With --reference every characteristic is compared as well.")
    if found.periods:
        console.print(_table("Period", [(one.name, one) for one in found.periods]))


def _table(head: str, parts: list[tuple[str, Stability]]) -> Table:
    table = plain_table((head, "Index", "By chance", "People", "Mean points", "Verdict"), left=1)
    for name, one in parts:
        chance = ", within chance" if one.verdict != "stable" and one.index < one.by_chance else ""
        table.add_row(
            name,
            f"{one.index:.4f}",
            f"{one.by_chance:.4f}",
            f"{one.count:,.6g}",
            "–" if one.shift is None else f"{one.shift:+.2f}",
            f"{one.verdict}{chance}",
        )
    return table
