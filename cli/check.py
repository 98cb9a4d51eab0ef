"""``riskslim check``: what a table contains and what would be refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from riskslim.cli.data_options import data_argument, outcome_options
from riskslim.cli.exit_codes import EXIT_CODES_HELP, ExitCode
from riskslim.cli.output import json_option, print_json
from riskslim.cli.raw_options import RawChoices, raw_options
from riskslim.cli.reducible import ReducibleChoices, reducible_options
from riskslim.cli.terminal import make_console, plain_table
from riskslim.names import quoted
from riskslim.printable import printable

if TYPE_CHECKING:
    from riskslim.data.inspection import Inspection
    from riskslim.features.inspection import RawInspection

__all__ = ["check"]

# Of a table that build takes, where fit takes numbers alone.
_FEW_PROBLEMS = 3


@click.command(epilog=EXIT_CODES_HELP)
@data_argument
@outcome_options
@click.option(
    "--groups",
    metavar="COLUMN",
    help="Column that says which rows are of one person, not a feature, as for build and cv.",
)
@raw_options()
@reducible_options
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    data: Path,
    target: str | None,
    positive: Any,
    weights: str | None,
    groups: str | None,
    raw: RawChoices,
    reducing: ReducibleChoices,
    as_json: bool,
) -> None:
    """Say what DATA contains, and everything for which fit would refuse it.

    A table as it comes, which build takes, is looked at with --raw.

    \b
    Example:
      riskslim check heart.csv --target Disease
      riskslim check ward.csv --raw --target Died
      riskslim check heart.csv --reducible --c0 0.01
    """
    from riskslim.data.inspection import Inspection, inspect_table

    found: Inspection | RawInspection
    reducing.refuse(raw)
    if raw.raw:
        from riskslim.features.inspection import inspect_raw_table

        found = inspect_raw_table(data, raw.binarizer, target, positive, weights, groups)
    else:
        found = inspect_table(data, target, positive, weights, groups)
    reduction, code = None, ExitCode.OK if found.is_usable else ExitCode.DATA
    if reducing.reducible and isinstance(found, Inspection) and found.data is not None:
        reduction, code = reducing.reduce(found.data)
    if as_json:
        reduced = {} if reduction is None else {"reducible": reduction.to_dict()}
        print_json(found.to_dict() | reduced)
    else:
        named = target, positive, weights, groups
        as_raw = not (raw.raw or found.is_usable) and _is_usable_raw(data, raw, named)
        _print(found, _FEW_PROBLEMS if as_raw else None)
        if reduction is not None:
            click.echo(f"Data reduction: {reduction}.")
        if as_raw:
            click.echo("build and fit --raw can use it: they make features of it (check --raw).")
    ctx.exit(code)


def _print(found: Inspection | RawInspection, most: int | None) -> None:
    """Print what was found, and all problems or so many."""
    from riskslim.data.inspection import Inspection

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
    for text in found.problems[:most]:
        console.print(f"Refused: {printable(text)}")
    if rest := found.problems[most:] if most else ():
        console.print(f"Refused: {len(rest)} more, which --json lists.")
    if found.contradictions is not None and found.contradictions.rows:
        console.print(f"{found.contradictions}.")
    if found.positives is not None and found.rows is not None:
        fewest = min(found.positives, found.rows - found.positives)
        if fewest < 2:
            console.print(
                f"Warning: build and cv need two rows of each class; one class has {fewest}"
            )
    takers = "fit" if isinstance(found, Inspection) else "fit --raw"
    both = "" if isinstance(found, Inspection) else " and build"
    if not isinstance(found, Inspection) and found.dates:
        left_out = printable(quoted(found.dates))
        console.print(f"fit --raw would refuse it; build can use it, and leaves out {left_out}.")
        return
    console.print(
        f"{takers}{both} can use it." if found.is_usable else f"{takers} would refuse it."
    )


def _is_usable_raw(
    data: Path, raw: RawChoices, named: tuple[str | None, str | None, str | None, str | None]
) -> bool:
    """Whether a table that fit refuses as it is can be used as a raw one."""
    from riskslim.features.inspection import inspect_raw_table

    return inspect_raw_table(data, raw.binarizer, *named).is_usable


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
        table.add_column("Not known")
        table.add_column("Features", overflow="fold")
        for column in found.columns:
            shown = ", ".join(column.features) or "(none)"
            table.add_row(
                escape(printable(column.name)),
                f"{column.blank:,}",
                escape(printable(column.unknown)),
                escape(printable(shown)),
            )
        make_console().print(table)
