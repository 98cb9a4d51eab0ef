"""``riskslim check``: what a table contains and what would be refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from riskslim.cli.data_options import data_argument, outcome_options
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.output import json_option, print_json
from riskslim.cli.raw_options import RawChoices, raw_options
from riskslim.cli.terminal import make_console, plain_table
from riskslim.printable import printable

if TYPE_CHECKING:
    from riskslim.features.inspection import RawInspection
    from riskslim.inspection import Inspection

__all__ = ["check"]


@click.command(epilog=EXIT_CODES_HELP)
@data_argument
@outcome_options
@raw_options()
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    data: Path,
    target: str | None,
    positive: str | None,
    weights: str | None,
    raw: RawChoices,
    as_json: bool,
) -> None:
    """Say what DATA contains, and everything for which fit would refuse it.

    \b
    Example:
      riskslim check heart.csv --target Disease
      riskslim check ward.csv --raw --target Died
    """
    found: Inspection | RawInspection
    if raw.raw:
        from riskslim.features.inspection import inspect_raw_table

        found = inspect_raw_table(data, raw.binarizer, target, positive, weights)
    else:
        from riskslim.inspection import inspect_table

        found = inspect_table(data, target, positive, weights)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found)
    ctx.exit(ExitCode.OK if found.is_usable else ExitCode.DATA)


def _print(found: Inspection | RawInspection) -> None:

    from riskslim.inspection import Inspection

    console = make_console(markup=False, soft_wrap=True)
    if found.labels is not None:
        negative, positive = found.labels
        size = f"{found.rows:,} rows"
        if isinstance(found, Inspection):
            size += f", {found.distinct_rows:,} distinct, {len(found.columns)} features"
        else:
            count = sum(len(column.features) for column in found.columns)
            size += f", {len(found.columns)} columns that give {count} features"
        console.print(printable(f"{found.source}: {size}"))
        console.print(
            f"outcome {found.outcome!r}: {positive!r} in {found.positives:,} rows (positive), "
            f"{negative!r} in the others"
        )
    if isinstance(found, Inspection):
        _print_columns(found)
    else:
        _print_raw_columns(found)
    for text in found.warnings:
        console.print(f"Warning: {printable(text)}")
    for text in found.problems:
        console.print(f"Refused: {printable(text)}")
    console.print("fit can use it." if found.is_usable else "fit would refuse it.")


def _print_columns(found: Inspection) -> None:
    from rich.markup import escape

    if found.columns:
        table = plain_table()
        table.add_column("Feature")
        for header in ("Kind", "Smallest", "Largest", "Distinct"):
            table.add_column(header, justify="right")
        for column in found.columns:
            table.add_row(
                escape(printable(column.name)),
                column.kind,
                f"{column.minimum:g}",
                f"{column.maximum:g}",
                f"{column.distinct:,}",
            )
        make_console().print(table)


def _print_raw_columns(found: RawInspection) -> None:
    from rich.markup import escape

    if found.columns:
        table = plain_table()
        table.add_column("Column")
        table.add_column("Blank", justify="right")
        table.add_column("Features", overflow="fold")
        for column in found.columns:
            shown = ", ".join(column.features) or "(none)"
            table.add_row(
                escape(printable(column.name)), f"{column.blank:,}", escape(printable(shown))
            )
        make_console().print(table)
