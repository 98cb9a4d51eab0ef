"""``riskslim reasons``: what counts against each person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from riskslim.cli.columns import cells_of, check_kept, read_columns
from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import InputFile, deliver, output_option
from riskslim.cli.rows import check_rows_file, rows_text, rows_writer

__all__ = ["reasons"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="Name at most so many reasons of each person.",
)
@click.option(
    "--against",
    type=click.Choice(["best", "average"]),
    default="best",
    show_default=True,
    help="Compare points with the fewest of each characteristic, or with the mean of --reference.",
)
@click.option("--reference", type=InputFile(), metavar="DATA", help="People whose mean that is.")
@click.option(
    "--id",
    "kept",
    multiple=True,
    metavar="COLUMN",
    help="Keep this column of DATA, such as the number of an application. May be repeated.",
)
@output_option("Write to this CSV file rather than to standard output.")
@json_option
def reasons(
    score: Path,
    data: Path,
    top: int,
    against: Any,
    reference: Path | None,
    kept: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> None:
    """Name what counts against each person in DATA: the characteristics that cost most points.

    What all characteristics cost sums to the total above the least one (or above the mean total
    of --reference), exactly. Reasons that cost the same say "tied".

    \b
    Example:
      riskslim reasons score.json applications.csv --id Number -o reasons.csv
    """
    from riskslim.credit.reasons import find_reasons
    from riskslim.errors import OptionError
    from riskslim.exporters.json_format import load_score
    from riskslim.scores.totals import plain_numbers

    if (reference is None) != (against == "best"):
        raise click.UsageError("--against average and --reference belong together; give both")
    check_rows_file(output)
    loaded = load_score(score)
    frame, _ = read_columns(data, {}, loaded.text_columns)
    check_kept(kept, list(map(str, frame.columns)), str(data))
    expected = None
    if reference is not None:
        expected, _ = read_columns(reference, {}, loaded.text_columns)
    found = find_reasons(loaded, frame, top, against, expected)
    rows_from_1 = list(range(1, len(frame) + 1))
    own = {"row": rows_from_1, "total": plain_numbers(found.total), **found.columns()}
    if clash := [name for name in kept if name in own]:
        raise OptionError(f"--id: {', '.join(clash)} is called as a column of the result")
    named = {name: cells_of(frame, name) for name in kept}
    table = {"row": own.pop("row"), **named, **own}
    rows = [dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True)]
    if output is not None:
        deliver(rows_writer(rows), output)
    if as_json:
        print_json({"outcome": loaded.outcome, "reasons": rows})
    elif output is None:
        click.echo(rows_text(rows), nl=False)
