"""``riskslim count``: distinct rows of a table and how many they are, to be fitted elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from riskslim.cli.data_options import outcome_options, tables_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json
from riskslim.cli.paths import InputFile, deliver, output_option
from riskslim.cli.raw_options import RawChoices, raw_options
from riskslim.cli.terminal import say

__all__ = ["count"]


@click.command(epilog=EXIT_CODES_HELP)
@tables_argument
@outcome_options
@raw_options()
@click.option(
    "--like",
    type=InputFile(),
    metavar="FILE",
    help="Counts of another site: its features, cut points and levels, outcome and values are "
    "taken, so that both can be added up.",
)
@click.option(
    "--suppress",
    type=click.IntRange(min=2),
    metavar="N",
    help="Leave out the rows of cells (a distinct row and a class) of fewer than N people, and "
    "say how many they are.",
)
@output_option("Write the counts to this Parquet file, whole or not at all.", required=True)
@json_option
def count(
    data: tuple[Path, ...],
    target: str | None,
    positive: Any,
    weights: str | None,
    raw: RawChoices,
    like: Path | None,
    suppress: int | None,
    output: Path,
    as_json: bool,
) -> None:
    """Count the distinct rows of DATA, which is all that a score is fitted to.

    The counts of several tables add up to those of the whole, so that sites can
    exchange counts instead of rows: the score that is fitted to their sum, and its
    proof, are those of all rows together. With --raw the first site makes the
    features and the others follow it by --like.

    \b
    Example:
      riskslim count north.csv --raw --target Died -o north.parquet
      riskslim count south.csv --like north.parquet -o south.parquet
      riskslim fit north.parquet south.parquet --counts -o score.json
    """
    from riskslim.data import Counts

    if like is not None and (raw.raw or positive is not None):
        option = "--raw" if raw.raw else "--positive"
        raise click.UsageError(f"{option} is what --like says already: drop one of them")
    known = None if like is None else Counts.load(like)
    counts = Counts.sum(raw.counts(data, target, positive, weights, known))
    if suppress is not None:
        counts = counts.suppressed(suppress)
    deliver(counts.save, output)
    lost, positive_lost = sum(counts.left_out), counts.left_out[1]
    if as_json:
        print_json(
            {
                "rows": counts.n_rows,
                "positives": counts.n_positive,
                "distinct_rows": len(counts.features),
                "features": len(counts.feature_names),
                "left_out": {"rows": lost, "positives": positive_lost},
            }
        )
    say(
        f"{counts.n_rows:,} rows ({counts.n_positive:,} positive), {len(counts.features):,} "
        f"distinct, {len(counts.feature_names)} features. Written to {output}."
    )
    if lost:
        share = lost / (lost + counts.n_rows)
        say(
            f"Left out: {lost:,} rows ({share:.1%}; {positive_lost:,} positive) in cells of fewer "
            f"than {suppress}: what is fitted to these counts does not know them."
        )
