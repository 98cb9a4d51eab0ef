"""``riskslim predict``: totals and risks of new rows."""

from __future__ import annotations

from pathlib import Path

import click

from riskslim.cli.data_options import data_argument, score_argument
from riskslim.cli.exit_codes import EXIT_CODES_HELP
from riskslim.cli.output import json_option, print_json

__all__ = ["predict"]


@click.command(epilog=EXIT_CODES_HELP)
@score_argument
@data_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the CSV to this file rather than to standard output.",
)
@json_option
def predict(score: Path, data: Path, output: Path | None, as_json: bool) -> None:
    """Print total and risk of every row of DATA, in its order, as CSV.

    DATA needs the features with points, in any order and among any others.

    \b
    Example:
      riskslim predict score.json new.csv > risks.csv
    """
    from riskslim.data.reading import read_table
    from riskslim.files import write_atomically
    from riskslim.score import RiskScore

    loaded = RiskScore.load(score)
    totals = loaded.total(read_table(data))
    risks = loaded.risks(totals).tolist()
    plain = [int(total) if total.is_integer() else total for total in totals.tolist()]
    rows = list(zip(range(1, len(plain) + 1), plain, risks, strict=True))
    lines = ["row,total,risk", *(f"{row},{total},{risk}" for row, total, risk in rows)]
    text = "\n".join(lines) + "\n"
    if output is not None:
        write_atomically(output, text)
    if as_json:
        predictions = [{"row": row, "total": total, "risk": risk} for row, total, risk in rows]
        print_json({"outcome": loaded.outcome, "predictions": predictions})
    elif output is None:
        click.echo(text, nl=False)
